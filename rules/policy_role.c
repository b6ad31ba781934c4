/* SPDX-License-Identifier: Apache-2.0 */
/* The roles of IEC 62351-8 and what they may do where nobody says (B.1.1). */
#include <config.h>

#include "rules/policy_parts.h"

#define STANDARD(id, name, rights)                                             \
	{                                                                      \
		id, name, #id ":0:IEC62351-8", rights                          \
	}

const struct policy_role policy_standard[POLICY_STANDARD_ROLES] = {
	STANDARD(0, "VIEWER", RIGHT_READ_PUBLIC),
	STANDARD(1, "OPERATOR",
	    RIGHT_READ_PUBLIC | RIGHT_READ | RIGHT_CONTROL | RIGHT_SCRIPT),
	STANDARD(2, "ENGINEER",
	    RIGHT_READ_PUBLIC | RIGHT_READ | RIGHT_CLOCK | RIGHT_TARIFF),
	STANDARD(3, "INSTALLER",
	    RIGHT_READ_PUBLIC | RIGHT_READ | RIGHT_COMMUNICATION |
	        RIGHT_FIRMWARE),
	STANDARD(4, "SECADM",
	    RIGHT_READ_PUBLIC | RIGHT_READ | RIGHT_KEYS | RIGHT_SECRET),
	STANDARD(5, "SECAUD", RIGHT_READ_PUBLIC | RIGHT_READ_LOGS),
	STANDARD(6, "RBACMNT", RIGHT_READ_PUBLIC | RIGHT_ASSOCIATION),
	{ -1, "MANAGEMENT", "-1:0:gridtap", RIGHT_ALL },
};
