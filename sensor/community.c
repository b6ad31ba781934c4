/* SPDX-License-Identifier: Apache-2.0 */
/*
 * github.com/corelight/community-id-spec: SHA-1 over seed, ends and protocol,
 * in base64 (RFC 4648).
 */
#include <config.h>

#include <openssl/evp.h>
#include <stdbool.h>
#include <string.h>

#include "sensor/community.h"

#define BLOCK 64 /* of what is hashed: two IPv6 ends and 8 octets fit */
#define HASH 20

enum { ICMP = 1, TCP = 6, UDP = 17, ICMPV6 = 58, SCTP = 132 };

/* What is hashed, while it is filled. */
struct block {
	uint8_t p[BLOCK];
	size_t n;
};

/* Types of ICMP and ICMPv6 that answer each other. */
static const uint8_t pairs4[][2] = { { 0, 8 }, { 9, 10 }, { 13, 14 },
	{ 15, 16 }, { 17, 18 } };
static const uint8_t pairs6[][2] = { { 128, 129 }, { 130, 131 }, { 133, 134 },
	{ 135, 136 }, { 139, 140 }, { 144, 145 } };

static void
put(struct block *b, const uint8_t *p, size_t n)
{
	memcpy(b->p + b->n, p, n);
	b->n += n;
}

static void
put_u16(struct block *b, uint16_t v)
{
	const uint8_t p[2] = { (uint8_t)(v >> 8), (uint8_t)v };

	put(b, p, sizeof(p));
}

/* IPv4 addresses are hashed as such. */
static void
put_address(struct block *b, const struct endpoint *e)
{
	static const uint8_t v4[12] = { [10] = 0xff, [11] = 0xff };

	if (memcmp(e->ip, v4, sizeof(v4)) == 0)
		put(b, e->ip + sizeof(v4), sizeof(e->ip) - sizeof(v4));
	else
		put(b, e->ip, sizeof(e->ip));
}

/* The type that answers this one; false: none does, each way is a flow. */
static bool
answer(uint8_t protocol, uint16_t type, uint16_t *to)
{
	const uint8_t(*pair)[2] = protocol == ICMP ? pairs4 : pairs6;
	size_t n = protocol == ICMP ? sizeof(pairs4) : sizeof(pairs6);

	for (size_t i = 0; i < n / 2; i++)
		for (size_t k = 0; k < 2; k++)
			if (pair[i][k] == type) {
				*to = pair[i][1 - k];
				return true;
			}
	return false;
}

/*
 * Looking the algorithm up in the library takes four times as long as hashing:
 * it is done once.  False when there was no memory for it.
 */
static bool
digest(const struct block *b, uint8_t hash[HASH])
{
	static EVP_MD *sha1;
	static EVP_MD_CTX *ctx;

	if (sha1 == NULL)
		sha1 = EVP_MD_fetch(NULL, "SHA1", NULL);
	if (ctx == NULL)
		ctx = EVP_MD_CTX_new();
	return sha1 != NULL && ctx != NULL &&
	       EVP_DigestInit_ex2(ctx, sha1, NULL) == 1 &&
	       EVP_DigestUpdate(ctx, b->p, b->n) == 1 &&
	       EVP_DigestFinal_ex(ctx, hash, NULL) == 1;
}

void
community_id(char to[COMMUNITY_ID], const struct endpoint *a,
    const struct endpoint *b, uint8_t protocol, uint16_t seed)
{
	struct endpoint first = *a, second = *b;
	struct block block = { .n = 0 };
	uint8_t hash[HASH] = { 0 };
	bool icmp = protocol == ICMP || protocol == ICMPV6, one_way = false;
	bool ports =
	    icmp || protocol == TCP || protocol == UDP || protocol == SCTP;
	int order = memcmp(a->ip, b->ip, sizeof(a->ip));

	if (icmp)
		one_way = !answer(protocol, a->port, &second.port);
	if (!one_way &&
	    (order > 0 || (order == 0 && first.port > second.port))) {
		struct endpoint swap = first;

		first = second;
		second = swap;
	}
	put_u16(&block, seed);
	put_address(&block, &first);
	put_address(&block, &second);
	put_u16(&block, (uint16_t)(protocol << 8));
	if (ports) {
		put_u16(&block, first.port);
		put_u16(&block, second.port);
	}
	/* else it is one that no flow has */
	if (!digest(&block, hash))
		memset(hash, 0, sizeof(hash));
	memcpy(to, "1:", 2);
	EVP_EncodeBlock((uint8_t *)to + 2, hash, HASH);
}
