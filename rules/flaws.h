/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Units that cannot be read, counted per subject.  One is a notice: a bit may
 * have fallen over.  Many within a while are a flood, an event of its own
 * (detections, B.0 rule 10).
 */
#ifndef RULES_FLAWS_H
#define RULES_FLAWS_H

#include "rules/detector.h"
#include "rules/rate.h"
#include "rules/table.h"

#define FLAWS_KEY 40 /* room for two IP addresses and a number */
#define FLAWS_SUBJECTS 1024

struct flaws_subject {
	uint8_t key[FLAWS_KEY];
	uint64_t noticed; /* when a notice was last said, ms */
	uint64_t flooded; /* when a flood was */
	bool was_flooded;
	struct rate units; /* that could not be read */
};

/* Zeroed, with its parameters in place, before flaws_start(). */
struct flaws {
	uint32_t n, t_s; /* so many units in so many seconds are a flood */
	struct table subjects;
	struct table_slot slots[FLAWS_SUBJECTS];
	struct flaws_subject subject[FLAWS_SUBJECTS];
};

/* The parameters of a detector whose state is a struct flaws. */
#define FLAWS_PARAMETERS(preset)                                               \
	{ "n", offsetof(struct flaws, n), preset, 1, RATE_MOST },              \
	    { "t_s", offsetof(struct flaws, t_s), 60, 1, 86400 },              \
	{                                                                      \
		NULL, 0, 0, 0, 0                                               \
	}

/* How one protocol's flaws are said. */
struct flaws_family {
	const char *det;    /* row of the detection catalogue */
	const char *attack; /* or NULL */
	const char *std;    /* the standard event's id, or NULL */
	const struct event_def *one, *flood;

	/*
	 * Sets the subject, may say that it is doubtful, and adds what the
	 * protocol knows of the unit, at most 5 values; "flaw" stands there
	 * already, "units" and "t_s" follow in a flood.
	 */
	void (*add)(struct event *, const struct op *);
};

/* As a detector starts: state is a struct flaws. */
void flaws_start(void *state, const struct setup *);

/* What of it outlives a restart, under this name. */
static inline struct kept_part
flaws_kept(const char *name, struct flaws *f)
{
	return kept_table(name, 1, &f->subjects);
}

/*
 * Says what is to be said of a unit under its subject's key, which has at most
 * FLAWS_KEY octets: a notice for the first and at most one in t_s, a flood when
 * n came within t_s and at most one in t_s.  Only units that could not be read
 * (RD_MALFORMED) make a flood: a device that always says what it should not is
 * none.  An op without a flaw, one whose octets were not all captured and one
 * that came inside another is passed over.
 */
void flaws_on_op(struct flaws *, const struct flaws_family *, const struct op *,
    struct bytes key, struct event_sink *);

#endif
