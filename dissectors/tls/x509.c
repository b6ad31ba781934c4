/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates in DER (RFC 5280 4.1). */
#include <config.h>

#include <string.h>

#include "dissectors/ber.h"
#include "dissectors/tls/x509.h"

#define SEQUENCE 0x30
#define SET 0x31
#define INTEGER 0x02
#define BIT_STRING 0x03
#define OID 0x06
#define UTC_TIME 0x17
#define GENERALIZED_TIME 0x18
#define EXPLICIT_VERSION 0xa0

static const uint8_t rsa_prefix[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1,
	1 };
static const uint8_t ec_key[] = { 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1 };
static const uint8_t ecdsa_sha1[] = { 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1 };
static const uint8_t dsa_sha1[] = { 0x2a, 0x86, 0x48, 0xce, 0x38, 4, 3 };
static const uint8_t common_name[] = { 0x55, 4, 3 };

#define IS(bytes, literal)                                                     \
	((bytes).n == sizeof(literal) &&                                       \
	    memcmp((bytes).p, literal, sizeof(literal)) == 0)

/* The contents of the next element, which must have this tag. */
static struct reader
enter(struct reader *r, uint32_t tag)
{
	struct ber e = { 0 };

	if (!ber_next(r, &e) || e.tag != tag)
		rd_fail(r);
	return rd_sub(r, r->err == RD_OK ? e.len : 0);
}

static struct bytes
contents(struct reader *r, uint32_t tag)
{
	struct reader in = enter(r, tag);

	return rd_rest(&in);
}

static void
leave_out(struct reader *r)
{
	struct ber e = { 0 };

	if (ber_next(r, &e))
		rd_take(r, e.len);
	else
		rd_fail(r);
}

/* 1, 2 and so on of PKCS #1's algorithms; 0: none of them. */
static uint8_t
pkcs1(struct bytes oid)
{
	return oid.n == sizeof(rsa_prefix) + 1 &&
	               memcmp(oid.p, rsa_prefix, sizeof(rsa_prefix)) == 0
	           ? oid.p[sizeof(rsa_prefix)]
	           : 0;
}

static enum x509_hash
hash_of(struct bytes oid)
{
	uint8_t rsa = pkcs1(oid);

	if (oid.n == 0)
		return X509_UNSEEN;
	if (rsa == 2 || rsa == 3 || rsa == 4)
		return X509_MD5; /* or MD2, or MD4 */
	if (rsa == 5 || IS(oid, ecdsa_sha1) || IS(oid, dsa_sha1))
		return X509_SHA1;
	return X509_BETTER;
}

static int64_t
days(int64_t y, int64_t m, int64_t d)
{
	y -= m <= 2;
	return 365 * y + y / 4 - y / 100 + y / 400 +
	       (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1 - 719468;
}

/* n decimal digits; -1: they are none. */
static int64_t
digits(struct reader *r, int n)
{
	int64_t v = 0;

	for (; n > 0; n--) {
		uint8_t c = rd_u8(r);

		if (c < '0' || c > '9')
			rd_fail(r);
		v = v * 10 + (c - '0');
	}
	return v;
}

/* UTC, with seconds, as 4.1.2.5 wants them. */
static int64_t
read_time(struct reader *r)
{
	struct ber e = { 0 };
	struct reader in;
	int64_t t, y, m, d;

	if (!ber_next(r, &e) ||
	    (e.tag != UTC_TIME && e.tag != GENERALIZED_TIME)) {
		rd_fail(r);
		return 0;
	}
	in = rd_sub(r, e.len);
	y = digits(&in, e.tag == UTC_TIME ? 2 : 4);
	if (e.tag == UTC_TIME)
		y += y < 50 ? 2000 : 1900;
	m = digits(&in, 2);
	d = digits(&in, 2);
	t = days(y, m, d) * 86400;
	t += digits(&in, 2) * 3600;
	t += digits(&in, 2) * 60;
	t += digits(&in, 2);
	if (in.err != RD_OK || m < 1 || m > 12)
		rd_fail(r);
	return t;
}

static void
read_rsa(struct reader *bits, struct x509 *x)
{
	struct reader key = enter(bits, SEQUENCE);
	struct bytes modulus = contents(&key, INTEGER);

	while (modulus.n > 0 && modulus.p[0] == 0) {
		modulus.p++;
		modulus.n--;
	}
	x->bits = (uint32_t)modulus.n * 8;
	for (uint8_t high = modulus.n > 0 ? modulus.p[0] : 0x80; high < 0x80;
	     high = (uint8_t)(high << 1))
		x->bits--;
}

static void
read_key(struct reader r, struct x509 *x)
{
	struct reader algorithm = enter(&r, SEQUENCE);
	struct bytes oid = contents(&algorithm, OID);
	struct reader bits = enter(&r, BIT_STRING);
	uint8_t rsa = pkcs1(oid);

	rd_u8(&bits); /* unused bits */
	if (rsa == 1 || rsa == 10) {
		x->key = X509_RSA;
		read_rsa(&bits, x);
	} else if (IS(oid, ec_key)) {
		x->key = X509_EC;
		/* 4: a point as it is; 2 and 3: one coordinate only */
		if (rd_u8(&bits) == 4)
			x->bits = (uint32_t)rd_left(&bits) * 4;
		else
			x->bits = (uint32_t)rd_left(&bits) * 8;
	}
}

/* The last common name of an RDNSequence's contents. */
static struct bytes
find_name(struct bytes names)
{
	struct reader r = rd_over(names.p, names.n, names.n);
	struct bytes name = { NULL, 0 };

	while (names.n > 0 && r.err == RD_OK && rd_left(&r) > 0) {
		struct reader set = enter(&r, SET);
		struct reader one = enter(&set, SEQUENCE);
		struct bytes oid = contents(&one, OID);
		struct ber e = { 0 };

		if (ber_next(&one, &e) && IS(oid, common_name))
			name = rd_bytes(&one, e.len);
	}
	return name;
}

enum rd_err
x509_read(struct bytes der, struct x509 *x)
{
	struct reader r = rd_over(der.p, der.n, der.n);
	struct reader whole = enter(&r, SEQUENCE);
	struct reader body = enter(&whole, SEQUENCE);
	struct reader algorithm, validity;

	memset(x, 0, sizeof(*x));
	if (rd_left(&body) > 0 && *body.p == EXPLICIT_VERSION)
		leave_out(&body);
	contents(&body, INTEGER); /* its serial number */
	algorithm = enter(&body, SEQUENCE);
	x->hash = hash_of(contents(&algorithm, OID));
	x->issuer = contents(&body, SEQUENCE);
	validity = enter(&body, SEQUENCE);
	x->from = read_time(&validity);
	x->to = read_time(&validity);
	x->subject = contents(&body, SEQUENCE);
	x->name = find_name(x->subject);
	read_key(enter(&body, SEQUENCE), x);
	if (algorithm.err != RD_OK || validity.err != RD_OK)
		rd_fail(&body);
	return body.err != RD_OK ? body.err : r.err;
}
