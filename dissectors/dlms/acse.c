/* SPDX-License-Identifier: Apache-2.0 */
/* ACSE (IEC 62056-5-3, 8.3) and the xDLMS initiate services (9.3.2). */
#include <config.h>

#include <string.h>

#include "dissectors/ber.h"
#include "dissectors/dlms/apdu.h"
#include "dissectors/dlms/axdr.h"

#define USER_INFORMATION 0xbe

/* joint-iso-ccitt country(16) country-name(756) organisation(5) DLMS-UA(8) */
static const uint8_t dlms_arc[] = { 0x60, 0x85, 0x74, 0x05, 0x08 };

/* Which DLMS name it is: the context below arc 1, the mechanism below 2. */
static void
name(struct bytes oid, uint8_t arc, struct dlms_apdu *a, struct dlms_number *to)
{
	if (oid.n == sizeof(dlms_arc) + 2 && oid.p[sizeof(dlms_arc)] == arc &&
	    memcmp(oid.p, dlms_arc, sizeof(dlms_arc)) == 0)
		*to = (struct dlms_number){ true, oid.p[oid.n - 1] };
	else if (oid.n > 0 && a->flaw == NULL)
		a->flaw = "object identifier is not one of DLMS";
}

static bool
next(struct reader *r, struct dlms_apdu *a, struct ber *e)
{
	e->flaw = NULL;
	if (ber_next(r, e))
		return true;
	if (e->flaw != NULL && a->flaw == NULL)
		a->flaw = e->flaw;
	return false;
}

/* The contents of the one element within r, whatever its tag. */
static struct bytes
within(struct reader *r, struct dlms_apdu *a)
{
	struct ber e;

	if (!next(r, a, &e))
		return (struct bytes){ NULL, 0 };
	return rd_bytes(r, e.len);
}

static void
integer(struct reader *r, struct dlms_apdu *a, struct dlms_number *to)
{
	struct bytes v = within(r, a);

	if (r->err != RD_OK || v.n == 0 || v.n > 4)
		return;
	to->there = true;
	for (size_t i = 0; i < v.n; i++)
		to->v = to->v << 8 | v.p[i];
}

static void
diagnostic(struct reader *r, struct dlms_apdu *a)
{
	struct reader source;
	struct ber e;

	if (!next(r, a, &e))
		return;
	a->acse.provider = (e.tag & 0x1f) == 2;
	source = rd_sub(r, e.len);
	integer(&source, a, &a->acse.diagnostic);
	if (r->err == RD_OK)
		r->err = source.err;
}

static void
user_information(struct reader *r, struct dlms_apdu *a)
{
	struct bytes v = within(r, a);
	struct reader apdu;

	if (r->err != RD_OK || v.n == 0)
		return;
	apdu = rd_over(v.p, v.n, v.n);
	dlms_apdu_user_information(&apdu, a);
	r->err = apdu.err;
}

/* Elements that AARQ and AARE number alike. */
static void
common(struct reader *r, struct dlms_apdu *a, uint32_t tag)
{
	switch (tag) {
	case 0xa1:
		name(within(r, a), 1, a, &a->acse.context);
		break;
	case USER_INFORMATION:
		user_information(r, a);
		break;
	default:
		r->p = r->end; /* its wall is behind it */
	}
}

static void
aarq(struct reader *r, struct dlms_apdu *a, uint32_t tag)
{
	switch (tag) {
	case 0xa2:
		a->acse.called_title = within(r, a);
		break;
	case 0xa6:
		a->acse.calling_title = within(r, a);
		break;
	case 0xa7:
		a->acse.calling_qualifier = within(r, a);
		break;
	case 0xa9:
		integer(r, a, &a->acse.calling_invocation);
		break;
	case 0x8b:
		name(rd_rest(r), 2, a, &a->acse.mechanism);
		break;
	case 0xac:
		a->acse.authentication = within(r, a);
		break;
	default:
		common(r, a, tag);
	}
}

static void
aare(struct reader *r, struct dlms_apdu *a, uint32_t tag)
{
	switch (tag) {
	case 0xa2:
		integer(r, a, &a->acse.result);
		break;
	case 0xa3:
		diagnostic(r, a);
		break;
	case 0xa4:
		a->acse.responding_title = within(r, a);
		break;
	case 0xa5:
		a->acse.responding_qualifier = within(r, a);
		break;
	case 0xa7:
		integer(r, a, &a->acse.responding_invocation);
		break;
	case 0x89:
		name(rd_rest(r), 2, a, &a->acse.mechanism);
		break;
	case 0xaa:
		a->acse.authentication = within(r, a);
		break;
	default:
		common(r, a, tag);
	}
}

static void
release(struct reader *r, struct dlms_apdu *a, uint32_t tag)
{
	struct bytes v;

	if (tag != 0x80) {
		common(r, a, tag);
		return;
	}
	v = rd_rest(r);
	if (v.n == 1)
		a->acse.reason = (struct dlms_number){ true, v.p[0] };
}

static void
element(struct reader *r, struct dlms_apdu *a, uint32_t tag)
{
	if (a->tag == DLMS_AARQ)
		aarq(r, a, tag);
	else if (a->tag == DLMS_AARE)
		aare(r, a, tag);
	else
		release(r, a, tag);
}

/* What is wrong within a name leaves the elements behind it readable. */
static enum rd_err
verdict(const struct reader *r, struct dlms_apdu *a, uint32_t tag)
{
	if (r->err != RD_MALFORMED || tag == USER_INFORMATION)
		return r->err;
	if (a->flaw == NULL)
		a->flaw = "ACSE element ends before its length";
	return RD_OK;
}

void
dlms_acse_read(struct reader *r, struct dlms_apdu *a)
{
	/* the tag is gone: what is left begins with the length */
	struct ber e = { .tag = a->tag };
	struct reader all, one;
	uint8_t n = rd_u8(r);

	e.len = n;
	if (n >= 0x80 && !ber_long_length(r, &e, n)) {
		dlms_apdu_fail(r, a, e.flaw);
		return;
	}
	all = rd_sub(r, e.len);
	while (all.err == RD_OK && next(&all, a, &e)) {
		one = rd_sub(&all, e.len);
		element(&one, a, e.tag);
		if (all.err == RD_OK)
			all.err = verdict(&one, a, e.tag);
	}
	if (r->err == RD_OK)
		r->err = all.err;
}

/* [APPLICATION 31] in BER; older stacks write the tag in one octet. */
static uint32_t
conformance(struct reader *r, struct dlms_apdu *a)
{
	uint8_t length;
	uint32_t bits;

	if (rd_u8(r) != 0x5f && r->err == RD_OK)
		dlms_apdu_fail(r, a, "initiate without conformance");
	length = rd_u8(r);
	if (length == 0x1f)
		length = rd_u8(r);
	if (r->err == RD_OK && length != 4)
		dlms_apdu_fail(r, a, "conformance is not of 24 bits");
	rd_u8(r); /* unused bits */
	bits = (uint32_t)rd_u8(r) << 16;
	return bits | rd_u16be(r);
}

void
dlms_acse_request(struct reader *r, struct dlms_apdu *a)
{
	struct dlms_initiate *i = &a->initiate;

	if (axdr_there(r))
		i->dedicated_key = axdr_octets(r);
	if (axdr_there(r)) /* response-allowed */
		rd_u8(r);
	if (axdr_there(r)) /* quality of service */
		rd_u8(r);
	i->version = rd_u8(r);
	i->conformance = conformance(r, a);
	i->max_pdu = rd_u16be(r);
	i->there = r->err == RD_OK;
}

void
dlms_acse_response(struct reader *r, struct dlms_apdu *a)
{
	struct dlms_initiate *i = &a->initiate;

	if (axdr_there(r)) /* quality of service */
		rd_u8(r);
	i->version = rd_u8(r);
	i->conformance = conformance(r, a);
	i->max_pdu = rd_u16be(r);
	i->vaa_name = rd_u16be(r);
	i->response = true;
	i->there = r->err == RD_OK;
}
