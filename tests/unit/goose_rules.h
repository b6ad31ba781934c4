/* SPDX-License-Identifier: Apache-2.0 */
/* The world of GOOSE with all its detectors, fed unit by unit. */
#ifndef TESTS_UNIT_GOOSE_RULES_H
#define TESTS_UNIT_GOOSE_RULES_H

#include <stdlib.h>

#include "dissectors/rgoose/rgoose.h"
#include "rules/goose/keys.h"
#include "rules/goose/world.h"
#include "tests/driver.h"

#define EVENTS 64
#define DETECTORS 8
#define BEGIN 1700000000 /* s */

extern const struct detector goose_alive_detector, goose_auth_detector,
    goose_config_detector, goose_routable_detector, goose_sequence_detector,
    goose_simulation_detector, goose_source_detector, goose_state_detector;

static const struct detector *const all[DETECTORS] = { &goose_alive_detector,
	&goose_auth_detector, &goose_config_detector, &goose_routable_detector,
	&goose_sequence_detector, &goose_simulation_detector,
	&goose_source_detector, &goose_state_detector };

struct site {
	struct event_sink sink;
	void *world, *state[DETECTORS];
	struct event ev[EVENTS];
	size_t n;
	uint64_t frame;
	const char *protocol;
	struct rgoose_spdu spdu;
	/* the next unit, and when it comes */
	uint64_t us;
	uint8_t mac;
	struct pdu pdu;
	struct goose_pdu unit;
};

static const uint8_t off[] = { 0x83, 1, 0, 0x84, 2, 6, 0x40 };
static const uint8_t on[] = { 0x83, 1, 1, 0x84, 2, 6, 0x80 };

static inline void
collect(struct event_sink *sink, const struct event *ev)
{
	struct site *s = (struct site *)sink;

	if (s->n == EVENTS)
		abort();
	s->ev[s->n++] = *ev;
}

static inline void
preset(void *state, const struct parameter *p)
{
	for (; p != NULL && p->name != NULL; p++)
		memcpy((uint8_t *)state + p->offset, &p->preset,
		    sizeof(p->preset));
}

static inline struct site *
site_new(uint32_t publishers, const struct goose_keys *keys)
{
	static const uint8_t key[SIPHASH_KEY] = "a test";
	static struct rules_limits limits;
	struct site *s = calloc(1, sizeof(*s));
	struct setup setup = {
		.key = key, .limits = &limits, .goose_keys = keys
	};

	if (s == NULL)
		abort();
	limits.publishers = publishers;
	s->sink.emit = collect;
	s->protocol = "goose";
	s->world = calloc(1, goose_world.size(&limits));
	preset(s->world, goose_world.parameters);
	goose_world.start(s->world, &setup);
	for (size_t i = 0; i < DETECTORS; i++) {
		s->state[i] = calloc(1, all[i]->state_size);
		for (const struct detection *d = all[i]->detections;
		     d->id != NULL; d++)
			preset(s->state[i], d->parameters);
		if (all[i]->start != NULL)
			all[i]->start(s->state[i], &setup);
	}
	s->us = UINT64_C(1000000) * BEGIN;
	s->mac = 1;
	s->unit = (struct goose_pdu){ .appid = 0x1001,
		.headed = true,
		.tag = GOOSE_PDU,
		.gocbref = { (const uint8_t *)"A/LLN0$GO$g", 11 },
		.datset = { (const uint8_t *)"A/LLN0$d", 8 },
		.goid = { (const uint8_t *)"g", 1 },
		.tal = 2000,
		.t = { .seconds = BEGIN, .quality = 10 },
		.stnum = 5,
		.confrev = 1,
		.entries = 2,
		.data = { off, sizeof(off) } };
	return s;
}

static inline void
site_free(struct site *s)
{
	for (size_t i = 0; i < DETECTORS; i++)
		free(s->state[i]);
	free(s->world);
	free(s);
}

/* Sends the unit as it stands, ms later than the one before. */
static inline void
after(struct site *s, uint32_t ms)
{
	struct op op = { .kind = OP_REPORT,
		.pdu = &s->pdu,
		.protocol = s->protocol,
		.msg = &s->unit };
	const void *known;

	s->us += UINT64_C(1000) * ms;
	s->pdu.at = (struct timespec){ (time_t)(s->us / 1000000),
		(long)(s->us % 1000000 * 1000) };
	s->pdu.frame = ++s->frame;
	s->pdu.capture = "c";
	s->pdu.src.mac[0] = 2;
	s->pdu.src.mac[5] = s->mac;
	if (strcmp(s->protocol, "rgoose") == 0) {
		s->spdu.si = RGOOSE_GOOSE;
		s->spdu.goose = s->unit;
		op.msg = &s->spdu;
	}
	known = goose_world.observe(s->world, &op, &s->sink);
	for (size_t i = 0; i < DETECTORS; i++)
		if ((known != NULL || !all[i]->on_view) &&
		    (strcmp(all[i]->protocol, s->protocol) == 0 ||
		        (all[i]->also != NULL &&
		            strcmp(all[i]->also, s->protocol) == 0)))
			all[i]->on_op(s->state[i], &op, known, &s->sink);
}

/* Repeats of the state, sqNum going on: n, each ms later. */
static inline void
repeat(struct site *s, int n, uint32_t ms)
{
	for (; n > 0; n--) {
		s->unit.sqnum++;
		after(s, ms);
	}
}

/* The next state with its first unit. */
static inline void
change(struct site *s, uint32_t ms)
{
	s->unit.stnum++;
	s->unit.sqnum = 0;
	s->unit.t.seconds++;
	s->unit.data = s->unit.data.p == off
	                   ? (struct bytes){ on, sizeof(on) }
	                   : (struct bytes){ off, sizeof(off) };
	after(s, ms);
}

static inline void
tick(struct site *s, uint32_t later_s)
{
	struct timespec now = { (time_t)(s->us / 1000000 + later_s), 0 };

	goose_world.on_tick(s->world, now, &s->sink);
	for (size_t i = 0; i < DETECTORS; i++)
		if (all[i]->on_tick != NULL)
			all[i]->on_tick(s->state[i], s->world, now, &s->sink);
}

/* A publisher of which ten units were seen, at frame 10. */
static inline struct site *
steady(void)
{
	struct site *s = site_new(16, NULL);

	after(s, 0);
	repeat(s, 9, 1000);
	CU_ASSERT_EQUAL(s->n, 0);
	return s;
}

/* Whether the i-th event is this one. */
static inline bool
is_event(const struct site *s, size_t i, const char *det,
    const struct event_def *def, uint64_t frame)
{
	const struct event *ev = &s->ev[i];

	return i < s->n && strcmp(ev->det, det) == 0 && ev->def == def &&
	       ev->frame == frame && ev->subject.n == s->unit.gocbref.n &&
	       memcmp(ev->subject.p, s->unit.gocbref.p, ev->subject.n) == 0;
}

static inline uint64_t
why(const struct event *ev, const char *name)
{
	char text[EVENT_STR + 1] = "";

	for (size_t i = 0; i < ev->nwhy; i++)
		if (strcmp(ev->why[i].name, name) == 0)
			memcpy(text, ev->why[i].value.p, ev->why[i].value.n);
	return text[0] != '\0' ? strtoull(text, NULL, 10) : UINT64_MAX;
}

#endif
