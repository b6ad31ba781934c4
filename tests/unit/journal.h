/* SPDX-License-Identifier: Apache-2.0 */
/* What tests of raw storage share: a folder, runs, and an auditor. */
#ifndef TESTS_UNIT_JOURNAL_H
#define TESTS_UNIT_JOURNAL_H

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "outputs/file/journal.h"
#include "outputs/file/verify.h"
#include "tests/driver.h"

static char folder[] = "/tmp/gridtap-journal-XXXXXX";
static char path[64], said[8192], content[1 << 20];
static struct error error;
static struct journal_setup setup;

static inline const char *
name(const char *suffix)
{
	static char names[4][96];
	static unsigned which;
	char *s = names[which++ % 4];

	snprintf(s, sizeof(names[0]), "%s%s", path, suffix);
	return s;
}

/* Only what this test has made itself. */
static inline int
empty_folder(void)
{
	char command[96];

	snprintf(command, sizeof(command), "rm -f %s/log*", folder);
	return system(command);
}

static inline void
begin(void)
{
	CU_ASSERT_EQUAL(empty_folder(), 0);
	setup = (struct journal_setup){ .path = path };
}

static inline struct journal *
opened(void)
{
	struct journal *j = NULL;

	CU_ASSERT_EQUAL_FATAL(journal_open(&j, &setup, NULL, &error), 0);
	return j;
}

static inline void
put(struct journal *j, const char *line, int64_t at)
{
	CU_ASSERT_EQUAL(journal_put(j, line, strlen(line), at, false), 0);
}

static inline void
done(struct journal *j)
{
	CU_ASSERT_EQUAL(journal_close(j, &error), 0);
}

/* A run that adds these lines. */
static inline void
add(const char *a, const char *b)
{
	struct journal *j = opened();

	put(j, a, 1000);
	put(j, b, 1001);
	done(j);
}

static inline const char *
read_file(const char *suffix)
{
	int fd = open(name(suffix), O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, content, sizeof(content) - 1) : 0;

	CU_ASSERT(fd >= 0 && n >= 0);
	content[n > 0 ? n : 0] = '\0';
	if (fd >= 0)
		close(fd);
	return content;
}

static inline void
write_file(const char *suffix, const char *text, int flags)
{
	int fd = open(name(suffix), O_WRONLY | O_CLOEXEC | flags, 0600);

	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

/* The first of this in the file becomes that. */
static inline void
change(const char *suffix, const char *from, const char *to)
{
	static char text[65536];
	const char *s = read_file(suffix), *at = strstr(s, from);

	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - s), s, to,
	    at + strlen(from));
	write_file(suffix, text, O_TRUNC);
}

static inline void
hear(void *arg, const char *line)
{
	(void)arg;
	/* without the folder, that is another each time */
	line +=
	    strncmp(line, folder, strlen(folder)) == 0 ? strlen(folder) + 1 : 0;
	strcat(said, line);
	strcat(said, "\n");
}

static inline bool
verified_with(const char *const *suffixes, const struct chain_link *known)
{
	static struct verify v;
	bool good = true;

	said[0] = '\0';
	verify_start(&v, setup.key, setup.nkey);
	if (known != NULL)
		v.known = *known;
	for (; *suffixes != NULL; suffixes++)
		good = verify_file(&v, name(*suffixes), hear, NULL) && good;
	return good && (known == NULL || v.known_seen);
}

#define VERIFIED(...)                                                          \
	verified_with((const char *const[]){ __VA_ARGS__, NULL }, NULL)

/* What is wrong is said in these words. */
static inline void
expect(const char *what)
{
	CU_ASSERT_FALSE(VERIFIED(""));
	if (strstr(said, what) == NULL)
		printf("\n  said: %s", said);
	CU_ASSERT_PTR_NOT_NULL(strstr(said, what));
}

#endif
