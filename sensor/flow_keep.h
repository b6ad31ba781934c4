/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections that outlive a restart: those of our protocols, and those too
 * young to tell.  The sequence numbers say whether octets were missed
 * meanwhile.
 */
#ifndef SENSOR_FLOW_KEEP_H
#define SENSOR_FLOW_KEEP_H

#include "rules/memory.h"
#include "sensor/waiting.h"

struct flow_keep;

/* NULL without memory. */
struct flow_keep *flow_keep_new(const struct waiting_parts *);
void flow_keep_free(struct flow_keep *);

/* Before the first packet.  False: it is no flow's row. */
bool flow_keep_recall(struct flow_keep *, const struct memory_row *);

/* That were all of them. */
void flow_keep_settle(struct flow_keep *);

/*
 * Hands over those that had a packet since then and are another now; what there
 * is no room for is next time's, when it is asked for from as early a time.
 * False: some are left.
 */
bool flow_keep_remember(struct flow_keep *, int64_t since_s, struct memory *);

#endif
