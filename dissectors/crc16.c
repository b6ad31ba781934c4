/* SPDX-License-Identifier: Apache-2.0 */
/* CRC-16 of DNP3 and HDLC, 16 octets a step by tables. */
#include <config.h>

#include "dissectors/crc16.h"

#define SLICES 16

/*
 * Row k holds the remainder of an octet with k zero octets behind it.  The
 * remainder is linear in the bits, so 8 numbers make the 256 of a row.
 */
#define ENTRY(i, b0, b1, b2, b3, b4, b5, b6, b7)                               \
	(((i)&1 ? b0 : 0) ^ ((i)&2 ? b1 : 0) ^ ((i)&4 ? b2 : 0) ^              \
	    ((i)&8 ? b3 : 0) ^ ((i)&16 ? b4 : 0) ^ ((i)&32 ? b5 : 0) ^         \
	    ((i)&64 ? b6 : 0) ^ ((i)&128 ? b7 : 0))
#define FOUR(i, ...)                                                           \
	ENTRY(i, __VA_ARGS__), ENTRY((i) + 1, __VA_ARGS__),                    \
	    ENTRY((i) + 2, __VA_ARGS__), ENTRY((i) + 3, __VA_ARGS__)
#define SIXTEEN(i, ...)                                                        \
	FOUR(i, __VA_ARGS__), FOUR((i) + 4, __VA_ARGS__),                      \
	    FOUR((i) + 8, __VA_ARGS__), FOUR((i) + 12, __VA_ARGS__)
#define SIXTY_FOUR(i, ...)                                                     \
	SIXTEEN(i, __VA_ARGS__), SIXTEEN((i) + 16, __VA_ARGS__),               \
	    SIXTEEN((i) + 32, __VA_ARGS__), SIXTEEN((i) + 48, __VA_ARGS__)
#define ROW(...)                                                               \
	{                                                                      \
		SIXTY_FOUR(0, __VA_ARGS__), SIXTY_FOUR(64, __VA_ARGS__),       \
		    SIXTY_FOUR(128, __VA_ARGS__), SIXTY_FOUR(192, __VA_ARGS__) \
	}

/* clang-format off */
/* 0xa6bc: x^16 + x^13 + x^12 + x^11 + x^10 + x^8 + x^6 + x^5 + x^2 + 1 */
static const uint16_t dnp3[SLICES][256] = {
	ROW(0x365e, 0x6cbc, 0xd978, 0xff89, 0xb26b, 0x29af, 0x535e, 0xa6bc),
	ROW(0xab4e, 0x1be5, 0x37ca, 0x6f94, 0xdf28, 0xf329, 0xab2b, 0x1b2f),
	ROW(0x19b8, 0x3370, 0x66e0, 0xcdc0, 0xd6f9, 0xe08b, 0x8c6f, 0x55a7),
	ROW(0xc2e8, 0xc8a9, 0xdc2b, 0xf52f, 0xa727, 0x0337, 0x066e, 0x0cdc),
	ROW(0x2306, 0x460c, 0x8c18, 0x5549, 0xaa92, 0x185d, 0x30ba, 0x6174),
	ROW(0xb5e7, 0x26b7, 0x4d6e, 0x9adc, 0x78c1, 0xf182, 0xae7d, 0x1183),
	ROW(0x5f62, 0xbec4, 0x30f1, 0x61e2, 0xc3c4, 0xcaf1, 0xd89b, 0xfc4f),
	ROW(0x1612, 0x2c24, 0x5848, 0xb090, 0x2c59, 0x58b2, 0xb164, 0x2fb1),
	ROW(0xdec1, 0xf0fb, 0xac8f, 0x1467, 0x28ce, 0x519c, 0xa338, 0x0b09),
	ROW(0xc362, 0xcbbd, 0xda03, 0xf97f, 0xbf87, 0x3277, 0x64ee, 0xc9dc),
	ROW(0x168e, 0x2d1c, 0x5a38, 0xb470, 0x2599, 0x4b32, 0x9664, 0x61b1),
	ROW(0xece7, 0x94b7, 0x6417, 0xc82e, 0xdd25, 0xf733, 0xa31f, 0x0b47),
	ROW(0x5f3b, 0xbe76, 0x3195, 0x632a, 0xc654, 0xc1d1, 0xcedb, 0xd0cf),
	ROW(0x3ef0, 0x7de0, 0xfbc0, 0xbaf9, 0x388b, 0x7116, 0xe22c, 0x8921),
	ROW(0x6e18, 0xdc30, 0xf519, 0xa74b, 0x03ef, 0x07de, 0x0fbc, 0x1f78),
	ROW(0x4d8c, 0x9b18, 0x7b49, 0xf692, 0xa05d, 0x0dc3, 0x1b86, 0x370c),
};

/* 0x8408: x^16 + x^12 + x^5 + 1 */
static const uint16_t x25[SLICES][256] = {
	ROW(0x1189, 0x2312, 0x4624, 0x8c48, 0x1081, 0x2102, 0x4204, 0x8408),
	ROW(0x19d8, 0x33b0, 0x6760, 0xcec0, 0x9591, 0x2333, 0x4666, 0x8ccc),
	ROW(0x5adc, 0xb5b8, 0x6361, 0xc6c2, 0x8595, 0x033b, 0x0676, 0x0cec),
	ROW(0x1cbb, 0x3976, 0x72ec, 0xe5d8, 0xc3a1, 0x8f53, 0x16b7, 0x2d6e),
	ROW(0x0b44, 0x1688, 0x2d10, 0x5a20, 0xb440, 0x6091, 0xc122, 0x8a55),
	ROW(0x042b, 0x0856, 0x10ac, 0x2158, 0x42b0, 0x8560, 0x02d1, 0x05a2),
	ROW(0x9fd5, 0x37bb, 0x6f76, 0xdeec, 0xb5c9, 0x6383, 0xc706, 0x861d),
	ROW(0x81bf, 0x0b6f, 0x16de, 0x2dbc, 0x5b78, 0xb6f0, 0x65f1, 0xcbe2),
	ROW(0x4dfd, 0x9bfa, 0x3fe5, 0x7fca, 0xff94, 0xf739, 0xe663, 0xc4d7),
	ROW(0x2c27, 0x584e, 0xb09c, 0x6929, 0xd252, 0xacb5, 0x517b, 0xa2f6),
	ROW(0x5591, 0xab22, 0x5e55, 0xbcaa, 0x7145, 0xe28a, 0xcd05, 0x921b),
	ROW(0x8555, 0x02bb, 0x0576, 0x0aec, 0x15d8, 0x2bb0, 0x5760, 0xaec0),
	ROW(0x05ad, 0x0b5a, 0x16b4, 0x2d68, 0x5ad0, 0xb5a0, 0x6351, 0xc6a2),
	ROW(0x7eea, 0xfdd4, 0xf3b9, 0xef63, 0xd6d7, 0xa5bf, 0x436f, 0x86de),
	ROW(0x482a, 0x9054, 0x28b9, 0x5172, 0xa2e4, 0x4dd9, 0x9bb2, 0x3f75),
	ROW(0x8e10, 0x1431, 0x2862, 0x50c4, 0xa188, 0x4b01, 0x9602, 0x2415),
};
/* clang-format on */

/* A whole step: 16 loads that do not wait for each other. */
static uint16_t
step(const uint16_t t[SLICES][256], uint16_t crc, const uint8_t *p)
{
	return t[15][p[0] ^ (crc & 0xff)] ^ t[14][p[1] ^ (crc >> 8)] ^
	       t[13][p[2]] ^ t[12][p[3]] ^ t[11][p[4]] ^ t[10][p[5]] ^
	       t[9][p[6]] ^ t[8][p[7]] ^ t[7][p[8]] ^ t[6][p[9]] ^ t[5][p[10]] ^
	       t[4][p[11]] ^ t[3][p[12]] ^ t[2][p[13]] ^ t[1][p[14]] ^
	       t[0][p[15]];
}

/* The 1 to 15 octets that are left; the old remainder meets the first two. */
static uint16_t
rest(const uint16_t t[SLICES][256], uint16_t crc, const uint8_t *p, size_t n)
{
	uint16_t sum;

	if (n == 1)
		return (uint16_t)(crc >> 8 ^ t[0][p[0] ^ (crc & 0xff)]);
	sum = t[n - 1][p[0] ^ (crc & 0xff)] ^ t[n - 2][p[1] ^ (crc >> 8)];
	for (size_t i = 2; i < n; i++)
		sum ^= t[n - 1 - i][p[i]];
	return sum;
}

static inline uint16_t
over(const uint16_t t[SLICES][256], uint16_t crc, const uint8_t *p, size_t n)
{
	for (; n >= SLICES; p += SLICES, n -= SLICES)
		crc = step(t, crc, p);
	return n > 0 ? rest(t, crc, p, n) : crc;
}

/* The header of a link frame, which every frame has. */
static uint16_t
eight(const uint16_t t[SLICES][256], const uint8_t *p)
{
	return t[7][p[0]] ^ t[6][p[1]] ^ t[5][p[2]] ^ t[4][p[3]] ^ t[3][p[4]] ^
	       t[2][p[5]] ^ t[1][p[6]] ^ t[0][p[7]];
}

uint16_t
crc16_dnp3(const uint8_t *p, size_t n)
{
	uint16_t crc = n == 8 ? eight(dnp3, p) : over(dnp3, 0, p, n);

	return (uint16_t)~crc;
}

uint16_t
crc16_x25(const uint8_t *p, size_t n)
{
	return (uint16_t)~over(x25, 0xffff, p, n);
}
