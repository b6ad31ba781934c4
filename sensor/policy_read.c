/* SPDX-License-Identifier: Apache-2.0 */
/* Sections by their tables, and lists. */
#include <config.h>

#include <errno.h>
#include <stdarg.h>

#include "sensor/policy_read.h"
#include "sensor/typo.h"

#define FIELDS_MAX 32  /* of one section */
#define LISTED_MAX 200 /* octets of key names in an error */

static bool
equal(const char *name, struct bytes typed)
{
	return strlen(name) == typed.n && memcmp(name, typed.p, typed.n) == 0;
}

int
policy_read_memory(const struct policy_reader *r)
{
	error_set(r->yaml.error, "%s: no memory", r->yaml.name);
	return -ENOMEM;
}

int
policy_read_wrong(const struct policy_reader *r, const char *expected, ...)
{
	const yaml_event_t *e = &r->yaml.event;
	char want[256], shown[YAML_SHOWN];
	va_list args;

	va_start(args, expected);
	vsnprintf(want, sizeof(want), expected, args);
	va_end(args);
	if (yaml_is_null(&r->yaml))
		return yaml_fail(&r->yaml, &e->start_mark,
		    "%s has no value; expected %s", r->key, want);
	if (e->type != YAML_SCALAR_EVENT)
		return yaml_fail(&r->yaml, &e->start_mark,
		    "%s is %s; expected %s", r->key, yaml_what(&r->yaml), want);
	return yaml_fail(&r->yaml, &e->start_mark,
	    "%s is %s\"%s\"; expected %s", r->key,
	    yaml_is_plain(&r->yaml) ? "" : "the quoted text ",
	    yaml_shown(shown, sizeof(shown), yaml_scalar(&r->yaml)), want);
}

int
policy_read_text(
    const struct policy_reader *r, const char *expected, struct bytes *text)
{
	if (r->yaml.event.type != YAML_SCALAR_EVENT || yaml_is_null(&r->yaml))
		return policy_read_wrong(r, "%s", expected);
	*text = yaml_scalar(&r->yaml);
	return 0;
}

static int
fail_unknown(const struct policy_reader *r, const struct policy_field *fields,
    struct bytes typed)
{
	const yaml_mark_t *at = &r->yaml.event.start_mark;
	size_t best = typo_limit(typed);
	char names[LISTED_MAX], shown[YAML_SHOWN];
	struct text t = text_over(names, sizeof(names));
	const char *near = NULL;

	yaml_shown(shown, sizeof(shown), typed);
	for (const struct policy_field *f = fields; f->key != NULL; f++) {
		size_t d =
		    typed.n <= TYPO_MAX ? typo_distance(f->key, typed) : best;

		if (d < best) {
			best = d;
			near = f->key;
		}
		if (t.n + strlen(f->key) + 8 > sizeof(names))
			continue;
		text_add(&t, t.n > 0 ? ", " : "");
		text_add(&t, f->key);
	}
	text_end(&t);
	if (near != NULL)
		return yaml_fail(&r->yaml, at,
		    "unknown key \"%s\"; did you mean \"%s\"?", shown, near);
	return yaml_fail(&r->yaml, at, "unknown key \"%s\"; expected one of %s",
	    shown, names);
}

/* The field of the key in hand; NULL, said, if it must not be. */
static const struct policy_field *
find_field(const struct policy_reader *r, const struct policy_field *fields,
    size_t lines[FIELDS_MAX])
{
	const yaml_event_t *e = &r->yaml.event;
	const struct policy_field *f = fields;

	if (e->type != YAML_SCALAR_EVENT) {
		yaml_fail(&r->yaml, &e->start_mark, "%s; expected a key",
		    yaml_what(&r->yaml));
		return NULL;
	}
	while (f->key != NULL && !equal(f->key, yaml_scalar(&r->yaml)))
		f++;
	if (f->key == NULL) {
		fail_unknown(r, fields, yaml_scalar(&r->yaml));
		return NULL;
	}
	if (lines[f - fields] != 0) {
		yaml_fail(&r->yaml, &e->start_mark,
		    "%s stands here again; expected it only once, on line %zu",
		    f->key, lines[f - fields]);
		return NULL;
	}
	lines[f - fields] = e->start_mark.line + 1;
	return f;
}

static int
take_fields(struct policy_reader *r, const struct policy_field *fields,
    size_t lines[FIELDS_MAX], void *to)
{
	for (;;) {
		const struct policy_field *f;
		int rc = yaml_next(&r->yaml);

		if (rc != 0 || r->yaml.event.type == YAML_MAPPING_END_EVENT)
			return rc;
		f = find_field(r, fields, lines);
		if (f == NULL)
			return -EINVAL;
		rc = yaml_next(&r->yaml);
		r->key = f->key;
		if (rc == 0)
			rc = f->take(r, f, (char *)to + f->offset);
		if (rc != 0)
			return rc;
		if (f->there != 0)
			*(bool *)((char *)to + f->there - 1) = true;
	}
}

int
policy_read_map(
    struct policy_reader *r, const struct policy_field *fields, void *to)
{
	size_t lines[FIELDS_MAX] = { 0 };
	yaml_mark_t at = r->yaml.event.start_mark;
	const char *key = r->key;
	int rc;

	if (r->yaml.event.type != YAML_MAPPING_START_EVENT)
		return policy_read_wrong(r, "keys of its own");
	rc = take_fields(r, fields, lines, to);
	for (const struct policy_field *f = fields; rc == 0 && f->key != NULL;
	     f++)
		if (f->needed && lines[f - fields] == 0)
			rc = yaml_fail(&r->yaml, &at,
			    "%s without \"%s\"; expected that key", key,
			    f->key);
	r->key = key;
	return rc;
}

static int
read_items(struct policy_reader *r, size_t least, size_t most,
    int (*item)(struct policy_reader *, void *to), void *to)
{
	yaml_mark_t at = r->yaml.event.start_mark;
	const char *key = r->key;
	int rc;

	if (r->yaml.event.type != YAML_SEQUENCE_START_EVENT)
		return policy_read_wrong(r, "a list");
	for (size_t n = 0;; n++) {
		rc = yaml_next(&r->yaml);
		if (rc != 0)
			return rc;
		if (r->yaml.event.type == YAML_SEQUENCE_END_EVENT && n < least)
			return yaml_fail(&r->yaml, &at,
			    "%s is an empty list; expected at least one item",
			    key);
		if (r->yaml.event.type == YAML_SEQUENCE_END_EVENT)
			return 0;
		r->key = key;
		if (n == most)
			return yaml_fail(&r->yaml, &r->yaml.event.start_mark,
			    "%s has too many items; expected at most %zu", key,
			    most);
		rc = item(r, to);
		if (rc != 0)
			return rc;
	}
}

int
policy_read_list(struct policy_reader *r, size_t most,
    int (*item)(struct policy_reader *, void *to), void *to)
{
	return read_items(r, 0, most, item, to);
}

int
policy_read_some(struct policy_reader *r, size_t most,
    int (*item)(struct policy_reader *, void *to), void *to)
{
	return read_items(r, 1, most, item, to);
}

int
policy_take_map(struct policy_reader *r, const struct policy_field *f, void *to)
{
	return policy_read_map(r, f->more, to);
}

static int
add_address(struct policy_reader *r, void *to)
{
	struct policy *p = r->policy;
	struct policy_span *span = to;
	struct policy_prefix prefix, *more;
	struct bytes v;
	int rc = policy_read_text(r, POLICY_ADDRESS, &v);

	if (rc != 0)
		return rc;
	if (!policy_parse_address(v, &prefix))
		return policy_read_wrong(r, POLICY_ADDRESS);
	more = policy_room(p->prefixes, p->nprefixes, sizeof(*more));
	if (more == NULL)
		return policy_read_memory(r);
	p->prefixes = more;
	p->prefixes[p->nprefixes++] = prefix;
	span->n++;
	return 0;
}

int
policy_take_addresses(
    struct policy_reader *r, const struct policy_field *f, void *to)
{
	struct policy_span *span = to;

	*span = (struct policy_span){ (uint32_t)r->policy->nprefixes, 0 };
	if (r->yaml.event.type != YAML_SEQUENCE_START_EVENT)
		return add_address(r, span);
	return policy_read_some(r, (size_t)f->most, add_address, span);
}

static int
add_member(struct policy_reader *r, void *to)
{
	struct policy_list *list = to;
	struct policy_prefix prefix;
	struct bytes v;
	int rc = policy_read_text(r, POLICY_ADDRESS, &v);

	if (rc != 0)
		return rc;
	if (!policy_parse_address(v, &prefix))
		return policy_read_wrong(r, POLICY_ADDRESS);
	return policy_set_add(&list->set, &prefix, 0) == 0
	           ? 0
	           : policy_read_memory(r);
}

int
policy_take_list(
    struct policy_reader *r, const struct policy_field *f, void *to)
{
	struct policy_list *list = to;

	(void)f;
	list->there = true;
	return policy_read_list(r, POLICY_ITEMS, add_member, list);
}
