/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration: YAML, one schema table, all or nothing. */
#ifndef SENSOR_CONF_H
#define SENSOR_CONF_H

#include <stdbool.h>
#include <stdint.h>

#include "outputs/error.h"
#include "outputs/siem/destination.h"
#include "rules/detector.h"
#include "rules/limit.h"

#define CONF_SOURCE 256
#define CONF_PATH 1024

struct keys;

/* Caps of tables and buffers; all memory behind them is got at start. */
struct conf_limits {
	uint32_t flows;        /* connections and datagram exchanges */
	uint32_t blocks;       /* of 2 KiB, for octets that have to wait */
	uint32_t large_blocks; /* of 64 KiB, for units and datagrams */
	uint32_t out_of_order; /* segments that one direction may hold back */
	uint32_t fragments;    /* IP datagrams that are put together at once */
	uint32_t messages;     /* application messages in pieces at once */
	uint32_t history_kib;  /* of TCP octets kept to compare overlaps */
	uint32_t duplicates;   /* packets remembered to know second copies */
	uint32_t duplicate_ms; /* how far behind a second copy may come */
	uint32_t folds;        /* events whose repeats are counted */
	uint32_t events;       /* that may wait for the outputs */
};

/* Events kept as lines, with a chain of hashes: raw storage. */
struct conf_storage {
	char path[CONF_PATH]; /* empty: none */
	char format[16];      /* an output's name */
	char key[CONF_PATH];  /* a file with the chain's key; empty: none */
	uint32_t rotate_mib, rotate_h, keep; /* 0: never, never, all */
	bool sync;                           /* to the disk with each alarm */
};

/* What only gridtap monitor asks for. */
struct conf_monitor {
	char interfaces[CONF_SOURCE]; /* blanks between */
	char user[64];              /* whom it runs as, when started as root */
	char socket[108];           /* gridtap status and reload; empty: none */
	char prometheus[CONF_PATH]; /* a text file; empty: none */
	char nsm[CONF_PATH];        /* the counters page; empty: none */
	uint32_t buffer_mib;        /* the kernel's ring, of each interface */
	uint32_t queue_mib;         /* behind it */
	uint32_t snaplen;
	uint32_t drain_ms; /* at the end, for what is still queued */
	bool promiscuous;
};

struct conf_detection {
	const char *id;
	bool enabled;
	enum severity severity; /* 0: as the catalogue has it */
};

struct conf {
	char source[CONF_SOURCE]; /* the sensor's name in every event */
	char policy[CONF_PATH];   /* empty: none */
	char keys[CONF_PATH];     /* the file; empty: none */
	char state[CONF_PATH];    /* the file of what outlives a restart */
	uint32_t state_interval_s, state_keep_days, state_meters;
	/* SIPHASH_KEY octets of the run, not of the file; NULL: as a replay's
	 */
	const uint8_t *hash_key;
	const struct keys *opened; /* keys of the run; NULL: none */
	bool classify;             /* classify.enabled */
	uint32_t suppress_s;       /* repeats within are folded; 0: none are */
	uint32_t rate[LIMIT_SEVERITIES]; /* events a minute; 0: all */
	struct conf_storage storage;
	char spool[CONF_PATH]; /* the folder of the destinations' spools */
	uint32_t spool_wait_s; /* how long a run's end waits for them */
	struct destination *destinations; /* room for DESTINATIONS */
	size_t ndestinations;
	struct conf_limits limits;
	struct rules_limits world; /* also limits.* */
	struct conf_monitor monitor;

	/* One for each detection in the order of the registry. */
	struct conf_detection *detections;
	size_t ndetections;

	/* Parameters of all dissectors, worlds and detections, in that order.
	 */
	uint32_t *values;
	size_t nvalues;
};

/* All presets.  0 or -ENOMEM; conf_free() in any case. */
int conf_init(struct conf *);
void conf_free(struct conf *);

/*
 * Reads a file over what conf has: all of it or, on error, nothing.  0, or
 * -errno and an error with file, line and column.
 */
int conf_load(struct conf *, const char *path, struct error *);

/* The same from memory, not NULL; name stands for the file in errors. */
int conf_parse(struct conf *, const char *name, const uint8_t *text, size_t n,
    struct error *);

/* One item as it stands on the command line: "section.key=value". */
int conf_set(struct conf *, const char *assignment, struct error *);

/* By its id, or NULL when no detector knows it. */
const struct conf_detection *conf_detection(
    const struct conf *, const char *id);

/* Puts the parameters of the registries' which in place. */
void conf_dissector(const struct conf *, size_t which, void *settings);
void conf_world(const struct conf *, size_t which, void *state);
void conf_detector(const struct conf *, size_t which, void *state);

#endif
