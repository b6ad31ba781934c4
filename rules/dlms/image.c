/* SPDX-License-Identifier: Apache-2.0 */
/* A firmware image as its blocks go by (class 18, IEC 62056-6-2). */
#include <config.h>

#include <string.h>

#include "dissectors/dlms/axdr.h"
#include "rules/dlms/image.h"

/* Both methods have a structure of two; each half may be of either type. */
static bool
pair(struct bytes data, struct axdr_value *a, struct axdr_value *b)
{
	struct reader r =
	    rd_over(data.n > 0 ? data.p : (const uint8_t *)"", data.n, data.n);
	struct axdr_value v;

	return axdr_value(&r, &v) && v.type == AXDR_STRUCTURE && v.count == 2 &&
	       axdr_value(&r, a) && axdr_value(&r, b);
}

static bool
number(const struct axdr_value *v, uint32_t *to)
{
	int64_t n;

	if (!axdr_integer(v, &n) || n < 0 || n > UINT32_MAX)
		return false;
	*to = (uint32_t)n;
	return true;
}

bool
image_begin(struct image *m, struct bytes data)
{
	struct axdr_value identifier, size;
	size_t n;

	memset(m, 0, sizeof(*m));
	if (!pair(data, &identifier, &size) ||
	    identifier.type != AXDR_OCTET_STRING || !number(&size, &m->size))
		return false;
	n = identifier.octets.n;
	m->identifier_n =
	    (uint8_t)(n < IMAGE_IDENTIFIER ? n : IMAGE_IDENTIFIER);
	if (n > 0)
		memcpy(m->identifier, identifier.octets.p, m->identifier_n);
	m->ordered = true;
	SHA256_Init(&m->sha);
	return true;
}

bool
image_same(const struct image *a, const struct image *b)
{
	return a->size == b->size && a->identifier_n == b->identifier_n &&
	       memcmp(a->identifier, b->identifier, a->identifier_n) == 0;
}

/* Whether it had not been seen; what has no bit of its own counts as new. */
static bool
mark(struct image *m, uint32_t n)
{
	uint64_t bit = UINT64_C(1) << (n % 64);

	if (n >= IMAGE_BLOCKS)
		return n >= m->highest;
	if (m->seen[n / 64] & bit)
		return false;
	m->seen[n / 64] |= bit;
	return true;
}

static uint32_t
expected(const struct image *m)
{
	if (m->size == 0 || m->block_size == 0)
		return m->highest;
	return (
	    uint32_t)(((uint64_t)m->size + m->block_size - 1) / m->block_size);
}

bool
image_put(struct image *m, struct bytes data)
{
	struct axdr_value place, part;
	uint32_t n, holes;

	if (!pair(data, &place, &part) || !number(&place, &n) ||
	    part.type != AXDR_OCTET_STRING || n == UINT32_MAX)
		return false;
	if (!mark(m, n))
		return false; /* sent again */
	if (part.octets.n > m->block_size)
		m->block_size = (uint32_t)part.octets.n;
	if (n != m->blocks)
		m->ordered = false;
	if (m->ordered && part.octets.n > 0) {
		SHA256_Update(&m->sha, part.octets.p, part.octets.n);
		m->octets += part.octets.n;
	}
	m->blocks++;
	if (n + 1 > m->highest)
		m->highest = n + 1;
	holes = image_holes(m);
	return m->size > 0 && holes == 0;
}

uint32_t
image_holes(const struct image *m)
{
	uint32_t all = expected(m);

	if (m->highest > all)
		all = m->highest;
	if (m->size > 0 && all == 0)
		all = 1; /* not one block came */
	return all > m->blocks ? all - m->blocks : 0;
}

bool
image_digest(const struct image *m, uint8_t sha256[IMAGE_SHA256])
{
	SHA256_CTX copy = m->sha;

	if (!m->ordered || m->size == 0 || m->octets != m->size)
		return false;
	return SHA256_Final(sha256, &copy) == 1;
}
