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
take_dlms(struct nsm *n, struct nsm_prot *p, struct nsm_conn *c,
    const struct op *op, const struct dlms_view *v)
{
	const struct dlms_apdu *a = op->msg;

	if (op->outer == NULL && a->there)
		count_profile(p, c, dlms_profile(a));
	if (op->outer == NULL && a->hdlc.crc_error)
		p->checksum_errors++;
	if (c == NULL)
		return;
	c->retrans += op->outer == NULL && a->hdlc.repeated;
	if (c->app[0] == 0 && c->app[1] == 0) {
		c->app[0] = a->client_sap;
		c->app[1] = a->server_sap;
	}
	if (v != NULL && v->opened) {
		p->suc_assoc++;
		c->authenticated =
		    c->authenticated ||
		    (v->assoc != NULL && v->assoc->mechanism > 0);
		nsm_conn_state(n, c, NSM_A_ESTABLISHED);
	} else if (a->tag == DLMS_AARE && op->result == OP_REFUSED) {
		p->fail_assoc++;
		nsm_conn_state(n, c, NSM_A_REJECTED);
	} else if (a->tag == DLMS_AARQ && c->state != NSM_A_ESTABLISHED) {
		nsm_conn_state(n, c, NSM_A_CONNECTING);
	} else if (a->tag == DLMS_RLRE || a->hdlc.kind == DLMS_HDLC_DISC) {
		nsm_conn_state(n, c, NSM_A_RELEASED);
	} else if (op->from == OP_FROM_SERVER && c->state == NSM_A_UNKNOWN &&
	           a->there && a->tag != DLMS_AARE) {
		nsm_conn_state(n, c, NSM_A_ESTABLISHED);
	}
}

static void
take_iec104(
    struct nsm *n, struct nsm_prot *p, struct nsm_conn *c, const struct op *op)
{
	const struct iec104_apdu *a = op->msg;
	bool secure = a->type >= 81 && a->type <= 87;

	count_profile(p, c, secure ? NSM_P_AUTHENTICATED : NSM_P_NONE);
	if (c == NULL)
		return;
	if (a->read == IEC104_ASDU && c->app[1] == 0)
		c->app[1] = a->ca;
	if (a->read == IEC104_APCI && a->format == IEC104_U) {
		if (a->u == IEC104_STARTDT_CON) {
			p->suc_assoc += c->state != NSM_A_ESTABLISHED;
			nsm_conn_state(n, c, NSM_A_ESTABLISHED);
		} else if (a->u == IEC104_STOPDT_CON) {
			nsm_conn_state(n, c, NSM_A_IDLE);
		} else if (a->u == IEC104_STARTDT_ACT &&
		           c->state == NSM_A_UNKNOWN) {
			nsm_conn_state(n, c, NSM_A_CONNECTING);
		}
	} else if (c->state == NSM_A_UNKNOWN && a->format == IEC104_I) {
		nsm_conn_state(n, c, NSM_A_ESTABLISHED);
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
    struct nsm *n, struct nsm_prot *p, struct nsm_conn *c, const struct op *op)
{
	const struct dnp3_frame *f = op->msg;

	if (op->verdict == RD_OK || op->verdict == RD_TRAILING)
		p->checksum_errors += f->crc_errors;
	count_profile(p, c,
	    f->whole && is_authentication(&f->app) ? NSM_P_AUTHENTICATED
	                                           : NSM_P_NONE);
	if (c == NULL || !f->headed)
		return;
	c->retrans += f->repeated;
	if (c->app[0] == 0 && c->app[1] == 0) {
		c->app[0] = f->dir ? f->src : f->dst;
		c->app[1] = f->dir ? f->dst : f->src;
	}
	if (f->dir && c->state == NSM_A_UNKNOWN) {
		nsm_conn_state(n, c, NSM_A_CONNECTING);
	} else if (!f->dir && f->whole && c->state < NSM_A_ESTABLISHED) {
		p->suc_assoc++;
		nsm_conn_state(n, c, NSM_A_ESTABLISHED);
	}
}

static void
take_verdict(
    struct nsm *n, struct nsm_prot *p, struct nsm_conn *c, const struct op *op)
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
	(void)n;
}

static void
take_unit(struct nsm_prot *p, struct nsm_conn *c, const struct op *op)
{
	p->pdus++;
	p->octets += op->pdu->octets;
	if (c == NULL)
		return;
	c->pdus[op->pdu->dir & 1]++;
	c->octets += op->pdu->octets;
	c->last_ns = nsm_ns(op->pdu->at);
	c->dirty = true;
	if (c->init == 0 && op->from != OP_FROM_UNKNOWN)
		c->init =
		    (uint8_t)(op->from == OP_FROM_CLIENT ? op->pdu->dir + 1
		                                         : 2 - op->pdu->dir);
}

/* What detectors said of this op. */
static void
take_raised(struct nsm *n, struct nsm_conn *c)
{
	if (n->nraised == 0 || c == NULL)
		return;
	c->seq += n->added[NSM_SEQUENCE] + n->added[NSM_REPLAY_COUNT];
	c->timeouts += n->added[NSM_TIMEOUT];
	c->auth += n->added[NSM_AUTHENTICATION];
	c->author += n->added[NSM_AUTHORISATION];
}

static uint32_t
take_goose(struct nsm *n, struct nsm_prot *p, const struct op *op,
    const void *known, struct nsm_ref *ref)
{
	const struct goose_pdu *pdu = goose_world_pdu(op);

	if (pdu == NULL)
		return 0;
	count_profile(p, NULL,
	    pdu->auth.reading != GOOSE_NO_AUTH ? NSM_P_AUTHENTICATED
	                                       : NSM_P_NONE);
	ref->table = NSM_GOOSE;
	return nsm_goose_op(n, op, pdu, known);
}

void
nsm_op(struct nsm *n, const struct op *op, const void *known)
{
	unsigned prot = nsm_prot_of(op->protocol);
	struct nsm_prot *p = &n->prots[prot];
	struct nsm_ref ref = { 0 };
	struct nsm_conn *c = NULL;

	if (prot == NSM_PROTS - 1) {
		if (transport_msg(op) != NULL)
			nsm_conn_transport(n, op);
		if (n->nraised > 0 || n->npending > 0)
			nsm_events_settle(n, NULL);
		return;
	}
	if (prot < 3)
		c = nsm_conn_of(n, op, prot);
	if (op->outer == NULL)
		take_unit(p, c, op);
	take_verdict(n, p, c, op);
	if (prot == 0) {
		ref.table = NSM_METER;
		take_dlms(n, p, c, op, known);
		ref.index[0] = nsm_dlms_op(n, op, known);
		if (c != NULL && !nsm_dlms_there(n, c->meter))
			c->meter = ref.index[0];
	} else if (prot == 1) {
		take_iec104(n, p, c, op);
	} else if (prot == 2) {
		take_dnp3(n, p, c, op);
	} else {
		ref.index[0] = take_goose(n, p, op, known, &ref);
	}
	take_raised(n, c);
	if (ref.index[0] == 0 && c != NULL)
		ref = (struct nsm_ref){ NSM_ASSOC, { c->index } };
	if (n->nraised > 0 || n->npending > 0)
		nsm_events_settle(n, ref.index[0] != 0 ? &ref : NULL);
}
