/* SPDX-License-Identifier: Apache-2.0 */
/* The chain's hashes, and the lines that hold them. */
#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "outputs/file/chain.h"

#define MAGIC "gridtap-chain 1 "
#define PLAIN "sha256"
#define KEYED "hmac-sha256"
#define DIGITS "0123456789abcdef"

void
chain_start(struct chain *c, const uint8_t *key, size_t nkey)
{
	c->last.n = 0;
	memset(c->last.hash, '0', CHAIN_HASH);
	c->last.hash[CHAIN_HASH] = '\0';
	c->nkey = nkey;
	if (nkey > 0)
		memcpy(c->key, key, nkey);
}

bool
chain_add(struct chain *c, const char *line, size_t n)
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	unsigned int nsum = 0;
	size_t at;

	if (n >= LINES_MAX)
		return false;
	at = (size_t)snprintf(c->text, CHAIN_RECORD, "%s %" PRIu64 " ",
	    c->last.hash, c->last.n + 1);
	memcpy(c->text + at, line, n);
	at += n;
	c->text[at++] = '\n';
	if (c->nkey > 0)
		HMAC(EVP_sha256(), c->key, (int)c->nkey,
		    (unsigned char *)c->text, at, sum, &nsum);
	else
		EVP_Digest(c->text, at, sum, &nsum, EVP_sha256(), NULL);
	if (nsum != CHAIN_HASH / 2)
		return false;
	for (unsigned int i = 0; i < nsum; i++) {
		c->last.hash[2 * i] = DIGITS[sum[i] >> 4];
		c->last.hash[2 * i + 1] = DIGITS[sum[i] & 15];
	}
	c->last.n++;
	return true;
}

size_t
chain_put_head(char buf[CHAIN_RECORD], const struct chain *c, int64_t since)
{
	return (size_t)snprintf(buf, CHAIN_RECORD,
	    MAGIC "%s %" PRIu64 " %s %" PRId64 "\n",
	    c->nkey > 0 ? KEYED : PLAIN, c->last.n, c->last.hash, since);
}

size_t
chain_put_record(
    char buf[CHAIN_RECORD], const struct chain *c, uint64_t end, bool late)
{
	return (size_t)snprintf(buf, CHAIN_RECORD,
	    "%" PRIu64 " %" PRIu64 " %s%s\n", c->last.n, end, c->last.hash,
	    late ? " late" : "");
}

/* A number and the space behind it, if it is not the last. */
static bool
take_number(const char **s, uint64_t *v, bool last)
{
	char *end;

	if (**s < '0' || **s > '9')
		return false;
	*v = strtoull(*s, &end, 10);
	if (*end != (last ? '\0' : ' '))
		return false;
	*s = end + !last;
	return true;
}

static bool
take_hash(const char **s, char hash[CHAIN_HASH + 1])
{
	if (strspn(*s, DIGITS) != CHAIN_HASH)
		return false;
	memcpy(hash, *s, CHAIN_HASH);
	hash[CHAIN_HASH] = '\0';
	*s += CHAIN_HASH;
	return true;
}

static bool
take_word(const char **s, const char *word)
{
	size_t n = strlen(word);

	if (strncmp(*s, word, n) != 0)
		return false;
	*s += n;
	return true;
}

/* As a text of its own; false when it can be none of ours. */
static bool
copy(char buf[CHAIN_RECORD], const char *line, size_t n)
{
	if (n >= CHAIN_RECORD || memchr(line, '\0', n) != NULL)
		return false;
	memcpy(buf, line, n);
	buf[n] = '\0';
	return true;
}

bool
chain_read_head(struct chain_link *before, bool *keyed, int64_t *since,
    const char *line, size_t n)
{
	char buf[CHAIN_RECORD];
	const char *s = buf;
	uint64_t v;
	bool negative;

	if (!copy(buf, line, n) || !take_word(&s, MAGIC))
		return false;
	*keyed = take_word(&s, KEYED " ");
	if (!*keyed && !take_word(&s, PLAIN " "))
		return false;
	if (!take_number(&s, &before->n, false) ||
	    !take_hash(&s, before->hash) || !take_word(&s, " "))
		return false;
	negative = take_word(&s, "-");
	if (!take_number(&s, &v, true))
		return false;
	*since = negative ? -(int64_t)v : (int64_t)v;
	return true;
}

bool
chain_read_record(struct chain_record *r, const char *line, size_t n)
{
	char buf[CHAIN_RECORD];
	const char *s = buf;

	if (!copy(buf, line, n) || !take_number(&s, &r->link.n, false) ||
	    !take_number(&s, &r->end, false) || !take_hash(&s, r->link.hash))
		return false;
	r->late = take_word(&s, " late");
	return *s == '\0';
}
