/* SPDX-License-Identifier: Apache-2.0 */
/* A point of time as RFC 3339 text in UTC, without the C library's locale. */
#ifndef DISSECTORS_TIMETEXT_H
#define DISSECTORS_TIMETEXT_H

#include <stddef.h>
#include <stdint.h>

#define TIMETEXT 28 /* "2026-01-02T03:04:05.678901Z" and its NUL */
#define TIMETEXT_LAST UINT64_C(253402300799) /* the last second of 9999 */

/* v below 100. */
static inline void
timetext_two(char to[2], uint64_t v)
{
	to[0] = (char)('0' + v / 10);
	to[1] = (char)('0' + v % 10);
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

	uint64_t year = era * 400 + yoe + (month <= 2);

	timetext_two(to, year / 100);
	timetext_two(to + 2, year % 100);
	to[4] = to[7] = '-';
	timetext_two(to + 5, month);
	timetext_two(to + 8, doy - (153 * march + 2) / 5 + 1);
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
	timetext_two(to + 11, of_day / 3600);
	to[13] = to[16] = ':';
	timetext_two(to + 14, of_day / 60 % 60);
	timetext_two(to + 17, of_day % 60);
	to[19] = '.';
	timetext_two(to + 20, us / 10000);
	timetext_two(to + 22, us / 100 % 100);
	timetext_two(to + 24, us % 100);
	to[26] = 'Z';
	to[27] = '\0';
}

#endif
