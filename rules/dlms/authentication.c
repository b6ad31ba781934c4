/* SPDX-License-Identifier: Apache-2.0 */
/* D-01 to D-04: associations that are opened with too little. */
#include <config.h>

#include "rules/dlms/commands.h"
#include "rules/dlms/say.h"
#include "rules/full.h"
#include "rules/rate.h"
#include "rules/table.h"

#define PASSWORDS 1024 /* that are followed */
#define LOGINS 1024    /* of which the answer is awaited */
#define NO_AUTH_ATTACK "T0848,T0859"
#define CLEAR_ATTACK "T0842,T0859"
#define SHARED_ATTACK "T0812,T0891"
#define WEAK_ATTACK "T0859"

enum { NONE = 0, LLS = 1 };

/* Published presets: what meters leave the factory with. */
static const char *const presets[] = { "00000000", "11111111", "12345678",
	"87654321", "123456", "00000001", "0000000000000000",
	"1234567890123456", "1111111111111111", "ABCD0001", "AAAAAAAA",
	"abcdefgh", "password", "lnt1", "1A2B3C4D" };

/* Only its keyed hash is kept, and who accepted it. */
struct password {
	uint64_t hash;
	uint32_t meters, said; /* how many; at how many it was said */
	uint32_t meter[RATE_MOST];
};

/* A log-in that was not answered yet. */
struct login {
	uint32_t number; /* of the session */
	bool preset;
	uint64_t hash;
};

struct authentication {
	uint32_t public_sap, n;
	uint8_t key[SIPHASH_KEY];
	struct table table;
	struct table_slot slots[PASSWORDS];
	struct password password[PASSWORDS];
	struct login login[LOGINS];
};

static void
start(void *state, const struct setup *s)
{
	struct authentication *t = state;

	memcpy(t->key, s->key, sizeof(t->key));
	table_init(&t->table, s->key, t->slots, t->password, PASSWORDS,
	    sizeof(t->password[0]), sizeof(t->password[0].hash));
}

static bool
preset(struct bytes b)
{
	for (size_t i = 0; i < sizeof(presets) / sizeof(presets[0]); i++)
		if (b.n == strlen(presets[i]) &&
		    memcmp(b.p, presets[i], b.n) == 0)
			return true;
	return false;
}

static void
asked(struct authentication *t, const struct dlms_view *v, const struct op *op,
    struct event_sink *out)
{
	const struct dlms_acse *acse = &v->apdu->acse;
	struct bytes b = acse->authentication;
	struct login *l;
	struct event ev;

	if (acse->mechanism.v != LLS || b.n == 0)
		return;
	if (v->session != NULL) {
		l = &t->login[v->session->number % LOGINS];
		l->number = v->session->number;
		l->hash = siphash(t->key, b.p, b.n);
		l->preset = preset(b);
	}
	if (!dlms_say_once(v->assoc, DLMS_SAID_CLEAR))
		return;
	ev = dlms_say(v, op, &EV_DLMS_CRED_CLEARTEXT, "D-02", CLEAR_ATTACK);
	dlms_say_saps(&ev, v->apdu);
	event_add_u64(&ev, "mechanism", LLS);
	out->emit(out, &ev);
}

/* Whether the password is another meter's, too, and that is news. */
static bool
shared(struct authentication *t, const struct dlms_view *v, struct password *p)
{
	struct dlms_meter_key who = dlms_meter_key(v);
	uint32_t id = (uint32_t)siphash(t->key, (uint8_t *)&who, sizeof(who));
	uint32_t i = 0, kept;

	kept = p->meters < RATE_MOST ? p->meters : RATE_MOST;
	while (i < kept && p->meter[i] != id)
		i++;
	if (i == kept)
		p->meter[p->meters++ % RATE_MOST] = id;
	if (p->meters < t->n || p->said != 0)
		return false;
	p->said = p->meters;
	return true;
}

static void
accepted_password(struct authentication *t, const struct dlms_view *v,
    const struct op *op, struct event_sink *out)
{
	struct login *l = &t->login[v->session->number % LOGINS];
	bool fresh, full = t->table.evicted != 0, news;
	struct password *p;
	struct event ev;

	if (l->number != v->session->number || l->hash == 0)
		return;
	p = table_put(&t->table, &l->hash, &fresh);
	if (!full && t->table.evicted != 0)
		full_say(out, op, "D-03", PASSWORDS);
	news = shared(t, v, p);
	if (l->preset && dlms_say_once(v->assoc, DLMS_SAID_DEFAULT))
		news = true;
	if (!news)
		return;
	ev = dlms_say(v, op, &EV_DLMS_CRED_SHARED, "D-03", SHARED_ATTACK);
	dlms_say_saps(&ev, v->apdu);
	event_add_u64(&ev, "meters", p->meters);
	event_add_text(&ev, "default", l->preset ? "true" : "false");
	out->emit(out, &ev);
}

static void
accepted(struct authentication *t, const struct dlms_view *v,
    const struct op *op, struct event_sink *out)
{
	const struct session *s = v->session;
	struct event ev;

	if (s->mechanism == NONE) {
		if (v->apdu->client_sap == t->public_sap ||
		    !dlms_say_once(v->assoc, DLMS_SAID_NO_AUTH))
			return;
		ev = dlms_say(
		    v, op, &EV_DLMS_ASSOC_NO_AUTH, "D-01", NO_AUTH_ATTACK);
	} else if (s->mechanism == LLS) {
		accepted_password(t, v, op, out);
		return;
	} else {
		if (s->mechanism >= v->group->min_mechanism ||
		    !dlms_say_once(v->assoc, DLMS_SAID_WEAK))
			return;
		ev = dlms_say(
		    v, op, &EV_DLMS_WEAK_MECHANISM, "D-04", WEAK_ATTACK);
	}
	dlms_say_saps(&ev, v->apdu);
	event_add_u64(&ev, "mechanism", s->mechanism);
	if (s->mechanism != NONE)
		event_add_u64(&ev, "min_mechanism", v->group->min_mechanism);
	out->emit(out, &ev);
}

static void
on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	const struct dlms_view *v = dlms_view(known);

	if (v == NULL || !v->apdu->there || v->apdu->hdlc.repeated)
		return;
	if (v->apdu->tag == DLMS_AARQ)
		asked(state, v, op, out);
	/* what was asked for is only known when it was seen */
	else if (v->apdu->tag == DLMS_AARE && op->result == OP_ACCEPTED &&
	         v->session != NULL && v->session->asked_frame != 0 &&
	         v->session->state != SESSION_LOST)
		accepted(state, v, op, out);
}

static const struct parameter no_auth[] = {
	{ "allow_public_sap", offsetof(struct authentication, public_sap), 16,
	    0, 65535 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct parameter sharing[] = {
	{ "n", offsetof(struct authentication, n), 2, 2, RATE_MOST },
	{ NULL, 0, 0, 0, 0 },
};

static const struct detection detections[] = {
	{ "D-01", NO_AUTH_ATTACK, no_auth },
	{ "D-02", CLEAR_ATTACK, NULL },
	{ "D-03", SHARED_ATTACK, sharing },
	{ "D-04", WEAK_ATTACK, NULL },
	{ NULL, NULL, NULL },
};

static size_t
authentication_kept(void *state, struct kept_part to[KEPT_MOST])
{
	struct authentication *s = state;

	to[0] = kept_table("dlms.passwords", 1, &s->table);
	to[1] =
	    kept_array("dlms.logins", 1, s->login, sizeof(s->login[0]), LOGINS);
	return 2;
}

const struct detector dlms_authentication_detector = {
	.detections = detections,
	.protocol = "dlms",
	.kinds = DETECTOR_ON(OP_ASSOCIATE),
	.world = &dlms_world,
	.state_size = sizeof(struct authentication),
	.start = start,
	.on_op = on_op,
	.kept = authentication_kept,
};
