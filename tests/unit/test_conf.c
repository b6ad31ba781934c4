/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration: presets, keys, files; all or nothing. */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/conf_stub.h"

static void
test_presets(void)
{
	start();
	expect_presets();
	CU_ASSERT_STRING_EQUAL(conf.detections[0].id, "T-34");
	CU_ASSERT_STRING_EQUAL(conf.detections[3].id, "N-9");
	conf_free(&conf);
}

static void
test_all_keys(void)
{
	struct settings s = { 7, 7, 7 };
	struct state t = { 7, 7, 7 };

	start();
	CU_ASSERT_EQUAL(parse("---\n"
	                      "source: 'sensor \"1\"'\n"
	                      "policy: /etc/gr\xc3\xbcn.yaml # why\n"
	                      "suppress_s: 0\n"
	                      "classify: { enabled: false }\n"
	                      "limits:\n"
	                      "    flows: 16777216\n"
	                      "    events: 16\n"
	                      "iec104:\n"
	                      "  ioa_size: 1\n"
	                      "wordy:\n"
	                      "detections:\n"
	                      "  T-34: { floor: 77 }\n"
	                      "  G-23: { n: 4294967295, severity: \"error\" }\n"
	                      "  N-9:\n"
	                      "    enabled: false\n"
	                      "    floor: 0\n"
	                      "...\n"),
	    0);
	CU_ASSERT_STRING_EQUAL(error.text, "");
	CU_ASSERT_STRING_EQUAL(conf.source, "sensor \"1\"");
	CU_ASSERT_STRING_EQUAL(conf.policy, "/etc/gr\xc3\xbcn.yaml");
	CU_ASSERT_EQUAL(conf.suppress_s, 0);
	CU_ASSERT(!conf.classify);
	CU_ASSERT_EQUAL(conf.limits.flows, 16777216);
	CU_ASSERT_EQUAL(conf.limits.blocks, 4096);
	CU_ASSERT_EQUAL(conf.limits.events, 16);
	conf_dissector(&conf, 0, &s);
	CU_ASSERT(s.ca_size == 7 && s.ioa_size == 7);
	conf_dissector(&conf, 1, &s);
	CU_ASSERT(s.unused == 7 && s.ca_size == 2 && s.ioa_size == 1);
	conf_dissector(&conf, 2, &s);
	CU_ASSERT(s.unused == 8 && s.ca_size == 2 && s.ioa_size == 1);
	conf_detector(&conf, 0, &t);
	CU_ASSERT(t.n == 7 && t.t_ms == 7 && t.floor == 77);
	conf_detector(&conf, 1, &t);
	CU_ASSERT(t.n == UINT32_MAX && t.t_ms == 60000 && t.floor == 0);
	CU_ASSERT(conf_detection(&conf, "T-34")->enabled);
	CU_ASSERT(!conf_detection(&conf, "N-9")->enabled);
	CU_ASSERT_EQUAL(
	    conf_detection(&conf, "G-23")->severity, SEVERITY_ERROR);
	CU_ASSERT_PTR_NULL(conf_detection(&conf, "X-1"));
	conf_free(&conf);
}

/* Files without a key, with a mark in front, with ends of other systems. */
static void
test_harmless(void)
{
	static const char *const texts[] = { "", "\n\n", "# nothing\n", "---\n",
		"--- ~\n", "{}\n", "limits:\n", "limits: {}\n",
		"detections:\n  N-9:\n  # enabled: false\n", "\xef\xbb\xbf",
		"\r", "\xef\xbb\xbf# with a byte order mark\nsuppress_s: 300",
		"source: gridtap\r\nlimits:\r\n  flows: 131072\r\n",
		"source:\tgridtap\t# tabs between words\n",
		"? source\n: gridtap\n", "\"source\": >-\n  gridtap\n" };

	start();
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		CU_ASSERT_EQUAL(parse(texts[i]), 0);
		expect_presets();
	}
	conf_free(&conf);
}

/* One wrong line and what stood before it is forgotten too. */
static void
test_all_or_nothing(void)
{
	const struct conf_detection *d;
	const uint32_t *values;

	start();
	CU_ASSERT_EQUAL(parse("source: a\nlimits: {flows: 100}"), 0);
	d = conf.detections;
	values = conf.values;
	CU_ASSERT_EQUAL(parse("source: b\npolicy: c\nsuppress_s: 1\n"
	                      "classify: {enabled: false}\n"
	                      "limits: {flows: 200, events: 200}\n"
	                      "iec104: {ca_size: 1}\n"
	                      "detections: {N-9: {enabled: false, floor: 1,\n"
	                      "  severity: alarm, x: 1}}\n"),
	    -EINVAL);
	CU_ASSERT_STRING_EQUAL(conf.source, "a");
	CU_ASSERT_EQUAL(conf.limits.flows, 100);
	CU_ASSERT_PTR_EQUAL(conf.detections, d);
	CU_ASSERT_PTR_EQUAL(conf.values, values);
	CU_ASSERT_EQUAL(parse("source: gridtap\nlimits: {flows: 131072}"), 0);
	expect_presets();
	conf_free(&conf);
}

static const struct {
	const char *key;
	uint32_t least, most;
} ranges[] = { { "suppress_s", 0, 604800 }, { "limits.flows", 64, 16777216 },
	{ "limits.blocks", 64, 1048576 }, { "limits.large_blocks", 4, 16384 },
	{ "limits.out_of_order", 1, 255 }, { "limits.fragments", 1, 4096 },
	{ "limits.messages", 16, 1048576 },
	{ "limits.history_kib", 0, 1048576 },
	{ "limits.duplicates", 0, 16777216 },
	{ "limits.duplicate_ms", 0, 1000 }, { "limits.folds", 16, 1048576 },
	{ "limits.events", 16, 1048576 }, { "iec104.ca_size", 1, 2 },
	{ "detections.G-23.n", 1, UINT32_MAX } };

static bool
takes(const char *key, uint64_t value)
{
	char assignment[80];

	snprintf(assignment, sizeof(assignment), "%s=%" PRIu64, key, value);
	return conf_set(&conf, assignment, &error) == 0;
}

static void
test_ranges(void)
{
	start();
	for (size_t i = 0; i < sizeof(ranges) / sizeof(*ranges); i++) {
		uint64_t least = ranges[i].least, most = ranges[i].most;

		CU_ASSERT(takes(ranges[i].key, least));
		CU_ASSERT(takes(ranges[i].key, most));
		CU_ASSERT(!takes(ranges[i].key, least - 1));
		CU_ASSERT(!takes(ranges[i].key, most + 1));
	}
	conf_free(&conf);
}

/* As it stands on the command line; the last one wins. */
static void
test_set(void)
{
	struct state t;

	start();
	CU_ASSERT_EQUAL(conf_set(&conf, "source=a=b: {c", &error), 0);
	CU_ASSERT_STRING_EQUAL(conf.source, "a=b: {c");
	CU_ASSERT_EQUAL(conf_set(&conf, "policy=p", &error), 0);
	CU_ASSERT_EQUAL(conf_set(&conf, "policy=", &error), 0);
	CU_ASSERT_STRING_EQUAL(conf.policy, "");
	CU_ASSERT_EQUAL(conf_set(&conf, "limits.flows=64", &error), 0);
	CU_ASSERT_EQUAL(conf_set(&conf, "limits.flows=65", &error), 0);
	CU_ASSERT_EQUAL(conf.limits.flows, 65);
	CU_ASSERT_EQUAL(conf_set(&conf, "detections.G-23.n=9", &error), 0);
	conf_detector(&conf, 1, &t);
	CU_ASSERT_EQUAL(t.n, 9);
	conf_free(&conf);
}

/* Every fixed key stands in the example, at its preset. */
static void
test_example(void)
{
	static const char *const other[] = { "source=x", "policy=x",
		"suppress_s=1", "classify.enabled=false", "limits.flows=100",
		"limits.blocks=100", "limits.large_blocks=100",
		"limits.out_of_order=100", "limits.fragments=100",
		"limits.messages=100", "limits.history_kib=100",
		"limits.duplicates=100", "limits.duplicate_ms=100",
		"limits.folds=100", "limits.events=100" };
	const char *srcdir = getenv("srcdir");
	char path[1024];

	snprintf(path, sizeof(path), "%s/etc/gridtap.yaml",
	    srcdir != NULL ? srcdir : ".");
	start();
	for (size_t i = 0; i < sizeof(other) / sizeof(*other); i++)
		CU_ASSERT_EQUAL(conf_set(&conf, other[i], &error), 0);
	CU_ASSERT_EQUAL(limits_sum(&conf), 1100);
	error.text[0] = '\0';
	CU_ASSERT_EQUAL(conf_load(&conf, path, &error), 0);
	CU_ASSERT_STRING_EQUAL(error.text, "");
	expect_presets();
	conf_free(&conf);
}

static void
write_file(const char *path, const char *text, size_t blanks)
{
	FILE *f = fopen(path, "w");

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fputs(text, f);
	while (blanks-- > 0)
		fputc('\n', f);
	CU_ASSERT_EQUAL(fclose(f), 0);
}

static void
expect_load(const char *path, int rc, const char *said)
{
	char want[400];

	error.text[0] = '\0';
	CU_ASSERT_EQUAL(conf_load(&conf, path, &error), rc);
	snprintf(want, sizeof(want), "%s%s", rc != 0 ? path : "", said);
	CU_ASSERT_STRING_EQUAL(error.text, want);
}

static void
test_files(void)
{
	char dir[] = "/tmp/test_conf.XXXXXX", path[64];

	start();
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/a.yaml", dir);
	expect_load(path, -ENOENT,
	    ": No such file or directory; expected a file to read");
	expect_load(dir, -EISDIR, ": Is a directory; expected a file to read");
	write_file(path, "source: a\npolicy: [", 0);
	expect_load(path, -EINVAL,
	    ":2:9: policy is a list; expected 0 to 1023 octets of UTF-8 "
	    "without control characters");
	write_file(path, "source: a\n", 1048576 - 10);
	expect_load(path, 0, "");
	CU_ASSERT_STRING_EQUAL(conf.source, "a");
	write_file(path, "source: b\n", 1048577 - 10);
	expect_load(path, -EFBIG, ": more than 1048576 octets; expected fewer");
	CU_ASSERT_STRING_EQUAL(conf.source, "a");
	if (geteuid() != 0) { /* root may read it all the same */
		chmod(path, 0);
		expect_load(path, -EACCES,
		    ": Permission denied; expected a file to read");
	}
	CU_ASSERT_EQUAL(unlink(path), 0);
	CU_ASSERT_EQUAL(rmdir(dir), 0);
	conf_free(&conf);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "presets", test_presets },
		{ "all keys", test_all_keys },
		{ "harmless texts", test_harmless },
		{ "all or nothing", test_all_or_nothing },
		{ "ranges", test_ranges },
		{ "single items", test_set },
		{ "the example", test_example },
		{ "files", test_files },
		CU_TEST_INFO_NULL,
	};

	return driver_run("conf", tests);
}
