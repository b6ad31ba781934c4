/* SPDX-License-Identifier: Apache-2.0 */
/* BER (X.690) over a reader: tag and definite length, the contents behind. */
#ifndef DISSECTORS_BER_H
#define DISSECTORS_BER_H

#include <stdbool.h>

#include "dissectors/reader.h"

struct ber {
	uint32_t tag; /* identifier octets as they stand: 0x61, 0x5f1f */
	size_t len;   /* octets of contents; they may not all be there */
	/*
	 * Why it could not be read, a literal, or NULL when octets were
	 * missing.  A caller that uses one for all elements sets it to NULL.
	 */
	const char *flaw;
};

#define BER_CONSTRUCTED 0x20
#define BER_OCTETS 4 /* at most, of a tag and of a length */

static inline bool
ber_fail(struct reader *r, struct ber *e, const char *flaw)
{
	e->flaw = flaw;
	rd_fail(r);
	return false;
}

/* The second and later identifier octets (8.1.2.4). */
static inline bool
ber_long_tag(struct reader *r, struct ber *e)
{
	uint8_t octet;

	for (int n = 1; n < BER_OCTETS; n++) {
		octet = rd_u8(r);
		e->tag = e->tag << 8 | octet;
		if (octet < 0x80)
			return r->err == RD_OK;
	}
	return ber_fail(r, e, "a BER tag has too many octets");
}

/* The second and later length octets; n is the first (8.1.3.5, 8.1.3.6). */
static inline bool
ber_long_length(struct reader *r, struct ber *e, uint8_t n)
{
	if (n == 0x80)
		return ber_fail(r, e, "a BER element has an indefinite length");
	n &= 0x7f;
	if (n > BER_OCTETS)
		return ber_fail(r, e, "a BER length has too many octets");
	for (e->len = 0; n > 0; n--)
		e->len = e->len << 8 | rd_u8(r);
	return r->err == RD_OK;
}

/*
 * The next element's tag and length; its contents are next in r and the
 * caller's to take, with rd_sub() or rd_bytes().  False at the end of r, and
 * when r has failed.
 */
static inline bool
ber_next(struct reader *r, struct ber *e)
{
	uint8_t n;

	if (r->err != RD_OK || (r->p == r->end && r->lost == 0))
		return false;
	e->tag = rd_u8(r);
	if ((e->tag & 0x1f) == 0x1f && !ber_long_tag(r, e))
		return false;
	n = rd_u8(r);
	e->len = n;
	if (n >= 0x80)
		return ber_long_length(r, e, n);
	return r->err == RD_OK;
}

#endif
