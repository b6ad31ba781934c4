/* SPDX-License-Identifier: Apache-2.0 */
/* The extension of a GOOSE frame (IEC 62351-6), in any public reading of it. */
#include <config.h>

#include "dissectors/crc16.h"
#include "dissectors/goose/parts.h"

#define DEPTH 4
#define NUMBER_MAX 4 /* octets; what is longer is no number */

enum { /* tags seen in it */
	SEQUENCE = 0x30,
	AUTH_VERSION = 0x80,
	AUTH_CURRENT_KEY,
	AUTH_NEXT_KEY,
	AUTH_KEY_ID, /* 2007: the authentication value */
	AUTH_IV,
	AUTH_MAC
};

/* Over the first 8 octets from the ethertype on, in Reserved2 (2007). */
static bool
header_crc(const struct goose_pdu *p)
{
	const uint8_t head[] = { 0x88, p->tag == GOOSE_MANAGEMENT ? 0xb9 : 0xb8,
		(uint8_t)(p->appid >> 8), (uint8_t)p->appid,
		(uint8_t)(p->length >> 8), (uint8_t)p->length,
		(uint8_t)(p->reserved1 >> 8), (uint8_t)p->reserved1 };

	return crc16_x25(head, sizeof(head)) == p->reserved2;
}

static void
number(struct goose_auth *a, unsigned field, uint32_t *to, struct bytes v)
{
	if (v.n == 0 || v.n > NUMBER_MAX)
		return;
	a->has |= field;
	*to = 0;
	for (size_t i = 0; i < v.n; i++)
		*to = *to << 8 | v.p[i];
}

static void
field(struct goose_auth *a, uint32_t tag, struct bytes v)
{
	if (tag == AUTH_VERSION)
		number(a, GOOSE_AUTH_VERSION, &a->version, v);
	else if (tag == AUTH_CURRENT_KEY)
		number(a, GOOSE_AUTH_CURRENT_KEY, &a->current_key, v);
	else if (tag == AUTH_NEXT_KEY)
		number(a, GOOSE_AUTH_NEXT_KEY, &a->next_key, v);
	else if (tag == AUTH_KEY_ID && v.n <= NUMBER_MAX)
		number(a, GOOSE_AUTH_KEY_ID, &a->key_id, v);
	else if (tag == AUTH_IV)
		a->iv = v;
	else if (tag == AUTH_MAC || tag == AUTH_KEY_ID)
		a->mac = v;
}

/* Whether all of r is BER; the fields are taken wherever they stand. */
static bool
fields(struct goose_auth *a, struct reader r, int depth)
{
	struct ber e;

	while (ber_next(&r, &e)) {
		struct bytes v = rd_bytes(&r, e.len);

		if (r.err != RD_OK)
			return false;
		if ((e.tag & BER_CONSTRUCTED) == 0)
			field(a, e.tag, v);
		else if (depth == DEPTH ||
		         !fields(a, rd_over(v.p, v.n, v.n), depth + 1))
			return false;
	}
	return r.err == RD_OK;
}

/* Whether one element, such as an extension may be, takes n octets of r. */
static bool
is_extension(struct reader r, size_t n)
{
	const uint8_t *begin = r.p;
	struct ber e;

	if (!ber_next(&r, &e))
		return false;
	if (e.tag != SEQUENCE && e.tag != AUTH_MAC && (e.tag & 0xe0) != 0xa0)
		return false;
	return (size_t)(r.p - begin) + e.len == n;
}

static enum goose_reading
reading(const struct goose_pdu *p, size_t n, bool ber)
{
	if ((p->reserved1 & 0xffU) == n)
		return GOOSE_RESERVED1;
	if ((p->reserved1 & 0xfffU) == n)
		return GOOSE_RESERVED1_12;
	if (p->reserved2 == n)
		return GOOSE_RESERVED2;
	return ber ? GOOSE_PLAIN_BER : GOOSE_UNREAD;
}

size_t
goose_auth_behind(const struct goose_pdu *p, struct reader r)
{
	size_t n = p->reserved1 & 0xffU;

	if (n == 0)
		return 0;
	return header_crc(p) || is_extension(r, n) ? n : 0;
}

void
goose_auth_read(struct goose_pdu *p, struct bytes octets, bool behind)
{
	struct goose_auth *a = &p->auth, none = { 0 };
	struct reader r = rd_over(octets.p, octets.n, octets.n);
	bool ber = is_extension(r, octets.n) && fields(a, r, 0);

	if (!ber)
		*a = none; /* half of a key id is none */
	a->octets = octets;
	a->reading = behind ? GOOSE_BEHIND : reading(p, octets.n, ber);
	if (header_crc(p))
		a->has |= GOOSE_AUTH_HEADER_CRC;
}

static void
write_number(const struct goose_auth *a, unsigned field_bit, const char *key,
    uint32_t v, struct json *j)
{
	if ((a->has & field_bit) != 0)
		json_u64(j, key, v);
}

void
goose_write_auth(const struct goose_auth *a, struct json *j)
{
	static const char *const name[] = { "none", "behind", "reserved1",
		"reserved1-12", "reserved2", "ber", "unknown" };

	if (a->reading == GOOSE_NO_AUTH)
		return;
	json_open(j, "auth", '{');
	json_text(j, "reading", name[a->reading]);
	json_u64(j, "length", a->octets.n);
	json_bool(j, "header_crc", (a->has & GOOSE_AUTH_HEADER_CRC) != 0);
	write_number(a, GOOSE_AUTH_VERSION, "version", a->version, j);
	write_number(a, GOOSE_AUTH_KEY_ID, "key_id", a->key_id, j);
	write_number(a, GOOSE_AUTH_CURRENT_KEY, "time_of_current_key",
	    a->current_key, j);
	write_number(
	    a, GOOSE_AUTH_NEXT_KEY, "time_to_next_key", a->next_key, j);
	if (a->iv.n > 0)
		json_u64(j, "iv_length", a->iv.n);
	if (a->mac.n > 0)
		json_u64(j, "mac_length", a->mac.n);
	json_close(j, '}');
}
