/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of gtNsmDlmsMeterTable and gtNsmDlmsFcTable. */
#include <config.h>

#include <string.h>

#include "sensor/nsm_parts.h"

#define GENERATION 22             /* places of meters are fewer than 2^22 */
#define NEAR UINT32_C(0xf0000000) /* D-26 warns there */
#define S_NS UINT64_C(1000000000)

static uint32_t
index_of(uint32_t place, const struct meter *m)
{
	return ((uint32_t)m->generation << GENERATION | place) + 1;
}

uint32_t
nsm_dlms_used(const struct nsm *n)
{
	uint32_t used = n->dlms != NULL ? meters_used(n->dlms) : 0;
	uint32_t cap = nsm_page_cap(n->page, NSM_METER);

	return used < cap ? used : cap;
}

bool
nsm_dlms_there(const struct nsm *n, uint32_t index)
{
	uint32_t place = (index - 1) & ((1U << GENERATION) - 1);
	const struct meter *m = index != 0 ? meters_at(n->dlms, place) : NULL;

	return m != NULL && index_of(place, m) == index;
}

/* --- The counters of a meter: rows in a list --- */

static struct nsm_fc_count *
take_fc(struct nsm *n, uint32_t *slot)
{
	if (n->fc_free != 0) {
		*slot = n->fc_free;
		n->fc_free = n->fcs[*slot - 1].next;
	} else if (n->fc_used < nsm_page_cap(n->page, NSM_FC)) {
		*slot = ++n->fc_used;
	} else {
		n->evicted++;
		return NULL;
	}
	n->fcs[*slot - 1] = (struct nsm_fc_count){ 0 };
	return &n->fcs[*slot - 1];
}

static struct nsm_fc_count *
find_fc(struct nsm *n, struct nsm_meter_count *mc,
    const uint32_t index[NSM_INDEX], uint64_t now)
{
	struct nsm_fc_count *f;
	uint32_t slot = mc->fc;

	for (; slot != 0; slot = n->fcs[slot - 1].next) {
		f = &n->fcs[slot - 1];
		if (memcmp(f->index, index, sizeof(f->index)) == 0)
			return f;
	}
	f = take_fc(n, &slot);
	if (f == NULL)
		return NULL;
	memcpy(f->index, index, sizeof(f->index));
	f->create_ns = now;
	f->next = mc->fc;
	mc->fc = slot;
	return f;
}

/* Rows of counters that are no more, or of all: */
static void
drop_fcs(struct nsm *n, struct nsm_meter_count *mc, bool all)
{
	uint32_t *at = &mc->fc;

	while (*at != 0) {
		uint32_t slot = *at;
		struct nsm_fc_count *f = &n->fcs[slot - 1];

		if (!all && f->seen) {
			at = &f->next;
			continue;
		}
		*at = f->next;
		nsm_page_drop(n->page, NSM_FC, slot - 1);
		f->next = n->fc_free;
		n->fc_free = slot;
	}
}

static uint8_t
role_of(const struct policy_role *role)
{
	if (role == NULL)
		return NSM_R_UNKNOWN;
	switch (role->id) {
	case 0: /* VIEWER */
	case 5: /* SECAUD */
		return NSM_R_READER;
	case 3: /* INSTALLER */
		return NSM_R_FIRMWARE;
	case 1:
	case 2:
	case 4:
	case 6:
	case -1: /* MANAGEMENT */
		return NSM_R_MANAGER;
	default:
		return NSM_R_OTHER;
	}
}

#define PUBLIC_SAP 16

static void
fill_association(const struct nsm *n, const struct meter *m,
    const struct meter_stream *s, struct nsm_fc *row)
{
	const struct meter_assoc *a = NULL, *found = NULL;

	while ((a = meters_next_assoc(n->dlms, m, a)) != NULL)
		if (a->client_sap == s->client_sap &&
		    (found == NULL || a->last_s > found->last_s))
			found = a;
	row->mechanism = NSM_MECHANISM_UNKNOWN;
	if (found != NULL && found->mechanism < 8)
		row->mechanism = found->mechanism;
	if (s->key == KEY_BROADCAST)
		row->role = NSM_R_BROADCAST;
	else if (s->client_sap == PUBLIC_SAP)
		row->role = NSM_R_PUBLIC;
	else if (policy_pre_established(meters_policy(n->dlms), s->client_sap))
		row->role = NSM_R_PRE_ESTABLISHED;
	else
		row->role = found != NULL
		                ? role_of(meters_role(n->dlms, m, found))
		                : NSM_R_UNKNOWN;
}

static uint8_t
profile_of(uint8_t sc)
{
	switch (sc & (DLMS_SC_AUTHENTICATED | DLMS_SC_ENCRYPTED)) {
	case 0:
		return NSM_P_NONE;
	case DLMS_SC_AUTHENTICATED:
		return NSM_P_AUTHENTICATED;
	case DLMS_SC_ENCRYPTED:
		return NSM_P_ENCRYPTED;
	default:
		return NSM_P_BOTH;
	}
}

static bool
is_title(const uint8_t title[METER_TITLE])
{
	static const uint8_t none[METER_TITLE];

	return memcmp(title, none, METER_TITLE) != 0;
}

static void
set_title(struct nsm_octets *to, const uint8_t title[METER_TITLE])
{
	to->n = is_title(title) ? METER_TITLE : 0;
	memcpy(to->p, title, to->n);
}

/* Those that one index stands for: the latest, and the sum of all. */
struct merged {
	struct nsm_fc row;
	uint32_t index[NSM_INDEX];
	uint32_t last_s;
};

static void
merge(const struct nsm *n, const struct meter *m, const struct meter_stream *s,
    struct merged *to)
{
	struct nsm_fc *row = &to->row;

	row->pdus += s->pdus;
	row->gaps += s->gaps;
	row->replays += s->replays;
	row->resets += s->resets;
	if (row->last_ts != 0 && s->last_s < to->last_s)
		return;
	to->last_s = s->last_s;
	row->last_ts = s->last_s * S_NS;
	row->last = s->last;
	row->highest = s->highest;
	row->suite = s->sc & DLMS_SC_SUITE;
	row->sec_profile = profile_of(s->sc);
	row->near_limit = nsm_truth(s->highest >= NEAR);
	set_title(&row->orig_sys_title, s->title);
	fill_association(n, m, s, row);
}

static void
tell(struct nsm *n, const struct nsm_fc_count *f, const struct merged *m,
    const struct meter *meter)
{
	struct nsm_notice notice = {
		.kind = NSM_FC_ANOMALY, .table = NSM_FC, .row.fc = m->row
	};

	memcpy(notice.index, f->index, sizeof(notice.index));
	set_title(&notice.meter, meter->title);
	nsm_page_tell(n->page, &notice);
}

static void
put_fc(struct nsm *n, struct nsm_meter_count *mc, const struct meter *meter,
    struct merged *m)
{
	struct nsm_fc_count *f = find_fc(n, mc, m->index, n->now_ns);
	bool near = m->row.near_limit == NSM_TRUE, odd;

	if (f == NULL)
		return;
	f->seen = true;
	odd = m->row.replays > f->replays || m->row.resets > f->resets ||
	      (near && !f->near);
	if (m->row.replays > f->replays) {
		f->replays_ns = m->row.last_ts;
		mc->replays += m->row.replays - f->replays;
	}
	/* a stream that made room for another takes nothing back */
	if (m->row.replays < f->replays)
		m->row.replays = f->replays;
	if (m->row.resets < f->resets)
		m->row.resets = f->resets;
	f->replays = m->row.replays;
	f->resets = m->row.resets;
	f->near = near;
	m->row.replays_ts = f->replays_ns;
	m->row.create_time = f->create_ns;
	nsm_page_put(
	    n->page, NSM_FC, (uint32_t)(f - n->fcs), f->index, &m->row);
	if (odd)
		tell(n, f, m, meter);
}

static void
put_streams(struct nsm *n, struct nsm_meter_count *mc, const struct meter *m)
{
	struct merged merged[METER_STREAMS_MAX];
	const struct meter_stream *s = NULL;
	size_t count = 0, k;

	for (uint32_t i = mc->fc; i != 0; i = n->fcs[i - 1].next)
		n->fcs[i - 1].seen = false;
	while ((s = meters_next_stream(n->dlms, m, s)) != NULL) {
		uint32_t index[NSM_INDEX] = { mc->index, s->client_sap,
			s->from == OP_FROM_CLIENT ? 1 : 2, s->key + 1U };

		for (k = 0; k < count; k++)
			if (memcmp(merged[k].index, index, sizeof(index)) == 0)
				break;
		if (k == METER_STREAMS_MAX)
			break;
		if (k == count) {
			merged[count++] = (struct merged){ 0 };
			memcpy(merged[k].index, index, sizeof(index));
		}
		merge(n, m, s, &merged[k]);
	}
	for (k = 0; k < count; k++)
		put_fc(n, mc, m, &merged[k]);
	drop_fcs(n, mc, false);
}

/* --- The meter --- */

static void
sum_associations(
    const struct nsm *n, const struct meter *m, struct nsm_meter *row)
{
	const struct meter_assoc *a = NULL;
	uint32_t last_s = 0;

	while ((a = meters_next_assoc(n->dlms, m, a)) != NULL) {
		row->suc_assoc += a->accepted;
		row->fail_assoc += a->rejected;
		row->act_assoc +=
		    (a->flags & ASSOC_STATE) >> ASSOC_STATE_SHIFT ==
		    SESSION_OPEN;
		if (a->last_s >= last_s) {
			last_s = a->last_s;
			row->server_sap = a->server_sap;
		}
	}
}

static void
fill(const struct nsm *n, struct nsm_meter_count *mc, const struct meter *m,
    struct nsm_meter *row)
{
	*row = (struct nsm_meter){ .first_ts = m->first_s * S_NS,
		.last_ts = m->last_s * S_NS,
		.create_time = mc->create_ns,
		.plain_pdus = mc->plain,
		.ciphered_pdus = mc->ciphered,
		.server_sap = m->at.unit,
		.hls_failures = mc->hls,
		.access_denied = mc->denied,
		.exc_rsps = mc->exceptions,
		.write_reqs = mc->writes,
		.action_reqs = mc->actions,
		.discon_cmds = mc->relay,
		.fw_cmds = mc->firmware,
		.key_cmds = mc->keys,
		.push_msgs = mc->push,
		.fc_replays = mc->replays };
	set_title(&row->sys_title, m->title);
	nsm_name_set(&row->dev_name, 64,
	    (struct bytes){
	        m->name, strnlen((const char *)m->name, METER_NAME) });
	nsm_inet(&row->addr, m->at.ip);
	sum_associations(n, m, row);
	/* pairs of SAPs that made room take nothing back */
	mc->suc = row->suc_assoc =
	    row->suc_assoc > mc->suc ? row->suc_assoc : mc->suc;
	mc->fail = row->fail_assoc =
	    row->fail_assoc > mc->fail ? row->fail_assoc : mc->fail;
}

static void
drop(struct nsm *n, uint32_t place)
{
	struct nsm_meter_count *mc = &n->meters[place];

	drop_fcs(n, mc, true);
	nsm_page_drop(n->page, NSM_METER, place);
	*mc = (struct nsm_meter_count){ 0 };
}

static void
put(struct nsm *n, uint32_t place, const struct meter *m)
{
	struct nsm_meter_count *mc = &n->meters[place];
	struct nsm_meter row;

	put_streams(n, mc, m);
	fill(n, mc, m, &row);
	nsm_page_put(n->page, NSM_METER, place, &mc->index, &row);
	mc->dirty = false;
}

/* Whoever is at this place now. */
static struct nsm_meter_count *
count_of(struct nsm *n, uint32_t place, const struct meter *m, uint64_t now)
{
	struct nsm_meter_count *mc = &n->meters[place];

	if (mc->index == index_of(place, m))
		return mc;
	if (mc->index != 0)
		drop(n, place);
	mc->index = index_of(place, m);
	mc->create_ns = now;
	mc->dirty = true;
	return mc;
}

void
nsm_dlms_put(struct nsm *n, uint32_t place)
{
	const struct meter *m = meters_at(n->dlms, place);
	struct nsm_meter_count *mc = &n->meters[place];

	if (m == NULL) {
		if (mc->index != 0)
			drop(n, place);
		return;
	}
	/* one that was there before the run, and has not spoken in it */
	mc = count_of(n, place, m, 0);
	if (mc->dirty)
		put(n, place, m);
}

/* --- Units --- */

enum { CLASS_IMAGE = 18, CLASS_SECURITY = 64, CLASS_RELAY = 70 };

static void
count_items(struct nsm_meter_count *mc, const struct dlms_apdu *a)
{
	struct dlms_walk w = dlms_items(a);
	struct dlms_item i;
	bool relay = false, image = false, keys = false;

	while (dlms_next_item(&w, &i)) {
		if (i.service == DLMS_GET || i.short_name)
			continue;
		relay = relay || i.class_id == CLASS_RELAY;
		image = image || i.class_id == CLASS_IMAGE;
		keys = keys || i.class_id == CLASS_SECURITY;
	}
	mc->relay += relay;
	mc->firmware += image;
	mc->keys += keys;
}

static void
count_apdu(struct nsm_meter_count *mc, const struct op *op)
{
	const struct dlms_apdu *a = op->msg;

	switch (a->tag) {
	case DLMS_SET_REQUEST:
	case DLMS_WRITE_REQUEST:
	case DLMS_UNCONFIRMED_WRITE:
		mc->writes++;
		count_items(mc, a);
		break;
	case DLMS_ACTION_REQUEST:
		mc->actions++;
		count_items(mc, a);
		break;
	case DLMS_ACCESS_REQUEST:
		count_items(mc, a);
		break;
	case DLMS_EXCEPTION:
		mc->exceptions++;
		break;
	case DLMS_DATA_NOTIFICATION:
	case DLMS_EVENT_NOTIFICATION:
	case DLMS_INFORMATION_REPORT:
		mc->push++;
		break;
	default:
		break;
	}
	/* read-write-denied, scope-of-access-violated */
	if (op->from == OP_FROM_SERVER && a->result.there &&
	    (a->result.v == 3 || a->result.v == 13))
		mc->denied++;
}

/* What changes the counters' rows beyond what may wait for a slice. */
static bool
is_news(const struct counter_note *c)
{
	switch (c->verdict) {
	case COUNTER_FIRST:
	case COUNTER_REPLAY:
	case COUNTER_REUSED:
	case COUNTER_BACKWARDS:
	case COUNTER_RESET:
		return true;
	default:
		return c->ic >= NEAR && c->highest < NEAR;
	}
}

uint32_t
nsm_dlms_op(struct nsm *n, const struct op *op, const struct dlms_view *v)
{
	const struct dlms_apdu *a = op->msg;
	struct nsm_meter_count *mc;
	uint32_t place, now_s = (uint32_t)op->pdu->at.tv_sec;

	if (v == NULL || v->meter == NULL)
		return 0;
	place = meters_place(n->dlms, v->meter);
	if (place >= nsm_page_cap(n->page, NSM_METER))
		return 0;
	n->now_ns = nsm_ns(op->pdu->at);
	mc = count_of(n, place, v->meter, n->now_ns);
	mc->dirty = true;
	if (op->outer == NULL && a->there) {
		mc->ciphered += a->cipher.there;
		mc->plain += !a->cipher.there;
	}
	if (a->there && op->kind != OP_FLAW)
		count_apdu(mc, op);
	mc->hls += n->hls;
	/* a flood of replays is told of once a second for each meter */
	if (v->counter.verdict != COUNTER_NONE && is_news(&v->counter) &&
	    (mc->told_s != now_s || v->counter.verdict == COUNTER_FIRST)) {
		mc->told_s = now_s;
		put(n, place, v->meter);
	}
	return mc->index;
}
