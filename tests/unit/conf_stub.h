/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the configuration share: registries of their own. */
#ifndef TESTS_UNIT_CONF_STUB_H
#define TESTS_UNIT_CONF_STUB_H

#include "dissectors/dissector.h"
#include "rules/detector.h"
#include "sensor/conf.h"
#include "tests/driver.h"

struct settings {
	uint32_t unused, ca_size, ioa_size;
};

struct state {
	uint32_t n, t_ms, floor;
};

static const struct parameter sizes[] = {
	{ "ca_size", offsetof(struct settings, ca_size), 2, 1, 2 },
	{ "ioa_size", offsetof(struct settings, ioa_size), 3, 1, 3 },
	{ NULL, 0, 0, 0, 0 },
};

#define LONG(letter, preset)                                                   \
	{                                                                      \
		letter "_name_that_is_as_long_as_none_should_be", 0, preset,   \
		    0, 9                                                       \
	}

static const struct parameter many[] = { LONG("a", 3), LONG("b", 4),
	LONG("c", 5), LONG("d", 6), LONG("e", 7), LONG("f", 8),
	{ NULL, 0, 0, 0, 0 } };

static const struct parameter flood[] = {
	{ "n", offsetof(struct state, n), 5, 1, UINT32_MAX },
	{ "t_ms", offsetof(struct state, t_ms), 60000, 0, 600000 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct parameter low[] = {
	{ "floor", offsetof(struct state, floor), 10, 0, 100 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct dissector plain = { .name = "plain" };
static const struct dissector sized = { .name = "iec104",
	.parameters = sizes,
	.settings_size = sizeof(struct settings) };
static const struct dissector wordy = {
	.name = "wordy", .parameters = many, .settings_size = sizeof(uint32_t)
};

static const struct detection first[] = { { "T-34", NULL, low },
	{ NULL, NULL, NULL } };
static const struct detection second[] = { { "H-8", NULL, NULL },
	{ "G-23", NULL, flood }, { "N-9", NULL, low }, { NULL, NULL, NULL } };

static const struct detector one = { .detections = first };
static const struct detector two = { .detections = second };

const struct dissector *const dissectors[] = { &plain, &sized, &wordy, NULL };
const struct detector *const detectors[] = { &one, &two, NULL };
const struct world *const worlds[] = { NULL };

static struct conf conf;
static struct error error;

static inline int
parse_n(const char *text, size_t n)
{
	error.text[0] = '\0';
	return conf_parse(&conf, "a.yaml", (const uint8_t *)text, n, &error);
}

static inline int
parse(const char *text)
{
	return parse_n(text, strlen(text));
}

static inline void
start(void)
{
	CU_ASSERT_EQUAL_FATAL(conf_init(&conf), 0);
}

static inline uint32_t
limits_sum(const struct conf *c)
{
	const struct conf_limits *l = &c->limits;

	return l->flows + l->blocks + l->large_blocks + l->out_of_order +
	       l->fragments + l->messages + l->history_kib + l->duplicates +
	       l->duplicate_ms + l->folds + l->events;
}

static inline void
expect_presets(void)
{
	struct settings s = { 7, 7, 7 };
	struct state t = { 7, 7, 7 };

	CU_ASSERT_STRING_EQUAL(conf.source, "gridtap");
	CU_ASSERT_STRING_EQUAL(conf.policy, "");
	CU_ASSERT(conf.classify);
	CU_ASSERT_EQUAL(conf.suppress_s, 300);
	CU_ASSERT_EQUAL(conf.limits.flows, 131072);
	CU_ASSERT_EQUAL(conf.limits.duplicate_ms, 5);
	CU_ASSERT_EQUAL(limits_sum(&conf), 131072 + 4096 + 64 + 64 + 64 + 1024 +
	                                       1024 + 8192 + 5 + 4096 + 1024);
	CU_ASSERT_EQUAL(conf.ndetections, 4);
	CU_ASSERT_EQUAL(conf.nvalues, 2 + 6 + 1 + 3);
	for (size_t i = 0; i < conf.ndetections; i++) {
		CU_ASSERT(conf.detections[i].enabled);
		CU_ASSERT_EQUAL(conf.detections[i].severity, 0);
	}
	conf_dissector(&conf, 1, &s);
	CU_ASSERT(s.unused == 7 && s.ca_size == 2 && s.ioa_size == 3);
	conf_detector(&conf, 1, &t);
	CU_ASSERT(t.n == 5 && t.t_ms == 60000 && t.floor == 10);
}

#endif
