/* SPDX-License-Identifier: Apache-2.0 */
/* The record of a GOOSE APDU; its values are decoded here and nowhere else. */
#include <config.h>

#include <endian.h>

#include "dissectors/goose/parts.h"
#include "dissectors/timetext.h"

#define VALUES_MAX 64 /* of allData, at any depth */
#define DEPTH_MAX 8
#define OCTETS_MAX 64 /* of one value */
#define TEXT_MAX 256  /* of one reference */

/* Day 0 of a binary-time is 1984-01-01. */
#define EPOCH_1984 UINT64_C(441763200)
#define DAY_S 86400

/* The types of Data from boolean on, a letter each. */
static const char letter[] = "bsiufrovgdcapmt";
#define MISFIT '?'

/* What is written of allData, and the letters of what it is. */
struct values {
	struct json *j;
	unsigned open; /* arrays and structures */
	size_t n;
	char types[2 * VALUES_MAX]; /* a container is left by one more */
	char close[DEPTH_MAX];      /* the letters that leave those open */
};

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
	json_plain(j, key, text, TIMETEXT - 1);
}

/* One character a bit, the first bit first. */
static void
write_bits(struct json *j, struct bytes v)
{
	const uint64_t ones = UINT64_MAX / 0xff;
	char *p = json_room(j, 8 * OCTETS_MAX);
	size_t n = 8 * (v.n - 1);

	if (p == NULL)
		return;
	if (n > 0)
		n -= v.p[0];
	if (n > 8 * OCTETS_MAX)
		n = 8 * OCTETS_MAX;
	*p++ = '"';
	for (size_t i = 0; 8 * i < n; i++) {
		/* bit 7 - k comes to octet k */
		uint64_t w = v.p[1 + i] * UINT64_C(0x8040201008040201);

		w = htole64((w >> 7 & ones) | ones * '0');
		memcpy(p + 8 * i, &w, 8);
	}
	p[n] = '"';
	json_done(j, p + n + 1);
}

/* With the day a point of time, without it milliseconds since midnight. */
static void
write_binary_time(struct json *j, struct bytes v)
{
	uint32_t ms = (uint32_t)v.p[0] << 24 | (uint32_t)v.p[1] << 16 |
	              (uint32_t)v.p[2] << 8 | v.p[3];
	char text[TIMETEXT];
	uint64_t day;

	if (v.n == 4) {
		json_u64(j, NULL, ms);
		return;
	}
	day = (uint64_t)v.p[4] << 8 | v.p[5];
	timetext_utc(
	    text, EPOCH_1984 + day * DAY_S + ms / 1000, ms % 1000 * 1000);
	json_plain(j, NULL, text, TIMETEXT - 1);
}

static void
write_float(struct json *j, const struct goose_value *v)
{
	double d = goose_data_float(v);

	if (v->octets.n == 5)
		json_f32(j, NULL, (float)d);
	else
		json_f64(j, NULL, d);
}

static void
write_utc_time(struct json *j, const uint8_t octets[8])
{
	struct goose_time t = goose_time(octets);

	json_open(j, NULL, '{');
	write_time(j, "t", t);
	json_u64(j, "quality", t.quality);
	json_close(j, '}');
}

/* A value whose octets fit its type. */
static void
write_typed(struct json *j, const struct goose_value *v)
{
	struct bytes octets = at_most(v->octets, OCTETS_MAX);

	switch (v->tag) {
	case GOOSE_BOOLEAN:
		json_bool(j, NULL, v->octets.p[0] != 0);
		break;
	case GOOSE_BIT_STRING:
	case GOOSE_BOOLEAN_ARRAY:
		write_bits(j, v->octets);
		break;
	case GOOSE_INTEGER:
		json_i64(j, NULL, goose_data_integer(v));
		break;
	case GOOSE_UNSIGNED:
	case GOOSE_BCD:
		json_u64(j, NULL, goose_data_unsigned(v));
		break;
	case GOOSE_FLOAT:
		write_float(j, v);
		break;
	case GOOSE_VISIBLE_STRING:
	case GOOSE_GENERALIZED_TIME:
	case GOOSE_MMS_STRING:
		json_str(j, NULL, octets);
		break;
	case GOOSE_BINARY_TIME:
		write_binary_time(j, v->octets);
		break;
	case GOOSE_UTC_TIME:
		write_utc_time(j, v->octets.p);
		break;
	default:
		json_hex(j, NULL, octets);
		break;
	}
}

static void
write_misfit(struct json *j, const struct goose_value *v)
{
	json_open(j, NULL, '{');
	json_u64(j, "tag", v->tag);
	json_hex(j, "octets", at_most(v->octets, OCTETS_MAX));
	json_close(j, '}');
}

/* The member that leaves it closes it: close_to(). */
static void
open_container(struct values *to, bool structure)
{
	to->types[to->n++] = structure ? '{' : '[';
	to->close[to->open++] = structure ? '}' : ']';
	json_open(to->j, NULL, '[');
}

static void
close_to(struct values *to, unsigned depth)
{
	while (to->open > depth) {
		to->types[to->n++] = to->close[--to->open];
		json_close(to->j, ']');
	}
}

static void
write_value(struct values *to, const struct goose_value *v)
{
	if (v->tag == GOOSE_ARRAY || v->tag == GOOSE_STRUCTURE) {
		open_container(to, v->tag == GOOSE_STRUCTURE);
	} else if (goose_data_fits(v)) {
		to->types[to->n++] = letter[v->tag - GOOSE_BOOLEAN];
		write_typed(to->j, v);
	} else {
		to->types[to->n++] = MISFIT;
		write_misfit(to->j, v);
	}
}

void
goose_write_data(struct bytes data, struct json *j)
{
	struct goose_walk w = goose_data_walk(data);
	struct values to;
	struct goose_value v;
	unsigned n = 0;
	bool cut = false;

	to.j = j;
	to.open = 0;
	to.n = 0;
	json_open(j, "data", '[');
	while (goose_data_next(&w, &v)) {
		if (n == VALUES_MAX || v.depth >= DEPTH_MAX) {
			cut = true;
			continue;
		}
		close_to(&to, v.depth);
		write_value(&to, &v);
		cut = cut || (v.octets.n > OCTETS_MAX && to.open == v.depth);
		n++;
	}
	close_to(&to, 0);
	json_close(j, ']');
	json_plain(j, "types", to.types, to.n);
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
	if (p->header_sim)
		json_bool(j, "reserved_simulation", true);
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
