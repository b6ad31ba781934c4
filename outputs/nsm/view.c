/* SPDX-License-Identifier: Apache-2.0 */
/* A sorted copy of the counters page; see view.h. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "outputs/nsm/view.h"

struct row {
	uint32_t index[NSM_INDEX];
	uint8_t *p;
};

struct rows {
	size_t n, cap;
	struct row *at;
	uint8_t *octets;
};

/* Of an object's instances what is common to all. */
struct head {
	uint32_t oid[NSM_OID];
	size_t n;
};

struct nsm_view {
	struct rows tables[NSM_TABLES];
	struct head *heads; /* of nsm_objects[] */
};

/* A scalar's instance is .0. */
static unsigned
index_size(enum nsm_table table)
{
	return table == NSM_AGENT ? 1 : nsm_index_size(table);
}

/* Of an object's instances what is common to all; how many numbers. */
static size_t
prefix(uint32_t to[NSM_OID], const struct nsm_object *o)
{
	static const uint32_t none[NSM_INDEX];

	return nsm_oid(to, o->table, o->arc, none) - index_size(o->table);
}

struct nsm_view *
nsm_view_new(const struct nsm_page *page)
{
	struct nsm_view *v = calloc(1, sizeof(*v));

	if (v != NULL)
		v->heads = calloc(nsm_nobjects, sizeof(*v->heads));
	if (v == NULL || v->heads == NULL) {
		free(v);
		return NULL;
	}
	for (size_t i = 0; i < nsm_nobjects; i++)
		v->heads[i].n = prefix(v->heads[i].oid, &nsm_objects[i]);
	for (size_t i = 1; i < NSM_TABLES; i++) {
		struct rows *t = &v->tables[i];

		t->cap = nsm_page_cap(page, (enum nsm_table)i);
		t->at = calloc(t->cap + 1, sizeof(*t->at));
		t->octets = calloc(t->cap + 1, nsm_row_size((enum nsm_table)i));
		if (t->at == NULL || t->octets == NULL) {
			nsm_view_free(v);
			return NULL;
		}
	}
	return v;
}

void
nsm_view_free(struct nsm_view *v)
{
	for (size_t i = 0; v != NULL && i < NSM_TABLES; i++) {
		free(v->tables[i].at);
		free(v->tables[i].octets);
	}
	if (v != NULL)
		free(v->heads);
	free(v);
}

/* As OIDs are ordered: what is shorter comes first. */
static int
compare(const uint32_t *a, size_t na, const uint32_t *b, size_t nb)
{
	for (size_t i = 0; i < na && i < nb; i++)
		if (a[i] != b[i])
			return a[i] < b[i] ? -1 : 1;
	return na < nb ? -1 : na > nb;
}

static int
by_index(const void *a, const void *b)
{
	const struct row *r = a, *q = b;

	return compare(r->index, NSM_INDEX, q->index, NSM_INDEX);
}

static void
load(struct rows *t, const struct nsm_page *page, enum nsm_table table)
{
	uint32_t used = nsm_page_used(page, table);
	size_t size = nsm_row_size(table);
	bool sorted = true;

	t->n = 0;
	for (uint32_t i = 0; i < used; i++) {
		struct row *r = &t->at[t->n];

		memset(r->index, 0, sizeof(r->index));
		r->p = t->octets + t->n * size;
		if (nsm_page_get(page, table, i, r->index, r->p) != NSM_ROW)
			continue;
		for (size_t k = index_size(table); k < NSM_INDEX; k++)
			r->index[k] = 0;
		sorted = sorted && (t->n == 0 || by_index(r - 1, r) < 0);
		t->n++;
	}
	if (!sorted)
		qsort(t->at, t->n, sizeof(*t->at), by_index);
}

/* The first row whose index is not below; n numbers of it are known. */
static size_t
lower(const struct rows *t, unsigned size, const uint32_t *index, size_t n)
{
	size_t low = 0, high = t->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare(t->at[middle].index, size, index, n) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Counters of a meter that is not there belong to one that has left. */
static void
drop_strays(struct nsm_view *v)
{
	struct rows *fc = &v->tables[NSM_FC];
	const struct rows *meters = &v->tables[NSM_METER];
	size_t n = 0;

	for (size_t i = 0; i < fc->n; i++) {
		const uint32_t *index = fc->at[i].index;
		size_t k = lower(meters, 1, index, 1);

		if (k < meters->n && meters->at[k].index[0] == index[0])
			fc->at[n++] = fc->at[i];
	}
	fc->n = n;
}

/* Two of one index cannot both be right; the page was read while it changed. */
static void
drop_doubles(struct rows *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++)
		if (n == 0 || by_index(&t->at[n - 1], &t->at[i]) != 0)
			t->at[n++] = t->at[i];
	t->n = n;
}

void
nsm_view_load(struct nsm_view *v, const struct nsm_page *page)
{
	for (size_t i = 1; i < NSM_TABLES; i++) {
		load(&v->tables[i], page, (enum nsm_table)i);
		drop_doubles(&v->tables[i]);
	}
	drop_strays(v);
}

struct nsm_agent *
nsm_view_agent(struct nsm_view *v)
{
	struct rows *t = &v->tables[NSM_AGENT];

	/* without a sensor there is still somebody who answers */
	if (t->n == 0) {
		t->at[0] = (struct row){ { 0 }, t->octets };
		t->n = 1;
	}
	return (struct nsm_agent *)(void *)t->at[0].p;
}

size_t
nsm_view_rows(const struct nsm_view *v, enum nsm_table table)
{
	return v->tables[table].n;
}

bool
nsm_view_get(const struct nsm_view *v, const uint32_t *oid, size_t n,
    struct nsm_value *value)
{
	for (size_t i = 0; i < nsm_nobjects; i++) {
		const struct nsm_object *o = &nsm_objects[i];
		const struct rows *t = &v->tables[o->table];
		unsigned size = index_size(o->table);
		const uint32_t *p = v->heads[i].oid;
		size_t k, np = v->heads[i].n;

		if (n != np + size || compare(oid, np, p, np) != 0)
			continue;
		k = lower(t, size, oid + np, size);
		if (k == t->n ||
		    compare(t->at[k].index, size, oid + np, size) != 0)
			return false;
		nsm_value(value, o, t->at[k].p);
		return true;
	}
	return false;
}

bool
nsm_view_is_object(const uint32_t *oid, size_t n)
{
	for (size_t i = 0; i < nsm_nobjects; i++) {
		uint32_t p[NSM_OID];
		size_t np = prefix(p, &nsm_objects[i]);

		if (n > np && compare(oid, np, p, np) == 0)
			return true;
	}
	return false;
}

bool
nsm_view_next(const struct nsm_view *v, const uint32_t *oid, size_t n,
    uint32_t next[NSM_OID], size_t *nnext, struct nsm_value *value)
{
	for (size_t i = 0; i < nsm_nobjects; i++) {
		const struct nsm_object *o = &nsm_objects[i];
		const struct rows *t = &v->tables[o->table];
		unsigned size = index_size(o->table);
		const uint32_t *p = v->heads[i].oid;
		size_t k = 0, np = v->heads[i].n;

		if (n > np && compare(oid, np, p, np) == 0) {
			k = lower(t, size, oid + np, n - np);
			if (k < t->n && compare(t->at[k].index, size, oid + np,
			                    n - np) == 0)
				k++;
		} else if (compare(oid, n, p, np) > 0) {
			continue;
		}
		if (k == t->n)
			continue;
		memcpy(next, p, np * sizeof(*next));
		memcpy(next + np, t->at[k].index, size * sizeof(*next));
		*nnext = np + size;
		nsm_value(value, o, t->at[k].p);
		return true;
	}
	return false;
}

static void
print_oid(FILE *to, const struct nsm_ref *ref)
{
	size_t n;

	if (ref->table <= NSM_AGENT || ref->table >= NSM_TABLES) {
		fputs("OID: 0.0", to);
		return;
	}
	fprintf(
	    to, "OID: %s", nsm_columns((enum nsm_table)ref->table, &n)->name);
	for (unsigned i = 0; i < nsm_index_size((enum nsm_table)ref->table);
	     i++)
		fprintf(to, ".%u", ref->index[i]);
}

static void
print_octets(FILE *to, const struct nsm_value *v)
{
	fputs("Hex-STRING:", to);
	for (uint16_t i = 0; i < v->n; i++)
		fprintf(to, " %02X", v->p[i]);
}

static void
print_date(FILE *to, const struct nsm_value *v)
{
	const uint8_t *d = v->p;

	if (v->n < 11)
		fputs("STRING: 0-0-0,0:0:0.0", to);
	else
		fprintf(to, "STRING: %u-%u-%u,%u:%u:%u.%u,%c%u:%u",
		    d[0] * 256U + d[1], d[2], d[3], d[4], d[5], d[6], d[7],
		    d[8], d[9], d[10]);
}

static void
print_value(FILE *to, const struct nsm_value *v, uint64_t start)
{
	static const char *const types[] = { "Counter32", "Counter64",
		"Gauge32", "INTEGER", "INTEGER" };

	switch (v->kind) {
	case NSM_DATE:
		print_date(to, v);
		break;
	case NSM_STAMP:
		fprintf(to, "Timeticks: (%llu)",
		    v->number > start
		        ? (unsigned long long)(v->number - start) / 10000000
		        : 0ULL);
		break;
	case NSM_CHARS:
		fprintf(to, "STRING: %.*s", v->n, (const char *)v->p);
		break;
	case NSM_BYTES:
	case NSM_INET:
	case NSM_MAC:
		print_octets(to, v);
		break;
	case NSM_REF:
		print_oid(to, v->ref);
		break;
	default:
		fprintf(to, "%s: %llu",
		    v->kind == NSM_INETTYPE ? "INTEGER" : types[v->kind],
		    (unsigned long long)v->number);
	}
}

void
nsm_view_print(const struct nsm_view *v, FILE *to)
{
	const struct rows *agent = &v->tables[NSM_AGENT];
	uint64_t start =
	    agent->n > 0
	        ? ((const struct nsm_agent *)(const void *)agent->at[0].p)
	              ->start_ts
	        : 0;

	for (size_t i = 0; i < nsm_nobjects; i++) {
		const struct nsm_object *o = &nsm_objects[i];
		const struct rows *t = &v->tables[o->table];

		for (size_t k = 0; k < t->n; k++) {
			struct nsm_value value;

			fputs(o->name, to);
			for (unsigned j = 0; j < index_size(o->table); j++)
				fprintf(to, ".%u", t->at[k].index[j]);
			fputs(" = ", to);
			nsm_value(&value, o, t->at[k].p);
			print_value(to, &value, start);
			fputc('\n', to);
		}
	}
}
