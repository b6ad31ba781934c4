/* SPDX-License-Identifier: Apache-2.0 */
/* The IANA registry of TLS cipher suites, as far as it matters here. */
#include <config.h>

#include <stddef.h>

#include "dissectors/tls/suites.h"

#define NUL TLS_SUITE_NULL
#define EXP TLS_SUITE_EXPORT
#define WEAK TLS_SUITE_WEAK
#define ANON TLS_SUITE_ANONYMOUS
#define MD5 TLS_SUITE_MD5
#define SHA1 TLS_SUITE_SHA1
#define ONLY TLS_SUITE_INTEGRITY
#define PSK TLS_SUITE_PSK
#define EC TLS_SUITE_EC
#define DH TLS_SUITE_DH

/* In the order of their numbers; those between have no flags. */
static const struct suites {
	uint16_t first, last, flags;
} suites[] = {
	{ 0x0000, 0x0000, NUL | ANON },
	{ 0x0001, 0x0001, NUL | MD5 },
	{ 0x0002, 0x0002, NUL },
	{ 0x0003, 0x0003, EXP | WEAK | MD5 },
	{ 0x0004, 0x0004, WEAK | MD5 },
	{ 0x0005, 0x0005, WEAK },
	{ 0x0006, 0x0006, EXP | WEAK | MD5 },
	{ 0x0007, 0x0007, WEAK },
	{ 0x0008, 0x0008, EXP | WEAK },
	{ 0x0009, 0x000a, WEAK },
	{ 0x000b, 0x000b, EXP | WEAK },
	{ 0x000c, 0x000d, WEAK },
	{ 0x000e, 0x000e, EXP | WEAK },
	{ 0x000f, 0x0010, WEAK },
	{ 0x0011, 0x0011, EXP | WEAK | DH },
	{ 0x0012, 0x0013, WEAK | DH },
	{ 0x0014, 0x0014, EXP | WEAK | DH },
	{ 0x0015, 0x0016, WEAK | DH },
	{ 0x0017, 0x0017, ANON | EXP | WEAK | MD5 },
	{ 0x0018, 0x0018, ANON | WEAK | MD5 },
	{ 0x0019, 0x0019, ANON | EXP | WEAK },
	{ 0x001a, 0x001b, ANON | WEAK },
	{ 0x001e, 0x0021, WEAK },
	{ 0x0022, 0x0025, WEAK | MD5 },
	{ 0x0026, 0x0028, EXP | WEAK },
	{ 0x0029, 0x002b, EXP | WEAK | MD5 },
	{ 0x002c, 0x002e, NUL | PSK },
	{ 0x002f, 0x0031, SHA1 },
	{ 0x0032, 0x0033, SHA1 | DH },
	{ 0x0034, 0x0034, ANON | SHA1 },
	{ 0x0035, 0x0037, SHA1 },
	{ 0x0038, 0x0039, SHA1 | DH },
	{ 0x003a, 0x003a, ANON | SHA1 },
	{ 0x003b, 0x003b, ONLY },
	{ 0x0040, 0x0040, DH },
	{ 0x0041, 0x0043, SHA1 },
	{ 0x0044, 0x0045, SHA1 | DH },
	{ 0x0046, 0x0046, ANON | SHA1 },
	{ 0x0067, 0x0067, DH },
	{ 0x006a, 0x006b, DH },
	{ 0x006c, 0x006d, ANON },
	{ 0x0084, 0x0086, SHA1 },
	{ 0x0087, 0x0088, SHA1 | DH },
	{ 0x0089, 0x0089, ANON | SHA1 },
	{ 0x008a, 0x008b, WEAK | PSK },
	{ 0x008c, 0x008d, SHA1 | PSK },
	{ 0x008e, 0x008f, WEAK | PSK },
	{ 0x0090, 0x0091, SHA1 | PSK },
	{ 0x0092, 0x0093, WEAK | PSK },
	{ 0x0094, 0x0095, SHA1 | PSK },
	{ 0x0096, 0x0098, SHA1 },
	{ 0x0099, 0x009a, SHA1 | DH },
	{ 0x009b, 0x009b, ANON | SHA1 },
	{ 0x009e, 0x009f, DH },
	{ 0x00a2, 0x00a3, DH },
	{ 0x00a6, 0x00a7, ANON },
	{ 0x00a8, 0x00af, PSK },
	{ 0x00b0, 0x00b1, ONLY | PSK },
	{ 0x00b2, 0x00b3, PSK },
	{ 0x00b4, 0x00b5, ONLY | PSK },
	{ 0x00b6, 0x00b7, PSK },
	{ 0x00b8, 0x00b9, ONLY | PSK },
	{ 0x00bd, 0x00be, DH },
	{ 0x00bf, 0x00bf, ANON },
	{ 0x00c3, 0x00c4, DH },
	{ 0x00c5, 0x00c5, ANON },
	{ 0xc001, 0xc001, NUL },
	{ 0xc002, 0xc003, WEAK },
	{ 0xc004, 0xc005, SHA1 },
	{ 0xc006, 0xc006, NUL | EC },
	{ 0xc007, 0xc008, WEAK | EC },
	{ 0xc009, 0xc00a, SHA1 | EC },
	{ 0xc00b, 0xc00b, NUL },
	{ 0xc00c, 0xc00d, WEAK },
	{ 0xc00e, 0xc00f, SHA1 },
	{ 0xc010, 0xc010, NUL | EC },
	{ 0xc011, 0xc012, WEAK | EC },
	{ 0xc013, 0xc014, SHA1 | EC },
	{ 0xc015, 0xc015, ANON | NUL },
	{ 0xc016, 0xc017, ANON | WEAK },
	{ 0xc018, 0xc019, ANON | SHA1 },
	{ 0xc01a, 0xc01c, WEAK },
	{ 0xc01d, 0xc022, SHA1 },
	{ 0xc023, 0xc024, EC },
	{ 0xc027, 0xc028, EC },
	{ 0xc02b, 0xc02c, EC },
	{ 0xc02f, 0xc030, EC },
	{ 0xc033, 0xc034, WEAK | PSK },
	{ 0xc035, 0xc036, SHA1 | PSK },
	{ 0xc037, 0xc038, PSK },
	{ 0xc039, 0xc039, NUL | PSK },
	{ 0xc03a, 0xc03b, ONLY | PSK },
	{ 0xc042, 0xc045, DH },
	{ 0xc046, 0xc047, ANON },
	{ 0xc048, 0xc049, EC },
	{ 0xc04c, 0xc04d, EC },
	{ 0xc052, 0xc053, DH },
	{ 0xc056, 0xc057, DH },
	{ 0xc05a, 0xc05b, ANON },
	{ 0xc05c, 0xc05d, EC },
	{ 0xc060, 0xc061, EC },
	{ 0xc064, 0xc071, PSK },
	{ 0xc072, 0xc073, EC },
	{ 0xc076, 0xc077, EC },
	{ 0xc07c, 0xc07d, DH },
	{ 0xc080, 0xc081, DH },
	{ 0xc084, 0xc085, ANON },
	{ 0xc086, 0xc087, EC },
	{ 0xc08a, 0xc08b, EC },
	{ 0xc08e, 0xc09b, PSK },
	{ 0xc09e, 0xc09f, DH },
	{ 0xc0a2, 0xc0a3, DH },
	{ 0xc0a4, 0xc0ab, PSK },
	{ 0xc0ac, 0xc0af, EC },
	{ 0xc0b4, 0xc0b5, ONLY },
	{ 0xcca8, 0xcca9, EC },
	{ 0xccaa, 0xccaa, DH },
	{ 0xccab, 0xccae, PSK },
	{ 0xd001, 0xd005, PSK },
};

uint32_t
tls_suite(uint16_t suite)
{
	size_t low = 0, high = sizeof(suites) / sizeof(suites[0]);

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (suite < suites[mid].first)
			high = mid;
		else if (suite > suites[mid].last)
			low = mid + 1;
		else
			return suites[mid].flags;
	}
	return 0;
}

const char *
tls_suite_fault(uint32_t flags)
{
	if ((flags & NUL) != 0)
		return "NULL";
	if ((flags & ANON) != 0)
		return "anonymous";
	if ((flags & EXP) != 0)
		return "export";
	if ((flags & WEAK) != 0)
		return "RC2, RC4, DES, 3DES or IDEA";
	if ((flags & MD5) != 0)
		return "MD5";
	if ((flags & ONLY) != 0)
		return "integrity only";
	return (flags & SHA1) != 0 ? "CBC with SHA-1" : "none";
}
