/* SPDX-License-Identifier: Apache-2.0 */
/* Who controls DNP3 outstations, by which functions and which points. */
#include <config.h>

#include "dissectors/dnp3/dnp3.h"
#include "sensor/learn_parts.h"

static struct learn_key
key_of(enum learn_kind kind, const struct op *op, const struct dnp3_frame *m)
{
	struct learn_key key;

	memset(&key, 0, sizeof(key));
	key.kind = (uint8_t)kind;
	key.protocol = POLICY_DNP3;
	memcpy(key.a, m->dir ? op->pdu->dst.ip : op->pdu->src.ip, 16);
	memcpy(key.b, m->dir ? op->pdu->src.ip : op->pdu->dst.ip, 16);
	return key;
}

/* What stops, restarts or configures an outstation, or NULL. */
static const char *
grave(uint8_t function)
{
	switch (function) {
	case DNP3_COLD_RESTART:
		return "cold restart";
	case DNP3_WARM_RESTART:
		return "warm restart";
	case DNP3_INITIALIZE_DATA:
	case DNP3_INITIALIZE_APPLICATION:
	case DNP3_START_APPLICATION:
	case DNP3_STOP_APPLICATION:
		return "start or stop of an application";
	case DNP3_SAVE_CONFIGURATION:
	case DNP3_ACTIVATE_CONFIGURATION:
		return "change of the configuration";
	case DNP3_DELETE_FILE:
		return "file deleted";
	default:
		return NULL;
	}
}

static bool
is_control(uint8_t function)
{
	return function == DNP3_SELECT || function == DNP3_OPERATE ||
	       function == DNP3_DIRECT_OPERATE ||
	       function == DNP3_DIRECT_OPERATE_NR || function == DNP3_WRITE;
}

/* What moves something: relays, analog outputs, and outputs that are set. */
static bool
is_output(uint8_t group)
{
	return group == 10 || group == 12 || group == 41;
}

static void
see_points(struct learn *l, const struct op *op, const struct dnp3_frame *m,
    const struct dnp3_header *h)
{
	struct learn_key key = key_of(LEARN_POINT, op, m);
	struct dnp3_points w = dnp3_points(h);
	struct dnp3_point point;
	struct learn_fact *f;

	learn_u32(key.low, m->dst);
	while (dnp3_next_point(&w, &point)) {
		if (point.index > UINT16_MAX)
			continue;
		learn_u32(key.high, (uint32_t)h->group << 16 | point.index);
		f = learn_see(l, op, &key);
		if (f != NULL && !l->raised)
			f->done += m->app.function != DNP3_SELECT;
	}
}

static void
see_objects(struct learn *l, const struct op *op, const struct dnp3_frame *m)
{
	struct dnp3_walk w = dnp3_objects(&m->app);
	struct learn_key key = key_of(LEARN_CLOCK, op, m);
	bool clock = m->app.function == DNP3_RECORD_TIME;
	struct dnp3_header h;

	while (dnp3_next(&w, &h)) {
		if (is_control(m->app.function) && is_output(h.group))
			see_points(l, op, m, &h);
		clock =
		    clock || (m->app.function == DNP3_WRITE && h.group == 50);
	}
	if (clock)
		learn_see(l, op, &key);
}

static void
see_request(struct learn *l, const struct op *op, const struct dnp3_frame *m)
{
	struct learn_key key = key_of(LEARN_FUNCTION, op, m);
	const char *what = grave(m->app.function);
	struct learn_fact *f;

	if (what != NULL) {
		learn_refuse(
		    l, op, LEARN_DNP3, what, (struct bytes){ NULL, 0 });
		return;
	}
	learn_u32(key.high, m->app.function);
	f = learn_see(l, op, &key);
	if (f != NULL && !l->raised)
		f->done++;
	see_objects(l, op, m);
}

void
learn_dnp3(struct learn *l, const struct op *op)
{
	const struct dnp3_frame *m = dnp3_msg(op);
	struct learn_fact *f;
	struct learn_key key;

	if (m == NULL || !m->headed || op->verdict == RD_MALFORMED)
		return;
	key = key_of(LEARN_MASTER, op, m);
	learn_u32(key.low, m->dir ? m->src : m->dst);
	f = learn_see(l, op, &key);
	if (f != NULL) {
		f->bits |= m->dir ? LEARN_ASKED : LEARN_ANSWERED;
		if (op->pdu->state == KNOW_ONE_SIDED)
			f->bits |= LEARN_ONE_SIDED;
	}
	if (m->dir && m->whole)
		see_request(l, op, m);
}
