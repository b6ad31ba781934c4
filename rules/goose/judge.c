/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A unit against what is known of its publisher.  What goes on from the line
 * of the publisher belongs to it; what does not begins a line of its own, which
 * becomes the publisher's after three units only, and only if the publisher
 * was silent meanwhile.
 */
#include <config.h>

#include "rules/goose/world.h"
#include "rules/when.h"

#define OUTLIER_US 60000000 /* that a line is kept without a unit */
#define BACK_US 10000000    /* packets of another time, not out of order */
#define SIMULATED (GOOSE_SIM_HEADER | GOOSE_SIM_PDU)
/* What makes a unit no one of the publisher's, until more follow. */
#define ODD                                                                    \
	(GOOSE_RECONFIGURED | GOOSE_UNSECURED | GOOSE_DATA_MOVED |             \
	    GOOSE_DATA_T_MOVED | GOOSE_SIMULATED | GOOSE_COMMISSION)

static void
begin(struct goose_line *l, const struct goose_line *f, enum goose_kind kind)
{
	*l = *f;
	l->kind = (uint8_t)kind;
	l->run = 1;
}

/* Later units of a line; where its state began stays. */
static void
extend(struct goose_line *l, const struct goose_line *f)
{
	struct goose_moment since = l->st == f->st ? l->since : f->since;
	uint32_t run = l->run < UINT32_MAX ? l->run + 1 : l->run;
	uint8_t kind = l->kind;
	bool loose = l->loose, both = l->both;

	*l = *f;
	l->since = since;
	l->run = run;
	l->kind = kind;
	l->loose = loose;
	l->both = both;
}

/* What of a unit of a source is news by its flags alone. */
static uint32_t
flag_news(uint8_t was, uint8_t is)
{
	uint32_t news = 0;

	if ((is & SIMULATED) != 0 && (is & SIMULATED) != (was & SIMULATED))
		news |= GOOSE_SIMULATED;
	if ((is & GOOSE_NDS) != 0 && (was & GOOSE_NDS) == 0)
		news |= GOOSE_COMMISSION;
	if ((is & GOOSE_UNREADABLE) != 0 && (was & GOOSE_UNREADABLE) == 0)
		news |= GOOSE_IS_UNREAD;
	return news;
}

static bool
is_secured(const struct goose_publisher *p)
{
	return p->secured >= GOOSE_CONSISTENT;
}

/* Without an extension, even one that cannot be read, where all had one. */
static bool
is_bare(const struct goose_publisher *p, const struct goose_line *f)
{
	return (f->flags & (GOOSE_SECURED | GOOSE_UNREADABLE)) == 0 &&
	       is_secured(p);
}

/* Two sources of one control block, each within twice the other's TAL. */
static uint32_t
both_news(const struct goose_line *a, struct goose_line *rival, uint64_t now)
{
	uint64_t since = when_since(a->at_us, now);

	if (rival->kind != GOOSE_RIVAL || rival->both ||
	    since > UINT64_C(2000) * a->tal)
		return 0;
	rival->both = true;
	return GOOSE_BOTH;
}

/* What is odd in a unit that goes on by its numbers. */
static uint32_t
content_news(
    const struct goose_publisher *p, const struct goose_line *f, uint32_t news)
{
	const struct goose_line *l = &p->ref;
	bool same_data = l->data == f->data, same_t = l->t == f->t;

	if (is_bare(p, f))
		news |= GOOSE_UNSECURED;
	if (f->st == l->st) {
		/* where t runs with the units, an equal one tells nothing */
		if (!same_data && same_t && (p->habits & GOOSE_T_FLOATS) == 0)
			news |= GOOSE_DATA_MOVED;
		else if (!same_data && (p->habits & GOOSE_LOOSE_DATA) == 0)
			news |= GOOSE_DATA_T_MOVED;
		else if (same_data && !same_t &&
		         (p->habits & GOOSE_T_FLOATS) == 0)
			news |= GOOSE_T_MOVED;
		return news;
	}
	if (same_data && goose_ahead(l->st, f->st) == 1)
		news |= GOOSE_DATA_STAYED;
	if (f->t <= l->t && (p->habits & GOOSE_T_STICKS) == 0)
		news |= GOOSE_T_STAYED;
	return news;
}

static bool
clock_is_lost(const struct goose_line *l, const struct goose_line *f)
{
	unsigned bad = GOOSE_CLOCK_FAILURE | GOOSE_NOT_SYNCHRONIZED;

	return l->run >= GOOSE_CONSISTENT && (f->quality & bad) != 0 &&
	       (l->quality & bad) == 0;
}

/* Units of the other line may stand where the publisher's are missing. */
static void
discount(const struct goose_publisher *p, const struct goose_line *f,
    struct goose_stride *s)
{
	const struct goose_line *o = &p->other;

	if (s->missing == 0 || o->kind == GOOSE_NONE || !goose_is_mac(o, f) ||
	    o->st != f->st || goose_ahead(o->sq, f->sq) == 0 ||
	    o->at_us < p->ref.at_us)
		return;
	s->missing -= s->missing < o->run ? s->missing : o->run;
}

/* That it is secured is known after as many units as a line needs. */
static void
count_secured(struct goose_publisher *p, const struct goose_line *f)
{
	if ((f->flags & (GOOSE_SECURED | GOOSE_UNREADABLE)) == 0)
		p->secured = 0;
	else if ((f->flags & GOOSE_SECURED) != 0 && !is_secured(p))
		p->secured++;
}

/* What began there was not the publisher's. */
static void
deny(struct goose_view *v, const struct goose_line *l,
    const struct goose_moment *m, bool state)
{
	v->news |= GOOSE_UNTRUE;
	v->moment = *m;
	v->untrue_st = l->st;
	v->untrue_sq = l->sq;
	v->untrue_state = state;
}

/* A unit that goes on from the publisher's line. */
static void
go_on(struct goose_publisher *p, const struct goose_line *f, uint64_t copy_us,
    struct goose_view *v)
{
	struct goose_line *l = &p->ref;
	struct goose_moment since = l->since;
	bool kept;

	discount(p, f, &v->step);
	v->crowded = goose_crowded(&v->step, p->step_us);
	if (v->step.step == GOOSE_STATE || v->step.missing == 0) {
		p->usual_us = p->step_us;
		p->step_us = v->step.step == GOOSE_STATE
		                 ? 0
		                 : goose_past_step(v->step.silence_us);
	}
	if (v->step.states > 1)
		v->news |= GOOSE_LEAPT;
	else if (v->step.missing > 0 && !p->blind)
		v->news |= GOOSE_HOLE;
	if (v->step.step == GOOSE_STATE)
		v->news |= GOOSE_CHANGED;
	else if (f->sq < l->sq && f->sq == 0) /* 1 follows 2^32-1 */
		v->news |= GOOSE_IS_SEQ_BACK;
	if (clock_is_lost(l, f))
		v->news |= GOOSE_UNSYNCED;
	if ((v->news & GOOSE_T_MOVED) != 0)
		p->habits |= GOOSE_T_FLOATS;
	if ((v->news & GOOSE_T_STAYED) != 0)
		p->habits |= GOOSE_T_STICKS;
	if (p->other.kind == GOOSE_RESTART && goose_is_mac(&p->other, f)) {
		/* nobody starts anew and goes on as well */
		p->other.kind = GOOSE_OUTLIER;
		deny(v, &p->other, &p->other.since, p->other.st != f->st);
	}
	kept = v->step.step == GOOSE_STATE &&
	       goose_past_stays(p, v->step.silence_us, copy_us);
	if (!kept && (v->step.step == GOOSE_STATE || v->step.missing > 0))
		goose_past_leave(p);
	count_secured(p, f);
	p->blind = false;
	extend(l, f);
	/* what came behind may turn out to be untrue */
	if (kept)
		l->since = since;
	else if (v->step.missing > 0)
		l->since = f->since;
}

static void
take_back(struct goose_publisher *p, const struct goose_line *f,
    const struct goose_moment *m, struct goose_view *v)
{
	deny(v, &p->ref, m, p->ref.st != f->st);
	p->other = p->ref;
	p->other.kind = GOOSE_OUTLIER;
	begin(&p->ref, f, GOOSE_KNOWN);
	p->ref.run = GOOSE_CONSISTENT;
	p->before.at_us = 0;
}

/* More units than a millisecond each leaves time for. */
static bool
is_far(const struct goose_stride *s)
{
	return s->step == GOOSE_NEXT && s->missing >= GOOSE_LEAP &&
	       s->missing > s->silence_us / 1000;
}

/* Whether the unit goes on from the other line, as that does. */
static bool
goes_on(const struct goose_publisher *p, const struct goose_line *f,
    uint64_t copy_us)
{
	const struct goose_line *o = &p->other;
	struct goose_stride s;

	if (o->kind == GOOSE_NONE || !goose_is_mac(o, f) ||
	    when_since(o->at_us, f->at_us) >
	        OUTLIER_US + UINT64_C(2000) * o->tal ||
	    goose_differs(&o->config, &f->config) != 0)
		return false;
	s = goose_stride(o, f, copy_us);
	/* what a line of the same source may become is told from its state */
	if (s.step == GOOSE_STATE)
		return o->kind == GOOSE_RIVAL ? s.states < GOOSE_LEAP
		                              : s.states == 1 && f->sq == 0;
	return s.step == GOOSE_COPY ||
	       (s.step == GOOSE_NEXT && (s.same_data || o->loose));
}

/* The other line may have become the publisher's. */
static void
follow(
    struct goose_publisher *p, const struct goose_line *f, struct goose_view *v)
{
	struct goose_line *o = &p->other;
	struct goose_moment since = o->since;

	extend(o, f);
	o->since = since;
	if (o->run < GOOSE_CONSISTENT || p->ref.at_us > since.at_us)
		return;
	if (o->kind == GOOSE_RIVAL && when_since(p->ref.at_us, f->at_us) <=
	                                  goose_past_patience_us(p->ref.tal))
		return;
	if (o->loose)
		p->habits |= GOOSE_LOOSE_DATA;
	p->secured = (f->flags & GOOSE_SECURED) == 0 ? 0 : GOOSE_CONSISTENT;
	if (goose_is_mac(o, &p->ref)) {
		if (goose_past_doubled(p))
			deny(v, &p->ref, &p->ref.since, true);
		goose_past_leave(p);
	} else {
		p->before.at_us = 0;
	}
	p->ref = *o;
	p->ref.kind = GOOSE_KNOWN;
	p->other.kind = GOOSE_NONE;
	p->step_us = 0;
}

/* What is odd and new: a line of its own. */
static void
depart(
    struct goose_publisher *p, const struct goose_line *f, struct goose_view *v)
{
	enum goose_kind kind = GOOSE_OUTLIER;

	/* only the publisher ends its own silence */
	if (v->step.step != GOOSE_ANEW)
		v->news &= ~(uint32_t)GOOSE_IS_LATE;
	if (v->step.step == GOOSE_ANEW) {
		kind = GOOSE_RESTART;
		/* all else is as it happens to be after a restart */
		v->news =
		    GOOSE_IS_ANEW |
		    (v->news & ~(uint32_t)(GOOSE_DATA_MOVED |
		                           GOOSE_DATA_T_MOVED | GOOSE_T_MOVED |
		                           GOOSE_DATA_STAYED | GOOSE_T_STAYED));
	} else if (v->step.step == GOOSE_STATE_BACK) {
		v->news |= GOOSE_IS_BACK;
	} else if (v->step.step == GOOSE_SEQ_BACK) {
		v->news |= GOOSE_IS_SEQ_BACK;
		if (f->sq == p->ref.sq && !v->step.same_data &&
		    v->step.same_t && (p->habits & GOOSE_T_FLOATS) == 0)
			v->news |= GOOSE_DATA_MOVED;
	} else if (v->step.states >= GOOSE_LEAP) {
		v->news |= GOOSE_LEAPT;
		if (f->sq != 0)
			v->news |= GOOSE_HOLE;
	} else if (is_far(&v->step)) {
		v->news |= GOOSE_IS_SEQ_FAR;
	}
	begin(&p->other, f, kind);
	p->other.loose = (v->news & GOOSE_DATA_T_MOVED) != 0;
}

/* More units of what was found not to be the publisher's. */
static bool
is_more_of(const struct goose_line *o, const struct goose_line *f)
{
	return o->kind == GOOSE_OUTLIER && goose_is_mac(o, f) &&
	       o->st == f->st && o->data == f->data && o->t == f->t &&
	       o->flags == f->flags &&
	       goose_differs(&o->config, &f->config) == 0 &&
	       goose_ahead(o->sq, f->sq) > 0 &&
	       when_since(o->at_us, f->at_us) <= OUTLIER_US;
}

static void
by_publisher(struct goose_publisher *p, const struct goose_line *f,
    uint64_t copy_us, struct goose_view *v)
{
	struct goose_stride *s = &v->step;
	bool ahead = s->step == GOOSE_STATE || s->missing > 0;
	bool odd =
	    s->step > GOOSE_STATE || s->states >= GOOSE_LEAP || is_far(s);

	if (s->step == GOOSE_ANEW && goose_past_restart(p, f))
		s->step =
		    f->st == p->ref.st ? GOOSE_SEQ_BACK : GOOSE_STATE_BACK;
	v->news |= both_news(&p->other, &p->other, f->at_us);
	if (s->step != GOOSE_NEXT &&
	    (goose_past_again(p, f) ||
	        (s->step == GOOSE_STATE_BACK && goose_past_next(p, f)))) {
		take_back(p, f, &p->ref.since, v);
		return;
	}
	if (s->step == GOOSE_SEQ_BACK && goose_past_timely(p, f)) {
		take_back(p, f, &p->last, v);
		return;
	}
	v->fields = goose_differs(&p->ref.config, &f->config);
	if (v->fields != 0)
		v->news |= GOOSE_RECONFIGURED;
	if (ahead && is_more_of(&p->other, f)) {
		v->news = v->fields = 0;
		follow(p, f, v);
		return;
	}
	if (!odd)
		v->news = content_news(p, f, v->news);
	odd = odd || (v->news & ODD) != 0 ||
	      ((v->news & GOOSE_T_MOVED) != 0 && p->other.t == f->t &&
	          goes_on(p, f, copy_us));
	if (!odd) {
		go_on(p, f, copy_us, v);
		return;
	}
	if (is_bare(p, f))
		v->news |= GOOSE_UNSECURED;
	if (goes_on(p, f, copy_us)) {
		v->fields = 0;
		v->news = flag_news(p->other.flags, f->flags);
		follow(p, f, v);
		return;
	}
	depart(p, f, v);
}

/* A unit of a control block from elsewhere. */
static void
by_other(struct goose_publisher *p, const struct goose_line *f,
    uint64_t copy_us, struct goose_view *v)
{
	const struct goose_line *l = &p->ref;
	bool said = p->other.kind == GOOSE_RIVAL &&
	            goose_is_mac(&p->other, f) && p->other.both;

	if (goes_on(p, f, copy_us)) {
		v->news |= both_news(l, &p->other, f->at_us);
		follow(p, f, v);
		return;
	}
	/* a source that is there already, but does not go on: no new one */
	if (p->other.kind != GOOSE_RIVAL || !goose_is_mac(&p->other, f))
		v->news |= GOOSE_OTHER_MAC;
	v->fields = goose_differs(&l->config, &f->config);
	if (v->fields != 0)
		v->news |= GOOSE_RECONFIGURED;
	if (v->step.step == GOOSE_STATE_BACK && !v->step.newer)
		v->news |= GOOSE_IS_BACK;
	else if (v->step.states >= GOOSE_LEAP)
		v->news |= GOOSE_LEAPT;
	if (is_bare(p, f))
		v->news |= GOOSE_UNSECURED;
	begin(&p->other, f, GOOSE_RIVAL);
	p->other.both = said;
	v->news |= both_news(l, &p->other, f->at_us);
}

static void
first(struct goose_publisher *p, const struct goose_line *f)
{
	begin(&p->ref, f, GOOSE_KNOWN);
	p->other.kind = GOOSE_NONE;
	p->before.at_us = 0;
	p->secured = (f->flags & GOOSE_SECURED) != 0;
}

/* TAL grows with the intervals of a burst: only a new extreme is news. */
static bool
is_tal_news(const struct goose_publisher *p, const struct goose_line *f)
{
	return f->tal > p->tal_max || f->tal < GOOSE_TAL_SHORT;
}

/* Most units repeat the state that is known, and say nothing else. */
static bool
is_plain(const struct goose_publisher *p, const struct goose_line *f)
{
	const struct goose_line *l = &p->ref;

	return f->st == l->st && f->sq == l->sq + 1 && f->sq != 0 &&
	       f->data == l->data && f->t == l->t && !is_tal_news(p, f) &&
	       f->flags == l->flags && f->quality == l->quality &&
	       p->other.kind == GOOSE_NONE && l->kind == GOOSE_KNOWN &&
	       f->at_us >= l->at_us &&
	       f->at_us - l->at_us <= UINT64_C(1000) * l->tal &&
	       goose_is_config(&f->config, &l->config) && goose_is_mac(l, f);
}

static void
go_on_plain(struct goose_publisher *p, const struct goose_line *f)
{
	p->usual_us = p->step_us;
	/* is_plain(): no less */
	p->step_us = goose_past_step(f->at_us - p->ref.at_us);
	p->ref.at_us = f->at_us;
	p->ref.sq = f->sq;
	p->ref.tal = f->tal;
	p->ref.run += p->ref.run < UINT32_MAX;
	count_secured(p, f);
	p->blind = false;
}

void
goose_judge(struct goose_publisher *p, const struct goose_line *f,
    uint64_t copy_us, struct goose_view *v)
{
	struct goose_line *l = &p->ref;
	bool own = goose_is_mac(l, f);
	uint8_t flags = own ? l->flags : p->other.flags;

	if (is_plain(p, f)) {
		go_on_plain(p, f);
		return;
	}
	if (l->kind == GOOSE_NONE || f->at_us + BACK_US < l->at_us) {
		v->news = l->kind == GOOSE_NONE ? GOOSE_IS_NEW : 0;
		v->news |=
		    flag_news(l->kind == GOOSE_NONE ? 0 : flags, f->flags);
		first(p, f);
		return;
	}
	v->was = *l;
	v->step = goose_stride(l, f, copy_us);
	if (!own &&
	    (p->other.kind == GOOSE_NONE || !goose_is_mac(&p->other, f)))
		flags = 0;
	v->news = flag_news(flags, f->flags);
	if (!own) {
		by_other(p, f, copy_us, v);
		return;
	}
	if (v->step.step == GOOSE_COPY || goose_past_copy(p, f, copy_us)) {
		v->step.step = GOOSE_COPY;
		v->news = 0;
		return;
	}
	if (f->tal != l->tal && is_tal_news(p, f))
		v->news |= GOOSE_TAL_CHANGED;
	if (v->step.silence_us > UINT64_C(1000) * l->tal)
		v->news |= GOOSE_IS_LATE;
	by_publisher(p, f, copy_us, v);
}
