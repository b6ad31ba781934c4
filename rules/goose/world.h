/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is known of every GOOSE publisher, over Ethernet or routed, as a
 * subscriber keeps it (IEC 62351-6, 7.2), and beside it the line that does not
 * fit: an injected message never becomes the measure of the honest ones.
 */
#ifndef RULES_GOOSE_WORLD_H
#define RULES_GOOSE_WORLD_H

#include "dissectors/goose/goose.h"
#include "rules/detector.h"
#include "rules/goose/line.h"
#include "rules/rate.h"

#define GOOSE_REF 128      /* octets of a gocbRef that are kept */
#define GOOSE_STRAY 100000 /* us that a unit may be late beside 2 x TAL */
#define GOOSE_LEAP 1000    /* states at once: no loss can be so large */
#define GOOSE_TAL_SHORT 8  /* ms; a shorter one is news */
#define GOOSE_CONSISTENT 3 /* units that make a line the publisher's */

enum { /* habits of a publisher that are no news any more */
	GOOSE_T_FLOATS = 1,  /* t goes on within a state */
	GOOSE_T_STICKS = 2,  /* t does not go on with the state */
	GOOSE_LOOSE_DATA = 4 /* data and t change within a state */
};

enum { /* bits of said: what is told once and not while it lasts */
	GOOSE_SAID_ABSENT = 1,
	GOOSE_SAID_UNSIGNED = 2, /* of R-GOOSE */
	GOOSE_SAID_KEY_ID = 4,
	GOOSE_SAID_EXPIRED = 8,
	GOOSE_SAID_MAC = 16,
	GOOSE_VERIFIED = 32, /* a MAC was right once */
	GOOSE_SAID_SEGMENT = 64
};

/* Where the last state, or jump, was left: no honest publisher goes on there.
 */
struct goose_before {
	uint64_t at_us, data, t;
	uint32_t st, sq, tal;
};

struct goose_publisher {
	uint64_t key;
	uint32_t next; /* of its chain */
	struct goose_line ref, other;
	struct goose_before before; /* at_us 0: none */
	struct goose_moment last;   /* of ref */
	struct endpoint src, dst;   /* of it */
	uint8_t vlans;
	uint16_t vlan[PDU_VLANS];
	bool routed; /* R-GOOSE: mac and dst are the ends of IP addresses */
	bool blind;  /* a unit since then could not be read */
	uint8_t habits, nref;
	uint8_t said, secured; /* units of ref with an extension, some */
	uint8_t ref_octets[GOOSE_REF];
	uint32_t tal_max, tal_times; /* the longest, and how often */
	uint32_t second, in_second, recent, peak, flooded;
	uint32_t in_time; /* since when t was near the packets', s; 0: not */
	uint32_t key_since, key_id; /* an unknown one */
	uint32_t step_us;  /* between the last two of ref, in one state */
	uint32_t usual_us; /* between the two before; 0 for both: unknown */
	struct pace macs, restarts;
};

enum {                                /* bits of news */
	GOOSE_IS_NEW = 1 << 0,        /* the first unit of its control block */
	GOOSE_OTHER_MAC = 1 << 1,     /* of a source that was not there */
	GOOSE_BOTH = 1 << 2,          /* and the publisher speaks, too */
	GOOSE_RECONFIGURED = 1 << 3,  /* see fields */
	GOOSE_IS_BACK = 1 << 4,       /* stNum went back */
	GOOSE_IS_SEQ_BACK = 1 << 5,   /* sqNum did */
	GOOSE_IS_ANEW = 1 << 6,       /* a restart */
	GOOSE_UNTRUE = 1 << 7,        /* what began at moment was no state */
	GOOSE_LEAPT = 1 << 8,         /* stNum went on by more than 1 */
	GOOSE_HOLE = 1 << 9,          /* sqNum did, or did not begin at 0 */
	GOOSE_DATA_STAYED = 1 << 10,  /* new state, old data */
	GOOSE_DATA_MOVED = 1 << 11,   /* old state and t, new data */
	GOOSE_DATA_T_MOVED = 1 << 12, /* old state, new data and t */
	GOOSE_T_STAYED = 1 << 13,     /* new state, t not newer */
	GOOSE_T_MOVED = 1 << 14,      /* old state and data, other t */
	GOOSE_CHANGED = 1 << 15,      /* a new state of the publisher */
	GOOSE_UNSYNCED = 1 << 16,     /* its clock is not right any more */
	GOOSE_TAL_CHANGED = 1 << 17,  /* to a new extreme */
	GOOSE_IS_LATE = 1 << 18,      /* later than TAL allowed */
	GOOSE_IS_FAST = 1 << 19,      /* GOOSE_MANY or more in this second */
	GOOSE_SIMULATED = 1 << 20,  /* other simulation flags than before, on */
	GOOSE_COMMISSION = 1 << 21, /* ndsCom is set and was not */
	GOOSE_IS_SECURED = 1 << 22, /* there is an extension */
	GOOSE_UNSECURED = 1 << 23,  /* there is none and always was */
	GOOSE_IS_UNREAD = 1 << 24,  /* the extension began to fit no reading */
	GOOSE_IS_SEQ_FAR = 1 << 25  /* sqNum leapt */
};

#define GOOSE_MANY 50

/* What a unit that is news was, against what was there before. */
struct goose_view {
	uint32_t news, fields;
	const struct goose_pdu *pdu;
	const struct goose_line *unit;
	struct goose_line was;      /* the publisher's line before */
	struct goose_stride step;   /* from there */
	struct goose_moment moment; /* of GOOSE_UNTRUE, and the line then: */
	uint32_t untrue_st, untrue_sq;
	bool untrue_state; /* not only units of a state that is true */
	uint32_t tal_max, tal_times; /* before */
	bool absent;                 /* it was said that the publisher is */
	bool crowded;                /* there was no time for the missing */
	uint64_t blind_us;           /* as goose_world_blind() */
	struct goose_publisher *p;
};

/* How much of what was sent the sensor saw, as sqNum tells. */
struct goose_loss {
	uint64_t received, missing, copies;
};

extern const struct world goose_world;

/* state: of the world. */
struct goose_loss goose_world_loss(const void *state);

/*
 * A tick looks at some publishers in turn: first how many, then so often the
 * next one.
 */
uint32_t goose_world_share(const void *state);
struct goose_publisher *goose_world_next(void *state);

/* The publisher of the last unit, or NULL. */
struct goose_publisher *goose_world_latest(const void *state);

/* The publishers by places, those below used; and how many had to leave. */
uint32_t goose_world_used(const void *state);
const struct goose_publisher *goose_world_at(const void *state, uint32_t place);
uint32_t goose_world_place(const void *state, const struct goose_publisher *);
uint64_t goose_world_evicted(const void *state);

/* When the sensor last lost packets or saw none at all, us; 0: never. */
uint64_t goose_world_blind(const void *state);

/* The PDU, if need be out of an R-GOOSE session; NULL: another protocol's. */
const struct goose_pdu *goose_world_pdu(const struct op *);

/* Takes in what unit says; view->news is set, 0 for nothing. */
void goose_judge(struct goose_publisher *, const struct goose_line *unit,
    uint64_t copy_us, struct goose_view *);

/* --- past.c: against p->before --- */

/* How long after a unit with this TAL its publisher may still be there. */
uint64_t goose_past_patience_us(uint32_t tal);

/* As p->step_us; longer ones are told apart no more. */
static inline uint32_t
goose_past_step(uint64_t us)
{
	return us < UINT32_MAX ? (uint32_t)us : UINT32_MAX;
}

/* What is the publisher's now is what was before. */
void goose_past_leave(struct goose_publisher *);

/*
 * Whether the state of ref is one that the other line began as well, and ref
 * left it soon: nobody begins a state twice, and the publisher stays with his.
 */
bool goose_past_doubled(const struct goose_publisher *);

/*
 * Whether the state that was due begins, behind one that leapt over it: the
 * one that leapt was not the publisher's.
 */
bool goose_past_next(const struct goose_publisher *, const struct goose_line *);

/*
 * Whether what was before goes on although there is a new state, or a number
 * ahead: whoever began that was not the publisher.  Its units before are what
 * tells who is who.
 */
bool goose_past_again(
    const struct goose_publisher *, const struct goose_line *);

/*
 * Whether the last number comes again at the time when it was due, and its
 * first unit did not: that was not the publisher's.
 */
bool goose_past_timely(
    const struct goose_publisher *, const struct goose_line *);

/*
 * Whether a restart is one of another day: of a publisher whose clock is right
 * it has a time before what is known.  Years before, the clock begins anew,
 * too.
 */
bool goose_past_restart(
    const struct goose_publisher *, const struct goose_line *);

/* Whether it is a copy of what was before, by the longer way. */
bool goose_past_copy(const struct goose_publisher *, const struct goose_line *,
    uint64_t copy_us);

/*
 * Whether what is before is no less so with a new state, since the one between
 * was too short to be anybody's.
 */
bool goose_past_stays(
    const struct goose_publisher *, uint64_t silence_us, uint64_t copy_us);

#endif
