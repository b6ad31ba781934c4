/* SPDX-License-Identifier: Apache-2.0 */
/* What a kind of traffic is to the generator: who says what next. */
#ifndef TESTS_BENCH_TRAFFIC_H
#define TESTS_BENCH_TRAFFIC_H

#include "tests/lib/octets.h"

/* What a flow may remember. */
#define TRAFFIC_STATE 48

/* The payload of one segment, datagram or frame. */
struct say {
	uint64_t us; /* when: seen by next(), in microseconds since 1970 */
	uint32_t pause_us; /* seen by next(): the mean one after an exchange */
	unsigned dir;      /* 0: the end that opened the connection */
	bool last;         /* of an exchange: a pause follows */
	bool end;          /* of the conversation: only together with last */
	uint32_t wait_us;  /* until the next one; 0: as it comes */
	struct octets data;
};

enum traffic_over { TRAFFIC_TCP, TRAFFIC_UDP, TRAFFIC_GOOSE };

struct traffic {
	const char *group; /* as --protocols names it */
	enum traffic_over over;
	uint16_t port;
	unsigned octets; /* share in its group */
	unsigned flows;  /* share of the group's flows */
	bool ends;       /* its flows end, and others take their place */

	/* Zeroed state; from_start: the capture has the connection's SYN. */
	void (*start)(
	    void *state, struct prng *, uint32_t index, bool from_start);

	/* say->data is empty. */
	void (*next)(void *state, struct prng *, struct say *);

	/* After start() of a renewed connection: what the ends go on with from
	   the one before; or NULL. */
	void (*again)(void *state, const void *before);
};

extern const struct traffic traffic_iec104, traffic_goose, traffic_dnp3,
    traffic_dlms, traffic_dlms_hdlc, traffic_dns, traffic_ntp, traffic_tls,
    traffic_http, traffic_smb;

/* Only where a kind is made of them. */
extern const struct traffic traffic_points, traffic_meters;

#endif
