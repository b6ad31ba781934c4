/* SPDX-License-Identifier: Apache-2.0 */
/* An event as one JSON object: the names that other programs rely on. */
#include <config.h>

#include "dissectors/json.h"
#include "outputs/json/json_event.h"
#include "outputs/message.h"
#include "rules/allow.h"

static void
put_text(struct json *j, const char *key, const char *v)
{
	if (v != NULL && *v != '\0')
		json_text(j, key, v);
}

static void
put_number(struct json *j, const char *key, uint64_t v)
{
	if (v != 0)
		json_u64(j, key, v);
}

static struct endpoint
without_port(struct endpoint e)
{
	e.port = 0;
	return e;
}

static void
put_definition(struct json *j, const struct event *ev)
{
	char text[MESSAGE_TEXT];

	put_text(j, "id", ev->def->id);
	put_text(j, "mnemonic", ev->def->mnemonic);
	put_text(j, "severity", event_severity(ev->severity));
	put_text(j, "det", ev->det);
	json_str(j, "text", message_text(text, ev));
}

static void
put_peer(struct json *j, const struct event *ev)
{
	char s[MESSAGE_ENDPOINT];

	put_text(j, "peer", message_peer(s, ev));
}

static void
put_endpoint(struct json *j, const char *key, const struct endpoint *e)
{
	struct endpoint mac = { .port = 0 }, ip = without_port(*e);
	char s[MESSAGE_ENDPOINT];

	if (*message_endpoint(s, e) == '\0')
		return;
	memcpy(mac.mac, e->mac, sizeof(mac.mac));
	memset(ip.mac, 0, sizeof(ip.mac));
	json_open(j, key, '{');
	put_text(j, "mac", message_endpoint(s, &mac));
	put_text(j, "ip", message_endpoint(s, &ip));
	put_number(j, "port", e->port);
	json_close(j, '}');
}

static void
put_vlans(struct json *j, const struct event *ev)
{
	if (ev->vlans == 0)
		return;
	json_open(j, "vlan", '[');
	for (size_t i = 0; i < ev->vlans && i < PDU_VLANS; i++)
		json_u64(j, NULL, ev->vlan[i]);
	json_close(j, ']');
}

/* A number is kept as its digits. */
static uint64_t
value_of(const struct event_str *s)
{
	uint64_t v = 0;

	for (size_t i = 0; i < s->n; i++)
		v = v * 10 + (uint64_t)(s->p[i] - '0');
	return v;
}

static void
put_why(struct json *j, const struct event *ev)
{
	if (ev->nwhy == 0)
		return;
	json_open(j, "why", '{');
	for (size_t i = 0; i < ev->nwhy; i++) {
		const struct event_why *w = &ev->why[i];

		if (w->number)
			json_u64(j, w->name, value_of(&w->value));
		else
			json_str(j, w->name, event_bytes(&w->value));
	}
	json_close(j, '}');
}

/* The ids stand one behind the other with a comma between. */
static void
put_attack(struct json *j, const char *ids)
{
	size_t n;

	if (ids == NULL || *ids == '\0')
		return;
	json_open(j, "attack", '[');
	for (; *ids != '\0'; ids += n + (ids[n] == ',')) {
		n = strcspn(ids, ",");
		json_str(j, NULL, (struct bytes){ (const uint8_t *)ids, n });
	}
	json_close(j, ']');
}

static void
put_packet(struct json *j, const struct event *ev)
{
	put_text(j, "proto", ev->proto);
	put_peer(j, ev);
	if (ev->user.n > 0)
		json_str(j, "user", event_bytes(&ev->user));
	put_text(j, "role", ev->role);
	put_endpoint(j, "src", &ev->src);
	put_endpoint(j, "dst", &ev->dst);
	put_vlans(j, ev);
	put_text(j, "flow", ev->flow);
	put_number(j, "frame", ev->frame);
	put_text(j, "capture", ev->capture);
}

size_t
json_event_format(
    char *buf, size_t size, const char *source, const struct event *ev)
{
	char ts[MESSAGE_TIME], allow[ALLOW];
	struct json j;

	json_start(&j, buf, size);
	json_open(&j, NULL, '{');
	put_text(&j, "ts", message_time(ts, &ev->at, 'T'));
	put_definition(&j, ev);
	put_number(&j, "sqnum", ev->sqnum);
	put_text(&j, "source", source);
	put_packet(&j, ev);
	if (ev->subject.n > 0)
		json_str(&j, "subject", event_bytes(&ev->subject));
	put_text(&j, "state", event_state(ev->state));
	put_text(&j, "confidence", ev->doubtful ? "low" : "high");
	put_why(&j, ev);
	put_attack(&j, ev->attack);
	put_text(&j, "allow", allow_line(allow, ev));
	json_u64(&j, "count", ev->count);
	put_text(&j, "std", ev->std);
	put_text(&j, "ref", ev->ref);
	json_close(&j, '}');
	return json_end(&j);
}
