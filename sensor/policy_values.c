/* SPDX-License-Identifier: Apache-2.0 */
/* Takers of single values; nothing is set that is not meant. */
#include <config.h>

#include "dissectors/utf8.h"
#include "sensor/policy_read.h"

static bool
equal(const char *name, struct bytes typed)
{
	return strlen(name) == typed.n && memcmp(name, typed.p, typed.n) == 0;
}

/* The scalar in hand if it stands there without quotes, else nothing. */
static struct bytes
plain(const struct policy_reader *r)
{
	if (r->yaml.event.type == YAML_SCALAR_EVENT && yaml_is_plain(&r->yaml))
		return yaml_scalar(&r->yaml);
	return (struct bytes){ (const uint8_t *)"", 0 };
}

int
policy_take_bool(
    struct policy_reader *r, const struct policy_field *f, void *to)
{
	struct bytes v = plain(r);

	(void)f;
	if (!equal("true", v) && !equal("false", v))
		return policy_read_wrong(r, "true or false");
	*(bool *)to = equal("true", v);
	return 0;
}

int
policy_take_u64(struct policy_reader *r, const struct policy_field *f, void *to)
{
	if (policy_parse_number(plain(r), f->least, f->most, to))
		return 0;
	if (f->least == f->most)
		return policy_read_wrong(r, "%" PRIu64, f->least);
	return policy_read_wrong(
	    r, "a number from %" PRIu64 " to %" PRIu64, f->least, f->most);
}

int
policy_take_u8(struct policy_reader *r, const struct policy_field *f, void *to)
{
	uint64_t v;
	int rc = policy_take_u64(r, f, &v);

	if (rc == 0)
		*(uint8_t *)to = (uint8_t)v;
	return rc;
}

int
policy_take_u16(struct policy_reader *r, const struct policy_field *f, void *to)
{
	uint64_t v;
	int rc = policy_take_u64(r, f, &v);

	if (rc == 0)
		*(uint16_t *)to = (uint16_t)v;
	return rc;
}

int
policy_take_u32(struct policy_reader *r, const struct policy_field *f, void *to)
{
	uint64_t v;
	int rc = policy_take_u64(r, f, &v);

	if (rc == 0)
		*(uint32_t *)to = (uint32_t)v;
	return rc;
}

int
policy_take_hex16(
    struct policy_reader *r, const struct policy_field *f, void *to)
{
	static const char expected[] = "0x and four hexadecimal digits";
	uint8_t octets[2];
	struct bytes v;
	int rc = policy_read_text(r, expected, &v);

	(void)f;
	if (rc != 0)
		return rc;
	if (v.n != 6 || memcmp(v.p, "0x", 2) != 0 ||
	    policy_parse_hex((struct bytes){ v.p + 2, 4 }, octets, 2) == 0)
		return policy_read_wrong(r, "%s", expected);
	*(uint16_t *)to = (uint16_t)(octets[0] << 8 | octets[1]);
	return 0;
}

static bool
is_text(struct bytes v)
{
	while (v.n > 0)
		if (utf8_is_control(utf8_take(&v)))
			return false;
	return true;
}

int
policy_take_text(
    struct policy_reader *r, const struct policy_field *f, void *to)
{
	char expected[80];
	struct bytes v;
	int rc;

	snprintf(expected, sizeof(expected),
	    "%" PRIu64 " to %" PRIu64 " octets of text", f->least, f->most);
	rc = policy_read_text(r, expected, &v);
	if (rc != 0)
		return rc;
	if (v.n < f->least || v.n > f->most || !is_text(v))
		return policy_read_wrong(r, "%s", expected);
	memcpy(to, v.p, v.n);
	((char *)to)[v.n] = '\0';
	return 0;
}

int
policy_take_word32(
    struct policy_reader *r, const struct policy_field *f, void *to)
{
	const struct policy_word *words = f->more;
	char names[240];
	struct text t = text_over(names, sizeof(names));

	for (const struct policy_word *w = words; w->word != NULL; w++) {
		text_add(&t, w == words          ? ""
		             : w[1].word != NULL ? ", "
		                                 : " or ");
		text_add(&t, w->word);
		if (r->yaml.event.type == YAML_SCALAR_EVENT &&
		    equal(w->word, yaml_scalar(&r->yaml))) {
			*(uint32_t *)to = w->value;
			return 0;
		}
	}
	text_end(&t);
	return policy_read_wrong(r, "%s", names);
}

int
policy_take_word8(
    struct policy_reader *r, const struct policy_field *f, void *to)
{
	uint32_t v;
	int rc = policy_take_word32(r, f, &v);

	if (rc == 0)
		*(uint8_t *)to = (uint8_t)v;
	return rc;
}

int
policy_take_flag(
    struct policy_reader *r, const struct policy_field *f, void *to)
{
	uint32_t v;
	int rc = policy_take_word32(r, f, &v);

	if (rc == 0)
		*(bool *)to = v != 0;
	return rc;
}
