/* SPDX-License-Identifier: Apache-2.0 */
/* The event loop of the outputs' thread, by libevent. */
#include <config.h>

#include <stdlib.h>

#include <event2/event.h>

#include "outputs/loop.h"

enum priority { PRIORITY_READABLE, PRIORITY_IDLE, PRIORITIES };

struct loop_call {
	struct event *event;
	void (*call)(void *arg);
	void *arg;
};

static void
run(evutil_socket_t fd, short what, void *arg)
{
	struct loop_call *c = arg;

	(void)fd;
	(void)what;
	c->call(c->arg);
}

static struct loop_call *
new_call(struct event_base *base, int fd, short what, int priority,
    struct loop_call template)
{
	struct loop_call *c = malloc(sizeof(*c));

	if (c == NULL)
		return NULL;
	*c = template;
	c->event = event_new(base, fd, what, run, c);
	if (c->event == NULL || event_priority_set(c->event, priority) != 0 ||
	    (fd >= 0 && what != 0 && event_add(c->event, NULL) != 0)) {
		loop_drop(c);
		return NULL;
	}
	return c;
}

struct event_base *
loop_new(void)
{
	struct event_base *base = event_base_new();

	if (base != NULL && event_base_priority_init(base, PRIORITIES) != 0) {
		event_base_free(base);
		return NULL;
	}
	return base;
}

void
loop_free(struct event_base *base)
{
	if (base != NULL)
		event_base_free(base);
}

void
loop_run(struct event_base *base)
{
	event_base_loop(base, EVLOOP_NO_EXIT_ON_EMPTY);
}

void
loop_stop(struct event_base *base)
{
	event_base_loopbreak(base);
}

struct loop_call *
loop_readable(
    struct event_base *base, int fd, void (*call)(void *arg), void *arg)
{
	return new_call(base, fd, EV_READ | EV_PERSIST, PRIORITY_READABLE,
	    (struct loop_call){ .call = call, .arg = arg });
}

struct loop_call *
loop_socket(struct event_base *base, int fd, void (*call)(void *arg), void *arg)
{
	return new_call(base, fd, 0, PRIORITY_READABLE,
	    (struct loop_call){ .call = call, .arg = arg });
}

void
loop_want(struct loop_call *c, bool to_read, bool to_write)
{
	short what = (short)(EV_PERSIST | (to_read ? EV_READ : 0) |
	                     (to_write ? EV_WRITE : 0));
	struct event_base *base = event_get_base(c->event);
	evutil_socket_t fd = event_get_fd(c->event);

	if (event_get_events(c->event) == what)
		return;
	event_del(c->event);
	event_assign(c->event, base, fd, what, run, c);
	event_priority_set(c->event, PRIORITY_READABLE);
	if (to_read || to_write)
		event_add(c->event, NULL);
}

struct loop_call *
loop_timer(struct event_base *base, void (*call)(void *arg), void *arg)
{
	return new_call(base, -1, 0, PRIORITY_READABLE,
	    (struct loop_call){ .call = call, .arg = arg });
}

void
loop_after(struct loop_call *c, uint32_t ms)
{
	struct timeval tv = { .tv_sec = ms / 1000,
		.tv_usec = (suseconds_t)(ms % 1000) * 1000 };

	event_add(c->event, &tv);
}

void
loop_cancel(struct loop_call *c)
{
	event_del(c->event);
}

struct loop_call *
loop_idle(struct event_base *base, void (*call)(void *arg), void *arg)
{
	return new_call(base, -1, 0, PRIORITY_IDLE,
	    (struct loop_call){ .call = call, .arg = arg });
}

void
loop_ask(struct loop_call *c)
{
	event_active(c->event, EV_TIMEOUT, 0);
}

void
loop_drop(struct loop_call *c)
{
	if (c == NULL)
		return;
	if (c->event != NULL)
		event_free(c->event);
	free(c);
}
