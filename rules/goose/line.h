/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A line: state and sequence numbers that follow each other, as one sender
 * counts them (IEC 61850-8-1, 18.1.2.5; IEC 62351-6, 7.2).
 */
#ifndef RULES_GOOSE_LINE_H
#define RULES_GOOSE_LINE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* How a stream is configured.  No padding: compared as it is. */
struct goose_config {
	uint8_t dst[6];
	uint16_t appid;
	uint32_t datset, goid; /* keyed hashes */
	uint32_t confrev, entries;
	uint32_t types; /* of allData's members, a keyed hash */
	uint16_t vlan;  /* the innermost tag; 0: none, or a priority tag */
	uint16_t zero;
};

enum { /* bits of fields: what differs */
	GOOSE_F_DST = 1,
	GOOSE_F_APPID = 2,
	GOOSE_F_VLAN = 4,
	GOOSE_F_DATSET = 8,
	GOOSE_F_GOID = 16,
	GOOSE_F_CONFREV = 32,
	GOOSE_F_ENTRIES = 64,
	GOOSE_F_TYPES = 128
};

enum { /* flags of a line */
	GOOSE_SIM_HEADER = 1,
	GOOSE_SIM_PDU = 2,
	GOOSE_NDS = 4,
	GOOSE_SECURED = 8,    /* an extension, or a signature of R-GOOSE */
	GOOSE_UNREADABLE = 16 /* an extension that fits no reading */
};

enum goose_kind {
	GOOSE_NONE,    /* there is no line */
	GOOSE_KNOWN,   /* the publisher's */
	GOOSE_OUTLIER, /* does not go on where the publisher was */
	GOOSE_RESTART, /* begins anew */
	GOOSE_RIVAL    /* another MAC address */
};

/* The packet to which what is said on a tick, or too late, belongs. */
struct goose_moment {
	uint64_t at_us, frame;
	const char *capture;
};

struct goose_line {
	uint64_t at_us; /* when it was last heard */
	uint64_t data;  /* hash of allData */
	uint64_t t;     /* seconds << 24 | fraction */
	uint32_t st, sq, tal;
	uint32_t run; /* units since it began */
	uint8_t mac[6], flags, quality;
	struct goose_config config;
	uint8_t kind;
	bool loose; /* began with other data under the same stNum */
	bool both;  /* it was said that the publisher speaks, too */
	struct goose_moment since;
};

enum goose_step {
	GOOSE_COPY, /* the same again, or a copy that took the longer way */
	GOOSE_NEXT,
	GOOSE_STATE, /* a later state */
	GOOSE_ANEW,  /* a restart */
	GOOSE_SEQ_BACK,
	GOOSE_STATE_BACK
};

struct goose_stride {
	enum goose_step step;
	uint32_t states;  /* STATE: how far; 1 is the next one */
	uint32_t missing; /* units that must lie between, at least */
	uint64_t silence_us;
	bool same_data, same_t, newer;
};

/* How far stNum or sqNum went on; 0 is not used after the first time. */
uint32_t goose_ahead(uint32_t from, uint32_t to);

/*
 * How f goes on from the line l, by its numbers alone.  copy_us: how much
 * later a copy may come.
 */
struct goose_stride goose_stride(
    const struct goose_line *l, const struct goose_line *f, uint64_t copy_us);

/*
 * Whether there was no time for what is missing: units of one state come no
 * faster than step_us, as the last two did; a later number that does is forged.
 * A new state comes when it likes.
 */
bool goose_crowded(const struct goose_stride *, uint64_t step_us);

_Static_assert(sizeof(struct goose_config) == 32, "four words");

/* Whether nothing differs, not even a tag. */
static inline bool
goose_is_config(const struct goose_config *a, const struct goose_config *b)
{
	uint64_t x[4], y[4];

	/* whole words: a call would cost as much as all the rest */
	memcpy(x, a, sizeof(x));
	memcpy(y, b, sizeof(y));
	return ((x[0] ^ y[0]) | (x[1] ^ y[1]) | (x[2] ^ y[2]) |
	           (x[3] ^ y[3])) == 0;
}

/* Whether they come from one source. */
static inline bool
goose_is_mac(const struct goose_line *a, const struct goose_line *b)
{
	return memcmp(a->mac, b->mac, sizeof(a->mac)) == 0;
}

/* Which of the fields differ; a tag that is absent never does. */
uint32_t goose_differs(
    const struct goose_config *a, const struct goose_config *b);

#endif
