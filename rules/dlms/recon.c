/* SPDX-License-Identifier: Apache-2.0 */
/* D-28: counters are read, and no secured session follows. */
#include <config.h>

#include "rules/meters/meters.h"
#include "rules/when.h"

#define DET "D-28"
#define ATTACK "T0888"
#define PENDING 256 /* reads that wait for what follows */
#define DATA 1      /* the class of an invocation counter */
#define CIPHERED_LN 3
#define CIPHERED_SN 4

/* A read of a counter, and what will be said of it. */
struct pending {
	bool open;
	uint16_t place;          /* its own */
	struct meter_address at; /* of the meter */
	uint64_t ms;
	struct event event;
};

struct recon {
	uint32_t follow_s, m, t_s;
	uint32_t open, next;
	uint64_t ms[PENDING]; /* of those that nothing followed */
	uint8_t by[PENDING][16];
	uint32_t said;
	struct pending reads[PENDING];
};

static bool
is_counter(const struct dlms_request *r)
{
	return r->service == DLMS_GET && r->class_id == DATA &&
	       r->obis[0] == 0 && r->obis[1] == 0 && r->obis[2] == 43 &&
	       r->obis[3] == 1 && r->obis[5] == 255;
}

static bool
is_secured(const struct dlms_view *v)
{
	const struct dlms_apdu *a = v->apdu;

	if (a->tag == DLMS_AARQ)
		return a->acse.context.v == CIPHERED_LN ||
		       a->acse.context.v == CIPHERED_SN;
	return a->cipher.there;
}

/* Its title may become known between the read and what follows. */
static struct pending *
find(struct recon *r, const struct meter_address *at)
{
	for (size_t i = 0; i < PENDING; i++)
		if (r->reads[i].open &&
		    memcmp(&r->reads[i].at, at, sizeof(*at)) == 0)
			return &r->reads[i];
	return NULL;
}

static void
drop(struct recon *r, struct pending *p)
{
	p->open = false;
	r->open--;
}

static void
wait_for(struct recon *r, const struct op *op, const struct dlms_view *v)
{
	struct pending *p = find(r, &v->meter->at);

	if (p == NULL) {
		p = &r->reads[r->next++ % PENDING];
		r->open += !p->open;
	}
	p->open = true;
	p->place = (uint16_t)(p - r->reads);
	p->at = v->meter->at;
	p->ms = when_ms(op->pdu->at);
	p->event = meters_event(v, op, &EV_DLMS_IC_RECON, DET);
	p->event.attack = ATTACK;
	event_add_u64(&p->event, "client_sap", v->session->key.client_sap);
}

/* How many meters this client left alone lately, this one included. */
static uint32_t
count(struct recon *r, const struct pending *p)
{
	uint32_t n = 0, i = r->said++ % PENDING;

	r->ms[i] = p->ms;
	memcpy(r->by[i], p->event.src.ip, sizeof(r->by[i]));
	for (i = 0; i < PENDING && i < r->said; i++)
		n += memcmp(r->by[i], p->event.src.ip, sizeof(r->by[i])) == 0 &&
		     when_within(r->ms[i], p->ms, r->t_s);
	return n;
}

static void
recon_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	const struct dlms_view *v = dlms_view(known);
	struct recon *r = state;
	struct pending *p;

	(void)out;
	if (v == NULL || v->session == NULL)
		return;
	if (r->open > 0 && is_secured(v)) {
		p = find(r, &v->meter->at);
		if (p != NULL)
			drop(r, p);
	}
	if (v->apdu->tag == DLMS_GET_REQUEST && v->request != NULL &&
	    op->pdu->state == KNOW_COMPLETE && is_counter(v->request) &&
	    !v->request->protected)
		wait_for(r, op, v);
}

static void
recon_on_tick(
    void *state, void *world, struct timespec now, struct event_sink *out)
{
	struct recon *r = state;
	uint64_t ms = when_ms(now);

	(void)world;
	for (size_t i = 0; i < PENDING && r->open > 0; i++) {
		struct pending *p = &r->reads[i];
		uint32_t n;

		if (!p->open || when_within(p->ms, ms, r->follow_s))
			continue;
		drop(r, p);
		n = count(r, p);
		event_add_u64(&p->event, "follow_s", r->follow_s);
		event_add_u64(&p->event, "meters", n);
		if (n > r->m)
			event_add_u64(&p->event, "t_s", r->t_s);
		out->emit(out, &p->event);
	}
}

/* What points elsewhere is always the same; the capture is no more. */
static void
read_out(void *state, uint32_t i, void *copy)
{
	struct pending *p = copy;

	(void)state;
	(void)i;
	p->event.def = NULL;
	p->event.det = p->event.std = p->event.attack = NULL;
	p->event.capture = p->event.proto = NULL;
	p->event.why[0].name = NULL;
}

/* Lengths of a file are walls, too. */
static bool
is_sound(struct event *ev)
{
	ev->flow[sizeof(ev->flow) - 1] = '\0';
	ev->role[sizeof(ev->role) - 1] = '\0';
	return ev->subject.n <= EVENT_STR && ev->user.n <= EVENT_STR &&
	       ev->why[0].value.n <= EVENT_STR && ev->vlans <= PDU_VLANS;
}

static void
read_in(void *state, void *copy)
{
	struct recon *r = state;
	struct pending *p = copy;

	if (!p->open || p->place >= PENDING)
		return;
	p->event.def = &EV_DLMS_IC_RECON;
	p->event.det = DET;
	p->event.attack = ATTACK;
	p->event.proto = "dlms";
	p->event.row = p->event.std = p->event.ref = p->event.capture = NULL;
	p->event.why[0].name = "client_sap";
	p->event.nwhy = 1;
	if (!is_sound(&p->event))
		return;
	r->open += !r->reads[p->place].open;
	r->reads[p->place] = *p;
}

static size_t
recon_kept(void *state, struct kept_part to[KEPT_MOST])
{
	struct recon *r = state;

	to[0] = kept_array(
	    "dlms.counter-reads", 1, r->reads, sizeof(r->reads[0]), PENDING);
	to[0].out = read_out;
	to[0].in = read_in;
	to[1] = kept_array("dlms.left-ms", 1, r->ms, sizeof(r->ms[0]), PENDING);
	to[2] = kept_array("dlms.left-by", 1, r->by, sizeof(r->by[0]), PENDING);
	to[3] = kept_array("dlms.left", 1, &r->said, sizeof(r->said), 1);
	return 4;
}

static const struct parameter parameters[] = {
	{ "follow_s", offsetof(struct recon, follow_s), 120, 1, 86400 },
	{ "m", offsetof(struct recon, m), 10, 1, PENDING },
	{ "t_s", offsetof(struct recon, t_s), 600, 1, 86400 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct detection detections[] = {
	{ DET, ATTACK, parameters },
	{ NULL, NULL, NULL },
};

const struct detector dlms_recon_detector = {
	.detections = detections,
	.protocol = "dlms",
	.kinds = DETECTOR_ON(OP_ASSOCIATE) | DETECTOR_ON(OP_READ) |
	         DETECTOR_ON(OP_OTHER),
	.world = &dlms_world,
	.state_size = sizeof(struct recon),
	.on_op = recon_on_op,
	.on_tick = recon_on_tick,
	.kept = recon_kept,
};
