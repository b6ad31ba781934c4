/* SPDX-License-Identifier: Apache-2.0 */
/* The world of DNP3 with all its detectors, fed frame by frame. */
#ifndef TESTS_UNIT_DNP3_RULES_H
#define TESTS_UNIT_DNP3_RULES_H

#include <stdlib.h>

#include "rules/dnp3/world.h"
#include "tests/unit/dnp3.h"

#define EVENTS 64
#define DETECTORS 12
#define BEGIN UINT64_C(1700000000000) /* ms */

extern const struct detector dnp3_answers_detector, dnp3_auth_detector,
    dnp3_burst_detector, dnp3_clock_detector, dnp3_controls_detector,
    dnp3_files_detector, dnp3_functions_detector, dnp3_indications_detector,
    dnp3_keys_detector, dnp3_link_detector, dnp3_masters_detector,
    dnp3_unsolicited_detector;

static const struct detector *const all[DETECTORS] = { &dnp3_answers_detector,
	&dnp3_auth_detector, &dnp3_burst_detector, &dnp3_clock_detector,
	&dnp3_controls_detector, &dnp3_files_detector, &dnp3_functions_detector,
	&dnp3_indications_detector, &dnp3_keys_detector, &dnp3_link_detector,
	&dnp3_masters_detector, &dnp3_unsolicited_detector };

struct site {
	struct op_sink ops;
	struct event_sink sink;
	void *world, *state[DETECTORS];
	struct asm_pool *pool;
	struct event ev[EVENTS];
	size_t n;
	uint64_t flow_state[DISSECTOR_FLOW_MAX / 8];
	void *hint; /* of the flow, whichever it is */

	/* the next frame, and when it comes */
	uint64_t ms, frame, flow;
	uint8_t master, station; /* last octets of their IP addresses */
	uint8_t mac;             /* of the master */
	uint16_t link, master_link;
	enum knowledge know;
	enum carrier carrier;
	uint8_t seq; /* of the last request */
	uint16_t iin;

	struct dnp3_view v; /* of the last frame, its pointers gone */
	struct dnp3_association a;
};

static inline void
collect(struct event_sink *sink, const struct event *ev)
{
	struct site *s = (struct site *)(void *)((uint8_t *)sink -
	                                         offsetof(struct site, sink));

	if (s->n == EVENTS)
		abort();
	s->ev[s->n++] = *ev;
}

/* As the sensor does it. */
static inline void
pass(struct op_sink *sink, const struct op *op)
{
	struct site *s = (struct site *)sink;
	uint32_t on = DETECTOR_ON(op->kind) |
	              (op->flaw != NULL ? DETECTOR_ON(OP_FLAW) : 0);
	const struct dnp3_view *v = dnp3_world.observe(s->world, op, &s->sink);

	if (v == NULL)
		return;
	s->v = *v;
	for (size_t i = 0; i < DETECTORS; i++)
		if ((all[i]->kinds & on) != 0)
			all[i]->on_op(s->state[i], op, v, &s->sink);
	dnp3_world.settle(s->world, op);
	s->a = *s->v.a;
}

static inline void
preset(void *state, const struct parameter *p)
{
	for (; p != NULL && p->name != NULL; p++)
		memcpy((uint8_t *)state + p->offset, &p->preset,
		    sizeof(p->preset));
}

static inline struct site *
site_new(uint32_t associations)
{
	static const uint8_t key[SIPHASH_KEY] = "a test";
	struct rules_limits limits = { .associations = associations };
	struct setup setup = { .key = key, .limits = &limits };
	struct site *s = calloc(1, sizeof(*s));

	if (s == NULL)
		abort();
	*s = (struct site){ .ops = { pass },
		.sink = { collect },
		.ms = BEGIN,
		.flow = 1,
		.master = 1,
		.mac = 1,
		.station = 9,
		.link = 10,
		.master_link = 1,
		.seq = 15 };
	s->pool = asm_new(4, 4096);
	s->world = calloc(1, dnp3_world.size(&limits));
	preset(s->world, dnp3_world.parameters);
	dnp3_world.start(s->world, &setup);
	for (size_t i = 0; i < DETECTORS; i++) {
		s->state[i] = calloc(1, all[i]->state_size);
		for (const struct detection *d = all[i]->detections;
		     d->id != NULL; d++)
			preset(s->state[i], d->parameters);
		if (all[i]->start != NULL)
			all[i]->start(s->state[i], &setup);
	}
	return s;
}

static inline void
site_free(struct site *s)
{
	for (size_t i = 0; i < DETECTORS; i++)
		free(s->state[i]);
	asm_free(s->pool);
	free(s->world);
	free(s);
}

/* n octets as they come, from the master or to it. */
static inline void
site_octets(struct site *s, bool from_master, const uint8_t *p, size_t n)
{
	struct endpoint ends[] = {
		{ .mac = { 2, s->mac },
		    .ip = { [10] = 0xff, 0xff, 10, 0, 0, s->master },
		    .port = 40000 },
		{ .mac = { 2, s->station },
		    .ip = { [10] = 0xff, 0xff, 10, 0, 0, s->station },
		    .port = 20000 },
	};
	struct pdu pdu = {
		.at = { .tv_sec = (time_t)(s->ms / 1000),
		    .tv_nsec = (long)(s->ms % 1000 * 1000000) },
		.frame = ++s->frame,
		.capture = "test",
		.src = ends[from_master ? 0 : 1],
		.dst = ends[from_master ? 1 : 0],
		.carrier = s->carrier,
		.dir = from_master ? 0 : 1,
		.flow = s->flow,
		.state = s->know,
		.hint = &s->hint,
	};
	struct ctx ctx = {
		.pdu = &pdu, .flow = s->flow_state, .pool = s->pool
	};

	dnp3_dissector.dissect(rd_over(p, n, n), &ctx, &s->ops);
}

/* A link frame; n: of user data. */
static inline void
site_frame(struct site *s, bool from_master, uint8_t control,
    const uint8_t *user, size_t n)
{
	uint16_t dst = from_master ? s->link : s->master_link;
	uint16_t src = from_master ? s->master_link : s->link;
	uint8_t frame[DNP3_FRAME_MAX];

	n = dnp3_link(frame, (uint8_t)(control | (from_master ? 0x80 : 0)), dst,
	    src, user, n);
	site_octets(s, from_master, frame, n);
}

static inline void
site_say(struct site *s, bool from_master, uint8_t control, uint8_t function,
    const void *p, size_t n)
{
	uint8_t user[250] = { 0xc0, control, function };
	size_t head = 3;

	if (function >= DNP3_RESPONSE && function <= DNP3_AUTH_RESPONSE) {
		user[head++] = (uint8_t)(s->iin >> 8);
		user[head++] = (uint8_t)s->iin;
	}
	CU_ASSERT_FATAL(head + n <= sizeof(user));
	memcpy(user + head, p, n);
	site_frame(s, from_master, 0x44, user, head + n);
}

static inline void
site_again(struct site *s, uint8_t function, const void *p, size_t n)
{
	site_say(s, true, 0xc0 | s->seq, function, p, n);
}

static inline void
site_ask(struct site *s, uint8_t function, const void *p, size_t n)
{
	s->seq = (s->seq + 1) & 15;
	site_again(s, function, p, n);
}

static inline void
site_answer(struct site *s, const void *p, size_t n)
{
	site_say(s, false, 0xc0 | s->seq, DNP3_RESPONSE, p, n);
}

/* A request and its response, which has the same objects. */
static inline void
site_both(struct site *s, uint8_t function, const void *p, size_t n)
{
	site_ask(s, function, p, n);
	site_answer(s, p, n);
}

static const uint8_t class_0[] = { 60, 1, 6 }, class_1[] = { 60, 2, 6 };

static inline void
site_poll(struct site *s)
{
	s->ms += 1000;
	site_ask(s, DNP3_READ, class_1, sizeof(class_1));
	site_answer(s, "", 0);
}

/* As every master begins; three polls follow. */
static inline void
site_begin(struct site *s)
{
	site_both(s, DNP3_DISABLE_UNSOLICITED, class_1, sizeof(class_1));
	site_ask(s, DNP3_READ, class_0, sizeof(class_0));
	site_answer(s, "", 0);
	for (int n = 0; n < 3; n++)
		site_poll(s);
}

/* How many events of this row there were since the last call of any. */
static inline size_t
said(struct site *s, const char *det)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++)
		n += strcmp(s->ev[i].det, det) == 0;
	s->n = 0;
	return n;
}

static inline bool
last_is(const struct site *s, const char *det, const struct event_def *def)
{
	const struct event *ev = &s->ev[s->n - 1];

	return s->n > 0 && strcmp(ev->det, det) == 0 && ev->def == def &&
	       ev->frame == s->frame;
}

/* A control relay output block for one point. */
struct crob {
	uint8_t p[16];
};

static inline struct crob
crob(uint8_t index, uint8_t code)
{
	return (struct crob){ { 12, 1, 0x17, 1, index, code, 1, 100, 0, 0, 0,
	    100 } };
}

#endif
