/* SPDX-License-Identifier: Apache-2.0 */
/* "goose" of the policy file. */
#include <config.h>

#include <errno.h>
#include <stdlib.h>

#include "dissectors/goose/goose.h"
#include "sensor/policy_read.h"

#define MEMBERS_MAX 4096
#define VLAN_MAX 4095

const struct policy_word policy_goose_types[] = {
	{ "array", GOOSE_ARRAY },
	{ "structure", GOOSE_STRUCTURE },
	{ "boolean", GOOSE_BOOLEAN },
	{ "bit-string", GOOSE_BIT_STRING },
	{ "integer", GOOSE_INTEGER },
	{ "unsigned", GOOSE_UNSIGNED },
	{ "float", GOOSE_FLOAT },
	{ "real", GOOSE_REAL },
	{ "octet-string", GOOSE_OCTET_STRING },
	{ "visible-string", GOOSE_VISIBLE_STRING },
	{ "generalized-time", GOOSE_GENERALIZED_TIME },
	{ "binary-time", GOOSE_BINARY_TIME },
	{ "bcd", GOOSE_BCD },
	{ "boolean-array", GOOSE_BOOLEAN_ARRAY },
	{ "object-id", GOOSE_OBJECT_ID },
	{ "mms-string", GOOSE_MMS_STRING },
	{ "utc-time", GOOSE_UTC_TIME },
	{ NULL, 0 },
};

static int
read_mac(struct policy_reader *r, uint8_t mac[6])
{
	static const char expected[] = "a MAC address as 01:0c:cd:01:00:01";
	struct bytes v;
	int rc = policy_read_text(r, expected, &v);

	if (rc == 0 && !policy_parse_mac(v, mac))
		return policy_read_wrong(r, "%s", expected);
	return rc;
}

static int
take_mac(struct policy_reader *r, const struct policy_field *f, void *to)
{
	(void)f;
	return read_mac(r, to);
}

static int
add_mac(struct policy_reader *r, void *to)
{
	struct policy_publisher *p = to;

	return read_mac(r, p->mac[p->macs++]);
}

static int
take_macs(struct policy_reader *r, const struct policy_field *f, void *to)
{
	struct policy_publisher *p = to;

	(void)f;
	if (r->yaml.event.type != YAML_SEQUENCE_START_EVENT)
		return add_mac(r, p);
	return policy_read_some(
	    r, sizeof(p->mac) / sizeof(*p->mac), add_mac, p);
}

static int
add_segment(struct policy_reader *r, void *to)
{
	static const struct policy_field f = { .most = VLAN_MAX };
	struct policy_publisher *p = to;

	return policy_take_u16(r, &f, &p->segments[p->nsegments++]);
}

static int
take_segments(struct policy_reader *r, const struct policy_field *f, void *to)
{
	struct policy_publisher *p = to;

	(void)f;
	return policy_read_some(
	    r, sizeof(p->segments) / sizeof(*p->segments), add_segment, p);
}

static int
add_type(struct policy_reader *r, void *to)
{
	static const struct policy_field f = { .more = policy_goose_types };
	struct policy_published *p = to;
	uint32_t tag;
	uint8_t *more;
	int rc = policy_take_word32(r, &f, &tag);

	if (rc != 0)
		return rc;
	more = policy_room(p->types, p->publisher.types.n, 1);
	if (more == NULL)
		return policy_read_memory(r);
	p->types = more;
	p->types[p->publisher.types.n++] = (uint8_t)tag;
	return 0;
}

static int
take_types(struct policy_reader *r, const struct policy_field *f, void *to)
{
	(void)f;
	return policy_read_some(r, MEMBERS_MAX, add_type, to);
}

#define PUBLISHER(member) offsetof(struct policy_published, publisher.member)
#define HAS(member) POLICY_THERE(struct policy_published, publisher.member)
#define NAME(member, low)                                                      \
	{                                                                      \
		.key = #member, .take = policy_take_text,                      \
		.offset = PUBLISHER(member), .least = low, .most = 129         \
	}

static const struct policy_field fields[] = {
	{ .key = "gocbref",
	    .take = policy_take_text,
	    .offset = PUBLISHER(gocbref),
	    .least = 1,
	    .most = 129,
	    .needed = true },
	NAME(datset, 1),
	NAME(goid, 1),
	{ .key = "mac", .take = take_macs, .offset = PUBLISHER(gocbref) },
	{ .key = "dst",
	    .take = take_mac,
	    .offset = PUBLISHER(dst),
	    .there = HAS(has_dst) },
	{ .key = "appid",
	    .take = policy_take_hex16,
	    .offset = PUBLISHER(appid),
	    .there = HAS(has_appid) },
	{ .key = "vlan",
	    .take = policy_take_u16,
	    .offset = PUBLISHER(vlan),
	    .most = VLAN_MAX,
	    .there = HAS(has_vlan) },
	{ .key = "confrev",
	    .take = policy_take_u32,
	    .offset = PUBLISHER(confrev),
	    .most = UINT32_MAX,
	    .there = HAS(has_confrev) },
	{ .key = "entries",
	    .take = policy_take_u32,
	    .offset = PUBLISHER(entries),
	    .most = MEMBERS_MAX,
	    .there = HAS(has_entries) },
	{ .key = "types", .take = take_types },
	{ .key = "max_tal_ms",
	    .take = policy_take_u32,
	    .offset = PUBLISHER(max_tal_ms),
	    .least = 1,
	    .most = UINT32_MAX },
	{ .key = "secured",
	    .take = policy_take_bool,
	    .offset = PUBLISHER(secured) },
	{ .key = "may_simulate",
	    .take = policy_take_bool,
	    .offset = PUBLISHER(may_simulate) },
	{ .key = "segments",
	    .take = take_segments,
	    .offset = PUBLISHER(gocbref) },
	{ .key = NULL },
};

static int
add(struct policy_reader *r, void *to)
{
	struct policy *p = r->policy;
	yaml_mark_t at = r->yaml.event.start_mark;
	struct policy_published it = { .line = at.line + 1 }, *more;
	size_t types;
	int rc = policy_read_map(r, fields, &it);

	(void)to;
	types = it.publisher.types.n;
	it.publisher.types.p = it.types;
	if (rc == 0 && it.publisher.has_entries && types > 0 &&
	    types != it.publisher.entries)
		rc = yaml_fail(&r->yaml, &at,
		    "%zu types of %" PRIu32 " entries; expected one for each",
		    types, it.publisher.entries);
	more = rc == 0
	           ? policy_room(p->publishers, p->npublishers, sizeof(*more))
	           : NULL;
	if (more == NULL) {
		free(it.types);
		return rc != 0 ? rc : policy_read_memory(r);
	}
	p->publishers = more;
	p->publishers[p->npublishers++] = it;
	return 0;
}

static int
take_publishers(
    struct policy_reader *r, const struct policy_field *f, void *policy)
{
	(void)f;
	return policy_read_list(r, POLICY_ITEMS, add, policy);
}

const struct policy_field policy_goose_fields[] = {
	{ .key = "publishers",
	    .take = take_publishers,
	    .there = POLICY_THERE(struct policy, has_publishers) },
	{ .key = NULL },
};
