/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Repeats of one event about one subject are folded: the first goes out at
 * once, those that follow within the window are counted and go out together
 * when it is over.
 */
#ifndef RULES_FOLD_H
#define RULES_FOLD_H

#include "rules/event.h"
#include "rules/siphash.h"

struct fold;

/*
 * cap windows, cap > 0, of window_s seconds of packet time each; 0: nothing
 * is folded.  All memory is got now and touched as used: NULL without.
 */
struct fold *fold_new(
    uint32_t cap, uint32_t window_s, const uint8_t key[SIPHASH_KEY]);
void fold_free(struct fold *);

/* Another window_s; 0 lets windows that are open end as before. */
void fold_set(struct fold *, uint32_t window_s);

/*
 * An event is a repeat when detection, definition, severity, both addresses and
 * subject are the same.  What goes out for the repeats is the last of them,
 * with the count of all.  The end of a capture ends no window.
 */
void fold_put(struct fold *, const struct event *, struct event_sink *);

/* Lets out what is due at this packet time. */
void fold_tick(struct fold *, struct timespec now, struct event_sink *);

/* A window, as it outlives a restart. */
struct fold_window {
	uint32_t place; /* below cap; a window keeps its place */
	bool open;      /* false: it has ended, the rest means nothing */
	int64_t since;  /* packet time, seconds */
	/* The last repeat, its count that of all; count 0: the first event. */
	struct event last;
};

/* Each window that changed since it was last given, each once. */
void fold_changed(struct fold *,
    void (*each)(void *arg, const struct fold_window *), void *arg);

/*
 * Before the first fold_put(): opens a window again.  Its place may be
 * another; it counts as changed.
 */
void fold_restore(struct fold *, const struct fold_window *);

/* Windows that had to end early to make room, since the start. */
uint64_t fold_evicted(const struct fold *);

#endif
