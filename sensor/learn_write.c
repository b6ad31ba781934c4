/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policy as YAML.  Comments stand on lines of their own, so that two files
 * can be compared without them: diff -I '^ *#'.
 */
#include <config.h>

#include <errno.h>
#include <stdlib.h>

#include "dissectors/timetext.h"
#include "sensor/learn_write.h"

static int
compare(const void *x, const void *y)
{
	const struct learn_fact *const *a = x, *const *b = y;

	return memcmp(&(*a)->key, &(*b)->key, sizeof((*a)->key));
}

static size_t
lower(const struct learn_out *o, const struct learn_key *key, size_t n)
{
	size_t low = 0, high = o->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (memcmp(&o->facts[mid]->key, key, n) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

struct learn_facts
learn_facts(const struct learn_out *o, enum learn_kind kind, uint8_t protocol,
    const uint8_t *a, const uint8_t *b)
{
	struct learn_key key;
	size_t n = offsetof(struct learn_key, a), low, end;

	memset(&key, 0, sizeof(key));
	key.kind = (uint8_t)kind;
	key.protocol = protocol;
	if (a != NULL) {
		memcpy(key.a, a, sizeof(key.a));
		n += sizeof(key.a);
	}
	if (a != NULL && b != NULL) {
		memcpy(key.b, b, sizeof(key.b));
		n += sizeof(key.b);
	}
	low = end = lower(o, &key, n);
	while (end < o->n && memcmp(&o->facts[end]->key, &key, n) == 0)
		end++;
	return (struct learn_facts){ o->facts + low, end - low };
}

void
learn_add_seen(struct learn_seen *s, const struct learn_fact *f)
{
	if (s->n == 0 || f->first_us < s->first_us)
		s->first_us = f->first_us;
	if (f->last_us > s->last_us)
		s->last_us = f->last_us;
	s->n += f->n;
}

static void
write_time(const struct learn_out *o, uint64_t us)
{
	char text[TIMETEXT];

	timetext_utc(text, us / 1000000, 0);
	fprintf(o->to, "%.19sZ", text);
}

void
learn_write_seen(const struct learn_out *o, const struct learn_seen *s,
    const char *one, const char *many)
{
	fprintf(o->to, "%" PRIu64 " %s, ", s->n, s->n == 1 ? one : many);
	write_time(o, s->first_us);
	if (s->last_us / 1000000 == s->first_us / 1000000)
		return;
	fputs(" to ", o->to);
	write_time(o, s->last_us);
}

void
learn_write_ip(const struct learn_out *o, const uint8_t ip[16])
{
	struct endpoint e = { .port = 0 };
	struct event_str text;
	const char *quote;

	memcpy(e.ip, ip, sizeof(e.ip));
	text = event_address(&e);
	/* "2001:db8::" would begin a mapping */
	quote = memchr(text.p, ':', text.n) != NULL ? "\"" : "";
	fprintf(
	    o->to, "%s%.*s%s", quote, (int)text.n, (const char *)text.p, quote);
}

void
learn_write_hex(const struct learn_out *o, const uint8_t *p, size_t n)
{
	while (n-- > 0)
		fprintf(o->to, "%02X", *p++);
}

void
learn_write_mac(const struct learn_out *o, const uint8_t mac[6])
{
	for (int i = 0; i < 6; i++)
		fprintf(o->to, "%s%02x", i > 0 ? ":" : "", mac[i]);
}

void
learn_write_plain(const struct learn_out *o, struct bytes v)
{
	for (size_t i = 0; i < v.n; i++)
		if (v.p[i] >= ' ' && v.p[i] <= '~' && v.p[i] != '\\')
			fputc(v.p[i], o->to);
		else
			fprintf(o->to, "\\x%02x", v.p[i]);
}

void
learn_write_where(
    const struct learn_out *o, uint64_t frame, const char *capture)
{
	fprintf(o->to, ", frame %" PRIu64 " of ", frame);
	learn_write_plain(
	    o, (struct bytes){ (const uint8_t *)capture, strlen(capture) });
	fputs(": decide yourself\n", o->to);
}

void
learn_count(struct learn_tally *t, uint64_t n)
{
	t->all++;
	t->rare += n < LEARN_HABIT;
	t->n += n;
}

bool
learn_is_complete(const struct learn_out *o, const struct learn_tally *t)
{
	return t->all > 0 &&
	       (o->strict || (t->n >= LEARN_OFTEN && t->rare * 10 <= t->all));
}

static int
compare_doubts(const void *x, const void *y)
{
	const struct learn_doubt *const *a = x, *const *b = y;

	return memcmp(&(*a)->key, &(*b)->key, sizeof((*a)->key));
}

static void
write_who(const struct learn_out *o, const uint8_t who[16])
{
	static const uint8_t none[10];

	/* a MAC address stands where an IP address is, from the left */
	if (memcmp(who + 6, none, sizeof(none)) == 0)
		learn_write_mac(o, who);
	else
		learn_write_ip(o, who);
}

static void
write_doubt(const struct learn_out *o, const struct learn_doubt *d)
{
	const struct learn_doubt_key *k = &d->key;
	struct learn_seen seen = { d->n, d->first_us, d->last_us };

	fprintf(o->to, "# not taken in: %s by ", k->what);
	write_who(o, k->b);
	fputs(" at ", o->to);
	learn_write_plain(
	    o, (struct bytes){ k->subject, strlen((const char *)k->subject) });
	fputs(", ", o->to);
	learn_write_seen(o, &seen, "time", "times");
	learn_write_where(o, d->frame, d->capture);
}

void
learn_write_more(const struct learn_out *o, size_t n)
{
	if (n > LEARN_REFUSED_MAX)
		fprintf(o->to, "# not taken in: %zu more of the kind\n",
		    n - LEARN_REFUSED_MAX);
}

void
learn_write_doubts(const struct learn_out *o, enum learn_section section)
{
	size_t n = 0;

	for (uint32_t i = 0; i < o->l->doubts.used; i++)
		if (o->doubts[i]->key.section == section &&
		    n++ < LEARN_REFUSED_MAX)
			write_doubt(o, o->doubts[i]);
	learn_write_more(o, n);
}

static int
sort(struct learn_out *o)
{
	const struct learn_table *facts = &o->l->facts;
	const struct learn_table *doubts = &o->l->doubts;

	o->n = facts->used;
	o->facts = calloc(o->n + 1, sizeof(*o->facts));
	o->doubts = calloc(doubts->used + 1, sizeof(*o->doubts));
	if (o->facts == NULL || o->doubts == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < facts->used; i++)
		o->facts[i] = learn_table_at(facts, i);
	for (uint32_t i = 0; i < doubts->used; i++)
		o->doubts[i] = learn_table_at(doubts, i);
	if (o->n > 0)
		qsort(o->facts, o->n, sizeof(*o->facts), compare);
	if (doubts->used > 0)
		qsort(o->doubts, doubts->used, sizeof(*o->doubts),
		    compare_doubts);
	return 0;
}

static void
write_head(const struct learn_out *o)
{
	const struct learn *l = o->l;

	fputs("# What gridtap saw, as a policy (gridtap-policy(5)).  It says "
	      "what was usual, not\n# what is right: read it, correct it, "
	      "then give it to gridtap with --policy.\n",
	    o->to);
	if (l->last_us > 0) {
		fputs("# Seen from ", o->to);
		write_time(o, l->first_us);
		fputs(" to ", o->to);
		write_time(o, l->last_us);
		fputs(".\n", o->to);
	}
	if (o->plan != NULL) {
		fputs("# Publishers are those of ", o->to);
		learn_write_plain(
		    o, (struct bytes){ (const uint8_t *)o->plan->path,
		           strlen(o->plan->path) });
		fputs(", and what was seen is held against it.\n", o->to);
	}
	if (learn_missed(l) > 0)
		fprintf(o->to,
		    "# NOT COMPLETE: %" PRIu64
		    " sightings found no room: learn "
		    "from less at a time.\n",
		    learn_missed(l));
	fputs("version: 1\n", o->to);
}

static int
write_sections(const struct learn_out *o)
{
	int rc = learn_write_dlms(o);

	if (rc == 0)
		rc = learn_write_scada(o, POLICY_IEC104);
	if (rc == 0)
		rc = learn_write_scada(o, POLICY_DNP3);
	if (rc == 0)
		rc = learn_write_goose(o);
	if (rc == 0)
		rc = learn_write_rgoose(o);
	if (rc == 0)
		rc = learn_write_devices(o);
	learn_write_doubts(o, LEARN_OTHER);
	return rc;
}

int
learn_write(const struct learn *l, const struct learn_plan *plan, bool strict,
    FILE *to, struct error *error)
{
	struct learn_out o = {
		.to = to, .l = l, .plan = plan, .strict = strict
	};
	int rc = sort(&o);

	if (rc == 0) {
		write_head(&o);
		rc = write_sections(&o);
	}
	free(o.facts);
	free(o.doubts);
	if (rc != 0)
		error_set(error, "the policy: %s", strerror(-rc));
	return rc;
}
