/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An event as octets that outlive the program: what was a pointer to a constant
 * is its text, and becomes a pointer again when it is read.
 */
#ifndef RULES_PACK_H
#define RULES_PACK_H

#include "rules/event.h"

#define PACK_MAX 4096 /* no event is longer */

/*
 * Texts that events point to after reading: those of the registries, and others
 * that are kept until pack_names_free().
 */
struct pack_names;

/* NULL without memory.  One thread at a time. */
struct pack_names *pack_names_new(void);
void pack_names_free(struct pack_names *);

/* Octets written to buf, which has PACK_MAX. */
size_t pack_event(uint8_t *buf, const struct event *);

/*
 * 0, or -EINVAL: not an event that this build knows, as when the catalogue has
 * changed or the octets are damaged; -ENOBUFS: too many texts.
 */
int pack_read(struct event *, struct bytes, struct pack_names *);

#endif
