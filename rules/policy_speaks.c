/* SPDX-License-Identifier: Apache-2.0 */
/* Which detections a policy has no list for (B.0, rule 11). */
#include <config.h>

#include "rules/policy_parts.h"

static bool
has_clients(const struct policy *p)
{
	for (size_t i = 0; i < p->ngroups; i++)
		if (p->groups[i].has_clients)
			return true;
	return false;
}

static bool
has_peers(const struct policy *p)
{
	return p->push_targets.there || p->titles.n + p->addresses.n > 0 ||
	       p->gone_titles.n + p->gone_addresses.n > 0;
}

static bool
has_masters(const struct policy *p, enum policy_protocol protocol)
{
	const struct policy_stations *s = &p->stations[protocol];

	for (size_t i = 0; i < s->n; i++)
		if (s->at[i].has_masters)
			return true;
	return s->complete;
}

bool
policy_speaks(const struct policy *p, const char *det)
{
	if (p == NULL)
		return false;
	if (strcmp(det, "D-16") == 0)
		return has_clients(p);
	if (strcmp(det, "D-59") == 0)
		return has_peers(p);
	if (strcmp(det, "D-62") == 0)
		return p->has_gateways;
	if (strcmp(det, "D-65") == 0)
		return p->address_plan.there;
	if (strcmp(det, "T-01") == 0)
		return has_masters(p, POLICY_IEC104);
	if (strcmp(det, "P-01") == 0)
		return has_masters(p, POLICY_DNP3);
	if (strcmp(det, "G-01") == 0)
		return p->has_publishers;
	if (strcmp(det, "N-1") == 0)
		return policy_inventory(p);
	return true;
}
