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
#define RESERVE ((off_t)64 * 1024 * 1024)
#define MEMBER 64 /* octets that are copied of one that is kept */
#define PROTOS 8
#define HEAD 512 /* more than what a record begins with ever has */

struct member {
	const char *of; /* the value that it says; NULL: none yet */
	size_t n;
	char text[MEMBER + JSON_SLACK]; /* with the comma behind it */
};

struct record_sink {
	int fd, failed; /* failed: the errno of the first write that did */
	const char *path;
	off_t written, reserved; /* octets from the beginning */
	bool growing;            /* what it takes can be reserved */
	time_t second;           /* of the text in stamp, up to the fraction */
	char stamp[TIMETEXT];
	char octet[256][4]; /* decimal, with the point behind it */
	struct member capture, proto[PROTOS];
	size_t n;
	char buffer[BLOCK + LINE_MAX_OCTETS];
};

/*
 * Room on the disk a step ahead: a file that grows block by block is dearer
 * to the kernel, and in pieces.
 */
static void
reserve(struct record_sink *r)
{
	if (!r->growing || r->written + BLOCK <= r->reserved)
		return;
	r->growing =
	    fallocate(r->fd, FALLOC_FL_KEEP_SIZE, r->written, RESERVE) == 0;
	if (r->growing)
		r->reserved = r->written + RESERVE;
}

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
	r->written += (off_t)done;
	r->n -= size;
	memmove(r->buffer, r->buffer + size, r->n);
}

/* A literal, with the length that the compiler knows. */
static inline __attribute__((always_inline)) char *
put(char *p, const char *s)
{
	memcpy(p, s, strlen(s));
	return p + strlen(s);
}

/* The date is spelt once a second. */
static char *
put_time(struct record_sink *r, char *p, struct timespec at)
{
	if (r->second != at.tv_sec || r->stamp[0] == '\0') {
		timetext_utc(r->stamp, (uint64_t)at.tv_sec, 0);
		r->second = at.tv_sec;
	}
	p = put(p, "\"ts\":\"");
	memcpy(p, r->stamp, TIMETEXT - 1);
	/* six digits, with zeros: a seventh before them gives way to the point
	 */
	json_put_u64(p + 19, 1000000 + (uint64_t)at.tv_nsec / 1000);
	p[19] = '.';
	return put(p + 26, "Z\",");
}

/* What is the same in many records is escaped once; 0: it is too long. */
static void
keep(struct member *m, const char *key, const char *of)
{
	struct json j;

	json_start(&j, m->text, sizeof(m->text));
	json_text(&j, key, of);
	m->n = json_end(&j);
	m->of = of;
	if (m->n >= MEMBER)
		m->n = 0;
	if (m->n > 0)
		m->text[m->n++] = ',';
}

/* It is there as a whole: MEMBER octets are written, whatever it has. */
static char *
put_member(char *p, const struct member *m)
{
	memcpy(p, m->text, MEMBER);
	return p + m->n;
}

/* There are fewer protocols than places, and all have short names. */
static char *
put_proto(struct record_sink *r, char *p, const char *proto)
{
	struct member *m = r->proto;

	while (m->of != proto && m->of != NULL && m != r->proto + PROTOS - 1)
		m++;
	if (m->of != proto)
		keep(m, "proto", proto);
	return put_member(p, m);
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

static char *
put_ip(const struct record_sink *r, char *p, const uint8_t ip[16])
{
	if (!is_v4(ip)) {
		inet_ntop(AF_INET6, ip, p, INET6_ADDRSTRLEN);
		return p + strlen(p);
	}
	for (int i = 12; i < 16; i++) {
		memcpy(p, r->octet[ip[i]], 4);
		p += 2 + (ip[i] >= 10) + (ip[i] >= 100);
	}
	return p - 1;
}

/*
 * Hosts have an address and a port: their MAC is more often than not a
 * router's, and would be an eighth of a record.
 */
static char *
put_host(const struct record_sink *r, char *p, const struct endpoint *e)
{
	p = put_ip(r, put(p, "{\"ip\":\""), e->ip);
	p = json_put_u64(put(p, "\",\"port\":"), e->port);
	return put(p, "},");
}

static char *
put_mac(char *p, const struct endpoint *e)
{
	static const char digit[] = "0123456789abcdef";
	static const uint8_t none[6];

	if (memcmp(e->mac, none, sizeof(none)) == 0)
		return put(p, "{},");
	p = put(p, "{\"mac\":\"");
	for (int i = 0; i < 6; i++) {
		*p++ = digit[e->mac[i] >> 4];
		*p++ = digit[e->mac[i] & 15];
		*p++ = ':';
	}
	return put(p - 1, "\"},");
}

static char *
put_ends(const struct record_sink *r, char *p, const struct pdu *pdu,
    const char *flow)
{
	if (flow == NULL) {
		p = put_mac(put(p, "\"src\":"), &pdu->src);
		return put_mac(put(p, "\"dst\":"), &pdu->dst);
	}
	p = put(p, "\"flow\":\"");
	memcpy(p, flow, COMMUNITY_ID_LENGTH);
	p = put_host(r, put(p + COMMUNITY_ID_LENGTH, "\",\"src\":"), &pdu->src);
	return put_host(r, put(p, "\"dst\":"), &pdu->dst);
}

/* All but the capture's name is of bounded length: one test is for all. */
static void
write_head(struct record_sink *r, struct json *j, const struct op *op,
    const char *flow)
{
	const struct pdu *pdu = op->pdu;
	char *p = json_room(j, HEAD);

	if (p == NULL)
		return;
	p = put_time(r, p, pdu->at);
	p = json_put_u64(put(p, "\"frame\":"), pdu->frame);
	*p++ = ',';
	if (r->capture.of != pdu->capture)
		keep(&r->capture, "capture", pdu->capture);
	if (r->capture.n > 0) {
		p = put_member(p, &r->capture);
	} else {
		j->at = p;
		json_text(j, "capture", pdu->capture);
		p = json_room(j, HEAD);
		if (p == NULL)
			return;
	}
	j->at = put_ends(r, put_proto(r, p, op->protocol), pdu, flow);
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
	r->capture.of = NULL;
	memset(r->proto, 0, sizeof(r->proto));
	r->written = r->reserved = 0;
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
	/* a device or a pipe is told by the first attempt */
	r->growing = r->fd != STDOUT_FILENO;
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
	if (r->n >= BLOCK) {
		reserve(r);
		flush(r, BLOCK);
	}
}

int
record_close(struct record_sink *r, struct error *error)
{
	int failed;

	if (r == NULL)
		return 0;
	flush(r, r->n);
	/* gives back what was reserved in vain */
	if (r->reserved > r->written && ftruncate(r->fd, r->written) != 0 &&
	    r->failed == 0)
		r->failed = errno;
	if (r->fd != STDOUT_FILENO && close(r->fd) != 0 && r->failed == 0)
		r->failed = errno;
	failed = r->failed;
	if (failed != 0)
		error_set(error, "%s: %s", r->path, strerror(failed));
	free(r);
	return -failed;
}
