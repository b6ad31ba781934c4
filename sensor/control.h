/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The local socket that gridtap status and gridtap reload talk to: one line
 * is asked, one answer comes, that is all.  And the file for a collector.
 */
#ifndef SENSOR_CONTROL_H
#define SENSOR_CONTROL_H

#include <poll.h>
#include <stddef.h>
#include <sys/types.h>

#include "outputs/error.h"
#include "rules/event.h"

#define CONTROL_FDS 9 /* the socket, and who asks */

struct control;
struct live;

/* path "": no socket.  Owned by uid, if that is not 0.  NULL, said. */
struct control *control_new(
    const char *path, uid_t uid, gid_t gid, struct error *);
void control_free(struct control *);

/* What to wait for, at most CONTROL_FDS; and what came of it. */
size_t control_fds(const struct control *, struct pollfd *);
void control_serve(
    struct control *, struct live *, const struct pollfd *, size_t n);

/* Once a second: whoever takes too long, the collector's file. */
void control_look(struct control *, struct live *);

/* One of the last events, for the status. */
void control_event(struct control *, const struct event *);

/* All that fits into the socket's buffer: nobody is waited for. */
void control_answer(int fd, const char *text, size_t n);

/* --- status.c: what there is to say --- */

struct status_event {
	uint32_t sqnum;
	char text[224];
};

#define STATUS_EVENTS 10

/* An object as JSON, or lines for a person, to be freed; NULL: no memory. */
char *status_json(
    const struct live *, const struct status_event *, size_t nevents);
char *status_text(
    const struct live *, const struct status_event *, size_t nevents);

/* A text file for a collector; 0, or -errno. */
int status_prometheus(const struct live *, const char *path);

#endif
