/* SPDX-License-Identifier: Apache-2.0 */
/* What the monitor has to say: an IEC 62351-14 event and what made it. */
#ifndef RULES_EVENT_H
#define RULES_EVENT_H

#include "dissectors/op.h"
#include "dissectors/text.h"

/* Domain of our own events: the number for documentation (RFC 5612). */
#define EVENT_ENTERPRISE "32473"
#define EVENT_STR 128
#define EVENT_WHY 12  /* 8 of a detector, and what the standard asks for */
#define EVENT_FLOW 32 /* a community id with its NUL */
#define EVENT_ROLE 30 /* roleID:revision:roleDefinition with its NUL */

enum severity { /* as RFC 5424 counts them */
	SEVERITY_ALARM = 1,
	SEVERITY_ERROR = 3,
	SEVERITY_WARNING = 4,
	SEVERITY_NOTICE = 5
};

struct event_def {
	const char *id; /* never renumbered, never reused */
	const char *mnemonic;
	enum severity severity;
	const char *text;   /* may hold {P.Name} */
	const char *x_info; /* the X. names that it asks for, "" for none */
};

/* One constant per row of catalogue.tsv: EV_ and the mnemonic. */
#define EVENT(id, mnemonic, severity, text, x_info)                            \
	extern const struct event_def EV_##mnemonic;
#include "rules/catalogue.inc"
#undef EVENT

/* All of them in the order of the catalogue, NULL-terminated. */
extern const struct event_def *const event_catalogue[];

/* Octets as the packet had them: any at all.  Outputs clean what they write. */
struct event_str {
	uint8_t n;
	uint8_t p[EVENT_STR];
};

/*
 * A value that made the detector speak.  The names that the standard defines
 * begin with P. or X.; all others are our own.
 */
struct event_why {
	const char *name; /* a literal of at most 28 characters */
	bool number;
	struct event_str value;
};

/* Holds no pointer but to constants, so that it may cross to other threads. */
struct event {
	const struct event_def *def;
	const char *det;        /* row of the detection catalogue */
	const char *row;        /* a composite rule's, which has no such row */
	const char *std;        /* a standard event's id, when def is our own */
	const char *ref;        /* id of the event that this follows; or NULL */
	const char *attack;     /* ATT&CK for ICS ids, comma between; or NULL */
	enum severity severity; /* the definition's, unless configured */
	uint32_t sqnum;         /* 0 until the pipeline gives it one */
	uint32_t count;         /* occurrences that it stands for */
	struct timespec at;
	uint64_t frame;
	const char *capture, *proto;
	struct endpoint src, dst;
	uint8_t vlans;
	uint16_t vlan[PDU_VLANS];
	char flow[EVENT_FLOW]; /* community id, empty without a flow */
	char role[EVENT_ROLE]; /* empty when none is known */
	bool dst_is_peer;      /* whom it is about: src unless told otherwise */
	struct event_str subject;
	struct event_str user; /* as its protocol names it; empty: unknown */
	enum knowledge state;
	bool doubtful; /* confidence: low */
	struct event_why why[EVENT_WHY];
	size_t nwhy;
};

struct event_sink {
	void (*emit)(struct event_sink *, const struct event *);
};

/*
 * Events are rare: what leads to one is kept out of the way of what does not.
 */
#define EVENT_RARE __attribute__((cold))

/*
 * An event about the packet of op.  Where this definition, said by this
 * detection, always follows from another event, ref is that one.
 */
EVENT_RARE struct event event_about(
    const struct op *, const struct event_def *, const char *det);

/*
 * What does not fit is cut, between two characters where it is UTF-8; a value
 * too many is left out.  libevent has
 * functions of these two names: the linker must not take one for the other.
 */
EVENT_RARE void event_set(struct event_str *, struct bytes) __asm__(
    "gridtap_event_set");
EVENT_RARE void event_add(struct event *, const char *name,
    struct bytes) __asm__("gridtap_event_add");
EVENT_RARE void event_add_text(struct event *, const char *name, const char *);
EVENT_RARE void event_add_u64(struct event *, const char *name, uint64_t);

/* The user is the one of this number. */
EVENT_RARE void event_user(struct event *, uint32_t number);

/* The IP address, or the MAC address of what has none, without the port. */
EVENT_RARE struct event_str event_address(const struct endpoint *);

/* "alarm", "error", "warning" or "notice". */
const char *event_severity(enum severity);

/* "complete", "midstream", "gapped" or "one_sided". */
const char *event_state(enum knowledge);

static inline struct bytes
event_bytes(const struct event_str *s)
{
	return (struct bytes){ s->p, s->n };
}

#endif
