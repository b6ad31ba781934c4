/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Octets to units: whose protocol a flow speaks, where its units begin and
 * end, and where they begin again after loss or junk.  A flow is never given
 * up.
 */
#ifndef SENSOR_UNITS_H
#define SENSOR_UNITS_H

#include "dissectors/asm.h"
#include "sensor/blocks.h"
#include "sensor/flow.h"
#include "sensor/stream.h"

/* Where units go: each is exactly one unit of that dissector. */
struct unit_sink {
	/*
	 * flow is NULL over an ethertype; captured <= on_wire.  Returns the
	 * dissector's verdict.
	 */
	enum rd_err (*unit)(struct unit_sink *, struct flow *, unsigned dir,
	    unsigned dissector, const uint8_t *, size_t captured,
	    size_t on_wire, const struct stream_at *);
	/* The flow is known to speak dissector + 1, or, with 0, no more. */
	void (*claim)(struct unit_sink *, struct flow *, unsigned app);
};

struct unit_counts {
	uint64_t claimed, unclaimed;
	uint64_t resyncs, skipped_octets;
	uint64_t refused; /* begun units for which there was no room */
};

struct units;

/* NULL when there is no memory. */
struct units *units_new(struct blocks *, struct unit_sink *);
void units_free(struct units *);

/* The next octets of a TCP stream. */
void units_octets(struct units *, struct flow *, unsigned dir, const uint8_t *,
    size_t n, const struct stream_at *);

/* n octets of it are missing here; 0: it does not go on where it was. */
void units_gap(struct units *, struct flow *, unsigned dir, uint32_t n,
    const struct stream_at *);

/* A datagram; false when no dissector knows it. */
bool units_datagram(struct units *, struct flow *, unsigned dir,
    const uint8_t *, size_t captured, size_t on_wire, const struct stream_at *);

/* The payload of an ethertype; false when no dissector wants it. */
bool units_ethertype(struct units *, uint16_t ethertype, const uint8_t *,
    size_t captured, size_t on_wire, const struct stream_at *);

const struct unit_counts *units_counts(const struct units *);

#endif
