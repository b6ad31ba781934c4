/* SPDX-License-Identifier: Apache-2.0 */
/* What a policy file says of meters, their clients, GOOSE and hosts. */
#include <config.h>

#include "tests/unit/policy.h"

#define HES "HES\0\0\0\0\1"
#define OTHER "HES\0\0\0\0\2"
#define METER "MTR\0\0\0\0\1"
#define NEXT "MTR\0\0\0\0\2"
#define LARGE "LRG\0\0\0\0\1"

static const char meters[] =
    "version: 1\n"
    "roles:\n"
    "- {name: BILLING, id: -2, revision: 3, rights: [read, clock]}\n"
    "- {name: OPERATOR, rights: [control]}\n"
    "dlms:\n"
    "  groups:\n"
    "  - name: households\n"
    "    meters: [4d5452*, 10.0.1.0/24]\n"
    "    min_mechanism: 6\n"
    "    get_protection: none\n"
    "    set_protection: encrypted\n"
    "    reset_on_reboot: allow\n"
    "    key_days: 365\n"
    "    ic_scope: per_meter\n"
    "    clients:\n"
    "    - {sap: 16}\n"
    "    - {sap: 1, title: '4845530000000001', address: [10.0.0.1, "
    "10.0.0.4/31],\n"
    "       roles: [BILLING, OPERATOR]}\n"
    "    - {title: 48455300000000*, roles: [SECADM]}\n"
    "    role_map:\n"
    "    - {sap: 16, roles: [SECAUD]}\n"
    "    - {sap: 7, roles: [ENGINEER]}\n"
    "  - name: large\n"
    "    meters: ['4c52470000000001', 10.0.1.7]\n"
    "    tls: true\n"
    "    push_protected: true\n"
    "    protected_only: true\n"
    "    signed_only: true\n"
    "    decommissioned: true\n"
    "    reset_on_reboot: notice\n"
    "  - name: rest\n"
    "    clients: []\n"
    "  decommissioned: ['4d54520000000002', 10.0.9.9]\n"
    "  broadcast: [10.0.0.1, 4845530000000002]\n"
    "  pre_established: [5, 6]\n"
    "  push_targets: [10.0.0.0/24]\n"
    "  gateways:\n"
    "  - {network: 7}\n"
    "  - {network: 8, address: 0a0b}\n"
    "  - {address: ff}\n"
    "  address_plan: ['10.0.0.0/16', '2001:db8::/32']\n"
    "  firmware_sources: [10.0.0.3]\n"
    "  firmware_images:\n"
    "  - {identifier: 0x00ff, size: 100}\n"
    "  - identifier: FW 2\n"
    "    size: 5\n"
    "    sha256: 000102030405060708090a0b0c0d0e0f"
    "101112131415161718191a1b1c1d1e1f\n"
    "  - {identifier: FW 3}\n";

static void
test_groups(void)
{
	struct policy *p = policy_of(meters);
	const struct policy_group *g = policy_group(p, title(METER), ip(5, 5));

	CU_ASSERT_STRING_EQUAL(g->name, "households");
	CU_ASSERT_EQUAL(g->min_mechanism, 6);
	CU_ASSERT_EQUAL(g->get_protection, 0);
	CU_ASSERT_EQUAL(g->set_protection, 0x20);
	CU_ASSERT_EQUAL(g->reset_on_reboot, RESET_ALLOW);
	CU_ASSERT_EQUAL(g->key_days, 365);
	CU_ASSERT(g->ic_per_meter && !g->tls && !g->decommissioned);
	/* the first group that has it, by title or by address */
	g = policy_group(p, title(LARGE), ip(1, 7));
	CU_ASSERT_STRING_EQUAL(g->name, "households");
	g = policy_group(p, title(LARGE), ip(2, 7));
	CU_ASSERT_STRING_EQUAL(g->name, "large");
	CU_ASSERT(g->tls && g->push_protected && g->protected_only);
	CU_ASSERT(g->signed_only && g->decommissioned && !g->ic_per_meter);
	CU_ASSERT_EQUAL(g->min_mechanism, 5);
	CU_ASSERT_EQUAL(g->get_protection, 0x10);
	CU_ASSERT_EQUAL(g->set_protection, 0x30);
	CU_ASSERT_EQUAL(g->reset_on_reboot, RESET_NOTICE);
	CU_ASSERT_EQUAL(g->key_days, 0);
	g = policy_group(p, title(HES), ip(2, 7));
	CU_ASSERT_STRING_EQUAL(g->name, "rest");
	/* whose title is not known yet may be one of the large */
	g = policy_group(p, title(""), ip(2, 7));
	CU_ASSERT_STRING_EQUAL(g->name, "any");
	g = policy_group(p, title(""), ip(1, 7));
	CU_ASSERT_STRING_EQUAL(g->name, "households");
	CU_ASSERT(policy_by_title(p));
	policy_free(p);
}

static void
test_gone(void)
{
	struct policy *p = policy_of(meters);

	CU_ASSERT(!policy_group(p, title(METER), ip(1, 1))->decommissioned);
	CU_ASSERT(policy_group(p, title(NEXT), ip(1, 1))->decommissioned);
	CU_ASSERT_EQUAL(policy_group(p, title(NEXT), ip(1, 1))->key_days, 365);
	CU_ASSERT(policy_group(p, title(""), ip(9, 9))->decommissioned);
	CU_ASSERT(policy_group(p, title(METER), ip(9, 9))->decommissioned);
	policy_free(p);
	CU_ASSERT(!policy_group(NULL, title(NEXT), ip(9, 9))->decommissioned);
}

static void
test_clients(void)
{
	struct policy *p = policy_of(meters);
	const struct policy_group *g = policy_group(p, title(METER), ip(1, 1));
	struct policy_client c = policy_client(g, 1, title(HES), ip(0, 5));

	LISTED(c.listed);
	CU_ASSERT_EQUAL_FATAL(c.nroles, 2);
	CU_ASSERT_STRING_EQUAL(c.roles[0]->triplet, "-2:3:gridtap");
	CU_ASSERT_STRING_EQUAL(c.roles[1]->triplet, "1:0:IEC62351-8");
	CU_ASSERT_EQUAL(c.rights, RIGHT_READ | RIGHT_CLOCK | RIGHT_CONTROL);
	/* elsewhere it is only what the next entry says of such titles */
	c = policy_client(g, 1, title(HES), ip(0, 6));
	LISTED(c.listed);
	CU_ASSERT_EQUAL_FATAL(c.nroles, 1);
	CU_ASSERT_STRING_EQUAL(c.roles[0]->name, "SECADM");
	UNLISTED(policy_client(g, 1, title(METER), ip(0, 1)).listed);
	UNLISTED(policy_client(g, 2, title(METER), ip(0, 1)).listed);
	/* one whose title nobody saw is judged by its address */
	LISTED(policy_client(g, 1, title(""), ip(0, 1)).listed);
	UNLISTED(policy_client(g, 1, title(""), ip(0, 2)).listed);
	policy_free(p);
}

static void
test_roles(void)
{
	struct policy *p = policy_of(meters);
	const struct policy_group *g = policy_group(p, title(METER), ip(1, 1));
	struct policy_client c = policy_client(g, 16, title(""), ip(3, 3));

	LISTED(c.listed);
	CU_ASSERT_EQUAL(c.rights, RIGHT_READ_PUBLIC | RIGHT_READ_LOGS);
	c = policy_client(g, 7, title(""), ip(3, 3));
	UNLISTED(c.listed); /* the role map lists nobody */
	CU_ASSERT_EQUAL_FATAL(c.nroles, 1);
	CU_ASSERT_STRING_EQUAL(c.roles[0]->name, "ENGINEER");
	CU_ASSERT_EQUAL(policy_client(g, 8, title(""), ip(3, 3)).nroles, 0);
	/* where nobody is given a role the presets hold */
	g = policy_group(p, title(LARGE), ip(2, 2));
	c = policy_client(g, 16, title(""), ip(3, 3));
	SILENT(c.listed);
	CU_ASSERT_EQUAL(c.rights, RIGHT_READ_PUBLIC);
	CU_ASSERT_EQUAL(
	    policy_client(g, 1, title(""), ip(3, 3)).rights, RIGHT_ALL);
	CU_ASSERT_EQUAL(policy_client(g, 2, title(""), ip(3, 3)).nroles, 0);
	g = policy_group(p, title(HES), ip(2, 2));
	UNLISTED(policy_client(g, 16, title(""), ip(3, 3)).listed);
	policy_free(p);
}

static void
test_titles(void)
{
	struct policy *p = policy_of(meters);

	LISTED(policy_client_address(p, title(HES), ip(0, 4)));
	UNLISTED(policy_client_address(p, title(HES), ip(0, 2)));
	SILENT(policy_client_address(p, title(OTHER), ip(0, 2)));
	SILENT(policy_client_address(p, title(""), ip(0, 2)));
	LISTED(policy_broadcast(p, title(METER), ip(0, 1)));
	LISTED(policy_broadcast(p, title(OTHER), ip(0, 9)));
	UNLISTED(policy_broadcast(p, title(HES), ip(0, 9)));
	UNLISTED(policy_broadcast(p, title(""), ip(0, 9)));
	LISTED(policy_firmware_source(p, title(""), ip(0, 3)));
	UNLISTED(policy_firmware_source(p, title(HES), ip(0, 4)));
	CU_ASSERT(policy_pre_established(p, 5) && policy_pre_established(p, 6));
	CU_ASSERT(!policy_pre_established(p, 102));
	policy_free(p);
}

static void
test_peers(void)
{
	struct policy *p = policy_of(meters);
	const uint8_t v6[16] = { 0x20, 0x01, 0x0d, 0xb8, 0xff };
	const uint8_t v6_other[16] = { 0x20, 0x01, 0x0d, 0xb9 };

	LISTED(policy_meter(p, title(LARGE), ip(7, 7)));
	LISTED(policy_meter(p, title(""), ip(1, 200)));
	UNLISTED(policy_meter(p, title(HES), ip(2, 2)));
	SILENT(policy_meter(p, title(""), ip(2, 2)));
	LISTED(policy_push_target(p, ip(0, 255)));
	UNLISTED(policy_push_target(p, ip(1, 0)));
	LISTED(policy_dlms_address(p, ip(200, 1)));
	LISTED(policy_dlms_address(p, v6));
	UNLISTED(policy_dlms_address(p, v6_other));
	LISTED(policy_gateway(p, 7, octets("x", 1)));
	LISTED(policy_gateway(p, 8, octets("\x0a\x0b", 2)));
	UNLISTED(policy_gateway(p, 8, octets("\x0a\x0b\x0c", 3)));
	UNLISTED(policy_gateway(p, 9, octets("\x0a\x0b", 2)));
	LISTED(policy_gateway(p, 9, octets("\xff", 1)));
	policy_free(p);
}

static void
test_images(void)
{
	struct policy *p = policy_of(meters);
	uint8_t sha256[32];

	for (uint8_t i = 0; i < 32; i++)
		sha256[i] = i;
	LISTED(policy_firmware(p, octets("\0\xff", 2), 100, sha256));
	UNLISTED(policy_firmware(p, octets("\0\xff", 2), 101, sha256));
	LISTED(policy_firmware(p, octets("\0\xff", 2), 0, NULL));
	LISTED(policy_firmware(p, octets("FW 2", 4), 5, sha256));
	LISTED(policy_firmware(p, octets("FW 2", 4), 5, NULL));
	sha256[31]++;
	UNLISTED(policy_firmware(p, octets("FW 2", 4), 5, sha256));
	LISTED(policy_firmware(p, octets("FW 3", 4), 6, sha256));
	UNLISTED(policy_firmware(p, octets("FW 3 ", 5), 6, sha256));
	policy_free(p);
}

/* Nothing is judged by a list that is not there, nor without a policy. */
static void
test_silence(void)
{
	struct policy *p = policy_of("version: 1\n");
	const struct policy *both[] = { NULL, p };
	const struct policy_publisher *l;

	for (size_t i = 0; i < 2; i++) {
		const struct policy *q = both[i];
		const struct policy_group *g =
		    policy_group(q, title(METER), ip(1, 1));

		CU_ASSERT(!g->tls && !g->decommissioned && g->key_days == 0);
		CU_ASSERT_EQUAL(g->reset_on_reboot, RESET_ALARM);
		SILENT(policy_client(g, 1, title(HES), ip(0, 1)).listed);
		CU_ASSERT_EQUAL(
		    policy_client(g, 1, title(HES), ip(0, 1)).rights,
		    RIGHT_ALL);
		SILENT(policy_client_address(q, title(HES), ip(0, 1)));
		SILENT(policy_broadcast(q, title(HES), ip(0, 1)));
		SILENT(policy_firmware_source(q, title(HES), ip(0, 1)));
		SILENT(policy_firmware(q, octets("a", 1), 1, NULL));
		SILENT(policy_meter(q, title(METER), ip(0, 1)));
		SILENT(policy_push_target(q, ip(0, 1)));
		SILENT(policy_dlms_address(q, ip(0, 1)));
		SILENT(policy_gateway(q, 1, octets("a", 1)));
		SILENT(policy_publisher(q, octets("a", 1), &l));
		SILENT(policy_rgoose_source(q, ip(0, 1)));
		SILENT(policy_scanner(q, ip(0, 1)));
		CU_ASSERT(policy_pre_established(q, 102));
		CU_ASSERT(!policy_pre_established(q, 1));
		CU_ASSERT(!policy_by_title(q));
	}
	policy_free(p);
}

static void
test_publishers(void)
{
	struct policy *p = policy_of(
	    "goose:\n  publishers:\n"
	    "  - {gocbref: b, mac: '00:00:00:00:00:0A', secured: true}\n"
	    "  - gocbref: a\n"
	    "    mac: [01:02:03:04:05:06, 01:02:03:04:05:07]\n"
	    "    datset: d\n    goid: g\n    dst: 01:0c:cd:01:00:01\n"
	    "    appid: 0x30aF\n    vlan: 0\n    confrev: 4294967295\n"
	    "    entries: 3\n    types: [structure, boolean, utc-time]\n"
	    "    max_tal_ms: 2000\n    segments: [5, 4095]\n"
	    "    may_simulate: true\n"
	    "rgoose: {sources: [10.0.0.1]}\nscanners: [10.0.0.2]\nversion: "
	    "1\n");
	const struct policy_publisher *l = NULL;

	UNLISTED(policy_publisher(p, octets("", 0), &l));
	UNLISTED(policy_publisher(p, octets("ab", 2), &l));
	UNLISTED(policy_publisher(p, octets("a\0", 2), &l));
	LISTED(policy_publisher(p, octets("b", 1), &l));
	CU_ASSERT(l->macs == 1 && l->mac[0][5] == 10 && l->secured);
	CU_ASSERT(!l->has_vlan && !l->has_appid && !l->has_dst);
	LISTED(policy_publisher(p, octets("a", 1), &l));
	CU_ASSERT(l->macs == 2 && l->mac[1][5] == 7 && !l->secured);
	CU_ASSERT_STRING_EQUAL(l->datset, "d");
	CU_ASSERT_STRING_EQUAL(l->goid, "g");
	CU_ASSERT(l->has_dst && l->dst[2] == 0xcd);
	CU_ASSERT(l->has_appid && l->appid == 0x30af);
	CU_ASSERT(l->has_vlan && l->vlan == 0);
	CU_ASSERT(l->has_confrev && l->confrev == UINT32_MAX);
	CU_ASSERT(l->has_entries && l->entries == 3 && l->types.n == 3);
	CU_ASSERT_EQUAL(memcmp(l->types.p, "\xa2\x83\x91", 3), 0);
	CU_ASSERT(l->max_tal_ms == 2000 && l->may_simulate);
	CU_ASSERT(l->nsegments == 2 && l->segments[1] == 4095);
	LISTED(policy_rgoose_source(p, ip(0, 1)));
	UNLISTED(policy_rgoose_source(p, ip(0, 2)));
	LISTED(policy_scanner(p, ip(0, 2)));
	UNLISTED(policy_scanner(p, ip(0, 1)));
	policy_free(p);
}

/* Detections are named that have no list to go by. */
static void
test_speaks(void)
{
	static const struct {
		const char *det, *text;
	} lists[] = {
		{ "D-16", "dlms: {groups: [{name: a, clients: []}]}\n" },
		{ "D-59", "dlms: {push_targets: []}\n" },
		{ "D-59", "dlms: {groups: [{name: a, meters: [10.0.0.1]}]}\n" },
		{ "D-59", "dlms: {decommissioned: [10.0.0.1]}\n" },
		{ "D-62", "dlms: {gateways: []}\n" },
		{ "D-65", "dlms: {address_plan: []}\n" },
		{ "T-01", "iec104: {complete: true}\n" },
		{ "T-01", "iec104: {stations: [{address: 10.0.0.1, masters: "
		          "[]}]}\n" },
		{ "P-01", "dnp3: {complete: true}\n" },
		{ "G-01", "goose: {publishers: []}\n" },
		{ "N-1", "devices: {macs: []}\n" },
		{ "N-1", "devices: {addresses: []}\n" },
	};
	struct policy *empty = policy_of("version: 1\n"), *p;
	char text[200];

	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
		snprintf(text, sizeof(text), "version: 1\n%s", lists[i].text);
		p = policy_of(text);
		CU_ASSERT(policy_speaks(p, lists[i].det));
		CU_ASSERT(!policy_speaks(empty, lists[i].det));
		for (size_t k = 0; k < sizeof(lists) / sizeof(*lists); k++)
			if (strcmp(lists[i].det, lists[k].det) != 0)
				CU_ASSERT(!policy_speaks(p, lists[k].det));
		policy_free(p);
	}
	CU_ASSERT(policy_speaks(empty, "T-37") && !policy_speaks(NULL, "T-37"));
	policy_free(empty);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "groups", test_groups },
		{ "decommissioned", test_gone },
		{ "clients", test_clients },
		{ "roles", test_roles },
		{ "titles and addresses", test_titles },
		{ "peers", test_peers },
		{ "firmware images", test_images },
		{ "silence", test_silence },
		{ "publishers and hosts", test_publishers },
		{ "lists that are not there", test_speaks },
		CU_TEST_INFO_NULL,
	};

	return driver_run("policy", tests);
}
