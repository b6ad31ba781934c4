/* SPDX-License-Identifier: Apache-2.0 */
/* Firmware images of the policy file. */
#include <config.h>

#include <errno.h>

#include "sensor/policy_read.h"

#define IMAGES_MAX 4096

/* Text, or octets behind 0x: identifiers are not always text. */
static int
take_identifier(struct policy_reader *r, const struct policy_field *f, void *to)
{
	static const char expected[] =
	    "an identifier, or 0x and its octets in hexadecimal";
	struct policy_image *m = to;
	struct bytes v;
	int rc = policy_read_text(r, expected, &v);

	(void)f;
	if (rc != 0)
		return rc;
	if (v.n >= 2 && memcmp(v.p, "0x", 2) == 0) {
		m->nidentifier = (uint8_t)policy_parse_hex(
		    (struct bytes){ v.p + 2, v.n - 2 }, m->identifier,
		    sizeof(m->identifier));
	} else if (v.n <= sizeof(m->identifier)) {
		m->nidentifier = (uint8_t)v.n;
		memcpy(m->identifier, v.p, v.n);
	}
	return m->nidentifier > 0 ? 0 : policy_read_wrong(r, "%s", expected);
}

static int
take_sha256(struct policy_reader *r, const struct policy_field *f, void *to)
{
	static const char expected[] = "64 hexadecimal digits";
	uint8_t *sha256 = to;
	struct bytes v;
	int rc = policy_read_text(r, expected, &v);

	(void)f;
	if (rc == 0 && policy_parse_hex(v, sha256, 32) != 32)
		return policy_read_wrong(r, "%s", expected);
	return rc;
}

static const struct policy_field fields[] = {
	{ .key = "identifier", .take = take_identifier, .needed = true },
	{ .key = "size",
	    .take = policy_take_u64,
	    .offset = offsetof(struct policy_image, size),
	    .least = 1,
	    .most = UINT32_MAX,
	    .there = POLICY_THERE(struct policy_image, has_size) },
	{ .key = "sha256",
	    .take = take_sha256,
	    .offset = offsetof(struct policy_image, sha256),
	    .there = POLICY_THERE(struct policy_image, has_sha256) },
	{ .key = NULL },
};

static int
add(struct policy_reader *r, void *to)
{
	struct policy *p = r->policy;
	struct policy_image m = { 0 }, *more;
	int rc = policy_read_map(r, fields, &m);

	(void)to;
	if (rc != 0)
		return rc;
	more = policy_room(p->images, p->nimages, sizeof(*more));
	if (more == NULL)
		return policy_read_memory(r);
	p->images = more;
	p->images[p->nimages++] = m;
	return 0;
}

int
policy_take_images(
    struct policy_reader *r, const struct policy_field *f, void *policy)
{
	(void)f;
	return policy_read_list(r, IMAGES_MAX, add, policy);
}
