/* SPDX-License-Identifier: Apache-2.0 */
/* Events about the sensor itself; see health.h. */
#include <config.h>

#include <string.h>

#include "rules/health.h"

struct event
health_event(const struct health *h, const struct event_def *def,
    const char *det, const char *subject)
{
	struct pdu pdu = { .at = h->at, .frame = h->frame, .capture = h->name };
	struct op op = { .pdu = &pdu, .protocol = "sensor" };
	struct event ev = event_about(&op, def, det);

	event_set(&ev.subject,
	    (struct bytes){ (const uint8_t *)subject, strlen(subject) });
	return ev;
}
