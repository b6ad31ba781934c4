/* SPDX-License-Identifier: Apache-2.0 */
/* The counters page; see page.h. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "outputs/nsm/page.h"

#define TRIES 64 /* to read a row that is being written */
#define LINE 64

struct slot {
	_Atomic uint32_t sequence; /* odd while it is written */
	uint32_t live;
	uint32_t index[NSM_INDEX];
};

struct area {
	uint64_t at; /* of the first slot, from the head on */
	uint32_t size, cap;
	_Atomic uint32_t used;
	uint32_t zero;
};

/* What the file begins with. */
struct head {
	uint64_t magic, size;
	_Atomic uint64_t stamp, told;
	struct area areas[NSM_TABLES]; /* 0: notices */
};

struct nsm_page {
	struct head *head;
	size_t size;
	int fd;   /* -1: memory only */
	int bell; /* the socket of notices, or -1 */
	struct sockaddr_un to;
	dev_t dev;
	ino_t ino;
};

static const struct {
	size_t size;
	unsigned index;
} rows[NSM_TABLES] = {
	{ sizeof(struct nsm_notice), 0 },
	{ sizeof(struct nsm_agent), 0 },
	{ sizeof(struct nsm_prot), 1 },
	{ sizeof(struct nsm_assoc), 1 },
	{ sizeof(struct nsm_meter), 1 },
	{ sizeof(struct nsm_fc), 4 },
	{ sizeof(struct nsm_goose), 1 },
	{ sizeof(struct nsm_ids), 2 },
	{ sizeof(struct nsm_rule), 1 },
	{ sizeof(struct nsm_evt), 1 },
};

size_t
nsm_row_size(enum nsm_table table)
{
	return rows[table].size;
}

unsigned
nsm_index_size(enum nsm_table table)
{
	return rows[table].index;
}

static size_t
up(size_t n)
{
	return (n + LINE - 1) / LINE * LINE;
}

static size_t
lay_out(struct head *h, const struct nsm_caps *caps)
{
	size_t at = up(sizeof(*h));

	*h = (struct head){ .magic = NSM_MAGIC };
	for (size_t i = 0; i < NSM_TABLES; i++) {
		struct area *a = &h->areas[i];

		a->at = at;
		a->size = (uint32_t)up(sizeof(struct slot) + rows[i].size);
		a->cap = i == 0 ? NSM_NOTICES : caps->rows[i];
		at += (size_t)a->size * a->cap;
	}
	h->size = at;
	return at;
}

static struct slot *
slot_at(const struct nsm_page *p, size_t table, uint32_t place)
{
	const struct area *a = &p->head->areas[table];

	return (struct slot *)(void *)((char *)p->head + a->at +
	                               (size_t)place * a->size);
}

/* Who writes holds the lock; a new sensor must not cut an old one off. */
static int
lock(int fd)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	return fcntl(fd, F_OFD_SETLK, &l);
}

static bool
is_locked(int fd)
{
	struct flock l = { .l_type = F_RDLCK, .l_whence = SEEK_SET };

	return fcntl(fd, F_OFD_GETLK, &l) == 0 && l.l_type != F_UNLCK;
}

static bool
is_taken(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	bool taken = fd >= 0 && is_locked(fd);

	if (fd >= 0)
		close(fd);
	return taken;
}

static int
name_bell(struct nsm_page *p, const char *path)
{
	int n;

	p->to.sun_family = AF_UNIX;
	n = snprintf(p->to.sun_path, sizeof(p->to.sun_path), "%s.sock", path);
	if (n < 0 || (size_t)n >= sizeof(p->to.sun_path))
		return -ENAMETOOLONG;
	p->bell = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	return p->bell >= 0 ? 0 : -errno;
}

/* A file beside it that takes its place when it is whole. */
static int
make_file(struct nsm_page *p, const char *path, const struct head *first)
{
	char beside[4096];
	int n = snprintf(beside, sizeof(beside), "%s.new", path);

	if (n < 0 || (size_t)n >= sizeof(beside))
		return -ENAMETOOLONG;
	if (is_taken(path))
		return -EBUSY;
	if (unlink(beside) != 0 && errno != ENOENT)
		return -errno;
	p->fd = open(
	    beside, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (p->fd < 0)
		return -errno;
	/* room is got now: a full disk must not end a sensor by SIGBUS */
	n = posix_fallocate(p->fd, 0, (off_t)p->size);
	if (n != 0)
		return -n;
	/* for the agent, whatever the umask is */
	if (fchmod(p->fd, 0640) != 0 ||
	    pwrite(p->fd, first, sizeof(*first), 0) != sizeof(*first) ||
	    lock(p->fd) != 0 || rename(beside, path) != 0)
		return -errno;
	return 0;
}

struct nsm_page *
nsm_page_new(const char *path, const struct nsm_caps *caps, struct error *error)
{
	struct nsm_page *p = calloc(1, sizeof(*p));
	struct head first;
	void *m;
	int e = 0;

	if (p == NULL) {
		error_set(error, "the counters page: no memory");
		return NULL;
	}
	p->fd = p->bell = -1;
	p->size = lay_out(&first, caps);
	if (path != NULL && (e = make_file(p, path, &first)) == 0)
		e = name_bell(p, path);
	m = e != 0
	        ? MAP_FAILED
	        : mmap(NULL, p->size, PROT_READ | PROT_WRITE,
	              path != NULL ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS,
	              p->fd, 0);
	if (m == MAP_FAILED) {
		e = e != 0 ? -e : errno;
		error_set(error, "%s: the counters page: %s",
		    path != NULL ? path : "memory",
		    e == EBUSY ? "another sensor writes it" : strerror(e));
		nsm_page_free(p);
		return NULL;
	}
	p->head = m;
	if (path == NULL)
		*p->head = first;
	return p;
}

void
nsm_page_free(struct nsm_page *p)
{
	if (p == NULL)
		return;
	if (p->head != NULL)
		munmap(p->head, p->size);
	if (p->fd >= 0)
		close(p->fd);
	if (p->bell >= 0)
		close(p->bell);
	free(p);
}

static void
begin(struct slot *s)
{
	uint32_t n = atomic_load_explicit(&s->sequence, memory_order_relaxed);

	atomic_store_explicit(&s->sequence, n | 1, memory_order_relaxed);
	atomic_thread_fence(memory_order_release);
}

static void
end(struct slot *s)
{
	uint32_t n = atomic_load_explicit(&s->sequence, memory_order_relaxed);

	atomic_store_explicit(&s->sequence, n + 1, memory_order_release);
}

static void
put(struct nsm_page *p, size_t table, uint32_t place, const uint32_t *index,
    const void *row)
{
	struct area *a = &p->head->areas[table];
	struct slot *s;

	if (place >= a->cap)
		return;
	s = slot_at(p, table, place);
	begin(s);
	s->live = 1;
	if (rows[table].index > 0)
		memcpy(s->index, index, rows[table].index * sizeof(*index));
	memcpy(s + 1, row, rows[table].size);
	end(s);
	if (place >= atomic_load_explicit(&a->used, memory_order_relaxed))
		atomic_store_explicit(
		    &a->used, place + 1, memory_order_release);
}

void
nsm_page_put(struct nsm_page *p, enum nsm_table table, uint32_t place,
    const uint32_t *index, const void *row)
{
	put(p, table, place, index, row);
}

void
nsm_page_drop(struct nsm_page *p, enum nsm_table table, uint32_t place)
{
	struct slot *s;

	if (place >= nsm_page_used(p, table))
		return;
	s = slot_at(p, table, place);
	begin(s);
	s->live = 0;
	end(s);
}

uint32_t
nsm_page_cap(const struct nsm_page *p, enum nsm_table table)
{
	return p->head->areas[table].cap;
}

void
nsm_page_tell(struct nsm_page *p, struct nsm_notice *n)
{
	n->number =
	    atomic_load_explicit(&p->head->told, memory_order_relaxed) + 1;
	put(p, 0, (uint32_t)((n->number - 1) % NSM_NOTICES), NULL, n);
	atomic_store_explicit(&p->head->told, n->number, memory_order_release);
	/* nobody there, or one that sleeps: the page holds it for later */
	if (p->bell >= 0)
		(void)sendto(p->bell, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL,
		    (const struct sockaddr *)(const void *)&p->to,
		    sizeof(p->to));
}

void
nsm_page_stamp(struct nsm_page *p, uint64_t ns)
{
	atomic_store_explicit(&p->head->stamp, ns, memory_order_release);
}

/* Whatever stands in the file: it is laid out as here, to the last octet. */
static bool
is_sound(const struct head *h, size_t size)
{
	struct nsm_caps caps;
	struct head wanted;

	for (size_t i = 0; i < NSM_TABLES; i++) {
		caps.rows[i] = h->areas[i].cap;
		if (caps.rows[i] == 0 || caps.rows[i] > size)
			return false;
	}
	if (lay_out(&wanted, &caps) != size || h->magic != NSM_MAGIC ||
	    h->size != size)
		return false;
	for (size_t i = 0; i < NSM_TABLES; i++)
		if (h->areas[i].at != wanted.areas[i].at ||
		    h->areas[i].size != wanted.areas[i].size ||
		    h->areas[i].cap != wanted.areas[i].cap)
			return false;
	return true;
}

struct nsm_page *
nsm_page_open(const char *path, struct error *error)
{
	struct nsm_page *p = calloc(1, sizeof(*p));
	struct stat st;
	void *m = MAP_FAILED;

	if (p == NULL) {
		error_set(error, "%s: no memory", path);
		return NULL;
	}
	p->bell = -1;
	p->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (p->fd >= 0 && fstat(p->fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    (size_t)st.st_size >= sizeof(struct head)) {
		p->size = (size_t)st.st_size;
		p->dev = st.st_dev;
		p->ino = st.st_ino;
		m = mmap(NULL, p->size, PROT_READ, MAP_SHARED, p->fd, 0);
	}
	p->head = m != MAP_FAILED ? m : NULL;
	if (p->head != NULL && is_sound(p->head, p->size))
		return p;
	error_set(error, "%s: %s", path,
	    p->fd < 0 ? strerror(errno)
	              : "no counters page of this version of gridtap");
	nsm_page_free(p);
	return NULL;
}

bool
nsm_page_is_old(const struct nsm_page *p, const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 &&
	       (st.st_dev != p->dev || st.st_ino != p->ino);
}

bool
nsm_page_is_orphan(const struct nsm_page *p)
{
	return p->fd >= 0 && !is_locked(p->fd);
}

uint64_t
nsm_page_stamped(const struct nsm_page *p)
{
	return atomic_load_explicit(&p->head->stamp, memory_order_acquire);
}

uint32_t
nsm_page_used(const struct nsm_page *p, enum nsm_table table)
{
	const struct area *a = &p->head->areas[table];
	uint32_t used = atomic_load_explicit(&a->used, memory_order_acquire);

	return used < a->cap ? used : a->cap;
}

static enum nsm_got
get(const struct nsm_page *p, size_t table, uint32_t place,
    uint32_t index[NSM_INDEX], void *row)
{
	struct slot *s = slot_at(p, table, place);
	uint32_t before, after, live;

	for (int i = 0; i < TRIES; i++) {
		before =
		    atomic_load_explicit(&s->sequence, memory_order_acquire);
		if (before == 0)
			return NSM_EMPTY; /* never written */
		live = s->live;
		memcpy(index, s->index, sizeof(s->index));
		memcpy(row, s + 1, rows[table].size);
		atomic_thread_fence(memory_order_acquire);
		after =
		    atomic_load_explicit(&s->sequence, memory_order_relaxed);
		if (before == after && (before & 1) == 0)
			return live ? NSM_ROW : NSM_EMPTY;
	}
	return NSM_BUSY;
}

enum nsm_got
nsm_page_get(const struct nsm_page *p, enum nsm_table table, uint32_t place,
    uint32_t index[NSM_INDEX], void *row)
{
	return place < nsm_page_used(p, table)
	           ? get(p, table, place, index, row)
	           : NSM_EMPTY;
}

uint64_t
nsm_page_told(const struct nsm_page *p)
{
	return atomic_load_explicit(&p->head->told, memory_order_acquire);
}

bool
nsm_page_notice(const struct nsm_page *p, uint64_t number, struct nsm_notice *n)
{
	uint32_t none[NSM_INDEX];

	return get(p, 0, (uint32_t)((number - 1) % NSM_NOTICES), none, n) ==
	           NSM_ROW &&
	       n->number == number;
}
