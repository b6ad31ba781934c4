/* SPDX-License-Identifier: Apache-2.0 */
/* What a person decided: put together, and what holds where nobody did. */
#include <config.h>

#include <errno.h>
#include <stdlib.h>

#include "rules/policy_parts.h"

const struct policy_group policy_any_meter = { .name = "any",
	.min_mechanism = 5,
	.get_protection = 0x10,
	.set_protection = 0x30 };

const struct policy_station policy_any_station = {
	.k = 12, .w = 8, .t1_s = 15, .t2_s = 10, .t3_s = 20
};

struct policy *
policy_new(void)
{
	struct policy *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	memcpy(p->roles, policy_standard, sizeof(policy_standard));
	p->nroles = POLICY_STANDARD_ROLES;
	p->other = policy_any_meter;
	p->first_all = POLICY_NONE;
	return p;
}

void
policy_free(struct policy *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->npublishers; i++)
		free(p->publishers[i].types);
	for (size_t i = 0; i < 2; i++) {
		policy_set_free(&p->stations[i].addresses);
		free(p->stations[i].at);
	}
	policy_set_free(&p->titles);
	policy_set_free(&p->addresses);
	policy_set_free(&p->gone_titles);
	policy_set_free(&p->gone_addresses);
	policy_set_free(&p->client_titles);
	policy_set_free(&p->push_targets.set);
	policy_set_free(&p->address_plan.set);
	policy_set_free(&p->dnp3_masters);
	policy_set_free(&p->rgoose.set);
	policy_set_free(&p->scanners.set);
	policy_set_free(&p->devices.addresses.set);
	policy_set_free(&p->devices.macs.set);
	free(p->groups);
	free(p->rules);
	free(p->broadcast.at);
	free(p->firmware_sources.at);
	free(p->gateways);
	free(p->images);
	free(p->masters);
	free(p->points);
	free(p->limited);
	free(p->linked);
	free(p->publishers);
	free(p->windows);
	free(p->whos);
	free(p->whats);
	free(p->prefixes);
	free(p->numbers);
	free(p);
}

static int
compare_points(const void *a, const void *b)
{
	const struct policy_points *x = a, *y = b;

	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	return (x->first > y->first) - (x->first < y->first);
}

/* Sorts the points of a station, and joins those that overlap. */
static void
sort_points(struct policy_points *at, struct policy_span *span)
{
	uint32_t n = 0;

	if (span->n == 0)
		return;
	at += span->first;
	qsort(at, span->n, sizeof(*at), compare_points);
	for (uint32_t i = 1; i < span->n; i++) {
		if (at[i].address != at[n].address || at[i].first > at[n].last)
			at[++n] = at[i];
		else if (at[i].last > at[n].last)
			at[n].last = at[i].last;
	}
	span->n = n + 1;
}

static int
compare_limited(const void *a, const void *b)
{
	const struct policy_limited *x = a, *y = b;

	return compare_points(&x->points, &y->points);
}

/* The same of their limits, where what is within another's goes. */
static void
sort_limited(struct policy_limited *at, struct policy_span *span)
{
	uint32_t n = 0;

	if (span->n == 0)
		return;
	at += span->first;
	qsort(at, span->n, sizeof(*at), compare_limited);
	for (uint32_t i = 1; i < span->n; i++) {
		const struct policy_points *last = &at[n].points;
		struct policy_limited l = at[i];

		if (l.points.address == last->address &&
		    l.points.first <= last->last) {
			if (l.points.last <= last->last)
				continue;
			l.points.first = last->last + 1;
		}
		at[++n] = l;
	}
	span->n = n + 1;
}

static int
compare_publishers(const void *a, const void *b)
{
	const struct policy_published *x = a, *y = b;
	int order = strcmp(x->publisher.gocbref, y->publisher.gocbref);

	return order != 0 ? order : (x->line > y->line) - (x->line < y->line);
}

static int
sort_publishers(struct policy *p, struct policy_clash *clash)
{
	struct policy_published *at = p->publishers;

	if (p->npublishers > 0)
		qsort(at, p->npublishers, sizeof(*at), compare_publishers);
	for (size_t i = 1; i < p->npublishers; i++)
		if (strcmp(at[i].publisher.gocbref,
		        at[i - 1].publisher.gocbref) == 0) {
			*clash = (struct policy_clash){ "the publisher",
				at[i].line, at[i - 1].line };
			return -EEXIST;
		}
	return 0;
}

/* One address cannot belong to two stations. */
static int
sort_stations(
    struct policy *p, struct policy_stations *s, struct policy_clash *clash)
{
	const struct policy_member *at = s->addresses.at;

	policy_set_sort(&s->addresses);
	for (size_t i = 0; i < s->n; i++) {
		sort_points(p->points, &s->at[i].points);
		sort_limited(p->limited, &s->at[i].limited);
	}
	for (size_t i = 1; i < s->addresses.n; i++)
		if (at[i].prefix.bits == at[i - 1].prefix.bits &&
		    memcmp(at[i].prefix.key, at[i - 1].prefix.key,
		        POLICY_KEY) == 0 &&
		    at[i].value != at[i - 1].value) {
			*clash =
			    (struct policy_clash){ "an address of the station",
				    s->at[at[i].value].line,
				    s->at[at[i - 1].value].line };
			return -EEXIST;
		}
	return 0;
}

static int
link_masters(struct policy *p)
{
	p->linked = calloc(1, 65536 / 8);
	if (p->linked == NULL)
		return -ENOMEM;
	for (uint32_t m = 0; m < p->nmasters; m++) {
		const struct policy_master *it = &p->masters[m];
		struct policy_span a = it->addresses, l = it->links;

		for (uint32_t i = 0; i < l.n; i++) {
			uint32_t link = p->numbers[l.first + i];

			p->linked[link / 8] |= (uint8_t)(1 << link % 8);
		}
		for (uint32_t i = 0; l.n > 0 && i < a.n; i++)
			if (policy_set_add(&p->dnp3_masters,
			        &p->prefixes[a.first + i], m) != 0)
				return -ENOMEM;
	}
	policy_set_sort(&p->dnp3_masters);
	return 0;
}

/* Titles that may come from some addresses only. */
static int
link_titles(struct policy *p)
{
	for (uint32_t i = 0; i < p->nrules; i++) {
		const struct policy_party *who = &p->rules[i].who;

		if (who->titled && who->addresses.n > 0 &&
		    policy_set_add(&p->client_titles, &who->title, i) != 0)
			return -ENOMEM;
	}
	policy_set_sort(&p->client_titles);
	return 0;
}

static void
link_groups(struct policy *p)
{
	for (size_t i = p->ngroups; i-- > 0;) {
		struct policy_meters *m = &p->groups[i];

		if (m->all)
			p->first_all = (uint32_t)i;
		m->group.of = p;
		m->group.index = i;
		m->gone = m->group;
		m->gone.decommissioned = true;
	}
	for (size_t i = 0; i < p->titles.n; i++)
		if (p->titles.at[i].value < p->first_all)
			p->titles_first = true;
	p->other.of = p;
	p->other.index = p->ngroups;
	p->other_gone = p->other;
	p->other_gone.decommissioned = true;
}

void
policy_exchange(struct policy *a, struct policy *b)
{
	struct policy c = *a;

	*a = *b;
	*b = c;
	link_groups(a);
	link_groups(b);
}

int
policy_finish(struct policy *p, struct policy_clash *clash)
{
	int rc = sort_publishers(p, clash);

	link_groups(p);
	policy_set_sort(&p->titles);
	policy_set_sort(&p->addresses);
	policy_set_sort(&p->gone_titles);
	policy_set_sort(&p->gone_addresses);
	policy_set_sort(&p->push_targets.set);
	policy_set_sort(&p->address_plan.set);
	policy_set_sort(&p->rgoose.set);
	policy_set_sort(&p->scanners.set);
	policy_set_sort(&p->devices.addresses.set);
	policy_set_sort(&p->devices.macs.set);
	for (size_t i = 0; rc == 0 && i < 2; i++)
		rc = sort_stations(p, &p->stations[i], clash);
	if (rc == 0)
		rc = link_masters(p);
	if (rc == 0)
		rc = link_titles(p);
	return rc;
}
