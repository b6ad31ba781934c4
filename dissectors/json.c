/* SPDX-License-Identifier: Apache-2.0 */
/* A bounded JSON writer (RFC 8259). */
#include <config.h>

#include <math.h>
#include <stdlib.h>

#include "dissectors/json.h"
#include "dissectors/utf8.h"

#define EXACT_IN_DOUBLE (UINT64_C(1) << 53)
#define DIGITS_MAX 20 /* of 2^64 - 1 */
#define SCALE_MAX 15

static const char pairs[] = "00010203040506070809"
                            "10111213141516171819"
                            "20212223242526272829"
                            "30313233343536373839"
                            "40414243444546474849"
                            "50515253545556575859"
                            "60616263646566676869"
                            "70717273747576777879"
                            "80818283848586878889"
                            "90919293949596979899";

/* Writes v so that it ends before end; returns where it begins. */
static char *
digits(char *end, uint64_t v)
{
	for (; v >= 100; v /= 100)
		memcpy(end -= 2, pairs + v % 100 * 2, 2);
	if (v >= 10)
		memcpy(end -= 2, pairs + v * 2, 2);
	else
		*--end = (char)('0' + v);
	return end;
}

/* A number, as a string when a double could not hold it. */
static void
put_number(struct text *t, uint64_t v, bool negative)
{
	char s[DIGITS_MAX + 3], *end = s + sizeof(s) - 1, *p = digits(end, v);

	if (negative)
		*--p = '-';
	if (v > EXACT_IN_DOUBLE) {
		*--p = '"';
		*end++ = '"';
	}
	text_put(t, p, (size_t)(end - p));
}

/*
 * v, which is positive, as m / 10^scale.  Both are exact in a double, so that
 * their quotient is the double that a reader makes of the decimal.
 */
static bool
put_decimal(struct text *t, double v, bool single)
{
	char s[DIGITS_MAX + 2], *end = s + sizeof(s), *p;
	double power = 1;
	uint64_t m = 0;
	int scale;

	for (scale = 0; scale <= SCALE_MAX; scale++, power *= 10) {
		if (v * power >= (double)EXACT_IN_DOUBLE)
			return false;
		m = (uint64_t)(v * power + 0.5);
		if (single ? (float)((double)m / power) == (float)v
		           : (double)m / power == v)
			break;
	}
	if (scale > SCALE_MAX)
		return false;
	for (p = end; scale > 0; scale--, m /= 10)
		*--p = (char)('0' + m % 10);
	if (p != end)
		*--p = '.';
	p = digits(p, m);
	text_put(t, p, (size_t)(end - p));
	return true;
}

/* What is too large or too small for put_decimal(). */
static void
put_exponent(struct text *t, double v, bool single)
{
	char s[40];
	int precision = 1, n;

	do
		n = snprintf(s, sizeof(s), "%.*g", precision, v);
	while (precision++ < 17 &&
	       (single ? strtof(s, NULL) != (float)v : strtod(s, NULL) != v));
	text_put(t, s, (size_t)n);
}

static void
put_real(struct text *t, double v, bool single)
{
	if (!isfinite(v)) {
		text_put(t, "null", 4);
		return;
	}
	if (signbit(v)) {
		text_put(t, "-", 1);
		v = -v;
	}
	if (!put_decimal(t, v, single))
		put_exponent(t, v, single);
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

/*
 * Copies what stands as it is from the head of v and returns the rest.  Eight
 * octets at a time while they last; the few behind them one by one.
 */
static struct bytes
put_plain(struct text *t, struct bytes v)
{
	char *p = t->p + t->n;
	size_t room = t->size - t->n, n = 0;
	uint64_t w;

	while (n + 8 <= v.n && n + 8 < room) {
		memcpy(&w, v.p + n, 8);
		if (!plain(w))
			break;
		memcpy(p + n, &w, 8);
		n += 8;
	}
	for (; n < v.n && n + 1 < room && v.p[n] >= 0x20 && v.p[n] < 0x7f &&
	       v.p[n] != '"' && v.p[n] != '\\';
	     n++)
		p[n] = (char)v.p[n];
	t->n += n;
	return (struct bytes){ v.p + n, v.n - n };
}

static void
put_char(struct text *t, uint32_t c)
{
	char s[16];

	if (utf8_is_control(c) || c == UTF8_REPLACEMENT) {
		snprintf(s, sizeof(s), "\\u%04" PRIx32, c);
		text_add(t, s);
		return;
	}
	if (c == '"' || c == '\\')
		text_put(t, "\\", 1);
	text_put(t, s, utf8_put(s, c));
}

void
json_put_bracket(struct json *j, char bracket)
{
	text_put(&j->out, &bracket, 1);
}

void
json_put_bool(struct json *j, bool v)
{
	text_put(&j->out, v ? "true" : "false", v ? 4 : 5);
}

void
json_put_u64(struct json *j, uint64_t v)
{
	put_number(&j->out, v, false);
}

void
json_put_i64(struct json *j, int64_t v)
{
	put_number(&j->out, v < 0 ? -(uint64_t)v : (uint64_t)v, v < 0);
}

void
json_put_f64(struct json *j, double v)
{
	put_real(&j->out, v, false);
}

void
json_put_f32(struct json *j, float v)
{
	put_real(&j->out, (double)v, true);
}

void
json_put_str(struct json *j, struct bytes v)
{
	struct text *t = &j->out;

	text_put(t, "\"", 1);
	while (v.n > 0 && !t->full) {
		v = put_plain(t, v);
		if (v.n > 0)
			put_char(t, utf8_take(&v));
	}
	text_put(t, "\"", 1);
}

void
json_put_hex(struct json *j, struct bytes v)
{
	static const char hex[] = "0123456789ABCDEF";
	struct text *t = &j->out;
	char s[2];

	text_put(t, "\"", 1);
	for (size_t i = 0; i < v.n && !t->full; i++) {
		s[0] = hex[v.p[i] >> 4];
		s[1] = hex[v.p[i] & 15];
		text_put(t, s, 2);
	}
	text_put(t, "\"", 1);
}
