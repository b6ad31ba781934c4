/* SPDX-License-Identifier: Apache-2.0 */
/* The record of a GOOSE APDU; its values are decoded here and nowhere else. */
#include <config.h>

#include "dissectors/goose/parts.h"
#include "dissectors/timetext.h"

#define VALUES_MAX 64 /* of allData, at any depth */
#define DEPTH_MAX 8
#define OCTETS_MAX 64 /* of one value */
#define TEXT_MAX 256  /* of one reference */

/* Day 0 of a binary-time is 1984-01-01. */
#define EPOCH_1984 UINT64_C(441763200)
#define DAY_S 86400

static const char *const name[] = { "boolean", "bit-string", "integer",
	"unsigned", "float", "real", "octet-string", "visible-string",
	"generalized-time", "binary-time", "bcd", "boolean-array", "object-id",
	"mms-string", "utc-time" };

static struct bytes
at_most(struct bytes v, size_t n)
{
	return (struct bytes){ v.p, v.n < n ? v.n : n };
}

static void
write_time(struct json *j, const char *key, struct goose_time t)
{
	char text[TIMETEXT];

	timetext_utc(
	    text, t.seconds, (uint32_t)(t.fraction * UINT64_C(1000000) >> 24));
	json_text(j, key, text);
}

/* One character a bit, the first bit first. */
static void
write_bits(struct json *j, const char *key, struct bytes v)
{
	char text[8 * OCTETS_MAX + 1];
	size_t n = 8 * (v.n - 1), i;

	if (n > 0)
		n -= v.p[0];
	if (n > sizeof(text) - 1)
		n = sizeof(text) - 1;
	for (i = 0; i < n; i++)
		text[i] = v.p[1 + i / 8] >> (7 - i % 8) & 1 ? '1' : '0';
	text[i] = '\0';
	json_text(j, key, text);
}

/* With the day a point of time, without it milliseconds since midnight. */
static void
write_binary_time(struct json *j, const char *key, struct bytes v)
{
	uint32_t ms = (uint32_t)v.p[0] << 24 | (uint32_t)v.p[1] << 16 |
	              (uint32_t)v.p[2] << 8 | v.p[3];
	char text[TIMETEXT];
	uint64_t day;

	if (v.n == 4) {
		json_u64(j, key, ms);
		return;
	}
	day = (uint64_t)v.p[4] << 8 | v.p[5];
	timetext_utc(
	    text, EPOCH_1984 + day * DAY_S + ms / 1000, ms % 1000 * 1000);
	json_text(j, key, text);
}

static void
write_float(struct json *j, const char *key, const struct goose_value *v)
{
	double d = goose_data_float(v);

	if (v->octets.n == 5)
		json_f32(j, key, (float)d);
	else
		json_f64(j, key, d);
}

static void
write_utc_time(struct json *j, const char *key, const uint8_t octets[8])
{
	struct goose_time t = goose_time(octets);

	write_time(j, key, t);
	json_u64(j, "quality", t.quality);
}

/* A value whose octets fit its type. */
static void
write_typed(struct json *j, const struct goose_value *v)
{
	const char *key = name[v->tag - GOOSE_BOOLEAN];
	struct bytes octets = at_most(v->octets, OCTETS_MAX);

	switch (v->tag) {
	case GOOSE_BOOLEAN:
		json_bool(j, key, v->octets.p[0] != 0);
		break;
	case GOOSE_BIT_STRING:
	case GOOSE_BOOLEAN_ARRAY:
		write_bits(j, key, v->octets);
		break;
	case GOOSE_INTEGER:
		json_i64(j, key, goose_data_integer(v));
		break;
	case GOOSE_UNSIGNED:
	case GOOSE_BCD:
		json_u64(j, key, goose_data_unsigned(v));
		break;
	case GOOSE_FLOAT:
		write_float(j, key, v);
		break;
	case GOOSE_VISIBLE_STRING:
	case GOOSE_GENERALIZED_TIME:
	case GOOSE_MMS_STRING:
		json_str(j, key, octets);
		break;
	case GOOSE_BINARY_TIME:
		write_binary_time(j, key, v->octets);
		break;
	case GOOSE_UTC_TIME:
		write_utc_time(j, key, v->octets.p);
		break;
	default:
		json_hex(j, key, octets);
		break;
	}
}

static void
write_value(struct json *j, const struct goose_value *v)
{
	json_open(j, NULL, '{');
	if (v->tag == GOOSE_ARRAY || v->tag == GOOSE_STRUCTURE) {
		/* the member that leaves it closes it: close_to() */
		json_open(
		    j, v->tag == GOOSE_ARRAY ? "array" : "structure", '[');
		return;
	}
	if (goose_data_fits(v)) {
		write_typed(j, v);
	} else {
		json_u64(j, "tag", v->tag);
		json_hex(j, "octets", at_most(v->octets, OCTETS_MAX));
	}
	json_close(j, '}');
}

static void
close_to(struct json *j, unsigned *open, unsigned depth)
{
	for (; *open > depth; --*open) {
		json_close(j, ']');
		json_close(j, '}');
	}
}

void
goose_write_data(struct bytes data, struct json *j)
{
	struct goose_walk w = goose_data_walk(data);
	struct goose_value v;
	unsigned n = 0, open = 0;
	bool cut = false;

	json_open(j, "data", '[');
	while (goose_data_next(&w, &v)) {
		if (n == VALUES_MAX || v.depth >= DEPTH_MAX) {
			cut = true;
			continue;
		}
		close_to(j, &open, v.depth);
		write_value(j, &v);
		open += v.tag == GOOSE_ARRAY || v.tag == GOOSE_STRUCTURE;
		cut = cut || (v.octets.n > OCTETS_MAX && open == v.depth);
		n++;
	}
	close_to(j, &open, 0);
	json_close(j, ']');
	if (cut || w.flaw != NULL)
		json_bool(j, "data_cut", true);
}

static void
write_reference(const struct goose_pdu *p, enum goose_element e,
    const char *key, struct bytes v, struct json *j)
{
	if (goose_has(p, e))
		json_str(j, key, at_most(v, TEXT_MAX));
}

static void
write_number(const struct goose_pdu *p, enum goose_element e, const char *key,
    uint32_t v, struct json *j)
{
	if (goose_has(p, e))
		json_u64(j, key, v);
}

/* Absent it is FALSE, but not in a PDU that broke off. */
static void
write_flag(const struct goose_pdu *p, enum goose_element e, const char *key,
    bool v, struct json *j)
{
	if (goose_has(p, e) || goose_has(p, GOOSE_ALLDATA))
		json_bool(j, key, v);
}

static void
write_management(const struct goose_pdu *p, struct json *j)
{
	json_bool(j, "management", true);
	json_u64(j, "state_id", p->state_id);
	if (p->service == 0)
		return;
	json_u64(j, "service", p->service);
	json_bool(j, "response", p->response);
}

static void
write_pdu(const struct goose_pdu *p, struct json *j)
{
	write_reference(p, GOOSE_GOCBREF, "gocbref", p->gocbref, j);
	write_number(p, GOOSE_TAL, "tal", p->tal, j);
	write_reference(p, GOOSE_DATSET, "datset", p->datset, j);
	write_reference(p, GOOSE_GOID, "goid", p->goid, j);
	if (goose_has(p, GOOSE_T)) {
		write_time(j, "t", p->t);
		json_u64(j, "t_quality", p->t.quality);
	}
	write_number(p, GOOSE_STNUM, "stnum", p->stnum, j);
	write_number(p, GOOSE_SQNUM, "sqnum", p->sqnum, j);
	write_flag(p, GOOSE_SIMULATION, "simulation", p->simulation, j);
	json_bool(j, "reserved_simulation", p->header_sim);
	write_number(p, GOOSE_CONFREV, "confrev", p->confrev, j);
	write_flag(p, GOOSE_NDSCOM, "ndscom", p->ndscom, j);
	write_number(p, GOOSE_ENTRIES, "entries", p->entries, j);
	if (goose_has(p, GOOSE_ALLDATA))
		goose_write_data(p->data, j);
}

void
goose_write_json(const struct goose_pdu *p, struct json *j)
{
	if (p->headed)
		json_u64(j, "appid", p->appid);
	if (p->tag == GOOSE_MANAGEMENT)
		write_management(p, j);
	else if (p->tag == GOOSE_PDU)
		write_pdu(p, j);
	goose_write_auth(&p->auth, j);
}
