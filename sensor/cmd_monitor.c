/* SPDX-License-Identifier: Apache-2.0 */
/* gridtap monitor: the sensor, in the foreground. */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "sensor/commands.h"
#include "sensor/control.h"
#include "sensor/live.h"
#include "sensor/notify.h"
#include "sensor/privs.h"
#include "sensor/reload.h"

static const char help[] =
    "usage: gridtap monitor [options] [-i IFACE]...\n\n"
    "Listens to what comes in at interfaces, mirror ports, and writes events\n"
    "until SIGTERM.  It never sends there.\n\n"
    "  -i IFACE                 an interface; may be repeated; preset: those "
    "of\n"
    "                           monitor.interfaces\n"
    "  -c FILE                  the configuration (YAML): gridtap.conf(5)\n"
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
    "  --state DB               what is known of meters outlives the run "
    "here\n"
    "  --quiet                  no summary at the end\n\n"
    "Started as root it becomes the user monitor.user as soon as all is "
    "open.\n"
    "SIGHUP or 'gridtap reload' has it read its configuration again; "
    "'gridtap\n"
    "status' tells how it is.\n\n"
    "Exit status: 0 ended by SIGTERM or SIGINT; 1 something failed; 2 wrong\n"
    "usage or configuration.\n";

static const struct option options[] = {
	RUN_OPTIONS,
	{ NULL, 0, NULL, 0 },
};

struct monitor {
	struct run run;
	struct live live;
	char interfaces[CONF_SOURCE];
	struct privs privs;
};

/* -i, the only option of its own. */
static int
take_interface(struct run *run, int option, char *arg, struct error *error)
{
	struct monitor *m = (struct monitor *)run;
	size_t n = strlen(m->interfaces);

	(void)option;
	if (n + strlen(arg) + 2 > sizeof(m->interfaces)) {
		error_set(error, "-i: too many interfaces");
		return -1;
	}
	snprintf(m->interfaces + n, sizeof(m->interfaces) - n, "%s%s",
	    n > 0 ? " " : "", arg);
	run->interfaces = m->interfaces;
	return 0;
}

static void
warn_of_addresses(const struct live *l)
{
	char address[64];

	for (size_t i = 0; i < l->nports; i++) {
		port_address(l->ports[i].name, address);
		if (*address != '\0')
			live_say("%s has the address %s: a capture interface "
			         "should have none, or this host answers there",
			    l->ports[i].name, address);
	}
}

static int
last_capture(const struct live *l)
{
	int last = 2;

	for (size_t i = 0; i < l->nports; i++)
		last = l->ports[i].fd > last ? l->ports[i].fd : last;
	return last;
}

/* All that needs privileges, then none of them, then all the rest. */
static int
start(struct monitor *m, struct error *error)
{
	struct run *run = &m->run;
	struct live *l = &m->live;
	const struct conf_monitor *conf = &run->settings->conf.monitor;
	int e = privs_find(&m->privs, conf->user, error);

	if (e != 0)
		return e;
	e = live_open(l, run, error);
	if (e != 0)
		return e;
	warn_of_addresses(l);
	l->control =
	    control_new(conf->socket, m->privs.uid, m->privs.gid, error);
	if (l->control == NULL)
		return -EIO;
	e = privs_drop(&m->privs, error);
	if (e != 0)
		return e;
	l->reload = reload_new(run);
	if (l->reload == NULL) {
		error_set(error, "no memory for reloads");
		return -ENOMEM;
	}
	run->control = l->control;
	if (run_start(run, error) != 0)
		return -EIO;
	if (live_start(l, error) != 0)
		return -EIO;
	if (!privs_filter(last_capture(l), error))
		live_say("%s", error->text);
	return 0;
}

static int
monitor(struct monitor *m)
{
	struct live *l = &m->live;
	struct error error;
	int status = EXIT_DONE;

	if (optind != m->run.argc) {
		error_set(&error,
		    "monitor: \"%s\"; expected options only, as "
		    "-i IFACE",
		    m->run.argv[optind]);
		return run_wrong(&error);
	}
	if (start(m, &error) != 0) {
		status = run_failed(&error);
	} else {
		live_say("listening on %s",
		    m->run.settings->conf.monitor.interfaces);
		notify("READY=1");
		live_run(l);
		status = l->failed ? EXIT_FAILED : EXIT_DONE;
		pipeline_end(m->run.pipeline);
	}
	m->run.control = NULL;
	status = run_finish(&m->run, NULL, status);
	reload_free(l->reload);
	control_free(l->control);
	live_close(l);
	return status;
}

int
cmd_monitor(int argc, char **argv)
{
	struct monitor *m = calloc(1, sizeof(*m));
	int status;

	if (m == NULL || getrandom(m->run.key, sizeof(m->run.key), 0) < 0 ||
	    getrandom(m->run.file_key, sizeof(m->run.file_key), 0) < 0) {
		free(m);
		return EXIT_FAILED;
	}
	m->run.argc = argc;
	m->run.argv = argv;
	m->run.shorts = "c:o:i:";
	m->run.options = options;
	m->run.own = take_interface;
	m->run.live = true;
	status = run_parse(&m->run);
	if (status == EXIT_DONE && m->run.help)
		fputs(help, stdout);
	else if (status == EXIT_DONE)
		status = monitor(m);
	run_free(&m->run);
	free(m);
	return status;
}
