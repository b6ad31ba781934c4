/* SPDX-License-Identifier: Apache-2.0 */
/* The ASDU: its identifier and where its objects are (60870-5-101, 7.2). */
#include <config.h>

#include "dissectors/iec104/parts.h"

#define SHORT_ID "I frame is too short for its data unit identifier"
#define TOO_FEW "fewer octets than the number of objects needs"
#define TOO_MANY "octets behind the last object"

static const struct iec104_settings presets = { 2, 2, 3 };

static size_t
id_size(struct iec104_sizes z)
{
	return 2U + z.cot + z.ca;
}

static uint32_t
address(const uint8_t *p, uint8_t size)
{
	uint32_t v = p[0];

	if (size > 1)
		v |= (uint32_t)p[1] << 8;
	if (size > 2)
		v |= (uint32_t)p[2] << 16;
	return v;
}

size_t
iec104_asdu_need(const uint8_t *p, size_t have, struct iec104_sizes z)
{
	const struct iec104_type *t = &iec104_types[p[0]];
	size_t count = p[1] & 0x7f, size = iec104_size(t), length;

	if (t->layout == 0 || count == 0)
		return 0;
	if ((t->flags & IEC104_VARYING) != 0) {
		length = id_size(z) + z.ioa + size;
		return have < length ? length : length + p[length - 1];
	}
	if (p[1] >> 7 != 0)
		return id_size(z) + z.ioa + count * size;
	return id_size(z) + count * (z.ioa + size);
}

/* Octets that nobody claims to know the meaning of. */
static bool
is_raw(const struct iec104_apdu *a, bool fit)
{
	const struct iec104_type *t = &iec104_types[a->type];

	if (t->layout == 0)
		return true;
	return !fit && ((t->flags & IEC104_LOOSE) != 0 ||
	                   a->cot == IEC104_UNKNOWN_TYPE);
}

static void
read_objects(
    struct reader *r, struct iec104_apdu *a, size_t size, struct op *op)
{
	a->objects = rd_bytes(r, size);
	a->fits = r->err == RD_OK;
	if (r->err == RD_MALFORMED)
		op->flaw = TOO_FEW;
	if (!a->fits)
		return;
	if (size > 0)
		op->object.n += a->sizes.ioa;
	if (rd_left(r) + r->lost > 0 && op->flaw == NULL)
		op->flaw = TOO_MANY;
}

/* The rest of an ASDU that needs so many octets in all, if that is known. */
static void
read_addresses(
    struct reader *r, struct iec104_apdu *a, size_t need, struct op *op)
{
	size_t n = rd_left(r) + r->lost, id = id_size(a->sizes);
	const uint8_t *p = rd_take(r, id);

	if (p == NULL) {
		if (r->err == RD_MALFORMED)
			op->flaw = SHORT_ID;
		return;
	}
	a->read = IEC104_ASDU;
	a->oa = a->sizes.cot == 2 ? p[3] : 0;
	p += 2 + a->sizes.cot;
	a->ca = (uint16_t)address(p, a->sizes.ca);
	/* CA and first IOA stand together: they name the object */
	op->object = (struct bytes){ p, a->sizes.ca };
	if (is_raw(a, need == n))
		a->objects = rd_rest(r);
	else
		read_objects(r, a, need > 0 ? need - id : 0, op);
}

/* Octets that the ASDU in r needs; sizes is set, and flaw if they are odd. */
static size_t
settle_sizes(const struct reader *r, struct iec104_apdu *a,
    const struct ctx *ctx, struct op *op)
{
	const struct iec104_settings *s =
	    ctx->settings != NULL ? ctx->settings : &presets;
	struct iec104_flow *f = ctx->flow;
	const char *flaw;
	size_t need;

	a->sizes = iec104_sizes_in_use(f, s);
	need = iec104_asdu_need(r->p, rd_left(r), a->sizes);
	if (need == 0 || r->lost > 0 || (f->settled && need == rd_left(r)))
		return need;
	flaw = iec104_find_sizes(r, s, f, a);
	if (flaw != NULL)
		op->flaw = flaw;
	return iec104_asdu_need(r->p, rd_left(r), a->sizes);
}

void
iec104_read_asdu(struct reader *r, struct iec104_apdu *a, const struct ctx *ctx,
    struct op *op)
{
	struct reader head = *r;
	const uint8_t *p = rd_take(&head, 3);

	if (p == NULL) {
		r->err = head.err;
		if (r->err == RD_MALFORMED)
			op->flaw = SHORT_ID;
		return;
	}
	a->read = IEC104_TYPE;
	a->type = p[0];
	op->function = p[0];
	a->sq = p[1] >> 7;
	a->count = p[1] & 0x7f;
	a->cot = p[2] & 0x3f;
	a->negative = p[2] >> 6 & 1;
	a->test = p[2] >> 7;
	read_addresses(r, a, settle_sizes(r, a, ctx, op), op);
}

struct iec104_walk
iec104_objects(const struct iec104_apdu *a)
{
	const struct iec104_type *t = &iec104_types[a->type];
	struct iec104_walk w = { .rest = a->objects, .type = a->type };

	if (!a->fits || a->count == 0)
		return w;
	w.size = iec104_size(t);
	w.left = a->count;
	w.ioa_size = a->sizes.ioa;
	w.sq = a->sq;
	w.first = true;
	if ((t->flags & IEC104_VARYING) != 0) {
		w.size = a->objects.n - w.ioa_size;
		w.left = 1;
	}
	return w;
}

bool
iec104_next(struct iec104_walk *w, struct iec104_object *o)
{
	/* a sequence names only its first object (7.2.2.1) */
	size_t named = w->first || !w->sq ? w->ioa_size : 0;

	if (w->left == 0 || w->rest.n < named + w->size)
		return false;
	w->ioa = named > 0 ? address(w->rest.p, w->ioa_size) : w->ioa + 1;
	w->first = false;
	w->left--;
	*o = (struct iec104_object){ w->ioa, { w->rest.p + named, w->size },
		w->type };
	w->rest.p += named + w->size;
	w->rest.n -= named + w->size;
	return true;
}
