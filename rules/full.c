/* SPDX-License-Identifier: Apache-2.0 */
/* H-8: a detector's table is full. */
#include <config.h>

#include "rules/full.h"

void
full_say(struct event_sink *out, const struct op *op, const char *det,
    uint32_t entries)
{
	struct event ev = event_about(op, &EV_SENSOR_TABLE_FULL, "H-8");

	event_add_text(&ev, "P.Detection", det);
	event_add_u64(&ev, "entries", entries);
	event_set(
	    &ev.subject, (struct bytes){ (const uint8_t *)det, strlen(det) });
	out->emit(out, &ev);
}
