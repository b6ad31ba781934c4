/* SPDX-License-Identifier: Apache-2.0 */
/* Rows and marks from the pipeline, and back; see remember.h. */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sensor/pipeline_parts.h"

#define MEMORY(m)                                                              \
	((struct pipeline *)(void *)((char *)(m)-offsetof(                     \
	    struct pipeline, memory)))
#define NS 1000000000
#define BACK_S 60 /* as far as packets may run back, and a little more */

static bool
put_meter(struct memory *m, const struct memory_meter *meter)
{
	struct keeper *k = MEMORY(m)->keeper;

	/* nobody wants it kept: that is no loss */
	return k == NULL ||
	       k->row(k, ITEM_METER, meter, memory_meter_size(meter));
}

static bool
put_row(struct memory *m, const struct memory_row *row)
{
	struct keeper *k = MEMORY(m)->keeper;

	return k != NULL && k->row(k, ITEM_ROW, row, memory_row_size(row));
}

static enum memory_found
find_meter(struct memory *m, const uint8_t *title, const uint8_t ip[16],
    uint16_t port, uint16_t unit, struct memory_meter *to, uint32_t *ticket)
{
	enum memory_found found;

	struct keeper *k = MEMORY(m)->keeper;
	struct item_find f = {
		.titled = title != NULL, .port = port, .unit = unit
	};

	if (k == NULL)
		return MEMORY_NONE;
	if (title != NULL)
		memcpy(f.title, title, sizeof(f.title));
	else
		memcpy(f.ip, ip, sizeof(f.ip));
	found = k->find(k, &f, to);
	*ticket = f.ticket;
	return found;
}

/* Before the detectors' tick: what was asked, or said, meanwhile. */
void
remember_answers(struct pipeline *pl)
{
	struct memory_answer answer;
	enum item_kind kind;

	if (pl->keeper == NULL || pl->keeper->next == NULL)
		return;
	while (pl->nacks < ACKS && (kind = pl->keeper->next(pl->keeper, &answer,
	                                &pl->acks[pl->nacks])) != ITEM_COMMIT)
		if (kind == ITEM_ANSWER)
			dispatch_answer(pl->dispatch, &answer);
		else if (pl->acks[pl->nacks].id > pl->known_ack)
			pl->known_ack = pl->acks[pl->nacks++].id;
}

int
remember_init(struct pipeline *pl)
{
	struct kept_part parts[] = {
		kept_each(
		    "sensor.totals", 1, &pl->totals, sizeof(pl->totals), 1),
		kept_each("sensor.losses", 1, &pl->losses, sizeof(struct loss),
		    sizeof(pl->losses) / sizeof(struct loss)),
		kept_each(
		    "sensor.full", 1, pl->full_said, sizeof(pl->full_said), 1),
	};

	parts[1].pointers[0] = offsetof(struct loss, last.capture);
	parts[1].pointers[1] = offsetof(struct loss, last.hint);
	pl->memory = (struct memory){ put_meter, put_row, find_meter };
	pl->pieces = pieces_new();
	return pl->pieces != NULL ? pieces_add(pl->pieces, pl, parts, 3)
	                          : -ENOMEM;
}

static void
put_fold(void *arg, const struct fold_window *w)
{
	struct pipeline *pl = arg;

	pl->keeper->row(pl->keeper, ITEM_FOLD, w, sizeof(*w));
}

static void
set_capture(const struct pipeline *pl, struct state_mark *m)
{
	if (pl->capture == NULL)
		return;
	snprintf(m->capture, sizeof(m->capture), "%s", pl->capture);
	m->first_ns =
	    (int64_t)pl->capture_first.tv_sec * NS + pl->capture_first.tv_nsec;
}

void
remember_mark(struct pipeline *pl, uint64_t frames)
{
	struct state_mark m = { .second = pl->second, .frames = frames };

	if (pl->keeper == NULL)
		return;
	m.ack = pl->told_ack;
	set_capture(pl, &m);
	if (flow_keep_remember(pl->flow_keep, pl->flows_since, &pl->memory))
		pl->flows_since = pl->second - BACK_S;
	else if (pl->second < pl->flows_since)
		pl->flows_since = 0;
	pl->totals = (struct totals){ pl->earlier.got + pl->counts.got,
		pl->earlier.lost + pl->counts.lost, flow_epoch(pl->flows) };
	pieces_remember(pl->pieces, &pl->memory);
	dispatch_remember(pl->dispatch, &pl->memory);
	alerts_changed(pl->alerts, put_fold, pl);
	m.sqnum = alerts_sqnum(pl->alerts);
	pl->marked = pl->second;
	/* no room: once more in a second */
	if (!pl->keeper->row(pl->keeper, ITEM_COMMIT, &m, sizeof(m)))
		pl->marked -= (time_t)pl->keeper->interval_s - 1;
}

void
remember_tick(struct pipeline *pl, uint64_t frames)
{
	time_t since = pl->second - pl->marked;

	/* a clock that ran back is a reason, too */
	if (pl->keeper != NULL &&
	    (since < 0 || since >= (time_t)pl->keeper->interval_s))
		remember_mark(pl, frames);
}

/* The first packet of a capture: where to go on. */
uint64_t
remember_frames(struct pipeline *pl)
{
	struct state_mark m = { 0 };

	if (pl->keeper == NULL)
		return 0;
	set_capture(pl, &m);
	return pl->keeper->frames(pl->keeper, &m);
}

static void
take_meter(void *arg, const struct memory_meter *m)
{
	struct pipeline *pl = arg;

	dispatch_recall(pl->dispatch, m);
}

static bool
take_row(void *arg, const struct memory_row *r)
{
	struct pipeline *pl = arg;

	return flow_keep_recall(pl->flow_keep, r) ||
	       pieces_recall(pl->pieces, r) ||
	       dispatch_recall_row(pl->dispatch, r);
}

static void
take_fold(void *arg, const struct fold_window *w)
{
	struct pipeline *pl = arg;

	alerts_restore(pl->alerts, w);
}

static void
take_ack(void *arg, const struct state_ack *a)
{
	struct pipeline *pl = arg;

	if (pl->nacks == ACKS)
		return;
	pl->acks[pl->nacks++] = *a;
	pl->known_ack = a->id;
}

/*
 * From the packets' time on: they may be older than the acknowledgement, which
 * was given before they were read.
 */
static void
acknowledge(struct pipeline *pl, const struct state_ack *a)
{
	struct memory_meter m = { .titled = true,
		.reset_ok_s = pl->second > 0 ? (uint32_t)pl->second : 1 };

	memcpy(m.title, a->title, sizeof(m.title));
	dispatch_recall(pl->dispatch, &m);
}

/* An acknowledgement is an event: at the first packet that comes. */
void
remember_tell(struct pipeline *pl)
{
	struct pdu pdu = { .at = pl->pk->place.at,
		.frame = pl->pk->place.frame,
		.capture = pl->pk->place.capture };
	struct op op = { .pdu = &pdu, .protocol = "dlms" };

	for (size_t i = 0; i < pl->nacks; i++) {
		const struct state_ack *a = &pl->acks[i];
		struct event ev =
		    event_about(&op, &EV_DLMS_IC_RESET_ACKNOWLEDGED, "D-24");
		char hex[2 * MEMORY_TITLE + 1];

		for (size_t k = 0; k < MEMORY_TITLE; k++)
			snprintf(hex + 2 * k, 3, "%02X", a->title[k]);
		event_set(&ev.subject,
		    (struct bytes){ (const uint8_t *)hex, strlen(hex) });
		event_add_text(&ev, "reason", a->reason);
		event_add_u64(&ev, "acknowledged_s", a->at_s);
		pl->event_sink.emit(&pl->event_sink, &ev);
		acknowledge(pl, a);
		pl->told_ack = a->id;
	}
	pl->nacks = 0;
}

int
remember_load(struct pipeline *pl, struct state *state, struct error *error)
{
	const struct state_mark *m = state_mark(state);
	int rc;

	alerts_number(pl->alerts, m->sqnum);
	rc = state_meters(state, pl->limits.meters, take_meter, pl, error);
	if (rc == 0)
		rc = state_rows(state, take_row, pl, error);
	flow_keep_settle(pl->flow_keep);
	pl->earlier = pl->totals;
	flow_go_on(pl->flows, (uint32_t)pl->totals.epoch);
	if (rc == 0)
		rc = state_acks(state, ACKS, take_ack, pl, error);
	if (rc == 0)
		rc = state_folds(state, take_fold, pl, error);
	return rc;
}

void
remember_keep(struct pipeline *pl, struct keeper *keeper)
{
	pl->keeper = keeper;
}
