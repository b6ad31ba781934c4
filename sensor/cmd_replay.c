/* SPDX-License-Identifier: Apache-2.0 */
/* gridtap replay: reads captures, writes events. */
#include <config.h>

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sensor/capture.h"
#include "sensor/commands.h"
#include "sensor/deliver.h"
#include "sensor/keys.h"
#include "sensor/policy_yaml.h"
#include "sensor/progress.h"
#include "sensor/report.h"
#include "sensor/silent.h"

#define TARGETS 16

static const char help[] =
    "usage: gridtap replay [options] CAPTURE...\n\n"
    "Reads captures (pcap, pcapng, gzip-compressed too; folders; - for\n"
    "standard input) in the order of their first packets and writes events.\n\n"
    "  -c FILE                  the configuration (YAML)\n"
    "  --set section.key=value  overrides one item; may be repeated\n"
    "  --policy FILE            who may do what: gridtap-policy(5)\n"
    "  --keys FILE              keys of meters, and of GOOSE (mode 0600)\n"
    "  --filter BPF             only packets that pass it, as in tcpdump\n"
    "  -o FORMAT[:PATH]         events as text, json or syslog; may be\n"
    "                           repeated; preset: text\n"
    "  --records PATH           one JSON line per dissected unit\n"
    "  --summary PATH           counters as one JSON object, at the end\n"
    "  --meters PATH            the meters table as JSON, at the end\n"
    "  --state DB               what is known of meters outlives the run "
    "here;\n"
    "                           a capture that was read in part goes on there\n"
    "  --fail-on SEVERITY       exit status 3 when an event of notice,\n"
    "                           warning, error or alarm, or worse, came\n"
    "  --quiet                  no progress and no summary on the terminal\n\n"
    "A PATH may be - for standard output.\n\n"
    "Exit status: 0 done; 1 something failed, as an unreadable capture (the\n"
    "others are still read); 2 wrong usage or configuration; 3 --fail-on.\n";

enum {
	OPT_SET = 256,
	OPT_POLICY,
	OPT_KEYS,
	OPT_FILTER,
	OPT_RECORDS,
	OPT_SUMMARY,
	OPT_METERS,
	OPT_STATE,
	OPT_FAIL_ON,
	OPT_QUIET,
	OPT_HELP
};

static const struct option options[] = {
	{ "set", required_argument, NULL, OPT_SET },
	{ "policy", required_argument, NULL, OPT_POLICY },
	{ "keys", required_argument, NULL, OPT_KEYS },
	{ "filter", required_argument, NULL, OPT_FILTER },
	{ "records", required_argument, NULL, OPT_RECORDS },
	{ "summary", required_argument, NULL, OPT_SUMMARY },
	{ "meters", required_argument, NULL, OPT_METERS },
	{ "state", required_argument, NULL, OPT_STATE },
	{ "fail-on", required_argument, NULL, OPT_FAIL_ON },
	{ "quiet", no_argument, NULL, OPT_QUIET },
	{ "help", no_argument, NULL, OPT_HELP },
	{ NULL, 0, NULL, 0 },
};

struct replay {
	struct event_sink sink; /* to the outputs */
	struct conf conf;
	struct policy *policy;
	struct capture_list captures;
	struct deliver_target targets[TARGETS];
	size_t ntargets;
	struct keys keys;
	const char *secrets; /* of --keys, or NULL */
	const char *rules, *filter, *records, *summary, *meters, *state;
	uint8_t key[STATE_SECRET];
	int fail_on; /* enum severity, 0: never */
	int worst;   /* of what was raised, 0: nothing */
	bool quiet, help;

	struct deliver *deliver;
	struct record_sink *record_sink;
	struct pipeline *pipeline;
};

static int
wrong(const struct error *error)
{
	fprintf(stderr, "gridtap: %s\n", error->text);
	return EXIT_USAGE;
}

static int
failed(const struct error *error)
{
	fprintf(stderr, "gridtap: %s\n", error->text);
	return EXIT_FAILED;
}

static void
on_event(struct event_sink *sink, const struct event *ev)
{
	struct replay *r = (struct replay *)sink;

	if (r->worst == 0 || (int)ev->severity < r->worst)
		r->worst = (int)ev->severity;
	deliver_put(r->deliver, ev);
}

static int
parse_severity(struct replay *r, const char *arg, struct error *error)
{
	static const int all[] = { SEVERITY_NOTICE, SEVERITY_WARNING,
		SEVERITY_ERROR, SEVERITY_ALARM };

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (strcmp(arg, event_severity((enum severity)all[i])) == 0)
			r->fail_on = all[i];
	if (r->fail_on != 0)
		return 0;
	error_set(error,
	    "--fail-on \"%s\"; expected notice, warning, error or alarm", arg);
	return -1;
}

static int
add_target(struct replay *r, const char *arg, struct error *error)
{
	if (r->ntargets == TARGETS) {
		error_set(error, "-o: at most %d outputs", TARGETS);
		return -1;
	}
	return deliver_parse(&r->targets[r->ntargets++], arg, error);
}

static int
take_option(struct replay *r, int option, char *arg, struct error *error)
{
	switch (option) {
	case 'c':
		return conf_load(&r->conf, arg, error);
	case 'o':
		return add_target(r, arg, error);
	case OPT_POLICY:
		r->rules = arg;
		return 0;
	case OPT_KEYS:
		r->secrets = arg;
		return 0;
	case OPT_FILTER:
		r->filter = arg;
		return 0;
	case OPT_RECORDS:
		r->records = arg;
		return 0;
	case OPT_SUMMARY:
		r->summary = arg;
		return 0;
	case OPT_METERS:
		r->meters = arg;
		return 0;
	case OPT_STATE:
		r->state = arg;
		return 0;
	case OPT_FAIL_ON:
		return parse_severity(r, arg, error);
	case OPT_QUIET:
		r->quiet = true;
		return 0;
	default:
		r->help = true;
		return 0;
	}
}

/* --set wins over -c, wherever they stand: it goes last. */
static int
take_settings(struct replay *r, int argc, char **argv, struct error *error)
{
	int option;

	optind = 0;
	opterr = 0;
	while ((option = getopt_long(argc, argv, "c:o:", options, NULL)) != -1)
		if (option == OPT_SET && conf_set(&r->conf, optarg, error) != 0)
			return -1;
	return 0;
}

/* --policy, or else what the configuration says. */
static int
load_policy(struct replay *r, struct error *error)
{
	const char *path = r->rules != NULL ? r->rules : r->conf.policy;

	if (path[0] == '\0')
		return 0;
	return policy_load(path, &r->policy, error);
}

/* --keys, or else what the configuration says. */
static int
load_keys(struct replay *r, struct error *error)
{
	const char *path = r->secrets != NULL ? r->secrets : r->conf.keys;

	if (path[0] == '\0')
		return 0;
	if (keys_load(&r->keys, path, pipeline_key, error) != 0)
		return -1;
	r->conf.opened = &r->keys;
	return 0;
}

static int
parse(struct replay *r, int argc, char **argv)
{
	struct error error;
	int option;

	while (
	    (option = getopt_long(argc, argv, "c:o:", options, NULL)) != -1) {
		if (option == '?')
			return EXIT_USAGE;
		if (option != OPT_SET &&
		    take_option(r, option, optarg, &error) != 0)
			return wrong(&error);
	}
	if (r->help)
		return EXIT_DONE;
	if (take_settings(r, argc, argv, &error) != 0)
		return wrong(&error);
	if (optind == argc) {
		error_set(&error, "replay: no capture; expected files, "
		                  "folders, or - for standard input");
		return wrong(&error);
	}
	if (r->ntargets == 0 && add_target(r, "text", &error) != 0)
		return wrong(&error);
	if (load_policy(r, &error) != 0 || load_keys(r, &error) != 0)
		return wrong(&error);
	return EXIT_DONE;
}

/* NULL and 0 when nothing shall outlive the run. */
static int
open_state(struct replay *r, struct state **state, struct error *error)
{
	struct state_setup setup = { .alone = true,
		.keep_days = r->conf.state_keep_days,
		.most = r->conf.state_meters };
	int rc;

	if (r->state == NULL)
		return 0;
	rc = state_open(state, r->state, &setup, error);
	if (rc == 0)
		rc = state_secret(*state, pipeline_key, r->key, error);
	r->conf.hash_key = r->key;
	return rc;
}

static int
start(struct replay *r, struct error *error)
{
	struct deliver_setup setup = { .targets = r->targets,
		.n = r->ntargets,
		.source = r->conf.source,
		.cap = r->conf.limits.events,
		.patient = true };

	if (r->records != NULL) {
		r->record_sink = record_open(r->records, error);
		if (r->record_sink == NULL)
			return -1;
	}
	r->sink.emit = on_event;
	if (open_state(r, &setup.state, error) != 0) {
		state_close(setup.state);
		return -1;
	}
	r->pipeline =
	    pipeline_new(&r->conf, r->policy, r->record_sink, &r->sink, error);
	if (r->pipeline == NULL ||
	    (setup.state != NULL &&
	        remember_load(r->pipeline, setup.state, error) != 0)) {
		state_close(setup.state);
		return -1;
	}
	r->deliver = deliver_start(&setup, error);
	if (r->deliver == NULL)
		return -1;
	remember_keep(
	    r->pipeline, deliver_keeper(r->deliver, r->conf.state_interval_s));
	return 0;
}

/* Reads what can be read; what cannot is named. */
static int
read_captures(struct replay *r, int argc, char **argv)
{
	struct progress progress;
	struct error error;
	int status = EXIT_DONE;

	for (int i = optind; i < argc; i++)
		if (capture_add(&r->captures, argv[i], &error) != 0)
			status = failed(&error);
	capture_sort(&r->captures);
	progress_start(&progress, r->captures.n, r->quiet);
	for (size_t i = 0; i < r->captures.n; i++)
		if (capture_read(&r->captures.entries[i], r->filter,
		        r->pipeline, &progress.capture, &error) != 0) {
			progress_clear(&progress);
			status = failed(&error);
		}
	progress_clear(&progress);
	pipeline_end(r->pipeline);
	return status;
}

static int
finish(struct replay *r, int status)
{
	struct error error;

	/* the events come before the summary of them */
	if (r->deliver != NULL && deliver_stop(r->deliver, &error) != 0)
		status = failed(&error);
	if (record_close(r->record_sink, &error) != 0)
		status = failed(&error);
	if (r->pipeline == NULL)
		return status;
	if (r->summary != NULL &&
	    report_write(r->summary, &r->captures, r->pipeline, &error) != 0)
		status = failed(&error);
	if (r->meters != NULL &&
	    report_meters(r->meters, r->pipeline, &error) != 0)
		status = failed(&error);
	if (!r->quiet && report_print(stderr, r->pipeline, &error) != 0)
		status = failed(&error);
	if (!r->quiet)
		silent_print(stderr, &r->conf, r->policy);
	if (status == EXIT_DONE && r->fail_on != 0 && r->worst != 0 &&
	    r->worst <= r->fail_on)
		status = EXIT_FOUND;
	return status;
}

int
cmd_replay(int argc, char **argv)
{
	struct replay *r = calloc(1, sizeof(*r));
	struct error error;
	int status;

	if (r == NULL || conf_init(&r->conf) != 0) {
		free(r);
		return EXIT_FAILED;
	}
	status = parse(r, argc, argv);
	if (status == EXIT_DONE && r->help) {
		fputs(help, stdout);
	} else if (status == EXIT_DONE) {
		if (start(r, &error) != 0)
			status = failed(&error);
		else
			status = read_captures(r, argc, argv);
		status = finish(r, status);
	}
	pipeline_free(r->pipeline);
	keys_free(&r->keys);
	capture_list_free(&r->captures);
	conf_free(&r->conf);
	policy_free(r->policy);
	free(r);
	return status;
}
