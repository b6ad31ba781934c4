/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The protocol of sd_notify(3): a datagram to $NOTIFY_SOCKET.  So little that a
 * library would only be one thing more in the process.
 */
#include <config.h>

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "sensor/notify.h"

#define TRIES 20
#define TRY_MS 10

/* Who does not read what it is sent must not stop the sensor. */
static int
tell(int fd, const char *state, const struct sockaddr_un *to, socklen_t n,
    unsigned tries)
{
	ssize_t k;

	do {
		k = sendto(fd, state, strlen(state),
		    MSG_NOSIGNAL | MSG_DONTWAIT, (const struct sockaddr *)to,
		    n);
	} while (k < 0 && errno == EAGAIN && --tries > 0 &&
	         poll(NULL, 0, TRY_MS) == 0);
	return k < 0 ? -errno : 0;
}

static void
send_state(const char *state, unsigned tries)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	socklen_t n;
	int fd;

	if (path == NULL || (path[0] != '/' && path[0] != '@') ||
	    strlen(path) >= sizeof(to.sun_path))
		return;
	memcpy(to.sun_path, path, strlen(path));
	n = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
	if (to.sun_path[0] == '@')
		to.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	/* nobody there: the sensor works without */
	if (tell(fd, state, &to, n, tries) != 0 && tries > 1)
		fputs("gridtap: systemd does not listen\n", stderr);
	close(fd);
}

void
notify(const char *state)
{
	send_state(state, TRIES);
}

void
notify_reloading(void)
{
	struct timespec now;
	char text[64];

	clock_gettime(CLOCK_MONOTONIC, &now);
	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%" PRId64,
	    (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000);
	notify(text);
}

void
notify_watchdog(void)
{
	const char *usec = getenv("WATCHDOG_USEC");
	static time_t told;
	struct timespec now;
	long every;

	if (usec == NULL)
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	every = strtol(usec, NULL, 10) / 3000000;
	if (now.tv_sec - told < every)
		return;
	told = now.tv_sec;
	send_state("WATCHDOG=1", 1); /* the next one comes soon */
}
