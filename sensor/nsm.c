/* SPDX-License-Identifier: Apache-2.0 */
/* The counters page, filled a slice at a time; see nsm.h. */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "outputs/nsm/view.h"
#include "sensor/area.h"
#include "sensor/nsm_parts.h"
#include "sensor/pipeline_parts.h"

#define SLICE_NS 50000000             /* no slice sooner after another */
#define CYCLE_NS UINT64_C(4000000000) /* all of a table, if ticks come */
#define SLICE 2048                    /* rows that a slice looks at */

static const struct nsm_caps caps = {
	.rows = {
		[NSM_AGENT] = 1,
		[NSM_PROT] = NSM_PROTS,
		[NSM_ASSOC] = 4096,
		[NSM_METER] = 16384,
		[NSM_FC] = 65536,
		[NSM_GOOSE] = 1024,
		[NSM_IDS] = NSM_FUNCTIONS * NSM_PROTS,
		[NSM_RULE] = NSM_RULES_MAX,
		[NSM_EVT] = NSM_EVENTS,
	},
};

uint64_t
nsm_ns(struct timespec t)
{
	return t.tv_sec > 0
	           ? (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec
	           : 0;
}

/* For each op: the names are the dissectors', and few. */
unsigned
nsm_prot_of(const char *protocol)
{
	switch (protocol[0]) {
	case 'd':
		return protocol[1] == 'l' ? 0 : 2; /* dlms, dnp3 */
	case 'i':
		return 1; /* iec104 */
	case 'g':
	case 'r':
		return 3; /* goose, rgoose */
	default:
		return NSM_PROTS - 1;
	}
}

uint8_t
nsm_prot_id(unsigned prot)
{
	return (uint8_t)(prot + 1 < NSM_PROTS ? prot + 1 : NSM_OTHER);
}

void
nsm_inet(struct nsm_inet *to, const uint8_t ip[16])
{
	static const uint8_t none[16],
	    mapped[12] = { [10] = 0xff, [11] = 0xff };

	*to = (struct nsm_inet){ 0 };
	if (memcmp(ip, none, sizeof(none)) == 0)
		return;
	to->n = memcmp(ip, mapped, sizeof(mapped)) == 0 ? 4 : 16;
	memcpy(to->p, ip + 16 - to->n, to->n);
}

static void
on_op(struct observer *o, const struct op *op, const void *known)
{
	nsm_op((struct nsm *)o, op, known);
}

static void
on_event(struct observer *o, const struct event *ev, bool ticking)
{
	nsm_events_raised((struct nsm *)o, ev, ticking);
}

static void
on_emitted(struct event_sink *sink, const struct event *ev)
{
	struct nsm *n =
	    (struct nsm *)(void *)((char *)sink - offsetof(struct nsm, sink));

	if (n->next != NULL)
		n->next->emit(n->next, ev);
	nsm_events_emitted(n, ev);
}

void
nsm_worlds(struct nsm *n)
{
	n->dlms = dispatch_world(n->pipeline->dispatch, &dlms_world);
	n->goose = dispatch_world(n->pipeline->dispatch, &goose_world);
}

static int
get_memory(struct nsm *n)
{
	n->flows = area_new(n->nflows, sizeof(*n->flows));
	n->conn_of = area_new(n->nflows, sizeof(*n->conn_of));
	n->conns = area_new(caps.rows[NSM_ASSOC], sizeof(*n->conns));
	n->meters = area_new(caps.rows[NSM_METER], sizeof(*n->meters));
	n->fcs = area_new(caps.rows[NSM_FC], sizeof(*n->fcs));
	n->streams = area_new(caps.rows[NSM_GOOSE], sizeof(*n->streams));
	n->subjects = area_new(NSM_SUBJECTS, sizeof(*n->subjects));
	n->active = area_new(NSM_ACTIVE, sizeof(*n->active));
	return n->flows != NULL && n->conn_of != NULL && n->conns != NULL &&
	               n->meters != NULL && n->fcs != NULL &&
	               n->streams != NULL && n->subjects != NULL &&
	               n->active != NULL
	           ? 0
	           : -ENOMEM;
}

struct nsm *
nsm_new(struct pipeline *pl, const struct conf *conf, const char *path,
    struct error *error)
{
	struct nsm *n = calloc(1, sizeof(*n));
	struct timespec now;

	error_set(error, "the counters page: no memory");
	if (n == NULL)
		return NULL;
	n->observer = (struct observer){ .on_op = on_op, .on_event = on_event };
	n->sink.emit = on_emitted;
	n->pipeline = pl;
	n->nflows = pl->nflows;
	nsm_worlds(n);
	memcpy(n->key, conf->hash_key != NULL ? conf->hash_key : pipeline_key,
	    sizeof(n->key));
	if (get_memory(n) != 0 || nsm_events_start(n, conf) != 0 ||
	    (n->page = nsm_page_new(path, &caps, error)) == NULL) {
		nsm_free(n);
		return NULL;
	}
	clock_gettime(CLOCK_REALTIME, &now);
	n->agent.start_ts = nsm_ns(now);
	n->agent.capture_state = NSM_STOPPED;
	n->agent.link_up = NSM_FALSE;
	nsm_events_put(n);
	pl->nsm = n;
	pl->nsm_flows = n->flows;
	pipeline_observe(pl, &n->observer);
	n->next = alerts_divert(pl->alerts, &n->sink);
	return n;
}

void
nsm_free(struct nsm *n)
{
	if (n == NULL)
		return;
	if (n->pipeline->nsm == n) {
		n->pipeline->nsm = NULL;
		n->pipeline->nsm_flows = NULL;
		pipeline_observe(n->pipeline, NULL);
		alerts_divert(n->pipeline->alerts, n->next);
	}
	nsm_page_free(n->page);
	area_free(n->flows, n->nflows, sizeof(*n->flows));
	area_free(n->conn_of, n->nflows, sizeof(*n->conn_of));
	area_free(n->conns, caps.rows[NSM_ASSOC], sizeof(*n->conns));
	area_free(n->meters, caps.rows[NSM_METER], sizeof(*n->meters));
	area_free(n->fcs, caps.rows[NSM_FC], sizeof(*n->fcs));
	area_free(n->streams, caps.rows[NSM_GOOSE], sizeof(*n->streams));
	area_free(n->subjects, NSM_SUBJECTS, sizeof(*n->subjects));
	area_free(n->active, NSM_ACTIVE, sizeof(*n->active));
	free(n);
}

static uint64_t
monotonic(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return nsm_ns(t);
}

/* Some of the rows, from where the last slice left off. */
static void
slice(struct nsm *n, uint32_t *at, uint32_t used, uint32_t most,
    void (*put)(struct nsm *, uint32_t place))
{
	for (uint32_t i = 0; i < most && i < used; i++) {
		*at = *at < used ? *at : 0;
		put(n, (*at)++);
	}
}

static void
put_prots(struct nsm *n)
{
	for (unsigned i = 0; i + 1 < NSM_PROTS; i++) {
		struct nsm_prot *p = &n->prots[i];
		uint32_t index = nsm_prot_id(i);

		p->enabled = NSM_TRUE;
		if (i == 3)
			p->act_assoc = nsm_goose_used(n) > n->streams_lost
			                   ? nsm_goose_used(n) - n->streams_lost
			                   : 0;
		nsm_page_put(n->page, NSM_PROT, i, &index, p);
	}
}

static void
put_some(struct nsm *n, uint32_t most, uint64_t now)
{
	slice(n, &n->meter_at, nsm_dlms_used(n), most, nsm_dlms_put);
	slice(n, &n->stream_at, nsm_goose_used(n), most, nsm_goose_put);
	slice(n, &n->assoc_at, n->assoc_used, most, nsm_conn_put);
	put_prots(n);
	nsm_events_put(n);
	nsm_agent_put(n, now);
	nsm_page_stamp(n->page, now);
}

void
nsm_tick(struct nsm *n, struct timespec now)
{
	uint64_t at = monotonic(), since = at - n->sliced_ns;
	uint32_t most = SLICE;

	n->now_ns = nsm_ns(now);
	nsm_events_settle(n, NULL);
	if (since < SLICE_NS)
		return;
	n->sliced_ns = at;
	/* so many that all of a table takes a cycle */
	if (since < CYCLE_NS)
		most = (uint32_t)(caps.rows[NSM_METER] * since / CYCLE_NS);
	put_some(n, most < SLICE ? most : SLICE, at);
}

void
nsm_finish(struct nsm *n)
{
	struct pipeline *pl = n->pipeline;

	n->now_ns = nsm_ns(pl->counts.last);
	nsm_events_settle(n, NULL);
	put_some(n, UINT32_MAX, monotonic());
}

void
nsm_capture(struct nsm *n, enum nsm_capture state, bool link_up, uint64_t drops)
{
	struct nsm_notice notice = { .kind = NSM_CAPTURE_CHANGE,
		.table = NSM_AGENT };
	bool dropping = drops > n->agent.drop_frames;
	bool same = n->agent.capture_state == state &&
	            n->agent.link_up == nsm_truth(link_up) &&
	            dropping == n->dropping;

	n->dropping = dropping;
	n->agent.capture_state = (uint8_t)state;
	n->agent.link_up = nsm_truth(link_up);
	n->agent.drop_frames = drops;
	nsm_agent_put(n, monotonic());
	if (same)
		return;
	notice.row.agent = n->agent;
	nsm_page_tell(n->page, &notice);
}

void
nsm_ended(struct nsm *n)
{
	nsm_capture(
	    n, NSM_STOPPED, n->agent.link_up == NSM_TRUE, n->agent.drop_frames);
}

/* What is the process's own would differ from run to run. */
static void
make_equal(struct nsm *n, struct nsm_agent *a)
{
	a->start_ts = nsm_ns(n->pipeline->counts.first);
	a->mem_in_use = a->cpu_load = a->snapshot_age = 0;
	a->clock_synced = NSM_FALSE;
}

static int
print(const struct nsm_view *view, const char *path)
{
	FILE *to = strcmp(path, "-") == 0 ? stdout : fopen(path, "we");
	int failed = 0;

	if (to == NULL)
		return errno;
	nsm_view_print(view, to);
	if (fflush(to) != 0 || ferror(to))
		failed = errno != 0 ? errno : EIO;
	if (to != stdout && fclose(to) != 0 && failed == 0)
		failed = errno;
	return failed;
}

int
nsm_dump(struct nsm *n, const char *path, struct error *error)
{
	struct nsm_view *view = nsm_view_new(n->page);
	int failed = ENOMEM;

	if (view != NULL) {
		nsm_view_load(view, n->page);
		make_equal(n, nsm_view_agent(view));
		failed = print(view, path);
	}
	nsm_view_free(view);
	if (failed != 0)
		error_set(error, "%s: %s", path, strerror(failed));
	return -failed;
}
