/* SPDX-License-Identifier: Apache-2.0 */
/*
 * COSEM blocks and general-block-transfer (IEC 62056-5-3, 9.1.4.4.8 and
 * 9.1.4.4.9): numbered pieces of what was too long for one APDU.
 */
#include <config.h>

#include "dissectors/dlms/apdu.h"
#include "dissectors/dlms/axdr.h"
#include "dissectors/dlms/state.h"
#include "dissectors/dlms/walk.h"

/* What stands in front of the octets of a lease. */
struct head {
	uint32_t next;  /* number of the block that comes next */
	uint32_t count; /* items, and their octets behind the head */
	uint32_t octets;
	uint8_t tag, choice, form, counted;
};

static bool
is_first(const struct dlms_apdu *a)
{
	if (a->tag == DLMS_SET_REQUEST)
		return a->choice == 2 || a->choice == 5;
	if (a->tag == DLMS_ACTION_REQUEST)
		return a->choice == 4 || a->choice == 5;
	return a->block.v <= 1;
}

static bool
get_head(struct bytes lease, struct head *h)
{
	if (lease.n < sizeof(*h))
		return false;
	memcpy(h, lease.p, sizeof(*h));
	return true;
}

static bool
begin(struct ctx *ctx, const struct dlms_apdu *a, uint32_t key)
{
	struct head h = { a->block.v + 1, a->items.count,
		(uint32_t)a->items.octets.n, a->tag, a->choice, a->items.form,
		a->items.counted };

	if (asm_put(ctx, key, true,
	        (struct bytes){ (const uint8_t *)&h, sizeof(h) })
	        .p == NULL)
		return false;
	if (asm_put(ctx, key, false, a->items.octets).p == NULL)
		return false;
	return asm_put(ctx, key, false, a->raw).p != NULL;
}

/* A block behind the first: in its turn, again, or not at all. */
static bool
follow(struct ctx *ctx, struct dlms_apdu *a, uint32_t key)
{
	struct head h;

	if (!get_head(asm_get(ctx, key), &h) || h.tag != a->tag)
		return false; /* its begin was not seen, or made room */
	if (a->block.v + 1 == h.next)
		return false;
	if (a->block.v != h.next) {
		if (ctx->pdu->state == KNOW_COMPLETE && a->flaw == NULL)
			a->flaw = "block number jumps";
		asm_drop(ctx, key);
		return false;
	}
	h.next++;
	asm_edit(ctx, key, 0, (struct bytes){ (const uint8_t *)&h, sizeof(h) });
	return asm_put(ctx, key, false, a->raw).p != NULL;
}

bool
dlms_block_put(
    struct ctx *ctx, struct dlms_apdu *a, struct block *b, uint32_t *key)
{
	bool transfer = a->tag == DLMS_BLOCK_TRANSFER;
	uint32_t k =
	    dlms_state_key(ctx, a, transfer ? STATE_TRANSFER : STATE_BLOCKS);
	struct bytes all;
	struct head h;

	if (!a->block.there || (transfer && a->raw.n == 0))
		return false; /* nothing, or a mere acknowledgement */
	if (is_first(a) ? !begin(ctx, a, k) : !follow(ctx, a, k))
		return false;
	all = asm_get(ctx, k);
	if (!a->last || !get_head(all, &h))
		return false;
	*key = k;
	all.p += sizeof(h);
	all.n -= sizeof(h);
	*b = (struct block){ h.tag, h.choice,
		{ h.form, h.counted, h.count, { all.p, h.octets } },
		{ all.p + h.octets, all.n - h.octets } };
	return true;
}

static bool
whole(struct reader *r)
{
	return rd_end(r) == RD_OK;
}

static bool
read_values(struct reader *r, struct dlms_apdu *a)
{
	dlms_walk_list(r, a, &a->values, WALK_DATA, a->items.counted);
	return whole(r) && a->values.count == a->items.count;
}

/*
 * Raw data of an answer is the Data alone, or with lists the whole list; which
 * of the two only the request says.  That it reads to its end decides.
 */
static bool
read_answer(const struct block *b, struct dlms_apdu *a, enum walk_form form)
{
	struct reader r = rd_over(b->raw.p, b->raw.n, b->raw.n), again = r;
	struct dlms_apdu list = *a;

	axdr_skip(&r);
	if (whole(&r)) {
		a->choice = 1;
		a->values = (struct dlms_list){ WALK_DATA, false, 1, b->raw };
		return true;
	}
	dlms_walk_results(&again, &list, form, true);
	if (!whole(&again))
		return false;
	*a = list;
	a->choice = 3;
	return true;
}

/* Some stations keep the choice in front of what an action returned. */
static bool
read_returned(const struct block *b, struct dlms_apdu *a)
{
	struct reader r = rd_over(b->raw.p, b->raw.n, b->raw.n);

	if (read_answer(b, a, WALK_ACTION))
		return true;
	a->choice = 1;
	dlms_walk_results(&r, a, WALK_GET, false);
	return whole(&r);
}

/* SN: the request or answer as it would have been behind its tag. */
static bool
read_short(const struct block *b, struct dlms_apdu *a)
{
	struct reader r = rd_over(b->raw.p, b->raw.n, b->raw.n);

	if (a->tag == DLMS_READ_RESPONSE)
		dlms_sn_read_answer(&r, a);
	else if (a->tag == DLMS_READ_REQUEST)
		dlms_sn_read(&r, a);
	else
		dlms_sn_write(&r, a);
	return whole(&r);
}

bool
dlms_block_read(const struct block *b, struct dlms_apdu *a)
{
	struct reader r = rd_over(b->raw.p, b->raw.n, b->raw.n);

	a->there = true;
	a->tag = b->tag;
	a->raw = b->raw;
	switch (b->tag) {
	case DLMS_SET_REQUEST:
		a->choice = b->choice == 2 ? 1 : 4;
		a->items = b->items;
		return read_values(&r, a);
	case DLMS_ACTION_REQUEST:
		a->choice = b->choice == 4 ? 1 : 3;
		a->items = b->items;
		return read_values(&r, a);
	case DLMS_GET_RESPONSE:
		return read_answer(b, a, WALK_GET);
	case DLMS_ACTION_RESPONSE:
		return read_returned(b, a);
	default:
		return read_short(b, a);
	}
}
