/* SPDX-License-Identifier: Apache-2.0 */
/* A-XDR (IEC 61334-6): lengths, octet strings, and COSEM Data (62056-6-2). */
#include <config.h>

#include "dissectors/dlms/axdr.h"

#define NO 0xff  /* a length of its own, or no type at all */
#define LAST 33  /* delta-double-long-unsigned */
#define NONE 255 /* don't-care */

/* Octets of the types whose size is fixed, ten a row. */
/* clang-format off */
static const uint8_t size_of[LAST + 1] = {
	 0, NO, NO,  1, NO,  4,  4, NO, NO, NO, /* 0: null-data */
	NO, NO, NO,  1, NO,  1,  2,  1,  2, NO, /* 13: bcd */
	 8,  8,  1,  4,  8, 12,  5,  4,  1,  2, /* 20: long64 */
	 4,  1,  2,  4                          /* 30: delta types */
};
/* clang-format on */

uint32_t
axdr_length(struct reader *r)
{
	uint8_t first = rd_u8(r);
	uint32_t n = 0;

	if (first < 0x80)
		return first;
	if (first == 0x80 || first > 0x84) {
		rd_fail(r);
		return 0;
	}
	for (first &= 0x7f; first > 0; first--)
		n = n << 8 | rd_u8(r);
	return r->err == RD_OK ? n : 0;
}

struct bytes
axdr_octets(struct reader *r)
{
	uint32_t n = axdr_length(r);

	return rd_bytes(r, n);
}

uint32_t
axdr_u32(struct reader *r)
{
	uint32_t high = rd_u16be(r);

	return high << 16 | rd_u16be(r);
}

bool
axdr_there(struct reader *r)
{
	return rd_u8(r) != 0;
}

/* Of a compact array: what its elements are, without any of them. */
static const char *
skip_description(struct reader *r)
{
	uint32_t left[AXDR_DEPTH] = { 1 };
	unsigned depth = 0;
	uint8_t type;

	while (r->err == RD_OK) {
		while (left[depth] == 0)
			if (depth-- == 0)
				return NULL;
		left[depth]--;
		type = rd_u8(r);
		if (type != AXDR_ARRAY && type != AXDR_STRUCTURE)
			continue;
		if (++depth == AXDR_DEPTH)
			return "data is nested too deeply";
		if (type == AXDR_ARRAY)
			rd_u16be(r); /* of as many elements of one type */
		left[depth] = type == AXDR_ARRAY ? 1 : axdr_length(r);
	}
	return NULL;
}

static bool
simple(struct reader *r, struct axdr_value *v)
{
	uint32_t n;

	switch (v->type) {
	case AXDR_BIT_STRING:
		n = axdr_length(r);
		v->octets = rd_bytes(r, n / 8 + (n % 8 != 0));
		return true;
	case AXDR_OCTET_STRING:
	case AXDR_VISIBLE_STRING:
	case AXDR_UTF8_STRING:
		v->octets = axdr_octets(r);
		return true;
	case NONE:
		return true;
	default:
		n = v->type <= LAST ? size_of[v->type] : NO;
		if (n == NO)
			return false;
		v->octets = rd_bytes(r, n);
		return true;
	}
}

/* As axdr_value(), and the reason. */
static const char *
head(struct reader *r, struct axdr_value *v)
{
	const char *flaw = NULL;

	*v = (struct axdr_value){ .type = rd_u8(r) };
	if (r->err == RD_OK && v->type == AXDR_COMPACT_ARRAY) {
		flaw = skip_description(r);
		v->octets = axdr_octets(r);
	} else if (v->type == AXDR_ARRAY || v->type == AXDR_STRUCTURE) {
		v->count = axdr_length(r);
	} else if (r->err == RD_OK && !simple(r, v)) {
		flaw = "data is of an unknown type";
	}
	if (flaw != NULL)
		rd_fail(r);
	if (r->err == RD_MALFORMED && flaw == NULL)
		flaw = "data ends before its length says";
	return flaw;
}

bool
axdr_value(struct reader *r, struct axdr_value *v)
{
	head(r, v);
	return r->err == RD_OK;
}

const char *
axdr_skip(struct reader *r)
{
	uint32_t left[AXDR_DEPTH] = { 1 };
	unsigned depth = 0;
	struct axdr_value v;
	const char *flaw;

	for (;;) {
		while (left[depth] == 0)
			if (depth-- == 0)
				return NULL;
		left[depth]--;
		flaw = head(r, &v);
		if (r->err != RD_OK)
			return flaw;
		if (v.count == 0)
			continue;
		if (++depth == AXDR_DEPTH) {
			rd_fail(r);
			return "data is nested too deeply";
		}
		left[depth] = v.count;
	}
}

bool
axdr_integer(const struct axdr_value *v, int64_t *to)
{
	static const uint64_t sign = 1;
	/* 5, 15, 16 and 20 have a sign; 22 is an enumeration */
	bool is_signed =
	    v->type == 5 || v->type == 15 || v->type == 16 || v->type == 20;
	uint64_t n = 0;

	if (!is_signed && v->type != 6 && v->type != 17 && v->type != 18 &&
	    v->type != 21 && v->type != 22)
		return false;
	if (v->octets.n == 0)
		return false;
	for (size_t i = 0; i < v->octets.n; i++)
		n = n << 8 | v->octets.p[i];
	if (is_signed && v->octets.n < 8 && v->octets.p[0] >= 0x80)
		n -= sign << 8 * v->octets.n;
	*to = (int64_t)n;
	return true;
}
