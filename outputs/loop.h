/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the outputs' thread wants of libevent.  It stands apart because
 * libevent and rules/event.h both have a struct event and an event_add(): no
 * file can include the two.
 */
#ifndef OUTPUTS_LOOP_H
#define OUTPUTS_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct event_base;
struct loop_call;

/* All calls belong to one thread, but for those before it runs or after. */
struct event_base *loop_new(void);
void loop_free(struct event_base *);

/* Until loop_stop(), from one of its calls. */
void loop_run(struct event_base *);
void loop_stop(struct event_base *);

/* call(arg) as often as fd can be read.  NULL without memory. */
struct loop_call *loop_readable(
    struct event_base *, int fd, void (*call)(void *arg), void *arg);

/*
 * call(arg) as often as fd can do what loop_want() asked for last: nothing yet.
 */
struct loop_call *loop_socket(
    struct event_base *, int fd, void (*call)(void *arg), void *arg);
void loop_want(struct loop_call *, bool read, bool write);

/* call(arg) once, so many milliseconds after the last loop_after(). */
struct loop_call *loop_timer(
    struct event_base *, void (*call)(void *arg), void *arg);
void loop_after(struct loop_call *, uint32_t ms);
void loop_cancel(struct loop_call *);

/* call(arg) once after a loop_ask(), when there is nothing to read. */
struct loop_call *loop_idle(
    struct event_base *, void (*call)(void *arg), void *arg);
void loop_ask(struct loop_call *);

/* Frees it; NULL is no error. */
void loop_drop(struct loop_call *);

#endif
