/* SPDX-License-Identifier: Apache-2.0 */
/* What the policy says of DLMS meters and their clients. */
#include <config.h>

#include "rules/policy_parts.h"

#define PUBLIC_SAP 16
#define MANAGEMENT_SAP 1
#define PRE_ESTABLISHED_SAP 102

bool
policy_has_address(
    const struct policy *p, struct policy_span span, const uint8_t ip[16])
{
	for (uint32_t i = 0; i < span.n; i++)
		if (policy_prefix_has(&p->prefixes[span.first + i], ip))
			return true;
	return false;
}

static bool
has_title(const struct policy_prefix *p, struct bytes title)
{
	uint8_t key[POLICY_KEY];

	return policy_title(title, key) && policy_prefix_has(p, key);
}

/*
 * A title that nobody has seen yet speaks against no entry that names an
 * address as well: sessions are picked up in the middle.
 */
static bool
fits(const struct policy *p, const struct policy_party *who, uint16_t sap,
    struct bytes title, const uint8_t ip[16])
{
	if (who->has_sap && who->sap != sap)
		return false;
	if (who->addresses.n > 0 && !policy_has_address(p, who->addresses, ip))
		return false;
	if (!who->titled || has_title(&who->title, title))
		return true;
	return title.n == 0 && who->addresses.n > 0;
}

static uint32_t
find(const struct policy_set *titles, const struct policy_set *addresses,
    struct bytes title, const uint8_t ip[16])
{
	uint32_t by_address = policy_set_find(addresses, ip);
	uint32_t by_title = POLICY_NONE;
	uint8_t key[POLICY_KEY];

	if (policy_title(title, key))
		by_title = policy_set_find(titles, key);
	return by_title < by_address ? by_title : by_address;
}

const struct policy_group *
policy_group(const struct policy *p, struct bytes title, const uint8_t ip[16])
{
	uint32_t i;
	bool gone;

	if (p == NULL)
		return &policy_any_meter;
	i = find(&p->titles, &p->addresses, title, ip);
	/* one without a title yet may be in a group before */
	if (p->first_all < i && (title.n > 0 || !p->titles_first))
		i = p->first_all;
	gone =
	    find(&p->gone_titles, &p->gone_addresses, title, ip) != POLICY_NONE;
	if (i == POLICY_NONE)
		return gone ? &p->other_gone : &p->other;
	return gone ? &p->groups[i].gone : &p->groups[i].group;
}

bool
policy_by_title(const struct policy *p)
{
	return p != NULL && p->titles.n > 0;
}

static void
give(struct policy_client *c, const struct policy_role *role)
{
	c->roles[c->nroles++] = role;
	c->rights |= role->rights;
}

/* Where no role is given to anybody (detections, B.1.1). */
static void
give_presets(
    struct policy_client *c, const struct policy_role *roles, uint16_t sap)
{
	if (sap == PUBLIC_SAP)
		give(c, &roles[POLICY_VIEWER]);
	else if (sap == MANAGEMENT_SAP)
		give(c, &roles[POLICY_MANAGEMENT]);
}

/* The first entry that fits decides; first those of the clients. */
static bool
give_mapped(struct policy_client *c, const struct policy *p,
    const struct policy_meters *m, bool listing, uint16_t sap,
    struct bytes title, const uint8_t ip[16])
{
	for (uint32_t i = 0; i < m->rules.n; i++) {
		const struct policy_rule *r = &p->rules[m->rules.first + i];

		if (r->listing != listing || r->nroles == 0 ||
		    !fits(p, &r->who, sap, title, ip))
			continue;
		for (uint8_t k = 0; k < r->nroles; k++)
			give(c, &p->roles[r->roles[k]]);
		return true;
	}
	return false;
}

struct policy_client
policy_client(const struct policy_group *g, uint16_t sap, struct bytes title,
    const uint8_t ip[16])
{
	struct policy_client c = { .listed = POLICY_SILENT };
	const struct policy *p = g->of;
	const struct policy_meters *m;

	if (p == NULL || g->index >= p->ngroups) {
		give_presets(&c, p != NULL ? p->roles : policy_standard, sap);
		return c;
	}
	m = &p->groups[g->index];
	if (!give_mapped(&c, p, m, true, sap, title, ip) &&
	    !give_mapped(&c, p, m, false, sap, title, ip) && !m->has_roles)
		give_presets(&c, p->roles, sap);
	if (!m->has_clients)
		return c;
	c.listed = POLICY_UNLISTED;
	for (uint32_t i = 0; i < m->rules.n; i++) {
		const struct policy_rule *r = &p->rules[m->rules.first + i];

		if (r->listing && fits(p, &r->who, sap, title, ip))
			c.listed = POLICY_LISTED;
	}
	return c;
}

struct from {
	const struct policy *policy;
	const uint8_t *ip;
};

static bool
comes_from(const void *arg, uint32_t rule)
{
	const struct from *f = arg;

	return policy_has_address(
	    f->policy, f->policy->rules[rule].who.addresses, f->ip);
}

enum policy_answer
policy_client_address(
    const struct policy *p, struct bytes title, const uint8_t ip[16])
{
	struct from from = { p, ip };
	uint8_t key[POLICY_KEY];

	if (p == NULL || !policy_title(title, key) ||
	    policy_set_find(&p->client_titles, key) == POLICY_NONE)
		return POLICY_SILENT;
	return policy_set_any(&p->client_titles, key, comes_from, &from)
	           ? POLICY_LISTED
	           : POLICY_UNLISTED;
}

static enum policy_answer
among(const struct policy *p, const struct policy_parties *list,
    struct bytes title, const uint8_t ip[16])
{
	if (!list->there)
		return POLICY_SILENT;
	for (size_t i = 0; i < list->n; i++)
		if (fits(p, &list->at[i], 0, title, ip))
			return POLICY_LISTED;
	return POLICY_UNLISTED;
}

enum policy_answer
policy_broadcast(
    const struct policy *p, struct bytes title, const uint8_t ip[16])
{
	return p != NULL ? among(p, &p->broadcast, title, ip) : POLICY_SILENT;
}

enum policy_answer
policy_firmware_source(
    const struct policy *p, struct bytes title, const uint8_t ip[16])
{
	return p != NULL ? among(p, &p->firmware_sources, title, ip)
	                 : POLICY_SILENT;
}

bool
policy_pre_established(const struct policy *p, uint16_t sap)
{
	if (p == NULL || !p->has_pre_established)
		return sap == PRE_ESTABLISHED_SAP;
	for (size_t i = 0; i < p->npre_established; i++)
		if (p->pre_established[i] == sap)
			return true;
	return false;
}

enum policy_answer
policy_meter(const struct policy *p, struct bytes title, const uint8_t ip[16])
{
	if (p == NULL || p->titles.n + p->addresses.n == 0)
		return POLICY_SILENT;
	if (find(&p->titles, &p->addresses, title, ip) != POLICY_NONE)
		return POLICY_LISTED;
	/* a push in clear has no title: it may be any of those */
	return title.n == 0 && p->titles.n > 0 ? POLICY_SILENT
	                                       : POLICY_UNLISTED;
}

static enum policy_answer
in_list(const struct policy_list *list, const uint8_t ip[16])
{
	if (!list->there)
		return POLICY_SILENT;
	return policy_set_find(&list->set, ip) != POLICY_NONE ? POLICY_LISTED
	                                                      : POLICY_UNLISTED;
}

enum policy_answer
policy_push_target(const struct policy *p, const uint8_t ip[16])
{
	return p != NULL ? in_list(&p->push_targets, ip) : POLICY_SILENT;
}

enum policy_answer
policy_dlms_address(const struct policy *p, const uint8_t ip[16])
{
	return p != NULL ? in_list(&p->address_plan, ip) : POLICY_SILENT;
}

enum policy_answer
policy_gateway(const struct policy *p, uint8_t network, struct bytes address)
{
	if (p == NULL || !p->has_gateways)
		return POLICY_SILENT;
	for (size_t i = 0; i < p->ngateways; i++) {
		const struct policy_gateway *g = &p->gateways[i];

		if (g->has_network && g->network != network)
			continue;
		if (!g->has_address ||
		    (g->naddress == address.n &&
		        memcmp(g->address, address.p, address.n) == 0))
			return POLICY_LISTED;
	}
	return POLICY_UNLISTED;
}

enum policy_answer
policy_firmware(const struct policy *p, struct bytes identifier, uint64_t size,
    const uint8_t *sha256)
{
	if (p == NULL || !p->has_images)
		return POLICY_SILENT;
	for (size_t i = 0; i < p->nimages; i++) {
		const struct policy_image *m = &p->images[i];

		if (m->nidentifier != identifier.n ||
		    memcmp(m->identifier, identifier.p, identifier.n) != 0)
			continue;
		if (m->has_size && size != 0 && m->size != size)
			continue;
		if (!m->has_sha256 || sha256 == NULL ||
		    memcmp(m->sha256, sha256, sizeof(m->sha256)) == 0)
			return POLICY_LISTED;
	}
	return POLICY_UNLISTED;
}
