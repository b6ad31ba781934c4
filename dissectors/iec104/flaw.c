/* SPDX-License-Identifier: Apache-2.0 */
/* What can be read but should not be there (60870-5-101, 7.2 and 7.3). */
#include <config.h>

#include "dissectors/iec104/parts.h"

/* Values that 7.2.6 reserves, none if from is above to. */
struct range {
	uint8_t mask, from, to;
	const char *flaw;
};

static const struct range reserved[][2] = {
	/* QU: 9 to 15 select other functions, from 16 on makers' own */
	[IEC104_SCO] = { { 0x7c, 4 << 2, 8 << 2, "reserved QU of a command" } },
	[IEC104_DCO] = { { 0x7c, 4 << 2, 8 << 2, "reserved QU of a command" } },
	[IEC104_RCO] = { { 0x7c, 4 << 2, 8 << 2, "reserved QU of a command" } },
	[IEC104_QOS] = { { 0x7f, 1, 63, "reserved QL of a set point" } },
	[IEC104_COI] = { { 0x7f, 3, 31, "reserved cause of initialization" } },
	[IEC104_QOI] = { { 0xff, 0, 19, "reserved QOI" },
	    { 0xff, 37, 63, "reserved QOI" } },
	[IEC104_QCC] = { { 0x3f, 0, 0, "QCC requests no counter" },
	    { 0x3f, 6, 31, "reserved RQT in QCC" } },
	[IEC104_QRP] = { { 0xff, 0, 0, "QRP names no reset" },
	    { 0xff, 3, 127, "reserved QRP" } },
	[IEC104_QPM] = { { 0x3f, 0, 0, "QPM names no kind of parameter" },
	    { 0x3f, 5, 31, "reserved KPA in QPM" } },
	[IEC104_QPA] = { { 0xff, 0, 0, "QPA names no parameter" },
	    { 0xff, 4, 127, "reserved QPA" } },
	[IEC104_FRQ] = { { 0x7f, 1, 63, "reserved FRQ" } },
	[IEC104_SRQ] = { { 0x7f, 1, 63, "reserved SRQ" } },
	[IEC104_SCQ] = { { 0x0f, 8, 10, "reserved function in SCQ" },
	    { 0xf0, 6 << 4, 10 << 4, "reserved error in SCQ" } },
	[IEC104_LSQ] = { { 0xff, 0, 0, "LSQ says nothing" },
	    { 0xff, 5, 127, "reserved LSQ" } },
	[IEC104_AFQ] = { { 0x0f, 5, 10, "reserved function in AFQ" },
	    { 0xf0, 6 << 4, 10 << 4, "reserved error in AFQ" } },
	[IEC104_SOF] = { { 0x1f, 1, 15, "reserved status in SOF" } },
};

static const char *
qualifier_flaw(enum iec104_rule rule, uint8_t octet)
{
	uint8_t state = octet & 3;

	for (size_t i = 0; i < 2; i++) {
		const struct range *r = &reserved[rule][i];
		uint8_t v = octet & r->mask;

		if (r->flaw != NULL && v >= r->from && v <= r->to)
			return r->flaw;
	}
	if ((rule == IEC104_DCO || rule == IEC104_RCO) &&
	    (state == 0 || state == 3))
		return "a double or step command with state 0 or 3";
	if (rule == IEC104_AFQ && (octet & 0x0f) == 0)
		return "AFQ acknowledges nothing";
	return NULL;
}

static bool
day_exists(const struct iec104_time *t)
{
	static const uint8_t days[] = { 0, 31, 28, 31, 30, 31, 30, 31, 31, 30,
		31, 30, 31 };
	bool leap = t->year % 4 == 0 && t->year != 2100;

	return t->day > 0 && t->day <= days[t->month] + (t->month == 2 && leap);
}

const char *
iec104_time_flaw(const struct iec104_time *t)
{
	if (t->invalid)
		return NULL;
	if (t->ms > 59999)
		return "milliseconds above 59999 in a time tag";
	if (t->minute > 59)
		return "minute above 59 in a time tag";
	if (!t->dated)
		return NULL;
	if (t->hour > 23)
		return "hour above 23 in a time tag";
	if (t->month < 1 || t->month > 12)
		return "month not 1 to 12 in a time tag";
	if (!day_exists(t))
		return "day that the month does not have in a time tag";
	return t->year > 2099 ? "year above 99 in a time tag" : NULL;
}

static const char *
times_flaw(const struct iec104_object *o)
{
	struct iec104_time t;
	const char *flaw = NULL;
	uint16_t elapsed;

	if (iec104_elapsed(o, &elapsed) && elapsed > 59999)
		return "CP16Time2a above 59999 ms";
	if (iec104_time(o, &t))
		flaw = iec104_time_flaw(&t);
	if (flaw == NULL && iec104_log_start(o, &t))
		flaw = iec104_time_flaw(&t);
	return flaw;
}

/* The one test that most units need: every element is looked at, cheaply. */
static const char *
spare_flaw(const struct iec104_apdu *a, const struct iec104_layout *l)
{
	size_t size = iec104_size(&iec104_types[a->type]);
	size_t step = a->sq ? size : a->sizes.ioa + size;
	const uint8_t *p = a->objects.p + a->sizes.ioa;

	for (unsigned i = 0; i < a->count; i++, p += step)
		if (((p[0] & l->spare) | (p[l->quality] & l->quality_spare)) !=
		    0)
			return l->flaw;
	return NULL;
}

static const char *
objects_flaw(const struct iec104_apdu *a)
{
	const struct iec104_type *t = &iec104_types[a->type];
	const struct iec104_layout *l = &iec104_layouts[t->layout];
	struct iec104_walk w = iec104_objects(a);
	struct iec104_object o;
	const char *flaw = NULL;

	if ((l->spare | l->quality_spare) != 0)
		flaw = spare_flaw(a, l);
	if (t->time == 0 && l->elapsed == 0 && l->rule == 0)
		return flaw;
	while (flaw == NULL && iec104_next(&w, &o)) {
		flaw = times_flaw(&o);
		if (flaw == NULL && l->rule != 0)
			flaw =
			    qualifier_flaw(l->rule, o.element.p[l->qualifier]);
	}
	return flaw;
}

/* The variable structure qualifier against what the type allows. */
static const char *
structure_flaw(const struct iec104_apdu *a, uint8_t flags)
{
	if (a->count == 0)
		return "number of objects is 0";
	if (a->sq && (flags & IEC104_SEQUENCE) == 0)
		return "SQ is 1 in a type that has no sequences";
	if (a->count > 1 && (flags & IEC104_ONE) != 0)
		return "several objects in a type that carries one";
	return NULL;
}

const char *
iec104_asdu_flaw(const struct iec104_apdu *a)
{
	const struct iec104_type *t = &iec104_types[a->type];
	const char *flaw = NULL;

	if (a->type >= IEC104_PRIVATE)
		return NULL;
	if (t->layout == 0 && (t->flags & IEC104_KNOWN) == 0)
		return "reserved type identification";
	if (t->layout != 0)
		flaw = structure_flaw(a, t->flags);
	if (flaw != NULL)
		return flaw;
	if (!iec104_cause_known(a->cot))
		return a->cot == 0 ? "cause of transmission is 0"
		                   : "reserved cause of transmission";
	if (a->ca == 0)
		return "common address is 0";
	return a->fits ? objects_flaw(a) : NULL;
}
