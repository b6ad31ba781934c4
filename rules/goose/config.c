/* SPDX-License-Identifier: Apache-2.0 */
/* G-04, G-14, G-17: how a control block is configured, and says it is. */
#include <config.h>

#include "rules/goose/say.h"
#include "rules/policy.h"
#include "rules/when.h"

#define CHANGED "IEC62351-14:6.10"
#define STEADY 4 /* units, and how long they take at least */
#define STEADY_US 3000000

struct config {
	uint32_t factor, times, min_ms; /* G-14 */
	const struct policy *policy;
};

static void
config_start(void *state, const struct setup *setup)
{
	struct config *c = state;

	c->policy = setup->policy;
}

static void
add_name(struct event *ev, const char *name, const char *value, size_t n)
{
	event_add(ev, name, (struct bytes){ (const uint8_t *)value, n });
}

/* Each field that differs, with the value that was there where it is known. */
static void
add_fields(struct event *ev, const struct goose_view *v)
{
	const struct goose_config *was = &v->was.config;
	const struct goose_config *is = &v->unit->config;

	if ((v->fields & GOOSE_F_CONFREV) != 0) {
		event_add_u64(ev, "confrev_was", was->confrev);
		event_add_u64(ev, "confrev", is->confrev);
	}
	if ((v->fields & GOOSE_F_APPID) != 0) {
		event_add_u64(ev, "appid_was", was->appid);
		event_add_u64(ev, "appid", is->appid);
	}
	if ((v->fields & GOOSE_F_ENTRIES) != 0) {
		event_add_u64(ev, "entries_was", was->entries);
		event_add_u64(ev, "entries", is->entries);
	}
	if ((v->fields & GOOSE_F_VLAN) != 0) {
		event_add_u64(ev, "vlan_was", was->vlan);
		event_add_u64(ev, "vlan", is->vlan);
	}
	if ((v->fields & GOOSE_F_DST) != 0)
		goose_say_mac(ev, "dst_was", was->dst, v->p->routed);
	if ((v->fields & GOOSE_F_DATSET) != 0)
		event_add(ev, "datset", v->pdu->datset);
	if ((v->fields & GOOSE_F_GOID) != 0)
		event_add(ev, "goid", v->pdu->goid);
	if ((v->fields & GOOSE_F_TYPES) != 0)
		event_add_text(ev, "types", "changed");
}

/* A new configuration comes with a new start; all else is no engineering. */
static void
changed(const struct op *op, const struct goose_view *v, struct event_sink *out)
{
	bool engineered = v->step.step == GOOSE_ANEW &&
	                  (v->news & GOOSE_OTHER_MAC) == 0 &&
	                  (v->fields & GOOSE_F_CONFREV) != 0;
	struct event ev = goose_say(op, v,
	    engineered ? &EV_CONFIG_CHANGE : &EV_GSE_CONFIG_MISMATCH, "G-04");

	if (engineered) {
		event_add_text(&ev, "X.Setting", "confRev");
		event_add_u64(&ev, "X.Value", v->unit->config.confrev);
		event_add_text(&ev, "X.Category", "GOOSE");
	} else if (v->fields == GOOSE_F_CONFREV) {
		ev.std = CHANGED;
	}
	add_fields(&ev, v);
	out->emit(out, &ev);
}

static bool
is_other(const char *listed, struct bytes v)
{
	return listed[0] != '\0' &&
	       (strlen(listed) != v.n || memcmp(listed, v.p, v.n) != 0);
}

/* One octet of tag for each member of the data set. */
static bool
are_other(struct bytes listed, struct bytes data)
{
	struct goose_walk w = goose_data_walk(data);
	struct goose_value v;
	size_t n = 0;

	if (listed.n == 0)
		return false;
	while (goose_data_next(&w, &v)) {
		if (v.depth > 0)
			continue;
		if (n >= listed.n || listed.p[n] != (uint8_t)v.tag)
			return true;
		n++;
	}
	return n != listed.n;
}

static uint32_t
against(const struct policy_publisher *l, const struct goose_view *v)
{
	const struct goose_config *c = &v->unit->config;
	uint32_t f = 0;

	if (l->has_dst && memcmp(l->dst, c->dst, sizeof(l->dst)) != 0)
		f |= GOOSE_F_DST;
	f |= l->has_appid && l->appid != c->appid ? GOOSE_F_APPID : 0;
	if (l->has_vlan && c->vlan != 0 && l->vlan != c->vlan)
		f |= GOOSE_F_VLAN;
	f |= is_other(l->datset, v->pdu->datset) ? GOOSE_F_DATSET : 0;
	f |= is_other(l->goid, v->pdu->goid) ? GOOSE_F_GOID : 0;
	f |= l->has_confrev && l->confrev != c->confrev ? GOOSE_F_CONFREV : 0;
	f |= l->has_entries && l->entries != c->entries ? GOOSE_F_ENTRIES : 0;
	f |= are_other(l->types, v->pdu->data) ? GOOSE_F_TYPES : 0;
	return f;
}

static void
mismatched(const struct op *op, const struct goose_view *v,
    const struct policy_publisher *l, uint32_t f, struct event_sink *out)
{
	const struct goose_config *c = &v->unit->config;
	struct event ev = goose_say(op, v, &EV_GSE_CONFIG_MISMATCH, "G-04");

	if ((f & GOOSE_F_CONFREV) != 0) {
		ev.std = CHANGED;
		event_add_u64(&ev, "confrev_listed", l->confrev);
		event_add_u64(&ev, "confrev", c->confrev);
	}
	if ((f & GOOSE_F_APPID) != 0) {
		event_add_u64(&ev, "appid_listed", l->appid);
		event_add_u64(&ev, "appid", c->appid);
	}
	if ((f & GOOSE_F_VLAN) != 0)
		event_add_u64(&ev, "vlan_listed", l->vlan);
	if ((f & GOOSE_F_ENTRIES) != 0)
		event_add_u64(&ev, "entries_listed", l->entries);
	if ((f & GOOSE_F_DATSET) != 0)
		add_name(&ev, "datset_listed", l->datset, strlen(l->datset));
	if ((f & GOOSE_F_GOID) != 0)
		add_name(&ev, "goid_listed", l->goid, strlen(l->goid));
	if ((f & GOOSE_F_DST) != 0)
		goose_say_mac(&ev, "dst_listed", l->dst, v->p->routed);
	if ((f & GOOSE_F_TYPES) != 0)
		event_add_text(&ev, "types", "not as listed");
	out->emit(out, &ev);
}

/* The longest was repeated for longer than any burst takes. */
static bool
is_steady(const struct goose_view *v)
{
	return v->tal_times >= STEADY && v->was.kind == GOOSE_KNOWN &&
	       when_since(v->was.since.at_us, v->was.at_us) >= STEADY_US;
}

static void
tal(const struct config *c, const struct op *op, const struct goose_view *v,
    const struct policy_publisher *l, struct event_sink *out)
{
	uint32_t is = v->unit->tal;
	bool shrunk = is < c->min_ms, grown;
	struct event ev;

	grown = (v->tal_times >= c->times || is_steady(v)) &&
	        is > (uint64_t)c->factor * v->tal_max;
	if (l != NULL && l->max_tal_ms > 0)
		grown = is > (uint64_t)c->factor * l->max_tal_ms;
	if (!shrunk && !grown)
		return;
	ev = goose_say(op, v, &EV_GSE_TAL_ABNORMAL, "G-14");
	event_add_u64(&ev, "tal_ms", is);
	event_add_u64(&ev, "longest_ms", v->tal_max);
	out->emit(out, &ev);
}

static void
commission(
    const struct op *op, const struct goose_view *v, struct event_sink *out)
{
	struct event ev = goose_say(op, v, &EV_GSE_NEEDS_COMMISSIONING, "G-17");

	event_add_u64(&ev, "confrev", v->unit->config.confrev);
	event_add(&ev, "datset", v->pdu->datset);
	out->emit(out, &ev);
}

static void
config_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	const struct config *c = state;
	const struct goose_view *v = known;
	const struct policy_publisher *l = NULL;
	uint32_t f;

	if ((v->news & (GOOSE_IS_NEW | GOOSE_RECONFIGURED | GOOSE_TAL_CHANGED |
	                   GOOSE_COMMISSION)) == 0)
		return;
	if (policy_publisher(c->policy,
	        (struct bytes){ v->p->ref_octets, v->p->nref },
	        &l) != POLICY_LISTED)
		l = NULL;
	f = l != NULL && (v->news & (GOOSE_IS_NEW | GOOSE_RECONFIGURED)) != 0
	        ? against(l, v)
	        : 0;
	if (f != 0)
		mismatched(op, v, l, f, out);
	else if (l == NULL && (v->news & GOOSE_RECONFIGURED) != 0)
		changed(op, v, out);
	if ((v->news & (GOOSE_IS_NEW | GOOSE_TAL_CHANGED)) != 0)
		tal(c, op, v, l, out);
	if ((v->news & GOOSE_COMMISSION) != 0)
		commission(op, v, out);
}

static const struct parameter of_tal[] = {
	{ "factor", offsetof(struct config, factor), 10, 1, 1000000 },
	{ "times", offsetof(struct config, times), 10, 1, UINT32_MAX },
	{ "min_ms", offsetof(struct config, min_ms), 1, 0, GOOSE_TAL_SHORT },
	{ NULL, 0, 0, 0, 0 },
};

static const struct detection detections[] = {
	{ "G-04", "T0856,T0836", NULL },
	{ "G-14", "T0856", of_tal },
	{ "G-17", "T0836", NULL },
	{ NULL, NULL, NULL },
};

const struct detector goose_config_detector = {
	.detections = detections,
	GOOSE_ON_VIEW,
	.state_size = sizeof(struct config),
	.start = config_start,
	.on_op = config_on_op,
};
