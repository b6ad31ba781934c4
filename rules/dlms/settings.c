/* SPDX-License-Identifier: Apache-2.0 */
/*
 * D-45, D-46, D-48 and D-50: what is changed or erased and a table can tell:
 * tariffs, logs and registers, the ways to activate an image, communication.
 */
#include <config.h>

#include "rules/dlms/commands.h"

enum { TARIFF, ERASE, ACTIVATION, COMMUNICATION };

static const struct detection detections[] = {
	{ "D-45", "T0836", NULL },
	{ "D-46", "T0872,T0809", NULL },
	{ "D-48", "T0857", NULL },
	{ "D-50", "T0836,T0884", NULL },
	{ NULL, NULL, NULL },
};

struct setting {
	uint16_t class_id;
	uint8_t service, first, last; /* attributes or methods */
	uint8_t row;
	const struct event_def *def;
};

static const struct setting settings[] = {
	{ CLASS_CALENDAR, DLMS_SET, 6, 10, TARIFF, &EV_CONFIG_CHANGE },
	{ CLASS_CALENDAR, DLMS_ACTION, 1, 1, TARIFF, &EV_CONFIG_CHANGE },
	{ CLASS_SPECIAL_DAYS, DLMS_SET, 2, 2, TARIFF, &EV_CONFIG_CHANGE },
	{ CLASS_SPECIAL_DAYS, DLMS_ACTION, 1, 2, TARIFF, &EV_CONFIG_CHANGE },
	{ CLASS_SCHEDULE_TABLE, DLMS_SET, 2, 2, TARIFF, &EV_CONFIG_CHANGE },
	{ CLASS_SCHEDULE_TABLE, DLMS_ACTION, 1, 3, TARIFF, &EV_CONFIG_CHANGE },
	{ CLASS_REGISTER_MONITOR, DLMS_SET, 2, 4, TARIFF, &EV_CONFIG_CHANGE },
	{ CLASS_REGISTER_ACTIVATION, DLMS_SET, 2, 4, TARIFF,
	    &EV_CONFIG_CHANGE },
	{ CLASS_REGISTER_ACTIVATION, DLMS_ACTION, 1, 3, TARIFF,
	    &EV_CONFIG_CHANGE },
	{ CLASS_PROFILE, DLMS_ACTION, 1, 1, ERASE, &EV_DLMS_LOG_ERASED },
	{ CLASS_REGISTER, DLMS_ACTION, 1, 1, ERASE, &EV_CONFIG_CHANGE },
	{ CLASS_EXTENDED_REGISTER, DLMS_ACTION, 1, 1, ERASE,
	    &EV_CONFIG_CHANGE },
	{ CLASS_DEMAND_REGISTER, DLMS_ACTION, 1, 1, ERASE, &EV_CONFIG_CHANGE },
	{ CLASS_PROFILE, DLMS_SET, 3, 4, ERASE, &EV_CONFIG_CHANGE },
	{ CLASS_IMAGE, DLMS_SET, 5, 5, ACTIVATION, &EV_CONFIG_CHANGE },
	{ CLASS_PUSH, DLMS_SET, 3, 3, COMMUNICATION, &EV_DLMS_PUSH_REDIRECT },
	{ CLASS_AUTO_CONNECT, DLMS_SET, 6, 6, COMMUNICATION,
	    &EV_DLMS_PUSH_REDIRECT },
	{ 19, DLMS_SET, 2, 127, COMMUNICATION, &EV_CONFIG_CHANGE },
	{ 23, DLMS_SET, 2, 127, COMMUNICATION, &EV_CONFIG_CHANGE },
	{ 27, DLMS_SET, 2, 127, COMMUNICATION, &EV_CONFIG_CHANGE },
	{ 28, DLMS_SET, 2, 127, COMMUNICATION, &EV_CONFIG_CHANGE },
	{ 41, DLMS_SET, 2, 2, COMMUNICATION, &EV_CONFIG_CHANGE },
	{ 42, DLMS_SET, 2, 127, COMMUNICATION, &EV_CONFIG_CHANGE },
	{ 43, DLMS_SET, 2, 127, COMMUNICATION, &EV_CONFIG_CHANGE },
	{ 44, DLMS_SET, 2, 127, COMMUNICATION, &EV_CONFIG_CHANGE },
	{ 45, DLMS_SET, 2, 127, COMMUNICATION, &EV_CONFIG_CHANGE },
	{ 48, DLMS_SET, 2, 127, COMMUNICATION, &EV_CONFIG_CHANGE },
	{ 100, DLMS_SET, 2, 127, COMMUNICATION, &EV_CONFIG_CHANGE },
	{ 124, DLMS_SET, 2, 127, COMMUNICATION, &EV_CONFIG_CHANGE },
};

/* Schedules and scripts that activate an image tell by their object. */
static const struct setting *
activation(const struct dlms_item *i)
{
	static const struct setting indirect = { 0, 0, 0, 0, ACTIVATION,
		&EV_UNAUTHORIZED_CONFIG_OR_FW };
	static const struct setting known = { 0, 0, 0, 0, ACTIVATION,
		&EV_CONFIG_CHANGE };

	if (i->class_id == CLASS_SCHEDULE && i->service == DLMS_SET &&
	    dlms_is_obis(i, 15, 0, 2))
		return i->index == 4 ? &indirect : &known;
	if (i->class_id == CLASS_SCRIPTS && i->service == DLMS_ACTION &&
	    dlms_is_obis(i, 10, 0, 107))
		return &indirect;
	return NULL;
}

static const struct setting *
setting_of(const struct dlms_item *i)
{
	if (i->short_name || i->service == DLMS_GET)
		return NULL;
	for (size_t n = 0; n < sizeof(settings) / sizeof(*settings); n++) {
		const struct setting *s = &settings[n];

		if (s->class_id == i->class_id && s->service == i->service &&
		    i->index >= s->first && i->index <= s->last)
			return s;
	}
	return activation(i);
}

/* What a log is made of decides what it keeps: as if it were erased. */
static const struct event_def *
def_of(const struct setting *s, const struct dlms_view *v,
    const struct dlms_item *i)
{
	if (s->row == ERASE && dlms_is_log(i))
		return &EV_DLMS_LOG_ERASED;
	if (s->row == ACTIVATION && dlms_may(v, RIGHT_FIRMWARE) == DLMS_MAY)
		return &EV_CONFIG_CHANGE;
	return s->def;
}

static void
settings_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	const struct dlms_view *v = dlms_view(known);
	struct commands c;
	struct dlms_item i;

	(void)state;
	if (v == NULL || v->meter == NULL || op->from != OP_FROM_CLIENT)
		return;
	c = dlms_commands(op);
	while (c.named && dlms_next_command(&c, &i)) {
		const struct setting *s = setting_of(&i);
		struct event ev;

		if (s == NULL)
			continue;
		ev = dlms_command_event(
		    v, op, def_of(s, v, &i), &detections[s->row], &i);
		out->emit(out, &ev);
	}
}

const struct detector dlms_settings_detector = {
	.detections = detections,
	.protocol = "dlms",
	.kinds = DETECTOR_ON(OP_WRITE) | DETECTOR_ON(OP_CONTROL) |
	         DETECTOR_ON(OP_FILE) | DETECTOR_ON(OP_KEY) |
	         DETECTOR_ON(OP_TIME),
	.world = &dlms_world,
	.state_size = 64,
	.on_op = settings_on_op,
};
