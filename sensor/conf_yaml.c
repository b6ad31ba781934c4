/* SPDX-License-Identifier: Apache-2.0 */
/* YAML by libyaml's events.  The schema is what bounds the nesting. */
#include <config.h>

#include <errno.h>
#include <stdarg.h>
#include <yaml.h>

#include "dissectors/utf8.h"
#include "sensor/conf_value.h"
#include "sensor/conf_yaml.h"

#define UNADORNED "plain keys and values"

struct yaml {
	yaml_parser_t parser;
	yaml_event_t event; /* the one in hand */
	struct conf_items *items;
	const char *name;
	struct error *error;
};

/* What libyaml finds wrong, and what should have been there. */
static const struct {
	const char *problem, *expected;
} hints[] = {
	{ "did not find expected key",
	    "the indentation of the line above, or a closing quote" },
	{ "did not find expected ',' or '}'", "a closing bracket" },
	{ "mapping values are not allowed in this context",
	    "one \"key: value\" a line, indented like its neighbours" },
	{ "could not find expected ':'", "\"key: value\"" },
	{ "found character that cannot start any token",
	    "quotes around a value that begins so" },
	{ "found unknown escape character",
	    "single quotes, or two backslashes for one" },
	{ "found unexpected end of stream", "a closing quote" },
	{ "did not find expected <document start>", "nothing behind \"...\"" },
	{ "block sequence entries are not allowed in this context",
	    "\"key: value\", no list" },
};

static int fail(const struct yaml *, const yaml_mark_t *, const char *, ...)
    __attribute__((format(printf, 3, 4)));

static int
fail(const struct yaml *y, const yaml_mark_t *at, const char *format, ...)
{
	char said[sizeof(y->error->text)];
	va_list args;

	va_start(args, format);
	vsnprintf(said, sizeof(said), format, args);
	va_end(args);
	error_set(y->error, "%s:%zu:%zu: %s", y->name, at->line + 1,
	    at->column + 1, said);
	return -EINVAL;
}

/* What libyaml says, with our hint at what it would have taken. */
static int
fail_parser(const struct yaml *y)
{
	const char *problem = y->parser.problem, *expected = UNADORNED;

	if (y->parser.error == YAML_MEMORY_ERROR || problem == NULL) {
		error_set(y->error, "%s: no memory", y->name);
		return -ENOMEM;
	}
	for (size_t i = 0; i < sizeof(hints) / sizeof(*hints); i++)
		if (strcmp(hints[i].problem, problem) == 0)
			expected = hints[i].expected;
	return fail(
	    y, &y->parser.problem_mark, "%s; expected %s", problem, expected);
}

/* What the event has that a configuration has no use for, or NULL. */
static const char *
decoration(const yaml_event_t *e)
{
	const yaml_char_t *anchor = NULL, *tag = NULL;

	if (e->type == YAML_ALIAS_EVENT)
		return "an alias";
	if (e->type == YAML_SCALAR_EVENT) {
		anchor = e->data.scalar.anchor;
		tag = e->data.scalar.tag;
	} else if (e->type == YAML_MAPPING_START_EVENT) {
		anchor = e->data.mapping_start.anchor;
		tag = e->data.mapping_start.tag;
	} else if (e->type == YAML_SEQUENCE_START_EVENT) {
		anchor = e->data.sequence_start.anchor;
		tag = e->data.sequence_start.tag;
	}
	return anchor != NULL ? "an anchor" : tag != NULL ? "a tag" : NULL;
}

/* Takes the next event in hand. */
static int
next(struct yaml *y)
{
	const char *what;

	yaml_event_delete(&y->event);
	if (!yaml_parser_parse(&y->parser, &y->event))
		return fail_parser(y);
	what = decoration(&y->event);
	if (what != NULL)
		return fail(
		    y, &y->event.start_mark, "%s; expected " UNADORNED, what);
	return 0;
}

static struct bytes
scalar(const yaml_event_t *e)
{
	return (struct bytes){ e->data.scalar.value, e->data.scalar.length };
}

static bool
is_plain(const yaml_event_t *e)
{
	return e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

/* null of YAML's core schema: "limits:" with nothing behind is one. */
static bool
is_null(const yaml_event_t *e)
{
	static const char *const words[] = { "", "~", "null", "Null", "NULL" };
	struct bytes v;

	if (e->type != YAML_SCALAR_EVENT || !is_plain(e))
		return false;
	v = scalar(e);
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (v.n == strlen(words[i]) && memcmp(v.p, words[i], v.n) == 0)
			return true;
	return false;
}

/* The event is no value that the item could take. */
static int
fail_value(const struct yaml *y, const struct conf_item *it)
{
	const yaml_event_t *e = &y->event;
	char expected[CONF_SHOWN], shown[CONF_SHOWN];

	conf_value_expects(it, expected);
	if (is_null(e))
		return fail(y, &e->start_mark, "%s has no value; expected %s",
		    it->key, expected);
	if (e->type == YAML_SCALAR_EVENT)
		return fail(y, &e->start_mark, "%s is \"%s\"; expected %s",
		    it->key, conf_value_shown(shown, sizeof(shown), scalar(e)),
		    expected);
	return fail(y, &e->start_mark, "%s is a %s; expected %s", it->key,
	    e->type == YAML_MAPPING_START_EVENT ? "section" : "list", expected);
}

/* The key in hand, marked as seen; NULL, said in error, if it must not be. */
static struct conf_item *
take_key(struct yaml *y, const struct conf_item *section)
{
	const yaml_event_t *e = &y->event;
	struct conf_item *it;
	struct error said;

	if (e->type != YAML_SCALAR_EVENT) {
		fail(y, &e->start_mark, "a %s; expected a key",
		    e->type == YAML_MAPPING_START_EVENT ? "section" : "list");
		return NULL;
	}
	it = conf_items_find(y->items, section, scalar(e), &said);
	if (it == NULL) {
		fail(y, &e->start_mark, "%s", said.text);
		return NULL;
	}
	if (it->line != 0) {
		fail(y, &e->start_mark,
		    "%s stands here again; expected it only once, on line %zu",
		    it->key, it->line);
		return NULL;
	}
	it->line = e->start_mark.line + 1;
	return it;
}

static int
take_value(struct yaml *y, const struct conf_item *it)
{
	const yaml_event_t *e = &y->event;
	struct error said;

	if (e->type != YAML_SCALAR_EVENT || is_null(e))
		return fail_value(y, it);
	if (conf_value_set(it, scalar(e), !is_plain(e), &said) != 0)
		return fail(y, &e->start_mark, "%s", said.text);
	return 0;
}

/* The keys of a section whose begin is in hand; none deeper than the schema. */
static int
take_section(struct yaml *y, const struct conf_item *section)
{
	struct conf_item *it;
	int rc;

	for (;;) {
		rc = next(y);
		if (rc != 0 || y->event.type == YAML_MAPPING_END_EVENT)
			return rc;
		it = take_key(y, section);
		if (it == NULL)
			return -EINVAL;
		rc = next(y);
		if (rc != 0)
			return rc;
		if (it->type != CONF_SECTION)
			rc = take_value(y, it);
		else if (y->event.type == YAML_MAPPING_START_EVENT)
			rc = take_section(y, it);
		else if (!is_null(&y->event)) /* all below may be comments */
			rc = fail_value(y, it);
		if (rc != 0)
			return rc;
	}
}

static int
take_document(struct yaml *y)
{
	const yaml_event_t *e = &y->event;
	int rc;

	if (e->data.document_start.version_directive != NULL ||
	    e->data.document_start.tag_directives.start !=
	        e->data.document_start.tag_directives.end)
		return fail(
		    y, &e->start_mark, "a directive (%%); expected " UNADORNED);
	rc = next(y);
	if (rc != 0)
		return rc;
	if (e->type == YAML_MAPPING_START_EVENT)
		return take_section(y, NULL);
	if (is_null(e))
		return 0;
	return fail(y, &e->start_mark, "%s; expected \"key: value\"",
	    e->type == YAML_SCALAR_EVENT ? "a single value" : "a list");
}

/* No document is an empty one: all presets. */
static int
take_stream(struct yaml *y)
{
	int rc = next(y);

	if (rc == 0)
		rc = next(y);
	if (rc != 0 || y->event.type == YAML_STREAM_END_EVENT)
		return rc;
	rc = take_document(y);
	if (rc == 0)
		rc = next(y);
	if (rc == 0)
		rc = next(y);
	if (rc == 0 && y->event.type != YAML_STREAM_END_EVENT)
		rc = fail(y, &y->event.start_mark,
		    "a second document; expected only one");
	return rc;
}

/*
 * libyaml gives no line for what it cannot read, would take UTF-16 for good,
 * and blames a tab on what follows.
 */
static int
check_text(const struct yaml *y, struct bytes text)
{
	yaml_mark_t at = { 0 };
	bool indent = true;

	while (text.n > 0) {
		const uint8_t *p = text.p;
		uint32_t c = utf8_take(&text);

		if (c == UTF8_REPLACEMENT && text.p - p == 1)
			return fail(y, &at, "octet 0x%02x; expected UTF-8", *p);
		if (c == '\t' && indent)
			return fail(y, &at,
			    "a tab in the indentation; expected spaces");
		if ((utf8_is_control(c) && c != '\n' && c != '\r' &&
		        c != '\t') ||
		    c == 0xfeff || c == 0xfffe || c == 0xffff)
			return fail(y, &at,
			    "control character U+%04X; expected text",
			    (unsigned)c);
		indent = c == '\n' || c == '\r' || (indent && c == ' ');
		at.column++;
		if (c == '\n' ||
		    (c == '\r' && (text.n == 0 || *text.p != '\n')))
			at = (yaml_mark_t){ .line = at.line + 1 };
	}
	return 0;
}

int
conf_yaml(struct conf_items *items, const char *name, struct bytes text,
    struct error *error)
{
	struct yaml y = { .items = items, .error = error };
	char path[CONF_PATH_SHOWN];
	int rc;

	y.name = conf_value_shown(path, sizeof(path),
	    (struct bytes){ (const uint8_t *)name, strlen(name) });
	if (text.n >= 3 && memcmp(text.p, "\xef\xbb\xbf", 3) == 0) {
		text.p += 3; /* a byte order mark */
		text.n -= 3;
	}
	rc = check_text(&y, text);
	if (rc != 0)
		return rc;
	if (!yaml_parser_initialize(&y.parser))
		return fail_parser(&y);
	yaml_parser_set_encoding(&y.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&y.parser, text.p, text.n);
	rc = take_stream(&y);
	yaml_event_delete(&y.event);
	yaml_parser_delete(&y.parser);
	return rc;
}
