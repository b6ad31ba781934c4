/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration's YAML.  The schema is what bounds the nesting. */
#include <config.h>

#include <errno.h>

#include "sensor/conf_value.h"
#include "sensor/conf_yaml.h"
#include "sensor/yaml.h"

struct conf_reader {
	struct yaml yaml;
	struct conf_items *items;
};

/* The event is no value that the item could take. */
static int
fail_value(const struct conf_reader *r, const struct conf_item *it)
{
	const yaml_event_t *e = &r->yaml.event;
	char expected[CONF_SHOWN], shown[CONF_SHOWN];

	conf_value_expects(it, expected);
	if (yaml_is_null(&r->yaml))
		return yaml_fail(&r->yaml, &e->start_mark,
		    "%s has no value; expected %s", it->key, expected);
	if (e->type == YAML_SCALAR_EVENT)
		return yaml_fail(&r->yaml, &e->start_mark,
		    "%s is \"%s\"; expected %s", it->key,
		    yaml_shown(shown, sizeof(shown), yaml_scalar(&r->yaml)),
		    expected);
	return yaml_fail(&r->yaml, &e->start_mark, "%s is a %s; expected %s",
	    it->key, e->type == YAML_MAPPING_START_EVENT ? "section" : "list",
	    expected);
}

/* The key in hand, marked as seen; NULL, said in error, if it must not be. */
static struct conf_item *
take_key(struct conf_reader *r, const struct conf_item *section)
{
	const yaml_event_t *e = &r->yaml.event;
	struct conf_item *it;
	struct error said;

	if (e->type != YAML_SCALAR_EVENT) {
		yaml_fail(&r->yaml, &e->start_mark, "a %s; expected a key",
		    e->type == YAML_MAPPING_START_EVENT ? "section" : "list");
		return NULL;
	}
	it = conf_items_find(r->items, section, yaml_scalar(&r->yaml), &said);
	if (it == NULL) {
		yaml_fail(&r->yaml, &e->start_mark, "%s", said.text);
		return NULL;
	}
	if (it->line != 0) {
		yaml_fail(&r->yaml, &e->start_mark,
		    "%s stands here again; expected it only once, on line %zu",
		    it->key, it->line);
		return NULL;
	}
	it->line = e->start_mark.line + 1;
	return it;
}

static int
take_value(struct conf_reader *r, const struct conf_item *it)
{
	const yaml_event_t *e = &r->yaml.event;
	struct error said;

	if (e->type != YAML_SCALAR_EVENT || yaml_is_null(&r->yaml))
		return fail_value(r, it);
	if (conf_value_set(it, yaml_scalar(&r->yaml), !yaml_is_plain(&r->yaml),
	        &said) != 0)
		return yaml_fail(&r->yaml, &e->start_mark, "%s", said.text);
	return 0;
}

static int take_list(struct conf_reader *, const struct conf_item *);

/* The keys of a section whose begin is in hand; none deeper than the schema. */
static int
take_section(struct conf_reader *r, const struct conf_item *section)
{
	struct conf_item *it;
	int rc;

	for (;;) {
		rc = yaml_next(&r->yaml);
		if (rc != 0 || r->yaml.event.type == YAML_MAPPING_END_EVENT)
			return rc;
		it = take_key(r, section);
		if (it == NULL)
			return -EINVAL;
		rc = yaml_next(&r->yaml);
		if (rc != 0)
			return rc;
		if (it->type == CONF_LIST)
			rc = take_list(r, it);
		else if (it->type != CONF_SECTION)
			rc = take_value(r, it);
		else if (r->yaml.event.type == YAML_MAPPING_START_EVENT)
			rc = take_section(r, it);
		else if (!yaml_is_null(
		             &r->yaml)) /* all below may be comments */
			rc = fail_value(r, it);
		if (rc != 0)
			return rc;
	}
}

/* One element: a section of its own. */
static int
take_element(struct conf_reader *r, const struct conf_item *list)
{
	const yaml_event_t *e = &r->yaml.event;
	yaml_mark_t at = e->start_mark;
	struct conf_items element, *all = r->items;
	struct error said;
	int rc;

	if (e->type != YAML_MAPPING_START_EVENT)
		return yaml_fail(&r->yaml, &at,
		    "%s holds %s; expected sections: \"- key: value\"",
		    list->key, yaml_what(&r->yaml));
	if (conf_items_element(&element, list, all->conf, &said) != 0)
		return yaml_fail(&r->yaml, &at, "%s", said.text);
	r->items = &element;
	rc = take_section(r, &element.at[0]);
	r->items = all;
	if (rc == 0 && conf_items_whole(&element, &said) != 0)
		rc = yaml_fail(&r->yaml, &at, "%s", said.text);
	conf_items_free(&element);
	return rc;
}

/* What a file lists takes the place of what one before it did. */
static int
take_list(struct conf_reader *r, const struct conf_item *list)
{
	int rc;

	if (yaml_is_null(&r->yaml))
		return 0; /* all below may be comments */
	if (r->yaml.event.type != YAML_SEQUENCE_START_EVENT)
		return fail_value(r, list);
	r->items->conf->ndestinations = 0;
	for (;;) {
		rc = yaml_next(&r->yaml);
		if (rc != 0 || r->yaml.event.type == YAML_SEQUENCE_END_EVENT)
			return rc;
		rc = take_element(r, list);
		if (rc != 0)
			return rc;
	}
}

/* No document is an empty one: all presets. */
static int
take_document(struct conf_reader *r)
{
	if (r->yaml.event.type == YAML_MAPPING_START_EVENT)
		return take_section(r, NULL);
	if (r->yaml.event.type == YAML_STREAM_END_EVENT ||
	    yaml_is_null(&r->yaml))
		return 0;
	return yaml_fail(&r->yaml, &r->yaml.event.start_mark,
	    "%s; expected \"key: value\"", yaml_what(&r->yaml));
}

int
conf_yaml(struct conf_items *items, const char *name, struct bytes text,
    struct error *error)
{
	struct conf_reader r = { .items = items };
	int rc = yaml_open(&r.yaml, name, text, false, error);

	if (rc == 0)
		rc = take_document(&r);
	if (rc == 0)
		rc = yaml_end(&r.yaml);
	yaml_close(&r.yaml);
	return rc;
}
