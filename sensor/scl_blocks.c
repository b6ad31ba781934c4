/* SPDX-License-Identifier: Apache-2.0 */
/* Control blocks, their addresses and data sets become publishers. */
#include <config.h>

#include <errno.h>
#include <stdlib.h>

#include "dissectors/text.h"
#include "sensor/learn_write.h"
#include "sensor/scl_blocks.h"

#define BLOCKS 65536
#define SETS 131072
/* What is in the file is not chosen against us. */
static const uint8_t hash_key[SIPHASH_KEY] = "gridtap's blocks";
/* Publishers commonly say twice the time after which they repeat. */
#define TAL_FACTOR 2

int
scl_blocks_init(struct scl_blocks *b)
{
	if (learn_table_init(&b->blocks, hash_key, BLOCKS,
	        sizeof(struct scl_block), sizeof(struct scl_key)) != 0)
		return -ENOMEM;
	return learn_table_init(&b->sets, hash_key, SETS,
	    sizeof(struct scl_set), sizeof(struct scl_key));
}

void
scl_blocks_free(struct scl_blocks *b)
{
	learn_table_free(&b->blocks);
	learn_table_free(&b->sets);
}

/* "IED1CTRL/LLN0" and what follows; false if it does not fit. */
static bool
refer(const struct scl_block *b, const char *between, const char *last,
    uint8_t to[LEARN_NAME])
{
	char buf[LEARN_NAME];
	struct text t = text_over(buf, sizeof(buf));
	size_t n;

	if (b->ld_name[0] != '\0') {
		text_add(&t, b->ld_name);
	} else {
		text_add(&t, b->key.ied);
		text_add(&t, b->key.ld);
	}
	text_add(&t, between);
	text_add(&t, last);
	n = text_end(&t);
	memset(to, 0, LEARN_NAME);
	memcpy(to, buf, n);
	return n > 0;
}

static void
say(struct learn_publisher *p, const struct scl_block *b)
{
	struct text t = text_over(p->said, sizeof(p->said));

	text_add(&t, b->gse ? "sent at least every " : "without an address");
	if (b->gse && b->max_ms == 0) {
		t.n = 0;
		text_add(&t, "without MaxTime");
	} else if (b->gse) {
		text_u64(&t, b->max_ms);
		text_add(&t, " ms");
	}
	if (b->gse && b->min_ms > 0) {
		text_add(&t, ", after a change within ");
		text_u64(&t, b->min_ms);
		text_add(&t, " ms");
	}
	if (b->has_priority) {
		text_add(&t, ", VLAN priority ");
		text_u64(&t, b->priority);
	}
	text_end(&t);
}

static void
take_address(struct learn_publisher *p, const struct scl_block *b)
{
	memcpy(p->dst, b->dst, sizeof(p->dst));
	p->has_dst = b->has_dst;
	p->appid = b->appid;
	p->has_appid = b->has_appid;
	p->vlan = b->vlan;
	/* 0 is a tag of priority only */
	p->has_vlan = b->has_vlan && b->vlan != 0;
	if (b->max_ms <= UINT32_MAX / TAL_FACTOR)
		p->max_tal_ms = TAL_FACTOR * b->max_ms;
}

static int
take_block(const struct scl_blocks *all, const struct scl_block *b,
    const char *name, struct learn_publisher *p, struct error *error)
{
	struct scl_key key = b->key;
	const struct scl_set *set;

	if (!refer(b, "/LLN0$GO$", b->key.name, p->gocbref) ||
	    (b->datset[0] != '\0' &&
	        !refer(b, "/LLN0$", b->datset, p->datset))) {
		error_set(error,
		    "%s: the reference of %s at %s%s has more than %d octets",
		    name, b->key.name, b->key.ied, b->key.ld, LEARN_NAME - 1);
		return -EINVAL;
	}
	memset(key.name, 0, sizeof(key.name));
	memcpy(key.name, b->datset, sizeof(key.name));
	set = learn_table_find(&all->sets, &key);
	if (set != NULL && b->datset[0] != '\0') {
		p->entries = set->members;
		p->has_entries = true;
	}
	memcpy(p->goid, b->goid, sizeof(p->goid));
	p->confrev = b->confrev;
	p->has_confrev = b->has_confrev;
	p->differs = b->differs;
	p->clean = p->secured = b->secured ? LEARN_HABIT : 0;
	take_address(p, b);
	say(p, b);
	return 0;
}

static int
compare(const void *x, const void *y)
{
	const struct learn_publisher *a = x, *b = y;

	return memcmp(a->gocbref, b->gocbref, LEARN_NAME);
}

/* A GSE without its GSEControl configures nothing; it is named. */
static int
list_orphans(const struct scl_blocks *b, struct learn_plan *plan)
{
	size_t n = 0;
	FILE *to = open_memstream(&plan->notes, &n);

	if (to == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < b->blocks.used; i++) {
		const struct scl_block *it = learn_table_at(&b->blocks, i);

		if (!it->control)
			fprintf(to,
			    "# not taken in: the GSE %s of %s %s, which has "
			    "no GSEControl\n",
			    it->key.name, it->key.ied, it->key.ld);
	}
	return fclose(to) == 0 ? 0 : -ENOMEM;
}

int
scl_blocks_list(const struct scl_blocks *b, const char *name,
    struct learn_plan *plan, struct error *error)
{
	int rc = 0;

	plan->at = calloc((size_t)b->blocks.used + 1, sizeof(*plan->at));
	if (plan->at == NULL || list_orphans(b, plan) != 0) {
		error_set(error, "%s: %s", name, strerror(ENOMEM));
		return -ENOMEM;
	}
	for (uint32_t i = 0; rc == 0 && i < b->blocks.used; i++) {
		const struct scl_block *it = learn_table_at(&b->blocks, i);

		if (it->control)
			rc = take_block(
			    b, it, name, &plan->at[plan->n++], error);
	}
	if (plan->n > 0)
		qsort(plan->at, plan->n, sizeof(*plan->at), compare);
	for (size_t i = 1; rc == 0 && i < plan->n; i++)
		if (compare(&plan->at[i - 1], &plan->at[i]) == 0) {
			error_set(error,
			    "%s: two control blocks are %s; expected only one",
			    name, (const char *)plan->at[i].gocbref);
			rc = -EEXIST;
		}
	return rc;
}
