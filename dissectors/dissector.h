/* SPDX-License-Identifier: Apache-2.0 */
/* What a protocol is to the sensor: find a unit, then read it. */
#ifndef DISSECTORS_DISSECTOR_H
#define DISSECTORS_DISSECTOR_H

#include <stdbool.h>

#include "dissectors/json.h"
#include "dissectors/op.h"
#include "dissectors/parameter.h"

struct asm_pool;

/*
 * NO: no unit begins here.  MORE: too short to say.  LIKELY: it looks like
 * one, but so may other traffic; the port or a second unit has to confirm.
 * YES: content alone is proof.
 */
enum probe { PROBE_NO, PROBE_MORE, PROBE_LIKELY, PROBE_YES };
enum frame { FRAME_WHOLE, FRAME_SHORT, FRAME_ALIEN };

/* Where a protocol usually is: a hint that breaks ties. */
struct hint {
	enum carrier carrier;
	uint16_t number; /* port or ethertype */
};

/* What a dissector keeps of a flow; more than this is not to be had. */
#define DISSECTOR_FLOW_MAX 120

struct ctx {
	const struct pdu *pdu;
	void *flow; /* flow_size octets, 8-aligned, zeroed when the flow
	               begins; NULL over an ethertype */
	struct asm_pool *pool;
	uint64_t flow_id;     /* tells this flow's leases from all others' */
	const void *settings; /* settings_size octets, or NULL: the presets */
	/*
	 * To be set by dissect(): so many octets behind the unit belong to it
	 * and need not be there, as those that nobody can decipher.
	 */
	uint16_t skip;
};

struct dissector {
	const char *name; /* also the folder and the object in a record */
	const struct hint *hints; /* ends with number 0 */
	bool home_only;           /* read where a hint says so, nowhere else */
	size_t flow_size;         /* at most DISSECTOR_FLOW_MAX */

	/* What the configuration may set under the dissector's name. */
	const struct parameter *parameters; /* into settings; or NULL */
	size_t settings_size;

	/* Whether r begins like a unit.  Cheap: it is asked at any octet. */
	enum probe (*probe)(struct reader r);

	/*
	 * Where the unit at r ends; *len is set only for FRAME_WHOLE.  Octets
	 * that were lost count as there.  ALIEN: no unit begins here.
	 */
	enum frame (*frame)(struct reader r, size_t *len);

	/*
	 * Reads exactly one unit and emits its ops, at least one; their
	 * verdict is what it returns, rd_end()'s.  A unit that cannot be read
	 * is one op of kind OP_FLAW.  Given octets of which frame() said
	 * ALIEN it says why, as a flaw.
	 */
	enum rd_err (*dissect)(struct reader r, struct ctx *, struct op_sink *);

	/*
	 * The members of the unit's record, into an object that is open.  NULL,
	 * as the tally's functions then are: a protocol that is read for
	 * detectors only; it gives no record and stays among the others of the
	 * summary.
	 */
	void (*write_json)(const void *msg, struct json *);

	/*
	 * What the summary says of the protocol.  count() sees each unit's op
	 * that has no outer one; tally is tally_size octets, zeroed at start.
	 */
	size_t tally_size;
	void (*count)(void *tally, const struct op *);
	void (*write_tally)(const void *tally, struct json *);
};

extern const struct dissector *const dissectors[]; /* NULL-terminated */

/* Whether the dissector reads units of this carrier at all. */
bool dissector_over(const struct dissector *, enum carrier);

/* Whether one of the hints is this one. */
bool dissector_hint(const struct dissector *, enum carrier, uint16_t number);

#endif
