/* SPDX-License-Identifier: Apache-2.0 */
/* A point of time as RFC 3339 text in UTC, without the C library's locale. */
#ifndef DISSECTORS_TIMETEXT_H
#define DISSECTORS_TIMETEXT_H

#include <stddef.h>
#include <stdint.h>

#define TIMETEXT 28 /* "2026-01-02T03:04:05.678901Z" and its NUL */
#define TIMETEXT_LAST UINT64_C(253402300799) /* the last second of 9999 */

static inline void
timetext_digits(char *end, uint64_t v, int n)
{
	for (; n > 1; n -= 2, v /= 100) {
		*--end = (char)('0' + v % 10);
		*--end = (char)('0' + v / 10 % 10);
	}
	if (n > 0)
		*--end = (char)('0' + v % 10);
}

/*
 * The date of a day since 1970-01-01, counted in years that begin in March, so
 * that the leap day is the last.
 */
static inline void
timetext_date(char to[10], uint64_t day)
{
	uint64_t since = day + 719468; /* 0000-03-01 */
	uint64_t era = since / 146097, doe = since % 146097;
	uint64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	uint64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	uint64_t march = (5 * doy + 2) / 153;
	uint64_t month = march < 10 ? march + 3 : march - 9;

	timetext_digits(to + 4, era * 400 + yoe + (month <= 2), 4);
	to[4] = to[7] = '-';
	timetext_digits(to + 7, month, 2);
	timetext_digits(to + 10, doy - (153 * march + 2) / 5 + 1, 2);
}

/* Seconds since 1970, without leap seconds; us below a million. */
static inline void
timetext_utc(char to[TIMETEXT], uint64_t s, uint32_t us)
{
	uint64_t of_day;

	if (s > TIMETEXT_LAST)
		s = TIMETEXT_LAST;
	of_day = s % 86400;
	timetext_date(to, s / 86400);
	to[10] = 'T';
	timetext_digits(to + 13, of_day / 3600, 2);
	to[13] = to[16] = ':';
	timetext_digits(to + 16, of_day / 60 % 60, 2);
	timetext_digits(to + 19, of_day % 60, 2);
	to[19] = '.';
	timetext_digits(to + 26, us, 6);
	to[26] = 'Z';
	to[27] = '\0';
}

#endif
