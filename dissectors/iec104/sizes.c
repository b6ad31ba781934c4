/* SPDX-License-Identifier: Apache-2.0 */
/* The sizes of COT, CA and IOA (60870-5-101, 7.1), found by what fits. */
#include <config.h>

#include "dissectors/iec104/parts.h"

#define ENOUGH 3 /* units that have to agree */
#define ODD_MAX 200
#define CHANGED "address sizes change within the connection"

static struct iec104_sizes
combination(unsigned i)
{
	return (struct iec104_sizes){ (uint8_t)(i / 6 + 1),
		(uint8_t)(i / 3 % 2 + 1), (uint8_t)(i % 3 + 1) };
}

static unsigned
number_of(struct iec104_sizes z)
{
	return (z.cot - 1U) * 6 + (z.ca - 1U) * 3 + z.ioa - 1U;
}

static uint16_t
common_address(const uint8_t *p, struct iec104_sizes z)
{
	const uint8_t *ca = p + 2 + z.cot;

	if (z.ca == 1)
		return ca[0];
	return (uint16_t)(ca[1] << 8 | ca[0]);
}

/* The combinations that a whole ASDU of n octets fits, a bit each. */
static unsigned
fitting(const uint8_t *p, size_t n)
{
	unsigned found = 0;

	if (!iec104_cause_known(p[2]))
		return 0;
	for (unsigned i = 0; i < IEC104_COMBINATIONS; i++) {
		struct iec104_sizes z = combination(i);

		if (iec104_asdu_need(p, n, z) == n && common_address(p, z) != 0)
			found |= 1U << i;
	}
	return found;
}

/* System commands and the end of initialization name no object: 0. */
static bool
names_object(uint8_t type)
{
	return type != 70 && !(type >= 100 && type <= 107 && type != 102);
}

/*
 * How unlikely it is that addresses look so: most of them are small and no
 * originator is named, but octets cut at the wrong place are large, or end
 * in a zero that belongs to another field.
 */
static unsigned
oddness(const uint8_t *p, struct iec104_sizes z)
{
	const uint8_t *ioa = p + 2 + z.cot + z.ca;
	uint16_t ca = common_address(p, z);
	bool high = z.ioa > 1 && ioa[z.ioa - 1] != 0;
	bool named = high || ioa[0] != 0 || (z.ioa == 3 && ioa[1] != 0);
	unsigned odd = 0;

	if (z.cot == 2 && p[3] != 0) /* of its own accord it answers nobody */
		odd += (p[2] & 0x3f) < IEC104_REQUEST ? 3 : 1;
	if (ca > 0xff && ca != 0xffff) /* that is every station */
		odd += 2;
	if (high && (z.ioa == 3 || ioa[0] == 0))
		odd++;
	if (named != names_object(p[0]))
		odd += named ? 8 : 3;
	return odd;
}

static void
add_oddness(struct iec104_flow *f, const uint8_t *p)
{
	bool full = false;

	for (unsigned i = 0; i < IEC104_COMBINATIONS; i++) {
		if ((f->possible >> i & 1) == 0)
			continue;
		f->odd[i] += (uint8_t)oddness(p, combination(i));
		full = full || f->odd[i] >= ODD_MAX;
	}
	for (unsigned i = 0; full && i < IEC104_COMBINATIONS; i++)
		f->odd[i] /= 2;
}

/* The likeliest of those that are possible; the commoner one of equals. */
static unsigned
best(const struct iec104_flow *f)
{
	/* 2/2/3, 1/1/2, 2/2/2, 1/2/2, 1/2/3, 2/1/2, 1/1/3, ... */
	static const uint8_t order[IEC104_COMBINATIONS] = { 11, 1, 10, 4, 5, 7,
		2, 8, 0, 3, 6, 9 };
	unsigned found = order[0], least = ~0U;

	for (unsigned i = 0; i < IEC104_COMBINATIONS; i++) {
		unsigned n = order[i];

		if ((f->possible >> n & 1) != 0 && f->odd[n] < least) {
			least = f->odd[n];
			found = n;
		}
	}
	return found;
}

static void
start_over(struct iec104_flow *f)
{
	f->settled = false;
	f->other = f->agreed = f->misfits = 0;
	memset(f->odd, 0, sizeof(f->odd));
}

/* The unit fits the configured sizes, and, if it is proof, no others. */
static const char *
agree(struct iec104_flow *f, bool proof)
{
	unsigned misfits = f->misfits;

	if (misfits > 0)
		start_over(f);
	f->settled = proof || ++f->agreed == ENOUGH;
	if (misfits >= ENOUGH)
		return CHANGED;
	return misfits > 0 ? "an earlier unit did not fit its number of objects"
	                   : NULL;
}

/* The unit does not fit the configured sizes, or others were found before. */
static const char *
search(struct iec104_flow *f, const uint8_t *p, unsigned now,
    struct iec104_apdu *a)
{
	unsigned left = f->misfits > 0 ? f->possible & now : now;

	if (left == 0 && f->misfits == ENOUGH)
		return NULL; /* what it is, its objects will show */
	if (left == 0) {
		start_over(f);
		left = now;
	}
	f->possible = (uint16_t)left;
	add_oddness(f, p);
	if (f->misfits < ENOUGH)
		f->misfits++;
	f->other = (uint8_t)(best(f) + 1);
	a->sizes = combination(f->other - 1U);
	f->settled = f->misfits == ENOUGH && (left & (left - 1)) == 0;
	if (f->misfits == ENOUGH)
		return NULL;
	a->guessed = true;
	return "address sizes differ from the configured ones";
}

/* Nothing is settled yet: what the unit that needs and has n octets tells. */
static const char *
unsettled(struct iec104_flow *f, const uint8_t *p, size_t n,
    struct iec104_sizes agreed, struct iec104_apdu *a)
{
	unsigned now = fitting(p, n), own = 1U << number_of(agreed);
	bool fits = iec104_asdu_need(p, n, agreed) == n;

	if (fits && (f->misfits == 0 || now == own)) {
		a->sizes = agreed;
		return agree(f, now == own);
	}
	return now == 0 ? NULL : search(f, p, now, a);
}

static struct iec104_sizes
configured(const struct iec104_settings *s)
{
	return (struct iec104_sizes){ (uint8_t)s->cot_size, (uint8_t)s->ca_size,
		(uint8_t)s->ioa_size };
}

struct iec104_sizes
iec104_sizes_in_use(
    const struct iec104_flow *f, const struct iec104_settings *s)
{
	return f->other > 0 ? combination(f->other - 1U) : configured(s);
}

const char *
iec104_find_sizes(const struct reader *r, const struct iec104_settings *s,
    struct iec104_flow *f, struct iec104_apdu *a)
{
	struct iec104_sizes agreed = configured(s);
	size_t n = rd_left(r);

	if (!f->settled)
		return unsettled(f, r->p, n, agreed, a);
	if (f->other == 0 || iec104_asdu_need(r->p, n, agreed) != n)
		return NULL;
	start_over(f);
	a->sizes = agreed;
	return CHANGED;
}
