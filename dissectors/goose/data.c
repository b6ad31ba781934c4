/* SPDX-License-Identifier: Apache-2.0 */
/* allData: the walk over MMS Data as GOOSE encodes it (61850-8-1, A.3). */
#include <config.h>

#include "dissectors/goose/parts.h"

#define ANY UINT16_MAX

/* Octets of contents, by context tag from boolean on. */
static const struct {
	uint16_t least, most;
} size_of[] = {
	{ 1, 1 },   /* boolean */
	{ 1, ANY }, /* bit-string: unused bits, bits */
	{ 1, 9 },   /* integer: in the fixed-length encoding one more */
	{ 1, 9 },   /* unsigned */
	{ 5, 9 },   /* floating-point: exponent width, IEEE 754 */
	{ 0, ANY }, /* real */
	{ 0, ANY }, /* octet-string */
	{ 0, ANY }, /* visible-string */
	{ 0, ANY }, /* generalized-time */
	{ 4, 6 },   /* binary-time: ms of the day, days since 1984 */
	{ 1, 9 },   /* bcd */
	{ 1, ANY }, /* boolean-array */
	{ 1, ANY }, /* object-id */
	{ 0, ANY }, /* mms-string */
	{ 8, 8 }    /* utc-time */
};

static uint64_t
number(const struct bytes *b, uint64_t v)
{
	for (size_t i = 0; i < b->n; i++)
		v = v << 8 | b->p[i];
	return v;
}

struct goose_walk
goose_data_walk(struct bytes data)
{
	static const uint8_t none[1];
	struct goose_walk w;

	w.r = rd_over(data.p != NULL ? data.p : none, data.n, data.n);
	w.depth = 0;
	w.flaw = NULL;
	w.end[0] = w.r.end;
	return w;
}

/* Leaves what has been walked to its end; false when that is everything. */
static bool
leave(struct goose_walk *w)
{
	while (w->r.p == w->r.end) {
		if (w->depth == 0)
			return false;
		w->r.end = w->end[--w->depth];
	}
	return true;
}

static bool
enter(struct goose_walk *w, const struct goose_value *v)
{
	if (w->depth == GOOSE_DEPTH - 1) {
		w->flaw = "allData nests too deep";
		rd_fail(&w->r);
		return false;
	}
	w->end[++w->depth] = v->octets.p + v->octets.n;
	w->r.end = w->end[w->depth];
	w->r.p = v->octets.p;
	return true;
}

/* A tag and a length of one octet each, of what holds no others. */
static inline bool
next_short(struct goose_walk *w, struct goose_value *v)
{
	const uint8_t *p = w->r.p;
	size_t left = (size_t)(w->r.end - p);

	if (left < 2 || p[0] < GOOSE_BOOLEAN || p[0] > GOOSE_UTC_TIME ||
	    p[1] >= 0x80 || p[1] > left - 2)
		return false;
	v->tag = p[0];
	v->octets = (struct bytes){ p + 2, p[1] };
	v->depth = w->depth;
	w->r.p = p + 2 + p[1];
	return true;
}

static bool
next(struct goose_walk *w, struct goose_value *v)
{
	struct ber e;

	if (w->r.err == RD_OK && next_short(w, v))
		return true;
	e.flaw = NULL;
	if (w->r.err != RD_OK || !leave(w))
		return false;
	v->depth = w->depth;
	if (ber_next(&w->r, &e)) {
		v->tag = e.tag;
		v->octets = rd_bytes(&w->r, e.len);
	}
	if (w->r.err != RD_OK) {
		w->flaw =
		    e.flaw != NULL ? e.flaw : "an element of allData overruns";
		return false;
	}
	if (v->tag == GOOSE_ARRAY || v->tag == GOOSE_STRUCTURE)
		return enter(w, v);
	return true;
}

static bool
bits_fit(const struct bytes *b)
{
	return b->p[0] < 8 && (b->n > 1 || b->p[0] == 0);
}

static bool
fits(const struct goose_value *v)
{
	size_t n = v->octets.n, which = v->tag - GOOSE_BOOLEAN;

	if (v->tag == GOOSE_ARRAY || v->tag == GOOSE_STRUCTURE)
		return true;
	if (v->tag < GOOSE_BOOLEAN ||
	    which >= sizeof(size_of) / sizeof(size_of[0]) ||
	    n < size_of[which].least || n > size_of[which].most)
		return false;
	switch (v->tag) {
	case GOOSE_BIT_STRING:
	case GOOSE_BOOLEAN_ARRAY:
		return bits_fit(&v->octets);
	case GOOSE_INTEGER:
	case GOOSE_UNSIGNED:
	case GOOSE_BCD:
		/* nine octets hold 64 bits when the first says nothing */
		return n < 9 || v->octets.p[0] == 0;
	case GOOSE_FLOAT:
		return (n == 5 && v->octets.p[0] == 8) ||
		       (n == 9 && v->octets.p[0] == 11);
	case GOOSE_BINARY_TIME:
		return n != 5;
	default:
		return true;
	}
}

/* Whether a value is one of those that most data sets are made of, and fits. */
static bool
is_plain(uint8_t tag, size_t n, const uint8_t *v)
{
	switch (tag) {
	case GOOSE_BOOLEAN:
		return n == 1;
	case GOOSE_BIT_STRING:
		return n > 1 && n < 0x80 && v[0] < 8;
	case GOOSE_INTEGER:
	case GOOSE_UNSIGNED:
		return n > 0 && n < 9;
	case GOOSE_FLOAT:
		return n == 5 && v[0] == 8;
	case GOOSE_UTC_TIME:
		return n == 8;
	default:
		return false;
	}
}

/* Steps over such members; all else is the walk's, which is dearer. */
static struct bytes
skip_plain(struct bytes data, uint32_t *members)
{
	const uint8_t *p = data.p;
	size_t left = data.n;

	while (left >= 2 && p[1] <= left - 2 && is_plain(p[0], p[1], p + 2)) {
		left -= 2 + (size_t)p[1];
		p += 2 + p[1];
		(*members)++;
	}
	return (struct bytes){ p, left };
}

uint32_t
goose_data_count(struct bytes data, const char **flaw, const char **remark)
{
	uint32_t members = 0;
	struct goose_walk w = goose_data_walk(skip_plain(data, &members));
	struct goose_value v;

	*remark = NULL;
	while (next(&w, &v)) {
		members += v.depth == 0;
		if (!fits(&v))
			*remark = "a value of allData has no such type";
	}
	*flaw = w.flaw;
	return members;
}

bool
goose_data_next(struct goose_walk *w, struct goose_value *v)
{
	return next(w, v);
}

bool
goose_data_fits(const struct goose_value *v)
{
	return fits(v);
}

int64_t
goose_data_integer(const struct goose_value *v)
{
	return (int64_t)number(
	    &v->octets, (v->octets.p[0] & 0x80) != 0 ? UINT64_MAX : 0);
}

uint64_t
goose_data_unsigned(const struct goose_value *v)
{
	return number(&v->octets, 0);
}

double
goose_data_float(const struct goose_value *v)
{
	struct bytes b = { v->octets.p + 1, v->octets.n - 1 };
	uint64_t bits = number(&b, 0);
	uint32_t half = (uint32_t)bits;
	double d;
	float f;

	if (b.n == sizeof(f)) {
		memcpy(&f, &half, sizeof(f));
		return (double)f;
	}
	memcpy(&d, &bits, sizeof(d));
	return d;
}

struct goose_time
goose_time(const uint8_t octets[8])
{
	const uint8_t *p = octets;

	return (struct goose_time){
		(uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
		    (uint32_t)p[2] << 8 | p[3],
		(uint32_t)p[4] << 16 | (uint32_t)p[5] << 8 | p[6],
		p[7],
	};
}
