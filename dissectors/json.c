/* SPDX-License-Identifier: Apache-2.0 */
/* A bounded JSON writer (RFC 8259). */
#include <config.h>

#include <endian.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "dissectors/json.h"
#include "dissectors/utf8.h"

#define EXACT_IN_DOUBLE (UINT64_C(1) << 53)
#define EIGHT UINT64_C(100000000) /* the first number of nine digits */
#define ZEROS (UINT64_MAX / 0xff * '0')
#define SCALE_MAX 15

/*
 * The eight digits of v, below EIGHT, as numbers: an octet each, the first in
 * the lowest.  All halves, then quarters, then digits are divided at once by
 * multiplying with a reciprocal that is exact for as much as they can be.
 */
static inline uint64_t
eight(uint64_t v)
{
	uint64_t four = v / 10000 | v % 10000 << 32;
	uint64_t high = four * 10486 >> 20 & UINT64_C(0x7f0000007f);
	uint64_t two = high | (four - high * 100) << 16;

	high = two * 103 >> 10 & UINT64_C(0x000f000f000f000f);
	return high | (two - high * 10) << 8;
}

/* v, below EIGHT, as text with zeros before it: all eight octets. */
static inline char *
put_eight(char *p, uint64_t v)
{
	uint64_t w = htole64(eight(v) | ZEROS);

	memcpy(p, &w, 8);
	return p + 8;
}

/* v, below EIGHT, without zeros before it; eight octets are written. */
static inline char *
put_short(char *p, uint64_t v)
{
	uint64_t w = eight(v);
	/* the last digit stands for itself, whatever it is */
	unsigned zeros = (unsigned)__builtin_ctzll(w | UINT64_C(1) << 56) / 8;

	w = htole64((w | ZEROS) >> 8 * zeros);
	memcpy(p, &w, 8);
	return p + 8 - zeros;
}

static char *
put_digits(char *p, uint64_t v)
{
	if (v < EIGHT)
		return put_short(p, v);
	if (v < EIGHT * EIGHT)
		return put_eight(put_short(p, v / EIGHT), v % EIGHT);
	p = put_short(p, v / (EIGHT * EIGHT));
	v %= EIGHT * EIGHT;
	return put_eight(put_eight(p, v / EIGHT), v % EIGHT);
}

/* A number, as a string when a double could not hold it. */
static char *
put_number(char *p, uint64_t v, bool negative)
{
	bool quoted = v > EXACT_IN_DOUBLE;

	if (quoted)
		*p++ = '"';
	if (negative)
		*p++ = '-';
	p = put_digits(p, v);
	if (quoted)
		*p++ = '"';
	return p;
}

/* m / 10^scale, the point where it belongs: at most eight digits. */
static char *
put_few(char *p, uint64_t m, unsigned scale)
{
	uint64_t w = eight(m);
	unsigned zeros = (unsigned)__builtin_ctzll(w | UINT64_C(1) << 56) / 8;
	unsigned whole;

	/* one digit stands before the point in any case */
	zeros = zeros < 7 - scale ? zeros : 7 - scale;
	whole = 8 - zeros - scale;
	w = (w | ZEROS) >> 8 * zeros;
	m = htole64(w);
	memcpy(p, &m, 8);
	m = htole64(w >> 8 * whole);
	memcpy(p + whole + 1, &m, 8);
	p[whole] = '.';
	return p + whole + 1 + scale;
}

static char *
put_many(char *p, uint64_t m, unsigned scale, uint64_t power)
{
	char *end;

	p = put_digits(p, m / power);
	*p++ = '.';
	m %= power;
	end = p + scale;
	for (; scale > 0; scale--, m /= 10)
		p[scale - 1] = (char)('0' + m % 10);
	return end;
}

static char *
put_scaled(char *p, uint64_t m, unsigned scale, double power)
{
	if (scale == 0)
		return put_digits(p, m);
	if (m < EIGHT && scale < 8)
		return put_few(p, m, scale);
	return put_many(p, m, scale, (uint64_t)power);
}

/*
 * v, which is positive, as m / 10^scale.  Both are exact in a double, so that
 * their quotient is the double that a reader makes of the decimal.  NULL: it
 * takes an exponent.
 */
static char *
put_decimal(char *p, double v, bool single)
{
	double power = 1;

	for (unsigned scale = 0; scale <= SCALE_MAX; scale++, power *= 10) {
		int64_t m; /* unsigned it would take more to convert */

		if (v * power >= (double)EXACT_IN_DOUBLE)
			return NULL;
		m = (int64_t)(v * power + 0.5);
		if (single ? (float)((double)m / power) == (float)v
		           : (double)m / power == v)
			return put_scaled(p, (uint64_t)m, scale, power);
	}
	return NULL;
}

/* What is too large or too small for put_decimal(): at most 24 octets. */
static char *
put_exponent(char *p, double v, bool single)
{
	char s[32];
	int precision = 1, n;

	do
		n = snprintf(s, sizeof(s), "%.*g", precision, v);
	while (precision++ < 17 &&
	       (single ? strtof(s, NULL) != (float)v : strtod(s, NULL) != v));
	memcpy(p, s, (size_t)n);
	return p + n;
}

static char *
put_real(char *p, double v, bool single)
{
	char *end;

	if (!isfinite(v)) {
		memcpy(p, "null", 4);
		return p + 4;
	}
	if (signbit(v)) {
		*p++ = '-';
		v = -v;
	}
	end = put_decimal(p, v, single);
	return end != NULL ? end : put_exponent(p, v, single);
}

/* Whether all eight octets of w stand in a string as they are. */
static bool
plain(uint64_t w)
{
	const uint64_t ones = UINT64_MAX / 0xff;
	uint64_t quote = w ^ ones * '"', slash = w ^ ones * '\\';

	/* the top bit of an octet: not ASCII, DEL, a control, either mark */
	return ((w | (w + ones) | (w - ones * 0x20) | (quote - ones) |
	            (slash - ones)) &
	           ones << 7) == 0;
}

/* Copies v, of less than eight octets, if all of them stand as they are. */
static bool
copy_short(char *p, struct bytes v)
{
	uint32_t first, last;

	if (v.n >= 4) {
		memcpy(&first, v.p, 4);
		memcpy(&last, v.p + v.n - 4, 4);
		memcpy(p, &first, 4);
		memcpy(p + v.n - 4, &last, 4);
		return plain(first | (uint64_t)last << 32);
	}
	for (size_t i = 0; i < v.n; i++) {
		if (v.p[i] < 0x20 || v.p[i] > 0x7e || v.p[i] == '"' ||
		    v.p[i] == '\\')
			return false;
		p[i] = (char)v.p[i];
	}
	return true;
}

/* The same for any length: the last eight may overlap those before. */
static bool
copy_plain(char *p, struct bytes v)
{
	uint64_t w;

	if (v.n < 8)
		return copy_short(p, v);
	for (size_t i = 0; i + 8 < v.n; i += 8) {
		memcpy(&w, v.p + i, 8);
		if (!plain(w))
			return false;
		memcpy(p + i, &w, 8);
	}
	memcpy(&w, v.p + v.n - 8, 8);
	memcpy(p + v.n - 8, &w, 8);
	return plain(w);
}

/* Octets that it wrote: at most 6. */
static size_t
put_char(char *p, uint32_t c)
{
	char s[8];
	size_t n = 0;

	if (utf8_is_control(c) || c == UTF8_REPLACEMENT) {
		snprintf(s, sizeof(s), "\\u%04" PRIx32, c & 0xffff);
		memcpy(p, s, 6);
		return 6;
	}
	if (c == '"' || c == '\\')
		p[n++] = '\\';
	return n + utf8_put(p + n, c);
}

char *
json_put_u64(char *p, uint64_t v)
{
	return put_number(p, v, false);
}

char *
json_put_i64(char *p, int64_t v)
{
	return put_number(p, v < 0 ? -(uint64_t)v : (uint64_t)v, v < 0);
}

char *
json_put_f64(char *p, double v)
{
	return put_real(p, v, false);
}

char *
json_put_f32(char *p, float v)
{
	return put_real(p, (double)v, true);
}

void
json_put_str(struct json *j, char *p, struct bytes v)
{
	*p++ = '"';
	if (p < j->end && v.n <= (size_t)(j->end - p) && copy_plain(p, v)) {
		p += v.n;
	} else {
		while (v.n > 0 && p < j->end)
			p += put_char(p, utf8_take(&v));
		if (v.n > 0) {
			j->full = true;
			j->end = j->at;
			return;
		}
	}
	*p++ = '"';
	json_done(j, p);
}

void
json_put_hex(struct json *j, char *p, struct bytes v)
{
	static const char hex[] = "0123456789ABCDEF";

	if (v.n > (size_t)(j->end - p) / 2) {
		j->full = true;
		j->end = j->at;
		return;
	}
	*p++ = '"';
	for (size_t i = 0; i < v.n; i++) {
		*p++ = hex[v.p[i] >> 4];
		*p++ = hex[v.p[i] & 15];
	}
	*p++ = '"';
	json_done(j, p);
}
