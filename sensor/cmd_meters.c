/* SPDX-License-Identifier: Apache-2.0 */
/* gridtap meters: what a state file knows of every meter. */
#include <config.h>

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "outputs/state/state.h"
#include "outputs/text/colour.h"
#include "sensor/area.h"
#include "sensor/commands.h"
#include "sensor/conf.h"
#include "sensor/meters_table.h"
#include "sensor/policy_yaml.h"

#define WAIT_MS 3000 /* a sensor writes for less */
#define REASON (EVENT_STR - 1)

static const char help[] =
    "usage: gridtap meters [-c FILE | --state DB] [--json]\n"
    "       gridtap meters ack TITLE --reset --reason TEXT "
    "[-c FILE | --state DB]\n\n"
    "Prints what the state file knows of every DLMS/COSEM meter: its\n"
    "associations and its frame counters.  With ack a person says that the\n"
    "counters of a meter may begin anew, since it was exchanged or got new\n"
    "firmware; the sensor tells that as an event, and no reset of them is an\n"
    "alarm for a day.\n\n"
    "  -c FILE        the configuration; state.path names the state file\n"
    "  --state DB     the state file\n"
    "  --json         the table as JSON, as replay --meters writes it\n"
    "  --reset        the acknowledgement is of a reset of counters\n"
    "  --reason TEXT  why, for those who read the event\n\n"
    "Exit status: 0 done; 1 the state file cannot be read, or holds no such\n"
    "meter; 2 wrong usage or configuration.\n";

enum { OPT_STATE = 256, OPT_JSON, OPT_RESET, OPT_REASON, OPT_HELP };

static const struct option options[] = {
	{ "state", required_argument, NULL, OPT_STATE },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "reset", no_argument, NULL, OPT_RESET },
	{ "reason", required_argument, NULL, OPT_REASON },
	{ "help", no_argument, NULL, OPT_HELP },
	{ NULL, 0, NULL, 0 },
};

/* Large enough for one meter, whatever it has. */
static const struct rules_limits limits = { .meters = 64, .sessions = 16 };

struct call {
	struct conf conf;
	struct policy *policy; /* for the roles; NULL: none */
	const char *state, *reason;
	const char *file; /* the configuration, or NULL */
	bool json, reset, ack, help;
	uint8_t title[MEMORY_TITLE];

	struct meters *meters; /* of one at a time */
	struct meters_writer writer;
	struct meters_table table;
	bool measuring; /* the table's columns; nothing is printed yet */
	int failed;
};

static int
wrong(const struct error *error)
{
	fprintf(stderr, "gridtap: meters: %s\n", error->text);
	return EXIT_USAGE;
}

static int
failed(const struct error *error)
{
	fprintf(stderr, "gridtap: meters: %s\n", error->text);
	return EXIT_FAILED;
}

static int
parse_title(struct call *c, const char *arg, struct error *error)
{
	unsigned octet;

	if (strlen(arg) == 2 * MEMORY_TITLE &&
	    strspn(arg, "0123456789abcdefABCDEF") == 2 * MEMORY_TITLE) {
		for (size_t i = 0; i < MEMORY_TITLE; i++) {
			sscanf(arg + 2 * i, "%2x", &octet);
			c->title[i] = (uint8_t)octet;
		}
		return 0;
	}
	error_set(error,
	    "ack \"%.64s\"; expected a system title of 16 hexadecimal digits",
	    arg);
	return -EINVAL;
}

static int
take_option(struct call *c, int option, char *arg, struct error *error)
{
	switch (option) {
	case 'c':
		c->file = arg;
		if (conf_load(&c->conf, arg, error) != 0)
			return -EINVAL;
		return c->conf.policy[0] != '\0'
		           ? policy_load(c->conf.policy, &c->policy, error)
		           : 0;
	case OPT_STATE:
		c->state = arg;
		return 0;
	case OPT_JSON:
		c->json = true;
		return 0;
	case OPT_RESET:
		c->reset = true;
		return 0;
	case OPT_REASON:
		c->reason = arg;
		return 0;
	default:
		c->help = true;
		return 0;
	}
}

/* The words that are no options: none, or ack and a title. */
static int
take_words(struct call *c, int argc, char **argv, struct error *error)
{
	int n = argc - optind;

	if (n == 0)
		return 0;
	if (strcmp(argv[optind], "ack") != 0 || n > 2) {
		error_set(error,
		    "\"%.64s\" is not expected; the only word is ack TITLE",
		    argv[strcmp(argv[optind], "ack") != 0 ? optind
		                                          : optind + 2]);
		return -EINVAL;
	}
	if (n == 1) {
		error_set(error, "ack: no meter; expected its system title");
		return -EINVAL;
	}
	c->ack = true;
	return parse_title(c, argv[optind + 1], error);
}

/* Which options go with which words. */
static int
check(struct call *c, struct error *error)
{
	const char *problem = NULL;

	if (c->ack && !c->reset)
		problem = "ack: what it is of is not said; expected --reset";
	else if (c->ack && (c->reason == NULL || *c->reason == '\0'))
		problem = "ack: no reason; expected --reason TEXT";
	else if (c->ack && strlen(c->reason) > REASON)
		problem = "ack: --reason is too long; expected at most 127 "
		          "octets";
	else if (c->ack && c->json)
		problem = "ack: --json is not expected";
	else if (!c->ack && (c->reset || c->reason != NULL))
		problem = "--reset and --reason are for ack TITLE";
	if (c->state == NULL && c->file != NULL && c->conf.state[0] != '\0')
		c->state = c->conf.state;
	if (problem == NULL && c->state != NULL)
		return 0;
	if (problem != NULL)
		error_set(error, "%s", problem);
	else if (c->file != NULL)
		error_set(error,
		    "%s names no state file; expected state.path in it, or "
		    "--state DB",
		    c->file);
	else
		error_set(
		    error, "no state file; expected --state DB or -c FILE");
	return -EINVAL;
}

static int
parse(struct call *c, int argc, char **argv)
{
	struct error error;
	int option;

	while ((option = getopt_long(argc, argv, "c:", options, NULL)) != -1) {
		if (option == '?')
			return EXIT_USAGE;
		if (take_option(c, option, optarg, &error) != 0)
			return wrong(&error);
	}
	if (c->help)
		return EXIT_DONE;
	if (take_words(c, argc, argv, &error) != 0 || check(c, &error) != 0)
		return wrong(&error);
	return EXIT_DONE;
}

/* --- The table --- */

static void
on_meter(void *arg, const struct memory_meter *m)
{
	struct call *c = arg;
	const struct meter *meter;

	dlms_world.recall(c->meters, m);
	if (c->json) {
		if (meters_write_more(&c->writer, c->meters) != 0)
			c->failed = ENOMEM;
	} else {
		meter = meters_next(c->meters, NULL);
		if (meter != NULL && c->measuring)
			meters_table_measure(&c->table, c->meters, meter);
		else if (meter != NULL)
			meters_table_print(&c->table, c->meters, meter);
	}
	meters_clear(c->meters);
}

static int
as_json(struct call *c, struct state *state, struct error *error)
{
	int rc;

	if (meters_write_begin(&c->writer, stdout) != 0) {
		error_set(error, "no memory");
		return -ENOMEM;
	}
	rc = state_list(state, on_meter, c, error);
	meters_write_end(&c->writer);
	return rc;
}

static int
as_table(struct call *c, struct state *state, struct error *error)
{
	int rc;

	meters_table_begin(&c->table, stdout, colour_wanted());
	c->measuring = true;
	rc = state_list(state, on_meter, c, error);
	c->measuring = false;
	if (rc == 0 && c->table.n == 0)
		puts("no meter is known yet");
	if (rc != 0 || c->table.n == 0)
		return rc;
	meters_table_heads(&c->table);
	return state_list(state, on_meter, c, error);
}

static int
list(struct call *c, struct state *state, struct error *error)
{
	static const uint8_t key[SIPHASH_KEY];
	struct setup setup = {
		.key = key, .limits = &limits, .policy = c->policy
	};
	size_t size = dlms_world.size(&limits);
	int rc;

	c->meters = area_new(1, size);
	if (c->meters == NULL) {
		error_set(error, "no memory");
		return -ENOMEM;
	}
	dlms_world.start(c->meters, &setup);
	rc = c->json ? as_json(c, state, error) : as_table(c, state, error);
	area_free(c->meters, 1, size);
	if (rc == 0 && c->failed != 0) {
		error_set(error, "%s", strerror(c->failed));
		rc = -c->failed;
	}
	if (rc == 0 && (fflush(stdout) != 0 || ferror(stdout))) {
		error_set(error, "standard output: cannot write: %s",
		    strerror(errno));
		rc = -EIO;
	}
	return rc;
}

static int
work(struct call *c)
{
	struct state_setup setup = { .must_be_there = true,
		.wait_ms = WAIT_MS };
	struct state *state = NULL;
	struct error error;
	int rc = state_open(&state, c->state, &setup, &error);

	if (rc == 0 && c->ack)
		rc = state_acknowledge(
		    state, c->title, (uint32_t)time(NULL), c->reason, &error);
	else if (rc == 0)
		rc = list(c, state, &error);
	state_close(state);
	return rc == 0 ? EXIT_DONE : failed(&error);
}

int
cmd_meters(int argc, char **argv)
{
	struct call *c = calloc(1, sizeof(*c));
	int status;

	if (c == NULL || conf_init(&c->conf) != 0) {
		free(c);
		return EXIT_FAILED;
	}
	status = parse(c, argc, argv);
	if (status == EXIT_DONE && c->help)
		fputs(help, stdout);
	else if (status == EXIT_DONE)
		status = work(c);
	policy_free(c->policy);
	conf_free(&c->conf);
	free(c);
	return status;
}
