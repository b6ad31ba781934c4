/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mechanism 5 of HLS (IEC 62056-5-3, 5.7): each side answers the other's
 * challenge by SC, counter and the GMAC over it.
 */
#include <config.h>

#include "rules/dlms/unseal_parts.h"

#define GMAC 5
#define ANSWER 17 /* octets: SC, counter, tag */
#define ASSOCIATION_LN 15
#define REPLY 1

static uint8_t
keep(uint8_t to[CHALLENGE_MAX], struct bytes challenge)
{
	if (challenge.n == 0 || challenge.n > CHALLENGE_MAX)
		return 0;
	memcpy(to, challenge.p, challenge.n);
	return (uint8_t)challenge.n;
}

void
hls_challenge(struct pledge *l, const struct dlms_apdu *a)
{
	if (a->tag == DLMS_AARE)
		l->ns = keep(l->s, a->acse.authentication);
	else if (a->acse.mechanism.v == GMAC)
		l->nc = keep(l->c, a->acse.authentication);
}

/* What the client sends; n is 0 when it is another request. */
static struct bytes
asked(const struct dlms_apdu *a)
{
	struct dlms_walk w = dlms_items(a);
	struct bytes none = { NULL, 0 };
	struct dlms_item i;

	if (!dlms_next_item(&w, &i) || i.class_id != ASSOCIATION_LN ||
	    i.index != REPLY || i.service != DLMS_ACTION)
		return none;
	return dlms_string(i.value);
}

static struct bytes
answered(const struct dlms_apdu *a)
{
	struct dlms_walk w = dlms_results(a);
	struct bytes none = { NULL, 0 };
	struct dlms_result r;

	return dlms_next_result(&w, &r) ? dlms_string(r.value) : none;
}

/* By the challenge that it answers. */
static enum cipher_result
verify(struct unseal *u, struct job *j, struct bytes answer,
    struct bytes challenge)
{
	const uint8_t *p = answer.p;
	struct dlms_cipher c = { .there = true,
		.sc = p[0],
		.ic = (uint32_t)p[1] << 24 | (uint32_t)p[2] << 16 |
		      (uint32_t)p[3] << 8 | p[4],
		.text = challenge,
		.tag = { p + 5, ANSWER - 5 } };
	struct job one = *j;
	enum cipher_result r;

	if ((c.sc & (DLMS_SC_AUTHENTICATED | DLMS_SC_ENCRYPTED)) !=
	    DLMS_SC_AUTHENTICATED)
		return CIPHER_UNCHECKED;
	one.c = &c;
	memcpy(one.iv, j->p->origin, METER_TITLE);
	memcpy(one.iv + METER_TITLE, p + 1, 4);
	r = try_meter(u, &one);
	j->had_key = one.had_key;
	j->checked = one.checked;
	return r;
}

enum cipher_result
hls_answer(struct unseal *u, struct job *j)
{
	struct pledge *l = j->pledge;
	bool client = j->a->tag == DLMS_ACTION_REQUEST;
	struct bytes answer, challenge;

	if (l == NULL || l->nc == 0 || l->ns == 0 || j->known == NULL ||
	    !j->p->has_origin || (!client && !l->asked))
		return CIPHER_UNCHECKED;
	answer = client ? asked(j->a) : answered(j->a);
	challenge = client ? (struct bytes){ l->s, l->ns }
	                   : (struct bytes){ l->c, l->nc };
	l->asked = client && answer.n > 0;
	if (answer.n != ANSWER)
		return CIPHER_UNCHECKED;
	return verify(u, j, answer, challenge);
}
