/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A child of its own reads the text, so that what a parser leaves in its heap
 * ends with it; only keys come back, by a pipe, and go into the vault.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rules/dlms/unseal.h"
#include "rules/vault.h"
#include "sensor/file.h"
#include "sensor/keys.h"
#include "sensor/keys_yaml.h"
#include "sensor/yaml.h"

#define AT_ONCE 64 /* items on their way into the vault */

/* What comes first by the pipe. */
struct answer {
	int rc;
	struct error error;
	uint32_t sets, keys, groups;
};

struct found {
	struct answer answer;
	struct keys_item *items;
	size_t n, room;
};

/* --- The child --- */

static int
take(void *to, const struct keys_item *item)
{
	struct found *f = to;

	if (f->n == f->room) {
		size_t room = f->room > 0 ? f->room * 2 : 1024;
		struct keys_item *more =
		    realloc(f->items, room * sizeof(*more));

		if (more == NULL)
			return -ENOMEM;
		f->items = more;
		f->room = room;
	}
	f->items[f->n++] = *item;
	f->answer.sets += item->kind == KEYS_SET;
	f->answer.keys += item->kind == KEYS_KEY;
	f->answer.groups += item->kind == KEYS_GROUP;
	return 0;
}

static bool
write_all(int fd, const void *from, size_t n)
{
	const uint8_t *p = from;

	while (n > 0) {
		ssize_t done = write(fd, p, n);

		if (done < 0 && errno != EINTR)
			return false;
		if (done > 0) {
			p += done;
			n -= (size_t)done;
		}
	}
	return true;
}

static _Noreturn void
read_text(int fd, int to, const char *path)
{
	static const struct rlimit no_core = { 0, 0 };
	struct found f = { 0 };
	uint8_t *text;
	size_t n;

	setrlimit(RLIMIT_CORE, &no_core);
	prctl(PR_SET_DUMPABLE, 0L, 0L, 0L, 0L);
	f.answer.rc =
	    file_take(fd, path, KEYS_FILE_MAX, &text, &n, &f.answer.error);
	if (f.answer.rc == 0)
		f.answer.rc = keys_yaml(
		    path, (struct bytes){ text, n }, take, &f, &f.answer.error);
	if (f.answer.rc == -ENOMEM)
		error_set(&f.answer.error, "%s: no memory", path);
	if (write_all(to, &f.answer, sizeof(f.answer)) && f.answer.rc == 0)
		write_all(to, f.items, f.n * sizeof(*f.items));
	_exit(0);
}

/* --- The parent --- */

static bool
read_whole(int fd, void *to, size_t n)
{
	uint8_t *p = to;

	while (n > 0) {
		ssize_t got = read(fd, p, n);

		if (got == 0 || (got < 0 && errno != EINTR))
			return false;
		if (got > 0) {
			p += got;
			n -= (size_t)got;
		}
	}
	return true;
}

static int
refuse(const char *path, struct error *error, const char *why)
{
	char shown[YAML_PATH_SHOWN];

	error_set(error, "%s: %s",
	    yaml_shown(shown, sizeof(shown),
	        (struct bytes){ (const uint8_t *)path, strlen(path) }),
	    why);
	return -EPERM;
}

/* Open, or -errno: it must be nobody's but ours, or root's. */
static int
open_file(const char *path, struct error *error)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	char why[80];
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0) {
		snprintf(why, sizeof(why), "%s; expected a file to read",
		    strerror(errno));
		if (fd >= 0)
			close(fd);
		return refuse(path, error, why);
	}
	if (S_ISREG(st.st_mode) && (st.st_mode & 0177) == 0 &&
	    (st.st_uid == geteuid() || st.st_uid == 0))
		return fd;
	close(fd);
	if (!S_ISREG(st.st_mode))
		return refuse(path, error, "no file; expected a regular file");
	if ((st.st_mode & 0177) == 0)
		return refuse(path, error,
		    "another user's; expected a file of the user who runs "
		    "gridtap, or of root");
	snprintf(why, sizeof(why),
	    "mode %04o; expected 0600: keys are their owner's alone",
	    (unsigned)(st.st_mode & 07777));
	return refuse(path, error, why);
}

/* The pipe of a child that reads, and its number; or -errno. */
static int
start_child(const char *path, pid_t *child, struct error *error)
{
	int fd = open_file(path, error), ends[2];

	if (fd < 0)
		return fd;
	if (pipe2(ends, O_CLOEXEC) != 0) {
		close(fd);
		return refuse(path, error, strerror(errno));
	}
	*child = fork();
	if (*child == 0) {
		close(ends[0]); /* it ends when nobody reads on */
		read_text(fd, ends[1], path);
	}
	close(fd);
	close(ends[1]);
	if (*child > 0)
		return ends[0];
	close(ends[0]);
	return refuse(path, error, strerror(errno));
}

static int
hear(int fd, const char *path, struct answer *a, struct error *error)
{
	if (!read_whole(fd, a, sizeof(*a)))
		return refuse(path, error, "it could not be read");
	if (a->rc != 0)
		*error = a->error;
	return a->rc;
}

static void
end_child(int fd, pid_t child)
{
	close(fd);
	while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
		continue;
}

int
keys_check(const char *path, struct error *error)
{
	struct answer a;
	pid_t child;
	int fd = start_child(path, &child, error), rc;

	if (fd < 0)
		return fd;
	rc = hear(fd, path, &a, error);
	end_child(fd, child);
	return rc;
}

static bool
put_group(struct goose_keys *groups, const struct keys_item *i)
{
	struct goose_key key = { .id = i->id,
		.any_id = i->any_id,
		.gocbref = i->gocbref[0] != '\0' ? i->gocbref : NULL,
		.algorithm = (enum goose_algorithm)i->algorithm,
		.octets = { i->octets, i->n } };

	return groups != NULL && goose_keys_add(groups, &key) == 0;
}

static bool
put(struct keys *k, const struct keys_item *i, uint32_t *set)
{
	switch (i->kind) {
	case KEYS_SET:
		*set = keyring_add(k->meters, i->any ? NULL : i->title);
		return *set != KEYRING_NONE;
	case KEYS_KEY:
		return keyring_put(k->meters, *set, (enum keyring_use)i->use,
		    (struct bytes){ i->octets, i->n });
	default:
		return put_group(k->groups, i);
	}
}

static bool
take_items(struct keys *k, int fd, size_t n)
{
	struct keys_item *some = vault_get(AT_ONCE * sizeof(*some));
	uint32_t set = KEYRING_NONE;
	bool good = some != NULL;

	while (good && n > 0) {
		size_t now = n < AT_ONCE ? n : AT_ONCE;

		good = read_whole(fd, some, now * sizeof(*some));
		for (size_t i = 0; good && i < now; i++)
			good = put(k, &some[i], &set);
		n -= now;
	}
	return good;
}

static int
fill(struct keys *k, const struct answer *a, int fd, const char *path,
    const uint8_t *hash_key, struct error *error)
{
	size_t room = AT_ONCE * sizeof(struct keys_item) + GOOSE_KEYS_VAULT +
	              keyring_size(a->sets, a->keys) + unseal_vault();
	int rc = vault_open(room);
	char why[120];

	if (rc != 0) {
		snprintf(why, sizeof(why),
		    rc == -EPERM ? "%zu KiB of memory cannot be locked for the "
		                   "keys; expected a higher RLIMIT_MEMLOCK"
		                 : "no memory of %zu KiB for the keys",
		    room / 1024);
		return refuse(path, error, why);
	}
	if (a->sets > 0)
		k->meters = keyring_new(a->sets, a->keys, hash_key);
	if (a->groups > 0)
		k->groups = goose_keys_new();
	if (a->groups > GOOSE_KEYS)
		rc = refuse(path, error, "more than 256 keys below goose");
	else if ((a->sets > 0 && k->meters == NULL) ||
	         !take_items(k, fd, (size_t)a->sets + a->keys + a->groups))
		rc = refuse(path, error, "the keys could not be taken");
	if (rc != 0) {
		goose_keys_free(k->groups);
		*k = (struct keys){ 0 };
		vault_close();
	}
	return rc;
}

int
keys_load(struct keys *k, const char *path, const uint8_t hash_key[SIPHASH_KEY],
    struct error *error)
{
	struct answer a;
	pid_t child;
	int fd = start_child(path, &child, error), rc;

	*k = (struct keys){ 0 };
	if (fd < 0)
		return fd;
	rc = hear(fd, path, &a, error);
	if (rc == 0)
		rc = fill(k, &a, fd, path, hash_key, error);
	end_child(fd, child);
	return rc;
}

void
keys_free(struct keys *k)
{
	bool loaded = k->meters != NULL || k->groups != NULL;

	goose_keys_free(k->groups);
	*k = (struct keys){ 0 };
	if (loaded)
		vault_close();
}
