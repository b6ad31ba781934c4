/* SPDX-License-Identifier: Apache-2.0 */
/* A spool and where it is emptied to; see route.h. */
#include <config.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "outputs/siem/parts.h"

#define SWEEP_MS 500
#define QUIET 120 /* sweeps between two notices of what was dropped */
#define MIB 1048576
#define BURST 1024 /* messages */

static void
notify(struct route *r, enum notice_kind kind, const char *why, uint64_t count)
{
	struct notice n = { .kind = kind, .count = count };

	fprintf(stderr, "gridtap: destination %s: %s: %" PRIu64 "\n", r->name,
	    why, count);
	if (r->notices == NULL)
		return;
	snprintf(n.destination, sizeof(n.destination), "%s", r->name);
	snprintf(n.why, sizeof(n.why), "%s", why);
	notices_put(r->notices, &n);
}

/* At once, and then not more often than now and then. */
static void
tell_dropped(struct route *r)
{
	struct spool_counts c = spool_counts(r->spool);

	if (r->quiet > 0)
		r->quiet--;
	if (c.dropped == r->told || r->quiet > 0)
		return;
	notify(r, NOTICE_DROPPED,
	    "the spool is full, or what is in it too old; events dropped",
	    c.dropped - r->told);
	r->told = c.dropped;
	r->quiet = QUIET;
}

static void
flush(struct route *r)
{
	char why[NOTICE_WHY];

	if (spool_flush(r->spool) == 0) {
		if (r->spool_said)
			fprintf(stderr,
			    "gridtap: destination %s: the spool is written "
			    "again\n",
			    r->name);
		r->spool_said = false;
		return;
	}
	if (r->spool_said)
		return;
	r->spool_said = true;
	snprintf(why, sizeof(why), "cannot write the spool: %s; events waiting",
	    spool_error(r->spool));
	notify(r, NOTICE_SPOOL, why, spool_counts(r->spool).waiting);
}

static void
on_idle(void *arg)
{
	struct route *r = arg;

	r->asked = false;
	/* what failed is tried again by the sweep, not by each event */
	if (spool_error(r->spool) == NULL)
		flush(r);
	send_pump(r);
}

static void
on_sweep(void *arg)
{
	struct route *r = arg;

	flush(r);
	tell_dropped(r);
	send_pump(r);
	loop_after(r->sweep, SWEEP_MS);
}

static int
no_memory(const struct route *r, struct error *error)
{
	error_set(error, "destination %s: out of memory", r->name);
	return -ENOMEM;
}

static int
open_spool(struct route *r, const char *folder, struct error *error)
{
	const struct destination *d = r->members[0].d;
	struct spool_setup setup = { .most = (uint64_t)d->spool_mib * MIB,
		.age_s = d->spool_h * 3600 };

	snprintf(r->path, sizeof(r->path), "%s/%s.spool", folder, r->name);
	return spool_open(&r->spool, r->path, &setup, error);
}

static void
set_members(struct route *r, const struct route_setup *setup)
{
	const struct destination *d = setup->members[0];

	r->n = setup->n;
	r->notices = setup->notices;
	snprintf(r->name, sizeof(r->name), "%s",
	    d->group[0] != '\0' ? d->group : d->name);
	for (size_t i = 0; i < r->n; i++)
		r->members[i] =
		    (struct member){ .route = r, .d = setup->members[i] };
}

int
route_open(
    struct route **route, const struct route_setup *setup, struct error *error)
{
	struct route *r = calloc(1, sizeof(*r));
	int e;

	if (r == NULL) {
		error_set(error, "destinations: out of memory");
		return -ENOMEM;
	}
	set_members(r, setup);
	e = reach_new(r, setup->base, error);
	r->idle = loop_idle(setup->base, on_idle, r);
	r->sweep = loop_timer(setup->base, on_sweep, r);
	if (e == 0 && (r->idle == NULL || r->sweep == NULL))
		e = no_memory(r, error);
	if (e == 0)
		e = open_spool(r, setup->folder, error);
	if (e != 0) {
		route_free(r);
		return e;
	}
	send_begin(r);
	reach_start(r);
	loop_after(r->sweep, SWEEP_MS);
	*route = r;
	return 0;
}

void
route_free(struct route *r)
{
	if (r == NULL)
		return;
	reach_free(r);
	redis_free(r->replies);
	loop_drop(r->idle);
	loop_drop(r->sweep);
	spool_close(r->spool);
	free(r);
}

int
route_put(struct route *r, int severity, const void *p, size_t n)
{
	int e = spool_put(r->spool, severity, p, n);

	/* the loop may have no idle moment for long */
	if (++r->since % BURST == 0)
		send_pump(r);
	if (!r->asked) {
		r->asked = true;
		loop_ask(r->idle);
	}
	return e;
}

int
route_sync(struct route *r)
{
	flush(r);
	return spool_sync(r->spool);
}

bool
route_is_settled(const struct route *r)
{
	if (route_acknowledges(r))
		return spool_done_to(r->spool) == spool_last(r->spool);
	return r->sent == spool_last(r->spool) && r->out_at == r->nout;
}

uint64_t
route_progress(const struct route *r)
{
	return route_acknowledges(r) ? spool_done_to(r->spool) : r->sent;
}

struct notice_state
route_state(const struct route *r)
{
	struct spool_counts c = spool_counts(r->spool);
	struct notice_state s = { .working = r->working,
		.waiting = c.waiting,
		.dropped = c.dropped };

	/* without acknowledgement what was sent stays in the spool, to be sent
	 * again */
	if (route_is_settled(r))
		s.waiting = 0;
	else if (r->connected && !route_acknowledges(r))
		s.waiting = spool_last(r->spool) - r->sent;
	memcpy(s.destination, r->name, sizeof(s.destination));
	return s;
}

void
route_finish(struct route *r)
{
	struct member *m = route_member(r);
	char bye[RELP_OVERHEAD];

	loop_cancel(r->retry);
	loop_cancel(r->proof);
	loop_cancel(r->sweep);
	if (!conn_is_ready(m->conn) || r->out_at != r->nout) {
		r->finishing = r->finished = true;
		return;
	}
	if (route_is_relp(r) && r->opened)
		conn_write(
		    m->conn, bye, relp_write(bye, r->next, "close", NULL, 0));
	r->finishing = true;
	conn_finish(m->conn);
}

bool
route_is_finished(const struct route *r)
{
	return r->finished;
}

int
route_left(const struct route *r, struct error *error)
{
	uint64_t n = spool_counts(r->spool).waiting;
	const struct member *m = route_member((struct route *)r);

	if (n == 0)
		return 0;
	error_set(error,
	    "destination %s: %" PRIu64 " events wait in %s for the next "
	    "run%s%s",
	    r->name, n, r->path, m->said[0] != '\0' ? ": " : "", m->said);
	return -EAGAIN;
}
