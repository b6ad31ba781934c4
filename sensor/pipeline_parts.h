/* SPDX-License-Identifier: Apache-2.0 */
/* What the pipeline consists of: for pipeline.c and relay.c only. */
#ifndef SENSOR_PIPELINE_PARTS_H
#define SENSOR_PIPELINE_PARTS_H

#include "dissectors/asm.h"
#include "dissectors/transport.h"
#include "rules/losses.h"
#include "sensor/alerts.h"
#include "sensor/classify.h"
#include "sensor/dispatch.h"
#include "sensor/flow_keep.h"
#include "sensor/inventory.h"
#include "sensor/ip.h"
#include "sensor/nsm.h"
#include "sensor/pieces.h"
#include "sensor/pipeline.h"
#include "sensor/remember.h"
#include "sensor/seen.h"
#include "sensor/summary.h"
#include "sensor/units.h"

/* How far nDPI is with a flow: flow->classified. */
enum { CLASS_NEW, CLASS_OPEN, CLASS_DONE };

#define BATCH 32
#define ACKS 64            /* acknowledgements that are told at a start */
#define ARENA (256 * 1024) /* octets of the packets of a batch */

/* Octets of our protocols' connections; the epoch that a flow got last. */
struct totals {
	uint64_t got, lost;
	uint64_t epoch;
};

#define FULL_SAID 128

struct pipeline {
	struct op_sink ops, opened; /* opened: behind the keys */
	struct unit_sink unit_sink;
	struct stream_sink stream_sink;
	struct event_sink event_sink, heard_sink;

	struct record_sink *records;
	struct observer *observer; /* NULL: nobody looks on */
	struct nsm *nsm;           /* NULL: no counters page */
	const uint8_t *nsm_flows;  /* what it knows of each, by place */
	struct notices *notices;   /* NULL: there are no destinations */
	struct alerts *alerts;
	struct dispatch *dispatch;
	struct unseal *unseal; /* NULL: no keys of meters */
	size_t unseal_size;
	struct classify *classify;
	struct asm_pool *messages;
	struct blocks *blocks;
	struct fragments *fragments;
	struct seen *seen;
	struct flows *flows;
	struct streams *streams;
	struct units *units;
	char (*names)[EVENT_FLOW]; /* community ids, by place of the flow */
	uint32_t nflows;
	struct rules_limits limits;
	struct memory memory;
	struct pack_names *names_kept; /* of events that come back */
	struct losses losses;
	struct flow_keep *flow_keep;
	struct pieces *pieces; /* of what follows */
	struct totals totals;  /* with those of earlier runs, at a mark */
	struct totals earlier;
	struct keeper *keeper; /* NULL: nothing outlives a restart */
	int64_t flows_since;   /* those with packets from here on are new */
	time_t marked;         /* second of the last mark */
	struct state_ack acks[ACKS]; /* to be told */
	size_t nacks;
	int64_t known_ack, told_ack; /* the last of them; 0: none */
	void *settings[INVENTORY_APPS];
	void *tally[INVENTORY_APPS];
	unsigned transport;
	uint32_t owning; /* by app of a flow: see pipeline_owns() */
	uint64_t full_said[FULL_SAID]; /* tables of which H-8 was told */

	int link;
	const char *capture;
	uint64_t frame; /* of the last packet that came */
	uint64_t skip;  /* so many of the capture were read before */
	struct timespec capture_first;
	struct packet batch[BATCH];
	size_t nbatch, narena;
	uint8_t *arena;
	bool lasting;      /* packets need no copy there */
	struct packet *pk; /* the one at hand */
	const struct flow *flow;
	struct pdu pdu;
	unsigned which; /* the dissector at work */
	unsigned dlms;  /* the one whose units keys open */
	bool ticking;   /* no packet is at hand */
	bool meeting;   /* an inventory wants to know who is there */

	time_t second; /* of the last tick; 0: none yet */
	struct inventory inventory;
	struct link_counts link_counts;
	struct ip_counts ip_counts;
	struct pipeline_counts counts;
};

/* Whether the flow's packets are its dissector's, and not among the others. */
static inline bool
pipeline_owns(const struct pipeline *pl, const struct flow *f)
{
	return (pl->owning >> f->app & 1) != 0;
}

/* Once a second of packet time: timers, folds, marks. */
void pipeline_tick(struct pipeline *, struct timespec now);

/* The sinks that the parts write to. */
void relay_init(struct pipeline *);

/* What the pipeline calls of remember.c. */
int remember_init(struct pipeline *); /* 0, or -ENOMEM */
void remember_mark(struct pipeline *, uint64_t frames);
void remember_tick(struct pipeline *, uint64_t frames);
void remember_answers(struct pipeline *);
uint64_t remember_frames(struct pipeline *);
void remember_tell(struct pipeline *);

/* An op of the sensor's own about a connection. */
void relay_tell(struct pipeline *, struct flow *, unsigned dir,
    const struct stream_at *, enum op_kind, struct transport *);

/* Packets of the flow that nobody has counted yet find their name. */
void relay_settle(struct pipeline *, struct flow *);

/* nDPI may forget the flow. */
void relay_unclassify(struct pipeline *, struct flow *);

#endif
