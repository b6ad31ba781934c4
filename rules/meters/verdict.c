/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a counter is to its stream (IEC 62056-5-3, 5.3: a receiver takes only
 * higher ones).  The reference follows an outlier only when three units in a
 * row agree with it: one that was injected must not make the honest sender
 * look wrong.
 */
#include <config.h>

#include "rules/meters/state.h"

#define WINDOW 64
#define INLINE 8        /* units whose octets the stream itself knows */
#define OUTLIER 10000   /* further ahead than this: perhaps */
#define AGREE 1024      /* as near as units in a row are */
#define CONSISTENT 3    /* such units move the reference */
#define COPY_S 5        /* a second copy is not later */
#define RESET_LEAST 200 /* a counter that stood lower is not said to reset */
#define RESET_SHARE 100 /* a reset falls to a hundredth, */
#define RESET_FLOOR 16  /* or to this */

/* --- What the last units were --- */

static struct past *
bucket(const struct meters *m, const struct meter_stream *s, uint32_t ic,
    uint16_t resets, uint16_t *tag)
{
	uint64_t w[4] = { 0, 0, (uint64_t)ic << 32 | (uint32_t)(s - m->streams),
		s->life };
	uint64_t h;

	memcpy(&w[0], s->title, sizeof(s->title));
	w[1] = (uint64_t)resets << 48 | (uint64_t)s->client_sap << 32 |
	       (s->key == KEY_DED ? s->session : 0);
	h = siphash13_words(m->key, w, 4);
	*tag = (uint16_t)(h >> 48);
	return &m->past[((uint32_t)h & (m->past_buckets - 1)) * PAST_PLACES];
}

static const struct past *
look_up(const struct meters *m, const struct meter_stream *s, uint32_t ic,
    uint16_t resets)
{
	uint16_t tag;
	const struct past *p = bucket(m, s, ic, resets, &tag);

	for (int i = 0; i < PAST_PLACES; i++)
		if (p[i].text != 0 && p[i].tag == tag)
			return &p[i];
	return NULL;
}

/* The place of the one that is longest ago makes room. */
static void
keep(struct meters *m, const struct meter_stream *s, uint32_t ic, uint32_t text,
    uint16_t second)
{
	uint16_t tag, now = (uint16_t)m->now_s;
	struct past *p = bucket(m, s, ic, s->resets, &tag), *to = p;

	for (int i = 0; i < PAST_PLACES; i++) {
		if (p[i].text == 0 || p[i].tag == tag) {
			to = &p[i];
			break;
		}
		if ((uint16_t)(now - p[i].second) >
		    (uint16_t)(now - to->second))
			to = &p[i];
	}
	*to = (struct past){ tag, second, text };
}

enum had { HAD_NOT, HAD_SAME, HAD_OTHER, HAD_UNKNOWN };

static bool
in_window(const struct meter_stream *s, uint32_t ic)
{
	uint32_t d = s->highest - ic;

	return ic <= s->highest && d < WINDOW && (s->window >> d & 1) != 0;
}

/* *age: how many seconds ago it was, as far as that is known. */
static enum had
had(const struct meters *m, const struct meter_stream *s, const struct unit *u,
    uint32_t *age)
{
	const struct past *p = look_up(m, s, u->ic, s->resets);

	*age = m->now_s - s->last_s;
	if (p == NULL && s->resets > 0)
		p = look_up(m, s, u->ic, (uint16_t)(s->resets - 1));
	if (p != NULL)
		*age = (uint16_t)((uint16_t)m->now_s - p->second);
	if (p != NULL && p->text == u->text)
		return HAD_SAME;
	if (!in_window(s, u->ic))
		return HAD_NOT;
	if (p != NULL)
		return HAD_OTHER;
	if (s->highest - u->ic >= INLINE)
		return HAD_UNKNOWN;
	return s->text[u->ic % INLINE] == (uint16_t)u->text ? HAD_SAME
	                                                    : HAD_OTHER;
}

void
verdict_expect(
    const struct meters *m, const struct meter_stream *s, uint32_t ic)
{
	uint16_t tag;

	__builtin_prefetch(bucket(m, s, ic, s->resets, &tag), 1);
}

bool
verdict_past(const struct meters *m, const struct meter_stream *s, uint32_t ic,
    uint32_t *text, uint16_t *second)
{
	const struct past *p = look_up(m, s, ic, s->resets);

	if (p == NULL)
		return false;
	*text = p->text;
	*second = p->second;
	return true;
}

void
verdict_recall(struct meters *m, const struct meter_stream *s, uint32_t ic,
    uint32_t text, uint16_t second)
{
	keep(m, s, ic, text, second);
}

bool
verdict_had(
    const struct meters *m, const struct meter_stream *s, const struct unit *u)
{
	uint32_t age;

	return had(m, s, u, &age) == HAD_SAME;
}

/* --- The reference --- */

static void
mark(struct meter_stream *s, const struct unit *u)
{
	uint32_t d = s->highest - u->ic;

	if (d >= WINDOW)
		return;
	s->window |= UINT64_C(1) << d;
	if (d < INLINE)
		s->text[u->ic % INLINE] = (uint16_t)u->text;
}

static void
move(struct meter_stream *s, const struct unit *u)
{
	uint32_t d = u->ic - s->highest;

	s->window = u->ic > s->highest && d < WINDOW ? s->window << d : 0;
	s->highest = u->ic;
	s->odd = 0;
	mark(s, u);
}

static void
restart(struct meter_stream *s, const struct unit *u)
{
	memset(s->text, 0, sizeof(s->text));
	s->window = 0;
	s->highest = u->ic;
	s->odd = 0;
	mark(s, u);
}

/* An outlier, or one more that agrees with it. */
static void
stray(struct meter_stream *s, const struct unit *u, bool follows)
{
	s->odd = follows ? (uint8_t)(s->odd + 1) : 1;
	s->candidate = u->ic;
	if (s->odd >= CONSISTENT)
		restart(s, u);
}

static bool
is_reset(const struct meter_stream *s, uint32_t ic)
{
	uint32_t low = s->highest / RESET_SHARE;

	return s->highest >= RESET_LEAST &&
	       ic <= (low > RESET_FLOOR ? low : RESET_FLOOR);
}

static enum counter_verdict
ahead(struct meter_stream *s, const struct unit *u, struct counter_note *n)
{
	bool follows = s->odd > 0 && s->candidate > s->highest &&
	               u->ic > s->candidate && u->ic - s->candidate <= AGREE;

	n->follows = follows;
	n->gap = u->ic - (follows ? s->candidate : s->highest) - 1;
	if (u->ic - s->highest > OUTLIER)
		stray(s, u, follows);
	else
		move(s, u);
	return COUNTER_NEXT;
}

/* Lower than the reference, and not had. */
static enum counter_verdict
behind(struct meter_stream *s, const struct unit *u, struct counter_note *n)
{
	uint32_t d = s->highest - u->ic;
	bool follows = s->odd > 0 && s->candidate < s->highest &&
	               u->ic > s->candidate && u->ic - s->candidate <= AGREE;
	bool reset =
	    s->odd > 0 ? is_reset(s, s->candidate) : is_reset(s, u->ic);

	if (d < WINDOW && u->reorders) {
		mark(s, u);
		return COUNTER_LATE;
	}
	n->outside_window = d >= WINDOW;
	n->follows = follows;
	n->gap = follows ? u->ic - s->candidate - 1 : 0;
	if (reset && !follows && s->resets < UINT16_MAX)
		s->resets++;
	stray(s, u, follows);
	if (!reset)
		return COUNTER_BACKWARDS;
	return follows ? COUNTER_NEXT : COUNTER_RESET;
}

static enum counter_verdict
again(struct meter_stream *s, const struct unit *u, enum had what, uint32_t age,
    struct counter_note *n)
{
	if (what == HAD_SAME && (u->repeated || (u->reorders && age <= COPY_S &&
	                                            u->session == s->session)))
		return COUNTER_COPY;
	if (what == HAD_SAME) {
		if (s->replays < UINT16_MAX)
			s->replays++;
		return COUNTER_REPLAY;
	}
	n->outside_window = what == HAD_UNKNOWN;
	return what == HAD_OTHER ? COUNTER_REUSED : COUNTER_BACKWARDS;
}

static enum counter_verdict
judge(const struct meters *m, struct meter_stream *s, const struct unit *u,
    struct counter_note *n)
{
	bool fresh =
	    s->pdus == 0 || (s->key == KEY_DED && s->session != u->session);
	uint32_t age;
	enum had what;

	if (fresh) {
		s->session = u->session;
		restart(s, u);
		return COUNTER_FIRST;
	}
	what = had(m, s, u, &age);
	if (what != HAD_NOT)
		return again(s, u, what, age, n);
	return u->ic > s->highest ? ahead(s, u, n) : behind(s, u, n);
}

void
verdict_take(struct meters *m, struct meter_stream *s, const struct unit *u,
    struct counter_note *n)
{
	*n = (struct counter_note){ .ic = u->ic,
		.last = s->last,
		.highest = s->highest,
		.since_s = m->now_s > s->last_s ? m->now_s - s->last_s : 0,
		.stream = s };
	n->verdict = judge(m, s, u, n);
	if (s->pdus == 0)
		s->first = u->ic;
	if (n->verdict == COUNTER_NEXT && n->gap > 0)
		s->gaps++;
	if (n->verdict != COUNTER_REUSED)
		keep(m, s, u->ic, u->text, (uint16_t)m->now_s);
	s->pdus++;
	s->last = u->ic;
	s->last_s = m->now_s;
	s->session = u->session;
}
