/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is known of every DLMS/COSEM meter: its associations, its frame
 * counters (invocation counters, IEC 62056-5-3, 5.3), the sessions that are
 * open, and what the detectors of rules/dlms see of it with an op.
 */
#ifndef RULES_METERS_METERS_H
#define RULES_METERS_METERS_H

#include <stdio.h>

#include "dissectors/dlms/dlms.h"
#include "rules/detector.h"
#include "rules/policy.h"

#define METER_TITLE 8
#define METER_NAME 16 /* octets of a logical device name */
#define METER_NONE UINT32_MAX

/* Where a meter is: HDLC physical address or server wPort tell neighbours. */
struct meter_address {
	uint8_t ip[16];
	uint16_t port; /* 0 when the meter dialled out */
	uint16_t unit; /* HDLC lower address, or server wPort */
};

/*
 * A meter is its system title where known, else its address.  title is zero
 * until it was seen; a meter that gets a title stays the same entry.
 */
struct meter {
	uint8_t title[METER_TITLE];
	uint8_t name[METER_NAME]; /* logical device name, NUL-padded */
	struct meter_address at;  /* where it was seen last */
	uint32_t assocs, streams; /* first of each, or METER_NONE */
	uint32_t first_s, last_s; /* packet time, seconds */
	uint32_t interval_s;      /* learnt between its sessions; 0: not yet */
	uint32_t key_s;           /* a key change was seen; 0: never */
	uint32_t reset_ok_s;      /* a reset was acknowledged; 0: never */
	uint32_t firmware_s;      /* an image was activated; 0: never */
	uint32_t firmware;        /* keyed hash of the version last read */
	uint32_t moved_s;         /* its title came from elsewhere; 0: never */
	uint32_t frame;           /* of last_s, in this capture; 0: of a run */
	uint16_t capture;         /* before; see meters_last() */
	uint16_t addresses;       /* how many it was seen at; saturates */
	uint8_t flags;            /* METER_... */
	uint8_t generation;       /* tells it from others in its place */
};

enum { /* of meter->flags */
	METER_TITLED = 1,
	METER_OLD_KEY = 2, /* said to have had its key for too long */
	METER_DIRTY = 4,   /* the store has not seen it yet */
	METER_SILENT = 8,  /* said to be silent */
	METER_FOUND = 16,  /* `at` leads to it, and not to another by now */
	METER_SECOND = 32, /* it came where another had been, */
	METER_THIRD = 64,  /* and that one had, too */
	METER_GHOST = 128, /* decommissioned, and said to speak */
	METER_KEPT = METER_OLD_KEY | METER_SILENT | METER_SECOND | METER_THIRD |
	             METER_GHOST /* in the store, too */
};

/* What one meter may have at the most. */
#define METER_ASSOCS_MAX 48
#define METER_STREAMS_MAX 48

/* One pair of client and server SAP at a meter, across its sessions. */
struct meter_assoc {
	uint32_t next;    /* of the meter, or METER_NONE */
	uint32_t session; /* place + 1 of the one that opened last; 0: none */
	uint32_t accepted, rejected, last_s;
	uint32_t conformance; /* as negotiated last */
	uint16_t client_sap, server_sap, max_pdu;
	uint8_t client_title[METER_TITLE]; /* zero: none */
	uint8_t context, mechanism;        /* of the last AARE, or AARQ */
	uint8_t result, diagnostic;
	uint8_t best_context, best_mechanism; /* accepted; see D-05, D-06 */
	uint8_t suite; /* 0x80 set: learnt, low bits the suite (D-09) */
	uint8_t flags; /* ASSOC_..., and enum session_state of its session */
	uint16_t said; /* DLMS_SAID_... of the detectors; 0 when it is new */
	uint16_t client_pdu; /* the size that the client takes */
};

enum { /* of meter_assoc.flags */
	ASSOC_DIALLED_BY_CLIENT = 1,
	ASSOC_DIALLED_BY_METER = 2,
	ASSOC_PASS_3 = 4, /* of HLS, as far as seen in its last session */
	ASSOC_PASS_4 = 8,
	ASSOC_STATE = 0x70,
	ASSOC_STATE_SHIFT = 4
};

enum meter_key { KEY_GLO, KEY_BROADCAST, KEY_DED, KEY_GENERAL };

/* One counter: who counts, under which key. */
struct meter_stream {
	uint32_t next;              /* of the meter, or METER_NONE */
	uint8_t title[METER_TITLE]; /* the originator's; zero: unknown */
	uint16_t client_sap;
	uint8_t from; /* enum op_from */
	uint8_t key;  /* enum meter_key */
	uint8_t sc;   /* of the last one: suite and protection */
	uint8_t odd;  /* units that agree with `candidate`, see B.0 rule 12 */
	uint16_t replays, resets;
	uint16_t life; /* tells it from others in its place */
	uint32_t first, last, highest, pdus, gaps, last_s;
	uint32_t candidate; /* an outlier that may become the reference */
	uint32_t session;   /* number of the one that it came in last */
	uint64_t window;    /* bit i: highest - i was seen */
	uint16_t text[8];   /* keyed hash of SC and text, by counter modulo 8 */
};

/* What a request asked for, until its answer comes. */
struct dlms_request {
	bool there, protected; /* it came ciphered and was not read */
	uint8_t tag, invoke;
	uint8_t service;   /* enum dlms_service of its gravest item */
	uint8_t index;     /* attribute or method, as int8_t */
	uint16_t class_id; /* or short name, if class_id is 0 */
	uint16_t name;
	uint8_t obis[6];
	uint16_t items;  /* how many it names */
	uint32_t rights; /* RIGHT_... bits that it takes, all items */
	uint64_t frame;
};

enum session_state {
	SESSION_UNKNOWN,   /* picked up in the middle, or pre-established */
	SESSION_REQUESTED, /* AARQ seen */
	SESSION_PENDING,   /* accepted, HLS passes 3 and 4 not done */
	SESSION_OPEN,
	SESSION_REFUSED,
	SESSION_RELEASED, /* RLRE, DISC, DM or the end of the connection */
	SESSION_LOST      /* a gap or a time-out: unknown again */
};

#define SESSION_REQUESTS 2

/* One association in use: (connection, client SAP, server SAP, unit). */
struct session {
	struct { /* no padding: it is hashed */
		uint64_t flow;
		uint16_t client_sap, server_sap, unit, zero;
	} key;
	uint64_t asked_ms, opened_ms, last_ms;
	uint64_t asked_frame;
	uint32_t meter;  /* place, with */
	uint32_t number; /* of this session: counts AARQs of the sensor's life;
	                    a dedicated key lives as long */
	uint8_t generation;         /* of the meter */
	uint8_t state;              /* enum session_state */
	uint8_t context, mechanism; /* as asked, then as accepted */
	uint8_t result, diagnostic;
	uint8_t passes; /* HLS: 3 and 4, as far as seen */
	uint8_t flags;  /* SESSION_... */
	uint8_t client_title[METER_TITLE], meter_title[METER_TITLE];
	uint32_t c_challenge, s_challenge; /* keyed hashes; 0: none */
	uint8_t client_ip[16];
	uint16_t client_port;
	uint8_t user; /* of the meter's user list, with SESSION_USER */
	uint32_t requests_seen, responses_seen; /* of xDLMS, any protection */
	const struct policy_group *group;       /* of the meter; never NULL */
	struct policy_client client; /* roles and rights, found once */
	struct dlms_request request[SESSION_REQUESTS];
};

enum {                                 /* of session->flags */
	SESSION_DIALLED_BY_CLIENT = 1, /* the client sent the SYN */
	SESSION_DIALLED_BY_METER = 2,
	SESSION_COMPLETE = 4,      /* seen from its AARQ on, without a gap */
	SESSION_CIPHERED = 8,      /* a protected APDU was seen in it */
	SESSION_DEDICATED = 16,    /* a ded- APDU was seen in it */
	SESSION_CLIENT_TITLE = 32, /* the titles are known */
	SESSION_METER_TITLE = 64,
	SESSION_USER = 128 /* the client named its user */
};

/* What the counter of a protected APDU is to its stream. */
enum counter_verdict {
	COUNTER_NONE,   /* the op has no counter, or none that counts here */
	COUNTER_FIRST,  /* the stream's first */
	COUNTER_NEXT,   /* higher than all before; gap says how much */
	COUNTER_LATE,   /* lower, not seen, within the window for reordering */
	COUNTER_COPY,   /* a second copy: UDP, HDLC; no replay */
	COUNTER_REPLAY, /* seen, same octets (D-21) */
	COUNTER_REUSED, /* seen, other octets (D-22) */
	COUNTER_BACKWARDS, /* lower, and not in the window (D-23) */
	COUNTER_RESET      /* far lower: begins anew (D-24) */
};

#define SC_NONE 0xff

/* One unit's counter; before it was taken in. */
struct counter_note {
	enum counter_verdict verdict;
	uint32_t ic, last, highest; /* last and highest as before */
	uint32_t gap;               /* NEXT: how many were left out */
	uint32_t since_s;           /* how long the stream had been silent */
	uint8_t sc_before;   /* of its unit before; SC_NONE: there was none */
	bool legitimate;     /* RESET, REUSED: a change of key explains it */
	bool outside_window; /* BACKWARDS: as old as to be a replay */
	bool follows;        /* it agrees with an outlier before: no news */
	bool doubtful;       /* the stream's title or past is a guess */
	const struct meter_stream *stream; /* as after */
};

/*
 * What an op is about; nothing: reading data in an association that stands,
 * under the same protection as before, and nothing is refused.
 */
enum {
	DLMS_ABOUT_MORE = 1,
	DLMS_ABOUT_KEY = 2 /* a key says something of it: unseal_note() */
};

/* What the world knows when an op comes: known of the detectors. */
struct dlms_view {
	const struct dlms_apdu *apdu;
	uint32_t about;            /* bits */
	enum op_from from;         /* as the op, or as the past tells */
	struct meter *meter;       /* NULL when nobody knows who is the meter */
	struct meter_assoc *assoc; /* NULL without a session */
	struct session *session;   /* NULL when the roles are unknown */
	const struct endpoint *client, *server; /* of this packet */
	const struct policy_group *group;       /* never NULL */
	struct counter_note counter;
	/*
	 * Of a response the request that it answers, of a request itself;
	 * good as long as the view.  NULL: not seen, or not to be told.
	 */
	const struct dlms_request *request;
	/* AARQ to a session that was open, from another address (D-55). */
	const struct session *other;
	bool opened;    /* this op opened the association (AARE, pass 4) */
	bool bare;      /* nobody opened one: the SAP is only a claim */
	bool new_meter; /* its first sight */
	bool moved;     /* known title at another address than before */
	struct meter_address was; /* moved: where it was, */
	uint32_t was_s;           /* and when it was seen there last */
	/* another title than before at this address: the old one (D-18) */
	bool replaced;
	uint8_t old_title[METER_TITLE];
};

static inline const struct dlms_view *
dlms_view(const void *known)
{
	return known;
}

/*
 * An event about the view's meter: subject, role, ends; doubtful when the
 * stream is not complete.  rules/meters/say.c
 */
EVENT_RARE struct event meters_event(const struct dlms_view *,
    const struct op *, const struct event_def *, const char *det);

/* Names the role of the client, by its session or else by its SAP. */
void meters_role_of(struct event *, const struct dlms_view *);

/* The subject: the title in hexadecimal, or the address. */
EVENT_RARE struct event_str meters_subject(const struct meter *);
EVENT_RARE struct event_str meters_address(const struct meter_address *);

/* The rights that an item of a request takes (B.1.1).  rules/dlms/rights.c */
uint32_t dlms_rights(const struct dlms_item *);

/* The octets of a Data that is a string; n is 0 for any other. */
struct bytes dlms_string(struct bytes data);

/* All that an APDU's items take together; 0: it names nothing. */
uint32_t dlms_rights_of(const struct dlms_apdu *);

/* Between whom an op is, as far as titles are known before it is taken in. */
struct meters_parties {
	struct { /* no padding: it is hashed; as of a session */
		uint64_t flow;
		uint16_t client_sap, server_sap, unit, zero;
	} key;
	enum op_from from;
	bool has_origin, has_meter;
	bool guessed; /* without has_meter: meter is who was at the address */
	uint8_t origin[METER_TITLE], meter[METER_TITLE];
};

/* state: of dlms_world.  False: nobody knows who sends. */
bool meters_parties(void *state, const struct op *, struct meters_parties *);

struct meters;

/*
 * The table as INTERFACES.md has it (--meters), sorted, as one line; NULL is an
 * empty table.  0, or -ENOMEM; what goes wrong with the file is left to its
 * error indicator.
 */
int meters_write(const struct meters *, FILE *);

/*
 * The same of tables that come one after the other, in its order.  More and
 * end only after a begin that returned 0.
 */
struct meters_writer {
	FILE *to;
	char *buf;
	uint64_t n;
};
int meters_write_begin(struct meters_writer *, FILE *);
int meters_write_more(struct meters_writer *, const struct meters *);
void meters_write_end(struct meters_writer *);

/* A meter behind this one, NULL: the first; NULL: there is none. */
const struct meter *meters_next(const struct meters *, const struct meter *);

/* What belongs to it, in the order of the table, likewise. */
const struct meter_assoc *meters_next_assoc(
    const struct meters *, const struct meter *, const struct meter_assoc *);
const struct meter_stream *meters_next_stream(
    const struct meters *, const struct meter *, const struct meter_stream *);

/* The client's first role, or NULL. */
const struct policy_role *meters_role(
    const struct meters *, const struct meter *, const struct meter_assoc *);

/* The words of the table. */
const char *meters_key_name(const struct meter_stream *);
const char *meters_protection(const struct meter_stream *);
const char *meters_state_name(const struct meter_assoc *);

/* Who opened the TCP connection: "client", "meter", or NULL: not seen. */
const char *meters_opener(const struct meter_assoc *);

/*
 * The packet in which the meter was heard last: its frame, and *capture.  0:
 * that was in another run, or so many captures ago that its name is not known.
 */
uint64_t meters_last(
    const struct meters *, const struct meter *, const char **capture);

/* A unit that was judged when its meter was found again. */
struct meters_late {
	struct pdu pdu;
	uint32_t meter;
	uint8_t generation, from;
	uint16_t client_sap;
	struct counter_note note;
};

/*
 * Those of the answers that came with the last tick; *op and *view say what is
 * still known.  False: there are no more than i.
 */
bool meters_late(
    const struct meters *, uint32_t i, struct op *op, struct dlms_view *view);
void meters_late_told(struct meters *);

/* The same by places, those below used: NULL where no meter is. */
uint32_t meters_used(const struct meters *);
struct meter *meters_at(struct meters *, uint32_t place);
uint32_t meters_place(const struct meters *, const struct meter *);

/* What was changed outlives the program. */
void meters_changed(struct meters *, const struct meter *);

/* Of those that had to leave, how many; and how many could not be kept. */
uint64_t meters_evicted(const struct meters *, uint64_t *unkept);

const struct policy *meters_policy(const struct meters *);

/* Nothing is known any more; nor is it kept. */
void meters_clear(struct meters *);

extern const struct world dlms_world;

#endif
