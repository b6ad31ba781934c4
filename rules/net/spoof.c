/* SPDX-License-Identifier: Apache-2.0 */
/* N-3: an IP address is claimed by another MAC address (RFC 826, RFC 5227). */
#include <config.h>

#include <stdio.h>

#include "dissectors/arp/arp.h"
#include "rules/detector.h"
#include "rules/full.h"
#include "rules/table.h"
#include "rules/when.h"

#define DET "N-3"
#define GRACE_MS 1000 /* what was on its way when an address moved */

struct holder {
	struct { /* no padding: it is hashed */
		uint8_t ip[4];
		uint16_t vlan[2];
	} key;
	uint8_t mac[6], before[6]; /* before: from whom it moved */
	bool moved;                /* it was announced */
	bool watched;              /* and who was before is not heard again */
	uint64_t moved_ms, seen_ms;
};

struct spoof {
	uint32_t t_s;
	bool said_full;
	uint64_t moved_ms; /* the last announced move of all; 0: none */
	struct table table;
};

static size_t
round_up(size_t n)
{
	return (n + 63) & ~(size_t)63;
}

static size_t
spoof_size(const struct rules_limits *limits)
{
	return round_up(sizeof(struct spoof)) +
	       round_up(limits->hosts * sizeof(struct table_slot)) +
	       limits->hosts * sizeof(struct holder);
}

static void
spoof_start(void *state, const struct setup *setup)
{
	struct spoof *s = state;
	uint32_t cap = setup->limits->hosts;
	uint8_t *slots = (uint8_t *)state + round_up(sizeof(*s));

	table_init(&s->table, setup->key, (void *)slots,
	    slots + round_up(cap * sizeof(struct table_slot)), cap,
	    sizeof(struct holder), sizeof(((struct holder *)0)->key));
}

static bool
begins(const uint8_t mac[6], const uint8_t *prefix, size_t n)
{
	return memcmp(mac, prefix, n) == 0;
}

/* Addresses that routers hand to each other without a word. */
static bool
is_virtual(const uint8_t mac[6])
{
	static const uint8_t vrrp[] = { 0x00, 0x00, 0x5e, 0x00 };
	static const uint8_t hsrp1[] = { 0x00, 0x00, 0x0c, 0x07, 0xac };
	static const uint8_t hsrp2[] = { 0x00, 0x00, 0x0c, 0x9f };
	static const uint8_t glbp[] = { 0x00, 0x07, 0xb4 };

	/* RFC 9568, 7.3: 01 is VRRP of IPv4, 02 of IPv6 */
	return (begins(mac, vrrp, sizeof(vrrp)) &&
	           (mac[4] == 1 || mac[4] == 2)) ||
	       begins(mac, hsrp1, sizeof(hsrp1)) ||
	       (begins(mac, hsrp2, sizeof(hsrp2)) && mac[4] >> 4 == 0xf) ||
	       begins(mac, glbp, sizeof(glbp));
}

/* A probe asks before it takes an address; nobody holds 0.0.0.0. */
static bool
is_claim(const struct arp_packet *a)
{
	static const uint8_t none[6];
	const struct arp_end *s = &a->sender;

	return a->mapped && s->ip[0] != 0 && s->ip[0] < 224 &&
	       (s->mac[0] & 1) == 0 && memcmp(s->mac, none, sizeof(none)) != 0;
}

/* Cooked captures do not say to whom a frame goes. */
static bool
is_announced(const struct op *op, const struct arp_packet *a)
{
	static const uint8_t none[6],
	    all[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	const uint8_t *to = op->pdu->dst.mac;

	return memcmp(a->sender.ip, a->target.ip, sizeof(a->sender.ip)) == 0 &&
	       (memcmp(to, all, sizeof(all)) == 0 ||
	           memcmp(to, none, sizeof(none)) == 0);
}

static void
add_mac(struct event *ev, const char *name, const uint8_t mac[6])
{
	char s[18];

	snprintf(s, sizeof(s), "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1],
	    mac[2], mac[3], mac[4], mac[5]);
	event_add_text(ev, name, s);
}

/* By ARP, or by sending from the address: then a is NULL. */
static void
say(const struct holder *h, const struct op *op, const struct arp_packet *a,
    const uint8_t mac[6], struct event_sink *out)
{
	struct event ev = event_about(op, &EV_ARP_SPOOF, DET);
	uint64_t now = when_ms(op->pdu->at);
	struct endpoint e = { .ip = { [10] = 0xff, 0xff } };

	memcpy(e.ip + 12, h->key.ip, sizeof(h->key.ip));
	ev.subject = event_address(&e);
	add_mac(&ev, "holder", h->mac);
	add_mac(&ev, "claimed_by", mac);
	event_add_text(&ev, "by",
	    a == NULL                     ? "traffic"
	    : is_announced(op, a)         ? "announcement"
	    : a->operation == ARP_REQUEST ? "request"
	                                  : "reply");
	event_add_u64(&ev, "holder_spoke_ms", when_apart(h->seen_ms, now));
	if (h->moved)
		event_add_u64(&ev, "moved_ms", when_apart(h->moved_ms, now));
	if (memcmp(mac, op->pdu->src.mac, 6) != 0)
		add_mac(&ev, "frame_from", op->pdu->src.mac);
	out->emit(out, &ev);
}

static void
move(struct holder *h, const uint8_t mac[6], bool announced, uint64_t now)
{
	memcpy(h->before, h->mac, sizeof(h->before));
	memcpy(h->mac, mac, sizeof(h->mac));
	h->moved = announced;
	h->watched = false;
	h->moved_ms = h->seen_ms = now;
}

/*
 * One announced move is a failover; a holder that was silent may have lost its
 * lease.  The address goes back to who held it before a move that was none.
 */
static void
contest(struct spoof *s, struct holder *h, const struct op *op,
    const struct arp_packet *a, struct event_sink *out)
{
	uint64_t now = when_ms(op->pdu->at);
	const uint8_t *mac = a->sender.mac;
	bool announced = is_announced(op, a);
	bool recent = h->moved && when_within(h->moved_ms, now, s->t_s);

	if (is_virtual(mac) || !when_within(h->seen_ms, now, s->t_s)) {
		move(h, mac, false, now);
		return;
	}
	if (announced && !recent) {
		move(h, mac, true, now);
		h->watched = true;
		s->moved_ms = now;
		return;
	}
	say(h, op, a, mac, out);
	if (recent && memcmp(mac, h->before, sizeof(h->before)) == 0)
		move(h, mac, true, now);
}

static struct holder
key_of(const uint8_t ip[4], const struct pdu *pdu)
{
	struct holder key = { 0 };

	memcpy(key.key.ip, ip, sizeof(key.key.ip));
	for (size_t i = 0; i < 2 && i < pdu->vlans; i++)
		key.key.vlan[i] = pdu->vlan[i];
	return key;
}

/* Who failed does not go on sending. */
static void
see_traffic(struct spoof *s, const struct op *op, struct event_sink *out)
{
	static const uint8_t v4[12] = { [10] = 0xff, [11] = 0xff };
	const struct endpoint *from = &op->pdu->src;
	uint64_t now = when_ms(op->pdu->at);
	struct holder key, *h;

	if (memcmp(from->ip, v4, sizeof(v4)) != 0)
		return;
	key = key_of(from->ip + sizeof(v4), op->pdu);
	h = table_find(&s->table, &key.key);
	if (h == NULL || !h->watched ||
	    !when_within(h->moved_ms, now, s->t_s) ||
	    when_since(h->moved_ms, now) < GRACE_MS ||
	    memcmp(from->mac, h->before, sizeof(h->before)) != 0)
		return;
	say(h, op, NULL, from->mac, out);
	move(h, from->mac, true, now);
}

static void
see_claim(struct spoof *s, const struct op *op, const struct arp_packet *a,
    struct event_sink *out)
{
	struct holder key = key_of(a->sender.ip, op->pdu), *h;
	bool fresh;

	h = table_put(&s->table, &key.key, &fresh);
	if (s->table.evicted > 0 && !s->said_full) {
		s->said_full = true;
		full_say(out, op, DET, s->table.cap);
	}
	if (fresh)
		memcpy(h->mac, a->sender.mac, sizeof(h->mac));
	if (memcmp(h->mac, a->sender.mac, sizeof(h->mac)) == 0)
		h->seen_ms = when_ms(op->pdu->at);
	else
		contest(s, h, op, a, out);
}

static void
spoof_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	struct spoof *s = state;
	const struct arp_packet *a;

	(void)known;
	if (op->pdu->carrier != OVER_ETHERTYPE) {
		/* most have nothing to fear: no address has moved */
		if (s->moved_ms != 0 &&
		    when_within(s->moved_ms, when_ms(op->pdu->at), s->t_s))
			see_traffic(s, op, out);
		return;
	}
	a = arp_msg(op);
	if (a != NULL && (op->kind == OP_READ || op->kind == OP_REPORT) &&
	    is_claim(a))
		see_claim(s, op, a, out);
}

static const struct parameter parameters[] = {
	{ "t_s", offsetof(struct spoof, t_s), 300, 1, 86400 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct detection detections[] = {
	{ DET, "T0830", parameters },
	{ NULL, NULL, NULL },
};

static size_t
spoof_kept(void *state, struct kept_part to[KEPT_MOST])
{
	struct spoof *s = state;

	to[0] = kept_table("net.holders", 1, &s->table);
	to[1] = kept_each("net.moved", 1, &s->moved_ms, sizeof(s->moved_ms), 1);
	return 2;
}

const struct detector net_spoof_detector = {
	.detections = detections,
	.kinds = DETECTOR_ON_ALL,
	.size = spoof_size,
	.start = spoof_start,
	.on_op = spoof_on_op,
	.kept = spoof_kept,
};
