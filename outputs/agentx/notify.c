/* SPDX-License-Identifier: Apache-2.0 */
/* Notifications: what stands in the page, at the pace that is allowed. */
#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

#include <net-snmp/agent/net-snmp-agent-includes.h>

#include <time.h>

#include "outputs/agentx/agentx.h"

#define MINUTE_NS UINT64_C(60000000000)
#define BUCKETS 32768 /* rules are fewer; kinds stand in front */
#define AT_ONCE 64    /* before requests are looked at again */

/* What is left of a rule's share, in tokens times ns. */
struct bucket {
	uint64_t filled_ns;
	uint32_t used;
};

static struct {
	enum nsm_severity severity;
	uint32_t rate, burst;
	bool connected;
	struct bucket buckets[BUCKETS];
} now;

/* The objects of each notification, as the MIB lists them. */
static const struct {
	enum nsm_notice_kind kind;
	enum nsm_table table;
	uint32_t arcs[10];
} lists[] = {
	{ NSM_SECURITY_EVENT, NSM_EVT, { 2, 3, 4, 5, 6, 7, 8, 9, 10 } },
	{ NSM_ASSOC_CHANGE, NSM_ASSOC, { 2, 3, 4, 5, 7, 8, 11 } },
	{ NSM_FC_ANOMALY, NSM_FC, { 5, 10, 12, 15, 17 } },
	{ NSM_GOOSE_CHANGE, NSM_GOOSE, { 2, 9, 10, 11, 13 } },
	{ NSM_CAPTURE_CHANGE, NSM_AGENT, { 5, 4, 6 } },
};

void
notify_start(const struct agentx_setup *setup)
{
	now.severity = setup->severity;
	now.rate = setup->rate;
	now.burst = setup->burst;
}

void
notify_connected(bool connected)
{
	now.connected = connected;
}

static bool
may(const struct nsm_notice *n)
{
	uint32_t which = n->kind == NSM_SECURITY_EVENT
	                     ? 8 + n->row.evt.rule % (BUCKETS - 8)
	                     : n->kind % 8;
	struct bucket *b = &now.buckets[which];
	uint64_t at = source_clock(CLOCK_MONOTONIC);
	uint64_t back = (at - b->filled_ns) / (MINUTE_NS / now.rate);

	if (b->filled_ns == 0 || back >= b->used) {
		b->used = 0;
		b->filled_ns = at;
	} else {
		b->used -= (uint32_t)back;
		b->filled_ns += back * (MINUTE_NS / now.rate);
	}
	if (b->used >= now.burst)
		return false;
	b->used++;
	return true;
}

static const struct nsm_object *
object(enum nsm_table table, uint32_t arc)
{
	size_t n;
	const struct nsm_object *o = nsm_columns(table, &n);

	for (size_t i = 0; i < n; i++)
		if (o[i].arc == arc)
			return &o[i];
	return NULL;
}

static void
add(netsnmp_variable_list **list, enum nsm_table table, uint32_t arc,
    const uint32_t *index, const void *row)
{
	const struct nsm_object *o = object(table, arc);
	struct nsm_value v;
	uint32_t name[NSM_OID];

	if (o == NULL)
		return;
	nsm_value(&v, o, row);
	serve_add(list, name, nsm_oid(name, table, arc, index), &v);
}

static void
add_kind(netsnmp_variable_list **list, uint32_t kind)
{
	static const oid trap_oid[] = { 1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0 };
	uint32_t root[NSM_OID];
	oid value[NSM_OID];
	size_t n = nsm_root(root);

	root[n++] = 0; /* gtNsmNotifications */
	root[n++] = kind;
	for (size_t i = 0; i < n; i++)
		value[i] = root[i];
	snmp_varlist_add_variable(list, trap_oid, OID_LENGTH(trap_oid),
	    ASN_OBJECT_ID, (const u_char *)value, n * sizeof(oid));
}

static void
send_it(const struct nsm_notice *n)
{
	netsnmp_variable_list *list = NULL;
	struct nsm_meter meter = { .sys_title = n->meter };

	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
		if (lists[i].kind != n->kind || lists[i].table != n->table)
			continue;
		add_kind(&list, n->kind);
		if (n->kind == NSM_FC_ANOMALY)
			add(&list, NSM_METER, 2, n->index, &meter);
		for (size_t k = 0; lists[i].arcs[k] != 0; k++)
			add(&list, lists[i].table, lists[i].arcs[k], n->index,
			    &n->row);
	}
	if (list == NULL)
		return;
	send_v2trap(list);
	snmp_free_varbind(list);
}

void
notify_run(struct source *source)
{
	struct nsm_notice n;

	/* without a master they wait in the page */
	for (int i = 0; i < AT_ONCE && now.connected; i++) {
		if (!source_notice(source, &n))
			return;
		if (n.kind == NSM_SECURITY_EVENT &&
		    n.row.evt.severity > now.severity)
			continue;
		if (may(&n))
			send_it(&n);
		else
			source->suppressed++;
	}
}
