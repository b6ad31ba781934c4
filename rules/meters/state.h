/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of rules/meters share; detectors see rules/meters/meters.h. */
#ifndef RULES_METERS_STATE_H
#define RULES_METERS_STATE_H

#include "rules/meters/index.h"
#include "rules/meters/meters.h"
#include "rules/table.h"
#include "rules/when.h"

#define NONE METER_NONE
#define METER_OPENERS 65536
#define METER_CAPTURES 64

/* A session and its place among those of its connection. */
struct held {
	struct session s; /* first: it begins with the key */
	/* of the same connection, or NONE; what has ended is behind the rest */
	uint32_t next, prev;
	uint32_t used; /* of the table */
	/* taken last, to be fetched before they are wanted */
	uint32_t assoc, stream;
	uint8_t over; /* enum over: what is behind it is, too */
};

enum over { OVER_NOT, OVER_LOST, OVER_ENDED };

/* A connection, or what UDP has for one. */
struct link {
	uint64_t flow;
	uint32_t sessions; /* the first, or NONE */
	uint8_t client;    /* the client's pdu.dir + 1; 0: unknown */
};

/* A further address of a meter that has its own in struct meter. */
struct place {
	struct meter_address at; /* the key */
	uint32_t meter;
	uint8_t generation;
};

/* What a unit was, by stream and counter, in buckets of one cache line. */
struct past {
	uint16_t tag, second; /* of packet time */
	uint32_t text;        /* 0: free */
};

#define PAST_PLACES 8

struct pool {
	uint32_t used, cap, free; /* free: first of a list, or NONE */
};

/* A unit, as its counter is judged. */
struct unit {
	uint32_t ic, text; /* text: hash of SC and octets, never 0 */
	uint32_t session;
	bool reorders; /* its carrier may swap units, and bring them twice */
	bool repeated; /* the sender says so (HDLC) */
};

/* What tells one stream of a meter from another. */
struct who {
	uint8_t title[METER_TITLE]; /* zero: unknown */
	uint8_t from, key;
	uint16_t client_sap;
	bool any_sap; /* one counter for all of them */
};

struct counted {
	struct who who;
	struct unit unit;
	uint8_t sc;
};

#define OPEN_MOST 64
#define OPEN_UNITS 8

/* A meter of which the store may know more than is here, and what it said. */
struct open {
	uint32_t ticket, meter, n;
	uint8_t generation;
	bool over; /* the answer is overdue: nothing waits for it any more */
	struct open_unit {
		struct pdu pdu;
		struct counted counted;
		uint32_t now_s;
	} unit[OPEN_UNITS];
};

struct meters {
	uint32_t per_meter; /* tracking.dlms.ic_per_meter */

	uint8_t key[SIPHASH_KEY];
	const struct policy *policy;
	struct pool meter_pool, assoc_pool, stream_pool;
	struct meter *meters;
	struct meter_assoc *assocs;
	struct meter_stream *streams;
	struct past *past;
	uint32_t past_buckets; /* a power of two */
	uint32_t *openers;     /* by flow: its epoch and the SYN's pdu.dir */
	struct index titles, addresses;
	struct table places, sessions, links;
	struct held *session_entries;
	const struct unseal *unseal; /* NULL: there are no keys */
	struct memory *memory;       /* NULL: nothing outlives the program */
	struct memory_meter *row, *found; /* one that goes, one that comes */
	uint32_t *dirty, ndirty,
	    dirty_cap;   /* those that the memory has not seen so */
	uint64_t unkept; /* that left when it had no room */
	uint32_t ticket; /* of the look-up at hand; 0: none is open */
	uint32_t nopen, nlate, nacks;
	struct {
		uint32_t ticket, reset_ok_s;
	} acks[OPEN_MOST]; /* of meters that the store was asked for */
	struct open open[OPEN_MOST];
	struct meters_late late[OPEN_MOST * OPEN_UNITS]; /* to be told */
	uint32_t hand;
	uint32_t numbers;    /* of sessions, so far */
	uint64_t crowded_ms; /* when one in use last had to leave; 0: never */
	uint64_t evicted;    /* meters that had to leave */
	bool said_full, said_crowded;

	/* The names of the last captures, by number; 0 is none. */
	const char *captures[METER_CAPTURES];
	uint16_t capture;

	/* of the op at hand */
	uint32_t now_s;
	struct dlms_view view;
	struct dlms_request answered;
};

/* --- slots.c: memory of meters, and of what belongs to them --- */

size_t slots_size(const struct rules_limits *);
void slots_start(struct meters *, const struct setup *);

/*
 * A new one, zeroed.  When there is no room the meter that was silent longest
 * leaves.  NULL: the one meter has taken all of it.
 */
uint32_t slots_meter(struct meters *);
struct meter_assoc *slots_assoc(struct meters *, uint32_t meter);
struct meter_stream *slots_stream(struct meters *, uint32_t meter);
void slots_drop(struct meters *, uint32_t meter);

/* Whether the place still holds the meter that had it. */
static inline bool
slots_holds(const struct meters *m, uint32_t meter, uint8_t generation)
{
	return m->meters[meter].generation == generation &&
	       m->meters[meter].first_s != 0;
}

/* --- identity.c: which meter it is --- */

/* Out of the indexes. */
void identity_forget(struct meters *, uint32_t meter);

/* The meter at this address, or NONE. */
uint32_t identity_at(struct meters *, const struct meter_address *);

/* The same, and one that is made if there is none. */
uint32_t identity_make(struct meters *, const struct meter_address *);

/* It is here now. */
void identity_bind(struct meters *, const struct meter_address *, uint32_t);

/* As it was before identity_forget(). */
void identity_again(struct meters *, uint32_t, const struct meter *old);

/* What was taken for another meter belongs to this one. */
void identity_merge(struct meters *, uint32_t to, uint32_t from);

/* The meter of this title, or NONE. */
uint32_t identity_of(struct meters *, const uint8_t title[METER_TITLE]);

/* A meter that comes back; title NULL: it has none. */
uint32_t identity_import(
    struct meters *, const uint8_t *title, const struct meter_address *);

/*
 * What was taken for this meter says its title: which meter it is then.  The
 * view is told when it moved, or stands in for another.
 */
uint32_t identity_titled(struct meters *, uint32_t meter,
    const uint8_t title[METER_TITLE], const struct meter_address *);

/* --- sessions.c: the table, and what is below the association --- */

/* Who sends, also when the unit itself does not tell. */
enum op_from sessions_from(
    struct meters *, const struct op *, const struct dlms_apdu *);

/* Where the server of this op is. */
struct meter_address sessions_where(const struct meters *, const struct op *,
    const struct dlms_apdu *, enum op_from);

/* The session that this op belongs to, or NULL: unknown, or none yet. */
struct session *sessions_find(struct meters *, const struct op *,
    const struct dlms_apdu *, enum op_from, bool make);

/*
 * One that begins with this key, in its connection's list, otherwise a copy.
 * The one not used for longest makes room.
 */
struct session *sessions_make(
    struct meters *, const struct session *, uint64_t now_ms);

uint32_t sessions_place(const struct meters *, const struct session *);

/* Fetches what an op with this hint will need. */
void sessions_expect(const struct meters *, const void *hint);

/* What sessions_expect() is to fetch next time. */
static inline struct held *
sessions_held(struct session *s)
{
	return (struct held *)(void *)s;
}
void sessions_transport(struct meters *, const struct op *);
void sessions_link(struct session *, const struct dlms_apdu *);
void sessions_end(struct session *);

/* Group and roles again: the meter or a title has become another. */
void sessions_roles(const struct meters *, struct session *);
void sessions_policy(struct meters *); /* the same of all */

/* --- associate.c: what APDUs say of their association --- */

void associate_observe(struct meters *, struct session *, const struct op *,
    const struct dlms_apdu *, enum op_from);
struct meter_assoc *associate_of(
    struct meters *, const struct session *, bool make);

/* What the association shows of a session that changed. */
void associate_note(struct meter_assoc *, const struct session *);

/* What detectors had to see as it was. */
void associate_settle(struct meters *, const struct op *);

/* --- pairs.c: which answer belongs to which request --- */

void pairs_observe(struct meters *, struct session *, const struct op *,
    const struct dlms_apdu *, enum op_from);

/* --- streams.c, verdict.c: counters --- */

/* Judges a unit of a meter, and takes it in. */
void streams_judge(struct meters *, uint32_t meter, const struct counted *,
    struct counter_note *);

void streams_observe(struct meters *, struct session *, const struct op *,
    const struct dlms_apdu *, enum op_from);

/* Judges, and takes it in. */
void verdict_take(struct meters *, struct meter_stream *, const struct unit *,
    struct counter_note *);

/* Fetches what is known of a unit with this counter. */
void verdict_expect(
    const struct meters *, const struct meter_stream *, uint32_t ic);

/* Whether the stream had a unit of this counter and the same octets. */
bool verdict_had(
    const struct meters *, const struct meter_stream *, const struct unit *);

/* The octets' hash of a unit that is still known, and its second. */
bool verdict_past(const struct meters *, const struct meter_stream *,
    uint32_t ic, uint32_t *text, uint16_t *second);
void verdict_recall(struct meters *, const struct meter_stream *, uint32_t ic,
    uint32_t text, uint16_t second);

/* --- body.c: a meter as one row --- */

void body_write(const struct meters *, uint32_t meter, struct memory_meter *);

/* Its place, or NONE when it cannot be read. */
uint32_t body_read(struct meters *, const struct memory_meter *);

/* --- keep.c: what outlives the program, or its place in memory --- */

/* A meter that is not here: asks for it by title, or else by address. */
uint32_t keep_find(
    struct meters *, const uint8_t *title, const struct meter_address *);

/* The meter of a row: the one that is here, or what the row says. */
uint32_t keep_read(struct meters *, const struct memory_meter *);

/* Before it leaves. */
void keep_evicted(struct meters *, uint32_t meter);
void keep_dirty(struct meters *, uint32_t meter);
void keep_remember(struct meters *, struct memory *);
void keep_recall(struct meters *, const struct memory_meter *);

/* The meter of an acknowledgement, late; false: it is no answer to that. */
bool keep_answer(struct meters *, const struct memory_answer *);

/* --- open.c: meters of which the store was asked --- */

/* The one that was made since keep_find() said nothing yet. */
void open_begin(struct meters *, uint32_t meter);

/* Whether a unit waits for an answer; if not, its past may be a guess. */
enum waiting { WAITS_NOT, WAITS, WAITS_NO_MORE };
enum waiting open_note(struct meters *, uint32_t meter, const struct pdu *,
    const struct counted *);
void open_answer(struct meters *, const struct memory_answer *);

/* What was taken for from was to: so is what it said. */
void open_merge(struct meters *, uint32_t to, uint32_t from);

/* --- resume.c: what is open goes on after a restart --- */

size_t resume_kept(void *state, struct kept_part[KEPT_MOST]);

/* --- say.c --- */

void say_address(struct text *, const struct meter_address *);

#endif
