/* SPDX-License-Identifier: Apache-2.0 */
/* D-43: what the roles of a client do not allow (detections, B.1.1). */
#include <config.h>

#include "rules/dlms/commands.h"

enum { VIOLATION };

static const struct detection detections[] = {
	{ "D-43", "T0855,T0859", NULL },
	{ NULL, NULL, NULL },
};

/* Those have a detection that says more: D-40, D-42, D-47, D-35. */
static bool
said_elsewhere(const struct dlms_item *i, uint32_t rights)
{
	if (rights & (RIGHT_CONTROL | RIGHT_FIRMWARE))
		return true;
	return rights == RIGHT_KEYS && i->service == DLMS_ACTION &&
	       i->class_id == CLASS_SECURITY &&
	       (i->index == 2 || i->index == 3);
}

static void
judge(const struct op *op, const struct dlms_view *v, struct event_sink *out)
{
	struct commands c = dlms_commands(op);
	struct dlms_item i;
	uint32_t said = 0;

	while (c.named && dlms_next_command(&c, &i)) {
		uint32_t rights = dlms_rights(&i);
		struct event ev;

		if (rights == 0 || (rights & ~said) == 0 ||
		    said_elsewhere(&i, rights) ||
		    dlms_may(v, rights) != DLMS_MAY_NOT)
			continue;
		said |= rights; /* once for each right that a list takes */
		ev = dlms_command_event(
		    v, op, &EV_DLMS_ROLE_VIOLATION, &detections[VIOLATION], &i);
		event_add_u64(&ev, "right", rights);
		out->emit(out, &ev);
	}
}

/* Read-write denied, or scope of access violated: it kept its doors shut. */
static void
refused(const struct op *op, const struct dlms_view *v, struct event_sink *out)
{
	uint32_t code, rights;
	struct event ev;

	if (v->request == NULL)
		return;
	rights =
	    v->request->rights & (RIGHT_ALL - RIGHT_CONTROL - RIGHT_FIRMWARE);
	if (rights == 0 || dlms_may(v, rights) != DLMS_MAY_NOT)
		return;
	if (!dlms_answers(v, op, v->request->class_id, &code) ||
	    (code != 3 && code != 13))
		return;
	ev = dlms_answer_event(
	    v, op, &EV_DLMS_ROLE_VIOLATION_REFUSED, &detections[VIOLATION]);
	event_add_u64(&ev, "result", code);
	out->emit(out, &ev);
}

static void
roles_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	const struct dlms_view *v = dlms_view(known);

	(void)state;
	if (v == NULL || v->meter == NULL)
		return;
	if (op->from == OP_FROM_CLIENT)
		judge(op, v, out);
	else
		refused(op, v, out);
}

const struct detector dlms_roles_detector = {
	.detections = detections,
	.protocol = "dlms",
	.kinds = DETECTOR_ON(OP_READ) | DETECTOR_ON(OP_WRITE) |
	         DETECTOR_ON(OP_CONTROL) | DETECTOR_ON(OP_FILE) |
	         DETECTOR_ON(OP_KEY) | DETECTOR_ON(OP_TIME),
	.world = &dlms_world,
	.state_size = 64,
	.on_op = roles_on_op,
};
