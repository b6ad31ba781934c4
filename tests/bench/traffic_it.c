/* SPDX-License-Identifier: Apache-2.0 */
/* What else there is on such a network: names, time, web, files. */
#include <config.h>

#include <stdio.h>

#include "tests/bench/traffic.h"
#include "tests/lib/build_it.h"

#define SEGMENT 1460

enum { CLIENT, SERVER };
enum { HANDSHAKE = 0x16, CIPHER_CHANGE = 0x14, APPLICATION = 0x17 };
enum { SMB_READ = 8, SMB_WRITE = 9 };

struct state {
	uint32_t index, step, left; /* left: octets or exchanges to come */
	uint64_t message;
	bool from_start;
};

static void
start(void *state, struct prng *r, uint32_t index, bool from_start)
{
	struct state *s = state;

	s->index = index;
	s->from_start = from_start;
	s->message = prng_below(r, 1000);
}

static void
host(char *name, size_t size, uint32_t index)
{
	static const char *const labels[] = { "mail", "update", "files",
		"scada", "wiki", "ca", "print", "historian" };

	snprintf(name, size, "%s%u.example.%s", labels[index % 8],
	    index / 8 % 40, index % 3 == 0 ? "org" : "com");
}

static void
next_dns(void *state, struct prng *r, struct say *say)
{
	struct state *s = state;
	char name[64];

	host(name, sizeof(name), s->index + (s->step / 2));
	say->dir = s->step & 1;
	build_it_dns(&say->data, (uint16_t)(s->index * 7 + s->step / 2), name,
	    say->dir == SERVER, 0xc6336400 | (s->index & 0xff));
	s->step++;
	say->last = say->dir == SERVER;
	say->end = say->last && prng_chance(r, 50);
}

static void
next_ntp(void *state, struct prng *r, struct say *say)
{
	struct state *s = state;

	say->dir = s->step++ & 1;
	build_it_ntp(&say->data, say->dir == CLIENT ? 3 : 4, say->us);
	say->last = say->dir == SERVER;
	say->end = say->last && prng_chance(r, 15);
}

/* A hello, a certificate in two segments, then records both ways. */
static void
next_tls(void *state, struct prng *r, struct say *say)
{
	struct state *s = state;
	char name[64];

	if (!s->from_start && s->step == 0)
		s->step = 5;
	say->dir = s->step == 1 || s->step == 2 || s->step == 4;
	switch (s->step++) {
	case 0:
		host(name, sizeof(name), s->index);
		build_it_client_hello(&say->data, name, r);
		return;
	case 1: /* server hello, and a record that the next one ends */
		build_it_server_hello(&say->data, r);
		octets_be(&say->data, 0x1603030a00, 5);
		octets_random(&say->data, r, 1300);
		return;
	case 2:
		octets_random(&say->data, r, 0x0a00 - 1300);
		return;
	case 3:
		build_it_tls(&say->data, HANDSHAKE, r, 70);
		/* fall through */
	case 4:
		build_it_tls(&say->data, CIPHER_CHANGE, r, 1);
		build_it_tls(&say->data, HANDSHAKE, r, 40);
		return;
	default:
		say->dir = s->step & 1;
		build_it_tls(&say->data, APPLICATION, r,
		    prng_between(r, 40, say->dir == SERVER ? 700 : 160));
		say->last = say->dir == SERVER && prng_chance(r, 60);
		say->end = say->last && prng_chance(r, 7);
	}
}

static void
request(struct state *s, struct octets *o)
{
	char head[256], name[64];

	host(name, sizeof(name), s->index);
	snprintf(head, sizeof(head),
	    "GET /reports/%u/day%u.csv HTTP/1.1\r\nHost: %s\r\n"
	    "User-Agent: collector/2.4\r\nAccept: */*\r\n\r\n",
	    s->index, s->step, name);
	octets_text(o, head);
}

/* Values as a table would have them, up to n octets. */
static void
rows(struct octets *o, struct prng *r, size_t n)
{
	char row[32];
	int len;

	while (n > 0) {
		len = snprintf(row, sizeof(row), "%u;%u\r\n", prng_below(r, 96),
		    prng_below(r, 1000000));
		if ((size_t)len > n)
			len = (int)n;
		octets_put(o, row, (size_t)len);
		n -= (size_t)len;
	}
}

static void
next_http(void *state, struct prng *r, struct say *say)
{
	struct state *s = state;
	char head[128];
	size_t n;

	if (s->left == 0) {
		request(s, &say->data);
		s->left = prng_between(r, 200, 6000);
		s->step++;
		s->message = 0;
		return;
	}
	say->dir = SERVER;
	if (s->message++ == 0) {
		snprintf(head, sizeof(head),
		    "HTTP/1.1 200 OK\r\nServer: example\r\n"
		    "Content-Type: text/csv\r\nContent-Length: %u\r\n\r\n",
		    s->left);
		octets_text(&say->data, head);
	}
	n = SEGMENT - say->data.n;
	if (n > s->left)
		n = s->left;
	rows(&say->data, r, n);
	s->left -= (uint32_t)n;
	say->last = s->left == 0;
	say->end = say->last && prng_chance(r, 30);
}

static void
next_smb(void *state, struct prng *r, struct say *say)
{
	struct state *s = state;
	uint16_t command = s->message & 1 ? SMB_WRITE : SMB_READ;
	bool heavy = (command == SMB_WRITE) == ((s->step & 1) == CLIENT);

	say->dir = s->step++ & 1;
	build_it_smb(&say->data, command, s->message, say->dir == SERVER, r,
	    heavy ? prng_between(r, 100, 700) : 49);
	if (say->dir == CLIENT)
		return;
	s->message++;
	say->last = true;
	say->end = prng_chance(r, 4);
}

const struct traffic traffic_dns = { "it", TRAFFIC_UDP, 53, 3, 50, true, start,
	next_dns, NULL };
const struct traffic traffic_ntp = { "it", TRAFFIC_UDP, 123, 1, 5, true, start,
	next_ntp, NULL };
const struct traffic traffic_tls = { "it", TRAFFIC_TCP, 443, 50, 25, true,
	start, next_tls, NULL };
const struct traffic traffic_http = { "it", TRAFFIC_TCP, 80, 26, 15, true,
	start, next_http, NULL };
const struct traffic traffic_smb = { "it", TRAFFIC_TCP, 445, 20, 5, true, start,
	next_smb, NULL };
