/* SPDX-License-Identifier: Apache-2.0 */
/* The traffic by what it was, and the sums that must agree. */
#include <config.h>

#include <stdio.h>

#include "sensor/inventory.h"
#include "sensor/ip.h"
#include "sensor/link.h"

void
inventory_ethertype(struct inventory *v, uint16_t type)
{
	size_t i = 0;

	while (i < v->ntypes && v->type[i].type != type)
		i++;
	if (i == INVENTORY_TYPES) {
		v->types_beyond++;
		return;
	}
	if (i == v->ntypes) {
		v->type[i].type = type;
		v->type[i].n = 0;
		v->ntypes++;
	}
	v->type[i].n++;
}

void
inventory_layer(struct inventory *v, enum layer layer)
{
	if (layer == LAYER_WAIT)
		v->fragments++;
	else if (layer == LAYER_CUT)
		v->cut++;
	else if (layer == LAYER_BROKEN)
		v->broken++;
	else
		v->unknown++;
}

/* One member of "other", and its share of the sum. */
static void
put(struct json *j, const char *name, uint64_t n, uint64_t *sum)
{
	if (n == 0)
		return;
	json_u64(j, name, n);
	*sum += n;
}

static void
write_types(const struct inventory *v, struct json *j, uint64_t *sum)
{
	char number[32];

	for (unsigned p = 0; p < 256; p++) {
		const char *name = ip_name((uint8_t)p);

		snprintf(number, sizeof(number), "IP-%u", p);
		put(j, name != NULL ? name : number, v->protocol[p], sum);
	}
	for (size_t i = 0; i < v->ntypes; i++) {
		const char *name = link_name(v->type[i].type);

		snprintf(number, sizeof(number), "ethertype-0x%04x",
		    v->type[i].type);
		put(j, name != NULL ? name : number, v->type[i].n, sum);
	}
	put(j, "ethertypes-beyond", v->types_beyond, sum);
	put(j, "IP-Fragments", v->fragments, sum);
}

void
inventory_write(
    const struct inventory *v, struct json *j, const struct classify *classify)
{
	uint64_t dissected = 0, other = 0,
	         strange = v->cut + v->broken + v->unknown;

	json_open(j, "other", '{');
	for (uint16_t i = 1; i < CLASSIFY_LABELS; i++)
		if (v->label[i] > 0)
			put(j, classify_name(classify, i), v->label[i], &other);
	put(j, "Unclassified", v->label[CLASSIFY_NOT], &other);
	write_types(v, j, &other);
	json_close(j, '}');
	for (size_t i = 0; i < INVENTORY_APPS; i++)
		dissected += v->app[i];
	json_open(j, "sum", '{');
	json_u64(j, "dissected", dissected);
	json_u64(j, "other", other);
	json_u64(j, "not_understood", strange);
	json_u64(j, "duplicates", v->duplicates);
	json_u64(j, "packets", dissected + other + strange + v->duplicates);
	json_close(j, '}');
}
