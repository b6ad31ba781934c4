/* SPDX-License-Identifier: Apache-2.0 */
/* A copy of the counters page, in the order of OIDs: what is served. */
#ifndef OUTPUTS_NSM_VIEW_H
#define OUTPUTS_NSM_VIEW_H

#include <stdio.h>

#include "outputs/nsm/objects.h"

struct nsm_view;

/* Room for all that the page may hold; NULL without memory. */
struct nsm_view *nsm_view_new(const struct nsm_page *);
void nsm_view_free(struct nsm_view *);

/* Takes the page as it is now; it must be the one of the beginning. */
void nsm_view_load(struct nsm_view *, const struct nsm_page *);

/* The scalars, which whoever serves them may put right. */
struct nsm_agent *nsm_view_agent(struct nsm_view *);

size_t nsm_view_rows(const struct nsm_view *, enum nsm_table);

/* What stands at this OID, good until the next load; false: nothing. */
bool nsm_view_get(
    const struct nsm_view *, const uint32_t *oid, size_t n, struct nsm_value *);

/* Whether an object's instance could stand there. */
bool nsm_view_is_object(const uint32_t *oid, size_t n);

/* The first behind it; false: there is none. */
bool nsm_view_next(const struct nsm_view *, const uint32_t *oid, size_t n,
    uint32_t next[NSM_OID], size_t *nnext, struct nsm_value *);

/* A line for each object: "name.index = TYPE: value". */
void nsm_view_print(const struct nsm_view *, FILE *);

#endif
