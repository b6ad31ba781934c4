/* SPDX-License-Identifier: Apache-2.0 */
/* Packets of several interfaces, and everything else in turn; see live.h. */
#include <config.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "sensor/control.h"
#include "sensor/live.h"
#include "sensor/notify.h"
#include "sensor/reload.h"

#define BATCH 256 /* packets before anything else gets its turn */
#define BUSY 16   /* batches between two looks at descriptors */
#define WAIT_MS 100
#define MS 1000000
/*
 * A packet waits so long for earlier ones of other interfaces: three times as
 * long as a block may stay in the kernel (port.c).
 */
#define MERGE_MS 60
/* The clock moves timers so much behind itself: packets are on their way. */
#define BEHIND_MS 500

static int64_t
ms_between(struct timespec from, struct timespec to)
{
	return (int64_t)(to.tv_sec - from.tv_sec) * 1000 +
	       (to.tv_nsec - from.tv_nsec) / MS;
}

static bool
is_before(struct timespec a, struct timespec b)
{
	return a.tv_sec < b.tv_sec ||
	       (a.tv_sec == b.tv_sec && a.tv_nsec < b.tv_nsec);
}

/*
 * The interface whose packet is next; NULL: there is none, or one of another
 * interface may still come before it.
 */
static struct port *
next_port(struct live *l, struct timespec now)
{
	const struct ring_packet *best = NULL;
	struct port *from = NULL;
	bool missing = false;
	int64_t waited;

	for (size_t i = 0; i < l->nports; i++) {
		const struct ring_packet *p =
		    packet_ring_next(l->ports[i].ring);

		missing = missing || p == NULL;
		if (p == NULL || (best != NULL && !is_before(p->at, best->at)))
			continue;
		best = p;
		from = &l->ports[i];
	}
	if (from == NULL || !missing || l->stopping)
		return from;
	waited = ms_between(best->at, now);
	/* far in the future: the clock was set back, nothing to wait for */
	return waited >= MERGE_MS || waited < -MERGE_MS ? from : NULL;
}

static size_t
take_batch(struct live *l)
{
	struct pipeline *pipeline = l->run->pipeline;
	struct timespec now, heard;
	struct port *p;
	size_t n = 0;

	clock_gettime(CLOCK_REALTIME, &now);
	clock_gettime(CLOCK_MONOTONIC, &heard);
	while (n < BATCH && (p = next_port(l, now)) != NULL) {
		const struct ring_packet *packet = packet_ring_next(p->ring);

		pipeline_from(pipeline, p->name, p->link, p->frames);
		pipeline_packet(pipeline, packet->at, packet->bytes,
		    packet->captured,
		    packet->on_wire > packet->captured ? packet->on_wire
		                                       : packet->captured);
		p->frames++;
		p->last = packet->at;
		p->heard = heard;
		packet_ring_take(p->ring);
		n++;
	}
	if (n == 0)
		return 0;
	pipeline_flush(pipeline);
	for (size_t i = 0; i < l->nports; i++)
		packet_ring_release(l->ports[i].ring);
	return n;
}

static bool
is_empty(const struct live *l)
{
	for (size_t i = 0; i < l->nports; i++)
		if (packet_ring_fill(l->ports[i].ring) > 0)
			return false;
	return true;
}

static void
on_signal(struct live *l)
{
	struct signalfd_siginfo s;

	if (read(l->signals, &s, sizeof(s)) != sizeof(s))
		return;
	if (s.ssi_signo == SIGHUP)
		reload_ask(l->reload, -1);
	else
		l->stopping = true;
}

/* Whatever is not a packet; waits for something for so long. */
static void
serve(struct live *l, int wait_ms)
{
	struct pollfd fds[3 + CONTROL_FDS];
	uint64_t rings;
	size_t n = 3;

	fds[0] = (struct pollfd){ l->bell.fd, POLLIN, 0 };
	fds[1] = (struct pollfd){ l->signals, POLLIN, 0 };
	fds[2] = (struct pollfd){ reload_fd(l->reload), POLLIN, 0 };
	n += control_fds(l->control, fds + n);
	if (poll(fds, n, wait_ms) <= 0)
		return;
	if ((fds[0].revents & POLLIN) != 0 &&
	    read(l->bell.fd, &rings, sizeof(rings)) < 0)
		return;
	if ((fds[1].revents & POLLIN) != 0)
		on_signal(l);
	if ((fds[2].revents & POLLIN) != 0)
		reload_done(l->reload, l);
	control_serve(l->control, l, fds + 3, n - 3);
}

/* Nothing to read: sleeps until there is. */
static void
rest(struct live *l)
{
	struct timespec now;
	bool waiting = !is_empty(l);

	if (!waiting) {
		clock_gettime(CLOCK_REALTIME, &now);
		now.tv_nsec -= (long)BEHIND_MS * MS;
		if (now.tv_nsec < 0) {
			now.tv_sec--;
			now.tv_nsec += 1000L * MS;
		}
		pipeline_clock(l->run->pipeline, now);
	}
	atomic_store(&l->bell.wanted, true);
	/* what came before that did not ring */
	serve(l, !waiting && !is_empty(l) ? 0 : waiting ? 10 : WAIT_MS);
	atomic_store(&l->bell.wanted, false);
}

/* SIGTERM: what the kernel has is read, within a bound. */
static void
drain(struct live *l)
{
	uint32_t bound = l->run->settings->conf.monitor.drain_ms;
	struct timespec begun, now;
	bool more = true;

	l->stopping = true;
	notify("STOPPING=1");
	clock_gettime(CLOCK_MONOTONIC, &begun);
	for (size_t i = 0; i < l->nports; i++)
		port_stop(&l->ports[i], bound);
	do {
		bool ended = true;

		for (size_t i = 0; i < l->nports; i++)
			ended = ended && port_ended(&l->ports[i]);
		more = take_batch(l) > 0 || !ended;
		if (is_empty(l))
			poll(NULL, 0, 1);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (more && ms_between(begun, now) < bound);
}

void
live_run(struct live *l)
{
	struct timespec now;
	unsigned busy = 0;

	live_begin(l);
	while (!l->stopping) {
		size_t n = take_batch(l);

		if (n == 0)
			rest(l);
		else if (busy++ % BUSY == 0)
			serve(l, 0);
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (ms_between(l->mono_was, now) >= 1000)
			live_look(l);
	}
	drain(l);
	live_look(l);
}

static int
open_signals(struct live *l, struct error *error)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	l->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	l->bell.fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (l->signals >= 0 && l->bell.fd >= 0)
		return 0;
	error_set(error, "no more descriptors: %s", strerror(errno));
	return -errno;
}

/* Interfaces as the configuration names them, or as -i did. */
int
live_open(struct live *l, struct run *run, struct error *error)
{
	const struct conf_monitor *m = &run->settings->conf.monitor;
	struct port_setup setup = { .filter = run->filter,
		.buffer_mib = m->buffer_mib,
		.queue_mib = m->queue_mib,
		.snaplen = m->snaplen,
		.promiscuous = m->promiscuous };
	char names[CONF_SOURCE], *rest_of, *name;
	int e;

	l->run = run;
	l->signals = l->bell.fd = -1;
	l->ports = calloc(PORTS, sizeof(*l->ports));
	if (l->ports == NULL)
		return -ENOMEM;
	strcpy(names, m->interfaces);
	for (name = strtok_r(names, " ", &rest_of); name != NULL;
	     name = strtok_r(NULL, " ", &rest_of)) {
		if (l->nports == PORTS) {
			error_set(error, "at most %d interfaces", PORTS);
			return -E2BIG;
		}
		e = port_open(&l->ports[l->nports++], name, &setup, error);
		if (e != 0)
			return e;
	}
	if (l->nports > 0)
		return open_signals(l, error);
	error_set(error, "no interface; expected -i IFACE, or "
	                 "monitor.interfaces in the configuration");
	return -ENODEV;
}

int
live_start(struct live *l, struct error *error)
{
	int e = 0;

	for (size_t i = 0; e == 0 && i < l->nports; i++) {
		e = pipeline_capture(l->run->pipeline, l->ports[i].name,
		    l->ports[i].link, error);
		if (e == 0)
			e = port_start(&l->ports[i], &l->bell, error);
	}
	pipeline_lasting(l->run->pipeline, true);
	return e;
}

void
live_close(struct live *l)
{
	for (size_t i = 0; i < l->nports; i++)
		port_close(&l->ports[i]);
	free(l->ports);
	if (l->signals >= 0)
		close(l->signals);
	if (l->bell.fd >= 0)
		close(l->bell.fd);
}
