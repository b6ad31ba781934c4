/* SPDX-License-Identifier: Apache-2.0 */
/* What a text of a policy file means: strict, so that nothing is guessed. */
#include <config.h>

#include <arpa/inet.h>

#include "dissectors/timetext.h"
#include "sensor/policy_read.h"

#define TITLE_DIGITS 16

bool
policy_parse_number(struct bytes v, uint64_t least, uint64_t most, uint64_t *to)
{
	uint64_t n = 0;

	if (v.n == 0 || v.n > 18 || (v.n > 1 && v.p[0] == '0'))
		return false;
	for (size_t i = 0; i < v.n; i++) {
		if (v.p[i] < '0' || v.p[i] > '9')
			return false;
		n = n * 10 + (v.p[i] - (unsigned)'0');
	}
	*to = n;
	return n >= least && n <= most;
}

/* The value of a hexadecimal digit, or -1. */
static int
digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

size_t
policy_parse_hex(struct bytes v, uint8_t *to, size_t most)
{
	if (v.n % 2 != 0 || v.n / 2 > most)
		return 0;
	for (size_t i = 0; i < v.n; i += 2) {
		int high = digit(v.p[i]), low = digit(v.p[i + 1]);

		if (high < 0 || low < 0)
			return 0;
		to[i / 2] = (uint8_t)(high << 4 | low);
	}
	return v.n / 2;
}

/* Whether no bit stands behind the prefix. */
static bool
is_cut(const struct policy_prefix *p)
{
	struct policy_prefix cut = *p;

	policy_prefix_cut(&cut);
	return memcmp(cut.key, p->key, sizeof(cut.key)) == 0;
}

bool
policy_parse_address(struct bytes v, struct policy_prefix *to)
{
	const uint8_t *slash = v.n > 0 ? memchr(v.p, '/', v.n) : NULL;
	size_t n = slash != NULL ? (size_t)(slash - v.p) : v.n;
	char text[INET6_ADDRSTRLEN];
	uint64_t bits;
	bool v4;

	if (n == 0 || n >= sizeof(text) || memchr(v.p, '\0', v.n) != NULL)
		return false;
	memcpy(text, v.p, n);
	text[n] = '\0';
	*to = (struct policy_prefix){ .key[10] = 0xff, .key[11] = 0xff };
	v4 = inet_pton(AF_INET, text, to->key + 12) == 1;
	if (!v4 && inet_pton(AF_INET6, text, to->key) != 1)
		return false;
	bits = v4 ? 32 : 128;
	if (slash != NULL &&
	    !policy_parse_number(
	        (struct bytes){ slash + 1, v.n - n - 1 }, 0, bits, &bits))
		return false;
	to->bits = (uint8_t)(bits + (v4 ? POLICY_IPV4 : 0));
	return is_cut(to);
}

bool
policy_parse_title(struct bytes v, struct policy_prefix *to)
{
	bool star = v.n > 0 && v.p[v.n - 1] == '*';
	size_t n = v.n - star;

	*to = (struct policy_prefix){ .bits = (uint8_t)(4 * n) };
	if (star ? n >= TITLE_DIGITS : n != TITLE_DIGITS)
		return false;
	for (size_t i = 0; i < n; i++) {
		int d = digit(v.p[i]);

		if (d < 0)
			return false;
		to->key[i / 2] |= (uint8_t)(i % 2 == 0 ? d << 4 : d);
	}
	return true;
}

bool
policy_parse_mac(struct bytes v, uint8_t mac[6])
{
	if (v.n != 17)
		return false;
	for (size_t i = 0; i < 6; i++)
		if ((i > 0 && v.p[3 * i - 1] != ':') ||
		    policy_parse_hex(
		        (struct bytes){ v.p + 3 * i, 2 }, &mac[i], 1) == 0)
			return false;
	return true;
}

static bool
take_digits(struct bytes v, size_t at, size_t n, uint64_t *to)
{
	*to = 0;
	for (size_t i = at; i < at + n; i++) {
		if (v.p[i] < '0' || v.p[i] > '9')
			return false;
		*to = *to * 10 + (v.p[i] - (unsigned)'0');
	}
	return true;
}

/* Days since 1970, by counting years that begin in March. */
static int64_t
days(uint64_t year, uint64_t month, uint64_t day)
{
	uint64_t y = year - (month <= 2), yoe = y % 400;
	uint64_t march = month > 2 ? month - 3 : month + 9;
	uint64_t doe =
	    yoe * 365 + yoe / 4 - yoe / 100 + (153 * march + 2) / 5 + day - 1;

	return (int64_t)(y / 400 * 146097 + doe) - 719468;
}

bool
policy_parse_time(struct bytes v, int64_t *to)
{
	static const size_t at[] = { 0, 5, 8, 11, 14, 17 };
	static const char form[] = "....-..-..T..:..:..Z";
	uint64_t part[6];
	char again[TIMETEXT];

	if (v.n != strlen(form))
		return false;
	for (size_t i = 0; i < v.n; i++)
		if (form[i] != '.' && v.p[i] != (uint8_t)form[i])
			return false;
	for (size_t i = 0; i < 6; i++)
		if (!take_digits(v, at[i], i == 0 ? 4 : 2, &part[i]))
			return false;
	if (part[0] < 1970 || part[1] < 1 || part[1] > 12 || part[2] < 1 ||
	    part[3] > 23 || part[4] > 59 || part[5] > 59)
		return false;
	*to = days(part[0], part[1], part[2]) * 86400 +
	      (int64_t)(part[3] * 3600 + part[4] * 60 + part[5]);
	/* the 31st of a month that has none is another day */
	timetext_utc(again, (uint64_t)*to, 0);
	return memcmp(again, v.p, 10) == 0;
}
