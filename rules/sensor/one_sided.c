/* SPDX-License-Identifier: Apache-2.0 */
/* H-2: of many connections only one end is seen. */
#include <config.h>

#include "dissectors/transport.h"
#include "rules/detector.h"
#include "rules/when.h"

#define DET "H-2"
#define SUBJECT "capture"
#define MOST 1000 /* the n of the configuration goes no higher */

struct one_sided {
	uint32_t n, t_s;
	uint64_t flows; /* since the start */
	bool said;
	time_t said_at;
	time_t at[MOST + 1]; /* of the last flows, in turn */
};

static bool
within(const struct one_sided *o, time_t now, time_t then)
{
	return when_apart((uint64_t)now, (uint64_t)then) < o->t_s;
}

static void
say(const struct one_sided *o, const struct op *op, struct event_sink *out)
{
	struct event ev = event_about(op, &EV_SENSOR_ONE_SIDED, DET);
	struct event_str seen = event_address(&op->pdu->src);
	struct event_str missing = event_address(&op->pdu->dst);

	/* about the sensor: this flow is only an example */
	ev.src = ev.dst = (struct endpoint){ .port = 0 };
	event_set(&ev.subject,
	    (struct bytes){ (const uint8_t *)SUBJECT, strlen(SUBJECT) });
	event_add_u64(&ev, "flows", (uint64_t)o->n + 1);
	event_add_u64(&ev, "t_s", o->t_s);
	event_add(&ev, "seen", event_bytes(&seen));
	event_add(&ev, "missing", event_bytes(&missing));
	out->emit(out, &ev);
}

static void
one_sided_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	struct one_sided *o = state;
	const struct transport *t = transport_msg(op);
	time_t now = op->pdu->at.tv_sec;

	(void)known;
	if (t == NULL || t->note != TRANSPORT_ONE_SIDED)
		return;
	o->at[o->flows % (o->n + 1)] = now;
	o->flows++;
	/* the one that comes next in turn is the oldest */
	if (o->flows <= o->n || !within(o, now, o->at[o->flows % (o->n + 1)]))
		return;
	if (o->said && within(o, now, o->said_at))
		return;
	o->said = true;
	o->said_at = now;
	say(o, op, out);
}

static const struct parameter parameters[] = {
	{ "n", offsetof(struct one_sided, n), 10, 0, MOST },
	{ "t_s", offsetof(struct one_sided, t_s), 60, 1, 86400 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct detection detections[] = {
	{ DET, NULL, parameters },
	{ NULL, NULL, NULL },
};

static size_t
one_sided_kept(void *state, struct kept_part to[KEPT_MOST])
{
	struct one_sided *o = state;

	to[0] = kept_each("sensor.one-sided", 1, &o->flows,
	    offsetof(struct one_sided, at) - offsetof(struct one_sided, flows),
	    1);
	to[1] = kept_array(
	    "sensor.one-sided-at", 1, o->at, sizeof(*o->at), MOST + 1);
	return 2;
}

const struct detector sensor_one_sided_detector = {
	.detections = detections,
	.protocol = TRANSPORT_PROTOCOL,
	.kinds = DETECTOR_ON(OP_OTHER),
	.state_size = sizeof(struct one_sided),
	.on_op = one_sided_on_op,
	.kept = one_sided_kept,
};
