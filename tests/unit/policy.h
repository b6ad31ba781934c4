/* SPDX-License-Identifier: Apache-2.0 */
/* What tests of the policy share: one from a text, addresses, titles. */
#ifndef TESTS_UNIT_POLICY_H
#define TESTS_UNIT_POLICY_H

#include "sensor/policy_yaml.h"
#include "tests/driver.h"

static inline struct policy *
policy_of(const char *text)
{
	struct policy *p;
	struct error error = { "" };

	if (policy_parse("test.yaml", (const uint8_t *)text, strlen(text), &p,
	        &error) != 0)
		printf("\n%s\n", error.text);
	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	return p;
}

/* 10.0.b.c; the answer is good until the next but one. */
static inline const uint8_t *
ip(uint8_t b, uint8_t c)
{
	static uint8_t at[3][16];
	static int i;

	i = (i + 1) % 3;
	at[i][10] = at[i][11] = 0xff;
	at[i][12] = 10;
	at[i][14] = b;
	at[i][15] = c;
	return at[i];
}

static inline struct bytes
octets(const char *s, size_t n)
{
	return (struct bytes){ (const uint8_t *)s, n };
}

/* Eight octets; or none of "". */
static inline struct bytes
title(const char *s)
{
	return octets(s, strlen(s) == 0 ? 0 : 8);
}

#define LISTED(answer) CU_ASSERT_EQUAL(answer, POLICY_LISTED)
#define UNLISTED(answer) CU_ASSERT_EQUAL(answer, POLICY_UNLISTED)
#define SILENT(answer) CU_ASSERT_EQUAL(answer, POLICY_SILENT)

#endif
