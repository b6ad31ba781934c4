/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A Redis stream as a destination.  hiredis writes commands and reads replies;
 * the connection is ours, as for every destination: with our TLS, and it never
 * blocks.  Replies come in the order of the commands.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <hiredis/hiredis.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "outputs/siem/redis.h"

#define PASSWORD 256
#define PENDING (64 * 1024)

struct redis_replies {
	redisReader *reader;
	redisReply *reply;
	size_t fed; /* octets since the last reply */
};

/* The octets of a command, if there is room for them. */
static size_t
put(char *buf, size_t room, int argc, const char **argv, const size_t *lengths)
{
	char *made = NULL;
	int n = redisFormatCommandArgv(&made, argc, argv, lengths);

	if (n > 0 && (size_t)n <= room)
		memcpy(buf, made, (size_t)n);
	else
		n = 0;
	if (n > 0)
		OPENSSL_cleanse(made, (size_t)n); /* it may hold a password */
	redisFreeCommand(made);
	return (size_t)n;
}

size_t
redis_add(char *buf, const struct destination *d, struct bytes v)
{
	char most[16];
	const char *argv[] = { "XADD", d->stream, "MAXLEN", "~", most, "*",
		"event", (const char *)v.p };
	size_t lengths[] = { 4, strlen(d->stream), 6, 1, 0, 1, 5, v.n };

	lengths[4] =
	    (size_t)snprintf(most, sizeof(most), "%u", d->stream_length);
	return put(buf, v.n + REDIS_OVERHEAD, 8, argv, lengths);
}

/* What the file holds but for a last newline; its octets, or -1. */
static ssize_t
read_password(const char *path, char to[PASSWORD])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, to, PASSWORD) : -1;

	if (fd >= 0)
		close(fd);
	if (n == PASSWORD) {
		errno = EFBIG;
		return -1;
	}
	if (n > 0 && to[n - 1] == '\n')
		n--;
	return n;
}

size_t
redis_greet(char *buf, const struct destination *d, unsigned *replies,
    char *why, size_t why_n)
{
	char password[PASSWORD];
	const char *auth[] = { "AUTH", d->user, password };
	const char *ping[] = { "PING" };
	size_t lengths[] = { 4, strlen(d->user), 0 }, n = 0;
	ssize_t secret;

	*replies = 1;
	if (d->password_file[0] != '\0') {
		secret = read_password(d->password_file, password);
		if (secret < 0) {
			snprintf(why, why_n, "%s: cannot read the password: %s",
			    d->password_file, strerror(errno));
			return 0;
		}
		lengths[2] = (size_t)secret;
		n = put(buf, REDIS_GREETING - 64, 3, auth, lengths);
		OPENSSL_cleanse(password, sizeof(password));
		++*replies;
	}
	return n + put(buf + n, 64, 1, ping, lengths);
}

struct redis_replies *
redis_new(void)
{
	struct redis_replies *r = calloc(1, sizeof(*r));

	if (r != NULL && (r->reader = redisReaderCreate()) == NULL) {
		free(r);
		r = NULL;
	}
	return r;
}

void
redis_free(struct redis_replies *r)
{
	if (r == NULL)
		return;
	if (r->reply != NULL)
		freeReplyObject(r->reply);
	redisReaderFree(r->reader);
	free(r);
}

bool
redis_feed(struct redis_replies *r, const uint8_t *p, size_t n)
{
	r->fed += n;
	return r->fed <= PENDING &&
	       redisReaderFeed(r->reader, (const char *)p, n) == REDIS_OK;
}

enum redis_reply
redis_next(struct redis_replies *r, struct bytes *said)
{
	void *reply = NULL;

	if (r->reply != NULL)
		freeReplyObject(r->reply);
	r->reply = NULL;
	if (redisReaderGetReply(r->reader, &reply) != REDIS_OK)
		return REDIS_ALIEN;
	if (reply == NULL)
		return REDIS_NONE;
	r->fed = 0;
	r->reply = reply;
	if (r->reply->type != REDIS_REPLY_ERROR)
		return REDIS_GOOD;
	*said = (struct bytes){ (const uint8_t *)r->reply->str,
		(size_t)r->reply->len };
	return REDIS_REFUSED;
}
