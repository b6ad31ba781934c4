/* SPDX-License-Identifier: Apache-2.0 */
/* P-17: files that are read, written or deleted (IEEE 1815-2012, 5.3, A.27). */
#include <config.h>

#include "rules/dnp3/say.h"
#include "rules/when.h"

#define DET "P-17"
#define QUIET_S 60 /* after which the same file is another transfer */
#define GROUP 70

enum action { NOTHING, READS, WRITES, DELETES, ASKS };
enum { MODE_READ = 1, MODE_WRITE, MODE_APPEND };

static bool
first_file(const struct dnp3_fragment *app, struct dnp3_file *f)
{
	struct dnp3_walk w = dnp3_objects(app);
	struct dnp3_points points;
	struct dnp3_header h;
	struct dnp3_point p;

	while (dnp3_next(&w, &h)) {
		if (h.group != GROUP)
			continue;
		for (points = dnp3_points(&h); dnp3_next_point(&points, &p);)
			if (dnp3_file(&h, &p, f))
				return true;
	}
	return false;
}

/* An open that does not say what for, still opens. */
static enum action
action(uint8_t function, const struct dnp3_file *f)
{
	switch (function) {
	case DNP3_READ:
		return READS;
	case DNP3_WRITE:
		return WRITES;
	case DNP3_OPEN_FILE:
		return f->mode == MODE_WRITE || f->mode == MODE_APPEND ? WRITES
		                                                       : READS;
	case DNP3_DELETE_FILE:
		return DELETES;
	case DNP3_GET_FILE_INFO:
	case DNP3_AUTHENTICATE_FILE:
		return ASKS;
	default: /* it goes on, or ends */
		return NOTHING;
	}
}

static void
say(const struct op *op, const struct dnp3_view *v, const struct dnp3_file *f,
    enum action what, struct event_sink *out)
{
	static const char *const names[] = { [READS] = "read",
		[WRITES] = "write",
		[DELETES] = "delete",
		[ASKS] = "information" };
	const struct event_def *def = what == DELETES  ? &EV_DNP_FILE_DELETE
	                              : what == WRITES ? &EV_CONFIG_FILE_IMPORT
	                                               : &EV_CONFIG_FILE_EXPORT;
	struct event ev = dnp3_say(op, v, def, DET);

	ev.doubtful = false;
	event_add_u64(&ev, "master_link", v->a->key.master_link);
	event_add_u64(&ev, "function", v->app->function);
	event_add_text(&ev, "action", names[what]);
	if (f->name.n > 0)
		event_add(&ev, "file", f->name);
	if (what != DELETES)
		event_add_text(&ev, "X.Method", "DNP3");
	out->emit(out, &ev);
}

/* Once for a transfer, at the request that begins it. */
static void
files_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	const struct dnp3_view *v = known;
	struct dnp3_habits *h = dnp3_habits(v->a);
	struct dnp3_file f = { 0 };
	enum action what;
	uint32_t name;
	bool goes_on;

	(void)state;
	if (!v->request)
		return;
	first_file(v->app, &f);
	what = action(v->app->function, &f);
	/* blocks are of the file that was opened last */
	goes_on =
	    h->file_action == what &&
	    when_within(h->file_ms, v->now_ms, QUIET_S) &&
	    (v->app->function == DNP3_READ || v->app->function == DNP3_WRITE);
	name = (uint32_t)dnp3_world_hash(v->world, f.name, 0);
	if (v->app->function == DNP3_OPEN_FILE)
		goes_on = h->file_action == what && h->file == name &&
		          when_within(h->file_ms, v->now_ms, QUIET_S);
	if (what == READS || what == WRITES) {
		h->file_ms = v->now_ms;
		h->file_action = (uint8_t)what;
		if (f.name.n > 0)
			h->file = name;
	}
	if (what == NOTHING || goes_on)
		return;
	say(op, v, &f, what, out);
}

static const struct detection detections[] = {
	{ DET, "T0843,T0845,T0809", NULL },
	{ NULL, NULL, NULL },
};

const struct detector dnp3_files_detector = {
	.detections = detections,
	.protocol = "dnp3",
	.kinds = DETECTOR_ON(OP_FILE),
	.world = &dnp3_world,
	.on_view = true,
	.state_size = 1,
	.on_op = files_on_op,
};
