/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any text as a keys file: items that could be taken, or one line that shows
 * nothing of the values.
 */
#include <config.h>

#include <stdlib.h>

#include "sensor/keys_yaml.h"
#include "tests/fuzz/fuzz.h"

#define NAME "fuzz.yaml"
#define SHOWN 12 /* digits in a row that no line of ours has */

static void
must(bool holds)
{
	if (!holds)
		abort();
}

static int
take(void *to, const struct keys_item *i)
{
	bool *in_set = to;

	must(i->kind <= KEYS_GROUP);
	if (i->kind == KEYS_SET)
		*in_set = true;
	if (i->kind == KEYS_KEY)
		must(*in_set && i->use < KEYRING_USES &&
		     (i->n == 16 || i->n == KEYRING_KEY));
	if (i->kind == KEYS_GROUP)
		must(i->n >= 16 && i->n <= GOOSE_KEY_MAX &&
		     i->algorithm <= GOOSE_GMAC_128 &&
		     memchr(i->gocbref, 0, sizeof(i->gocbref)) != NULL &&
		     (!i->any_id || i->gocbref[0] != '\0'));
	return 0;
}

/* No run of hexadecimal digits as long as that comes from the text. */
static void
shows_nothing(const char *error)
{
	size_t run = 0;

	for (; *error != '\0'; error++) {
		run = strchr("0123456789abcdefABCDEF", *error) != NULL ? run + 1
		                                                       : 0;
		must(run < SHOWN);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error error = { "" };
	bool in_set = false;
	int rc = keys_yaml(
	    NAME, (struct bytes){ data, size }, take, &in_set, &error);

	must((rc == 0) == (error.text[0] == '\0'));
	if (rc == 0)
		return 0;
	must(strncmp(error.text, NAME ":", sizeof(NAME)) == 0 &&
	     strpbrk(error.text, "\r\n\t\033") == NULL);
	shows_nothing(error.text);
	return 0;
}
