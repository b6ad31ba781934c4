/* SPDX-License-Identifier: Apache-2.0 */
/* gridtap replay: reads captures, writes events. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "sensor/commands.h"
#include "sensor/progress.h"
#include "sensor/run.h"

static const char help[] =
    "usage: gridtap replay [options] CAPTURE...\n\n"
    "Reads captures (pcap, pcapng, gzip-compressed too; folders; - for\n"
    "standard input) in the order of their first packets and writes events.\n\n"
    "  -c FILE                  the configuration (YAML)\n"
    "  --set section.key=value  overrides one item; may be repeated\n"
    "  --policy FILE            who may do what: gridtap-policy(5)\n"
    "  --keys FILE              keys of meters, and of GOOSE (mode 0600)\n"
    "  --filter BPF             only packets that pass it, as in tcpdump\n"
    "  -o FORMAT[:PATH]         events as text, json, syslog, xml, cef or\n"
    "                           leef; may be repeated; preset: text\n"
    "  --records PATH           one JSON line per dissected unit\n"
    "  --summary PATH           counters as one JSON object, at the end\n"
    "  --meters PATH            the meters table as JSON, at the end\n"
    "  --nsm PAGE               the counters page that gridtap-agentx serves\n"
    "  --nsm-dump PATH          its objects as text, at the end\n"
    "  --state DB               what is known of meters outlives the run "
    "here;\n"
    "                           a capture that was read in part goes on there\n"
    "  --fail-on SEVERITY       exit status 3 when an event of notice,\n"
    "                           warning, error or alarm, or worse, came\n"
    "  --quiet                  no progress and no summary on the terminal\n\n"
    "A PATH may be - for standard output.\n\n"
    "Exit status: 0 done; 1 something failed, as an unreadable capture (the\n"
    "others are still read); 2 wrong usage or configuration; 3 --fail-on.\n";

enum { OPT_FAIL_ON = RUN_OPT_OWN };

static const struct option options[] = {
	RUN_OPTIONS,
	{ "fail-on", required_argument, NULL, OPT_FAIL_ON },
	{ NULL, 0, NULL, 0 },
};

struct replay {
	struct run run;
	struct capture_list captures;
	int fail_on; /* enum severity, 0: never */
};

/* The only option of its own. */
static int
take_fail_on(struct run *run, int option, char *arg, struct error *error)
{
	static const int all[] = { SEVERITY_NOTICE, SEVERITY_WARNING,
		SEVERITY_ERROR, SEVERITY_ALARM };
	struct replay *r = (struct replay *)run;

	(void)option;
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (strcmp(arg, event_severity((enum severity)all[i])) == 0)
			r->fail_on = all[i];
	if (r->fail_on != 0)
		return 0;
	error_set(error,
	    "--fail-on \"%s\"; expected notice, warning, error or alarm", arg);
	return -1;
}

/* Reads what can be read; what cannot is named. */
static int
read_captures(struct replay *r, int first)
{
	const struct run *run = &r->run;
	struct progress progress;
	struct error error;
	int status = EXIT_DONE;

	for (int i = first; i < run->argc; i++)
		if (capture_add(&r->captures, run->argv[i], &error) != 0)
			status = run_failed(&error);
	capture_sort(&r->captures);
	progress_start(&progress, r->captures.n, run->quiet);
	for (size_t i = 0; i < r->captures.n; i++)
		if (capture_read(&r->captures.entries[i], run->filter,
		        run->pipeline, &progress.capture, &error) != 0) {
			progress_clear(&progress);
			status = run_failed(&error);
		}
	progress_clear(&progress);
	pipeline_end(run->pipeline);
	return status;
}

static int
replay(struct replay *r)
{
	struct run *run = &r->run;
	struct error error;
	int status = EXIT_DONE, first = optind;

	if (first == run->argc) {
		error_set(&error, "replay: no capture; expected files, "
		                  "folders, or - for standard input");
		return run_wrong(&error);
	}
	if (run_start(run, &error) != 0)
		status = run_failed(&error);
	else
		status = read_captures(r, first);
	status = run_finish(run, &r->captures, status);
	if (status == EXIT_DONE && r->fail_on != 0 && run->worst != 0 &&
	    run->worst <= r->fail_on)
		status = EXIT_FOUND;
	return status;
}

int
cmd_replay(int argc, char **argv)
{
	struct replay *r = calloc(1, sizeof(*r));
	int status;

	if (r == NULL)
		return EXIT_FAILED;
	r->run = (struct run){ .argc = argc,
		.argv = argv,
		.shorts = "c:o:",
		.options = options,
		.own = take_fail_on };
	status = run_parse(&r->run);
	if (status == EXIT_DONE && r->run.help)
		fputs(help, stdout);
	else if (status == EXIT_DONE)
		status = replay(r);
	run_free(&r->run);
	capture_list_free(&r->captures);
	free(r);
	return status;
}
