/* SPDX-License-Identifier: Apache-2.0 */
/* APDU tags of DLMS/COSEM (IEC 62056-5-3, table 45), and what reads each. */
#include <config.h>

#include "dissectors/dlms/apdu.h"
#include "dissectors/dlms/axdr.h"

static void
rest(struct reader *r, struct dlms_apdu *a)
{
	(void)a;
	rd_rest(r);
}

static void
service_error(struct reader *r, struct dlms_apdu *a)
{
	for (size_t i = 0; i < sizeof(a->error); i++)
		a->error[i] = rd_u8(r);
}

static void
exception(struct reader *r, struct dlms_apdu *a)
{
	a->state_error = rd_u8(r);
	a->service_error = rd_u8(r);
	/* invocation-counter-error: stacks before 2014 send no counter */
	if (a->service_error == 6 && rd_left(r) + r->lost > 0)
		a->expected_ic = (struct dlms_number){ true, axdr_u32(r) };
}

static void
block_transfer(struct reader *r, struct dlms_apdu *a)
{
	uint8_t control = rd_u8(r);

	a->last = control >> 7;
	a->streaming = (control >> 6 & 1) != 0;
	a->window = control & 0x3f;
	a->block.v = rd_u16be(r);
	a->ack.v = rd_u16be(r);
	a->block.there = a->ack.there = r->err == RD_OK;
	a->raw = axdr_octets(r);
}

static void
gateway(struct reader *r, struct dlms_apdu *a)
{
	a->network = rd_u8(r);
	a->address = axdr_octets(r);
	a->content = rd_rest(r);
	if (r->err == RD_OK && a->content.n == 0)
		dlms_apdu_fail(r, a, "gateway prefix without an APDU");
}

static const struct tag {
	const char *name;
	enum op_from from;
	void (*read)(struct reader *, struct dlms_apdu *);
} tags[256] = {
	[0x01] = { "initiate-request", OP_FROM_CLIENT, dlms_acse_request },
	[0x05] = { "read-request", OP_FROM_CLIENT, dlms_sn_read },
	[0x06] = { "write-request", OP_FROM_CLIENT, dlms_sn_write },
	[0x08] = { "initiate-response", OP_FROM_SERVER, dlms_acse_response },
	[0x0c] = { "read-response", OP_FROM_SERVER, dlms_sn_read_answer },
	[0x0d] = { "write-response", OP_FROM_SERVER, dlms_sn_write_answer },
	[0x0e] = { "confirmed-service-error", OP_FROM_SERVER, service_error },
	[0x0f] = { "data-notification", OP_FROM_SERVER, dlms_report_data },
	[0x10] = { "data-notification-confirm", OP_FROM_CLIENT,
	    dlms_report_data },
	[0x16] = { "unconfirmed-write-request", OP_FROM_CLIENT, dlms_sn_write },
	[0x18] = { "information-report-request", OP_FROM_SERVER,
	    dlms_sn_report },

	[0x21] = { "glo-initiate-request", OP_FROM_CLIENT, dlms_cipher_read },
	[0x25] = { "glo-read-request", OP_FROM_CLIENT, dlms_cipher_read },
	[0x26] = { "glo-write-request", OP_FROM_CLIENT, dlms_cipher_read },
	[0x28] = { "glo-initiate-response", OP_FROM_SERVER, dlms_cipher_read },
	[0x2c] = { "glo-read-response", OP_FROM_SERVER, dlms_cipher_read },
	[0x2d] = { "glo-write-response", OP_FROM_SERVER, dlms_cipher_read },
	[0x2e] = { "glo-confirmed-service-error", OP_FROM_SERVER,
	    dlms_cipher_read },
	[0x36] = { "glo-unconfirmed-write-request", OP_FROM_CLIENT,
	    dlms_cipher_read },
	[0x38] = { "glo-information-report-request", OP_FROM_SERVER,
	    dlms_cipher_read },

	[0x41] = { "ded-initiate-request", OP_FROM_CLIENT, dlms_cipher_read },
	[0x45] = { "ded-read-request", OP_FROM_CLIENT, dlms_cipher_read },
	[0x46] = { "ded-write-request", OP_FROM_CLIENT, dlms_cipher_read },
	[0x48] = { "ded-initiate-response", OP_FROM_SERVER, dlms_cipher_read },
	[0x4c] = { "ded-read-response", OP_FROM_SERVER, dlms_cipher_read },
	[0x4d] = { "ded-write-response", OP_FROM_SERVER, dlms_cipher_read },
	[0x4e] = { "ded-confirmed-service-error", OP_FROM_SERVER,
	    dlms_cipher_read },
	[0x56] = { "ded-unconfirmed-write-request", OP_FROM_CLIENT,
	    dlms_cipher_read },
	[0x58] = { "ded-information-report-request", OP_FROM_SERVER,
	    dlms_cipher_read },

	[0x60] = { "aarq", OP_FROM_CLIENT, dlms_acse_read },
	[0x61] = { "aare", OP_FROM_SERVER, dlms_acse_read },
	[0x62] = { "rlrq", OP_FROM_CLIENT, dlms_acse_read },
	[0x63] = { "rlre", OP_FROM_SERVER, dlms_acse_read },

	[0xc0] = { "get-request", OP_FROM_CLIENT, dlms_ln_get },
	[0xc1] = { "set-request", OP_FROM_CLIENT, dlms_ln_set },
	[0xc2] = { "event-notification-request", OP_FROM_SERVER,
	    dlms_report_event },
	[0xc3] = { "action-request", OP_FROM_CLIENT, dlms_ln_action },
	[0xc4] = { "get-response", OP_FROM_SERVER, dlms_ln_get_answer },
	[0xc5] = { "set-response", OP_FROM_SERVER, dlms_ln_set_answer },
	[0xc7] = { "action-response", OP_FROM_SERVER, dlms_ln_action_answer },

	[0xc8] = { "glo-get-request", OP_FROM_CLIENT, dlms_cipher_read },
	[0xc9] = { "glo-set-request", OP_FROM_CLIENT, dlms_cipher_read },
	[0xca] = { "glo-event-notification-request", OP_FROM_SERVER,
	    dlms_cipher_read },
	[0xcb] = { "glo-action-request", OP_FROM_CLIENT, dlms_cipher_read },
	[0xcc] = { "glo-get-response", OP_FROM_SERVER, dlms_cipher_read },
	[0xcd] = { "glo-set-response", OP_FROM_SERVER, dlms_cipher_read },
	[0xcf] = { "glo-action-response", OP_FROM_SERVER, dlms_cipher_read },

	[0xd0] = { "ded-get-request", OP_FROM_CLIENT, dlms_cipher_read },
	[0xd1] = { "ded-set-request", OP_FROM_CLIENT, dlms_cipher_read },
	[0xd2] = { "ded-event-notification-request", OP_FROM_SERVER,
	    dlms_cipher_read },
	[0xd3] = { "ded-action-request", OP_FROM_CLIENT, dlms_cipher_read },
	[0xd4] = { "ded-get-response", OP_FROM_SERVER, dlms_cipher_read },
	[0xd5] = { "ded-set-response", OP_FROM_SERVER, dlms_cipher_read },
	[0xd7] = { "ded-action-response", OP_FROM_SERVER, dlms_cipher_read },

	[0xd8] = { "exception-response", OP_FROM_SERVER, exception },
	[0xd9] = { "access-request", OP_FROM_CLIENT, dlms_report_access },
	[0xda] = { "access-response", OP_FROM_SERVER, dlms_report_accessed },
	[0xdb] = { "general-glo-ciphering", OP_FROM_UNKNOWN,
	    dlms_cipher_general },
	[0xdc] = { "general-ded-ciphering", OP_FROM_UNKNOWN,
	    dlms_cipher_general },
	[0xdd] = { "general-ciphering", OP_FROM_UNKNOWN, dlms_cipher_general },
	[0xdf] = { "general-signing", OP_FROM_UNKNOWN, dlms_cipher_signing },
	[0xe0] = { "general-block-transfer", OP_FROM_UNKNOWN, block_transfer },
	[0xe6] = { "gateway-request", OP_FROM_CLIENT, gateway },
	[0xe7] = { "gateway-response", OP_FROM_SERVER, gateway },
};

void
dlms_apdu_fail(struct reader *r, struct dlms_apdu *a, const char *flaw)
{
	if (a->flaw == NULL)
		a->flaw = flaw;
	rd_fail(r);
}

void
dlms_apdu_read(struct reader *r, struct dlms_apdu *a)
{
	a->tag = rd_u8(r);
	a->there = r->err == RD_OK;
	if (!a->there)
		return;
	if (tags[a->tag].read == NULL && a->flaw == NULL)
		a->flaw = "unknown APDU tag";
	if (tags[a->tag].read == NULL)
		rest(r, a);
	else
		tags[a->tag].read(r, a);
}

void
dlms_apdu_user_information(struct reader *r, struct dlms_apdu *a)
{
	uint8_t tag = rd_u8(r);
	void (*read)(struct reader *, struct dlms_apdu *) = tags[tag].read;
	struct reader clear;

	a->acse.user_tag = (struct dlms_number){ r->err == RD_OK, tag };
	if (read == dlms_acse_request || read == dlms_acse_response ||
	    read == service_error || read == dlms_cipher_read)
		read(r, a);
	else if (tag == DLMS_GENERAL_GLO || tag == DLMS_GENERAL_DED)
		read(r, a);
	else
		rest(r, a);
	/* authenticated only: an initiate in clear */
	clear = rd_over(a->content.n > 0 ? a->content.p : (const uint8_t *)"",
	    a->content.n, a->content.n);
	a->content = (struct bytes){ NULL, 0 };
	tag = clear.p == clear.end ? 0 : rd_u8(&clear);
	if (r->err == RD_OK && tag == DLMS_INITIATE_REQUEST)
		dlms_acse_request(&clear, a);
	else if (r->err == RD_OK && tag == DLMS_INITIATE_RESPONSE)
		dlms_acse_response(&clear, a);
}

enum op_from
dlms_apdu_from(uint8_t tag)
{
	return tags[tag].from;
}

const char *
dlms_tag_name(uint8_t tag)
{
	return tags[tag].name;
}
