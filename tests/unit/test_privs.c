/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is left to a process behind the filter: it works, may not do what it
 * has no need of, and dies of what only an intruder does.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sensor/privs.h"
#include "tests/driver.h"

#define CAPTURE 20 /* descriptors up to this one are captures' */

static void *
nothing(void *arg)
{
	return arg;
}

/* 0: as it should be; otherwise which step was not. */
static int
work(void)
{
	char text[64];
	pthread_t thread;
	FILE *f = fopen("/proc/self/status", "re");

	if (f == NULL || fgets(text, sizeof(text), f) == NULL)
		return 1;
	fclose(f);
	if (pthread_create(&thread, NULL, nothing, NULL) != 0)
		return 2;
	pthread_join(thread, NULL);
	if (write(STDERR_FILENO, "", 0) != 0)
		return 3;
	if (socket(AF_INET, SOCK_STREAM, 0) < 0)
		return 4;
	return 0;
}

static int
is_refused(void)
{
	void *page =
	    mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char c = 0;

	if (send(CAPTURE, &c, 1, 0) != -1 || errno != EPERM)
		return 1;
	if (write(CAPTURE, &c, 1) != -1 || errno != EPERM)
		return 2;
	if (socket(AF_PACKET, SOCK_RAW, 0) != -1 || errno != EPERM)
		return 3;
	if (mprotect(page, 4096, PROT_READ | PROT_EXEC) != -1 || errno != EPERM)
		return 4;
	if (kill(getppid(), 0) != -1 || errno != EPERM)
		return 5;
	if (bind(socket(AF_UNIX, SOCK_STREAM, 0), NULL, 0) != -1 ||
	    errno != EPERM)
		return 7;
	/* the same descriptors one higher are nobody's capture */
	if (write(CAPTURE + 1, &c, 1) != 1)
		return 6;
	return 0;
}

/* More than one address: the resolver asks the kernel which are its own. */
static int
look_up(void)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *found;

	return getaddrinfo(NULL, "80", &hints, &found) != 0;
}

static int
run_program(void)
{
	execl("/bin/true", "true", (char *)NULL);
	return 1;
}

static int
make_process(void)
{
	return (int)syscall(SYS_fork) < 0 ? 1 : 2;
}

static int
open_port(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	return listen(fd, 1) == 0 ? 1 : 2;
}

static int
look_into(void)
{
	return (int)syscall(SYS_ptrace, 0, 0, NULL, NULL) + 2;
}

/* What became of a process that was filtered and did it: as waitpid() says. */
static int
filtered(int (*act)(void))
{
	struct error error;
	int pair[2], status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0 ||
		    dup2(pair[0], CAPTURE) < 0 ||
		    dup2(pair[1], CAPTURE + 1) < 0)
			_exit(98);
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		if (!privs_filter(CAPTURE, &error))
			_exit(99);
		_exit(act());
	}
	waitpid(pid, &status, 0);
	return status;
}

static void
test_works(void)
{
	CU_ASSERT_EQUAL(filtered(work), 0);
	CU_ASSERT_EQUAL(filtered(look_up), 0);
}

static void
test_refuses(void)
{
	CU_ASSERT_EQUAL(filtered(is_refused), 0);
}

static void
test_kills(void)
{
	int (*const acts[])(
	    void) = { run_program, make_process, open_port, look_into };

	for (size_t i = 0; i < sizeof(acts) / sizeof(*acts); i++) {
		int status = filtered(acts[i]);

		CU_ASSERT(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
	}
}

static void
test_whom(void)
{
	struct privs p;
	struct error error;

	if (geteuid() != 0) {
		CU_ASSERT_EQUAL(privs_find(&p, "", &error), 0);
		CU_ASSERT_EQUAL(p.uid, 0);
		return;
	}
	CU_ASSERT_EQUAL(privs_find(&p, "nobody", &error), 0);
	CU_ASSERT(p.uid != 0);
	CU_ASSERT_EQUAL(privs_find(&p, "root", &error), -ENOENT);
	CU_ASSERT_EQUAL(privs_find(&p, "", &error), -ENOENT);
	CU_ASSERT_EQUAL(privs_find(&p, "no such user", &error), -ENOENT);
	CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "monitor.user"));
}

int
main(void)
{
	CU_TestInfo filter[] = { { "works", test_works },
		{ "refuses", test_refuses }, { "kills", test_kills },
		{ "whom", test_whom }, CU_TEST_INFO_NULL };
	struct error error;

#if defined(__SANITIZE_ADDRESS__)
	return 77; /* its own calls are none of a sensor's */
#endif
	/* a sandbox around the tests may not let us */
	if (filtered(work) == 99 << 8 && !privs_filter(CAPTURE, &error)) {
		fprintf(stderr, "test_privs: %s\n", error.text);
		return 77;
	}
	return driver_run("privs", filter);
}
