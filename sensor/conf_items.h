/* SPDX-License-Identifier: Apache-2.0 */
/* Every key of the configuration: what it is called, takes and sets. */
#ifndef SENSOR_CONF_ITEMS_H
#define SENSOR_CONF_ITEMS_H

#include "sensor/conf.h"

#define CONF_KEY 96 /* the longest key with its sections and NUL */

enum conf_type {
	CONF_SECTION, /* has keys below it and no value */
	CONF_TEXT,
	CONF_BOOL,
	CONF_NUMBER,
	CONF_SEVERITY,
	CONF_WORD, /* one of the words in text; the value is its place */
	CONF_LIST  /* of sections, which conf_items_element() knows */
};

struct conf_item {
	char key[CONF_KEY]; /* "limits.flows" */
	enum conf_type type;
	void *to;             /* in the struct conf; NULL for a section */
	uint32_t least, most; /* of a number; of a text: octets */
	uint32_t preset;
	const char *text; /* preset of a text; words with a space between */
	size_t line;      /* of the file that sets it; 0: none does yet */
};

struct conf_items {
	struct conf_item *at;
	size_t n;
	struct conf *conf;
};

/*
 * The keys of a conf whose arrays are there; they point into it and are only
 * good as long as it is.  0 or -ENOMEM.
 */
int conf_items_new(struct conf_items *, struct conf *);
void conf_items_free(struct conf_items *);

/* Puts every preset in place. */
void conf_items_preset(const struct conf_items *);

/*
 * The keys of one more element of a list, at their presets; the first item is
 * its section.  0; -ENOMEM; or -E2BIG, said in error: there are too many.
 */
int conf_items_element(struct conf_items *, const struct conf_item *list,
    struct conf *, struct error *);

/*
 * Whether an element is whole, now that all its keys were read.  0, or
 * -EINVAL, with what was found and expected in error, without place.
 */
int conf_items_whole(const struct conf_items *, struct error *);

/*
 * The key of this name right below section, at the top if that is NULL.
 * NULL, with what was found and what was expected in error, without place.
 */
struct conf_item *conf_items_find(const struct conf_items *,
    const struct conf_item *section, struct bytes name, struct error *);

#endif
