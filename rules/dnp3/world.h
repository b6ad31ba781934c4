/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is known of DNP3 associations: a master and an outstation, by IP and
 * link addresses.  Looked up once for a frame; what only commands, refusals
 * and keys need stands in habits.
 */
#ifndef RULES_DNP3_WORLD_H
#define RULES_DNP3_WORLD_H

#include "dissectors/dnp3/dnp3.h"
#include "dissectors/transport.h"
#include "rules/detector.h"
#include "rules/rate.h"
#include "rules/side.h"
#include "rules/table.h"

#define DNP3_SEQUENCES 16 /* of the application: 0 to 15 */
#define DNP3_FUNCTIONS 34 /* requests that the standard defines: 0 to 33 */

struct dnp3_key {
	uint8_t station[16], master[16];
	uint16_t link, master_link;
};

/* What was asked with a sequence number, and what was answered. */
struct dnp3_asked {
	uint32_t answer; /* hash of the last */
	uint8_t asked;   /* how often; 0: not */
	uint8_t answered;
	uint8_t function;
	uint8_t object; /* group of the first */
};

enum {                            /* flags of an association */
	DNP3_PARTIAL = 1,         /* others had to go when it was made */
	DNP3_INTEGRITY = 2,       /* class 0 was read on this connection */
	DNP3_NEWCOMER = 4,        /* another master was at work there already */
	DNP3_SAME_LINK = 8,       /* and has the same link address */
	DNP3_UNLISTED = 16,       /* the policy does not know the master */
	DNP3_HOLED = 32,          /* octets of the connection were lost */
	DNP3_SILENCED = 64,       /* unsolicited responses were disabled */
	DNP3_ENABLED = 128,       /* and enabled, since it is known */
	DNP3_AUTHENTICATES = 256, /* g120 was seen */
	DNP3_HAS_IIN = 512,
	DNP3_TWO_STATIONS = 1024, /* its link address is at another IP, too */
	DNP3_DUAL = 2048,         /* two connections are in use */
	DNP3_UNREAD = 4096,    /* a frame that could not be read came before */
	DNP3_MULTI = 8192,     /* a response has more fragments */
	DNP3_JOINED = 16384,   /* it was looked who else is there */
	DNP3_HEARD = 32768,    /* the outstation said anything */
	DNP3_SELECTED = 65536, /* habits.select waits for its operate */
	DNP3_READ_BETWEEN = 131072, /* since its last control (P-06) */
	DNP3_PROVED = 262144,       /* the last request was (P-25) */
	DNP3_SCAN_SAID = 524288,    /* P-15 */
	DNP3_HAS_HABITS = 1048576,  /* they are its own, and no other's */
	DNP3_HAS_RARE = 2097152
};

/* A select that waits for its operate. */
struct dnp3_select {
	uint64_t hash, ms;
	uint8_t seq;
	bool refused;
};

/* A number that only rises: one that jumps does not count at once. */
struct dnp3_serial {
	uint32_t last, odd;
	uint8_t odds;
	bool known;
};

/* What few associations ever need: restarts, bursts, authentication. */
struct dnp3_rare {
	/* P-06 */
	struct kinds points;

	/* P-13, P-07 */
	struct rate restarts;

	/* P-25 to P-30, by who challenges: the master, the outstation */
	struct dnp3_serial csq[2], aggressive, ksq;
	uint32_t challenge_csq[2]; /* the last */
	uint64_t challenges[2];    /* its value, hashed */
	uint64_t key_challenge;    /* of the last key status, hashed */
	uint64_t key_ms;           /* of the session keys; 0: not known */
	uint64_t authenticated;    /* functions, a bit for each */
	uint64_t bare;             /* functions that went without */
	uint32_t proofs, key_uses;
	bool expired, changing, has_key_challenge, has_challenge[2];
	uint8_t key_status, weak_said;
};

/* Of an association what only some ops need. */
struct dnp3_habits {
	struct dnp3_select select;

	/* P-06 */
	struct pace controls, in_a_row;
	uint64_t first_control_ms, last_control_ms, step_ms, burst_ms;
	uint32_t total;
	uint8_t regular;
	bool row_began, burst_said;

	/* P-01, P-02, P-20 */
	bool newcomer_said, reserved_said, identity_said;

	/* P-11 */
	struct pace times;
	uint64_t time_ms, recorded_ms, flood_ms;
	int64_t offset_ms, odd_offset_ms;
	uint8_t odd_offsets;
	bool has_offset, flooded, time_said;

	/* P-13, P-07 */
	uint64_t commanded_ms, commanded_frame;

	/* P-15 */
	struct pace errors;
	uint64_t refused_said;
	bool has_refused_said;

	/* P-17 */
	uint64_t file_ms;
	uint32_t file;
	uint8_t file_action;

	/* P-21 */
	struct pace unsolicited;
	uint64_t disabled_ms, first_unsolicited_ms, unsolicited_said_ms;
	uint32_t all_unsolicited;

	/* P-23 */
	struct pace resets[2];
	uint64_t data[2], data_ms[2]; /* hash of the last frame with FCB */
	uint8_t fcb[2];               /* 0: none yet; 1 and the bit */
	bool acked[2], toggles[2];
	uint8_t link_said; /* bits */
};

struct dnp3_association {
	struct dnp3_key key;
	uint32_t flags;
	uint32_t used;  /* of the table */
	uint32_t polls; /* READs after the one of class 0 */
	uint64_t flow;  /* the connection of its last frame */
	uint64_t first_ms, since_ms, last_ms;
	uint64_t before_flow, before_ms; /* the connection before, if open */
	uint64_t restart_ms;             /* when IIN1.7 was set */
	uint64_t request_ms, request_hash;
	uint64_t functions; /* ever requested, a bit for each */
	uint64_t groups_ms;
	struct dnp3_world *world;
	struct dnp3_asked asked[DNP3_SEQUENCES];
	uint32_t requests, responses; /* since it is known */
	uint32_t on_flow;             /* requests of this connection */
	uint16_t iin;
	uint8_t request_seq, request_function;
	uint8_t retries;
	uint8_t fragment_seq;
	uint8_t mac[6]; /* of the master */
	uint8_t odd_macs;
	uint8_t ngroups;    /* P-15: groups that were read */
	uint8_t groups[32]; /* since groups_ms, a bit for each */
};

/* Who is at an address: the outstation's masters, or the master's station. */
struct dnp3_place {
	struct {
		uint8_t ip[16];
		uint16_t link, peer;
		uint8_t side, zero[3];
	} key;
	uint8_t ip[16]; /* of the other end */
	uint16_t link;
	uint8_t others; /* that came beside it */
};

struct dnp3_link {
	uint64_t flow;
	uint16_t tried, heard; /* outstations of the connection */
	bool closed, scan_said;
};

struct dnp3_point_key {
	uint8_t station[16];
	uint16_t link, group;
	uint32_t index;
};

/* A point that was commanded. */
struct dnp3_output_point {
	struct dnp3_point_key key;
	uint64_t first_ms;
	bool said, unacknowledged;
};

enum dnp3_news {
	DNP3_NEW = 1,       /* the association was not known */
	DNP3_NEW_FLOW = 2,  /* its connection was not */
	DNP3_CLOSING = 4,   /* the connection ended */
	DNP3_RETRY = 8,     /* the request that was sent last, once more */
	DNP3_UNASKED = 16,  /* a response to nothing */
	DNP3_DIFFERS = 32,  /* another response to what was answered */
	DNP3_INTRUDES = 64, /* first frame of a master beside another */
	DNP3_MOVED = 128,   /* first answer of a station at a second IP */
	DNP3_BOTH = 256,    /* two connections of it are in use */
	DNP3_OTHER_MAC = 512,
	DNP3_REVERSED = 1024,     /* DIR is the other end's */
	DNP3_NEW_FUNCTION = 2048, /* never requested before */
	DNP3_BEGINS = 4096        /* first frame of the master on it */
};

/* What detectors are given: good until the next op. */
struct dnp3_view {
	const struct dnp3_frame *frame;
	const struct dnp3_fragment *app; /* NULL: no fragment, or a bad one */
	struct dnp3_association *a;
	struct dnp3_world *world;
	uint64_t now_ms;
	uint64_t hash; /* over the objects, those of g120 aside */
	uint32_t news;
	uint16_t raised; /* IIN bits that were not set before */
	bool complete;   /* all of the connection was seen */
	bool from_master;
	bool request;             /* not a confirmation, and no retry */
	bool startup;             /* the master may still be at its beginning */
	const uint8_t *rival;     /* IP of who was there before */
	uint64_t rival_flow;      /* and its connection */
	struct dnp3_asked *asked; /* what a response answers, or NULL */
};

struct dnp3_world {
	struct table associations, places, links, points;
	struct side habits, rare;
	struct dnp3_association *entries;
	const struct policy *policy;
	uint64_t mix;                                   /* odd and secret */
	uint32_t alive_s, learn_s, settle_s, startup_s; /* parameters */
	struct dnp3_view view;
};

extern const struct world dnp3_world;

/* Of an association; zeroed when it is first asked for them. */
struct dnp3_habits *dnp3_habits(struct dnp3_association *);
struct dnp3_rare *dnp3_rare(struct dnp3_association *);

/* NULL: it is not known, or no longer. */
struct dnp3_association *dnp3_world_find(
    struct dnp3_world *, const struct dnp3_key *);

/* The point of a control; *fresh if it was never commanded. */
struct dnp3_output_point *dnp3_world_point(struct dnp3_world *,
    const struct dnp3_view *, const struct op *, uint8_t group, uint32_t index,
    bool *fresh, struct event_sink *);

/* Of octets, keyed; good enough to tell them apart, not to sign them. */
uint64_t dnp3_world_hash(const struct dnp3_world *, struct bytes, uint64_t);

/*
 * Whether the master came beside another not long ago, and has not been served
 * beside it for settle_s.
 */
bool dnp3_is_newcomer(const struct dnp3_view *);

/*
 * A request that moves, stops, or changes something, and that no master begins
 * with.
 */
bool dnp3_is_critical(const struct dnp3_fragment *);

/* Of these, what moves the plant. */
static inline bool
dnp3_is_control(uint8_t function)
{
	return function >= DNP3_SELECT && function <= DNP3_DIRECT_OPERATE_NR;
}

/* --- kept.c: as the world's kept --- */

size_t dnp3_kept(void *state, struct kept_part[KEPT_MOST]);

/* --- Between world.c, places.c and track.c --- */

/* Requests, responses and indications, as the ends number them. */
void dnp3_track(struct dnp3_world *, const struct op *, struct dnp3_view *);

/* When it was told of them all. */
void dnp3_track_settle(struct dnp3_view *);

/* Who else is at the addresses of a new association, or connection. */
void dnp3_places_join(struct dnp3_world *, const struct op *,
    struct dnp3_view *, struct event_sink *);

/*
 * Counts an outstation that is new, or heard for the first time, on its
 * connection, which is returned; NULL: neither.
 */
struct dnp3_link *dnp3_places_count(
    struct dnp3_world *, const struct dnp3_view *);

/* Whether a connection is known, and has not ended. */
bool dnp3_places_is_open(struct dnp3_world *, uint64_t flow);

/* Whether it was heard of late, over a connection that is not closed. */
bool dnp3_places_alive(
    struct dnp3_world *, const struct dnp3_association *, uint64_t now);

#endif
