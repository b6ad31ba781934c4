/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the counters page share. */
#ifndef SENSOR_NSM_PARTS_H
#define SENSOR_NSM_PARTS_H

#include "outputs/nsm/clean.h"
#include "rules/goose/world.h"
#include "rules/health.h"
#include "rules/meters/meters.h"
#include "sensor/nsm.h"

#define NSM_PROTS 5 /* index of NSM_OTHER is the last */
#define NSM_RULES_MAX 512
#define NSM_PENDING 64    /* events that wait for the op that they are about */
#define NSM_SUBJECTS 8192 /* a power of two */
#define NSM_ACTIVE 4096   /* likewise */

enum nsm_counter { /* what a rule's event adds to */
	NSM_NOTHING,
	NSM_SEQUENCE,
	NSM_REPLAY_COUNT,
	NSM_TIMEOUT,
	NSM_UNEXPECTED,
	NSM_AUTHENTICATION,
	NSM_AUTHORISATION,
	NSM_PEER,
	NSM_COUNTERS
};

/*
 * Of each flow an octet, by its place: enum nsm_assoc_state, the protocol, and
 * whether it is among those that the page has room for; 0: nothing was read in
 * it yet.  Most units need no more memory than this.
 */
enum { NSM_FLOW_STATE = 0x0f, NSM_FLOW_PROT = 0x30, NSM_FLOW_SHOWN = 0x40 };

#define NSM_FLOW_SHIFT 4

/* A connection in the page, by its place there. */
struct nsm_conn {
	uint64_t pdus[2], octets, start_ns;
	uint32_t flow; /* place of the flow + 1; 0: that has left */
	uint32_t last_s;
	uint8_t last_ds; /* tenths */
	uint8_t prot, state;
	uint8_t shown;   /* the state that was put last */
	uint8_t init;    /* pdu.dir of who opened + 1; 0: not known */
	uint8_t profile; /* enum nsm_profile */
	bool dirty, authenticated;
	bool named;     /* the addresses are known */
	bool met;       /* and so is the meter */
	uint32_t index; /* never used again */
	uint32_t malformed, seq, retrans, timeouts, auth, author, ctl;
	uint32_t app[2];   /* of client and server */
	uint32_t meter;    /* index of the row; 0: none */
	uint8_t ip[2][16]; /* by dir */
	uint16_t port[2];
} __attribute__((aligned(64)));

/* What is counted of a meter, by its place in the world. */
struct nsm_meter_count {
	uint64_t plain, ciphered;
	uint32_t index;  /* of its row; 0: there is none */
	uint32_t told_s; /* when its row was last put for news */
	bool dirty;      /* so far what every unit needs */
	uint32_t fc;     /* its first counter + 1 */
	uint64_t create_ns;
	uint32_t hls, denied, exceptions, writes, actions;
	uint32_t relay, firmware, keys, push, replays;
	uint32_t suc, fail; /* as shown; they never go down */
} __attribute__((aligned(64)));

/* A row of gtNsmDlmsFcTable, by its place in the page. */
struct nsm_fc_count {
	uint32_t next; /* of its meter, or of those that are free; + 1 */
	uint32_t index[NSM_INDEX];
	uint32_t replays, resets;
	uint64_t replays_ns, create_ns;
	bool near, seen;
};

/* A publisher, by its place in the world. */
struct nsm_goose_count {
	uint64_t key, frames;
	uint32_t index, sim, nds, replays;
	uint8_t state;
	bool dirty; /* so far what every unit needs */
	uint64_t st_ns, create_ns, back_ns;
	uint32_t changes, st, seq, timeouts, conf, ds, src, time;
	struct nsm_name goid, datset;
} __attribute__((aligned(64)));

struct nsm_rule_count {
	const char *det;
	const struct event_def *def;
	uint64_t hits_ns;
	uint32_t id, hits;
	uint8_t function, counter, prot, severity;
	bool enabled, dirty;
	bool own; /* of the sensor: no detector raises it */
	struct nsm_name name, event_id, std_id;
};

struct nsm_ids_count {
	uint64_t last_ns;
	uint32_t events, emitted, alarms, last_rule, active;
	struct nsm_ref subject;
	uint32_t place;
	bool there;
};

struct nsm_subject {
	uint64_t hash;
	struct nsm_ref ref;
};

/* What is the matter with a subject, as long as repeats of it are folded. */
struct nsm_condition {
	uint64_t hash;
	uint32_t last_s;
	uint8_t function, prot;
};

struct nsm_pending {
	struct nsm_evt row;
	uint32_t sqnum;
	uint64_t subject;
	uint8_t prot;
};

struct nsm {
	struct observer observer;
	struct event_sink sink, *next; /* of what the outputs get */
	struct pipeline *pipeline;
	struct nsm_page *page;
	void *dlms, *goose; /* worlds, or NULL */

	struct nsm_prot prots[NSM_PROTS];
	uint8_t *flows;    /* see NSM_FLOW_STATE */
	uint16_t *conn_of; /* by place of the flow, of those that are shown */
	struct nsm_conn *conns;
	uint32_t nflows, next_assoc;
	uint32_t assoc_hand, assoc_used;
	struct nsm_meter_count *meters;
	struct nsm_fc_count *fcs;
	uint32_t fc_free, fc_used;
	struct nsm_goose_count *streams;
	uint32_t streams_lost;

	struct nsm_rule_count rules[NSM_RULES_MAX];
	size_t nrules;
	uint16_t by_det[26][100]; /* of rules + 1 */
	struct nsm_ids_count ids[NSM_FUNCTIONS][NSM_PROTS];
	struct nsm_subject *subjects;
	struct nsm_condition *active;
	uint32_t suppress_s;
	uint8_t key[SIPHASH_KEY];

	/* raised, and the op that they are about comes */
	uint64_t raised[NSM_PENDING];
	size_t nraised;
	uint32_t added[NSM_COUNTERS];
	uint32_t hls;      /* log-ins of the op at hand that failed */
	uint32_t replayed; /* states that it repeats */
	/* emitted, and not in the page yet */
	struct nsm_pending pending[NSM_PENDING];
	size_t npending;

	struct nsm_agent agent;
	uint64_t evicted;
	uint64_t now_ns;                /* packet time */
	uint64_t sliced_ns, process_ns; /* CLOCK_MONOTONIC */
	uint64_t cpu_ns, cpu_since_ns;
	bool dropping;
	struct {
		const char *name;
		uint64_t drops;
		bool down;
	} ports[HEALTH_PORTS];
	uint32_t meter_at, stream_at, assoc_at; /* clock hands */
};

uint64_t nsm_ns(struct timespec);

/* Which of them there are: what was switched off may be on by now. */
void nsm_worlds(struct nsm *);

/* Index among NSM_PROTS, and the MIB's number of it. */
unsigned nsm_prot_of(const char *protocol);
uint8_t nsm_prot_id(unsigned prot);

static inline uint8_t
nsm_truth(bool b)
{
	return b ? NSM_TRUE : NSM_FALSE;
}

/* Where an address is an IP address; all zero: there is none. */
void nsm_inet(struct nsm_inet *, const uint8_t ip[16]);

/* --- nsm_op.c: what units add to protocols and connections --- */

void nsm_op(struct nsm *, const struct op *, const void *known);

/* --- nsm_conn.c --- */

/* What the op came over. */
struct nsm_over {
	uint8_t *flow;      /* NULL: none */
	struct nsm_conn *c; /* NULL: it is not shown */
};

struct nsm_over nsm_conn_of(struct nsm *, const struct op *, unsigned prot);
void nsm_conn_state(struct nsm *, struct nsm_over, enum nsm_assoc_state);

static inline unsigned
nsm_state(struct nsm_over o)
{
	return *o.flow & NSM_FLOW_STATE;
}

void nsm_conn_transport(struct nsm *, const struct op *);
void nsm_conn_put(struct nsm *, uint32_t place);

/* --- nsm_dlms.c --- */

/* Index of the meter's row, 0: it has none. */
uint32_t nsm_dlms_op(struct nsm *, const struct op *, const struct dlms_view *);
void nsm_dlms_put(struct nsm *, uint32_t place);
uint32_t nsm_dlms_used(const struct nsm *);

/* Whether the meter still is who had this row. */
bool nsm_dlms_there(const struct nsm *, uint32_t index);

/* --- nsm_goose.c --- */

uint32_t nsm_goose_op(struct nsm *, const struct op *, const struct goose_pdu *,
    const struct goose_view *);
void nsm_goose_put(struct nsm *, uint32_t place);
uint32_t nsm_goose_used(const struct nsm *);

/* A publisher was said to be lost. */
void nsm_goose_lost(struct nsm *, const struct event *);

/* --- nsm_events.c --- */

int nsm_events_start(struct nsm *, const struct conf *);
void nsm_events_raised(struct nsm *, const struct event *, bool ticking);
void nsm_events_emitted(struct nsm *, const struct event *);

/* The op that what was raised is about has this row; NULL: none. */
void nsm_events_settle(struct nsm *, const struct nsm_ref *);
void nsm_events_put(struct nsm *);

/* --- nsm_agent.c: scalars --- */

void nsm_agent_put(struct nsm *, uint64_t monotonic);

#endif
