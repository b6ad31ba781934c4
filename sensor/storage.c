/* SPDX-License-Identifier: Apache-2.0 */
/* The section "storage" of the configuration, and the key of a chain. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "outputs/file/file.h"
#include "sensor/storage.h"

static int
read_key(uint8_t key[CHAIN_KEY], int fd, const char *path, struct error *error)
{
	uint8_t octets[CHAIN_KEY + 2];
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) != 0 || (n = read(fd, octets, sizeof(octets))) < 0) {
		error_set(error, "%s: cannot read: %s", path, strerror(errno));
		return -EIO;
	}
	if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
		error_set(error,
		    "%s: others than its owner may read this key; expected "
		    "mode 0600",
		    path);
		return -EACCES;
	}
	if (n > 0 && octets[n - 1] == '\n')
		n--;
	if (n < CHAIN_LEAST || n > CHAIN_KEY) {
		error_set(error, "%s: expected a key of %d to %d octets", path,
		    CHAIN_LEAST, CHAIN_KEY);
		return -EINVAL;
	}
	memcpy(key, octets, (size_t)n);
	explicit_bzero(octets, sizeof(octets));
	return (int)n;
}

int
storage_key(uint8_t key[CHAIN_KEY], const char *path, struct error *error)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), n;

	if (fd < 0) {
		error_set(error, "%s: cannot read: %s", path, strerror(errno));
		return -ENOENT;
	}
	n = read_key(key, fd, path, error);
	close(fd);
	return n;
}

/*
 * Of a format that is lines and nothing else: a document's end would be
 * overwritten with each, which no chain can follow.
 */
static const struct file_format *
format_of(const char *name, struct error *error)
{
	char known[128];
	struct text t = text_over(known, sizeof(known));

	for (size_t i = 0; outputs[i] != NULL; i++) {
		const struct file_format *f = outputs[i]->format;

		if (f == NULL || f->tail != NULL)
			continue;
		if (strcmp(outputs[i]->name, name) == 0)
			return f;
		text_add(&t, t.n > 0 ? ", " : "");
		text_add(&t, outputs[i]->name);
	}
	text_end(&t);
	error_set(
	    error, "storage.format is \"%s\"; expected one of %s", name, known);
	return NULL;
}

int
storage_setup(
    struct storage_setup *s, const struct conf *conf, struct error *error)
{
	const struct conf_storage *c = &conf->storage;
	int n;

	memset(s, 0, sizeof(*s));
	if (c->path[0] == '\0')
		return 0;
	s->format = format_of(c->format, error);
	s->journal = (struct journal_setup){ .path = c->path,
		.rotate_octets = (uint64_t)c->rotate_mib << 20,
		.rotate_s = c->rotate_h * 3600,
		.keep = c->keep,
		.sync = c->sync };
	if (s->format == NULL)
		return -EINVAL;
	if (c->key[0] == '\0')
		return 1;
	n = storage_key(s->key, c->key, error);
	if (n < 0)
		return n;
	s->journal.key = s->key;
	s->journal.nkey = (size_t)n;
	return 1;
}
