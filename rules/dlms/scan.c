/* SPDX-License-Identifier: Apache-2.0 */
/* D-51 and D-53: what a meter has is probed, or denied again and again. */
#include <config.h>

#include "rules/dlms/commands.h"
#include "rules/full.h"
#include "rules/rate.h"
#include "rules/table.h"
#include "rules/when.h"

#define CLIENTS 1024
#define MARKS 2048 /* bits of a sketch of the objects that were asked for */

enum { SCAN, DENIED };
enum { NOT_DEFINED = 4, NOT_PERMITTED = 3, NOT_IN_SCOPE = 13 };

struct prober {
	struct { /* no padding: it is hashed */
		uint8_t client[16];
		struct dlms_meter_key meter;
	} key;
	bool swept, listed; /* said */
	uint32_t objects;
	uint64_t since, denied_ms, undefined_ms;
	struct pace undefined, denied;
	uint64_t mark[MARKS / 64];
};

struct scan {
	uint32_t n, t_s, k, k_s; /* D-51 */
	uint32_t denied, denied_s;
	uint8_t key[SIPHASH_KEY];
	struct table table;
	struct table_slot slots[CLIENTS];
	struct prober prober[CLIENTS];
};

static const struct parameter scan_parameters[] = {
	{ "n", offsetof(struct scan, n), 200, 1, MARKS / 2 },
	{ "t_s", offsetof(struct scan, t_s), 60, 1, 86400 },
	{ "k", offsetof(struct scan, k), 20, 1, 100000 },
	{ "k_s", offsetof(struct scan, k_s), 60, 1, 86400 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct parameter denied_parameters[] = {
	{ "n", offsetof(struct scan, denied), 5, 1, 100000 },
	{ "t_s", offsetof(struct scan, denied_s), 300, 1, 86400 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct detection detections[] = {
	{ "D-51", "T0861,T0888", scan_parameters },
	{ "D-53", "T0861", denied_parameters },
	{ NULL, NULL, NULL },
};

static void
scan_start(void *state, const struct setup *setup)
{
	struct scan *s = state;

	memcpy(s->key, setup->key, sizeof(s->key));
	table_init(&s->table, setup->key, s->slots, s->prober, CLIENTS,
	    sizeof(struct prober), sizeof(s->prober->key));
}

static struct prober *
prober_of(struct scan *s, const struct dlms_view *v, const struct op *op,
    struct event_sink *out)
{
	const struct endpoint *client =
	    op->from == OP_FROM_CLIENT ? &op->pdu->src : &op->pdu->dst;
	bool first = s->table.evicted == 0, fresh;
	struct prober find;
	struct prober *p;

	memcpy(find.key.client, client->ip, sizeof(find.key.client));
	find.key.meter = dlms_meter_key(v);
	p = table_put(&s->table, &find.key, &fresh);
	if (first && s->table.evicted > 0)
		full_say(out, op, detections[SCAN].id, CLIENTS);
	return p;
}

static void
say(const struct dlms_view *v, const struct op *op, const struct event_def *def,
    int row, const char *what, uint32_t n, struct event_sink *out)
{
	struct event ev = meters_event(v, op, def, detections[row].id);

	ev.attack = detections[row].attack;
	event_add_u64(&ev, "client_sap", v->apdu->client_sap);
	event_add_u64(&ev, what, n);
	out->emit(out, &ev);
}

static void
say_denied(const struct dlms_view *v, const struct op *op, uint32_t n,
    uint32_t code, struct event_sink *out)
{
	struct event ev = meters_event(
	    v, op, &EV_REQUEST_RESOURCE_UNAVAILABLE, detections[DENIED].id);

	ev.attack = detections[DENIED].attack;
	event_add_u64(&ev, "client_sap", v->apdu->client_sap);
	event_add_u64(&ev, "denied", n);
	event_add_u64(&ev, "X.ErrorCode", code);
	out->emit(out, &ev);
}

/* Once in t_s: many different objects, as far as the sketch tells them. */
static void
sweep(struct scan *s, struct prober *p, const struct dlms_view *v,
    const struct op *op, const struct dlms_item *i, struct event_sink *out)
{
	uint64_t now = when_ms(op->pdu->at), hash, bit;

	if (!when_within(p->since, now, s->t_s)) {
		memset(p->mark, 0, sizeof(p->mark));
		p->since = now;
		p->objects = 0;
		p->swept = false;
	}
	hash = i->short_name ? siphash(s->key, i->octets.p, i->octets.n)
	                     : siphash(s->key, i->obis.p, i->obis.n);
	bit = UINT64_C(1) << (hash % 64);
	hash = hash / 64 % (MARKS / 64);
	if (p->mark[hash] & bit)
		return;
	p->mark[hash] |= bit;
	p->objects++;
	if (p->objects <= s->n || p->swept)
		return;
	p->swept = true;
	say(v, op, &EV_DLMS_OBJECT_SCAN, SCAN, "objects", p->objects, out);
}

static bool
is_object_list(const struct dlms_item *i)
{
	if (i->short_name)
		return i->name == 0xfa08;
	return (i->class_id == CLASS_ASSOCIATION ||
	           i->class_id == CLASS_SN_ASSOCIATION) &&
	       i->index == 2;
}

static void
requested(struct scan *s, const struct op *op, const struct dlms_view *v,
    struct event_sink *out)
{
	struct commands c = dlms_commands(op);
	struct prober *p = NULL;
	struct dlms_item i;

	while (c.named && dlms_next_command(&c, &i)) {
		if (i.service != DLMS_GET)
			continue;
		if (p == NULL)
			p = prober_of(s, v, op, out);
		sweep(s, p, v, op, &i, out);
		if (!is_object_list(&i) || p->listed || v->session == NULL ||
		    v->session->client.listed != POLICY_UNLISTED)
			continue;
		p->listed = true;
		say(v, op, &EV_DLMS_OBJECT_SCAN, SCAN, "object_list", 1, out);
	}
}

/* The last of n in t_s, said once until it has been quiet as long. */
static bool
often(struct pace *pace, uint64_t *said, uint32_t n, uint32_t t_s, uint64_t now)
{
	if (pace_hit(pace, t_s, now) < n)
		return false;
	if (*said != 0 && when_within(*said, now, t_s)) {
		*said = now;
		return false;
	}
	*said = now;
	return true;
}

static void
answered(struct scan *s, const struct op *op, const struct dlms_view *v,
    struct event_sink *out)
{
	struct dlms_walk w = dlms_results(v->apdu);
	uint64_t now = when_ms(op->pdu->at);
	struct dlms_result r;

	while (dlms_next_result(&w, &r)) {
		struct prober *p;

		if (r.code.v != NOT_DEFINED && r.code.v != NOT_PERMITTED &&
		    r.code.v != NOT_IN_SCOPE)
			continue;
		p = prober_of(s, v, op, out);
		if (r.code.v == NOT_DEFINED) {
			if (often(&p->undefined, &p->undefined_ms, s->k + 1,
			        s->k_s, now))
				say(v, op, &EV_DLMS_OBJECT_SCAN, SCAN,
				    "undefined", s->k + 1, out);
		} else if (often(&p->denied, &p->denied_ms, s->denied,
		               s->denied_s, now)) {
			say_denied(v, op, s->denied, r.code.v, out);
		}
	}
}

static void
scan_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	const struct dlms_view *v = dlms_view(known);

	if (v == NULL || v->meter == NULL || v->apdu == NULL)
		return;
	if (op->from == OP_FROM_CLIENT)
		requested(state, op, v, out);
	else if (op->from == OP_FROM_SERVER && op->result == OP_REFUSED)
		answered(state, op, v, out);
}

static size_t
scan_kept(void *state, struct kept_part to[KEPT_MOST])
{
	struct scan *s = state;

	to[0] = kept_table("dlms.probers", 1, &s->table);
	return 1;
}

const struct detector dlms_scan_detector = {
	.detections = detections,
	.protocol = "dlms",
	.kinds = DETECTOR_ON(OP_READ) | DETECTOR_ON(OP_WRITE) |
	         DETECTOR_ON(OP_CONTROL) | DETECTOR_ON(OP_FILE) |
	         DETECTOR_ON(OP_KEY) | DETECTOR_ON(OP_TIME),
	.world = &dlms_world,
	.state_size = sizeof(struct scan),
	.start = scan_start,
	.on_op = scan_on_op,
	.kept = scan_kept,
};
