/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of gtNsmAssocTable: a connection with its first addresses. */
#include <config.h>

#include <string.h>

#include "dissectors/transport.h"
#include "sensor/nsm_parts.h"

#define SAMPLE 4
#define SILENCE_S 900
#define S_NS UINT64_C(1000000000)

/* The one of a few that ended, or was silent longest. */
static uint32_t
make_room(struct nsm *n)
{
	uint32_t cap = nsm_page_cap(n->page, NSM_ASSOC);
	uint32_t best = n->assoc_hand;
	const struct nsm_conn *old = NULL, *c;

	for (uint32_t i = 0; i < SAMPLE; i++) {
		bool ended, more;

		c = &n->conns[n->assoc_hand];
		ended = c->state >= NSM_A_RELEASED;
		more = old != NULL && old->state >= NSM_A_RELEASED;
		if (old == NULL || (ended && !more) ||
		    (ended == more && c->last_s < old->last_s)) {
			old = c;
			best = n->assoc_hand;
		}
		n->assoc_hand = n->assoc_hand + 1 < cap ? n->assoc_hand + 1 : 0;
	}
	if (n->conns[best].flow != 0)
		n->flows[n->conns[best].flow - 1] &= (uint8_t)~NSM_FLOW_SHOWN;
	n->evicted++;
	return best;
}

static void
leave(struct nsm *n, uint8_t flow)
{
	if ((flow & NSM_FLOW_STATE) == NSM_A_ESTABLISHED)
		n->prots[(flow & NSM_FLOW_PROT) >> NSM_FLOW_SHIFT].act_assoc--;
}

void
nsm_forget(struct nsm *n, uint32_t place)
{
	if (n->flows[place] == 0)
		return;
	leave(n, n->flows[place]);
	if ((n->flows[place] & NSM_FLOW_SHOWN) != 0)
		n->conns[n->conn_of[place]].flow = 0;
	n->flows[place] = 0;
}

static void
begin(struct nsm *n, uint32_t place, const struct op *op, unsigned prot)
{
	const struct pdu *pdu = op->pdu;
	unsigned dir = pdu->dir & 1;
	struct nsm_conn *c;
	uint32_t slot;

	nsm_forget(n, place);
	slot = n->assoc_used < nsm_page_cap(n->page, NSM_ASSOC)
	           ? n->assoc_used++
	           : make_room(n);
	n->flows[place] =
	    (uint8_t)(NSM_A_UNKNOWN | prot << NSM_FLOW_SHIFT | NSM_FLOW_SHOWN);
	n->conn_of[place] = (uint16_t)slot;
	c = &n->conns[slot];
	*c = (struct nsm_conn){ .flow = place + 1,
		.prot = (uint8_t)prot,
		.state = NSM_A_UNKNOWN,
		.shown = NSM_A_UNKNOWN,
		.profile = NSM_P_UNKNOWN,
		.dirty = true,
		.index = ++n->next_assoc,
		.last_s = (uint32_t)pdu->at.tv_sec,
		.start_ns = nsm_ns(pdu->at) };
	memcpy(c->ip[dir], pdu->src.ip, 16);
	memcpy(c->ip[dir ^ 1], pdu->dst.ip, 16);
	c->port[dir] = pdu->src.port;
	c->port[dir ^ 1] = pdu->dst.port;
}

struct nsm_over
nsm_conn_of(struct nsm *n, const struct op *op, unsigned prot)
{
	uint64_t place = (op->pdu->flow >> 32) - 1;
	struct nsm_over o = { NULL, NULL };

	if (place >= n->nflows)
		return o;
	o.flow = &n->flows[place];
	if (*o.flow == 0 ||
	    (unsigned)(*o.flow & NSM_FLOW_PROT) >> NSM_FLOW_SHIFT != prot)
		begin(n, (uint32_t)place, op, prot);
	if ((*o.flow & NSM_FLOW_SHOWN) != 0)
		o.c = &n->conns[n->conn_of[place]];
	return o;
}

/* Those of which a manager hears at once. */
static bool
is_bad(unsigned state)
{
	return state == NSM_A_ABORTED || state == NSM_A_REJECTED ||
	       state == NSM_A_TIMED_OUT;
}

static bool
is_silent(const struct nsm *n, const struct nsm_conn *c)
{
	uint64_t now_s = n->now_ns / S_NS;

	return c->state == NSM_A_ESTABLISHED && now_s > c->last_s &&
	       now_s - c->last_s > SILENCE_S;
}

static void
fill(const struct nsm *n, const struct nsm_conn *c, struct nsm_assoc *a)
{
	/* who opened it is not known: the first that spoke */
	unsigned init = c->init != 0 ? c->init - 1U : 0;

	*a = (struct nsm_assoc){ .create_time = c->start_ns,
		.start_ts = c->start_ns,
		.last_ts = c->last_s * S_NS + c->last_ds * S_NS / 10,
		.init_pdus = c->pdus[init],
		.resp_pdus = c->pdus[init ^ 1],
		.octets = c->octets,
		.init_port = c->port[init],
		.resp_port = c->port[init ^ 1],
		.init_app_addr = c->app[0],
		.resp_app_addr = c->app[1],
		.malformed_pdus = c->malformed,
		.seq_errors = c->seq,
		.retrans = c->retrans,
		.timeouts = c->timeouts,
		.auth_failures = c->auth,
		.author_failures = c->author,
		.ctl_cmds = c->ctl,
		.protocol = nsm_prot_id(c->prot),
		.state = is_silent(n, c) ? NSM_A_TIMED_OUT : c->state,
		.sec_profile = c->profile,
		.authenticated = nsm_truth(c->authenticated) };
	nsm_inet(&a->init_addr, c->ip[init]);
	nsm_inet(&a->resp_addr, c->ip[init ^ 1]);
	if (nsm_dlms_there(n, c->meter))
		a->detail = (struct nsm_ref){ NSM_METER, { c->meter } };
}

static void
put(struct nsm *n, struct nsm_conn *c)
{
	struct nsm_notice notice = { .kind = NSM_ASSOC_CHANGE,
		.table = NSM_ASSOC };
	struct nsm_assoc a;

	fill(n, c, &a);
	nsm_page_put(
	    n->page, NSM_ASSOC, (uint32_t)(c - n->conns), &c->index, &a);
	c->dirty = false;
	if (c->shown == a.state)
		return;
	if (is_bad(c->shown) || is_bad(a.state)) {
		notice.index[0] = c->index;
		notice.row.assoc = a;
		nsm_page_tell(n->page, &notice);
	}
	c->shown = a.state;
}

void
nsm_conn_state(struct nsm *n, struct nsm_over o, enum nsm_assoc_state state)
{
	uint8_t flow = *o.flow;

	if ((flow & NSM_FLOW_STATE) == state)
		return;
	leave(n, flow);
	*o.flow = (uint8_t)((flow & (NSM_FLOW_PROT | NSM_FLOW_SHOWN)) | state);
	if (state == NSM_A_ESTABLISHED)
		n->prots[(flow & NSM_FLOW_PROT) >> NSM_FLOW_SHIFT].act_assoc++;
	if (o.c == NULL)
		return;
	o.c->state = (uint8_t)state;
	o.c->dirty = true;
	if (is_bad(o.c->shown) || is_bad(state))
		put(n, o.c);
}

/* The end of the connection is the end of what it carried. */
void
nsm_conn_transport(struct nsm *n, const struct op *op)
{
	const struct transport *t = op->msg;
	uint64_t place = (op->pdu->flow >> 32) - 1;
	struct nsm_over o = { NULL, NULL };
	struct nsm_prot *p;

	if (t->note != TRANSPORT_CLOSED || place >= n->nflows ||
	    n->flows[place] == 0 ||
	    (n->flows[place] & NSM_FLOW_STATE) >= NSM_A_RELEASED)
		return;
	o.flow = &n->flows[place];
	p = &n->prots[(*o.flow & NSM_FLOW_PROT) >> NSM_FLOW_SHIFT];
	if ((*o.flow & NSM_FLOW_SHOWN) != 0) {
		o.c = &n->conns[n->conn_of[place]];
		o.c->last_s = (uint32_t)op->pdu->at.tv_sec;
		o.c->last_ds =
		    (uint8_t)((uint32_t)op->pdu->at.tv_nsec / 100000000);
	}
	p->fail_assoc += nsm_state(o) == NSM_A_CONNECTING;
	p->aborts += t->reset;
	nsm_conn_state(n, o, t->reset ? NSM_A_ABORTED : NSM_A_RELEASED);
}

void
nsm_conn_put(struct nsm *n, uint32_t place)
{
	struct nsm_conn *c = &n->conns[place];

	/* one that is silent becomes timed out without an op */
	if (c->dirty || is_silent(n, c) != (c->shown == NSM_A_TIMED_OUT))
		put(n, c);
}
