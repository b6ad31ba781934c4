/* SPDX-License-Identifier: Apache-2.0 */
/*
 * L-15 what IEC 62351-3 does not allow of a certificate, L-16 one that expires
 * soon, L-17 another one than before.  Seen in TLS 1.2 and before only.  Who
 * signed it and whether it was revoked is not looked at.
 */
#include <config.h>

#include <string.h>

#include "dissectors/tls/x509.h"
#include "rules/full.h"
#include "rules/table.h"
#include "rules/tls/world.h"

#define HOLDERS 16384
#define CHAIN 8          /* certificates behind the first that are looked at */
#define SIZE_MAX_OF 8192 /* octets of a certificate (IEC 62351-3) */
#define DAY_S 86400
#define LIFE 80 /* per cent, after which a renewal is planned */

struct holder {
	uint8_t ip[16];
	uint16_t port; /* 0: a client */
	uint16_t zero[3];
	uint64_t print; /* keyed hash of its certificate; 0: none yet */
	int64_t from, to;
	int64_t judged_s;
};

struct certificate {
	uint32_t short_allowed, days;
	uint8_t key[SIPHASH_KEY];
	struct table table;
	bool said_full;
	struct table_slot slots[HOLDERS];
	struct holder holders[HOLDERS];
};

/* What an event of a certificate is made of. */
struct seen {
	const struct op *op;
	const struct tls_view *v;
	const struct x509 *x;
	struct event_sink *out;
};

static void
certificate_start(void *state, const struct setup *setup)
{
	struct certificate *c = state;

	memcpy(c->key, setup->key, sizeof(c->key));
	table_init(&c->table, setup->key, c->slots, c->holders, HOLDERS,
	    sizeof(struct holder), offsetof(struct holder, print));
}

static struct event
about(const struct seen *s, const struct event_def *def, const char *det)
{
	struct event ev = tls_say(s->op, s->v, def, det);
	struct event_str who = event_address(&s->op->pdu->src);

	ev.subject = who;
	event_add_text(&ev, "of", s->v->from_client ? "client" : "server");
	if (s->x != NULL && s->x->name.n > 0)
		event_add(&ev, "common_name", s->x->name);
	return ev;
}

static void
say(const struct seen *s, const struct event_def *def, const char *name,
    uint64_t value)
{
	struct event ev = about(s, def, "L-15");

	event_add_u64(&ev, name, value);
	s->out->emit(s->out, &ev);
}

static void
judge_time(const struct seen *s, uint32_t days)
{
	int64_t now = s->op->pdu->at.tv_sec;
	struct event ev;

	if (now > s->x->to) {
		say(s, &EV_TLS_CERT_EXP, "days_ago",
		    (uint64_t)(now - s->x->to) / DAY_S);
	} else if (now < s->x->from) {
		say(s, &EV_CERT_V_PK_EARLY, "days_ahead",
		    (uint64_t)(s->x->from - now) / DAY_S);
	} else if (s->x->to - now < (int64_t)days * DAY_S) {
		ev = about(s, &EV_TLS_CERT_EXPIRING, "L-16");
		event_add_u64(
		    &ev, "days_left", (uint64_t)(s->x->to - now) / DAY_S);
		s->out->emit(s->out, &ev);
	}
}

static void
judge_key(const struct seen *s, bool short_allowed)
{
	const struct event_def *def = &EV_TLS_SHORT_RSA_KEY;

	if (s->x->key != X509_RSA || s->x->bits >= 2048)
		return;
	if (s->x->bits < 1024)
		def = &EV_TLS_SHORT_KEY;
	else if (short_allowed)
		def = &EV_TLS_MIN_KEY;
	say(s, def, "bits", s->x->bits);
}

static bool
is_own(const struct x509 *x)
{
	return x->issuer.n == x->subject.n &&
	       memcmp(x->issuer.p, x->subject.p, x->issuer.n) == 0;
}

/*
 * The hash that a certificate was signed with; the signature of a root, which
 * nobody needs, does not count behind the first.
 */
static void
judge_hashes(const struct seen *s)
{
	struct bytes chain = s->v->message->certificates.chain;
	struct reader r = rd_over(chain.p, chain.n, chain.n);
	enum x509_hash worst = s->x->hash;
	struct event ev;

	for (int i = 0; i < CHAIN && chain.n > 0 && rd_left(&r) > 3; i++) {
		uint32_t high = rd_u8(&r);
		struct bytes der = rd_bytes(&r, high << 16 | rd_u16be(&r));
		struct x509 x;

		if (der.n == 0 || x509_read(der, &x) != RD_OK)
			break;
		if (!is_own(&x) && x.hash != X509_UNSEEN && x.hash < worst)
			worst = x.hash;
	}
	if (worst != X509_MD5 && worst != X509_SHA1)
		return;
	ev = about(s, &EV_TLS_DEP_HASH, "L-15");
	event_add_text(&ev, "hash", worst == X509_SHA1 ? "SHA-1" : "MD5");
	s->out->emit(s->out, &ev);
}

/* Another one in the first four fifths of the life of the one before. */
static void
judge_change(const struct seen *s, const struct holder *h, uint64_t print)
{
	int64_t now = s->op->pdu->at.tv_sec;
	struct event ev;

	if (h->print == 0 || h->print == print || h->port == 0 ||
	    h->to <= h->from || now >= h->from + (h->to - h->from) / 100 * LIFE)
		return;
	ev = about(s, &EV_TLS_CERT_CHANGED, "L-17");
	event_add_u64(&ev, "days_left_of_old",
	    h->to > now ? (uint64_t)(h->to - now) / DAY_S : 0);
	s->out->emit(s->out, &ev);
}

static struct holder *
find_holder(struct certificate *c, const struct seen *s)
{
	const struct endpoint *src = &s->op->pdu->src;
	struct holder key = { .port = s->v->from_client ? 0 : src->port };
	struct holder *h;
	bool fresh;

	memcpy(key.ip, src->ip, sizeof(key.ip));
	h = table_put(&c->table, &key, &fresh);
	if (c->table.evicted > 0 && !c->said_full) {
		c->said_full = true;
		full_say(s->out, s->op, "L-17", HOLDERS);
	}
	return h;
}

/* Each once a day, and when it is another. */
static void
judge(struct certificate *c, struct seen *s)
{
	const struct tls_certificates *list = &s->v->message->certificates;
	uint64_t print = siphash(c->key, list->leaf.p, list->leaf.n) | 1;
	struct holder *h = find_holder(c, s);
	int64_t now = s->op->pdu->at.tv_sec;

	if (h->print == print && now - h->judged_s < DAY_S &&
	    now >= h->judged_s)
		return;
	judge_change(s, h, print);
	h->print = print;
	h->from = s->x->from;
	h->to = s->x->to;
	h->judged_s = now;
	judge_time(s, c->days);
	judge_key(s, c->short_allowed != 0);
	judge_hashes(s);
	if (list->first > SIZE_MAX_OF)
		say(s, &EV_TLS_CERT_SIZE_MISMATCH, "octets", list->first);
}

static void
certificate_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	const struct tls_view *v = known;
	struct x509 x;
	struct seen s = { op, v, &x, out };

	if (v->message->what != TLS_CERTIFICATES ||
	    v->message->certificates.leaf.n == 0 ||
	    x509_read(v->message->certificates.leaf, &x) != RD_OK)
		return;
	judge(state, &s);
}

static const struct parameter l15[] = {
	{ "rsa_1024_allowed", offsetof(struct certificate, short_allowed), 0, 0,
	    1 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct parameter l16[] = {
	{ "days", offsetof(struct certificate, days), 30, 0, 3650 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct detection detections[] = {
	{ "L-15", "T0830", l15 },
	{ "L-16", NULL, l16 },
	{ "L-17", "T0830", NULL },
	{ NULL, NULL, NULL },
};

static size_t
certificate_kept(void *state, struct kept_part to[KEPT_MOST])
{
	struct certificate *c = state;

	to[0] = kept_table("tls.holders", 1, &c->table);
	return 1;
}

const struct detector tls_certificate_detector = {
	.detections = detections,
	.protocol = TLS_PROTOCOL,
	.kinds = DETECTOR_ON(OP_ASSOCIATE),
	.world = &tls_world,
	.on_view = true,
	.state_size = sizeof(struct certificate),
	.start = certificate_start,
	.on_op = certificate_on_op,
	.kept = certificate_kept,
};
