/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of detectors of dlms_world share: one meter and one session,
 * as a test sets them.  It stands in for the world, which the program under
 * test does not link then.
 */
#ifndef TESTS_UNIT_METER_BENCH_H
#define TESTS_UNIT_METER_BENCH_H

#include "rules/meters/meters.h"
#include "tests/unit/dlms.h"

#define BENCH_EVENTS 16

struct bench {
	struct event_sink sink;
	struct talk talk;
	const struct detector *detector;
	void *state;
	struct meter meter;
	struct session session;
	struct dlms_request request;
	const struct policy_group *group; /* NULL: one that asks for nothing */
	struct counter_note counter;
	int n;
	struct event ev[BENCH_EVENTS];
};

const struct world dlms_world = { .protocol = "dlms" };

struct event
meters_event(const struct dlms_view *v, const struct op *op,
    const struct event_def *def, const char *det)
{
	(void)v;
	return event_about(op, def, det);
}

static inline void
bench_keep(struct event_sink *sink, const struct event *ev)
{
	struct bench *b = (struct bench *)sink;

	CU_ASSERT_FATAL(b->n < BENCH_EVENTS);
	b->ev[b->n++] = *ev;
}

/* The client has what the presets give its address. */
static inline void
bench_start(struct bench *b, const struct detector *d, uint16_t sap)
{
	static const uint8_t key[SIPHASH_KEY], ip[16];
	static const struct bytes none;

	memset(b, 0, sizeof(*b));
	talk_start(&b->talk);
	b->sink.emit = bench_keep;
	b->detector = d;
	b->state = calloc(1, d->state_size);
	CU_ASSERT_PTR_NOT_NULL_FATAL(b->state);
	for (const struct detection *row = d->detections; row->id; row++)
		for (const struct parameter *p = row->parameters;
		     p != NULL && p->name != NULL; p++)
			memcpy((uint8_t *)b->state + p->offset, &p->preset,
			    sizeof(p->preset));
	if (d->start != NULL)
		d->start(b->state, &(struct setup){ .key = key });
	b->session.client =
	    policy_client(policy_group(NULL, none, ip), sap, none, ip);
	b->talk.pdu.at.tv_sec = 1000000000; /* 2001-09-09 01:46:40 */
}

static inline void
bench_end(struct bench *b)
{
	talk_end(&b->talk);
	free(b->state);
}

/* As the world: the gravest item of a request, kept for its answer. */
static inline void
bench_note(struct bench *b, const struct dlms_apdu *a)
{
	struct dlms_walk w = dlms_items(a);
	struct dlms_request q = { .there = true, .tag = a->tag };
	struct dlms_item i;
	uint32_t most = 0;

	while (dlms_next_item(&w, &i)) {
		uint32_t rights = dlms_rights(&i);

		q.rights |= rights;
		if (q.items++ > 0 && rights <= most)
			continue;
		most = rights;
		q.service = (uint8_t)i.service;
		q.index = (uint8_t)i.index;
		q.class_id = i.class_id;
		q.name = i.name;
		if (i.obis.n == sizeof(q.obis))
			memcpy(q.obis, i.obis.p, sizeof(q.obis));
	}
	if (q.items > 0)
		b->request = q;
}

/* Direction 0 is from the client to meter 10.0.0.n; counts anew. */
static inline void
bench_say(struct bench *b, unsigned dir, const uint8_t *apdu, size_t n)
{
	static const struct policy_group group = { .name = "any" };

	b->n = 0;
	b->talk.pdu.frame++;
	talk_apdu(&b->talk, dir, apdu, n);
	for (int i = 0; i < b->talk.n; i++) {
		const struct op *op = &b->talk.op[i];
		struct dlms_view v = { .apdu = &b->talk.apdu[i],
			.meter = &b->meter,
			.session = &b->session,
			.from = dir == 0 ? OP_FROM_CLIENT : OP_FROM_SERVER,
			.counter = b->counter,
			.group = b->group != NULL ? b->group : &group };

		if (dir == 0)
			bench_note(b, v.apdu);
		v.request = b->request.there ? &b->request : NULL;
		if (b->detector->kinds & DETECTOR_ON(op->kind))
			b->detector->on_op(b->state, op, &v, &b->sink);
	}
}

static inline const char *
bench_why(const struct bench *b, int n, const char *name)
{
	static char buf[EVENT_STR + 1];
	const struct event *ev = &b->ev[n];

	for (size_t i = 0; i < ev->nwhy; i++)
		if (strcmp(ev->why[i].name, name) == 0) {
			memcpy(buf, ev->why[i].value.p, ev->why[i].value.n);
			buf[ev->why[i].value.n] = '\0';
			return buf;
		}
	return "";
}

static inline bool
bench_is(
    const struct bench *b, int n, const struct event_def *def, const char *det)
{
	return n < b->n && b->ev[n].def == def &&
	       strcmp(b->ev[n].det, det) == 0;
}

#endif
