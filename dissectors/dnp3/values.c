/* SPDX-License-Identifier: Apache-2.0 */
/* Controls and times as DNP3 objects have them (IEEE 1815-2012, annex A). */
#include <config.h>

#include <string.h>

#include "dissectors/dnp3/parts.h"

static uint32_t
u32(const uint8_t *p)
{
	return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 |
	       (uint32_t)p[1] << 8 | p[0];
}

static uint64_t
u48(const uint8_t *p)
{
	return (uint64_t)p[5] << 40 | (uint64_t)p[4] << 32 | u32(p);
}

static double
single(const uint8_t *p)
{
	uint32_t bits = u32(p);
	float v;

	memcpy(&v, &bits, sizeof(v));
	return (double)v;
}

static double
twice(const uint8_t *p)
{
	uint64_t bits = (uint64_t)u32(p + 4) << 32 | u32(p);
	double v;

	memcpy(&v, &bits, sizeof(v));
	return v;
}

/* Whether the point has the octets of its kind: a mere name has none. */
static bool
fits(const struct dnp3_header *h, const struct dnp3_point *p)
{
	return p->value.n > 0 &&
	       p->value.n == dnp3_element(h->group, h->variation);
}

bool
dnp3_crob(const struct dnp3_header *h, const struct dnp3_point *p,
    struct dnp3_crob *c)
{
	const uint8_t *v = p->value.p;

	if (h->group != 12 || h->variation < 1 || h->variation > 2 ||
	    !fits(h, p))
		return false;
	*c = (struct dnp3_crob){ .code = v[0],
		.count = v[1],
		.on_ms = u32(v + 2),
		.off_ms = u32(v + 6),
		.status = v[10] & 0x7f };
	return true;
}

bool
dnp3_output(const struct dnp3_header *h, const struct dnp3_point *p,
    struct dnp3_output *o)
{
	const uint8_t *v = p->value.p;

	if (h->group != 41 || !fits(h, p))
		return false;
	o->integer = h->variation <= 2;
	o->single = h->variation == 3;
	o->status = v[p->value.n - 1] & 0x7f;
	switch (h->variation) {
	case 1:
		o->value = (int32_t)u32(v);
		break;
	case 2:
		o->value = (int16_t)(v[1] << 8 | v[0]);
		break;
	case 3:
		o->value = single(v);
		break;
	default:
		o->value = twice(v);
	}
	return true;
}

bool
dnp3_time(const struct dnp3_header *h, const struct dnp3_point *p, uint64_t *ms)
{
	if ((h->group != 50 && h->group != 51) || !fits(h, p))
		return false;
	*ms = u48(p->value.p);
	return true;
}

bool
dnp3_delay(
    const struct dnp3_header *h, const struct dnp3_point *p, uint64_t *ms)
{
	if (h->group != 52 || !fits(h, p))
		return false;
	*ms = (uint64_t)(p->value.p[1] << 8 | p->value.p[0]);
	if (h->variation == 1)
		*ms *= 1000; /* coarse: seconds */
	return true;
}
