/* SPDX-License-Identifier: Apache-2.0 */
/* Putting an event of DNP3 together. */
#include <config.h>

#include "rules/dnp3/say.h"

/*
 * The user in whose name a master speaks, by the objects in which it proves
 * that: reply, aggressive mode, session keys (IEEE 1815-2012, A.45).
 */
static void
set_user(struct event *ev, const struct dnp3_view *v)
{
	struct dnp3_walk w = dnp3_objects(v->app);
	struct dnp3_points points;
	struct dnp3_header h;
	struct dnp3_point p;
	struct dnp3_auth a;

	while (ev->user.n == 0 && dnp3_next(&w, &h)) {
		if (h.group != 120 ||
		    (h.variation != 2 && h.variation != 3 && h.variation != 6))
			continue;
		points = dnp3_points(&h);
		if (dnp3_next_point(&points, &p) && dnp3_auth(&h, &p, &a))
			event_user(ev, a.user);
	}
}

struct event
dnp3_say(const struct op *op, const struct dnp3_view *v,
    const struct event_def *def, const char *det)
{
	struct event ev = event_about(op, def, det);
	struct endpoint e = { .port = 0 };
	char link[8];

	memcpy(e.ip, v->a->key.station, sizeof(e.ip));
	ev.subject = event_address(&e);
	snprintf(link, sizeof(link), "/%u", v->a->key.link);
	memcpy(ev.subject.p + ev.subject.n, link, strlen(link));
	ev.subject.n = (uint8_t)(ev.subject.n + strlen(link));
	ev.proto = "dnp3";
	ev.doubtful = !v->complete;
	if (v->app != NULL && v->from_master)
		set_user(&ev, v);
	return ev;
}

void
dnp3_say_request(struct event *ev, const struct dnp3_view *v)
{
	struct dnp3_walk w = dnp3_objects(v->app);
	struct dnp3_points points;
	struct dnp3_header h;
	struct dnp3_point p;

	event_add_u64(ev, "master_link", v->a->key.master_link);
	event_add_u64(ev, "function", v->app->function);
	do {
		if (!dnp3_next(&w, &h))
			return;
	} while (h.group == 120); /* what is done stands behind who asks */
	event_add_u64(ev, "group", h.group);
	event_add_u64(ev, "variation", h.variation);
	points = dnp3_points(&h);
	if (dnp3_next_point(&points, &p))
		event_add_u64(ev, "index", p.index);
}

void
dnp3_say_ip(struct event *ev, const char *name, const uint8_t ip[16])
{
	struct endpoint e = { .port = 0 };
	struct event_str s;

	memcpy(e.ip, ip, sizeof(e.ip));
	s = event_address(&e);
	event_add(ev, name, event_bytes(&s));
}
