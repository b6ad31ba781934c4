/* SPDX-License-Identifier: Apache-2.0 */
/* "dlms" of the policy file. */
#include <config.h>

#include <errno.h>

#include "sensor/policy_read.h"

#define GROUPS_MAX 1024
#define CLIENTS_MAX 4096 /* of one group */

#define WHOM                                                                   \
	"a system title (16 hexadecimal digits, or fewer and a star), an "     \
	"IP address or a network"

/* A title or an address, as it stands. */
static int
read_whom(struct policy_reader *r, struct policy_prefix *to, bool *titled)
{
	struct bytes v;
	int rc = policy_read_text(r, WHOM, &v);

	if (rc != 0)
		return rc;
	*titled = policy_parse_title(v, to);
	return *titled || policy_parse_address(v, to)
	           ? 0
	           : policy_read_wrong(r, WHOM);
}

static int
add_whom(struct policy_reader *r, struct policy_set *titles,
    struct policy_set *addresses, size_t value)
{
	struct policy_prefix prefix;
	bool titled;
	int rc = read_whom(r, &prefix, &titled);

	if (rc == 0 && policy_set_add(titled ? titles : addresses, &prefix,
	                   (uint32_t)value) != 0)
		return policy_read_memory(r);
	return rc;
}

/* Of the group that is being read, which will be the next. */
static int
add_meter(struct policy_reader *r, void *to)
{
	struct policy *p = r->policy;

	(void)to;
	return add_whom(r, &p->titles, &p->addresses, p->ngroups);
}

static int
take_meters(struct policy_reader *r, const struct policy_field *f, void *to)
{
	struct policy_meters *m = to;

	(void)f;
	m->all = false;
	return policy_read_list(r, POLICY_ITEMS, add_meter, m);
}

static int
take_title(struct policy_reader *r, const struct policy_field *f, void *to)
{
	struct bytes v;
	int rc = policy_read_text(r, POLICY_TITLE, &v);

	(void)f;
	if (rc == 0 && !policy_parse_title(v, to))
		return policy_read_wrong(r, POLICY_TITLE);
	return rc;
}

static int
add_role(struct policy_reader *r, void *to)
{
	static const char expected[] =
	    "a role of the standard, MANAGEMENT, or one of \"roles\" above";
	const struct policy *p = r->policy;
	struct policy_rule *rule = to;
	struct bytes v;
	int rc = policy_read_text(r, expected, &v);

	for (size_t i = 0; rc == 0 && i < p->nroles; i++)
		if (strlen(p->roles[i].name) == v.n &&
		    memcmp(p->roles[i].name, v.p, v.n) == 0) {
			rule->roles[rule->nroles++] = (uint16_t)i;
			return 0;
		}
	return rc != 0 ? rc : policy_read_wrong(r, "%s", expected);
}

static int
take_roles(struct policy_reader *r, const struct policy_field *f, void *to)
{
	(void)f;
	return policy_read_some(r, POLICY_CLIENT_ROLES, add_role, to);
}

static const struct policy_field rule_fields[] = {
	{ .key = "sap",
	    .take = policy_take_u16,
	    .offset = offsetof(struct policy_rule, who.sap),
	    .most = UINT16_MAX,
	    .there = POLICY_THERE(struct policy_rule, who.has_sap) },
	{ .key = "title",
	    .take = take_title,
	    .offset = offsetof(struct policy_rule, who.title),
	    .there = POLICY_THERE(struct policy_rule, who.titled) },
	{ .key = "address",
	    .take = policy_take_addresses,
	    .offset = offsetof(struct policy_rule, who.addresses),
	    .most = POLICY_ITEMS },
	{ .key = "roles", .take = take_roles },
	{ .key = NULL },
};

static int
add_rule(struct policy_reader *r, struct policy_meters *m, bool listing)
{
	yaml_mark_t at = r->yaml.event.start_mark;
	struct policy *p = r->policy;
	struct policy_rule rule = { .listing = listing }, *more;
	int rc = policy_read_map(r, rule_fields, &rule);

	if (rc != 0)
		return rc;
	if (!rule.who.has_sap && !rule.who.titled && rule.who.addresses.n == 0)
		return yaml_fail(&r->yaml, &at,
		    "%s without a client; expected sap, title or address",
		    r->key);
	if (!listing && rule.nroles == 0)
		return yaml_fail(&r->yaml, &at,
		    "%s without \"roles\"; expected that key", r->key);
	more = policy_room(p->rules, p->nrules, sizeof(*more));
	if (more == NULL)
		return policy_read_memory(r);
	p->rules = more;
	p->rules[p->nrules++] = rule;
	m->rules.n++;
	m->has_roles = m->has_roles || rule.nroles > 0;
	return 0;
}

static int
add_client(struct policy_reader *r, void *to)
{
	return add_rule(r, to, true);
}

static int
add_mapped(struct policy_reader *r, void *to)
{
	return add_rule(r, to, false);
}

static int
take_clients(struct policy_reader *r, const struct policy_field *f, void *to)
{
	struct policy_meters *m = to;

	(void)f;
	m->has_clients = true;
	return policy_read_list(r, CLIENTS_MAX, add_client, m);
}

static int
take_role_map(struct policy_reader *r, const struct policy_field *f, void *to)
{
	(void)f;
	return policy_read_list(r, CLIENTS_MAX, add_mapped, to);
}

static const struct policy_word scopes[] = { { "per_sap", 0 },
	{ "per_meter", 1 }, { NULL, 0 } };

static const struct policy_word protections[] = { { "none", 0x00 },
	{ "authenticated", 0x10 }, { "encrypted", 0x20 }, { "both", 0x30 },
	{ NULL, 0 } };

static const struct policy_word resets[] = { { "alarm", RESET_ALARM },
	{ "notice", RESET_NOTICE }, { "allow", RESET_ALLOW }, { NULL, 0 } };

#define GROUP(member) offsetof(struct policy_meters, group.member)
#define GROUP_BOOL(name)                                                       \
	{                                                                      \
		.key = #name, .take = policy_take_bool, .offset = GROUP(name)  \
	}

static const struct policy_field group_fields[] = {
	{ .key = "name",
	    .take = policy_take_text,
	    .offset = GROUP(name),
	    .least = 1,
	    .most = 31,
	    .needed = true },
	{ .key = "meters", .take = take_meters },
	GROUP_BOOL(tls),
	GROUP_BOOL(push_protected),
	GROUP_BOOL(protected_only),
	GROUP_BOOL(signed_only),
	GROUP_BOOL(decommissioned),
	{ .key = "ic_scope",
	    .take = policy_take_flag,
	    .offset = GROUP(ic_per_meter),
	    .more = scopes },
	{ .key = "min_mechanism",
	    .take = policy_take_u8,
	    .offset = GROUP(min_mechanism),
	    .most = 7 },
	{ .key = "get_protection",
	    .take = policy_take_word8,
	    .offset = GROUP(get_protection),
	    .more = protections },
	{ .key = "set_protection",
	    .take = policy_take_word8,
	    .offset = GROUP(set_protection),
	    .more = protections },
	{ .key = "reset_on_reboot",
	    .take = policy_take_word32,
	    .offset = GROUP(reset_on_reboot),
	    .more = resets },
	{ .key = "key_days",
	    .take = policy_take_u32,
	    .offset = GROUP(key_days),
	    .most = 36500 },
	{ .key = "clients", .take = take_clients },
	{ .key = "role_map", .take = take_role_map },
	{ .key = NULL },
};

static int
add_group(struct policy_reader *r, void *to)
{
	struct policy *p = r->policy;
	yaml_mark_t at = r->yaml.event.start_mark;
	struct policy_meters m = { .group = policy_any_meter, .all = true },
	                     *more;
	int rc;

	(void)to;
	m.line = at.line + 1;
	m.rules.first = (uint32_t)p->nrules;
	rc = policy_read_map(r, group_fields, &m);
	for (size_t i = 0; rc == 0 && i < p->ngroups; i++)
		if (strcmp(p->groups[i].group.name, m.group.name) == 0)
			rc = yaml_fail(&r->yaml, &at,
			    "the group \"%s\" stands here again; expected it "
			    "only once, on line %zu",
			    m.group.name, p->groups[i].line);
	if (rc != 0)
		return rc;
	more = policy_room(p->groups, p->ngroups, sizeof(*more));
	if (more == NULL)
		return policy_read_memory(r);
	p->groups = more;
	p->groups[p->ngroups++] = m;
	return 0;
}

static int
take_groups(struct policy_reader *r, const struct policy_field *f, void *policy)
{
	(void)f;
	return policy_read_list(r, GROUPS_MAX, add_group, policy);
}

static int
add_party(struct policy_reader *r, void *to)
{
	struct policy_parties *list = to;
	struct policy *p = r->policy;
	struct policy_party who = { 0 }, *more;
	struct policy_prefix prefix, *room;
	int rc = read_whom(r, &prefix, &who.titled);

	if (rc != 0)
		return rc;
	if (who.titled) {
		who.title = prefix;
	} else {
		room = policy_room(p->prefixes, p->nprefixes, sizeof(*room));
		if (room == NULL)
			return policy_read_memory(r);
		p->prefixes = room;
		who.addresses =
		    (struct policy_span){ (uint32_t)p->nprefixes, 1 };
		p->prefixes[p->nprefixes++] = prefix;
	}
	more = policy_room(list->at, list->n, sizeof(*more));
	if (more == NULL)
		return policy_read_memory(r);
	list->at = more;
	list->at[list->n++] = who;
	return 0;
}

static int
take_parties(struct policy_reader *r, const struct policy_field *f, void *to)
{
	struct policy_parties *list = to;

	(void)f;
	list->there = true;
	return policy_read_list(r, CLIENTS_MAX, add_party, list);
}

static int
add_sap(struct policy_reader *r, void *to)
{
	static const struct policy_field f = { .most = UINT16_MAX };
	struct policy *p = r->policy;

	(void)to;
	return policy_take_u16(
	    r, &f, &p->pre_established[p->npre_established++]);
}

static int
take_saps(struct policy_reader *r, const struct policy_field *f, void *policy)
{
	(void)f;
	return policy_read_list(r, POLICY_PRE_ESTABLISHED, add_sap, policy);
}

static int
add_gone(struct policy_reader *r, void *to)
{
	struct policy *p = r->policy;

	(void)to;
	return add_whom(r, &p->gone_titles, &p->gone_addresses, 0);
}

static int
take_gone(struct policy_reader *r, const struct policy_field *f, void *policy)
{
	(void)f;
	return policy_read_list(r, POLICY_ITEMS, add_gone, policy);
}

static int
take_octets(struct policy_reader *r, const struct policy_field *f, void *to)
{
	struct policy_gateway *g = to;
	struct bytes v;
	int rc = policy_read_text(r, "octets in hexadecimal", &v);

	(void)f;
	if (rc != 0)
		return rc;
	g->naddress =
	    (uint8_t)policy_parse_hex(v, g->address, sizeof(g->address));
	return g->naddress > 0
	           ? 0
	           : policy_read_wrong(r,
	                 "1 to %zu octets, two hexadecimal digits each",
	                 sizeof(g->address));
}

static const struct policy_field gateway_fields[] = {
	{ .key = "network",
	    .take = policy_take_u8,
	    .offset = offsetof(struct policy_gateway, network),
	    .most = UINT8_MAX,
	    .there = POLICY_THERE(struct policy_gateway, has_network) },
	{ .key = "address",
	    .take = take_octets,
	    .there = POLICY_THERE(struct policy_gateway, has_address) },
	{ .key = NULL },
};

static int
add_gateway(struct policy_reader *r, void *to)
{
	struct policy *p = r->policy;
	yaml_mark_t at = r->yaml.event.start_mark;
	struct policy_gateway g = { 0 }, *more;
	int rc = policy_read_map(r, gateway_fields, &g);

	(void)to;
	if (rc != 0)
		return rc;
	if (!g.has_network && !g.has_address)
		return yaml_fail(&r->yaml, &at,
		    "a gateway to anywhere; expected network or address");
	more = policy_room(p->gateways, p->ngateways, sizeof(*more));
	if (more == NULL)
		return policy_read_memory(r);
	p->gateways = more;
	p->gateways[p->ngateways++] = g;
	return 0;
}

static int
take_gateways(
    struct policy_reader *r, const struct policy_field *f, void *policy)
{
	(void)f;
	return policy_read_list(r, CLIENTS_MAX, add_gateway, policy);
}

const struct policy_field policy_dlms_fields[] = {
	{ .key = "groups", .take = take_groups },
	{ .key = "broadcast",
	    .take = take_parties,
	    .offset = offsetof(struct policy, broadcast) },
	{ .key = "pre_established",
	    .take = take_saps,
	    .there = POLICY_THERE(struct policy, has_pre_established) },
	{ .key = "push_targets",
	    .take = policy_take_list,
	    .offset = offsetof(struct policy, push_targets) },
	{ .key = "gateways",
	    .take = take_gateways,
	    .there = POLICY_THERE(struct policy, has_gateways) },
	{ .key = "address_plan",
	    .take = policy_take_list,
	    .offset = offsetof(struct policy, address_plan) },
	{ .key = "firmware_images",
	    .take = policy_take_images,
	    .there = POLICY_THERE(struct policy, has_images) },
	{ .key = "firmware_sources",
	    .take = take_parties,
	    .offset = offsetof(struct policy, firmware_sources) },
	{ .key = "decommissioned", .take = take_gone },
	{ .key = NULL },
};
