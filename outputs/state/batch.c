/* SPDX-License-Identifier: Apache-2.0 */
/* Records of any kind, one behind the other, aligned. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "outputs/state/batch.h"

#define MOST ((size_t)256 * 1024 * 1024)
#define FIRST ((size_t)64 * 1024)
#define ALIGN ((size_t)16)

struct record {
	size_t n; /* of what follows, with padding */
	enum batch_kind kind;
};

_Static_assert(sizeof(struct record) % 16 == 0, "what follows is aligned");

static bool
grow(struct batch *b, size_t need)
{
	size_t cap = b->cap != 0 ? b->cap : FIRST;
	uint8_t *p;

	if (need <= b->cap - b->n)
		return true;
	while (cap - b->n < need && cap < MOST)
		cap *= 2;
	if (cap - b->n < need)
		return false;
	p = realloc(b->p, cap);
	if (p == NULL)
		return false;
	b->p = p;
	b->cap = cap;
	return true;
}

void
batch_add(struct batch *b, enum batch_kind kind, const void *p, size_t n)
{
	struct record r = { (n + ALIGN - 1) & ~(ALIGN - 1), kind };

	if (b->over)
		return;
	if (!grow(b, sizeof(r) + r.n)) {
		b->over = true;
		return;
	}
	memcpy(b->p + b->n, &r, sizeof(r));
	memcpy(b->p + b->n + sizeof(r), p, n);
	b->n += sizeof(r) + r.n;
}

void
batch_each(const struct batch *b,
    void (*each)(void *arg, enum batch_kind, const void *), void *arg)
{
	struct record r;

	for (size_t at = 0; at < b->n; at += sizeof(r) + r.n) {
		memcpy(&r, b->p + at, sizeof(r));
		each(arg, r.kind, b->p + at + sizeof(r));
	}
}

void
batch_clear(struct batch *b)
{
	b->n = 0;
	b->over = false;
}

void
batch_free(struct batch *b)
{
	free(b->p);
}
