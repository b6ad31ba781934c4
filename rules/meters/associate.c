/* SPDX-License-Identifier: Apache-2.0 */
/* How far an association is (IEC 62056-5-3, 6.2, 7.2 and 9.3). */
#include <config.h>

#include "rules/meters/state.h"

#define PENDING_HLS 14 /* the diagnostic of pass 2 */
#define HLS 2          /* of the mechanisms, with all above */
#define KEY_TRANSFER 2 /* methods of security-setup and image-transfer */
#define KEY_AGREEMENT 3
#define IMAGE_ACTIVATE 4

struct meter_assoc *
associate_of(struct meters *m, const struct session *s, bool make)
{
	uint32_t i = m->meters[s->meter].assocs;
	struct meter_assoc *a;

	for (; i != NONE; i = m->assocs[i].next)
		if (m->assocs[i].client_sap == s->key.client_sap &&
		    m->assocs[i].server_sap == s->key.server_sap)
			return &m->assocs[i];
	a = make ? slots_assoc(m, s->meter) : NULL;
	if (a == NULL)
		return NULL;
	a->client_sap = s->key.client_sap;
	a->server_sap = s->key.server_sap;
	return a;
}

static void
learn_client(struct meters *m, struct session *s, struct bytes title)
{
	if (title.n != METER_TITLE)
		return;
	memcpy(s->client_title, title.p, METER_TITLE);
	s->flags |= SESSION_CLIENT_TITLE;
	sessions_roles(m, s);
}

/* The number of a user in the list of the association (IEC 62056-6-2, 4.4). */
static void
learn_user(struct session *s, const struct dlms_number *invocation)
{
	if (!invocation->there || invocation->v > UINT8_MAX)
		return;
	s->user = (uint8_t)invocation->v;
	s->flags |= SESSION_USER;
}

static void
learn_meter(struct meters *m, struct session *s, struct bytes title,
    const struct meter_address *at)
{
	bool known = (s->flags & SESSION_METER_TITLE) != 0;

	if (title.n != METER_TITLE ||
	    (known && memcmp(s->meter_title, title.p, METER_TITLE) == 0 &&
	        memcmp(&m->meters[s->meter].at, at, sizeof(*at)) == 0))
		return;
	s->meter = identity_titled(m, s->meter, title.p, at);
	s->generation = m->meters[s->meter].generation;
	memcpy(s->meter_title, title.p, METER_TITLE);
	s->flags |= SESSION_METER_TITLE;
	sessions_roles(m, s);
}

/* The session of this association that is open elsewhere (D-55). */
static const struct session *
elsewhere(const struct meters *m, const struct session *s,
    const struct meter_assoc *a)
{
	const struct session *o;

	if (a == NULL || a->session == 0 || a->session > m->sessions.used)
		return NULL;
	o = &m->session_entries[a->session - 1].s;
	if (o == s || o->meter != s->meter || o->generation != s->generation ||
	    o->key.client_sap != a->client_sap ||
	    o->key.server_sap != a->server_sap ||
	    (o->state != SESSION_OPEN && o->state != SESSION_PENDING) ||
	    memcmp(o->client_ip, s->client_ip, sizeof(s->client_ip)) == 0)
		return NULL;
	return o;
}

static void
begin(struct meters *m, struct session *s, const struct op *op,
    const struct dlms_apdu *a)
{
	struct meter_assoc *of;

	s->state = SESSION_REQUESTED;
	s->number = ++m->numbers;
	s->asked_ms = when_ms(op->pdu->at);
	s->asked_frame = op->pdu->frame;
	s->context = (uint8_t)a->acse.context.v;
	s->mechanism = (uint8_t)a->acse.mechanism.v;
	s->result = s->diagnostic = s->passes = 0;
	s->c_challenge = s->s_challenge = 0;
	s->requests_seen = s->responses_seen = 0;
	s->flags &= SESSION_DIALLED_BY_CLIENT | SESSION_DIALLED_BY_METER;
	if (op->pdu->state == KNOW_COMPLETE)
		s->flags |= SESSION_COMPLETE;
	memset(s->request, 0, sizeof(s->request));
	memset(s->client_title, 0, METER_TITLE);
	memset(s->meter_title, 0, METER_TITLE);
	learn_client(m, s, a->acse.calling_title);
	learn_user(s, &a->acse.calling_invocation);
	of = associate_of(m, s, true);
	if (of != NULL && of->accepted + of->rejected == 0) {
		of->context = s->context;
		of->mechanism = s->mechanism;
	}
	m->view.other = elsewhere(m, s, of);
}

static void
open_session(struct meters *m, struct session *s)
{
	s->state = SESSION_OPEN;
	m->view.opened = true;
}

static void
answered(struct meters *m, struct session *s, const struct op *op,
    const struct dlms_apdu *a)
{
	bool accepted = a->acse.result.there && a->acse.result.v == 0;
	struct meter_assoc *of = associate_of(m, s, true);

	if (a->acse.context.there)
		s->context = (uint8_t)a->acse.context.v;
	if (a->acse.mechanism.there)
		s->mechanism = (uint8_t)a->acse.mechanism.v;
	s->result = (uint8_t)a->acse.result.v;
	s->diagnostic = (uint8_t)a->acse.diagnostic.v;
	s->opened_ms = when_ms(op->pdu->at);
	if (of != NULL)
		*(accepted ? &of->accepted : &of->rejected) += 1;
	if (!accepted) {
		s->state = SESSION_REFUSED;
		return;
	}
	if (of != NULL)
		of->session = sessions_place(m, s) + 1;
	if (s->diagnostic == PENDING_HLS || s->mechanism >= HLS)
		s->state = SESSION_PENDING;
	else
		open_session(m, s);
}

/* In clear it is named; what is ciphered counts, whatever it is. */
static bool
is_reply_to_hls(const struct dlms_apdu *a)
{
	struct dlms_walk w = dlms_items(a);
	struct dlms_item i;

	if (a->cipher.there)
		return a->inner == NULL;
	if (!dlms_next_item(&w, &i))
		return false;
	return i.short_name ||
	       (i.service == DLMS_ACTION && i.class_id == 15 && i.index == 1);
}

static void
pass(struct meters *m, struct session *s, const struct op *op,
    const struct dlms_apdu *a, enum op_from from)
{
	if (from == OP_FROM_CLIENT) {
		if (is_reply_to_hls(a))
			s->passes = 3;
		return;
	}
	if (s->passes != 3 || a->inner != NULL)
		return;
	if (op->result == OP_REFUSED) {
		s->state = SESSION_REFUSED;
		return;
	}
	s->passes = 4;
	open_session(m, s);
}

static void
learn_titles(struct meters *m, struct session *s, const struct op *op,
    const struct dlms_apdu *a, enum op_from from)
{
	struct meter_address at;
	struct bytes title = a->cipher.title;

	if (from == OP_FROM_SERVER) {
		at = sessions_where(m, op, a, from);
		if (a->tag == DLMS_AARE &&
		    a->acse.responding_title.n == METER_TITLE)
			title = a->acse.responding_title;
		learn_meter(m, s, title, &at);
	} else if ((s->flags & SESSION_CLIENT_TITLE) == 0) {
		learn_client(m, s, title);
	}
}

void
associate_observe(struct meters *m, struct session *s, const struct op *op,
    const struct dlms_apdu *a, enum op_from from)
{
	if (a->tag == DLMS_AARQ)
		begin(m, s, op, a);
	learn_titles(m, s, op, a, from);
	if (a->tag == DLMS_AARE)
		answered(m, s, op, a);
	else if (a->tag == DLMS_RLRE)
		sessions_end(s);
	else if (s->state == SESSION_PENDING)
		pass(m, s, op, a, from);
	if (a->cipher.there && a->tag != DLMS_AARQ && a->tag != DLMS_AARE)
		s->flags |= SESSION_CIPHERED;
	s->last_ms = when_ms(op->pdu->at);
}

/* The logical device name, 0.0.42.0.0.255. */
static void
learn_name(struct meters *m, const struct op *op)
{
	static const uint8_t name[] = { 0, 0, 42, 0, 0, 255 };
	const struct dlms_request *r = m->view.request;
	struct meter *meter = m->view.meter;
	struct dlms_result result;
	struct dlms_walk w;
	struct bytes text;

	if (r == NULL || m->view.from != OP_FROM_SERVER || r->protected ||
	    r->service != DLMS_GET || r->class_id != 1 || r->index != 2 ||
	    r->items != 1 || memcmp(r->obis, name, sizeof(name)) != 0 ||
	    op->result != OP_ACCEPTED)
		return;
	w = dlms_results(m->view.apdu);
	if (!dlms_next_result(&w, &result))
		return;
	text = dlms_string(result.value);
	if (text.n == 0 || text.n > METER_NAME)
		return;
	memset(meter->name, 0, sizeof(meter->name));
	memcpy(meter->name, text.p, text.n);
}

/* A change of keys, a new firmware: what explains a counter that falls. */
static void
note_success(struct meters *m, const struct op *op)
{
	const struct dlms_request *r = m->view.request;
	struct meter *meter = m->view.meter;

	if (r == NULL || m->view.from != OP_FROM_SERVER ||
	    op->result != OP_ACCEPTED || r->service != DLMS_ACTION)
		return;
	if (r->class_id == 64 &&
	    (r->index == KEY_TRANSFER || r->index == KEY_AGREEMENT))
		meter->key_s = m->now_s;
	if (r->class_id == 18 && r->index == IMAGE_ACTIVATE)
		meter->firmware_s = m->now_s;
}

/* What the table shows of its session. */
void
associate_note(struct meter_assoc *of, const struct session *s)
{
	unsigned flags = (unsigned)s->state << ASSOC_STATE_SHIFT;

	if ((s->flags & SESSION_DIALLED_BY_CLIENT) != 0)
		flags |= ASSOC_DIALLED_BY_CLIENT;
	if ((s->flags & SESSION_DIALLED_BY_METER) != 0)
		flags |= ASSOC_DIALLED_BY_METER;
	if (s->passes >= 3)
		flags |= ASSOC_PASS_3;
	if (s->passes >= 4)
		flags |= ASSOC_PASS_4;
	of->flags = (uint8_t)flags;
}

void
associate_settle(struct meters *m, const struct op *op)
{
	const struct dlms_apdu *a = m->view.apdu;
	const struct session *s = m->view.session;
	struct meter_assoc *of = m->view.assoc;

	if (s == NULL)
		return;
	note_success(m, op);
	learn_name(m, op);
	if (of == NULL)
		return;
	of->last_s = m->now_s;
	associate_note(of, s);
	if (a->tag == DLMS_AARQ && a->initiate.there)
		of->client_pdu = a->initiate.max_pdu;
	if (a->tag != DLMS_AARE && !m->view.opened)
		return;
	of->context = s->context;
	of->mechanism = s->mechanism;
	of->result = s->result;
	of->diagnostic = s->diagnostic;
	memcpy(of->client_title, s->client_title, METER_TITLE);
	if (a->tag == DLMS_AARE && a->initiate.there && s->result == 0) {
		of->conformance = a->initiate.conformance;
		of->max_pdu = a->initiate.max_pdu;
	}
	if (s->state != SESSION_OPEN && s->state != SESSION_PENDING)
		return;
	if (s->context > of->best_context)
		of->best_context = s->context;
	if (s->mechanism > of->best_mechanism)
		of->best_mechanism = s->mechanism;
}
