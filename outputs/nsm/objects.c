/* SPDX-License-Identifier: Apache-2.0 */
/* The objects of the MIB; see objects.h. */
#include <config.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "outputs/nsm/objects.h"
#include "rules/event.h"

#define ROW_AGENT struct nsm_agent
#define ROW_PROT struct nsm_prot
#define ROW_ASSOC struct nsm_assoc
#define ROW_METER struct nsm_meter
#define ROW_FC struct nsm_fc
#define ROW_GOOSE struct nsm_goose
#define ROW_IDS struct nsm_ids
#define ROW_RULE struct nsm_rule
#define ROW_EVT struct nsm_evt

#define OBJECT(table, arc, name, kind, member)                                 \
	{ #name, NSM_##table, arc, NSM_##kind, offsetof(ROW_##table, member) },

const struct nsm_object nsm_objects[] = {
#include "outputs/nsm/objects.inc"
};
const size_t nsm_nobjects = sizeof(nsm_objects) / sizeof(*nsm_objects);

const struct nsm_object *
nsm_columns(enum nsm_table table, size_t *n)
{
	size_t first = 0, end;

	while (first < nsm_nobjects && nsm_objects[first].table != table)
		first++;
	for (end = first;
	     end < nsm_nobjects && nsm_objects[end].table == table;)
		end++;
	*n = end - first;
	return &nsm_objects[first];
}

/* Octets 0 to 10 of DateAndTime, in UTC; eight zeros: never. */
static void
set_date(struct nsm_value *v)
{
	time_t s = (time_t)(v->number / 1000000000);
	struct tm t;

	v->p = v->date;
	v->n = 8;
	memset(v->date, 0, sizeof(v->date));
	if (v->number == 0 || gmtime_r(&s, &t) == NULL)
		return;
	v->n = sizeof(v->date);
	v->date[0] = (uint8_t)((t.tm_year + 1900) >> 8);
	v->date[1] = (uint8_t)(t.tm_year + 1900);
	v->date[2] = (uint8_t)(t.tm_mon + 1);
	v->date[3] = (uint8_t)t.tm_mday;
	v->date[4] = (uint8_t)t.tm_hour;
	v->date[5] = (uint8_t)t.tm_min;
	v->date[6] = (uint8_t)t.tm_sec;
	v->date[7] = (uint8_t)(v->number % 1000000000 / 100000000);
	v->date[8] = '+';
}

/* All of them begin with their length. */
static void
set_octets(struct nsm_value *v, const uint8_t *at, size_t most)
{
	memcpy(&v->n, at, sizeof(v->n));
	if (v->n > most)
		v->n = (uint16_t)most;
	v->p = at + sizeof(v->n);
}

/* IPv4 and IPv6 by how many octets there are. */
static uint64_t
inet_type(const uint8_t *at)
{
	uint16_t n;

	memcpy(&n, at, sizeof(n));
	return n == 4 ? 1 : n == 16 ? 2 : 0;
}

static size_t
most_chars(const struct nsm_object *o)
{
	bool text =
	    (o->table == NSM_AGENT &&
	        o->at == offsetof(struct nsm_agent, capture_source)) ||
	    (o->table == NSM_EVT && o->at == offsetof(struct nsm_evt, text));

	return text ? NSM_TEXT - 1 : NSM_NAME - 1;
}

static uint64_t
number(const struct nsm_object *o, const uint8_t *at)
{
	uint32_t u32;
	uint64_t u64;

	switch (o->kind) {
	case NSM_C32:
	case NSM_U32:
		memcpy(&u32, at, sizeof(u32));
		return u32;
	case NSM_C64:
	case NSM_DATE:
	case NSM_STAMP:
		memcpy(&u64, at, sizeof(u64));
		return u64;
	case NSM_INETTYPE:
		return inet_type(at);
	case NSM_TRUTH:
		return *at == NSM_TRUE ? NSM_TRUE : NSM_FALSE;
	default:
		return *at;
	}
}

void
nsm_value(struct nsm_value *v, const struct nsm_object *o, const void *row)
{
	const uint8_t *at = (const uint8_t *)row + o->at;

	*v = (struct nsm_value){ .kind = o->kind };
	switch (o->kind) {
	case NSM_CHARS:
		set_octets(v, at, most_chars(o));
		break;
	case NSM_BYTES:
		set_octets(v, at, 8);
		break;
	case NSM_INET:
		set_octets(v, at, 16);
		break;
	case NSM_MAC:
		set_octets(v, at, 6);
		break;
	case NSM_REF:
		v->ref = (const void *)at;
		break;
	default:
		v->number = number(o, at);
		if (o->kind == NSM_DATE)
			set_date(v);
	}
}

size_t
nsm_root(uint32_t to[NSM_OID])
{
	static const uint32_t enterprises[] = { 1, 3, 6, 1, 4, 1 };
	size_t n = sizeof(enterprises) / sizeof(*enterprises);

	memcpy(to, enterprises, sizeof(enterprises));
	to[n++] = (uint32_t)strtoul(EVENT_ENTERPRISE, NULL, 10);
	to[n++] = 7;
	return n;
}

size_t
nsm_oid(uint32_t to[NSM_OID], enum nsm_table table, uint32_t arc,
    const uint32_t *index)
{
	size_t n = nsm_root(to);

	to[n++] = 1;
	to[n++] = table;
	if (table == NSM_AGENT) {
		to[n++] = arc;
		to[n++] = 0;
		return n;
	}
	to[n++] = 1; /* the entry */
	to[n++] = arc;
	for (unsigned i = 0; i < nsm_index_size(table); i++)
		to[n++] = index[i];
	return n;
}

size_t
nsm_ref_oid(uint32_t to[NSM_OID], const struct nsm_ref *ref)
{
	size_t n;

	if (ref->table > NSM_AGENT && ref->table < NSM_TABLES)
		return nsm_oid(to, (enum nsm_table)ref->table,
		    nsm_columns((enum nsm_table)ref->table, &n)->arc,
		    ref->index);
	to[0] = to[1] = 0;
	return 2;
}

uint32_t
nsm_rule_id(const char *det)
{
	if (det == NULL || det[0] < 'A' || det[0] > 'Z' || det[1] != '-')
		return 0;
	return (uint32_t)(det[0] - 'A' + 1) * 1000 +
	       (uint32_t)strtoul(det + 2, NULL, 10) % 1000;
}
