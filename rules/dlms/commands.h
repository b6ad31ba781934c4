/* SPDX-License-Identifier: Apache-2.0 */
/* What the detectors of commands share: who may, and what is asked for. */
#ifndef RULES_DLMS_COMMANDS_H
#define RULES_DLMS_COMMANDS_H

#include "rules/dlms/rights.h"
#include "rules/meters/meters.h"

/*
 * What a request in clear names, item by item.  A SET or ACTION in blocks is
 * walked twice: named is set in the first block, where the value is not there
 * yet; whole is set when all blocks were joined.  Both are set for all else.
 */
struct commands {
	struct dlms_walk walk;
	bool named, whole;
};

struct commands dlms_commands(const struct op *);
bool dlms_next_command(struct commands *, struct dlms_item *);

enum dlms_may {
	DLMS_MAY,
	DLMS_MAY_NOT,
	DLMS_UNSAID /* no role says so, and none forbids it */
};

/*
 * Whether the client of the view has one of these rights.  As long as nobody
 * listed clients, only control, security and firmware are forbidden to those
 * that have no role, are taken for the public client or opened no association.
 */
enum dlms_may dlms_may(const struct dlms_view *, uint32_t rights);

/* An event that names the item: class, object, attribute or method. */
EVENT_RARE struct event dlms_command_event(const struct dlms_view *,
    const struct op *, const struct event_def *, const struct detection *,
    const struct dlms_item *);

/* The same with what the request that is answered asked for. */
EVENT_RARE struct event dlms_answer_event(const struct dlms_view *,
    const struct op *, const struct event_def *, const struct detection *);

/*
 * Whether op answers a request in clear of this class; *code is the first
 * result that is not 0, or 0.
 */
bool dlms_answers(const struct dlms_view *, const struct op *,
    uint16_t class_id, uint32_t *code);

/* What tells a meter from all others, for the tables of detectors. */
struct dlms_meter_key {
	uint8_t title[METER_TITLE], ip[16];
	uint16_t port, unit;
};

/* view->meter is not NULL. */
struct dlms_meter_key dlms_meter_key(const struct dlms_view *);

/* A Data that is an integer; false for any other. */
bool dlms_integer(struct bytes data, int64_t *);

#endif
