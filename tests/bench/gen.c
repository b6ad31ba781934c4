/* SPDX-License-Identifier: Apache-2.0 */
/* Makes the captures that gridtap's speed is measured on. */
#include <config.h>

#include <errno.h>
#include <getopt.h>

#include "tests/bench/heap.h"
#include "tests/bench/plan.h"
#include "tests/lib/pcapout.h"

#define BEGIN_US 1772438400000000U /* 2026-03-02 08:00:00 UTC */
#define STREAMS "104,dnp3,dlms"
#define AGAIN_US 500000 /* mean time until a flow is drawn again */

struct options {
	const char *kind, *protocols, *path;
	uint32_t flows;
	uint64_t packets, megabytes, seed;
};

struct world {
	struct plan plan;
	struct flow *flows;
	struct heap_item *heap;
	uint32_t nflows;
	uint64_t connections;
	struct prng r;
};

static const char usage[] =
    "usage: gen [--kind mix|random|goose|iec104|dnp3|dlms]\n"
    "           [--protocols 104,goose,dnp3,dlms,it] [--flows N]\n"
    "           [--packets N | --megabytes N] [--seed N] OUT.pcap\n";

static bool
populate(struct world *w)
{
	struct flow *f;

	for (size_t i = 0; i < w->plan.n; i++)
		w->nflows += w->plan.items[i].flows;
	w->flows = calloc(w->nflows, sizeof(*w->flows));
	w->heap = calloc(w->nflows, sizeof(*w->heap));
	if (w->flows == NULL || w->heap == NULL)
		return false;
	f = w->flows;
	for (size_t i = 0; i < w->plan.n; i++)
		for (uint32_t k = 0; k < w->plan.items[i].flows; k++, f++) {
			f->pause_us = w->plan.items[i].pause_us;
			flow_start(f, w->plan.items[i].traffic, k, 0, &w->r);
		}
	w->connections = w->nflows;
	return true;
}

static void
account(struct world *w, const struct flow *f, size_t n)
{
	for (size_t i = 0; i < w->plan.n; i++)
		if (w->plan.items[i].traffic == f->traffic)
			w->plan.items[i].octets += n;
}

static uint32_t
step(struct world *w, uint32_t which, uint64_t us, struct pcapout *out)
{
	struct flow *f = &w->flows[which];
	struct octets frame;
	uint32_t wait = flow_step(f, us, &w->r, &frame);

	pcapout_frame(out, us, &frame);
	account(w, f, frame.n);
	if (!f->finished)
		return wait;
	flow_start(f, f->traffic, f->index, (uint32_t)++w->connections, &w->r);
	return f->pause_us / 2 + prng_below(&w->r, f->pause_us + 1);
}

static bool
full(const struct options *o, const struct pcapout *out)
{
	return o->packets > 0 ? out->packets >= o->packets
	                      : out->octets >= o->megabytes * 1000000;
}

/* Each flow speaks in its own time. */
static void
run_mix(struct world *w, const struct options *o, struct pcapout *out)
{
	for (uint32_t i = 0; i < w->nflows; i++)
		heap_add(w->heap, i,
		    (struct heap_item){
		        BEGIN_US + prng_below(&w->r, w->flows[i].pause_us + 1),
		        i });
	while (!full(o, out)) {
		w->heap[0].us += step(w, w->heap[0].flow, w->heap[0].us, out);
		heap_sink(w->heap, w->nflows);
	}
}

/*
 * Whoever is drawn gives one packet: the worst that a cache can see.  All are
 * drawn so often that no end waits for longer than its peer has patience.
 */
static void
run_random(struct world *w, const struct options *o, struct pcapout *out)
{
	uint32_t mean = AGAIN_US / w->nflows + 1;

	for (uint64_t us = BEGIN_US; !full(o, out);
	     us += prng_between(&w->r, 1, 2 * mean))
		step(w, prng_below(&w->r, w->nflows), us, out);
}

static void
report(const struct world *w, const struct pcapout *out)
{
	printf("%llu packets, %llu octets, mean %llu, %llu flows",
	    (unsigned long long)out->packets, (unsigned long long)out->octets,
	    (unsigned long long)(out->octets / (out->packets | 1)),
	    (unsigned long long)w->connections);
	for (size_t i = 0; i < w->plan.n; i++)
		printf(", %s/%u %.1f%%", w->plan.items[i].traffic->group,
		    w->plan.items[i].traffic->port,
		    100.0 * (double)w->plan.items[i].octets /
		        (double)out->octets);
	putchar('\n');
}

static bool
parse(int argc, char **argv, struct options *o)
{
	static const struct option names[] = { { "kind", 1, NULL, 'k' },
		{ "protocols", 1, NULL, 'p' }, { "flows", 1, NULL, 'f' },
		{ "packets", 1, NULL, 'n' }, { "megabytes", 1, NULL, 'm' },
		{ "seed", 1, NULL, 's' }, { NULL, 0, NULL, 0 } };
	uint64_t v;
	int c;

	while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
		v = optarg != NULL ? strtoull(optarg, NULL, 10) : 0;
		if (c == 'k')
			o->kind = optarg;
		else if (c == 'p')
			o->protocols = optarg;
		else if (c == 'f' && v > 0 && v <= 10000000)
			o->flows = (uint32_t)v;
		else if (c == 'n')
			o->packets = v;
		else if (c == 'm')
			o->megabytes = v;
		else if (c == 's')
			o->seed = v;
		else
			return false;
	}
	o->path = argv[optind];
	return optind == argc - 1;
}

/* What a kind is made of, or NULL. */
static const char *
protocols_of(const struct options *o)
{
	static const char *const kinds[][2] = { { "random", STREAMS },
		{ "goose", "goose" }, { "iec104", "104" }, { "dnp3", "dnp3" },
		{ "dlms", "dlms" } };

	if (strcmp(o->kind, "mix") == 0)
		return o->protocols;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (strcmp(o->kind, kinds[i][0]) == 0)
			return kinds[i][1];
	return NULL;
}

int
main(int argc, char **argv)
{
	struct options o = { .kind = "mix",
		.protocols = "104,goose,dnp3,dlms,it",
		.flows = 42000,
		.megabytes = 200,
		.seed = 1 };
	struct world w = { 0 };
	struct pcapout out;
	int err;

	if (!parse(argc, argv, &o) || protocols_of(&o) == NULL ||
	    (w.r = prng_from(o.seed),
	        plan_make(&w.plan, protocols_of(&o), o.flows, &w.r)) != 0) {
		fputs(usage, stderr);
		return 2;
	}
	err = populate(&w) ? pcapout_open(&out, o.path) : -ENOMEM;
	if (err == 0) {
		if (strcmp(o.kind, "random") == 0)
			run_random(&w, &o, &out);
		else
			run_mix(&w, &o, &out);
		err = pcapout_close(&out);
	}
	if (err == 0)
		report(&w, &out);
	else
		fprintf(stderr, "gen: %s: %s\n", o.path, strerror(-err));
	free(w.heap);
	free(w.flows);
	return err != 0;
}
