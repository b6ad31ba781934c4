/* SPDX-License-Identifier: Apache-2.0 */
/* "dlms" of a learnt policy: one group of meters, and its clients. */
#include <config.h>

#include <errno.h>
#include <stdlib.h>

#include "sensor/learn_write.h"

#define PUBLIC_SAP 16
#define MANAGEMENT_SAP 1
#define METER_OCTETS 8   /* of a title */
#define METERS_MAX 65536 /* as the policy has it */
#define CLIENTS_MAX 4096

static const uint8_t none[16];

/* A client of one title at one SAP, from all its addresses. */
struct client {
	const struct learn_fact **at;
	size_t n;
	uint32_t sap, rights, requests;
	bool titled;
	struct learn_seen seen;
	uint32_t logins;
};

static bool
is_taken(const struct learn_out *o, const struct learn_fact *f)
{
	const uint32_t heard = LEARN_ANSWERED | LEARN_ONE_SIDED;

	/* nobody goes on asking who is neither answered nor refused */
	return learn_is_clean(o->l, f) &&
	       ((f->bits & heard) != 0 || ((f->bits & LEARN_REFUSED) == 0 &&
	                                      f->requests >= LEARN_OFTEN));
}

/* By SAP and title, then by address. */
static int
compare(const void *x, const void *y)
{
	const struct learn_key *a =
	    &(*(const struct learn_fact *const *)x)->key;
	const struct learn_key *b =
	    &(*(const struct learn_fact *const *)y)->key;
	int order = memcmp(a->low, b->low, sizeof(a->low));

	if (order == 0)
		order = memcmp(a->title, b->title, sizeof(a->title));
	if (order == 0)
		order = memcmp(a->b, b->b, sizeof(a->b));
	return order != 0 ? order : memcmp(a->a, b->a, sizeof(a->a));
}

static struct client
gather(const struct learn_fact **at, size_t n)
{
	struct client c = { .at = at,
		.sap = learn_read_u32(at[0]->key.low),
		.titled = memcmp(at[0]->key.title, none, 8) != 0 };

	while (c.n < n && memcmp(at[c.n]->key.low, at[0]->key.low, 4) == 0 &&
	       memcmp(at[c.n]->key.title, at[0]->key.title, 8) == 0) {
		learn_add_seen(&c.seen, at[c.n]);
		c.rights |= at[c.n]->rights;
		c.requests += at[c.n]->requests;
		c.logins += at[c.n]->done;
		c.n++;
	}
	return c;
}

/* Lists each address once; they are sorted. */
static void
write_addresses(const struct learn_out *o, const struct client *c)
{
	bool said = false;

	for (size_t i = 0; i < c->n; i++) {
		if (memcmp(c->at[i]->key.b, none, 16) == 0 ||
		    (i > 0 &&
		        memcmp(c->at[i]->key.b, c->at[i - 1]->key.b, 16) == 0))
			continue;
		if (!said)
			fputs("          address:\n", o->to);
		said = true;
		fputs("            - ", o->to);
		learn_write_ip(o, c->at[i]->key.b);
		fputc('\n', o->to);
	}
}

/* The role of the standard that what it did would take; or NULL. */
static const char *
fitting(uint32_t rights)
{
	const uint32_t engineer = RIGHT_CLOCK | RIGHT_TARIFF;
	const uint32_t reads = RIGHT_READ_PUBLIC | RIGHT_READ;

	if ((rights & RIGHT_READ_LOGS) != 0 &&
	    (rights & ~(uint32_t)(RIGHT_READ_PUBLIC | RIGHT_READ_LOGS)) == 0)
		return "SECAUD";
	if ((rights & engineer) != 0 && (rights & ~(reads | engineer)) == 0)
		return "ENGINEER";
	if ((rights & RIGHT_COMMUNICATION) != 0 &&
	    (rights & ~(reads | RIGHT_COMMUNICATION)) == 0)
		return "INSTALLER";
	return NULL;
}

/* It did often enough what a VIEWER may, and nothing else. */
static bool
is_viewer(const struct client *c)
{
	return c->sap == PUBLIC_SAP && c->requests >= LEARN_OFTEN &&
	       (c->rights & ~(uint32_t)RIGHT_READ_PUBLIC) == 0;
}

/* The presets (detections, B.1.1) as they hold without a policy. */
static void
write_roles(const struct learn_out *o, const struct client *c)
{
	const char *role = fitting(c->rights);

	if (c->sap == MANAGEMENT_SAP)
		fputs("          # the preset: it may do everything\n"
		      "          roles: [MANAGEMENT]\n",
		    o->to);
	else if (is_viewer(c))
		fputs("          roles: [VIEWER]\n", o->to);
	else if (role != NULL)
		fprintf(
		    o->to, "          # what it did is what %s does\n", role);
}

/*
 * Where nobody is given a role, client 16 is a VIEWER: one that does more, or
 * was not seen enough, must stay without.
 */
static void
write_role_map(const struct learn_out *o, bool given)
{
	if (given)
		return;
	fputs("      # the preset; somebody has a role, so that client 16 "
	      "needs none\n"
	      "      role_map:\n        - sap: 1\n"
	      "          roles: [MANAGEMENT]\n",
	    o->to);
}

static void
write_client(const struct learn_out *o, const struct client *c)
{
	fputs("        # ", o->to);
	learn_write_seen(o, &c->seen, "unit", "units");
	fprintf(o->to,
	    ", %" PRIu32 " associations\n        - sap: %" PRIu32 "\n",
	    c->logins, c->sap);
	if (c->titled) {
		fputs("          title: \"", o->to);
		learn_write_hex(o, c->at[0]->key.title, 8);
		fputs("\"\n", o->to);
	}
	write_addresses(o, c);
	write_roles(o, c);
}

static void
write_clients(const struct learn_out *o, const struct learn_fact **at, size_t n)
{
	size_t listed = 0;
	bool given = false;

	if (n > 0)
		fputs("      clients:\n", o->to);
	for (size_t i = 0; i < n; listed++) {
		struct client c = gather(at + i, n - i);

		i += c.n;
		given = given || c.sap == MANAGEMENT_SAP || is_viewer(&c);
		if (listed < CLIENTS_MAX)
			write_client(o, &c);
	}
	if (n > 0)
		write_role_map(o, given);
	if (listed > CLIENTS_MAX)
		fprintf(o->to,
		    "        # %zu clients: more than a policy can have\n",
		    listed);
}

static void
refuse_client(const struct learn_out *o, const struct learn_fact *f)
{
	struct learn_seen seen = { 0 };

	learn_add_seen(&seen, f);
	fprintf(o->to, "# not taken in: client %" PRIu32 " ",
	    learn_read_u32(f->key.low));
	learn_write_ip(o, f->key.b);
	fputs(" at ", o->to);
	learn_write_ip(o, f->key.a);
	if (learn_is_clean(o->l, f))
		fputs((f->bits & LEARN_REFUSED) != 0
		          ? ", which was refused, "
		          : ", which was never answered, ",
		    o->to);
	else
		fputs(", which was part of an alarm, ", o->to);
	learn_write_seen(o, &seen, "unit", "units");
	learn_write_where(o, f->frame, f->capture);
}

/* Those taken of a kind, sorted anew; n is how many. */
static const struct learn_fact **
pick(const struct learn_out *o, enum learn_kind kind, size_t *n)
{
	struct learn_facts all = learn_facts(o, kind, 0, NULL, NULL);
	const struct learn_fact **at = calloc(all.n + 1, sizeof(*at));

	*n = 0;
	for (size_t i = 0; at != NULL && i < all.n; i++)
		if (kind == LEARN_CLIENT ? is_taken(o, all.at[i])
		                         : learn_is_clean(o->l, all.at[i]))
			at[(*n)++] = all.at[i];
	if (*n > 0)
		qsort(at, *n, sizeof(*at), compare);
	return at;
}

static int
compare_meters(const void *x, const void *y)
{
	const struct learn_key *a =
	    &(*(const struct learn_fact *const *)x)->key;
	const struct learn_key *b =
	    &(*(const struct learn_fact *const *)y)->key;
	int order = memcmp(a->title, b->title, sizeof(a->title));

	if (order == 0)
		order = memcmp(a->a, b->a, sizeof(a->a));
	return order != 0 ? order : memcmp(a->b, b->b, sizeof(a->b));
}

static int
compare_places(const void *x, const void *y)
{
	const struct learn_key *a =
	    &(*(const struct learn_fact *const *)x)->key;
	const struct learn_key *b =
	    &(*(const struct learn_fact *const *)y)->key;

	return memcmp(a->a, b->a, sizeof(a->a));
}

/* Titles, or with ip the addresses: each once.  hash: "" or "# ". */
static void
write_names(const struct learn_out *o, const struct learn_fact **at, size_t n,
    bool ip, const char *hash, struct learn_tally *tally)
{
	qsort(at, n, sizeof(*at), ip ? compare_places : compare_meters);
	for (size_t i = 0; i < n;) {
		const uint8_t *name = ip ? at[i]->key.a : at[i]->key.title;
		size_t octets = ip ? sizeof(at[i]->key.a) : METER_OCTETS;
		struct learn_seen seen = { 0 };
		const struct learn_key *k = &at[i]->key;

		while (i < n && memcmp(ip ? at[i]->key.a : at[i]->key.title,
		                    name, octets) == 0)
			learn_add_seen(&seen, at[i++]);
		if (memcmp(name, none, octets) == 0)
			continue;
		if (tally != NULL) {
			learn_count(tally, seen.n);
			continue;
		}
		fprintf(o->to, "        %s# ", hash);
		learn_write_seen(o, &seen, "unit", "units");
		fprintf(o->to, "\n        %s- ", hash);
		if (ip) {
			learn_write_ip(o, k->a);
		} else {
			fputc('"', o->to);
			learn_write_hex(o, k->title, METER_OCTETS);
			fputc('"', o->to);
		}
		fputc('\n', o->to);
	}
}

/*
 * By title, and by address: a meter has to be known before it says its title,
 * and some never do.
 */
static void
write_meters(const struct learn_out *o, const struct learn_fact **at, size_t n)
{
	struct learn_tally tally = { 0 }, titles = { 0 };
	const char *hash = "";

	if (n == 0)
		return;
	write_names(o, at, n, false, hash, &titles);
	write_names(o, at, n, true, hash, &tally);
	if (titles.all + tally.all > METERS_MAX) {
		fputs("      # meters: there are too many to be listed; any "
		      "is in the group\n",
		    o->to);
		return;
	}
	if (!learn_is_complete(o, &tally)) {
		fputs("      # too little to tell whether these are all: any "
		      "meter is in the group;\n"
		      "      # if they are, take away the first hash of each "
		      "line\n",
		    o->to);
		hash = "# ";
	}
	fprintf(o->to, "      %smeters:\n", hash);
	write_names(o, at, n, false, hash, NULL);
	write_names(o, at, n, true, hash, NULL);
}

/* A list of addresses: the far ends (b) of a kind. */
static void
write_list(const struct learn_out *o, enum learn_kind kind, const char *name)
{
	size_t n;
	const struct learn_fact **at = pick(o, kind, &n);
	const uint8_t *last = none;

	/* their SAP and title are zero: sorted by b */
	for (size_t i = 0; at != NULL && i < n;) {
		const uint8_t *ip = at[i]->key.b;
		struct learn_seen seen = { 0 };

		while (i < n && memcmp(at[i]->key.b, ip, 16) == 0)
			learn_add_seen(&seen, at[i++]);
		if (memcmp(ip, none, 16) == 0)
			continue;
		if (last == none)
			fprintf(o->to, "  %s:\n", name);
		last = ip;
		fputs("    # ", o->to);
		learn_write_seen(o, &seen, "time", "times");
		fputs("\n    - ", o->to);
		learn_write_ip(o, ip);
		fputc('\n', o->to);
	}
	free(at);
}

static int
compare_gateways(const void *x, const void *y)
{
	const struct learn_key *a =
	    &(*(const struct learn_fact *const *)x)->key;
	const struct learn_key *b =
	    &(*(const struct learn_fact *const *)y)->key;
	int order = memcmp(a->high, b->high, sizeof(a->high));

	if (order == 0)
		order = memcmp(a->low, b->low, sizeof(a->low));
	return order != 0 ? order : memcmp(a->title, b->title, 8);
}

static void
write_gateways(const struct learn_out *o)
{
	size_t n;
	const struct learn_fact **at = pick(o, LEARN_GATEWAY, &n);

	if (n > 0) {
		qsort(at, n, sizeof(*at), compare_gateways);
		fputs("  gateways:\n", o->to);
	}
	for (size_t i = 0; at != NULL && i < n;) {
		const struct learn_fact *f = at[i];
		uint32_t octets = learn_read_u32(f->key.low);
		struct learn_seen seen = { 0 };

		while (i < n && compare_gateways(&at[i], &f) == 0)
			learn_add_seen(&seen, at[i++]);
		fputs("    # ", o->to);
		learn_write_seen(o, &seen, "time", "times");
		fprintf(o->to, "\n    - network: %" PRIu32 "\n",
		    learn_read_u32(f->key.high));
		if (octets > 0) {
			fputs("      address: \"", o->to);
			learn_write_hex(o, f->key.title, octets);
			fputs("\"\n", o->to);
		}
	}
	free(at);
}

static void
refuse_clients(const struct learn_out *o)
{
	struct learn_facts all = learn_facts(o, LEARN_CLIENT, 0, NULL, NULL);

	size_t n = 0;

	for (size_t i = 0; i < all.n; i++)
		if (!is_taken(o, all.at[i]) && n++ < LEARN_REFUSED_MAX)
			refuse_client(o, all.at[i]);
	learn_write_more(o, n);
}

/* Whether there is anything of a kind to list. */
static bool
has(const struct learn_out *o, enum learn_kind kind)
{
	struct learn_facts all = learn_facts(o, kind, 0, NULL, NULL);

	for (size_t i = 0; i < all.n; i++)
		if (learn_is_clean(o->l, all.at[i]))
			return true;
	return false;
}

int
learn_write_dlms(const struct learn_out *o)
{
	size_t nclients, nmeters;
	const struct learn_fact **clients = pick(o, LEARN_CLIENT, &nclients);
	const struct learn_fact **meters = pick(o, LEARN_METER, &nmeters);
	bool group = nclients > 0 || nmeters > 0;
	int rc = clients == NULL || meters == NULL ? -ENOMEM : 0;

	if (rc == 0) {
		if (group || has(o, LEARN_PUSH) || has(o, LEARN_BROADCAST) ||
		    has(o, LEARN_GATEWAY))
			fputs("dlms:\n", o->to);
		if (group)
			fputs("  groups:\n    - name: learnt\n", o->to);
		write_meters(o, meters, nmeters);
		write_clients(o, clients, nclients);
		write_list(o, LEARN_BROADCAST, "broadcast");
		write_list(o, LEARN_PUSH, "push_targets");
		write_gateways(o);
		refuse_clients(o);
		learn_write_doubts(o, LEARN_DLMS);
	}
	free(clients);
	free(meters);
	return rc;
}
