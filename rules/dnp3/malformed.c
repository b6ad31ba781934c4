/* SPDX-License-Identifier: Apache-2.0 */
/* P-24: DNP3 frames and fragments that are broken, or say what they must not.
 */
#include <config.h>

#include "dissectors/dnp3/dnp3.h"
#include "rules/flaws.h"

#define DET "P-24"
#define ATTACK "T0814,T0819"
#define STANDARD "IEC62351-14:5.1" /* REQUEST_INVALID */

/* The outstation: its link address tells those behind one gateway apart. */
struct station {
	uint8_t ip[16], link[2];
	uint8_t known; /* whether link is */
};

static struct station
station_of(const struct op *op, const struct dnp3_frame *f)
{
	bool asked = op->from == OP_FROM_CLIENT;
	uint16_t link = asked ? f->dst : f->src;
	struct station s = { .known = f->headed };

	memcpy(s.ip, asked ? op->pdu->dst.ip : op->pdu->src.ip, sizeof(s.ip));
	s.link[0] = (uint8_t)(link >> 8);
	s.link[1] = (uint8_t)link;
	return s;
}

/* Lost datagrams leave no other trace, nor do frames before the first. */
static bool
is_doubtful(const struct op *op, const struct dnp3_frame *f)
{
	bool assembly = f->flaw == DNP3_SEQUENCE_GAP ||
	                f->flaw == DNP3_NO_FIRST || f->flaw == DNP3_UNFINISHED;

	return op->pdu->state == KNOW_GAPPED ||
	       (op->pdu->state == KNOW_MIDSTREAM && !f->headed) ||
	       (op->pdu->carrier == OVER_UDP && assembly);
}

static void
add(struct event *ev, const struct op *op)
{
	const struct dnp3_frame *f = dnp3_msg(op);
	bool asked = op->from == OP_FROM_CLIENT;
	char link[8];

	ev->subject = event_address(asked ? &op->pdu->dst : &op->pdu->src);
	ev->doubtful = is_doubtful(op, f);
	if (!f->headed)
		return;
	snprintf(link, sizeof(link), "/%u", asked ? f->dst : f->src);
	memcpy(ev->subject.p + ev->subject.n, link, strlen(link));
	ev->subject.n = (uint8_t)(ev->subject.n + strlen(link));
	event_add_u64(ev, "link_src", f->src);
	event_add_u64(ev, "link_dst", f->dst);
	if (f->crc_errors > 0)
		event_add_u64(ev, "crc_errors", f->crc_errors);
	if (f->whole)
		event_add_u64(ev, "function", f->app.function);
}

/*
 * What is broken, and not only unusual: a station whose fragments are long or
 * whose objects nobody knows says so in every poll, and that is no flood.
 */
static bool
is_broken(const struct dnp3_frame *f)
{
	switch (f->flaw) {
	case DNP3_SOUND:
	case DNP3_ADDRESS:
	case DNP3_LINK_FUNCTION:
	case DNP3_TOO_LONG:
	case DNP3_FUNCTION:
	case DNP3_UNKNOWN_OBJECT:
		return false;
	default:
		return true;
	}
}

static void
malformed_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	static const struct flaws_family family = { DET, ATTACK, STANDARD,
		&EV_DNP_MALFORMED, &EV_DNP_MALFORMED_FLOOD, add };
	const struct dnp3_frame *f = dnp3_msg(op);
	struct station station;
	struct op judged = *op;

	(void)known;
	if (f == NULL)
		return;
	/* a frame may be read to its end although what it carries is broken */
	if (op->verdict != RD_TRUNCATED && is_broken(f))
		judged.verdict = RD_MALFORMED;
	station = station_of(op, f);
	flaws_on_op(state, &family, &judged,
	    (struct bytes){ (const uint8_t *)&station, sizeof(station) }, out);
}

static const struct parameter parameters[] = { FLAWS_PARAMETERS(3) };

static const struct detection detections[] = {
	{ DET, ATTACK, parameters },
	{ NULL, NULL, NULL },
};

static size_t
malformed_kept(void *state, struct kept_part to[KEPT_MOST])
{
	struct flaws *f = state;

	to[0] = flaws_kept("dnp3.flaws", f);
	return 1;
}

const struct detector dnp3_malformed_detector = {
	.detections = detections,
	.protocol = "dnp3",
	.kinds = DETECTOR_ON(OP_FLAW),
	.state_size = sizeof(struct flaws),
	.start = flaws_start,
	.on_op = malformed_on_op,
	.kept = malformed_kept,
};
