/* SPDX-License-Identifier: Apache-2.0 */
/* DNS (RFC 1035), NTP (RFC 5905), TLS 1.2 (RFC 5246), SMB2 (MS-SMB2). */
#include <config.h>

#include "tests/lib/build_it.h"

#define NTP_ERA 2208988800 /* seconds from 1900 to 1970 */

/* What stands between octets_be(o, 0, 2) and here is n octets long. */
static void
store_length(struct octets *o, size_t at)
{
	size_t n = o->n - at - 2;

	o->p[at] = (uint8_t)(n >> 8);
	o->p[at + 1] = (uint8_t)n;
}

static void
name_labels(struct octets *o, const char *name)
{
	for (size_t n; *name != '\0'; name += n) {
		name += *name == '.';
		n = strcspn(name, ".");
		octets_u8(o, (unsigned)n);
		octets_put(o, name, n);
	}
	octets_u8(o, 0);
}

void
build_it_dns(struct octets *o, uint16_t id, const char *name, bool answer,
    uint32_t address)
{
	octets_be(o, id, 2);
	octets_be(o, answer ? 0x8180 : 0x0100, 2);
	octets_be(o, 1, 2);
	octets_be(o, answer ? 1 : 0, 2);
	octets_be(o, 0, 4);
	name_labels(o, name);
	octets_be(o, 0x00010001, 4); /* A, IN */
	if (!answer)
		return;
	octets_be(o, 0xc00c, 2); /* the name above */
	octets_be(o, 0x00010001, 4);
	octets_be(o, 300, 4);
	octets_be(o, 4, 2);
	octets_be(o, address, 4);
}

void
build_it_ntp(struct octets *o, unsigned mode, uint64_t us)
{
	uint64_t now =
	    (us / 1000000 + NTP_ERA) << 32 | (us % 1000000 << 32) / 1000000;

	octets_u8(o, 4U << 3 | mode);
	octets_u8(o, mode == 4 ? 2 : 3); /* stratum */
	octets_u8(o, 6);
	octets_u8(o, 0xe9);
	octets_be(o, 0x00000a3d, 4);
	octets_be(o, 0x00000f20, 4);
	octets_be(o, 0xc0000202, 4); /* reference: 192.0.2.2 */
	octets_be(o, now - (UINT64_C(17) << 32), 8);
	octets_be(o, mode == 4 ? now - (1 << 24) : 0, 8);
	octets_be(o, mode == 4 ? now - (1 << 22) : 0, 8);
	octets_be(o, now, 8);
}

void
build_it_tls(struct octets *o, uint8_t type, struct prng *r, size_t n)
{
	octets_u8(o, type);
	octets_be(o, 0x0303, 2);
	octets_be(o, n, 2);
	octets_random(o, r, n);
}

/* Handshake record and message; close with hello_end(). */
static size_t
hello_begin(struct octets *o, uint8_t message, struct prng *r)
{
	octets_be(o, 0x160301, 3);
	octets_be(o, 0, 2);
	octets_u8(o, message);
	octets_be(o, 0, 3);
	octets_be(o, 0x0303, 2);
	octets_random(o, r, 32);
	return o->n - 34 - 4 - 2;
}

static void
hello_end(struct octets *o, size_t at)
{
	store_length(o, at);
	store_length(o, at + 4); /* the low two of three octets */
}

void
build_it_client_hello(struct octets *o, const char *host, struct prng *r)
{
	static const uint8_t suites[] = { 0, 8, 0xc0, 0x2f, 0xc0, 0x30, 0xc0,
		0x2b, 0, 0x9c, 1, 0 };
	static const uint8_t groups[] = { 0, 10, 0, 6, 0, 4, 0, 29, 0, 23 };
	size_t n = strlen(host), record = hello_begin(o, 1, r), extensions;

	octets_u8(o, 0); /* no session to resume */
	octets_put(o, suites, sizeof(suites));
	extensions = o->n;
	octets_be(o, 0, 2);
	octets_be(o, 0, 2); /* server_name */
	octets_be(o, n + 5, 2);
	octets_be(o, n + 3, 2);
	octets_u8(o, 0);
	octets_be(o, n, 2);
	octets_put(o, host, n);
	octets_put(o, groups, sizeof(groups));
	store_length(o, extensions);
	hello_end(o, record);
}

void
build_it_server_hello(struct octets *o, struct prng *r)
{
	size_t record = hello_begin(o, 2, r);

	octets_u8(o, 32);
	octets_random(o, r, 32);
	octets_be(o, 0xc02f00, 3);
	hello_end(o, record);
}

void
build_it_smb(struct octets *o, uint16_t command, uint64_t message,
    bool response, struct prng *r, size_t n)
{
	octets_be(o, 64 + n, 4); /* session message, and its length */
	octets_be(o, 0xfe534d42, 4);
	octets_le(o, 64, 2);
	octets_le(o, 1, 2);
	octets_le(o, 0, 4);
	octets_le(o, command, 2);
	octets_le(o, 1, 2);
	octets_le(o, response, 4);
	octets_le(o, 0, 4);
	octets_le(o, message, 8);
	octets_le(o, 0xfeff, 4);
	octets_le(o, 5, 4);
	octets_le(o, 0x1122334455, 8);
	octets_fill(o, 0, 16);
	octets_random(o, r, n);
}
