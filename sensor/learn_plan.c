/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Publishers as they are planned, and as they were seen.  What is planned is
 * what holds; what was seen adds what no plan says, and is named where it
 * contradicts.
 */
#include <config.h>

#include <errno.h>
#include <stdlib.h>

#include "sensor/learn_write.h"

void
learn_plan_free(struct learn_plan *p)
{
	free(p->at);
	free(p->notes);
}

static int
order(const struct learn_publisher *planned, const struct learn_publisher *seen)
{
	if (planned == NULL || seen == NULL)
		return planned == NULL ? 1 : -1;
	return memcmp(planned->gocbref, seen->gocbref, LEARN_NAME);
}

struct learn_pair *
learn_plan_pairs(const struct learn_plan *plan,
    const struct learn_publisher *const *seen, size_t nseen, size_t *n)
{
	size_t nplanned = plan != NULL ? plan->n : 0, i = 0, k = 0;
	struct learn_pair *all = calloc(nplanned + nseen + 1, sizeof(*all));

	*n = 0;
	while (all != NULL && (i < nplanned || k < nseen)) {
		const struct learn_publisher *p =
		    i < nplanned ? &plan->at[i] : NULL;
		const struct learn_publisher *s = k < nseen ? seen[k] : NULL;
		int first = order(p, s);

		if (first <= 0)
			i++;
		if (first >= 0)
			k++;
		all[(*n)++] = (struct learn_pair){ first <= 0 ? p : NULL,
			first >= 0 ? s : NULL };
	}
	return all;
}

/* Begins a line about a field whose planned value was not what was seen. */
static bool
contradicts(const struct learn_out *o, const struct learn_pair *p,
    uint32_t field, const char *name, bool both, bool other)
{
	if (!both || (p->planned->differs & field) != 0)
		return false;
	if ((p->seen->differs & field) != 0) {
		fprintf(o->to,
		    "    # in the captures %s was not always the same: decide "
		    "yourself\n",
		    name);
		return false;
	}
	if (other)
		fprintf(o->to, "    # in the captures %s is ", name);
	return other;
}

static void
end(const struct learn_out *o)
{
	fputs(": decide yourself\n", o->to);
}

static void
compare_number(const struct learn_out *o, const struct learn_pair *p,
    uint32_t field, const char *name, bool both, uint32_t planned,
    uint32_t seen)
{
	if (!contradicts(o, p, field, name, both, planned != seen))
		return;
	fprintf(o->to,
	    field == LEARN_DIFFERS_APPID ? "0x%04" PRIx32 : "%" PRIu32, seen);
	end(o);
}

static void
compare_name(const struct learn_out *o, const struct learn_pair *p,
    uint32_t field, const char *name, const uint8_t planned[LEARN_NAME],
    const uint8_t seen[LEARN_NAME])
{
	bool both = planned[0] != 0 && seen[0] != 0;

	if (!contradicts(o, p, field, name, both,
	        memcmp(planned, seen, LEARN_NAME) != 0))
		return;
	fputc('"', o->to);
	learn_write_plain(
	    o, (struct bytes){ seen, strlen((const char *)seen) });
	fputc('"', o->to);
	end(o);
}

static bool
is_secured(const struct learn_publisher *p)
{
	return p->clean >= LEARN_HABIT && p->secured == p->clean;
}

static void
write_contradictions(const struct learn_out *o, const struct learn_pair *p)
{
	const struct learn_publisher *x = p->planned, *y = p->seen;

	if (contradicts(o, p, LEARN_DIFFERS_DST, "dst",
	        x->has_dst && y->has_dst, memcmp(x->dst, y->dst, 6) != 0)) {
		learn_write_mac(o, y->dst);
		end(o);
	}
	compare_number(o, p, LEARN_DIFFERS_APPID, "appid",
	    x->has_appid && y->has_appid, x->appid, y->appid);
	compare_number(o, p, LEARN_DIFFERS_VLAN, "vlan",
	    x->has_vlan && y->has_vlan, x->vlan, y->vlan);
	compare_name(
	    o, p, LEARN_DIFFERS_DATSET, "datset", x->datset, y->datset);
	compare_name(o, p, LEARN_DIFFERS_GOID, "goid", x->goid, y->goid);
	compare_number(o, p, LEARN_DIFFERS_CONFREV, "confrev",
	    x->has_confrev && y->has_confrev, x->confrev, y->confrev);
	compare_number(o, p, LEARN_DIFFERS_ENTRIES, "entries",
	    x->has_entries && y->has_entries, x->entries, y->entries);
	if (x->max_tal_ms > 0 && y->max_tal_ms > x->max_tal_ms) {
		fprintf(o->to, "    # in the captures max_tal_ms is %" PRIu32,
		    y->max_tal_ms);
		end(o);
	}
	if (y->clean > 0 && is_secured(x) != is_secured(y)) {
		fprintf(o->to,
		    "    # in the captures messages are %s the extension of "
		    "IEC 62351-6",
		    is_secured(y) ? "with" : "without");
		end(o);
	}
}

/* What only traffic tells, and what the plan leaves open. */
static void
take_seen(struct learn_publisher *to, const struct learn_publisher *seen)
{
	const uint32_t own = LEARN_DIFFERS_MAC | LEARN_DIFFERS_TYPES;

	to->n = seen->n;
	to->first_us = seen->first_us;
	to->last_us = seen->last_us;
	memcpy(to->mac, seen->mac, sizeof(to->mac));
	to->macs = seen->macs;
	to->has_types = seen->has_types;
	to->ntypes = seen->ntypes;
	memcpy(to->types, seen->types, sizeof(to->types));
	to->differs |= seen->differs & own;
	to->later = seen->later;
	if (!to->has_dst && (seen->differs & LEARN_DIFFERS_DST) == 0) {
		to->has_dst = seen->has_dst;
		memcpy(to->dst, seen->dst, sizeof(to->dst));
	}
	if (!to->has_appid && (seen->differs & LEARN_DIFFERS_APPID) == 0) {
		to->has_appid = seen->has_appid;
		to->appid = seen->appid;
	}
	if (!to->has_entries && (seen->differs & LEARN_DIFFERS_ENTRIES) == 0) {
		to->has_entries = seen->has_entries;
		to->entries = seen->entries;
	}
	if (to->max_tal_ms == 0)
		to->max_tal_ms = seen->max_tal_ms;
}

void
learn_plan_write(const struct learn_out *o, const struct learn_pair *p)
{
	struct learn_publisher merged = *p->planned;

	if (o->l == NULL) {
		learn_write_publisher(o, &merged);
		return;
	}
	if (p->seen == NULL || !learn_is_taken(p->seen)) {
		fputs("    # planned, and not seen\n", o->to);
	} else {
		write_contradictions(o, p);
		take_seen(&merged, p->seen);
	}
	learn_write_publisher(o, &merged);
}

int
learn_plan_stranger(
    const struct learn_out *o, const struct learn_publisher *seen)
{
	struct learn_out aside = *o;
	char *text = NULL;
	size_t n = 0;
	bool begins = true;

	aside.to = open_memstream(&text, &n);
	if (aside.to == NULL)
		return -ENOMEM;
	learn_write_publisher(&aside, seen);
	if (fclose(aside.to) != 0) {
		free(text);
		return -ENOMEM;
	}
	fputs("    # seen, and not planned: if it is right, take away the "
	      "first hash of each line\n",
	    o->to);
	for (size_t i = 0; i < n; i++) {
		if (begins)
			fputs("    # ", o->to);
		/* the indentation stands in front of the hash */
		if (begins && n - i > 4)
			i += 4;
		begins = text[i] == '\n';
		fputc(text[i], o->to);
	}
	free(text);
	return 0;
}

void
learn_write_plan(const struct learn_plan *plan, FILE *to)
{
	const struct learn_out o = { .to = to, .plan = plan };

	fputs("# The GOOSE publishers of ", to);
	learn_write_plain(&o,
	    (struct bytes){ (const uint8_t *)plan->path, strlen(plan->path) });
	fputs(", as a policy\n"
	      "# (gridtap-policy(5)).  Such a file does not say from which MAC "
	      "they come, nor what\n"
	      "# types the entries have: read it, add what is known, then "
	      "give it to gridtap\n"
	      "# with --policy.\n"
	      "version: 1\n",
	    to);
	if (plan->n > 0)
		fputs("goose:\n  publishers:\n", to);
	for (size_t i = 0; i < plan->n; i++)
		learn_plan_write(
		    &o, &(struct learn_pair){ &plan->at[i], NULL });
	if (plan->notes != NULL)
		fputs(plan->notes, to);
}
