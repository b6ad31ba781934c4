/* SPDX-License-Identifier: Apache-2.0 */
/* The elements of SCL that tell of GOOSE (IEC 61850-6, 9.3.10 and 9.4). */
#include <config.h>

#include <stdlib.h>

#include "sensor/scl_parts.h"

static bool
is_visible(const char *value)
{
	for (; *value != '\0'; value++)
		if (*value < ' ' || *value > '~')
			return false;
	return true;
}

/* An attribute, NUL-padded; empty when it is not there. */
static int
attribute(struct scl *s, const char *name, char *to, size_t size)
{
	char text[YAML_SHOWN];
	xmlChar *v =
	    xmlTextReaderGetAttribute(s->reader, (const xmlChar *)name);
	int rc = 0;

	memset(to, 0, size);
	if (v == NULL)
		return 0;
	if (strlen((char *)v) >= size || !is_visible((char *)v))
		rc = scl_fail(s, scl_line(s),
		    "%s \"%s\"; expected at most %zu visible characters", name,
		    scl_shown(text, (char *)v), size - 1);
	else
		memcpy(to, v, strlen((char *)v));
	xmlFree(v);
	return rc;
}

static int
needed(struct scl *s, const char *name, char *to, size_t size)
{
	int rc = attribute(s, name, to, size);

	if (rc == 0 && to[0] == '\0')
		rc = scl_fail(s, scl_line(s), "%s without \"%s\"; expected it",
		    (const char *)xmlTextReaderConstLocalName(s->reader), name);
	return rc;
}

static int
begin_device(struct scl *s)
{
	int rc = needed(s, "inst", s->ld, sizeof(s->ld));

	return rc == 0 ? attribute(s, "ldName", s->ld_name, sizeof(s->ld_name))
	               : rc;
}

static struct scl_key
key_of(const struct scl *s)
{
	struct scl_key key;

	memset(&key, 0, sizeof(key));
	memcpy(key.ied, s->ied, sizeof(key.ied));
	memcpy(key.ld, s->ld, sizeof(key.ld));
	return key;
}

static int
begin_set(struct scl *s)
{
	struct scl_key key = key_of(s);
	int rc = needed(s, "name", key.name, sizeof(key.name));
	bool fresh;

	if (rc != 0)
		return rc;
	s->set = learn_table_put(&s->all.sets, &key, &fresh);
	if (s->set == NULL)
		return scl_fail(s, scl_line(s),
		    "a DataSet too many; expected at most %u", s->all.sets.cap);
	return fresh ? 0
	             : scl_fail(s, scl_line(s),
	                   "the DataSet %s stands here again; expected it only "
	                   "once",
	                   key.name);
}

static int
take_control(struct scl *s, struct scl_block *b)
{
	char value[SCL_VALUE], text[YAML_SHOWN];
	uint64_t confrev;
	int rc = attribute(s, "datSet", b->datset, sizeof(b->datset));

	if (rc == 0)
		rc = attribute(s, "appID", (char *)b->goid, sizeof(b->goid));
	if (rc == 0)
		rc = attribute(s, "securityEnable", value, sizeof(value));
	if (rc != 0)
		return rc;
	b->secured = value[0] != '\0' && strcmp(value, "None") != 0;
	rc = attribute(s, "confRev", value, sizeof(value));
	if (rc != 0 || value[0] == '\0')
		return rc;
	if (!policy_parse_number(
	        (struct bytes){ (uint8_t *)value, strlen(value) }, 0,
	        UINT32_MAX, &confrev))
		return scl_fail(s, scl_line(s),
		    "confRev \"%s\"; expected a number from 0 to %" PRIu32,
		    scl_shown(text, value), UINT32_MAX);
	b->confrev = (uint32_t)confrev;
	b->has_confrev = true;
	return 0;
}

static int
begin_control(struct scl *s)
{
	struct scl_key key = key_of(s);
	struct scl_block *b;
	char type[SCL_VALUE];
	bool fresh;
	int rc = needed(s, "name", key.name, sizeof(key.name));

	if (rc == 0)
		rc = attribute(s, "type", type, sizeof(type));
	/* GSSE is another protocol */
	if (rc != 0 || (type[0] != '\0' && strcmp(type, "GOOSE") != 0))
		return rc;
	b = learn_table_put(&s->all.blocks, &key, &fresh);
	if (b == NULL)
		return scl_fail(s, scl_line(s),
		    "a control block too many; expected at most %u",
		    s->all.blocks.cap);
	if (b->control)
		return scl_fail(s, scl_line(s),
		    "the GSEControl %s stands here again; expected it only "
		    "once",
		    key.name);
	b->control = true;
	memcpy(b->ld_name, s->ld_name, sizeof(b->ld_name));
	return take_control(s, b);
}

static int
begin_gse(struct scl *s)
{
	struct scl_key *key = &s->gse.key;
	int rc;

	memset(&s->gse, 0, sizeof(s->gse));
	memcpy(key->ied, s->ap_ied, sizeof(key->ied));
	rc = needed(s, "ldInst", key->ld, sizeof(key->ld));
	if (rc == 0)
		rc = needed(s, "cbName", key->name, sizeof(key->name));
	s->in_gse = true;
	return rc;
}

static void
differ(struct scl_block *b, const struct scl_block *g)
{
	if (b->has_dst != g->has_dst || memcmp(b->dst, g->dst, 6) != 0)
		b->differs |= LEARN_DIFFERS_DST;
	if (b->has_appid != g->has_appid || b->appid != g->appid)
		b->differs |= LEARN_DIFFERS_APPID;
	if (b->has_vlan != g->has_vlan || b->vlan != g->vlan)
		b->differs |= LEARN_DIFFERS_VLAN;
}

static int
end_gse(struct scl *s)
{
	const struct scl_block *g = &s->gse;
	struct scl_block *b;
	bool fresh;

	s->in_gse = false;
	b = learn_table_put(&s->all.blocks, &g->key, &fresh);
	if (b == NULL)
		return scl_fail(s, scl_line(s),
		    "a GSE too many; expected at most %u", s->all.blocks.cap);
	if (b->gse)
		differ(b, g);
	b->gse = true;
	memcpy(b->dst, g->dst, sizeof(b->dst));
	b->has_dst = g->has_dst;
	b->appid = g->appid;
	b->has_appid = g->has_appid;
	b->vlan = g->vlan;
	b->has_vlan = g->has_vlan;
	b->priority = g->priority;
	b->has_priority = g->has_priority;
	b->min_ms = g->min_ms;
	if (g->max_ms > b->max_ms)
		b->max_ms = g->max_ms;
	return 0;
}

static int
begin_parameter(struct scl *s)
{
	static const struct {
		const char *type;
		enum scl_parameter parameter;
	} types[] = { { "MAC-Address", P_MAC }, { "APPID", P_APPID },
		{ "VLAN-ID", P_VLAN }, { "VLAN-PRIORITY", P_PRIORITY } };
	char type[SCL_VALUE];
	int rc = needed(s, "type", type, sizeof(type));

	s->parameter = NO_PARAMETER;
	for (size_t i = 0; rc == 0 && i < sizeof(types) / sizeof(*types); i++)
		if (strcmp(type, types[i].type) == 0)
			s->parameter = types[i].parameter;
	return rc;
}

/* Up to so many hexadecimal digits. */
static bool
parse_hex(const char *text, size_t digits, uint16_t *to)
{
	char *end;

	if (text[0] == '\0' || strlen(text) > digits ||
	    strspn(text, "0123456789abcdefABCDEF") != strlen(text))
		return false;
	*to = (uint16_t)strtoul(text, &end, 16);
	return true;
}

/* 01-0C-CD-01-00-01 */
static bool
parse_mac(const char *text, uint8_t mac[6])
{
	char copy[18];

	if (strlen(text) != sizeof(copy) - 1)
		return false;
	for (size_t i = 0; i < sizeof(copy); i++)
		copy[i] = (char)(text[i] == '-' ? ':' : text[i]);
	return policy_parse_mac(
	    (struct bytes){ (uint8_t *)copy, sizeof(copy) - 1 }, mac);
}

static int
wrong_parameter(struct scl *s, const char *name, const char *expected)
{
	char text[YAML_SHOWN];

	return scl_fail(s, scl_line(s), "%s \"%s\"; expected %s", name,
	    scl_shown(text, s->text), expected);
}

static int
end_parameter(struct scl *s)
{
	struct scl_block *g = &s->gse;
	uint16_t v = 0;

	switch (s->parameter) {
	case P_MAC:
		g->has_dst = parse_mac(s->text, g->dst);
		return g->has_dst ? 0
		                  : wrong_parameter(s, "MAC-Address",
		                        "one as 01-0C-CD-01-00-01");
	case P_APPID:
		g->has_appid = parse_hex(s->text, 4, &g->appid);
		return g->has_appid ? 0
		                    : wrong_parameter(
		                          s, "APPID", "4 hexadecimal digits");
	case P_VLAN:
		g->has_vlan = parse_hex(s->text, 3, &g->vlan);
		return g->has_vlan ? 0
		                   : wrong_parameter(
		                         s, "VLAN-ID", "3 hexadecimal digits");
	case P_PRIORITY:
		g->has_priority = parse_hex(s->text, 1, &v) && v < 8;
		g->priority = (uint8_t)v;
		return g->has_priority
		           ? 0
		           : wrong_parameter(s, "VLAN-PRIORITY", "0 to 7");
	default:
		return 0;
	}
}

static int
end_time(struct scl *s)
{
	uint64_t ms;
	size_t n = strcspn(s->text, ".");
	char text[YAML_SHOWN];

	if (!policy_parse_number(
	        (struct bytes){ (uint8_t *)s->text, n }, 0, UINT32_MAX, &ms))
		return scl_fail(s, scl_line(s),
		    "a time of \"%s\"; expected milliseconds",
		    scl_shown(text, s->text));
	*s->time = (uint32_t)ms;
	s->time = NULL;
	return 0;
}

static int
begin_ied(struct scl *s)
{
	return needed(s, "name", s->ied, sizeof(s->ied));
}

static int
begin_access_point(struct scl *s)
{
	return needed(s, "iedName", s->ap_ied, sizeof(s->ap_ied));
}

static int
begin_ln0(struct scl *s)
{
	s->in_ln0 = true;
	return 0;
}

static int
end_ln0(struct scl *s)
{
	s->in_ln0 = false;
	return 0;
}

static int
end_set(struct scl *s)
{
	s->set = NULL;
	return 0;
}

static int
begin_member(struct scl *s)
{
	if (s->set != NULL)
		s->set->members++;
	return 0;
}

static int
begin_min(struct scl *s)
{
	s->time = &s->gse.min_ms;
	return 0;
}

static int
begin_max(struct scl *s)
{
	s->time = &s->gse.max_ms;
	return 0;
}

const struct scl_element scl_elements[] = {
	{ "IED", SCL_ANYWHERE, begin_ied, NULL },
	{ "LDevice", SCL_ANYWHERE, begin_device, NULL },
	{ "LN0", SCL_ANYWHERE, begin_ln0, end_ln0 },
	{ "DataSet", SCL_IN_LN0, begin_set, end_set },
	{ "FCDA", SCL_IN_LN0, begin_member, NULL },
	{ "GSEControl", SCL_IN_LN0, begin_control, NULL },
	{ "ConnectedAP", SCL_ANYWHERE, begin_access_point, NULL },
	{ "GSE", SCL_ANYWHERE, begin_gse, end_gse },
	{ "P", SCL_IN_GSE, begin_parameter, end_parameter },
	{ "MinTime", SCL_IN_GSE, begin_min, end_time },
	{ "MaxTime", SCL_IN_GSE, begin_max, end_time },
	{ NULL, SCL_ANYWHERE, NULL, NULL },
};
