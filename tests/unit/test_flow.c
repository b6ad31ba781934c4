/* SPDX-License-Identifier: Apache-2.0 */
/* The table of flows: keys, both ways, and who makes room for whom. */
#include <config.h>

#include <arpa/inet.h>

#include "sensor/flow.h"
#include "tests/unit/packets.h"

#define CAP 64
#define MANY 5000

static const uint8_t key[SIPHASH_KEY] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
	13, 14, 15, 16 };
static const uint8_t a6[16] = { 0xfd, [15] = 1 }, b6[16] = { 0xfd, [15] = 2 };
static struct flows *flows;

/* What on_evict() was told of. */
static struct {
	unsigned n;
	uint32_t slot;
	uint16_t aport, bport;
} gone;

static void
on_evict(void *arg, struct flow *f)
{
	CU_ASSERT_PTR_EQUAL(arg, &gone);
	gone.n++;
	gone.slot = flow_slot(flows, f);
	gone.aport = f->aport;
	gone.bport = f->bport;
}

static struct flow *
find(struct packet *pk, unsigned *dir, bool *fresh)
{
	flow_hash(flows, pk);
	flow_expect(flows, pk);
	return flow_find(flows, pk, dir, fresh, on_evict, &gone);
}

static struct packet
packet4(uint32_t from, uint32_t to, uint16_t sport, uint16_t dport)
{
	static uint8_t ends[8];
	struct packet pk = { .version = 4, .protocol = 6 };

	for (int i = 0; i < 4; i++) {
		ends[i] = (uint8_t)(from >> (24 - 8 * i));
		ends[4 + i] = (uint8_t)(to >> (24 - 8 * i));
	}
	pk.src = ends;
	pk.dst = ends + 4;
	pk.sport = sport;
	pk.dport = dport;
	return pk;
}

/* Between 10.0.0.1 and 10.0.0.2, number tells them apart. */
static struct flow *
find4(unsigned number, bool back, unsigned *dir, bool *fresh)
{
	uint16_t port = (uint16_t)number;
	uint32_t host = 0x0a000001 + (number >> 16) * 2;
	struct packet pk = back ? packet4(host + 1, host, 2404, port)
	                        : packet4(host, host + 1, port, 2404);

	return find(&pk, dir, fresh);
}

static void
start(uint32_t cap)
{
	memset(&gone, 0, sizeof(gone));
	flows = flow_table(cap, key);
	CU_ASSERT_PTR_NOT_NULL_FATAL(flows);
}

static void
test_both_ways(void)
{
	struct endpoint src, dst;
	unsigned dir, other;
	bool fresh;
	struct flow *f;

	start(CAP);
	f = find4(40000, false, &dir, &fresh);
	CU_ASSERT_TRUE(fresh);
	CU_ASSERT_EQUAL(f->epoch, 1);
	CU_ASSERT_PTR_EQUAL(find4(40000, true, &other, &fresh), f);
	CU_ASSERT_FALSE(fresh);
	CU_ASSERT_EQUAL(other, dir ^ 1);
	flow_ends(f, dir, &src, &dst);
	CU_ASSERT_EQUAL(src.port, 40000);
	CU_ASSERT_EQUAL(src.ip[15], 1);
	CU_ASSERT_EQUAL(src.ip[10], 0xff);
	CU_ASSERT_EQUAL(dst.port, 2404);
	CU_ASSERT_EQUAL(dst.ip[15], 2);
	flow_ends(f, other, &src, &dst);
	CU_ASSERT_EQUAL(src.port, 2404);
	CU_ASSERT_EQUAL(flow_used(flows), 1);
	CU_ASSERT_PTR_EQUAL(flow_at(flows, flow_slot(flows, f)), f);
	/* the same ends with a new connection between them */
	flow_renew(flows, f);
	CU_ASSERT_EQUAL(f->epoch, 2);
	find4(40001, false, &dir, &fresh);
	CU_ASSERT_EQUAL(flow_at(flows, 1)->epoch, 3);
	flow_table_free(flows);
}

/* One host that speaks with itself: the ports say which way. */
static void
test_keys(void)
{
	struct packet pk = packet4(0x7f000001, 0x7f000001, 9, 8);
	struct packet back = packet4(0x7f000001, 0x7f000001, 8, 9);
	unsigned dir, other;
	struct flow *f, *g;
	bool fresh;

	start(CAP);
	f = find(&pk, &dir, &fresh);
	CU_ASSERT_PTR_EQUAL(find(&back, &other, &fresh), f);
	CU_ASSERT_EQUAL(other, dir ^ 1);
	pk.protocol = 17;
	g = find(&pk, &dir, &fresh);
	CU_ASSERT_PTR_NOT_EQUAL(g, f);
	pk.version = 6;
	pk.src = a6;
	pk.dst = b6;
	g = find(&pk, &dir, &fresh);
	CU_ASSERT_TRUE(fresh);
	CU_ASSERT_EQUAL(g->flags, FLOW_V6);
	pk.src = b6;
	pk.dst = a6;
	pk.sport = 8;
	pk.dport = 9;
	CU_ASSERT_PTR_EQUAL(find(&pk, &other, &fresh), g);
	CU_ASSERT_EQUAL(other, dir ^ 1);
	/* only an octet of the address differs */
	pk.dst = b6;
	CU_ASSERT_PTR_NOT_EQUAL(find(&pk, &other, &fresh), g);
	CU_ASSERT_EQUAL(flow_used(flows), 4);
	flow_table_free(flows);
}

/* A full table of flows, all of which are found again. */
static void
test_full(void)
{
	struct flow *at[CAP];
	unsigned dir;
	bool fresh;

	start(CAP);
	for (unsigned i = 0; i < CAP; i++) {
		at[i] = find4(i + 1, false, &dir, &fresh);
		CU_ASSERT_TRUE(fresh);
		at[i]->seen_s = 100;
	}
	for (unsigned i = 0; i < CAP; i++) {
		CU_ASSERT_PTR_EQUAL(find4(i + 1, true, &dir, &fresh), at[i]);
		CU_ASSERT_FALSE(fresh);
	}
	CU_ASSERT_EQUAL(flow_evicted(flows), 0);
	CU_ASSERT_EQUAL(gone.n, 0);
	flow_table_free(flows);
}

/* Of the few that are looked at, a closed one goes first, then the oldest. */
static void
test_victims(void)
{
	unsigned dir;
	bool fresh;
	struct flow *f;

	start(4);
	for (unsigned i = 0; i < 4; i++)
		find4(i, false, &dir, &fresh)->seen_s = 100 + i;
	flow_at(flows, 2)->flags |= FLOW_CLOSED;
	flow_at(flows, 2)->half[1].next = 7;
	f = find4(10, false, &dir, &fresh);
	f->seen_s = 110;
	CU_ASSERT_TRUE(fresh);
	CU_ASSERT_EQUAL(gone.n, 1);
	CU_ASSERT_EQUAL(gone.slot, 2);
	CU_ASSERT_EQUAL(gone.aport + gone.bport, 2404 + 2);
	/* nothing of the old one is left */
	CU_ASSERT_EQUAL(flow_slot(flows, f), 2);
	CU_ASSERT_EQUAL(f->flags, 0);
	CU_ASSERT_EQUAL(f->half[1].next, 0);
	CU_ASSERT_EQUAL(f->epoch, 5);
	find4(11, false, &dir, &fresh)->seen_s = 111;
	CU_ASSERT_EQUAL(gone.slot, 0);
	find4(0, false, &dir, &fresh)->seen_s = 112;
	CU_ASSERT_TRUE(fresh);
	CU_ASSERT_EQUAL(gone.slot, 1);
	CU_ASSERT_EQUAL(flow_evicted(flows), 3);
	CU_ASSERT_EQUAL(flow_used(flows), 4);
	flow_table_free(flows);
}

/* What was expected made room for another before its turn came. */
static void
test_stale(void)
{
	struct packet late = packet4(1, 2, 10, 2404);
	const uint8_t ends[8] = { 0, 0, 0, 1, 0, 0, 0, 2 };
	unsigned dir;
	bool fresh;
	struct flow *f;

	start(1);
	late.src = ends;
	late.dst = ends + 4;
	find(&late, &dir, &fresh);
	flow_hash(flows, &late);
	flow_expect(flows, &late);
	f = find4(77, false, &dir, &fresh);
	CU_ASSERT_TRUE(fresh);
	CU_ASSERT_EQUAL(f->aport + f->bport, 2404 + 77);
	f = flow_find(flows, &late, &dir, &fresh, on_evict, &gone);
	CU_ASSERT_TRUE(fresh);
	CU_ASSERT_EQUAL(gone.n, 2);
	CU_ASSERT_EQUAL(f->aport + f->bport, 2404 + 10);
	flow_table_free(flows);
}

/* A flood: whatever makes room is found no more, what is new always is. */
static void
test_flood(void)
{
	unsigned dir, fresh_ones = 0;
	bool fresh;

	start(CAP);
	for (unsigned i = 0; i < MANY; i++) {
		struct flow *f = find4(i * 977, false, &dir, &fresh);

		fresh_ones += fresh;
		f->seen_s = i;
		CU_ASSERT_PTR_EQUAL(find4(i * 977, true, &dir, &fresh), f);
		CU_ASSERT_FALSE(fresh);
	}
	CU_ASSERT_EQUAL(fresh_ones, MANY);
	CU_ASSERT_EQUAL(flow_evicted(flows), gone.n);
	CU_ASSERT_EQUAL(flow_used(flows) + gone.n, MANY);
	CU_ASSERT(flow_used(flows) <= CAP);
	/* each place is in the index once: all that live are found */
	for (uint32_t slot = 0; slot < flow_used(flows); slot++) {
		const struct flow *f = flow_at(flows, slot);
		const uint32_t a = htonl(f->a4), b = htonl(f->b4);
		struct packet pk = { .version = 4,
			.protocol = 6,
			.src = (const uint8_t *)&a,
			.dst = (const uint8_t *)&b,
			.sport = f->aport,
			.dport = f->bport };

		CU_ASSERT_PTR_EQUAL(find(&pk, &dir, &fresh), f);
	}
	flow_table_free(flows);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "both ways", test_both_ways },
		{ "keys", test_keys },
		{ "a full table", test_full },
		{ "a stale expectation", test_stale },
		{ "who makes room", test_victims },
		{ "a flood", test_flood },
		CU_TEST_INFO_NULL,
	};

	return driver_run("flow", tests);
}
