/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What gridtap replay and gridtap monitor share: the options, the
 * configuration, and what runs of it: outputs, pipeline, state file.
 */
#ifndef SENSOR_RUN_H
#define SENSOR_RUN_H

#include <getopt.h>

#include "sensor/deliver.h"
#include "sensor/keys.h"
#include "sensor/nsm.h"
#include "sensor/pipeline.h"
#include "sensor/report.h"
#include "sensor/storage.h"

#define RUN_TARGETS 16

/* The files behind the settings, by their hashes. */
enum { SETTINGS_CONF, SETTINGS_POLICY, SETTINGS_KEYS, SETTINGS_FILES };

/* What was decided by files and --set: a reload makes another of it. */
struct settings {
	struct conf conf;
	struct policy *policy; /* NULL: none */
	struct keys keys;      /* conf.opened, when there are any */
	/* SHA-256 of a file, cut short; of keys a keyed one; empty: no file */
	char hash[SETTINGS_FILES][17];
};

/* Option values that both know; each one's own begin at RUN_OPT_OWN. */
enum {
	RUN_OPT_SET = 256,
	RUN_OPT_POLICY,
	RUN_OPT_KEYS,
	RUN_OPT_FILTER,
	RUN_OPT_RECORDS,
	RUN_OPT_SUMMARY,
	RUN_OPT_METERS,
	RUN_OPT_NSM,
	RUN_OPT_NSM_DUMP,
	RUN_OPT_STATE,
	RUN_OPT_QUIET,
	RUN_OPT_HELP,
	RUN_OPT_OWN
};

/* The first entries of both tables for getopt_long(). */
#define RUN_OPTIONS                                                            \
	{ "set", required_argument, NULL, RUN_OPT_SET },                       \
	    { "policy", required_argument, NULL, RUN_OPT_POLICY },             \
	    { "keys", required_argument, NULL, RUN_OPT_KEYS },                 \
	    { "filter", required_argument, NULL, RUN_OPT_FILTER },             \
	    { "records", required_argument, NULL, RUN_OPT_RECORDS },           \
	    { "summary", required_argument, NULL, RUN_OPT_SUMMARY },           \
	    { "meters", required_argument, NULL, RUN_OPT_METERS },             \
	    { "nsm", required_argument, NULL, RUN_OPT_NSM },                   \
	    { "nsm-dump", required_argument, NULL, RUN_OPT_NSM_DUMP },         \
	    { "state", required_argument, NULL, RUN_OPT_STATE },               \
	    { "quiet", no_argument, NULL, RUN_OPT_QUIET },                     \
	{                                                                      \
		"help", no_argument, NULL, RUN_OPT_HELP                        \
	}

struct control;

struct run {
	struct event_sink sink; /* to the outputs */
	/* The command line; -c and --set are read again by each reload. */
	int argc;
	char **argv;
	const char *shorts;
	const struct option *options;
	/* An option that is not shared: 0, or -1, said in error. */
	int (*own)(struct run *, int option, char *arg, struct error *);

	struct deliver_target
	    targets[RUN_TARGETS + 2]; /* storage, destinations */
	size_t ntargets;
	struct storage_setup storage;
	const char *rules, *secrets; /* --policy and --keys */
	const char *filter, *records, *summary, *meters, *state;
	const char *page, *nsm_dump; /* --nsm and --nsm-dump */
	bool quiet, help;
	bool live;              /* the sensor, not a replay */
	const char *interfaces; /* of -i, blanks between; NULL: none */

	struct settings *settings;
	uint8_t key[STATE_SECRET];
	uint8_t file_key[STATE_SECRET]; /* of the hash of a keys file */
	int worst; /* enum severity of what was raised; 0: nothing */
	struct control *control; /* hears of events, too; NULL: nobody does */

	struct siem_setup siem;
	struct deliver *deliver;
	struct record_sink *record_sink;
	struct pipeline *pipeline;
	struct nsm *nsm; /* NULL: nobody asked */
};

/*
 * Reads the command line into what is zeroed but for the first five members
 * and live.  EXIT_DONE, or EXIT_USAGE, said; optind is where operands begin.
 * With help nothing is read from files.
 */
int run_parse(struct run *);

/* "-o FORMAT[:PATH]"; 0, or -1, said in error. */
int run_target(struct run *, const char *arg, struct error *);

/*
 * The configuration, the policy and the keys as the command line wants them.
 * NULL, said in error: nothing is left of it.
 */
struct settings *run_settings(const struct run *, struct error *);

/*
 * The same while the first settings are in use: the keys file is looked at and
 * not taken.  Then the new ones take the old ones' place, all but what points
 * into the policy and the keys: pipeline_reload() has exchanged the first.
 */
void run_take(struct run *, struct settings *);
void settings_free(struct settings *);

/*
 * Opens everything: the state file, the outputs, the pipeline.  0, or -1, said
 * in error; run_finish() in any case.
 */
int run_start(struct run *, struct error *);

/*
 * After the last packet: all is delivered, summaries are written.  status, or
 * EXIT_FAILED, said, when something was not whole.
 */
int run_finish(struct run *, const struct capture_list *, int status);
void run_free(struct run *);

/* One line on standard error: EXIT_USAGE and EXIT_FAILED. */
int run_wrong(const struct error *);
int run_failed(const struct error *);

#endif
