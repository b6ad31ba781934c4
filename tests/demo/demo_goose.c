/* SPDX-License-Identifier: Apache-2.0 */
/* Two protection relays: heartbeats, a trip, frames that cannot be right. */
#include <config.h>

#include <stdio.h>

#include "tests/demo/reel.h"
#include "tests/lib/build_goose.h"

#define HEARTBEAT REEL_SECOND
#define VLAN 20
#define PRIORITY 4

struct scene {
	struct reel *reel;
	uint8_t bay;
	uint64_t us, changed;
	uint32_t stnum, sqnum;
	bool trip;
};

struct names {
	char gocbref[40], datset[40], goid[20];
};

static void
fill(struct build_goose *g, struct names *n, const struct scene *s)
{
	snprintf(n->gocbref, sizeof(n->gocbref), "BAY%02u_PROT/LLN0$GO$gcbTrip",
	    s->bay);
	snprintf(
	    n->datset, sizeof(n->datset), "BAY%02u_PROT/LLN0$dsTrip", s->bay);
	snprintf(n->goid, sizeof(n->goid), "BAY%02u_TRIP", s->bay);
	g->appid = s->bay;
	g->reserved1 = 0;
	g->gocbref = n->gocbref;
	g->datset = n->datset;
	g->goid = n->goid;
	g->t = s->reel->begin + s->changed;
	g->stnum = s->stnum;
	g->sqnum = s->sqnum;
	g->confrev = 1;
	g->simulation = g->ndscom = false;
	g->tal = 2000;
	g->entries = 6;
	g->alldata.n = 0;
	/* PTRC1.Tr.general with its quality, the same of PTOC1 and RBRF1 */
	for (int i = 0; i < 3; i++) {
		build_goose_bool(&g->alldata, s->trip && i < 2);
		build_goose_bits(&g->alldata, 0, 13);
	}
}

static void
publish(struct scene *s, const struct build_goose *g)
{
	const uint8_t to[] = { 0x01, 0x0c, 0xcd, 0x01, 0x00, s->bay };
	const uint8_t from[] = { 0x02, 0x61, 0x85, 0x00, 0x00, s->bay };
	struct octets frame;

	frame.n = 0;
	talk_ethernet(&frame, to, from, 0x8100);
	octets_be(&frame, PRIORITY << 13 | VLAN, 2);
	octets_be(&frame, BUILD_GOOSE_ETHERTYPE, 2);
	build_goose(&frame, g);
	reel_add(s->reel, s->us, &frame);
	s->sqnum++;
}

/* Until so many microseconds after the beginning. */
static void
heartbeat(struct scene *s, uint64_t until)
{
	struct build_goose g;
	struct names n;

	for (; s->us < until; s->us += HEARTBEAT) {
		fill(&g, &n, s);
		publish(s, &g);
	}
}

/* Data change: at once, and again ever more slowly. */
static void
change(struct scene *s, bool trip)
{
	struct build_goose g;
	struct names n;

	s->trip = trip;
	s->changed = s->us;
	s->stnum++;
	s->sqnum = 0;
	for (uint32_t ms = 4; ms < HEARTBEAT / REEL_MS; ms *= 2) {
		fill(&g, &n, s);
		g.tal = 2 * ms;
		publish(s, &g);
		s->us += ms * REEL_MS;
	}
}

/* Six members are there, and the message says nine. */
static void
wrong_entries(struct scene *s)
{
	struct build_goose g;
	struct names n;

	fill(&g, &n, s);
	g.entries = 9;
	publish(s, &g);
	s->us += HEARTBEAT;
}

/* The last member says that it is longer than the list it stands in. */
static void
beyond_the_end(struct scene *s)
{
	struct build_goose g;
	struct names n;

	fill(&g, &n, s);
	g.alldata.p[g.alldata.n - 4] = 0x70;
	publish(s, &g);
	s->us += HEARTBEAT;
}

void
demo_goose(struct reel *reel)
{
	struct scene s = { .reel = reel,
		.bay = 7,
		.us = 300 * REEL_MS,
		.stnum = 41,
		.sqnum = 1207 };
	struct scene other = { .reel = reel,
		.bay = 8,
		.us = 750 * REEL_MS,
		.stnum = 12,
		.sqnum = 90412 };

	heartbeat(&s, 12 * REEL_SECOND);
	change(&s, true);
	heartbeat(&s, 16 * REEL_SECOND);
	change(&s, false);
	heartbeat(&s, 22 * REEL_SECOND);
	wrong_entries(&s);
	heartbeat(&s, 32 * REEL_SECOND);
	heartbeat(&other, 24 * REEL_SECOND);
	beyond_the_end(&other);
	heartbeat(&other, 32 * REEL_SECOND);
}
