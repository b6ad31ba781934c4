/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What outlives a restart, in one SQLite file: meters, the windows of folding,
 * the last sequence number, and how far captures were read.  Changes become
 * whole by state_commit() only: after a crash the file is as of the last one.
 * For the outputs' thread; only opening and reading are for the main thread,
 * before that one runs.
 */
#ifndef OUTPUTS_STATE_STATE_H
#define OUTPUTS_STATE_STATE_H

#include "outputs/error.h"
#include "rules/fold.h"
#include "rules/memory.h"

struct state;

#define STATE_CAPTURE 256 /* octets of a capture's name with its NUL */

/* How far everything had come: what a commit says, and opening tells. */
struct state_mark {
	uint32_t sqnum;      /* of the last event; 0: none yet */
	int64_t second;      /* packet time; 0: nothing was read yet */
	uint64_t generation; /* commits since the file was made */
	/* the capture at hand, or an empty name */
	char capture[STATE_CAPTURE];
	int64_t first_ns; /* time of its first packet */
	uint64_t frames;  /* of it that are done */
	int64_t ack;      /* acknowledgements up to here were told; 0: none */
};

/* What is asked for when a file is opened. */
struct state_setup {
	bool must_be_there; /* no file is made */
	bool alone;         /* no other sensor may keep its state there */
	uint32_t wait_ms;   /* while another program writes; 0: a preset */
	uint32_t keep_days; /* meters that were silent longer are forgotten */
	uint64_t most;      /* meters kept at the most */
};

/*
 * Opens or makes the file; takes over one that an earlier version made.  0, or
 * -errno, said in error: it cannot be opened or written, is no such file, is
 * damaged, a later version made it, or another sensor has it.
 */
int state_open(struct state **, const char *path, const struct state_setup *,
    struct error *);

/* Without a commit what was put since the last one is lost.  NULL is fine. */
void state_close(struct state *);

const struct state_mark *state_mark(const struct state *);

/*
 * The key of the hashes in it.  A file that has none yet takes the preset, or a
 * random one without: what was kept can be compared as long as it is.  0, or
 * -errno, said in error.
 */
#define STATE_SECRET 16
int state_secret(struct state *, const uint8_t *preset,
    uint8_t to[STATE_SECRET], struct error *);

/* Of a capture, how many frames are done; 0: it is new. */
uint64_t state_frames(struct state *, const char *capture, int64_t first_ns);

/*
 * The meters heard last, at most so many, the longest silent of them first.
 * Both give -errno, said in error.
 */
int state_meters(struct state *, uint64_t most,
    void (*each)(void *arg, const struct memory_meter *), void *arg,
    struct error *);

/* All meters in the order of the meters table. */
int state_list(struct state *,
    void (*each)(void *arg, const struct memory_meter *), void *arg,
    struct error *);

/*
 * Rows of kept pieces, by owner and number.  each() tells whether it knows the
 * owner: what nobody does is dropped with the next commit.
 */
int state_rows(struct state *,
    bool (*each)(void *arg, const struct memory_row *), void *arg,
    struct error *);

/* How many rows that was. */
uint64_t state_strange(const struct state *);

int state_folds(struct state *,
    void (*each)(void *arg, const struct fold_window *), void *arg,
    struct error *);

/* How many meters there are. */
uint64_t state_count(struct state *);

/* As struct memory's find. */
bool state_find(struct state *, const uint8_t *title, const uint8_t ip[16],
    uint16_t port, uint16_t unit, struct memory_meter *);

/*
 * What fails is kept as state_error(), and is written with what follows by the
 * next commit that succeeds.
 */
void state_put_meter(struct state *, const struct memory_meter *);
void state_put_row(struct state *, const struct memory_row *);
void state_put_fold(struct state *, const struct fold_window *);
void state_commit(struct state *, const struct state_mark *);

/* The first error since it was last asked, or NULL. */
const char *state_error(struct state *);

/*
 * A person says that a meter's counters may begin anew.  title is 8 octets;
 * at_s is wall time.  0; -ENOENT: no such meter; or -errno; said in error.
 */
int state_acknowledge(struct state *, const uint8_t *title, uint32_t at_s,
    const char *reason, struct error *);

/* An acknowledgement that no sensor has taken in yet. */
struct state_ack {
	int64_t id; /* greater than 0, and than that of the one before */
	uint8_t title[MEMORY_TITLE];
	uint32_t at_s;
	char reason[EVENT_STR + 1];
};

/*
 * Each of them, the oldest first, at most so many; they count as taken in when
 * a commit says so.
 */
int state_acks(struct state *, uint64_t most,
    void (*each)(void *arg, const struct state_ack *), void *arg,
    struct error *);

#endif
