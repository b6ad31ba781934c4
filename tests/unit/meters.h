/* SPDX-License-Identifier: Apache-2.0 */
/* What tests of the DLMS world share: a client, meters, and who listens. */
#ifndef TESTS_UNIT_METERS_H
#define TESTS_UNIT_METERS_H

#include "dissectors/transport.h"
#include "rules/meters/state.h"
#include "tests/lib/build_dlms.h"
#include "tests/unit/dlms.h"

#define SCENE_EVENTS 64

extern const struct detector dlms_counter_detector, dlms_exchange_detector,
    dlms_suite_detector, dlms_complaint_detector, dlms_recon_detector,
    dlms_silence_detector;

/* A test may choose who listens. */
#ifndef SCENE_LIST
#define SCENE_LIST                                                             \
	&dlms_counter_detector, &dlms_exchange_detector, &dlms_suite_detector, \
	    &dlms_complaint_detector, &dlms_recon_detector
#endif

static const struct detector *const scene_detectors[] = { SCENE_LIST };

/* Keys, if a test has some; before the scene starts. */
static const struct unseal *scene_keys;

#define SCENE_DETECTORS (sizeof(scene_detectors) / sizeof(*scene_detectors))

/* Client 10.0.9.9:40000 at SAP `sap`, meter 10.0.0.n:4059. */
struct scene {
	struct event_sink sink;
	struct talk talk;
	struct meters *m;
	void *states[SCENE_DETECTORS];
	const struct dlms_view *view; /* of the last unit */
	struct event events[SCENE_EVENTS];
	int n;

	uint8_t meter, client; /* last octets of their addresses */
	uint16_t port, client_port;
	uint8_t sap;
	time_t at;
	uint64_t flow;
	enum carrier carrier;
	bool repeated; /* HDLC: the next unit is a repeat */

	/* takes ops instead of the detectors; NULL: nobody */
	void (*first)(struct scene *, const struct op *);
};

static inline void
scene_see(struct event_sink *sink, const struct event *ev)
{
	struct scene *s = (struct scene *)sink;

	CU_ASSERT_FATAL(s->n < SCENE_EVENTS);
	s->events[s->n++] = *ev;
}

static inline void *
scene_state(const struct parameter *p, size_t size)
{
	uint8_t *state = aligned_alloc(64, (size + 63) & ~(size_t)63);

	CU_ASSERT_PTR_NOT_NULL_FATAL(state);
	memset(state, 0, size);
	for (; p != NULL && p->name != NULL; p++)
		memcpy(state + p->offset, &p->preset, sizeof(p->preset));
	return state;
}

static inline void
scene_start_by(struct scene *s, uint32_t meters, const struct policy *policy)
{
	static const uint8_t key[SIPHASH_KEY] = { 1, 2, 3 };
	static struct rules_limits limits;
	struct setup setup = { .key = key,
		.limits = &limits,
		.policy = policy,
		.unseal = scene_keys };

	memset(s, 0, sizeof(*s));
	limits = (struct rules_limits){ .meters = meters, .sessions = 64 };
	s->sink.emit = scene_see;
	talk_start(&s->talk);
	s->m = scene_state(dlms_world.parameters, dlms_world.size(&limits));
	dlms_world.start(s->m, &setup);
	for (size_t i = 0; i < SCENE_DETECTORS; i++) {
		const struct detector *d = scene_detectors[i];

		s->states[i] = scene_state(NULL, d->state_size);
		for (const struct detection *row = d->detections;
		     row->id != NULL; row++)
			for (const struct parameter *p = row->parameters;
			     p != NULL && p->name != NULL; p++)
				memcpy((uint8_t *)s->states[i] + p->offset,
				    &p->preset, sizeof(p->preset));
		if (d->start != NULL)
			d->start(s->states[i], &setup);
	}
	s->meter = 1;
	s->client = 9;
	s->port = 4059;
	s->client_port = 40000;
	s->sap = 1;
	s->at = 1000000;
	s->flow = UINT64_C(1) << 32 | 1;
	s->carrier = OVER_TCP;
}

static inline void
scene_start(struct scene *s, uint32_t meters)
{
	scene_start_by(s, meters, NULL);
}

static inline void
scene_stop(struct scene *s)
{
	talk_end(&s->talk);
	free(s->m);
	for (size_t i = 0; i < SCENE_DETECTORS; i++)
		free(s->states[i]);
}

/* Direction 0 is toward the meter. */
static inline void
scene_ends(struct scene *s, unsigned dir)
{
	struct pdu *p = &s->talk.pdu;
	struct endpoint meter = {
		.ip = { [10] = 0xff, 0xff, 10, 0, 0, s->meter }, .port = s->port
	};
	struct endpoint client = {
		.ip = { [10] = 0xff, 0xff, 10, 0, 9, s->client },
		.port = s->client_port
	};

	p->at = (struct timespec){ .tv_sec = s->at };
	p->frame++;
	p->flow = s->flow;
	p->carrier = s->carrier;
	p->dir = dir;
	p->src = dir == 0 ? client : meter;
	p->dst = dir == 0 ? meter : client;
}

/* As the sensor hands ops on. */
static inline void
scene_hand(struct scene *s, const struct op *op)
{
	const void *known = dlms_world.observe(s->m, op, &s->sink);

	s->view = dlms_view(known);
	for (size_t i = 0; i < SCENE_DETECTORS; i++) {
		const struct detector *d = scene_detectors[i];
		uint32_t kind = DETECTOR_ON(op->kind);

		if (dlms_msg(op) != NULL && (d->kinds & kind) != 0)
			d->on_op(s->states[i], op, known, &s->sink);
	}
	dlms_world.settle(s->m, op);
}

static inline void
scene_unit(struct scene *s, unsigned dir, const struct octets *apdu)
{
	struct octets unit = { .n = 0 };

	build_dlms_wrap(
	    &unit, dir == 0 ? s->sap : 1, dir == 0 ? 1 : s->sap, apdu);
	scene_ends(s, dir);
	talk_unit(&s->talk, dir, unit.p, unit.n);
	for (int i = 0; i < s->talk.n; i++) {
		s->talk.apdu[i].hdlc.repeated = s->repeated;
		/* where it pointed to is no more */
		s->talk.op[i].outer =
		    i + 1 < s->talk.n ? &s->talk.op[i + 1] : NULL;
		if (s->first != NULL)
			s->first(s, &s->talk.op[i]);
		else
			scene_hand(s, &s->talk.op[i]);
	}
	s->repeated = false;
}

static inline void
scene_apdu(struct scene *s, unsigned dir, const uint8_t *p, size_t n)
{
	struct octets o = { .n = 0 };

	octets_put(&o, p, n);
	scene_unit(s, dir, &o);
}

static inline void
scene_note(struct scene *s, unsigned dir, enum transport_note note)
{
	struct transport msg = { .note = note };
	struct op op = { .kind = OP_LINK,
		.protocol = TRANSPORT_PROTOCOL,
		.pdu = &s->talk.pdu,
		.msg = &msg };

	scene_ends(s, dir);
	scene_hand(s, &op);
}

static inline void
scene_tick(struct scene *s, time_t at)
{
	struct timespec now = { .tv_sec = at };

	s->at = at;
	for (size_t i = 0; i < SCENE_DETECTORS; i++)
		if (scene_detectors[i]->on_tick != NULL)
			scene_detectors[i]->on_tick(
			    s->states[i], s->m, now, &s->sink);
}

/* A title of a meter or client of this number. */
static inline void
scene_title(uint8_t t[BUILD_DLMS_TITLE], uint8_t number)
{
	memcpy(t, "MTR\0\0\0\0", BUILD_DLMS_TITLE - 1);
	t[BUILD_DLMS_TITLE - 1] = number;
}

/* AARQ and AARE with titles; number 0: without. */
static inline void
scene_aarq(struct scene *s, uint8_t mechanism, uint8_t number)
{
	uint8_t t[BUILD_DLMS_TITLE];
	struct build_dlms_acse a = { .context = number != 0 ? 3 : 1,
		.mechanism = mechanism,
		.title = number != 0 ? t : NULL,
		.secret = mechanism != 0 ? "challenge" : NULL };
	struct octets o = { .n = 0 };

	scene_title(t, number);
	build_dlms_initiate_request(&a.user);
	build_dlms_aarq(&o, &a);
	scene_unit(s, 0, &o);
}

static inline void
scene_aare(struct scene *s, uint8_t mechanism, uint8_t number, uint8_t result,
    uint8_t diagnostic)
{
	uint8_t t[BUILD_DLMS_TITLE];
	struct build_dlms_acse a = { .context = number != 0 ? 3 : 1,
		.mechanism = mechanism,
		.title = number != 0 ? t : NULL,
		.secret = mechanism > 1 ? "challenge" : NULL,
		.result = result,
		.diagnostic = diagnostic };
	struct octets o = { .n = 0 };

	scene_title(t, number);
	build_dlms_initiate_response(&a.user);
	build_dlms_aare(&o, &a);
	scene_unit(s, 1, &o);
}

/* glo-get-request or -response: its counter, and one octet that is its text. */
static inline void
scene_glo(struct scene *s, unsigned dir, uint32_t ic, uint8_t text)
{
	uint8_t sc = 0x30;
	uint8_t o[] = { dir == 0 ? 0xc8 : 0xcc, 18, sc, (uint8_t)(ic >> 24),
		(uint8_t)(ic >> 16), (uint8_t)(ic >> 8), (uint8_t)ic, text, 0,
		1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 };

	scene_apdu(s, dir, o, sizeof(o));
}

/* general-glo or -ded, with the title of this number, or with none at 0. */
static inline void
scene_general(struct scene *s, unsigned dir, uint8_t tag, uint8_t sc,
    uint8_t number, uint32_t ic, uint8_t text)
{
	struct octets o = { .n = 0 };
	uint8_t t[BUILD_DLMS_TITLE];

	scene_title(t, number);
	octets_be(&o, tag, 1);
	octets_be(&o, number != 0 ? sizeof(t) : 0, 1);
	octets_put(&o, t, number != 0 ? sizeof(t) : 0);
	octets_be(&o, 18, 1);
	octets_be(&o, sc, 1);
	octets_be(&o, ic, 4);
	octets_be(&o, text, 1);
	octets_put(&o, "0123456789ab", 12);
	scene_unit(s, dir, &o);
}

/* From AARQ to the end of pass 4; counters 1 and 2 of both are spent. */
static inline void
scene_open(struct scene *s, uint8_t client, uint8_t meter, uint32_t ic)
{
	scene_aarq(s, BUILD_DLMS_GMAC, client);
	scene_aare(s, BUILD_DLMS_GMAC, meter, 0, 14);
	scene_glo(s, 0, ic, 1);
	scene_glo(s, 1, ic, 2);
}

static inline int
scene_says(const struct scene *s, const char *det)
{
	int n = 0;

	for (int i = 0; i < s->n; i++)
		n += strcmp(s->events[i].det, det) == 0;
	return n;
}

static inline const char *
scene_why(const struct event *ev, const char *name)
{
	static char buf[EVENT_STR + 1];

	for (size_t i = 0; i < ev->nwhy; i++)
		if (strcmp(ev->why[i].name, name) == 0) {
			memcpy(buf, ev->why[i].value.p, ev->why[i].value.n);
			buf[ev->why[i].value.n] = '\0';
			return buf;
		}
	return "";
}

#endif
