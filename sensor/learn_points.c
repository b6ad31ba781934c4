/* SPDX-License-Identifier: Apache-2.0 */
/* The points of a station that were commanded, by any of its masters. */
#include <config.h>

#include <errno.h>
#include <stdlib.h>

#include "sensor/learn_station.h"

#define POINTS_MAX 65536 /* of a list, as the policy has it */

static int
compare_points(const void *x, const void *y)
{
	const struct learn_fact *const *a = x, *const *b = y;
	int order = memcmp((*a)->key.low, (*b)->key.low, 8);

	return order != 0 ? order
	                  : memcmp(&(*a)->key, &(*b)->key, sizeof((*a)->key));
}

/* Address, and of DNP3 the group: each has a list of its own. */
static bool
same_list(const struct learn_station *s, const struct learn_fact *a,
    const struct learn_fact *b)
{
	return memcmp(a->key.low, b->key.low, 4) == 0 &&
	       (s->protocol == POLICY_IEC104 ||
	           memcmp(a->key.high, b->key.high, 2) == 0);
}

static void
begin_points(
    const struct learn_station *s, const struct learn_fact *f, const char *hash)
{
	fprintf(s->o->to, "        %s- %s: %" PRIu32 "\n", hash, s->w->address,
	    learn_read_u32(f->key.low));
	if (s->protocol == POLICY_DNP3)
		fprintf(s->o->to, "          %sgroup: %" PRIu32 "\n", hash,
		    learn_read_u32(f->key.high) >> 16);
	fprintf(s->o->to, "          %s%s:\n", hash, s->w->point);
}

/* Facts of one point, from any master: how many of at there are. */
static size_t
gather(const struct learn_fact **at, size_t n, struct learn_seen *seen,
    uint32_t *done)
{
	size_t i = 0;

	*seen = (struct learn_seen){ 0 };
	*done = 0;
	while (i < n && memcmp(at[i]->key.low, at[0]->key.low, 8) == 0) {
		learn_add_seen(seen, at[i]);
		*done += at[i]->done;
		i++;
	}
	return i;
}

static void
write_points(
    const struct learn_station *s, const struct learn_fact **at, size_t n)
{
	struct learn_tally tally = { 0 };
	struct learn_seen seen;
	const char *hash = "";
	uint32_t done;

	for (size_t i = 0; i < n;) {
		i += gather(at + i, n - i, &seen, &done);
		learn_count(&tally, done);
	}
	if (tally.all > POINTS_MAX) {
		fprintf(s->o->to,
		    "      # %zu points: more than a policy can have\n",
		    tally.all);
		return;
	}
	if (!learn_is_complete(s->o, &tally)) {
		learn_station_doubt(s, "      ", "points", &tally);
		hash = "# ";
	}
	fprintf(s->o->to, "      %spoints:\n", hash);
	for (size_t i = 0; i < n;) {
		uint32_t point = learn_read_u32(at[i]->key.high);

		if (i == 0 || !same_list(s, at[i - 1], at[i]))
			begin_points(s, at[i], hash);
		i += gather(at + i, n - i, &seen, &done);
		fprintf(s->o->to, "            %s# ", hash);
		learn_write_seen(s->o, &seen, "time", "times");
		fprintf(s->o->to, "\n            %s- %" PRIu32 "\n", hash,
		    s->protocol == POLICY_DNP3 ? point & 0xffff : point);
	}
}

int
learn_station_points(const struct learn_station *s)
{
	struct learn_facts all =
	    learn_facts(s->o, LEARN_POINT, s->protocol, s->ip, NULL);
	const struct learn_fact **at = calloc(all.n + 1, sizeof(*at));
	char what[96];
	size_t n = 0, refused = 0;

	if (at == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < all.n; i++) {
		const struct learn_fact *f = all.at[i];

		if (learn_station_took(s, f)) {
			at[n++] = f;
			continue;
		}
		if (refused++ >= LEARN_REFUSED_MAX)
			continue;
		snprintf(what, sizeof(what),
		    "%s %" PRIu32 ", point %" PRIu32 " (alarms)", s->w->address,
		    learn_read_u32(f->key.low), learn_read_u32(f->key.high));
		learn_station_refuse(s, f, what, "      ");
	}
	learn_write_more(s->o, refused);
	if (n > 0) {
		qsort(at, n, sizeof(*at), compare_points);
		write_points(s, at, n);
	}
	free(at);
	return 0;
}
