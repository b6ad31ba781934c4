/* SPDX-License-Identifier: Apache-2.0 */
/* DLMS/COSEM wrapper, HDLC (ISO/IEC 13239), ACSE and some of xDLMS. */
#include <config.h>

#include "tests/lib/build_dlms.h"

#define FLAG 0x7e
#define FORMAT 0xa000
#define GMAC_TAG 12

/* Reflected 0x1021, begun and ended with all ones, low octet first. */
static void
add_fcs(struct octets *o, size_t from)
{
	uint16_t crc = 0xffff;

	for (size_t i = from; i < o->n; i++) {
		crc ^= o->p[i];
		for (int bit = 0; bit < 8; bit++)
			crc = (uint16_t)(crc >> 1 ^ (crc & 1 ? 0x8408 : 0));
	}
	octets_le(o, (uint16_t)~crc, 2);
}

void
build_dlms_wrap(
    struct octets *o, uint16_t from, uint16_t to, const struct octets *apdu)
{
	octets_be(o, 1, 2);
	octets_be(o, from, 2);
	octets_be(o, to, 2);
	octets_be(o, apdu->n, 2);
	octets_add(o, apdu);
}

void
build_dlms_hdlc(struct octets *o, bool to_server, uint8_t client,
    uint8_t server, uint8_t control, const void *information, size_t n)
{
	uint8_t a = (uint8_t)(client << 1 | 1), b = (uint8_t)(server << 1 | 1);
	size_t from;

	octets_u8(o, FLAG);
	from = o->n;
	/* all between the flags: format, addresses, control, two sums */
	octets_be(o, FORMAT | (7 + (n > 0 ? n + 2 : 0)), 2);
	octets_u8(o, to_server ? b : a);
	octets_u8(o, to_server ? a : b);
	octets_u8(o, control);
	add_fcs(o, from);
	if (n > 0) {
		octets_put(o, information, n);
		add_fcs(o, from);
	}
	octets_u8(o, FLAG);
}

/* An object identifier below 2.16.756.5.8, within a tag of its own or not. */
static void
oid(struct octets *o, uint8_t arc, uint8_t v)
{
	const uint8_t p[] = { 0x60, 0x85, 0x74, 0x05, 0x08, arc, v };

	octets_put(o, p, sizeof(p));
}

static void
add_context(struct octets *o, uint8_t context)
{
	octets_be(o, 0xa1090607, 4);
	oid(o, 1, context);
}

static void
add_title(struct octets *o, uint8_t tag, const uint8_t *title)
{
	if (title == NULL)
		return;
	octets_u8(o, tag);
	octets_be(o, 0x0a0400 | (BUILD_DLMS_TITLE & 0xff), 3);
	octets_put(o, title, BUILD_DLMS_TITLE);
}

/* Requirements, mechanism and value; AARQ and AARE differ in the tags. */
static void
add_authentication(struct octets *o, const struct build_dlms_acse *a,
    uint8_t requirements, uint8_t name, uint8_t value)
{
	size_t at;

	if (a->mechanism == BUILD_DLMS_NONE)
		return;
	octets_u8(o, requirements);
	octets_be(o, 0x020780, 3);
	octets_u8(o, name);
	octets_u8(o, 7);
	oid(o, 2, a->mechanism);
	if (a->secret == NULL)
		return;
	at = octets_open(o, value);
	octets_tlv(o, 0x80, a->secret, strlen(a->secret));
	octets_close(o, at);
}

static void
add_user(struct octets *o, const struct octets *user)
{
	size_t at = octets_open(o, 0xbe);

	octets_tlv(o, 0x04, user->p, user->n);
	octets_close(o, at);
}

void
build_dlms_aarq(struct octets *o, const struct build_dlms_acse *a)
{
	size_t at = octets_open(o, 0x60);

	add_context(o, a->context);
	add_title(o, 0xa6, a->title);
	add_authentication(o, a, 0x8a, 0x8b, 0xac);
	add_user(o, &a->user);
	octets_close(o, at);
}

void
build_dlms_aare(struct octets *o, const struct build_dlms_acse *a)
{
	size_t at = octets_open(o, 0x61);

	add_context(o, a->context);
	octets_be(o, 0xa203020100 | a->result, 5);
	octets_be(o, 0xa305a1030201, 6);
	octets_u8(o, a->diagnostic);
	add_title(o, 0xa4, a->title);
	add_authentication(o, a, 0x88, 0x89, 0xaa);
	add_user(o, &a->user);
	octets_close(o, at);
}

void
build_dlms_initiate_request(struct octets *o)
{
	/* no dedicated key, no quality of service, version 6 */
	octets_be(o, 0x01000000065f1f04, 8);
	octets_be(o, 0x00007e1f, 4); /* conformance */
	octets_be(o, 1200, 2);
}

void
build_dlms_initiate_response(struct octets *o)
{
	octets_be(o, 0x0800065f1f04, 6);
	octets_be(o, 0x0000501f, 4);
	octets_be(o, 1024, 2);
	octets_be(o, 0x0007, 2); /* referencing by logical name */
}

void
build_dlms_get(
    struct octets *o, uint8_t invoke_id, const struct build_dlms_object *what)
{
	octets_be(o, 0xc001, 2);
	octets_u8(o, 0xc0U | (invoke_id & 0x0f)); /* confirmed, urgent */
	octets_be(o, what->class, 2);
	octets_put(o, what->obis, sizeof(what->obis));
	octets_u8(o, what->attribute);
	octets_u8(o, 0); /* no selective access */
}

void
build_dlms_got(struct octets *o, uint8_t invoke_id)
{
	octets_be(o, 0xc401, 2);
	octets_u8(o, 0xc0U | (invoke_id & 0x0f));
	octets_u8(o, 0); /* data, not a result code */
}

void
build_dlms_ciphered(
    struct octets *o, uint8_t tag, uint32_t counter, struct prng *r, size_t n)
{
	size_t at = octets_open(o, tag);

	octets_u8(o, 0x30); /* suite 0, authenticated and encrypted */
	octets_be(o, counter, 4);
	octets_random(o, r, n + GMAC_TAG);
	octets_close(o, at);
}
