/* SPDX-License-Identifier: Apache-2.0 */
/* Whole files, with a cap. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sensor/file.h"
#include "sensor/yaml.h"

#define STEP 65536

/* Octets read into *to, at most one more than most, or -errno. */
static ssize_t
read_all(int fd, size_t most, uint8_t **to)
{
	size_t n = 0, room = 0;
	ssize_t got;

	do {
		if (n == room) {
			uint8_t *more = realloc(*to, room + STEP);

			if (more == NULL)
				return -ENOMEM;
			*to = more;
			room += STEP;
		}
		got = read(fd, *to + n, room - n);
		if (got > 0)
			n += (size_t)got;
	} while (n <= most && (got > 0 || (got < 0 && errno == EINTR)));
	return got < 0 ? -errno : (ssize_t)n;
}

/* Puts what no line of a file is to blame for into words. */
static void
say(const char *path, int rc, size_t most, struct error *error)
{
	char shown[YAML_PATH_SHOWN];
	struct bytes name = { (const uint8_t *)path, strlen(path) };

	yaml_shown(shown, sizeof(shown), name);
	if (rc == -EFBIG)
		error_set(error, "%s: more than %zu octets; expected fewer",
		    shown, most);
	else
		error_set(error, "%s: %s; expected a file to read", shown,
		    strerror(-rc));
}

int
file_read(const char *path, size_t most, uint8_t **text, size_t *n,
    struct error *error)
{
	return file_take(
	    open(path, O_RDONLY | O_CLOEXEC), path, most, text, n, error);
}

int
file_take(int fd, const char *path, size_t most, uint8_t **text, size_t *n,
    struct error *error)
{
	int rc = 0;
	ssize_t got;

	*text = NULL;
	got = fd >= 0 ? read_all(fd, most, text) : -errno;
	if (fd >= 0)
		close(fd);
	*n = got >= 0 ? (size_t)got : 0;
	if (got < 0)
		rc = (int)got;
	else if (*n > most)
		rc = -EFBIG;
	if (rc == 0)
		return 0;
	say(path, rc, most, error);
	free(*text);
	return rc;
}
