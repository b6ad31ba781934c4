/* SPDX-License-Identifier: Apache-2.0 */
/* The classic format: a header of 24 octets, then 16 before each packet. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sensor/area.h"
#include "sensor/plain.h"

#define BUFFER (1024 * 1024)
#define FILE_HEAD 24
#define PACKET_HEAD 16
#define CAPTURED_MAX 262144 /* as libpcap has it */
#define MAGIC_MICRO 0xa1b2c3d4
#define MAGIC_NANO 0xa1b23c4d
#define LINK_MASK 0x03ffffff /* above it: the length of the FCS */

static uint32_t
word(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* The octets that the packet at hand takes, or 0 when they are no packet. */
static size_t
packet_size(const struct plain *f)
{
	uint32_t captured = word(f->p + f->at + 8);

	return captured <= CAPTURED_MAX ? PACKET_HEAD + captured : 0;
}

bool
plain_open(struct plain *f, const char *path)
{
	uint8_t head[FILE_HEAD];
	struct stat st;
	uint32_t magic;

	memset(f, 0, sizeof(*f));
	f->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (f->fd < 0)
		return false;
	if (fstat(f->fd, &st) != 0 || !S_ISREG(st.st_mode) ||
	    read(f->fd, head, sizeof(head)) != sizeof(head)) {
		close(f->fd);
		return false;
	}
	magic = word(head);
	f->p = area_new(1, BUFFER);
	if ((magic != MAGIC_MICRO && magic != MAGIC_NANO) || f->p == NULL) {
		plain_close(f);
		return false;
	}
	f->nano = magic == MAGIC_NANO;
	f->link = (int)(word(head + 20) & LINK_MASK);
	f->total = FILE_HEAD;
	return true;
}

void
plain_close(struct plain *f)
{
	area_free(f->p, 1, BUFFER);
	close(f->fd);
}

bool
plain_next(struct plain *f, struct plain_packet *packet)
{
	const uint8_t *h = f->p + f->at;
	size_t size;

	if (f->n - f->at < PACKET_HEAD)
		return false;
	size = packet_size(f);
	if (size == 0 || f->n - f->at < size)
		return false;
	packet->at.tv_sec = word(h);
	packet->at.tv_nsec = (long)word(h + 4) * (f->nano ? 1 : 1000);
	packet->captured = size - PACKET_HEAD;
	packet->on_wire = word(h + 12);
	if (packet->on_wire < packet->captured)
		packet->on_wire = packet->captured;
	packet->p = h + PACKET_HEAD;
	f->at += size;
	return true;
}

int
plain_fill(struct plain *f)
{
	ssize_t got;

	if (f->n - f->at >= PACKET_HEAD && packet_size(f) == 0)
		return -EBADMSG;
	f->n -= f->at;
	memmove(f->p, f->p + f->at, f->n);
	f->at = 0;
	do
		got = read(f->fd, f->p + f->n, BUFFER - f->n);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return -errno;
	if (got == 0)
		return f->n > 0 ? -EBADMSG : 0;
	f->n += (size_t)got;
	f->total += (uint64_t)got;
	return 1;
}
