/* SPDX-License-Identifier: Apache-2.0 */
/* What a process that reads hostile packets must not be able to do. */
#ifndef SENSOR_PRIVS_H
#define SENSOR_PRIVS_H

#include <stdbool.h>
#include <sys/types.h>

#include "outputs/error.h"

struct privs {
	uid_t uid; /* 0: nobody else to become, we are not root */
	gid_t gid;
};

/* Whom to become.  0, or -errno, said: root needs a user of its own. */
int privs_find(struct privs *, const char *user, struct error *);

/*
 * Becomes that user with no other groups and no capability, also in the
 * bounding set where that is allowed, and never gets new ones.  0, or -errno,
 * said.
 */
int privs_drop(const struct privs *, struct error *);

/*
 * Every thread may from now on only do what a running sensor does, and nobody
 * may send on descriptors from 3 to last_capture.  false: the program was built
 * without; or an error, said.
 */
bool privs_filter(int last_capture, struct error *);

#endif
