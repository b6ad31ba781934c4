/* SPDX-License-Identifier: Apache-2.0 */
/* T-16: files that are moved (60870-5-101, 7.3.6). */
#include <config.h>

#include "rules/iec104/say.h"
#include "rules/when.h"

#define DET "T-16"
#define QUIET_S 60 /* after which the same file is another transfer */

enum {
	FILE_READY = 120,
	SECTION_READY,
	CALL,
	LAST,
	ACK,
	SEGMENT,
	DIRECTORY,
	LOG
};

enum action { CARRIES_ON, LISTS, UPLOADS, DOWNLOADS, DELETES };

#define SCQ_DELETE 4

static enum action
action(const struct iec104_view *v, const struct iec104_object *o)
{
	uint8_t q = 0;

	iec104_qualifier(o, &q);
	switch (v->apdu->type) {
	case CALL:
		if (!v->from_master)
			return CARRIES_ON;
		if (v->apdu->cot == IEC104_REQUEST)
			return LISTS;
		return (q & 0x0f) == SCQ_DELETE ? DELETES : UPLOADS;
	case LOG:
		return v->from_master ? UPLOADS : CARRIES_ON;
	case FILE_READY:
		return v->from_master ? DOWNLOADS : UPLOADS;
	case SECTION_READY:
	case SEGMENT:
	case LAST:
		return v->from_master ? DOWNLOADS : CARRIES_ON;
	default:
		return CARRIES_ON;
	}
}

static void
say(const struct op *op, const struct iec104_view *v,
    const struct iec104_object *o, enum action what, struct event_sink *out)
{
	static const char *const names[] = { [LISTS] = "directory",
		[UPLOADS] = "upload",
		[DOWNLOADS] = "download",
		[DELETES] = "delete" };
	bool unknown =
	    (v->link->flags & IEC104_UNLISTED) != 0 || iec104_is_newcomer(v);
	bool out_of = what == LISTS || what == UPLOADS;
	struct iec104_file f = { .name = 0 };
	struct event ev = iec104_say(op, v,
	    unknown  ? &EV_UNAUTHORIZED_CONFIG_SRC
	    : out_of ? &EV_CONFIG_FILE_EXPORT
	             : &EV_CONFIG_FILE_IMPORT,
	    DET);

	iec104_say_asdu(&ev, v);
	event_add_text(&ev, "action", names[what]);
	if (iec104_file(o, &f))
		event_add_u64(&ev, "file", f.name);
	if (!unknown)
		event_add_text(&ev, "X.Method", "IEC 60870-5-104");
	out->emit(out, &ev);
}

/* Once for a transfer, at the unit that begins it. */
static void
files_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	const struct iec104_view *v = known;
	struct iec104_habits *h;
	struct iec104_walk walk;
	struct iec104_object o;
	enum action what;
	bool same;

	(void)state;
	if (v == NULL || v->apdu->read != IEC104_ASDU ||
	    op->result == OP_REFUSED)
		return;
	walk = iec104_objects(v->apdu);
	if (!iec104_next(&walk, &o))
		return;
	what = action(v, &o);
	h = iec104_habits(v->link);
	same = (v->link->flags & IEC104_FILED) != 0 && h->file_ioa == o.ioa &&
	       when_within(h->file_ms, v->now_ms, QUIET_S);
	h->file_ms = v->now_ms;
	if (what == CARRIES_ON || (same && what != DELETES))
		return;
	v->link->flags |= IEC104_FILED;
	h->file_ioa = o.ioa;
	say(op, v, &o, what, out);
}

static const struct detection detections[] = {
	{ DET, "T0843,T0845,T0882", NULL },
	{ NULL, NULL, NULL },
};

const struct detector iec104_files_detector = {
	.detections = detections,
	.protocol = "iec104",
	.kinds = DETECTOR_ON(OP_FILE),
	.world = &iec104_world,
	.about = IEC104_ABOUT_ASDU,
	.state_size = 1,
	.on_op = files_on_op,
};
