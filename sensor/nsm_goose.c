/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of gtNsmGooseTable: a control block, as its publisher sends it. */
#include <config.h>

#include <string.h>

#include "sensor/nsm_parts.h"

#define PLACES 18 /* of publishers are fewer than 2^18 */
#define RESTARTED_NS UINT64_C(10000000000)

uint32_t
nsm_goose_used(const struct nsm *n)
{
	uint32_t used = n->goose != NULL ? goose_world_used(n->goose) : 0;
	uint32_t cap = nsm_page_cap(n->page, NSM_GOOSE);

	return used < cap ? used : cap;
}

static void
fill(const struct nsm_goose_count *g, const struct goose_publisher *p,
    struct nsm_goose *row)
{
	const struct goose_line *l = &p->ref;

	*row = (struct nsm_goose){ .last_ts = l->at_us * 1000,
		.st_ts = g->st_ns,
		.create_time = g->create_ns,
		.rx_frames = g->frames,
		.app_id = l->config.appid,
		.vlan_id = l->config.vlan,
		.last_st_num = l->st,
		.last_sq_num = l->sq,
		.last_tal = l->tal,
		.conf_rev_num = l->config.confrev,
		.num_entries = l->config.entries,
		.st_changes = g->changes,
		.st_warnings = g->st,
		.seq_warnings = g->seq,
		.timeouts = g->timeouts,
		.conf_errors = g->conf,
		.ds_errors = g->ds,
		.sim_frames = g->sim,
		.nds_com_frames = g->nds,
		.replays = g->replays,
		.src_conflicts = g->src,
		.time_errors = g->time,
		.state = g->state,
		.simulation = nsm_truth(
		    (l->flags & (GOOSE_SIM_HEADER | GOOSE_SIM_PDU)) != 0),
		.nds_com = nsm_truth((l->flags & GOOSE_NDS) != 0),
		.auth_present = nsm_truth((l->flags & GOOSE_SECURED) != 0),
		.go_id = g->goid,
		.dat_set = g->datset };
	row->src_mac.n = row->dst_mac.n = 6;
	memcpy(row->src_mac.p, l->mac, 6);
	memcpy(row->dst_mac.p, l->config.dst, 6);
	nsm_name_set(
	    &row->gocbref, 129, (struct bytes){ p->ref_octets, p->nref });
}

static void
put(struct nsm *n, uint32_t place, const struct goose_publisher *p)
{
	struct nsm_goose_count *g = &n->streams[place];
	struct nsm_goose row;

	fill(g, p, &row);
	nsm_page_put(n->page, NSM_GOOSE, place, &g->index, &row);
	g->dirty = false;
}

static void
set_state(struct nsm *n, uint32_t place, const struct goose_publisher *p,
    enum nsm_stream state)
{
	struct nsm_goose_count *g = &n->streams[place];
	struct nsm_notice notice = { .kind = NSM_GOOSE_CHANGE,
		.table = NSM_GOOSE };
	bool first = g->state == 0;

	if (g->state == state)
		return;
	n->streams_lost += state == NSM_S_LOST;
	n->streams_lost -= g->state == NSM_S_LOST;
	g->state = (uint8_t)state;
	if (first)
		return;
	put(n, place, p);
	notice.index[0] = g->index;
	fill(g, p, &notice.row.goose);
	nsm_page_tell(n->page, &notice);
}

/* The publisher at this place is another than before, or the first. */
static void
begin(struct nsm *n, uint32_t place, const struct goose_publisher *p,
    const struct op *op, const struct goose_pdu *pdu)
{
	struct nsm_goose_count *g = &n->streams[place];
	uint32_t before = g->index >> PLACES;

	n->streams_lost -= g->state == NSM_S_LOST;
	if (g->index == 0)
		g->index = place + 1;
	else
		g->index = (before + 1) << PLACES | (place + 1);
	*g = (struct nsm_goose_count){ .key = p->key,
		.index = g->index,
		.create_ns = nsm_ns(op->pdu->at),
		.st_ns = nsm_ns(op->pdu->at) };
	nsm_name_set(&g->goid, 129, pdu->goid);
	nsm_name_set(&g->datset, 129, pdu->datset);
}

static void
count_news(struct nsm *n, struct nsm_goose_count *g, const struct op *op,
    const struct goose_view *v)
{
	uint32_t news = v->news, fields = v->fields;
	struct nsm_prot *p = &n->prots[3];

	if (news & GOOSE_CHANGED) {
		g->changes++;
		g->st_ns = nsm_ns(op->pdu->at);
	}
	g->st += (news & (GOOSE_LEAPT | GOOSE_IS_BACK)) != 0;
	g->seq +=
	    (news & (GOOSE_HOLE | GOOSE_IS_SEQ_BACK | GOOSE_IS_SEQ_FAR)) != 0;
	if ((news & GOOSE_IS_LATE) != 0 && !v->absent) {
		g->timeouts++;
		p->timeouts++;
	}
	if (news & GOOSE_RECONFIGURED) {
		g->conf += (fields & GOOSE_F_CONFREV) != 0;
		g->ds += (fields & (GOOSE_F_DATSET | GOOSE_F_ENTRIES |
		                       GOOSE_F_TYPES)) != 0;
	}
	g->src += (news & GOOSE_OTHER_MAC) != 0;
	g->time += (news & (GOOSE_T_STAYED | GOOSE_T_MOVED)) != 0;
}

static enum nsm_stream
state_of(
    struct nsm_goose_count *g, const struct op *op, const struct goose_view *v)
{
	uint64_t now = nsm_ns(op->pdu->at);

	if (v != NULL && (v->news & GOOSE_IS_ANEW) != 0) {
		g->back_ns = now;
		return NSM_S_RESTARTED;
	}
	if (g->state == NSM_S_RESTARTED && now >= g->back_ns &&
	    now - g->back_ns < RESTARTED_NS)
		return NSM_S_RESTARTED;
	if (v != NULL && (v->news & GOOSE_IS_LATE) != 0 && !v->absent)
		return NSM_S_LATE;
	return NSM_S_ACTIVE;
}

uint32_t
nsm_goose_op(struct nsm *n, const struct op *op, const struct goose_pdu *pdu,
    const struct goose_view *v)
{
	struct goose_publisher *p;
	struct nsm_goose_count *g;
	uint32_t place;

	if (op->kind != OP_REPORT || n->goose == NULL || op->outer != NULL ||
	    pdu->tag != GOOSE_PDU)
		return 0;
	p = goose_world_latest(n->goose);
	if (p == NULL)
		return 0;
	place = goose_world_place(n->goose, p);
	if (place >= nsm_page_cap(n->page, NSM_GOOSE))
		return 0;
	g = &n->streams[place];
	if (g->index == 0 || g->key != p->key)
		begin(n, place, p, op, pdu);
	g->frames++;
	g->dirty = true;
	g->sim += pdu->header_sim || pdu->simulation;
	g->nds += pdu->ndscom;
	g->replays += n->replayed;
	if (v != NULL)
		count_news(n, g, op, v);
	/* what an injected unit says of itself is not the publisher's */
	if (v != NULL && (v->news & GOOSE_RECONFIGURED) != 0 &&
	    p->ref.st == pdu->stnum && p->ref.sq == pdu->sqnum) {
		nsm_name_set(&g->goid, 129, pdu->goid);
		nsm_name_set(&g->datset, 129, pdu->datset);
	}
	if (g->state == 0 || g->state != NSM_S_ACTIVE || v != NULL)
		set_state(n, place, p, state_of(g, op, v));
	return g->index;
}

void
nsm_goose_put(struct nsm *n, uint32_t place)
{
	struct nsm_goose_count *g = &n->streams[place];
	const struct goose_publisher *p = goose_world_at(n->goose, place);

	if (g->index != 0 && g->dirty && g->key == p->key)
		put(n, place, p);
}

void
nsm_goose_lost(struct nsm *n, const struct event *ev)
{
	for (uint32_t i = 0; i < nsm_goose_used(n); i++) {
		const struct goose_publisher *p = goose_world_at(n->goose, i);

		if (p->nref != ev->subject.n || p->key != n->streams[i].key ||
		    memcmp(p->ref_octets, ev->subject.p, p->nref) != 0)
			continue;
		n->streams[i].timeouts++;
		set_state(n, i, p, NSM_S_LOST);
		return;
	}
}
