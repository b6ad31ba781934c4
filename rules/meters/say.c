/* SPDX-License-Identifier: Apache-2.0 */
/* Events about a meter, and how it is called. */
#include <config.h>

#include "rules/meters/state.h"

/* The address, its port unless the meter dialled out, and the unit. */
void
say_address(struct text *t, const struct meter_address *at)
{
	struct endpoint e = { .port = 0 };
	struct event_str ip;
	bool v6;

	memcpy(e.ip, at->ip, sizeof(e.ip));
	ip = event_address(&e);
	v6 = memchr(ip.p, ':', ip.n) != NULL && at->port != 0;
	text_add(t, v6 ? "[" : "");
	text_put(t, (const char *)ip.p, ip.n);
	text_add(t, v6 ? "]" : "");
	if (at->port != 0) {
		text_add(t, ":");
		text_u64(t, at->port);
	}
	text_add(t, "/");
	text_u64(t, at->unit);
}

struct event_str
meters_address(const struct meter_address *at)
{
	char buf[EVENT_STR];
	struct text t = text_over(buf, sizeof(buf));
	struct event_str s = { .n = 0 };

	say_address(&t, at);
	text_end(&t);
	event_set(&s, (struct bytes){ (const uint8_t *)buf, t.n });
	return s;
}

struct event_str
meters_subject(const struct meter *meter)
{
	char buf[EVENT_STR];
	struct text t = text_over(buf, sizeof(buf));
	struct event_str s = { .n = 0 };
	char digits[3];

	if ((meter->flags & METER_TITLED) == 0)
		say_address(&t, &meter->at);
	else
		for (size_t i = 0; i < METER_TITLE; i++) {
			snprintf(
			    digits, sizeof(digits), "%02X", meter->title[i]);
			text_add(&t, digits);
		}
	text_end(&t);
	event_set(&s, (struct bytes){ (const uint8_t *)buf, t.n });
	return s;
}

void
meters_role_of(struct event *ev, const struct dlms_view *v)
{
	struct policy_client c = { .nroles = 0 };

	if (v->session != NULL)
		c = v->session->client;
	else if (v->apdu != NULL && v->client != NULL &&
	         v->from != OP_FROM_UNKNOWN)
		c = policy_client(v->group, v->apdu->client_sap,
		    (struct bytes){ NULL, 0 }, v->client->ip);
	if (c.nroles > 0)
		memcpy(ev->role, c.roles[0]->triplet, sizeof(ev->role));
	if (v->session != NULL && (v->session->flags & SESSION_USER) != 0)
		event_user(ev, v->session->user);
}

struct event
meters_event(const struct dlms_view *v, const struct op *op,
    const struct event_def *def, const char *det)
{
	struct event ev = event_about(op, def, det);

	if (v->meter != NULL)
		ev.subject = meters_subject(v->meter);
	else
		ev.subject = event_address(
		    v->from == OP_FROM_CLIENT ? &op->pdu->dst : &op->pdu->src);
	meters_role_of(&ev, v);
	/* whom it is about is the client, whoever speaks */
	ev.dst_is_peer = v->from == OP_FROM_SERVER;
	if (op->pdu->state != KNOW_COMPLETE || v->counter.doubtful)
		ev.doubtful = true;
	return ev;
}
