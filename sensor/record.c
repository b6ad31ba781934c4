/* SPDX-License-Identifier: Apache-2.0 */
/* Records, in one large buffer that is written when it is nearly full. */
#include <config.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dissectors/timetext.h"
#include "sensor/record.h"

#define BUFFER (512 * 1024)
#define LINE_MAX_OCTETS (128 * 1024)

struct record_sink {
	int fd, failed; /* failed: the errno of the first write that did */
	const char *path;
	time_t second; /* of the text in stamp, up to the fraction */
	char stamp[TIMETEXT];
	size_t n;
	char buffer[BUFFER];
};

static void
flush(struct record_sink *r)
{
	size_t done = 0;

	while (done < r->n && r->failed == 0) {
		ssize_t n = write(r->fd, r->buffer + done, r->n - done);

		if (n >= 0)
			done += (size_t)n;
		else if (errno != EINTR)
			r->failed = errno;
	}
	r->n = 0;
}

static void
write_time(struct record_sink *r, struct json *j, struct timespec at)
{
	if (r->second != at.tv_sec || r->stamp[0] == '\0') {
		timetext_utc(r->stamp, (uint64_t)at.tv_sec, 0);
		r->second = at.tv_sec;
	}
	timetext_digits(r->stamp + 26, (uint64_t)at.tv_nsec / 1000, 6);
	json_key(j, "ts");
	text_put(&j->out, "\"", 1);
	text_put(&j->out, r->stamp, TIMETEXT - 1);
	text_put(&j->out, "\"", 1);
}

static size_t
octet(char *to, unsigned v)
{
	size_t n = 0;

	if (v >= 100)
		to[n++] = (char)('0' + v / 100);
	if (v >= 10)
		to[n++] = (char)('0' + v / 10 % 10);
	to[n++] = (char)('0' + v % 10);
	return n;
}

static void
write_ip(struct json *j, const uint8_t ip[16])
{
	static const uint8_t v4[12] = { [10] = 0xff, [11] = 0xff };
	char s[INET6_ADDRSTRLEN];
	size_t n = 0;

	if (memcmp(ip, v4, sizeof(v4)) != 0) {
		inet_ntop(AF_INET6, ip, s, sizeof(s));
		n = strlen(s);
	} else {
		for (int i = 12; i < 16; i++) {
			n += octet(s + n, ip[i]);
			s[n++] = '.';
		}
		n--;
	}
	json_key(j, "ip");
	text_put(&j->out, "\"", 1);
	text_put(&j->out, s, n);
	text_put(&j->out, "\"", 1);
}

static void
write_mac(struct json *j, const uint8_t mac[6])
{
	static const char digit[] = "0123456789abcdef";
	char s[17];

	for (int i = 0; i < 6; i++) {
		s[3 * i] = digit[mac[i] >> 4];
		s[3 * i + 1] = digit[mac[i] & 15];
		if (i < 5)
			s[3 * i + 2] = ':';
	}
	json_key(j, "mac");
	text_put(&j->out, "\"", 1);
	text_put(&j->out, s, sizeof(s));
	text_put(&j->out, "\"", 1);
}

static void
write_end(struct json *j, const char *key, const struct endpoint *e, bool ip)
{
	static const uint8_t none[6];

	json_open(j, key, '{');
	if (memcmp(e->mac, none, sizeof(none)) != 0)
		write_mac(j, e->mac);
	if (ip) {
		write_ip(j, e->ip);
		json_u64(j, "port", e->port);
	}
	json_close(j, '}');
}

static void
write_head(struct record_sink *r, struct json *j, const struct op *op,
    const char *flow)
{
	const struct pdu *pdu = op->pdu;

	write_time(r, j, pdu->at);
	json_u64(j, "frame", pdu->frame);
	json_text(j, "capture", pdu->capture);
	json_text(j, "proto", op->protocol);
	if (flow != NULL)
		json_text(j, "flow", flow);
	write_end(j, "src", &pdu->src, flow != NULL);
	write_end(j, "dst", &pdu->dst, flow != NULL);
	if (pdu->vlans > 0) {
		json_open(j, "vlan", '[');
		for (unsigned i = 0; i < pdu->vlans; i++)
			json_u64(j, NULL, pdu->vlan[i]);
		json_close(j, ']');
	}
}

/* A line, or 0 when it does not fit. */
static size_t
format(struct record_sink *r, const struct dissector *d, const struct op *op,
    const char *flow, bool whole)
{
	static const char *const verdict[] = { "ok", "truncated", "malformed",
		"trailing" };
	struct json j;

	json_start(&j, r->buffer + r->n, LINE_MAX_OCTETS);
	json_open(&j, NULL, '{');
	write_head(r, &j, op, flow);
	json_text(&j, "verdict", verdict[op->verdict]);
	if (op->flaw != NULL)
		json_text(&j, "flaw", op->flaw);
	json_open(&j, d->name, '{');
	if (whole)
		d->write_json(op->msg, &j);
	else
		json_bool(&j, "too_long", true);
	json_close(&j, '}');
	json_close(&j, '}');
	return json_end(&j);
}

struct record_sink *
record_open(const char *path, struct error *error)
{
	struct record_sink *r = malloc(sizeof(*r));

	if (r == NULL) {
		error_set(error, "%s: %s", path, strerror(ENOMEM));
		return NULL;
	}
	r->path = path;
	r->n = 0;
	r->failed = 0;
	r->stamp[0] = '\0';
	r->fd =
	    strcmp(path, "-") == 0
	        ? STDOUT_FILENO
	        : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	if (r->fd < 0) {
		error_set(error, "%s: %s", path, strerror(errno));
		free(r);
		return NULL;
	}
	return r;
}

void
record_write(struct record_sink *r, const struct dissector *d,
    const struct op *op, const char *flow)
{
	size_t n = format(r, d, op, flow, true);

	if (n == 0)
		n = format(r, d, op, flow, false);
	r->n += n;
	if (n > 0)
		r->buffer[r->n++] = '\n';
	if (r->n > BUFFER - LINE_MAX_OCTETS - 1)
		flush(r);
}

int
record_close(struct record_sink *r, struct error *error)
{
	int failed;

	if (r == NULL)
		return 0;
	flush(r);
	if (r->fd != STDOUT_FILENO && close(r->fd) != 0 && r->failed == 0)
		r->failed = errno;
	failed = r->failed;
	if (failed != 0)
		error_set(error, "%s: %s", r->path, strerror(failed));
	free(r);
	return -failed;
}
