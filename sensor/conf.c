/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration as a whole: presets, files, single items. */
#include <config.h>

#include <errno.h>
#include <stdlib.h>

#include "dissectors/dissector.h"
#include "rules/detector.h"
#include "sensor/conf_value.h"
#include "sensor/conf_yaml.h"
#include "sensor/file.h"
#include "sensor/yaml.h"

#define FILE_MAX 1048576 /* octets; an honest one has a few thousand */

static size_t
count_parameters(const struct parameter *p)
{
	size_t n = 0;

	while (p != NULL && p[n].name != NULL)
		n++;
	return n;
}

/* Of detectors[which]; *rows if it is not NULL gets how many rows it has. */
static size_t
count_detector(size_t which, size_t *rows)
{
	const struct detection *row = detectors[which]->detections;
	size_t n = 0;

	for (; row->id != NULL; row++) {
		n += count_parameters(row->parameters);
		if (rows != NULL)
			++*rows;
	}
	return n;
}

static void
count_all(struct conf *conf)
{
	for (size_t i = 0; dissectors[i] != NULL; i++)
		conf->nvalues += count_parameters(dissectors[i]->parameters);
	for (size_t i = 0; worlds[i] != NULL; i++)
		conf->nvalues += count_parameters(worlds[i]->parameters);
	for (size_t i = 0; detectors[i] != NULL; i++)
		conf->nvalues += count_detector(i, &conf->ndetections);
}

/* Gets the arrays; one more of each, as calloc(0) may give NULL. */
static int
get_arrays(struct conf *conf)
{
	conf->detections =
	    calloc(conf->ndetections + 1, sizeof(*conf->detections));
	conf->values = calloc(conf->nvalues + 1, sizeof(*conf->values));
	conf->destinations = calloc(DESTINATIONS, sizeof(*conf->destinations));
	return conf->detections != NULL && conf->values != NULL &&
	               conf->destinations != NULL
	           ? 0
	           : -ENOMEM;
}

static void
name_detections(struct conf *conf)
{
	struct conf_detection *d = conf->detections;

	for (size_t i = 0; detectors[i] != NULL; i++)
		for (const struct detection *row = detectors[i]->detections;
		     row->id != NULL; row++)
			d++->id = row->id;
}

/* An equal one with arrays of its own; conf_free() in any case. */
static int
copy(struct conf *to, const struct conf *from)
{
	*to = *from;
	if (get_arrays(to) != 0)
		return -ENOMEM;
	memcpy(to->detections, from->detections,
	    from->ndetections * sizeof(*from->detections));
	memcpy(to->values, from->values, from->nvalues * sizeof(*from->values));
	memcpy(to->destinations, from->destinations,
	    from->ndestinations * sizeof(*from->destinations));
	return 0;
}

static int
fail_memory(const char *path, struct error *error)
{
	error_set(
	    error, "%s: %s; expected a file to read", path, strerror(ENOMEM));
	return -ENOMEM;
}

/* The item that a dotted key names; NULL, said in error. */
static const struct conf_item *
find_dotted(
    const struct conf_items *items, struct bytes key, struct error *error)
{
	const struct conf_item *it = NULL;
	const uint8_t *dot;

	while ((dot = memchr(key.p, '.', key.n)) != NULL) {
		struct bytes name = { key.p, (size_t)(dot - key.p) };

		it = conf_items_find(items, it, name, error);
		if (it == NULL)
			return NULL;
		key.p += name.n + 1;
		key.n -= name.n + 1;
	}
	return conf_items_find(items, it, key, error);
}

static int
set_item(
    const struct conf_items *items, const char *assignment, struct error *error)
{
	const char *value = strchrnul(assignment, '=');
	struct bytes key = { (const uint8_t *)assignment,
		(size_t)(value - assignment) };
	const struct conf_item *it = find_dotted(items, key, error);
	char expected[CONF_SHOWN];

	if (it == NULL)
		return -EINVAL;
	conf_value_expects(it, expected);
	if (it->type == CONF_LIST) {
		error_set(error, "a list; expected it in a file");
		return -EINVAL;
	}
	if (it->type == CONF_SECTION) {
		error_set(error, "a section; expected %s.KEY=VALUE", it->key);
		return -EINVAL;
	}
	if (*value == '\0') {
		error_set(error, "no value; expected %s=VALUE, %s", it->key,
		    expected);
		return -EINVAL;
	}
	return conf_value_set(it,
	    (struct bytes){ (const uint8_t *)value + 1, strlen(value + 1) },
	    false, error);
}

static void
put_parameters(const struct parameter *p, const uint32_t *values, void *base)
{
	for (; p != NULL && p->name != NULL; p++)
		memcpy((char *)base + p->offset, values++, sizeof(*values));
}

int
conf_init(struct conf *conf)
{
	struct conf_items items;
	int rc;

	*conf = (struct conf){ 0 };
	count_all(conf);
	rc = get_arrays(conf);
	if (rc == 0)
		rc = conf_items_new(&items, conf);
	if (rc != 0)
		return rc;
	name_detections(conf);
	conf_items_preset(&items);
	conf_items_free(&items);
	return 0;
}

void
conf_free(struct conf *conf)
{
	free(conf->detections);
	free(conf->values);
	free(conf->destinations);
	conf->detections = NULL;
	conf->values = NULL;
	conf->destinations = NULL;
}

int
conf_load(struct conf *conf, const char *path, struct error *error)
{
	uint8_t *text;
	size_t n;
	int rc = file_read(path, FILE_MAX, &text, &n, error);

	if (rc != 0)
		return rc;
	rc = conf_parse(conf, path, text, n, error);
	free(text);
	return rc;
}

int
conf_parse(struct conf *conf, const char *name, const uint8_t *text, size_t n,
    struct error *error)
{
	struct conf_items items = { 0 };
	struct conf old = *conf, fresh;
	int rc = copy(&fresh, conf);

	if (rc == 0)
		rc = conf_items_new(&items, &fresh);
	if (rc != 0)
		fail_memory(name, error);
	else
		rc = conf_yaml(&items, name, (struct bytes){ text, n }, error);
	if (rc == 0)
		*conf = fresh;
	conf_free(rc == 0 ? &old : &fresh);
	conf_items_free(&items);
	return rc;
}

int
conf_set(struct conf *conf, const char *assignment, struct error *error)
{
	struct conf_items items;
	struct error said = { "no memory" };
	int rc = conf_items_new(&items, conf);
	char shown[CONF_SHOWN];
	struct bytes key = { (const uint8_t *)assignment,
		strcspn(assignment, "=") };

	if (rc == 0)
		rc = set_item(&items, assignment, &said);
	yaml_shown(shown, sizeof(shown), key);
	if (rc != 0)
		error_set(error, "--set %s: %s", shown, said.text);
	conf_items_free(&items);
	return rc;
}

const struct conf_detection *
conf_detection(const struct conf *conf, const char *id)
{
	for (size_t i = 0; i < conf->ndetections; i++)
		if (strcmp(conf->detections[i].id, id) == 0)
			return &conf->detections[i];
	return NULL;
}

/* Where the values of worlds, and behind them those of detectors begin. */
static const uint32_t *
world_values(const struct conf *conf)
{
	const uint32_t *values = conf->values;

	for (size_t i = 0; dissectors[i] != NULL; i++)
		values += count_parameters(dissectors[i]->parameters);
	return values;
}

void
conf_dissector(const struct conf *conf, size_t which, void *settings)
{
	const uint32_t *values = conf->values;

	for (size_t i = 0; i < which; i++)
		values += count_parameters(dissectors[i]->parameters);
	put_parameters(dissectors[which]->parameters, values, settings);
}

void
conf_world(const struct conf *conf, size_t which, void *state)
{
	const uint32_t *values = world_values(conf);

	for (size_t i = 0; i < which; i++)
		values += count_parameters(worlds[i]->parameters);
	put_parameters(worlds[which]->parameters, values, state);
}

void
conf_detector(const struct conf *conf, size_t which, void *state)
{
	const uint32_t *values = world_values(conf);

	for (size_t i = 0; worlds[i] != NULL; i++)
		values += count_parameters(worlds[i]->parameters);
	for (size_t i = 0; i < which; i++)
		values += count_detector(i, NULL);
	for (const struct detection *row = detectors[which]->detections;
	     row->id != NULL; row++) {
		put_parameters(row->parameters, values, state);
		values += count_parameters(row->parameters);
	}
}
