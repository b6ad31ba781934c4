/* SPDX-License-Identifier: Apache-2.0 */
/* GOOSE publishers and how each of them is configured. */
#include <config.h>

#include "dissectors/rgoose/rgoose.h"
#include "rules/goose/world.h"
#include "sensor/learn_parts.h"

static void
take_name(struct learn_publisher *p, uint8_t to[LEARN_NAME], struct bytes v,
    uint32_t differs)
{
	uint8_t name[LEARN_NAME] = { 0 };

	if (v.n == 0 || v.n >= LEARN_NAME)
		return;
	memcpy(name, v.p, v.n);
	if (to[0] != 0 && memcmp(to, name, LEARN_NAME) != 0)
		p->differs |= differs;
	else
		memcpy(to, name, LEARN_NAME);
}

static void
take_u32(struct learn_publisher *p, uint32_t *to, bool *has, uint32_t v,
    uint32_t differs)
{
	if (*has && *to != v)
		p->differs |= differs;
	*to = v;
	*has = true;
}

static void
take_mac(struct learn_publisher *p, const uint8_t mac[6])
{
	for (uint8_t i = 0; i < p->macs; i++)
		if (memcmp(p->mac[i], mac, 6) == 0)
			return;
	if (p->macs == 2)
		p->differs |= LEARN_DIFFERS_MAC;
	else
		memcpy(p->mac[p->macs++], mac, 6);
}

static void
take_ends(struct learn_publisher *p, const struct pdu *pdu)
{
	uint16_t vlan = pdu->vlans > 0 ? pdu->vlan[pdu->vlans - 1] : 0;

	take_mac(p, pdu->src.mac);
	if (p->has_dst && memcmp(p->dst, pdu->dst.mac, 6) != 0)
		p->differs |= LEARN_DIFFERS_DST;
	memcpy(p->dst, pdu->dst.mac, 6);
	p->has_dst = true;
	if (vlan == 0) /* no tag, or one of priority only, tells nothing */
		return;
	if (p->has_vlan && p->vlan != vlan)
		p->differs |= LEARN_DIFFERS_VLAN;
	p->vlan = vlan;
	p->has_vlan = true;
}

static void
take_types(struct learn_publisher *p, struct bytes data)
{
	struct goose_walk w = goose_data_walk(data);
	struct goose_value v;
	uint8_t types[LEARN_TYPES];
	uint16_t n = 0;

	while (goose_data_next(&w, &v)) {
		if (v.depth > 0)
			continue;
		if (n == LEARN_TYPES || v.tag > UINT8_MAX) {
			p->differs |= LEARN_DIFFERS_TYPES;
			return;
		}
		types[n++] = (uint8_t)v.tag;
	}
	if (p->has_types && (p->ntypes != n || memcmp(p->types, types, n) != 0))
		p->differs |= LEARN_DIFFERS_TYPES;
	p->has_types = true;
	p->ntypes = n;
	memcpy(p->types, types, n);
}

static void
take_unit(struct learn_publisher *p, const struct op *op,
    const struct goose_pdu *pdu, const struct rgoose_spdu *session)
{
	uint32_t appid = p->appid;

	p->clean++;
	p->routed = session != NULL;
	if (!p->routed)
		take_ends(p, op->pdu);
	take_u32(p, &appid, &p->has_appid, pdu->appid, LEARN_DIFFERS_APPID);
	p->appid = (uint16_t)appid;
	take_u32(p, &p->confrev, &p->has_confrev, pdu->confrev,
	    LEARN_DIFFERS_CONFREV);
	take_u32(p, &p->entries, &p->has_entries, pdu->entries,
	    LEARN_DIFFERS_ENTRIES);
	take_name(p, p->datset, pdu->datset, LEARN_DIFFERS_DATSET);
	take_name(p, p->goid, pdu->goid, LEARN_DIFFERS_GOID);
	take_types(p, pdu->data);
	if (pdu->tal > p->max_tal_ms)
		p->max_tal_ms = pdu->tal;
	p->secured += (pdu->auth.reading != GOOSE_NO_AUTH &&
	                  pdu->auth.reading != GOOSE_UNREAD) ||
	              (session != NULL && session->mac.n > 0);
}

/* What is not taken in may still be another version of what was. */
static void
hold_against(struct learn_publisher *p, const struct op *op,
    const struct goose_pdu *pdu, const struct rgoose_spdu *session)
{
	struct learn_publisher other = *p;

	other.differs = 0;
	take_unit(&other, op, pdu, session);
	if (other.macs != p->macs)
		other.differs |= LEARN_DIFFERS_MAC;
	p->later |= other.differs;
}

static void
see_sender(struct learn *l, const struct op *op)
{
	struct learn_key key;

	memset(&key, 0, sizeof(key));
	key.kind = LEARN_ROUTED;
	memcpy(key.a, op->pdu->dst.ip, 16);
	memcpy(key.b, op->pdu->src.ip, 16);
	learn_see(l, op, &key);
}

void
learn_goose(struct learn *l, const struct op *op)
{
	const struct rgoose_spdu *session = rgoose_msg(op);
	const struct goose_pdu *pdu = goose_world_pdu(op);
	uint8_t name[LEARN_NAME] = { 0 };
	struct learn_publisher *p;
	bool fresh;

	if (session != NULL && op->kind != OP_FLAW &&
	    (session->si == RGOOSE_GOOSE || session->si == RGOOSE_SV))
		see_sender(l, op);
	/* what is cut at 128 octets by its subject is no name to rely on */
	if (pdu == NULL || op->kind != OP_REPORT || pdu->tag != GOOSE_PDU ||
	    op->verdict == RD_MALFORMED || pdu->gocbref.n == 0 ||
	    pdu->gocbref.n > GOOSE_REF)
		return;
	memcpy(name, pdu->gocbref.p, pdu->gocbref.n);
	p = learn_table_put(&l->publishers, name, &fresh);
	if (p == NULL)
		return;
	if (fresh) {
		p->first_us = learn_us(op->pdu->at);
		p->frame = op->pdu->frame;
		p->capture = op->pdu->capture;
	}
	p->n++;
	p->last_us = learn_us(op->pdu->at);
	if (l->raised && p->alarm_us == 0)
		p->alarm_us = p->last_us + 1;
	if (p->alarm_us == 0)
		take_unit(p, op, pdu, session);
	else if (p->clean > 0)
		hold_against(p, op, pdu, session);
}
