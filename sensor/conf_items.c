/* SPDX-License-Identifier: Apache-2.0 */
/* The schema: fixed keys, and those that the registries bring along. */
#include <config.h>

#include <errno.h>
#include <stdlib.h>

#include "dissectors/dissector.h"
#include "rules/detector.h"
#include "sensor/conf_destination.h"
#include "sensor/conf_value.h"
#include "sensor/typo.h"
#include "sensor/yaml.h"

#define LISTED_MAX 200 /* octets of key names in an error */

struct schema {
	const char *key;
	enum conf_type type;
	size_t offset; /* in struct conf or struct conf_detection */
	uint32_t preset, least, most;
	const char *text;
};

#define LIMIT(name, preset, least, most)                                       \
	{                                                                      \
		"limits." #name, CONF_NUMBER,                                  \
		    offsetof(struct conf, limits.name), preset, least, most,   \
		    NULL                                                       \
	}
#define WORLD(name, preset, least, most)                                       \
	{                                                                      \
		"limits." #name, CONF_NUMBER,                                  \
		    offsetof(struct conf, world.name), preset, least, most,    \
		    NULL                                                       \
	}

#define MONITOR(name, preset, least, most)                                     \
	{                                                                      \
		"monitor." #name, CONF_NUMBER,                                 \
		    offsetof(struct conf, monitor.name), preset, least, most,  \
		    NULL                                                       \
	}
#define MONITOR_TEXT(name, least, preset)                                      \
	{                                                                      \
		"monitor." #name, CONF_TEXT,                                   \
		    offsetof(struct conf, monitor.name), 0, least,             \
		    sizeof(((struct conf *)0)->monitor.name) - 1, preset       \
	}

static const struct schema fixed[] = {
	{ "source", CONF_TEXT, offsetof(struct conf, source), 0, 1,
	    CONF_SOURCE - 1, "gridtap" },
	{ "policy", CONF_TEXT, offsetof(struct conf, policy), 0, 0,
	    CONF_PATH - 1, "" },
	{ "keys", CONF_TEXT, offsetof(struct conf, keys), 0, 0, CONF_PATH - 1,
	    "" },
	{ "state", CONF_SECTION, 0, 0, 0, 0, NULL },
	{ "state.path", CONF_TEXT, offsetof(struct conf, state), 0, 0,
	    CONF_PATH - 1, "" },
	{ "state.interval_s", CONF_NUMBER,
	    offsetof(struct conf, state_interval_s), 10, 1, 3600, NULL },
	{ "state.keep_days", CONF_NUMBER,
	    offsetof(struct conf, state_keep_days), 400, 0, 36500, NULL },
	{ "state.meters", CONF_NUMBER, offsetof(struct conf, state_meters),
	    4194304, 0, 100000000, NULL },
	{ "outputs", CONF_LIST, 0, 0, 0, 0, NULL },
	{ "spool", CONF_SECTION, 0, 0, 0, 0, NULL },
	{ "spool.path", CONF_TEXT, offsetof(struct conf, spool), 0, 1,
	    CONF_PATH - 1, "/var/lib/gridtap/spool" },
	{ "spool.wait_s", CONF_NUMBER, offsetof(struct conf, spool_wait_s), 5,
	    0, 3600, NULL },
	{ "suppress_s", CONF_NUMBER, offsetof(struct conf, suppress_s), 300, 0,
	    604800, NULL },
	{ "rate", CONF_SECTION, 0, 0, 0, 0, NULL },
	{ "rate.alarm", CONF_NUMBER, offsetof(struct conf, rate[0]), 0, 0,
	    1000000, NULL },
	{ "rate.error", CONF_NUMBER, offsetof(struct conf, rate[1]), 0, 0,
	    1000000, NULL },
	{ "rate.warning", CONF_NUMBER, offsetof(struct conf, rate[2]), 0, 0,
	    1000000, NULL },
	{ "rate.notice", CONF_NUMBER, offsetof(struct conf, rate[3]), 0, 0,
	    1000000, NULL },
	{ "storage", CONF_SECTION, 0, 0, 0, 0, NULL },
	{ "storage.path", CONF_TEXT, offsetof(struct conf, storage.path), 0, 0,
	    CONF_PATH - 1, "" },
	{ "storage.format", CONF_TEXT, offsetof(struct conf, storage.format), 0,
	    1, 15, "syslog" },
	{ "storage.key", CONF_TEXT, offsetof(struct conf, storage.key), 0, 0,
	    CONF_PATH - 1, "" },
	{ "storage.rotate_mib", CONF_NUMBER,
	    offsetof(struct conf, storage.rotate_mib), 64, 0, 1048576, NULL },
	{ "storage.rotate_h", CONF_NUMBER,
	    offsetof(struct conf, storage.rotate_h), 24, 0, 87600, NULL },
	{ "storage.keep", CONF_NUMBER, offsetof(struct conf, storage.keep), 0,
	    0, 1000000, NULL },
	{ "storage.sync", CONF_BOOL, offsetof(struct conf, storage.sync), true,
	    0, 0, NULL },
	{ "classify", CONF_SECTION, 0, 0, 0, 0, NULL },
	{ "classify.enabled", CONF_BOOL, offsetof(struct conf, classify), true,
	    0, 0, NULL },
	{ "limits", CONF_SECTION, 0, 0, 0, 0, NULL },
	LIMIT(flows, 131072, 64, 16777216),
	LIMIT(blocks, 4096, 64, 1048576),
	LIMIT(large_blocks, 64, 4, 16384),
	LIMIT(out_of_order, 64, 1, 255),
	LIMIT(fragments, 64, 1, 4096),
	LIMIT(messages, 1024, 16, 1048576),
	LIMIT(history_kib, 1024, 0, 1048576),
	LIMIT(duplicates, 8192, 0, 16777216),
	LIMIT(duplicate_ms, 5, 0, 1000),
	LIMIT(folds, 4096, 16, 1048576),
	LIMIT(events, 1024, 16, 1048576),
	WORLD(meters, 65536, 16, 4194304),
	WORLD(sessions, 65536, 16, 1048576),
	WORLD(links, 65536, 16, 1048576),
	WORLD(points, 131072, 16, 4194304),
	WORLD(associations, 16384, 16, 1048576),
	WORLD(publishers, 8192, 16, 262144),
	WORLD(hosts, 16384, 16, 1048576),
	{ "monitor", CONF_SECTION, 0, 0, 0, 0, NULL },
	MONITOR_TEXT(interfaces, 0, ""),
	MONITOR_TEXT(user, 0, "gridtap"),
	MONITOR_TEXT(socket, 0, "/run/gridtap/control"),
	MONITOR_TEXT(prometheus, 0, ""),
	MONITOR_TEXT(nsm, 0, ""),
	MONITOR(buffer_mib, 64, 1, 2047),
	MONITOR(queue_mib, 16, 1, 4096),
	MONITOR(snaplen, 65535, 64, 262144),
	MONITOR(drain_ms, 5000, 100, 60000),
	{ "monitor.promiscuous", CONF_BOOL,
	    offsetof(struct conf, monitor.promiscuous), true, 0, 0, NULL },
	{ "tracking", CONF_SECTION, 0, 0, 0, 0, NULL },
	{ "detections", CONF_SECTION, 0, 0, 0, 0, NULL },
};

/* What every detection has; severity 0 is the catalogue's. */
static const struct schema of_detection[] = {
	{ "enabled", CONF_BOOL, offsetof(struct conf_detection, enabled), true,
	    0, 0, NULL },
	{ "severity", CONF_SEVERITY, offsetof(struct conf_detection, severity),
	    0, 0, 0, NULL },
};

#define TO(name) offsetof(struct destination, name)
#define OCTETS(name) (uint32_t)sizeof(((struct destination *)0)->name) - 1

/* What every destination of the list "outputs" has. */
static const struct schema of_destination[] = {
	{ "name", CONF_TEXT, TO(name), 0, 1, OCTETS(name), "" },
	{ "type", CONF_WORD, TO(type), DESTINATION_SYSLOG, 0, 0,
	    "syslog redis" },
	{ "transport", CONF_WORD, TO(transport), DESTINATION_TLS, 0, 0,
	    "tls relp tcp udp" },
	{ "format", CONF_TEXT, TO(format), 0, 1, OCTETS(format), "syslog" },
	{ "group", CONF_TEXT, TO(group), 0, 0, OCTETS(group), "" },
	{ "host", CONF_TEXT, TO(host), 0, 1, OCTETS(host), "" },
	{ "port", CONF_NUMBER, TO(port), 6514, 1, 65535, NULL },
	{ "server_name", CONF_TEXT, TO(server_name), 0, 1, OCTETS(server_name),
	    "" },
	{ "ca", CONF_TEXT, TO(ca), 0, 1, OCTETS(ca), "" },
	{ "certificate", CONF_TEXT, TO(certificate), 0, 1, OCTETS(certificate),
	    "" },
	{ "key", CONF_TEXT, TO(key), 0, 1, OCTETS(key), "" },
	{ "crl", CONF_TEXT, TO(crl), 0, 1, OCTETS(crl), "" },
	{ "tls_min", CONF_WORD, TO(tls_min), DESTINATION_TLS12, 0, 0,
	    "1.2 1.3" },
	{ "ciphers", CONF_TEXT, TO(ciphers), 0, 1, OCTETS(ciphers), "" },
	{ "insecure", CONF_BOOL, TO(insecure), false, 0, 0, NULL },
	{ "stream", CONF_TEXT, TO(stream), 0, 1, OCTETS(stream),
	    "gridtap:events" },
	{ "stream_length", CONF_NUMBER, TO(stream_length), 100000, 1,
	    1000000000, NULL },
	{ "user", CONF_TEXT, TO(user), 0, 1, OCTETS(user), "default" },
	{ "password_file", CONF_TEXT, TO(password_file), 0, 1,
	    OCTETS(password_file), "" },
	{ "spool_mib", CONF_NUMBER, TO(spool_mib), 256, 1, 1048576, NULL },
	{ "spool_h", CONF_NUMBER, TO(spool_h), 720, 0, 87600, NULL },
	{ "resend", CONF_NUMBER, TO(resend), 10000, 0, 1000000, NULL },
	{ "timeout_s", CONF_NUMBER, TO(timeout_s), 10, 1, 300, NULL },
	{ "retry_s", CONF_NUMBER, TO(retry_s), 60, 1, 3600, NULL },
};

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* Names are ours, and short. */
static void
join(char to[CONF_KEY], const char *section, const char *name)
{
	struct text t = text_over(to, CONF_KEY);

	text_add(&t, section);
	text_add(&t, *section != '\0' ? "." : "");
	text_add(&t, name);
	text_end(&t);
}

/* One more item, to be filled in. */
static struct conf_item *
add(struct conf_items *items, enum conf_type type, const char *section,
    const char *name)
{
	struct conf_item *it = &items->at[items->n++];

	it->type = type;
	join(it->key, section, name);
	return it;
}

static void
add_schema(struct conf_items *items, const char *section,
    const struct schema *s, void *base)
{
	struct conf_item *it = add(items, s->type, section, s->key);

	it->to = s->type != CONF_SECTION && s->type != CONF_LIST
	             ? (char *)base + s->offset
	             : NULL;
	it->preset = s->preset;
	it->least = s->least;
	it->most = s->most;
	it->text = s->text;
}

/* Adds a table of parameters; where their values end. */
static uint32_t *
add_parameters(struct conf_items *items, const char *section,
    const struct parameter *p, uint32_t *values)
{
	for (; p != NULL && p->name != NULL; p++) {
		struct conf_item *it =
		    add(items, CONF_NUMBER, section, p->name);

		it->to = values++;
		it->preset = p->preset;
		it->least = p->least;
		it->most = p->most;
	}
	return values;
}

static void
add_world(struct conf_items *items, const struct world *w, uint32_t **values)
{
	char section[CONF_KEY];

	if (w->parameters == NULL)
		return;
	add(items, CONF_SECTION, "tracking", w->protocol);
	join(section, "tracking", w->protocol);
	*values = add_parameters(items, section, w->parameters, *values);
}

static void
add_detection(struct conf_items *items, const struct detection *row,
    struct conf_detection *d, uint32_t **values)
{
	char section[CONF_KEY];

	add(items, CONF_SECTION, "detections", row->id);
	join(section, "detections", row->id);
	for (size_t i = 0; i < COUNT(of_detection); i++)
		add_schema(items, section, &of_detection[i], d);
	*values = add_parameters(items, section, row->parameters, *values);
}

static void
add_all(struct conf_items *items, struct conf *conf)
{
	struct conf_detection *d = conf->detections;
	uint32_t *values = conf->values;

	for (size_t i = 0; i < COUNT(fixed); i++)
		add_schema(items, "", &fixed[i], conf);
	for (size_t i = 0; dissectors[i] != NULL; i++) {
		if (dissectors[i]->parameters == NULL)
			continue;
		add(items, CONF_SECTION, "", dissectors[i]->name);
		values = add_parameters(items, dissectors[i]->name,
		    dissectors[i]->parameters, values);
	}
	for (size_t i = 0; worlds[i] != NULL; i++)
		add_world(items, worlds[i], &values);
	for (size_t i = 0; detectors[i] != NULL; i++)
		for (const struct detection *row = detectors[i]->detections;
		     row->id != NULL; row++)
			add_detection(items, row, d++, &values);
}

/* The name of the item right below section, or NULL: it is elsewhere. */
static const char *
name_below(const struct conf_item *it, const struct conf_item *section)
{
	size_t n = section != NULL ? strlen(section->key) : 0;
	const char *name = it->key;

	if (section != NULL) {
		if (strncmp(it->key, section->key, n) != 0 || name[n] != '.')
			return NULL;
		name += n + 1;
	}
	return strchr(name, '.') == NULL ? name : NULL;
}

static const char *
last_name(const struct conf_item *it)
{
	const char *dot = strrchr(it->key, '.');

	return dot != NULL ? dot + 1 : it->key;
}

static bool
equal(const char *name, struct bytes typed)
{
	return strlen(name) == typed.n && memcmp(name, typed.p, typed.n) == 0;
}

/* What may have been meant: a sibling that is close, or a namesake. */
static const struct conf_item *
nearest(const struct conf_items *items, const struct conf_item *section,
    struct bytes typed)
{
	const struct conf_item *best = NULL;
	size_t best_d = typed.n / 3 + 1;

	if (typed.n > TYPO_MAX)
		return NULL;
	for (size_t i = 0; i < items->n; i++) {
		const char *name = name_below(&items->at[i], section);
		size_t d = name != NULL ? typo_distance(name, typed) : best_d;

		if (d < best_d) {
			best_d = d;
			best = &items->at[i];
		}
	}
	for (size_t i = 0; best == NULL && i < items->n; i++)
		if (equal(last_name(&items->at[i]), typed))
			best = &items->at[i];
	return best;
}

/* The names below section, as far as they fit into a line. */
static void
list_names(const struct conf_items *items, const struct conf_item *section,
    char to[LISTED_MAX])
{
	struct text t = text_over(to, LISTED_MAX);

	for (size_t i = 0; i < items->n; i++) {
		const char *name = name_below(&items->at[i], section);

		if (name == NULL)
			continue;
		if (t.n + strlen(name) > LISTED_MAX - 8) {
			text_add(&t, ", ...");
			break;
		}
		text_add(&t, t.n > 0 ? ", " : "");
		text_add(&t, name);
	}
	text_end(&t);
}

static void
say_unknown(const struct conf_items *items, const struct conf_item *section,
    struct bytes typed, struct error *error)
{
	const struct conf_item *near = nearest(items, section, typed);
	const char *above = section != NULL ? section->key : "";
	const char *dot = section != NULL ? "." : "";
	char names[LISTED_MAX], shown[CONF_SHOWN];

	yaml_shown(shown, sizeof(shown), typed);
	if (near != NULL) {
		error_set(error, "unknown key \"%s%s%s\"; did you mean \"%s\"?",
		    above, dot, shown, near->key);
		return;
	}
	list_names(items, section, names);
	error_set(error, "unknown key \"%s%s%s\"; expected %s%s", above, dot,
	    shown, *names != '\0' ? "one of " : "none here", names);
}

int
conf_items_new(struct conf_items *items, struct conf *conf)
{
	size_t n = COUNT(fixed) + conf->nvalues +
	           conf->ndetections * (1 + COUNT(of_detection));

	for (size_t i = 0; dissectors[i] != NULL; i++)
		n++;
	for (size_t i = 0; worlds[i] != NULL; i++)
		n++;
	items->n = 0;
	items->conf = conf;
	items->at = calloc(n, sizeof(*items->at));
	if (items->at == NULL)
		return -ENOMEM;
	add_all(items, conf);
	return 0;
}

void
conf_items_free(struct conf_items *items)
{
	free(items->at);
}

void
conf_items_preset(const struct conf_items *items)
{
	for (size_t i = 0; i < items->n; i++) {
		const struct conf_item *it = &items->at[i];

		if (it->type == CONF_TEXT)
			strcpy(it->to, it->text);
		else if (it->type == CONF_BOOL)
			*(bool *)it->to = it->preset != 0;
		else if (it->type == CONF_NUMBER || it->type == CONF_WORD)
			*(uint32_t *)it->to = it->preset;
		else if (it->type == CONF_SEVERITY)
			*(enum severity *)it->to = 0;
	}
}

struct conf_item *
conf_items_find(const struct conf_items *items, const struct conf_item *section,
    struct bytes name, struct error *error)
{
	for (size_t i = 0; i < items->n; i++) {
		const char *n = name_below(&items->at[i], section);

		if (n != NULL && equal(n, name))
			return &items->at[i];
	}
	say_unknown(items, section, name, error);
	return NULL;
}

int
conf_items_element(struct conf_items *items, const struct conf_item *list,
    struct conf *conf, struct error *error)
{
	char section[CONF_KEY];

	if (conf->ndestinations == DESTINATIONS) {
		error_set(error, "%s has another one; expected at most %d",
		    list->key, DESTINATIONS);
		return -E2BIG;
	}
	*items = (struct conf_items){ .conf = conf };
	items->at = calloc(1 + COUNT(of_destination), sizeof(*items->at));
	if (items->at == NULL) {
		error_set(error, "no memory");
		return -ENOMEM;
	}
	snprintf(section, sizeof(section), "%.60s[%u]", list->key,
	    (unsigned)conf->ndestinations + 1);
	add(items, CONF_SECTION, "", section);
	for (size_t i = 0; i < COUNT(of_destination); i++)
		add_schema(items, section, &of_destination[i],
		    &conf->destinations[conf->ndestinations]);
	conf_items_preset(items);
	conf->ndestinations++;
	return 0;
}

int
conf_items_whole(const struct conf_items *items, struct error *error)
{
	return conf_destination_whole(items->conf, error);
}
