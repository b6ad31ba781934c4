/* SPDX-License-Identifier: Apache-2.0 */
/* A fuzzer's main() without the fuzzer: reads a corpus through the harness. */
#include <config.h>

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

#define INPUT_MAX (1024 * 1024)

static unsigned read_inputs;

static void
replay_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *data = malloc(INPUT_MAX), *exact;
	size_t n;

	if (f == NULL || data == NULL) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		exit(2);
	}
	n = fread(data, 1, INPUT_MAX, f);
	fclose(f);
	/* in a block of its own size, so that ASan sees one octet too many */
	exact = malloc(n + (n == 0));
	if (exact == NULL)
		exit(2);
	memcpy(exact, data, n);
	free(data);
	LLVMFuzzerTestOneInput(exact, n);
	free(exact);
	read_inputs++;
}

static void
replay_folder(const char *folder)
{
	struct dirent **names;
	char path[4096];
	int n = scandir(folder, &names, NULL, alphasort);

	if (n < 0) {
		replay_file(folder);
		return;
	}
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]->d_name);
		if (names[i]->d_name[0] != '.')
			replay_file(path);
		free(names[i]);
	}
	free(names);
}

/* Folders and files; without any, the folder that CORPUS names. */
int
main(int argc, char **argv)
{
	const char *srcdir = getenv("srcdir");
	char corpus[4096];

	for (int i = 1; i < argc; i++)
		replay_folder(argv[i]);
	if (argc == 1) {
		snprintf(corpus, sizeof(corpus), "%s/tests/fuzz/" CORPUS,
		    srcdir != NULL ? srcdir : ".");
		replay_folder(corpus);
	}
	printf("%u passed, 0 failed\n", read_inputs);
	return read_inputs == 0;
}
