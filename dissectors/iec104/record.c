/* SPDX-License-Identifier: Apache-2.0 */
/* A unit's record: a member for one object, a list for several. */
#include <config.h>

#include "dissectors/iec104/parts.h"
#include "dissectors/text.h"
#include "dissectors/timetext.h"

#define STAMP 25 /* "2026-01-02T03:04:05.678Z" and its NUL */

/* One object's member, or nothing if it has none; key is NULL in a list. */
typedef void put(const struct iec104_object *, const char *key, struct json *);

static void
put_value(const struct iec104_object *o, const char *key, struct json *j)
{
	struct iec104_value v;

	if (!iec104_value(o, &v))
		return;
	switch (v.form) {
	case IEC104_BOOL:
		json_u64(j, key, v.on);
		break;
	case IEC104_STATE:
	case IEC104_STEP:
	case IEC104_SCALED:
	case IEC104_COUNTER:
		json_i64(j, key, v.whole);
		break;
	case IEC104_NORMALIZED:
	case IEC104_REAL:
		json_f32(j, key, v.real);
		break;
	default:
		json_u64(j, key, v.bits);
	}
}

static bool
is_counter(const struct iec104_object *o)
{
	return iec104_layout(o->type)->form == IEC104_COUNTER;
}

static void
put_quality(const struct iec104_object *o, const char *key, struct json *j)
{
	static const struct {
		uint8_t bit;
		const char *name, *of_counter;
	} flags[] = { { IEC104_OVERFLOW, " OV", "" },
		{ IEC104_ELAPSED_INVALID, " EI", "" },
		{ IEC104_BLOCKED, " BL", "" },
		{ IEC104_SUBSTITUTED, " SB", " CY" },
		{ IEC104_NOT_TOPICAL, " NT", " CA" },
		{ IEC104_INVALID, " IV", " IV" } };
	bool counter = is_counter(o);
	char names[32];
	struct text t = text_over(names, sizeof(names));
	uint8_t q;

	if (!iec104_quality(o, &q))
		return;
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if ((q & flags[i].bit) != 0)
			text_add(
			    &t, counter ? flags[i].of_counter : flags[i].name);
	text_end(&t);
	json_text(j, key, names[0] == ' ' ? names + 1 : names);
}

static void
put_sequence(const struct iec104_object *o, const char *key, struct json *j)
{
	uint8_t q;

	if (is_counter(o) && iec104_quality(o, &q))
		json_u64(j, key, q & IEC104_SEQUENCE_NUMBER);
}

static void
put_transient(const struct iec104_object *o, const char *key, struct json *j)
{
	struct iec104_value v;

	if (iec104_value(o, &v) && v.form == IEC104_STEP)
		json_bool(j, key, v.transient);
}

static void
put_select(const struct iec104_object *o, const char *key, struct json *j)
{
	bool select;

	if (iec104_select(o, &select))
		json_bool(j, key, select);
}

static void
put_qualifier(const struct iec104_object *o, const char *key, struct json *j)
{
	uint8_t q;

	if (iec104_qualifier(o, &q))
		json_u64(j, key, q);
}

static void
put_elapsed(const struct iec104_object *o, const char *key, struct json *j)
{
	uint16_t ms;

	if (iec104_elapsed(o, &ms))
		json_u64(j, key, ms);
}

static void
put_association(const struct iec104_object *o, const char *key, struct json *j)
{
	uint16_t association;

	if (iec104_association(o, &association))
		json_u64(j, key, association);
}

/* A time that cannot be, or says that it means nothing, is empty. */
static void
put_stamp(const struct iec104_time *t, const char *key, struct json *j)
{
	char s[STAMP] = "0000-00-00T00:00:00.000Z";

	if (t->invalid || iec104_time_flaw(t) != NULL) {
		json_name(j, key, "");
		return;
	}
	timetext_two(s, t->year / 100);
	timetext_two(s + 2, t->year % 100);
	timetext_two(s + 5, t->month);
	timetext_two(s + 8, t->day);
	timetext_two(s + 11, t->hour);
	timetext_two(s + 14, t->minute);
	timetext_two(s + 17, t->ms / 1000);
	s[20] = (char)('0' + t->ms / 100 % 10);
	timetext_two(s + 21, t->ms % 100);
	json_plain(j, key, s, STAMP - 1);
}

static void
put_time(const struct iec104_object *o, const char *key, struct json *j)
{
	struct iec104_time t;

	if (iec104_time(o, &t) && t.dated)
		put_stamp(&t, key, j);
}

static void
put_start(const struct iec104_object *o, const char *key, struct json *j)
{
	struct iec104_time t;

	if (iec104_log_start(o, &t))
		put_stamp(&t, key, j);
}

/* CP24Time2a: milliseconds of an hour that it does not name. */
static void
put_hour_ms(const struct iec104_object *o, const char *key, struct json *j)
{
	struct iec104_time t;

	if (iec104_time(o, &t) && !t.dated)
		json_u64(j, key, t.minute * UINT64_C(60000) + t.ms);
}

static void
put_file(const struct iec104_object *o, const char *key, struct json *j)
{
	struct iec104_file f;

	if (iec104_file(o, &f))
		json_u64(j, key, f.name);
}

static void
put_section(const struct iec104_object *o, const char *key, struct json *j)
{
	struct iec104_file f;

	if (iec104_file(o, &f) && f.has_section)
		json_u64(j, key, f.section);
}

static void
put_length(const struct iec104_object *o, const char *key, struct json *j)
{
	struct iec104_file f;

	if (iec104_file(o, &f) && f.has_length)
		json_u64(j, key, f.length);
}

static void
put_checksum(const struct iec104_object *o, const char *key, struct json *j)
{
	struct iec104_file f;

	if (iec104_file(o, &f) && f.has_checksum)
		json_u64(j, key, f.checksum);
}

struct column {
	const char *one, *several;
	put *put;
};

enum {
	SELECT,
	VALUE,
	TRANSIENT,
	SEQUENCE,
	QUALIFIER,
	ASSOCIATION,
	ELAPSED,
	FILE_NAME,
	SECTION,
	LENGTH,
	CHECKSUM,
	START,
	TIME,
	HOUR_MS
};

/* In the order of the record. */
static const struct column columns[] = {
	[SELECT] = { "select", "selects", put_select },
	[VALUE] = { "value", "values", put_value },
	[TRANSIENT] = { "transient", "transients", put_transient },
	[SEQUENCE] = { "sequence", "sequences", put_sequence },
	[QUALIFIER] = { "qualifier", "qualifiers", put_qualifier },
	[ASSOCIATION] = { "association", "associations", put_association },
	[ELAPSED] = { "elapsed_ms", "elapsed_ms", put_elapsed },
	[FILE_NAME] = { "file", "files", put_file },
	[SECTION] = { "section", "sections", put_section },
	[LENGTH] = { "length", "lengths", put_length },
	[CHECKSUM] = { "checksum", "checksums", put_checksum },
	[START] = { "start", "starts", put_start },
	[TIME] = { "time", "times", put_time },
	[HOUR_MS] = { "hour_ms", "hour_ms", put_hour_ms },
};

/* A bit for each column that objects of the type may have. */
static unsigned
columns_of(uint8_t type)
{
	const unsigned files = 1U << FILE_NAME | 1U << SECTION | 1U << LENGTH |
	                       1U << CHECKSUM | 1U << START;
	const struct iec104_layout *l = iec104_layout(type);
	unsigned v = 0;

	if (l->rule != IEC104_NO_QUALIFIER)
		v |= 1U << SELECT | 1U << QUALIFIER;
	if (l->form != IEC104_NO_VALUE)
		v |= 1U << VALUE;
	if (l->form == IEC104_STEP)
		v |= 1U << TRANSIENT;
	if (l->form == IEC104_COUNTER)
		v |= 1U << SEQUENCE;
	if (type == 41)
		v |= 1U << ASSOCIATION;
	if (l->elapsed != 0)
		v |= 1U << ELAPSED;
	if (type >= 120)
		v |= files;
	if (iec104_types[type].time != 0)
		v |= 1U << TIME | 1U << HOUR_MS;
	return v;
}

/* Takes the first column of those in *set. */
static const struct column *
take(unsigned *set)
{
	unsigned i = (unsigned)__builtin_ctz(*set);

	*set &= *set - 1;
	return &columns[i];
}

/* The objects are of one type: what the first has not, none has. */
static void
write_column(
    const struct iec104_apdu *a, const struct column *c, struct json *j)
{
	struct iec104_walk w = iec104_objects(a);
	struct json before = *j;
	struct iec104_object o;
	const char *none;

	json_open(j, c->several, '[');
	none = j->at;
	while (iec104_next(&w, &o)) {
		c->put(&o, NULL, j);
		if (j->at == none)
			break;
	}
	if (j->at > none)
		json_close(j, ']');
	else if (!j->full)
		*j = before;
}

static bool
is_good(const struct iec104_object *o)
{
	uint8_t q;

	return !iec104_quality(o, &q) || (is_counter(o) ? q >> 5 : q) == 0;
}

/* Only when one of the objects is not good. */
static void
write_qualities(const struct iec104_apdu *a, struct json *j)
{
	static const struct column column = { NULL, "qualities", put_quality };
	struct iec104_walk w = iec104_objects(a);
	struct iec104_object o;
	bool good = true;

	while (good && iec104_next(&w, &o))
		good = is_good(&o);
	if (!good)
		write_column(a, &column, j);
}

static void
write_time_flags(const struct iec104_apdu *a, struct json *j)
{
	struct iec104_walk w = iec104_objects(a);
	struct iec104_object o;
	struct iec104_time t;
	bool invalid = false, summer = false;

	while (iec104_next(&w, &o) && iec104_time(&o, &t)) {
		invalid |= t.invalid;
		summer |= t.summer;
	}
	if (invalid)
		json_bool(j, "time_invalid", true);
	if (summer)
		json_bool(j, "summer", true);
}

static void
write_object(const struct iec104_object *o, struct json *j)
{
	unsigned set = columns_of(o->type);
	const struct column *c;

	while (set != 0) {
		c = take(&set);
		c->put(o, c->one, j);
	}
	if (!is_good(o))
		put_quality(o, "quality", j);
}

static void
write_objects(const struct iec104_apdu *a, struct json *j)
{
	struct iec104_walk w = iec104_objects(a);
	unsigned set = columns_of(a->type);
	bool single = w.left == 1;
	struct iec104_object o;

	json_open(j, "ioa", '[');
	while (iec104_next(&w, &o))
		json_u64(j, NULL, o.ioa);
	json_close(j, ']');
	if (single)
		write_object(&o, j);
	while (!single && set != 0)
		write_column(a, take(&set), j);
	if (!single)
		write_qualities(a, j);
	write_time_flags(a, j);
}

static void
write_security(const struct iec104_apdu *a, struct json *j)
{
	struct iec104_security s;

	if (!iec104_security(a, &s))
		return;
	json_open(j, "security", '{');
	json_bool(j, "first", s.first);
	json_bool(j, "last", s.last);
	json_u64(j, "segment", s.segment);
	if (s.has_sequence)
		json_u64(j, "sequence", s.sequence);
	if (s.has_sequence || a->type == 84)
		json_u64(j, "user", s.user);
	if (a->type == 87)
		json_u64(j, "error", s.error);
	if (s.wrapped != 0)
		json_u64(j, "type", s.wrapped);
	json_close(j, '}');
}

static void
write_sizes(struct iec104_sizes z, struct json *j)
{
	if (iec104_sizes_preset(z))
		return;
	json_open(j, "sizes", '[');
	json_u64(j, NULL, z.cot);
	json_u64(j, NULL, z.ca);
	json_u64(j, NULL, z.ioa);
	json_close(j, ']');
}

static void
write_asdu(const struct iec104_apdu *a, struct json *j)
{
	json_u64(j, "type", a->type);
	json_u64(j, "cot", a->cot);
	json_bool(j, "negative", a->negative);
	json_bool(j, "test", a->test);
	if (a->read < IEC104_ASDU)
		return;
	if (a->sizes.cot == 2)
		json_u64(j, "oa", a->oa);
	json_u64(j, "ca", a->ca);
	json_bool(j, "sq", a->sq);
	write_objects(a, j);
	write_sizes(a->sizes, j);
	write_security(a, j);
}

void
iec104_write_json(const void *msg, struct json *j)
{
	static const char format[] = "ISU";
	const struct iec104_apdu *a = msg;

	if (a->read == IEC104_NOTHING)
		return;
	json_plain(j, "format", format + a->format, 1);
	if (a->format == IEC104_I)
		json_u64(j, "ns", a->ns);
	if (a->format != IEC104_U)
		json_u64(j, "nr", a->nr);
	else
		json_u64(j, "u", a->u);
	if (a->read >= IEC104_TYPE)
		write_asdu(a, j);
}
