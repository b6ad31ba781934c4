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
#include "sensor/pieces.h"

#define NO_WORLD UINT16_MAX

struct running_world {
	const struct world *world;
	void *state; /* NULL: no detector needs it */
	size_t size;
	const void *known; /* what it last returned, */
	uint32_t about;    /* and what that is about */
};

struct listener {
	const struct detector *detector;
	void *state; /* NULL: it was never switched on */
	bool off;    /* it is not any more */
	size_t size;
	uint32_t about; /* 0: all */
	uint16_t world; /* index, or NO_WORLD */
	bool on_view;
};

/* From a first one up to, not including, an end. */
struct range {
	uint16_t first, end;
};

struct dispatch {
	size_t ndetectors, nprotocols, nlisteners, nworlds;
	struct running_world *worlds;
	struct range *world_of;   /* by protocol: of worlds[]; transport: all */
	struct listener *started; /* of detectors[] */
	struct listener *listeners;
	struct range (*plain)[OP_KINDS], (*flawed)[OP_KINDS];
	struct observer *observer; /* NULL: nobody looks on */
	struct pieces *pieces;     /* of all states, or NULL: nothing is kept */
	struct setup setup;        /* for what is switched on later */
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
is_either(const char *protocol, const char *one, const char *also)
{
	return strcmp(protocol, one) == 0 ||
	       (also != NULL && strcmp(protocol, also) == 0);
}

static bool
hears(const struct detector *d, const char *protocol, uint32_t kinds)
{
	if (d->on_op == NULL)
		return false;
	if (strcmp(protocol, TRANSPORT_PROTOCOL) == 0 &&
	    (d->transport_kinds & kinds) != 0)
		return true;
	return (d->kinds & kinds) != 0 &&
	       (d->protocol == NULL ||
	           is_either(protocol, d->protocol, d->also));
}

static struct range
list(struct dispatch *d, const char *protocol, uint32_t kinds)
{
	struct range r = { (uint16_t)d->nlisteners, 0 };

	for (size_t i = 0; i < d->ndetectors; i++)
		if (d->started[i].state != NULL && !d->started[i].off &&
		    hears(d->started[i].detector, protocol, kinds))
			d->listeners[d->nlisteners++] = d->started[i];
	r.end = (uint16_t)d->nlisteners;
	return r;
}

static uint16_t
index_of(const struct world *world)
{
	uint16_t i = 0;

	while (worlds[i] != NULL && worlds[i] != world)
		i++;
	return world != NULL && worlds[i] != NULL ? i : NO_WORLD;
}

/* A world that a detector needs. */
static int
start_world(struct dispatch *d, const struct conf *conf,
    const struct setup *setup, uint16_t which)
{
	struct running_world *w = &d->worlds[which];

	if (w->state != NULL)
		return 0;
	w->size = w->world->size(setup->limits);
	w->state = area_new(1, w->size);
	if (w->state == NULL)
		return -1;
	conf_world(conf, which, w->state);
	if (w->world->start != NULL)
		w->world->start(w->state, setup);
	return 0;
}

static int
start_detector(struct dispatch *d, const struct conf *conf,
    const struct setup *setup, size_t i)
{
	struct listener *l = &d->started[i];

	l->detector = detectors[i];
	l->world = index_of(l->detector->world);
	l->about = l->world != NO_WORLD ? l->detector->about : 0;
	l->on_view = l->detector->on_view && l->world != NO_WORLD;
	if (!is_enabled(conf, l->detector))
		return 0;
	if (l->world != NO_WORLD && start_world(d, conf, setup, l->world) != 0)
		return -1;
	l->size = l->detector->size != NULL ? l->detector->size(setup->limits)
	                                    : l->detector->state_size;
	if (l->size == 0)
		l->size = 1; /* without a state of its own; NULL is off */
	l->state = area_new(1, l->size);
	if (l->state == NULL)
		return -1;
	conf_detector(conf, i, l->state);
	if (l->detector->start != NULL)
		l->detector->start(l->state, setup);
	return 0;
}

static int
start_all(
    struct dispatch *d, const struct conf *conf, const struct setup *setup)
{
	for (size_t i = 0; i < d->nworlds; i++)
		d->worlds[i].world = worlds[i];
	for (size_t i = 0; i < d->ndetectors; i++)
		if (start_detector(d, conf, setup, i) != 0)
			return -1;
	return 0;
}

static struct range
worlds_of(const struct dispatch *d, const char *protocol)
{
	struct range r = { 0, (uint16_t)d->nworlds };

	if (strcmp(protocol, TRANSPORT_PROTOCOL) == 0)
		return r;
	while (r.first < d->nworlds &&
	       !is_either(
	           protocol, worlds[r.first]->protocol, worlds[r.first]->also))
		r.first++;
	r.end = r.first < d->nworlds ? (uint16_t)(r.first + 1) : r.first;
	return r;
}

static void
fill(struct dispatch *d)
{
	for (size_t p = 0; p < d->nprotocols; p++) {
		const char *name = p + 1 < d->nprotocols ? dissectors[p]->name
		                                         : TRANSPORT_PROTOCOL;

		d->world_of[p] = worlds_of(d, name);
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

static int
add_kept(struct dispatch *d, void *state,
    size_t (*kept)(void *, struct kept_part[KEPT_MOST]))
{
	struct kept_part parts[KEPT_MOST];

	if (state == NULL || kept == NULL)
		return 0;
	return pieces_add(d->pieces, state, parts, kept(state, parts));
}

static int
add_pieces(struct dispatch *d)
{
	int e = 0;

	for (size_t i = 0; e == 0 && i < d->nworlds; i++)
		e = add_kept(d, d->worlds[i].state, d->worlds[i].world->kept);
	for (size_t i = 0; e == 0 && i < d->ndetectors; i++)
		e = add_kept(
		    d, d->started[i].state, d->started[i].detector->kept);
	return e;
}

struct dispatch *
dispatch_new(const struct conf *conf, const struct setup *setup)
{
	struct dispatch *d = calloc(1, sizeof(*d));
	size_t n;

	if (d == NULL)
		return NULL;
	d->setup = *setup;
	while (detectors[d->ndetectors] != NULL)
		d->ndetectors++;
	while (worlds[d->nworlds] != NULL)
		d->nworlds++;
	d->nprotocols = count_dissectors() + 1;
	n = d->ndetectors * d->nprotocols * OP_KINDS * 2;
	d->started = calloc(d->ndetectors + 1, sizeof(*d->started));
	d->worlds = calloc(d->nworlds + 1, sizeof(*d->worlds));
	d->world_of = calloc(d->nprotocols, sizeof(*d->world_of));
	d->listeners = calloc(n + 1, sizeof(*d->listeners));
	d->plain = calloc(d->nprotocols, sizeof(*d->plain));
	d->flawed = calloc(d->nprotocols, sizeof(*d->flawed));
	d->pieces = pieces_new();
	if (d->started == NULL || d->worlds == NULL || d->world_of == NULL ||
	    d->pieces == NULL || d->listeners == NULL || d->plain == NULL ||
	    d->flawed == NULL || start_all(d, conf, setup) != 0 ||
	    add_pieces(d) != 0) {
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
		area_free(d->started[i].state, 1, d->started[i].size);
	for (size_t i = 0; d->worlds != NULL && i < d->nworlds; i++)
		area_free(d->worlds[i].state, 1, d->worlds[i].size);
	pieces_free(d->pieces);
	free(d->started);
	free(d->worlds);
	free(d->world_of);
	free(d->listeners);
	free(d->plain);
	free(d->flawed);
	free(d);
}

static void
look(struct running_world *w, const struct op *op, struct event_sink *sink)
{
	const uint8_t *known;

	if (w->state == NULL)
		return;
	known = w->world->observe(w->state, op, sink);
	w->known = known;
	w->about = UINT32_MAX;
	if (known != NULL && w->world->about_at != 0)
		memcpy(&w->about, known + w->world->about_at, sizeof(w->about));
}

void
dispatch_observe(struct dispatch *d, struct observer *observer)
{
	d->observer = observer;
}

/* While the view still is what the detectors were given. */
static void
observe(const struct dispatch *d, const struct op *op, struct range w)
{
	bool one = w.first + 1 == w.end && d->worlds[w.first].state != NULL;

	d->observer->on_op(
	    d->observer, op, one ? d->worlds[w.first].known : NULL);
}

void
dispatch_op(struct dispatch *d, unsigned which, const struct op *op,
    struct event_sink *sink)
{
	struct range w = d->world_of[which];
	struct range r = op->flaw != NULL ? d->flawed[which][op->kind]
	                                  : d->plain[which][op->kind];

	for (uint16_t i = w.first; i < w.end; i++)
		look(&d->worlds[i], op, sink);
	for (uint16_t i = r.first; i < r.end; i++) {
		const struct listener *l = &d->listeners[i];
		const void *known = NULL;

		if (l->world != NO_WORLD) {
			const struct running_world *of = &d->worlds[l->world];

			known = of->known;
			if ((l->on_view && known == NULL) ||
			    (l->about != 0 && (l->about & of->about) == 0))
				continue;
		}
		l->detector->on_op(l->state, op, known, sink);
	}
	if (d->observer != NULL)
		observe(d, op, w);
	for (uint16_t i = w.first; i < w.end; i++)
		if (d->worlds[i].state != NULL &&
		    d->worlds[i].world->settle != NULL)
			d->worlds[i].world->settle(d->worlds[i].state, op);
}

void
dispatch_expect(const struct dispatch *d, unsigned which, const void *hint)
{
	struct range w = d->world_of[which];
	const struct running_world *of = &d->worlds[w.first];

	if (w.first < w.end && of->state != NULL && of->world->expect != NULL)
		of->world->expect(of->state, hint);
}

void
dispatch_tick(struct dispatch *d, struct timespec now, struct event_sink *sink)
{
	for (size_t i = 0; i < d->nworlds; i++)
		if (d->worlds[i].state != NULL &&
		    d->worlds[i].world->on_tick != NULL)
			d->worlds[i].world->on_tick(
			    d->worlds[i].state, now, sink);
	for (size_t i = 0; i < d->ndetectors; i++) {
		const struct listener *l = &d->started[i];

		if (l->state != NULL && !l->off && l->detector->on_tick != NULL)
			l->detector->on_tick(l->state,
			    l->world != NO_WORLD ? d->worlds[l->world].state
			                         : NULL,
			    now, sink);
	}
}

void
dispatch_event(
    struct dispatch *d, const struct event *ev, struct event_sink *sink)
{
	for (size_t i = 0; i < d->ndetectors; i++) {
		const struct listener *l = &d->started[i];

		if (l->state != NULL && !l->off &&
		    l->detector->on_event != NULL)
			l->detector->on_event(l->state, ev, sink);
	}
}

/* What the new configuration wants and the old one did not. */
static int
start_more(struct dispatch *d, const struct conf *conf)
{
	for (size_t i = 0; i < d->ndetectors; i++) {
		struct listener *l = &d->started[i];

		if (l->state != NULL || !is_enabled(conf, l->detector))
			continue;
		if (start_detector(d, conf, &d->setup, i) != 0)
			return -1;
		l->off = true; /* until all of them are there */
		if (add_kept(d, l->state, l->detector->kept) != 0)
			return -1;
	}
	return 0;
}

int
dispatch_reload(struct dispatch *d, const struct conf *conf, bool policy)
{
	if (start_more(d, conf) != 0)
		return -1;
	for (uint16_t i = 0; i < d->nworlds; i++) {
		const struct running_world *w = &d->worlds[i];

		if (w->state == NULL)
			continue;
		conf_world(conf, i, w->state);
		if (policy && w->world->on_policy != NULL)
			w->world->on_policy(w->state);
	}
	for (size_t i = 0; i < d->ndetectors; i++) {
		struct listener *l = &d->started[i];

		if (l->state != NULL)
			conf_detector(conf, i, l->state);
		l->off = !is_enabled(conf, l->detector);
	}
	d->nlisteners = 0;
	fill(d);
	return 0;
}

void
dispatch_health(
    struct dispatch *d, const struct health *h, struct event_sink *sink)
{
	for (size_t i = 0; i < d->ndetectors; i++) {
		const struct listener *l = &d->started[i];

		if (l->state != NULL && !l->off &&
		    l->detector->on_health != NULL)
			l->detector->on_health(l->state, h, sink);
	}
}

void
dispatch_recall(struct dispatch *d, const struct memory_meter *m)
{
	for (size_t i = 0; i < d->nworlds; i++)
		if (d->worlds[i].state != NULL &&
		    d->worlds[i].world->recall != NULL)
			d->worlds[i].world->recall(d->worlds[i].state, m);
}

void
dispatch_answer(struct dispatch *d, const struct memory_answer *answer)
{
	for (size_t i = 0; i < d->nworlds; i++)
		if (d->worlds[i].state != NULL &&
		    d->worlds[i].world->answered != NULL)
			d->worlds[i].world->answered(
			    d->worlds[i].state, answer);
}

bool
dispatch_recall_row(struct dispatch *d, const struct memory_row *row)
{
	return pieces_recall(d->pieces, row);
}

void
dispatch_remember(struct dispatch *d, struct memory *memory)
{
	for (size_t i = 0; i < d->nworlds; i++)
		if (d->worlds[i].state != NULL &&
		    d->worlds[i].world->remember != NULL)
			d->worlds[i].world->remember(
			    d->worlds[i].state, memory);
	pieces_remember(d->pieces, memory);
}

void *
dispatch_world(const struct dispatch *d, const struct world *world)
{
	uint16_t i = index_of(world);

	return i != NO_WORLD ? d->worlds[i].state : NULL;
}
