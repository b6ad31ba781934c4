/* SPDX-License-Identifier: Apache-2.0 */
/* H-3: a capture interface hears nothing, or its link is down. */
#include <config.h>

#include "rules/detector.h"
#include "rules/health.h"

#define DET "H-3"

struct blind {
	uint32_t t_s, down_s;
	bool said[HEALTH_PORTS];
	uint32_t down[HEALTH_PORTS]; /* looks that found the link down */
};

static void
say(const struct health *h, struct event_sink *out)
{
	struct event ev = health_event(h, &EV_SENSOR_BLIND, DET, h->name);

	event_add_u64(&ev, "silent_s", h->silent_s);
	event_add_u64(&ev, "packets", h->packets);
	event_add_text(&ev, "link", h->up ? "up" : "down");
	out->emit(out, &ev);
}

/* A look comes once a second. */
static void
blind_on_health(void *state, const struct health *h, struct event_sink *out)
{
	struct blind *b = state;
	bool is_down, is_silent;

	if (h->what != HEALTH_PORT)
		return;
	b->down[h->port] = h->up ? 0 : b->down[h->port] + 1;
	is_down = b->down[h->port] >= b->down_s;
	is_silent = h->silent_s >= b->t_s;
	if (!is_down && !is_silent) {
		b->said[h->port] = false;
		return;
	}
	if (!b->said[h->port])
		say(h, out);
	b->said[h->port] = true;
}

static const struct parameter parameters[] = {
	{ "t_s", offsetof(struct blind, t_s), 60, 1, 604800 },
	{ "down_s", offsetof(struct blind, down_s), 5, 1, 604800 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct detection detections[] = {
	{ DET, NULL, parameters },
	{ NULL, NULL, NULL },
};

const struct detector sensor_blind_detector = {
	.detections = detections,
	.state_size = sizeof(struct blind),
	.on_health = blind_on_health,
};
