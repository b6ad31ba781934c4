/* SPDX-License-Identifier: Apache-2.0 */
/* H-4: what destinations have to tell becomes events here, with a number. */
#include <config.h>

#include "outputs/siem/notices.h"
#include "sensor/pipeline_parts.h"

#define DET "H-4"

static const struct event_def *
def_of(enum notice_kind kind)
{
	switch (kind) {
	case NOTICE_DROPPED:
		return &EV_SENSOR_EVENTS_DROPPED;
	case NOTICE_SPOOL:
		return &EV_SENSOR_SPOOL_FAIL;
	default:
		return &EV_COMM_LOG_SUBSCRIBER_FAIL;
	}
}

/* About the sensor: it has the place of the last packet, and no peers. */
static void
tell(struct pipeline *pl, const struct notice *n)
{
	struct pdu pdu = { .at = pl->pk->place.at,
		.frame = pl->pk->place.frame,
		.capture = pl->pk->place.capture };
	struct op op = { .pdu = &pdu };
	struct event ev = event_about(&op, def_of(n->kind), DET);

	event_set(&ev.subject, (struct bytes){ (const uint8_t *)n->destination,
	                           strlen(n->destination) });
	event_add_text(&ev, "P.Destination", n->destination);
	event_add_text(&ev, "reason", n->why);
	event_add_u64(
	    &ev, n->kind == NOTICE_DROPPED ? "dropped" : "waiting", n->count);
	pl->event_sink.emit(&pl->event_sink, &ev);
}

void
pipeline_notices(struct pipeline *pl, struct notices *notices)
{
	pl->notices = notices;
}

bool
pipeline_tell(struct pipeline *pl)
{
	struct notice n;

	if (pl->notices == NULL || pl->pk == NULL || pl->pk->place.frame == 0)
		return false;
	while (notices_take(pl->notices, &n))
		tell(pl, &n);
	return true;
}
