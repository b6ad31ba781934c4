/* SPDX-License-Identifier: Apache-2.0 */
/* zlib behind a stdio stream. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "sensor/unzip.h"

#define ZLIB_BUFFER (256 * 1024)

static void
remember(struct unzip *u)
{
	int code = Z_OK;
	const char *text = gzerror(u->gz, &code);

	/* the compressed file ends early: zlib calls it Z_BUF_ERROR */
	if (code == Z_BUF_ERROR)
		text = "the compressed data ends early";
	if (code != Z_OK && code != Z_STREAM_END && u->failed[0] == '\0')
		snprintf(u->failed, sizeof(u->failed), "%s", text);
}

static ssize_t
on_read(void *cookie, char *to, size_t n)
{
	struct unzip *u = cookie;
	int got = gzread(u->gz, to, (unsigned)n);

	if (got < (int)n)
		remember(u);
	return got < 0 ? 0 : got;
}

static int
on_close(void *cookie)
{
	struct unzip *u = cookie;

	gzclose(u->gz);
	u->gz = NULL;
	return 0;
}

/* Standard input cannot be looked at twice: zlib passes on what is plain. */
static int
is_compressed(int fd)
{
	unsigned char magic[2];

	if (fd == STDIN_FILENO)
		return 1;
	return pread(fd, magic, sizeof(magic), 0) == 2 && magic[0] == 0x1f &&
	       magic[1] == 0x8b;
}

static FILE *
open_gz(struct unzip *u)
{
	static const cookie_io_functions_t functions = { .read = on_read,
		.close = on_close };

	u->gz = gzdopen(u->fd, "rb");
	if (u->gz == NULL)
		return NULL;
	gzbuffer(u->gz, ZLIB_BUFFER);
	u->file = fopencookie(u, "rb", functions);
	if (u->file == NULL)
		gzclose(u->gz);
	return u->file;
}

FILE *
unzip_open(struct unzip *u, const char *path, struct error *error)
{
	struct stat st;

	memset(u, 0, sizeof(*u));
	u->fd = strcmp(path, "-") == 0 ? STDIN_FILENO
	                               : open(path, O_RDONLY | O_CLOEXEC);
	if (u->fd < 0) {
		error_set(error, "%s: %s", path, strerror(errno));
		return NULL;
	}
	if (fstat(u->fd, &st) == 0 && S_ISREG(st.st_mode))
		u->size = (double)st.st_size;
	u->file = is_compressed(u->fd) ? open_gz(u) : fdopen(u->fd, "rb");
	if (u->file == NULL) {
		error_set(error, "%s: %s", path, strerror(errno));
		close(u->fd);
	}
	return u->file;
}

double
unzip_share(const struct unzip *u)
{
	off_t at = lseek(u->fd, 0, SEEK_CUR);

	return at < 0 || u->size <= 0 ? -1 : (double)at / u->size;
}

const char *
unzip_failed(const struct unzip *u)
{
	return u->failed[0] != '\0' ? u->failed : NULL;
}

const char *
unzip_reason(const struct unzip *u, const char *other)
{
	return u->failed[0] != '\0' ? u->failed : other;
}
