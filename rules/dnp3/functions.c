/* SPDX-License-Identifier: Apache-2.0 */
/* P-02, P-07 to P-09, P-18 to P-20: functions that tell by themselves. */
#include <config.h>

#include <math.h>

#include "rules/dnp3/say.h"
#include "rules/policy.h"
#include "rules/when.h"

#define DET_NEW "P-02"
#define DET_RESTART "P-07"
#define DET_APPLICATION "P-08"
#define DET_CONFIG "P-09"
#define DET_COUNTER "P-18"
#define DET_PARAMETER "P-19"
#define DET_IDENTITY "P-20"
#define DAY_S 86400
#define IDENTITY 0 /* g0 */
#define DEADBAND 34
#define SET_POINT 41
#define POINTS_MOST 64 /* of an object that are looked at */

struct functions {
	uint32_t learn_d;
	const struct policy *policy;
};

static void
functions_start(void *state, const struct setup *setup)
{
	((struct functions *)state)->policy = setup->policy;
}

static void
say(const struct op *op, const struct dnp3_view *v, const struct event_def *def,
    const char *det, const char *setting, struct event_sink *out)
{
	struct event ev = dnp3_say(op, v, def, det);

	ev.doubtful = false; /* a single fragment is all that it takes */
	dnp3_say_request(&ev, v);
	if (def == &EV_CONFIG_CHANGE)
		event_add_text(&ev, "X.Setting", setting);
	if (def == &EV_CONFIG_FILE_IMPORT)
		event_add_text(&ev, "X.Method", "DNP3");
	out->emit(out, &ev);
}

/* What every master does when it begins. */
static bool
is_common(uint8_t function)
{
	const uint32_t set = 1U << DNP3_CONFIRM | 1U << DNP3_READ |
	                     1U << DNP3_WRITE | 1U << DNP3_ENABLE_UNSOLICITED |
	                     1U << DNP3_DISABLE_UNSOLICITED |
	                     1U << DNP3_DELAY_MEASURE | 1U << DNP3_RECORD_TIME;

	return function < 32 && (set >> function & 1) != 0;
}

static void
see_new(const struct functions *s, const struct op *op,
    const struct dnp3_view *v, struct event_sink *out)
{
	const struct dnp3_key *k = &v->a->key;
	uint8_t fc = v->app->function;
	enum policy_answer answer;
	const char *why = NULL;
	struct event ev;

	if ((v->news & DNP3_NEW_FUNCTION) == 0 && fc < DNP3_FUNCTIONS)
		return;
	answer =
	    policy_function(s->policy, POLICY_DNP3, k->master, k->station, fc);
	if (answer == POLICY_UNLISTED)
		why = "policy";
	else if (answer == POLICY_LISTED || is_common(fc))
		return;
	else if (fc >= DNP3_FUNCTIONS && fc < DNP3_RESPONSE)
		why = "reserved";
	else if (fc > DNP3_AUTH_RESPONSE)
		why = "reserved";
	else if (dnp3_is_newcomer(v))
		why = "new master";
	else if (!when_within(v->a->first_ms, v->now_ms, s->learn_d * DAY_S))
		why = "never before";
	if (why == NULL ||
	    (fc >= DNP3_FUNCTIONS && dnp3_habits(v->a)->reserved_said))
		return;
	if (fc >= DNP3_FUNCTIONS)
		dnp3_habits(v->a)->reserved_said = true;
	ev = dnp3_say(op, v, &EV_DNP_NEW_FUNCTION, DET_NEW);
	ev.doubtful = false;
	dnp3_say_request(&ev, v);
	event_add_text(&ev, "by", why);
	out->emit(out, &ev);
}

static void
say_limit(const struct op *op, const struct dnp3_view *v, uint32_t index,
    double value, const struct policy_limits *l, struct event_sink *out)
{
	const double numbers[] = { l->least, l->most };
	const char *const names[] = { "least", "most" };
	struct event ev = dnp3_say(op, v, &EV_CONFIG_CHANGE, DET_PARAMETER);
	char text[32];

	ev.doubtful = false;
	event_add_u64(&ev, "master_link", v->a->key.master_link);
	event_add_u64(&ev, "function", v->app->function);
	event_add_u64(&ev, "index", index);
	for (int i = 0; i < 2; i++) {
		if (!isfinite(numbers[i]))
			continue;
		snprintf(text, sizeof(text), "%g", numbers[i]);
		event_add_text(&ev, names[i], text);
	}
	snprintf(text, sizeof(text), "%g", value);
	event_add_text(&ev, "X.Setting", "set point beyond its limits");
	event_add_text(&ev, "X.Value", text);
	out->emit(out, &ev);
}

/* Each set point that the policy limits; an operate was selected before. */
static void
see_set_points(const struct functions *s, const struct op *op,
    const struct dnp3_view *v, struct event_sink *out)
{
	struct dnp3_walk walk = dnp3_objects(v->app);
	const struct dnp3_key *k = &v->a->key;
	struct dnp3_header header;

	if (s->policy == NULL || (v->app->function == DNP3_OPERATE &&
	                             v->a->request_function == DNP3_SELECT))
		return;
	while (dnp3_next(&walk, &header)) {
		struct dnp3_points points = dnp3_points(&header);
		struct dnp3_output o;
		struct dnp3_point p;

		if (header.group != SET_POINT)
			continue;
		for (unsigned n = 0;
		     n < POINTS_MOST && dnp3_next_point(&points, &p); n++) {
			const struct policy_limits *l =
			    policy_limits(s->policy, k->station, k->link,
			        (uint32_t)SET_POINT << 16 | p.index);

			if (l != NULL && dnp3_output(&header, &p, &o) &&
			    !(o.value >= l->least && o.value <= l->most))
				say_limit(op, v, p.index, o.value, l, out);
		}
	}
}

static void
see_write(
    const struct op *op, const struct dnp3_view *v, struct event_sink *out)
{
	if (v->app->first.n > 0 && v->app->first.p[0] == DEADBAND)
		say(op, v, &EV_CONFIG_CHANGE, DET_PARAMETER, "deadband", out);
}

static void
see_read(const struct op *op, const struct dnp3_view *v, struct event_sink *out)
{
	if (v->app->first.n == 0 || v->app->first.p[0] != IDENTITY ||
	    dnp3_habits(v->a)->identity_said)
		return;
	dnp3_habits(v->a)->identity_said = true;
	say(op, v, &EV_DNP_IDENTITY_READ, DET_IDENTITY, NULL, out);
}

static void
see_restart(
    const struct op *op, const struct dnp3_view *v, struct event_sink *out)
{
	dnp3_habits(v->a)->commanded_ms = v->now_ms;
	dnp3_habits(v->a)->commanded_frame = op->pdu->frame;
	say(op, v, &EV_DNP_RESTART_COMMAND, DET_RESTART, NULL, out);
}

static void
functions_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	const struct dnp3_view *v = known;

	if (!v->request)
		return;
	see_new(state, op, v, out);
	switch (v->app->function) {
	case DNP3_READ:
		see_read(op, v, out);
		break;
	case DNP3_WRITE:
		see_write(op, v, out);
		break;
	case DNP3_SELECT:
	case DNP3_OPERATE:
	case DNP3_DIRECT_OPERATE:
	case DNP3_DIRECT_OPERATE_NR:
		see_set_points(state, op, v, out);
		break;
	case DNP3_FREEZE_CLEAR:
	case DNP3_FREEZE_CLEAR_NR:
		say(op, v, &EV_DNP_COUNTER_CLEAR, DET_COUNTER, NULL, out);
		break;
	case DNP3_COLD_RESTART:
	case DNP3_WARM_RESTART:
		see_restart(op, v, out);
		break;
	case DNP3_INITIALIZE_DATA:
	case DNP3_INITIALIZE_APPLICATION:
	case DNP3_START_APPLICATION:
	case DNP3_STOP_APPLICATION:
		say(op, v, &EV_DNP_APP_CONTROL, DET_APPLICATION, NULL, out);
		break;
	case DNP3_SAVE_CONFIGURATION:
		say(op, v, &EV_CONFIG_CHANGE, DET_CONFIG, "saved", out);
		break;
	case DNP3_ACTIVATE_CONFIGURATION:
		say(op, v, &EV_CONFIG_FILE_IMPORT, DET_CONFIG, NULL, out);
		break;
	case DNP3_ASSIGN_CLASS:
		/* masters assign classes when they begin */
		if (!v->startup || !v->complete)
			say(op, v, &EV_CONFIG_CHANGE, DET_PARAMETER,
			    "classes of points", out);
		break;
	default:
		break;
	}
}

static const struct parameter new_function[] = {
	{ "learn_d", offsetof(struct functions, learn_d), 14, 1, 3650 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct detection detections[] = {
	{ DET_NEW, "T0869", new_function },
	{ DET_RESTART, "T0816", NULL },
	{ DET_APPLICATION, "T0881,T0858", NULL },
	{ DET_CONFIG, "T0836,T0843", NULL },
	{ DET_COUNTER, "T0836", NULL },
	{ DET_PARAMETER, "T0836,T0838", NULL },
	{ DET_IDENTITY, "T0888", NULL },
	{ NULL, NULL, NULL },
};

const struct detector dnp3_functions_detector = {
	.detections = detections,
	.protocol = "dnp3",
	.kinds = DETECTOR_ON_ALL & ~DETECTOR_ON(OP_LINK) &
	         ~DETECTOR_ON(OP_REPORT) & ~DETECTOR_ON(OP_FLAW),
	.world = &dnp3_world,
	.on_view = true,
	.state_size = sizeof(struct functions),
	.start = functions_start,
	.on_op = functions_on_op,
};
