/* SPDX-License-Identifier: Apache-2.0 */
/* The files that raw storage has put aside: their names and numbers. */
#include <config.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "outputs/file/journal_parts.h"

#define DIGITS 6 /* of a number, at least */

void
journal_name(char name[PATH_MAX], const struct journal *j, uint32_t number,
    const char *suffix)
{
	if (number == 0)
		snprintf(name, PATH_MAX, "%s%s", j->path, suffix);
	else
		snprintf(name, PATH_MAX, "%s.%0*u%s", j->path, DIGITS, number,
		    suffix);
}

/* Of a file that was put aside, its chain's too; or 0. */
static uint32_t
number_of(const char *name, const char *base)
{
	size_t n = strlen(base), digits;
	unsigned long v;

	if (strncmp(name, base, n) != 0 || name[n] != '.')
		return 0;
	name += n + 1;
	digits = strspn(name, "0123456789");
	if (digits < DIGITS || digits > 9 ||
	    (name[digits] != '\0' && strcmp(name + digits, CHAIN_SUFFIX) != 0))
		return 0;
	v = strtoul(name, NULL, 10);
	return (uint32_t)v;
}

/* Calls it for each number; a number may come twice. */
static void
each_number(const struct journal *j,
    void (*each)(const struct journal *, uint32_t number, void *arg), void *arg)
{
	char folder[PATH_MAX], base[PATH_MAX];
	const char *name;
	struct dirent *d;
	uint32_t number;
	DIR *dir;

	strcpy(folder, j->path);
	strcpy(base, j->path);
	name = basename(base);
	dir = opendir(dirname(folder));
	if (dir == NULL)
		return; /* what does not open is said where files are opened */
	while ((d = readdir(dir)) != NULL) {
		number = number_of(d->d_name, name);
		if (number != 0)
			each(j, number, arg);
	}
	closedir(dir);
}

static void
note(const struct journal *j, uint32_t number, void *arg)
{
	uint32_t *last = arg;

	(void)j;
	*last = number > *last ? number : *last;
}

uint32_t
journal_last_number(const struct journal *j)
{
	uint32_t last = 0;

	each_number(j, note, &last);
	return last;
}

static void
drop(const struct journal *j, uint32_t number, void *arg)
{
	char name[PATH_MAX];

	(void)arg;
	if (number > j->number - j->setup.keep)
		return;
	journal_name(name, j, number, "");
	unlink(name);
	journal_name(name, j, number, CHAIN_SUFFIX);
	unlink(name);
}

/* The folder, too: else a crash could take back the names. */
static int
sync_folder(const struct journal *j)
{
	char folder[PATH_MAX];
	int fd, e = 0;

	strcpy(folder, j->path);
	fd = open(dirname(folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fsync(fd) != 0 && errno != EINVAL)
		e = -errno;
	close(fd);
	return e;
}

int
journal_put_aside(struct journal *j)
{
	char from[PATH_MAX], to[PATH_MAX];

	/* first the lines: journal_go_on() ends what was begun */
	journal_name(from, j, 0, "");
	journal_name(to, j, j->number + 1, "");
	if (rename(from, to) != 0 && errno != ENOENT)
		return -errno;
	journal_name(from, j, 0, CHAIN_SUFFIX);
	journal_name(to, j, j->number + 1, CHAIN_SUFFIX);
	if (rename(from, to) != 0 && errno != ENOENT)
		return -errno;
	j->number++;
	if (j->setup.keep > 0 && j->number > j->setup.keep)
		each_number(j, drop, NULL);
	return sync_folder(j);
}
