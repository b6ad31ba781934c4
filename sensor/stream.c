/* SPDX-License-Identifier: Apache-2.0 */
/* Where connections begin and end, and what becomes of them; see stream.h. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "sensor/area.h"
#include "sensor/order.h"

/* What waits on a connection that is silent, or closed, waits so long. */
#define SILENCE_S 300
#define CLOSED_S 10
#define SWEEP 64 /* flows that a tick looks at for it */
/* So far behind, a SYN is a late copy of the connection's own. */
#define LATE 65536
/* No host sends more at once, whatever a damaged capture says. */
#define SEGMENT_MAX (UINT32_C(1) << 20)

static void
start_half(struct half *h, uint32_t next, uint8_t flags)
{
	h->next = next;
	h->flags |= (uint8_t)(HALF_KNOWN | flags);
}

static void
restart(struct streams *s, struct flow *f)
{
	stream_forget(s, f);
	s->sink->begin(s->sink, f);
	flow_renew(s->setup.flows, f);
	memset(f->half, 0, sizeof(f->half));
	memset(f->history, 0, sizeof(f->history));
	f->flags &= (uint8_t)(FLOW_V6 | FLOW_NAMED | FLOW_HOLES);
	f->silent = 0;
	f->opener = 0;
	f->answered = f->carried = 0;
}

static void
answered(
    struct streams *s, struct flow *f, unsigned dir, const struct packet *pk)
{
	if (f->opener == 0 || f->answered)
		return;
	f->answered = 1;
	s->sink->answered(s->sink, f, dir, &pk->place);
}

/* A copy of the SYN or SYN/ACK that this connection began with. */
static bool
is_late(const struct flow *f, unsigned dir, const struct packet *pk)
{
	const struct half *h = &f->half[dir], *peer = &f->half[dir ^ 1];

	if ((f->flags & FLOW_CLOSED) != 0 || h->next - pk->seq - 1 >= LATE)
		return false;
	return (pk->flags & TCP_ACK) == 0 || (peer->flags & HALF_KNOWN) == 0 ||
	       peer->next - pk->ack < LATE;
}

/*
 * A SYN alone could be anybody's: over a connection that lives it counts only
 * when the other end agrees.
 */
static void
on_syn(struct streams *s, struct flow *f, unsigned dir, const struct packet *pk)
{
	struct half *h = &f->half[dir], *peer = &f->half[dir ^ 1];
	bool answer = (pk->flags & TCP_ACK) != 0;

	if ((h->flags & HALF_KNOWN) != 0 && h->next != pk->seq + 1) {
		if (is_late(f, dir, pk) ||
		    (!answer && (f->flags & FLOW_CLOSED) == 0 &&
		        (peer->flags & HALF_KNOWN) != 0))
			return;
		restart(s, f);
	}
	if ((h->flags & HALF_KNOWN) == 0)
		start_half(h, pk->seq + 1, HALF_SYN);
	if (answer && (peer->flags & HALF_KNOWN) == 0)
		start_half(peer, pk->ack, HALF_SYN);
	if (!answer && (h->flags & HALF_HEARD) == 0) {
		s->counts.opened++;
		f->opener = dir == 0 ? 1 : 2;
		s->sink->opened(s->sink, f, dir, &pk->place);
	}
	if (answer && f->opener == (dir ^ 1) + 1)
		answered(s, f, dir, pk);
}

static void
close_flow(
    struct streams *s, struct flow *f, unsigned dir, const struct packet *pk)
{
	if ((f->flags & FLOW_CLOSED) != 0)
		return;
	f->flags |= FLOW_CLOSED;
	s->counts.closed++;
	s->sink->closed(s->sink, f, dir, &pk->place);
	/* nothing follows; a reset that no host sent must not cost a unit */
	if ((pk->flags & TCP_RST) == 0 || f->app == 0)
		stream_forget(s, f);
}

static void
on_end(struct streams *s, struct flow *f, unsigned dir, const struct packet *pk)
{
	struct half *h = &f->half[dir];
	int32_t off = held_ahead(pk->seq, h->next);

	if ((pk->flags & TCP_RST) != 0) {
		/* a reset out of the window is no reset (RFC 5961) */
		if ((h->flags & HALF_KNOWN) == 0 || (off >= 0 && off < 65536))
			close_flow(s, f, dir, pk);
		return;
	}
	if ((h->flags & HALF_FIN) != 0 ||
	    h->next != pk->seq + (uint32_t)(pk->n + pk->lost))
		return;
	h->next++;
	h->flags |= HALF_FIN;
	order_drain(s, f, dir);
	if ((f->half[dir ^ 1].flags & HALF_FIN) != 0)
		close_flow(s, f, dir, pk);
}

static void
on_octets(
    struct streams *s, struct flow *f, unsigned dir, const struct packet *pk)
{
	struct half *h = &f->half[dir];
	uint32_t syn = (pk->flags & TCP_SYN) != 0;
	struct piece p = { pk->seq + syn, pk->p, (uint32_t)pk->n,
		pk->lost < SEGMENT_MAX ? (uint32_t)pk->lost : SEGMENT_MAX,
		&pk->place };

	if (!f->carried) {
		f->carried = 1;
		answered(s, f, dir, pk);
	}
	if ((h->flags & HALF_KNOWN) == 0) {
		s->counts.midstream++;
		start_half(h, p.seq, HALF_SEARCH);
		f->flags |= FLOW_MIDSTREAM;
	}
	/* RFC 9293, 3.8.4: one octet of garbage, or none, before the next */
	if (p.n + p.lost == 1 && p.seq == h->next - 1 && h->held == 0) {
		s->counts.keep_alives++;
		return;
	}
	order_take(s, f, dir, &p);
}

struct streams *
streams_new(const struct stream_setup *setup)
{
	struct streams *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->setup = *setup;
	if (s->setup.out_of_order > UINT8_MAX)
		s->setup.out_of_order = UINT8_MAX; /* half->held counts them */
	s->most_holes = setup->holes * 2;
	s->sink = setup->sink;
	s->blocks = setup->blocks;
	s->history = history_new(setup->history);
	s->holes = area_new(s->most_holes, sizeof(*s->holes));
	if (s->history == NULL || s->holes == NULL) {
		streams_free(s);
		return NULL;
	}
	return s;
}

void
streams_free(struct streams *s)
{
	if (s == NULL)
		return;
	history_free(s->history);
	area_free(s->holes, s->most_holes, sizeof(*s->holes));
	free(s);
}

void
stream_packet(
    struct streams *s, struct flow *f, unsigned dir, const struct packet *pk)
{
	struct half *h = &f->half[dir], *peer = &f->half[dir ^ 1];

	if ((pk->flags & TCP_SYN) != 0)
		on_syn(s, f, dir, pk);
	h->flags |= HALF_HEARD;
	if ((pk->flags & (TCP_ACK | TCP_SYN)) == TCP_ACK) {
		h->ack = pk->ack;
		h->flags |= HALF_ACKED;
		if (held_ahead(h->ack, peer->next) >= 0)
			peer->flags &= (uint8_t)~HALF_LEAPT;
	}
	if (pk->n + pk->lost > 0 && (pk->flags & TCP_RST) == 0)
		on_octets(s, f, dir, pk);
	if ((pk->flags & (TCP_FIN | TCP_RST)) != 0)
		on_end(s, f, dir, pk);
	if (h->held + peer->held > 0)
		order_watch(s, f, pk->place.at);
}

/* The half's octets that wait would wait for ever. */
static void
expire(struct streams *s, struct flow *f, struct half *h)
{
	if (h->held == 0 && h->pending == BLOCK_NONE)
		return;
	s->counts.expired++;
	f->flags |= FLOW_GAPPED;
	h->flags |= HALF_SEARCH;
	h->flags &= (uint8_t) ~(HALF_ASSURED | HALF_SYN);
}

static void
sweep(struct streams *s, struct flow *f, time_t now)
{
	uint32_t waiting = f->half[0].pending | f->half[1].pending;
	time_t patience = (f->flags & FLOW_CLOSED) != 0 ? CLOSED_S : SILENCE_S;

	if ((waiting | f->half[0].held | f->half[1].held) == 0 ||
	    now - (time_t)f->seen_s < patience)
		return;
	expire(s, f, &f->half[0]);
	expire(s, f, &f->half[1]);
	stream_forget(s, f);
}

void
stream_tick(struct streams *s, struct timespec now)
{
	uint32_t used = flow_used(s->setup.flows);

	order_tick(s, now);
	for (uint32_t i = 0; i < SWEEP && i < used; i++) {
		s->hand = s->hand + 1 < used ? s->hand + 1 : 0;
		sweep(s, flow_at(s->setup.flows, s->hand), now.tv_sec);
	}
}

void
stream_end(struct streams *s)
{
	order_end(s);
}

void
stream_forget(struct streams *s, struct flow *f)
{
	for (unsigned dir = 0; dir < 2; dir++) {
		held_drop(s->blocks, &f->held[dir], &f->half[dir].held);
		blocks_put(s->blocks, f->half[dir].pending);
		f->half[dir].pending = BLOCK_NONE;
	}
}

void
stream_recall(struct streams *s, struct flow *f)
{
	if (f->half[0].held + f->half[1].held > 0)
		order_hole(s, f);
}

const struct stream_counts *
stream_counts(const struct streams *s)
{
	return &s->counts;
}
