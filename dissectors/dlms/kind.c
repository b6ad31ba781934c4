/* SPDX-License-Identifier: Apache-2.0 */
/* What an APDU is to the waist (classes: IEC 62056-6-2). */
#include <config.h>

#include "dissectors/dlms/kind.h"

enum {
	CLOCK = 8,
	SCRIPTS = 9,
	ASSOCIATION = 15,
	IMAGE = 18,
	SECURITY = 64,
	DISCONNECT = 70,
	FUNCTIONS = 122
};

/* Of two items of one APDU the graver gives it its kind. */
static int
gravity(enum op_kind kind)
{
	switch (kind) {
	case OP_READ:
		return 1;
	case OP_WRITE:
		return 2;
	case OP_TIME:
		return 3;
	case OP_FILE:
		return 4;
	case OP_CONTROL:
		return 5;
	case OP_KEY:
		return 6;
	default:
		return 0;
	}
}

static enum op_kind
kind_of_set(const struct dlms_item *i)
{
	switch (i->class_id) {
	case CLOCK:
		return OP_TIME;
	case IMAGE:
		return OP_FILE;
	case SECURITY:
		return OP_KEY;
	case ASSOCIATION:
		return i->index == 7 ? OP_KEY : OP_WRITE; /* the secret */
	default:
		return OP_WRITE;
	}
}

static enum op_kind
kind_of_action(const struct dlms_item *i)
{
	switch (i->class_id) {
	case DISCONNECT:
	case SCRIPTS:
	case FUNCTIONS:
		return OP_CONTROL;
	case ASSOCIATION: /* reply to HLS, change of its secret */
		return i->index == 1 || i->index == 2 ? OP_KEY : OP_WRITE;
	default:
		return kind_of_set(i);
	}
}

static enum op_kind
kind_of_item(const struct dlms_item *i)
{
	if (i->service == DLMS_GET)
		return OP_READ;
	if (i->short_name)
		return OP_WRITE;
	return i->service == DLMS_SET ? kind_of_set(i) : kind_of_action(i);
}

/* A request: kind and object of its gravest item. */
static void
gravest(struct op *op, const struct dlms_apdu *a, enum op_kind none)
{
	struct dlms_walk w = dlms_items(a);
	struct dlms_item i;
	enum op_kind kind;

	op->kind = none;
	while (dlms_next_item(&w, &i)) {
		kind = kind_of_item(&i);
		if (op->object.n == 0 || gravity(kind) > gravity(op->kind)) {
			op->kind = kind;
			op->object = i.octets;
		}
	}
}

static void
reported(struct op *op, const struct dlms_apdu *a)
{
	struct dlms_walk w = dlms_items(a);
	struct dlms_item i;

	op->kind = OP_REPORT;
	if (dlms_next_item(&w, &i))
		op->object = i.octets;
}

static enum op_kind
kind_of_tag(uint8_t tag)
{
	switch (tag) {
	case DLMS_AARQ:
	case DLMS_AARE:
	case DLMS_RLRQ:
	case DLMS_RLRE:
	case DLMS_INITIATE_REQUEST:
	case DLMS_INITIATE_RESPONSE:
		return OP_ASSOCIATE;
	case DLMS_GET_RESPONSE:
	case DLMS_READ_RESPONSE:
		return OP_READ;
	case DLMS_SET_RESPONSE:
	case DLMS_ACTION_RESPONSE:
	case DLMS_WRITE_RESPONSE:
	case DLMS_ACCESS_RESPONSE:
		return OP_WRITE;
	default:
		return OP_OTHER;
	}
}

static void
set_kind(struct op *op, const struct dlms_apdu *a)
{
	switch (a->tag) {
	case DLMS_GET_REQUEST:
	case DLMS_READ_REQUEST:
		gravest(op, a, OP_READ);
		break;
	case DLMS_SET_REQUEST:
	case DLMS_WRITE_REQUEST:
	case DLMS_UNCONFIRMED_WRITE:
	case DLMS_ACTION_REQUEST:
	case DLMS_ACCESS_REQUEST:
		gravest(op, a, OP_WRITE);
		break;
	case DLMS_EVENT_NOTIFICATION:
	case DLMS_DATA_NOTIFICATION:
	case DLMS_NOTIFICATION_CONFIRM:
	case DLMS_INFORMATION_REPORT:
		reported(op, a);
		break;
	default:
		op->kind = kind_of_tag(a->tag);
		op->object = a->cipher.title;
	}
}

static enum op_result
result_of(const struct dlms_apdu *a)
{
	const struct dlms_number *n = &a->result;

	if (a->tag == DLMS_EXCEPTION || a->tag == DLMS_SERVICE_ERROR)
		return OP_REFUSED;
	if (a->tag == DLMS_RLRE)
		return OP_ACCEPTED;
	if (a->tag == DLMS_AARE)
		n = &a->acse.result;
	if (!n->there)
		return OP_NO_RESULT;
	return n->v == 0 ? OP_ACCEPTED : OP_REFUSED;
}

static enum op_result
answer_of(enum dlms_hdlc_kind kind)
{
	switch (kind) {
	case DLMS_HDLC_UA:
		return OP_ACCEPTED;
	case DLMS_HDLC_DM:
	case DLMS_HDLC_FRMR:
		return OP_REFUSED;
	default:
		return OP_NO_RESULT;
	}
}

void
dlms_kind_set(struct op *op, const struct dlms_apdu *a)
{
	if (!a->there) {
		op->kind = OP_LINK;
		op->function = a->hdlc.control;
		op->result = answer_of(a->hdlc.kind);
		return;
	}
	set_kind(op, a);
	op->function = a->tag;
	op->result = result_of(a);
}
