/* SPDX-License-Identifier: Apache-2.0 */
/* YAML by libyaml's events.  Whoever reads them bounds the nesting. */
#include <config.h>

#include <errno.h>
#include <stdarg.h>

#include "dissectors/text.h"
#include "dissectors/utf8.h"
#include "sensor/yaml.h"

#define UNADORNED "plain keys and values"

/* What libyaml finds wrong, and what should have been there. */
static const struct {
	const char *problem, *expected;
} hints[] = {
	{ "did not find expected key",
	    "the indentation of the line above, or a closing quote" },
	{ "did not find expected ',' or '}'", "a closing bracket" },
	{ "did not find expected ',' or ']'", "a closing bracket" },
	{ "mapping values are not allowed in this context",
	    "one \"key: value\" a line, indented like its neighbours" },
	{ "could not find expected ':'", "\"key: value\"" },
	{ "found character that cannot start any token",
	    "quotes around a value that begins so" },
	{ "found unknown escape character",
	    "single quotes, or two backslashes for one" },
	{ "found unexpected end of stream", "a closing quote" },
	{ "did not find expected <document start>", "nothing behind \"...\"" },
};

/* What libyaml says, with our hint at what it would have taken. */
static int
fail_parser(const struct yaml *y)
{
	const char *problem = y->parser.problem, *expected = UNADORNED;

	if (y->parser.error == YAML_MEMORY_ERROR || problem == NULL) {
		error_set(y->error, "%s: no memory", y->name);
		return -ENOMEM;
	}
	if (strncmp(problem, "block sequence entries", 22) == 0)
		expected = y->lists ? "each item of a list on a line of its own"
		                    : "\"key: value\", no list";
	for (size_t i = 0; i < sizeof(hints) / sizeof(*hints); i++)
		if (strcmp(hints[i].problem, problem) == 0)
			expected = hints[i].expected;
	return yaml_fail(
	    y, &y->parser.problem_mark, "%s; expected %s", problem, expected);
}

/* What the event has that nobody has a use for, or NULL. */
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
			return yaml_fail(
			    y, &at, "octet 0x%02x; expected UTF-8", *p);
		if (c == '\t' && indent)
			return yaml_fail(y, &at,
			    "a tab in the indentation; expected spaces");
		if ((utf8_is_control(c) && c != '\n' && c != '\r' &&
		        c != '\t') ||
		    c == 0xfeff || c == 0xfffe || c == 0xffff)
			return yaml_fail(y, &at,
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

/* Stands on the value of the first document. */
static int
begin(struct yaml *y)
{
	const yaml_event_t *e = &y->event;
	int rc = yaml_next(y);

	if (rc == 0)
		rc = yaml_next(y);
	if (rc != 0 || e->type == YAML_STREAM_END_EVENT)
		return rc;
	if (e->data.document_start.version_directive != NULL ||
	    e->data.document_start.tag_directives.start !=
	        e->data.document_start.tag_directives.end)
		return yaml_fail(
		    y, &e->start_mark, "a directive (%%); expected " UNADORNED);
	return yaml_next(y);
}

int
yaml_open(struct yaml *y, const char *name, struct bytes text, bool lists,
    struct error *error)
{
	int rc;

	memset(y, 0, sizeof(*y));
	y->error = error;
	y->lists = lists;
	yaml_shown(y->name, sizeof(y->name),
	    (struct bytes){ (const uint8_t *)name, strlen(name) });
	if (text.n >= 3 && memcmp(text.p, "\xef\xbb\xbf", 3) == 0) {
		text.p += 3; /* a byte order mark */
		text.n -= 3;
	}
	rc = check_text(y, text);
	if (rc != 0)
		return rc;
	if (!yaml_parser_initialize(&y->parser))
		return fail_parser(y);
	yaml_parser_set_encoding(&y->parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&y->parser, text.p, text.n);
	return begin(y);
}

int
yaml_next(struct yaml *y)
{
	const char *what;

	yaml_event_delete(&y->event);
	if (!yaml_parser_parse(&y->parser, &y->event))
		return fail_parser(y);
	what = decoration(&y->event);
	if (what != NULL)
		return yaml_fail(
		    y, &y->event.start_mark, "%s; expected " UNADORNED, what);
	return 0;
}

int
yaml_end(struct yaml *y)
{
	int rc = 0;

	for (int i = 0; i < 2 && rc == 0; i++)
		if (y->event.type != YAML_STREAM_END_EVENT)
			rc = yaml_next(y);
	if (rc == 0 && y->event.type != YAML_STREAM_END_EVENT)
		rc = yaml_fail(y, &y->event.start_mark,
		    "a second document; expected only one");
	return rc;
}

/* Either may be zeroed: it was never begun. */
void
yaml_close(struct yaml *y)
{
	yaml_event_delete(&y->event);
	yaml_parser_delete(&y->parser);
}

int
yaml_fail(const struct yaml *y, const yaml_mark_t *at, const char *format, ...)
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

struct bytes
yaml_scalar(const struct yaml *y)
{
	return (struct bytes){ y->event.data.scalar.value,
		y->event.data.scalar.length };
}

bool
yaml_is_plain(const struct yaml *y)
{
	return y->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

/* null of YAML's core schema: "limits:" with nothing behind is one. */
bool
yaml_is_null(const struct yaml *y)
{
	static const char *const words[] = { "", "~", "null", "Null", "NULL" };
	struct bytes v;

	if (y->event.type != YAML_SCALAR_EVENT || !yaml_is_plain(y))
		return false;
	v = yaml_scalar(y);
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (v.n == strlen(words[i]) && memcmp(v.p, words[i], v.n) == 0)
			return true;
	return false;
}

const char *
yaml_what(const struct yaml *y)
{
	return y->event.type == YAML_SCALAR_EVENT          ? "a single value"
	       : y->event.type == YAML_MAPPING_START_EVENT ? "a section"
	                                                   : "a list";
}

const char *
yaml_shown(char *to, size_t size, struct bytes v)
{
	struct text t = text_over(to, size);
	char s[4];

	/* room for one more character and the dots */
	while (v.n > 0 && t.n + sizeof(s) + 3 < size) {
		uint32_t c = utf8_take(&v);

		if (utf8_is_control(c))
			c = UTF8_REPLACEMENT;
		text_put(&t, s, utf8_put(s, c));
	}
	text_add(&t, v.n > 0 ? "..." : "");
	text_end(&t);
	return to;
}
