/* SPDX-License-Identifier: Apache-2.0 */
/* Makes the captures that gridtap's speed is measured on. */
#include <config.h>

#include <errno.h>
#include <getopt.h>

#include "tests/bench/heap.h"
#include "tests/bench/plan.h"
#include "tests/lib/pcapout.h"

#define BEGIN_US 1772438400000000U /* 2026-03-02 08:00:00 UTC */
#define AGAIN_US 500000            /* mean time until a flow is drawn again */

struct kind;

struct options {
	const struct kind *kind;
	const char *protocols, *path;
	uint32_t flows;
	uint64_t packets, megabytes, seconds, seed;
};

struct world {
	struct plan plan;
	struct flow *flows;
	struct heap_item *heap;
	uint32_t nflows;
	uint64_t connections;
	struct prng r;
};

struct kind {
	const char *name, *protocols; /* NULL: those of the options */
	int (*plan)(struct world *, const struct options *);
	void (*run)(struct world *, const struct options *, struct pcapout *);
};

static const char usage[] =
    "usage: gen [--kind mix|random|goose|iec104|dnp3|dlms|stations|meters]\n"
    "           [--protocols 104,goose,dnp3,dlms,it] [--flows N]\n"
    "           [--packets N | --megabytes N | --seconds N] [--seed N]\n"
    "           OUT.pcap\n";

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
	w->connections++;
	flow_start(f, f->traffic, f->index, f->renewed + 1, &w->r);
	return f->pause_us / 2 + prng_below(&w->r, f->pause_us + 1);
}

static bool
full(const struct options *o, const struct pcapout *out, uint64_t us)
{
	if (o->seconds > 0)
		return us - BEGIN_US >= o->seconds * 1000000;
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
	while (!full(o, out, w->heap[0].us)) {
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

	for (uint64_t us = BEGIN_US; !full(o, out, us);
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

/* Whom a round visits; the heap is nobody else's here. */
static void
shuffle(struct world *w)
{
	for (uint32_t i = w->nflows - 1; i > 0; i--) {
		uint32_t k = prng_below(&w->r, i + 1);
		struct heap_item other = w->heap[k];

		w->heap[k] = w->heap[i];
		w->heap[i] = other;
	}
}

/* In each round every flow lives once, each time in another order. */
static void
run_rounds(struct world *w, const struct options *o, struct pcapout *out)
{
	uint64_t us = BEGIN_US, before;

	for (uint32_t i = 0; i < w->nflows; i++)
		w->heap[i].flow = i;
	for (uint32_t i = 0; !full(o, out, us); i = (i + 1) % w->nflows) {
		if (i == 0)
			shuffle(w);
		before = w->connections;
		for (; w->connections == before;
		     us += prng_between(&w->r, 20, 80))
			step(w, w->heap[i].flow, us, out);
	}
}

/* Each flow draws from the shares of its protocol. */
static int
plan_shares(struct world *w, const struct options *o)
{
	const char *protocols = o->protocols;

	if (o->kind->protocols != NULL)
		protocols = o->kind->protocols;
	return plan_make(&w->plan, protocols, o->flows, &w->r);
}

static int
plan_stations(struct world *w, const struct options *o)
{
	(void)o;
	plan_add(&w->plan, &traffic_points, 5000, 2500000);
	plan_add(&w->plan, &traffic_dnp3, 10000, 10000000);
	plan_add(&w->plan, &traffic_goose, 5000, 0);
	return 0;
}

static int
plan_meters(struct world *w, const struct options *o)
{
	plan_add(&w->plan, &traffic_meters, o->flows, 1000);
	return 0;
}

static const struct kind kinds[] = {
	{ "mix", NULL, plan_shares, run_mix },
	{ "random", "104,dnp3,dlms", plan_shares, run_random },
	{ "goose", "goose", plan_shares, run_mix },
	{ "iec104", "104", plan_shares, run_mix },
	{ "dnp3", "dnp3", plan_shares, run_mix },
	{ "dlms", "dlms", plan_shares, run_mix },
	{ "stations", NULL, plan_stations, run_mix },
	{ "meters", NULL, plan_meters, run_rounds },
	{ NULL, NULL, NULL, NULL },
};

static const struct kind *
kind_of(const char *name)
{
	const struct kind *k = kinds;

	while (k->name != NULL && strcmp(k->name, name) != 0)
		k++;
	return k->name != NULL ? k : NULL;
}

static bool
parse(int argc, char **argv, struct options *o)
{
	static const struct option names[] = { { "kind", 1, NULL, 'k' },
		{ "protocols", 1, NULL, 'p' }, { "flows", 1, NULL, 'f' },
		{ "packets", 1, NULL, 'n' }, { "megabytes", 1, NULL, 'm' },
		{ "seconds", 1, NULL, 't' }, { "seed", 1, NULL, 's' },
		{ NULL, 0, NULL, 0 } };
	uint64_t v;
	int c;

	while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
		v = optarg != NULL ? strtoull(optarg, NULL, 10) : 0;
		if (c == 'k')
			o->kind = kind_of(optarg);
		else if (c == 'p')
			o->protocols = optarg;
		else if (c == 'f' && v > 0 && v <= 10000000)
			o->flows = (uint32_t)v;
		else if (c == 'n')
			o->packets = v;
		else if (c == 'm')
			o->megabytes = v;
		else if (c == 't')
			o->seconds = v;
		else if (c == 's')
			o->seed = v;
		else
			return false;
	}
	o->path = argv[optind];
	return optind == argc - 1 && o->kind != NULL;
}

int
main(int argc, char **argv)
{
	struct options o = { .kind = kinds,
		.protocols = "104,goose,dnp3,dlms,it",
		.flows = 42000,
		.megabytes = 200,
		.seed = 1 };
	struct world w = { 0 };
	struct pcapout out;
	int err;

	if (!parse(argc, argv, &o) ||
	    (w.r = prng_from(o.seed), o.kind->plan(&w, &o)) != 0) {
		fputs(usage, stderr);
		return 2;
	}
	err = populate(&w) ? pcapout_open(&out, o.path) : -ENOMEM;
	if (err == 0) {
		o.kind->run(&w, &o, &out);
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
