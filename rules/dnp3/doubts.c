/* SPDX-License-Identifier: Apache-2.0 */
/* Events that wait for proof that nothing was lost. */
#include <config.h>

#include "rules/dnp3/doubts.h"
#include "rules/pack.h"
#include "rules/when.h"

#define FORGET_S 3600

static void
forget(struct dnp3_doubts *d, uint32_t i)
{
	d->n--;
	memmove(&d->at[i], &d->at[i + 1], (d->n - i) * sizeof(d->at[0]));
}

static struct dnp3_doubt *
put(struct dnp3_doubts *d, const struct dnp3_view *v, const struct event *ev)
{
	struct dnp3_doubt *to;

	if (d->n == DNP3_DOUBTS)
		forget(d, 0);
	to = &d->at[d->n++];
	*to = (struct dnp3_doubt){ .ms = v->now_ms,
		.after_ms = v->now_ms,
		.key = v->a->key,
		.ev = *ev };
	if (v->app != NULL)
		to->seq = v->app->seq;
	return to;
}

void
dnp3_doubts_put(struct dnp3_doubts *d, const struct op *op,
    const struct dnp3_view *v, const struct event *ev, bool by_master,
    uint32_t t_s, struct event_sink *out)
{
	bool udp = op->pdu->carrier == OVER_UDP;
	struct event doubtful = *ev;
	struct dnp3_doubt *to;

	if (op->pdu->state != KNOW_COMPLETE && op->pdu->state != KNOW_MIDSTREAM)
		return;
	doubtful.doubtful = ev->doubtful || udp;
	/* or its acknowledgement proves that nothing was lost */
	if (t_s == 0 &&
	    (udp || (op->pdu->heard_all && by_master != v->from_master))) {
		out->emit(out, &doubtful);
		return;
	}
	to = put(d, v, &doubtful);
	to->flow = op->pdu->flow;
	to->after_ms += UINT64_C(1000) * t_s;
	to->by_master = by_master;
}

void
dnp3_doubts_put_on(struct dnp3_doubts *d, uint64_t flow, const struct op *op,
    const struct dnp3_view *v, const struct event *ev)
{
	struct dnp3_doubt *to;

	if (op->pdu->state != KNOW_COMPLETE)
		return;
	to = put(d, v, ev);
	to->flow = flow;
	to->by_either = true;
}

void
dnp3_doubts_drop(
    struct dnp3_doubts *d, const struct dnp3_association *a, bool by_master)
{
	for (uint32_t i = d->n; i-- > 0;)
		if (d->at[i].by_master == by_master &&
		    memcmp(&d->at[i].key, &a->key, sizeof(a->key)) == 0)
			forget(d, i);
}

enum fate { WAITS, TOLD, FORGOTTEN };

static enum fate
judge(const struct dnp3_doubt *d, const struct op *op,
    const struct dnp3_view *v,
    bool (*excused)(const struct dnp3_doubt *, const struct dnp3_view *))
{
	const struct transport *t = transport_msg(op);
	uint64_t now = when_ms(op->pdu->at);
	bool due = now >= d->after_ms;

	if (d->flow != op->pdu->flow) /* which may have ended unseen */
		return when_within(d->ms, now, FORGET_S) ? WAITS : FORGOTTEN;
	if (op->pdu->state != d->ev.state)
		return FORGOTTEN;
	if (t != NULL) {
		if (t->note == TRANSPORT_GAP || t->note == TRANSPORT_CUT)
			return FORGOTTEN;
		if (t->note == TRANSPORT_CLOSED)
			return due ? TOLD : FORGOTTEN;
		return WAITS;
	}
	if (v == NULL || (v->from_master != d->by_master && !d->by_either))
		return WAITS;
	if (excused != NULL && excused(d, v))
		return FORGOTTEN;
	return due ? TOLD : WAITS;
}

void
dnp3_doubts_see(struct dnp3_doubts *d, const struct op *op,
    const struct dnp3_view *v,
    bool (*excused)(const struct dnp3_doubt *, const struct dnp3_view *),
    struct event_sink *out)
{
	for (uint32_t i = 0; i < d->n;) {
		enum fate fate = judge(&d->at[i], op, v, excused);

		if (fate == TOLD)
			out->emit(out, &d->at[i].ev);
		if (fate == WAITS)
			i++;
		else
			forget(d, i);
	}
}

/* One without the event that is said, and that in octets. */
struct kept_doubt {
	struct dnp3_key key;
	uint64_t flow, ms, after_ms;
	uint32_t n;
	uint8_t by_master, by_either, seq;
	uint8_t event[2500];
};

/* An event that is longer is not kept. */
static void
doubt_out(void *state, uint32_t i, void *copy)
{
	const struct dnp3_doubts *d = state;
	struct kept_doubt *k = copy;
	uint8_t octets[PACK_MAX];
	size_t n = pack_event(octets, &d->at[i].ev);

	k->key = d->at[i].key;
	k->flow = d->at[i].flow;
	k->ms = d->at[i].ms;
	k->after_ms = d->at[i].after_ms;
	k->by_master = d->at[i].by_master;
	k->by_either = d->at[i].by_either;
	k->seq = d->at[i].seq;
	if (n > sizeof(k->event))
		return;
	memcpy(k->event, octets, n);
	k->n = (uint32_t)n;
}

static void
doubt_in(void *state, void *copy)
{
	struct dnp3_doubts *d = state;
	const struct kept_doubt *k = copy;
	struct dnp3_doubt *to = &d->at[d->n];

	if (d->n == DNP3_DOUBTS || d->names == NULL ||
	    k->n > sizeof(k->event) ||
	    pack_read(&to->ev, (struct bytes){ k->event, k->n }, d->names) != 0)
		return;
	to->key = k->key;
	to->flow = k->flow;
	to->ms = k->ms;
	to->after_ms = k->after_ms;
	to->by_master = k->by_master;
	to->by_either = k->by_either;
	to->seq = k->seq;
	d->n++;
}

void
dnp3_doubts_start(struct dnp3_doubts *d, const struct setup *setup)
{
	d->names = setup->names;
}

struct kept_part
dnp3_doubts_kept(const char *name, struct dnp3_doubts *d)
{
	return (struct kept_part){ .name = name,
		.version = 1,
		.at = d->at,
		.n = DNP3_DOUBTS,
		.used = &d->n,
		.piece = sizeof(d->at[0]),
		.made = sizeof(struct kept_doubt),
		.out = doubt_out,
		.in = doubt_in,
		.self = d };
}
