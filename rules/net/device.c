/* SPDX-License-Identifier: Apache-2.0 */
/* N-1: a device that is not in the inventory. */
#include <config.h>

#include <stdio.h>

#include "dissectors/transport.h"
#include "rules/detector.h"
#include "rules/full.h"
#include "rules/policy.h"
#include "rules/table.h"

#define DET "N-1"
#define STRANGERS 4096 /* addresses that were told of */

struct stranger {
	uint8_t address[16]; /* of IP, or a MAC and zeros */
};

struct device {
	const struct policy *policy;
	bool said_full;
	struct table table;
	struct table_slot slots[STRANGERS];
	struct stranger strangers[STRANGERS];
};

static void
device_start(void *state, const struct setup *setup)
{
	struct device *d = state;

	d->policy = setup->policy;
	table_init(&d->table, setup->key, d->slots, d->strangers, STRANGERS,
	    sizeof(struct stranger), sizeof(d->strangers->address));
}

/* Whether it is the first time; it is known from now on. */
static bool
is_news(struct device *d, const uint8_t *address, size_t n)
{
	uint8_t key[16] = { 0 };
	bool fresh;

	memcpy(key, address, n);
	table_put(&d->table, key, &fresh);
	return fresh;
}

/* Addresses that no device has for its own: anybody may send from them. */
static bool
is_none(const uint8_t ip[16])
{
	static const uint8_t none[16], v4[12] = { [10] = 0xff, [11] = 0xff };

	if (memcmp(ip, v4, sizeof(v4)) == 0)
		return ip[12] == 0 || ip[12] >= 224;
	return memcmp(ip, none, sizeof(none)) == 0;
}

static bool
is_new_ip(struct device *d, const uint8_t ip[16])
{
	return !is_none(ip) &&
	       policy_device(d->policy, ip) == POLICY_UNLISTED &&
	       is_news(d, ip, 16);
}

/* Behind a router all have its address: the frame's is not theirs alone. */
static bool
is_new_mac(struct device *d, const uint8_t mac[6])
{
	static const uint8_t none[6];

	return memcmp(mac, none, sizeof(none)) != 0 && (mac[0] & 1) == 0 &&
	       policy_device_mac(d->policy, mac) == POLICY_UNLISTED &&
	       is_news(d, mac, 6);
}

static const char *
proto_of(enum carrier carrier)
{
	static const char *const names[] = { [OVER_TCP] = "tcp",
		[OVER_UDP] = "udp",
		[OVER_ETHERTYPE] = "ethernet" };

	return names[carrier];
}

static void
say(const struct device *d, const struct op *op, bool ip, bool mac,
    struct event_sink *out)
{
	const struct endpoint *e = &op->pdu->src;
	struct endpoint link = { .port = 0 };
	struct event_str m;
	struct event ev = event_about(op,
	    policy_substation(d->policy) ? &EV_ASSET_UNKNOWN : &EV_ASSET_NEW,
	    DET);

	memcpy(link.mac, e->mac, sizeof(link.mac));
	m = event_address(&link);
	ev.subject = ip ? event_address(e) : m;
	ev.proto = proto_of(op->pdu->carrier);
	event_add_text(&ev, "unlisted",
	    ip && mac ? "both"
	    : ip      ? "address"
	              : "mac");
	event_add(&ev, "mac", event_bytes(&m));
	if (op->pdu->ethertype != 0)
		event_add_u64(&ev, "ethertype", op->pdu->ethertype);
	else
		event_add_u64(&ev, "peer_port", op->pdu->dst.port);
	out->emit(out, &ev);
}

static void
device_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	struct device *d = state;
	const struct transport *t = transport_msg(op);
	bool ip, mac;

	(void)known;
	if (t == NULL || t->note != TRANSPORT_MET)
		return;
	ip = is_new_ip(d, op->pdu->src.ip);
	mac = is_new_mac(d, op->pdu->src.mac);
	if (ip || mac)
		say(d, op, ip, mac, out);
	if (d->table.evicted > 0 && !d->said_full) {
		d->said_full = true;
		full_say(out, op, DET, STRANGERS);
	}
}

static const struct detection detections[] = {
	{ DET, "T0864", NULL },
	{ NULL, NULL, NULL },
};

static size_t
device_kept(void *state, struct kept_part to[KEPT_MOST])
{
	struct device *d = state;

	to[0] = kept_table("net.strangers", 1, &d->table);
	return 1;
}

const struct detector net_device_detector = {
	.detections = detections,
	.needs_policy = DET,
	.protocol = TRANSPORT_PROTOCOL,
	.kinds = DETECTOR_ON(OP_OTHER),
	.state_size = sizeof(struct device),
	.start = device_start,
	.on_op = device_on_op,
	.kept = device_kept,
};
