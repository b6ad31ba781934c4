/* SPDX-License-Identifier: Apache-2.0 */
/* What happens to an event between its detector and the outputs. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "rules/extra.h"
#include "sensor/alerts.h"

struct alerts {
	struct event_sink in, folded; /* from detectors; from the folding */
	struct event_sink limited;    /* and from the limits */
	struct event_sink *out, *heard;
	const struct policy *policy;
	struct fold *fold;
	struct limit *limit;
	uint32_t sqnum;
	const struct event_def *numbered; /* by it */
	size_t nrows, ndefs;
	const struct detection **rows; /* all of them, as conf has them */
	struct conf_detection *conf;
	uint64_t *raised;  /* by row */
	uint64_t *emitted; /* by place in event_catalogue */
	struct event ev;   /* the one at hand: too large for the stack */
};

#define ALERTS(sink, member)                                                   \
	((struct alerts *)(void *)((char *)(sink)-offsetof(                    \
	    struct alerts, member)))

static size_t
row_of(const struct alerts *a, const char *id)
{
	size_t i = 0;

	while (i < a->nrows && strcmp(a->rows[i]->id, id) != 0)
		i++;
	return i;
}

static void
number(struct event_sink *sink, const struct event *ev)
{
	struct alerts *a = ALERTS(sink, limited);

	for (size_t i = 0; i < a->ndefs; i++)
		if (event_catalogue[i] == ev->def)
			a->emitted[i]++;
	a->sqnum = a->sqnum < UINT32_MAX ? a->sqnum + 1 : 1;
	a->numbered = ev->def;
	if (a->out == NULL)
		return;
	a->ev = *ev;
	a->ev.sqnum = a->sqnum;
	a->out->emit(a->out, &a->ev);
}

static void
limit(struct event_sink *sink, const struct event *ev)
{
	struct alerts *a = ALERTS(sink, folded);

	limit_put(a->limit, ev, &a->limited);
}

/* Maintenance explains it: a notice that says what it would be. */
static void
soften(const struct policy *policy, struct event *ev)
{
	if (ev->severity >= SEVERITY_NOTICE || !policy_window(policy, ev))
		return;
	event_add_text(
	    ev, "severity_without_window", event_severity(ev->severity));
	ev->severity = SEVERITY_NOTICE;
}

static void
raise_event(struct event_sink *sink, const struct event *from)
{
	struct alerts *a = ALERTS(sink, in);
	size_t row = row_of(a, from->row != NULL ? from->row : from->det);
	uint32_t before = a->sqnum;
	struct event ev = *from;

	if (row < a->nrows) {
		if (!a->conf[row].enabled)
			return;
		if (a->conf[row].severity != 0)
			ev.severity = a->conf[row].severity;
		ev.attack = a->rows[row]->attack;
		a->raised[row]++;
	}
	extra_add(&ev);
	soften(a->policy, &ev);
	fold_put(a->fold, &ev, &a->folded);
	if (a->heard == NULL || ev.row != NULL)
		return;
	ev.sqnum = a->sqnum != before && a->numbered == ev.def ? a->sqnum : 0;
	a->heard->emit(a->heard, &ev);
}

static int
take_rows(struct alerts *a, const struct conf *conf)
{
	size_t n = 0;

	for (size_t i = 0; detectors[i] != NULL; i++)
		for (const struct detection *row = detectors[i]->detections;
		     row->id != NULL; row++)
			a->nrows++;
	while (event_catalogue[a->ndefs] != NULL)
		a->ndefs++;
	a->rows = calloc(a->nrows + 1, sizeof(*a->rows));
	a->conf = calloc(a->nrows + 1, sizeof(*a->conf));
	a->raised = calloc(a->nrows + 1, sizeof(*a->raised));
	a->emitted = calloc(a->ndefs + 1, sizeof(*a->emitted));
	if (a->rows == NULL || a->conf == NULL || a->raised == NULL ||
	    a->emitted == NULL)
		return -1;
	for (size_t i = 0; detectors[i] != NULL; i++)
		for (const struct detection *row = detectors[i]->detections;
		     row->id != NULL; row++, n++) {
			const struct conf_detection *c =
			    conf_detection(conf, row->id);

			a->rows[n] = row;
			a->conf[n] =
			    c != NULL
			        ? *c
			        : (struct conf_detection){ .enabled = true };
		}
	return 0;
}

void
alerts_reload(struct alerts *a, const struct conf *conf)
{
	for (size_t i = 0; i < a->nrows; i++) {
		const struct conf_detection *c =
		    conf_detection(conf, a->rows[i]->id);

		if (c != NULL)
			a->conf[i] = *c;
	}
	fold_set(a->fold, conf->suppress_s);
}

struct alerts *
alerts_new(const struct conf *conf, const struct policy *policy,
    const uint8_t key[SIPHASH_KEY], struct event_sink *out)
{
	struct alerts *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return NULL;
	a->in.emit = raise_event;
	a->folded.emit = limit;
	a->limited.emit = number;
	a->out = out;
	a->policy = policy;
	a->fold = fold_new(conf->limits.folds, conf->suppress_s, key);
	a->limit = limit_new(conf->rate);
	if (a->fold == NULL || a->limit == NULL || take_rows(a, conf) != 0) {
		alerts_free(a);
		return NULL;
	}
	return a;
}

void
alerts_free(struct alerts *a)
{
	if (a == NULL)
		return;
	fold_free(a->fold);
	limit_free(a->limit);
	free(a->rows);
	free(a->conf);
	free(a->raised);
	free(a->emitted);
	free(a);
}

struct event_sink *
alerts_divert(struct alerts *a, struct event_sink *out)
{
	struct event_sink *before = a->out;

	a->out = out;
	return before;
}

struct event_sink *
alerts_sink(struct alerts *a)
{
	return &a->in;
}

void
alerts_hear(struct alerts *a, struct event_sink *heard)
{
	a->heard = heard;
}

void
alerts_tick(struct alerts *a, struct timespec now)
{
	fold_tick(a->fold, now, &a->folded);
	limit_tick(a->limit, now, &a->limited);
}

static void
write_emitted(const struct alerts *a, struct json *j)
{
	json_open(j, "events", '{');
	for (size_t i = 0; i < a->ndefs; i++)
		if (a->emitted[i] > 0)
			json_u64(j, event_catalogue[i]->id, a->emitted[i]);
	json_close(j, '}');
}

void
alerts_summary(const struct alerts *a, struct json *j)
{
	write_emitted(a, j);
	json_open(j, "detections", '{');
	for (size_t i = 0; i < a->nrows; i++)
		if (a->raised[i] > 0)
			json_u64(j, a->rows[i]->id, a->raised[i]);
	json_close(j, '}');
}

uint64_t
alerts_evicted(const struct alerts *a)
{
	return fold_evicted(a->fold);
}

uint64_t
alerts_left_out(const struct alerts *a)
{
	return limit_left_out(a->limit);
}

uint32_t
alerts_sqnum(const struct alerts *a)
{
	return a->sqnum;
}

void
alerts_number(struct alerts *a, uint32_t sqnum)
{
	a->sqnum = sqnum;
}

void
alerts_changed(struct alerts *a,
    void (*each)(void *arg, const struct fold_window *), void *arg)
{
	fold_changed(a->fold, each, arg);
}

void
alerts_restore(struct alerts *a, const struct fold_window *w)
{
	fold_restore(a->fold, w);
}
