/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One capture interface: a ring in the kernel (TPACKET_V3), a thread that
 * empties it, and what there is to say of it.  Nothing is ever sent.
 */
#ifndef SENSOR_PORT_H
#define SENSOR_PORT_H

#include <stdatomic.h>

#include "outputs/error.h"
#include "sensor/packet_ring.h"

#define PORT_NAME 16 /* as IFNAMSIZ */
#define PORTS 16

struct port_setup {
	const char *filter; /* or NULL */
	uint32_t buffer_mib, queue_mib, snaplen;
	bool promiscuous;
};

struct port {
	char name[PORT_NAME];
	struct pcap *pcap;
	int fd; /* of the socket: seccomp lets nobody send on it */
	int link;
	struct packet_ring *ring;
	void *thread;
	/* The capture thread's. */
	_Atomic uint64_t beats; /* times that it looked for packets */
	atomic_bool ended;      /* the thread is gone */
	/* The reader's. */
	uint64_t frames;
	struct timespec last; /* of the last packet */
	/* As last looked: received by the kernel, with what it dropped. */
	uint64_t received, kernel_drops, interface_drops;
	bool up;
	unsigned index;        /* the kernel's */
	unsigned gone;         /* looks that found another one, or none */
	struct timespec heard; /* by the monotonic clock, of the last packet */
};

/* Whom a capture thread wakes; one of all ports. */
struct port_bell {
	int fd;
	atomic_bool wanted;
};

/* Needs CAP_NET_RAW.  0, or -errno, said in error. */
int port_open(
    struct port *, const char *name, const struct port_setup *, struct error *);

/* From now on packets come into the ring. */
int port_start(struct port *, struct port_bell *, struct error *);

/* Takes what the kernel has until there is no more, for wait_ms at most. */
void port_stop(struct port *, unsigned wait_ms);
bool port_ended(const struct port *); /* after port_stop() */
void port_close(struct port *);

/* drops, received and up are made new. */
void port_look(struct port *);

/* What this host lost before any interface's ring, since it was started. */
uint64_t port_backlog_drops(void);

/* An address of it as text, or an empty one: it should have none. */
void port_address(const char *name, char to[64]);

#endif
