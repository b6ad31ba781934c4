/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages that come in pieces (DNP3 segments, HDLC segments, blocks) are put
 * together in buffers leased from one bounded pool.
 */
#ifndef DISSECTORS_ASM_H
#define DISSECTORS_ASM_H

#include "dissectors/dissector.h"

/*
 * leases buffers of size octets each, got now and touched as used; the least
 * recently used lease makes room.  One flow holds an eighth of them, or four;
 * then its own least recently used one makes room.  NULL when there is no
 * memory.
 */
struct asm_pool *asm_new(uint32_t leases, size_t size);
void asm_free(struct asm_pool *);

/*
 * Appends a piece to the buffer leased under (flow, key) and returns all that
 * it holds, valid until the next call on this pool.  first begins a new message
 * and drops what an old one left.  {NULL, 0} when the buffer was evicted since
 * its first piece, or never had one, or this one does not fit: that is counted
 * and the lease is over.
 */
struct bytes asm_put(struct ctx *, uint32_t key, bool first, struct bytes);

/* All that the lease holds, or {NULL, 0} when there is none. */
struct bytes asm_get(struct ctx *, uint32_t key);

/*
 * Writes over octets that the lease holds, from at on: what a dissector keeps
 * of a message stands in front of it.  False, and nothing is written, when it
 * does not hold so many.
 */
bool asm_edit(struct ctx *, uint32_t key, size_t at, struct bytes);

/* Ends the lease of a message that is complete; no lease is no error. */
void asm_drop(struct ctx *, uint32_t key);

/* Leases that made room or outgrew their buffer, since the start. */
uint64_t asm_lost(const struct asm_pool *);

/* Each message that waits for more, the one that waits longest first. */
void asm_each(const struct asm_pool *,
    void (*each)(void *arg, uint64_t flow, uint32_t key, struct bytes),
    void *arg);

/*
 * Whether one of them was this flow's, and made room for another's: what is
 * missing may be what we lost.  Of many such flows some are forgotten.
 */
bool asm_robbed(const struct ctx *);

#endif
