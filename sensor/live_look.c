/* SPDX-License-Identifier: Apache-2.0 */
/* Once a second: how the sensor is; see live.h. */
#include <config.h>

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "rules/health.h"
#include "sensor/control.h"
#include "sensor/live.h"
#include "sensor/notify.h"
#include "sensor/nsm.h"
#include "sensor/summary.h"

#define NS 1000000000
#define GONE_S 10 /* an interface that is not there any more */
#define DEAD_S 10 /* a capture thread that does not look any more */

void
live_say(const char *format, ...)
{
	va_list args;

	fputs("gridtap: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

static int64_t
ns_of(struct timespec t)
{
	return (int64_t)t.tv_sec * NS + t.tv_nsec;
}

/* The wall clock against one that goes on in sleep, and nobody sets. */
static int64_t
clock_offset(struct timespec *wall)
{
	struct timespec boot;

	clock_gettime(CLOCK_BOOTTIME, &boot);
	clock_gettime(CLOCK_REALTIME, wall);
	return ns_of(*wall) - ns_of(boot);
}

static void
look_clock(struct live *l, struct timespec *wall)
{
	int64_t offset = clock_offset(wall);
	struct health h = { .what = HEALTH_CLOCK,
		.name = l->ports[0].name,
		.frame = l->ports[0].frames,
		.at = *wall };

	h.step_ms = (offset - l->offset_ns) / 1000000;
	l->offset_ns = offset;
	if (h.step_ms > 1000 || h.step_ms < -1000) {
		l->clock_steps++;
		live_say("the clock was set by %" PRId64 " ms", h.step_ms);
	}
	if (h.step_ms != 0)
		pipeline_health(l->run->pipeline, &h);
}

static void
say_link(const struct port *p, bool was_up)
{
	if (p->up != was_up)
		live_say("%s: the link is %s", p->name, p->up ? "up" : "down");
}

static void
look_port(struct live *l, size_t i, struct timespec wall, uint64_t backlog)
{
	struct port *p = &l->ports[i];
	bool was_up = p->up;
	struct health h = { .what = HEALTH_PORT, .port = i, .at = wall };

	port_look(p);
	say_link(p, was_up);
	h.name = p->name;
	h.frame = p->frames;
	h.packets = p->frames;
	h.kernel_drops = p->kernel_drops;
	h.interface_drops = p->interface_drops;
	/* of the host, not of an interface: told with the first */
	h.backlog_drops = i == 0 ? backlog : 0;
	h.up = p->up;
	h.silent_s = (uint32_t)(l->mono_was.tv_sec - p->heard.tv_sec);
	pipeline_health(l->run->pipeline, &h);
}

/*
 * The socket will not hear of it again, if another of this name comes: time
 * enough for H-3 to be told, and then a new start.
 */
static void
look_gone(struct live *l)
{
	for (size_t i = 0; i < l->nports; i++) {
		if (l->ports[i].gone < GONE_S || l->stopping)
			continue;
		live_say("%s is gone; ending, to be started again",
		    l->ports[i].name);
		l->failed = l->stopping = true;
	}
}

static void
look_rates(struct live *l, double seconds)
{
	const struct pipeline_counts *c = pipeline_counts(l->run->pipeline);

	if (seconds > 0) {
		l->packets_s = (double)(c->packets - l->packets_was) / seconds;
		l->bits_s = (double)(c->bytes - l->bytes_was) * 8 / seconds;
	}
	l->packets_was = c->packets;
	l->bytes_was = c->bytes;
}

static bool
is_any_up(const struct live *l)
{
	bool up = false;

	for (size_t i = 0; i < l->nports; i++)
		up = up || l->ports[i].up;
	return up;
}

static uint64_t
drops_of(const struct live *l)
{
	uint64_t drops = l->backlog_drops;

	for (size_t i = 0; i < l->nports; i++)
		drops += l->ports[i].kernel_drops + l->ports[i].interface_drops;
	return drops;
}

/* Whether every capture thread still looks for packets. */
static bool
is_alive(struct live *l)
{
	bool alive = true;

	for (size_t i = 0; i < l->nports; i++) {
		uint64_t beats = atomic_load(&l->ports[i].beats);

		if (beats != l->alive[i].beats || l->alive[i].at == 0) {
			l->alive[i].beats = beats;
			l->alive[i].at = l->mono_was.tv_sec;
		}
		alive = alive && l->mono_was.tv_sec - l->alive[i].at < DEAD_S;
	}
	return alive;
}

void
live_begin(struct live *l)
{
	l->offset_ns = clock_offset(&l->started);
	clock_gettime(CLOCK_MONOTONIC, &l->mono_started);
	l->mono_was = l->mono_started;
	l->backlog_was = port_backlog_drops();
	for (size_t i = 0; i < l->nports; i++) {
		port_look(&l->ports[i]);
		l->ports[i].heard = l->mono_was;
	}
}

void
live_look(struct live *l)
{
	struct timespec wall, before = l->mono_was;
	uint64_t backlog = port_backlog_drops();

	/* a processor that is off is not among them: it never goes back */
	backlog = backlog > l->backlog_was ? backlog - l->backlog_was : 0;
	if (backlog < l->backlog_drops)
		backlog = l->backlog_drops;
	clock_gettime(CLOCK_MONOTONIC, &l->mono_was);
	l->backlog_drops = backlog;
	look_clock(l, &wall);
	for (size_t i = 0; i < l->nports; i++)
		look_port(l, i, wall, backlog);
	look_rates(l, (double)(ns_of(l->mono_was) - ns_of(before)) / NS);
	look_gone(l);
	if (is_alive(l))
		notify_watchdog();
	if (l->run->nsm != NULL)
		nsm_capture(l->run->nsm, NSM_LIVE, is_any_up(l), drops_of(l));
	control_look(l->control, l);
}
