/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How often something happened within a while, and to how many different
 * things.  Times are milliseconds of packet time.
 */
#ifndef RULES_RATE_H
#define RULES_RATE_H

#include <stdbool.h>
#include <stdint.h>

#define RATE_MOST 32 /* the n of rate_hit() and rate_kinds() goes no higher */

/* The last times, in turn; zeroed is empty. */
struct rate {
	uint64_t hits; /* since it is known */
	uint64_t at[RATE_MOST];
};

/*
 * Counts one.  Whether it is the last of n within t_s seconds; 0 < n <=
 * RATE_MOST, the same at every call.
 */
bool rate_hit(struct rate *, uint32_t n, uint32_t t_s, uint64_t now);

/*
 * The same for any n, at 16 octets: what the last whole span counted fades
 * evenly while the present one fills (a sliding window in two parts).
 */
struct pace {
	uint64_t since; /* begin of the present span */
	uint32_t now, before;
};

/* Counts one; how many there were in the last t_s seconds, about. */
uint32_t pace_hit(struct pace *, uint32_t t_s, uint64_t now);

/* How many there are, about, when none is added. */
uint32_t pace_count(const struct pace *, uint32_t t_s, uint64_t now);

/* The last things that differ, by hash; zeroed is empty. */
struct kinds {
	uint8_t n;
	uint32_t hash[RATE_MOST];
	uint64_t at[RATE_MOST];
};

/*
 * Notes one.  How many different ones were noted in the last t_s seconds, it
 * included; RATE_MOST stands for that many or more.
 */
uint32_t kinds_note(struct kinds *, uint32_t hash, uint32_t t_s, uint64_t now);

#endif
