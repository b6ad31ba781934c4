/* SPDX-License-Identifier: Apache-2.0 */
/* Units that belong to what was before the last new state, or jump. */
#include <config.h>

#include "rules/goose/world.h"
#include "rules/when.h"

#define AGAIN 3 /* units by which a publisher may go on late */

uint64_t
goose_past_patience_us(uint32_t tal)
{
	return UINT64_C(2000) * tal + GOOSE_STRAY;
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
