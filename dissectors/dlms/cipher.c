/* SPDX-License-Identifier: Apache-2.0 */
/* Headers of protected APDUs (IEC 62056-5-3, 5.7 and 8.2.4); no key is here. */
#include <config.h>

#include "dissectors/dlms/apdu.h"
#include "dissectors/dlms/axdr.h"

#define TAG_SIZE 12 /* of the authentication tag, in every suite */

/* Security header, then what it protects. */
static void protected(struct reader *r, struct dlms_apdu *a)
{
	struct dlms_cipher *c = &a->cipher;
	struct bytes rest;
	size_t tag;

	c->sc = rd_u8(r);
	c->ic = axdr_u32(r);
	c->there = r->err == RD_OK;
	rest = rd_rest(r);
	if (r->err != RD_OK)
		return;
	tag = (c->sc & DLMS_SC_AUTHENTICATED) != 0 ? TAG_SIZE : 0;
	if (rest.n < tag) {
		dlms_apdu_fail(r, a, "protected APDU without room for its tag");
		return;
	}
	c->text = (struct bytes){ rest.p, rest.n - tag };
	c->tag = (struct bytes){ rest.p + c->text.n, tag };
	if ((c->sc & (DLMS_SC_ENCRYPTED | DLMS_SC_COMPRESSED)) == 0)
		a->content = c->text;
}

void
dlms_cipher_read(struct reader *r, struct dlms_apdu *a)
{
	uint32_t n = axdr_length(r);
	struct reader wall = rd_sub(r, n);

	protected(&wall, a);
	if (r->err == RD_OK)
		r->err = wall.err;
}

/* transaction-id to other-information */
static void
fields(struct reader *r, struct dlms_cipher *c)
{
	const uint8_t *start = r->p;

	c->transaction = axdr_octets(r);
	c->title = axdr_octets(r);
	c->recipient = axdr_octets(r);
	c->date_time = axdr_octets(r);
	c->other = axdr_octets(r);
	if (r->err == RD_OK)
		c->fields = (struct bytes){ start, (size_t)(r->p - start) };
}

static void
key_info(struct reader *r, struct dlms_apdu *a)
{
	struct dlms_cipher *c = &a->cipher;
	uint8_t choice;

	if (!axdr_there(r))
		return;
	choice = rd_u8(r);
	if (r->err != RD_OK)
		return;
	if (choice > 2) {
		dlms_apdu_fail(r, a, "key-info of an unknown choice");
		return;
	}
	c->key_info = (enum dlms_key_info)(DLMS_KEY_IDENTIFIED + choice);
	if (c->key_info == DLMS_KEY_AGREED)
		c->key_params = axdr_octets(r);
	else
		c->key_id = rd_u8(r);
	if (c->key_info != DLMS_KEY_IDENTIFIED)
		c->key_data = axdr_octets(r);
}

void
dlms_cipher_general(struct reader *r, struct dlms_apdu *a)
{
	if (a->tag == DLMS_GENERAL_CIPHERING) {
		fields(r, &a->cipher);
		key_info(r, a);
	} else {
		a->cipher.title = axdr_octets(r);
	}
	dlms_cipher_read(r, a);
}

void
dlms_cipher_signing(struct reader *r, struct dlms_apdu *a)
{
	fields(r, &a->cipher);
	a->content = axdr_octets(r);
	a->signature = axdr_octets(r);
}
