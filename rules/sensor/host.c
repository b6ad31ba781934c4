/* SPDX-License-Identifier: Apache-2.0 */
/* H-5: another configuration was taken; H-7: the host's clock was set. */
#include <config.h>

#include <stdio.h>

#include "rules/detector.h"
#include "rules/health.h"

struct host {
	uint32_t step_ms;
};

static void
say_file(const struct health *h, struct event_sink *out)
{
	const struct event_def *def =
	    h->keys ? &EV_CRED_TRANSFER_SUCCESS : &EV_CONFIG_CHANGE;
	struct event ev = health_event(h, def, "H-5", h->file);

	if (h->keys) {
		event_add_text(&ev, "X.Direction", "in");
		event_add_text(&ev, "X.Method", "file");
	} else {
		event_add_text(&ev, "X.Setting", h->file);
		event_add_text(&ev, "X.Value", h->after);
	}
	event_add_text(&ev, "before", h->before);
	event_add_text(&ev, "after", h->after);
	out->emit(out, &ev);
}

static void
say_step(const struct health *h, struct event_sink *out)
{
	struct event ev = health_event(h, &EV_TIME_DATE_CHANGE, "H-7", "clock");
	char ms[24];

	snprintf(ms, sizeof(ms), "%lld", (long long)h->step_ms);
	event_add_text(&ev, "step_ms", ms);
	out->emit(out, &ev);
}

static void
host_on_health(void *state, const struct health *h, struct event_sink *out)
{
	const struct host *s = state;
	uint64_t step = (uint64_t)(h->step_ms < 0 ? -h->step_ms : h->step_ms);

	if (h->what == HEALTH_FILE)
		say_file(h, out);
	else if (h->what == HEALTH_CLOCK && step > s->step_ms)
		say_step(h, out);
}

static const struct parameter parameters[] = {
	{ "step_ms", offsetof(struct host, step_ms), 1000, 100, 86400000 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct detection detections[] = {
	{ "H-7", NULL, parameters },
	{ "H-5", NULL, NULL },
	{ NULL, NULL, NULL },
};

const struct detector sensor_host_detector = {
	.detections = detections,
	.state_size = sizeof(struct host),
	.on_health = host_on_health,
};
