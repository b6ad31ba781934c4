/* SPDX-License-Identifier: Apache-2.0 */
/* Limits of events by severity, a minute each. */
#include <config.h>

#include <stdlib.h>

#include "rules/limit.h"

#define DET "H-9"
#define MINUTE 60
#define KINDS 512 /* of alarms in a minute; there are fewer */

struct kind {
	const struct event_def *def;
	const char *det;
};

struct minute {
	bool open, said; /* said: that the limit was reached, not yet undone */
	int64_t since;
	uint32_t passed;
	uint64_t left_out;
	struct event last; /* of those left out */
};

struct limit {
	uint32_t per_minute[LIMIT_SEVERITIES];
	struct minute minutes[LIMIT_SEVERITIES];
	uint64_t left_out;
	size_t nkinds; /* of alarms that passed in this minute */
	struct kind kinds[KINDS];
};

static size_t
place_of(enum severity severity)
{
	switch (severity) {
	case SEVERITY_ALARM:
		return 0;
	case SEVERITY_ERROR:
		return 1;
	case SEVERITY_WARNING:
		return 2;
	case SEVERITY_NOTICE:
		break;
	}
	return 3;
}

/* About the packet of the last event that was left out. */
static void
say(const struct limit *l, size_t i, struct event_sink *out)
{
	const struct minute *m = &l->minutes[i];
	const char *severity = event_severity(m->last.severity);
	struct event ev = m->last;

	ev.def = &EV_SENSOR_EVENTS_LEFT_OUT;
	ev.det = DET;
	ev.row = ev.std = ev.ref = ev.attack = NULL;
	ev.severity = ev.def->severity;
	ev.count = 1;
	ev.role[0] = '\0';
	ev.user.n = 0;
	ev.doubtful = false;
	ev.nwhy = 0;
	event_set(&ev.subject,
	    (struct bytes){ (const uint8_t *)severity, strlen(severity) });
	event_add_text(&ev, "P.Severity", severity);
	event_add_u64(&ev, "limit", l->per_minute[i]);
	event_add_u64(&ev, "t_s", MINUTE);
	event_add_u64(&ev, "left_out", m->left_out);
	event_add_text(&ev, "last_event", m->last.def->id);
	event_add_text(&ev, "last_det", m->last.det);
	out->emit(out, &ev);
}

/* A clock that ran back, as between two captures, ends it, too. */
static bool
is_over(const struct minute *m, int64_t now)
{
	if (now >= m->since)
		return (uint64_t)now - (uint64_t)m->since >= MINUTE;
	return (uint64_t)m->since - (uint64_t)now > MINUTE;
}

static void
end(struct limit *l, size_t i, struct event_sink *out)
{
	struct minute *m = &l->minutes[i];

	m->open = false;
	m->said = m->left_out > 0;
	if (m->left_out > 0)
		say(l, i, out);
	m->passed = 0;
	m->left_out = 0;
	if (i == 0)
		l->nkinds = 0;
}

/* Whether an alarm is the first of its kind in this minute. */
static bool
is_first(struct limit *l, const struct event *ev)
{
	for (size_t i = 0; i < l->nkinds; i++)
		if (l->kinds[i].def == ev->def &&
		    strcmp(l->kinds[i].det, ev->det) == 0)
			return false;
	if (l->nkinds < KINDS)
		l->kinds[l->nkinds++] = (struct kind){ ev->def, ev->det };
	return true;
}

struct limit *
limit_new(const uint32_t per_minute[LIMIT_SEVERITIES])
{
	struct limit *l = calloc(1, sizeof(*l));

	if (l != NULL)
		memcpy(l->per_minute, per_minute, sizeof(l->per_minute));
	return l;
}

void
limit_free(struct limit *l)
{
	free(l);
}

void
limit_put(struct limit *l, const struct event *ev, struct event_sink *out)
{
	size_t i = place_of(ev->severity);
	struct minute *m = &l->minutes[i];
	bool first;

	if (l->per_minute[i] == 0) {
		out->emit(out, ev);
		return;
	}
	if (m->open && is_over(m, ev->at.tv_sec))
		end(l, i, out);
	if (!m->open) {
		m->open = true;
		m->since = ev->at.tv_sec;
	}
	first = i == 0 && is_first(l, ev);
	if (m->passed < l->per_minute[i] || first) {
		m->passed++;
		out->emit(out, ev);
		return;
	}
	l->left_out++;
	m->left_out++;
	m->last = *ev;
	if (m->left_out == 1 && !m->said)
		say(l, i, out);
}

void
limit_tick(struct limit *l, struct timespec now, struct event_sink *out)
{
	for (size_t i = 0; i < LIMIT_SEVERITIES; i++)
		if (l->minutes[i].open && is_over(&l->minutes[i], now.tv_sec))
			end(l, i, out);
}

uint64_t
limit_left_out(const struct limit *l)
{
	return l->left_out;
}
