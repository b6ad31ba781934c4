/* SPDX-License-Identifier: Apache-2.0 */
/* Which member of a route is used, and when one is tried again. */
#include <config.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <openssl/rand.h>

#include "outputs/siem/parts.h"

#define TRIES 3       /* that fail, until an event says so */
#define FIRST_MS 200  /* to wait after the first round; then twice as long */
#define PROOF_MS 1000 /* a connection that lasts so long was no accident */

static void
notify(struct route *r, const char *why)
{
	struct notice n = { .kind = NOTICE_UNREACHABLE,
		.count = spool_counts(r->spool).waiting };

	if (r->notices == NULL)
		return;
	snprintf(n.destination, sizeof(n.destination), "%s",
	    route_member(r)->d->name);
	snprintf(n.why, sizeof(n.why), "%s", why);
	notices_put(r->notices, &n);
}

/* Once, until it works or something else is wrong. */
static void
say(struct member *m, const char *why)
{
	if (strcmp(m->said, why) == 0)
		return;
	snprintf(m->said, sizeof(m->said), "%s", why);
	fprintf(stderr,
	    "gridtap: destination %s (%s port %" PRIu32 "): %s; events wait in "
	    "the spool: %" PRIu64 "\n",
	    m->d->name, m->d->host, m->d->port, why,
	    spool_counts(m->route->spool).waiting);
}

/* So that sensors that lost a server do not come back to it all at once. */
static uint32_t
jitter(uint32_t ms)
{
	uint16_t at = 0;

	RAND_bytes((unsigned char *)&at, sizeof(at));
	return ms / 2 + (uint32_t)((uint64_t)ms * at / UINT16_MAX);
}

static void
try_again(struct route *r)
{
	uint32_t most = route_member(r)->d->retry_s * 1000;
	uint32_t ms = r->rounds < 16 ? (uint32_t)FIRST_MS << r->rounds : most;

	loop_after(r->retry, jitter(ms < most ? ms : most));
	if (r->rounds < 16)
		r->rounds++;
}

static void
on_closed(void *arg, const char *why)
{
	struct member *m = arg;
	struct route *r = m->route;

	loop_cancel(r->proof);
	if (r->finishing) {
		r->finished = true;
		/* a server that acknowledges has said what it has got */
		if (why != NULL)
			say(m, why);
		else if (!route_acknowledges(r))
			spool_done(r->spool, r->sent);
		return;
	}
	spool_unsent(r->spool);
	why = why != NULL ? why : "the connection ended";
	say(m, why);
	if (++m->tries == TRIES)
		notify(r, why);
	if (r->working || r->at + 1 == r->n) {
		/* from the best on: it may be back, too */
		r->at = 0;
		try_again(r);
	} else {
		r->at++;
		loop_after(r->retry, 0);
	}
	r->working = false;
}

static void
on_proof(void *arg)
{
	struct route *r = arg;
	char why[64];

	if (route_acknowledges(r)) {
		snprintf(why, sizeof(why),
		    "the server does not acknowledge (%u s)",
		    (unsigned)route_member(r)->d->timeout_s);
		conn_abort(route_member(r)->conn, why);
	} else if (r->out_at != r->nout &&
	           (r->proof_at == UINT64_MAX || r->proof_at == r->sent)) {
		/* blocked, and what went may lie in buffers on the way */
		r->proof_at = r->sent;
		loop_after(r->proof, PROOF_MS);
	} else {
		reach_works(r);
	}
}

static void
on_retry(void *arg)
{
	reach_start(arg);
}

static void
on_writable(void *arg)
{
	struct route *r = ((struct member *)arg)->route;

	if (!r->connected) {
		r->connected = true;
		r->proof_at = UINT64_MAX;
		send_begin(r);
		loop_after(r->proof, route_acknowledges(r)
		                         ? route_member(r)->d->timeout_s * 1000
		                         : PROOF_MS);
	}
	send_pump(r);
}

static void
on_octets(void *arg, const uint8_t *p, size_t n)
{
	send_octets(((struct member *)arg)->route, p, n);
}

void
reach_works(struct route *r)
{
	struct member *m = route_member(r);

	if (m->said[0] != '\0')
		fprintf(stderr, "gridtap: destination %s: connected again\n",
		    m->d->name);
	m->said[0] = '\0';
	m->tries = 0;
	r->rounds = 0;
	r->working = true;
}

void
reach_start(struct route *r)
{
	struct member *m = route_member(r);
	struct error error;
	SSL_CTX *ctx;

	r->connected = false;
	/* certificates and revocation lists may be others by now */
	if (destination_is_tls(m->d) &&
	    (ctx = tls_context(m->d, &error)) != NULL) {
		conn_trust(m->conn, ctx);
		SSL_CTX_free(m->ctx);
		m->ctx = ctx;
	}
	conn_open(m->conn);
}

int
reach_new(struct route *r, struct event_base *base, struct error *error)
{
	static const struct conn_calls calls = { on_writable, on_octets,
		on_closed };

	r->retry = loop_timer(base, on_retry, r);
	r->proof = loop_timer(base, on_proof, r);
	for (size_t i = 0; i < r->n; i++) {
		struct member *m = &r->members[i];

		if (destination_is_tls(m->d) &&
		    (m->ctx = tls_context(m->d, error)) == NULL)
			return -EINVAL;
		m->conn = conn_new(base, m->d, m->ctx, &calls, m);
		if (m->conn == NULL)
			break;
	}
	if (r->retry != NULL && r->proof != NULL &&
	    r->members[r->n - 1].conn != NULL)
		return 0;
	error_set(error, "destination %s: out of memory", r->name);
	return -ENOMEM;
}

void
reach_free(struct route *r)
{
	for (size_t i = 0; i < r->n; i++) {
		conn_free(r->members[i].conn);
		SSL_CTX_free(r->members[i].ctx);
	}
	loop_drop(r->retry);
	loop_drop(r->proof);
}
