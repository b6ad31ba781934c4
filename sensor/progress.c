/* SPDX-License-Identifier: Apache-2.0 */
/* The progress bar: only a person sees it, only after a second. */
#include <config.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sensor/progress.h"

#define WIDTH 30
#define FIRST_S 1.0
#define AGAIN_S 0.1

static double
since(const struct timespec *from, const struct timespec *to)
{
	return (double)(to->tv_sec - from->tv_sec) +
	       (double)(to->tv_nsec - from->tv_nsec) / 1e9;
}

static void
draw(struct capture_progress *capture, const char *name, double share)
{
	struct progress *p = (struct progress *)(void *)capture;
	char bar[WIDTH + 1];
	struct timespec now;
	int full;

	if (p->silent)
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (since(&p->begun, &now) < FIRST_S ||
	    since(&p->drawn, &now) < AGAIN_S)
		return;
	p->drawn = now;
	p->shown = true;
	if (share < 0) {
		fprintf(stderr, "\r\033[K%.40s ...", name);
		return;
	}
	full = (int)(share * WIDTH);
	memset(bar, '.', WIDTH);
	memset(bar, '#', (size_t)(full < WIDTH ? full : WIDTH));
	bar[WIDTH] = '\0';
	fprintf(
	    stderr, "\r\033[K[%s] %3d %% %.40s", bar, (int)(share * 100), name);
}

void
progress_start(struct progress *p, size_t captures, bool silent)
{
	memset(p, 0, sizeof(*p));
	p->capture.at = draw;
	p->silent = silent || captures == 0 || !isatty(STDERR_FILENO);
	clock_gettime(CLOCK_MONOTONIC, &p->begun);
}

void
progress_clear(struct progress *p)
{
	if (p->shown)
		fputs("\r\033[K", stderr);
	p->shown = false;
}
