/* SPDX-License-Identifier: Apache-2.0 */
/* From a configuration to outputs and pipeline, and back; see run.h. */
#include <config.h>

#include <inttypes.h>
#include <stdio.h>

#include "sensor/commands.h"
#include "sensor/conf_destination.h"
#include "sensor/control.h"
#include "sensor/run.h"
#include "sensor/silent.h"

static void
on_event(struct event_sink *sink, const struct event *ev)
{
	struct run *r = (struct run *)sink;

	if (r->worst == 0 || (int)ev->severity < r->worst)
		r->worst = (int)ev->severity;
	if (r->control != NULL)
		control_event(r->control, ev);
	deliver_put(r->deliver, ev);
}

/* NULL and 0 when nothing shall outlive the run. */
static int
open_state(struct run *r, struct state **state, struct error *error)
{
	struct conf *conf = &r->settings->conf;
	struct state_setup setup = { .alone = true,
		.keep_days = conf->state_keep_days,
		.most = conf->state_meters };
	const char *path = r->state;
	int rc;

	if (r->live)
		conf->hash_key = r->key;
	/* a sensor goes on where it was; a replay only if it is told to */
	if (path == NULL && r->live && conf->state[0] != '\0')
		path = conf->state;
	if (path == NULL)
		return 0;
	rc = state_open(state, path, &setup, error);
	if (rc == 0)
		rc = state_secret(*state, pipeline_key, r->key, error);
	conf->hash_key = r->key;
	return rc;
}

static int
open_pipeline(struct run *r, struct state *state, struct error *error)
{
	r->pipeline = pipeline_new(&r->settings->conf, r->settings->policy,
	    r->record_sink, &r->sink, error);
	if (r->pipeline == NULL)
		return -1;
	if (state == NULL)
		return 0;
	if (remember_load(r->pipeline, state, error) != 0)
		return -1;
	if (state_strange(state) > 0)
		fprintf(stderr,
		    "gridtap: %s: %" PRIu64 " rows of another version are "
		    "left out; meters and their counters are not among them\n",
		    r->state, state_strange(state));
	return 0;
}

/* What network managers see, if anybody asked. */
static int
start_nsm(struct run *r, struct error *error)
{
	const struct conf *conf = &r->settings->conf;

	if (r->page == NULL && r->live && conf->monitor.nsm[0] != '\0')
		r->page = conf->monitor.nsm;
	if (r->page == NULL && r->nsm_dump == NULL)
		return 0;
	r->nsm = nsm_new(r->pipeline, conf, r->page, error);
	if (r->nsm == NULL)
		return -1;
	if (r->live)
		nsm_capture(r->nsm, NSM_LIVE, true, 0);
	else
		nsm_capture(r->nsm, NSM_REPLAY, true, 0);
	return 0;
}

static int
finish_nsm(struct run *r, struct error *error)
{
	int e = 0;

	if (r->nsm == NULL)
		return 0;
	if (r->nsm_dump != NULL)
		e = nsm_dump(r->nsm, r->nsm_dump, error);
	nsm_ended(r->nsm);
	return e;
}

/* One output for all destinations; what they tell goes to the pipeline. */
static int
add_destinations(
    struct run *r, struct deliver_setup *setup, struct error *error)
{
	const struct conf *conf = &r->settings->conf;

	if (conf->ndestinations == 0)
		return 0;
	conf_destination_warn(conf, stderr);
	r->siem = (struct siem_setup){ .destinations = conf->destinations,
		.n = conf->ndestinations,
		.folder = conf->spool,
		.notices = notices_new() };
	if (r->siem.notices == NULL) {
		error_set(error, "destinations: no memory");
		return -1;
	}
	pipeline_notices(r->pipeline, r->siem.notices);
	r->targets[setup->n++] =
	    (struct deliver_target){ .output = &siem_output,
		    .path = conf->spool };
	setup->siem = &r->siem;
	return 0;
}

/*
 * The end of a run waits for destinations as long as they take something, and
 * what one of them has to tell reaches the others.
 */
static void
settle(struct run *r)
{
	uint32_t ms = r->settings->conf.spool_wait_s * 1000;

	if (r->siem.notices == NULL)
		return;
	do {
		deliver_settle(r->deliver);
	} while (
	    notices_wait(r->siem.notices, ms) && pipeline_tell(r->pipeline));
}

int
run_start(struct run *r, struct error *error)
{
	const struct conf *conf = &r->settings->conf;
	struct deliver_setup setup = { .targets = r->targets,
		.n = r->ntargets,
		.source = conf->source,
		.cap = conf->limits.events,
		.patient = !r->live,
		.live = r->live };

	if (r->records != NULL) {
		r->record_sink = record_open(r->records, error);
		if (r->record_sink == NULL)
			return -1;
	}
	r->sink.emit = on_event;
	if (open_state(r, &setup.state, error) != 0 ||
	    open_pipeline(r, setup.state, error) != 0 ||
	    add_destinations(r, &setup, error) != 0) {
		state_close(setup.state);
		return -1;
	}
	r->deliver = deliver_start(&setup, error);
	if (r->deliver == NULL)
		return -1;
	remember_keep(
	    r->pipeline, deliver_keeper(r->deliver, conf->state_interval_s));
	return start_nsm(r, error);
}

int
run_finish(struct run *r, const struct capture_list *captures, int status)
{
	struct error error;

	if (r->deliver != NULL)
		settle(r);
	/* the events come before the summary of them */
	if (r->deliver != NULL && deliver_stop(r->deliver, &error) != 0)
		status = run_failed(&error);
	if (record_close(r->record_sink, &error) != 0)
		status = run_failed(&error);
	if (r->pipeline == NULL)
		return status;
	if (r->summary != NULL &&
	    report_write(r->summary, captures, r->pipeline, &error) != 0)
		status = run_failed(&error);
	if (finish_nsm(r, &error) != 0)
		status = run_failed(&error);
	if (r->meters != NULL &&
	    report_meters(r->meters, r->pipeline, &error) != 0)
		status = run_failed(&error);
	if (!r->quiet && report_print(stderr, r->pipeline, &error) != 0)
		status = run_failed(&error);
	if (!r->quiet)
		silent_print(stderr, &r->settings->conf, r->settings->policy);
	return status;
}

void
run_free(struct run *r)
{
	nsm_free(r->nsm);
	pipeline_free(r->pipeline);
	notices_free(r->siem.notices);
	settings_free(r->settings);
}
