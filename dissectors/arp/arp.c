/* SPDX-License-Identifier: Apache-2.0 */
/* The Address Resolution Protocol (RFC 826), for detectors only. */
#include <config.h>

#include <string.h>

#include "dissectors/arp/arp.h"
#include "dissectors/dissector.h"

#define ETHERTYPE 0x0806
#define HEAD 8
#define ETHERNET 1
#define IPV4 0x0800

/* How long the four addresses are together; 0: not all of the head is there. */
static size_t
read_head(struct reader *r, struct arp_packet *p, uint8_t *mac_n, uint8_t *ip_n)
{
	p->hardware = rd_u16be(r);
	p->protocol = rd_u16be(r);
	*mac_n = rd_u8(r);
	*ip_n = rd_u8(r);
	p->operation = rd_u16be(r);
	p->mapped = r->err == RD_OK && p->hardware == ETHERNET &&
	            p->protocol == IPV4 && *mac_n == 6 && *ip_n == 4;
	return r->err == RD_OK ? 2 * ((size_t)*mac_n + *ip_n) : 0;
}

static enum probe
arp_probe(struct reader r)
{
	struct arp_packet p;
	uint8_t mac_n, ip_n;

	read_head(&r, &p, &mac_n, &ip_n);
	return r.err == RD_OK ? PROBE_LIKELY : PROBE_MORE;
}

static enum frame
arp_frame(struct reader r, size_t *len)
{
	struct arp_packet p;
	uint8_t mac_n, ip_n;
	size_t there = rd_left(&r) + r.lost;
	size_t addresses = read_head(&r, &p, &mac_n, &ip_n);

	if (r.err != RD_OK) {
		*len = there; /* if some was lost, nobody can say better */
		return r.err == RD_TRUNCATED ? FRAME_WHOLE : FRAME_ALIEN;
	}
	if (HEAD + addresses > there)
		return FRAME_ALIEN;
	*len = HEAD + addresses;
	return FRAME_WHOLE;
}

static void
read_end(struct reader *r, struct arp_end *e)
{
	const uint8_t *p = rd_take(r, sizeof(e->mac) + sizeof(e->ip));

	if (p == NULL)
		return;
	memcpy(e->mac, p, sizeof(e->mac));
	memcpy(e->ip, p + sizeof(e->mac), sizeof(e->ip));
}

static enum rd_err
read_packet(struct reader r, struct arp_packet *p, const char **flaw)
{
	uint8_t mac_n, ip_n;
	size_t addresses = read_head(&r, p, &mac_n, &ip_n);

	if (r.err != RD_OK) {
		*flaw = "the header has not 8 octets";
		return r.err;
	}
	if (p->mapped) {
		read_end(&r, &p->sender);
		read_end(&r, &p->target);
	} else {
		rd_take(&r, addresses);
	}
	if (r.err != RD_OK)
		*flaw = "the addresses run beyond the frame";
	return rd_end(&r);
}

static enum op_kind
kind_of(const struct arp_packet *p, enum rd_err verdict)
{
	if (verdict == RD_MALFORMED || verdict == RD_TRUNCATED)
		return OP_FLAW;
	if (p->operation == ARP_REQUEST)
		return OP_READ;
	return p->operation == ARP_REPLY ? OP_REPORT : OP_OTHER;
}

static enum rd_err
arp_dissect(struct reader r, struct ctx *ctx, struct op_sink *sink)
{
	struct arp_packet p = { 0 };
	struct op op = { .pdu = ctx->pdu, .protocol = "arp", .msg = &p };

	op.verdict = read_packet(r, &p, &op.flaw);
	op.kind = kind_of(&p, op.verdict);
	op.function = p.operation;
	op.object = (struct bytes){ p.sender.ip, sizeof(p.sender.ip) };
	sink->emit(sink, &op);
	return op.verdict;
}

const struct arp_packet *
arp_msg(const struct op *op)
{
	return strcmp(op->protocol, "arp") == 0 ? op->msg : NULL;
}

static const struct hint hints[] = {
	{ OVER_ETHERTYPE, ETHERTYPE },
	{ OVER_ETHERTYPE, 0 },
};

const struct dissector arp_dissector = {
	.name = "arp",
	.hints = hints,
	.probe = arp_probe,
	.frame = arp_frame,
	.dissect = arp_dissect,
};
