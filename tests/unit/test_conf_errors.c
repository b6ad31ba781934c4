/* SPDX-License-Identifier: Apache-2.0 */
/* What the configuration does not take, and how it says so. */
#include <config.h>

#include <errno.h>

#include "tests/unit/conf_stub.h"

#define TRUE_OR_FALSE "expected true or false"
#define NUMBER_OF_FLOWS "expected a number from 64 to 16777216"
#define SOURCE "expected 1 to 255 octets of UTF-8 without control characters"
#define SEVERITY "expected alarm, error, warning or notice"
#define UNADORNED "expected plain keys and values"
#define TOP_LEVEL                                                              \
	"expected one of source, policy, keys, state, outputs, spool, "        \
	"suppress_s, rate, storage, classify, limits, "                        \
	"monitor, tracking, detections, iec104, wordy"
#define LIMITS                                                                 \
	"expected one of flows, blocks, large_blocks, out_of_order, "          \
	"fragments, messages, history_kib, duplicates, duplicate_ms, folds, "  \
	"events, meters, sessions, links, points, associations, publishers, "  \
	"hosts"
#define INDENTED "expected keys of its own, indented below it"

static const struct {
	const char *text, *said;
} bad[] = {
	/* types */
	{ "limits:\n  flows: many\n",
	    "2:10: limits.flows is \"many\"; " NUMBER_OF_FLOWS },
	{ "limits:\n  flows: 502abc\n",
	    "2:10: limits.flows is \"502abc\"; " NUMBER_OF_FLOWS },
	{ "limits: {flows: 0100}",
	    "1:17: limits.flows is \"0100\"; " NUMBER_OF_FLOWS },
	{ "limits: {flows: 0x100}",
	    "1:17: limits.flows is \"0x100\"; " NUMBER_OF_FLOWS },
	{ "limits: {flows: 1_000}",
	    "1:17: limits.flows is \"1_000\"; " NUMBER_OF_FLOWS },
	{ "limits: {flows: 1e3}",
	    "1:17: limits.flows is \"1e3\"; " NUMBER_OF_FLOWS },
	{ "limits: {flows: +100}",
	    "1:17: limits.flows is \"+100\"; " NUMBER_OF_FLOWS },
	{ "limits: {flows: -100}",
	    "1:17: limits.flows is \"-100\"; " NUMBER_OF_FLOWS },
	{ "limits: {flows: '100'}",
	    "1:17: limits.flows is the quoted text \"100\"; " NUMBER_OF_FLOWS },
	{ "limits: {flows: true}",
	    "1:17: limits.flows is \"true\"; " NUMBER_OF_FLOWS },
	{ "classify: {enabled: maybe}",
	    "1:21: classify.enabled is \"maybe\"; " TRUE_OR_FALSE },
	{ "classify: {enabled: yes}",
	    "1:21: classify.enabled is \"yes\"; " TRUE_OR_FALSE },
	{ "classify: {enabled: True}",
	    "1:21: classify.enabled is \"True\"; " TRUE_OR_FALSE },
	{ "classify: {enabled: 1}",
	    "1:21: classify.enabled is \"1\"; " TRUE_OR_FALSE },
	{ "classify: {enabled: \"true\"}",
	    "1:21: classify.enabled is the quoted text \"true\"; "
	    "" TRUE_OR_FALSE },
	{ "detections: {N-9: {severity: critical}}",
	    "1:30: detections.N-9.severity is \"critical\"; " SEVERITY },
	{ "detections: {N-9: {severity: 1}}",
	    "1:30: detections.N-9.severity is \"1\"; " SEVERITY },
	{ "source: []", "1:9: source is a list; " SOURCE },
	{ "source:\n- a\n", "2:1: source is a list; " SOURCE },
	{ "source: {a: b}", "1:9: source is a section; " SOURCE },
	{ "source:\n", "1:8: source has no value; " SOURCE },
	{ "source: ~\n", "1:9: source has no value; " SOURCE },
	{ "source: null\n", "1:9: source has no value; " SOURCE },
	{ "limits:\n  flows:\n",
	    "2:9: limits.flows has no value; " NUMBER_OF_FLOWS },
	{ "limits: 5\n", "1:9: limits is \"5\"; " INDENTED },
	{ "limits: \"\"\n", "1:9: limits is \"\"; " INDENTED },
	{ "limits: [5]\n", "1:9: limits is a list; " INDENTED },
	{ "detections:\n  N-9: false\n",
	    "2:8: detections.N-9 is \"false\"; " INDENTED },

	/* ranges */
	{ "limits: {flows: 63}",
	    "1:17: limits.flows is \"63\"; " NUMBER_OF_FLOWS },
	{ "limits: {flows: 16777217}",
	    "1:17: limits.flows is \"16777217\"; " NUMBER_OF_FLOWS },
	{ "limits: {flows: 4294967396}",
	    "1:17: limits.flows is \"4294967396\"; " NUMBER_OF_FLOWS },
	{ "limits: {flows: 18446744073709551716}",
	    "1:17: limits.flows is \"18446744073709551716\"; "
	    "" NUMBER_OF_FLOWS },
	{ "iec104:\n  ca_size: 3\n",
	    "2:12: iec104.ca_size is \"3\"; expected a number from 1 to 2" },
	{ "source: ''", "1:9: source is the quoted text \"\"; " SOURCE },
	{ "source: \"a\\nb\"\n",
	    "1:9: source is the quoted text \"a\xef\xbf\xbd"
	    "b\"; " SOURCE },
	{ "source: \"a\\0b\"\n",
	    "1:9: source is the quoted text \"a\xef\xbf\xbd"
	    "b\"; " SOURCE },

	/* keys */
	{ "sourc: a", "1:1: unknown key \"sourc\"; did you mean \"source\"?" },
	{ "soruce: a",
	    "1:1: unknown key \"soruce\"; did you mean \"source\"?" },
	{ "Source: a",
	    "1:1: unknown key \"Source\"; did you mean \"source\"?" },
	{ "flows: 1000",
	    "1:1: unknown key \"flows\"; did you mean \"limits.flows\"?" },
	{ "limits.flows: 1000",
	    "1:1: unknown key \"limits.flows\"; " TOP_LEVEL },
	{ "limits:\n  flow: 1000\n", "2:3: unknown key \"limits.flow\"; did "
	                             "you mean \"limits.flows\"?" },
	{ "limits:\n  packets: 1000\n",
	    "2:3: unknown key \"limits.packets\"; " LIMITS },
	{ "detections:\n  n-9: {}\n",
	    "2:3: unknown key \"detections.n-9\"; did "
	    "you mean \"detections.N-9\"?" },
	{ "detections:\n  D-40: {}\n",
	    "2:3: unknown key \"detections.D-40\"; expected one of T-34, H-8, "
	    "G-23, N-9" },
	{ "detections:\n  T-34:\n    t_ms: 1\n",
	    "3:5: unknown key \"detections.T-34.t_ms\"; did you mean "
	    "\"detections.G-23.t_ms\"?" },
	{ "limits: {folsd: 64}", "1:10: unknown key \"limits.folsd\"; did you "
	                         "mean \"limits.folds\"?" },
	{ "limits: {ofld: 64}", "1:10: unknown key \"limits.ofld\"; " LIMITS },
	{ "limits: {fads: 64}", "1:10: unknown key \"limits.fads\"; " LIMITS },
	{ "limits: {duplicatess: 64}",
	    "1:10: unknown key \"limits.duplicatess\"; did you mean "
	    "\"limits.duplicates\"?" },
	{ "wordy: {x: 1}", "1:9: unknown key \"wordy.x\"; expected one of "
	                   "a_name_that_is_as_long_as_none_should_be, "
	                   "b_name_that_is_as_long_as_none_should_be, "
	                   "c_name_that_is_as_long_as_none_should_be, "
	                   "d_name_that_is_as_long_as_none_should_be, ..." },
	{ "plain: {}", "1:1: unknown key \"plain\"; " TOP_LEVEL },
	{ "\"\": a", "1:1: unknown key \"\"; " TOP_LEVEL },
	{ "<<: {source: a}", "1:1: unknown key \"<<\"; " TOP_LEVEL },
	{ "\"a\\e[2J\\nb\": c",
	    "1:1: unknown key \"a\xef\xbf\xbd[2J\xef\xbf\xbd"
	    "b\"; " TOP_LEVEL },
	{ "source: a\nlimits: {}\nsource: a\n",
	    "3:1: source stands here again; expected it only once, on line 1" },
	{ "limits: {}\nlimits: {}\n",
	    "2:1: limits stands here again; expected it only once, on line 1" },
	{ "limits:\n  flows: 64\n  flows: 64\n",
	    "3:3: limits.flows stands here again; expected it only once, on "
	    "line 2" },
	{ "? [a]\n: b\n", "1:3: a list; expected a key" },
	{ "? {a: b}\n: b\n", "1:3: a section; expected a key" },

	/* what YAML has and a configuration does not need */
	{ "source: &a b\n", "1:9: an anchor; " UNADORNED },
	{ "limits: &a {flows: 64}\n", "1:9: an anchor; " UNADORNED },
	{ "source: *a\n", "1:9: an alias; " UNADORNED },
	{ "source: !!str a\n", "1:9: a tag; " UNADORNED },
	{ "limits: !x {flows: 64}\n", "1:9: a tag; " UNADORNED },
	{ "source: &a [b]\n", "1:9: an anchor; " UNADORNED },
	{ "%YAML 1.1\n---\nsource: a\n", "1:1: a directive (%); " UNADORNED },
	{ "%TAG ! tag:x,2026:\n---\nsource: a\n",
	    "1:1: a directive (%); " UNADORNED },
	{ "source: a\n---\nsource: b\n",
	    "2:1: a second document; expected only one" },
	{ "---\n---\n", "2:1: a second document; expected only one" },
	{ "gridtap\n", "1:1: a single value; expected \"key: value\"" },
	{ "- source: a\n", "1:1: a list; expected \"key: value\"" },

	/* what is no YAML */
	{ "source: a\n policy: b\n",
	    "2:8: mapping values are not allowed in this context; expected one "
	    "\"key: value\" a line, indented like its neighbours" },
	{ "source: a: b\n",
	    "1:10: mapping values are not allowed in this context; expected "
	    "one \"key: value\" a line, indented like its neighbours" },
	{ "limits:\n  flows: 64\n blocks: 64\n",
	    "3:2: did not find expected key; expected the indentation "
	    "of the line above, or a closing quote" },
	{ "source a\npolicy: b\n",
	    "1:1: a single value; expected \"key: value\"" },
	{ "source: a\npolicy\n",
	    "3:1: could not find expected ':'; expected \"key: value\"" },
	{ "source: @a\n",
	    "1:9: found character that cannot start any token; expected "
	    "quotes around a value that begins so" },
	{ "source: - a\n",
	    "1:9: block sequence entries are not allowed in this context; "
	    "expected \"key: value\", no list" },
	{ "source: \"C:\\qed\"\n",
	    "1:12: found unknown escape character; expected single quotes, or "
	    "two backslashes for one" },
	{ "source: !x!y a\n", "1:9: found undefined tag handle; " UNADORNED },
	{ "limits: {flows: 64\n",
	    "2:1: did not find expected ',' or '}'; expected a closing "
	    "bracket" },
	{ "source: a\n...\npolicy: b\n",
	    "3:1: did not find expected <document start>; expected nothing "
	    "behind \"...\"" },
	{ "source: 'a\n",
	    "2:1: found unexpected end of stream; expected a closing quote" },
	{ "limits:\n\tflows: 64\n",
	    "2:1: a tab in the indentation; expected spaces" },
	{ "limits:\n  \tflows: 64\n",
	    "2:3: a tab in the indentation; expected spaces" },
	{ "source: a\xff", "1:10: octet 0xff; expected UTF-8" },
	{ "# \xc3\xbc\n# \xc3\xbc\xc3\n", "2:4: octet 0xc3; expected UTF-8" },
	{ "\xff\xfe", "1:1: octet 0xff; expected UTF-8" },
	{ "source: a\r\n\r\n\x1b", "3:1: control character U+001B; expected "
	                           "text" },
	{ "source: \xe2\x80\xaegnol",
	    "1:9: control character U+202E; expected text" },
	{ "# a\n\xef\xbb\xbfsource: a",
	    "2:1: control character U+FEFF; expected text" },
	{ "source: \xef\xbf\xbf",
	    "1:9: control character U+FFFF; expected text" },
};

static void
expect_said(const char *where, const char *said)
{
	char want[sizeof(error.text)];

	snprintf(want, sizeof(want), "%s%s", where, said);
	if (strcmp(error.text, want) != 0)
		printf("\nsaid:     %s\nexpected: %s\n", error.text, want);
	CU_ASSERT_STRING_EQUAL(error.text, want);
}

static void
test_texts(void)
{
	start();
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		CU_ASSERT_EQUAL(parse(bad[i].text), -EINVAL);
		expect_said("a.yaml:", bad[i].said);
		expect_presets();
	}
	conf_free(&conf);
}

static void
test_sizes(void)
{
	char text[1400], want[200];

	start();
	CU_ASSERT_EQUAL(parse_n("source: a\0b", 11), -EINVAL);
	CU_ASSERT_STRING_EQUAL(
	    error.text, "a.yaml:1:10: control character U+0000; expected text");
	snprintf(text, sizeof(text), "source: %0255d", 1);
	CU_ASSERT_EQUAL(parse(text), 0);
	CU_ASSERT_EQUAL(strlen(conf.source), 255);
	snprintf(text, sizeof(text), "source: %0256d", 1);
	CU_ASSERT_EQUAL(parse(text), -EINVAL);
	snprintf(want, sizeof(want),
	    "a.yaml:1:9: source is \"%073d...\"; " SOURCE, 0);
	CU_ASSERT_STRING_EQUAL(error.text, want);
	snprintf(text, sizeof(text), "policy: %01023d", 1);
	CU_ASSERT_EQUAL(parse(text), 0);
	CU_ASSERT_EQUAL(strlen(conf.policy), 1023);
	snprintf(text, sizeof(text), "policy: %01024d", 1);
	CU_ASSERT_EQUAL(parse(text), -EINVAL);
	memset(text, '[', 1200);
	text[1200] = '\0';
	CU_ASSERT_EQUAL(parse(text), -EINVAL);
	memset(text, '{', 1200);
	CU_ASSERT_EQUAL(parse(text), -EINVAL);
	CU_ASSERT_STRING_EQUAL(
	    error.text, "a.yaml:1:2: a section; expected a key");
	conf_free(&conf);
}

static const struct {
	const char *assignment, *said;
} bad_set[] = {
	{ "limits.flows=many",
	    "limits.flows: limits.flows is \"many\"; " NUMBER_OF_FLOWS },
	{ "limits.flows=", "limits.flows: limits.flows is \"\"; "
	                   "" NUMBER_OF_FLOWS },
	{ "limits.flows", "limits.flows: no value; expected "
	                  "limits.flows=VALUE, a number from 64 to 16777216" },
	{ "limits.flows=64 ",
	    "limits.flows: limits.flows is \"64 \"; " NUMBER_OF_FLOWS },
	{ "limits=64", "limits: a section; expected limits.KEY=VALUE" },
	{ "limits.flow=64", "limits.flow: unknown key \"limits.flow\"; did you "
	                    "mean \"limits.flows\"?" },
	{ "limts.flows=64",
	    "limts.flows: unknown key \"limts\"; did you mean \"limits\"?" },
	{ "detections.N-7.enabled=true",
	    "detections.N-7.enabled: unknown key \"detections.N-7\"; did you "
	    "mean \"detections.N-9\"?" },
	{ "source=", "source: source is \"\"; " SOURCE },
	{ "source=a\xff", "source: source is \"a\xef\xbf\xbd\"; " SOURCE },
	{ "source.=a", "source.: unknown key \"source.\"; expected none here" },
	{ "", ": unknown key \"\"; " TOP_LEVEL },
	{ "\n=", "\xef\xbf\xbd: unknown key \"\xef\xbf\xbd\"; " TOP_LEVEL },
};

static void
test_set(void)
{
	start();
	for (size_t i = 0; i < sizeof(bad_set) / sizeof(*bad_set); i++) {
		CU_ASSERT_EQUAL(
		    conf_set(&conf, bad_set[i].assignment, &error), -EINVAL);
		expect_said("--set ", bad_set[i].said);
		expect_presets();
	}
	conf_free(&conf);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "texts", test_texts },
		{ "sizes", test_sizes },
		{ "single items", test_set },
		CU_TEST_INFO_NULL,
	};

	return driver_run("conf_errors", tests);
}
