/* SPDX-License-Identifier: Apache-2.0 */
/* T-04, T-05, T-25: types, points and originators that are new. */
#include <config.h>

#include "rules/iec104/say.h"
#include "rules/policy.h"
#include "rules/when.h"

#define DET_FUNCTION "T-04"
#define DET_POINT "T-05"
#define DET_ORIGINATOR "T-25"
#define DAY_MS UINT64_C(86400000)

struct functions {
	uint32_t function_d, point_d, units;
	const struct policy *policy;
};

static void
functions_start(void *state, const struct setup *setup)
{
	((struct functions *)state)->policy = setup->policy;
}

/* Interrogations, reads, clock and tests: every master begins with them. */
static bool
is_harmless(uint8_t type)
{
	return (type >= 100 && type <= 104) || type == 107;
}

/* Why a type should not come of this end, or NULL. */
static const char *
objection(const struct functions *f, const struct iec104_view *v)
{
	const struct iec104_station *s = v->station;
	uint8_t type = v->apdu->type;
	uint64_t before = v->from_master ? s->down : s->up;
	uint64_t now = v->from_master ? v->link->down : v->link->up;
	enum policy_answer answer = POLICY_SILENT;

	if (v->from_master)
		answer = policy_function(f->policy, POLICY_IEC104,
		    v->link->master, v->link->station, type);
	if (answer == POLICY_UNLISTED)
		return "policy";
	if (answer == POLICY_LISTED)
		return NULL;
	if (v->from_master && !is_harmless(type) && iec104_is_newcomer(v))
		return "new master beside another";
	if ((now & ~before) != 0 &&
	    when_since(s->first_ms, v->now_ms) >= f->function_d * DAY_MS)
		return "not seen while learning";
	return NULL;
}

static void
see_type(const struct functions *f, const struct op *op,
    const struct iec104_view *v, struct event_sink *out)
{
	const char *why = objection(f, v);
	struct event ev;

	if (why == NULL)
		return;
	ev = iec104_say(op, v,
	    v->from_master ? &EV_TELECONTROL_NEW_COMMAND
	                   : &EV_TELECONTROL_NEW_FUNCTION,
	    DET_FUNCTION);
	iec104_say_asdu(&ev, v);
	event_add_u64(&ev, "cot", v->apdu->cot);
	event_add_text(&ev, "reason", why);
	out->emit(out, &ev);
}

static void
see_point(const struct functions *f, const struct op *op,
    const struct iec104_view *v, struct event_sink *out)
{
	const struct iec104_point *p = v->point;
	enum policy_answer answer = policy_point(
	    f->policy, POLICY_IEC104, v->link->station, p->key.ca, p->key.ioa);
	bool is_new =
	    p->frame == 0 && v->station != NULL &&
	    when_since(v->station->first_ms, v->now_ms) >= f->point_d * DAY_MS;
	struct event ev;

	if (answer == POLICY_LISTED || (answer == POLICY_SILENT && !is_new))
		return;
	ev = iec104_say(op, v, &EV_TELECONTROL_NEW_POINT, DET_POINT);
	iec104_say_asdu(&ev, v);
	event_add_text(&ev, "reason",
	    answer == POLICY_UNLISTED ? "policy" : "not seen while learning");
	out->emit(out, &ev);
}

/* Each is told of once, as long as they are few. */
static void
see_originator(const struct functions *f, const struct op *op,
    const struct iec104_view *v, struct event_sink *out)
{
	struct iec104_habits *h = iec104_habits(v->link);
	uint8_t oa = v->apdu->oa;
	struct event ev;

	if (h->from_master < UINT16_MAX)
		h->from_master++;
	if (oa == 0 || h->noas >= sizeof(h->oa) ||
	    memchr(h->oa, oa, h->noas) != NULL)
		return;
	h->oa[h->noas++] = oa;
	if (h->from_master <= f->units)
		return;
	ev = iec104_say(op, v, &EV_TELECONTROL_ORIGINATOR, DET_ORIGINATOR);
	iec104_say_asdu(&ev, v);
	event_add_u64(&ev, "oa", oa);
	out->emit(out, &ev);
}

static void
functions_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	const struct functions *f = state;
	const struct iec104_view *v = known;

	if (v == NULL || v->apdu->read != IEC104_ASDU)
		return;
	if ((v->news & IEC104_NEW_TYPE) != 0 && v->station != NULL)
		see_type(f, op, v, out);
	if (!v->from_master || !iec104_is_command(v->apdu))
		return;
	see_originator(f, op, v, out);
	if (v->point != NULL)
		see_point(f, op, v, out);
}

static const struct parameter function[] = {
	{ "learn_d", offsetof(struct functions, function_d), 14, 1, 3650 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct parameter point[] = {
	{ "learn_d", offsetof(struct functions, point_d), 30, 1, 3650 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct parameter originator[] = {
	{ "learn_units", offsetof(struct functions, units), 3, 0, 65534 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct detection detections[] = {
	{ DET_FUNCTION, "T0869,T0855", function },
	{ DET_POINT, "T0855", point },
	{ DET_ORIGINATOR, "T0849", originator },
	{ NULL, NULL, NULL },
};

const struct detector iec104_functions_detector = {
	.detections = detections,
	.protocol = "iec104",
	.kinds =
	    DETECTOR_ON_ALL & ~DETECTOR_ON(OP_LINK) & ~DETECTOR_ON(OP_FLAW),
	.world = &iec104_world,
	.about = IEC104_ABOUT_ASDU | IEC104_ABOUT_NEWS,
	.state_size = sizeof(struct functions),
	.start = functions_start,
	.on_op = functions_on_op,
};
