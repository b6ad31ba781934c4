/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of secure authentication that only rise. */
#ifndef RULES_DNP3_SERIAL_H
#define RULES_DNP3_SERIAL_H

#include "rules/dnp3/world.h"

#define SERIAL_STEP 1000 /* a longer step is an outlier */
#define SERIAL_CONSISTENT                                                      \
	3 /* that go on from one another, until they count                     \
	   */

/*
 * Notes a number: whether it is above the last.  What jumps far ahead, or
 * lies below, does not move what is expected before three went on from it:
 * one injected message must not make the honest end wrong.
 */
static inline bool
dnp3_serial_rises(struct dnp3_serial *s, uint32_t n)
{
	int32_t step = (int32_t)(n - s->last);

	if (!s->known || (step > 0 && step <= SERIAL_STEP)) {
		*s = (struct dnp3_serial){ .last = n, .known = true };
		return true;
	}
	s->odds = s->odds > 0 && n - s->odd <= SERIAL_STEP && n != s->odd
	              ? s->odds + 1
	              : 1;
	s->odd = n;
	if (s->odds >= SERIAL_CONSISTENT)
		*s = (struct dnp3_serial){ .last = n, .known = true };
	return step > 0;
}

#endif
