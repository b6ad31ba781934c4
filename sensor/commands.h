/* SPDX-License-Identifier: Apache-2.0 */
/* The subcommands: argv[0] is the command's name; they return the exit status.
 */
#ifndef SENSOR_COMMANDS_H
#define SENSOR_COMMANDS_H

enum {
	EXIT_DONE = 0,
	EXIT_FAILED = 1, /* something failed while running */
	EXIT_USAGE = 2,  /* wrong usage or configuration */
	EXIT_FOUND = 3   /* replay --fail-on: such an event was raised */
};

int cmd_replay(int argc, char **argv);
int cmd_monitor(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_reload(int argc, char **argv);
int cmd_meters(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_learn(int argc, char **argv);
int cmd_events(int argc, char **argv);

#endif
