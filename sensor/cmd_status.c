/* SPDX-License-Identifier: Apache-2.0 */
/* gridtap status and gridtap reload: they ask the running sensor. */
#include <config.h>

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "sensor/commands.h"
#include "sensor/conf.h"
#include "sensor/run.h"

#define WAIT_S 120 /* a large policy takes a while to read */

static const char status_help[] =
    "usage: gridtap status [-c FILE] [--socket PATH] [--json]\n\n"
    "Prints how the running sensor is: interfaces, losses, rates, memory,\n"
    "tables, the last events.\n\n"
    "  -c FILE        its configuration, for monitor.socket\n"
    "  --socket PATH  its socket; preset: /run/gridtap/control\n"
    "  --json         as one JSON object\n\n"
    "Exit status: 0 done; 1 no sensor answers; 2 wrong usage.\n";

static const char reload_help[] =
    "usage: gridtap reload [-c FILE] [--socket PATH]\n\n"
    "Has the running sensor read its configuration, its policy and its keys\n"
    "again.  When anything is wrong in them it goes on with the old ones.\n\n"
    "  -c FILE        its configuration, for monitor.socket\n"
    "  --socket PATH  its socket; preset: /run/gridtap/control\n\n"
    "Exit status: 0 done; 1 refused, or no sensor answers; 2 wrong usage.\n";

enum { OPT_SOCKET = 256, OPT_JSON, OPT_HELP };

static const struct option options[] = {
	{ "socket", required_argument, NULL, OPT_SOCKET },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "help", no_argument, NULL, OPT_HELP },
	{ NULL, 0, NULL, 0 },
};

struct asking {
	struct conf conf;
	const char *path;
	bool json, help;
};

static int
parse(struct asking *a, int argc, char **argv, struct error *error)
{
	int option;

	while ((option = getopt_long(argc, argv, "c:", options, NULL)) != -1) {
		if (option == '?')
			return EXIT_USAGE;
		if (option == 'c' && conf_load(&a->conf, optarg, error) != 0)
			return run_wrong(error);
		if (option == OPT_SOCKET)
			a->path = optarg;
		a->json = a->json || option == OPT_JSON;
		a->help = a->help || option == OPT_HELP;
	}
	if (a->path == NULL)
		a->path = a->conf.monitor.socket;
	if (optind == argc &&
	    strlen(a->path) < sizeof(((struct sockaddr_un *)0)->sun_path))
		return EXIT_DONE;
	error_set(error, "%s: unexpected argument, or too long a path",
	    optind < argc ? argv[optind] : a->path);
	return run_wrong(error);
}

/* A descriptor, or -errno. */
static int
ask(const char *path, const char *line)
{
	struct timeval patience = { .tv_sec = WAIT_S };
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(at.sun_path, path);
	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (connect(fd, (struct sockaddr *)&at, sizeof(at)) == 0 &&
	    send(fd, line, strlen(line), MSG_NOSIGNAL) == (ssize_t)strlen(line))
		return fd;
	close(fd);
	return -errno;
}

/* What comes goes to standard output; the first octets to begin, too. */
static ssize_t
copy(int fd, char *begin, size_t size)
{
	char buffer[4096];
	ssize_t n, all = 0;

	memset(begin, 0, size);
	while ((n = read(fd, buffer, sizeof(buffer))) > 0) {
		if ((size_t)all < size - 1)
			memcpy(begin + all, buffer,
			    (size_t)n < size - 1 - (size_t)all
			        ? (size_t)n
			        : size - 1 - (size_t)all);
		fwrite(buffer, 1, (size_t)n, stdout);
		all += n;
	}
	close(fd);
	return n < 0 ? -errno : all;
}

static int
talk(const char *path, const char *line, const char *wanted)
{
	struct error error;
	char begin[8];
	int fd = ask(path, line);
	ssize_t n = fd >= 0 ? copy(fd, begin, sizeof(begin)) : fd;

	if (n <= 0) {
		error_set(&error, "%s: no sensor answers: %s", path,
		    n < 0 ? strerror((int)-n) : "it said nothing");
		return run_failed(&error);
	}
	if (strcmp(line, "reload\n") == 0)
		putchar('\n');
	return strncmp(begin, wanted, strlen(wanted)) == 0 ? EXIT_DONE
	                                                   : EXIT_FAILED;
}

static int
command(int argc, char **argv, bool reload)
{
	struct asking a = { .path = NULL };
	struct error error;
	int status = EXIT_FAILED;

	if (conf_init(&a.conf) == 0)
		status = parse(&a, argc, argv, &error);
	if (status == EXIT_DONE && a.help)
		fputs(reload ? reload_help : status_help, stdout);
	else if (status == EXIT_DONE)
		status = reload
		             ? talk(a.path, "reload\n", "done")
		             : talk(a.path,
		                   a.json ? "status json\n" : "status\n", "");
	conf_free(&a.conf);
	return status;
}

int
cmd_status(int argc, char **argv)
{
	return command(argc, argv, false);
}

int
cmd_reload(int argc, char **argv)
{
	return command(argc, argv, true);
}
