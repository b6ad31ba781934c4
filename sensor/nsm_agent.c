/* SPDX-License-Identifier: Apache-2.0 */
/* The scalars: the health of the sensor itself. */
#include <config.h>

#include <string.h>
#include <sys/resource.h>
#include <sys/timex.h>

#include "sensor/nsm_parts.h"
#include "sensor/pipeline_parts.h"

#define MINUTE_NS UINT64_C(60000000000)

static uint64_t
ns_of(const struct timeval *t)
{
	return (uint64_t)t->tv_sec * 1000000000 + (uint64_t)t->tv_usec * 1000;
}

/* What the kernel knows of the process; once a second is enough. */
static void
look_at_process(struct nsm *n, uint64_t now)
{
	struct nsm_agent *a = &n->agent;
	struct timex clock = { .modes = 0 };
	struct rusage r;
	uint64_t cpu;

	if (n->process_ns != 0 && now - n->process_ns < 1000000000)
		return;
	n->process_ns = now;
	a->clock_synced = nsm_truth(adjtimex(&clock) != TIME_ERROR);
	if (getrusage(RUSAGE_SELF, &r) != 0)
		return;
	a->mem_in_use = (uint32_t)r.ru_maxrss;
	cpu = ns_of(&r.ru_utime) + ns_of(&r.ru_stime);
	if (n->cpu_since_ns == 0) {
		n->cpu_since_ns = now;
		n->cpu_ns = cpu;
	} else if (now > n->cpu_since_ns) {
		a->cpu_load = (uint32_t)((cpu - n->cpu_ns) * 100 /
		                         (now - n->cpu_since_ns));
	}
	if (now - n->cpu_since_ns < MINUTE_NS)
		return;
	n->cpu_since_ns = now;
	n->cpu_ns = cpu;
}

static uint64_t
unclassified(const struct pipeline *pl)
{
	uint64_t ours = 0;

	for (size_t i = 0; i < INVENTORY_APPS; i++)
		ours += pl->inventory.app[i];
	return pl->counts.packets > ours ? pl->counts.packets - ours : 0;
}

void
nsm_agent_put(struct nsm *n, uint64_t monotonic)
{
	const struct pipeline *pl = n->pipeline;
	const struct fragment_counts *f = fragments_counts(pl->fragments);
	const char *source = pl->capture != NULL ? pl->capture : "";
	struct nsm_agent *a = &n->agent;
	uint64_t unkept, evicted = n->evicted;

	if (n->dlms != NULL)
		evicted += meters_evicted(n->dlms, &unkept);
	if (n->goose != NULL)
		evicted += goose_world_evicted(n->goose);
	look_at_process(n, monotonic);
	nsm_name_set(&a->sw_version, 129, nsm_chars(PACKAGE_STRING));
	a->capture_source.n =
	    nsm_clean(a->capture_source.p, NSM_TEXT - 1, nsm_chars(source));
	a->rx_frames = pl->counts.packets;
	a->rx_octets = pl->counts.bytes;
	a->trunc_frames = (uint32_t)pl->counts.shortened;
	a->unclass_frames = unclassified(pl);
	a->evicted_rows = (uint32_t)evicted;
	a->reasm_failures =
	    (uint32_t)(stream_counts(pl->streams)->gaps +
	               asm_lost(pl->messages) + f->expired + f->evicted);
	nsm_page_put(n->page, NSM_AGENT, 0, NULL, a);
}
