/* SPDX-License-Identifier: Apache-2.0 */
/* DNP3 file control objects, g70 (IEEE 1815-2012, A.27). */
#include <config.h>

#include "dissectors/dnp3/parts.h"

#define LAST_BLOCK 0x80000000

/* A string that stands elsewhere in the object; it need not be there. */
static struct bytes
string_at(struct reader *r, struct bytes object, uint16_t at, uint16_t n)
{
	if (n == 0)
		return (struct bytes){ NULL, 0 };
	if (at > object.n || n > object.n - at) {
		rd_fail(r);
		return (struct bytes){ NULL, 0 };
	}
	return (struct bytes){ object.p + at, n };
}

static void
read_user(struct reader *r, struct bytes object, struct dnp3_file *f)
{
	uint16_t at = rd_u16le(r), n = rd_u16le(r);
	uint16_t password_at = rd_u16le(r), password_n = rd_u16le(r);

	dnp3_u32(r); /* the key that the station gives out */
	f->name = string_at(r, object, at, n);
	string_at(r, object, password_at, password_n);
}

static void
read_command(struct reader *r, struct bytes object, struct dnp3_file *f)
{
	uint16_t at = rd_u16le(r), n = rd_u16le(r);

	f->created_ms = dnp3_u48(r);
	f->permissions = rd_u16le(r);
	dnp3_u32(r); /* the key that the station gave out */
	f->size = dnp3_u32(r);
	f->mode = rd_u16le(r);
	f->max_block = rd_u16le(r);
	f->request = rd_u16le(r);
	f->name = string_at(r, object, at, n);
}

static void
read_status(struct reader *r, struct dnp3_file *f)
{
	f->handle = dnp3_u32(r);
	f->size = dnp3_u32(r);
	f->max_block = rd_u16le(r);
	f->request = rd_u16le(r);
	f->status = rd_u8(r);
	f->data = rd_rest(r);
}

static void
read_transport(struct reader *r, bool status, struct dnp3_file *f)
{
	uint32_t block;

	f->handle = dnp3_u32(r);
	block = dnp3_u32(r);
	f->block = block & ~LAST_BLOCK;
	f->last = (block & LAST_BLOCK) != 0;
	if (status)
		f->status = rd_u8(r);
	f->data = rd_rest(r);
}

static void
read_descriptor(struct reader *r, struct bytes object, struct dnp3_file *f)
{
	uint16_t at = rd_u16le(r), n = rd_u16le(r);

	f->type = rd_u16le(r);
	f->size = dnp3_u32(r);
	f->created_ms = dnp3_u48(r);
	f->permissions = rd_u16le(r);
	f->request = rd_u16le(r);
	f->name = string_at(r, object, at, n);
}

bool
dnp3_file(const struct dnp3_header *h, const struct dnp3_point *p,
    struct dnp3_file *f)
{
	struct reader r;

	if (h->group != 70 || p->value.p == NULL)
		return false;
	*f = (struct dnp3_file){ 0 };
	r = rd_over(p->value.p, p->value.n, p->value.n);
	switch (h->variation) {
	case 2:
		read_user(&r, p->value, f);
		break;
	case 3:
		read_command(&r, p->value, f);
		break;
	case 4:
		read_status(&r, f);
		break;
	case 5:
	case 6:
		read_transport(&r, h->variation == 6, f);
		break;
	case 7:
		read_descriptor(&r, p->value, f);
		break;
	case 8:
		f->name = rd_rest(&r);
		break;
	default:
		return false;
	}
	return r.err == RD_OK;
}
