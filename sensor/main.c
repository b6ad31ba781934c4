/* SPDX-License-Identifier: Apache-2.0 */
/* gridtap: chooses the subcommand. */
#include <config.h>

#include <stdio.h>
#include <string.h>

#include "rules/vault.h"
#include "sensor/commands.h"

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
} commands[] = {
	{ "replay", cmd_replay, "read captures, write events" },
	{ "monitor", cmd_monitor, "the sensor: read interfaces, write events" },
	{ "status", cmd_status, "print how the running sensor is" },
	{ "reload", cmd_reload, "have it read its configuration again" },
	{ "meters", cmd_meters, "print what is known of every meter" },
	{ "check", cmd_check, "say what is wrong with the configuration" },
	{ "learn", cmd_learn, "write a policy of what was usual" },
	{ "events", cmd_events, "print the catalogue of events" },
};

#define COMMANDS (sizeof(commands) / sizeof(*commands))

static void
usage(FILE *to)
{
	fputs(
	    "usage: gridtap COMMAND [options] ...\n\n"
	    "A passive security monitor for power systems: it reads what\n"
	    "stations and bays say to each other and tells what is wrong.\n\n",
	    to);
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(to, "  %-8s %s\n", commands[i].name, commands[i].help);
	fputs("\n'gridtap COMMAND --help' tells more.\n", to);
}

int
main(int argc, char **argv)
{
	if (!vault_hook()) {
		fputs("gridtap: OpenSSL was in use too early\n", stderr);
		return EXIT_FAILED;
	}
	if (argc < 2) {
		usage(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		usage(stdout);
		return EXIT_DONE;
	}
	if (strcmp(argv[1], "--version") == 0) {
		puts("gridtap " PACKAGE_VERSION);
		return EXIT_DONE;
	}
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	fprintf(stderr,
	    "gridtap: \"%s\" is no command; expected replay, monitor, status, "
	    "reload, meters, check, learn or events\n",
	    argv[1]);
	return EXIT_USAGE;
}
