/* SPDX-License-Identifier: Apache-2.0 */
/* Ethernet, IPv4 (RFC 791), TCP (RFC 9293), UDP (RFC 768), as written. */
#include <config.h>

#include "tests/lib/talk.h"

#define IPV4_HEAD 20
#define TCP_HEAD 20
#define UDP_HEAD 8
#define PROTO_TCP 6
#define PROTO_UDP 17
#define WINDOW 8192

/* The ones' complement sum of RFC 1071, not yet folded. */
static uint32_t
sum(uint32_t acc, const uint8_t *p, size_t n)
{
	for (; n > 1; p += 2, n -= 2)
		acc += (uint32_t)(p[0] << 8 | p[1]);
	return n > 0 ? acc + (uint32_t)(p[0] << 8) : acc;
}

static void
store_sum(uint8_t *at, uint32_t acc)
{
	while (acc >> 16 != 0)
		acc = (acc & 0xffff) + (acc >> 16);
	acc = ~acc & 0xffff;
	at[0] = (uint8_t)(acc >> 8);
	at[1] = (uint8_t)acc;
}

/* Over the pseudo header and what stands from at on. */
static void
store_checksum(struct octets *o, size_t ip, size_t at, size_t field)
{
	uint32_t acc = sum(0, o->p + ip + 12, 8);

	acc += o->p[ip + 9] + (uint32_t)(o->n - at);
	store_sum(o->p + at + field, sum(acc, o->p + at, o->n - at));
	/* of UDP's sum 0 means that there is none */
	if (o->p[ip + 9] == PROTO_UDP && o->p[at + field] == 0 &&
	    o->p[at + field + 1] == 0)
		memset(o->p + at + field, 0xff, 2);
}

/* Returns where the IP header begins. */
static size_t
begin(struct octets *o, struct talk *t, unsigned dir, unsigned proto, size_t n)
{
	struct talk_end *from = &t->end[dir], *to = &t->end[!dir];
	size_t ip;

	o->n = 0;
	talk_ethernet(o, to->mac, from->mac, 0x0800);
	ip = o->n;
	octets_be(o, 0x4500, 2);
	octets_be(o, IPV4_HEAD + n, 2);
	octets_be(o, from->id++, 2);
	octets_be(o, 0x4000, 2); /* do not fragment */
	octets_u8(o, 64);
	octets_u8(o, proto);
	octets_be(o, 0, 2);
	octets_be(o, from->ip, 4);
	octets_be(o, to->ip, 4);
	store_sum(o->p + ip + 10, sum(0, o->p + ip, IPV4_HEAD));
	octets_be(o, from->port, 2);
	octets_be(o, to->port, 2);
	return ip;
}

static void
segment(struct octets *o, struct talk *t, unsigned dir, uint32_t seq,
    unsigned flags, const void *data, size_t n)
{
	/* the largest segment and nothing else */
	static const uint8_t mss[] = { 2, 4, 0x05, 0xb4 };
	size_t options = flags & TALK_SYN ? sizeof(mss) : 0;
	size_t ip = begin(o, t, dir, PROTO_TCP, TCP_HEAD + options + n);

	octets_be(o, seq, 4);
	octets_be(o, flags & TALK_ACK ? t->end[!dir].next : 0, 4);
	octets_u8(o, (unsigned)(TCP_HEAD + options) / 4 << 4);
	octets_u8(o, flags);
	octets_be(o, WINDOW, 2);
	octets_be(o, 0, 4); /* checksum, urgent */
	octets_put(o, mss, options);
	octets_put(o, data, n);
	store_checksum(o, ip, ip + IPV4_HEAD, 16);
}

struct talk_end
talk_end(uint32_t ip, uint16_t port, struct prng *r)
{
	struct talk_end e = { .port = port, .ip = ip, .mac = { 0x02 } };

	for (size_t i = 0; i < 4; i++)
		e.mac[2 + i] = (uint8_t)(ip >> (24 - 8 * i));
	e.next = prng_next(r);
	e.id = (uint16_t)prng_next(r);
	return e;
}

void
talk_ethernet(
    struct octets *o, const uint8_t to[6], const uint8_t from[6], uint16_t type)
{
	octets_put(o, to, 6);
	octets_put(o, from, 6);
	octets_be(o, type, 2);
}

void
talk_tcp(struct octets *o, struct talk *t, unsigned dir, unsigned flags,
    const void *data, size_t n)
{
	struct talk_end *from = &t->end[dir];

	segment(o, t, dir, from->next, flags, data, n);
	from->next += (uint32_t)n;
	if (flags & (TALK_SYN | TALK_FIN))
		from->next++;
}

void
talk_again(struct octets *o, struct talk *t, unsigned dir, uint32_t back,
    const void *data, size_t n)
{
	segment(
	    o, t, dir, t->end[dir].next - back, TALK_ACK | TALK_PSH, data, n);
}

void
talk_udp(
    struct octets *o, struct talk *t, unsigned dir, const void *data, size_t n)
{
	size_t ip = begin(o, t, dir, PROTO_UDP, UDP_HEAD + n);

	octets_be(o, UDP_HEAD + n, 2);
	octets_be(o, 0, 2);
	octets_put(o, data, n);
	store_checksum(o, ip, ip + IPV4_HEAD, 6);
}
