/* SPDX-License-Identifier: Apache-2.0 */
/* READ, WRITE and reports with short names (IEC 62056-5-3, 9.5). */
#include <config.h>

#include "dissectors/dlms/apdu.h"
#include "dissectors/dlms/axdr.h"
#include "dissectors/dlms/walk.h"

/* Choices of a variable access, and of an answer, that carry a block. */
enum { BLOCK_NUMBER = 5, READ_BLOCK, WRITE_BLOCK };
enum { ANSWER_BLOCK = 2, ANSWER_NUMBER };

/*
 * A block stands alone in its list.  Its choice is then that of the APDU; the
 * list itself has been verified.
 */
static struct reader
alone(struct dlms_apdu *a, const struct dlms_list *l)
{
	struct reader r;

	if (l->count != 1 || l->octets.n == 0)
		return rd_over((const uint8_t *)"", 0, 0);
	r = rd_over(l->octets.p, l->octets.n, l->octets.n);
	a->choice = rd_u8(&r);
	return r;
}

static void
number(struct reader *r, struct dlms_number *to)
{
	*to = (struct dlms_number){ true, rd_u16be(r) };
}

static void
requested_block(struct dlms_apdu *a)
{
	struct reader r = alone(a, &a->items);

	if (a->choice == BLOCK_NUMBER) {
		number(&r, &a->ack);
	} else if (a->choice == READ_BLOCK || a->choice == WRITE_BLOCK) {
		a->last = axdr_there(&r);
		number(&r, &a->block);
	}
	if (a->choice == READ_BLOCK)
		a->raw = axdr_octets(&r);
}

void
dlms_sn_read(struct reader *r, struct dlms_apdu *a)
{
	dlms_walk_list(r, a, &a->items, WALK_VARIABLE, true);
	requested_block(a);
}

/* The octets of the block are the one value of the list. */
static void
written_block(struct dlms_apdu *a)
{
	struct reader r =
	    rd_over(a->values.octets.p, a->values.octets.n, a->values.octets.n);
	struct axdr_value v;

	if (axdr_value(&r, &v) && v.type == AXDR_OCTET_STRING)
		a->raw = v.octets;
}

static void
values(struct reader *r, struct dlms_apdu *a)
{
	dlms_walk_list(r, a, &a->values, WALK_DATA, true);
	if (r->err == RD_OK && a->values.count != a->items.count)
		dlms_apdu_fail(r, a, "not as many values as objects");
}

void
dlms_sn_write(struct reader *r, struct dlms_apdu *a)
{
	dlms_walk_list(r, a, &a->items, WALK_VARIABLE, true);
	values(r, a);
	requested_block(a);
	if (a->choice == WRITE_BLOCK && a->values.count == 1)
		written_block(a);
}

/* As many values as items, and nothing behind: their count is left out. */
static bool
uncounted(struct reader *r, struct dlms_apdu *a)
{
	const uint8_t *start = r->p;

	for (uint32_t n = 0; n < a->items.count && r->err == RD_OK; n++)
		axdr_skip(r);
	if (rd_end(r) != RD_OK)
		return false;
	a->flaw = "values without their count";
	a->values = (struct dlms_list){ WALK_DATA, true, a->items.count,
		{ start, (size_t)(r->p - start) } };
	return true;
}

void
dlms_sn_report(struct reader *r, struct dlms_apdu *a)
{
	struct reader again;

	if (axdr_there(r))
		a->date_time = axdr_octets(r);
	dlms_walk_list(r, a, &a->items, WALK_VARIABLE, true);
	again = *r;
	values(r, a);
	if (r->err == RD_MALFORMED && uncounted(&again, a))
		*r = again;
}

void
dlms_sn_read_answer(struct reader *r, struct dlms_apdu *a)
{
	struct reader one;

	dlms_walk_results(r, a, WALK_READ, true);
	one = alone(a, &a->results);
	if (a->choice == ANSWER_BLOCK) {
		a->last = axdr_there(&one);
		number(&one, &a->block);
		a->raw = axdr_octets(&one);
	} else if (a->choice == ANSWER_NUMBER) {
		number(&one, &a->ack);
	}
}

void
dlms_sn_write_answer(struct reader *r, struct dlms_apdu *a)
{
	struct reader one;

	dlms_walk_results(r, a, WALK_WRITTEN, true);
	one = alone(a, &a->results);
	if (a->choice == ANSWER_BLOCK)
		number(&one, &a->ack);
}
