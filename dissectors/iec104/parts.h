/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the dissector need of each other: for this folder only. */
#ifndef DISSECTORS_IEC104_PARTS_H
#define DISSECTORS_IEC104_PARTS_H

#include "dissectors/dissector.h"
#include "dissectors/iec104/type.h"

#define IEC104_PORT 2404
#define IEC104_COMBINATIONS 12 /* of COT 1 and 2, CA 1 and 2, IOA 1 to 3 */

struct iec104_settings {
	uint32_t cot_size, ca_size, ioa_size;
};

/* What is kept of a connection. */
struct iec104_flow {
	uint8_t client; /* the controlling station's pdu.dir + 1; 0: unknown */

	bool settled;      /* the sizes are certain */
	uint8_t other;     /* combination in use, and 1; 0: the configured */
	uint8_t agreed;    /* units that fit, among others, the configured */
	uint8_t misfits;   /* units that do not, and fit the same others */
	uint16_t possible; /* these others, a bit each */
	uint8_t odd[IEC104_COMBINATIONS]; /* how unlikely each looked */
};

/* Causes that the standard defines or leaves to makers (7.2.3). */
static inline bool
iec104_cause_known(uint8_t cot)
{
	return (UINT64_C(0xfffff3fffff1fffe) >> (cot & 0x3f) & 1) != 0;
}

static inline bool
iec104_sizes_preset(struct iec104_sizes z)
{
	return z.cot == 2 && z.ca == 2 && z.ioa == 3;
}

/*
 * Octets of the ASDU that begins at p as type and number of objects have it,
 * or 0 if they do not say.  have, at least 2, octets are there.
 */
size_t iec104_asdu_need(const uint8_t *p, size_t have, struct iec104_sizes);

struct iec104_sizes iec104_sizes_in_use(
    const struct iec104_flow *, const struct iec104_settings *);

/*
 * Learns from the ASDU in r, all of it, which says what it needs and which
 * those in use do not fit or are not certain for.  sizes is those in use, and
 * set if others fit better.  Returns what is wrong with them, or NULL.
 */
const char *iec104_find_sizes(const struct reader *r,
    const struct iec104_settings *, struct iec104_flow *, struct iec104_apdu *);

/* Reads the ASDU in r: all of the message but the APCI, object and flaw. */
void iec104_read_asdu(
    struct reader *, struct iec104_apdu *, const struct ctx *, struct op *);

/* What a unit that could be read says against the standard, or NULL. */
const char *iec104_asdu_flaw(const struct iec104_apdu *);

/*
 * STARTDT says who controls.  Most captures begin after it: there the first
 * unit that only one of the two sends has to do.
 */
void iec104_learn(
    struct iec104_flow *, unsigned dir, const struct iec104_apdu *);

/* Who sent it, as far as that is known; the port is the last straw. */
enum op_from iec104_from(const struct iec104_flow *, const struct pdu *);

enum op_result iec104_result(const struct iec104_apdu *);

/* The members of the unit's record. */
void iec104_write_json(const void *msg, struct json *);

struct iec104_tally {
	uint64_t units, formats[3], types[256], other_sizes;
	uint64_t malformed, truncated;
};

void iec104_count(void *tally, const struct op *);
void iec104_write_tally(const void *tally, struct json *);

#endif
