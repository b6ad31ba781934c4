/* SPDX-License-Identifier: Apache-2.0 */
/* DNP3 authentication objects, g120 (IEEE 1815-2012, A.45). */
#include <config.h>

#include "dissectors/dnp3/parts.h"

static void
who(struct reader *r, struct dnp3_auth *a)
{
	a->seq = dnp3_u32(r);
	a->user = rd_u16le(r);
}

static void
read_challenge(struct reader *r, struct dnp3_auth *a)
{
	who(r, a);
	a->mac_algorithm = rd_u8(r);
	a->reason = rd_u8(r);
	a->challenge = rd_rest(r);
}

static void
read_key_status(struct reader *r, struct dnp3_auth *a)
{
	who(r, a);
	a->key_wrap = rd_u8(r);
	a->key_status = rd_u8(r);
	a->mac_algorithm = rd_u8(r);
	a->challenge = rd_bytes(r, rd_u16le(r));
	a->mac = rd_rest(r);
}

static void
read_error(struct reader *r, struct dnp3_auth *a)
{
	who(r, a);
	a->association = rd_u16le(r);
	a->error = rd_u8(r);
	a->time_ms = dnp3_u48(r);
	a->text = rd_rest(r);
}

static void
read_certificate(struct reader *r, struct dnp3_auth *a)
{
	a->method = rd_u8(r);
	a->certificate_type = rd_u8(r);
	a->certificate = rd_rest(r);
}

static void
read_user_change(struct reader *r, struct dnp3_auth *a)
{
	uint16_t name, key, certificate;

	a->method = rd_u8(r);
	a->operation = rd_u8(r);
	a->seq = dnp3_u32(r);
	a->role = rd_u16le(r);
	a->expiry = rd_u16le(r);
	name = rd_u16le(r);
	key = rd_u16le(r);
	certificate = rd_u16le(r);
	a->name = rd_bytes(r, name);
	a->key = rd_bytes(r, key);
	a->certificate = rd_bytes(r, certificate);
}

static void
read_update_request(struct reader *r, struct dnp3_auth *a)
{
	uint16_t name, challenge;

	a->method = rd_u8(r);
	name = rd_u16le(r);
	challenge = rd_u16le(r);
	a->name = rd_bytes(r, name);
	a->challenge = rd_bytes(r, challenge);
}

/* g120v2, v3, v6, v12 and v13 differ in what comes behind the user. */
static void
read_short(struct reader *r, uint8_t variation, struct dnp3_auth *a)
{
	who(r, a);
	if (variation == 2)
		a->mac = rd_rest(r);
	else if (variation == 6)
		a->wrapped = rd_rest(r);
	else if (variation == 12)
		a->challenge = rd_bytes(r, rd_u16le(r));
	else if (variation == 13)
		a->wrapped = rd_bytes(r, rd_u16le(r));
}

static void
read_fields(struct reader *r, uint8_t variation, struct dnp3_auth *a)
{
	switch (variation) {
	case 1:
		read_challenge(r, a);
		break;
	case 4:
		a->user = rd_u16le(r);
		break;
	case 5:
		read_key_status(r, a);
		break;
	case 7:
		read_error(r, a);
		break;
	case 8:
		read_certificate(r, a);
		break;
	case 10:
		read_user_change(r, a);
		break;
	case 11:
		read_update_request(r, a);
		break;
	case 9:
	case 14: /* the signature proves the same as a MAC */
	case 15:
		a->mac = rd_rest(r);
		break;
	default:
		read_short(r, variation, a);
	}
}

bool
dnp3_auth(const struct dnp3_header *h, const struct dnp3_point *p,
    struct dnp3_auth *a)
{
	struct reader r;

	if (h->group != 120 || h->variation < 1 || h->variation > 15 ||
	    p->value.p == NULL)
		return false;
	*a = (struct dnp3_auth){ 0 };
	r = rd_over(p->value.p, p->value.n, p->value.n);
	read_fields(&r, h->variation, a);
	return r.err == RD_OK;
}
