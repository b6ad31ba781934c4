/* SPDX-License-Identifier: Apache-2.0 */
/* What a policy file does not take, and how it says so. */
#include <config.h>

#include <errno.h>
#include <stdlib.h>

#include "sensor/policy_yaml.h"
#include "tests/driver.h"

#define ADDRESS "an IP address, or a network as 10.0.0.0/8"
#define WHOM                                                                   \
	"a system title (16 hexadecimal digits, or fewer and a star), an "     \
	"IP address or a network"
#define WHAT                                                                   \
	"dlms, iec104, dnp3, goose, network, or a detection that maintenance " \
	"can explain: gridtap-policy(5)"
#define TIME "a time in UTC as 2026-01-02T03:04:05Z"
#define SECTIONS                                                               \
	"version, roles, dlms, iec104, dnp3, goose, rgoose, devices, "         \
	"scanners, windows"
#define RANGE "a number up to 16777215, or two as 10-19"

#define FIRST "version: 1\n"
#define STATION FIRST "iec104:\n  stations:\n    - address: 10.0.0.1\n"
#define GROUP FIRST "dlms:\n  groups:\n    - name: a\n"
#define PUBLISHER FIRST "goose:\n  publishers:\n    - gocbref: a\n"
#define WINDOW                                                                 \
	FIRST "windows:\n  - from: 2026-01-02T03:04:05Z\n"                     \
	      "    to: 2026-01-02T03:04:06Z\n"

static const struct {
	const char *text, *said;
} bad[] = {
	{ "", "1:1: nothing; expected \"version: 1\"" },
	{ "# nothing\n", "2:1: nothing; expected \"version: 1\"" },
	{ "[]", "1:1: a list; expected \"version: 1\"" },
	{ "a", "1:1: a single value; expected \"version: 1\"" },
	{ "version: 2\n", "1:10: version is \"2\"; expected 1" },
	{ "version: '1'\n",
	    "1:10: version is the quoted text \"1\"; expected 1" },
	{ "version:\n", "1:9: version has no value; expected 1" },
	{ "roles: []\n",
	    "1:1: the policy without \"version\"; expected that key" },
	{ FIRST "version: 1\n", "2:1: version stands here again; expected it "
	                        "only once, on line 1" },
	{ FIRST "dlsm: {}\n",
	    "2:1: unknown key \"dlsm\"; did you mean \"dlms\"?" },
	{ FIRST "zzz: {}\n",
	    "2:1: unknown key \"zzz\"; expected one of " SECTIONS },
	{ FIRST "scanners: 10.0.0.1\n",
	    "2:11: scanners is \"10.0.0.1\"; expected a list" },
	{ FIRST "scanners: [10.0.0.1/8]\n",
	    "2:12: scanners is \"10.0.0.1/8\"; expected " ADDRESS },
	{ FIRST "scanners: [10.0.0.300]\n",
	    "2:12: scanners is \"10.0.0.300\"; expected " ADDRESS },
	{ FIRST "scanners: [10.0.0.0/33]\n",
	    "2:12: scanners is \"10.0.0.0/33\"; expected " ADDRESS },
	{ FIRST "scanners: [10.0.0.0/08]\n",
	    "2:12: scanners is \"10.0.0.0/08\"; expected " ADDRESS },
	{ FIRST "scanners: ['fe80::1%eth0']\n",
	    "2:12: scanners is the quoted text \"fe80::1%eth0\"; "
	    "expected " ADDRESS },
	{ FIRST "scanners: [~]\n",
	    "2:12: scanners has no value; expected " ADDRESS },
	{ FIRST "scanners: [[10.0.0.1]]\n",
	    "2:12: scanners is a list; expected " ADDRESS },
	{ FIRST "scanners: {a: b}\n",
	    "2:11: scanners is a section; expected a list" },
	{ FIRST "scanners: [\"10.0.0.1\\0\"]\n",
	    "2:12: scanners is the quoted text \"10.0.0.1\357\277\275\"; "
	    "expected " ADDRESS },
	{ FIRST "scanners: ['::ffff:10.0.0.1/95']\n",
	    "2:12: scanners is the quoted text \"::ffff:10.0.0.1/95\"; "
	    "expected " ADDRESS },
	{ FIRST "devices: {macs: [10.0.0.1]}\n",
	    "2:18: macs is \"10.0.0.1\"; expected a MAC address as "
	    "00:1b:08:00:0a:01" },
	{ FIRST "devices: {substation: 7}\n",
	    "2:23: substation is \"7\"; expected true or false" },
	{ FIRST "rgoose: []\n",
	    "2:9: rgoose is a list; expected keys of its own" },
	{ FIRST "rgoose: {source: []}\n",
	    "2:10: unknown key \"source\"; did you mean \"sources\"?" },
	{ FIRST "roles:\n  - id: -2\n",
	    "3:5: roles without \"name\"; expected that key" },
	{ FIRST "roles:\n  - name: A\n    rights: []\n",
	    "3:5: role \"A\" is none of the standard; expected an id below 0" },
	{ FIRST "roles:\n  - {name: A, id: 5, rights: []}\n",
	    "3:5: role \"A\" is none of the standard; expected an id below 0" },
	{ FIRST "roles:\n  - {name: A, id: 7, rights: []}\n",
	    "3:19: id is \"7\"; expected 0 to 6, or below 0 for a private "
	    "role" },
	{ FIRST "roles:\n  - {name: A, id: -32769, rights: []}\n",
	    "3:19: id is \"-32769\"; expected 0 to 6, or below 0 for a private "
	    "role" },
	{ FIRST "roles:\n  - {name: A, id: -1, rights: []}\n",
	    "3:5: id -1 is that of MANAGEMENT; expected another" },
	{ FIRST "roles:\n  - {name: VIEWER, id: 1, rights: []}\n",
	    "3:5: id of VIEWER is 1; expected 0" },
	{ FIRST "roles:\n  - {name: A, id: -2, rights: []}\n  - {name: A, "
	        "id: -2, rights: []}\n",
	    "4:5: role \"A\" stands here again; expected it only once" },
	{ FIRST "roles:\n  - {name: A, id: -2, rights: [fly]}\n",
	    "3:32: rights is \"fly\"; expected read-public, read, read-logs, "
	    "clock, tariff, communication, firmware, control, script, keys, "
	    "secret, association, erase, write or all" },
	{ FIRST "roles:\n  - {name: A, id: -2, rights: all}\n",
	    "3:31: rights is \"all\"; expected a list" },
	{ FIRST "roles:\n  - {name: A, id: -2, rights: [], revision: 10000}\n",
	    "3:45: revision is \"10000\"; expected a number from 0 to 9999" },
	{ FIRST "roles:\n  - {name: A, id: -2, rights: [], definition: "
	        "a-name-that-is-long}\n",
	    "3:47: definition is \"a-name-that-is-long\"; expected 1 to 15 "
	    "octets of text" },
	{ FIRST "roles:\n  - {name: VIEWER, rights: []}\n  - {name: VIEWER, "
	        "rights: [read]}\n",
	    "4:5: role \"VIEWER\" stands here again; expected it only once" },
	{ FIRST "dlms:\n  groups:\n    - meters: []\n",
	    "4:7: groups without \"name\"; expected that key" },
	{ GROUP "      tls: yes\n",
	    "5:12: tls is \"yes\"; expected true or false" },
	{ GROUP "    - name: a\n", "5:7: the group \"a\" stands here again; "
	                           "expected it only once, on line 4" },
	{ GROUP "      meters: [4d4d4d]\n",
	    "5:16: meters is \"4d4d4d\"; expected " WHOM },
	{ GROUP "      meters: [4d4d4d00000000001]\n",
	    "5:16: meters is \"4d4d4d00000000001\"; expected " WHOM },
	{ GROUP "      meters: ['4d4d4d0000000001*']\n",
	    "5:16: meters is the quoted text \"4d4d4d0000000001*\"; "
	    "expected " WHOM },
	{ GROUP "      min_mechanism: 8\n",
	    "5:22: min_mechanism is \"8\"; expected a number from 0 to 7" },
	{ GROUP "      get_protection: both of them\n",
	    "5:23: get_protection is \"both of them\"; expected none, "
	    "authenticated, encrypted or both" },
	{ GROUP "      ic_scope: per-meter\n",
	    "5:17: ic_scope is \"per-meter\"; expected per_sap or per_meter" },
	{ GROUP "      reset_on_reboot: never\n",
	    "5:24: reset_on_reboot is \"never\"; expected alarm, notice or "
	    "allow" },
	{ GROUP "      key_days: 36501\n",
	    "5:17: key_days is \"36501\"; expected a number from 0 to 36500" },
	{ GROUP "      clients:\n        - {}\n",
	    "6:11: clients without a client; expected sap, title or address" },
	{ GROUP "      clients:\n        - roles: [VIEWER]\n",
	    "6:11: clients without a client; expected sap, title or address" },
	{ GROUP "      clients:\n        - {sap: 65536}\n",
	    "6:17: sap is \"65536\"; expected a number from 0 to 65535" },
	{ GROUP "      clients:\n        - {sap: 1, title: 10.0.0.1}\n",
	    "6:27: title is \"10.0.0.1\"; expected a system title: 16 "
	    "hexadecimal digits, or fewer and a star" },
	{ GROUP "      clients:\n        - {sap: 1, roles: [VEIWER]}\n",
	    "6:28: roles is \"VEIWER\"; expected a role of the standard, "
	    "MANAGEMENT, or one of \"roles\" above" },
	{ GROUP "      clients:\n        - {sap: 1, roles: [VIEWER, VIEWER, "
	        "VIEWER, VIEWER, VIEWER]}\n",
	    "6:60: roles has too many items; expected at most 4" },
	{ GROUP "      role_map:\n        - {sap: 1}\n",
	    "6:11: role_map without \"roles\"; expected that key" },
	{ FIRST "dlms:\n  pre_established: [-1]\n",
	    "3:21: pre_established is \"-1\"; expected a number from 0 to "
	    "65535" },
	{ FIRST "dlms:\n  gateways: [{address: '123'}]\n",
	    "3:24: address is the quoted text \"123\"; expected 1 to 32 "
	    "octets, two hexadecimal digits each" },
	{ FIRST "dlms:\n  gateways: [{}]\n",
	    "3:14: a gateway to anywhere; expected network or address" },
	{ FIRST "dlms:\n  firmware_images: [{size: 1}]\n",
	    "3:21: firmware_images without \"identifier\"; expected that key" },
	{ FIRST "dlms:\n  firmware_images: [{identifier: ''}]\n",
	    "3:34: identifier is the quoted text \"\"; expected an identifier, "
	    "or 0x and its octets in hexadecimal" },
	{ FIRST "dlms:\n  firmware_images: [{identifier: 0x123}]\n",
	    "3:34: identifier is \"0x123\"; expected an identifier, or 0x and "
	    "its octets in hexadecimal" },
	{ FIRST "dlms:\n  firmware_images: [{identifier: a, sha256: 00}]\n",
	    "3:45: sha256 is \"00\"; expected 64 hexadecimal digits" },
	{ FIRST "dlms:\n  firmware_images: [{identifier: a, size: 0}]\n",
	    "3:43: size is \"0\"; expected a number from 1 to 4294967295" },
	{ FIRST "dlms:\n  decommissioned: [x]\n",
	    "3:20: decommissioned is \"x\"; expected " WHOM },
	{ FIRST "iec104:\n  stations:\n    - name: a\n",
	    "4:7: stations without \"address\"; expected that key" },
	{ STATION "    - address: 10.0.0.1\n",
	    "5:1: an address of the station stands here again; expected it "
	    "only once, on line 4" },
	{ STATION "      masters: [10.0.0.2]\n",
	    "5:17: masters is \"10.0.0.2\"; expected keys of its own" },
	{ STATION "      masters: [{types: [45]}]\n",
	    "5:17: masters without \"address\"; expected that key" },
	{ STATION "      masters: [{address: 10.0.0.2, types: [256]}]\n",
	    "5:45: types is \"256\"; expected a number from 0 to 255" },
	{ STATION "      masters: [{address: 10.0.0.2, functions: [1]}]\n",
	    "5:37: unknown key \"functions\"; expected one of address, group, "
	    "sets_time, types" },
	{ STATION "      points: [{ioa: [1]}]\n",
	    "5:16: points without \"ca\"; expected that key" },
	{ STATION "      points: [{ca: 1, ioa: [5-4]}]\n",
	    "5:30: ioa is \"5-4\"; expected " RANGE },
	{ STATION "      points: [{ca: 1, ioa: [16777216]}]\n",
	    "5:30: ioa is \"16777216\"; expected " RANGE },
	{ STATION "      points: [{ca: 1, ioa: ['1']}]\n",
	    "5:30: ioa is the quoted text \"1\"; expected " RANGE },
	{ STATION "      points: [{ca: 1, ioa: [1-]}]\n",
	    "5:30: ioa is \"1-\"; expected " RANGE },
	{ STATION "      k: 0\n",
	    "5:10: k is \"0\"; expected a number from 1 to 32767" },
	{ STATION "      links: 1025\n",
	    "5:14: links is \"1025\"; expected a number from 1 to 1024" },
	{ FIRST "iec104: {complete: 1}\n",
	    "2:20: complete is \"1\"; expected true or false" },
	{ FIRST "dnp3:\n  stations:\n    - {address: 10.0.0.1, k: 1}\n",
	    "4:27: unknown key \"k\"; expected one of name, address, masters, "
	    "points, tls, authenticated, links, key_wrap" },
	{ FIRST "dnp3:\n  stations:\n    - {address: 10.0.0.1, points: "
	        "[{link_address: 1, index: [1]}]}\n",
	    "4:36: points without \"group\"; expected that key" },
	{ FIRST "dnp3:\n  stations:\n    - {address: 10.0.0.1, points: "
	        "[{link_address: 1, group: 41, index: [1], most: 1x}]}\n",
	    "4:83: most is \"1x\"; expected a number as -1.5" },
	{ FIRST "dnp3:\n  stations:\n    - {address: 10.0.0.1, points: "
	        "[{link_address: 1, group: 41, index: [1], most: inf}]}\n",
	    "4:83: most is \"inf\"; expected a number as -1.5" },
	{ FIRST "dnp3:\n  stations:\n    - {address: 10.0.0.1, masters: "
	        "[{address: 10.0.0.1, link_address: 65536}]}\n",
	    "4:71: link_address is \"65536\"; expected a number from 0 to "
	    "65535" },
	{ FIRST "goose:\n  publishers:\n    - mac: 00:00:00:00:00:01\n",
	    "4:7: publishers without \"gocbref\"; expected that key" },
	{ PUBLISHER "    - gocbref: a\n",
	    "5:1: the publisher stands here again; expected it only once, on "
	    "line 4" },
	{ PUBLISHER "      mac: 00-00-00-00-00-01\n",
	    "5:12: mac is \"00-00-00-00-00-01\"; expected a MAC address as "
	    "01:0c:cd:01:00:01" },
	{ PUBLISHER "      mac: [00:00:00:00:00:01, 00:00:00:00:00:02, "
	            "00:00:00:00:00:03]\n",
	    "5:51: mac has too many items; expected at most 2" },
	{ PUBLISHER "      appid: 12288\n",
	    "5:14: appid is \"12288\"; expected 0x and four hexadecimal "
	    "digits" },
	{ PUBLISHER "      appid: 0x300\n",
	    "5:14: appid is \"0x300\"; expected 0x and four hexadecimal "
	    "digits" },
	{ PUBLISHER "      vlan: 4096\n",
	    "5:13: vlan is \"4096\"; expected a number from 0 to 4095" },
	{ PUBLISHER "      entries: 2\n      types: [boolean]\n",
	    "4:7: 1 types of 2 entries; expected one for each" },
	{ PUBLISHER "      types: [bool]\n",
	    "5:15: types is \"bool\"; expected array, structure, boolean, "
	    "bit-string, integer, unsigned, float, real, octet-string, "
	    "visible-string, generalized-time, binary-time, bcd, "
	    "boolean-array, object-id, mms-string or utc-time" },
	{ PUBLISHER "      segments: [1,2,3,4,5,6,7,8,9]\n",
	    "5:34: segments has too many items; expected at most 8" },
	{ PUBLISHER "      datset: ''\n",
	    "5:15: datset is the quoted text \"\"; expected 1 to 129 octets of "
	    "text" },
	{ WINDOW "    who: []\n    what: [D-21]\n",
	    "5:10: who is an empty list; expected at least one item" },
	{ WINDOW "    what: [sensor]\n",
	    "5:12: what is \"sensor\"; expected " WHAT },
	{ FIRST "windows:\n  - from: 2026-01-02T03:04:05Z\n",
	    "3:5: windows without \"to\"; expected that key" },
	{ FIRST "windows:\n  - from: 2026-01-02T03:04:05Z\n    to: "
	        "2026-01-02T03:04:05Z\n",
	    "3:5: a window that ends before it begins; expected \"to\" behind "
	    "\"from\"" },
	{ FIRST "windows:\n  - from: 2026-02-29T03:04:05Z\n",
	    "3:11: from is \"2026-02-29T03:04:05Z\"; expected " TIME },
	{ FIRST "windows:\n  - from: 2026-01-02 03:04:05\n",
	    "3:11: from is \"2026-01-02 03:04:05\"; expected " TIME },
	{ FIRST "windows:\n  - from: 2026-01-02T24:00:00Z\n",
	    "3:11: from is \"2026-01-02T24:00:00Z\"; expected " TIME },
	{ WINDOW "    who: ['']\n",
	    "5:11: who is the quoted text \"\"; expected an address, a "
	    "network, a MAC, or a subject, with or without a star behind" },
	{ FIRST "a: &x b\n",
	    "2:1: unknown key \"a\"; expected one of " SECTIONS },
	{ FIRST "scanners: [*x]\n",
	    "2:12: an alias; expected plain keys and values" },
	{ FIRST "---\nversion: 1\n",
	    "2:1: a second document; expected only one" },
	{ FIRST "scanners: [10.0.0.1\n", "3:1: did not find expected ',' or "
	                                 "']'; expected a closing bracket" },
	{ FIRST "\tscanners: []\n",
	    "2:1: a tab in the indentation; expected spaces" },
	{ FIRST "iec104:\n  stations:\n    - address: []\n",
	    "4:16: address is an empty list; expected at least one item" },
	{ GROUP "      clients:\n        - {sap: 1, roles: []}\n",
	    "6:27: roles is an empty list; expected at least one item" },
	{ PUBLISHER "      mac: []\n",
	    "5:12: mac is an empty list; expected at least one item" },
	{ PUBLISHER "      segments: []\n",
	    "5:17: segments is an empty list; expected at least one item" },
	{ PUBLISHER "      types: []\n",
	    "5:14: types is an empty list; expected at least one item" },
	{ WINDOW "    who: []\n",
	    "5:10: who is an empty list; expected at least one item" },
	{ WINDOW "    what: []\n",
	    "5:11: what is an empty list; expected at least one item" },
	{ STATION "      points: [{ca: 1, ioa: []}]\n",
	    "5:29: ioa is an empty list; expected at least one item" },
	{ FIRST "dnp3:\n  stations:\n    - {address: 10.0.0.1, masters: "
	        "[{address: 10.0.0.2, link_address: []}]}\n",
	    "4:71: link_address is an empty list; expected at least one item" },
	{ FIRST "scanners: &a [10.0.0.1]\n",
	    "2:11: an anchor; expected plain keys and values" },
	{ FIRST "scanners: [!!str 10.0.0.1]\n",
	    "2:12: a tag; expected plain keys and values" },
	{ FIRST "scanners:\n- 10.0.0.1\n - 10.0.0.2\n",
	    "3:3: scanners is \"10.0.0.1 - 10.0.0.2\"; expected " ADDRESS },
	{ FIRST "? [a]\n: b\n", "2:3: a list; expected a key" },
	{ FIRST "dlms: {groups: [{name: \"a\\e[2J\"}]}\n",
	    "2:24: name is the quoted text \"a\357\277\275[2J\"; expected 1 to "
	    "31 octets of text" },
};

static struct error error;

/* All or nothing: what is wrong gives no policy. */
static void
refuse(const char *text, size_t n, const char *said)
{
	struct policy *p = (struct policy *)(void *)&error; /* to be cleared */
	char want[sizeof(error.text)];

	CU_ASSERT_EQUAL(
	    policy_parse("a.yaml", (const uint8_t *)text, n, &p, &error),
	    -EINVAL);
	CU_ASSERT_PTR_NULL(p);
	snprintf(want, sizeof(want), "a.yaml:%s", said);
	if (strcmp(error.text, want) != 0)
		printf("\nsaid:     %s\nexpected: %s\n", error.text, want);
	CU_ASSERT_STRING_EQUAL(error.text, want);
}

static void
test_texts(void)
{
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		refuse(bad[i].text, strlen(bad[i].text), bad[i].said);
}

/* As many items as a list may have, and one more. */
static void
test_most(void)
{
	static const char first[] = FIRST "windows:\n";
	static const char item[] = "- {from: 2026-01-02T03:04:05Z, to: "
	                           "2026-01-02T03:04:06Z}\n";
	size_t n = strlen(item), at = strlen(first);
	char *text = malloc(at + 1025 * n + 1);
	struct policy *p;

	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	strcpy(text, first);
	for (size_t i = 0; i < 1025; i++)
		strcpy(text + at + i * n, item);
	CU_ASSERT_EQUAL(policy_parse("a.yaml", (const uint8_t *)text,
	                    at + 1024 * n, &p, &error),
	    0);
	policy_free(p);
	refuse(text, at + 1025 * n,
	    "1027:3: windows has too many items; expected at most 1024");
	free(text);
}

static void
test_octets(void)
{
	refuse("version: 1\0", 11,
	    "1:11: control character U+0000; expected text");
	refuse("version: \xff", 10, "1:10: octet 0xff; expected UTF-8");
}

static void
test_file(void)
{
	struct policy *p;

	CU_ASSERT_EQUAL(policy_load("no/where.yaml", &p, &error), -ENOENT);
	CU_ASSERT_PTR_NULL(p);
	CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "no/where.yaml: "));
	CU_ASSERT_NOT_EQUAL(policy_load("/", &p, &error), 0);
	CU_ASSERT_PTR_NULL(p);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "texts", test_texts },
		{ "as many as there may be", test_most },
		{ "octets that are no text", test_octets },
		{ "files", test_file },
		CU_TEST_INFO_NULL,
	};

	return driver_run("policy_errors", tests);
}
