/* SPDX-License-Identifier: Apache-2.0 */
/* Prefixes, sorted by length, key and value. */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "rules/policy_set.h"

#define TITLE 8 /* octets of a system title */

/* As many as n things get room for: powers of two, so that adding is cheap. */
void *
policy_room(void *array, size_t n, size_t size)
{
	if ((n & (n - 1)) != 0)
		return array;
	return reallocarray(array, n > 0 ? 2 * n : 1, size);
}

void
policy_prefix_cut(struct policy_prefix *p)
{
	size_t whole = p->bits / 8;

	if (whole >= POLICY_KEY)
		return;
	p->key[whole] &= (uint8_t) ~(0xff >> p->bits % 8);
	memset(p->key + whole + 1, 0, POLICY_KEY - whole - 1);
}

bool
policy_prefix_has(const struct policy_prefix *p, const uint8_t key[16])
{
	size_t whole = p->bits / 8;

	if (memcmp(p->key, key, whole) != 0)
		return false;
	return p->bits % 8 == 0 ||
	       (p->key[whole] ^ key[whole]) >> (8 - p->bits % 8) == 0;
}

bool
policy_title(struct bytes title, uint8_t key[POLICY_KEY])
{
	if (title.n != TITLE)
		return false;
	memcpy(key, title.p, TITLE);
	memset(key + TITLE, 0, POLICY_KEY - TITLE);
	return true;
}

int
policy_set_add(
    struct policy_set *s, const struct policy_prefix *p, uint32_t value)
{
	struct policy_member *more = policy_room(s->at, s->n, sizeof(*s->at));

	if (more == NULL)
		return -ENOMEM;
	s->at = more;
	s->at[s->n++] = (struct policy_member){ *p, value };
	return 0;
}

static int
compare(const void *a, const void *b)
{
	const struct policy_member *x = a, *y = b;
	int key;

	if (x->prefix.bits != y->prefix.bits)
		return x->prefix.bits < y->prefix.bits ? -1 : 1;
	key = memcmp(x->prefix.key, y->prefix.key, POLICY_KEY);
	if (key != 0)
		return key;
	return (x->value > y->value) - (x->value < y->value);
}

void
policy_set_sort(struct policy_set *s)
{
	s->lengths = 0;
	if (s->n > 0)
		qsort(s->at, s->n, sizeof(*s->at), compare);
	for (size_t i = 0; i < s->n; i++) {
		if (i > 0 && s->at[i].prefix.bits == s->at[i - 1].prefix.bits)
			continue;
		s->length[s->lengths] = s->at[i].prefix.bits;
		s->first[s->lengths++] = (uint32_t)i;
	}
	s->first[s->lengths] = (uint32_t)s->n;
}

void
policy_set_free(struct policy_set *s)
{
	free(s->at);
}

/* The first of the members of one length that is not before the prefix. */
static uint32_t
search(
    const struct policy_set *s, unsigned which, const struct policy_prefix *p)
{
	uint32_t low = s->first[which], high = s->first[which + 1];

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (memcmp(s->at[mid].prefix.key, p->key, POLICY_KEY) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* The key's prefix of one length, and where its members begin. */
static uint32_t
search_length(const struct policy_set *s, unsigned which,
    const uint8_t key[POLICY_KEY], struct policy_prefix *p)
{
	p->bits = s->length[which];
	memcpy(p->key, key, POLICY_KEY);
	policy_prefix_cut(p);
	return search(s, which, p);
}

static bool
is_member(const struct policy_set *s, unsigned which, uint32_t i,
    const struct policy_prefix *p)
{
	return i < s->first[which + 1] &&
	       memcmp(s->at[i].prefix.key, p->key, POLICY_KEY) == 0;
}

uint32_t
policy_set_find(const struct policy_set *s, const uint8_t key[16])
{
	uint32_t least = POLICY_NONE;
	struct policy_prefix p;

	for (unsigned which = 0; which < s->lengths; which++) {
		uint32_t i = search_length(s, which, key, &p);

		if (is_member(s, which, i, &p) && s->at[i].value < least)
			least = s->at[i].value;
	}
	return least;
}

bool
policy_set_any(const struct policy_set *s, const uint8_t key[16],
    bool (*fits)(const void *arg, uint32_t value), const void *arg)
{
	struct policy_prefix p;

	for (unsigned which = 0; which < s->lengths; which++)
		for (uint32_t i = search_length(s, which, key, &p);
		     is_member(s, which, i, &p); i++)
			if (fits(arg, s->at[i].value))
				return true;
	return false;
}
