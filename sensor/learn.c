/* SPDX-License-Identifier: Apache-2.0 */
/* What is learnt: facts, and what is held against them. */
#include <config.h>

#include <stdlib.h>

#include "dissectors/transport.h"
#include "sensor/learn_parts.h"

#define FACTS 262144
#define DOUBTS 4096
/* In a replay nobody chooses keys against us, and all bytes must be equal. */
static const uint8_t hash_key[SIPHASH_KEY] = "gridtap's habits";
/* What came so shortly before an alarm may have been part of it. */
#define MARGIN_US UINT64_C(60000000)

uint64_t
learn_us(struct timespec t)
{
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

void
learn_u32(uint8_t to[4], uint32_t v)
{
	for (int i = 0; i < 4; i++)
		to[i] = (uint8_t)(v >> (24 - 8 * i));
}

uint32_t
learn_read_u32(const uint8_t from[4])
{
	return (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 |
	       (uint32_t)from[2] << 8 | from[3];
}

struct learn_fact *
learn_see(struct learn *l, const struct op *op, const struct learn_key *key)
{
	uint64_t now = learn_us(op->pdu->at);
	bool fresh;
	struct learn_fact *f = learn_table_put(&l->facts, key, &fresh);

	if (f == NULL)
		return NULL;
	if (fresh) {
		f->first_us = f->last_us = now;
		f->frame = op->pdu->frame;
		f->capture = op->pdu->capture;
	}
	f->n++;
	if (now < f->first_us)
		f->first_us = now;
	if (now > f->last_us)
		f->last_us = now;
	if (!l->raised && (f->clean_us == 0 || now + 1 < f->clean_us))
		f->clean_us = now + 1;
	return f;
}

static void
doubt(struct learn *l, const struct learn_doubt_key *key, struct timespec at,
    uint64_t frame, const char *capture)
{
	uint64_t now = learn_us(at);
	bool fresh;
	struct learn_doubt *d = learn_table_put(&l->doubts, key, &fresh);

	if (d == NULL)
		return;
	if (fresh) {
		d->first_us = now;
		d->frame = frame;
		d->capture = capture;
	}
	d->n++;
	if (now < d->first_us)
		d->first_us = now;
	if (now > d->last_us)
		d->last_us = now;
}

static void
set_who(uint8_t to[16], const struct endpoint *e)
{
	static const uint8_t none[16];

	if (memcmp(e->ip, none, sizeof(none)) != 0)
		memcpy(to, e->ip, 16);
	else
		memcpy(to, e->mac, sizeof(e->mac));
}

static void
set_subject(struct learn_doubt_key *key, struct bytes subject)
{
	size_t most = sizeof(key->subject) - 1;

	if (subject.n > 0)
		memcpy(key->subject, subject.p,
		    subject.n < most ? subject.n : most);
}

void
learn_refuse(struct learn *l, const struct op *op, enum learn_section section,
    const char *what, struct bytes subject)
{
	struct learn_doubt_key key;
	struct event_str station;

	memset(&key, 0, sizeof(key));
	key.section = (uint8_t)section;
	snprintf(key.what, sizeof(key.what), "%s", what);
	set_who(key.b, &op->pdu->src);
	if (subject.n == 0) {
		station = event_address(&op->pdu->dst);
		subject = event_bytes(&station);
	}
	set_subject(&key, subject);
	doubt(l, &key, op->pdu->at, op->pdu->frame, op->pdu->capture);
}

static void
set_pair(struct learn_key *key, const uint8_t a[16], const uint8_t b[16])
{
	bool turn = memcmp(a, b, 16) > 0;

	memset(key, 0, sizeof(*key));
	key->kind = LEARN_PAIR;
	memcpy(key->a, turn ? b : a, 16);
	memcpy(key->b, turn ? a : b, 16);
}

bool
learn_is_clean(const struct learn *l, const struct learn_fact *f)
{
	const struct learn_fact *pair;
	struct learn_key key;

	set_pair(&key, f->key.a, f->key.b);
	pair = learn_table_find(&l->facts, &key);
	return f->clean_us != 0 &&
	       (pair == NULL || pair->alarm_us == 0 ||
	           f->clean_us + MARGIN_US < pair->alarm_us);
}

static enum learn_section
section_of(const char *det)
{
	switch (det[0]) {
	case 'D':
		return LEARN_DLMS;
	case 'T':
		return LEARN_IEC104;
	case 'P':
		return LEARN_DNP3;
	case 'G':
		return LEARN_GOOSE;
	default:
		return LEARN_OTHER;
	}
}

/* The severity that holds, or 0 when the detection is switched off. */
static int
severity_of(const struct learn *l, const struct event *ev)
{
	const struct conf_detection *c = conf_detection(l->conf, ev->det);

	if (c != NULL && !c->enabled)
		return 0;
	return (
	    int)(c != NULL && c->severity != 0 ? c->severity : ev->severity);
}

static void
note_pair(struct learn *l, const struct event *ev)
{
	uint64_t now = learn_us(ev->at) + 1;
	static const uint8_t none[16];
	struct learn_fact *f;
	struct learn_key key;
	bool fresh;

	if (memcmp(ev->src.ip, none, sizeof(none)) == 0)
		return;
	set_pair(&key, ev->src.ip, ev->dst.ip);
	f = learn_table_put(&l->facts, &key, &fresh);
	if (f != NULL && (f->alarm_us == 0 || now < f->alarm_us))
		f->alarm_us = now;
}

static void
note_publisher(struct learn *l, const struct event *ev)
{
	uint8_t name[LEARN_NAME] = { 0 };
	struct learn_publisher *p;

	memcpy(name, ev->subject.p, ev->subject.n);
	p = learn_table_find(&l->publishers, name);
	if (p != NULL && p->alarm_us == 0)
		p->alarm_us = learn_us(ev->at) + 1;
}

/* Who is held responsible is the end that is not the subject. */
static bool
is_about_dst(const struct event *ev)
{
	struct event_str src = event_address(&ev->src);

	if (ev->subject.n >= src.n &&
	    memcmp(ev->subject.p, src.p, src.n) == 0 &&
	    (ev->subject.n == src.n || ev->subject.p[src.n] < '0'))
		return false;
	return !ev->dst_is_peer;
}

static void
on_event(struct observer *o, const struct event *ev, bool ticking)
{
	struct learn *l = (struct learn *)o;
	int severity = severity_of(l, ev);
	struct learn_doubt_key key;

	/* the sensor's own health speaks against nobody */
	if (severity == 0 || severity > SEVERITY_ERROR || ev->det[0] == 'H')
		return;
	l->raised = l->raised || !ticking;
	memset(&key, 0, sizeof(key));
	key.section = (uint8_t)section_of(ev->det);
	snprintf(
	    key.what, sizeof(key.what), "%s %s", ev->det, ev->def->mnemonic);
	set_who(key.b, is_about_dst(ev) ? &ev->src : &ev->dst);
	set_subject(&key, event_bytes(&ev->subject));
	doubt(l, &key, ev->at, ev->frame, ev->capture);
	if (key.section == LEARN_GOOSE)
		note_publisher(l, ev);
	note_pair(l, ev);
}

/* Who opened a connection to a station, even if nothing was said there. */
static void
see_call(struct learn *l, const struct op *op)
{
	const struct transport *t = op->msg;
	struct learn_key key;

	if (t->note != TRANSPORT_OPENED ||
	    (op->pdu->dst.port != LEARN_104_PORT &&
	        op->pdu->dst.port != LEARN_DNP3_PORT))
		return;
	memset(&key, 0, sizeof(key));
	key.kind = LEARN_CALL;
	memcpy(key.a, op->pdu->dst.ip, 16);
	memcpy(key.b, op->pdu->src.ip, 16);
	learn_u32(key.low, op->pdu->dst.port);
	learn_see(l, op, &key);
}

/* Who sends at all. */
static void
see_device(struct learn *l, const struct op *op)
{
	const struct endpoint *e = &op->pdu->src;
	struct learn_key key;

	memset(&key, 0, sizeof(key));
	key.kind = LEARN_DEVICE;
	memcpy(key.a, e->ip, sizeof(key.a));
	memcpy(key.title, e->mac, sizeof(e->mac));
	learn_see(l, op, &key);
}

static bool
is_meeting(const struct op *op)
{
	const struct transport *t = transport_msg(op);

	return t != NULL && t->note == TRANSPORT_MET;
}

static void
on_op(struct observer *o, const struct op *op, const void *known)
{
	struct learn *l = (struct learn *)o;
	uint64_t now = learn_us(op->pdu->at);

	if (is_meeting(op)) {
		see_device(l, op);
		return;
	}
	if (l->first_us == 0 || now < l->first_us)
		l->first_us = now;
	if (now > l->last_us)
		l->last_us = now;
	if (strcmp(op->protocol, TRANSPORT_PROTOCOL) == 0)
		see_call(l, op);
	else if (strcmp(op->protocol, "iec104") == 0)
		learn_iec104(l, op, known);
	else if (strcmp(op->protocol, "dnp3") == 0)
		learn_dnp3(l, op);
	else if (strcmp(op->protocol, "dlms") == 0)
		learn_dlms(l, op, known);
	else
		learn_goose(l, op);
	l->raised = false;
}

struct learn *
learn_new(const struct conf *conf)
{
	struct learn *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return NULL;
	l->observer = (struct observer){ true, on_op, on_event };
	l->conf = conf;
	if (learn_table_init(&l->facts, hash_key, FACTS,
	        sizeof(struct learn_fact), sizeof(struct learn_key)) == 0 &&
	    learn_table_init(&l->publishers, hash_key, conf->world.publishers,
	        sizeof(struct learn_publisher), LEARN_NAME) == 0 &&
	    learn_table_init(&l->doubts, hash_key, DOUBTS,
	        sizeof(struct learn_doubt),
	        sizeof(struct learn_doubt_key)) == 0)
		return l;
	learn_free(l);
	return NULL;
}

void
learn_free(struct learn *l)
{
	if (l == NULL)
		return;
	learn_table_free(&l->facts);
	learn_table_free(&l->publishers);
	learn_table_free(&l->doubts);
	free(l);
}

struct observer *
learn_observer(struct learn *l)
{
	return &l->observer;
}

uint64_t
learn_missed(const struct learn *l)
{
	return l->facts.refused + l->publishers.refused + l->doubts.refused;
}
