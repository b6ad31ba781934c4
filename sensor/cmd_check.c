/* SPDX-License-Identifier: Apache-2.0 */
/* gridtap check: reads what a person wrote and says what is wrong with it. */
#include <config.h>

#include <getopt.h>
#include <stdio.h>

#include "sensor/commands.h"
#include "sensor/conf.h"
#include "sensor/conf_destination.h"
#include "sensor/keys.h"
#include "sensor/policy_yaml.h"
#include "sensor/storage.h"

static const char help[] =
    "usage: gridtap check [-c FILE] [--set section.key=value]...\n"
    "                     [--policy FILE] [--keys FILE]\n\n"
    "Reads the configuration, and the policy and the keys that it or --policy\n"
    "and --keys name, and says what is wrong in them, as\n"
    "FILE:LINE:COLUMN: what was found, what was expected.\n\n"
    "  -c FILE                  the configuration (YAML)\n"
    "  --set section.key=value  overrides one item; may be repeated\n"
    "  --policy FILE            the policy (YAML)\n"
    "  --keys FILE              the keys (YAML, mode 0600); none is shown\n\n"
    "Exit status: 0 all is right; 2 it is not.\n";

enum { OPT_SET = 256, OPT_POLICY, OPT_KEYS, OPT_HELP };

static const struct option options[] = {
	{ "set", required_argument, NULL, OPT_SET },
	{ "policy", required_argument, NULL, OPT_POLICY },
	{ "keys", required_argument, NULL, OPT_KEYS },
	{ "help", no_argument, NULL, OPT_HELP },
	{ NULL, 0, NULL, 0 },
};

struct check {
	struct conf conf;
	const char *policy; /* of --policy, or NULL */
	const char *keys;   /* of --keys, or NULL */
};

static int
wrong(const struct error *error)
{
	fprintf(stderr, "gridtap: %s\n", error->text);
	return EXIT_USAGE;
}

static int
take_option(struct check *c, int option, struct error *error)
{
	switch (option) {
	case 'c':
		return conf_load(&c->conf, optarg, error);
	case OPT_POLICY:
		c->policy = optarg;
		return 0;
	case OPT_KEYS:
		c->keys = optarg;
		return 0;
	default:
		return conf_set(&c->conf, optarg, error);
	}
}

/* Says what is right, when all is. */
static int
check_files(const struct check *c)
{
	const char *rules = c->policy != NULL ? c->policy : c->conf.policy;
	const char *keys = c->keys != NULL ? c->keys : c->conf.keys;
	struct storage_setup storage;
	struct policy *policy = NULL;
	struct error error;

	if (storage_setup(&storage, &c->conf, &error) < 0)
		return wrong(&error);
	explicit_bzero(&storage, sizeof(storage));
	if (rules[0] != '\0' && policy_load(rules, &policy, &error) != 0)
		return wrong(&error);
	policy_free(policy);
	if (keys[0] != '\0' && keys_check(keys, &error) != 0)
		return wrong(&error);
	if (conf_destination_check(&c->conf, stderr, &error) != 0)
		return wrong(&error);
	printf("the configuration%s%s\n",
	    rules[0] == '\0'  ? ""
	    : keys[0] == '\0' ? " and the policy"
	                      : ", the policy",
	    keys[0] != '\0'    ? " and the keys are right"
	    : rules[0] != '\0' ? " are right"
	                       : " is right");
	return EXIT_DONE;
}

static int
run(struct check *c, int argc, char **argv)
{
	struct error error;
	int option;

	while ((option = getopt_long(argc, argv, "c:", options, NULL)) != -1) {
		if (option == OPT_HELP) {
			fputs(help, stdout);
			return EXIT_DONE;
		}
		if (option == '?')
			return EXIT_USAGE;
		if (take_option(c, option, &error) != 0)
			return wrong(&error);
	}
	if (optind == argc)
		return check_files(c);
	error_set(&error,
	    "check: \"%s\" is not expected; a configuration is given by -c "
	    "FILE, a policy by --policy FILE, keys by --keys FILE",
	    argv[optind]);
	return wrong(&error);
}

int
cmd_check(int argc, char **argv)
{
	struct check c = { .policy = NULL, .keys = NULL };
	int status = EXIT_FAILED;

	if (conf_init(&c.conf) == 0)
		status = run(&c, argc, argv);
	conf_free(&c.conf);
	return status;
}
