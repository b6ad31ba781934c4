/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the TLS handshake in clear (RFC 5246 7.4, RFC 8446 4). */
#include <config.h>

#include "dissectors/tls/parts.h"
#include "dissectors/tls/suites.h"

#define SIGNATURE_ALGORITHMS 13
#define SUPPORTED_VERSIONS 43
#define RENEGOTIATION_INFO 0xff01

#define CURVE_NAMED 3

/* SHA-256 of "HelloRetryRequest" (RFC 8446 4.1.3). */
static const uint8_t retry[32] = { 0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61,
	0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11,
	0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33,
	0x9c };

static uint32_t
u24(struct reader *r)
{
	uint32_t high = rd_u8(r);

	return high << 16 | rd_u16be(r);
}

/* Values that exist to be ignored (RFC 8701). */
static bool
is_grease(uint16_t v)
{
	return (v & 0x0f0f) == 0x0a0a && (v >> 8) == (v & 0xff);
}

static void
read_versions(struct reader *r, bool client, struct tls_hello *h)
{
	struct reader list;
	uint16_t v;

	if (!client) {
		h->version = rd_u16be(r);
		return;
	}
	list = rd_sub(r, rd_u8(r));
	for (h->version = 0; rd_left(&list) >= 2;) {
		v = rd_u16be(&list);
		if (!is_grease(v) && v > h->version)
			h->version = v;
	}
}

static void
read_extension(
    uint16_t type, struct reader *r, bool client, struct tls_hello *h)
{
	switch (type) {
	case SUPPORTED_VERSIONS:
		read_versions(r, client, h);
		break;
	case SIGNATURE_ALGORITHMS:
		h->has_algorithms = true;
		h->algorithms = rd_bytes(r, rd_u16be(r));
		break;
	case RENEGOTIATION_INFO:
		h->renegotiates_securely = true;
		break;
	default:
		break;
	}
}

/* They may be missing altogether (RFC 5246 7.4.1.2). */
static void
read_extensions(struct reader *r, bool client, struct tls_hello *h)
{
	struct reader all, one;
	uint16_t type;

	if (r->err != RD_OK || (rd_left(r) == 0 && r->lost == 0))
		return;
	all = rd_sub(r, rd_u16be(r));
	while (all.err == RD_OK && (rd_left(&all) > 0 || all.lost > 0)) {
		type = rd_u16be(&all);
		one = rd_sub(&all, rd_u16be(&all));
		read_extension(type, &one, client, h);
		if (one.err == RD_MALFORMED)
			rd_fail(&all);
	}
	if (r->err == RD_OK)
		r->err = all.err;
}

static void
note_signalling(struct tls_hello *h)
{
	for (size_t i = 0; i + 1 < h->suites.n; i += 2)
		if ((h->suites.p[i] << 8 | h->suites.p[i + 1]) ==
		    TLS_SIGNALLING)
			h->renegotiates_securely = true;
}

enum rd_err
tls_client_hello(struct reader r, struct tls_message *m, const char **flaw)
{
	struct tls_hello *h = &m->hello;

	h->version = rd_u16be(&r);
	h->random = rd_bytes(&r, 32);
	h->session = rd_bytes(&r, rd_u8(&r));
	h->suites = rd_bytes(&r, rd_u16be(&r));
	rd_take(&r, rd_u8(&r));
	read_extensions(&r, true, h);
	if (h->suites.n % 2 != 0 || h->session.n > 32)
		rd_fail(&r);
	note_signalling(h);
	if (r.err != RD_OK)
		*flaw = "a ClientHello does not fit its lengths";
	return rd_end(&r);
}

enum rd_err
tls_server_hello(struct reader r, struct tls_message *m, const char **flaw)
{
	struct tls_hello *h = &m->hello;

	h->version = rd_u16be(&r);
	h->random = rd_bytes(&r, 32);
	h->session = rd_bytes(&r, rd_u8(&r));
	h->suites = rd_bytes(&r, 2);
	rd_u8(&r);
	read_extensions(&r, false, h);
	h->retry = h->random.n == sizeof(retry) &&
	           memcmp(h->random.p, retry, sizeof(retry)) == 0;
	if (h->session.n > 32)
		rd_fail(&r);
	if (r.err != RD_OK)
		*flaw = "a ServerHello does not fit its lengths";
	return rd_end(&r);
}

enum rd_err
tls_read_certificates(struct reader r, struct tls_message *m, const char **flaw)
{
	struct tls_certificates *c = &m->certificates;
	struct reader list;

	c->octets = u24(&r);
	list = rd_sub(&r, c->octets);
	c->none = r.err == RD_OK && c->octets == 0;
	if (!c->none) {
		c->first = u24(&list);
		c->leaf = rd_bytes(&list, c->first);
		c->chain = (struct bytes){ list.p, rd_left(&list) };
	}
	if (r.err == RD_OK)
		r.err = list.err;
	if (r.err != RD_OK)
		*flaw = "a list of certificates does not fit its lengths";
	return rd_end(&r);
}

/* Suites with ephemeral keys sign what they send, most of them. */
enum rd_err
tls_key_exchange(
    struct reader r, uint16_t suite, struct tls_message *m, const char **flaw)
{
	uint32_t flags = tls_suite(suite);

	if ((flags & (TLS_SUITE_EC | TLS_SUITE_DH)) == 0)
		return RD_OK;
	if ((flags & TLS_SUITE_EC) != 0) {
		if (rd_u8(&r) != CURVE_NAMED)
			return RD_OK; /* of no use to us */
		rd_u16be(&r);
		rd_take(&r, rd_u8(&r));
	} else {
		for (int i = 0; i < 3; i++) /* p, g and the public value */
			rd_take(&r, rd_u16be(&r));
	}
	m->signature = rd_u16be(&r);
	rd_take(&r, rd_u16be(&r));
	if (r.err != RD_OK) {
		m->signature = 0;
		*flaw = "a ServerKeyExchange does not fit its lengths";
	}
	return rd_end(&r);
}

enum rd_err
tls_old_hello(struct reader r, struct tls_message *m, const char **flaw)
{
	uint16_t suites, session, challenge;

	rd_u8(&r); /* its type: a ClientHello */
	m->hello.version = rd_u16be(&r);
	suites = rd_u16be(&r);
	session = rd_u16be(&r);
	challenge = rd_u16be(&r);
	rd_take(&r, suites);
	m->hello.session = rd_bytes(&r, session);
	m->hello.random = rd_bytes(&r, challenge);
	if (r.err != RD_OK)
		*flaw = "a hello of SSL 2.0 does not fit its lengths";
	return rd_end(&r);
}
