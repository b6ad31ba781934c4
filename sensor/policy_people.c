/* SPDX-License-Identifier: Apache-2.0 */
/* Roles (IEC 62351-8) and maintenance windows of the policy file. */
#include <config.h>

#include <errno.h>

#include "sensor/policy_read.h"

#define WINDOWS_MAX 1024
#define REVISION_MAX 9999
#define DEFINITION_MAX 15 /* octets: the triplet has to fit */
#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static const struct policy_word rights[] = {
	{ "read-public", RIGHT_READ_PUBLIC },
	{ "read", RIGHT_READ },
	{ "read-logs", RIGHT_READ_LOGS },
	{ "clock", RIGHT_CLOCK },
	{ "tariff", RIGHT_TARIFF },
	{ "communication", RIGHT_COMMUNICATION },
	{ "firmware", RIGHT_FIRMWARE },
	{ "control", RIGHT_CONTROL },
	{ "script", RIGHT_SCRIPT },
	{ "keys", RIGHT_KEYS },
	{ "secret", RIGHT_SECRET },
	{ "association", RIGHT_ASSOCIATION },
	{ "erase", RIGHT_ERASE },
	{ "write", RIGHT_WRITE },
	{ "all", RIGHT_ALL },
	{ NULL, 0 },
};

struct role {
	struct policy_role role;
	bool has_id;
	int16_t id;
	uint16_t revision;
	char definition[DEFINITION_MAX + 1];
};

/* Standard roles have 0 to 6, private ones -1 to -32768. */
static int
take_id(struct policy_reader *r, const struct policy_field *f, void *to)
{
	static const char expected[] = "0 to 6, or below 0 for a private role";
	struct bytes v;
	uint64_t n;
	int rc = policy_read_text(r, expected, &v);
	bool below;

	(void)f;
	if (rc != 0)
		return rc;
	below = v.n > 1 && v.p[0] == '-';
	if (!yaml_is_plain(&r->yaml) ||
	    !policy_parse_number((struct bytes){ v.p + below, v.n - below },
	        below, below ? 32768 : 6, &n))
		return policy_read_wrong(r, "%s", expected);
	*(int16_t *)to = (int16_t)(below ? -(int64_t)n : (int64_t)n);
	return 0;
}

static int
add_right(struct policy_reader *r, void *to)
{
	static const struct policy_field f = { .more = rights };
	uint32_t right;
	int rc = policy_take_word32(r, &f, &right);

	if (rc == 0)
		*(uint32_t *)to |= right;
	return rc;
}

static int
take_rights(struct policy_reader *r, const struct policy_field *f, void *to)
{
	(void)f;
	return policy_read_list(r, COUNT(rights), add_right, to);
}

static const struct policy_field role_fields[] = {
	{ .key = "name",
	    .take = policy_take_text,
	    .offset = offsetof(struct role, role.name),
	    .least = 1,
	    .most = 31,
	    .needed = true },
	{ .key = "id",
	    .take = take_id,
	    .offset = offsetof(struct role, id),
	    .there = POLICY_THERE(struct role, has_id) },
	{ .key = "revision",
	    .take = policy_take_u16,
	    .offset = offsetof(struct role, revision),
	    .most = REVISION_MAX },
	{ .key = "definition",
	    .take = policy_take_text,
	    .offset = offsetof(struct role, definition),
	    .least = 1,
	    .most = DEFINITION_MAX },
	{ .key = "rights",
	    .take = take_rights,
	    .offset = offsetof(struct role, role.rights),
	    .needed = true },
	{ .key = NULL },
};

/* Where the role goes; NULL, said, if it must not be. */
static struct policy_role *
place(struct policy_reader *r, const struct role *role, const yaml_mark_t *at)
{
	struct policy *p = r->policy;
	size_t i = 0;

	while (i < p->nroles && strcmp(p->roles[i].name, role->role.name) != 0)
		i++;
	if (i < POLICY_STANDARD_ROLES ? r->given[i] : i < p->nroles) {
		yaml_fail(&r->yaml, at,
		    "role \"%s\" stands here again; expected it only once",
		    role->role.name);
		return NULL;
	}
	if (i < p->nroles) {
		r->given[i] = true;
		if (!role->has_id || role->id == p->roles[i].id)
			return &p->roles[i];
		yaml_fail(&r->yaml, at, "id of %s is %d; expected %d",
		    role->role.name, role->id, p->roles[i].id);
		return NULL;
	}
	if (!role->has_id || role->id >= 0) {
		yaml_fail(&r->yaml, at,
		    "role \"%s\" is none of the standard; expected an id "
		    "below 0",
		    role->role.name);
		return NULL;
	}
	for (i = 0; i < p->nroles; i++)
		if (p->roles[i].id == role->id) {
			yaml_fail(&r->yaml, at,
			    "id %d is that of %s; expected another", role->id,
			    p->roles[i].name);
			return NULL;
		}
	return &p->roles[p->nroles++];
}

static int
add_role(struct policy_reader *r, void *to)
{
	yaml_mark_t at = r->yaml.event.start_mark;
	struct role role = { 0 };
	struct policy_role *place_of;
	int rc = policy_read_map(r, role_fields, &role);

	(void)to;
	if (rc != 0)
		return rc;
	place_of = place(r, &role, &at);
	if (place_of == NULL)
		return -EINVAL;
	if (role.definition[0] == '\0')
		strcpy(role.definition,
		    place_of < &r->policy->roles[POLICY_MANAGEMENT]
		        ? "IEC62351-8"
		        : "gridtap");
	role.role.id = place_of < &r->policy->roles[POLICY_STANDARD_ROLES]
	                   ? place_of->id
	                   : role.id;
	snprintf(role.role.triplet, sizeof(role.role.triplet), "%d:%u:%s",
	    role.role.id, role.revision, role.definition);
	*place_of = role.role;
	return 0;
}

int
policy_take_roles(
    struct policy_reader *r, const struct policy_field *f, void *policy)
{
	(void)f;
	return policy_read_list(
	    r, POLICY_ROLES - POLICY_STANDARD_ROLES, add_role, policy);
}

static const struct policy_word families[] = {
	{ "dlms", 'D' },
	{ "iec104", 'T' },
	{ "dnp3", 'P' },
	{ "goose", 'G' },
	{ "network", 'N' },
	{ NULL, 0 },
};

static bool
is_maintained(struct bytes v)
{
	for (const char *const *id = policy_maintained; *id != NULL; id++)
		if (strlen(*id) == v.n && memcmp(*id, v.p, v.n) == 0)
			return true;
	return false;
}

static bool
parse_what(struct bytes v, char to[POLICY_WHAT])
{
	for (const struct policy_word *w = families; w->word != NULL; w++)
		if (strlen(w->word) == v.n && memcmp(w->word, v.p, v.n) == 0) {
			to[0] = (char)w->value;
			to[1] = '-';
			to[2] = '\0';
			return true;
		}
	if (v.n >= POLICY_WHAT || !is_maintained(v))
		return false;
	memcpy(to, v.p, v.n);
	to[v.n] = '\0';
	return true;
}

static int
add_what(struct policy_reader *r, void *to)
{
	static const char expected[] =
	    "dlms, iec104, dnp3, goose, network, or a detection that "
	    "maintenance can explain: gridtap-policy(5)";
	struct policy *p = r->policy;
	struct policy_span *span = to;
	char(*more)[POLICY_WHAT];
	struct bytes v;
	int rc = policy_read_text(r, expected, &v);

	if (rc != 0)
		return rc;
	more = policy_room(p->whats, p->nwhats, sizeof(*more));
	if (more == NULL)
		return policy_read_memory(r);
	p->whats = more;
	if (!parse_what(v, p->whats[p->nwhats]))
		return policy_read_wrong(r, "%s", expected);
	p->nwhats++;
	span->n++;
	return 0;
}

static int
take_what(struct policy_reader *r, const struct policy_field *f, void *to)
{
	*(struct policy_span *)to =
	    (struct policy_span){ (uint32_t)r->policy->nwhats, 0 };
	(void)f;
	return policy_read_some(r, POLICY_ITEMS, add_what, to);
}

static int
add_who(struct policy_reader *r, void *to)
{
	static const char expected[] =
	    "an address, a network, a MAC, or a subject, with or without a "
	    "star behind";
	struct policy *p = r->policy;
	struct policy_span *span = to;
	struct policy_subject who = { 0 }, *more;
	struct bytes v;
	int rc = policy_read_text(r, expected, &v);

	if (rc != 0)
		return rc;
	if (v.n == 0 || v.n > EVENT_STR)
		return policy_read_wrong(r, "%s", expected);
	if (policy_parse_mac(v, who.mac)) {
		who.kind = WHOM_MAC;
	} else if (!policy_parse_address(v, &who.address)) {
		who.kind = WHOM_SUBJECT;
		who.begins = v.p[v.n - 1] == '*';
		who.n = (uint8_t)(v.n - who.begins);
		memcpy(who.text, v.p, who.n);
	}
	more = policy_room(p->whos, p->nwhos, sizeof(*more));
	if (more == NULL)
		return policy_read_memory(r);
	p->whos = more;
	p->whos[p->nwhos++] = who;
	span->n++;
	return 0;
}

static int
take_who(struct policy_reader *r, const struct policy_field *f, void *to)
{
	*(struct policy_span *)to =
	    (struct policy_span){ (uint32_t)r->policy->nwhos, 0 };
	(void)f;
	return policy_read_some(r, POLICY_ITEMS, add_who, to);
}

static int
take_time(struct policy_reader *r, const struct policy_field *f, void *to)
{
	static const char expected[] = "a time in UTC as 2026-01-02T03:04:05Z";
	struct bytes v;
	int rc = policy_read_text(r, expected, &v);

	(void)f;
	if (rc == 0 && !policy_parse_time(v, to))
		return policy_read_wrong(r, "%s", expected);
	return rc;
}

static const struct policy_field window_fields[] = {
	{ .key = "who",
	    .take = take_who,
	    .offset = offsetof(struct policy_window, who) },
	{ .key = "what",
	    .take = take_what,
	    .offset = offsetof(struct policy_window, what) },
	{ .key = "from",
	    .take = take_time,
	    .offset = offsetof(struct policy_window, from),
	    .needed = true },
	{ .key = "to",
	    .take = take_time,
	    .offset = offsetof(struct policy_window, to),
	    .needed = true },
	{ .key = NULL },
};

static int
add_window(struct policy_reader *r, void *to)
{
	yaml_mark_t at = r->yaml.event.start_mark;
	struct policy_window w = { 0 }, *more;
	struct policy *p = r->policy;
	int rc = policy_read_map(r, window_fields, &w);

	(void)to;
	if (rc != 0)
		return rc;
	if (w.to <= w.from)
		return yaml_fail(&r->yaml, &at,
		    "a window that ends before it begins; expected \"to\" "
		    "behind \"from\"");
	more = policy_room(p->windows, p->nwindows, sizeof(*more));
	if (more == NULL)
		return policy_read_memory(r);
	p->windows = more;
	p->windows[p->nwindows++] = w;
	return 0;
}

int
policy_take_windows(
    struct policy_reader *r, const struct policy_field *f, void *policy)
{
	(void)f;
	return policy_read_list(r, WINDOWS_MAX, add_window, policy);
}
