/* SPDX-License-Identifier: Apache-2.0 */
/* gridtap-agentx: options, and the loop. */
#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

#include <net-snmp/agent/net-snmp-agent-includes.h>

#include <net-snmp/agent/agent_callbacks.h>

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "outputs/agentx/agentx.h"

#define PAGE "/run/gridtap/nsm"
#define LOOK_US 250000 /* for another page, and for notices without a bell */
#define RECONNECT_S 2

static const char help[] =
    "usage: gridtap-agentx [options]\n\n"
    "Serves what a gridtap sensor shows of itself over SNMP, as a subagent\n"
    "of snmpd (AgentX).  It changes nothing and runs until it is stopped.\n\n"
    "  -p PAGE      the sensor's counters page (preset: " PAGE ")\n"
    "  -x ADDRESS   the master's AgentX socket (preset: that of snmpd)\n"
    "  -s SEVERITY  notifications of events of notice, warning, error or\n"
    "               alarm, or worse (preset: warning)\n"
    "  -r NUMBER    notifications of a rule in a minute (preset: 30)\n"
    "  -b NUMBER    that many at once (preset: 20)\n"
    "  --help, --version\n\n"
    "Exit status: 0 stopped; 1 it could not run; 2 wrong usage.\n";

static const struct option options[] = {
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

static volatile sig_atomic_t stopped;

static void
on_signal(int number)
{
	(void)number;
	stopped = 1;
}

static int
wrong(const char *what, const char *expected)
{
	fprintf(stderr, "gridtap-agentx: %s; expected %s\n", what, expected);
	return 2;
}

static int
take_severity(struct agentx_setup *setup, const char *arg)
{
	static const char *const names[] = { "alarm", "error", "warning",
		"notice" };

	for (unsigned i = 0; i < 4; i++)
		if (strcmp(arg, names[i]) == 0) {
			setup->severity = (enum nsm_severity)(i + 1);
			return 0;
		}
	return wrong(arg, "notice, warning, error or alarm");
}

static int
take_number(uint32_t *to, const char *arg)
{
	char *end;
	unsigned long n = strtoul(arg, &end, 10);

	if (arg[0] < '0' || arg[0] > '9' || *end != '\0' || n < 1 || n > 60000)
		return wrong(arg, "a number from 1 to 60000");
	*to = (uint32_t)n;
	return 0;
}

/* -1: go on; otherwise the exit status. */
static int
parse(struct agentx_setup *setup, int argc, char **argv)
{
	int option, status = 0;

	while (status == 0 && (option = getopt_long(argc, argv,
	                           "p:x:s:r:b:", options, NULL)) != -1) {
		switch (option) {
		case 'p':
			setup->page = optarg;
			break;
		case 'x':
			setup->master = optarg;
			break;
		case 's':
			status = take_severity(setup, optarg);
			break;
		case 'r':
			status = take_number(&setup->rate, optarg);
			break;
		case 'b':
			status = take_number(&setup->burst, optarg);
			break;
		case 'h':
			fputs(help, stdout);
			return 0;
		case 'V':
			puts("gridtap-agentx " GRIDTAP_VERSION);
			return 0;
		default:
			status = 2;
		}
	}
	if (status == 0 && optind < argc)
		status = wrong(argv[optind], "options only: --help");
	return status == 0 ? -1 : status;
}

/* The sensor rings here; without it there still is the clock. */
static int
hang_bell(const char *page, struct sockaddr_un *at)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int n;

	at->sun_family = AF_UNIX;
	n = snprintf(at->sun_path, sizeof(at->sun_path), "%s.sock", page);
	if (fd < 0 || fd >= FD_SETSIZE || n < 0 ||
	    (size_t)n >= sizeof(at->sun_path)) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	unlink(at->sun_path);
	if (bind(fd, (const struct sockaddr *)(const void *)at, sizeof(*at)) !=
	        0 ||
	    chmod(at->sun_path, 0660) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static int
on_master(int major, int minor, void *args, void *ours)
{
	(void)major;
	(void)args;
	(void)ours;
	notify_connected(minor == SNMPD_CALLBACK_INDEX_START);
	return SNMPERR_SUCCESS;
}

static void
set_interval(void)
{
	/* init_agent() and init_snmp() put the preset back */
	netsnmp_ds_set_int(NETSNMP_DS_APPLICATION_ID,
	    NETSNMP_DS_AGENT_AGENTX_PING_INTERVAL, RECONNECT_S);
}

static int
join(const struct agentx_setup *setup, struct source *source)
{
	snmp_enable_stderrlog();
	netsnmp_ds_set_boolean(
	    NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_ROLE, 1);
	netsnmp_ds_set_boolean(NETSNMP_DS_APPLICATION_ID,
	    NETSNMP_DS_AGENT_NO_CONNECTION_WARNINGS, 1);
	/* no file of the host's, and none is left */
	netsnmp_ds_set_boolean(
	    NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_READ_CONFIGS, 1);
	netsnmp_ds_set_boolean(
	    NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_PERSIST_STATE, 1);
	netsnmp_ds_set_boolean(
	    NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DISABLE_PERSISTENT_LOAD, 1);
	if (setup->master != NULL)
		netsnmp_ds_set_string(NETSNMP_DS_APPLICATION_ID,
		    NETSNMP_DS_AGENT_X_SOCKET, setup->master);
	if (init_agent("gridtap-agentx") != 0)
		return -1;
	set_interval();
	snmp_register_callback(SNMP_CALLBACK_APPLICATION,
	    SNMPD_CALLBACK_INDEX_START, on_master, NULL);
	snmp_register_callback(SNMP_CALLBACK_APPLICATION,
	    SNMPD_CALLBACK_INDEX_STOP, on_master, NULL);
	serve_start(source);
	notify_start(setup);
	init_snmp("gridtap-agentx");
	set_interval();
	return 0;
}

static void
wait_and_read(int bell)
{
	struct timeval timeout = { 0, LOOK_US };
	int n = 0, block = 0;
	char octet[64];
	fd_set fds;

	FD_ZERO(&fds);
	snmp_select_info(&n, &fds, &timeout, &block);
	if (bell >= 0) {
		FD_SET(bell, &fds);
		n = n > bell ? n : bell + 1;
	}
	if (timeout.tv_sec > 0 || timeout.tv_usec > LOOK_US)
		timeout = (struct timeval){ 0, LOOK_US };
	n = select(n, &fds, NULL, NULL, &timeout);
	if (n > 0 && bell >= 0 && FD_ISSET(bell, &fds)) {
		while (recv(bell, octet, sizeof(octet), 0) >= 0)
			;
		FD_CLR(bell, &fds);
	}
	if (n > 0)
		snmp_read(&fds);
	snmp_timeout();
	run_alarms();
	netsnmp_check_outstanding_agent_requests();
}

/* Now and then: whether page and socket are what they were. */
static int
look_around(struct source *source, int bell, struct sockaddr_un *at)
{
	static uint64_t looked;
	uint64_t now = source_clock(CLOCK_MONOTONIC);

	if (now - looked < LOOK_US * 1000)
		return bell;
	looked = now;
	source_look(source);
	/* with the sensor its folder may go, and come again */
	if (bell >= 0 && access(at->sun_path, F_OK) == 0)
		return bell;
	if (bell >= 0)
		close(bell);
	return hang_bell(source->path, at);
}

int
main(int argc, char **argv)
{
	struct agentx_setup setup = {
		.page = PAGE, .severity = NSM_WARNING, .rate = 30, .burst = 20
	};
	struct sigaction action = { .sa_handler = on_signal };
	struct sockaddr_un at = { 0 };
	struct source source = { 0 };
	int bell, status = parse(&setup, argc, argv);

	if (status >= 0)
		return status;
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	source.path = setup.page;
	source_look(&source);
	bell = hang_bell(setup.page, &at);
	if (join(&setup, &source) != 0) {
		fputs("gridtap-agentx: the library does not start\n", stderr);
		return 1;
	}
	while (!stopped) {
		wait_and_read(bell);
		bell = look_around(&source, bell, &at);
		notify_run(&source);
	}
	snmp_shutdown("gridtap-agentx");
	if (bell >= 0) {
		close(bell);
		unlink(at.sun_path);
	}
	source_close(&source);
	return 0;
}
