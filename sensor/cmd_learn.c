/* SPDX-License-Identifier: Apache-2.0 */
/* gridtap learn: reads captures or an SCL file, writes a policy. */
#include <config.h>

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/capture.h"
#include "sensor/commands.h"
#include "sensor/learn.h"
#include "sensor/policy_yaml.h"
#include "sensor/progress.h"
#include "sensor/scl.h"

static const char help[] =
    "usage: gridtap learn [options] CAPTURE... > policy.yaml\n"
    "       gridtap learn --scl FILE [options] [CAPTURE...] > policy.yaml\n\n"
    "Writes a policy of what was usual in captures, or of the GOOSE control\n"
    "blocks of an SCL file (IEC 61850-6), or of both: then what the file says "
    "is\nheld against what was seen, and what contradicts is named.  Each "
    "thing stands there with how\n"
    "often and when it was seen.  What raised an alarm or an error, and what "
    "a\nperson has to decide (restarts, disconnections, firmware, keys), is "
    "only named\nin comments.  Read the policy before it is used.\n\n"
    "  --scl FILE               an SCL file (SCD, CID, ICD, IID)\n"
    "  --strict                 lists of types, functions and points are "
    "closed\n"
    "                           even where little was seen twice\n"
    "  -c FILE                  the configuration (YAML)\n"
    "  --set section.key=value  overrides one item; may be repeated\n"
    "  --filter BPF             only packets that pass it, as in tcpdump\n"
    "  --quiet                  no progress on the terminal\n\n"
    "Exit status: 0 done; 1 something failed, as an unreadable capture (of "
    "the\nothers the policy is written); 2 wrong usage, configuration or "
    "SCL file.\n";

enum { OPT_SET = 256, OPT_SCL, OPT_STRICT, OPT_FILTER, OPT_QUIET, OPT_HELP };

static const struct option options[] = {
	{ "set", required_argument, NULL, OPT_SET },
	{ "scl", required_argument, NULL, OPT_SCL },
	{ "strict", no_argument, NULL, OPT_STRICT },
	{ "filter", required_argument, NULL, OPT_FILTER },
	{ "quiet", no_argument, NULL, OPT_QUIET },
	{ "help", no_argument, NULL, OPT_HELP },
	{ NULL, 0, NULL, 0 },
};

struct command {
	struct conf conf;
	struct capture_list captures;
	const char *scl, *filter;
	bool strict, quiet, help, captured;
	struct learn_plan plan;
	struct learn *learn;
	struct pipeline *pipeline;
};

static int
failed(const struct error *error, int status)
{
	fprintf(stderr, "gridtap: %s\n", error->text);
	return status;
}

static int
take_option(struct command *c, int option, char *arg, struct error *error)
{
	switch (option) {
	case 'c':
		return conf_load(&c->conf, arg, error);
	case OPT_SCL:
		c->scl = arg;
		return 0;
	case OPT_FILTER:
		c->filter = arg;
		return 0;
	case OPT_STRICT:
		c->strict = true;
		return 0;
	case OPT_QUIET:
		c->quiet = true;
		return 0;
	default:
		c->help = true;
		return 0;
	}
}

/* --set wins over -c, wherever they stand: it goes last. */
static int
take_settings(struct command *c, int argc, char **argv, struct error *error)
{
	int option;

	optind = 0;
	opterr = 0;
	while ((option = getopt_long(argc, argv, "c:", options, NULL)) != -1)
		if (option == OPT_SET && conf_set(&c->conf, optarg, error) != 0)
			return -1;
	return 0;
}

static int
parse(struct command *c, int argc, char **argv)
{
	struct error error;
	int option;

	while ((option = getopt_long(argc, argv, "c:", options, NULL)) != -1) {
		if (option == '?')
			return EXIT_USAGE;
		if (option != OPT_SET &&
		    take_option(c, option, optarg, &error) != 0)
			return failed(&error, EXIT_USAGE);
	}
	if (c->help)
		return EXIT_DONE;
	if (take_settings(c, argc, argv, &error) != 0)
		return failed(&error, EXIT_USAGE);
	c->captured = optind < argc;
	if (!c->captured && c->scl == NULL) {
		error_set(&error,
		    "learn: no capture; expected files, folders, - for "
		    "standard input, or --scl FILE");
		return failed(&error, EXIT_USAGE);
	}
	return EXIT_DONE;
}

static int
start(struct command *c, struct error *error)
{
	error_set(error, "what is learnt does not fit into memory");
	c->learn = learn_new(&c->conf);
	if (c->learn == NULL)
		return -1;
	c->pipeline = pipeline_new(&c->conf, NULL, NULL, NULL, error);
	if (c->pipeline == NULL)
		return -1;
	pipeline_observe(c->pipeline, learn_observer(c->learn));
	return 0;
}

/* Reads what can be read; what cannot is named. */
static int
read_captures(struct command *c, int argc, char **argv)
{
	struct progress progress;
	struct error error;
	int status = EXIT_DONE;

	for (int i = optind; i < argc; i++)
		if (capture_add(&c->captures, argv[i], &error) != 0)
			status = failed(&error, EXIT_FAILED);
	capture_sort(&c->captures);
	progress_start(&progress, c->captures.n, c->quiet);
	for (size_t i = 0; i < c->captures.n; i++)
		if (capture_read(&c->captures.entries[i], c->filter,
		        c->pipeline, &progress.capture, &error) != 0) {
			progress_clear(&progress);
			status = failed(&error, EXIT_FAILED);
		}
	progress_clear(&progress);
	pipeline_end(c->pipeline);
	if (learn_missed(c->learn) > 0)
		fprintf(stderr,
		    "gridtap: the policy is not complete: %" PRIu64
		    " sightings found no room; learn from less at a time\n",
		    learn_missed(c->learn));
	return status;
}

/* What is written can be read: nothing that was seen may break the file. */
static int
check(const char *text, size_t n, struct error *error)
{
	struct policy *policy;
	struct error wrong;

	if (n > POLICY_FILE_MAX) {
		error_set(error,
		    "the policy has %zu octets; at most %d can "
		    "be read: learn from less at a time",
		    n, POLICY_FILE_MAX);
		return -E2BIG;
	}
	if (policy_parse(
	        "the policy", (const uint8_t *)text, n, &policy, &wrong) != 0) {
		error_set(error,
		    "what was learnt is more than a policy can have: %s; "
		    "learn from less at a time",
		    wrong.text);
		return -EINVAL;
	}
	policy_free(policy);
	return 0;
}

static int
put(const char *text, size_t n, struct error *error)
{
	if (fwrite(text, 1, n, stdout) == n && fflush(stdout) == 0)
		return check(text, n, error);
	error_set(error, "standard output: %s", strerror(errno));
	return -EIO;
}

/* The policy as a whole, or nothing. */
static int
write_policy(struct command *c, struct error *error)
{
	char *text = NULL;
	size_t n = 0;
	FILE *to = open_memstream(&text, &n);
	int rc = 0;

	error_set(error, "the policy: %s", strerror(ENOMEM));
	if (to == NULL)
		return -ENOMEM;
	if (c->captured)
		rc = learn_write(c->learn, c->scl != NULL ? &c->plan : NULL,
		    c->strict, to, error);
	else
		learn_write_plan(&c->plan, to);
	if (fclose(to) != 0 && rc == 0)
		rc = -ENOMEM;
	if (rc == 0)
		rc = put(text, n, error);
	free(text);
	return rc;
}

static int
run(struct command *c, int argc, char **argv)
{
	struct error error;
	int status;

	if (c->scl != NULL && scl_read(c->scl, &c->plan, &error) != 0)
		return failed(&error, EXIT_USAGE);
	if (!c->captured)
		return write_policy(c, &error) == 0
		           ? EXIT_DONE
		           : failed(&error, EXIT_USAGE);
	if (start(c, &error) != 0)
		return failed(&error, EXIT_FAILED);
	status = read_captures(c, argc, argv);
	if (write_policy(c, &error) != 0)
		status = failed(&error, EXIT_FAILED);
	return status;
}

int
cmd_learn(int argc, char **argv)
{
	struct command *c = calloc(1, sizeof(*c));
	int status;

	if (c == NULL || conf_init(&c->conf) != 0) {
		free(c);
		return EXIT_FAILED;
	}
	status = parse(c, argc, argv);
	if (status == EXIT_DONE && c->help)
		fputs(help, stdout);
	else if (status == EXIT_DONE)
		status = run(c, argc, argv);
	pipeline_free(c->pipeline);
	learn_free(c->learn);
	learn_plan_free(&c->plan);
	capture_list_free(&c->captures);
	conf_free(&c->conf);
	free(c);
	return status;
}
