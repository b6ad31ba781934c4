/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes many events full of hostile octets through every output that has lines
 * into a folder: usage: hostile FOLDER EVENTS.  What they held stands beside it
 * in "expected", in hexadecimal digits, for formats_check.py: a line of the
 * source, then one for each event.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "outputs/output.h"
#include "tests/lib/prng.h"

#define LONG 65536
#define SOURCE "sen sor\n\"1\"]\\|=\xc3\xa9\xff<&>"

static struct prng r;
static uint8_t octets[LONG];

/* What breaks grammars, terminals and parsers, as far as it is known. */
static const char *const pieces[] = { "\"", "\\", "]", "[", "=", "|", "<", ">",
	"&", "'", "\n", "\r", "\t", "\x1b[2J", "\x7f", "\xc2\x85", "\xc2\x9b",
	"\xe2\x80\xae", "\xe2\x81\xa6", "\xe2\x80\x8f", "\xd8\x9c",
	"\xe2\x80\xa8", "\xef\xbb\xbf", "\xef\xbf\xbe", "\xef\xbf\xbf",
	"\xf0\x9f\x98\x80", "\xc3\xbc", "\xc3", "\xe2\x82", "\xf0\x9f\x98",
	"\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff", "\x80", " ",
	"{P.Station}", "{P.x}", "%s%n", "&lt;", "]]>", "<!--", "-->", "<?x ?>",
	"\\\"", "\\]", "\"] [x@1 y=\"", "\n<0>1 - - - - - -", "CEF:0|a|b|",
	" dst=1.2.3.4", "\tsev=10", "a", "Z", "0", "-", "\\n", "\\u0000" };

static struct bytes
of_pieces(size_t most)
{
	size_t n = 0, k = prng_below(&r, 40);

	while (k-- > 0) {
		const char *p =
		    pieces[prng_below(&r, sizeof(pieces) / sizeof(*pieces))];
		size_t len = strlen(p);

		if (n + len > most)
			break;
		memcpy(octets + n, p, len);
		n += len;
	}
	return (struct bytes){ octets, n };
}

static struct bytes
of_noise(size_t n)
{
	for (size_t i = 0; i < n; i++)
		octets[i] = (uint8_t)prng_next(&r);
	return (struct bytes){ octets, n };
}

/* 64 KiB of one piece again and again. */
static struct bytes
of_length(void)
{
	const char *p =
	    pieces[prng_below(&r, sizeof(pieces) / sizeof(*pieces))];
	size_t len = strlen(p), n = 0;

	for (; n + len <= LONG; n += len)
		memcpy(octets + n, p, len);
	return (struct bytes){ octets, n };
}

static struct bytes
hostile(void)
{
	size_t n = prng_below(&r, 200);

	if (prng_below(&r, 50) == 0)
		return of_length();
	switch (prng_below(&r, 8)) {
	case 0:
		return of_noise(n);
	case 1:
		memset(octets, 0, n);
		return (struct bytes){ octets, n };
	case 2:
		return (struct bytes){ octets, 0 };
	default:
		return of_pieces(LONG);
	}
}

/* An event only points to its names. */
static const char *
lasting(const char *s, size_t n)
{
	static char names[256][40];
	size_t i = 0;

	while (names[i][0] != '\0' &&
	       (strlen(names[i]) != n || memcmp(names[i], s, n) != 0))
		i++;
	memcpy(names[i], s, n);
	return names[i];
}

/* The names in s that follow the mark. */
static void
add_named(struct event *ev, const char *s, const char *mark)
{
	while ((s = strstr(s, mark)) != NULL) {
		size_t n;

		s += strspn(s, "{");
		n = strcspn(s, " }");
		event_add(ev, lasting(s, n), hostile());
		s += n;
	}
}

static void
random_end(struct endpoint *e)
{
	static const uint8_t v4[12] = { [10] = 0xff, [11] = 0xff };

	*e = (struct endpoint){ .port = 0 };
	if (prng_chance(&r, 50))
		memcpy(e->mac, of_noise(6).p, 6);
	if (prng_chance(&r, 60))
		memcpy(e->ip, of_noise(16).p, 16);
	if (prng_chance(&r, 50))
		memcpy(e->ip, v4, sizeof(v4));
	e->port = (uint16_t)prng_below(&r, 65536);
}

static struct event
random_event(uint32_t sqnum)
{
	static const char *const own[] = { "n", "name", "X.Unplanned",
		"abcdefghijklmnopqrstuvwxyz12" };
	static const enum severity severities[] = { SEVERITY_ALARM,
		SEVERITY_ERROR, SEVERITY_WARNING, SEVERITY_NOTICE };
	size_t defs = 0;
	struct event ev = {
		.det = "X-1", .capture = "a \"b\".pcap", .count = 1
	};

	while (event_catalogue[defs] != NULL)
		defs++;
	ev.def = event_catalogue[prng_below(&r, (uint32_t)defs)];
	ev.severity = severities[prng_below(&r, 4)];
	ev.proto = prng_chance(&r, 80) ? "goose" : NULL;
	ev.at.tv_sec = (time_t)prng_next(&r);
	ev.at.tv_nsec = (long)prng_below(&r, 1000000000);
	ev.sqnum = sqnum;
	ev.frame = prng_next(&r);
	ev.doubtful = prng_chance(&r, 50);
	ev.dst_is_peer = prng_chance(&r, 50);
	random_end(&ev.src);
	random_end(&ev.dst);
	if (prng_chance(&r, 50))
		strcpy(ev.role, "-32768:65535:IEC62351-8");
	ev.ref = prng_chance(&r, 20) ? EV_REBOOT.id : NULL;
	event_set(&ev.subject, hostile());
	event_set(&ev.user, hostile());
	add_named(&ev, ev.def->text, "{P.");
	add_named(&ev, ev.def->x_info, "X.");
	for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++)
		event_add(&ev, own[i], hostile());
	return ev;
}

static void
put_hex(FILE *f, const struct event_str *s)
{
	for (size_t i = 0; i < s->n; i++)
		fprintf(f, "%02x", s->p[i]);
}

static void
expect(FILE *f, const struct event *ev)
{
	fprintf(f, "%s\t%s\t%s\t%s\t%s\t", ev->def->id, ev->def->mnemonic,
	    event_severity(ev->severity), ev->def->text, ev->def->x_info);
	put_hex(f, &ev->subject);
	fputc('\t', f);
	put_hex(f, &ev->user);
	fprintf(f, "\t%s\t%s", ev->role, ev->ref != NULL ? ev->ref : "");
	for (size_t i = 0; i < ev->nwhy; i++) {
		fprintf(f, "\t%s=", ev->why[i].name);
		put_hex(f, &ev->why[i].value);
	}
	fputc('\n', f);
}

/* All events to one output; what is expected only once. */
static int
write_all(const struct output *o, const char *folder, uint32_t n, FILE *f)
{
	char path[4096];
	struct output_setup setup = { .source = SOURCE, .path = path };
	struct error error;
	void *self;

	r = prng_from(6);
	snprintf(path, sizeof(path), "%s/%s", folder, o->name);
	if (o->open(&self, &setup, NULL, &error) != 0) {
		fprintf(stderr, "hostile: %s\n", error.text);
		return -1;
	}
	for (uint32_t i = 1; i <= n; i++) {
		struct event ev = random_event(i);

		if (o->submit(self, &ev) != 0)
			return -1;
		if (f != NULL)
			expect(f, &ev);
	}
	return o->close(self, &error);
}

int
main(int argc, char **argv)
{
	char path[4096];
	FILE *f;

	if (argc != 3)
		return 2;
	snprintf(path, sizeof(path), "%s/expected", argv[1]);
	f = fopen(path, "w");
	if (f == NULL)
		return 1;
	for (size_t i = 0; i < sizeof(SOURCE) - 1; i++)
		fprintf(f, "%02x", (unsigned char)SOURCE[i]);
	fputc('\n', f);
	for (size_t i = 0; outputs[i] != NULL; i++)
		if (outputs[i]->format != NULL &&
		    write_all(outputs[i], argv[1], (uint32_t)atoi(argv[2]),
		        i == 0 ? f : NULL) != 0)
			return 1;
	return fclose(f) != 0;
}
