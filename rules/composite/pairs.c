/* SPDX-License-Identifier: Apache-2.0 */
/*
 * C-1 to C-4: two events that mean more together than each of them alone
 * (detections, B.7).  What they say is about the packet of the second event,
 * whose detection it keeps; the first stands in the reasons.
 */
#include <config.h>

#include <stdlib.h>

#include "rules/detector.h"
#include "rules/table.h"
#include "rules/when.h"

#define PAIRS 1024
#define RULES 4

enum { FIRST = 1, SECOND = 2 };

/* What both events have in common: their subject, or their two ends. */
enum tie { BY_SUBJECT, BY_ENDS };

struct rule {
	const char *row;
	const struct event_def *def;
	enum tie tie;
	bool ordered; /* the second has to come second */
};

/* An event that is one half of a rule; def NULL: any of the detection. */
struct part {
	const char *det;
	const struct event_def *def;
	uint8_t rule, side;
};

struct half {
	uint64_t ms; /* 0: not seen */
	uint64_t frame;
	uint32_t sqnum;
	const char *det, *id;
};

struct pair {
	uint64_t key;
	uint64_t said_ms; /* 0: never */
	struct half half[2];
};

struct pairs {
	uint32_t window_s[RULES];
	uint8_t key[SIPHASH_KEY];
	struct table table;
	struct table_slot slots[PAIRS];
	struct pair pair[PAIRS];
};

static const struct rule rules[RULES] = {
	{ "C-1", &EV_FIRMWARE_THEN_COUNTER_RESET, BY_SUBJECT, true },
	{ "C-2", &EV_DLMS_UNKNOWN_CLIENT_SWITCHED, BY_ENDS, false },
	{ "C-3", &EV_TELECONTROL_UNKNOWN_MASTER_BURST, BY_ENDS, false },
	{ "C-4", &EV_GSE_STATE_POISONED, BY_SUBJECT, false },
};

static const struct part parts[] = {
	{ "D-47", &EV_FW_SW_UPDATE_SUCCESS, 0, FIRST },
	{ "D-24", &EV_DLMS_IC_RESET, 0, SECOND },
	{ "D-16", &EV_DLMS_UNKNOWN_CLIENT, 1, FIRST },
	{ "D-40", NULL, 1, SECOND },
	{ "T-01", &EV_TELECONTROL_UNKNOWN_MASTER, 2, FIRST },
	{ "T-07", &EV_TELECONTROL_COMMAND_BURST, 2, SECOND },
	{ "G-02", &EV_GSE_PUBLISHER_CHANGE, 3, FIRST },
	{ "G-03", &EV_GSE_DUAL_PUBLISHER, 3, FIRST },
	{ "G-07", &EV_GOOSE_REPLAY_DETECTED, 3, SECOND },
};

static void
pairs_start(void *state, const struct setup *setup)
{
	struct pairs *p = state;

	memcpy(p->key, setup->key, sizeof(p->key));
	table_init(&p->table, setup->key, p->slots, p->pair, PAIRS,
	    sizeof(struct pair), sizeof(p->pair->key));
}

/* Which end speaks does not matter: a request ties to its response. */
static uint64_t
key_of(const struct pairs *p, uint8_t rule, const struct event *ev)
{
	uint8_t name[1 + EVENT_STR + sizeof(ev->src.ip) * 2] = { rule };
	size_t n = 1, size = sizeof(ev->src.ip);
	bool turned = memcmp(ev->src.ip, ev->dst.ip, size) > 0;

	if (rules[rule].tie == BY_SUBJECT) {
		memcpy(name + n, ev->subject.p, ev->subject.n);
		n += ev->subject.n;
	} else {
		memcpy(name + n, turned ? ev->dst.ip : ev->src.ip, size);
		memcpy(name + n + size, turned ? ev->src.ip : ev->dst.ip, size);
		n += 2 * size;
	}
	return siphash(p->key, name, n);
}

static void
say(const struct rule *r, const struct half *was, const struct event *about,
    struct event_sink *out)
{
	struct event ev = *about;

	ev.def = r->def;
	ev.row = r->row;
	ev.std = NULL;
	ev.ref = was->id;
	ev.severity = r->def->severity;
	ev.count = 1;
	ev.sqnum = 0;
	ev.nwhy = 0;
	event_add_text(&ev, "rule", r->row);
	event_add_text(&ev, "first", was->det);
	event_add_text(&ev, "first_event", was->id);
	event_add_u64(&ev, "first_frame", was->frame);
	if (was->sqnum != 0)
		event_add_u64(&ev, "first_sqnum", was->sqnum);
	event_add_text(&ev, "then_event", about->def->id);
	event_add_u64(&ev, "apart_ms", when_apart(was->ms, when_ms(ev.at)));
	out->emit(out, &ev);
}

static void
take(struct pairs *p, const struct part *part, const struct event *ev,
    struct event_sink *out)
{
	const struct rule *r = &rules[part->rule];
	uint32_t window_s = p->window_s[part->rule];
	uint64_t key = key_of(p, part->rule, ev), now = when_ms(ev->at);
	bool fresh;
	struct pair *pair = table_put(&p->table, &key, &fresh);
	struct half *mine = &pair->half[part->side - FIRST];
	struct half *other = &pair->half[SECOND - part->side];

	*mine =
	    (struct half){ now, ev->frame, ev->sqnum, ev->det, ev->def->id };
	if (r->ordered && part->side == FIRST)
		return;
	if (other->ms == 0 || !when_within(other->ms, now, window_s))
		return;
	if (pair->said_ms != 0 && when_within(pair->said_ms, now, window_s))
		return;
	pair->said_ms = now;
	say(r, other, ev, out);
}

static void
pairs_on_event(void *state, const struct event *ev, struct event_sink *out)
{
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		if (strcmp(parts[i].det, ev->det) == 0 &&
		    (parts[i].def == NULL || parts[i].def == ev->def))
			take(state, &parts[i], ev, out);
}

#define ROW 8
#define ID 24

/* The texts are those of the parts and of the catalogue. */
struct kept_pair {
	struct pair p;
	char det[2][ROW], id[2][ID];
};

static void
pair_out(void *state, uint32_t i, void *copy)
{
	const struct pairs *p = state;
	struct kept_pair *k = copy;

	for (size_t side = 0; side < 2; side++) {
		const struct half *h = &p->pair[i].half[side];

		if (h->ms == 0 || strlen(h->det) >= ROW ||
		    strlen(h->id) >= ID) {
			k->p.half[side].ms = 0;
			continue;
		}
		memcpy(k->det[side], h->det, strlen(h->det));
		memcpy(k->id[side], h->id, strlen(h->id));
	}
}

static const char *
det_of(const char *name)
{
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		if (strncmp(parts[i].det, name, ROW) == 0)
			return parts[i].det;
	return NULL;
}

static const char *
id_of(const char *id)
{
	const struct event_def *const *d = event_catalogue;

	while (*d != NULL && strncmp((*d)->id, id, ID) != 0)
		d++;
	return *d != NULL ? (*d)->id : NULL;
}

static void
pair_in(void *state, void *copy)
{
	struct pairs *p = state;
	const struct kept_pair *k = copy;
	bool fresh;
	struct pair *pair = table_put(&p->table, &k->p.key, &fresh);

	*pair = k->p;
	for (size_t side = 0; side < 2; side++) {
		struct half *h = &pair->half[side];

		h->det = det_of(k->det[side]);
		h->id = id_of(k->id[side]);
		if (h->det == NULL || h->id == NULL)
			*h = (struct half){ 0 };
	}
}

static size_t
pairs_kept(void *state, struct kept_part to[KEPT_MOST])
{
	struct pairs *p = state;

	to[0] = kept_table("composite.pairs", 1, &p->table);
	to[0].more = sizeof(struct kept_pair) - sizeof(struct pair);
	to[0].pointers[0] = offsetof(struct pair, half[0].det);
	to[0].pointers[1] = offsetof(struct pair, half[0].id);
	to[0].pointers[2] = offsetof(struct pair, half[1].det);
	to[0].pointers[3] = offsetof(struct pair, half[1].id);
	to[0].out = pair_out;
	to[0].in = pair_in;
	return 1;
}

#define WINDOW(i, preset)                                                      \
	static const struct parameter window_##i[] = {                         \
		{ "window_s", offsetof(struct pairs, window_s[i]), preset, 1,  \
		    604800 },                                                  \
		{ NULL, 0, 0, 0, 0 },                                          \
	}

WINDOW(0, 86400);
WINDOW(1, 3600);
WINDOW(2, 60);
WINDOW(3, 60);

static const struct detection detections[] = {
	{ "C-1", "T0857,T0839", window_0 },
	{ "C-2", "T0848,T0831", window_1 },
	{ "C-3", "T0848,T0806,T0855", window_2 },
	{ "C-4", "T0849,T0856", window_3 },
	{ NULL, NULL, NULL },
};

const struct detector composite_pairs_detector = {
	.detections = detections,
	.state_size = sizeof(struct pairs),
	.start = pairs_start,
	.on_event = pairs_on_event,
	.kept = pairs_kept,
};
