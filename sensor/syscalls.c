/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The filter of system calls.  What no part of a running sensor calls is
 * refused with EPERM and logged by the kernel: a library that wants something
 * we did not foresee must not end a sensor that is left alone for years.  What
 * only an intruder calls kills the process: another program, another process,
 * another's memory, a port to listen on.
 */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "sensor/privs.h"

#ifdef HAVE_SECCOMP

#include <sched.h>
#include <seccomp.h>
#include <sys/socket.h>

#define CALL(name) SCMP_SYS(name)
#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static const int allowed[] = { CALL(accept4), CALL(access), CALL(adjtimex),
	CALL(brk), CALL(clock_adjtime), CALL(clock_getres), CALL(clock_gettime),
	CALL(clock_nanosleep), CALL(close), CALL(connect), CALL(epoll_create1),
	CALL(epoll_ctl), CALL(epoll_pwait), CALL(epoll_wait), CALL(eventfd2),
	CALL(exit), CALL(exit_group), CALL(faccessat), CALL(faccessat2),
	CALL(fallocate), CALL(fdatasync), CALL(fstat), CALL(fstatfs),
	CALL(fsync), CALL(ftruncate), CALL(futex), CALL(getcwd),
	CALL(getdents64), CALL(getegid), CALL(geteuid), CALL(getgid),
	CALL(getpeername), CALL(getpid), CALL(getrandom), CALL(getsockname),
	CALL(getsockopt), CALL(gettid), CALL(gettimeofday), CALL(getuid),
	CALL(lseek), CALL(lstat), CALL(madvise), CALL(membarrier),
	CALL(mincore), CALL(mkdir), CALL(mkdirat), CALL(mlock), CALL(mlock2),
	CALL(mmap), CALL(mremap), CALL(munlock), CALL(munmap), CALL(nanosleep),
	CALL(newfstatat), CALL(open), CALL(openat), CALL(pipe2), CALL(poll),
	CALL(ppoll), CALL(pread64), CALL(pselect6), CALL(read), CALL(readlink),
	CALL(readlinkat), CALL(readv), CALL(recvfrom), CALL(recvmsg),
	CALL(rename), CALL(renameat), CALL(renameat2), CALL(restart_syscall),
	CALL(rseq), CALL(rt_sigaction), CALL(rt_sigprocmask),
	CALL(rt_sigreturn), CALL(rt_sigtimedwait), CALL(sched_getaffinity),
	CALL(sched_yield), CALL(select), CALL(set_robust_list),
	CALL(setsockopt), CALL(shutdown), CALL(sigaltstack), CALL(stat),
	CALL(statfs), CALL(statx), CALL(sysinfo), CALL(tgkill),
	CALL(timerfd_create), CALL(timerfd_settime), CALL(umask), CALL(uname),
	CALL(unlink), CALL(unlinkat), CALL(fchmod), CALL(chmod), CALL(flock),
	CALL(utimensat), CALL(fadvise64), CALL(copy_file_range),
	CALL(socketpair) };

/* bind() is refused, no more: the resolver tries it on a netlink socket. */
static const int deadly[] = { CALL(execve), CALL(execveat), CALL(fork),
	CALL(vfork), CALL(ptrace), CALL(process_vm_readv),
	CALL(process_vm_writev), CALL(listen), CALL(setuid), CALL(setgid),
	CALL(setresuid), CALL(setresgid), CALL(setgroups), CALL(capset),
	CALL(mount), CALL(umount2), CALL(pivot_root), CALL(chroot),
	CALL(unshare), CALL(setns), CALL(bpf), CALL(perf_event_open),
	CALL(init_module), CALL(finit_module), CALL(kexec_load), CALL(keyctl),
	CALL(add_key), CALL(request_key), CALL(userfaultfd),
	CALL(io_uring_setup), CALL(reboot), CALL(swapon) };

/* What carries octets out of a descriptor: never out of a capture's. */
static const int sending[] = { CALL(write), CALL(writev), CALL(pwrite64),
	CALL(sendto), CALL(sendmsg), CALL(sendmmsg), CALL(dup), CALL(fcntl) };

/* Sockets to SIEM, Redis, systemd, name servers; none to send packets by. */
static const int families[] = { AF_UNIX, AF_INET, AF_INET6, AF_NETLINK };

static int
add_sending(scmp_filter_ctx f, int last_capture)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < COUNT(sending); i++) {
		rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, sending[i], 1,
		    SCMP_A0_32(SCMP_CMP_LE, 2));
		if (rc == 0)
			rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, sending[i], 1,
			    SCMP_A0_32(SCMP_CMP_GT, (uint32_t)last_capture));
	}
	return rc;
}

static int
add_special(scmp_filter_ctx f)
{
	const unsigned thread = CLONE_VM | CLONE_THREAD;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < COUNT(families); i++)
		rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, CALL(socket), 1,
		    SCMP_A0_32(SCMP_CMP_EQ, (uint32_t)families[i]));
	/* memory is never made executable */
	if (rc == 0)
		rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, CALL(mprotect), 1,
		    SCMP_A2(SCMP_CMP_MASKED_EQ, 4, 0));
	/* a thread, and no process; glibc tries clone3 first */
	if (rc == 0)
		rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, CALL(clone), 1,
		    SCMP_A0(SCMP_CMP_MASKED_EQ, thread, thread));
	if (rc == 0)
		rc = seccomp_rule_add(
		    f, SCMP_ACT_ERRNO(ENOSYS), CALL(clone3), 0);
	/* of prctl() a thread's name, and what allocators ask for */
	if (rc == 0)
		rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, CALL(prctl), 1,
		    SCMP_A0_32(SCMP_CMP_EQ, 15));
	/* what libraries ask of files and sockets, as FIONREAD */
	if (rc == 0)
		rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, CALL(ioctl), 1,
		    SCMP_A1_32(SCMP_CMP_EQ, 0x541b));
	return rc;
}

static int
add_all(scmp_filter_ctx f, int last_capture)
{
	int rc = seccomp_attr_set(f, SCMP_FLTATR_CTL_TSYNC, 1);

	/* an old kernel does not log: no reason to do without */
	seccomp_attr_set(f, SCMP_FLTATR_CTL_LOG, 1);
	for (size_t i = 0; rc == 0 && i < COUNT(allowed); i++)
		rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, allowed[i], 0);
	for (size_t i = 0; rc == 0 && i < COUNT(deadly); i++)
		rc = seccomp_rule_add(f, SCMP_ACT_KILL_PROCESS, deadly[i], 0);
	if (rc == 0)
		rc = add_special(f);
	return rc == 0 ? add_sending(f, last_capture) : rc;
}

bool
privs_filter(int last_capture, struct error *error)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int rc = f != NULL ? add_all(f, last_capture) : -ENOMEM;

	if (rc == 0)
		rc = seccomp_load(f);
	if (f != NULL)
		seccomp_release(f);
	if (rc != 0)
		error_set(
		    error, "cannot filter system calls: %s", strerror(-rc));
	return rc == 0;
}

#else

bool
privs_filter(int last_capture, struct error *error)
{
	(void)last_capture;
	error_set(error, "built without libseccomp: system calls are not "
	                 "filtered");
	return false;
}

#endif
