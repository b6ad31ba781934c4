/* SPDX-License-Identifier: Apache-2.0 */
/* G-13, G-15: a publisher says too little, or too much. */
#include <config.h>

#include "rules/goose/say.h"
#include "rules/when.h"

#define US 1000000
#define BASE 3 /* times what the stream had before is a flood */
#define QUIET_S 60

struct alive {
	uint32_t f, extra_ms; /* G-13 */
	uint32_t rate, total; /* G-15: a second, of a stream and of all */
	uint32_t over;        /* seconds that all were too many */
	bool told;
	uint64_t units; /* until the last tick */
	time_t second;
};

static uint64_t
patience_us(const struct alive *a, uint32_t tal)
{
	return UINT64_C(1000) * a->f * tal + UINT64_C(1000) * a->extra_ms;
}

static void
add(struct event *ev, uint64_t silence_us, uint32_t tal)
{
	event_add_text(ev, "X.Transport", "GOOSE");
	event_add_u64(ev, "silence_ms", silence_us / 1000);
	event_add_u64(ev, "tal_ms", tal);
}

/* The silence ends with this unit. */
static void
late(const struct alive *a, const struct op *op, const struct goose_view *v,
    struct event_sink *out)
{
	struct event ev;

	if (v->absent || v->was.tal == 0 || v->blind_us > v->was.at_us ||
	    v->step.silence_us <= patience_us(a, v->was.tal))
		return;
	ev = goose_say(op, v, &EV_COMM_FAIL, "G-13");
	add(&ev, v->step.silence_us, v->was.tal);
	out->emit(out, &ev);
}

static void
fast(const struct alive *a, const struct op *op, const struct goose_view *v,
    struct event_sink *out)
{
	struct goose_publisher *p = v->p;
	uint32_t limit = p->peak < a->rate ? BASE * p->peak : BASE * a->rate;
	bool told = p->flooded != 0 && p->second - p->flooded < QUIET_S;
	struct event ev;

	if (limit < a->rate)
		limit = a->rate;
	if (p->in_second <= limit)
		return;
	p->flooded = p->second;
	if (told)
		return;
	ev = goose_say(op, v, &EV_GSE_FLOOD, "G-15");
	event_add_u64(&ev, "units", p->in_second);
	event_add_u64(&ev, "limit", limit);
	goose_say_mac(&ev, "from", v->unit->mac, p->routed);
	out->emit(out, &ev);
}

static void
alive_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	const struct goose_view *v = known;

	if ((v->news & GOOSE_IS_LATE) != 0)
		late(state, op, v, out);
	if ((v->news & GOOSE_IS_FAST) != 0)
		fast(state, op, v, out);
}

/* One that stays away is told of once; a unit that was seen once is nobody. */
static void
look(const struct alive *a, struct goose_publisher *p, uint64_t now,
    uint64_t blind_us, struct event_sink *out)
{
	uint64_t silence = when_since(p->ref.at_us, now);
	struct event ev;

	if ((p->said & GOOSE_SAID_ABSENT) != 0 || p->ref.run < 2 ||
	    p->ref.tal == 0 || blind_us > p->ref.at_us ||
	    silence <= patience_us(a, p->ref.tal))
		return;
	/* a restart counts as its own line at first */
	if (p->other.kind == GOOSE_RESTART && p->other.at_us > p->ref.at_us)
		return;
	p->said |= GOOSE_SAID_ABSENT;
	ev = goose_say_of(p, &p->last, NULL, &EV_COMM_FAIL, "G-13");
	add(&ev, silence, p->ref.tal);
	out->emit(out, &ev);
}

/* All publishers together; a fault makes many speak, but not for long. */
static void
total(struct alive *a, const void *world, time_t now, struct event_sink *out)
{
	struct goose_loss l = goose_world_loss(world);
	const struct goose_publisher *p = goose_world_latest(world);
	uint64_t units = l.received + l.copies, n = units - a->units;
	uint64_t seconds = now > a->second ? (uint64_t)(now - a->second) : 1;
	struct event ev;

	a->over = n / seconds > a->total && p != NULL ? a->over + 1 : 0;
	a->units = units;
	a->second = now;
	if (a->over == 0)
		a->told = false;
	if (a->over < BASE || a->told)
		return;
	a->told = true;
	ev = goose_say_of(p, &p->last, NULL, &EV_GSE_FLOOD, "G-15");
	event_add_u64(&ev, "units", n / seconds);
	event_add_u64(&ev, "limit", a->total);
	event_add_text(&ev, "of", "all publishers");
	out->emit(out, &ev);
}

static void
alive_on_tick(
    void *state, void *world, struct timespec now, struct event_sink *out)
{
	uint64_t us = now.tv_sec > 0 ? (uint64_t)now.tv_sec * US : 0;
	uint64_t blind;

	if (world == NULL)
		return;
	us += (uint64_t)now.tv_nsec / 1000;
	blind = goose_world_blind(world);
	for (uint32_t n = goose_world_share(world); n > 0; n--)
		look(state, goose_world_next(world), us, blind, out);
	total(state, world, now.tv_sec, out);
}

static const struct parameter of_silence[] = {
	{ "f", offsetof(struct alive, f), 2, 1, 1000 },
	{ "extra_ms", offsetof(struct alive, extra_ms), 100, 0, 3600000 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct parameter of_flood[] = {
	{ "rate", offsetof(struct alive, rate), 200, GOOSE_MANY, 1000000 },
	{ "total", offsetof(struct alive, total), 20000, 1, UINT32_MAX },
	{ NULL, 0, 0, 0, 0 },
};

static const struct detection detections[] = {
	{ "G-13", "T0804,T0815,T0837", of_silence },
	{ "G-15", "T0814", of_flood },
	{ NULL, NULL, NULL },
};

static size_t
alive_kept(void *state, struct kept_part to[KEPT_MOST])
{
	struct alive *a = state;

	to[0] = kept_each("goose.alive", 1, &a->over,
	    sizeof(*a) - offsetof(struct alive, over), 1);
	return 1;
}

const struct detector goose_alive_detector = {
	.detections = detections,
	GOOSE_ON_VIEW,
	.state_size = sizeof(struct alive),
	.on_op = alive_on_op,
	.on_tick = alive_on_tick,
	.kept = alive_kept,
};
