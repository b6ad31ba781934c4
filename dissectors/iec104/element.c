/* SPDX-License-Identifier: Apache-2.0 */
/* Information elements (60870-5-101, 7.2.6), decoded when somebody asks. */
#include <config.h>

#include <string.h>

#include "dissectors/iec104/type.h"

static uint16_t
u16(const uint8_t *p)
{
	return (uint16_t)(p[1] << 8 | p[0]);
}

static uint32_t
u24(const uint8_t *p)
{
	return (uint32_t)p[2] << 16 | u16(p);
}

static uint32_t
u32(const uint8_t *p)
{
	return (uint32_t)u16(p + 2) << 16 | u16(p);
}

static float
real(const uint8_t *p)
{
	uint32_t bits = u32(p);
	float v;

	memcpy(&v, &bits, sizeof(v));
	return v;
}

static void
read_date(const uint8_t p[7], struct iec104_time *t)
{
	t->dated = true;
	t->summer = p[3] >> 7;
	t->hour = p[3] & 0x1f;
	t->day = p[4] & 0x1f;
	t->weekday = p[4] >> 5;
	t->month = p[5] & 0x0f;
	t->year = (uint16_t)(2000 + (p[6] & 0x7f));
}

/* CP24Time2a is how CP56Time2a begins (7.2.6.18 and 19). */
static void
read_time(const uint8_t *p, size_t size, struct iec104_time *t)
{
	*t = (struct iec104_time){
		.ms = u16(p),
		.minute = p[2] & 0x3f,
		.substituted = p[2] >> 6 & 1,
		.invalid = p[2] >> 7,
	};
	if (size == 7)
		read_date(p, t);
}

bool
iec104_value(const struct iec104_object *o, struct iec104_value *v)
{
	const struct iec104_layout *l = iec104_layout(o->type);
	const uint8_t *p = o->element.p;

	if (l->form == IEC104_NO_VALUE)
		return false;
	p += l->value;
	*v = (struct iec104_value){ .form = l->form };
	switch (v->form) {
	case IEC104_BOOL:
		v->on = p[0] & 1;
		break;
	case IEC104_STATE:
		v->whole = p[0] & 3;
		break;
	case IEC104_STEP:
		v->transient = p[0] >> 7;
		v->whole = ((p[0] & 0x7f) ^ 0x40) - 0x40;
		break;
	case IEC104_SCALED:
		v->whole = (int16_t)u16(p);
		break;
	case IEC104_COUNTER:
		v->whole = (int32_t)u32(p);
		break;
	case IEC104_NORMALIZED:
		v->real = (float)(int16_t)u16(p) / 32768;
		break;
	case IEC104_REAL:
		v->real = real(p);
		break;
	case IEC104_BITS:
		v->bits = u32(p);
		break;
	case IEC104_OCTET:
		v->bits = p[0];
		break;
	default:
		v->bits = u16(p);
	}
	return true;
}

bool
iec104_quality(const struct iec104_object *o, uint8_t *q)
{
	const struct iec104_layout *l = iec104_layout(o->type);

	if (l->bits == 0)
		return false;
	*q = o->element.p[l->quality] & l->bits;
	return true;
}

bool
iec104_time(const struct iec104_object *o, struct iec104_time *t)
{
	const struct iec104_type *type = &iec104_types[o->type];

	if (type->time == 0)
		return false;
	read_time(
	    o->element.p + iec104_layouts[type->layout].size, type->time, t);
	return true;
}

bool
iec104_log_start(const struct iec104_object *o, struct iec104_time *t)
{
	if (o->type != 127)
		return false;
	read_time(o->element.p + 2, 7, t);
	return true;
}

bool
iec104_elapsed(const struct iec104_object *o, uint16_t *ms)
{
	const struct iec104_layout *l = iec104_layout(o->type);

	if (l->elapsed == 0)
		return false;
	*ms = u16(o->element.p + l->elapsed - 1);
	return true;
}

bool
iec104_qualifier(const struct iec104_object *o, uint8_t *q)
{
	const struct iec104_layout *l = iec104_layout(o->type);
	uint8_t octet;

	if (l->rule == IEC104_NO_QUALIFIER)
		return false;
	octet = o->element.p[l->qualifier];
	if (l->rule <= IEC104_RCO)
		*q = octet >> 2 & 0x1f;
	else
		*q = l->rule == IEC104_QOS ? octet & 0x7f : octet;
	return true;
}

bool
iec104_select(const struct iec104_object *o, bool *select)
{
	const struct iec104_layout *l = iec104_layout(o->type);

	if (l->rule == IEC104_NO_QUALIFIER || l->rule > IEC104_QOS)
		return false;
	*select = o->element.p[l->qualifier] >> 7;
	return true;
}

bool
iec104_association(const struct iec104_object *o, uint16_t *association)
{
	if (o->type != 41)
		return false;
	*association = u16(o->element.p);
	return true;
}

/* NOF stands first; NOS, where there is one, behind it (7.2.6.33 to 40). */
bool
iec104_file(const struct iec104_object *o, struct iec104_file *f)
{
	const uint8_t *p = o->element.p;

	if (o->type < 120 || o->type >= IEC104_PRIVATE)
		return false;
	*f = (struct iec104_file){ .name = u16(p) };
	f->has_section = o->type >= 121 && o->type <= 125;
	if (f->has_section)
		f->section = p[2];
	f->has_length = o->type < 122 || o->type == 125 || o->type == 126;
	if (o->type == 120 || o->type == 126)
		f->length = u24(p + 2);
	if (o->type == 121)
		f->length = u24(p + 3);
	f->has_checksum = o->type == 123;
	if (f->has_checksum)
		f->checksum = p[4];
	if (o->type == 125) {
		f->length = p[3];
		f->segment = (struct bytes){ p + 4, o->element.n - 4 };
	}
	return true;
}
