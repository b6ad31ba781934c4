/* SPDX-License-Identifier: Apache-2.0 */
/* getaddrinfo() in a thread: it may wait for a server that is not there. */
#include <config.h>

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "outputs/loop.h"
#include "outputs/siem/resolve.h"

/* The thread's, and whoever asked: the last of them frees it. */
struct resolve {
	atomic_int users;
	int done; /* an eventfd */
	struct loop_call *readable;
	void (*call)(void *arg);
	void *arg;
	char *host, port[8];
	struct addrinfo hints, *found;
	int error;
};

static void
let_go(struct resolve *r)
{
	if (atomic_fetch_sub(&r->users, 1) != 1)
		return;
	if (r->found != NULL)
		freeaddrinfo(r->found);
	if (r->done >= 0)
		close(r->done);
	free(r->host);
	free(r);
}

static void *
ask(void *arg)
{
	static const uint64_t one = 1;
	struct resolve *r = arg;

	r->error = getaddrinfo(r->host, r->port, &r->hints, &r->found);
	if (write(r->done, &one, sizeof(one)) < 0)
		r->error = EAI_SYSTEM;
	let_go(r);
	return NULL;
}

static int
start(struct resolve *r)
{
	pthread_attr_t detached;
	sigset_t all, before;
	pthread_t thread;
	int e;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pthread_attr_init(&detached);
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	e = pthread_create(&thread, &detached, ask, r);
	pthread_attr_destroy(&detached);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return e;
}

/* It stays readable: once is enough. */
static void
answered(void *arg)
{
	struct resolve *r = arg;

	loop_drop(r->readable);
	r->readable = NULL;
	r->call(r->arg);
}

struct resolve *
resolve_start(struct event_base *base, const char *host, uint32_t port,
    int socktype, void (*call)(void *arg), void *arg)
{
	struct resolve *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	atomic_init(&r->users, 2);
	r->hints.ai_socktype = socktype;
	r->hints.ai_flags = AI_NUMERICSERV;
	snprintf(r->port, sizeof(r->port), "%u", (unsigned)(port & 0xffff));
	r->host = strdup(host);
	r->done = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (r->done >= 0)
		r->readable = loop_readable(base, r->done, answered, r);
	r->call = call;
	r->arg = arg;
	if (r->host != NULL && r->readable != NULL && start(r) == 0)
		return r;
	atomic_store(&r->users, 1);
	resolve_drop(r);
	return NULL;
}

const struct addrinfo *
resolve_result(const struct resolve *r, const char **why)
{
	if (r->error == 0)
		return r->found;
	*why = gai_strerror(r->error);
	return NULL;
}

void
resolve_drop(struct resolve *r)
{
	if (r == NULL)
		return;
	loop_drop(r->readable);
	r->readable = NULL;
	let_go(r);
}
