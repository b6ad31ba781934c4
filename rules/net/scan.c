/* SPDX-License-Identifier: Apache-2.0 */
/*
 * N-4: one source asks for connections at many hosts or ports, and gets none.
 *
 * A control centre that starts opens as many connections at once: those are
 * answered and used.  What counts is a SYN that was refused, that nobody
 * answered for a while, or whose connection was closed unused.
 */
#include <config.h>

#include "dissectors/transport.h"
#include "rules/detector.h"
#include "rules/full.h"
#include "rules/policy.h"
#include "rules/rate.h"
#include "rules/table.h"
#include "rules/when.h"

#define DET "N-4"
#define SOURCES 4096
#define OPEN 32  /* connections of a source that are followed at once */
#define DUE 1024 /* sources that wait for answers */

struct attempt {
	uint64_t ms; /* 0: none */
	uint32_t target;
};

struct source {
	uint8_t ip[16];
	bool queued;
	uint64_t said_ms; /* 0: never */
	struct attempt open[OPEN];
	struct kinds failed;
	struct pace failures, answers;
	uint64_t refused, unanswered, unused; /* since it is known */
	struct pdu last;                      /* of its own, or an answer */
};

struct due {
	struct source *source;
	uint64_t ms;
};

struct scan {
	uint32_t n, t_s, wait_s, share;
	uint8_t key[SIPHASH_KEY];
	const struct policy *policy;
	struct table table;
	bool said_full;
	uint32_t first, waiting;
	struct due due[DUE];
	struct table_slot slots[SOURCES];
	struct source sources[SOURCES];
};

static void
scan_start(void *state, const struct setup *setup)
{
	struct scan *s = state;

	memcpy(s->key, setup->key, sizeof(s->key));
	s->policy = setup->policy;
	table_init(&s->table, setup->key, s->slots, s->sources, SOURCES,
	    sizeof(struct source), sizeof(s->sources->ip));
}

static uint32_t
target_of(const struct scan *s, const struct endpoint *e)
{
	uint8_t name[sizeof(e->ip) + 2];

	memcpy(name, e->ip, sizeof(e->ip));
	name[sizeof(e->ip)] = (uint8_t)(e->port >> 8);
	name[sizeof(e->ip) + 1] = (uint8_t)e->port;
	return (uint32_t)siphash(s->key, name, sizeof(name));
}

static bool
knows(const struct kinds *k, uint32_t hash, uint32_t t_s, uint64_t now)
{
	for (uint32_t i = 0; i < k->n && i < RATE_MOST; i++)
		if (k->hash[i] == hash && when_within(k->at[i], now, t_s))
			return true;
	return false;
}

static void
say(struct scan *s, struct source *from, uint32_t targets,
    struct event_sink *out)
{
	const struct op op = { .kind = OP_LINK,
		.pdu = &from->last,
		.protocol = TRANSPORT_PROTOCOL };
	struct event ev = event_about(&op, &EV_PORT_SCAN, DET);
	struct endpoint e = { .port = 0 };
	struct event_str last;

	memcpy(e.ip, from->ip, sizeof(e.ip));
	ev.subject = event_address(&e);
	ev.dst_is_peer = memcmp(ev.src.ip, from->ip, sizeof(from->ip)) != 0;
	ev.doubtful = ev.state == KNOW_ONE_SIDED;
	last = event_address(ev.dst_is_peer ? &ev.src : &ev.dst);
	event_add_u64(&ev, "targets", targets);
	event_add_u64(&ev, "t_s", s->t_s);
	event_add_u64(&ev, "refused", from->refused);
	event_add_u64(&ev, "unanswered", from->unanswered);
	event_add_u64(&ev, "unused", from->unused);
	event_add_u64(&ev, "answered",
	    pace_count(&from->answers, s->t_s, when_ms(from->last.at)));
	event_add(&ev, "last", event_bytes(&last));
	event_add_u64(
	    &ev, "last_port", ev.dst_is_peer ? ev.src.port : ev.dst.port);
	out->emit(out, &ev);
}

/* A target that gave no connection; one that is tried again counts once. */
static void
fail(struct scan *s, struct source *from, uint32_t target, uint64_t now,
    struct event_sink *out)
{
	bool again = knows(&from->failed, target, s->t_s, now);
	uint32_t targets = kinds_note(&from->failed, target, s->t_s, now);
	uint32_t failures = again ? 0 : pace_hit(&from->failures, s->t_s, now);
	uint64_t answers = pace_count(&from->answers, s->t_s, now);

	if (again || targets < s->n ||
	    failures * UINT64_C(100) < (failures + answers) * s->share)
		return;
	if (from->said_ms != 0 && when_within(from->said_ms, now, s->t_s))
		return;
	if (policy_scanner(s->policy, from->ip) == POLICY_LISTED)
		return;
	from->said_ms = now;
	say(s, from, targets, out);
}

/* Those that have waited long enough. */
static void
give_up(
    struct scan *s, struct source *from, uint64_t now, struct event_sink *out)
{
	for (uint32_t i = 0; i < OPEN; i++) {
		struct attempt *a = &from->open[i];

		if (a->ms == 0 || when_within(a->ms, now, s->wait_s))
			continue;
		a->ms = 0;
		from->unanswered++;
		fail(s, from, a->target, now, out);
	}
}

static struct attempt *
attempt_of(struct source *from, uint32_t target)
{
	for (uint32_t i = 0; i < OPEN; i++)
		if (from->open[i].ms != 0 && from->open[i].target == target)
			return &from->open[i];
	return NULL;
}

static struct attempt *
free_place(struct source *from)
{
	for (uint32_t i = 0; i < OPEN; i++)
		if (from->open[i].ms == 0)
			return &from->open[i];
	return NULL;
}

static void
queue(struct scan *s, struct source *from, uint64_t now)
{
	if (from->queued || s->waiting == DUE)
		return;
	from->queued = true;
	s->due[(s->first + s->waiting++) % DUE] =
	    (struct due){ from, now + UINT64_C(1000) * s->wait_s };
}

/* Of a burst, so many as there is room for stand for all. */
static void
opened(struct scan *s, struct source *from, uint32_t target, uint64_t now,
    struct event_sink *out)
{
	struct attempt *a;

	give_up(s, from, now, out);
	if (attempt_of(from, target) != NULL)
		return;
	a = free_place(from);
	if (a == NULL)
		return;
	*a = (struct attempt){ now, target };
	queue(s, from, now);
}

static void
answered(struct scan *s, struct source *from, uint32_t target, uint64_t now)
{
	struct attempt *a = attempt_of(from, target);

	if (a == NULL)
		return;
	a->ms = 0;
	pace_hit(&from->answers, s->t_s, now);
}

static void
closed(struct scan *s, struct source *from, uint32_t target, uint64_t now,
    const struct op *op, struct event_sink *out)
{
	const struct transport *t = transport_msg(op);
	struct attempt *a = attempt_of(from, target);

	if (a != NULL)
		a->ms = 0;
	if (t->carried)
		return;
	if (t->answered)
		from->unused++;
	else if (op->from == OP_FROM_SERVER)
		from->refused++;
	else
		from->unanswered++; /* it did not wait */
	fail(s, from, target, now, out);
}

static struct source *
source_of(struct scan *s, const struct op *op, const struct endpoint *client,
    struct event_sink *out)
{
	struct source *from;
	bool fresh;

	if (transport_msg(op)->note != TRANSPORT_OPENED)
		return table_find(&s->table, client->ip);
	from = table_put(&s->table, client->ip, &fresh);
	if (s->table.evicted > 0 && !s->said_full) {
		s->said_full = true;
		full_say(out, op, DET, SOURCES);
	}
	return from;
}

static void
scan_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	struct scan *s = state;
	const struct transport *t = transport_msg(op);
	bool ours = op->from == OP_FROM_CLIENT;
	const struct endpoint *client = ours ? &op->pdu->src : &op->pdu->dst;
	const struct endpoint *server = ours ? &op->pdu->dst : &op->pdu->src;
	uint64_t now = when_ms(op->pdu->at);
	struct source *from;
	uint32_t target;

	(void)known;
	if (t == NULL || op->from == OP_FROM_UNKNOWN)
		return;
	from = source_of(s, op, client, out);
	if (from == NULL)
		return;
	from->last = *op->pdu;
	target = target_of(s, server);
	if (t->note == TRANSPORT_OPENED)
		opened(s, from, target, now, out);
	else if (t->note == TRANSPORT_ANSWERED)
		answered(s, from, target, now);
	else
		closed(s, from, target, now, op, out);
}

/* The ring is in order of time: only its head can be due. */
static void
scan_on_tick(
    void *state, void *world, struct timespec at, struct event_sink *out)
{
	struct scan *s = state;
	uint64_t now = when_ms(at);

	(void)world;
	for (uint32_t i = s->waiting; i > 0; i--) {
		struct due d = s->due[s->first];

		if (d.ms > now)
			break;
		s->first = (s->first + 1) % DUE;
		s->waiting--;
		d.source->queued = false;
		give_up(s, d.source, now, out);
		for (uint32_t k = 0; k < OPEN && !d.source->queued; k++)
			if (d.source->open[k].ms != 0)
				queue(s, d.source, now);
	}
}

/* What waits is found again by its address. */
struct kept_due {
	uint8_t ip[16];
	uint64_t ms;
};

static void
due_out(void *state, uint32_t i, void *copy)
{
	const struct scan *s = state;
	const struct due *d = &s->due[(s->first + i) % DUE];
	struct kept_due *k = copy;

	memcpy(k->ip, d->source->ip, sizeof(k->ip));
	k->ms = d->ms;
}

static void
due_in(void *state, void *copy)
{
	struct scan *s = state;
	const struct kept_due *k = copy;
	struct source *from = table_find(&s->table, k->ip);

	if (from != NULL && from->queued && s->waiting < DUE)
		s->due[(s->first + s->waiting++) % DUE] =
		    (struct due){ from, k->ms };
}

/* The names say which comes first: sources are there before what waits. */
static size_t
scan_kept(void *state, struct kept_part to[KEPT_MOST])
{
	struct scan *s = state;

	to[0] = kept_table("net.scan-a", 1, &s->table);
	to[0].pointers[0] = offsetof(struct source, last.capture);
	to[0].pointers[1] = offsetof(struct source, last.hint);
	to[1] = (struct kept_part){ .name = "net.scan-b",
		.version = 1,
		.at = s->due,
		.n = DUE,
		.used = &s->waiting,
		.piece = sizeof(struct due),
		.made = sizeof(struct kept_due),
		.out = due_out,
		.in = due_in };
	return 2;
}

static const struct parameter parameters[] = {
	{ "n", offsetof(struct scan, n), 15, 2, RATE_MOST },
	{ "t_s", offsetof(struct scan, t_s), 60, 1, 86400 },
	{ "wait_s", offsetof(struct scan, wait_s), 3, 1, 600 },
	{ "share", offsetof(struct scan, share), 30, 0, 100 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct detection detections[] = {
	{ DET, "T0846,T0840", parameters },
	{ NULL, NULL, NULL },
};

const struct detector net_scan_detector = {
	.detections = detections,
	.protocol = TRANSPORT_PROTOCOL,
	.kinds = DETECTOR_ON(OP_LINK),
	.state_size = sizeof(struct scan),
	.start = scan_start,
	.on_op = scan_on_op,
	.on_tick = scan_on_tick,
	.kept = scan_kept,
};
