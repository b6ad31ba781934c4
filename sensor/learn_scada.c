/* SPDX-License-Identifier: Apache-2.0 */
/* "iec104" and "dnp3" of a learnt policy. */
#include <config.h>

#include <errno.h>
#include <stdlib.h>

#include "sensor/learn_write.h"

#define MASTERS_MAX 256 /* of a station, as the policy has it */
#define LINKS_MAX 16

struct words {
	enum learn_section section;
	const char *name, *functions, *address, *point;
	uint32_t port;
	uint8_t nusual, usual[8]; /* what every master may begin with */
};

static const struct words words[] = {
	[POLICY_IEC104] = { LEARN_IEC104, "iec104", "types", "ca", "ioa", 2404,
	    4, { 100, 101, 102, 103 } },
	[POLICY_DNP3] = { LEARN_DNP3, "dnp3", "functions", "link_address",
	    "index", 20000, 7, { 0, 1, 2, 20, 21, 23, 24 } },
};

struct station {
	const struct learn_out *o;
	const struct words *w;
	uint8_t protocol;
	const uint8_t *ip;
};

/* Somebody who was answered, and did nothing that raised an alarm. */
static bool
is_master(const struct station *s, const uint8_t ip[16])
{
	struct learn_facts of =
	    learn_facts(s->o, LEARN_MASTER, s->protocol, s->ip, ip);
	bool clean = false;
	uint32_t bits = 0;

	for (size_t i = 0; i < of.n; i++) {
		clean = clean || learn_is_clean(s->o->l, of.at[i]);
		bits |= of.at[i]->bits;
	}
	return clean && (bits & (LEARN_ANSWERED | LEARN_ONE_SIDED)) != 0;
}

static bool
is_taken(const struct station *s, const struct learn_fact *f)
{
	return learn_is_clean(s->o->l, f) && is_master(s, f->key.b);
}

static void
refuse(const struct station *s, const struct learn_fact *f, const char *what,
    const char *indent)
{
	struct learn_seen seen = { 0 };

	learn_add_seen(&seen, f);
	fprintf(s->o->to, "%s# not taken in: %s, ", indent, what);
	learn_write_seen(s->o, &seen, "time", "times");
	learn_write_where(s->o, f->frame, f->capture);
}

static void
write_seen(const struct station *s, const char *indent,
    const struct learn_seen *seen, const char *one, const char *many)
{
	fprintf(s->o->to, "%s# ", indent);
	learn_write_seen(s->o, seen, one, many);
	fputc('\n', s->o->to);
}

/* What stands above a list that may not be complete. */
static void
write_doubtful(const struct station *s, const char *indent, const char *what,
    const struct learn_tally *t)
{
	fprintf(s->o->to,
	    "%s# too little to tell whether these are all: %zu %s, %" PRIu64
	    " times, %zu only once or twice;\n"
	    "%s# if they are, take away the first hash of each line\n",
	    indent, t->all, what, t->n, t->rare, indent);
}

static bool
is_among(const struct learn_facts *of, uint32_t function)
{
	for (size_t i = 0; i < of->n; i++)
		if (learn_read_u32(of->at[i]->key.high) == function)
			return true;
	return false;
}

/* Begins every session somewhere: none of them moves anything. */
static void
write_usual(
    const struct station *s, const struct learn_facts *of, const char *hash)
{
	bool said = false;

	for (uint8_t i = 0; i < s->w->nusual; i++) {
		if (is_among(of, s->w->usual[i]))
			continue;
		if (!said)
			fprintf(s->o->to,
			    "            %s# not seen, but what every master "
			    "may begin with\n",
			    hash);
		said = true;
		fprintf(s->o->to, "            %s- %u\n", hash, s->w->usual[i]);
	}
}

static void
write_functions(const struct station *s, const uint8_t master[16])
{
	struct learn_facts of =
	    learn_facts(s->o, LEARN_FUNCTION, s->protocol, s->ip, master);
	struct learn_tally tally = { 0 };
	const char *hash = "";

	for (size_t i = 0; i < of.n; i++)
		if (learn_is_clean(s->o->l, of.at[i]))
			learn_count(&tally, of.at[i]->done);
	if (tally.all == 0)
		return;
	if (!learn_is_complete(s->o, &tally)) {
		write_doubtful(s, "          ", s->w->functions, &tally);
		hash = "# ";
	}
	fprintf(s->o->to, "          %s%s:\n", hash, s->w->functions);
	for (size_t i = 0; i < of.n; i++) {
		struct learn_seen seen = { 0 };

		if (!learn_is_clean(s->o->l, of.at[i]))
			continue;
		learn_add_seen(&seen, of.at[i]);
		fprintf(s->o->to, "            %s# ", hash);
		learn_write_seen(s->o, &seen, "time", "times");
		fprintf(s->o->to, "\n            %s- %" PRIu32 "\n", hash,
		    learn_read_u32(of.at[i]->key.high));
	}
	write_usual(s, &of, hash);
}

/* What was done, but with an alarm each time. */
static void
refuse_functions(const struct station *s, const uint8_t master[16])
{
	struct learn_facts of =
	    learn_facts(s->o, LEARN_FUNCTION, s->protocol, s->ip, master);
	char what[64];

	for (size_t i = 0; i < of.n; i++) {
		if (learn_is_clean(s->o->l, of.at[i]))
			continue;
		snprintf(what, sizeof(what), "%s: %" PRIu32 " (alarms)",
		    s->w->functions, learn_read_u32(of.at[i]->key.high));
		refuse(s, of.at[i], what, "          ");
	}
}

static void
write_links(const struct station *s, const struct learn_facts *of)
{
	size_t n = 0;

	for (size_t i = 0; i < of->n; i++)
		n += learn_is_clean(s->o->l, of->at[i]);
	if (s->protocol != POLICY_DNP3)
		return;
	if (n > LINKS_MAX) {
		fprintf(s->o->to,
		    "          # link_address: %zu were seen: decide "
		    "yourself\n",
		    n);
		return;
	}
	fputs("          link_address:\n", s->o->to);
	for (size_t i = 0; i < of->n; i++)
		if (learn_is_clean(s->o->l, of->at[i]))
			fprintf(s->o->to, "            - %" PRIu32 "\n",
			    learn_read_u32(of->at[i]->key.low));
}

static void
write_master(const struct station *s, const struct learn_facts *of)
{
	const uint8_t *ip = of->at[0]->key.b;
	struct learn_facts clock =
	    learn_facts(s->o, LEARN_CLOCK, s->protocol, s->ip, ip);
	struct learn_seen seen = { 0 };

	for (size_t i = 0; i < of->n; i++)
		learn_add_seen(&seen, of->at[i]);
	write_seen(s, "        ", &seen, "unit", "units");
	fputs("        - address: ", s->o->to);
	learn_write_ip(s->o, ip);
	fputc('\n', s->o->to);
	write_links(s, of);
	if (clock.n > 0 && learn_is_clean(s->o->l, clock.at[0])) {
		seen = (struct learn_seen){ 0 };
		learn_add_seen(&seen, clock.at[0]);
		write_seen(s, "          ", &seen, "time", "times");
		fputs("          sets_time: true\n", s->o->to);
	}
	write_functions(s, ip);
	refuse_functions(s, ip);
}

/* Calls fn for each master that is taken, or for each that is not. */
static size_t
each_master(const struct station *s, bool taken,
    void (*fn)(const struct station *, const struct learn_facts *))
{
	struct learn_facts all =
	    learn_facts(s->o, LEARN_MASTER, s->protocol, s->ip, NULL);
	size_t n = 0;

	for (size_t i = 0; i < all.n;) {
		struct learn_facts of = learn_facts(
		    s->o, LEARN_MASTER, s->protocol, s->ip, all.at[i]->key.b);

		i += of.n;
		if (is_master(s, of.at[0]->key.b) != taken)
			continue;
		if (fn != NULL && n < MASTERS_MAX)
			fn(s, &of);
		n++;
	}
	return n;
}

static void
refuse_master(const struct station *s, const struct learn_facts *of)
{
	struct learn_seen seen = { 0 };
	uint32_t bits = 0;

	for (size_t i = 0; i < of->n; i++) {
		learn_add_seen(&seen, of->at[i]);
		bits |= of->at[i]->bits;
	}
	fputs("    # not taken in: master ", s->o->to);
	learn_write_ip(s->o, of->at[0]->key.b);
	fputs(" of ", s->o->to);
	learn_write_ip(s->o, s->ip);
	fputs((bits & (LEARN_ANSWERED | LEARN_ONE_SIDED)) == 0
	          ? ", which was never answered, "
	          : ", which was part of an alarm, ",
	    s->o->to);
	learn_write_seen(s->o, &seen, "unit", "units");
	learn_write_where(s->o, of->at[0]->frame, of->at[0]->capture);
}

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
same_list(const struct station *s, const struct learn_fact *a,
    const struct learn_fact *b)
{
	return memcmp(a->key.low, b->key.low, 4) == 0 &&
	       (s->protocol == POLICY_IEC104 ||
	           memcmp(a->key.high, b->key.high, 2) == 0);
}

static void
begin_points(
    const struct station *s, const struct learn_fact *f, const char *hash)
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
write_points(const struct station *s, const struct learn_fact **at, size_t n)
{
	struct learn_tally tally = { 0 };
	struct learn_seen seen;
	const char *hash = "";
	uint32_t done;

	for (size_t i = 0; i < n;) {
		i += gather(at + i, n - i, &seen, &done);
		learn_count(&tally, done);
	}
	if (!learn_is_complete(s->o, &tally)) {
		write_doubtful(s, "      ", "points", &tally);
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

/* Those that were commanded without an alarm; the others are named. */
static int
take_points(const struct station *s)
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

		if (is_taken(s, f)) {
			at[n++] = f;
			continue;
		}
		if (refused++ >= LEARN_REFUSED_MAX)
			continue;
		snprintf(what, sizeof(what),
		    "%s %" PRIu32 ", point %" PRIu32 " (alarms)", s->w->address,
		    learn_read_u32(f->key.low), learn_read_u32(f->key.high));
		refuse(s, f, what, "      ");
	}
	learn_write_more(s->o, refused);
	if (n > 0) {
		qsort(at, n, sizeof(*at), compare_points);
		write_points(s, at, n);
	}
	free(at);
	return 0;
}

/* A connection without a word is no master yet. */
static void
refuse_callers(const struct station *s)
{
	struct learn_facts calls =
	    learn_facts(s->o, LEARN_CALL, 0, s->ip, NULL);
	struct learn_facts of;

	for (size_t i = 0; i < calls.n; i++) {
		const struct learn_fact *f = calls.at[i];

		of = learn_facts(
		    s->o, LEARN_MASTER, s->protocol, s->ip, f->key.b);
		if (learn_read_u32(f->key.low) != s->w->port || of.n > 0)
			continue;
		fputs("    # ", s->o->to);
		learn_write_ip(s->o, f->key.b);
		fputs(" connected and said nothing:\n", s->o->to);
		refuse(s, f, "a connection", "    ");
	}
}

static int
write_station(const struct station *s)
{
	struct learn_facts all =
	    learn_facts(s->o, LEARN_MASTER, s->protocol, s->ip, NULL);
	struct learn_seen seen = { 0 };
	size_t masters;

	for (size_t i = 0; i < all.n; i++)
		learn_add_seen(&seen, all.at[i]);
	write_seen(s, "    ", &seen, "unit", "units");
	fputs("    - address: ", s->o->to);
	learn_write_ip(s->o, s->ip);
	fputs("\n      masters:\n", s->o->to);
	masters = each_master(s, true, write_master);
	if (masters > MASTERS_MAX)
		fprintf(s->o->to,
		    "        # %zu masters: more than a policy can have\n",
		    masters);
	return take_points(s);
}

/* Calls for each station that has a master, or for each that has none. */
static int
each_station(const struct learn_out *o, enum policy_protocol protocol,
    bool taken, int (*fn)(const struct station *), size_t *n)
{
	struct learn_facts all =
	    learn_facts(o, LEARN_MASTER, (uint8_t)protocol, NULL, NULL);
	int rc = 0;

	*n = 0;
	for (size_t i = 0; i < all.n && rc == 0;) {
		struct station s = { .o = o,
			.w = &words[protocol],
			.protocol = (uint8_t)protocol,
			.ip = all.at[i]->key.a };
		struct learn_facts of =
		    learn_facts(o, LEARN_MASTER, (uint8_t)protocol, s.ip, NULL);

		i += of.n;
		if ((each_master(&s, true, NULL) > 0) != taken)
			continue;
		++*n;
		rc = fn != NULL ? fn(&s) : 0;
	}
	return rc;
}

static int
refuse_station(const struct station *s)
{
	each_master(s, false, refuse_master);
	refuse_callers(s);
	return 0;
}

int
learn_write_scada(const struct learn_out *o, enum policy_protocol protocol)
{
	size_t n;
	int rc = 0;

	each_station(o, protocol, true, NULL, &n);
	if (n > 0) {
		fprintf(o->to,
		    "%s:\n  # complete: true would mean that there are no "
		    "other stations\n  stations:\n",
		    words[protocol].name);
		rc = each_station(o, protocol, true, write_station, &n);
		if (rc == 0)
			rc =
			    each_station(o, protocol, true, refuse_station, &n);
	}
	if (rc == 0)
		rc = each_station(o, protocol, false, refuse_station, &n);
	learn_write_doubts(o, words[protocol].section);
	return rc;
}
