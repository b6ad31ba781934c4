/* SPDX-License-Identifier: Apache-2.0 */
/* The folding of repeats: one window for each kind of event and subject. */
#include <config.h>

#include <stdlib.h>

#include "rules/fold.h"
#include "rules/table.h"

#define DET_SIZE 16
#define MNEMONIC_SIZE 48

/*
 * What makes two events the same; no padding, it is hashed as it is.  No
 * address of ours: where the program lies would decide what makes room.
 */
struct key {
	char mnemonic[MNEMONIC_SIZE];
	char det[DET_SIZE];
	uint8_t src[22], dst[22]; /* IP, or else MAC */
	uint8_t subject[1 + EVENT_STR];
	uint8_t severity; /* a window's notice hides no alarm after it */
};

struct entry {
	struct key key;
	struct event last; /* of the repeats; its count is that of all */
};

/* Apart from the entries, so that a tick walks little memory. */
struct window {
	int64_t since;
	bool open, changed;
};

struct fold {
	uint32_t window_s, open;
	uint64_t evicted;       /* windows that were open then */
	struct window *windows; /* of the entries, by number */
	struct entry *entries;
	struct table_slot *slots;
	struct table table;
};

static void
set_address(uint8_t to[22], const struct endpoint *e)
{
	static const uint8_t none[16];

	if (memcmp(e->ip, none, sizeof(none)) != 0)
		memcpy(to, e->ip, sizeof(e->ip));
	else
		memcpy(to + sizeof(e->ip), e->mac, sizeof(e->mac));
}

static struct key
key_of(const struct event *ev)
{
	struct key k = { .severity = (uint8_t)ev->severity };

	strncpy(k.mnemonic, ev->def->mnemonic, sizeof(k.mnemonic) - 1);
	strncpy(k.det, ev->det, sizeof(k.det) - 1);
	set_address(k.src, &ev->src);
	set_address(k.dst, &ev->dst);
	k.subject[0] = ev->subject.n;
	memcpy(k.subject + 1, ev->subject.p, ev->subject.n);
	return k;
}

/*
 * A clock that ran back by more than a window, as between two captures, ends
 * it too: it could never end otherwise.
 */
static bool
is_over(const struct fold *f, const struct window *w, int64_t now)
{
	if (!w->open)
		return false;
	/* unsigned: a capture may hold any time at all */
	if (now >= w->since)
		return (uint64_t)now - (uint64_t)w->since >= f->window_s;
	return (uint64_t)w->since - (uint64_t)now > f->window_s;
}

static void
close_window(struct fold *f, uint32_t i, struct event_sink *out)
{
	struct event *last = &f->entries[i].last;

	if (last->count > 0)
		out->emit(out, last);
	last->count = 0;
	f->windows[i].open = false;
	f->windows[i].changed = true;
	f->open--;
}

/* The entry's number.  Another may have to leave: it says what it holds. */
static uint32_t
find(struct fold *f, const struct key *k, struct event_sink *out)
{
	struct table *t = &f->table;
	struct entry *e = table_find(t, k);
	uint32_t i;
	bool fresh;

	if (e != NULL)
		return (uint32_t)(e - f->entries);
	e = table_oldest(t);
	i = e != NULL ? (uint32_t)(e - f->entries) : 0;
	if (e != NULL && f->windows[i].open) {
		f->evicted++;
		close_window(f, i, out);
	}
	e = table_put(t, k, &fresh);
	return (uint32_t)(e - f->entries);
}

struct fold *
fold_new(uint32_t cap, uint32_t window_s, const uint8_t key[SIPHASH_KEY])
{
	struct fold *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return NULL;
	f->window_s = window_s;
	f->windows = calloc(cap, sizeof(*f->windows));
	f->entries = calloc(cap, sizeof(*f->entries));
	f->slots = calloc(cap, sizeof(*f->slots));
	if (f->windows == NULL || f->entries == NULL || f->slots == NULL) {
		fold_free(f);
		return NULL;
	}
	table_init(&f->table, key, f->slots, f->entries, cap,
	    sizeof(struct entry), sizeof(struct key));
	return f;
}

void
fold_free(struct fold *f)
{
	if (f == NULL)
		return;
	free(f->windows);
	free(f->entries);
	free(f->slots);
	free(f);
}

void
fold_set(struct fold *f, uint32_t window_s)
{
	f->window_s = window_s;
}

void
fold_put(struct fold *f, const struct event *ev, struct event_sink *out)
{
	int64_t now = ev->at.tv_sec;
	struct event *last;
	uint32_t i, count;
	struct key k;

	if (f->window_s == 0) {
		out->emit(out, ev);
		return;
	}
	k = key_of(ev);
	i = find(f, &k, out);
	if (is_over(f, &f->windows[i], now))
		close_window(f, i, out);
	last = &f->entries[i].last;
	if (!f->windows[i].open) {
		f->windows[i] = (struct window){ now, true, true };
		f->open++;
		*last = *ev;
		last->count = 0;
		out->emit(out, ev);
		return;
	}
	f->windows[i].changed = true;
	count = last->count;
	*last = *ev;
	last->count += count;
}

void
fold_tick(struct fold *f, struct timespec now, struct event_sink *out)
{
	for (uint32_t i = 0; i < f->table.used && f->open > 0; i++)
		if (is_over(f, &f->windows[i], now.tv_sec))
			close_window(f, i, out);
}

void
fold_changed(struct fold *f,
    void (*each)(void *arg, const struct fold_window *), void *arg)
{
	struct fold_window w;

	for (uint32_t i = 0; i < f->table.used; i++) {
		if (!f->windows[i].changed)
			continue;
		f->windows[i].changed = false;
		w.place = i;
		w.open = f->windows[i].open;
		w.since = f->windows[i].since;
		w.last = f->entries[i].last;
		each(arg, &w);
	}
}

void
fold_restore(struct fold *f, const struct fold_window *w)
{
	struct key k = key_of(&w->last);
	struct entry *e;
	uint32_t i;
	bool fresh;

	if (f->window_s == 0 || table_oldest(&f->table) != NULL)
		return;
	e = table_put(&f->table, &k, &fresh);
	i = (uint32_t)(e - f->entries);
	if (!fresh)
		return;
	e->last = w->last;
	f->windows[i] = (struct window){ w->since, true, true };
	f->open++;
}

uint64_t
fold_evicted(const struct fold *f)
{
	return f->evicted;
}
