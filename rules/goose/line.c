/* SPDX-License-Identifier: Apache-2.0 */
/* How one GOOSE message goes on from another (IEC 62351-6, 7.2). */
#include <config.h>

#include <string.h>

#include "rules/goose/line.h"
#include "rules/when.h"

#define NEAR_THE_END 8 /* numbers before it that may be lost over */
#define ANEW_ST 3      /* the first states, of which units may be lost */
#define ANEW_SQ 5

uint32_t
goose_ahead(uint32_t from, uint32_t to)
{
	uint32_t left = UINT32_MAX - from;

	if (to > from)
		return to - from;
	/* 2^32-1 is followed by 1; a publisher with a fault says 0 */
	if (left < NEAR_THE_END && to < NEAR_THE_END)
		return left + (to > 0 ? to : 1);
	return 0;
}

/*
 * It begins at stNum 1 with sqNum 0 or 1, and its clock has gone on, or it was
 * silent; first units may be lost, but then both have to hold.
 */
static bool
is_anew(const struct goose_line *l, const struct goose_line *f,
    const struct goose_stride *s)
{
	uint64_t tal_us = UINT64_C(1000) * l->tal;

	if (f->st == 1 && f->sq <= 1)
		return s->newer || s->silence_us > tal_us;
	return f->st > 0 && f->st <= ANEW_ST && f->sq <= ANEW_SQ && s->newer &&
	       s->silence_us > tal_us / 2;
}

static enum goose_step
same_state(const struct goose_line *l, const struct goose_line *f,
    struct goose_stride *s, uint64_t copy_us)
{
	uint32_t ahead = goose_ahead(l->sq, f->sq);

	if (ahead > 0) {
		s->missing = ahead - 1;
		return GOOSE_NEXT;
	}
	if (s->same_data && s->same_t && s->silence_us <= copy_us)
		return GOOSE_COPY;
	return is_anew(l, f, s) ? GOOSE_ANEW : GOOSE_SEQ_BACK;
}

struct goose_stride
goose_stride(
    const struct goose_line *l, const struct goose_line *f, uint64_t copy_us)
{
	struct goose_stride s = { .silence_us = when_since(l->at_us, f->at_us),
		.same_data = l->data == f->data,
		.same_t = l->t == f->t,
		.newer = f->t > l->t };

	if (f->st == l->st) {
		s.step = same_state(l, f, &s, copy_us);
		return s;
	}
	s.states = goose_ahead(l->st, f->st);
	if (s.states > 0) {
		s.step = GOOSE_STATE;
		s.missing = s.states - 1 < UINT32_MAX - f->sq
		                ? s.states - 1 + f->sq
		                : UINT32_MAX;
	} else {
		s.step = is_anew(l, f, &s) ? GOOSE_ANEW : GOOSE_STATE_BACK;
	}
	return s;
}

bool
goose_crowded(const struct goose_stride *s, uint64_t step_us)
{
	return s->missing > 0 && s->states != 1 &&
	       s->silence_us < step_us + step_us / 2;
}

uint32_t
goose_differs(const struct goose_config *a, const struct goose_config *b)
{
	uint32_t f = 0;

	if (memcmp(a->dst, b->dst, sizeof(a->dst)) != 0)
		f |= GOOSE_F_DST;
	f |= a->appid != b->appid ? GOOSE_F_APPID : 0;
	if (a->vlan != b->vlan && a->vlan != 0 && b->vlan != 0)
		f |= GOOSE_F_VLAN;
	f |= a->datset != b->datset ? GOOSE_F_DATSET : 0;
	f |= a->goid != b->goid ? GOOSE_F_GOID : 0;
	f |= a->confrev != b->confrev ? GOOSE_F_CONFREV : 0;
	f |= a->entries != b->entries ? GOOSE_F_ENTRIES : 0;
	f |= a->types != b->types ? GOOSE_F_TYPES : 0;
	return f;
}
