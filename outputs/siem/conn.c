/* SPDX-License-Identifier: Apache-2.0 */
/* A non-blocking connection; OpenSSL is driven by the event loop. */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>

#include "outputs/loop.h"
#include "outputs/siem/conn.h"
#include "outputs/siem/resolve.h"
#include "outputs/siem/tls.h"

#define SEND_BUFFER 262144 /* octets that may be under way unseen */
#define READ 4096

enum stage { CLOSED, RESOLVING, CONNECTING, HANDSHAKE, READY, FINISHING };

struct conn {
	struct event_base *base;
	const struct destination *d;
	SSL_CTX *ctx;
	struct conn_calls calls;
	void *arg;
	enum stage stage;
	int fd;
	SSL *ssl;
	struct tls_note note;
	struct loop_call *socket, *timer, *later;
	struct resolve *resolve;
	const struct addrinfo *next; /* addresses not tried yet */
	bool blocked;                /* writable() is owed */
	char why[TLS_WHY];
};

static void
shut(struct conn *c)
{
	loop_drop(c->socket);
	c->socket = NULL;
	SSL_free(c->ssl);
	c->ssl = NULL;
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
}

static void
end(struct conn *c)
{
	shut(c);
	resolve_drop(c->resolve);
	c->resolve = NULL;
	c->next = NULL;
	c->blocked = false;
	c->stage = CLOSED;
	loop_cancel(c->timer);
}

/* The caller may be in the midst of something: closed() comes by the loop. */
static void
fail(struct conn *c, const char *why)
{
	if (why != c->why)
		snprintf(c->why, sizeof(c->why), "%s", why);
	end(c);
	loop_ask(c->later);
}

static void
say_closed(void *arg)
{
	struct conn *c = arg;

	if (c->stage == CLOSED)
		c->calls.closed(c->arg, c->why[0] != '\0' ? c->why : NULL);
}

static void
patience(struct conn *c)
{
	loop_after(c->timer, c->d->timeout_s * 1000);
}

static void try_next(struct conn *);

static void
out_of_time(void *arg)
{
	struct conn *c = arg;
	const char *what;

	if (c->stage == CONNECTING && c->next != NULL) {
		shut(c);
		try_next(c);
		return;
	}
	switch (c->stage) {
	case RESOLVING:
		what = "the resolver does not answer";
		break;
	case CONNECTING:
		what = "it does not answer";
		break;
	case HANDSHAKE:
		what = "no TLS handshake; a server without TLS, or one that "
		       "does not read";
		break;
	case FINISHING:
		what = "the server does not close the connection";
		break;
	default:
		what = "the server does not read";
		break;
	}
	snprintf(c->why, sizeof(c->why), "%s (%u s)", what,
	    (unsigned)c->d->timeout_s);
	fail(c, c->why);
}

/*
 * Whether the call has to be made again when the socket can do what it waits
 * for; otherwise it failed, and that was said.
 */
static bool
waits(struct conn *c, int result)
{
	int what = SSL_get_error(c->ssl, result);

	if (what == SSL_ERROR_WANT_READ || what == SSL_ERROR_WANT_WRITE) {
		loop_want(c->socket, true, what == SSL_ERROR_WANT_WRITE);
		return true;
	}
	if (c->stage == FINISHING && tls_is_end(c->ssl, result)) {
		/* in answer to our end: it has read all before */
		ERR_clear_error();
		c->why[0] = '\0';
	} else {
		tls_why(c->why, c->ssl, result);
	}
	fail(c, c->why);
	return false;
}

static void
be_ready(struct conn *c)
{
	c->stage = READY;
	loop_cancel(c->timer);
	loop_want(c->socket, true, false);
	c->calls.writable(c->arg);
}

static void
shake(struct conn *c)
{
	int n;

	errno = 0;
	n = SSL_connect(c->ssl);
	if (n == 1)
		be_ready(c);
	else
		waits(c, n);
}

static void
begin_tls(struct conn *c)
{
	c->stage = HANDSHAKE;
	patience(c);
	c->ssl = tls_new(c->ctx, &c->note);
	if (c->ssl == NULL || SSL_set_fd(c->ssl, c->fd) != 1)
		fail(c, "out of memory");
	else
		shake(c);
}

static void
connected(struct conn *c)
{
	socklen_t n = sizeof(int);
	int e = 0;

	if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &e, &n) != 0)
		e = errno;
	if (e != 0) {
		snprintf(c->why, sizeof(c->why), "%s", strerror(e));
		shut(c);
		try_next(c);
	} else if (c->ctx != NULL) {
		begin_tls(c);
	} else {
		be_ready(c);
	}
}

/* Octets, 0: none now; or -1: it ended, which was said. */
static int
take(struct conn *c, uint8_t buf[READ])
{
	ssize_t n;

	errno = 0;
	if (c->ssl != NULL) {
		n = SSL_read(c->ssl, buf, READ);
		return n > 0 ? (int)n : waits(c, (int)n) ? 0 : -1;
	}
	n = recv(c->fd, buf, READ, 0);
	if (n > 0)
		return (int)n;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n == 0 && c->stage == FINISHING)
		c->why[0] = '\0';
	else
		snprintf(c->why, sizeof(c->why), "%s",
		    n == 0 ? "the server closed the connection"
		           : strerror(errno));
	fail(c, c->why);
	return -1;
}

static void
read_all(struct conn *c)
{
	uint8_t buf[READ];
	int n;

	while (c->stage >= READY && (n = take(c, buf)) > 0)
		if (c->calls.octets != NULL)
			c->calls.octets(c->arg, buf, (size_t)n);
}

static void
on_socket(void *arg)
{
	struct conn *c = arg;

	if (c->stage == CONNECTING) {
		connected(c);
		return;
	}
	if (c->stage == HANDSHAKE) {
		shake(c);
		return;
	}
	loop_want(c->socket, true, false);
	read_all(c);
	if (c->stage == READY && c->blocked) {
		c->blocked = false;
		c->calls.writable(c->arg);
	}
}

static int
open_socket(struct conn *c, const struct addrinfo *a)
{
	int size = SEND_BUFFER;

	c->fd = socket(a->ai_family,
	    a->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, a->ai_protocol);
	if (c->fd < 0)
		return -1;
	c->socket = loop_socket(c->base, c->fd, on_socket, c);
	if (c->socket == NULL) {
		errno = ENOMEM;
		return -1;
	}
	if (a->ai_socktype == SOCK_STREAM)
		setsockopt(c->fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	loop_want(c->socket, false, true);
	if (connect(c->fd, a->ai_addr, a->ai_addrlen) == 0)
		return 0;
	return errno == EINPROGRESS ? 0 : -1;
}

static void
try_next(struct conn *c)
{
	c->stage = CONNECTING;
	for (; c->next != NULL;) {
		const struct addrinfo *a = c->next;

		c->next = a->ai_next;
		if (open_socket(c, a) == 0) {
			patience(c);
			return;
		}
		snprintf(c->why, sizeof(c->why), "%s", strerror(errno));
		shut(c);
	}
	fail(c, c->why);
}

static void
resolved(void *arg)
{
	struct conn *c = arg;
	const char *why;

	c->next = resolve_result(c->resolve, &why);
	if (c->next != NULL)
		try_next(c);
	else
		fail(c, why);
}

struct conn *
conn_new(struct event_base *base, const struct destination *d,
    struct ssl_ctx_st *ctx, const struct conn_calls *calls, void *arg)
{
	struct conn *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	*c = (struct conn){ .base = base,
		.d = d,
		.ctx = ctx,
		.calls = *calls,
		.arg = arg,
		.note = { .d = d },
		.fd = -1 };
	c->timer = loop_timer(base, out_of_time, c);
	c->later = loop_timer(base, say_closed, c);
	if (c->timer != NULL && c->later != NULL)
		return c;
	loop_drop(c->timer);
	loop_drop(c->later);
	free(c);
	return NULL;
}

void
conn_free(struct conn *c)
{
	if (c == NULL)
		return;
	end(c);
	loop_drop(c->timer);
	loop_drop(c->later);
	free(c);
}

void
conn_trust(struct conn *c, struct ssl_ctx_st *ctx)
{
	c->ctx = ctx;
}

void
conn_open(struct conn *c)
{
	int type =
	    c->d->transport == DESTINATION_UDP ? SOCK_DGRAM : SOCK_STREAM;

	end(c);
	loop_cancel(c->later);
	c->why[0] = '\0';
	c->stage = RESOLVING;
	patience(c);
	c->resolve =
	    resolve_start(c->base, c->d->host, c->d->port, type, resolved, c);
	if (c->resolve == NULL)
		fail(c, "out of memory");
}

bool
conn_is_ready(const struct conn *c)
{
	return c->stage == READY;
}

/* The time to wait begins anew whenever something was taken. */
static void
wait_to_write(struct conn *c)
{
	if (!c->blocked)
		patience(c);
	c->blocked = true;
}

static size_t
write_plain(struct conn *c, const void *p, size_t n)
{
	ssize_t done = send(c->fd, p, n, MSG_NOSIGNAL);

	if (done >= 0)
		return (size_t)done;
	if (errno == EAGAIN || errno == EINTR) {
		wait_to_write(c);
		loop_want(c->socket, true, true);
		return 0;
	}
	snprintf(c->why, sizeof(c->why), "%s", strerror(errno));
	fail(c, c->why);
	return 0;
}

size_t
conn_write(struct conn *c, const void *p, size_t n)
{
	size_t done = 0;
	int rc;

	if (c->stage != READY || n == 0)
		return 0;
	errno = 0;
	if (c->ssl == NULL) {
		done = write_plain(c, p, n);
	} else {
		rc = SSL_write(c->ssl, p, n > INT32_MAX ? INT32_MAX : (int)n);
		if (rc > 0)
			done = (size_t)rc;
		else if (waits(c, rc))
			wait_to_write(c);
	}
	if (done > 0) {
		loop_cancel(c->timer);
		c->blocked = false;
	}
	return done;
}

void
conn_abort(struct conn *c, const char *why)
{
	fail(c, why);
}

void
conn_finish(struct conn *c)
{
	if (c->stage != READY) {
		fail(c, "it is not open");
		return;
	}
	c->stage = FINISHING;
	patience(c);
	if (c->ssl != NULL)
		SSL_shutdown(c->ssl);
	shutdown(c->fd, SHUT_WR);
	loop_want(c->socket, true, false);
}
