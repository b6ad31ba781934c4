/* SPDX-License-Identifier: Apache-2.0 */
/* Classes and objects that matter to security (IEC 62056-6-2). */
#ifndef RULES_DLMS_RIGHTS_H
#define RULES_DLMS_RIGHTS_H

#include <stdbool.h>

#include "dissectors/dlms/dlms.h"

enum dlms_class {
	CLASS_DATA = 1,
	CLASS_REGISTER = 3,
	CLASS_EXTENDED_REGISTER = 4,
	CLASS_DEMAND_REGISTER = 5,
	CLASS_REGISTER_ACTIVATION = 6,
	CLASS_PROFILE = 7,
	CLASS_CLOCK = 8,
	CLASS_SCRIPTS = 9,
	CLASS_SCHEDULE_TABLE = 10,
	CLASS_SPECIAL_DAYS = 11,
	CLASS_SN_ASSOCIATION = 12,
	CLASS_ASSOCIATION = 15,
	CLASS_SAPS = 17,
	CLASS_IMAGE = 18,
	CLASS_CALENDAR = 20,
	CLASS_REGISTER_MONITOR = 21,
	CLASS_SCHEDULE = 22, /* of a single action */
	CLASS_AUTO_CONNECT = 29,
	CLASS_PUSH = 40,
	CLASS_SECURITY = 64,
	CLASS_PARAMETER_MONITOR = 65,
	CLASS_ARBITRATOR = 68,
	CLASS_DISCONNECT = 70,
	CLASS_LIMITER = 71,
	CLASS_MBUS_CLIENT = 72,
	CLASS_ACCOUNT = 111,
	CLASS_CREDIT = 112
};

/* Whether the item is of the object 0.b.c.d.e.f. */
bool dlms_is_obis(const struct dlms_item *, uint8_t c, uint8_t d, uint8_t e);

/* A profile that is an event log: 0.b.99.98.e.f. */
bool dlms_is_log(const struct dlms_item *);

#endif
