/* SPDX-License-Identifier: Apache-2.0 */
/* "iec104" and "dnp3" of the policy file. */
#include <config.h>

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/policy_read.h"

#define MASTERS_MAX 256  /* of one station */
#define ADDRESSES_MAX 64 /* of one station or master */
#define LINKS_MAX 16

static int
add_function(struct policy_reader *r, void *to)
{
	static const struct policy_field f = { .most = UINT8_MAX };
	struct policy_master *m = to;
	uint8_t function;
	int rc = policy_take_u8(r, &f, &function);

	if (rc == 0)
		m->functions[function / 8] |= (uint8_t)(1 << function % 8);
	return rc;
}

static int
take_functions(struct policy_reader *r, const struct policy_field *f, void *to)
{
	(void)f;
	return policy_read_list(r, 256, add_function, to);
}

static int
add_number(struct policy_reader *r, void *to)
{
	static const struct policy_field f = { .most = UINT16_MAX };
	struct policy *p = r->policy;
	struct policy_span *span = to;
	uint32_t number, *more;
	int rc = policy_take_u32(r, &f, &number);

	if (rc != 0)
		return rc;
	more = policy_room(p->numbers, p->nnumbers, sizeof(*more));
	if (more == NULL)
		return policy_read_memory(r);
	p->numbers = more;
	p->numbers[p->nnumbers++] = number;
	span->n++;
	return 0;
}

static int
take_links(struct policy_reader *r, const struct policy_field *f, void *to)
{
	struct policy_span *span = to;

	(void)f;
	*span = (struct policy_span){ (uint32_t)r->policy->nnumbers, 0 };
	if (r->yaml.event.type != YAML_SEQUENCE_START_EVENT)
		return add_number(r, span);
	return policy_read_some(r, LINKS_MAX, add_number, span);
}

#define MASTER(member) offsetof(struct policy_master, member)
#define MASTER_COMMON                                                          \
	{ .key = "address",                                                    \
		.take = policy_take_addresses,                                 \
		.offset = MASTER(addresses),                                   \
		.most = ADDRESSES_MAX,                                         \
		.needed = true },                                              \
	    { .key = "group",                                                  \
		    .take = policy_take_text,                                  \
		    .offset = MASTER(group),                                   \
		    .least = 1,                                                \
		    .most = 31 },                                              \
	{                                                                      \
		.key = "sets_time", .take = policy_take_bool,                  \
		.offset = MASTER(sets_time),                                   \
		.there = POLICY_THERE(struct policy_master, timed)             \
	}

static const struct policy_field iec104_master[] = {
	MASTER_COMMON,
	{ .key = "types",
	    .take = take_functions,
	    .there = POLICY_THERE(struct policy_master, has_functions) },
	{ .key = NULL },
};

static const struct policy_field dnp3_master[] = {
	MASTER_COMMON,
	{ .key = "link_address", .take = take_links, .offset = MASTER(links) },
	{ .key = "functions",
	    .take = take_functions,
	    .there = POLICY_THERE(struct policy_master, has_functions) },
	{ .key = NULL },
};

static int
add_master(struct policy_reader *r, void *to)
{
	struct policy *p = r->policy;
	struct policy_outstation *s = to;
	struct policy_master m = { 0 }, *more;
	int rc = policy_read_map(r, r->dnp3 ? dnp3_master : iec104_master, &m);

	if (rc != 0)
		return rc;
	more = policy_room(p->masters, p->nmasters, sizeof(*more));
	if (more == NULL)
		return policy_read_memory(r);
	p->masters = more;
	p->masters[p->nmasters++] = m;
	s->masters.n++;
	s->has_times = s->has_times || m.timed;
	s->has_groups = s->has_groups || m.group[0] != '\0';
	return 0;
}

static int
take_masters(struct policy_reader *r, const struct policy_field *f, void *to)
{
	(void)f;
	return policy_read_list(r, MASTERS_MAX, add_master, to);
}

/* Points of one common or link address; index: of one group. */
struct points {
	struct policy_span *span;
	uint64_t most;
	uint16_t address;
	uint8_t group;
	bool has_least, has_most;
	struct policy_limits limits;
	size_t first; /* of policy->points */
};

static bool
parse_range(struct bytes v, uint64_t most, struct policy_points *to)
{
	const uint8_t *dash = v.n > 0 ? memchr(v.p, '-', v.n) : NULL;
	size_t n = dash != NULL ? (size_t)(dash - v.p) : v.n;
	uint64_t first, last;

	if (!policy_parse_number((struct bytes){ v.p, n }, 0, most, &first))
		return false;
	last = first;
	if (dash != NULL &&
	    !policy_parse_number(
	        (struct bytes){ dash + 1, v.n - n - 1 }, first, most, &last))
		return false;
	to->first = (uint32_t)first;
	to->last = (uint32_t)last;
	return true;
}

static int
add_range(struct policy_reader *r, void *to)
{
	struct points *of = to;
	struct policy *p = r->policy;
	struct policy_points range = { 0 }, *more;
	char expected[80];
	struct bytes v;
	int rc;

	snprintf(expected, sizeof(expected),
	    "a number up to %" PRIu64 ", or two as 10-19", of->most);
	rc = policy_read_text(r, expected, &v);
	if (rc != 0)
		return rc;
	if (!yaml_is_plain(&r->yaml) || !parse_range(v, of->most, &range))
		return policy_read_wrong(r, "%s", expected);
	more = policy_room(p->points, p->npoints, sizeof(*more));
	if (more == NULL)
		return policy_read_memory(r);
	p->points = more;
	p->points[p->npoints++] = range;
	of->span->n++;
	return 0;
}

static int
take_ranges(struct policy_reader *r, const struct policy_field *f, void *to)
{
	struct points *of = to;

	of->most = f->most;
	return policy_read_some(r, POLICY_ITEMS, add_range, of);
}

static int
take_decimal(struct policy_reader *r, const struct policy_field *f, void *to)
{
	static const char expected[] = "a number as -1.5";
	char text[32], *end = text;
	struct bytes v;
	double number = 0;
	int rc = policy_read_text(r, expected, &v);

	(void)f;
	if (rc != 0)
		return rc;
	if (yaml_is_plain(&r->yaml) && v.n > 0 && v.n < sizeof(text) &&
	    strspn((const char *)v.p, "0123456789+-.eE") >= v.n) {
		memcpy(text, v.p, v.n);
		text[v.n] = '\0';
		number = strtod(text, &end);
	}
	if (end == text || *end != '\0' || !isfinite(number))
		return policy_read_wrong(r, "%s", expected);
	*(double *)to = number;
	return 0;
}

static const struct policy_field iec104_points[] = {
	{ .key = "ca",
	    .take = policy_take_u16,
	    .offset = offsetof(struct points, address),
	    .most = UINT16_MAX,
	    .needed = true },
	{ .key = "ioa", .take = take_ranges, .most = 0xffffff, .needed = true },
	{ .key = NULL },
};

static const struct policy_field dnp3_points[] = {
	{ .key = "link_address",
	    .take = policy_take_u16,
	    .offset = offsetof(struct points, address),
	    .most = UINT16_MAX,
	    .needed = true },
	{ .key = "group",
	    .take = policy_take_u8,
	    .offset = offsetof(struct points, group),
	    .most = UINT8_MAX,
	    .needed = true },
	{ .key = "index",
	    .take = take_ranges,
	    .most = UINT16_MAX,
	    .needed = true },
	{ .key = "least",
	    .take = take_decimal,
	    .offset = offsetof(struct points, limits.least),
	    .there = POLICY_THERE(struct points, has_least) },
	{ .key = "most",
	    .take = take_decimal,
	    .offset = offsetof(struct points, limits.most),
	    .there = POLICY_THERE(struct points, has_most) },
	{ .key = NULL },
};

/* What was said of all ranges that were read last. */
static int
add_limits(struct policy_reader *r, struct policy_outstation *s,
    const struct points *of)
{
	struct policy *p = r->policy;

	if (of->limits.least > of->limits.most)
		return policy_read_wrong(r,
		    "points whose least is no more than "
		    "their most");
	for (size_t i = of->first; i < p->npoints; i++) {
		struct policy_limited *more =
		    policy_room(p->limited, p->nlimited, sizeof(*more));

		if (more == NULL)
			return policy_read_memory(r);
		p->limited = more;
		p->limited[p->nlimited++] =
		    (struct policy_limited){ p->points[i], of->limits };
		s->limited.n++;
	}
	return 0;
}

/* The keys may stand in any order: addresses are filled in at the end. */
static int
add_points(struct policy_reader *r, void *to)
{
	struct policy *p = r->policy;
	struct policy_outstation *s = to;
	struct points of = { .span = &s->points,
		.first = p->npoints,
		.limits = { -HUGE_VAL, HUGE_VAL } };
	int rc = policy_read_map(r, r->dnp3 ? dnp3_points : iec104_points, &of);

	for (size_t i = of.first; i < p->npoints; i++) {
		p->points[i].address = of.address;
		p->points[i].first |= (uint32_t)of.group << 16;
		p->points[i].last |= (uint32_t)of.group << 16;
	}
	if (rc == 0 && (of.has_least || of.has_most))
		rc = add_limits(r, s, &of);
	return rc;
}

static int
take_points(struct policy_reader *r, const struct policy_field *f, void *to)
{
	(void)f;
	return policy_read_list(r, POLICY_ITEMS, add_points, to);
}

static int
take_station_addresses(
    struct policy_reader *r, const struct policy_field *f, void *to)
{
	struct policy *p = r->policy;
	struct policy_stations *all = &p->stations[r->dnp3];
	struct policy_span span;
	int rc = policy_take_addresses(r, f, &span);

	(void)to;
	for (uint32_t i = 0; rc == 0 && i < span.n; i++)
		if (policy_set_add(&all->addresses,
		        &p->prefixes[span.first + i], (uint32_t)all->n) != 0)
			rc = policy_read_memory(r);
	return rc;
}

#define STATION(member) offsetof(struct policy_outstation, member)
#define STATION_BOOL(name)                                                     \
	{                                                                      \
		.key = #name, .take = policy_take_bool,                        \
		.offset = STATION(station.name)                                \
	}
#define STATION_NUMBER(name, low, high)                                        \
	{                                                                      \
		.key = #name, .take = policy_take_u32,                         \
		.offset = STATION(station.name), .least = low, .most = high    \
	}
#define STATION_COMMON                                                         \
	{ .key = "name",                                                       \
		.take = policy_take_text,                                      \
		.offset = STATION(station.name),                               \
		.least = 1,                                                    \
		.most = 63 },                                                  \
	    { .key = "address",                                                \
		    .take = take_station_addresses,                            \
		    .most = ADDRESSES_MAX,                                     \
		    .needed = true },                                          \
	    { .key = "masters",                                                \
		    .take = take_masters,                                      \
		    .there =                                                   \
		        POLICY_THERE(struct policy_outstation, has_masters) }, \
	    { .key = "points",                                                 \
		    .take = take_points,                                       \
		    .there =                                                   \
		        POLICY_THERE(struct policy_outstation, has_points) },  \
	    STATION_BOOL(tls), STATION_BOOL(authenticated),                    \
	    STATION_NUMBER(links, 1, 1024)

static const struct policy_field iec104_station[] = {
	STATION_COMMON,
	STATION_BOOL(permanent),
	STATION_BOOL(dual),
	STATION_NUMBER(k, 1, 32767),
	STATION_NUMBER(w, 1, 32767),
	STATION_NUMBER(t1_s, 1, 255),
	STATION_NUMBER(t2_s, 1, 255),
	STATION_NUMBER(t3_s, 1, 172800),
	{ .key = NULL },
};

static const struct policy_field dnp3_station[] = {
	STATION_COMMON,
	STATION_NUMBER(key_wrap, 1, 255),
	{ .key = NULL },
};

static int
add_station(struct policy_reader *r, void *to)
{
	struct policy *p = r->policy;
	struct policy_stations *all = to;
	struct policy_outstation s = { .station = policy_any_station,
		.masters.first = (uint32_t)p->nmasters,
		.points.first = (uint32_t)p->npoints,
		.limited.first = (uint32_t)p->nlimited,
		.line = r->yaml.event.start_mark.line + 1 };
	struct policy_outstation *more;
	int rc =
	    policy_read_map(r, r->dnp3 ? dnp3_station : iec104_station, &s);

	if (rc != 0)
		return rc;
	more = policy_room(all->at, all->n, sizeof(*more));
	if (more == NULL)
		return policy_read_memory(r);
	all->at = more;
	all->at[all->n++] = s;
	return 0;
}

static int
take_stations(struct policy_reader *r, const struct policy_field *f, void *to)
{
	r->dnp3 = f->more != NULL;
	return policy_read_list(r, POLICY_ITEMS, add_station, to);
}

#define COMPLETE                                                               \
	{                                                                      \
		.key = "complete", .take = policy_take_bool,                   \
		.offset = offsetof(struct policy_stations, complete)           \
	}

const struct policy_field policy_iec104_fields[] = {
	COMPLETE,
	{ .key = "stations", .take = take_stations },
	{ .key = NULL },
};

const struct policy_field policy_dnp3_fields[] = {
	COMPLETE,
	{ .key = "stations", .take = take_stations, .more = dnp3_station },
	{ .key = NULL },
};
