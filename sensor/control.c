/* SPDX-License-Identifier: Apache-2.0 */
/* The local socket of the sensor; see control.h. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "sensor/control.h"
#include "sensor/live.h"
#include "sensor/reload.h"

#define CLIENTS (CONTROL_FDS - 1)
#define LINE 64
#define PATIENCE 10 /* seconds for a line to come */
#define PROMETHEUS_S 15

struct client {
	int fd; /* -1: none */
	size_t n;
	unsigned age;
	char line[LINE];
};

struct control {
	int fd; /* -1: no socket */
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	struct client clients[CLIENTS];
	struct status_event events[STATUS_EVENTS];
	size_t nevents; /* since the start; they take turns */
	unsigned looks;
	bool failed; /* the collector's file; said once */
};

/* Nobody answers there: it is left over. */
static bool
is_stale(const struct sockaddr_un *at)
{
	struct stat st;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	/* connect() says the same of a file that is no socket */
	bool stale =
	    fd >= 0 && lstat(at->sun_path, &st) == 0 && S_ISSOCK(st.st_mode) &&
	    connect(fd, (const struct sockaddr *)at, sizeof(*at)) != 0 &&
	    errno == ECONNREFUSED;

	if (fd >= 0)
		close(fd);
	return stale;
}

/* /run/gridtap, where nobody made it: systemd does. */
static void
make_folder(const char *path, uid_t uid, gid_t gid)
{
	char folder[sizeof(((struct sockaddr_un *)0)->sun_path)];
	char *end;

	strcpy(folder, path);
	end = strrchr(folder, '/');
	if (end == NULL || end == folder)
		return;
	*end = '\0';
	if (mkdir(folder, 0750) == 0 && uid != 0 &&
	    chown(folder, uid, gid) != 0)
		rmdir(folder);
}

static int
listen_at(struct control *c, uid_t uid, gid_t gid)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	mode_t mask;
	int rc;

	strcpy(at.sun_path, c->path);
	make_folder(c->path, uid, gid);
	if (is_stale(&at))
		unlink(c->path);
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->fd < 0)
		return -errno;
	mask = umask(0117);
	rc = bind(c->fd, (struct sockaddr *)&at, sizeof(at));
	umask(mask);
	if (rc != 0 || listen(c->fd, CLIENTS) != 0 ||
	    (uid != 0 && lchown(c->path, uid, gid) != 0))
		return -errno;
	return 0;
}

struct control *
control_new(const char *path, uid_t uid, gid_t gid, struct error *error)
{
	struct control *c = calloc(1, sizeof(*c));
	int e;

	if (c == NULL) {
		error_set(error, "no memory for the status");
		return NULL;
	}
	c->fd = -1;
	for (size_t i = 0; i < CLIENTS; i++)
		c->clients[i].fd = -1;
	if (*path == '\0')
		return c;
	strncpy(c->path, path, sizeof(c->path) - 1);
	e = listen_at(c, uid, gid);
	if (e == 0)
		return c;
	error_set(error, "%s: %s; monitor.socket names another, or none", path,
	    e == -EADDRINUSE ? "another gridtap is there" : strerror(-e));
	c->path[0] = '\0';
	control_free(c);
	return NULL;
}

void
control_free(struct control *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < CLIENTS; i++)
		if (c->clients[i].fd >= 0)
			close(c->clients[i].fd);
	if (c->fd >= 0)
		close(c->fd);
	/* the folder may be root's: then it is found stale next time */
	if (c->path[0] != '\0')
		unlink(c->path);
	free(c);
}

size_t
control_fds(const struct control *c, struct pollfd *fds)
{
	size_t n = 0;

	if (c->fd < 0)
		return 0;
	fds[n++] = (struct pollfd){ c->fd, POLLIN, 0 };
	for (size_t i = 0; i < CLIENTS; i++)
		if (c->clients[i].fd >= 0)
			fds[n++] =
			    (struct pollfd){ c->clients[i].fd, POLLIN, 0 };
	return n;
}

static void
take_client(struct control *c)
{
	int fd = accept4(c->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	for (size_t i = 0; fd >= 0 && i < CLIENTS; i++)
		if (c->clients[i].fd < 0) {
			c->clients[i] = (struct client){ .fd = fd };
			return;
		}
	if (fd >= 0)
		close(fd);
}

void
control_answer(int fd, const char *text, size_t n)
{
	while (n > 0) {
		ssize_t k = send(fd, text, n, MSG_NOSIGNAL);

		if (k <= 0)
			return; /* gone, or it does not read */
		text += k;
		n -= (size_t)k;
	}
}

/* One after another, oldest first. */
static size_t
last_events(const struct control *c, struct status_event *to)
{
	size_t n = c->nevents < STATUS_EVENTS ? c->nevents : STATUS_EVENTS;

	for (size_t i = 0; i < n; i++)
		to[i] = c->events[(c->nevents - n + i) % STATUS_EVENTS];
	return n;
}

static void
answer(struct control *c, struct live *l, struct client *who)
{
	struct status_event events[STATUS_EVENTS];
	size_t n = last_events(c, events);
	char *text = NULL;

	if (strcmp(who->line, "reload") == 0) {
		reload_ask(l->reload, who->fd);
		who->fd = -1;
		return;
	}
	if (strcmp(who->line, "status") == 0)
		text = status_text(l, events, n);
	else if (strcmp(who->line, "status json") == 0)
		text = status_json(l, events, n);
	if (text != NULL)
		control_answer(who->fd, text, strlen(text));
	free(text);
	close(who->fd);
	who->fd = -1;
}

static void
hear(struct control *c, struct live *l, struct client *who)
{
	ssize_t k = read(who->fd, who->line + who->n, LINE - 1 - who->n);
	char *end;

	if (k < 0 && errno == EAGAIN)
		return;
	who->n += k > 0 ? (size_t)k : 0;
	end = memchr(who->line, '\n', who->n);
	if (end != NULL) {
		*end = '\0';
		answer(c, l, who);
	} else if (k <= 0 || who->n == LINE - 1) {
		close(who->fd);
		who->fd = -1;
	}
}

void
control_serve(
    struct control *c, struct live *l, const struct pollfd *fds, size_t n)
{
	for (size_t i = 1; i < n; i++)
		for (size_t k = 0; fds[i].revents != 0 && k < CLIENTS; k++)
			if (c->clients[k].fd == fds[i].fd) {
				hear(c, l, &c->clients[k]);
				break;
			}
	if (n > 0 && (fds[0].revents & POLLIN) != 0)
		take_client(c);
}

void
control_look(struct control *c, struct live *l)
{
	const char *path = l->run->settings->conf.monitor.prometheus;
	int e;

	for (size_t i = 0; i < CLIENTS; i++)
		if (c->clients[i].fd >= 0 && c->clients[i].age++ > PATIENCE) {
			close(c->clients[i].fd);
			c->clients[i].fd = -1;
		}
	if (*path == '\0' || c->looks++ % PROMETHEUS_S != 0)
		return;
	e = status_prometheus(l, path);
	if (e != 0 && !c->failed)
		live_say("%s: %s", path, strerror(-e));
	c->failed = e != 0;
}

void
control_event(struct control *c, const struct event *ev)
{
	struct status_event *to = &c->events[c->nevents++ % STATUS_EVENTS];

	to->sqnum = ev->sqnum;
	/* the subject may be any octets: the writer of JSON cleans it */
	snprintf(to->text, sizeof(to->text), "%s %s %s %.*s",
	    event_severity(ev->severity), ev->det, ev->def->mnemonic,
	    (int)ev->subject.n, (const char *)ev->subject.p);
}
