/* SPDX-License-Identifier: Apache-2.0 */
/* From the spool to the connection, framed as the transport wants it. */
#include <config.h>

#include <stdio.h>
#include <string.h>

#include "outputs/message.h"
#include "outputs/siem/parts.h"

#define TURN (1u << 20) /* octets, before the loop looks at others */
#define SAID 200        /* octets of what the server says */
#define OPEN                                                                   \
	"relp_version=0\nrelp_software=gridtap," PACKAGE_VERSION               \
	"\ncommands=syslog"

static bool
is_datagram(const struct route *r)
{
	return r->members[r->at].d->transport == DESTINATION_UDP;
}

/* So long the server may take for the next acknowledgement. */
static void
patience(struct route *r)
{
	if (r->opened && r->nwindow == 0)
		loop_cancel(r->proof);
	else
		loop_after(r->proof, route_member(r)->d->timeout_s * 1000);
}

/* One more waits for its acknowledgement; its number there. */
static uint32_t
window_add(struct route *r, uint64_t message)
{
	uint32_t number = r->next;
	bool first = r->nwindow == 0;

	r->window[(r->window_at + r->nwindow++) % WINDOW] =
	    (struct sent){ .number = message };
	r->next = relp_next(r->next);
	if (first)
		patience(r);
	return number;
}

/* One more message of the spool into out, if there is room for it. */
static bool
take(void *arg, uint64_t number, struct bytes v)
{
	struct route *r = arg;
	char *to = r->out + r->nout;
	size_t n;

	if (OUT - r->nout < v.n + REDIS_OVERHEAD)
		return false;
	if (route_acknowledges(r) && r->nwindow == WINDOW)
		return false;
	if (route_is_redis(r)) {
		n = redis_add(to, r->members[r->at].d, v);
		if (n == 0)
			return false;
		window_add(r, number);
		r->nout += n;
	} else if (route_is_relp(r)) {
		r->nout +=
		    relp_write(to, window_add(r, number), "syslog", v.p, v.n);
	} else {
		/* octet counting (RFC 5425, 4.3); a datagram is its own */
		n = is_datagram(r)
		        ? 0
		        : (size_t)snprintf(to, RELP_OVERHEAD, "%zu ", v.n);
		memcpy(to + n, v.p, v.n);
		r->nout += n + v.n;
	}
	r->taken = number;
	return !is_datagram(r);
}

/*
 * All of out was written.  Without acknowledgements the last messages may be
 * anywhere on the way: they are kept to be sent again.
 */
static void
written(struct route *r)
{
	uint64_t keep = is_datagram(r) ? 0 : route_member(r)->d->resend;

	r->sent = r->taken;
	r->nout = r->out_at = 0;
	if (route_acknowledges(r))
		return; /* it is done when the server says so */
	spool_sent(r->spool, r->sent);
	if (r->sent > keep)
		spool_done(r->spool, r->sent - keep);
}

/* The password is read each time: it may be another by now. */
static void
greet(struct route *r)
{
	struct member *m = route_member(r);
	char why[TLS_WHY] = "no memory";

	redis_free(r->replies);
	r->replies = redis_new();
	if (r->replies != NULL)
		r->nout =
		    redis_greet(r->out, m->d, &r->greeting, why, sizeof(why));
	if (r->nout == 0)
		conn_abort(m->conn, why);
}

void
send_begin(struct route *r)
{
	r->nout = r->out_at = 0;
	r->taken = r->sent = spool_done_to(r->spool);
	r->nwindow = r->window_at = 0;
	r->nin = 0;
	r->opened = !route_acknowledges(r);
	r->first = r->next = 1;
	if (r->opened)
		return;
	if (route_is_redis(r)) {
		greet(r);
		return;
	}
	r->nout = relp_write(r->out, r->next, "open", OPEN, sizeof(OPEN) - 1);
	r->next = relp_next(r->next);
}

void
send_pump(struct route *r)
{
	struct conn *c = route_member(r)->conn;
	size_t n, turn = 0;

	while (conn_is_ready(c) && !r->finishing) {
		if (r->out_at == r->nout) {
			written(r);
			if (r->opened)
				spool_read(r->spool, r->taken, take, r);
			if (r->nout == 0)
				return;
		}
		if (turn > TURN) {
			loop_ask(r->idle);
			return;
		}
		n = conn_write(c, r->out + r->out_at, r->nout - r->out_at);
		if (n == 0)
			return;
		turn += n;
		r->out_at += n;
	}
}

/* The server answers in any order; what is done is done in ours. */
static void
acknowledge(struct route *r, uint32_t number)
{
	uint32_t behind = number >= r->first ? number - r->first
	                                     : number + RELP_LAST - r->first;

	if (behind >= r->nwindow)
		return;
	r->window[(r->window_at + behind) % WINDOW].acknowledged = true;
	while (r->nwindow > 0 && r->window[r->window_at].acknowledged) {
		spool_done(r->spool, r->window[r->window_at].number);
		r->window_at = (r->window_at + 1) % WINDOW;
		r->first = relp_next(r->first);
		r->nwindow--;
	}
	patience(r);
	if (!r->working)
		reach_works(r);
}

/* When events wait, the first of them has to be taken, too. */
static void
on_open(struct route *r)
{
	r->opened = true;
	patience(r);
	if (spool_counts(r->spool).waiting == 0)
		reach_works(r);
}

static bool
starts(struct bytes v, const char *with)
{
	size_t n = strlen(with);

	return v.n >= n && memcmp(v.p, with, n) == 0;
}

/* False: nothing can be sent there. */
static bool
on_frame(struct route *r, const struct relp_frame *f)
{
	if (strcmp(f->command, "rsp") != 0)
		return false; /* serverclose */
	if (!starts(f->data, "200"))
		return false;
	if (r->opened) {
		acknowledge(r, f->number);
		return true;
	}
	r->first = r->next;
	on_open(r);
	return true;
}

static void
refuse(struct route *r, const struct relp_frame *f, int rc)
{
	char why[TLS_WHY], said[SAID];
	struct text t = text_over(said, sizeof(said));

	if (rc < 0) {
		snprintf(why, sizeof(why),
		    "what answers is no RELP; expected a server with RELP");
	} else if (strcmp(f->command, "rsp") == 0) {
		message_clean(&t, f->data, SAID / 4, "");
		text_end(&t);
		snprintf(why, sizeof(why), "the server refuses: %s", said);
	} else {
		snprintf(why, sizeof(why), "the server closes the connection");
	}
	conn_abort(route_member(r)->conn, why);
}

static void
on_reply(struct route *r)
{
	if (r->opened) {
		acknowledge(r, r->first);
	} else if (--r->greeting == 0) {
		on_open(r);
	}
}

static void
redis_octets(struct route *r, const uint8_t *p, size_t n)
{
	struct relp_frame f = { .command = "rsp" };
	enum redis_reply got = REDIS_ALIEN;

	if (redis_feed(r->replies, p, n))
		while ((got = redis_next(r->replies, &f.data)) == REDIS_GOOD)
			on_reply(r);
	if (got == REDIS_NONE)
		send_pump(r);
	else if (got == REDIS_REFUSED)
		refuse(r, &f, 0);
	else
		conn_abort(route_member(r)->conn,
		    "what answers is no Redis; expected a server of it");
}

void
send_octets(struct route *r, const uint8_t *p, size_t n)
{
	struct relp_frame f;
	int rc = 0;

	if (route_is_redis(r)) {
		redis_octets(r, p, n);
		return;
	}
	if (!route_is_relp(r))
		return; /* syslog servers say nothing */
	while (n > 0) {
		size_t room = sizeof(r->in) - r->nin,
		       take_n = n < room ? n : room;
		size_t at = 0;

		memcpy(r->in + r->nin, p, take_n);
		r->nin += take_n;
		p += take_n;
		n -= take_n;
		while (
		    (rc = relp_read(
		         (struct bytes){ r->in + at, r->nin - at }, &f)) > 0) {
			if (!on_frame(r, &f)) {
				refuse(r, &f, rc);
				return;
			}
			at += (size_t)rc;
		}
		if (rc < 0 || (at == 0 && r->nin == sizeof(r->in))) {
			refuse(r, &f, -1);
			return;
		}
		memmove(r->in, r->in + at, r->nin - at);
		r->nin -= at;
	}
	send_pump(r);
}
