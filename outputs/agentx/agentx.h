/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gridtap-agentx: a subagent (RFC 2741) of its own process.  It only reads what
 * the sensor shows; if it hangs or dies, no packet notices.
 */
#ifndef OUTPUTS_AGENTX_AGENTX_H
#define OUTPUTS_AGENTX_AGENTX_H

#include "outputs/nsm/view.h"

struct agentx_setup {
	const char *page;   /* the counters page; its socket is PAGE.sock */
	const char *master; /* of AgentX; NULL: the library's */
	enum nsm_severity severity; /* of notifications, at the least */
	uint32_t rate, burst; /* for each rule: in a minute, and at once */
};

/* --- source.c: the page, whoever writes it now --- */

struct source {
	const char *path;
	struct nsm_page *page; /* NULL: none yet */
	struct nsm_view *view;
	bool looked;         /* once: another page is news */
	uint64_t loaded_ns;  /* CLOCK_MONOTONIC; 0: not loaded */
	uint64_t changed_ns; /* CLOCK_REALTIME: another sensor came; 0: none */
	uint64_t next;       /* number of the notice that comes next */
	uint64_t suppressed; /* notifications that nobody got */
};

/* Looks whether there is another page than before. */
void source_look(struct source *);

/* What is to be served now, NULL: nothing at all. */
const struct nsm_view *source_view(struct source *);

/* The next notice, in its order; false: there is none. */
bool source_notice(struct source *, struct nsm_notice *);
void source_close(struct source *);

uint64_t source_clock(int clock);

/* --- serve.c: requests --- */

void serve_start(struct source *);

struct variable_list;

/* Adds a value as SNMP has it to a list. */
void serve_add(struct variable_list **, const uint32_t *oid, size_t n,
    const struct nsm_value *);

/* --- notify.c: notifications --- */

void notify_start(const struct agentx_setup *);

/* Whether there is a master that would take one. */
void notify_connected(bool);

/* All that there is to tell. */
void notify_run(struct source *);

#endif
