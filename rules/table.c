/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Buckets of one cache line, two of them for each key; a pair that overflows
 * goes on in the next (design: hot path, 2.1).  No list is kept: what was used
 * last bears the highest stamp, and of a few under a hand that goes round the
 * lowest leaves.  A table of a few entries is walked instead.
 */
#include <config.h>

#include <string.h>

#include "rules/table.h"

#define PLACES 6
#define LINE 64
#define FEW 16    /* entries that are walked */
#define SAMPLE 12 /* entries of which the one unused longest leaves */
#define WORDS 8   /* of a key that is hashed as words */
#define LEAST 16  /* pairs that an index begins with */
#define FULL 6    /* entries a pair, on average, until it grows */

/* Entries count from 1, so that zeroed memory is an empty table. */
#define NONE 0

struct bucket {
	uint32_t entry[PLACES], stamp[PLACES];
	uint16_t tag[PLACES];
	uint16_t
	    beyond; /* of the first of a pair: how many it has no room for */
	uint16_t unused;
};

_Static_assert(sizeof(struct bucket) == LINE, "bucket");

/* Where an entry is found: its bucket and place, or its own stamp. */
struct spot {
	struct bucket *b;
	int place;
};

static uint8_t *
entry_at(const struct table *t, uint32_t i)
{
	return t->entries + (i - 1) * t->entry_size;
}

static uint64_t
hash_of(const struct table *t, const void *key)
{
	uint64_t w[WORDS] = { 0 };

	if (t->key_size > sizeof(w))
		return siphash(t->key, key, t->key_size);
	memcpy(w, key, t->key_size);
	return siphash13_words(t->key, w, (t->key_size + 7) / 8);
}

static struct bucket *
buckets(const struct table *t)
{
	uintptr_t p = (uintptr_t)t->slots;

	return (struct bucket *)((p + LINE - 1) & ~(uintptr_t)(LINE - 1));
}

static bool
is_same(const struct table *t, uint32_t i, const void *key)
{
	return memcmp(entry_at(t, i), key, t->key_size) == 0;
}

static uint32_t
first_pair(const struct table *t, uint64_t h)
{
	return (uint32_t)((h & UINT32_MAX) * t->pairs >> 32);
}

/* The entry's number, and where it stands. */
static uint32_t
look_up(const struct table *t, uint64_t h, const void *key, struct spot *at)
{
	uint32_t pair = first_pair(t, h);
	uint16_t tag = (uint16_t)(h >> 48);

	for (uint32_t n = 0; n < t->pairs; n++) {
		struct bucket *first = buckets(t) + 2 * (size_t)pair;

		for (struct bucket *b = first; b < first + 2; b++)
			for (int i = 0; i < PLACES; i++)
				if (b->tag[i] == tag && b->entry[i] != NONE &&
				    is_same(t, b->entry[i], key)) {
					*at = (struct spot){ b, i };
					return b->entry[i];
				}
		if (first->beyond == 0)
			return NONE;
		pair = pair + 1 < t->pairs ? pair + 1 : 0;
	}
	return NONE;
}

/* The first free place of a key; there is one, since pairs have more. */
static struct spot
room_for(const struct table *t, uint64_t h)
{
	uint32_t pair = first_pair(t, h);

	for (;;) {
		struct bucket *first = buckets(t) + 2 * (size_t)pair;

		for (struct bucket *b = first; b < first + 2; b++)
			for (int i = 0; i < PLACES; i++)
				if (b->entry[i] == NONE)
					return (struct spot){ b, i };
		first->beyond++;
		pair = pair + 1 < t->pairs ? pair + 1 : 0;
	}
}

/* Out of the index; those that it was beyond have one less to look for. */
static void
leave(const struct table *t, struct spot at)
{
	uint32_t i = at.b->entry[at.place];
	uint32_t pair = first_pair(t, hash_of(t, entry_at(t, i)));
	uint32_t stands = (uint32_t)(at.b - buckets(t)) / 2;

	at.b->entry[at.place] = NONE;
	for (; pair != stands; pair = pair + 1 < t->pairs ? pair + 1 : 0)
		buckets(t)[2 * (size_t)pair].beyond--;
}

/* When the entry there was used last. */
static uint32_t *
stamp_at(const struct table *t, struct spot at)
{
	if (t->stamp_at == 0)
		return &at.b->stamp[at.place];
	return (uint32_t *)(void *)(entry_at(t, at.b->entry[at.place]) +
	                            t->stamp_at);
}

/*
 * Stamps in entries are far from each other: those that the hand comes to next
 * are fetched together, one turn ahead.
 */
static void
expect(const struct table *t)
{
	uint32_t seen = 0, n = 2 * t->pairs, at = t->hand;

	for (; seen < SAMPLE; at = at + 1 < n ? at + 1 : 0) {
		const struct bucket *b = buckets(t) + at;

		for (int i = 0; i < PLACES; i++) {
			if (b->entry[i] == NONE)
				continue;
			seen++;
			__builtin_prefetch(
			    entry_at(t, b->entry[i]) + t->stamp_at);
		}
	}
}

/* Of the entries from the hand on; *hand: where it looks next. */
static struct spot
victim(const struct table *t, uint32_t *hand)
{
	struct spot worst = { NULL, 0 };
	uint32_t since, age = 0, seen = 0, n = 2 * t->pairs, at = t->hand;

	for (; seen < SAMPLE; at = at + 1 < n ? at + 1 : 0) {
		struct bucket *b = buckets(t) + at;

		for (int i = 0; i < PLACES; i++) {
			if (b->entry[i] == NONE)
				continue;
			seen++;
			since = t->now - *stamp_at(t, (struct spot){ b, i });
			if (worst.b != NULL && since <= age)
				continue;
			worst = (struct spot){ b, i };
			age = since;
		}
	}
	*hand = at;
	return worst;
}

static uint32_t
walk(const struct table *t, const void *key)
{
	for (uint32_t i = 1; i <= t->used; i++)
		if (is_same(t, i, key))
			return i;
	return NONE;
}

static uint32_t *
stamp_of(const struct table *t, uint32_t i)
{
	if (t->stamp_at != 0)
		return (uint32_t *)(void *)(entry_at(t, i) + t->stamp_at);
	return &t->slots[i - 1].word[0];
}

static uint32_t
oldest_of_few(const struct table *t)
{
	uint32_t worst = 1;

	for (uint32_t i = 2; i <= t->used; i++)
		if (t->now - *stamp_of(t, i) > t->now - *stamp_of(t, worst))
			worst = i;
	return worst;
}

void
table_init(struct table *t, const uint8_t key[SIPHASH_KEY],
    struct table_slot *slots, void *entries, uint32_t cap, size_t entry_size,
    size_t key_size)
{
	size_t lines = cap * sizeof(*slots) / LINE;

	*t = (struct table){ .slots = slots,
		.entries = entries,
		.cap = cap,
		.entry_size = entry_size,
		.key_size = key_size };
	memcpy(t->key, key, sizeof(t->key));
	/* one line is lost where slots do not begin with one */
	if (cap > FEW)
		t->pairs = (uint32_t)((lines - 1) / 2);
}

/* h: the key's hash, where there is an index. */
static void *
find(struct table *t, const void *key, uint64_t h)
{
	struct spot at;
	uint32_t i;

	t->now++;
	if (t->pairs == 0) {
		i = walk(t, key);
		if (i != NONE)
			*stamp_of(t, i) = t->now;
	} else {
		i = look_up(t, h, key, &at);
		if (i != NONE)
			*stamp_at(t, at) = t->now;
	}
	return i != NONE ? entry_at(t, i) : NULL;
}

void *
table_find(struct table *t, const void *key)
{
	return find(t, key, t->pairs > 0 ? hash_of(t, key) : 0);
}

void
table_stamps(struct table *t, size_t offset)
{
	t->stamp_at = offset;
	t->most = t->pairs;
	while (t->pairs > LEAST)
		t->pairs /= 2;
}

/* It may lead into the table of another, or nowhere. */
void *
table_within(const struct table *t, const void *hint)
{
	uintptr_t at = (uintptr_t)hint - (uintptr_t)t->entries;

	return hint != NULL && at < t->used * t->entry_size ? t->entries + at
	                                                    : NULL;
}

/* The entry that hint is, now the newest; NULL: it is another's, or none. */
static void *
follow(struct table *t, const void *hint, const void *key)
{
	uint8_t *e = table_within(t, hint);

	if (e == NULL || memcmp(e, key, t->key_size) != 0)
		return NULL;
	t->now++;
	*(uint32_t *)(void *)(e + t->stamp_at) = t->now;
	return e;
}

void *
table_hinted(struct table *t, const void *hint, const void *key)
{
	void *e = follow(t, hint, key);

	return e != NULL ? e : table_find(t, key);
}

void *
table_put_hinted(
    struct table *t, const void *hint, const void *key, bool *fresh)
{
	void *e = follow(t, hint, key);

	*fresh = false;
	return e != NULL ? e : table_put(t, key, fresh);
}

const void *
table_peek(const struct table *t, const void *key)
{
	struct spot at;
	uint32_t i = t->pairs == 0 ? walk(t, key)
	                           : look_up(t, hash_of(t, key), key, &at);

	return i != NONE ? entry_at(t, i) : NULL;
}

/* An entry, that is not there yet, into the index. */
static struct spot
enter(struct table *t, uint32_t i, uint64_t h)
{
	struct spot at = room_for(t, h);

	at.b->entry[at.place] = i;
	at.b->tag[at.place] = (uint16_t)(h >> 48);
	return at;
}

/*
 * Keys are anywhere in the index: as large as it has to be one day, it would
 * be resident for a few.  Entries go in as they came, so it is as if it had
 * been this large from the start.
 */
static void
grow(struct table *t)
{
	uint32_t to = t->most;

	while (to / 2 > t->pairs)
		to /= 2;
	memset(buckets(t), 0, 2 * (size_t)t->pairs * sizeof(struct bucket));
	t->pairs = to;
	for (uint32_t i = 1; i <= t->used; i++)
		enter(t, i, hash_of(t, entry_at(t, i)));
}

/* The number of an entry that is free now. */
static uint32_t
take(struct table *t)
{
	struct spot at;
	uint32_t i, hand;

	if (t->used < t->cap) {
		if (t->pairs < t->most && t->used >= FULL * t->pairs)
			grow(t);
		return ++t->used;
	}
	t->evicted++;
	if (t->pairs == 0)
		return oldest_of_few(t);
	at = victim(t, &hand);
	i = at.b->entry[at.place];
	leave(t, at);
	t->hand = hand;
	if (t->stamp_at != 0)
		expect(t);
	return i;
}

void *
table_put(struct table *t, const void *key, bool *fresh)
{
	uint64_t h = t->pairs > 0 ? hash_of(t, key) : 0;
	uint8_t *e = find(t, key, h);
	struct spot at;
	uint32_t i;

	*fresh = e == NULL;
	if (e != NULL)
		return e;
	i = take(t);
	e = entry_at(t, i);
	memcpy(e, key, t->key_size);
	memset(e + t->key_size, 0, t->entry_size - t->key_size);
	if (t->pairs == 0) {
		*stamp_of(t, i) = t->now;
	} else {
		at = enter(t, i, h);
		*stamp_at(t, at) = t->now;
	}
	return e;
}

void *
table_oldest(const struct table *t)
{
	struct spot at;
	uint32_t hand;

	if (t->used < t->cap)
		return NULL;
	if (t->pairs == 0)
		return entry_at(t, oldest_of_few(t));
	at = victim(t, &hand);
	return entry_at(t, at.b->entry[at.place]);
}
