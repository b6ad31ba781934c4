/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a client must be allowed to, for each item that it names
 * (detections, B.1.1; classes: IEC 62056-6-2).
 */
#include <config.h>

#include "dissectors/dlms/axdr.h"
#include "rules/dlms/rights.h"
#include "rules/meters/meters.h"

/* Base names that the standard fixes, and what stands behind them. */
enum {
	SN_ASSOCIATION = 0xfa00,
	SN_SCRIPTS = 0xfb00, /* of the broadcast receiver */
	SN_SAPS = 0xfc00,
	SN_DEVICE_NAME = 0xfd00,
	SN_END = 0xfd10
};

bool
dlms_is_obis(const struct dlms_item *i, uint8_t c, uint8_t d, uint8_t e)
{
	return i->obis.n == 6 && i->obis.p[0] == 0 && i->obis.p[2] == c &&
	       i->obis.p[3] == d && i->obis.p[4] == e;
}

bool
dlms_is_log(const struct dlms_item *i)
{
	const uint8_t *o = i->obis.p;

	if (i->class_id != CLASS_PROFILE || i->obis.n != 6)
		return false;
	return o[2] == 99 && o[3] == 98 && o[0] == 0;
}

static bool
is_counter(const struct dlms_item *i)
{
	return i->obis.n == 6 && i->obis.p[0] == 0 && i->obis.p[2] == 43 &&
	       i->obis.p[3] == 1;
}

static uint32_t
reading(const struct dlms_item *i)
{
	switch (i->class_id) {
	case CLASS_CLOCK:
	case CLASS_SN_ASSOCIATION:
	case CLASS_ASSOCIATION:
	case CLASS_SAPS:
		return RIGHT_READ_PUBLIC;
	case CLASS_DATA: /* and the logical device name, as everybody may */
		return is_counter(i) || dlms_is_obis(i, 42, 0, 0)
		           ? RIGHT_READ_PUBLIC
		           : RIGHT_READ;
	default:
		return dlms_is_log(i) ? RIGHT_READ_LOGS : RIGHT_READ;
	}
}

/* Modems, ports, addresses, networks: where and how a meter is reached. */
static bool
is_communication(uint16_t class_id)
{
	static const uint16_t classes[] = { 19, 23, 24, 25, 26, 27, 28, 29, 40,
		41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 55, 56, 57,
		58, 72, 73, 74, 76, 77, 80, 81, 82, 83, 84, 85, 86, 90, 91, 92,
		95, 96, 97, 100, 101, 102, 103, 104, 105, 124, 126, 128, 151,
		152, 153, 160, 161, 162 };

	for (size_t n = 0; n < sizeof(classes) / sizeof(*classes); n++)
		if (classes[n] == class_id)
			return true;
	return false;
}

/* What is alike for SET and ACTION. */
static uint32_t
changing(const struct dlms_item *i)
{
	switch (i->class_id) {
	case CLASS_CLOCK:
		return RIGHT_CLOCK;
	case CLASS_IMAGE:
		return RIGHT_FIRMWARE;
	case CLASS_SECURITY:
		return RIGHT_KEYS;
	case CLASS_DISCONNECT:
		return RIGHT_CONTROL;
	case CLASS_PROFILE:
	case CLASS_SPECIAL_DAYS:
	case CLASS_CALENDAR:
	case CLASS_REGISTER_MONITOR:
	case CLASS_LIMITER:
		return RIGHT_TARIFF;
	default:
		return is_communication(i->class_id) ? RIGHT_COMMUNICATION
		                                     : RIGHT_WRITE;
	}
}

/* Of a schedule for one action, what it will do. */
static uint32_t
scheduling(const struct dlms_item *i)
{
	if (dlms_is_obis(i, 15, 0, 1))
		return RIGHT_CONTROL;
	if (dlms_is_obis(i, 15, 0, 2))
		return RIGHT_FIRMWARE;
	return RIGHT_TARIFF;
}

static uint32_t
setting(const struct dlms_item *i)
{
	switch (i->class_id) {
	case CLASS_SCHEDULE:
		return scheduling(i);
	case CLASS_ASSOCIATION:
		return i->index == 7 ? RIGHT_SECRET : RIGHT_ASSOCIATION;
	case CLASS_SN_ASSOCIATION:
		return RIGHT_ASSOCIATION;
	default:
		return changing(i);
	}
}

static uint32_t
of_association(int8_t method)
{
	switch (method) {
	case 1: /* the answer to a challenge: everybody's */
		return 0;
	case 2:
		return RIGHT_SECRET;
	default:
		return RIGHT_ASSOCIATION;
	}
}

static uint32_t
of_sn_association(int8_t method)
{
	switch (method) {
	case 3:
	case 4: /* reads by another name */
		return RIGHT_READ;
	case 5:
		return RIGHT_SECRET;
	case 8:
		return 0;
	default:
		return RIGHT_ASSOCIATION;
	}
}

static uint32_t
executing(const struct dlms_item *i)
{
	if (dlms_is_obis(i, 10, 0, 106))
		return RIGHT_CONTROL;
	if (dlms_is_obis(i, 10, 0, 107))
		return RIGHT_FIRMWARE;
	return RIGHT_SCRIPT;
}

/* Credit taken away switches a prepayment meter off. */
static uint32_t
of_credit(const struct dlms_item *i)
{
	struct reader r;
	struct axdr_value v;
	int64_t amount;

	if (i->index != 1 && i->index != 2)
		return RIGHT_WRITE;
	r = rd_over(i->value.n > 0 ? i->value.p : (const uint8_t *)"",
	    i->value.n, i->value.n);
	if (!axdr_value(&r, &v) || !axdr_integer(&v, &amount))
		return RIGHT_WRITE;
	/* 1 adds an amount, 2 sets it */
	return amount < 0 || (i->index == 2 && amount == 0) ? RIGHT_CONTROL
	                                                    : RIGHT_WRITE;
}

static uint32_t
invoking(const struct dlms_item *i)
{
	switch (i->class_id) {
	case CLASS_ASSOCIATION:
		return of_association(i->index);
	case CLASS_SN_ASSOCIATION:
		return of_sn_association(i->index);
	case CLASS_SCRIPTS:
		return executing(i);
	case CLASS_REGISTER:
	case CLASS_EXTENDED_REGISTER:
	case CLASS_DEMAND_REGISTER:
	case CLASS_PROFILE:
		return i->index == 1 ? RIGHT_ERASE : changing(i);
	case CLASS_PARAMETER_MONITOR:
	case CLASS_ARBITRATOR: /* which asks for the disconnector */
		return RIGHT_CONTROL;
	case CLASS_CREDIT:
		return of_credit(i);
	case CLASS_MBUS_CLIENT:
		return i->index == 7 || i->index == 8 ? RIGHT_KEYS
		                                      : RIGHT_COMMUNICATION;
	default:
		return changing(i);
	}
}

/* The structure of read_by_logicalname: class, OBIS, attribute. */
static bool
by_logical_name(struct reader *r, struct dlms_item *to)
{
	struct axdr_value v;
	int64_t n;

	*to = (struct dlms_item){ .service = DLMS_GET };
	if (!axdr_value(r, &v) || v.type != AXDR_STRUCTURE || v.count != 3)
		return false;
	if (!axdr_value(r, &v) || !axdr_integer(&v, &n))
		return false;
	to->class_id = (uint16_t)n;
	if (!axdr_value(r, &v) || v.octets.n != 6)
		return false;
	to->obis = v.octets;
	if (!axdr_value(r, &v) || !axdr_integer(&v, &n))
		return false;
	to->index = (int8_t)n;
	return true;
}

static uint32_t
reading_by_logical_name(struct bytes list)
{
	struct reader r =
	    rd_over(list.n > 0 ? list.p : (const uint8_t *)"", list.n, list.n);
	struct axdr_value v;
	struct dlms_item i;
	uint32_t rights = 0;

	if (!axdr_value(&r, &v) || v.type != AXDR_ARRAY)
		return RIGHT_READ;
	for (uint32_t n = 0; n < v.count && by_logical_name(&r, &i); n++)
		rights |= reading(&i);
	return rights != 0 ? rights : RIGHT_READ;
}

/*
 * Methods stand behind the attributes, eight apart; they are invoked by
 * writing, or by reading with parameters.
 */
static uint32_t
of_sn_object(const struct dlms_item *i)
{
	bool read = i->service == DLMS_GET;

	switch (i->name) {
	case SN_ASSOCIATION + 0x30:
		return reading_by_logical_name(i->selection);
	case SN_ASSOCIATION + 0x38:
		return RIGHT_READ;
	case SN_ASSOCIATION + 0x40:
		return RIGHT_SECRET;
	case SN_ASSOCIATION + 0x58: /* reply to HLS */
		return 0;
	case SN_ASSOCIATION + 0x60:
	case SN_ASSOCIATION + 0x68:
		return RIGHT_ASSOCIATION;
	case SN_SCRIPTS + 0x20:
		return RIGHT_SCRIPT;
	case SN_SAPS + 0x20:
		return RIGHT_WRITE;
	default:
		break;
	}
	if (i->name < SN_SCRIPTS)
		return read ? RIGHT_READ_PUBLIC : RIGHT_ASSOCIATION;
	if (i->name < SN_SAPS)
		return read ? RIGHT_READ : RIGHT_WRITE;
	return read ? RIGHT_READ_PUBLIC : RIGHT_WRITE;
}

static uint32_t
of_name(const struct dlms_item *i)
{
	if (i->name >= SN_ASSOCIATION && i->name < SN_END)
		return of_sn_object(i);
	return i->service == DLMS_GET ? RIGHT_READ : RIGHT_WRITE;
}

uint32_t
dlms_rights(const struct dlms_item *i)
{
	if (i->short_name)
		return of_name(i);
	if (i->octets.n == 0) /* a further block names nothing */
		return 0;
	switch (i->service) {
	case DLMS_GET:
		return reading(i);
	case DLMS_SET:
		return setting(i);
	case DLMS_ACTION:
		return invoking(i);
	default:
		return 0;
	}
}

static uint32_t
all_items(const struct dlms_apdu *a)
{
	struct dlms_walk w = dlms_items(a);
	struct dlms_item i;
	uint32_t rights = 0;

	while (dlms_next_item(&w, &i))
		rights |= dlms_rights(&i);
	return rights;
}

/* Whether what it names is asked for; an SN report has the form of a write. */
static bool
is_request(uint8_t tag)
{
	switch (tag) {
	case DLMS_READ_REQUEST:
	case DLMS_WRITE_REQUEST:
	case DLMS_UNCONFIRMED_WRITE:
	case DLMS_GET_REQUEST:
	case DLMS_SET_REQUEST:
	case DLMS_ACTION_REQUEST:
	case DLMS_ACCESS_REQUEST:
		return true;
	default:
		return false;
	}
}

uint32_t
dlms_rights_of(const struct dlms_apdu *a)
{
	uint32_t rights = 0;

	if (!is_request(a->tag))
		return 0;
	rights = all_items(a);
	if (a->joined != NULL)
		rights |= all_items(a->joined);
	return rights;
}
