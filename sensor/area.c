/* SPDX-License-Identifier: Apache-2.0 */
/* Memory by anonymous mappings. */
#include <config.h>

#include <stdint.h>
#include <sys/mman.h>

#include "sensor/area.h"

void *
area_new(size_t n, size_t size)
{
	void *p;

	if (n == 0 || size == 0 || n > SIZE_MAX / size)
		return NULL;
	p = mmap(NULL, n * size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	return p != MAP_FAILED ? p : NULL;
}

void *
area_hot(size_t n, size_t size)
{
	void *p = area_new(n, size);

	/* a wish: where the kernel has no large pages, small ones do */
	if (p != NULL)
		madvise(p, n * size, MADV_HUGEPAGE);
	return p;
}

void
area_free(void *p, size_t n, size_t size)
{
	if (p != NULL)
		munmap(p, n * size);
}
