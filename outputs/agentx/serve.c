/* SPDX-License-Identifier: Apache-2.0 */
/* GET and GETNEXT; the library makes GETBULK of it. */
#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

#include <net-snmp/agent/net-snmp-agent-includes.h>

#include <time.h>

#include "outputs/agentx/agentx.h"

static struct source *served;

/* When sysUpTime was 0, in hundredths of a second since 1970. */
static uint64_t
boot(void)
{
	static uint64_t last;
	uint64_t now = source_clock(CLOCK_REALTIME) / 10000000;
	uint64_t found = now - netsnmp_get_agent_uptime();

	/* two clocks that are read one after the other differ by one or two */
	if (found > last + 2 || found + 2 < last)
		last = found;
	return last;
}

static u_long
uptime_at(uint64_t ns)
{
	uint64_t at = ns / 10000000, zero = boot();

	return ns != 0 && at > zero ? (u_long)(at - zero) : 0;
}

static size_t
set_oid(oid to[NSM_OID], const uint32_t *from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to[i] = from[i];
	return n;
}

static void
set(netsnmp_variable_list *to, const struct nsm_value *v)
{
	struct counter64 c64 = { (u_long)(v->number >> 32),
		(u_long)(v->number & 0xffffffff) };
	u_long number = (u_long)v->number;
	long signed_number = (long)v->number;
	uint32_t ref[NSM_OID];
	oid ref_oid[NSM_OID];
	size_t n;

	switch (v->kind) {
	case NSM_C32:
		snmp_set_var_typed_integer(
		    to, ASN_COUNTER, (long)(number & 0xffffffff));
		break;
	case NSM_U32:
		snmp_set_var_typed_integer(
		    to, ASN_GAUGE, (long)(number & 0xffffffff));
		break;
	case NSM_C64:
		snmp_set_var_typed_value(
		    to, ASN_COUNTER64, (const u_char *)&c64, sizeof(c64));
		break;
	case NSM_STAMP:
		number = uptime_at(v->number);
		snmp_set_var_typed_integer(to, ASN_TIMETICKS, (long)number);
		break;
	case NSM_REF:
		n = set_oid(ref_oid, ref, nsm_ref_oid(ref, v->ref));
		snmp_set_var_typed_value(to, ASN_OBJECT_ID,
		    (const u_char *)ref_oid, n * sizeof(oid));
		break;
	case NSM_ENUM:
	case NSM_TRUTH:
	case NSM_INETTYPE:
		snmp_set_var_typed_integer(to, ASN_INTEGER, signed_number);
		break;
	default:
		snmp_set_var_typed_value(to, ASN_OCTET_STR, v->p, v->n);
	}
}

void
serve_add(netsnmp_variable_list **list, const uint32_t *name, size_t n,
    const struct nsm_value *v)
{
	netsnmp_variable_list *last;
	oid to[NSM_OID];

	set_oid(to, name, n);
	last = snmp_varlist_add_variable(list, to, n, ASN_NULL, NULL, 0);
	if (last != NULL)
		set(last, v);
}

/* What was asked for: of OIDs longer than any of ours the head is enough. */
static size_t
asked(const netsnmp_request_info *r, uint32_t to[NSM_OID])
{
	size_t n = r->requestvb->name_length;

	n = n < NSM_OID ? n : NSM_OID;
	for (size_t i = 0; i < n; i++)
		to[i] = (uint32_t)r->requestvb->name[i];
	return n;
}

static void
get(netsnmp_agent_request_info *info, netsnmp_request_info *r,
    const struct nsm_view *view)
{
	struct nsm_value v;
	uint32_t name[NSM_OID];
	size_t n = asked(r, name);

	if (view != NULL && r->requestvb->name_length == n &&
	    nsm_view_get(view, name, n, &v))
		set(r->requestvb, &v);
	else
		netsnmp_set_request_error(info, r,
		    nsm_view_is_object(name, n) ? SNMP_NOSUCHINSTANCE
		                                : SNMP_NOSUCHOBJECT);
}

/* Nothing behind it: it stays as it is, and the library goes on elsewhere. */
static void
get_next(netsnmp_request_info *r, const struct nsm_view *view)
{
	struct nsm_value v;
	uint32_t name[NSM_OID], next[NSM_OID];
	oid to[NSM_OID];
	size_t n = asked(r, name);

	if (view == NULL)
		return;
	if (r->inclusive && nsm_view_get(view, name, n, &v)) {
		set(r->requestvb, &v);
		return;
	}
	if (!nsm_view_next(view, name, n, next, &n, &v))
		return;
	set_oid(to, next, n);
	snmp_set_var_objid(r->requestvb, to, n);
	set(r->requestvb, &v);
}

static int
handle(netsnmp_mib_handler *handler, netsnmp_handler_registration *registration,
    netsnmp_agent_request_info *info, netsnmp_request_info *requests)
{
	const struct nsm_view *view = source_view(served);

	(void)handler;
	(void)registration;
	for (netsnmp_request_info *r = requests; r != NULL; r = r->next) {
		if (r->processed)
			continue;
		if (info->mode == MODE_GET)
			get(info, r, view);
		else if (info->mode == MODE_GETNEXT)
			get_next(r, view);
		else
			netsnmp_set_request_error(
			    info, r, SNMP_ERR_NOTWRITABLE);
	}
	return SNMP_ERR_NOERROR;
}

void
serve_start(struct source *source)
{
	uint32_t root[NSM_OID];
	oid to[NSM_OID];
	size_t n = nsm_root(root);

	root[n++] = 1; /* gtNsmObjects */
	served = source;
	set_oid(to, root, n);
	netsnmp_register_handler(netsnmp_create_handler_registration(
	    "gridtap", handle, to, n, HANDLER_CAN_RONLY));
}
