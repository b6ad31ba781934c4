/* SPDX-License-Identifier: Apache-2.0 */
/* Putting an event of IEC 104 together. */
#include <config.h>

#include "rules/iec104/say.h"

struct event
iec104_say(const struct op *op, const struct iec104_view *v,
    const struct event_def *def, const char *det)
{
	struct event ev = event_about(op, def, det);
	bool from_master = v->link->client == op->pdu->dir + 1;

	ev.subject = event_address(from_master ? &op->pdu->dst : &op->pdu->src);
	ev.proto = "iec104";
	ev.doubtful = !v->complete;
	return ev;
}

void
iec104_say_asdu(struct event *ev, const struct iec104_view *v)
{
	event_add_u64(ev, "type", v->apdu->type);
	event_add_u64(ev, "ca", v->apdu->ca);
	event_add_u64(ev, "ioa", iec104_say_ioa(v->apdu));
}

void
iec104_say_ip(struct event *ev, const char *name, const uint8_t ip[16])
{
	struct endpoint e = { .port = 0 };
	struct event_str s;

	memcpy(e.ip, ip, sizeof(e.ip));
	s = event_address(&e);
	event_add(ev, name, event_bytes(&s));
}

uint32_t
iec104_say_ioa(const struct iec104_apdu *a)
{
	struct iec104_walk w = iec104_objects(a);
	struct iec104_object o;

	return iec104_next(&w, &o) ? o.ioa : 0;
}

bool
iec104_say_select(const struct iec104_apdu *a)
{
	struct iec104_walk w = iec104_objects(a);
	struct iec104_object o;
	bool select = false;

	return iec104_next(&w, &o) && iec104_select(&o, &select) && select;
}
