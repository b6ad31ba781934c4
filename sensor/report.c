/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The summary.  For a person it is the same object, a line for each member,
 * without what is zero: so the two can never tell different things.
 */
#include <config.h>

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/report.h"

#define SIZE (1024 * 1024)
#define NAME_WIDTH 12

/* The object, to be freed, or NULL. */
static char *
render(const struct capture_list *captures, const struct pipeline *pipeline)
{
	char *text = malloc(SIZE);
	struct json j;

	if (text == NULL)
		return NULL;
	json_start(&j, text, SIZE);
	json_open(&j, NULL, '{');
	json_text(&j, "gridtap", PACKAGE_VERSION);
	if (captures != NULL) {
		json_open(&j, "captures", '[');
		for (size_t i = 0; i < captures->n; i++)
			json_text(&j, NULL, captures->entries[i].name);
		json_close(&j, ']');
	}
	pipeline_summary(pipeline, &j);
	json_close(&j, '}');
	if (json_end(&j) > 0)
		return text;
	free(text);
	return NULL;
}

/* One token of our own writer: a string without its quotes, or a number. */
static size_t
token(const char **s, const char **begin)
{
	size_t n;

	if (**s != '"') {
		*begin = *s;
		n = strcspn(*s, ",:{}[]");
		*s += n;
		return n;
	}
	*begin = ++*s;
	for (n = 0; (*s)[n] != '"'; n++)
		n += (*s)[n] == '\\';
	*s += n + 1;
	return n;
}

/* The members of an object in one line; how many there were. */
static int
print_members(FILE *to, const char **s)
{
	const char *key, *value;
	size_t nkey, nvalue;
	int n = 0;

	++*s; /* the bracket */
	while (**s != '}') {
		if (**s == ',')
			++*s;
		nkey = token(s, &key);
		++*s; /* the colon */
		if (**s == '{') {
			if ((*s)[1] != '}') {
				fprintf(to, "%s%.*s (", n++ > 0 ? ", " : "",
				    (int)nkey, key);
				print_members(to, s);
				fputs(")", to);
			} else {
				*s += 2;
			}
			continue;
		}
		nvalue = token(s, &value);
		if (nvalue == 1 && *value == '0')
			continue;
		fprintf(to, "%s%.*s %.*s", n++ > 0 ? ", " : "", (int)nkey, key,
		    (int)nvalue, value);
	}
	++*s;
	return n;
}

static bool
is_empty(const char *s)
{
	for (; *s != '}'; s++)
		if (isdigit((unsigned char)*s) && *s != '0')
			return false;
	return true;
}

static void
skip_object(const char **s)
{
	*s += strcspn(*s, "}") + 1;
}

/* "protocols" is taken apart: each protocol has a line of its own. */
static void
print_object(FILE *to, const char **s)
{
	const char *key, *value;
	size_t nkey, nvalue;

	++*s;
	while (**s != '}') {
		if (**s == ',')
			++*s;
		nkey = token(s, &key);
		++*s;
		if (**s == '{' && nkey == strlen("protocols") &&
		    strncmp(key, "protocols", nkey) == 0) {
			print_object(to, s);
			continue;
		}
		if (**s == '{' && strchr(*s, '}') != NULL && is_empty(*s) &&
		    memchr(*s + 1, '{', strcspn(*s + 1, "}")) == NULL) {
			skip_object(s);
			continue;
		}
		fprintf(to, "  %-*.*s ", NAME_WIDTH, (int)nkey, key);
		if (**s == '{') {
			print_members(to, s);
		} else {
			nvalue = token(s, &value);
			fprintf(to, "%.*s", (int)nvalue, value);
		}
		fputc('\n', to);
	}
	++*s;
}

/* One line to a file, or to standard output. */
static int
put_line(const char *path, const char *text, struct error *error)
{
	FILE *to = strcmp(path, "-") == 0 ? stdout : fopen(path, "we");
	int failed = 0;

	if (to == NULL || fprintf(to, "%s\n", text) < 0 || fflush(to) != 0)
		failed = errno;
	if (to != NULL && to != stdout && fclose(to) != 0 && failed == 0)
		failed = errno;
	if (failed != 0)
		error_set(error, "%s: %s", path, strerror(failed));
	return -failed;
}

int
report_write(const char *path, const struct capture_list *captures,
    const struct pipeline *pipeline, struct error *error)
{
	char *text = render(captures, pipeline);
	int status;

	if (text == NULL) {
		error_set(error, "%s: the summary does not fit", path);
		return -EMSGSIZE;
	}
	status = put_line(path, text, error);
	free(text);
	return status;
}

int
report_meters(
    const char *path, const struct pipeline *pipeline, struct error *error)
{
	FILE *to = strcmp(path, "-") == 0 ? stdout : fopen(path, "we");
	int failed = 0;

	if (to == NULL) {
		failed = errno;
	} else {
		failed = -pipeline_meters(pipeline, to);
		if (failed == 0 && (fflush(to) != 0 || ferror(to)))
			failed = errno != 0 ? errno : EIO;
	}
	if (to != NULL && to != stdout && fclose(to) != 0 && failed == 0)
		failed = errno;
	if (failed != 0)
		error_set(error, "%s: %s", path, strerror(failed));
	return -failed;
}

int
report_print(FILE *to, const struct pipeline *pipeline, struct error *error)
{
	char *text = render(NULL, pipeline);
	const char *s = text;

	if (text == NULL) {
		error_set(error, "the summary does not fit");
		return -EMSGSIZE;
	}
	fputc('\n', to);
	print_object(to, &s);
	free(text);
	return 0;
}

void
report_lines(FILE *to, const char *object)
{
	print_object(to, &object);
}
