/* SPDX-License-Identifier: Apache-2.0 */
/* The command line that replay and monitor share; see run.h. */
#include <config.h>

#include <stdlib.h>

#include "outputs/file/storage.h"
#include "sensor/commands.h"
#include "sensor/policy_yaml.h"
#include "sensor/run.h"

int
run_wrong(const struct error *error)
{
	fprintf(stderr, "gridtap: %s\n", error->text);
	return EXIT_USAGE;
}

int
run_failed(const struct error *error)
{
	fprintf(stderr, "gridtap: %s\n", error->text);
	return EXIT_FAILED;
}

int
run_target(struct run *r, const char *arg, struct error *error)
{
	if (r->ntargets == RUN_TARGETS) {
		error_set(error, "-o: at most %d outputs", RUN_TARGETS);
		return -1;
	}
	return deliver_parse(&r->targets[r->ntargets++], arg, error);
}

static int
take_option(struct run *r, int option, char *arg, struct error *error)
{
	switch (option) {
	case 'c':
	case RUN_OPT_SET:
		return 0; /* run_settings() */
	case 'o':
		return run_target(r, arg, error);
	case RUN_OPT_POLICY:
		r->rules = arg;
		return 0;
	case RUN_OPT_KEYS:
		r->secrets = arg;
		return 0;
	case RUN_OPT_FILTER:
		r->filter = arg;
		return 0;
	case RUN_OPT_RECORDS:
		r->records = arg;
		return 0;
	case RUN_OPT_SUMMARY:
		r->summary = arg;
		return 0;
	case RUN_OPT_METERS:
		r->meters = arg;
		return 0;
	case RUN_OPT_NSM:
		r->page = arg;
		return 0;
	case RUN_OPT_NSM_DUMP:
		r->nsm_dump = arg;
		return 0;
	case RUN_OPT_STATE:
		r->state = arg;
		return 0;
	case RUN_OPT_QUIET:
		r->quiet = true;
		return 0;
	case RUN_OPT_HELP:
		r->help = true;
		return 0;
	default:
		return r->own(r, option, arg, error);
	}
}

/* All of one option: -c, or --set. */
static int
read_all(const struct run *r, struct conf *conf, int which, struct error *error)
{
	int option;

	optind = 0;
	opterr = 0;
	while ((option = getopt_long(
	            r->argc, r->argv, r->shorts, r->options, NULL)) != -1) {
		if (option != which)
			continue;
		if ((which == 'c' ? conf_load(conf, optarg, error)
		                  : conf_set(conf, optarg, error)) != 0)
			return -1;
	}
	return 0;
}

/* --policy, or else what the configuration says; the same of --keys. */
static int
load_files(const struct run *r, struct settings *s, struct error *error)
{
	const char *path = r->rules != NULL ? r->rules : s->conf.policy;

	if (path[0] != '\0' && policy_load(path, &s->policy, error) != 0)
		return -1;
	path = r->secrets != NULL ? r->secrets : s->conf.keys;
	if (path[0] == '\0')
		return 0;
	if (keys_load(&s->keys, path, pipeline_key, error) != 0)
		return -1;
	s->conf.opened = &s->keys;
	return 0;
}

struct settings *
run_settings(const struct run *r, struct error *error)
{
	struct settings *s = calloc(1, sizeof(*s));

	error_set(error, "no memory for the configuration");
	/* --set wins over -c, wherever they stand: it goes last */
	if (s != NULL && conf_init(&s->conf) == 0 &&
	    read_all(r, &s->conf, 'c', error) == 0 &&
	    read_all(r, &s->conf, RUN_OPT_SET, error) == 0 &&
	    load_files(r, s, error) == 0)
		return s;
	settings_free(s);
	return NULL;
}

void
settings_free(struct settings *s)
{
	if (s == NULL)
		return;
	keys_free(&s->keys);
	policy_free(s->policy);
	conf_free(&s->conf);
	free(s);
}

/* Raw storage is one output more. */
static int
add_storage(struct run *r, struct error *error)
{
	const struct conf *conf = &r->settings->conf;
	int e = storage_setup(&r->storage, conf, error);

	if (e <= 0)
		return e;
	r->targets[r->ntargets++] = (struct deliver_target){ &storage_output,
		conf->storage.path, &r->storage.journal, r->storage.format };
	return 0;
}

int
run_parse(struct run *r)
{
	struct error error;
	int option;

	while ((option = getopt_long(
	            r->argc, r->argv, r->shorts, r->options, NULL)) != -1) {
		if (option == '?')
			return EXIT_USAGE;
		if (take_option(r, option, optarg, &error) != 0)
			return run_wrong(&error);
	}
	if (r->help)
		return EXIT_DONE;
	if (r->ntargets == 0 && !r->live && run_target(r, "text", &error) != 0)
		return run_wrong(&error);
	r->settings = run_settings(r, &error);
	if (r->settings == NULL || add_storage(r, &error) != 0)
		return run_wrong(&error);
	return EXIT_DONE;
}
