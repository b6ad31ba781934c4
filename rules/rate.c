/* SPDX-License-Identifier: Apache-2.0 */
/* Counting within a while of packet time. */
#include <config.h>

#include "rules/rate.h"
#include "rules/when.h"

bool
rate_hit(struct rate *r, uint32_t n, uint32_t t_s, uint64_t now)
{
	r->at[r->hits % n] = now;
	r->hits++;
	/* the one that is written next is the oldest of n */
	return r->hits >= n && when_within(now, r->at[r->hits % n], t_s);
}

/* Lets spans pass until now lies in the present one. */
static void
settle(struct pace *p, uint32_t t_s, uint64_t now)
{
	uint64_t span = UINT64_C(1000) * t_s;
	uint64_t gone = when_apart(p->since, now);

	/* a clock that ran back begins anew, too */
	if (gone >= 2 * span || p->since == 0) {
		*p = (struct pace){ .since = now };
	} else if (gone >= span) {
		p->since = now > p->since ? p->since + span : now;
		p->before = p->now;
		p->now = 0;
	}
}

static uint32_t
faded(const struct pace *p, uint32_t t_s, uint64_t now)
{
	uint64_t span = UINT64_C(1000) * t_s;
	uint64_t gone = when_apart(p->since, now);

	return p->now + (uint32_t)(p->before * (span - gone) / span);
}

uint32_t
pace_hit(struct pace *p, uint32_t t_s, uint64_t now)
{
	settle(p, t_s, now);
	if (p->now < UINT32_MAX)
		p->now++;
	return faded(p, t_s, now);
}

uint32_t
pace_count(const struct pace *p, uint32_t t_s, uint64_t now)
{
	struct pace copy = *p;

	settle(&copy, t_s, now);
	return faded(&copy, t_s, now);
}

uint32_t
kinds_note(struct kinds *k, uint32_t hash, uint32_t t_s, uint64_t now)
{
	uint32_t n = 1, oldest = 0, i, place = RATE_MOST;

	if (k->n > RATE_MOST) /* of a damaged file */
		k->n = RATE_MOST;
	for (i = 0; i < k->n; i++) {
		if (k->hash[i] == hash)
			place = i;
		else if (when_within(now, k->at[i], t_s))
			n++;
		if (k->at[i] < k->at[oldest])
			oldest = i;
	}
	if (place == RATE_MOST)
		place = k->n < RATE_MOST ? k->n++ : oldest;
	k->hash[place] = hash;
	k->at[place] = now;
	return n < RATE_MOST ? n : RATE_MOST;
}
