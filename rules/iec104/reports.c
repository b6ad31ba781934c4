/* SPDX-License-Identifier: Apache-2.0 */
/* T-24, T-30: monitor data from the wrong end; stations that restart. */
#include <config.h>

#include "rules/iec104/say.h"
#include "rules/policy.h"
#include "rules/when.h"

#define DET_DIRECTION "T-24"
#define DET_RESTART "T-30"
#define DET_RESET "T-12"
#define REBOOT_STD "IEC62351-14:8.4"
#define END_OF_INIT 70
#define PARAMETERS 0x80 /* of COI: after a change of local parameters */
#define TOGETHER_S 10   /* that all common addresses take to say it */
#define EXPECTED_S 300  /* how long after a reset a restart may take */
#define DAY_S 86400

struct reports {
	uint32_t n, t_s;
	const struct policy *policy;
};

static void
reports_start(void *state, const struct setup *setup)
{
	((struct reports *)state)->policy = setup->policy;
}

static bool
is_monitor(const struct iec104_apdu *a)
{
	return (a->type >= 1 && a->type <= 40 && a->objects.n > 0) ||
	       a->type == END_OF_INIT;
}

/* What only a station says, of a command. */
static bool
is_answer(const struct iec104_apdu *a)
{
	return a->type >= 45 && a->type < IEC104_PRIVATE &&
	       (a->cot == IEC104_ACTCON || a->cot == IEC104_DEACTCON ||
	           a->cot == IEC104_ACTTERM);
}

static void
see_direction(const struct reports *r, const struct op *op,
    const struct iec104_view *v, struct event_sink *out)
{
	struct event ev;

	/* stations that are masters, too, do both ways what others do one */
	if (v->from_station) {
		if (iec104_is_command(v->apdu))
			v->link->flags |= IEC104_REVERSED;
		return;
	}
	if (!v->from_master || (v->link->flags & IEC104_REVERSED) != 0 ||
	    op->flaw != NULL || !(is_monitor(v->apdu) || is_answer(v->apdu)) ||
	    policy_station(r->policy, POLICY_IEC104, v->link->station)->dual)
		return;
	ev = iec104_say(op, v, &EV_TELECONTROL_DIRECTION, DET_DIRECTION);
	iec104_say_asdu(&ev, v);
	event_add_u64(&ev, "cot", v->apdu->cot);
	out->emit(out, &ev);
}

/* Some announce themselves in every connection: that is no restart. */
static bool
is_greeting(struct iec104_station *s, const struct iec104_view *v)
{
	if (v->link->end[2 - v->link->client].i != 1)
		return false;
	s->announced++;
	return s->announced >= s->starts;
}

static void
say_restart(const struct op *op, const struct iec104_view *v,
    const struct event_def *def, uint8_t coi, struct event_sink *out)
{
	bool reset = def == &EV_REBOOT;
	struct event ev =
	    iec104_say(op, v, def, reset ? DET_RESET : DET_RESTART);

	ev.doubtful = false; /* the station says so itself */
	event_add_u64(&ev, "ca", v->apdu->ca);
	event_add_u64(&ev, "coi", coi);
	if (reset)
		event_add_u64(&ev, "reset_frame", v->station->reset_frame);
	else if (def == &EV_CONFIG_CHANGE)
		event_add_text(&ev, "X.Setting", "local parameters");
	else
		ev.std = REBOOT_STD;
	out->emit(out, &ev);
}

/* A station says it for each of its common addresses: that is one restart. */
static bool
is_counted(const struct reports *r, const struct iec104_view *v)
{
	struct iec104_station *s = v->station;
	const struct rate *restarts = &iec104_more(v->world, s)->restarts;
	uint64_t last = restarts->at[(restarts->hits + r->n - 1) % r->n];

	if (restarts->hits > 0 && s->restart_ca != v->apdu->ca &&
	    when_within(last, v->now_ms, TOGETHER_S))
		return true;
	s->restart_ca = v->apdu->ca;
	return false;
}

static void
see_restart(const struct reports *r, const struct op *op,
    const struct iec104_view *v, struct event_sink *out)
{
	struct iec104_station *s = v->station;
	struct iec104_walk walk = iec104_objects(v->apdu);
	struct iec104_object o;
	bool greeting;
	uint8_t coi;

	if (!iec104_next(&walk, &o) || o.element.n == 0)
		return;
	coi = o.element.p[0];
	greeting = is_greeting(s, v);
	if (s->reset_ms != 0 &&
	    when_within(s->reset_ms, v->now_ms, EXPECTED_S)) {
		say_restart(op, v, &EV_REBOOT, coi, out);
		s->reset_ms = 0;
		return;
	}
	say_restart(op, v, &EV_TELECONTROL_RESTART, coi, out);
	if ((coi & PARAMETERS) != 0)
		say_restart(op, v, &EV_CONFIG_CHANGE, coi, out);
	if (!greeting && !is_counted(r, v) &&
	    rate_hit(
	        &iec104_more(v->world, s)->restarts, r->n, r->t_s, v->now_ms))
		say_restart(op, v, &EV_TELECONTROL_FREQUENT_RESTART, coi, out);
}

static void
reports_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	const struct reports *r = state;
	const struct iec104_view *v = known;

	if (v == NULL || v->apdu->read != IEC104_ASDU)
		return;
	if (!v->from_station || v->apdu->type >= 45)
		see_direction(r, op, v, out);
	if (!v->from_station || v->station == NULL)
		return;
	if ((v->news & IEC104_FIRST_I) != 0 && v->complete)
		v->station->starts++;
	if (v->apdu->type == END_OF_INIT && op->verdict == RD_OK)
		see_restart(r, op, v, out);
}

static const struct parameter restart[] = {
	{ "n", offsetof(struct reports, n), 3, 2, RATE_MOST },
	{ "t_s", offsetof(struct reports, t_s), DAY_S, 1, 2592000 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct detection detections[] = {
	{ DET_DIRECTION, "T0856,T0848", NULL },
	{ DET_RESTART, "T0816", restart },
	{ NULL, NULL, NULL },
};

const struct detector iec104_reports_detector = {
	.detections = detections,
	.protocol = "iec104",
	.kinds =
	    DETECTOR_ON_ALL & ~DETECTOR_ON(OP_LINK) & ~DETECTOR_ON(OP_FLAW),
	.world = &iec104_world,
	.about = IEC104_ABOUT_ASDU | IEC104_ABOUT_NEWS,
	.state_size = sizeof(struct reports),
	.start = reports_start,
	.on_op = reports_on_op,
};
