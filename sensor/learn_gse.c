/* SPDX-License-Identifier: Apache-2.0 */
/* "goose" and "rgoose" of a learnt policy. */
#include <config.h>

#include <errno.h>
#include <stdlib.h>

#include "sensor/learn_write.h"
#include "sensor/policy_read.h"

#define MEMBERS_MAX 4096 /* as the policy has it */
#define CONSISTENT 3     /* units that outweigh an alarm behind them */

static struct bytes
name_of(const uint8_t name[LEARN_NAME])
{
	return (struct bytes){ name, strlen((const char *)name) };
}

/* Names are visible strings; what is none cannot be listed. */
static bool
is_visible(struct bytes v)
{
	for (size_t i = 0; i < v.n; i++)
		if (v.p[i] < ' ' || v.p[i] > '~')
			return false;
	return v.n > 0;
}

bool
learn_is_taken(const struct learn_publisher *p)
{
	return is_visible(name_of(p->gocbref)) &&
	       (p->alarm_us == 0 ? p->clean > 0 || p->n == 0
	                         : p->clean >= CONSISTENT);
}

static void
write_name(
    const struct learn_out *o, const char *key, const uint8_t name[LEARN_NAME])
{
	struct bytes v = name_of(name);

	if (!is_visible(v))
		return;
	fprintf(o->to, "      %s: \"", key);
	for (size_t i = 0; i < v.n; i++)
		fprintf(o->to, "%s%c",
		    v.p[i] == '"' || v.p[i] == '\\' ? "\\" : "", v.p[i]);
	fputs("\"\n", o->to);
}

static void
write_macs(const struct learn_out *o, const struct learn_publisher *p)
{
	if (p->macs == 0)
		return;
	fputs("      mac:\n", o->to);
	for (uint8_t i = 0; i < p->macs; i++) {
		fputs("        - ", o->to);
		learn_write_mac(o, p->mac[i]);
		fputc('\n', o->to);
	}
}

static void
write_types(const struct learn_out *o, const struct learn_publisher *p)
{
	if (p->ntypes == 0 || (p->has_entries && p->entries != p->ntypes))
		return;
	fputs("      types: [", o->to);
	for (uint16_t i = 0; i < p->ntypes; i++) {
		const struct policy_word *w = policy_goose_types;

		while (w->word != NULL && w->value != p->types[i])
			w++;
		fprintf(o->to, "%s%s", i > 0 ? ", " : "",
		    w->word != NULL ? w->word : "boolean");
	}
	fputs("]\n", o->to);
}

/* All that is known and was always the same. */
static void
write_config(const struct learn_out *o, const struct learn_publisher *p)
{
	uint32_t d = p->differs;

	if ((d & LEARN_DIFFERS_MAC) == 0)
		write_macs(o, p);
	if (p->has_dst && (d & LEARN_DIFFERS_DST) == 0) {
		fputs("      dst: ", o->to);
		learn_write_mac(o, p->dst);
		fputc('\n', o->to);
	}
	if (p->has_appid && (d & LEARN_DIFFERS_APPID) == 0)
		fprintf(o->to, "      appid: 0x%04x\n", p->appid);
	if (p->has_vlan && (d & LEARN_DIFFERS_VLAN) == 0)
		fprintf(o->to, "      vlan: %u\n", p->vlan);
	if ((d & LEARN_DIFFERS_DATSET) == 0)
		write_name(o, "datset", p->datset);
	if ((d & LEARN_DIFFERS_GOID) == 0)
		write_name(o, "goid", p->goid);
	if (p->has_confrev && (d & LEARN_DIFFERS_CONFREV) == 0)
		fprintf(o->to, "      confrev: %" PRIu32 "\n", p->confrev);
	if (p->has_entries && p->entries <= MEMBERS_MAX &&
	    (d & LEARN_DIFFERS_ENTRIES) == 0)
		fprintf(o->to, "      entries: %" PRIu32 "\n", p->entries);
	if (p->has_types && (d & LEARN_DIFFERS_TYPES) == 0)
		write_types(o, p);
	if (p->max_tal_ms > 0)
		fprintf(
		    o->to, "      max_tal_ms: %" PRIu32 "\n", p->max_tal_ms);
	if (p->clean >= CONSISTENT && p->secured == p->clean)
		fputs("      secured: true\n", o->to);
}

static void
write_differs(const struct learn_out *o, const char *what, uint32_t differs)
{
	static const char *const names[] = { "dst", "appid", "vlan", "datset",
		"goid", "confrev", "entries", "types", "mac" };
	const char *comma = "";

	if (differs == 0)
		return;
	fprintf(o->to, "    # %s: ", what);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if ((differs >> i & 1) != 0) {
			fprintf(o->to, "%s%s", comma, names[i]);
			comma = ", ";
		}
	fputc('\n', o->to);
}

void
learn_write_publisher(
    const struct learn_out *o, const struct learn_publisher *p)
{
	struct learn_seen seen = { p->n, p->first_us, p->last_us };

	fputs("    # ", o->to);
	if (p->said[0] != '\0')
		fputs(p->said, o->to);
	if (p->said[0] != '\0' && p->n > 0)
		fputs("\n    # ", o->to);
	if (p->n > 0)
		learn_write_seen(o, &seen, "message", "messages");
	fputc('\n', o->to);
	write_differs(o, "not always the same, and so not said", p->differs);
	write_differs(o, "not as said since its first alarm, decide yourself",
	    p->later & ~p->differs);
	fputs("    -", o->to);
	/* the first key stands behind the dash */
	fputs(" gocbref: \"", o->to);
	for (const uint8_t *s = p->gocbref; *s != 0; s++)
		fprintf(o->to, "%s%c", *s == '"' || *s == '\\' ? "\\" : "", *s);
	fputs("\"\n", o->to);
	write_config(o, p);
}

static int
compare(const void *x, const void *y)
{
	const struct learn_publisher *const *a = x, *const *b = y;

	return memcmp((*a)->gocbref, (*b)->gocbref, LEARN_NAME);
}

static void
refuse(const struct learn_out *o, const struct learn_publisher *p)
{
	struct learn_seen seen = { p->n, p->first_us, p->last_us };

	fputs("# not taken in: publisher ", o->to);
	learn_write_plain(o, name_of(p->gocbref));
	fputs(is_visible(name_of(p->gocbref))
	          ? ", which was part of an alarm, "
	          : ", whose name is no visible string, ",
	    o->to);
	learn_write_seen(o, &seen, "message", "messages");
	learn_write_where(o, p->frame, p->capture);
}

static int
write_pair(const struct learn_out *o, const struct learn_pair *p)
{
	if (p->planned != NULL)
		learn_plan_write(o, p);
	else if (!learn_is_taken(p->seen))
		return 0;
	else if (o->plan != NULL)
		return learn_plan_stranger(o, p->seen);
	else
		learn_write_publisher(o, p->seen);
	return 0;
}

static int
write_all(const struct learn_out *o, const struct learn_pair *all, size_t n)
{
	size_t refused = 0;
	bool said = false;
	int rc = 0;

	for (size_t i = 0; i < n && !said; i++)
		said = all[i].planned != NULL ||
		       (o->plan == NULL && learn_is_taken(all[i].seen));
	if (said)
		fputs("goose:\n  publishers:\n", o->to);
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = write_pair(o, &all[i]);
	for (size_t i = 0; i < n; i++)
		if (all[i].seen != NULL && !learn_is_taken(all[i].seen) &&
		    refused++ < LEARN_REFUSED_MAX)
			refuse(o, all[i].seen);
	learn_write_more(o, refused);
	return rc;
}

int
learn_write_goose(const struct learn_out *o)
{
	const struct learn_table *t = &o->l->publishers;
	const struct learn_publisher **all = calloc(t->used + 1, sizeof(*all));
	struct learn_pair *pairs = NULL;
	int rc = -ENOMEM;
	size_t n;

	if (all == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < t->used; i++)
		all[i] = learn_table_at(t, i);
	if (t->used > 0)
		qsort(all, t->used, sizeof(*all), compare);
	pairs = learn_plan_pairs(o->plan, all, t->used, &n);
	if (pairs != NULL)
		rc = write_all(o, pairs, n);
	free(pairs);
	free(all);
	if (rc == 0 && o->plan != NULL && o->plan->notes != NULL)
		fputs(o->plan->notes, o->to);
	learn_write_doubts(o, LEARN_GOOSE);
	return rc;
}

/* By the sender alone. */
static int
compare_senders(const void *x, const void *y)
{
	const struct learn_fact *const *a = x, *const *b = y;

	return memcmp((*a)->key.b, (*b)->key.b, sizeof((*a)->key.b));
}

int
learn_write_rgoose(const struct learn_out *o)
{
	struct learn_facts all = learn_facts(o, LEARN_ROUTED, 0, NULL, NULL);
	const struct learn_fact **at = calloc(all.n + 1, sizeof(*at));
	size_t n = 0;

	if (at == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < all.n; i++)
		if (learn_is_clean(o->l, all.at[i]))
			at[n++] = all.at[i];
	if (n > 0) {
		qsort(at, n, sizeof(*at), compare_senders);
		fputs("rgoose:\n  sources:\n", o->to);
	}
	for (size_t i = 0; i < n;) {
		const struct learn_fact *f = at[i];
		struct learn_seen seen = { 0 };

		while (i < n && compare_senders(&at[i], &f) == 0)
			learn_add_seen(&seen, at[i++]);
		fputs("    # ", o->to);
		learn_write_seen(o, &seen, "message", "messages");
		fputs("\n    - ", o->to);
		learn_write_ip(o, f->key.b);
		fputc('\n', o->to);
	}
	free(at);
	return 0;
}
