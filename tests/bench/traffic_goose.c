/* SPDX-License-Identifier: Apache-2.0 */
/* A relay that publishes GOOSE: a heartbeat, and bursts when data change. */
#include <config.h>

#include <stdio.h>

#include "tests/bench/traffic.h"
#include "tests/lib/build_goose.h"
#include "tests/lib/talk.h"

#define HEARTBEAT_US 1000000
#define FIRST_US 2000 /* after a change, doubled each time */
#define ENTRIES_MAX 24
#define VALUES 4000 /* a new one is never the old one */

struct state {
	uint64_t changed; /* us; 0: not yet */
	uint32_t index, stnum, sqnum, wait_us, values;
	uint8_t entries;
};

/* Positions, their qualities, and a few measured values. */
static void
fill(struct octets *o, const struct state *s)
{
	for (uint32_t i = 0; i < s->entries; i++)
		switch (i % 4) {
		case 0:
			build_goose_bool(o, s->values >> (i / 4) & 1);
			break;
		case 2:
			build_goose_float(o, (float)s->values / 10.0F);
			break;
		default:
			build_goose_bits(o, 0, 13);
		}
}

static void
headers(struct octets *o, uint32_t index)
{
	uint8_t to[] = { 0x01, 0x0c, 0xcd, 0x01, (uint8_t)(index >> 8),
		(uint8_t)index };
	uint8_t from[] = { 0x02, 0x61, 0x85, 0, (uint8_t)(index >> 8),
		(uint8_t)index };

	if (index % 2 == 0) {
		talk_ethernet(o, to, from, 0x8100);
		octets_be(o, 4U << 13 | index % 8, 2);
		octets_be(o, BUILD_GOOSE_ETHERTYPE, 2);
	} else {
		talk_ethernet(o, to, from, BUILD_GOOSE_ETHERTYPE);
	}
}

/* The wait that follows says whether a burst is still on. */
static void
turn(struct state *s, struct prng *r, struct say *say)
{
	if (s->changed == 0 ||
	    (s->wait_us == HEARTBEAT_US && prng_chance(r, 4))) {
		s->changed = say->us;
		s->stnum++;
		s->sqnum = s->stnum == 1; /* 1/1 is how a relay begins */
		s->wait_us = FIRST_US;
		s->values =
		    (s->values + 1 + prng_below(r, VALUES - 1)) % VALUES;
		return;
	}
	s->sqnum++;
	s->wait_us =
	    s->wait_us > HEARTBEAT_US / 2 ? HEARTBEAT_US : 2 * s->wait_us;
}

static void
next(void *state, struct prng *r, struct say *say)
{
	char ref[64], set[64], id[64];
	struct state *s = state;
	struct build_goose g;

	turn(s, r, say);
	snprintf(ref, sizeof(ref), "BAY%03u_PROT/LLN0$GO$gcbTrip", s->index);
	snprintf(set, sizeof(set), "BAY%03u_PROT/LLN0$dsTrip", s->index);
	snprintf(id, sizeof(id), "BAY%03u_TRIP", s->index);
	g.appid = (uint16_t)(1 + s->index);
	g.reserved1 = 0;
	g.gocbref = ref;
	g.datset = set;
	g.goid = id;
	g.tal = 2 * s->wait_us / 1000;
	g.t = s->changed;
	g.stnum = s->stnum;
	g.sqnum = s->sqnum;
	g.confrev = 1;
	g.entries = s->entries;
	g.simulation = g.ndscom = false;
	g.alldata.n = 0;
	fill(&g.alldata, s);
	headers(&say->data, s->index);
	build_goose(&say->data, &g);
	say->wait_us = s->wait_us;
	say->last = true;
}

static void
start(void *state, struct prng *r, uint32_t index, bool from_start)
{
	struct state *s = state;

	s->index = index;
	s->stnum = from_start ? 0 : prng_between(r, 1, 5000);
	s->entries = (uint8_t)prng_between(r, 4, ENTRIES_MAX);
}

const struct traffic traffic_goose = {
	.group = "goose",
	.over = TRAFFIC_GOOSE,
	.octets = 1,
	.flows = 1,
	.start = start,
	.next = next,
};
