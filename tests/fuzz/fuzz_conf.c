/* SPDX-License-Identifier: Apache-2.0 */
/* Any text as configuration: taken whole, or refused in one line. */
#include <config.h>

#include <stdlib.h>

#include "sensor/conf.h"
#include "tests/fuzz/fuzz.h"

#define NAME "fuzz.yaml"

static void
must(bool holds)
{
	if (!holds)
		abort();
}

static bool
same(const struct conf *a, const struct conf *b)
{
	for (size_t i = 0; i < a->ndetections; i++)
		if (a->detections[i].enabled != b->detections[i].enabled ||
		    a->detections[i].severity != b->detections[i].severity)
			return false;
	return strcmp(a->source, b->source) == 0 &&
	       strcmp(a->policy, b->policy) == 0 &&
	       a->classify == b->classify && a->suppress_s == b->suppress_s &&
	       memcmp(&a->limits, &b->limits, sizeof(a->limits)) == 0 &&
	       memcmp(a->values, b->values, a->nvalues * sizeof(*a->values)) ==
	           0;
}

static void
check(int rc, const struct conf *conf, const struct conf *presets,
    const struct error *error)
{
	must((rc == 0) == (error->text[0] == '\0'));
	if (rc == 0)
		must(conf->source[0] != '\0' && conf->limits.flows >= 64);
	else
		must(same(conf, presets) &&
		     strncmp(error->text, NAME ":", sizeof(NAME)) == 0 &&
		     strpbrk(error->text, "\r\n\t\033") == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conf conf, presets;
	struct error error = { "" };
	int rc;

	must(conf_init(&conf) == 0 && conf_init(&presets) == 0);
	rc = conf_parse(&conf, NAME, data, size, &error);
	check(rc, &conf, &presets, &error);
	conf_free(&conf);
	conf_free(&presets);
	return 0;
}
