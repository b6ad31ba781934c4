/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One mapping: what is got for good grows from its begin, what OpenSSL takes
 * and gives back comes in multiples of 64 octets, each size with a free list.
 */
#include <config.h>

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/err.h>

#include "rules/vault.h"

#define UNIT 64
#define SIZES 128 /* multiples of UNIT that are given back and taken again */

/* In front of what OpenSSL has; as large as a unit, so that all is aligned. */
struct head {
	size_t units;
	struct head *next; /* while it is free */
};

static struct {
	uint8_t *p;
	size_t size, used, taken;
	struct head *free[SIZES];
	bool hooked;
} vault;

static _Thread_local bool inside;

bool
vault_has(const void *p)
{
	const uint8_t *at = p;

	return vault.p != NULL && at >= vault.p && at < vault.p + vault.size;
}

void *
vault_get(size_t octets)
{
	void *p;

	if (vault.p == NULL || octets > vault.size - vault.used)
		return NULL;
	octets = (octets + UNIT - 1) / UNIT * UNIT;
	if (octets > vault.size - vault.used)
		return NULL;
	p = vault.p + vault.used;
	vault.used += octets;
	return p;
}

static void *
take(size_t n)
{
	size_t units = (n + UNIT - 1) / UNIT + 1;
	struct head *h;

	if (n > SIZE_MAX / 2)
		return NULL;
	if (units < SIZES && vault.free[units] != NULL) {
		h = vault.free[units];
		vault.free[units] = h->next;
	} else {
		h = vault_get(units * UNIT);
	}
	if (h == NULL)
		return NULL;
	h->units = units;
	vault.taken++;
	return (uint8_t *)h + UNIT;
}

static void
give_back(void *p)
{
	struct head *h = (struct head *)(void *)((uint8_t *)p - UNIT);

	OPENSSL_cleanse(p, (h->units - 1) * UNIT);
	vault.taken--;
	if (h->units >= SIZES)
		return;
	h->next = vault.free[h->units];
	vault.free[h->units] = h;
}

static void *
hook_malloc(size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return inside ? take(n) : malloc(n);
}

static void
hook_free(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	if (vault_has(p))
		give_back(p);
	else
		free(p);
}

static void *
hook_realloc(void *p, size_t n, const char *file, int line)
{
	struct head *h;
	size_t had;
	void *to;

	if (!vault_has(p))
		return p == NULL && inside ? take(n) : realloc(p, n);
	h = (struct head *)(void *)((uint8_t *)p - UNIT);
	had = (h->units - 1) * UNIT;
	to = take(n);
	if (to == NULL)
		return NULL;
	memcpy(to, p, had < n ? had : n);
	hook_free(p, file, line);
	return to;
}

bool
vault_hook(void)
{
	if (!vault.hooked)
		vault.hooked = CRYPTO_set_mem_functions(
		                   hook_malloc, hook_realloc, hook_free) == 1;
	return vault.hooked;
}

static size_t
whole_pages(size_t n)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return (n + page - 1) / page * page;
}

/* As far as the hard limit lets it; root needs no limit. */
static int
lock(void *p, size_t n)
{
	struct rlimit limit;

	if (mlock(p, n) == 0)
		return 0;
	if (getrlimit(RLIMIT_MEMLOCK, &limit) != 0)
		return -EPERM;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_MEMLOCK, &limit) != 0)
		return -EPERM;
	return mlock(p, n) == 0 ? 0 : -EPERM;
}

/* LeakSanitizer looks at its program as a debugger does. */
static int
forbid_looks(void)
{
#ifdef __SANITIZE_ADDRESS__
	return 0;
#else
	return prctl(PR_SET_DUMPABLE, 0L, 0L, 0L, 0L);
#endif
}

static int
protect(void *p, size_t n)
{
	static const struct rlimit no_core = { 0, 0 };

	if (lock(p, n) != 0)
		return -EPERM;
	if (madvise(p, n, MADV_DONTDUMP) != 0 ||
	    madvise(p, n, MADV_DONTFORK) != 0 ||
	    setrlimit(RLIMIT_CORE, &no_core) != 0 || forbid_looks() != 0)
		return -errno;
	return 0;
}

int
vault_open(size_t octets)
{
	size_t n = whole_pages(octets);
	void *p;
	int rc;

	if (!vault.hooked || vault.p != NULL)
		return -EBUSY;
	if (n < octets)
		return -ENOMEM;
	p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
	    -1, 0);
	if (p == MAP_FAILED)
		return -ENOMEM;
	rc = protect(p, n);
	if (rc != 0) {
		munmap(p, n);
		return rc;
	}
	vault.p = p;
	vault.size = n;
	vault.used = vault.taken = 0;
	memset(vault.free, 0, sizeof(vault.free));
	return 0;
}

void
vault_close(void)
{
	if (vault.p == NULL)
		return;
	OPENSSL_cleanse(vault.p, vault.size);
	munmap(vault.p, vault.size);
	vault.p = NULL;
	vault.size = vault.used = 0;
}

size_t
vault_taken(void)
{
	return vault.taken;
}

/* The thread's list of errors outlives the vault: it is made outside. */
void
vault_enter(void)
{
	static _Thread_local bool listed;

	if (!listed)
		ERR_clear_error();
	listed = inside = true;
}

void
vault_leave(void)
{
	if (ERR_peek_error() != 0)
		ERR_clear_error(); /* with all that it has in the vault */
	inside = false;
}
