/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an end of IEC 104 or DNP3 says is wrong with the other's secure
 * authentication: the codes are the same in both.
 */
#ifndef RULES_SA_ERROR_H
#define RULES_SA_ERROR_H

#include "rules/event.h"

struct sa_error {
	const struct event_def *def;
	const char *what;
};

/* One that the standards do not define is unknown. */
struct sa_error sa_error(uint8_t code);

#endif
