/* SPDX-License-Identifier: Apache-2.0 */
/* Shares of octets become pauses by measuring what an exchange weighs. */
#include <config.h>

#include <errno.h>

#include "tests/bench/plan.h"

#define PUBLISHERS 200
#define RATE 450000.0       /* octets per second, where no heartbeat sets it */
#define MEASURED 400        /* exchanges */
#define LONG_US 2000000000U /* a pause that nothing else is as long as */
#define FRAME_MIN 60
#define IT_OCTETS (1.0 / 3)
#define IT_FLOWS 4 /* one of so many is of ordinary traffic */
#define LIVES 10   /* flows that follow each other in one place */

struct group {
	const char *name;
	unsigned weight; /* 0: ordinary traffic */
};

static const struct group groups[] = {
	{ "104", 4 },
	{ "goose", 2 },
	{ "dnp3", 3 },
	{ "dlms", 2 },
	{ "it", 0 },
};

static const struct traffic *const all[] = { &traffic_iec104, &traffic_goose,
	&traffic_dnp3, &traffic_dlms, &traffic_dlms_hdlc, &traffic_dns,
	&traffic_ntp, &traffic_tls, &traffic_http, &traffic_smb };

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

/* What an exchange is on average: octets, and time without the pause. */
static void
measure(const struct traffic *t, struct prng *r, double *octets, double *us)
{
	struct flow f = { .pause_us = LONG_US };
	uint64_t n = 0, at = 0;
	struct octets frame;
	uint32_t wait;

	flow_start(&f, t, 0, 0, r);
	for (int exchanges = 0; exchanges < MEASURED;) {
		if (f.finished)
			flow_start(&f, t, 0, 1, r);
		wait = flow_step(&f, at, r, &frame);
		n += frame.n > FRAME_MIN ? frame.n : FRAME_MIN;
		exchanges += t->over == TRAFFIC_GOOSE || f.finished ||
		             wait >= LONG_US / 2;
		if (wait < LONG_US / 2)
			at += wait;
	}
	*octets = (double)n / MEASURED;
	*us = (double)at / MEASURED;
}

static bool
named(const char *protocols, const char *name)
{
	size_t n = strlen(name);

	for (const char *p = protocols;; p++) {
		if (strncmp(p, name, n) == 0 && (p[n] == ',' || p[n] == '\0'))
			return true;
		p = strchr(p, ',');
		if (p == NULL)
			return false;
	}
}

/* Adds a group's traffic; share and flows are the whole group's. */
static void
add(struct plan *p, const char *group, double share, double flows)
{
	unsigned octets = 0, count = 0;

	for (size_t i = 0; i < COUNT(all); i++)
		if (strcmp(all[i]->group, group) == 0) {
			octets += all[i]->octets;
			count += all[i]->flows;
		}
	for (size_t i = 0; i < COUNT(all); i++) {
		const struct traffic *t = all[i];
		double n = flows * t->flows / count;

		if (strcmp(t->group, group) != 0)
			continue;
		if (t->over == TRAFFIC_GOOSE)
			n = PUBLISHERS;
		else if (t->ends)
			n = n / LIVES;
		p->items[p->n++] = (struct plan_item){ .traffic = t,
			.share = share * t->octets / octets,
			.flows = (uint32_t)n + 1 };
	}
}

/* The time between two exchanges of a flow follows from the shares. */
static void
pace(struct plan *p, struct prng *r)
{
	double octets[PLAN_MAX], us[PLAN_MAX], rate = RATE, pause;

	for (size_t i = 0; i < p->n; i++) {
		struct plan_item *it = &p->items[i];

		measure(it->traffic, r, &octets[i], &us[i]);
		if (it->traffic->over == TRAFFIC_GOOSE)
			rate = it->flows * octets[i] * 1e6 / us[i] / it->share;
	}
	for (size_t i = 0; i < p->n; i++) {
		struct plan_item *it = &p->items[i];

		pause =
		    it->flows * octets[i] * 1e6 / (rate * it->share) - us[i];
		it->pause_us = pause < 1000  ? 1000
		               : pause > 1e9 ? 1000000000
		                             : (uint32_t)pause;
	}
}

/* Takes the names off that are known; what is left is an error. */
static bool
all_known(const char *protocols)
{
	size_t n;

	for (const char *p = protocols;; p += n + 1) {
		size_t i = 0;

		n = strcspn(p, ",");
		while (i < COUNT(groups) &&
		       (strlen(groups[i].name) != n ||
		           strncmp(groups[i].name, p, n) != 0))
			i++;
		if (i == COUNT(groups))
			return false;
		if (p[n] == '\0')
			return true;
	}
}

int
plan_make(struct plan *p, const char *protocols, uint32_t flows, struct prng *r)
{
	bool it = named(protocols, "it");
	unsigned octets = 0, streams = 0;
	double rest;

	*p = (struct plan){ 0 };
	if (!all_known(protocols))
		return -EINVAL;
	for (size_t i = 0; i < COUNT(groups); i++)
		if (named(protocols, groups[i].name)) {
			octets += groups[i].weight;
			if (strcmp(groups[i].name, "goose") != 0)
				streams += groups[i].weight;
		}
	rest = octets == 0 ? 0 : it ? 1 - IT_OCTETS : 1;
	for (size_t i = 0; i < COUNT(groups); i++) {
		const struct group *g = &groups[i];
		double n = flows - (it ? flows / IT_FLOWS : 0);

		if (!named(protocols, g->name))
			continue;
		if (g->weight == 0)
			add(p, g->name, 1 - rest,
			    streams == 0 ? flows : flows / IT_FLOWS);
		else
			add(p, g->name, rest * g->weight / octets,
			    streams == 0 ? n : n * g->weight / streams);
	}
	pace(p, r);
	return 0;
}

void
plan_add(
    struct plan *p, const struct traffic *t, uint32_t flows, uint32_t pause_us)
{
	p->items[p->n++] = (struct plan_item){
		.traffic = t, .flows = flows, .pause_us = pause_us
	};
}
