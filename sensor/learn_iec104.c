/* SPDX-License-Identifier: Apache-2.0 */
/* Who controls IEC 104 stations, by which types and which points. */
#include <config.h>

#include "rules/iec104/world.h"
#include "sensor/learn_parts.h"

#define CLOCK 103
#define RESET 105

static struct learn_key
key_of(enum learn_kind kind, const struct iec104_link *link)
{
	struct learn_key key;

	memset(&key, 0, sizeof(key));
	key.kind = (uint8_t)kind;
	key.protocol = POLICY_IEC104;
	memcpy(key.a, link->station, 16);
	memcpy(key.b, link->master, 16);
	return key;
}

/* A command that only selects is no sign of how often a point is used. */
static bool
executes(const struct iec104_apdu *a)
{
	struct iec104_walk w = iec104_objects(a);
	struct iec104_object o;
	bool select = false;

	if (a->cot != IEC104_ACT || !iec104_next(&w, &o))
		return false;
	return !iec104_select(&o, &select) || !select;
}

/* How many connections a station had at once: as T-03 counts them. */
static void
see_links(struct learn *l, const struct op *op, const struct iec104_view *v)
{
	struct learn_key key = key_of(LEARN_LINKS, v->link);
	struct learn_fact *f;

	memset(key.b, 0, sizeof(key.b));
	f = learn_see(l, op, &key);
	if (f != NULL && !l->raised && v->station->most_links > f->done)
		f->done = v->station->most_links;
}

static void
see_command(struct learn *l, const struct op *op, const struct iec104_view *v)
{
	const struct iec104_apdu *a = v->apdu;
	struct learn_key key = key_of(LEARN_FUNCTION, v->link);
	bool moves = executes(a);
	struct learn_fact *f;

	if (a->type == RESET) {
		learn_refuse(l, op, LEARN_IEC104, "reset of the process",
		    (struct bytes){ NULL, 0 });
		return;
	}
	learn_u32(key.high, a->type);
	f = learn_see(l, op, &key);
	if (f != NULL && !l->raised)
		f->done += moves;
	if (v->point == NULL)
		return;
	key.kind = LEARN_POINT;
	learn_u32(key.low, v->point->key.ca);
	learn_u32(key.high, v->point->key.ioa);
	f = learn_see(l, op, &key);
	if (f != NULL && !l->raised)
		f->done += moves;
}

void
learn_iec104(struct learn *l, const struct op *op, const void *known)
{
	const struct iec104_view *v = known;
	struct learn_fact *f;
	struct learn_key key;

	if (v == NULL || v->apdu == NULL || v->link == NULL ||
	    v->link->client == 0 || (!v->from_master && !v->from_station))
		return;
	key = key_of(LEARN_MASTER, v->link);
	f = learn_see(l, op, &key);
	if (f != NULL) {
		f->bits |= v->from_master ? LEARN_ASKED : LEARN_ANSWERED;
		if (op->pdu->state == KNOW_ONE_SIDED)
			f->bits |= LEARN_ONE_SIDED;
	}
	if (v->station != NULL)
		see_links(l, op, v);
	if (!v->from_master || v->apdu->read != IEC104_ASDU ||
	    op->verdict == RD_MALFORMED)
		return;
	if (v->apdu->type == CLOCK && v->apdu->cot == IEC104_ACT) {
		key.kind = LEARN_CLOCK;
		learn_see(l, op, &key);
	}
	see_command(l, op, v);
}
