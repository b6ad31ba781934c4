/* SPDX-License-Identifier: Apache-2.0 */
/* The counters of a run, as JSON and as lines for a person. */
#ifndef SENSOR_SUMMARY_H
#define SENSOR_SUMMARY_H

#include "dissectors/json.h"
#include "rules/dlms/unseal.h"
#include "rules/losses.h"
#include "sensor/classify.h"
#include "sensor/inventory.h"
#include "sensor/ip.h"
#include "sensor/stream.h"
#include "sensor/units.h"

struct pipeline_counts {
	uint64_t packets, bytes; /* bytes as on the wire */
	uint64_t got, lost;      /* octets of dissected streams */
	uint64_t holes;          /* in them */
	uint64_t one_sided;      /* connections */
	uint64_t shortened;      /* packets that were captured in part */
	uint64_t resumed;        /* not among packets: a run before read them */
	struct timespec first, last;
};

struct summary {
	const struct pipeline_counts *counts;
	const struct link_counts *link;
	const struct ip_counts *ip;
	const struct fragment_counts *fragments;
	const struct stream_counts *streams;
	const struct unit_counts *units;
	const struct losses *losses;
	const struct inventory *inventory;
	void *const *tally;               /* by dissector */
	const struct unseal_counts *keys; /* NULL: there are none */
	const struct classify *classify;
	uint64_t flows_evicted, blocks_refused, messages_lost, folds_evicted;
	uint64_t meters_evicted, meters_unkept, events_left_out;
};

/* "packets" to "sum", into an open object. */
void summary_write(const struct summary *, struct json *);

/* "dropped", what of the sensor's own was too small. */
void summary_dropped(const struct summary *, struct json *);

#endif
