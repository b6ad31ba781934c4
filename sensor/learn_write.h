/* SPDX-License-Identifier: Apache-2.0 */
/* How a policy is written down: for sensor/learn*.c only. */
#ifndef SENSOR_LEARN_WRITE_H
#define SENSOR_LEARN_WRITE_H

#include "sensor/learn_parts.h"

struct learn_out {
	FILE *to;
	const struct learn *l;
	const struct learn_plan *plan;   /* or NULL */
	const struct learn_fact **facts; /* sorted by their keys */
	size_t n;
	const struct learn_doubt **doubts; /* likewise */
	bool strict; /* lists are closed even if they may not be complete */
};

/* Facts of one kind, and of one a and b where these are not NULL. */
struct learn_facts {
	const struct learn_fact **at;
	size_t n;
};

struct learn_facts learn_facts(const struct learn_out *, enum learn_kind,
    uint8_t protocol, const uint8_t *a, const uint8_t *b);

/* How often, and when first and last; put together from several facts. */
struct learn_seen {
	uint64_t n, first_us, last_us;
};

void learn_add_seen(struct learn_seen *, const struct learn_fact *);

/*
 * "12 units, 2026-01-02T03:04:05Z to 2026-01-02T04:05:06Z"; one is the word
 * for a single one.
 */
void learn_write_seen(const struct learn_out *, const struct learn_seen *,
    const char *one, const char *many);

void learn_write_ip(const struct learn_out *, const uint8_t ip[16]);
void learn_write_hex(const struct learn_out *, const uint8_t *, size_t);
void learn_write_mac(const struct learn_out *, const uint8_t mac[6]);

/* For comments: one line, whatever the octets are. */
void learn_write_plain(const struct learn_out *, struct bytes);

/* ", frame 5 of x.pcap: decide yourself" and the end of the line. */
void learn_write_where(
    const struct learn_out *, uint64_t frame, const char *capture);

/* How many of n lines of LEARN_REFUSED_MAX were left out. */
void learn_write_more(const struct learn_out *, size_t n);

/* What was not taken in of a section. */
void learn_write_doubts(const struct learn_out *, enum learn_section);

/* Things of a list, how many of them were seen seldom, and all sightings. */
struct learn_tally {
	size_t all, rare;
	uint64_t n;
};

void learn_count(struct learn_tally *, uint64_t n);

/*
 * Whether the list can be taken for complete: then what was seen often enough
 * was mostly seen before.
 */
bool learn_is_complete(const struct learn_out *, const struct learn_tally *);

#define LEARN_HABIT 3   /* times: fewer are seldom */
#define LEARN_OFTEN 10  /* sightings: fewer do not tell what else there is */
#define LEARN_LONG 1000 /* requests without a command: it never commands */
#define LEARN_REFUSED_MAX                                                      \
	256 /* lines of a kind about what was not taken in                     \
	     */

/* --- The sections; 0, or -ENOMEM --- */

int learn_write_dlms(const struct learn_out *);
int learn_write_scada(const struct learn_out *, enum policy_protocol);
int learn_write_goose(const struct learn_out *);
int learn_write_rgoose(const struct learn_out *);

int learn_write_devices(const struct learn_out *);

/* One publisher, as an item of the list. */
void learn_write_publisher(
    const struct learn_out *, const struct learn_publisher *);

/* Whether what was seen of it may be taken in. */
bool learn_is_taken(const struct learn_publisher *);

/* Two of them: the one that is planned, and as it was seen; NULL: it is not. */
struct learn_pair {
	const struct learn_publisher *planned, *seen;
};

/* Each name once, in order; n of them, to be freed; NULL without memory. */
struct learn_pair *learn_plan_pairs(const struct learn_plan *,
    const struct learn_publisher *const *seen, size_t nseen, size_t *n);

/* The item of a pair that is planned, with what was seen and contradicts. */
void learn_plan_write(const struct learn_out *, const struct learn_pair *);

/* One that was seen, and is not planned: in comments.  0 or -ENOMEM. */
int learn_plan_stranger(
    const struct learn_out *, const struct learn_publisher *);

#endif
