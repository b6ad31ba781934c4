/* SPDX-License-Identifier: Apache-2.0 */
/* The policy file as a whole: version, hosts, and the parts in their files. */
#include <config.h>

#include <errno.h>
#include <stdlib.h>

#include "sensor/file.h"
#include "sensor/policy_read.h"
#include "sensor/policy_yaml.h"

#define POLICY_VERSION 1

static int
take_version(
    struct policy_reader *r, const struct policy_field *f, void *policy)
{
	uint8_t version;

	(void)policy;
	return policy_take_u8(r, f, &version);
}

static const struct policy_field rgoose[] = {
	{ .key = "sources",
	    .take = policy_take_list,
	    .offset = offsetof(struct policy, rgoose) },
	{ .key = NULL },
};

static int
add_mac(struct policy_reader *r, void *to)
{
	static const char expected[] = "a MAC address as 00:1b:08:00:0a:01";
	struct policy_list *list = to;
	struct policy_prefix p = { .bits = 48 };
	struct bytes v;
	int rc = policy_read_text(r, expected, &v);

	if (rc != 0)
		return rc;
	if (!policy_parse_mac(v, p.key))
		return policy_read_wrong(r, "%s", expected);
	return policy_set_add(&list->set, &p, 0) == 0 ? 0
	                                              : policy_read_memory(r);
}

static int
take_macs(struct policy_reader *r, const struct policy_field *f, void *to)
{
	struct policy_list *list = to;

	(void)f;
	list->there = true;
	return policy_read_list(r, POLICY_ITEMS, add_mac, list);
}

static const struct policy_field devices[] = {
	{ .key = "addresses",
	    .take = policy_take_list,
	    .offset = offsetof(struct policy, devices.addresses) },
	{ .key = "macs",
	    .take = take_macs,
	    .offset = offsetof(struct policy, devices.macs) },
	{ .key = "substation",
	    .take = policy_take_bool,
	    .offset = offsetof(struct policy, devices.substation) },
	{ .key = NULL },
};

static const struct policy_field file[] = {
	{ .key = "version",
	    .take = take_version,
	    .least = POLICY_VERSION,
	    .most = POLICY_VERSION,
	    .needed = true },
	{ .key = "roles", .take = policy_take_roles },
	{ .key = "dlms", .take = policy_take_map, .more = policy_dlms_fields },
	{ .key = "iec104",
	    .take = policy_take_map,
	    .offset = offsetof(struct policy, stations[POLICY_IEC104]),
	    .more = policy_iec104_fields },
	{ .key = "dnp3",
	    .take = policy_take_map,
	    .offset = offsetof(struct policy, stations[POLICY_DNP3]),
	    .more = policy_dnp3_fields },
	{ .key = "goose",
	    .take = policy_take_map,
	    .more = policy_goose_fields },
	{ .key = "rgoose", .take = policy_take_map, .more = rgoose },
	{ .key = "devices", .take = policy_take_map, .more = devices },
	{ .key = "scanners",
	    .take = policy_take_list,
	    .offset = offsetof(struct policy, scanners) },
	{ .key = "windows", .take = policy_take_windows },
	{ .key = NULL },
};

static int
finish(struct policy_reader *r)
{
	struct policy_clash clash = { 0 };
	yaml_mark_t at = { 0 };
	int rc = policy_finish(r->policy, &clash);

	if (rc == -ENOMEM)
		return policy_read_memory(r);
	if (rc == 0)
		return 0;
	at.line = clash.line - 1;
	return yaml_fail(&r->yaml, &at,
	    "%s stands here again; expected it only once, on line %zu",
	    clash.what, clash.first);
}

static int
read_all(struct policy_reader *r)
{
	const yaml_event_t *e = &r->yaml.event;
	int rc;

	r->key = "the policy";
	if (e->type == YAML_STREAM_END_EVENT || yaml_is_null(&r->yaml))
		return yaml_fail(&r->yaml, &e->start_mark,
		    "nothing; expected \"version: %d\"", POLICY_VERSION);
	if (e->type != YAML_MAPPING_START_EVENT)
		return yaml_fail(&r->yaml, &e->start_mark,
		    "%s; expected \"version: %d\"", yaml_what(&r->yaml),
		    POLICY_VERSION);
	rc = policy_read_map(r, file, r->policy);
	if (rc == 0)
		rc = yaml_end(&r->yaml);
	return rc == 0 ? finish(r) : rc;
}

int
policy_parse(const char *name, const uint8_t *text, size_t n,
    struct policy **policy, struct error *error)
{
	struct policy_reader r = { .policy = policy_new() };
	int rc =
	    yaml_open(&r.yaml, name, (struct bytes){ text, n }, true, error);

	*policy = NULL;
	if (r.policy == NULL)
		rc = policy_read_memory(&r);
	if (rc == 0)
		rc = read_all(&r);
	yaml_close(&r.yaml);
	if (rc == 0)
		*policy = r.policy;
	else
		policy_free(r.policy);
	return rc;
}

int
policy_load(const char *path, struct policy **policy, struct error *error)
{
	uint8_t *text;
	size_t n;
	int rc = file_read(path, POLICY_FILE_MAX, &text, &n, error);

	*policy = NULL;
	if (rc != 0)
		return rc;
	rc = policy_parse(path, text, n, policy, error);
	free(text);
	return rc;
}
