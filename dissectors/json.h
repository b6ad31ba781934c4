/* SPDX-License-Identifier: Apache-2.0 */
/* A bounded JSON writer: it writes a whole line or says that it did not. */
#ifndef DISSECTORS_JSON_H
#define DISSECTORS_JSON_H

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "dissectors/reader.h"

/*
 * The last octets of a buffer are there so that one test makes room for a
 * whole member: what is of bounded length may reach into them, and a line that
 * ends in them does not fit.
 */
#define JSON_SLACK 64

/* Every value is followed by a comma, which what closes takes back. */
struct json {
	char *at, *end; /* where the next member begins; none does behind end */
	char *start;
	bool full; /* something did not fit; nothing more is written */
};

/*
 * For the functions below.  Each writes a value without its key at p, which is
 * at most j->end; the first four at most JSON_SLACK - 8 octets, returning
 * where they end.
 */
char *json_put_u64(char *p, uint64_t);
char *json_put_i64(char *p, int64_t);
char *json_put_f64(char *p, double);
char *json_put_f32(char *p, float);
void json_put_str(struct json *, char *p, struct bytes);
void json_put_hex(struct json *, char *p, struct bytes);

/* n octets and JSON_SLACK more can be written there; NULL: they cannot. */
static inline char *
json_room(struct json *j, size_t n)
{
	/* never 0, so that nothing has room when at is end */
	if (__builtin_expect((size_t)(j->end - j->at) < n + 1, 0)) {
		j->full = true;
		j->end = j->at;
		return NULL;
	}
	return j->at;
}

/* What stands before p is whole. */
static inline void
json_done(struct json *j, char *p)
{
	*p = ',';
	j->at = p + 1;
}

/*
 * The key, a literal that needs no escape, or NULL within an array.  It is
 * inline, as are its callers, so that a key is copied with the length that the
 * compiler knows.  Returns where the value goes; NULL: there is no room.
 */
static inline __attribute__((always_inline)) char *
json_key(struct json *j, const char *key)
{
	size_t n = key != NULL ? strlen(key) + 3 : 0;
	char *p = json_room(j, n);

	if (p == NULL || key == NULL)
		return p;
	p[0] = '"';
	memcpy(p + 1, key, n - 3);
	p[n - 2] = '"';
	p[n - 1] = ':';
	return p + n;
}

static inline void
json_start(struct json *j, char *buf, size_t size)
{
	j->full = size <= JSON_SLACK;
	j->start = j->at = size > 0 ? buf : NULL;
	j->end = j->full ? j->at : buf + (size - JSON_SLACK);
}

static inline void
json_open(struct json *j, const char *key, char bracket)
{
	char *p = json_key(j, key);

	if (p != NULL) {
		*p = bracket;
		j->at = p + 1;
	}
}

/* What json_open() opened. */
static inline void
json_close(struct json *j, char bracket)
{
	char *p = json_room(j, 0);

	if (p != NULL) {
		p -= p[-1] == ',';
		*p = bracket;
		json_done(j, p + 1);
	}
}

/* n octets that need no escape, as a string. */
static inline __attribute__((always_inline)) void
json_plain(struct json *j, const char *key, const char *v, size_t n)
{
	size_t before = key != NULL ? strlen(key) + 3 : 0;
	char *p = json_room(j, before + n);

	if (p == NULL)
		return;
	p = json_key(j, key);
	*p = '"';
	memcpy(p + 1, v, n);
	p[n + 1] = '"';
	json_done(j, p + n + 2);
}

/* A literal that needs no escape, as a string. */
static inline __attribute__((always_inline)) void
json_name(struct json *j, const char *key, const char *v)
{
	json_plain(j, key, v, strlen(v));
}

static inline void
json_null(struct json *j, const char *key)
{
	char *p = json_key(j, key);

	if (p != NULL) {
		memcpy(p, "null", 4);
		json_done(j, p + 4);
	}
}

static inline void
json_bool(struct json *j, const char *key, bool v)
{
	char *p = json_key(j, key);

	if (p != NULL) {
		memcpy(p, v ? "true" : "fals", 4);
		p[4] = 'e';
		json_done(j, p + (v ? 4 : 5));
	}
}

/* Beyond 2^53 as a string: most readers keep numbers in a double. */
static inline void
json_u64(struct json *j, const char *key, uint64_t v)
{
	char *p = json_key(j, key);

	if (p == NULL)
		return;
	*p = (char)('0' + v);
	/* most are of one digit: the call costs more than they do */
	json_done(j, v < 10 ? p + 1 : json_put_u64(p, v));
}

static inline void
json_i64(struct json *j, const char *key, int64_t v)
{
	char *p = json_key(j, key);

	if (p != NULL)
		json_done(j, json_put_i64(p, v));
}

/*
 * As few digits as read back as the same double or, for what was a float on
 * the wire, as the same float.  What is no number is null.
 */
static inline void
json_f64(struct json *j, const char *key, double v)
{
	char *p = json_key(j, key);

	if (p != NULL)
		json_done(j, json_put_f64(p, v));
}

static inline void
json_f32(struct json *j, const char *key, float v)
{
	char *p = json_key(j, key);

	if (p != NULL)
		json_done(j, json_put_f32(p, v));
}

/* Any bytes: controls are escaped, what is not UTF-8 becomes U+FFFD. */
static inline void
json_str(struct json *j, const char *key, struct bytes v)
{
	char *p = json_key(j, key);

	if (p != NULL)
		json_put_str(j, p, v);
}

static inline void
json_text(struct json *j, const char *key, const char *v)
{
	json_str(j, key, (struct bytes){ (const uint8_t *)v, strlen(v) });
}

/* The octets as a string of two upper-case hexadecimal digits each. */
static inline void
json_hex(struct json *j, const char *key, struct bytes v)
{
	char *p = json_key(j, key);

	if (p != NULL)
		json_put_hex(j, p, v);
}

/* Ends it with NUL; its length, or 0 and an empty text if it did not fit. */
static inline size_t
json_end(struct json *j)
{
	if (j->full || j->at == j->start) {
		if (j->start != NULL)
			j->start[0] = '\0';
		return 0;
	}
	*--j->at = '\0';
	return (size_t)(j->at - j->start);
}

#endif
