/* SPDX-License-Identifier: Apache-2.0 */
/*
 * D-35 to D-39: keys, certificates, the security policy, secrets and who may
 * do what (classes 64, 15 and 12).
 */
#include <config.h>

#include "rules/dlms/commands.h"
#include "rules/full.h"
#include "rules/table.h"

#define POLICIES 1024 /* meters whose policy is remembered */

enum { KEYS, CERTIFICATES, POLICY, SECRET, ASSOCIATION };

struct level {
	struct dlms_meter_key key;
	uint8_t obis[6];
	bool known;
	uint8_t policy;
};

struct keys {
	struct table levels;
	struct table_slot slots[POLICIES];
	struct level level[POLICIES];
};

static const struct detection detections[] = {
	{ "D-35", "T0892", NULL },
	{ "D-36", "T0892", NULL },
	{ "D-37", "T0836", NULL },
	{ "D-38", "T0892", NULL },
	{ "D-39", "T0836", NULL },
	{ NULL, NULL, NULL },
};

/* What an answer to it means; short is its name in SN, with class 0. */
struct change {
	uint16_t class_id, name;
	uint8_t service, index, last; /* attributes or methods */
	uint8_t row;
	const struct event_def *done, *failed;
};

static const struct change changes[] = {
	{ CLASS_SECURITY, 0, DLMS_ACTION, 2, 3, KEYS, &EV_CRED_TRANSFER_SUCCESS,
	    &EV_CRED_TRANSFER_FAIL },
	{ CLASS_SECURITY, 0, DLMS_ACTION, 4, 8, CERTIFICATES,
	    &EV_CRED_TRANSFER_SUCCESS, &EV_CRED_TRANSFER_FAIL },
	{ CLASS_SECURITY, 0, DLMS_ACTION, 1, 1, POLICY, &EV_CONFIG_CHANGE,
	    NULL },
	{ CLASS_SECURITY, 0, DLMS_SET, 2, 3, POLICY, &EV_CONFIG_CHANGE, NULL },
	{ CLASS_ASSOCIATION, 0, DLMS_SET, 7, 7, SECRET, &EV_CRED_CHANGE_SUCCESS,
	    &EV_CRED_CHANGE_FAIL },
	{ CLASS_ASSOCIATION, 0, DLMS_ACTION, 2, 2, SECRET,
	    &EV_CRED_CHANGE_SUCCESS, &EV_CRED_CHANGE_FAIL },
	{ CLASS_SN_ASSOCIATION, 0, DLMS_ACTION, 5, 5, SECRET,
	    &EV_CRED_CHANGE_SUCCESS, &EV_CRED_CHANGE_FAIL },
	{ 0, 0xfa40, DLMS_SET, 0, 0, SECRET, &EV_CRED_CHANGE_SUCCESS,
	    &EV_CRED_CHANGE_FAIL },
	{ CLASS_ASSOCIATION, 0, DLMS_ACTION, 3, 4, ASSOCIATION,
	    &EV_CONFIG_CHANGE, NULL },
	{ CLASS_ASSOCIATION, 0, DLMS_ACTION, 5, 5, ASSOCIATION,
	    &EV_ACCOUNT_CREATION_SUCCESS, &EV_ACCOUNT_CREATION_FAIL },
	{ CLASS_ASSOCIATION, 0, DLMS_ACTION, 6, 6, ASSOCIATION,
	    &EV_ACCOUNT_DELETION_SUCCESS, &EV_ACCOUNT_DELETION_FAIL },
};

static void
keys_start(void *state, const struct setup *setup)
{
	struct keys *s = state;

	table_init(&s->levels, setup->key, s->slots, s->level, POLICIES,
	    sizeof(struct level), sizeof(struct dlms_meter_key));
}

static const struct change *
change_of(const struct dlms_request *q)
{
	for (size_t n = 0; n < sizeof(changes) / sizeof(*changes); n++) {
		const struct change *c = &changes[n];

		if (c->class_id == q->class_id && c->service == q->service &&
		    (c->class_id == 0
		            ? c->name == q->name
		            : q->index >= c->index && q->index <= c->last))
			return c;
	}
	return NULL;
}

static struct level *
level_of(struct keys *s, const struct dlms_view *v, const struct op *op,
    struct event_sink *out)
{
	struct dlms_meter_key key = dlms_meter_key(v);
	bool first = s->levels.evicted == 0, fresh;
	struct level *l = table_put(&s->levels, &key, &fresh);

	if (first && s->levels.evicted > 0)
		full_say(out, op, detections[POLICY].id, POLICIES);
	return l;
}

static bool
is_policy(uint16_t class_id, uint8_t service, int index)
{
	if (class_id != CLASS_SECURITY)
		return false;
	return service == DLMS_ACTION ? index == 1 : index == 2;
}

/*
 * Fewer bits than before, in the numbers of either version of the class; no
 * protection at all is suspicious even if nobody knows what was before.
 */
static void
policy_set(struct keys *s, const struct dlms_view *v, const struct op *op,
    const struct dlms_item *i, struct event_sink *out)
{
	struct level *l;
	struct event ev;
	int64_t to;

	if (!is_policy(i->class_id, i->service, i->index) ||
	    !dlms_integer(i->value, &to))
		return;
	l = level_of(s, v, op, out);
	if (l->known && memcmp(l->obis, i->obis.p, sizeof(l->obis)) != 0)
		l->known = false; /* another security setup of the meter */
	if (l->known ? (l->policy & ~to) == 0 : to != 0)
		return;
	ev = dlms_command_event(
	    v, op, &EV_DLMS_POLICY_WEAKENED, &detections[POLICY], i);
	if (l->known)
		event_add_u64(&ev, "before", l->policy);
	else
		ev.doubtful = true;
	event_add_u64(&ev, "policy", (uint64_t)to & 0xff);
	out->emit(out, &ev);
}

static void
requested(struct keys *s, const struct op *op, const struct dlms_view *v,
    struct event_sink *out)
{
	struct commands c = dlms_commands(op);
	struct dlms_item i;

	while (dlms_next_command(&c, &i)) {
		struct event ev;

		if (c.whole && i.service != DLMS_GET)
			policy_set(s, v, op, &i, out);
		if (!c.named || i.class_id != CLASS_SECURITY ||
		    i.service != DLMS_ACTION || i.index < 2 || i.index > 3 ||
		    dlms_may(v, RIGHT_KEYS) != DLMS_MAY_NOT)
			continue;
		ev = dlms_command_event(
		    v, op, &EV_UNAUTHORIZED_CONFIG_SRC, &detections[KEYS], &i);
		out->emit(out, &ev);
	}
}

static void
learn(struct keys *s, const struct op *op, const struct dlms_view *v,
    struct event_sink *out)
{
	const struct dlms_request *q = v->request;
	struct dlms_walk w;
	struct dlms_result r;
	struct level *l;
	uint32_t code;
	int64_t policy;

	if (!dlms_answers(v, op, CLASS_SECURITY, &code) || code != 0 ||
	    q->service != DLMS_GET || q->items != 1 || q->index != 2)
		return;
	w = dlms_results(v->apdu);
	if (!dlms_next_result(&w, &r) || !dlms_integer(r.value, &policy))
		return;
	l = level_of(s, v, op, out);
	memcpy(l->obis, q->obis, sizeof(l->obis));
	l->policy = (uint8_t)policy;
	l->known = true;
}

static void
answered(const struct op *op, const struct dlms_view *v, struct event_sink *out)
{
	const struct change *c;
	const struct event_def *def;
	struct event ev;
	uint32_t code;

	if (v->request == NULL || (c = change_of(v->request)) == NULL ||
	    !dlms_answers(v, op, c->class_id, &code))
		return;
	if (c->row == KEYS && code == 0)
		v->meter->key_s = (uint32_t)op->pdu->at.tv_sec;
	def = code == 0 ? c->done : c->failed;
	if (def == NULL)
		return;
	ev = dlms_answer_event(v, op, def, &detections[c->row]);
	event_add_u64(&ev, "result", code);
	out->emit(out, &ev);
}

/* Once, until they change. */
static void
judge_age(
    const struct op *op, const struct dlms_view *v, struct event_sink *out)
{
	const struct meter *m = v->meter;
	uint32_t now = (uint32_t)op->pdu->at.tv_sec;
	uint32_t since = m->key_s != 0 ? m->key_s : m->first_s;
	struct event ev;

	if (now < since ||
	    now - since <= v->group->key_days * UINT64_C(86400)) {
		v->meter->flags &= (uint8_t)~METER_OLD_KEY;
		return;
	}
	if ((m->flags & METER_OLD_KEY) != 0)
		return;
	v->meter->flags |= METER_OLD_KEY;
	ev = meters_event(v, op, &EV_DLMS_KEY_AGE, detections[KEYS].id);
	ev.attack = detections[KEYS].attack;
	event_add_u64(&ev, "days", (now - since) / 86400);
	event_add_u64(&ev, "key_days", v->group->key_days);
	event_add_text(&ev, "change_seen", m->key_s != 0 ? "true" : "false");
	out->emit(out, &ev);
}

static void
keys_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	const struct dlms_view *v = dlms_view(known);

	if (v == NULL || v->meter == NULL)
		return;
	if (op->from == OP_FROM_CLIENT) {
		requested(state, op, v, out);
	} else {
		if (v->group->key_days != 0 &&
		    v->counter.verdict != COUNTER_NONE)
			judge_age(op, v, out);
		learn(state, op, v, out);
		answered(op, v, out);
	}
}

static size_t
keys_kept(void *state, struct kept_part to[KEPT_MOST])
{
	struct keys *s = state;

	to[0] = kept_table("dlms.policies", 1, &s->levels);
	return 1;
}

const struct detector dlms_keys_detector = {
	.detections = detections,
	.protocol = "dlms",
	.kinds = DETECTOR_ON(OP_READ) | DETECTOR_ON(OP_WRITE) |
	         DETECTOR_ON(OP_KEY) | DETECTOR_ON(OP_OTHER),
	.world = &dlms_world,
	.about = DLMS_ABOUT_MORE,
	.state_size = sizeof(struct keys),
	.start = keys_start,
	.on_op = keys_on_op,
	.kept = keys_kept,
};
