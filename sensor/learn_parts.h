/* SPDX-License-Identifier: Apache-2.0 */
/* What learning consists of: for sensor/learn*.c only. */
#ifndef SENSOR_LEARN_PARTS_H
#define SENSOR_LEARN_PARTS_H

#include "rules/policy.h"
#include "sensor/learn.h"
#include "sensor/learn_table.h"

#define LEARN_104_PORT 2404
#define LEARN_DNP3_PORT 20000

/* In the order in which they are sorted. */
enum learn_kind {
	LEARN_PAIR,    /* a, b: two ends of which an event spoke */
	LEARN_CLIENT,  /* a: meter, b: client, title, low: SAP */
	LEARN_METER,   /* a: its address, title */
	LEARN_PUSH,    /* a: meter, b: where to */
	LEARN_GATEWAY, /* a: meter, b: client, high: network, title: address */
	LEARN_BROADCAST, /* a: meters, b: client */
	LEARN_MASTER,   /* a: station, b: master, low: protocol, DNP3 address */
	LEARN_FUNCTION, /* likewise, high: type or function */
	LEARN_POINT,    /* a: station, b: master; high: point, low: address */
	LEARN_CLOCK,    /* a: station, b: master, low: protocol */
	LEARN_CALL,     /* a connection: a: whose port, b: who opened it */
	LEARN_ROUTED,   /* b: sender of R-GOOSE */
	LEARN_LINKS,    /* a: station, done: connections at once, at most */
	LEARN_DEVICE    /* a: address, or zeros; title: MAC */
};

/* Compared and sorted as octets: numbers are big-endian. */
struct learn_key {
	uint8_t kind, protocol, zero[6];
	uint8_t a[16], b[16], title[8];
	uint8_t low[4], high[4];
};

enum {                      /* bits of a fact */
	LEARN_ASKED = 1,    /* who asks was heard */
	LEARN_ANSWERED = 2, /* who answers was, too */
	LEARN_REFUSED = 4,
	LEARN_ONE_SIDED = 8 /* the other way is not in the capture */
};

/* One thing that was seen. */
struct learn_fact {
	struct learn_key key;
	uint64_t n, first_us, last_us;
	/* both one more than the time: 0 is never */
	uint64_t clean_us; /* first without an alarm of its own */
	uint64_t alarm_us; /* of a pair: its first alarm */
	uint64_t frame;    /* of the first, with its capture */
	const char *capture;
	uint32_t requests;           /* of which the rights could be told */
	uint32_t bits, rights, done; /* done: commands that were no select */
};

#define LEARN_NAME 130  /* octets of a GOOSE name, and one for NUL */
#define LEARN_TYPES 512 /* members of a data set */

enum { /* what differs among the units of a publisher: it is not said */
	LEARN_DIFFERS_DST = 1,
	LEARN_DIFFERS_APPID = 2,
	LEARN_DIFFERS_VLAN = 4,
	LEARN_DIFFERS_DATSET = 8,
	LEARN_DIFFERS_GOID = 16,
	LEARN_DIFFERS_CONFREV = 32,
	LEARN_DIFFERS_ENTRIES = 64,
	LEARN_DIFFERS_TYPES = 128,
	LEARN_DIFFERS_MAC = 256
};

/* A GOOSE publisher, seen or described. */
struct learn_publisher {
	uint8_t gocbref[LEARN_NAME];                  /* its key, NUL-padded */
	uint8_t datset[LEARN_NAME], goid[LEARN_NAME]; /* likewise */
	uint8_t mac[2][6], dst[6], macs;
	uint8_t ntypes_high;
	bool has_dst, has_appid, has_vlan, has_confrev, has_entries;
	bool has_types, routed;
	uint16_t appid, vlan, ntypes;
	uint32_t confrev, entries, max_tal_ms, differs;
	uint32_t later; /* what differs since the first alarm, likewise */
	uint8_t types[LEARN_TYPES];
	uint64_t n, clean, secured, first_us, last_us;
	uint64_t alarm_us; /* since then nothing is taken in; 0: never */
	uint64_t frame;
	const char *capture;
	char said[96]; /* of where it is from, for a comment */
};

/* Publishers as somebody planned them, sorted by gocbRef. */
struct learn_plan {
	const char *path; /* of the file */
	struct learn_publisher *at;
	size_t n;
	char *notes; /* lines of comments, or NULL */
};

void learn_plan_free(struct learn_plan *);

/* What was not taken in, and why. */
struct learn_doubt_key {
	char what[64];   /* "T-12 REBOOT", or in words */
	uint8_t section; /* enum learn_section */
	uint8_t zero[7];
	uint8_t a[16], b[16], subject[LEARN_NAME], pad[6];
};

struct learn_doubt {
	struct learn_doubt_key key;
	uint64_t n, frame, first_us, last_us;
	const char *capture;
};

enum learn_section {
	LEARN_DLMS,
	LEARN_IEC104,
	LEARN_DNP3,
	LEARN_GOOSE,
	LEARN_OTHER,
	LEARN_SECTIONS
};

struct learn {
	struct observer observer;
	const struct conf *conf;
	struct learn_table facts, publishers, doubts;
	uint64_t first_us, last_us; /* of all ops */
	bool raised; /* an alarm or error of the op that comes next */
};

/* --- What was seen: learn.c --- */

uint64_t learn_us(struct timespec);

/* Notes it, now; NULL when there is no room. */
struct learn_fact *learn_see(
    struct learn *, const struct op *, const struct learn_key *);

/*
 * What is never taken in: it is only named.  subject: whom it was done to, or
 * none: the address it went to.
 */
void learn_refuse(struct learn *, const struct op *, enum learn_section,
    const char *what, struct bytes subject);

void learn_u32(uint8_t to[4], uint32_t);
uint32_t learn_read_u32(const uint8_t from[4]);

/*
 * Whether it was seen without an alarm of its own, and, if its two ends were
 * part of one later, well before that.
 */
bool learn_is_clean(const struct learn *, const struct learn_fact *);

/* --- The protocols --- */

void learn_dlms(struct learn *, const struct op *, const void *known);
void learn_iec104(struct learn *, const struct op *, const void *known);
void learn_dnp3(struct learn *, const struct op *);
void learn_goose(struct learn *, const struct op *);

#endif
