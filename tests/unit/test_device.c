/* SPDX-License-Identifier: Apache-2.0 */
/* N-1: who is in the inventory, and who is told of once. */
#include <config.h>

#include <stdlib.h>

#include "rules/policy.h"
#include "sensor/policy_yaml.h"
#include "tests/unit/transport.h"

extern const struct detector net_device_detector;

#define D (&net_device_detector)

static struct transport_seen s;
static struct policy *policy;
static void *state;

static void
begin(const char *text)
{
	static const uint8_t key[SIPHASH_KEY] = "device";
	struct error error;
	struct setup setup = { .key = key };

	policy = NULL;
	if (text != NULL)
		CU_ASSERT_EQUAL_FATAL(policy_parse("p", (const uint8_t *)text,
		                          strlen(text), &policy, &error),
		    0);
	s = (struct transport_seen){ .sink = { transport_see } };
	state = aligned_alloc(64, (D->state_size + 63) & ~(size_t)63);
	CU_ASSERT_PTR_NOT_NULL_FATAL(state);
	memset(state, 0, D->state_size);
	setup.policy = policy;
	D->start(state, &setup);
}

static void
end(void)
{
	free(state);
	policy_free(policy);
}

/* A packet from 10.0.net.host, or a frame when net is 255. */
static void
meet(uint8_t net, uint8_t host, uint8_t mac)
{
	struct transport t = { .note = TRANSPORT_MET };
	struct pdu pdu = { .at = { .tv_sec = 1000 },
		.frame = 4,
		.src = { .ip = { [10] = 0xff, 0xff, 10, 0, net, host },
		    .mac = { 2, [5] = mac } },
		.dst = { .port = 2404 } };
	struct op op = { .kind = OP_OTHER,
		.pdu = &pdu,
		.protocol = TRANSPORT_PROTOCOL,
		.msg = &t };

	if (net == 255) {
		memset(pdu.src.ip, 0, sizeof(pdu.src.ip));
		pdu.carrier = OVER_ETHERTYPE;
		pdu.ethertype = 0x88b8;
	}
	D->on_op(state, &op, NULL, &s.sink);
}

static void
test_silent(void)
{
	begin(NULL);
	meet(1, 1, 1);
	end();
	begin("version: 1\n");
	CU_ASSERT_FALSE(policy_inventory(policy));
	meet(1, 1, 1);
	CU_ASSERT_EQUAL(s.n, 0);
	end();
}

static void
test_addresses(void)
{
	begin("version: 1\ndevices:\n  addresses: [10.0.1.0/24]\n");
	CU_ASSERT_TRUE(policy_inventory(policy));
	meet(1, 1, 1);
	meet(255, 0, 7); /* MAC addresses are not listed */
	CU_ASSERT_EQUAL(s.n, 0);
	meet(2, 1, 1);
	CU_ASSERT_EQUAL_FATAL(s.n, 1);
	CU_ASSERT_STRING_EQUAL(s.ev.def->id, "32473:8.1");
	CU_ASSERT_STRING_EQUAL(s.ev.det, "N-1");
	CU_ASSERT_STRING_EQUAL(s.ev.proto, "tcp");
	CU_ASSERT_EQUAL(s.ev.severity, SEVERITY_NOTICE);
	CU_ASSERT_EQUAL(s.ev.frame, 4);
	CU_ASSERT(transport_subject_is(&s.ev, "10.0.2.1"));
	CU_ASSERT(transport_why_is(&s.ev, 0, "unlisted", "address"));
	CU_ASSERT(transport_why_is(&s.ev, 1, "mac", "02:00:00:00:00:01"));
	CU_ASSERT(transport_why_is(&s.ev, 2, "peer_port", "2404"));
	meet(2, 1, 2); /* told */
	CU_ASSERT_EQUAL(s.n, 1);
	meet(2, 2, 2);
	CU_ASSERT_EQUAL(s.n, 2);
	end();
}

static void
test_macs(void)
{
	begin("version: 1\ndevices:\n  macs: [02:00:00:00:00:01]\n"
	      "  substation: true\n");
	meet(255, 0, 1);
	meet(1, 1, 1);
	CU_ASSERT_EQUAL(s.n, 0);
	meet(255, 0, 2);
	CU_ASSERT_EQUAL_FATAL(s.n, 1);
	CU_ASSERT_STRING_EQUAL(s.ev.def->id, "32473:8.101");
	CU_ASSERT_STRING_EQUAL(s.ev.proto, "ethernet");
	CU_ASSERT_EQUAL(s.ev.severity, SEVERITY_ALARM);
	CU_ASSERT(transport_subject_is(&s.ev, "02:00:00:00:00:02"));
	CU_ASSERT(transport_why_is(&s.ev, 0, "unlisted", "mac"));
	CU_ASSERT(transport_why_is(&s.ev, 2, "ethertype", "35000"));
	meet(1, 9, 2);
	CU_ASSERT_EQUAL(s.n, 1);
	end();
}

/* One event of both; no device has the address of a network for its own. */
static void
test_both(void)
{
	struct transport t = { .note = TRANSPORT_GAP };
	struct pdu pdu = { .src = { .ip = { [10] = 0xff, 0xff, 10, 9 },
		               .mac = { 2, [5] = 9 } } };
	struct op op = { .kind = OP_OTHER,
		.pdu = &pdu,
		.protocol = TRANSPORT_PROTOCOL,
		.msg = &t };

	begin("version: 1\ndevices:\n  macs: [02:00:00:00:00:01]\n"
	      "  addresses: [10.0.1.1]\n");
	D->on_op(state, &op, NULL, &s.sink);
	t.note = TRANSPORT_MET;
	pdu.src = (struct endpoint){ .ip = { [10] = 0xff, 0xff, 0, 0, 0, 0 } };
	D->on_op(state, &op, NULL, &s.sink);
	pdu.src.ip[12] = 224;
	D->on_op(state, &op, NULL, &s.sink);
	CU_ASSERT_EQUAL(s.n, 0);
	meet(1, 2, 2);
	CU_ASSERT_EQUAL(s.n, 1);
	CU_ASSERT(transport_why_is(&s.ev, 0, "unlisted", "both"));
	meet(1, 2, 2);
	meet(255, 0, 2);
	CU_ASSERT_EQUAL(s.n, 1);
	end();
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "silent without a list", test_silent },
		{ "addresses", test_addresses },
		{ "MAC addresses", test_macs },
		{ "both", test_both },
		CU_TEST_INFO_NULL,
	};

	return driver_run("device", tests);
}
