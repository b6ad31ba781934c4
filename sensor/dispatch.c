/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One array of listeners for every (protocol, kind), made at start: no
 * detector is asked that did not ask (design: hot path, 2.6).
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "dissectors/dissector.h"
#include "dissectors/transport.h"
#include "sensor/area.h"
#include "sensor/dispatch.h"

struct listener {
	const struct detector *detector;
	void *state;
};

/* From a first one up to, not including, an end. */
struct range {
	uint16_t first, end;
};

struct dispatch {
	size_t ndetectors, nprotocols, nlisteners;
	struct listener *started; /* of detectors[], state NULL: not started */
	struct listener *listeners;
	struct range (*plain)[OP_KINDS], (*flawed)[OP_KINDS];
};

static size_t
count_dissectors(void)
{
	size_t n = 0;

	while (dissectors[n] != NULL)
		n++;
	return n;
}

static bool
is_enabled(const struct conf *conf, const struct detector *d)
{
	for (const struct detection *row = d->detections; row->id != NULL;
	     row++) {
		const struct conf_detection *c = conf_detection(conf, row->id);

		if (c == NULL || c->enabled)
			return true;
	}
	return false;
}

static bool
hears(const struct detector *d, const char *protocol, uint32_t kinds)
{
	return d->on_op != NULL && (d->kinds & kinds) != 0 &&
	       (d->protocol == NULL || strcmp(d->protocol, protocol) == 0);
}

static struct range
list(struct dispatch *d, const char *protocol, uint32_t kinds)
{
	struct range r = { (uint16_t)d->nlisteners, 0 };

	for (size_t i = 0; i < d->ndetectors; i++)
		if (d->started[i].state != NULL &&
		    hears(d->started[i].detector, protocol, kinds))
			d->listeners[d->nlisteners++] = d->started[i];
	r.end = (uint16_t)d->nlisteners;
	return r;
}

static int
start_all(
    struct dispatch *d, const struct conf *conf, const uint8_t key[SIPHASH_KEY])
{
	for (size_t i = 0; i < d->ndetectors; i++) {
		const struct detector *detector = detectors[i];

		d->started[i].detector = detector;
		if (!is_enabled(conf, detector))
			continue;
		d->started[i].state = area_new(1, detector->state_size);
		if (d->started[i].state == NULL)
			return -1;
		conf_detector(conf, i, d->started[i].state);
		if (detector->start != NULL)
			detector->start(d->started[i].state, key);
	}
	return 0;
}

static void
fill(struct dispatch *d)
{
	for (size_t p = 0; p < d->nprotocols; p++) {
		const char *name = p + 1 < d->nprotocols ? dissectors[p]->name
		                                         : TRANSPORT_PROTOCOL;

		for (unsigned kind = 0; kind < OP_KINDS; kind++) {
			uint32_t on = DETECTOR_ON(kind);

			d->plain[p][kind] = list(d, name, on);
			d->flawed[p][kind] =
			    list(d, name, on | DETECTOR_ON(OP_FLAW));
		}
	}
}

unsigned
dispatch_transport(void)
{
	return (unsigned)count_dissectors();
}

struct dispatch *
dispatch_new(const struct conf *conf, const uint8_t key[SIPHASH_KEY])
{
	struct dispatch *d = calloc(1, sizeof(*d));
	size_t n;

	if (d == NULL)
		return NULL;
	while (detectors[d->ndetectors] != NULL)
		d->ndetectors++;
	d->nprotocols = count_dissectors() + 1;
	n = d->ndetectors * d->nprotocols * OP_KINDS * 2;
	d->started = calloc(d->ndetectors + 1, sizeof(*d->started));
	d->listeners = calloc(n + 1, sizeof(*d->listeners));
	d->plain = calloc(d->nprotocols, sizeof(*d->plain));
	d->flawed = calloc(d->nprotocols, sizeof(*d->flawed));
	if (d->started == NULL || d->listeners == NULL || d->plain == NULL ||
	    d->flawed == NULL || start_all(d, conf, key) != 0) {
		dispatch_free(d);
		return NULL;
	}
	fill(d);
	return d;
}

void
dispatch_free(struct dispatch *d)
{
	if (d == NULL)
		return;
	for (size_t i = 0; d->started != NULL && i < d->ndetectors; i++)
		if (d->started[i].state != NULL)
			area_free(d->started[i].state, 1,
			    d->started[i].detector->state_size);
	free(d->started);
	free(d->listeners);
	free(d->plain);
	free(d->flawed);
	free(d);
}

void
dispatch_op(struct dispatch *d, unsigned which, const struct op *op,
    struct event_sink *sink)
{
	struct range r = op->flaw != NULL ? d->flawed[which][op->kind]
	                                  : d->plain[which][op->kind];

	for (uint16_t i = r.first; i < r.end; i++)
		d->listeners[i].detector->on_op(
		    d->listeners[i].state, op, sink);
}

void
dispatch_tick(struct dispatch *d, struct timespec now, struct event_sink *sink)
{
	for (size_t i = 0; i < d->ndetectors; i++)
		if (d->started[i].state != NULL &&
		    d->started[i].detector->on_tick != NULL)
			d->started[i].detector->on_tick(
			    d->started[i].state, now, sink);
}
