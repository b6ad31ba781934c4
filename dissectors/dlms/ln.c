/* SPDX-License-Identifier: Apache-2.0 */
/* GET, SET and ACTION with logical names (IEC 62056-5-3, 9.3.9 to 9.3.11). */
#include <config.h>

#include "dissectors/dlms/apdu.h"
#include "dissectors/dlms/axdr.h"
#include "dissectors/dlms/walk.h"

/* The choice, and invoke-id-and-priority. */
static uint8_t
head(struct reader *r, struct dlms_apdu *a)
{
	a->choice = rd_u8(r);
	a->invoke.v = rd_u8(r);
	a->invoke.there = r->err == RD_OK;
	return a->choice;
}

static void
unknown(struct reader *r, struct dlms_apdu *a)
{
	if (r->err == RD_OK)
		dlms_apdu_fail(r, a, "service of an unknown choice");
}

static void
block_number(struct reader *r, struct dlms_number *to)
{
	to->v = axdr_u32(r);
	to->there = r->err == RD_OK;
}

/* DataBlock-SA: last-block, block-number, raw-data. */
static void
block(struct reader *r, struct dlms_apdu *a)
{
	a->last = axdr_there(r);
	block_number(r, &a->block);
	a->raw = axdr_octets(r);
}

/* DataBlock-G: raw-data, or the data-access-result instead of it. */
static void
answer_block(struct reader *r, struct dlms_apdu *a)
{
	uint8_t choice;

	a->last = axdr_there(r);
	block_number(r, &a->block);
	choice = rd_u8(r);
	if (r->err != RD_OK)
		return;
	if (choice == 0)
		a->raw = axdr_octets(r);
	else if (choice == 1)
		a->result = (struct dlms_number){ true, rd_u8(r) };
	else
		dlms_apdu_fail(r, a, "block result of an unknown choice");
}

static void
values(struct reader *r, struct dlms_apdu *a, bool counted)
{
	dlms_walk_list(r, a, &a->values, WALK_DATA, counted);
	if (r->err == RD_OK && a->values.count != a->items.count)
		dlms_apdu_fail(r, a, "not as many values as objects");
}

void
dlms_ln_get(struct reader *r, struct dlms_apdu *a)
{
	switch (head(r, a)) {
	case 1:
	case 3:
		dlms_walk_list(r, a, &a->items, WALK_ATTRIBUTE, a->choice == 3);
		break;
	case 2:
		block_number(r, &a->ack);
		break;
	default:
		unknown(r, a);
	}
}

void
dlms_ln_get_answer(struct reader *r, struct dlms_apdu *a)
{
	switch (head(r, a)) {
	case 1:
	case 3:
		dlms_walk_results(r, a, WALK_GET, a->choice == 3);
		break;
	case 2:
		answer_block(r, a);
		break;
	default:
		unknown(r, a);
	}
}

void
dlms_ln_set(struct reader *r, struct dlms_apdu *a)
{
	bool list;

	head(r, a);
	list = a->choice == 4 || a->choice == 5;
	if (a->choice == 3) {
		block(r, a);
		return;
	}
	if (a->choice != 1 && a->choice != 2 && !list) {
		unknown(r, a);
		return;
	}
	dlms_walk_list(r, a, &a->items, WALK_ATTRIBUTE, list);
	if (a->choice == 2 || a->choice == 5)
		block(r, a);
	else
		values(r, a, list);
}

void
dlms_ln_set_answer(struct reader *r, struct dlms_apdu *a)
{
	switch (head(r, a)) {
	case 1:
	case 3:
		dlms_walk_results(r, a, WALK_CODE, false);
		break;
	case 2:
		break;
	case 4:
	case 5:
		dlms_walk_results(r, a, WALK_CODE, true);
		break;
	default:
		unknown(r, a);
		return;
	}
	if (a->choice >= 2 && a->choice <= 4)
		block_number(r, &a->ack);
}

void
dlms_ln_action(struct reader *r, struct dlms_apdu *a)
{
	switch (head(r, a)) {
	case 1:
		dlms_walk_list(r, a, &a->items, WALK_PLAIN, false);
		if (axdr_there(r))
			values(r, a, false);
		break;
	case 2:
		block_number(r, &a->ack);
		break;
	case 3:
		dlms_walk_list(r, a, &a->items, WALK_PLAIN, true);
		values(r, a, true);
		break;
	case 4:
	case 5:
		dlms_walk_list(r, a, &a->items, WALK_PLAIN, a->choice == 5);
		block(r, a);
		break;
	case 6:
		block(r, a);
		break;
	default:
		unknown(r, a);
	}
}

void
dlms_ln_action_answer(struct reader *r, struct dlms_apdu *a)
{
	switch (head(r, a)) {
	case 1:
	case 3:
		dlms_walk_results(r, a, WALK_ACTION, a->choice == 3);
		break;
	case 2:
		block(r, a);
		break;
	case 4:
		block_number(r, &a->ack);
		break;
	default:
		unknown(r, a);
	}
}
