/* SPDX-License-Identifier: Apache-2.0 */
/* N-3: who holds an address, and who only says so. */
#include <config.h>

#include <stdlib.h>

#include "dissectors/arp/arp.h"
#include "rules/detector.h"
#include "tests/driver.h"

extern const struct detector net_spoof_detector;

#define D (&net_spoof_detector)
#define EVERYBODY 255

struct seen {
	struct event_sink sink;
	struct event ev; /* the last */
	int n;
};

static struct seen s;
static uint8_t *state;

static void
see(struct event_sink *sink, const struct event *ev)
{
	(void)sink;
	s.ev = *ev;
	s.n++;
}

static void
begin(uint32_t hosts)
{
	static const uint8_t key[SIPHASH_KEY] = "spoof";
	struct rules_limits limits = { .hosts = hosts };
	struct setup setup = { .key = key, .limits = &limits };
	const struct parameter *p = D->detections->parameters;

	s = (struct seen){ .sink = { see } };
	state = aligned_alloc(64, (D->size(&limits) + 63) & ~(size_t)63);
	CU_ASSERT_PTR_NOT_NULL_FATAL(state);
	memset(state, 0, D->size(&limits));
	for (; p->name != NULL; p++)
		memcpy(state + p->offset, &p->preset, sizeof(p->preset));
	D->start(state, &setup);
}

/* Who has 10.0.0.ip is at 02::mac, and says so to the end `to` at second t. */
static void
claim_of(const struct arp_packet *arp, uint8_t to, time_t t, uint16_t vlan)
{
	struct pdu pdu = { .at = { .tv_sec = 1000000 + t },
		.frame = 5,
		.carrier = OVER_ETHERTYPE,
		.vlans = vlan != 0,
		.vlan = { vlan } };
	struct op op = { .pdu = &pdu,
		.protocol = "arp",
		.kind = arp->operation == ARP_REQUEST ? OP_READ : OP_REPORT,
		.msg = arp };
	struct arp_packet cut = *arp;

	memcpy(pdu.src.mac, arp->sender.mac, 6);
	memset(pdu.dst.mac, to, 6);
	CU_ASSERT((D->kinds & DETECTOR_ON(op.kind)) != 0);
	D->on_op(state, &op, NULL, &s.sink);
	/* what was cut says nothing */
	cut.sender.mac[5] ^= 0x80;
	op.kind = OP_FLAW;
	op.msg = &cut;
	D->on_op(state, &op, NULL, &s.sink);
}

static struct arp_packet
packet(uint16_t operation, uint8_t mac, uint8_t ip, uint8_t target)
{
	return (struct arp_packet){ .operation = operation,
		.mapped = true,
		.sender = { { 2, [5] = mac }, { 10, 0, 0, ip } },
		.target = { { 2, [5] = 9 }, { 10, 0, 0, target } } };
}

static void
reply(uint8_t mac, time_t t)
{
	struct arp_packet arp = packet(ARP_REPLY, mac, 1, 9);

	claim_of(&arp, 2, t, 0);
}

static void
announce(uint8_t mac, time_t t)
{
	struct arp_packet arp = packet(ARP_REQUEST, mac, 1, 1);

	claim_of(&arp, EVERYBODY, t, 0);
}

static int
why_is(size_t i, const char *name, const char *value)
{
	const struct event_why *w = &s.ev.why[i];

	return i < s.ev.nwhy && strcmp(w->name, name) == 0 &&
	       w->value.n == strlen(value) &&
	       memcmp(w->value.p, value, strlen(value)) == 0;
}

/* Another answers for an address that its holder has just answered for. */
static void
test_two_answer(void)
{
	begin(16);
	reply(1, 0);
	reply(1, 5);
	CU_ASSERT_EQUAL(s.n, 0);
	reply(2, 6);
	CU_ASSERT_EQUAL_FATAL(s.n, 1);
	CU_ASSERT_STRING_EQUAL(s.ev.def->id, "32473:8.3");
	CU_ASSERT_STRING_EQUAL(s.ev.det, "N-3");
	CU_ASSERT_EQUAL(s.ev.severity, SEVERITY_ALARM);
	CU_ASSERT_EQUAL(s.ev.frame, 5);
	CU_ASSERT_EQUAL(s.ev.subject.n, 8);
	CU_ASSERT_EQUAL(memcmp(s.ev.subject.p, "10.0.0.1", 8), 0);
	CU_ASSERT(why_is(0, "holder", "02:00:00:00:00:01"));
	CU_ASSERT(why_is(1, "claimed_by", "02:00:00:00:00:02"));
	CU_ASSERT(why_is(2, "by", "reply"));
	CU_ASSERT(why_is(3, "holder_spoke_ms", "1000"));
	CU_ASSERT_EQUAL(s.ev.nwhy, 4);
	/* one forged packet does not make the honest one speak for ever */
	reply(1, 7);
	reply(1, 8);
	CU_ASSERT_EQUAL(s.n, 1);
	reply(2, 9);
	CU_ASSERT_EQUAL(s.n, 2);
	free(state);
}

/* One announced move is a failover; the way back, while both speak, is none. */
static void
test_failover(void)
{
	begin(16);
	reply(1, 0);
	announce(2, 10);
	announce(2, 11);
	reply(2, 20);
	CU_ASSERT_EQUAL(s.n, 0);
	reply(1, 30);
	CU_ASSERT_EQUAL(s.n, 1);
	CU_ASSERT(why_is(0, "holder", "02:00:00:00:00:02"));
	CU_ASSERT(why_is(3, "holder_spoke_ms", "10000"));
	CU_ASSERT(why_is(4, "moved_ms", "20000"));
	/* it is the first one's again */
	reply(1, 31);
	CU_ASSERT_EQUAL(s.n, 1);
	announce(2, 32);
	CU_ASSERT_EQUAL(s.n, 2);
	CU_ASSERT(why_is(2, "by", "announcement"));
	free(state);
}

/* A unit over TCP from 10.0.0.1. */
static void
unit(uint8_t mac, time_t t, uint16_t vlan)
{
	struct pdu pdu = { .at = { .tv_sec = 1000000 + t },
		.frame = 6,
		.carrier = OVER_TCP,
		.vlans = vlan != 0,
		.vlan = { vlan },
		.src = { .ip = { [10] = 0xff, 0xff, 10, 0, 0, 1 },
		    .mac = { 2, [5] = mac } } };
	struct op op = { .pdu = &pdu, .protocol = "iec104", .kind = OP_REPORT };

	CU_ASSERT(D->protocol == NULL);
	D->on_op(state, &op, NULL, &s.sink);
}

/* It announces itself, and the one before it goes on sending. */
static void
test_still_there(void)
{
	begin(16);
	unit(2, 0, 0);
	reply(1, 0);
	unit(2, 1, 0); /* a router's: no claim */
	unit(1, 2, 0);
	announce(2, 10);
	unit(1, 10, 0); /* on its way */
	unit(2, 12, 0);
	unit(1, 12, 7);
	CU_ASSERT_EQUAL(s.n, 0);
	unit(1, 12, 0);
	CU_ASSERT_EQUAL_FATAL(s.n, 1);
	CU_ASSERT_EQUAL(s.ev.frame, 6);
	CU_ASSERT_EQUAL(memcmp(s.ev.subject.p, "10.0.0.1", 8), 0);
	CU_ASSERT(why_is(0, "holder", "02:00:00:00:00:02"));
	CU_ASSERT(why_is(1, "claimed_by", "02:00:00:00:00:01"));
	CU_ASSERT(why_is(2, "by", "traffic"));
	unit(1, 13, 0);
	unit(2, 14, 0); /* what it passes on is told of already */
	reply(1, 14);
	CU_ASSERT_EQUAL(s.n, 1);
	announce(2, 15);
	CU_ASSERT_EQUAL(s.n, 2);
	free(state);
}

static void
test_failover_and_back(void)
{
	begin(16);
	reply(1, 0);
	announce(2, 10);
	for (time_t t = 20; t < 400; t += 50)
		reply(2, t);
	announce(1, 400); /* t_s after the move */
	reply(1, 401);
	CU_ASSERT_EQUAL(s.n, 0);
	announce(2, 402);
	CU_ASSERT_EQUAL(s.n, 1);
	free(state);
}

/* An address that was silent may be another host's. */
static void
test_lease(void)
{
	begin(16);
	reply(1, 0);
	reply(2, 299);
	CU_ASSERT_EQUAL(s.n, 1);
	reply(2, 300);
	CU_ASSERT_EQUAL(s.n, 1);
	reply(1, 301);
	CU_ASSERT_EQUAL(s.n, 2);
	free(state);
}

static void
test_virtual(void)
{
	static const uint8_t macs[][6] = { { 0, 0, 0x5e, 0, 1, 7 },
		{ 0, 0, 0x5e, 0, 2, 7 }, { 0, 0, 0x0c, 7, 0xac, 1 },
		{ 0, 0, 0x0c, 0x9f, 0xf0, 1 }, { 0, 7, 0xb4, 0, 1, 1 } };
	struct arp_packet arp;

	begin(16);
	reply(1, 0);
	for (time_t i = 0; i < 5; i++) {
		arp = packet(ARP_REPLY, 0, 1, 9);
		memcpy(arp.sender.mac, macs[i], 6);
		claim_of(&arp, 2, i, 0);
		CU_ASSERT_EQUAL(s.n, 0);
	}
	reply(2, 5); /* no router's: the gateway is claimed */
	CU_ASSERT_EQUAL(s.n, 1);
	arp.sender.mac[1] = 8; /* no such prefix */
	claim_of(&arp, 2, 6, 0);
	CU_ASSERT_EQUAL(s.n, 2);
	free(state);
}

/* Probes, other networks and what is no address claim nothing. */
static void
test_no_claim(void)
{
	struct arp_packet arp = packet(ARP_REQUEST, 2, 1, 1);

	begin(16);
	reply(1, 0);
	arp.sender.ip[0] = 0;
	claim_of(&arp, EVERYBODY, 1, 0);
	arp = packet(ARP_REPLY, 2, 1, 9);
	claim_of(&arp, 2, 1, 7);
	arp.mapped = false;
	claim_of(&arp, 2, 1, 0);
	arp = packet(ARP_REPLY, 0, 1, 9);
	arp.sender.mac[0] = 0;
	claim_of(&arp, 2, 1, 0);
	arp.sender.mac[0] = 3; /* a group's */
	claim_of(&arp, 2, 1, 0);
	CU_ASSERT_EQUAL(s.n, 0);
	free(state);
}

static void
test_full(void)
{
	struct arp_packet arp;

	begin(16);
	for (int i = 1; i <= 20; i++) {
		arp = packet(ARP_REPLY, 1, (uint8_t)i, 99);
		claim_of(&arp, 2, i, 0);
	}
	CU_ASSERT_EQUAL(s.n, 1);
	CU_ASSERT_STRING_EQUAL(s.ev.det, "H-8");
	free(state);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "two answer", test_two_answer },
		{ "a failover", test_failover },
		{ "a failover, and it goes on", test_still_there },
		{ "a failover, and back", test_failover_and_back },
		{ "a lease", test_lease },
		{ "virtual addresses", test_virtual },
		{ "no claim", test_no_claim },
		{ "full", test_full },
		CU_TEST_INFO_NULL,
	};

	return driver_run("spoof", tests);
}
