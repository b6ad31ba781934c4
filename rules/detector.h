/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A detector turns operations into events; it owns its state and no clock.  A
 * world is what the detectors of a protocol share: what is known of its meters,
 * stations or publishers, looked up once for an op.
 */
#ifndef RULES_DETECTOR_H
#define RULES_DETECTOR_H

#include "dissectors/parameter.h"
#include "rules/event.h"
#include "rules/kept.h"
#include "rules/limits.h"
#include "rules/siphash.h"

struct goose_keys;
struct health;
struct losses;
struct memory;
struct memory_answer;
struct memory_meter;
struct pack_names;
struct policy;
struct unseal;

/* What detectors and worlds get at start; what it points to outlives them. */
struct setup {
	const uint8_t *key; /* SIPHASH_KEY octets, for every table */
	const struct rules_limits *limits;
	const struct policy *policy; /* what a person decided; NULL: nothing */
	struct memory *memory; /* what outlives a restart; NULL: nothing does */
	struct pack_names *names; /* of events that come back; or NULL */
	const struct goose_keys *goose_keys; /* group keys; NULL: none */
	const struct unseal *unseal;         /* keys of meters; NULL: none */
	struct losses *losses;               /* to fill in; NULL: nobody asks */
};

/* A row of the detection catalogue: detections.ID of the configuration. */
struct detection {
	const char *id;     /* "T-01" */
	const char *attack; /* ATT&CK for ICS ids, comma between; or NULL */
	const struct parameter *parameters; /* into the state; or NULL */
};

struct world {
	const char *protocol; /* the dissector's name */
	const char *also;     /* a second one; or NULL */

	/*
	 * Keys of the configuration under "tracking.PROTOCOL", into the state;
	 * or NULL.
	 */
	const struct parameter *parameters;

	/* All it will ever hold; zeroed, 64-aligned at start. */
	size_t (*size)(const struct rules_limits *);

	/* Once, with the parameters in place. */
	void (*start)(void *state, const struct setup *);

	/*
	 * Before the detectors of this world: looks up what the op concerns
	 * and takes in what it says.  What it returns goes to the detectors
	 * as known, is good until the next call and may be NULL.  It sees
	 * every op of its protocol, those that could not be read too, and those
	 * of TRANSPORT_PROTOCOL (with a msg of struct transport).  It may say
	 * that a table is full, and nothing else.
	 */
	const void *(*observe)(
	    void *state, const struct op *, struct event_sink *);

	/*
	 * An op of a flow with this hint comes soon: what the hint leads to is
	 * fetched (__builtin_prefetch), and nothing else happens.  The hint
	 * itself is on its way already, and may lead into another world.  Or
	 * NULL.
	 */
	void (*expect)(const void *state, const void *hint);

	/*
	 * Where in a view a uint32_t stands with bits of what the op is about,
	 * for detectors that need but some; 0: views have none.
	 */
	size_t about_at;

	/* After them, for what they had to see as it was; or NULL. */
	void (*settle)(void *state, const struct op *);

	/* Once a second of packet time, before the detectors; or NULL. */
	void (*on_tick)(void *state, struct timespec now, struct event_sink *);

	/*
	 * What outlives a restart; both NULL when nothing does.  Before the
	 * first packet recall() takes what was kept, the longest silent first;
	 * remember() hands over what changed since it was last called.
	 */
	void (*recall)(void *state, const struct memory_meter *);
	void (*remember)(void *state, struct memory *);

	/* The policy says something else from now on; or NULL. */
	void (*on_policy)(void *state);

	/* On a tick, before on_tick: what find() said comes later; or NULL. */
	void (*answered)(void *state, const struct memory_answer *);

	/* Parts of the state that do, too: how many they are; or NULL. */
	size_t (*kept)(void *state, struct kept_part[KEPT_MOST]);
};

struct detector {
	const struct detection *detections; /* ends with a NULL id */
	const char *needs_policy; /* those silent without one: "D-64,D-65" */

	/*
	 * The ops that it asks for.  OP_FLAW brings every op that has a flaw,
	 * whatever its kind; it comes once, even if its kind is asked for too.
	 */
	const char *protocol; /* or NULL for any */
	const char *also;     /* beside it, a second one; or NULL */
	uint32_t kinds;       /* DETECTOR_ON() of each, or 0 */

	/* Also of these kinds of TRANSPORT_PROTOCOL, beside its protocol. */
	uint32_t transport_kinds;

	/*
	 * Whose view it gets as known, and whose state on ticks; or NULL.
	 * A world runs when one of its detectors does.
	 */
	const struct world *world;
	bool on_view; /* only when there is one: known is never NULL */

	/*
	 * With a view only when that is about one of these, bits of its world;
	 * 0: always.  What is usual and concerns nobody costs no call: their
	 * code does not fit into the cache together.
	 */
	uint32_t about;

	/* All it will ever hold; zeroed, 64-aligned at start. */
	size_t state_size;
	size_t (*size)(const struct rules_limits *); /* instead, or NULL */

	/* Once, with the parameters in place. */
	void (*start)(void *state, const struct setup *);

	/* The op ends with the call.  Any may be NULL. */
	void (*on_op)(void *state, const struct op *, const void *known,
	    struct event_sink *);
	/* world: the state of its world, or NULL. */
	void (*on_tick)(
	    void *state, void *world, struct timespec now, struct event_sink *);
	/* What detectors say, itself included, but what has a row. */
	void (*on_event)(
	    void *state, const struct event *, struct event_sink *);

	/* What a live sensor finds out about itself (rules/health.h). */
	void (*on_health)(
	    void *state, const struct health *, struct event_sink *);

	/* Parts of the state that outlive a restart, as of a world. */
	size_t (*kept)(void *state, struct kept_part[KEPT_MOST]);
};

#define DETECTOR_ON(kind) (UINT32_C(1) << (kind))
#define DETECTOR_ON_ALL ((UINT32_C(1) << OP_KINDS) - 1)

extern const struct detector *const detectors[]; /* NULL-terminated */
extern const struct world *const worlds[];       /* NULL-terminated */

#endif
