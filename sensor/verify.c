/* SPDX-License-Identifier: Apache-2.0 */
/* gridtap events verify: raw storage against its chain. */
#include <config.h>

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "outputs/file/verify.h"
#include "sensor/commands.h"
#include "sensor/storage.h"
#include "sensor/verify.h"

static const char help[] =
    "usage: gridtap events verify [--key FILE] [--known N:HASH] FILE...\n\n"
    "Compares files of raw storage with the chains of hashes beside them\n"
    "(FILE.chain) and names the first line of each that was removed, changed,\n"
    "put in or exchanged.  Several files are given in the order in which they\n"
    "were written, the oldest first: none may be missing between them.\n\n"
    "  --key FILE      the key of the chain, if it has one\n"
    "  --known N:HASH  what an earlier run said of line N: proves that "
    "nothing\n"
    "                  up to there was written anew or cut off since\n\n"
    "Exit status: 0 all is as it was written; 1 something is not, or cannot\n"
    "be read; 2 wrong usage.\n";

enum { OPT_KEY = 256, OPT_KNOWN, OPT_HELP };

static const struct option options[] = {
	{ "key", required_argument, NULL, OPT_KEY },
	{ "known", required_argument, NULL, OPT_KNOWN },
	{ "help", no_argument, NULL, OPT_HELP },
	{ NULL, 0, NULL, 0 },
};

static bool
read_known(struct chain_link *known, const char *s)
{
	char *end;

	known->n = strtoull(s, &end, 10);
	if (*s < '1' || *s > '9' || *end != ':' ||
	    strlen(end + 1) != CHAIN_HASH ||
	    strspn(end + 1, "0123456789abcdef") != CHAIN_HASH)
		return false;
	memcpy(known->hash, end + 1, CHAIN_HASH + 1);
	return true;
}

static void
print(void *arg, const char *line)
{
	(void)arg;
	puts(line);
}

static int
wrong(const char *what)
{
	fprintf(stderr, "gridtap: events verify: %s\n", what);
	return EXIT_USAGE;
}

static int
verify_all(struct verify *v, char **paths)
{
	bool good = true;

	for (; *paths != NULL; paths++)
		good = verify_file(v, *paths, print, NULL) && good;
	if (v->known.n != 0 && !v->known_seen) {
		printf("line %" PRIu64 ", which was known, is in none of the "
		       "files\n",
		    v->known.n);
		good = false;
	}
	if (fflush(stdout) == 0 && !ferror(stdout))
		return good ? EXIT_DONE : EXIT_FAILED;
	fprintf(stderr, "gridtap: standard output: cannot write: %s\n",
	    strerror(errno));
	return EXIT_FAILED;
}

/* EXIT_DONE and what was asked for, or the status to end with. */
static int
parse(int argc, char **argv, const char **key, struct chain_link *known)
{
	int option;

	optind = 0;
	opterr = 0; /* in our own words */
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == OPT_HELP) {
			fputs(help, stdout);
			return -1;
		}
		if (option == '?')
			return wrong("unknown option, or one without its "
			             "value; try --help");
		if (option == OPT_KEY)
			*key = optarg;
		else if (!read_known(known, optarg))
			return wrong("--known expects N:HASH, as an earlier "
			             "run said it");
	}
	if (optind == argc)
		return wrong("expected files; try --help");
	return EXIT_DONE;
}

int
verify_command(int argc, char **argv)
{
	struct verify *v = calloc(1, sizeof(*v));
	struct chain_link known = { .n = 0 };
	uint8_t octets[CHAIN_KEY] = { 0 };
	const char *key = NULL;
	struct error error;
	int n = 0, status;

	if (v == NULL)
		return EXIT_FAILED;
	status = parse(argc, argv, &key, &known);
	if (status == EXIT_DONE && key != NULL) {
		n = storage_key(octets, key, &error);
		if (n < 0) {
			fprintf(stderr, "gridtap: %s\n", error.text);
			status = EXIT_FAILED;
		}
	}
	if (status == EXIT_DONE) {
		verify_start(v, octets, (size_t)n);
		v->known = known;
		status = verify_all(v, argv + optind);
	}
	explicit_bzero(octets, sizeof(octets));
	explicit_bzero(v, sizeof(*v));
	free(v);
	return status == -1 ? EXIT_DONE : status;
}
