/* SPDX-License-Identifier: Apache-2.0 */
/* What units add to the counters of their protocol and connection. */
#include <config.h>

#include "dissectors/dnp3/dnp3.h"
#include "dissectors/iec104/iec104.h"
#include "dissectors/transport.h"
#include "sensor/nsm_parts.h"

/* A request that changes something. */
static bool
is_command(const struct op *op)
{
	return op->from == OP_FROM_CLIENT && op->result == OP_NO_RESULT &&
	       (op->kind == OP_CONTROL || op->kind == OP_WRITE);
}

static void
count_profile(struct nsm_prot *p, struct nsm_conn *c, enum nsm_profile profile)
{
	if (profile == NSM_P_NONE) {
		p->unsecured_pdus++;
	} else {
		p->secured_pdus++;
		if (profile == NSM_P_ENCRYPTED || profile == NSM_P_BOTH)
			p->opaque_pdus++;
	}
	/* the best that was seen: one plain log-in does not undo it */
	if (c != NULL && profile > c->profile)
		c->profile = (uint8_t)profile;
}

static enum nsm_profile
dlms_profile(const struct dlms_apdu *a)
{
	unsigned sc =
	    a->cipher.sc & (DLMS_SC_AUTHENTICATED | DLMS_SC_ENCRYPTED);

	if (!a->cipher.there || sc == 0)
		return NSM_P_NONE;
	if (sc == DLMS_SC_AUTHENTICATED)
		return NSM_P_AUTHENTICATED;
	return sc == DLMS_SC_ENCRYPTED ? NSM_P_ENCRYPTED : NSM_P_BOTH;
}

static void
name(struct nsm_conn *c, uint32_t client, uint32_t server)
{
	if (c == NULL || c->named)
		return;
	c->app[0] = client;
	c->app[1] = server;
	c->named = true;
}

static void
retransmitted(struct nsm_conn *c, bool repeated)
{
	if (c != NULL && repeated)
		c->retrans++;
}

static void
take_dlms(struct nsm *n, struct nsm_prot *p, struct nsm_over o,
    const struct op *op, const struct dlms_view *v)
{
	const struct dlms_apdu *a = op->msg;

	if (op->outer == NULL) {
		if (a->there)
			count_profile(p, o.c, dlms_profile(a));
		p->checksum_errors += a->hdlc.crc_error;
		retransmitted(o.c, a->hdlc.repeated);
	}
	if (o.flow == NULL)
		return;
	if ((a->client_sap | a->server_sap) != 0)
		name(o.c, a->client_sap, a->server_sap);
	if (v != NULL && v->opened) {
		p->suc_assoc++;
		if (o.c != NULL && v->assoc != NULL && v->assoc->mechanism > 0)
			o.c->authenticated = true;
		nsm_conn_state(n, o, NSM_A_ESTABLISHED);
	} else if (a->tag == DLMS_AARE && op->result == OP_REFUSED) {
		p->fail_assoc++;
		nsm_conn_state(n, o, NSM_A_REJECTED);
	} else if (a->tag == DLMS_AARQ && nsm_state(o) != NSM_A_ESTABLISHED) {
		nsm_conn_state(n, o, NSM_A_CONNECTING);
	} else if (a->tag == DLMS_RLRE || a->hdlc.kind == DLMS_HDLC_DISC) {
		nsm_conn_state(n, o, NSM_A_RELEASED);
	} else if (op->from == OP_FROM_SERVER &&
	           nsm_state(o) == NSM_A_UNKNOWN && a->there &&
	           a->tag != DLMS_AARE) {
		nsm_conn_state(n, o, NSM_A_ESTABLISHED);
	}
}

static void
take_iec104(
    struct nsm *n, struct nsm_prot *p, struct nsm_over o, const struct op *op)
{
	const struct iec104_apdu *a = op->msg;
	bool secure = a->type >= 81 && a->type <= 87;

	count_profile(p, o.c, secure ? NSM_P_AUTHENTICATED : NSM_P_NONE);
	if (o.flow == NULL)
		return;
	if (a->read == IEC104_ASDU)
		name(o.c, 0, a->ca);
	if (a->read == IEC104_APCI && a->format == IEC104_U) {
		if (a->u == IEC104_STARTDT_CON) {
			p->suc_assoc += nsm_state(o) != NSM_A_ESTABLISHED;
			nsm_conn_state(n, o, NSM_A_ESTABLISHED);
		} else if (a->u == IEC104_STOPDT_CON) {
			nsm_conn_state(n, o, NSM_A_IDLE);
		} else if (a->u == IEC104_STARTDT_ACT &&
		           nsm_state(o) == NSM_A_UNKNOWN) {
			nsm_conn_state(n, o, NSM_A_CONNECTING);
		}
	} else if (nsm_state(o) == NSM_A_UNKNOWN && a->format == IEC104_I) {
		nsm_conn_state(n, o, NSM_A_ESTABLISHED);
	}
}

static bool
is_authentication(const struct dnp3_fragment *f)
{
	return (f->first.n > 0 && f->first.p[0] == 120) ||
	       f->function == DNP3_AUTH_REQUEST ||
	       f->function == DNP3_AUTH_REQUEST_NR ||
	       f->function == DNP3_AUTH_RESPONSE;
}

static void
take_dnp3(
    struct nsm *n, struct nsm_prot *p, struct nsm_over o, const struct op *op)
{
	const struct dnp3_frame *f = op->msg;

	if (op->verdict == RD_OK || op->verdict == RD_TRAILING)
		p->checksum_errors += f->crc_errors;
	count_profile(p, o.c,
	    f->whole && is_authentication(&f->app) ? NSM_P_AUTHENTICATED
	                                           : NSM_P_NONE);
	if (o.flow == NULL || !f->headed)
		return;
	retransmitted(o.c, f->repeated);
	name(o.c, f->dir ? f->src : f->dst, f->dir ? f->dst : f->src);
	if (f->dir && nsm_state(o) == NSM_A_UNKNOWN) {
		nsm_conn_state(n, o, NSM_A_CONNECTING);
	} else if (!f->dir && f->whole && nsm_state(o) < NSM_A_ESTABLISHED) {
		p->suc_assoc++;
		nsm_conn_state(n, o, NSM_A_ESTABLISHED);
	}
}

static void
take_verdict(struct nsm_prot *p, struct nsm_conn *c, const struct op *op)
{
	if (op->verdict == RD_MALFORMED) {
		p->malformed_pdus++;
		p->malformed_pdus_ts = nsm_ns(op->pdu->at);
		if (c != NULL)
			c->malformed++;
	}
	if (op->result == OP_REFUSED && op->kind != OP_ASSOCIATE) {
		p->author_failures++;
		p->author_failures_ts = nsm_ns(op->pdu->at);
		if (c != NULL)
			c->author++;
	}
	if (is_command(op)) {
		p->ctl_cmds++;
		if (c != NULL)
			c->ctl++;
	}
}

static void
take_unit(struct nsm_prot *p, struct nsm_conn *c, const struct op *op)
{
	const struct pdu *pdu = op->pdu;

	p->pdus++;
	p->octets += pdu->octets;
	if (c == NULL)
		return;
	c->pdus[pdu->dir & 1]++;
	c->octets += pdu->octets;
	c->last_s = (uint32_t)pdu->at.tv_sec;
	c->last_ds = (uint8_t)((uint32_t)pdu->at.tv_nsec / 100000000);
	c->dirty = true;
	if (c->init == 0 && op->from != OP_FROM_UNKNOWN)
		c->init = (uint8_t)(op->from == OP_FROM_CLIENT ? pdu->dir + 1
		                                               : 2 - pdu->dir);
}

/* What detectors said of this op. */
static void
take_raised(const struct nsm *n, struct nsm_conn *c)
{
	if (n->nraised == 0 || c == NULL)
		return;
	c->seq += n->added[NSM_SEQUENCE] + n->added[NSM_REPLAY_COUNT];
	c->timeouts += n->added[NSM_TIMEOUT];
	c->auth += n->added[NSM_AUTHENTICATION];
	c->author += n->added[NSM_AUTHORISATION];
	c->dirty = true;
}

static uint32_t
take_goose(
    struct nsm *n, struct nsm_prot *p, const struct op *op, const void *known)
{
	const struct goose_pdu *pdu = goose_world_pdu(op);

	if (pdu == NULL)
		return 0;
	count_profile(p, NULL,
	    pdu->auth.reading != GOOSE_NO_AUTH ? NSM_P_AUTHENTICATED
	                                       : NSM_P_NONE);
	return nsm_goose_op(n, op, pdu, known);
}

/* A title may make another meter of the one that was met first. */
static uint32_t
take_meter(
    struct nsm *n, struct nsm_conn *c, const struct op *op, const void *known)
{
	uint32_t index = nsm_dlms_op(n, op, known);

	if (c == NULL || index == 0 || (c->met && op->kind != OP_ASSOCIATE))
		return index;
	if (!nsm_dlms_there(n, c->meter))
		c->meter = index;
	c->met = true;
	return index;
}

/*
 * Most units of 104 and DNP3: they tell nothing of their connection, nor of
 * anything that is counted, and the page has no room for that connection.
 */
static bool
is_usual(const struct nsm *n, const struct op *op, unsigned prot)
{
	uint64_t place = (op->pdu->flow >> 32) - 1;
	const struct iec104_apdu *a = op->msg;

	if ((prot != 1 && prot != 2) || place >= n->nflows ||
	    n->flows[place] != (NSM_A_ESTABLISHED | prot << NSM_FLOW_SHIFT) ||
	    op->verdict != RD_OK || op->result == OP_REFUSED ||
	    n->nraised > 0 || n->npending > 0)
		return false;
	if (prot == 1)
		return op->kind == OP_REPORT ||
		       (op->kind == OP_LINK && a->format == IEC104_S);
	return op->kind == OP_REPORT || op->kind == OP_READ;
}

void
nsm_op(struct nsm *n, const struct op *op, const void *known)
{
	unsigned prot = nsm_prot_of(op->protocol);
	struct nsm_prot *p = &n->prots[prot];
	struct nsm_over o = { NULL, NULL };
	struct nsm_ref ref = { 0 };

	if (prot == NSM_PROTS - 1) {
		if (transport_msg(op) != NULL)
			nsm_conn_transport(n, op);
		if (n->nraised > 0 || n->npending > 0)
			nsm_events_settle(n, NULL);
		return;
	}
	if (is_usual(n, op, prot)) {
		take_unit(p, NULL, op);
		p->unsecured_pdus++;
		return;
	}
	if (prot < 3)
		o = nsm_conn_of(n, op, prot);
	if (op->outer == NULL)
		take_unit(p, o.c, op);
	take_verdict(p, o.c, op);
	if (prot == 0) {
		take_dlms(n, p, o, op, known);
		ref = (struct nsm_ref){ NSM_METER,
			{ take_meter(n, o.c, op, known) } };
	} else if (prot == 1) {
		take_iec104(n, p, o, op);
	} else if (prot == 2) {
		take_dnp3(n, p, o, op);
	} else {
		ref = (struct nsm_ref){ NSM_GOOSE,
			{ take_goose(n, p, op, known) } };
	}
	if (n->nraised == 0 && n->npending == 0)
		return;
	take_raised(n, o.c);
	if (ref.index[0] == 0 && o.c != NULL)
		ref = (struct nsm_ref){ NSM_ASSOC, { o.c->index } };
	nsm_events_settle(n, ref.index[0] != 0 ? &ref : NULL);
}
