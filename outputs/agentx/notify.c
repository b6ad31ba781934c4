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
	const char *names[10];
} lists[] = {
	{ NSM_SECURITY_EVENT, NSM_EVT,
	    { "gtNsmEvtTs", "gtNsmEvtRule", "gtNsmEvtEventId",
	        "gtNsmEvtSeverity", "gtNsmEvtFunctionId", "gtNsmEvtProtocol",
	        "gtNsmEvtPeerInfo", "gtNsmEvtText", "gtNsmEvtSubject" } },
	{ NSM_ASSOC_CHANGE, NSM_ASSOC,
	    { "gtNsmAssocProtocol", "gtNsmAssocState", "gtNsmAssocInitAddrType",
	        "gtNsmAssocInitAddr", "gtNsmAssocRespAddrType",
	        "gtNsmAssocRespAddr", "gtNsmAssocRespAppAddr" } },
	{ NSM_FC_ANOMALY, NSM_FC,
	    { "gtNsmDlmsFcRole", "gtNsmDlmsFcLast", "gtNsmDlmsFcHighest",
	        "gtNsmDlmsFcReplays", "gtNsmDlmsFcResets" } },
	{ NSM_GOOSE_CHANGE, NSM_GOOSE,
	    { "gtNsmGooseGoCBRef", "gtNsmGooseState", "gtNsmGooseLastStNum",
	        "gtNsmGooseLastSqNum", "gtNsmGooseConfRevNum" } },
	{ NSM_CAPTURE_CHANGE, NSM_AGENT,
	    { "gtNsmCaptureState", "gtNsmCaptureSource", "gtNsmLinkUp" } },
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

static void
add(netsnmp_variable_list **list, enum nsm_table table, const char *name,
    const uint32_t *index, const void *row)
{
	size_t n;
	const struct nsm_object *o = nsm_columns(table, &n);
	struct nsm_value v;
	uint32_t oid_of[NSM_OID];

	for (size_t i = 0; i < n; i++) {
		if (strcmp(o[i].name, name) != 0)
			continue;
		nsm_value(&v, &o[i], row);
		serve_add(
		    list, oid_of, nsm_oid(oid_of, table, o[i].arc, index), &v);
	}
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
			add(&list, NSM_METER, "gtNsmDlmsMeterSysTitle",
			    n->index, &meter);
		for (size_t k = 0; lists[i].names[k] != NULL; k++)
			add(&list, lists[i].table, lists[i].names[k], n->index,
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
