/* SPDX-License-Identifier: Apache-2.0 */
/* T-26, T-28: commands to everybody, and commands that were sent before. */
#include <config.h>

#include "rules/full.h"
#include "rules/iec104/say.h"
#include "rules/when.h"

#define DET_BROADCAST "T-26"
#define DET_REPLAY "T-28"
#define TIMED 16384 /* commands with a time tag that are remembered, about */
#define SCRIPTS 4096
#define SCRIPT 3 /* commands that make a pattern */
#define HEAD 32  /* octets of what is hashed before the objects */
#define OBJECTS 256

/* The first commands of a connection, with their numbers. */
struct script {
	uint64_t hash, flow, ms;
};

/* A command with its time tag; a newer one may take its place. */
struct timed {
	uint64_t hash, flow, ms;
};

struct commands {
	uint32_t t_s;
	uint8_t key[SIPHASH_KEY];
	struct timed timed[TIMED];
	struct table scripts;
	struct table_slot slots[SCRIPTS];
	struct script script[SCRIPTS];
};

static void
commands_start(void *state, const struct setup *setup)
{
	struct commands *c = state;

	memcpy(c->key, setup->key, sizeof(c->key));
	table_init(&c->scripts, setup->key, c->slots, c->script, SCRIPTS,
	    sizeof(struct script), sizeof(uint64_t));
}

static void
see_broadcast(
    const struct op *op, const struct iec104_view *v, struct event_sink *out)
{
	const struct iec104_apdu *a = v->apdu;
	uint16_t all = a->sizes.ca == 1 ? 0xff : 0xffff;
	struct event ev;

	if (a->ca != all || a->type == 100 || a->type == 101 ||
	    a->type == 103 || a->type == 105)
		return;
	ev = iec104_say(op, v, &EV_TELECONTROL_BROADCAST, DET_BROADCAST);
	ev.doubtful = false;
	iec104_say_asdu(&ev, v);
	out->emit(out, &ev);
}

/* Over all of the ASDU, and over what went before. */
static uint64_t
hash(const struct commands *c, const struct iec104_view *v, uint64_t before)
{
	const struct iec104_apdu *a = v->apdu;
	uint8_t octets[HEAD + OBJECTS] = { a->type, a->count, a->cot, a->oa,
		(uint8_t)a->ca, (uint8_t)(a->ca >> 8), a->test };
	size_t n = a->objects.n < OBJECTS ? a->objects.n : OBJECTS;

	memcpy(octets + 8, v->link->station, 16);
	memcpy(octets + 24, &before, sizeof(before));
	memcpy(octets + HEAD, a->objects.p, n);
	return siphash(c->key, octets, HEAD + n);
}

static void
say_replay(const struct op *op, const struct iec104_view *v, const char *what,
    uint64_t then, bool doubtful, struct event_sink *out)
{
	struct event ev = iec104_say(op, v, &EV_TELECONTROL_REPLAY, DET_REPLAY);

	ev.doubtful = doubtful;
	iec104_say_asdu(&ev, v);
	event_add_text(&ev, "same", what);
	event_add_u64(&ev, "after_s", when_since(then, v->now_ms) / 1000);
	out->emit(out, &ev);
}

static void
see_timed(struct commands *c, const struct op *op, const struct iec104_view *v,
    struct event_sink *out)
{
	uint64_t h = hash(c, v, 0);
	struct timed *t = &c->timed[h % TIMED];

	if (t->hash == h && t->flow != v->link->flow &&
	    when_within(t->ms, v->now_ms, c->t_s))
		say_replay(op, v, "command with its time tag", t->ms,
		    op->pdu->state == KNOW_GAPPED, out);
	*t = (struct timed){ h, v->link->flow, v->now_ms };
}

/* Untimed commands repeat legitimately: only a row of them tells anything. */
static void
see_script(struct commands *c, const struct op *op, const struct iec104_view *v,
    struct event_sink *out)
{
	struct iec104_habits *h = iec104_habits(v->link);
	struct script *s;
	bool fresh;

	if (!v->complete || h->scripted >= SCRIPT)
		return;
	h->script = hash(c, v, h->script + v->apdu->ns);
	if (++h->scripted < SCRIPT)
		return;
	s = table_put(&c->scripts, &h->script, &fresh);
	if (fresh && c->scripts.evicted == 1)
		full_say(out, op, DET_REPLAY, SCRIPTS);
	if (!fresh && s->flow != v->link->flow &&
	    when_within(s->ms, v->now_ms, c->t_s))
		say_replay(op, v, "numbers and commands", s->ms, true, out);
	s->flow = v->link->flow;
	s->ms = v->now_ms;
}

static void
commands_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	struct commands *c = state;
	const struct iec104_view *v = known;

	if (v == NULL || !v->from_master || v->apdu->read != IEC104_ASDU ||
	    !iec104_is_command(v->apdu))
		return;
	see_broadcast(op, v, out);
	if (v->point == NULL || v->apdu->cot != IEC104_ACT)
		return;
	if (v->apdu->type >= 58)
		see_timed(c, op, v, out);
	else
		see_script(c, op, v, out);
}

static const struct parameter replay[] = {
	{ "t_s", offsetof(struct commands, t_s), 86400, 1, 2592000 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct detection detections[] = {
	{ DET_BROADCAST, "T0855", NULL },
	{ DET_REPLAY, "T0855", replay },
	{ NULL, NULL, NULL },
};

static size_t
commands_kept(void *state, struct kept_part to[KEPT_MOST])
{
	struct commands *c = state;

	to[0] =
	    kept_array("iec104.timed", 1, c->timed, sizeof(*c->timed), TIMED);
	to[1] = kept_table("iec104.scripts", 1, &c->scripts);
	return 2;
}

const struct detector iec104_commands_detector = {
	.detections = detections,
	.protocol = "iec104",
	.kinds = DETECTOR_ON(OP_READ) | DETECTOR_ON(OP_WRITE) |
	         DETECTOR_ON(OP_CONTROL) | DETECTOR_ON(OP_TIME) |
	         DETECTOR_ON(OP_OTHER),
	.world = &iec104_world,
	.about = IEC104_ABOUT_ASDU,
	.state_size = sizeof(struct commands),
	.start = commands_start,
	.on_op = commands_on_op,
	.kept = commands_kept,
};
