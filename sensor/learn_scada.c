/* SPDX-License-Identifier: Apache-2.0 */
/* "iec104" and "dnp3" of a learnt policy. */
#include <config.h>

#include <errno.h>
#include <stdlib.h>

#include "sensor/learn_station.h"

#define MASTERS_MAX 256 /* of a station, as the policy has it */
#define LINKS_MAX 16
#define DAY_US UINT64_C(86400000000)

static const struct learn_words words[] = {
	[POLICY_IEC104] = { LEARN_IEC104, "iec104", "types", "other types",
	    "ca", "ioa", LEARN_104_PORT, 4, { 100, 101, 102, 103 } },
	[POLICY_DNP3] = { LEARN_DNP3, "dnp3", "functions", "other functions",
	    "link_address", "index", LEARN_DNP3_PORT, 7,
	    { 0, 1, 2, 20, 21, 23, 24 } },
};

/* Somebody who was answered, and did nothing that raised an alarm. */
static bool
is_master(const struct learn_station *s, const uint8_t ip[16])
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

bool
learn_station_took(const struct learn_station *s, const struct learn_fact *f)
{
	return learn_is_clean(s->o->l, f) && is_master(s, f->key.b);
}

void
learn_station_refuse(const struct learn_station *s, const struct learn_fact *f,
    const char *what, const char *indent)
{
	struct learn_seen seen = { 0 };

	learn_add_seen(&seen, f);
	fprintf(s->o->to, "%s# not taken in: %s, ", indent, what);
	learn_write_seen(s->o, &seen, "time", "times");
	learn_write_where(s->o, f->frame, f->capture);
}

static void
write_seen(const struct learn_station *s, const char *indent,
    const struct learn_seen *seen, const char *one, const char *many)
{
	fprintf(s->o->to, "%s# ", indent);
	learn_write_seen(s->o, seen, one, many);
	fputc('\n', s->o->to);
}

void
learn_station_doubt(const struct learn_station *s, const char *indent,
    const char *what, const struct learn_tally *t)
{
	fprintf(s->o->to,
	    "%s# too little to tell whether these are all (%s: %zu, of which "
	    "%zu only once or\n%s# twice; %" PRIu64 " times in all): if they "
	    "are, take away the first hash of each line\n",
	    indent, what, t->all, t->rare, indent, t->n);
}

static bool
is_among(const struct learn_facts *of, uint32_t function)
{
	for (size_t i = 0; i < of->n; i++)
		if (learn_read_u32(of->at[i]->key.high) == function)
			return true;
	return false;
}

static bool
is_usual(const struct learn_station *s, uint32_t function)
{
	for (uint8_t i = 0; i < s->w->nusual; i++)
		if (s->w->usual[i] == function)
			return true;
	return false;
}

/* Begins every session somewhere: none of them moves anything. */
static void
write_usual(const struct learn_station *s, const struct learn_facts *of,
    const char *hash)
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

/*
 * How often a master only asks says little about what it commands: the usual
 * counts only where there was nothing else for long.
 */
static bool
tells(const struct learn_station *s, const struct learn_facts *of,
    struct learn_tally *others)
{
	uint64_t usual = 0;

	*others = (struct learn_tally){ 0 };
	for (size_t i = 0; i < of->n; i++) {
		const struct learn_fact *f = of->at[i];

		if (!learn_is_clean(s->o->l, f))
			continue;
		if (is_usual(s, learn_read_u32(f->key.high)))
			usual += f->n;
		else
			learn_count(others, f->done);
	}
	if (others->all == 0)
		return usual > 0 && (s->o->strict || usual >= LEARN_LONG);
	return learn_is_complete(s->o, others);
}

static bool
has_clean(const struct learn_station *s, const struct learn_facts *of)
{
	for (size_t i = 0; i < of->n; i++)
		if (learn_is_clean(s->o->l, of->at[i]))
			return true;
	return false;
}

static void
write_functions(const struct learn_station *s, const uint8_t master[16])
{
	struct learn_facts of =
	    learn_facts(s->o, LEARN_FUNCTION, s->protocol, s->ip, master);
	struct learn_tally others;
	const char *hash = "";

	if (!has_clean(s, &of))
		return;
	if (!tells(s, &of, &others)) {
		learn_station_doubt(s, "          ", s->w->others, &others);
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
refuse_functions(const struct learn_station *s, const uint8_t master[16])
{
	struct learn_facts of =
	    learn_facts(s->o, LEARN_FUNCTION, s->protocol, s->ip, master);
	char what[64];

	for (size_t i = 0; i < of.n; i++) {
		if (learn_is_clean(s->o->l, of.at[i]))
			continue;
		snprintf(what, sizeof(what), "%s: %" PRIu32 " (alarms)",
		    s->w->functions, learn_read_u32(of.at[i]->key.high));
		learn_station_refuse(s, of.at[i], what, "          ");
	}
}

static void
write_links(const struct learn_station *s, const struct learn_facts *of)
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

/* Calls fn for each master that is taken, or for each that is not. */
static size_t
each_master(const struct learn_station *s, bool taken,
    void (*fn)(const struct learn_station *, const struct learn_facts *))
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

/* Where several masters are, one that did it once may have been the deputy. */
static void
write_clock(const struct learn_station *s, const uint8_t master[16])
{
	struct learn_facts clock =
	    learn_facts(s->o, LEARN_CLOCK, s->protocol, s->ip, master);
	struct learn_seen seen = { 0 };
	const char *hash = "";

	if (clock.n == 0 || !learn_is_clean(s->o->l, clock.at[0]))
		return;
	learn_add_seen(&seen, clock.at[0]);
	if (!s->o->strict && seen.n < LEARN_HABIT &&
	    each_master(s, true, NULL) > 1)
		hash = "# ";
	fprintf(s->o->to, "          %s# ", hash);
	learn_write_seen(s->o, &seen, "time", "times");
	fprintf(s->o->to, "\n          %ssets_time: true\n", hash);
}

static void
write_master(const struct learn_station *s, const struct learn_facts *of)
{
	const uint8_t *ip = of->at[0]->key.b;
	struct learn_seen seen = { 0 };

	for (size_t i = 0; i < of->n; i++)
		learn_add_seen(&seen, of->at[i]);
	write_seen(s, "        ", &seen, "unit", "units");
	fputs("        - address: ", s->o->to);
	learn_write_ip(s->o, ip);
	fputc('\n', s->o->to);
	write_links(s, of);
	write_clock(s, ip);
	write_functions(s, ip);
	refuse_functions(s, ip);
}

static void
refuse_master(const struct learn_station *s, const struct learn_facts *of)
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

/* A connection without a word is no master yet. */
static void
refuse_callers(const struct learn_station *s)
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
		learn_station_refuse(s, f, "a connection", "    ");
	}
}

/* Less than a day does not tell how many a station may have. */
static void
write_most_links(const struct learn_station *s)
{
	struct learn_facts of =
	    learn_facts(s->o, LEARN_LINKS, s->protocol, s->ip, NULL);
	struct learn_seen seen = { 0 };
	bool known;

	if (of.n == 0 || of.at[0]->done == 0)
		return;
	learn_add_seen(&seen, of.at[0]);
	known = s->o->strict || seen.last_us - seen.first_us >= DAY_US;
	fputs("      # connections at once, at most: ", s->o->to);
	learn_write_seen(s->o, &seen, "unit", "units");
	fprintf(s->o->to, "\n      %slinks: %" PRIu32 "\n", known ? "" : "# ",
	    of.at[0]->done);
}

static int
write_station(const struct learn_station *s)
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
	write_most_links(s);
	return learn_station_points(s);
}

/* Calls for each station that has a master, or for each that has none. */
static int
each_station(const struct learn_out *o, enum policy_protocol protocol,
    bool taken, int (*fn)(const struct learn_station *), size_t *n)
{
	struct learn_facts all =
	    learn_facts(o, LEARN_MASTER, (uint8_t)protocol, NULL, NULL);
	int rc = 0;

	*n = 0;
	for (size_t i = 0; i < all.n && rc == 0;) {
		struct learn_station s = { .o = o,
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
refuse_station(const struct learn_station *s)
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
