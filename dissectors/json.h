/* SPDX-License-Identifier: Apache-2.0 */
/* A bounded JSON writer: it writes a whole line or says that it did not. */
#ifndef DISSECTORS_JSON_H
#define DISSECTORS_JSON_H

#include "dissectors/reader.h"
#include "dissectors/text.h"

struct json {
	struct text out;
};

/* Values without their key: for the functions below. */
void json_put_bracket(struct json *, char bracket);
void json_put_bool(struct json *, bool);
void json_put_u64(struct json *, uint64_t);
void json_put_i64(struct json *, int64_t);
void json_put_f64(struct json *, double);
void json_put_f32(struct json *, float);
void json_put_str(struct json *, struct bytes);
void json_put_hex(struct json *, struct bytes);

/*
 * A comma unless something was just opened, then the key: a literal that
 * needs no escape, or NULL within an array.  It is inline, as are its callers,
 * so that a key is copied with the length that the compiler knows.
 */
static inline __attribute__((always_inline)) void
json_key(struct json *j, const char *key)
{
	struct text *t = &j->out;
	size_t n = key != NULL ? strlen(key) + 3 : 0;
	char last = t->n > 0 ? t->p[t->n - 1] : '{';
	size_t comma = last != '{' && last != '[';
	char *p = t->p + t->n;

	if (t->full || comma + n >= t->size - t->n) {
		t->full = true;
		return;
	}
	t->n += comma + n;
	if (comma != 0)
		*p++ = ',';
	if (key == NULL)
		return;
	*p++ = '"';
	memcpy(p, key, n - 3);
	p[n - 3] = '"';
	p[n - 2] = ':';
}

static inline void
json_start(struct json *j, char *buf, size_t size)
{
	j->out = text_over(buf, size);
}

static inline void
json_open(struct json *j, const char *key, char bracket)
{
	json_key(j, key);
	json_put_bracket(j, bracket);
}

static inline void
json_close(struct json *j, char bracket)
{
	json_put_bracket(j, bracket);
}

static inline void
json_bool(struct json *j, const char *key, bool v)
{
	json_key(j, key);
	json_put_bool(j, v);
}

/* Beyond 2^53 as a string: most readers keep numbers in a double. */
static inline void
json_u64(struct json *j, const char *key, uint64_t v)
{
	json_key(j, key);
	json_put_u64(j, v);
}

static inline void
json_i64(struct json *j, const char *key, int64_t v)
{
	json_key(j, key);
	json_put_i64(j, v);
}

/*
 * As few digits as read back as the same double or, for what was a float on
 * the wire, as the same float.  What is no number is null.
 */
static inline void
json_f64(struct json *j, const char *key, double v)
{
	json_key(j, key);
	json_put_f64(j, v);
}

static inline void
json_f32(struct json *j, const char *key, float v)
{
	json_key(j, key);
	json_put_f32(j, v);
}

/* Any bytes: controls are escaped, what is not UTF-8 becomes U+FFFD. */
static inline void
json_str(struct json *j, const char *key, struct bytes v)
{
	json_key(j, key);
	json_put_str(j, v);
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
	json_key(j, key);
	json_put_hex(j, v);
}

/* As text_end(). */
static inline size_t
json_end(struct json *j)
{
	return text_end(&j->out);
}

#endif
