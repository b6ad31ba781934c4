/* SPDX-License-Identifier: Apache-2.0 */
/* GOOSE as IEC 61850-8-1 has it: annex C (frame), annex A (PDU in BER). */
#include <config.h>

#include "tests/lib/build_goose.h"

#define HEAD 8 /* APPID, length, reserved 1 and 2 */

/* In as few octets as a signed integer needs. */
static void
integer(struct octets *o, uint8_t tag, int64_t v)
{
	size_t n = 1, at = octets_open(o, tag);

	while (n < 8 && (v < -(INT64_C(1) << (8 * n - 1)) ||
	                    v >= INT64_C(1) << (8 * n - 1)))
		n++;
	octets_be(o, (uint64_t)v, n);
	octets_close(o, at);
}

static void
text(struct octets *o, uint8_t tag, const char *s)
{
	octets_tlv(o, tag, s, strlen(s));
}

/* UtcTime: seconds, 24 bits of a second, quality: 10 bits are accurate. */
static void
utc(struct octets *o, uint8_t tag, uint64_t us)
{
	size_t at = octets_open(o, tag);

	octets_be(o, us / 1000000, 4);
	octets_be(o, (us % 1000000 << 24) / 1000000, 3);
	octets_u8(o, 0x0a);
	octets_close(o, at);
}

void
build_goose_bool(struct octets *o, bool v)
{
	octets_tlv(o, 0x83, &(uint8_t){ v }, 1);
}

void
build_goose_int(struct octets *o, int32_t v)
{
	integer(o, 0x85, v);
}

void
build_goose_float(struct octets *o, float v)
{
	size_t at = octets_open(o, 0x87);
	uint32_t bits;

	memcpy(&bits, &v, sizeof(bits));
	octets_u8(o, 8); /* bits of the exponent */
	octets_be(o, bits, 4);
	octets_close(o, at);
}

void
build_goose_bits(struct octets *o, uint16_t v, unsigned bits)
{
	size_t at = octets_open(o, 0x84), n = (bits + 7) / 8;

	octets_u8(o, (unsigned)(n * 8 - bits)); /* unused at the end */
	octets_be(o, (uint64_t)v << (n * 8 - bits), n);
	octets_close(o, at);
}

void
build_goose(struct octets *o, const struct build_goose *g)
{
	size_t start = o->n, pdu;

	octets_be(o, g->appid, 2);
	octets_be(o, 0, 2);
	octets_be(o, g->reserved1, 2);
	octets_be(o, 0, 2);
	pdu = octets_open(o, 0x61);
	text(o, 0x80, g->gocbref);
	integer(o, 0x81, g->tal);
	text(o, 0x82, g->datset);
	text(o, 0x83, g->goid);
	utc(o, 0x84, g->t);
	integer(o, 0x85, g->stnum);
	integer(o, 0x86, g->sqnum);
	octets_tlv(o, 0x87, &(uint8_t){ g->simulation }, 1);
	integer(o, 0x88, g->confrev);
	octets_tlv(o, 0x89, &(uint8_t){ g->ndscom }, 1);
	integer(o, 0x8a, g->entries);
	octets_tlv(o, 0xab, g->alldata.p, g->alldata.n);
	octets_close(o, pdu);
	o->p[start + 2] = (uint8_t)((o->n - start) >> 8);
	o->p[start + 3] = (uint8_t)(o->n - start);
}
