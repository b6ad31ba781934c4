/* SPDX-License-Identifier: Apache-2.0 */
/* DNP3 as IEEE 1815 has it: 9 (link), 8 (transport), 4 (application). */
#include <config.h>

#include "tests/lib/build_dnp3.h"

#define BLOCK 16
#define SEGMENT_MAX 249 /* behind the transport octet */
#define FIN 0x80
#define FIR 0x40

/* Reflected 0x3d65, begun with 0, complemented (9.2.5.1). */
static void
add_crc(struct octets *o, size_t from)
{
	uint16_t crc = 0;

	for (size_t i = from; i < o->n; i++) {
		crc ^= o->p[i];
		for (int bit = 0; bit < 8; bit++)
			crc = (uint16_t)(crc >> 1 ^ (crc & 1 ? 0xa6bc : 0));
	}
	octets_le(o, (uint16_t)~crc, 2);
}

void
build_dnp3_frame(
    struct octets *o, const struct build_dnp3 *f, const uint8_t *data, size_t n)
{
	size_t from = o->n, take;

	octets_be(o, 0x0564, 2);
	octets_u8(o, (unsigned)(5 + n));
	octets_u8(o, f->control);
	octets_le(o, f->dst, 2);
	octets_le(o, f->src, 2);
	add_crc(o, from);
	for (; n > 0; data += take, n -= take) {
		take = n < BLOCK ? n : BLOCK;
		from = o->n;
		octets_put(o, data, take);
		add_crc(o, from);
	}
}

void
build_dnp3_fragment(struct octets *o, const struct build_dnp3 *f, uint8_t *seq,
    const struct octets *fragment)
{
	uint8_t segment[1 + SEGMENT_MAX];
	size_t take;

	for (size_t at = 0; at < fragment->n; at += take) {
		take = fragment->n - at;
		if (take > SEGMENT_MAX)
			take = SEGMENT_MAX;
		segment[0] = *seq & 0x3f;
		if (at == 0)
			segment[0] |= FIR;
		if (at + take == fragment->n)
			segment[0] |= FIN;
		memcpy(segment + 1, fragment->p + at, take);
		build_dnp3_frame(o, f, segment, 1 + take);
		++*seq;
	}
}

void
build_dnp3_range(
    struct octets *o, unsigned group, unsigned variation, unsigned last)
{
	octets_u8(o, group);
	octets_u8(o, variation);
	octets_be(o, 0x000000 | last, 3);
}

void
build_dnp3_indexed(
    struct octets *o, unsigned group, unsigned variation, unsigned count)
{
	octets_u8(o, group);
	octets_u8(o, variation);
	octets_u8(o, 0x28);
	octets_le(o, count, 2);
}
