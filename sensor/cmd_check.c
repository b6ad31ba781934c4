/* SPDX-License-Identifier: Apache-2.0 */
/* gridtap check: reads the configuration and says what is wrong. */
#include <config.h>

#include <getopt.h>
#include <stdio.h>

#include "sensor/commands.h"
#include "sensor/conf.h"

static const char help[] =
    "usage: gridtap check [-c FILE] [--set section.key=value]...\n\n"
    "Reads the configuration and says what is wrong with it, as\n"
    "FILE:LINE:COLUMN: what was found, what was expected.\n\n"
    "  -c FILE                  the configuration (YAML)\n"
    "  --set section.key=value  overrides one item; may be repeated\n\n"
    "Exit status: 0 it is right; 2 it is not.\n";

enum { OPT_SET = 256, OPT_HELP };

static const struct option options[] = {
	{ "set", required_argument, NULL, OPT_SET },
	{ "help", no_argument, NULL, OPT_HELP },
	{ NULL, 0, NULL, 0 },
};

static int
apply(struct conf *conf, int option, const char *arg, struct error *error)
{
	return option == 'c' ? conf_load(conf, arg, error)
	                     : conf_set(conf, arg, error);
}

int
cmd_check(int argc, char **argv)
{
	struct conf conf;
	struct error error;
	int option, status = EXIT_DONE;

	if (conf_init(&conf) != 0)
		return EXIT_FAILED;
	while (status == EXIT_DONE &&
	       (option = getopt_long(argc, argv, "c:", options, NULL)) != -1) {
		if (option == OPT_HELP) {
			fputs(help, stdout);
			conf_free(&conf);
			return EXIT_DONE;
		}
		if (option == '?') {
			status = EXIT_USAGE;
		} else if (apply(&conf, option, optarg, &error) != 0) {
			fprintf(stderr, "gridtap: %s\n", error.text);
			status = EXIT_USAGE;
		}
	}
	if (status == EXIT_DONE && optind < argc) {
		fprintf(stderr,
		    "gridtap: check: \"%s\" is not expected; a configuration "
		    "is given by -c FILE\n",
		    argv[optind]);
		status = EXIT_USAGE;
	}
	if (status == EXIT_DONE)
		puts("the configuration is right");
	conf_free(&conf);
	return status;
}
