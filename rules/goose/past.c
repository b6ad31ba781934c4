/* SPDX-License-Identifier: Apache-2.0 */
/* Units that belong to what was before the last new state, or jump. */
#include <config.h>

#include "rules/goose/world.h"
#include "rules/when.h"

#define AGAIN 3 /* units by which a publisher may go on late */
#define YEAR_S 31536000
#define TIMELY 4 /* times nearer to what is usual */

uint64_t
goose_past_patience_us(uint32_t tal)
{
	return UINT64_C(2000) * tal + GOOSE_STRAY;
}

void
goose_past_leave(struct goose_publisher *p)
{
	const struct goose_line *l = &p->ref;

	p->before = (struct goose_before){ l->at_us, l->data, l->t, l->st,
		l->sq, l->tal };
}

bool
goose_past_doubled(const struct goose_publisher *p)
{
	const struct goose_line *l = &p->ref, *o = &p->other;
	const struct goose_before *b = &p->before;
	int64_t began = (int64_t)o->sq + 1 - o->run;

	return o->st == l->st && began <= l->sq && b->at_us != 0 &&
	       b->st != l->st &&
	       when_since(b->at_us, l->at_us) <= goose_past_patience_us(b->tal);
}

bool
goose_past_next(const struct goose_publisher *p, const struct goose_line *f)
{
	const struct goose_before *b = &p->before;

	return b->at_us != 0 && f->sq == 0 && f->t > b->t &&
	       goose_ahead(b->st, f->st) == 1 &&
	       goose_ahead(b->st, p->ref.st) > 1 && p->ref.run < GOOSE_LEAP &&
	       when_since(b->at_us, f->at_us) <= goose_past_patience_us(b->tal);
}

bool
goose_past_again(const struct goose_publisher *p, const struct goose_line *f)
{
	const struct goose_before *b = &p->before;

	if (b->at_us == 0 || f->st != b->st || f->data != b->data ||
	    f->t != b->t ||
	    when_since(b->at_us, f->at_us) > goose_past_patience_us(b->tal))
		return false;
	return goose_ahead(b->sq, f->sq) > 0 &&
	       goose_ahead(b->sq, f->sq) <= AGAIN;
}

static uint64_t
apart(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

bool
goose_past_timely(const struct goose_publisher *p, const struct goose_line *f)
{
	const struct goose_line *l = &p->ref;
	uint64_t now = (uint64_t)p->step_us + when_since(l->at_us, f->at_us);

	return p->usual_us != 0 && p->step_us != 0 && f->st == l->st &&
	       f->sq == l->sq && f->data == l->data && f->t == l->t &&
	       TIMELY * apart(now, p->usual_us) <
	           apart(p->step_us, p->usual_us);
}

bool
goose_past_restart(const struct goose_publisher *p, const struct goose_line *f)
{
	unsigned bad = GOOSE_CLOCK_FAILURE | GOOSE_NOT_SYNCHRONIZED;
	uint64_t then = f->t >> 24, last = p->ref.t >> 24;

	return p->in_time != 0 && (f->quality & bad) == 0 && then < last &&
	       last - then < YEAR_S;
}

bool
goose_past_copy(const struct goose_publisher *p, const struct goose_line *f,
    uint64_t copy_us)
{
	const struct goose_before *b = &p->before;

	return b->at_us != 0 && f->st == b->st && f->data == b->data &&
	       f->t == b->t && goose_ahead(b->sq, f->sq) == 0 &&
	       when_since(b->at_us, f->at_us) <= 2 * copy_us;
}

bool
goose_past_stays(
    const struct goose_publisher *p, uint64_t silence_us, uint64_t copy_us)
{
	const struct goose_before *b = &p->before;

	/* copies of the unit before may still be on their way */
	return b->at_us != 0 && p->ref.sq < GOOSE_CONSISTENT &&
	       silence_us > 2 * copy_us &&
	       when_since(b->at_us, p->ref.at_us + silence_us) <=
	           goose_past_patience_us(b->tal);
}
