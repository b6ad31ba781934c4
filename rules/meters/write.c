/* SPDX-License-Identifier: Apache-2.0 */
/* The meters table (--meters). */
#include <config.h>

#include <errno.h>
#include <stdlib.h>

#include "dissectors/json.h"
#include "dissectors/timetext.h"
#include "rules/meters/state.h"

#define ROW (64 * 1024) /* all that one meter may have fits */

/* A meter, or one of its addresses. */
struct row {
	const struct meter *meter;
	const struct meter_address *at;
};

static int
by_address(const struct meter_address *a, const struct meter_address *b)
{
	int order = memcmp(a->ip, b->ip, sizeof(a->ip));

	if (order != 0)
		return order;
	if (a->port != b->port)
		return a->port < b->port ? -1 : 1;
	return a->unit < b->unit ? -1 : a->unit > b->unit;
}

/* With a title before without, by title, by address. */
static int
by_meter(const struct meter *a, const struct meter *b)
{
	int a_titled = a->flags & METER_TITLED;
	int b_titled = b->flags & METER_TITLED;

	if (a_titled != b_titled)
		return b_titled - a_titled;
	if (a_titled)
		return memcmp(a->title, b->title, METER_TITLE);
	return by_address(&a->at, &b->at);
}

static int
by_row(const void *a, const void *b)
{
	const struct row *r = a, *q = b;
	int order = by_meter(r->meter, q->meter);

	return order != 0 ? order : by_address(r->at, q->at);
}

static void
put_time(struct json *j, const char *key, uint32_t s)
{
	char text[TIMETEXT];

	timetext_utc(text, s, 0);
	json_text(j, key, text);
}

static bool
is_title(const uint8_t title[METER_TITLE])
{
	static const uint8_t none[METER_TITLE];

	return memcmp(title, none, METER_TITLE) != 0;
}

static void
put_title(struct json *j, const char *key, const uint8_t title[METER_TITLE])
{
	if (is_title(title)) {
		json_hex(j, key, (struct bytes){ title, METER_TITLE });
		return;
	}
	json_null(j, key);
}

static int
assoc_order(const struct meter_assoc *a, const struct meter_assoc *b)
{
	if (a->client_sap != b->client_sap)
		return a->client_sap < b->client_sap ? -1 : 1;
	return a->server_sap < b->server_sap ? -1
	                                     : a->server_sap > b->server_sap;
}

const char *
meters_state_name(const struct meter_assoc *a)
{
	static const char *const names[] = { "unknown", "requested", "pending",
		"open", "refused", "released", "lost", "unknown" };

	return names[(a->flags & ASSOC_STATE) >> ASSOC_STATE_SHIFT];
}

const char *
meters_opener(const struct meter_assoc *a)
{
	if ((a->flags & ASSOC_DIALLED_BY_CLIENT) != 0)
		return "client";
	return (a->flags & ASSOC_DIALLED_BY_METER) != 0 ? "meter" : NULL;
}

const struct policy_role *
meters_role(const struct meters *m, const struct meter *meter,
    const struct meter_assoc *a)
{
	struct session s = { .meter = (uint32_t)(meter - m->meters) };

	s.key.client_sap = a->client_sap;
	memcpy(s.client_title, a->client_title, METER_TITLE);
	if (is_title(a->client_title))
		s.flags = SESSION_CLIENT_TITLE;
	sessions_roles(m, &s);
	return s.client.nroles > 0 ? s.client.roles[0] : NULL;
}

static void
put_assoc(struct json *j, const struct meters *m, const struct meter *meter,
    const struct meter_assoc *a)
{
	const struct policy_role *role = meters_role(m, meter, a);

	json_open(j, NULL, '{');
	json_u64(j, "client_sap", a->client_sap);
	json_u64(j, "server_sap", a->server_sap);
	if (role != NULL)
		json_text(j, "role", role->name);
	json_u64(j, "context", a->context);
	json_u64(j, "mechanism", a->mechanism);
	json_u64(j, "result", a->result);
	if (is_title(a->client_title))
		put_title(j, "client_title", a->client_title);
	if (a->result != 0)
		json_u64(j, "diagnostic", a->diagnostic);
	json_text(j, "state", meters_state_name(a));
	if (meters_opener(a) != NULL)
		json_text(j, "opened_by", meters_opener(a));
	if ((a->flags & ASSOC_PASS_3) != 0)
		json_u64(j, "hls_pass", (a->flags & ASSOC_PASS_4) != 0 ? 4 : 3);
	if (a->conformance != 0)
		json_u64(j, "conformance", a->conformance);
	if (a->client_pdu != 0)
		json_u64(j, "client_max_pdu", a->client_pdu);
	if (a->max_pdu != 0)
		json_u64(j, "server_max_pdu", a->max_pdu);
	put_time(j, "last", a->last_s);
	json_u64(j, "accepted", a->accepted);
	json_u64(j, "rejected", a->rejected);
	json_close(j, '}');
}

/* The few of a meter are taken in order, without memory for it. */
const struct meter_assoc *
meters_next_assoc(const struct meters *m, const struct meter *meter,
    const struct meter_assoc *last)
{
	const struct meter_assoc *next = NULL, *a;

	for (uint32_t i = meter->assocs; i != NONE; i = a->next) {
		a = &m->assocs[i];
		if ((last == NULL || assoc_order(a, last) > 0) &&
		    (next == NULL || assoc_order(a, next) < 0))
			next = a;
	}
	return next;
}

static void
put_assocs(struct json *j, const struct meters *m, const struct meter *meter)
{
	const struct meter_assoc *a = NULL;

	json_open(j, "associations", '[');
	while ((a = meters_next_assoc(m, meter, a)) != NULL)
		put_assoc(j, m, meter, a);
	json_close(j, ']');
}

static int
stream_order(const struct meter_stream *a, const struct meter_stream *b)
{
	int order;

	if (a->from != b->from)
		return a->from < b->from ? -1 : 1;
	order = memcmp(a->title, b->title, METER_TITLE);
	if (order != 0)
		return order;
	if (a->client_sap != b->client_sap)
		return a->client_sap < b->client_sap ? -1 : 1;
	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	return a < b ? -1 : a > b;
}

const char *
meters_key_name(const struct meter_stream *s)
{
	static const char *const names[] = { "glo-unicast", "glo-broadcast",
		"ded", "general" };

	return names[s->key];
}

const char *
meters_protection(const struct meter_stream *s)
{
	static const char *const names[] = { "none", "auth", "enc",
		"auth+enc" };

	return names[s->sc >> 4 & 3];
}

static void
put_stream(struct json *j, const struct meter_stream *s)
{
	json_open(j, NULL, '{');
	json_text(j, "origin", s->from == OP_FROM_CLIENT ? "client" : "server");
	put_title(j, "title", s->title);
	json_u64(j, "client_sap", s->client_sap);
	json_text(j, "key", meters_key_name(s));
	json_u64(j, "suite", s->sc & DLMS_SC_SUITE);
	json_text(j, "protection", meters_protection(s));
	json_u64(j, "last", s->last);
	json_u64(j, "highest", s->highest);
	json_u64(j, "first", s->first);
	json_u64(j, "pdus", s->pdus);
	json_u64(j, "gaps", s->gaps);
	json_u64(j, "replays", s->replays);
	json_u64(j, "resets", s->resets);
	json_close(j, '}');
}

const struct meter_stream *
meters_next_stream(const struct meters *m, const struct meter *meter,
    const struct meter_stream *last)
{
	const struct meter_stream *next = NULL, *s;

	for (uint32_t i = meter->streams; i != NONE; i = s->next) {
		s = &m->streams[i];
		if ((last == NULL || stream_order(s, last) > 0) &&
		    (next == NULL || stream_order(s, next) < 0))
			next = s;
	}
	return next;
}

static void
put_streams(struct json *j, const struct meters *m, const struct meter *meter)
{
	const struct meter_stream *s = NULL;

	json_open(j, "counters", '[');
	while ((s = meters_next_stream(m, meter, s)) != NULL)
		put_stream(j, s);
	json_close(j, ']');
}

static void
put_meter(struct json *j, const struct meters *m, const struct row *r,
    const struct row *end)
{
	const struct meter *meter = r->meter;
	char buf[EVENT_STR];
	struct text t;

	json_open(j, NULL, '{');
	put_title(j, "title", meter->title);
	if (meter->name[0] != '\0')
		json_str(j, "name",
		    (struct bytes){ meter->name,
		        strnlen((const char *)meter->name, METER_NAME) });
	json_open(j, "addresses", '[');
	for (; r < end; r++) {
		t = text_over(buf, sizeof(buf));
		say_address(&t, r->at);
		text_end(&t);
		json_text(j, NULL, buf);
	}
	json_close(j, ']');
	put_time(j, "first", meter->first_s);
	put_time(j, "last", meter->last_s);
	put_assocs(j, m, meter);
	put_streams(j, m, meter);
	json_close(j, '}');
}

/* A row for each address. */
static size_t
collect(const struct meters *m, struct row *rows)
{
	const struct place *p =
	    (const struct place *)(const void *)m->places.entries;
	size_t n = 0;

	for (uint32_t i = 0; i < m->meter_pool.used; i++)
		if (m->meters[i].first_s != 0)
			rows[n++] =
			    (struct row){ &m->meters[i], &m->meters[i].at };
	for (uint32_t i = 0; i < m->places.used; i++)
		if (p[i].meter != NONE &&
		    slots_holds(m, p[i].meter, p[i].generation))
			rows[n++] =
			    (struct row){ &m->meters[p[i].meter], &p[i].at };
	return n;
}

int
meters_write_begin(struct meters_writer *w, FILE *to)
{
	*w = (struct meters_writer){ .to = to, .buf = malloc(ROW) };
	if (w->buf == NULL)
		return -ENOMEM;
	fputc('[', to);
	return 0;
}

int
meters_write_more(struct meters_writer *w, const struct meters *m)
{
	size_t most = (size_t)m->places.used + m->meter_pool.used;
	struct row *rows = calloc(most + 1, sizeof(*rows));
	size_t n, end;
	struct json j;

	if (rows == NULL)
		return -ENOMEM;
	n = collect(m, rows);
	qsort(rows, n, sizeof(*rows), by_row);
	for (size_t i = 0; i < n; i = end) {
		for (end = i; end < n && rows[end].meter == rows[i].meter;)
			end++;
		json_start(&j, w->buf, ROW);
		put_meter(&j, m, &rows[i], &rows[end]);
		if (json_end(&j) > 0)
			fprintf(w->to, "%s%s", w->n++ > 0 ? "," : "", w->buf);
	}
	free(rows);
	return 0;
}

void
meters_write_end(struct meters_writer *w)
{
	fputs("]\n", w->to);
	free(w->buf);
}

int
meters_write(const struct meters *m, FILE *to)
{
	struct meters_writer w;
	int e = meters_write_begin(&w, to);

	if (e != 0)
		return e;
	if (m != NULL)
		e = meters_write_more(&w, m);
	meters_write_end(&w);
	return e;
}
