/* SPDX-License-Identifier: Apache-2.0 */
/* D-47: firmware images from initiate to activate (class 18, IEC 62056-6-2). */
#include <config.h>

#include <stdio.h>

#include "rules/dlms/commands.h"
#include "rules/dlms/image.h"
#include "rules/full.h"
#include "rules/table.h"

#define IMAGES 512 /* transfers that are followed */

enum { INITIATE = 1, BLOCK, VERIFY, ACTIVATE }; /* methods */
enum { STATUS = 6 };                            /* attribute */
enum { VERIFIED = 3, VERIFY_FAILED, ACTIVATE_ASKED, ACTIVATED, NOT_ACTIVATED };
enum { TEMPORARY_FAILURE = 2 };

struct transfer {
	struct dlms_meter_key key;
	struct image image;
	uint8_t status;      /* the gravest that was said of it */
	bool begun, foreign; /* initiate seen; its source was said */
	bool verify_asked, verified, activated;
};

struct firmware {
	struct table table;
	struct table_slot slots[IMAGES];
	struct transfer transfer[IMAGES];
};

static const struct detection detections[] = {
	{ "D-47", "T0857,T0839,T0800", NULL },
	{ NULL, NULL, NULL },
};

static void
firmware_start(void *state, const struct setup *setup)
{
	struct firmware *s = state;

	table_init(&s->table, setup->key, s->slots, s->transfer, IMAGES,
	    sizeof(struct transfer), sizeof(struct dlms_meter_key));
}

static struct transfer *
transfer_of(struct firmware *s, const struct dlms_view *v, const struct op *op,
    struct event_sink *out)
{
	struct dlms_meter_key key = dlms_meter_key(v);
	bool first = s->table.evicted == 0, fresh;
	struct transfer *t = table_put(&s->table, &key, &fresh);

	if (first && s->table.evicted > 0)
		full_say(out, op, detections->id, IMAGES);
	return t;
}

static void
add_image(struct event *ev, const struct transfer *t)
{
	const struct image *m = &t->image;

	if (m->identifier_n > 0)
		event_add(ev, "image",
		    (struct bytes){ m->identifier, m->identifier_n });
	if (m->size > 0)
		event_add_u64(ev, "octets", m->size);
	if (m->blocks > 0)
		event_add_u64(ev, "blocks", m->blocks);
}

static void
say(const struct dlms_view *v, const struct op *op, const struct event_def *def,
    const struct transfer *t, const char *reason, struct event_sink *out)
{
	struct event ev = meters_event(v, op, def, detections->id);

	ev.attack = detections->attack;
	event_add_u64(&ev, "client_sap", v->apdu->client_sap);
	add_image(&ev, t);
	if (reason != NULL)
		event_add_text(&ev, "reason", reason);
	out->emit(out, &ev);
}

/* Once for a transfer: the client may not, or is not on the list. */
static void
source(const struct dlms_view *v, const struct op *op, struct transfer *t,
    struct event_sink *out)
{
	struct bytes title = { NULL, 0 };
	enum policy_answer listed;

	if (t->foreign)
		return;
	if (v->session != NULL && (v->session->flags & SESSION_CLIENT_TITLE))
		title = (struct bytes){ v->session->client_title,
			sizeof(v->session->client_title) };
	listed = policy_firmware_source(v->group->of, title, op->pdu->src.ip);
	if (listed == POLICY_LISTED)
		return;
	if (listed == POLICY_SILENT &&
	    dlms_may(v, RIGHT_FIRMWARE) != DLMS_MAY_NOT)
		return;
	t->foreign = true;
	say(v, op, &EV_UNAUTHORIZED_CONFIG_SRC, t,
	    listed == POLICY_SILENT ? "no right" : "not listed", out);
}

static bool
unlisted(
    const struct dlms_view *v, const struct transfer *t, const uint8_t *sha256)
{
	return policy_firmware(v->group->of,
	           (struct bytes){ t->image.identifier, t->image.identifier_n },
	           t->image.size, sha256) == POLICY_UNLISTED;
}

static void
initiate(const struct dlms_view *v, const struct op *op, struct transfer *t,
    const struct dlms_item *i, struct event_sink *out)
{
	struct dlms_meter_key key = t->key;
	struct image m;

	if (!image_begin(&m, i->value))
		return;
	if (t->begun && image_same(&m, &t->image) && t->image.blocks == 0)
		return; /* asked for once more */
	*t = (struct transfer){ .key = key, .image = m, .begun = true };
	say(v, op, &EV_FW_TRANSFER_STARTED, t, NULL, out);
	source(v, op, t, out);
	if (unlisted(v, t, NULL))
		say(v, op, &EV_UNAUTHORIZED_CONFIG_OR_FW, t, "image not listed",
		    out);
}

/* The digest is asked of the list when the last hole was filled. */
static void
whole(const struct dlms_view *v, const struct op *op, const struct transfer *t,
    struct event_sink *out)
{
	uint8_t sha256[IMAGE_SHA256];
	char text[2 * IMAGE_SHA256 + 1];
	struct event ev;

	if (!image_digest(&t->image, sha256) || !unlisted(v, t, sha256))
		return;
	ev = meters_event(v, op, &EV_UNAUTHORIZED_CONFIG_OR_FW, detections->id);
	ev.attack = detections->attack;
	add_image(&ev, t);
	for (size_t n = 0; n < IMAGE_SHA256; n++)
		snprintf(text + 2 * n, 3, "%02x", sha256[n]);
	event_add_text(&ev, "sha256", text);
	out->emit(out, &ev);
}

/*
 * What is wrong with an activation as far as the transfer was seen: nothing
 * is when its blocks may have come while nobody looked.
 */
static const char *
wrong(const struct op *op, const struct transfer *t)
{
	if (op->pdu->state != KNOW_COMPLETE || !t->begun)
		return NULL;
	if (image_holes(&t->image) > 0)
		return "incomplete";
	return t->verify_asked ? NULL : "not verified";
}

static void
activate(const struct dlms_view *v, const struct op *op, struct transfer *t,
    struct event_sink *out)
{
	const char *reason = wrong(op, t);
	struct event ev;

	source(v, op, t, out);
	if (!t->begun) {
		ev = meters_event(
		    v, op, &EV_UNAUTHORIZED_CONFIG_OR_FW, detections->id);
		ev.attack = detections->attack;
		ev.doubtful = true; /* it may have come long ago */
		event_add_text(&ev, "reason", "no transfer seen");
		out->emit(out, &ev);
		return;
	}
	if (reason == NULL)
		return;
	ev = meters_event(v, op, &EV_INVALID_CONFIG_OR_FW, detections->id);
	ev.attack = detections->attack;
	add_image(&ev, t);
	event_add_text(&ev, "reason", reason);
	event_add_u64(&ev, "missing", image_holes(&t->image));
	event_add_u64(&ev, "verified", t->verified);
	out->emit(out, &ev);
}

static void
requested(struct firmware *s, const struct op *op, const struct dlms_view *v,
    struct event_sink *out)
{
	struct commands c = dlms_commands(op);
	struct dlms_item i;

	while (c.whole && dlms_next_command(&c, &i)) {
		struct transfer *t;

		if (i.class_id != CLASS_IMAGE || i.service != DLMS_ACTION)
			continue;
		t = transfer_of(s, v, op, out);
		if (i.index == INITIATE)
			initiate(v, op, t, &i, out);
		else if (i.index == BLOCK && image_put(&t->image, i.value))
			whole(v, op, t, out);
		else if (i.index == VERIFY)
			t->verify_asked = true;
		else if (i.index == ACTIVATE)
			activate(v, op, t, out);
		if (i.index == BLOCK && !t->begun)
			source(v, op, t, out);
	}
}

static void
activated(const struct dlms_view *v, const struct op *op, struct transfer *t,
    struct event_sink *out)
{
	if (t->activated)
		return;
	t->activated = true;
	v->meter->firmware_s = (uint32_t)op->pdu->at.tv_sec;
	say(v, op, &EV_FW_SW_UPDATE_SUCCESS, t, NULL, out);
}

/* The meter's own word on it, each once. */
static void
status(const struct dlms_view *v, const struct op *op, struct transfer *t,
    int64_t now, struct event_sink *out)
{
	if (now == t->status || now < VERIFIED || now > NOT_ACTIVATED)
		return;
	t->status = (uint8_t)now;
	if (!t->begun)
		return; /* of an image that came before anybody looked */
	t->verified |= now == VERIFIED || now == ACTIVATED;
	if (now == VERIFY_FAILED)
		say(v, op, &EV_INVALID_CONFIG_OR_FW, t, "verification failed",
		    out);
	else if (now == ACTIVATED)
		activated(v, op, t, out);
	else if (now == NOT_ACTIVATED)
		say(v, op, &EV_FW_SW_UPDATE_FAIL, t, "activation failed", out);
}

static void
polled(const struct dlms_view *v, const struct op *op, struct transfer *t,
    struct event_sink *out)
{
	struct dlms_walk w = dlms_results(v->apdu);
	struct dlms_result r;
	int64_t now;

	if (v->request->index == STATUS && v->request->items == 1 &&
	    dlms_next_result(&w, &r) && dlms_integer(r.value, &now))
		status(v, op, t, now, out);
}

static void
verify_answered(const struct dlms_view *v, const struct op *op,
    struct transfer *t, uint32_t code, struct event_sink *out)
{
	if (code == 0) {
		t->verified = true;
	} else if (code != TEMPORARY_FAILURE && t->status != VERIFY_FAILED) {
		t->status = VERIFY_FAILED;
		say(v, op, &EV_INVALID_CONFIG_OR_FW, t, "verification failed",
		    out);
	}
}

static void
answered(struct firmware *s, const struct op *op, const struct dlms_view *v,
    struct event_sink *out)
{
	struct transfer *t;
	uint32_t code;

	if (!dlms_answers(v, op, CLASS_IMAGE, &code))
		return;
	t = transfer_of(s, v, op, out);
	if (v->request->service == DLMS_GET) {
		if (code == 0)
			polled(v, op, t, out);
		return;
	}
	if (v->request->service != DLMS_ACTION)
		return;
	if (v->request->index == VERIFY)
		verify_answered(v, op, t, code, out);
	else if (v->request->index == ACTIVATE && code == 0)
		activated(v, op, t, out);
	else if (v->request->index == ACTIVATE && code != TEMPORARY_FAILURE)
		say(v, op, &EV_FW_SW_UPDATE_FAIL, t, "activation refused", out);
}

static void
firmware_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	const struct dlms_view *v = dlms_view(known);

	if (v == NULL || v->meter == NULL || v->apdu == NULL)
		return;
	if (op->from == OP_FROM_CLIENT)
		requested(state, op, v, out);
	else
		answered(state, op, v, out);
}

/* Lengths of a file are walls, too. */
static void
transfer_in(void *state, void *copy)
{
	struct firmware *s = state;
	const struct transfer *from = copy;
	struct transfer *t;
	bool fresh;

	if (from->image.identifier_n > IMAGE_IDENTIFIER ||
	    from->image.sha.num >= SHA256_CBLOCK)
		return;
	t = table_put(&s->table, &from->key, &fresh);
	*t = *from;
}

static size_t
firmware_kept(void *state, struct kept_part to[KEPT_MOST])
{
	struct firmware *s = state;

	to[0] = kept_table("dlms.images", 1, &s->table);
	to[0].in = transfer_in;
	return 1;
}

const struct detector dlms_firmware_detector = {
	.detections = detections,
	.protocol = "dlms",
	.kinds = DETECTOR_ON(OP_READ) | DETECTOR_ON(OP_WRITE) |
	         DETECTOR_ON(OP_FILE) | DETECTOR_ON(OP_CONTROL) |
	         DETECTOR_ON(OP_KEY) | DETECTOR_ON(OP_OTHER),
	.world = &dlms_world,
	.about = DLMS_ABOUT_MORE,
	.state_size = sizeof(struct firmware),
	.start = firmware_start,
	.on_op = firmware_on_op,
	.kept = firmware_kept,
};
