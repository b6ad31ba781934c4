/* SPDX-License-Identifier: Apache-2.0 */
/* Which name may have been meant. */
#ifndef SENSOR_TYPO_H
#define SENSOR_TYPO_H

#include "dissectors/reader.h"

#define TYPO_MAX 40 /* octets: what is longer is not taken for misspelt */

/*
 * Letters changed, missing, added or swapped with their neighbour, case aside
 * (the distance of Damerau and Levenshtein, each place touched once).  typed
 * has at most TYPO_MAX octets.
 */
size_t typo_distance(const char *name, struct bytes typed);

/* Close enough to be meant: fewer than this. */
static inline size_t
typo_limit(struct bytes typed)
{
	return typed.n / 3 + 1;
}

#endif
