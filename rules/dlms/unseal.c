/* SPDX-License-Identifier: Apache-2.0 */
/* The way of an op through its keys; see unseal.h. */
#include <config.h>

#include <openssl/crypto.h>

#include "rules/dlms/unseal_parts.h"

#define DAY_S 86400
#define KEY_ID_BROADCAST 1 /* of general-ciphering's identified keys */

/* --- Whose APDU it is --- */

static struct known *
known_of(struct unseal *u, const uint8_t title[METER_TITLE])
{
	bool fresh;
	struct known *k = table_put(&u->known, title, &fresh);

	if (fresh) {
		k->set = keyring_find(u->ring, title);
		if (k->set == KEYRING_NONE)
			k->set = keyring_any(u->ring);
	}
	return k;
}

static struct pledge *
pledge_of(struct unseal *u, const struct meters_parties *p, bool make)
{
	bool fresh, first = u->pledges.evicted == 0;
	struct pledge *l;

	if (!make)
		return table_find(&u->pledges, &p->key);
	l = table_put(&u->pledges, &p->key, &fresh);
	if (first && u->pledges.evicted > 0)
		u->note.full = PLEDGES;
	return l;
}

/* An association begins: what was secret of the one before is gone. */
static struct pledge *
begin(
    struct unseal *u, const struct meters_parties *p, const struct dlms_apdu *a)
{
	struct pledge *l;

	/* in clear, and without keys in its log-in: there is nothing */
	if (a->acse.context.v < 3 && a->acse.mechanism.v != 5)
		return NULL;
	l = pledge_of(u, p, true);
	OPENSSL_cleanse(
	    (uint8_t *)l + sizeof(l->key), sizeof(*l) - sizeof(l->key));
	return l;
}

static void
set_iv(struct job *j)
{
	memcpy(j->iv, j->p->origin, METER_TITLE);
	for (int i = 0; i < 4; i++)
		j->iv[METER_TITLE + i] = (uint8_t)(j->c->ic >> (24 - 8 * i));
}

/* --- The key --- */

static bool
is_dedicated(const struct dlms_apdu *a)
{
	uint8_t tag =
	    a->acse.user_tag.there ? (uint8_t)a->acse.user_tag.v : a->tag;

	return tag == DLMS_GENERAL_DED || (tag >= 0x41 && tag <= 0x58) ||
	       (tag >= 0xd0 && tag <= 0xd7);
}

/* The key came along, wrapped by the master key. */
static enum cipher_result
wrapped(struct unseal *u, struct job *j)
{
	uint8_t key[KEYRING_KEY];
	enum cipher_result r = CIPHER_WRONG;
	uint32_t set = j->known != NULL ? j->known->set : KEYRING_NONE;
	uint32_t m = set != KEYRING_NONE
	                 ? keyring_set(u->ring, set)->first[KEYRING_MASTER]
	                 : KEYRING_NONE;

	for (; m != KEYRING_NONE && r == CIPHER_WRONG;
	     m = keyring_key(u->ring, m)->next) {
		const struct keyring_key *k = keyring_key(u->ring, m);
		size_t n = cipher_unwrap(u->ciphers,
		    (struct bytes){ k->octets, k->n }, j->c->key_data, key);

		if (n > 0)
			r = try_key(u, j, 0, (struct bytes){ key, n });
	}
	OPENSSL_cleanse(key, sizeof(key));
	return r;
}

static enum cipher_result
by_key(struct unseal *u, struct job *j)
{
	struct pledge *l = j->pledge;

	if (is_dedicated(j->a)) {
		j->key = "ded";
		if (l == NULL || l->ded_n == 0)
			return CIPHER_WRONG;
		return try_key(
		    u, j, l->ded_id, (struct bytes){ l->ded, l->ded_n });
	}
	if (j->c->key_info >= DLMS_KEY_WRAPPED) {
		j->key = "general";
		return j->c->key_info == DLMS_KEY_WRAPPED ? wrapped(u, j)
		                                          : CIPHER_WRONG;
	}
	j->broadcast = (j->c->sc & DLMS_SC_BROADCAST) != 0 ||
	               (j->c->key_info == DLMS_KEY_IDENTIFIED &&
	                   j->c->key_id == KEY_ID_BROADCAST);
	j->key = j->broadcast ? "glo-broadcast" : "glo-unicast";
	if (j->known != NULL) {
		enum cipher_result r = try_meter(u, j);

		if (r != CIPHER_WRONG || j->p->has_meter)
			return r;
		j->known = NULL; /* the guess was wrong */
	}
	return try_all(u, j);
}

/* --- What comes of it --- */

static enum unseal_verdict
verdict_of(struct job *j, enum cipher_result r)
{
	uint8_t right = j->broadcast ? KNOWN_RIGHT_ALL : KNOWN_RIGHT;
	uint8_t stale = j->broadcast ? KNOWN_STALE_ALL : KNOWN_STALE;
	struct known *k = j->known;

	if (r == CIPHER_RIGHT || r == CIPHER_UNCHECKED) {
		if (k != NULL) {
			k->flags |= right;
			k->flags &= (uint8_t)~stale;
		}
		return r == CIPHER_RIGHT ? UNSEAL_RIGHT : UNSEAL_UNCHECKED;
	}
	/* a guess who the meter is may be wrong, and nothing else with it */
	if (r == CIPHER_FAILED || !j->had_key || k == NULL ||
	    !j->p->has_meter || j->a->hdlc.repeated)
		return UNSEAL_NOT;
	if ((k->flags & right) != 0)
		return j->checked ? UNSEAL_FALSE : UNSEAL_NOT;
	if ((k->flags & stale) != 0)
		return UNSEAL_STILL;
	k->flags |= stale;
	return UNSEAL_STALE;
}

/* D-30: once a day an APDU of each meter, and whatever key was right. */
static void
look_published(struct unseal *u, struct job *j, bool open)
{
	struct known *k = j->known;
	time_t s = j->op->pdu->at.tv_sec;
	uint32_t day = (uint32_t)(s / DAY_S) + 1;
	bool found;

	if (k == NULL || k->day == day || (k->flags & KNOWN_PUBLISHED) != 0 ||
	    !j->p->has_meter || j->broadcast || is_dedicated(j->a) ||
	    j->c->key_info >= DLMS_KEY_WRAPPED)
		return;
	k->day = day;
	if (open && j->enc != KEYRING_NONE) {
		const struct keyring_key *e = keyring_key(u->ring, j->enc);

		found = published_key((struct bytes){ e->octets, e->n });
	} else {
		found = !open && published_opens(u, j);
	}
	if (!found)
		return;
	k->flags |= KNOWN_PUBLISHED;
	u->note.published = true;
}

static const struct dlms_apdu *
within(const struct dlms_apdu *a)
{
	return a->inner != NULL ? a->inner : a;
}

/* The dedicated key, in what was just opened or is authenticated. */
static void
learn_dedicated(
    struct unseal *u, const struct dlms_apdu *a, const struct meters_parties *p)
{
	struct bytes key;
	struct pledge *l;

	if (a->tag != DLMS_AARQ)
		return;
	key = within(a)->initiate.dedicated_key;
	if (key.n != 16 && key.n != KEYRING_KEY)
		return;
	l = pledge_of(u, p, true);
	l->ded_n = (uint8_t)key.n;
	l->ded_id = UINT64_C(1) << 63 | ++u->ids; /* none of the ring has */
	memcpy(l->ded, key.p, key.n);
}

/* --- An op --- */

struct opening {
	struct op_sink sink;
	struct unseal *u;
	const struct op *outer;
	struct op_sink *next;
	const struct meters_parties *p;
	struct unseal_note note; /* of the outer one, said behind the inner */
};

static void
finish(struct unseal *u, const struct op *op, const struct meters_parties *p,
    const struct unseal_note *note, struct op_sink *next)
{
	learn_dedicated(u, op->msg, p);
	u->note = *note;
	next->emit(next, op);
}

/* An op from within; the last of them has the outer one behind it. */
static void
inner(struct op_sink *sink, const struct op *op)
{
	struct opening *o = (struct opening *)(void *)sink;

	unseal_op(o->u, op, o->u->flow_id, o->next);
	if (op->outer != o->outer)
		return;
	dlms_within(o->outer, op->msg);
	finish(o->u, o->outer, o->p, &o->note, o->next);
}

static unsigned
depth_of(const struct op *op)
{
	unsigned n = 0;

	while ((op = op->outer) != NULL)
		n++;
	return n;
}

static enum cipher_result
open_job(struct unseal *u, struct job *j)
{
	if (!j->p->has_origin || j->c->text.n > PLAIN_MAX)
		return CIPHER_FAILED;
	set_iv(j);
	return by_key(u, j);
}

/* What was opened is read: its ops come first. */
static void
read_within(struct unseal *u, struct job *j, struct op_sink *next)
{
	struct opening o = { .sink.emit = inner,
		.u = u,
		.outer = j->op,
		.next = next,
		.p = j->p,
		.note = u->note };
	size_t n = j->c->text.n;
	struct ctx ctx = { .pdu = j->op->pdu,
		.pool = u->pool,
		/* leases of its own: what is around it is put together, too */
		.flow_id = u->flow_id ^ (uint64_t)(depth_of(j->op) + 1) << 62 };

	dlms_apdu(rd_over(j->to, n, n), &ctx, j->op, &o.sink);
	OPENSSL_cleanse(j->to, n);
}

/* In clear, or from within: what has to do with keys. */
static void
look_within(struct unseal *u, struct job *j)
{
	enum cipher_result r;

	if (j->a->tag != DLMS_ACTION_REQUEST &&
	    j->a->tag != DLMS_ACTION_RESPONSE)
		return;
	r = hls_answer(u, j);
	if (r == CIPHER_RIGHT || r == CIPHER_WRONG) {
		u->note.hls = true;
		u->note.verdict = verdict_of(j, r);
	}
	if (j->a->tag == DLMS_ACTION_REQUEST)
		transfer_asked(u, j);
	else
		transfer_answered(u, j);
}

static bool
is_protected(const struct dlms_apdu *a)
{
	return a->cipher.there && (a->cipher.sc & (DLMS_SC_AUTHENTICATED |
	                                              DLMS_SC_ENCRYPTED)) != 0;
}

/* What is in clear the dissector has read, but for a log-in's. */
static bool
is_to_read(const struct dlms_apdu *a)
{
	if ((a->cipher.sc & DLMS_SC_COMPRESSED) != 0 || a->cipher.text.n == 0)
		return false;
	return (a->cipher.sc & DLMS_SC_ENCRYPTED) != 0 || a->tag == DLMS_AARQ ||
	       a->tag == DLMS_AARE;
}

static void
unseal_known(struct unseal *u, struct job *j, struct op_sink *next)
{
	const struct dlms_apdu *a = j->a;
	struct unseal_note note;
	enum cipher_result r;
	bool open;

	if (!is_protected(a)) {
		look_within(u, j);
		u->note.key = j->key;
		note = u->note;
		finish(u, j->op, j->p, &note, next);
		return;
	}
	r = open_job(u, j);
	open = r == CIPHER_RIGHT || r == CIPHER_UNCHECKED;
	u->note.verdict = verdict_of(j, r);
	unseal_count(&u->counts, u->note.verdict);
	u->note.key = j->key;
	if (r != CIPHER_FAILED)
		look_published(u, j, open);
	if (open && is_to_read(a)) {
		if ((a->cipher.sc & DLMS_SC_ENCRYPTED) == 0)
			memcpy(j->to, a->cipher.text.p, a->cipher.text.n);
		read_within(u, j, next);
		return;
	}
	note = u->note;
	finish(u, j->op, j->p, &note, next);
}

/* Whether a key has to do with it: most of what is in clear has not. */
static bool
is_about_keys(const struct dlms_apdu *a)
{
	return is_protected(a) || a->tag == DLMS_AARQ || a->tag == DLMS_AARE ||
	       a->tag == DLMS_ACTION_REQUEST || a->tag == DLMS_ACTION_RESPONSE;
}

/* Nobody asks for it when the meter's own key is all that it takes. */
static struct pledge *
find_pledge(
    struct unseal *u, const struct meters_parties *p, const struct dlms_apdu *a)
{
	if (a->tag == DLMS_AARQ)
		return begin(u, p, a);
	if (p->has_meter && is_protected(a) && a->tag != DLMS_AARE &&
	    !is_dedicated(a))
		return NULL;
	return pledge_of(u, p, false);
}

void
unseal_op(struct unseal *u, const struct op *op, uint64_t flow_id,
    struct op_sink *next)
{
	const struct dlms_apdu *a = op->msg;
	unsigned depth = depth_of(op);
	struct meters_parties p;
	struct job j = { .op = op,
		.a = a,
		.c = &a->cipher,
		.p = &p,
		.enc = KEYRING_NONE,
		.auth = KEYRING_NONE,
		.key = "glo-unicast" };

	u->note = (struct unseal_note){ .msg = op->msg };
	u->flow_id = flow_id;
	if (u->world == NULL || !a->there || !is_about_keys(a) ||
	    op->kind == OP_FLAW || depth > UNSEAL_LEVELS ||
	    !meters_parties(u->world, op, &p)) {
		next->emit(next, op);
		return;
	}
	j.to = u->plain[depth];
	j.pledge = find_pledge(u, &p, a);
	if (j.pledge != NULL && (a->tag == DLMS_AARQ || a->tag == DLMS_AARE))
		hls_challenge(j.pledge, a);
	if (p.has_meter || p.guessed)
		j.known = known_of(u, p.meter);
	unseal_known(u, &j, next);
}
