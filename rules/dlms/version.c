/* SPDX-License-Identifier: Apache-2.0 */
/* D-49: the firmware that a meter names is another than before. */
#include <config.h>

#include "rules/dlms/commands.h"
#include "rules/full.h"
#include "rules/table.h"

#define VERSIONS 4096 /* identification objects of meters */
#define PARTS 4       /* numbers of a version that are compared */
#define DATA 1        /* the class */
#define VALUE 2       /* its attribute */

/* No padding: it is hashed. */
struct version_key {
	struct dlms_meter_key meter;
	uint8_t obis[6];
	uint16_t server_sap;
};

/* A version by keyed hashes and its numbers, never its text. */
struct version {
	struct version_key key;
	uint32_t at_s; /* when it was read last */
	uint64_t hash; /* of all of it */
	uint64_t form; /* of what stands around the numbers */
	uint32_t part[PARTS];
	uint8_t parts;
};

struct versions {
	uint8_t key[SIPHASH_KEY];
	struct table table;
	struct table_slot slots[VERSIONS];
	struct version version[VERSIONS];
};

static const struct detection detections[] = {
	{ "D-49", "T0857", NULL },
	{ NULL, NULL, NULL },
};

static void
version_start(void *state, const struct setup *setup)
{
	struct versions *s = state;

	memcpy(s->key, setup->key, sizeof(s->key));
	table_init(&s->table, setup->key, s->slots, s->version, VERSIONS,
	    sizeof(struct version), sizeof(struct version_key));
}

/* The active firmware's identifier and signature, and device ids. */
static bool
is_identifier(const struct dlms_request *q)
{
	static const uint8_t active[] = { 1, 0, 0, 2 };
	static const uint8_t device[] = { 0, 0, 96, 1 };

	if (q->class_id != DATA || q->index != VALUE || q->items != 1 ||
	    q->obis[5] != 255)
		return false;
	if (memcmp(q->obis, active, sizeof(active)) == 0)
		return q->obis[4] == 0 || q->obis[4] == 8;
	return memcmp(q->obis, device, sizeof(device)) == 0 && q->obis[4] <= 9;
}

static bool
is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/* The numbers, and a hash of what stands around them. */
static void
take_apart(const struct versions *s, struct bytes text, struct version *to)
{
	uint8_t form[EVENT_STR];
	size_t n = 0;

	for (size_t i = 0; i < text.n && n < sizeof(form); n++) {
		form[n] = text.p[i];
		if (!is_digit(text.p[i])) {
			i++;
			continue;
		}
		form[n] = '0';
		for (uint32_t v = 0; i < text.n && is_digit(text.p[i]); i++) {
			v = v < 100000000 ? v * 10 + text.p[i] - '0' : v;
			if (to->parts < PARTS)
				to->part[to->parts] = v;
		}
		if (to->parts < PARTS)
			to->parts++;
	}
	to->form = siphash(s->key, form, n);
	to->hash = siphash(s->key, text.p, text.n);
}

static bool
is_older(const struct version *a, const struct version *b)
{
	if (a->form != b->form || a->parts != b->parts)
		return false;
	for (size_t i = 0; i < a->parts; i++)
		if (a->part[i] != b->part[i])
			return a->part[i] < b->part[i];
	return false;
}

static void
compare(const struct op *op, const struct dlms_view *v,
    const struct version *now, const struct version *before,
    struct event_sink *out)
{
	bool older = is_older(now, before);
	bool planned =
	    v->meter->firmware_s != 0 && v->meter->firmware_s >= before->at_s;
	struct event ev;

	if (planned && !older)
		return;
	ev = dlms_answer_event(v, op,
	    older ? &EV_FW_DOWNGRADE : &EV_FW_SW_UPDATE_SUCCESS, detections);
	if (!planned)
		event_add_text(&ev, "X.Unplanned", "1");
	event_add_u64(&ev, "before_s", before->at_s);
	out->emit(out, &ev);
}

static void
version_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	const struct dlms_view *v = dlms_view(known);
	struct versions *s = state;
	struct version now = { .at_s = (uint32_t)op->pdu->at.tv_sec }, *kept;
	bool fresh, full = s->table.evicted > 0;
	struct dlms_result r;
	struct dlms_walk w;
	struct bytes text;
	uint32_t code;

	if (v == NULL || v->meter == NULL || op->from != OP_FROM_SERVER ||
	    v->request == NULL || v->request->service != DLMS_GET ||
	    !is_identifier(v->request) || !dlms_answers(v, op, DATA, &code) ||
	    code != 0)
		return;
	w = dlms_results(v->apdu);
	if (!dlms_next_result(&w, &r) || (text = dlms_string(r.value)).n == 0)
		return;
	memset(&now.key, 0, sizeof(now.key));
	now.key.meter = dlms_meter_key(v);
	memcpy(now.key.obis, v->request->obis, sizeof(now.key.obis));
	now.key.server_sap = v->session->key.server_sap;
	take_apart(s, text, &now);
	kept = table_put(&s->table, &now.key, &fresh);
	if (!full && s->table.evicted > 0)
		full_say(out, op, detections->id, VERSIONS);
	if (!fresh && kept->hash != now.hash)
		compare(op, v, &now, kept, out);
	*kept = now;
}

static size_t
version_kept(void *state, struct kept_part to[KEPT_MOST])
{
	struct versions *s = state;

	to[0] = kept_table("dlms.versions", 1, &s->table);
	return 1;
}

const struct detector dlms_version_detector = {
	.detections = detections,
	.protocol = "dlms",
	.kinds = DETECTOR_ON(OP_READ),
	.world = &dlms_world,
	.on_view = true,
	.state_size = sizeof(struct versions),
	.start = version_start,
	.on_op = version_on_op,
	.kept = version_kept,
};
