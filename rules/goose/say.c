/* SPDX-License-Identifier: Apache-2.0 */
/* Events about GOOSE publishers. */
#include <config.h>

#include "rules/goose/say.h"

static void
name(struct event *ev, const struct goose_publisher *p)
{
	event_set(&ev->subject, (struct bytes){ p->ref_octets, p->nref });
}

struct event
goose_say(const struct op *op, const struct goose_view *v,
    const struct event_def *def, const char *det)
{
	struct event ev = event_about(op, def, det);

	name(&ev, v->p);
	ev.doubtful = op->pdu->state == KNOW_GAPPED;
	return ev;
}

struct event
goose_say_of(const struct goose_publisher *p, const struct goose_moment *m,
    const uint8_t *mac, const struct event_def *def, const char *det)
{
	struct pdu pdu = { .at = { .tv_sec = (time_t)(m->at_us / 1000000),
		               .tv_nsec = (long)(m->at_us % 1000000 * 1000) },
		.frame = m->frame,
		.capture = m->capture,
		.src = p->src,
		.dst = p->dst,
		.vlans = p->vlans };
	struct op op = { .pdu = &pdu,
		.protocol = p->routed ? "rgoose" : "goose" };
	struct event ev;

	memcpy(pdu.vlan, p->vlan, sizeof(pdu.vlan));
	if (mac != NULL && !p->routed)
		memcpy(pdu.src.mac, mac, sizeof(pdu.src.mac));
	ev = event_about(&op, def, det);
	name(&ev, p);
	return ev;
}

void
goose_say_numbers(struct event *ev, const struct goose_view *v)
{
	event_add_u64(ev, "last_st", v->was.st);
	event_add_u64(ev, "last_sq", v->was.sq);
	event_add_u64(ev, "st", v->unit->st);
	event_add_u64(ev, "sq", v->unit->sq);
}

void
goose_say_mac(
    struct event *ev, const char *name_of, const uint8_t mac[6], bool routed)
{
	struct endpoint e = { .port = 0 };
	struct event_str s;

	if (routed)
		memcpy(e.ip + sizeof(e.ip) - 6, mac, 6);
	else
		memcpy(e.mac, mac, sizeof(e.mac));
	s = event_address(&e);
	event_add(ev, name_of, event_bytes(&s));
}
