/* SPDX-License-Identifier: Apache-2.0 */
/* What the policy says of stations, publishers and hosts. */
#include <config.h>

#include <string.h>

#include "rules/policy_parts.h"

static const struct policy_outstation *
find(
    const struct policy *p, enum policy_protocol protocol, const uint8_t ip[16])
{
	uint32_t i;

	if (p == NULL)
		return NULL;
	i = policy_set_find(&p->stations[protocol].addresses, ip);
	return i != POLICY_NONE ? &p->stations[protocol].at[i] : NULL;
}

static const struct policy_master *
find_master(const struct policy *p, const struct policy_outstation *s,
    const uint8_t ip[16])
{
	for (uint32_t i = 0; i < s->masters.n; i++) {
		const struct policy_master *m =
		    &p->masters[s->masters.first + i];

		if (policy_has_address(p, m->addresses, ip))
			return m;
	}
	return NULL;
}

const struct policy_station *
policy_station(
    const struct policy *p, enum policy_protocol protocol, const uint8_t ip[16])
{
	const struct policy_outstation *s = find(p, protocol, ip);

	return s != NULL ? &s->station : &policy_any_station;
}

enum policy_answer
policy_master(const struct policy *p, enum policy_protocol protocol,
    const uint8_t master[16], const uint8_t station[16])
{
	const struct policy_outstation *s = find(p, protocol, station);

	if (s == NULL)
		return p != NULL && p->stations[protocol].complete
		           ? POLICY_UNLISTED
		           : POLICY_SILENT;
	if (!s->has_masters)
		return POLICY_SILENT;
	return find_master(p, s, master) != NULL ? POLICY_LISTED
	                                         : POLICY_UNLISTED;
}

enum policy_answer
policy_same_group(const struct policy *p, enum policy_protocol protocol,
    const uint8_t a[16], const uint8_t b[16], const uint8_t station[16])
{
	const struct policy_outstation *s = find(p, protocol, station);
	const struct policy_master *x, *y;

	if (s == NULL || !s->has_groups)
		return POLICY_SILENT;
	x = find_master(p, s, a);
	y = find_master(p, s, b);
	if (x == NULL || y == NULL || x->group[0] == '\0')
		return POLICY_UNLISTED;
	return strcmp(x->group, y->group) == 0 ? POLICY_LISTED
	                                       : POLICY_UNLISTED;
}

struct link {
	const struct policy *policy;
	uint16_t address;
};

static bool
has_link(const void *arg, uint32_t master)
{
	const struct link *l = arg;
	struct policy_span links = l->policy->masters[master].links;

	for (uint32_t i = 0; i < links.n; i++)
		if (l->policy->numbers[links.first + i] == l->address)
			return true;
	return false;
}

enum policy_answer
policy_master_address(
    const struct policy *p, const uint8_t master[16], uint16_t address)
{
	struct link link = { p, address };

	if (p == NULL)
		return POLICY_SILENT;
	if (policy_set_any(&p->dnp3_masters, master, has_link, &link))
		return POLICY_LISTED;
	return policy_set_find(&p->dnp3_masters, master) != POLICY_NONE ||
	               (p->linked[address / 8] >> address % 8 & 1) != 0
	           ? POLICY_UNLISTED
	           : POLICY_SILENT;
}

enum policy_answer
policy_function(const struct policy *p, enum policy_protocol protocol,
    const uint8_t master[16], const uint8_t station[16], uint32_t function)
{
	const struct policy_outstation *s = find(p, protocol, station);
	const struct policy_master *m;

	if (s == NULL)
		return POLICY_SILENT;
	m = find_master(p, s, master);
	if (m == NULL || !m->has_functions)
		return POLICY_SILENT;
	return function < 256 &&
	               (m->functions[function / 8] >> function % 8 & 1) != 0
	           ? POLICY_LISTED
	           : POLICY_UNLISTED;
}

static bool
is_before(const struct policy_points *at, uint16_t address, uint32_t point)
{
	return at->address < address ||
	       (at->address == address && at->last < point);
}

enum policy_answer
policy_point(const struct policy *p, enum policy_protocol protocol,
    const uint8_t station[16], uint16_t address, uint32_t point)
{
	const struct policy_outstation *s = find(p, protocol, station);
	const struct policy_points *at;
	uint32_t low = 0, high;

	if (s == NULL || !s->has_points)
		return POLICY_SILENT;
	at = p->points + s->points.first;
	high = s->points.n;
	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (is_before(&at[mid], address, point))
			low = mid + 1;
		else
			high = mid;
	}
	return low < s->points.n && at[low].address == address &&
	               at[low].first <= point
	           ? POLICY_LISTED
	           : POLICY_UNLISTED;
}

const struct policy_limits *
policy_limits(const struct policy *p, const uint8_t station[16],
    uint16_t address, uint32_t point)
{
	const struct policy_outstation *s = find(p, POLICY_DNP3, station);
	const struct policy_limited *at;
	uint32_t low = 0, high;

	if (s == NULL || s->limited.n == 0)
		return NULL;
	at = p->limited + s->limited.first;
	high = s->limited.n;
	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (is_before(&at[mid].points, address, point))
			low = mid + 1;
		else
			high = mid;
	}
	return low < s->limited.n && at[low].points.address == address &&
	               at[low].points.first <= point
	           ? &at[low].limits
	           : NULL;
}

enum policy_answer
policy_time_master(const struct policy *p, enum policy_protocol protocol,
    const uint8_t master[16], const uint8_t station[16])
{
	const struct policy_outstation *s = find(p, protocol, station);
	const struct policy_master *m;

	if (s == NULL || !s->has_times)
		return POLICY_SILENT;
	m = find_master(p, s, master);
	return m != NULL && m->sets_time ? POLICY_LISTED : POLICY_UNLISTED;
}

static int
compare(const char *name, struct bytes with)
{
	size_t n = strlen(name);
	int order = memcmp(name, with.p, n < with.n ? n : with.n);

	return order != 0 ? order : (n > with.n) - (n < with.n);
}

enum policy_answer
policy_publisher(const struct policy *p, struct bytes gocbref,
    const struct policy_publisher **publisher)
{
	size_t low = 0, high;

	if (p == NULL || !p->has_publishers)
		return POLICY_SILENT;
	high = gocbref.n > 0 ? p->npublishers : 0;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order =
		    compare(p->publishers[mid].publisher.gocbref, gocbref);

		if (order == 0) {
			*publisher = &p->publishers[mid].publisher;
			return POLICY_LISTED;
		}
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return POLICY_UNLISTED;
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
policy_rgoose_source(const struct policy *p, const uint8_t ip[16])
{
	return p != NULL ? in_list(&p->rgoose, ip) : POLICY_SILENT;
}

enum policy_answer
policy_device(const struct policy *p, const uint8_t ip[16])
{
	return p != NULL ? in_list(&p->devices.addresses, ip) : POLICY_SILENT;
}

enum policy_answer
policy_device_mac(const struct policy *p, const uint8_t mac[6])
{
	uint8_t key[POLICY_KEY] = { 0 };

	memcpy(key, mac, 6);
	return p != NULL ? in_list(&p->devices.macs, key) : POLICY_SILENT;
}

bool
policy_inventory(const struct policy *p)
{
	return p != NULL &&
	       (p->devices.addresses.there || p->devices.macs.there);
}

bool
policy_substation(const struct policy *p)
{
	return p != NULL && p->devices.substation;
}

enum policy_answer
policy_scanner(const struct policy *p, const uint8_t ip[16])
{
	return p != NULL ? in_list(&p->scanners, ip) : POLICY_SILENT;
}
