/* SPDX-License-Identifier: Apache-2.0 */
/* A capture interface through libpcap; see port.h. */
#include <config.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <linux/if_packet.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sensor/port.h"

/*
 * A block of the kernel's ring is handed over when it is full or so old.
 * Immediate mode would be TPACKET_V2: a fixed slot for each packet, so fewer
 * packets in the same memory, and a wake-up for each.
 */
#define BLOCK_MS 20
#define POLL_MS 100
#define FULL_NS 500000 /* between two looks whether the ring has room */

#ifndef PACKET_IGNORE_OUTGOING
#define PACKET_IGNORE_OUTGOING 23
#endif

struct capturing {
	pthread_t thread;
	struct port *port;
	struct port_bell *bell;
	atomic_bool stopping;
	struct timespec until; /* when stopping: the latest end */
};

static void
ring_bell(struct port_bell *bell)
{
	uint64_t one = 1;

	if (atomic_exchange(&bell->wanted, false) &&
	    write(bell->fd, &one, sizeof(one)) < 0)
		return; /* it rings already */
}

static bool
is_over(const struct capturing *c)
{
	struct timespec now;

	if (!atomic_load(&c->stopping))
		return false;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec > c->until.tv_sec ||
	       (now.tv_sec == c->until.tv_sec &&
	           now.tv_nsec >= c->until.tv_nsec);
}

static void
on_packet(u_char *user, const struct pcap_pkthdr *header, const u_char *bytes)
{
	static const struct timespec pause = { 0, FULL_NS };
	struct capturing *c = (struct capturing *)(void *)user;
	struct port *p = c->port;
	/* libpcap was asked for nanoseconds: they stand in tv_usec */
	struct timespec at = { header->ts.tv_sec, header->ts.tv_usec };

	while (
	    !packet_ring_put(p->ring, at, bytes, header->caplen, header->len)) {
		ring_bell(c->bell);
		atomic_fetch_add_explicit(&p->beats, 1, memory_order_relaxed);
		if (is_over(c))
			return;
		nanosleep(&pause, NULL);
	}
}

/* Until it is told to stop, and the kernel has nothing more. */
static void *
capture(void *arg)
{
	struct capturing *c = arg;
	struct port *p = c->port;
	struct pollfd fd = { .fd = p->fd, .events = POLLIN };
	unsigned idle = 0;
	int n;

	while (!is_over(c)) {
		n = pcap_dispatch(p->pcap, -1, on_packet, (u_char *)c);
		atomic_fetch_add_explicit(&p->beats, 1, memory_order_relaxed);
		if (n > 0)
			ring_bell(c->bell);
		if (n != 0) {
			idle = 0;
			/* a link that is down comes up again: go on looking */
			if (n < 0 && atomic_load(&c->stopping))
				break;
			if (n < 0)
				poll(NULL, 0, POLL_MS);
			continue;
		}
		/* a block that is not full comes after BLOCK_MS */
		if (atomic_load(&c->stopping) && idle++ > 2)
			break;
		poll(&fd, 1, atomic_load(&c->stopping) ? BLOCK_MS : POLL_MS);
	}
	atomic_store(&p->ended, true);
	ring_bell(c->bell);
	return NULL;
}

static int
wrong(struct port *p, const char *what, int rc, struct error *error)
{
	const char *said = pcap_geterr(p->pcap);

	error_set(error, "%s: %s: %s", p->name, what,
	    *said != '\0' ? said : pcap_statustostr(rc));
	pcap_close(p->pcap);
	p->pcap = NULL;
	return rc == PCAP_ERROR_PERM_DENIED ? -EPERM : -ENODEV;
}

static int
set_filter(struct port *p, const char *filter, struct error *error)
{
	struct bpf_program program;
	int rc;

	if (filter == NULL)
		return 0;
	rc = pcap_compile(p->pcap, &program, filter, 1, PCAP_NETMASK_UNKNOWN);
	if (rc != 0)
		return wrong(p, "--filter", rc, error);
	rc = pcap_setfilter(p->pcap, &program);
	pcap_freecode(&program);
	return rc != 0 ? wrong(p, "--filter", rc, error) : 0;
}

/* A word of what the kernel says of it; empty: it is not there. */
static void
read_sys(const char *name, const char *what, char word[16])
{
	char path[64];
	ssize_t n = -1;
	int fd;

	snprintf(path, sizeof(path), "/sys/class/net/%s/%s", name, what);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, word, 15);
		close(fd);
	}
	word[n > 0 ? n : 0] = '\0';
	word[strcspn(word, "\n")] = '\0';
}

static unsigned
index_of(const char *name)
{
	char text[16];

	read_sys(name, "ifindex", text);
	return (unsigned)strtoul(text, NULL, 10);
}

static int
activate(struct port *p, const struct port_setup *setup, struct error *error)
{
	char text[PCAP_ERRBUF_SIZE];
	int on = 1, rc;

	pcap_set_snaplen(p->pcap, (int)setup->snaplen);
	pcap_set_promisc(p->pcap, setup->promiscuous);
	pcap_set_timeout(p->pcap, BLOCK_MS);
	pcap_set_buffer_size(p->pcap, (int)setup->buffer_mib * 1024 * 1024);
	pcap_set_tstamp_precision(p->pcap, PCAP_TSTAMP_PRECISION_NANO);
	rc = pcap_activate(p->pcap);
	if (rc < 0)
		return wrong(p, "cannot capture", rc, error);
	p->fd = pcap_get_selectable_fd(p->pcap);
	p->index = index_of(p->name);
	p->link = pcap_datalink(p->pcap);
	/* what this host sends is not what the mirror port brings */
	setsockopt(p->fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on));
	pcap_setdirection(p->pcap, PCAP_D_IN);
	if (pcap_setnonblock(p->pcap, 1, text) != 0)
		return wrong(p, "cannot capture", PCAP_ERROR, error);
	return set_filter(p, setup->filter, error);
}

int
port_open(struct port *p, const char *name, const struct port_setup *setup,
    struct error *error)
{
	char text[PCAP_ERRBUF_SIZE];
	int rc;

	*p = (struct port){ .fd = -1 };
	if (strlen(name) >= sizeof(p->name)) {
		error_set(error, "%s: no interface has so long a name", name);
		return -ENODEV;
	}
	strcpy(p->name, name);
	p->pcap = pcap_create(name, text);
	if (p->pcap == NULL) {
		error_set(error, "%s: %s", name, text);
		return -ENODEV;
	}
	rc = activate(p, setup, error);
	if (rc != 0)
		return rc;
	p->ring = packet_ring_new((size_t)setup->queue_mib * 1024 * 1024);
	if (p->ring != NULL)
		return 0;
	error_set(error, "%s: no memory for monitor.queue_mib", name);
	return -ENOMEM;
}

int
port_start(struct port *p, struct port_bell *bell, struct error *error)
{
	struct capturing *c = calloc(1, sizeof(*c));
	sigset_t all, before;
	int e = ENOMEM;

	if (c != NULL) {
		c->port = p;
		c->bell = bell;
		/* signals are for the main thread */
		sigfillset(&all);
		pthread_sigmask(SIG_SETMASK, &all, &before);
		e = pthread_create(&c->thread, NULL, capture, c);
		pthread_sigmask(SIG_SETMASK, &before, NULL);
	}
	if (e == 0) {
		p->thread = c;
		return 0;
	}
	free(c);
	error_set(error, "%s: cannot start a thread: %s", p->name, strerror(e));
	return -e;
}

void
port_stop(struct port *p, unsigned wait_ms)
{
	struct capturing *c = p->thread;

	if (c == NULL)
		return;
	clock_gettime(CLOCK_MONOTONIC, &c->until);
	c->until.tv_sec += wait_ms / 1000;
	c->until.tv_nsec += (long)(wait_ms % 1000) * 1000000;
	if (c->until.tv_nsec >= 1000000000) {
		c->until.tv_sec++;
		c->until.tv_nsec -= 1000000000;
	}
	atomic_store(&c->stopping, true);
}

bool
port_ended(const struct port *p)
{
	return atomic_load(&p->ended);
}

void
port_close(struct port *p)
{
	struct capturing *c = p->thread;

	if (c != NULL) {
		port_stop(p, 0);
		pthread_join(c->thread, NULL);
	}
	free(c);
	p->thread = NULL;
	packet_ring_free(p->ring);
	p->ring = NULL;
	if (p->pcap != NULL)
		pcap_close(p->pcap);
	p->pcap = NULL;
}

static bool
is_up(const char *name)
{
	char state[16];

	read_sys(name, "operstate", state);
	/* "unknown" is what lo, and some drivers, say of a good link */
	return strcmp(state, "up") == 0 || strcmp(state, "unknown") == 0;
}

void
port_look(struct port *p)
{
	struct pcap_stat stat;

	/* libpcap counts with 32 bits: what came since is the difference */
	if (pcap_stats(p->pcap, &stat) == 0) {
		p->received += (uint32_t)(stat.ps_recv - (uint32_t)p->received);
		p->kernel_drops +=
		    (uint32_t)(stat.ps_drop - (uint32_t)p->kernel_drops);
		p->interface_drops +=
		    (uint32_t)(stat.ps_ifdrop - (uint32_t)p->interface_drops);
	}
	p->up = is_up(p->name);
	/* a new one of this name is not what the socket is bound to */
	p->gone = index_of(p->name) == p->index ? 0 : p->gone + 1;
	p->up = p->up && p->gone == 0;
}

/* The second column, of each processor. */
uint64_t
port_backlog_drops(void)
{
	FILE *f = fopen("/proc/self/net/softnet_stat", "re");
	uint64_t sum = 0;
	unsigned n;

	while (f != NULL && fscanf(f, "%*x %x%*[^\n]", &n) == 1)
		sum += n;
	if (f != NULL)
		fclose(f);
	return sum;
}

void
port_address(const char *name, char to[64])
{
	struct ifaddrs *all, *a;

	*to = '\0';
	if (getifaddrs(&all) != 0)
		return;
	for (a = all; a != NULL && *to == '\0'; a = a->ifa_next) {
		const void *ip = NULL;

		if (a->ifa_addr == NULL || strcmp(a->ifa_name, name) != 0)
			continue;
		if (a->ifa_addr->sa_family == AF_INET)
			ip = &((struct sockaddr_in *)(void *)a->ifa_addr)
			          ->sin_addr;
		else if (a->ifa_addr->sa_family == AF_INET6)
			ip = &((struct sockaddr_in6 *)(void *)a->ifa_addr)
			          ->sin6_addr;
		if (ip != NULL)
			inet_ntop(a->ifa_addr->sa_family, ip, to, 64);
	}
	freeifaddrs(all);
}
