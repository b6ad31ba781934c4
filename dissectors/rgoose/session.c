/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The session header (IEC TR 61850-90-5, 8.2).  Versions and implementations
 * differ in which fields stand behind the key times and in what a length
 * counts, and the version number does not tell: every reading is tried.
 */
#include <config.h>

#include "dissectors/rgoose/parts.h"

#define CLTP_LENGTH 0x01 /* LI and TI of the connectionless transport */
#define CLTP_UNITDATA 0x40
#define COMMON_HEADER 0x80
#define COMMON_MIN 10 /* SPDU length, number and version */

#define SIGNATURE 0x85
#define PADDING 0xaf

enum { /* a reading is a set of these */
	NO_ALGORITHMS = 1,
	NO_IV = 2,
	LENGTH_COUNTS_ITSELF = 4,
	READINGS = 8
};

static uint32_t
u32be(struct reader *r)
{
	uint32_t high = rd_u16be(r);

	return high << 16 | rd_u16be(r);
}

bool
rgoose_head(struct reader *r, struct rgoose_spdu *s)
{
	uint8_t length, tag, common;

	s->si = rd_u8(r);
	if (s->si == CLTP_LENGTH) {
		if (rd_u8(r) != CLTP_UNITDATA)
			return r->err != RD_OK;
		s->si = rd_u8(r);
	}
	length = rd_u8(r);
	tag = rd_u8(r);
	common = rd_u8(r);
	if (r->err == RD_OK &&
	    (s->si < RGOOSE_TUNNEL || s->si > RGOOSE_MANAGEMENT ||
	        tag != COMMON_HEADER || common < COMMON_MIN ||
	        length < common + 2))
		return false;
	s->spdu_length = u32be(r);
	s->number = u32be(r);
	s->version = rd_u16be(r);
	s->current_key = u32be(r);
	s->next_key = rd_u16be(r);
	s->headed = r->err == RD_OK;
	return true;
}

static bool
is_readable(uint8_t tag)
{
	return tag == RGOOSE_PAYLOAD_GOOSE || tag == RGOOSE_PAYLOAD_SV;
}

/* Whether elements fill all of r, when a length counts so many of its own. */
static bool
fills(struct reader r, unsigned own)
{
	while (rd_left(&r) > 0) {
		uint8_t tag = rd_u8(&r), flag;
		uint16_t n;

		if (tag == PADDING) {
			rd_bytes(&r, rd_u8(&r));
			continue;
		}
		flag = rd_u8(&r);
		rd_u16be(&r);
		n = rd_u16be(&r);
		if (!is_readable(tag) || (flag > 1 && flag != 0xff) || n <= own)
			return false;
		rd_bytes(&r, n - own);
	}
	return r.err == RD_OK;
}

bool
rgoose_element(struct bytes payload, struct rgoose_spdu *s, struct reader *apdu)
{
	struct reader r = rd_over(payload.p, payload.n, payload.n);
	unsigned own = fills(r, 2) ? 2 : 0;
	bool fit = own == 2 || fills(r, 0);

	s->payload_tag = rd_u8(&r);
	if (s->payload_tag == RGOOSE_PAYLOAD_TUNNEL ||
	    s->payload_tag == RGOOSE_PAYLOAD_MANAGEMENT)
		return true;
	if (!fit || !is_readable(s->payload_tag)) {
		s->payload_tag = 0;
		return false;
	}
	s->goose.header_sim = rd_u8(&r) != 0;
	s->goose.appid = rd_u16be(&r);
	s->goose.length = rd_u16be(&r);
	s->goose.headed = true;
	*apdu = rd_sub(&r, s->goose.length - own);
	return true;
}

/* Padding, then the signature; false if either is cut off. */
static bool
read_tail(struct reader *r, struct rgoose_spdu *s, bool *is_signed)
{
	uint8_t tag;
	struct bytes v;

	while (!*is_signed && rd_left(r) > 0) {
		tag = rd_u8(r);
		v = rd_bytes(r, rd_u8(r));
		if (tag != SIGNATURE && tag != PADDING)
			return false;
		if (tag == PADDING)
			continue;
		*is_signed = true;
		s->mac = v;
	}
	return r->err == RD_OK;
}

static bool
read_fields(struct reader *r, struct rgoose_spdu *s, unsigned reading)
{
	uint32_t n;

	s->has_algorithms = (reading & NO_ALGORITHMS) == 0;
	if (s->has_algorithms) {
		s->encryption = rd_u8(r);
		s->authentication = rd_u8(r);
	}
	s->key_id = u32be(r);
	if ((reading & NO_IV) == 0)
		s->iv = rd_bytes(r, rd_u8(r));
	n = u32be(r);
	if ((reading & LENGTH_COUNTS_ITSELF) != 0)
		n -= n < 4 ? n : 4;
	s->payload = rd_bytes(r, n);
	return r->err == RD_OK && n >= RGOOSE_ELEMENT;
}

static enum rgoose_fit
attempt(struct reader r, struct rgoose_spdu *s, unsigned reading)
{
	bool is_signed = false, secret;
	struct rgoose_spdu probe = { 0 };
	struct reader apdu;

	if (!read_fields(&r, s, reading) || !read_tail(&r, s, &is_signed))
		return RGOOSE_FIT_NONE;
	s->fits = true;
	secret = s->encryption != 0 || s->iv.n > 0;
	if (!secret && !rgoose_element(s->payload, &probe, &apdu))
		return RGOOSE_FIT_UNREADABLE;
	/* so odd a reading needs the lengths within to confirm it */
	if (!secret && (reading & LENGTH_COUNTS_ITSELF) != 0 &&
	    !is_readable(probe.payload_tag))
		return RGOOSE_FIT_NONE;
	if ((secret || s->authentication != 0) && !is_signed)
		return RGOOSE_FIT_UNSIGNED;
	return rd_left(&r) > 0 ? RGOOSE_FIT_TRAILING : RGOOSE_FIT_WHOLE;
}

enum rgoose_fit
rgoose_session(struct reader r, struct rgoose_spdu *s)
{
	struct rgoose_spdu head = *s, candidate;
	enum rgoose_fit best = RGOOSE_FIT_NONE, fit;

	for (unsigned i = 0; i < READINGS && best != RGOOSE_FIT_WHOLE; i++) {
		candidate = head;
		fit = attempt(r, &candidate, i);
		if (fit <= best)
			continue;
		best = fit;
		*s = candidate;
	}
	return best;
}
