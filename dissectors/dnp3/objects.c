/* SPDX-License-Identifier: Apache-2.0 */
/* The walk over DNP3 object headers and points (IEEE 1815-2012, 4.2.2.7). */
#include <config.h>

#include "dissectors/dnp3/parts.h"

#define RESERVED_BIT 0x80
#define ALL_POINTS 6
#define VARIABLE 0xb

/* Octets of an index or size in front of each point, by prefix code. */
static const uint8_t prefix_octets[8] = { 0, 1, 2, 4, 1, 2, 4, 0 };

static bool
is_size(uint8_t prefix_code)
{
	return prefix_code >= 4 && prefix_code <= 6;
}

/* Whether the standard defines both together (table 4-6). */
static bool
is_defined(uint8_t qualifier)
{
	uint8_t prefix = qualifier >> 4 & 7, range = qualifier & 0xf;

	if ((qualifier & RESERVED_BIT) != 0)
		return false;
	if (prefix == 0)
		return range < 10;
	if (prefix <= 3)
		return range >= 7 && range <= 9;
	return prefix < 7 && range == VARIABLE;
}

static uint32_t
number(struct reader *r, size_t octets)
{
	const uint8_t *p = rd_take(r, octets);
	uint32_t v = 0;

	for (size_t i = 0; p != NULL && i < octets; i++)
		v |= (uint32_t)p[i] << 8 * i;
	return v;
}

/* What the range field says; false when there is no way on behind it. */
static bool
read_range(struct dnp3_walk *w, struct dnp3_header *h)
{
	static const uint8_t octets[16] = { 1, 2, 4, 1, 2, 4, 0, 1, 2, 4, 0,
		1 };
	uint8_t range = h->qualifier & 0xf;

	if (range == ALL_POINTS) {
		h->all = true;
		return true;
	}
	if (octets[range] == 0)
		return false;
	if (range > ALL_POINTS) {
		h->count = number(&w->r, octets[range]);
		return true;
	}
	h->ranged = true;
	h->start = number(&w->r, octets[range]);
	h->stop = number(&w->r, octets[range]);
	if (h->stop >= h->start)
		h->count = UINT64_C(1) + h->stop - h->start;
	return true;
}

/* Whether a request only names objects of this group (4.4). */
static bool
only_names(uint8_t function, const struct dnp3_header *h)
{
	if (h->group == 120) /* who asks, in aggressive mode */
		return false;
	switch (function) {
	case DNP3_FREEZE_AT_TIME:
	case DNP3_FREEZE_AT_TIME_NR:
		return h->group != 50; /* when, and how often */
	case DNP3_CONFIRM:
	case DNP3_READ:
		return true;
	default:
		return (function >= DNP3_FREEZE &&
		           function <= DNP3_SAVE_CONFIGURATION) ||
		       (function >= DNP3_ENABLE_UNSOLICITED &&
		           function <= DNP3_RECORD_TIME);
	}
}

/* The next point, or false when not all of it is there. */
static bool
take_point(struct reader *r, const struct dnp3_header *h, struct bytes *value)
{
	uint32_t before = number(r, h->prefix);
	size_t n = h->element;

	if (h->sized)
		n = before;
	else if (h->element >= DNP3_SELF_SIZED &&
	         !dnp3_measure(h->element, *r, &n))
		return false;
	*value = rd_bytes(r, n);
	return r->err == RD_OK;
}

/* Octets of points whose size each of them says. */
static size_t
measure_each(struct reader r, const struct dnp3_header *h, uint64_t *whole)
{
	const uint8_t *first = r.p, *end = first;
	struct bytes value;

	for (*whole = 0; *whole < h->count && rd_left(&r) > 0; ++*whole) {
		if (!take_point(&r, h, &value))
			break;
		end = r.p;
	}
	return (size_t)(end - first);
}

/* Points as long as each other; the whole ones among those that are there. */
static size_t
measure_all(
    const struct reader *r, const struct dnp3_header *h, uint64_t *whole)
{
	size_t each = h->prefix + (size_t)h->element, left = rd_left(r);

	*whole = h->count;
	if (each > 0 && left / each < h->count)
		*whole = left / each;
	return (size_t)*whole * each;
}

static size_t
measure_bits(
    const struct reader *r, const struct dnp3_header *h, uint64_t *whole)
{
	unsigned bits = h->element == DNP3_ONE_BIT ? 1 : 2;
	uint64_t octets = (h->count * bits + 7) / 8;
	size_t left = rd_left(r);

	*whole = h->count;
	if (octets > left) {
		octets = left;
		*whole = octets * 8 / bits;
	}
	return (size_t)octets;
}

/* How much of what is left belongs to h; a flaw if that is not all of it. */
static size_t
measure(struct dnp3_walk *w, struct dnp3_header *h, enum dnp3_flaw *flaw)
{
	uint64_t whole = h->count;
	size_t n = 0;

	if (h->count == 0)
		return 0;
	/* with its size in front the object is there, even in a READ */
	if (h->sized || h->element >= DNP3_SELF_SIZED)
		n = measure_each(w->r, h, &whole);
	else if (h->element < DNP3_UNKNOWN)
		n = measure_all(&w->r, h, &whole);
	else if (h->element != DNP3_UNKNOWN && h->prefix == 0)
		n = measure_bits(&w->r, h, &whole);
	else
		*flaw = DNP3_UNKNOWN_OBJECT;
	if (whole < h->count)
		*flaw = DNP3_OBJECTS_CUT;
	return n;
}

/* The first flaw stays; after some there is no way on. */
static void
note(struct dnp3_walk *w, enum dnp3_flaw flaw, bool stop)
{
	if (w->flaw == DNP3_SOUND)
		w->flaw = flaw;
	if (stop)
		rd_fail(&w->r);
}

static void
read_header(struct dnp3_walk *w, struct dnp3_header *h)
{
	uint8_t prefix;

	*h = (struct dnp3_header){ .group = rd_u8(&w->r),
		.element = DNP3_UNKNOWN };
	h->variation = rd_u8(&w->r);
	h->qualifier = rd_u8(&w->r);
	prefix = h->qualifier >> 4 & 7;
	h->prefix = prefix_octets[prefix];
	h->sized = is_size(prefix);
}

struct dnp3_walk
dnp3_objects(const struct dnp3_fragment *f)
{
	struct bytes o = f->objects;
	bool known =
	    f->function <= DNP3_AUTH_REQUEST_NR ||
	    (f->function >= DNP3_RESPONSE && f->function <= DNP3_AUTH_RESPONSE);

	/* what another function's octets mean is not known */
	if (o.p == NULL || !known)
		o = (struct bytes){ (const uint8_t *)"", 0 };
	return (struct dnp3_walk){ .r = rd_over(o.p, o.n, o.n),
		.function = f->function };
}

bool
dnp3_next(struct dnp3_walk *w, struct dnp3_header *h)
{
	enum dnp3_flaw flaw = DNP3_SOUND;
	bool on;
	size_t n;

	if (rd_left(&w->r) == 0)
		return false;
	read_header(w, h);
	on = read_range(w, h);
	if (w->r.err != RD_OK) {
		note(w, DNP3_OBJECT_HEADER, true);
		return false;
	}
	if (!is_defined(h->qualifier))
		note(w, DNP3_QUALIFIER, !on || h->qualifier >> 4 >= 7);
	else if (h->ranged && h->stop < h->start)
		note(w, DNP3_RANGE, true);
	if (w->r.err != RD_OK)
		return true;
	h->element = only_names(w->function, h)
	                 ? 0
	                 : dnp3_element(h->group, h->variation);
	n = measure(w, h, &flaw);
	h->octets = rd_bytes(&w->r, n);
	if (flaw != DNP3_SOUND)
		note(w, flaw, true);
	return true;
}

struct dnp3_points
dnp3_points(const struct dnp3_header *h)
{
	struct bytes o = h->octets;

	if (o.p == NULL)
		o = (struct bytes){ (const uint8_t *)"", 0 };
	return (struct dnp3_points){ .r = rd_over(o.p, o.n, o.n), .header = h };
}

/* One of several points in an octet, the first in its low bits. */
static bool
next_bits(struct dnp3_points *w, struct dnp3_point *p)
{
	unsigned bits = w->header->element == DNP3_ONE_BIT ? 1 : 2;
	uint64_t at = w->i * bits;

	if (w->i == w->header->count || at / 8 >= w->header->octets.n)
		return false;
	p->value = (struct bytes){ w->header->octets.p + at / 8, 1 };
	p->bits = (uint8_t)(*p->value.p >> at % 8 & ((1U << bits) - 1));
	p->index = (uint32_t)(w->header->start + w->i++);
	return true;
}

bool
dnp3_next_point(struct dnp3_points *w, struct dnp3_point *p)
{
	const struct dnp3_header *h = w->header;
	struct reader before = w->r;

	*p = (struct dnp3_point){ 0 };
	if (h->element == DNP3_ONE_BIT || h->element == DNP3_TWO_BITS)
		if (!h->sized)
			return next_bits(w, p);
	if (rd_left(&w->r) == 0 || !take_point(&w->r, h, &p->value))
		return false;
	p->index = (uint32_t)(h->start + w->i++);
	if (h->prefix > 0 && !h->sized)
		p->index = number(&before, h->prefix);
	return true;
}
