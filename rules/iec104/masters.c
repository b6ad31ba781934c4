/* SPDX-License-Identifier: Apache-2.0 */
/*
 * T-01 to T-03, T-11, T-37: who controls a station, over how many connections,
 * and sessions that only strike.
 */
#include <config.h>

#include "rules/iec104/say.h"
#include "rules/iec104/waits.h"
#include "rules/policy.h"
#include "rules/when.h"

#define DET_MASTER "T-01"
#define DET_TAKEOVER "T-02"
#define DET_LINKS "T-03"
#define DET_RUN "T-11"
#define DET_TLS "T-37"
#define PORT 2404
#define TALKATIVE 3 /* I frames that make a silence mean something */

struct masters {
	uint32_t grace_s, learn_s, run_s;
	const struct policy *policy;
	struct waits starts;
};

static void
masters_start(void *state, const struct setup *setup)
{
	((struct masters *)state)->policy = setup->policy;
}

static void
finish_master(struct event *ev, const uint8_t master[16], const char *by,
    struct event_sink *out)
{
	struct event_str station = ev->subject;

	iec104_say_ip(ev, "master", master);
	event_add_text(ev, "by", by);
	event_add(ev, "P.Station", event_bytes(&station));
	out->emit(out, ev);
}

static void
say_master(const struct op *op, const struct iec104_view *v, const char *by,
    struct event_sink *out)
{
	struct event ev =
	    iec104_say(op, v, &EV_TELECONTROL_UNKNOWN_MASTER, DET_MASTER);

	ev.doubtful = false; /* an address is one, whatever came before */
	ev.dst_is_peer = !v->from_master;
	finish_master(&ev, v->link->master, by, out);
}

/* A connection on which nothing was said yet. */
static void
see_open(const struct masters *m, const struct op *op, struct event_sink *out)
{
	const struct pdu *pdu = op->pdu;
	struct event ev;

	if (pdu->dst.port != PORT ||
	    policy_master(m->policy, POLICY_IEC104, pdu->src.ip, pdu->dst.ip) !=
	        POLICY_UNLISTED)
		return;
	ev = event_about(op, &EV_TELECONTROL_UNKNOWN_MASTER, DET_MASTER);
	ev.subject = event_address(&pdu->dst);
	ev.proto = "iec104";
	finish_master(&ev, pdu->src.ip, "connection", out);
}

/* Connections with life in them: what is left half open does not count. */
static uint32_t
count_links(const struct iec104_view *v)
{
	uint32_t n = 0;

	for (size_t i = 0; i < IEC104_PEERS; i++) {
		const struct iec104_link *l = iec104_world_link(
		    v->world, iec104_flow_at(v->world, v->station, i));

		n += l != NULL &&
		     (l->end[0].i > 0 || l->end[1].i > 0 ||
		         (l->flags & IEC104_WAS_STARTED) != 0) &&
		     when_within(l->last_ms, v->now_ms, v->world->alive_s);
	}
	return n;
}

static void
see_links(const struct masters *m, const struct op *op,
    const struct iec104_view *v, struct event_sink *out)
{
	struct iec104_station *s = v->station;
	uint32_t agreed =
	    policy_station(m->policy, POLICY_IEC104, s->ip)->links;
	uint32_t most = agreed > 0 ? agreed : s->most_links;
	uint32_t n = count_links(v);
	struct event ev;

	if (n <= most)
		return;
	s->most_links = n;
	if (agreed == 0 && when_within(s->first_ms, v->now_ms, m->learn_s))
		return;
	ev = iec104_say(op, v, &EV_TELECONTROL_EXTRA_LINK, DET_LINKS);
	event_add_u64(&ev, "links", n);
	event_add_u64(&ev, "most", most);
	out->emit(out, &ev);
}

static void
say_move(const struct op *op, const struct iec104_view *v,
    const struct iec104_link *from, bool group, struct event_sink *out)
{
	struct event ev = iec104_say(op, v,
	    group ? &EV_COMM_SUCCESS : &EV_TELECONTROL_LINK_TAKEOVER,
	    DET_TAKEOVER);

	iec104_say_ip(&ev, "from", from->master);
	iec104_say_ip(&ev, "to", v->link->master);
	if (group)
		event_add_text(&ev, "X.Transport", "TCP");
	out->emit(out, &ev);
}

/* What answers an interrogation at its begin does not make it so. */
static bool
is_talking(const struct masters *m, const struct iec104_link *l, uint64_t now)
{
	return !when_within(l->since_ms, now, m->grace_s) &&
	       when_since(l->last_ms, now) <= UINT64_C(500) * m->grace_s;
}

/* A start beside a link that is still active. */
static void
see_start(struct masters *m, const struct op *op, const struct iec104_view *v,
    struct event_sink *out)
{
	struct iec104_station *s = v->station;
	struct iec104_link *from = iec104_world_link(v->world, s->active);
	struct wait *w;

	if (from != NULL && from != v->link && from->client != 0 &&
	    v->complete && (from->flags & IEC104_STARTED) != 0 &&
	    iec104_track_alive(v->world, from, v->now_ms)) {
		if (policy_same_group(m->policy, POLICY_IEC104, from->master,
		        v->link->master, s->ip) == POLICY_UNLISTED) {
			say_move(op, v, from, false, out);
		} else if (is_talking(m, from, v->now_ms)) {
			w = waits_put(&m->starts, op->pdu, v->now_ms);
			w->link = from->flow;
			w->value = from->end[2 - from->client].i;
		}
	}
	s->active = v->link->flow;
	if ((v->link->flags & IEC104_UNLISTED) != 0)
		say_master(op, v, "STARTDT", out);
}

/*
 * A station may serve several masters.  It moved if the link that was active
 * got nothing more since the other began, though it had spoken often and was
 * not stopped.
 */
static bool
has_moved(const struct masters *m, const struct wait *w,
    const struct iec104_link *from, const struct iec104_link *to)
{
	uint32_t before = w->value;

	if (to->client == 0 || from->client == 0 || before < TALKATIVE ||
	    (from->flags & IEC104_STARTED) == 0 ||
	    to->end[2 - to->client].i == 0 ||
	    from->end[2 - from->client].i > before || !waits_sees(w, from) ||
	    !waits_sees(w, to))
		return false;
	return when_since(from->since_ms, w->ms) / before <
	       UINT64_C(500) * m->grace_s;
}

static void
judge_start(const struct masters *m, struct wait *w, struct iec104_world *world,
    struct event_sink *out)
{
	struct iec104_link *to = iec104_world_link(world, w->pdu.flow);
	struct iec104_link *from = iec104_world_link(world, w->link);
	const struct iec104_station *s;
	struct iec104_view v;
	struct op op;
	bool group, open = false;

	if (to == NULL || from == NULL || !has_moved(m, w, from, to))
		return;
	/* what was closed was not taken over */
	s = table_find(&world->stations, from->station);
	for (size_t i = 0; s != NULL && i < IEC104_PEERS; i++)
		open = open || iec104_flow_at(world, s, i) == from->flow;
	if (!open)
		return;
	group = memcmp(to->master, from->master, 16) == 0 ||
	        policy_same_group(m->policy, POLICY_IEC104, from->master,
	            to->master, to->station) == POLICY_LISTED;
	v = waits_view(w, world, to, &op);
	say_move(&op, &v, from, group, out);
}

static void
see_command(
    const struct op *op, const struct iec104_view *v, struct event_sink *out)
{
	struct iec104_link *l = v->link;
	uint8_t type = v->apdu->type;

	/* the first tells, unless the start of the link did */
	if ((l->flags & IEC104_UNLISTED) != 0 &&
	    (l->flags & IEC104_WAS_STARTED) == 0 &&
	    (v->news & IEC104_NEW_TYPE) != 0)
		say_master(op, v, "command", out);
	if (iec104_is_process(type) || type == 105 ||
	    (type >= 110 && type <= 113))
		l->flags |= IEC104_COMMANDED;
}

static struct iec104_master *
master_of(const struct iec104_view *v)
{
	struct iec104_master *m;

	for (size_t i = 0; v->station != NULL && i < IEC104_PEERS; i++) {
		m = iec104_master_at(v->world, v->station, i);
		if (m != NULL && memcmp(m->ip, v->link->master, 16) == 0)
			return m;
	}
	return NULL;
}

/* One that stayed, or asked before it commanded, is known at the station. */
static void
see_close(const struct masters *m, const struct op *op,
    const struct iec104_view *v, struct event_sink *out)
{
	const uint32_t wanted = IEC104_WAS_STARTED | IEC104_COMMANDED;
	const struct iec104_link *l = v->link;
	struct iec104_master *master = master_of(v);
	bool brief = when_within(l->since_ms, v->now_ms, m->run_s);
	bool asked = (l->flags & IEC104_INTERROGATED) != 0;
	struct event ev;

	if (master != NULL && (asked || !brief))
		master->at_work = true;
	if (!v->complete || (l->flags & wanted) != wanted || asked || !brief ||
	    (master != NULL && master->at_work))
		return;
	ev = iec104_say(op, v, &EV_TELECONTROL_HIT_AND_RUN, DET_RUN);
	iec104_say_ip(&ev, "master", l->master);
	event_add_u64(&ev, "ms", when_since(l->since_ms, v->now_ms));
	out->emit(out, &ev);
}

static void
see_clear(const struct masters *m, const struct op *op,
    const struct iec104_view *v, struct event_sink *out)
{
	struct event ev;

	if (!policy_station(m->policy, POLICY_IEC104, v->link->station)->tls)
		return;
	ev = iec104_say(op, v, &EV_TELECONTROL_NO_TLS, DET_TLS);
	ev.doubtful = false;
	ev.dst_is_peer = !v->from_master;
	iec104_say_ip(&ev, "master", v->link->master);
	out->emit(out, &ev);
}

static void
masters_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	struct masters *m = state;
	const struct iec104_view *v = known;
	const struct transport *t = transport_msg(op);

	if (t != NULL && t->note == TRANSPORT_OPENED)
		see_open(m, op, out);
	if (v == NULL)
		return;
	if (t != NULL) {
		if ((v->news & IEC104_CLOSING) != 0)
			see_close(m, op, v, out);
		return;
	}
	if ((v->news & IEC104_NEW_LINK) != 0 && v->link->client != 0)
		see_clear(m, op, v, out);
	if ((v->news & IEC104_STARTING) != 0 && v->station != NULL) {
		see_start(m, op, v, out);
		see_links(m, op, v, out);
	}
	if (v->from_master && iec104_is_command(v->apdu))
		see_command(op, v, out);
}

static void
masters_on_tick(
    void *state, void *world, struct timespec at, struct event_sink *out)
{
	struct masters *m = state;
	uint64_t grace = UINT64_C(1000) * m->grace_s;
	struct wait *w;

	while ((w = waits_due(&m->starts, when_ms(at), grace)) != NULL)
		judge_start(m, w, world, out);
}

static const struct parameter takeover[] = {
	{ "grace_s", offsetof(struct masters, grace_s), 5, 1, 3600 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct parameter links[] = {
	{ "learn_s", offsetof(struct masters, learn_s), 86400, 1, 31536000 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct parameter run[] = {
	{ "t_s", offsetof(struct masters, run_s), 60, 1, 86400 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct detection detections[] = {
	{ DET_MASTER, "T0848", NULL },
	{ DET_TAKEOVER, "T0848,T0830", takeover },
	{ DET_LINKS, "T0848", links },
	{ DET_RUN, "T0855", run },
	{ DET_TLS, "T0842", NULL },
	{ NULL, NULL, NULL },
};

static size_t
masters_kept(void *state, struct kept_part to[KEPT_MOST])
{
	struct masters *m = state;

	waits_kept(&m->starts, to + 0, "iec104.starts", "iec104.starts-ring");
	return 2;
}

const struct detector iec104_masters_detector = {
	.detections = detections,
	.needs_policy = "T-01,T-37",
	.protocol = "iec104",
	.kinds = DETECTOR_ON(OP_LINK) | DETECTOR_ON(OP_READ) |
	         DETECTOR_ON(OP_WRITE) | DETECTOR_ON(OP_CONTROL) |
	         DETECTOR_ON(OP_TIME) | DETECTOR_ON(OP_OTHER),
	.transport_kinds = DETECTOR_ON(OP_LINK),
	.world = &iec104_world,
	.about = IEC104_ABOUT_LINK | IEC104_ABOUT_NEWS | IEC104_ABOUT_ASDU,
	.state_size = sizeof(struct masters),
	.start = masters_start,
	.on_op = masters_on_op,
	.on_tick = masters_on_tick,
	.kept = masters_kept,
};
