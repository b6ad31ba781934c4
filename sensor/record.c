/* SPDX-License-Identifier: Apache-2.0 */
/* Records, in one large buffer that is written block by block. */
#include <config.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dissectors/timetext.h"
#include "sensor/community.h"
#include "sensor/record.h"

/* Whole pages at whole places: design/hotpath.md has what it saves. */
#define BLOCK (256 * 1024)
#define LINE_MAX_OCTETS (128 * 1024)
#define MEMBER 64 /* octets that are copied of one that is kept */

struct record_sink {
	int fd, failed; /* failed: the errno of the first write that did */
	const char *path;
	time_t second; /* of the text in stamp, up to the fraction */
	char stamp[TIMETEXT];
	char octet[256][4]; /* decimal, with the point behind it */
	const char *capture;
	char member[MEMBER + JSON_SLACK]; /* that says it; 0: it is too long */
	size_t nmember;
	size_t n;
	char buffer[BLOCK + LINE_MAX_OCTETS];
};

/* Writes so much of what is there; the rest comes to the front. */
static void
flush(struct record_sink *r, size_t size)
{
	size_t done = 0;

	while (done < size && r->failed == 0) {
		ssize_t n = write(r->fd, r->buffer + done, size - done);

		if (n >= 0)
			done += (size_t)n;
		else if (errno != EINTR)
			r->failed = errno;
	}
	r->n -= size;
	memmove(r->buffer, r->buffer + size, r->n);
}

/* The date is spelt once a second. */
static void
write_time(struct record_sink *r, struct json *j, struct timespec at)
{
	if (r->second != at.tv_sec || r->stamp[0] == '\0') {
		timetext_utc(r->stamp, (uint64_t)at.tv_sec, 0);
		r->second = at.tv_sec;
	}
	timetext_digits(r->stamp + 26, (uint64_t)at.tv_nsec / 1000, 6);
	json_plain(j, "ts", r->stamp, TIMETEXT - 1);
}

/* The same for most of a run: escaped once. */
static void
write_capture(struct record_sink *r, struct json *j, const char *capture)
{
	struct json text;
	char *p;

	if (r->capture != capture) {
		json_start(&text, r->member, sizeof(r->member));
		json_text(&text, "capture", capture);
		r->nmember = json_end(&text);
		r->capture = capture;
	}
	if (r->nmember == 0) {
		json_text(j, "capture", capture);
		return;
	}
	p = json_room(j, MEMBER);
	if (p == NULL)
		return;
	memcpy(p, r->member, MEMBER);
	json_done(j, p + r->nmember);
}

static bool
is_v4(const uint8_t ip[16])
{
	uint64_t zero;
	uint32_t mapped;

	memcpy(&zero, ip, 8);
	memcpy(&mapped, ip + 8, 4);
	return zero == 0 && mapped == htonl(0xffff);
}

static void
write_ip(struct record_sink *r, struct json *j, const uint8_t ip[16])
{
	char s[INET6_ADDRSTRLEN], *p;

	if (!is_v4(ip)) {
		inet_ntop(AF_INET6, ip, s, sizeof(s));
		json_plain(j, "ip", s, strlen(s));
		return;
	}
	p = json_key(j, "ip");
	if (p == NULL)
		return;
	*p++ = '"';
	for (int i = 12; i < 16; i++) {
		memcpy(p, r->octet[ip[i]], 4);
		p += 2 + (ip[i] >= 10) + (ip[i] >= 100);
	}
	p[-1] = '"';
	json_done(j, p);
}

static void
write_mac(struct json *j, const uint8_t mac[6])
{
	static const char digit[] = "0123456789abcdef";
	char s[18];

	for (int i = 0; i < 6; i++) {
		s[3 * i] = digit[mac[i] >> 4];
		s[3 * i + 1] = digit[mac[i] & 15];
		s[3 * i + 2] = ':';
	}
	json_plain(j, "mac", s, sizeof(s) - 1);
}

/*
 * Hosts have an address and a port: their MAC is more often than not a
 * router's, and would be an eighth of a record.
 */
static void
write_end(struct record_sink *r, struct json *j, const char *key,
    const struct endpoint *e, bool ip)
{
	static const uint8_t none[6];

	json_open(j, key, '{');
	if (ip) {
		write_ip(r, j, e->ip);
		json_u64(j, "port", e->port);
	} else if (memcmp(e->mac, none, sizeof(none)) != 0) {
		write_mac(j, e->mac);
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
	write_capture(r, j, pdu->capture);
	json_text(j, "proto", op->protocol);
	if (flow != NULL)
		json_plain(j, "flow", flow, COMMUNITY_ID_LENGTH);
	write_end(r, j, "src", &pdu->src, flow != NULL);
	write_end(r, j, "dst", &pdu->dst, flow != NULL);
	if (pdu->vlans > 0) {
		json_open(j, "vlan", '[');
		for (unsigned i = 0; i < pdu->vlans; i++)
			json_u64(j, NULL, pdu->vlan[i]);
		json_close(j, ']');
	}
}

static void
write_verdict(struct json *j, enum rd_err verdict)
{
	static const char *const name[] = { "ok", "truncated", "malformed",
		"trailing" };

	if (verdict == RD_OK)
		json_name(j, "verdict", "ok");
	else
		json_text(j, "verdict", name[verdict]);
}

/* A line, or 0 when it does not fit. */
static size_t
format(struct record_sink *r, const struct dissector *d, const struct op *op,
    const char *flow, bool whole)
{
	struct json j;

	json_start(&j, r->buffer + r->n, LINE_MAX_OCTETS);
	json_open(&j, NULL, '{');
	write_head(r, &j, op, flow);
	write_verdict(&j, op->verdict);
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

/* Each octet as it stands in an address. */
static void
fill_octets(struct record_sink *r)
{
	char s[8] = "";

	for (int i = 0; i < 256; i++) {
		snprintf(s, sizeof(s), "%d.", i & 0xff);
		memcpy(r->octet[i], s, 4);
	}
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
	r->capture = NULL;
	fill_octets(r);
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
	if (r->n >= BLOCK)
		flush(r, BLOCK);
}

int
record_close(struct record_sink *r, struct error *error)
{
	int failed;

	if (r == NULL)
		return 0;
	flush(r, r->n);
	if (r->fd != STDOUT_FILENO && close(r->fd) != 0 && r->failed == 0)
		r->failed = errno;
	failed = r->failed;
	if (failed != 0)
		error_set(error, "%s: %s", r->path, strerror(failed));
	free(r);
	return -failed;
}
