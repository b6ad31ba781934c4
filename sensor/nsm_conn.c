/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of gtNsmAssocTable: a connection with its first addresses. */
#include <config.h>

#include <string.h>

#include "dissectors/transport.h"
#include "sensor/nsm_parts.h"

#define SAMPLE 16
#define SILENCE_NS UINT64_C(900000000000)

static struct nsm_conn *
of_flow(struct nsm *n, uint64_t flow)
{
	uint64_t place = flow >> 32;

	return place > 0 && place <= n->nconns ? &n->conns[place - 1] : NULL;
}

/* The one of a few that ended, or was silent longest. */
static uint32_t
make_room(struct nsm *n)
{
	uint32_t cap = nsm_page_cap(n->page, NSM_ASSOC);
	uint32_t best = n->assoc_hand;
	const struct nsm_conn *old = NULL, *c;

	for (uint32_t i = 0; i < SAMPLE; i++) {
		c = &n->conns[n->assoc_owner[n->assoc_hand] - 1];
		if (old == NULL || (c->ended && !old->ended) ||
		    (c->ended == old->ended && c->last_ns < old->last_ns)) {
			old = c;
			best = n->assoc_hand;
		}
		n->assoc_hand = n->assoc_hand + 1 < cap ? n->assoc_hand + 1 : 0;
	}
	n->conns[n->assoc_owner[best] - 1].slot = 0;
	n->evicted++;
	return best;
}

static bool
is_active(const struct nsm_conn *c)
{
	return c->flow != 0 && c->state == NSM_A_ESTABLISHED;
}

/* The one before has left; its row's place goes on. */
static void
begin(struct nsm *n, struct nsm_conn *c, const struct op *op, unsigned prot)
{
	const struct pdu *pdu = op->pdu;
	uint32_t slot = c->slot;

	if (is_active(c))
		n->prots[c->prot].act_assoc--;
	if (slot == 0) {
		slot = n->assoc_used < nsm_page_cap(n->page, NSM_ASSOC)
		           ? ++n->assoc_used
		           : make_room(n) + 1;
		n->assoc_owner[slot - 1] = (uint32_t)(c - n->conns) + 1;
	}
	*c = (struct nsm_conn){ .flow = pdu->flow,
		.slot = slot,
		.prot = (uint8_t)prot,
		.state = NSM_A_UNKNOWN,
		.shown = NSM_A_UNKNOWN,
		.profile = NSM_P_UNKNOWN,
		.dirty = true,
		.index = ++n->next_assoc,
		.start_ns = nsm_ns(pdu->at) };
	memcpy(c->ip[pdu->dir & 1], pdu->src.ip, 16);
	memcpy(c->ip[(pdu->dir & 1) ^ 1], pdu->dst.ip, 16);
	c->port[pdu->dir & 1] = pdu->src.port;
	c->port[(pdu->dir & 1) ^ 1] = pdu->dst.port;
}

struct nsm_conn *
nsm_conn_of(struct nsm *n, const struct op *op, unsigned prot)
{
	struct nsm_conn *c = of_flow(n, op->pdu->flow);

	if (c != NULL && (c->flow != op->pdu->flow || c->prot != prot))
		begin(n, c, op, prot);
	return c;
}

/* Those of which a manager hears at once. */
static bool
is_bad(unsigned state)
{
	return state == NSM_A_ABORTED || state == NSM_A_REJECTED ||
	       state == NSM_A_TIMED_OUT;
}

static void
fill(const struct nsm *n, const struct nsm_conn *c, struct nsm_assoc *a)
{
	/* who opened it is not known: the first that spoke */
	unsigned init = c->init != 0 ? c->init - 1U : 0;
	bool silent = c->state == NSM_A_ESTABLISHED && n->now_ns > c->last_ns &&
	              n->now_ns - c->last_ns > SILENCE_NS;

	*a = (struct nsm_assoc){ .create_time = c->start_ns,
		.start_ts = c->start_ns,
		.last_ts = c->last_ns,
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
		.state = silent ? NSM_A_TIMED_OUT : c->state,
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
	uint32_t index = c->index;

	fill(n, c, &a);
	nsm_page_put(n->page, NSM_ASSOC, c->slot - 1, &index, &a);
	c->dirty = false;
	if (c->shown == a.state)
		return;
	if (is_bad(c->shown) || is_bad(a.state)) {
		notice.index[0] = index;
		notice.row.assoc = a;
		nsm_page_tell(n->page, &notice);
	}
	c->shown = a.state;
}

void
nsm_conn_state(struct nsm *n, struct nsm_conn *c, enum nsm_assoc_state state)
{
	struct nsm_prot *p = &n->prots[c->prot];
	bool was = is_active(c);

	if (c->state == state)
		return;
	c->state = (uint8_t)state;
	c->ended = state >= NSM_A_RELEASED;
	if (is_active(c) && !was)
		p->act_assoc++;
	if (!is_active(c) && was)
		p->act_assoc--;
	if (c->slot != 0 && (is_bad(c->shown) || is_bad(state)))
		put(n, c);
}

/* The end of the connection is the end of what it carried. */
void
nsm_conn_transport(struct nsm *n, const struct op *op)
{
	const struct transport *t = op->msg;
	struct nsm_conn *c = of_flow(n, op->pdu->flow);

	if (t->note != TRANSPORT_CLOSED || c == NULL ||
	    c->flow != op->pdu->flow || c->ended)
		return;
	c->last_ns = nsm_ns(op->pdu->at);
	c->dirty = true;
	if (c->state < NSM_A_ESTABLISHED && c->pdus[0] * c->pdus[1] == 0)
		n->prots[c->prot].fail_assoc++;
	if (t->reset) {
		n->prots[c->prot].aborts++;
		nsm_conn_state(n, c, NSM_A_ABORTED);
	} else {
		nsm_conn_state(n, c, NSM_A_RELEASED);
	}
}

void
nsm_conn_put(struct nsm *n, uint32_t place)
{
	struct nsm_conn *c = &n->conns[n->assoc_owner[place] - 1];

	/* one that is silent becomes timed out without an op */
	if (c->slot == place + 1 && (c->dirty || c->shown == NSM_A_ESTABLISHED))
		put(n, c);
}
