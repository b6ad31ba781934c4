/* SPDX-License-Identifier: Apache-2.0 */
/* The meters table for a person; see meters_table.h. */
#include <config.h>

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "dissectors/timetext.h"
#include "outputs/text/colour.h"
#include "sensor/meters_table.h"

#define CELL 64
#define SECONDS 19 /* of a time, as far as it is shown */
#define INDENT 2   /* of what belongs to a meter */
#define GAP 2      /* between two columns */

/* The texts of a line, and which of them a person should look at. */
struct cells {
	enum meters_line line;
	size_t n;
	const char *colour[METERS_CELLS]; /* NULL: as the terminal has it */
	char text[METERS_CELLS][CELL];
};

static const char *const heads[LINES][METERS_CELLS] = {
	{ "METER", "NAME", "ADDRESS", "ADDRESSES", "FIRST", "LAST" },
	{ "CLIENT>SERVER", "ROLE", "CONTEXT", "MECHANISM", "STATE", "OPENED BY",
	    "ACCEPTED", "REJECTED", "PDU SIZES", "LAST" },
	{ "COUNTER OF", "TITLE", "SAP", "PROTECTION", "LAST", "HIGHEST",
	    "UNITS", "GAPS", "REPLAYS", "RESETS" },
};

/* The next text; it is cut where it does not fit. */
static void add(struct cells *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void
add(struct cells *c, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(c->text[c->n++], CELL, format, args);
	va_end(args);
}

/* Colours the text that was added last. */
static void
mark(struct cells *c, const char *colour)
{
	c->colour[c->n - 1] = colour;
}

/* Octets that a meter chose: no escape sequence of theirs gets through. */
static void
add_octets(struct cells *c, const uint8_t *p, size_t n)
{
	char text[CELL];
	size_t i = 0;

	for (; i < n && i < CELL - 1; i++)
		text[i] = p[i] >= ' ' && p[i] < 0x7f ? (char)p[i] : '.';
	text[i] = '\0';
	add(c, "%s", i > 0 ? text : "-");
}

static void
add_time(struct cells *c, uint32_t s)
{
	char text[TIMETEXT];

	timetext_utc(text, s, 0);
	add(c, "%.*sZ", SECONDS, text);
}

static void
add_title(struct cells *c, const uint8_t title[METER_TITLE])
{
	static const uint8_t none[METER_TITLE];
	char hex[2 * METER_TITLE + 1];

	for (size_t i = 0; i < METER_TITLE; i++)
		snprintf(hex + 2 * i, 3, "%02X", title[i]);
	add(c, "%s", memcmp(title, none, METER_TITLE) != 0 ? hex : "-");
}

static void
add_count(struct cells *c, uint64_t n, enum severity severity)
{
	add(c, "%" PRIu64, n);
	if (n > 0)
		mark(c, colour_severity(severity));
}

static void
of_meter(struct cells *c, const struct meter *meter)
{
	struct event_str s = meters_subject(meter);

	*c = (struct cells){ .line = LINE_METER };
	add_octets(c, s.p, s.n);
	mark(c, COLOUR_BOLD);
	add_octets(c, meter->name,
	    strnlen((const char *)meter->name, sizeof(meter->name)));
	s = meters_address(&meter->at);
	add_octets(c, s.p, s.n);
	add(c, "%u", meter->addresses);
	add_time(c, meter->first_s);
	add_time(c, meter->last_s);
}

static const char *
context_name(uint8_t context)
{
	static const char *const names[] = { "-", "LN", "SN", "LN ciphered",
		"SN ciphered" };

	return context < sizeof(names) / sizeof(*names) ? names[context] : "?";
}

static const char *
mechanism_name(uint8_t mechanism)
{
	static const char *const names[] = { "none", "password", "HLS",
		"HLS MD5", "HLS SHA-1", "HLS GMAC", "HLS SHA-256",
		"HLS ECDSA" };

	return mechanism < sizeof(names) / sizeof(*names) ? names[mechanism]
	                                                  : "?";
}

static void
of_assoc(struct cells *c, const struct meters *m, const struct meter *meter,
    const struct meter_assoc *a)
{
	const struct policy_role *role = meters_role(m, meter, a);

	*c = (struct cells){ .line = LINE_ASSOC };
	add(c, "%u>%u", a->client_sap, a->server_sap);
	add(c, "%s", role != NULL ? role->name : "-");
	add(c, "%s", context_name(a->context));
	add(c, "%s", mechanism_name(a->mechanism));
	add(c, "%s", meters_state_name(a));
	add(c, "%s", meters_opener(a) != NULL ? meters_opener(a) : "-");
	add(c, "%" PRIu32, a->accepted);
	add_count(c, a->rejected, SEVERITY_WARNING);
	add(c, "%u, %u", a->client_pdu, a->max_pdu);
	add_time(c, a->last_s);
}

static void
of_counter(struct cells *c, const struct meter_stream *s)
{
	*c = (struct cells){ .line = LINE_COUNTER };
	add(c, "%s %s", s->from == OP_FROM_CLIENT ? "client" : "server",
	    meters_key_name(s));
	add_title(c, s->title);
	add(c, "%u", s->client_sap);
	add(c, "%s, suite %u", meters_protection(s), s->sc & DLMS_SC_SUITE);
	add(c, "%" PRIu32, s->last);
	add(c, "%" PRIu32, s->highest);
	add(c, "%" PRIu32, s->pdus);
	add(c, "%" PRIu32, s->gaps);
	add_count(c, s->replays, SEVERITY_ALARM);
	add_count(c, s->resets, SEVERITY_WARNING);
}

static void
measure(struct meters_table *t, const struct cells *c)
{
	for (size_t i = 0; i < c->n; i++) {
		size_t n = strlen(c->text[i]);

		if (n > t->width[c->line][i])
			t->width[c->line][i] = n;
	}
}

/* Nothing stands behind the last column. */
static void
print(const struct meters_table *t, const struct cells *c)
{
	int gap = c->line != LINE_METER ? INDENT : 0;

	for (size_t i = 0; i < c->n; i++) {
		const char *colour = t->colour ? c->colour[i] : NULL;

		fprintf(t->to, "%*s%s%s%s", gap, "",
		    colour != NULL ? colour : "", c->text[i],
		    colour != NULL ? COLOUR_PLAIN : "");
		gap = (int)(t->width[c->line][i] - strlen(c->text[i])) + GAP;
	}
	fputc('\n', t->to);
}

void
meters_table_begin(struct meters_table *t, FILE *to, bool colour)
{
	*t = (struct meters_table){ .to = to, .colour = colour };
	for (int line = 0; line < LINES; line++)
		for (size_t i = 0; i < METERS_CELLS; i++)
			if (heads[line][i] != NULL)
				t->width[line][i] = strlen(heads[line][i]);
}

/* Every line of a meter, to one of the two. */
static void
each_line(struct meters_table *t, const struct meters_table *to,
    const struct meters *m, const struct meter *meter)
{
	const struct meter_assoc *a = NULL;
	const struct meter_stream *s = NULL;
	struct cells c;

	of_meter(&c, meter);
	t != NULL ? measure(t, &c) : print(to, &c);
	while ((a = meters_next_assoc(m, meter, a)) != NULL) {
		of_assoc(&c, m, meter, a);
		t != NULL ? measure(t, &c) : print(to, &c);
	}
	while ((s = meters_next_stream(m, meter, s)) != NULL) {
		of_counter(&c, s);
		t != NULL ? measure(t, &c) : print(to, &c);
	}
}

void
meters_table_measure(
    struct meters_table *t, const struct meters *m, const struct meter *meter)
{
	each_line(t, NULL, m, meter);
	t->n++;
}

void
meters_table_heads(const struct meters_table *t)
{
	struct cells c;

	for (int line = 0; line < LINES; line++) {
		c = (struct cells){ .line = (enum meters_line)line };
		while (c.n < METERS_CELLS && heads[line][c.n] != NULL) {
			add(&c, "%s", heads[line][c.n]);
			mark(&c, COLOUR_DIM);
		}
		print(t, &c);
	}
}

void
meters_table_print(const struct meters_table *t, const struct meters *m,
    const struct meter *meter)
{
	each_line(NULL, t, m, meter);
}
