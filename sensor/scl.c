/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SCL (IEC 61850-6) by libxml2's reader, a node at a time.  The file may come
 * from anybody: no document type, no entities, nothing from elsewhere, and
 * bounds for its size and depth.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

#include "sensor/scl.h"
#include "sensor/scl_parts.h"

#define SIZE_MOST (256 * 1024 * 1024) /* octets */
#define DEPTH_MOST 64

long
scl_line(const struct scl *s)
{
	xmlNodePtr node = xmlTextReaderCurrentNode(s->reader);

	return node != NULL ? xmlGetLineNo(node) : 0;
}

int
scl_fail(struct scl *s, long line, const char *format, ...)
{
	char said[sizeof(s->error->text)];
	va_list args;

	if (s->rc != 0)
		return s->rc;
	va_start(args, format);
	vsnprintf(said, sizeof(said), format, args);
	va_end(args);
	error_set(s->error, "%s:%ld: %s", s->path, line, said);
	s->rc = -EINVAL;
	return s->rc;
}

const char *
scl_shown(char to[YAML_SHOWN], const char *value)
{
	return yaml_shown(to, YAML_SHOWN,
	    (struct bytes){ (const uint8_t *)value, strlen(value) });
}

static void
on_error(void *arg, xmlErrorPtr e)
{
	char said[200];
	size_t n;

	if (e == NULL || e->level < XML_ERR_ERROR)
		return;
	snprintf(said, sizeof(said), "%s",
	    e->message != NULL ? e->message : "no XML");
	n = strcspn(said, "\n");
	said[n] = '\0';
	scl_fail(arg, e->line, "%s; expected well-formed XML", said);
}

/*
 * A document type is refused before the parser sees it: entities of parameters
 * can keep it busy for hours.  So is a comment that looks like one.
 */
static int
refuse_type(struct scl *s, const char *p, size_t n)
{
	static const char declared[] = "<!DOCTYPE";

	for (size_t i = 0; i < n; i++) {
		s->lines += p[i] == '\n';
		if (p[i] == declared[s->declared])
			s->declared++;
		else
			s->declared = p[i] == declared[0];
		if (s->declared == sizeof(declared) - 1)
			return scl_fail(s, s->lines + 1,
			    "a document type; expected none in SCL");
	}
	return 0;
}

static ssize_t
read_some(struct scl *s, char *to, size_t n)
{
	ssize_t got = read(s->fd, to, n);

	if (got < 0) {
		error_set(s->error, "%s: %s", s->path, strerror(errno));
		s->rc = -errno;
		return -1;
	}
	s->octets += (uint64_t)got;
	if (s->octets > SIZE_MOST)
		return scl_fail(s, 1,
		    "more than %d octets; expected an SCL file", SIZE_MOST);
	return refuse_type(s, to, (size_t)got) == 0 ? got : -1;
}

/* The file and nothing else. */
static int
read_octets(void *arg, char *to, int n)
{
	struct scl *s = arg;
	size_t left = s->nhead - s->given;

	if (s->rc != 0)
		return -1;
	if (left == 0)
		return (int)read_some(s, to, (size_t)n);
	if (left > (size_t)n)
		left = (size_t)n;
	memcpy(to, s->head + s->given, left);
	s->given += left;
	return (int)left;
}

/*
 * One in which "<!DOCTYPE" has these octets and no others; NULL, said, for any
 * that is not known to be such.
 */
static const char *
encoding_of(struct scl *s)
{
	static const char *const known[] = { "UTF-8", "US-ASCII", "ISO-8859-1",
		"ISO-8859-15", "windows-1252" };
	static const char key[] = "encoding=";
	char declared[256], name[32], text[YAML_SHOWN];
	const char *at;
	size_t n;

	snprintf(declared, sizeof(declared), "%.*s", (int)sizeof(declared) - 1,
	    s->head);
	at = strstr(declared, "?>");
	declared[at != NULL ? (size_t)(at - declared) : 0] = '\0';
	at = strstr(declared, key);
	if (at == NULL)
		return known[0];
	at += sizeof(key) - 1;
	n = at[0] == '\0' ? 0 : strcspn(at + 1, "\"'");
	snprintf(name, sizeof(name), "%.*s",
	    (int)(n < sizeof(name) ? n : sizeof(name) - 1),
	    n > 0 ? at + 1 : "");
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (strcasecmp(name, known[i]) == 0)
			return known[i];
	scl_fail(
	    s, 1, "encoding \"%s\"; expected UTF-8", scl_shown(text, name));
	return NULL;
}

/* The begin of the file; a byte order mark of UTF-8 tells nothing. */
static const char *
read_head(struct scl *s)
{
	ssize_t got = 1;

	while (got > 0 && s->nhead < sizeof(s->head) - 1) {
		got = read_some(
		    s, s->head + s->nhead, sizeof(s->head) - 1 - s->nhead);
		s->nhead += got > 0 ? (size_t)got : 0;
	}
	if (got < 0)
		return NULL;
	if (s->nhead == 0 || memchr(s->head, '\0', s->nhead) != NULL) {
		scl_fail(s, 1, "%s; expected an SCL file in UTF-8",
		    s->nhead == 0 ? "nothing" : "no text");
		return NULL;
	}
	if (strncmp(s->head, "\xef\xbb\xbf", 3) == 0) {
		memmove(s->head, s->head + 3, s->nhead - 3);
		s->nhead -= 3;
		s->head[s->nhead] = '\0';
	}
	return encoding_of(s);
}

static xmlParserInputPtr
load_nothing(const char *url, const char *id, xmlParserCtxtPtr ctx)
{
	(void)url;
	(void)id;
	(void)ctx;
	return NULL;
}

static const struct scl_element *
find(const struct scl *s, const char *name)
{
	for (const struct scl_element *e = scl_elements; e->name != NULL; e++)
		if (strcmp(e->name, name) == 0 &&
		    (e->place != SCL_IN_LN0 || s->in_ln0) &&
		    (e->place != SCL_IN_GSE || s->in_gse))
			return e;
	return NULL;
}

static int
end(struct scl *s, const char *name)
{
	const struct scl_element *e = find(s, name);
	int rc = e != NULL && e->end != NULL ? e->end(s) : 0;

	s->text[0] = '\0';
	if (e != NULL && e->place == SCL_IN_GSE) {
		s->parameter = NO_PARAMETER;
		s->time = NULL;
	}
	return rc;
}

static int
begin(struct scl *s, const char *name)
{
	int depth = xmlTextReaderDepth(s->reader), rc = 0;
	bool empty = xmlTextReaderIsEmptyElement(s->reader) == 1;
	const struct scl_element *e = find(s, name);
	char text[YAML_SHOWN];

	if (depth == 0 && strcmp(name, "SCL") != 0)
		return scl_fail(s, scl_line(s), "<%s>; expected <SCL>",
		    scl_shown(text, name));
	if (depth > DEPTH_MOST)
		return scl_fail(s, scl_line(s),
		    "<%s> in %d others; expected at most %d",
		    scl_shown(text, name), depth, DEPTH_MOST);
	s->text[0] = '\0';
	if (e != NULL)
		rc = e->begin(s);
	return rc == 0 && empty ? end(s, name) : rc;
}

/* Without what is around it: files are indented. */
static int
take_text(struct scl *s, const char *text)
{
	static const char blank[] = " \t\r\n";
	size_t had = strlen(s->text), n;

	if (s->parameter == NO_PARAMETER && s->time == NULL)
		return 0;
	text += had == 0 ? strspn(text, blank) : 0;
	n = strlen(text);
	while (n > 0 && strchr(blank, text[n - 1]) != NULL)
		n--;
	if (n >= sizeof(s->text) - had)
		return scl_fail(s, scl_line(s),
		    "a value of more than %zu octets; expected a short one",
		    sizeof(s->text) - 1);
	memcpy(s->text + had, text, n);
	s->text[had + n] = '\0';
	return 0;
}

static int
visit(struct scl *s)
{
	const xmlChar *name = xmlTextReaderConstLocalName(s->reader);
	const xmlChar *value;

	switch (xmlTextReaderNodeType(s->reader)) {
	case XML_READER_TYPE_ELEMENT:
		return begin(s, (const char *)name);
	case XML_READER_TYPE_END_ELEMENT:
		return end(s, (const char *)name);
	case XML_READER_TYPE_TEXT:
	case XML_READER_TYPE_CDATA:
		value = xmlTextReaderConstValue(s->reader);
		return value != NULL ? take_text(s, (const char *)value) : 0;
	case XML_READER_TYPE_DOCUMENT_TYPE:
		return scl_fail(
		    s, scl_line(s), "a document type; expected none in SCL");
	case XML_READER_TYPE_ENTITY_REFERENCE:
		return scl_fail(
		    s, scl_line(s), "an entity; expected none in SCL");
	default:
		return 0;
	}
}

static int
read_all(struct scl *s)
{
	const char *encoding = read_head(s);
	int more;

	if (encoding == NULL)
		return s->rc;
	/* no option makes it load, include, validate or expand anything */
	s->reader = xmlReaderForIO(read_octets, NULL, s, s->path, encoding,
	    XML_PARSE_NONET | XML_PARSE_BIG_LINES | XML_PARSE_IGNORE_ENC);
	if (s->reader == NULL) {
		error_set(s->error, "%s: %s", s->path, strerror(ENOMEM));
		return -ENOMEM;
	}
	xmlTextReaderSetStructuredErrorHandler(s->reader, on_error, s);
	while ((more = xmlTextReaderRead(s->reader)) == 1 && s->rc == 0)
		if (visit(s) != 0)
			break;
	if (more < 0)
		scl_fail(s, 1, "this cannot be read; expected an SCL file");
	xmlFreeTextReader(s->reader);
	return s->rc;
}

int
scl_read(const char *path, struct learn_plan *plan, struct error *error)
{
	struct scl *s = calloc(1, sizeof(*s));
	int rc = -ENOMEM;

	error_set(error, "%s: %s", path, strerror(ENOMEM));
	if (s == NULL)
		return rc;
	s->path = path;
	*plan = (struct learn_plan){ .path = path };
	s->error = error;
	s->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (s->fd < 0) {
		rc = -errno;
		error_set(error, "%s: %s", path, strerror(errno));
	} else if (scl_blocks_init(&s->all) == 0) {
		xmlSetExternalEntityLoader(load_nothing);
		rc = read_all(s);
		close(s->fd);
	}
	if (rc == 0)
		rc = scl_blocks_list(&s->all, path, plan, error);
	scl_blocks_free(&s->all);
	free(s);
	return rc;
}
