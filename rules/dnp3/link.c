/* SPDX-License-Identifier: Apache-2.0 */
/* P-23: the link layer, misused (IEEE 1815-2012, clause 9). */
#include <config.h>

#include "rules/dnp3/say.h"
#include "rules/when.h"

#define DET "P-23"

enum { /* what is said once of an association */
	SAID_FUNCTION = 1,
	SAID_ADDRESS = 2,
	SAID_SELF = 4,
	SAID_DIRECTION = 8,
	SAID_RESETS = 16,
	SAID_EAGER = 32
};

#define EAGER_MS 200 /* no end gives up so soon */

struct link {
	uint32_t n, t_s, addresses;
};

static void
say(const struct op *op, const struct dnp3_view *v, const struct event_def *def,
    const char *what, struct event_sink *out)
{
	struct event ev = dnp3_say(op, v, def, DET);

	ev.doubtful = op->pdu->state == KNOW_GAPPED;
	event_add_u64(&ev, "link_src", v->frame->src);
	event_add_u64(&ev, "link_dst", v->frame->dst);
	event_add_u64(&ev, "link_function", v->frame->function);
	event_add_text(&ev, "what", what);
	if (v->app != NULL)
		event_add_u64(&ev, "function", v->app->function);
	out->emit(out, &ev);
}

static void
say_once(const struct op *op, const struct dnp3_view *v, uint8_t which,
    const char *what, struct event_sink *out)
{
	struct dnp3_habits *h = dnp3_habits(v->a);

	if ((h->link_said & which) == 0)
		say(op, v, &EV_DNP_LINK_MISUSE, what, out);
	h->link_said |= which;
}

/* Time and freezes go to all; what moves or stops something does not. */
static bool
is_for_one(const struct dnp3_fragment *app)
{
	uint8_t fc = app->function;

	if (fc == DNP3_WRITE)
		return app->first.n > 0 && app->first.p[0] != 50 &&
		       app->first.p[0] != 51;
	return dnp3_is_control(fc) ||
	       (fc >= DNP3_COLD_RESTART && fc <= DNP3_SAVE_CONFIGURATION) ||
	       fc == DNP3_ASSIGN_CLASS ||
	       (fc >= DNP3_OPEN_FILE && fc <= DNP3_ACTIVATE_CONFIGURATION);
}

static void
see_addresses(
    const struct op *op, const struct dnp3_view *v, struct event_sink *out)
{
	const struct dnp3_frame *f = v->frame;

	if (f->src >= DNP3_RESERVED ||
	    (f->dst >= DNP3_RESERVED && f->dst < DNP3_SELF_ADDRESS))
		say_once(op, v, SAID_ADDRESS, "reserved address", out);
	else if (f->dst == DNP3_SELF_ADDRESS)
		say_once(op, v, SAID_SELF, "self-address", out);
	else if (f->dst >= DNP3_BROADCAST && v->request && is_for_one(v->app))
		say(op, v, &EV_DNP_BROADCAST_CONTROL, "broadcast", out);
}

/* Who looks for outstations asks for one address after another. */
static void
see_scan(const struct link *l, const struct op *op, const struct dnp3_view *v,
    struct event_sink *out)
{
	struct dnp3_link *of = dnp3_places_count(v->world, v);

	if (of == NULL || of->scan_said || of->tried < l->addresses ||
	    of->heard * 4U >= of->tried)
		return;
	of->scan_said = true;
	say(op, v, &EV_DNP_LINK_MISUSE, "scan of addresses", out);
}

/* Requests are the master's, responses the outstation's. */
static void
see_direction(
    const struct op *op, const struct dnp3_view *v, struct event_sink *out)
{
	bool response = v->app != NULL && v->app->function >= DNP3_RESPONSE &&
	                v->app->function <= DNP3_AUTH_RESPONSE;
	bool request = v->app != NULL && v->app->function > DNP3_CONFIRM &&
	               v->app->function < DNP3_FUNCTIONS;

	if ((v->from_master && response) || (!v->from_master && request))
		say_once(op, v, SAID_DIRECTION,
		    "DIR does not go with the function", out);
	else if ((v->news & DNP3_REVERSED) != 0)
		say_once(op, v, SAID_DIRECTION, "DIR of the other end", out);
}

/* Of the frame's user data only what is kept of them. */
static uint64_t
data_of(const struct dnp3_view *v)
{
	const struct dnp3_frame *f = v->frame;
	uint8_t head[8] = { f->function, f->seq, f->fir, f->fin };

	if (!f->whole)
		return dnp3_world_hash(
		    v->world, (struct bytes){ head, sizeof(head) }, 0);
	head[4] = f->app.function;
	head[5] = (uint8_t)(f->app.seq | f->app.con << 4 | f->app.uns << 5);
	head[6] = (uint8_t)(f->app.iin >> 8);
	head[7] = (uint8_t)f->app.iin;
	return dnp3_world_hash(v->world, f->app.objects,
	    dnp3_world_hash(v->world, (struct bytes){ head, sizeof(head) }, 0));
}

static void
see_reset(const struct link *l, const struct op *op, const struct dnp3_view *v,
    unsigned end, struct event_sink *out)
{
	struct dnp3_habits *h = dnp3_habits(v->a);

	if (v->complete && op->pdu->heard_all && h->toggles[end] &&
	    h->fcb[end] != 0 && !h->acked[end] &&
	    v->now_ms - h->data_ms[end] < EAGER_MS)
		say_once(
		    op, v, SAID_EAGER, "reset before an acknowledgement", out);
	h->fcb[end] = 0;
	if (pace_hit(&h->resets[end], l->t_s, v->now_ms) <= l->n) {
		h->link_said &= (uint8_t)~SAID_RESETS;
		return;
	}
	say_once(op, v, SAID_RESETS, "resets", out);
}

/* The same FCB means the same frame once more. */
static void
see_counted(const struct op *op, const struct dnp3_view *v, unsigned end,
    struct event_sink *out)
{
	struct dnp3_habits *h = dnp3_habits(v->a);
	uint8_t fcb = 1 + v->frame->fcb;
	uint64_t data = data_of(v);
	bool acked = h->acked[end];

	if (v->complete && h->fcb[end] == fcb && h->acked[end] &&
	    h->toggles[end] && h->data[end] != data &&
	    op->pdu->carrier == OVER_TCP)
		say(op, v, &EV_DNP_LINK_MISUSE, "FCB repeated with other data",
		    out);
	if (h->fcb[end] != fcb || h->data[end] != data)
		h->acked[end] = false;
	h->data_ms[end] = v->now_ms;
	/* some never change it */
	if (acked && h->fcb[end] != 0 && h->fcb[end] != fcb)
		h->toggles[end] = true;
	h->fcb[end] = fcb;
	h->data[end] = data;
}

static void
see_link(const struct link *l, const struct op *op, const struct dnp3_view *v,
    struct event_sink *out)
{
	const struct dnp3_frame *f = v->frame;
	unsigned end = v->from_master ? 0 : 1;

	if (!f->prm) {
		if (f->function == DNP3_ACK)
			dnp3_habits(v->a)->acked[1 - end] = true;
		return;
	}
	if (f->function == DNP3_RESET_LINK)
		see_reset(l, op, v, end, out);
	else if (f->function == DNP3_CONFIRMED_DATA ||
	         f->function == DNP3_TEST_LINK)
		see_counted(op, v, end, out);
}

static void
link_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	const struct dnp3_view *v = known;
	const struct dnp3_frame *f = v->frame;

	if (f->crc_errors > 0)
		return;
	if ((v->news & DNP3_NEW_FLOW) != 0 &&
	    (v->a->flags & DNP3_HAS_HABITS) != 0)
		dnp3_habits(v->a)->fcb[0] = dnp3_habits(v->a)->fcb[1] = 0;
	if (f->flaw == DNP3_LINK_FUNCTION)
		say_once(op, v, SAID_FUNCTION, "reserved link function", out);
	if (f->src >= DNP3_RESERVED || f->dst >= DNP3_RESERVED)
		see_addresses(op, v, out);
	if ((v->news & DNP3_NEW) != 0 || (v->a->flags & DNP3_HEARD) == 0)
		see_scan(state, op, v, out);
	see_direction(op, v, out);
	if (!f->prm || f->function != DNP3_UNCONFIRMED_DATA)
		see_link(state, op, v, out);
}

static const struct parameter parameters[] = {
	{ "n", offsetof(struct link, n), 3, 1, 1000000 },
	{ "t_s", offsetof(struct link, t_s), 60, 1, 3600 },
	{ "addresses", offsetof(struct link, addresses), 16, 2, 65535 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct detection detections[] = {
	{ DET, "T0855", parameters },
	{ NULL, NULL, NULL },
};

const struct detector dnp3_link_detector = {
	.detections = detections,
	.protocol = "dnp3",
	.kinds = DETECTOR_ON_ALL,
	.world = &dnp3_world,
	.on_view = true,
	.state_size = sizeof(struct link),
	.on_op = link_on_op,
};
