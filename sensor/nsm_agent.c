/* SPDX-License-Identifier: Apache-2.0 */
/* The scalars: the health of the sensor itself. */
#include <config.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/timex.h>
#include <unistd.h>

#include "dissectors/text.h"
#include "sensor/nsm_parts.h"
#include "sensor/pipeline_parts.h"

#define MINUTE_NS UINT64_C(60000000000)

/* Resident pages; what the kernel does not say is 0. */
static uint32_t
memory_kib(void)
{
	unsigned long all, resident;
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	char text[128];
	ssize_t n;

	if (fd < 0)
		return 0;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	if (sscanf(text, "%lu %lu", &all, &resident) != 2)
		return 0;
	return (
	    uint32_t)(resident * (unsigned long)(sysconf(_SC_PAGESIZE) / 1024));
}

/* What the kernel knows of the process; once a second is enough. */
static void
look_at_process(struct nsm *n, uint64_t now)
{
	struct nsm_agent *a = &n->agent;
	struct timex clock = { .modes = 0 };
	struct timespec used;
	uint64_t cpu;
	int state;

	if (n->process_ns != 0 && now - n->process_ns < 1000000000)
		return;
	n->process_ns = now;
	state = adjtimex(&clock);
	a->clock_synced = nsm_truth(state >= 0 && state != TIME_ERROR);
	a->mem_in_use = memory_kib();
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	cpu = nsm_ns(used);
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

/* The interfaces of a live sensor, or the capture that is read. */
static void
set_source(struct nsm *n)
{
	const char *capture = n->pipeline->capture;
	char names[NSM_TEXT] = "";
	struct text t = text_over(names, sizeof(names));

	for (size_t i = 0; i < HEALTH_PORTS; i++) {
		if (n->ports[i].name == NULL)
			continue;
		text_add(&t, t.n > 0 ? " " : "");
		text_add(&t, n->ports[i].name);
	}
	text_end(&t);
	if (t.n == 0)
		snprintf(
		    names, sizeof(names), "%s", capture != NULL ? capture : "");
	n->agent.capture_source.n = nsm_clean(
	    n->agent.capture_source.p, NSM_TEXT - 1, nsm_chars(names));
}

void
nsm_health(struct nsm *n, const struct health *h)
{
	uint64_t drops = 0;
	bool up = true;

	if (h->what != HEALTH_PORT || h->port >= HEALTH_PORTS)
		return;
	n->ports[h->port].name = h->name;
	n->ports[h->port].down = !h->up;
	n->ports[h->port].drops =
	    h->kernel_drops + h->interface_drops + h->backlog_drops;
	if (h->port != 0)
		return;
	for (size_t i = 0; i < HEALTH_PORTS; i++) {
		drops += n->ports[i].drops;
		up = up && !n->ports[i].down;
	}
	nsm_capture(n, NSM_LIVE, up, drops);
}

static uint64_t
unclassified(const struct pipeline *pl)
{
	uint64_t ours = 0;

	for (size_t i = 0; i < INVENTORY_APPS; i++)
		ours += pl->inventory.app[i];
	return pl->counts.packets > ours ? pl->counts.packets - ours : 0;
}

/* Those for which the page has no row. */
static uint32_t
beyond(const struct nsm *n, enum nsm_table table, uint32_t used)
{
	uint32_t cap = nsm_page_cap(n->page, table);

	return used > cap ? used - cap : 0;
}

void
nsm_agent_put(struct nsm *n, uint64_t monotonic)
{
	const struct pipeline *pl = n->pipeline;
	const struct fragment_counts *f = fragments_counts(pl->fragments);
	struct nsm_agent *a = &n->agent;
	uint64_t unkept, evicted = n->evicted;

	if (n->dlms != NULL)
		evicted += meters_evicted(n->dlms, &unkept) +
		           beyond(n, NSM_METER, meters_used(n->dlms));
	if (n->goose != NULL)
		evicted += goose_world_evicted(n->goose) +
		           beyond(n, NSM_GOOSE, goose_world_used(n->goose));
	look_at_process(n, monotonic);
	nsm_name_set(&a->sw_version, 129, nsm_chars(PACKAGE_STRING));
	set_source(n);
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
