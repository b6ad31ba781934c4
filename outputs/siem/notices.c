/* SPDX-License-Identifier: Apache-2.0 */
/* From the outputs' thread to the pipeline's; see notices.h. */
#include <config.h>

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "outputs/siem/notices.h"

#define NOTICES 64

struct notices {
	pthread_mutex_t gate;
	pthread_cond_t changed;
	atomic_size_t n;
	size_t first;
	bool settled;
	uint64_t progress;
	struct notice at[NOTICES];
	struct notice_state states[DESTINATIONS];
};

struct notices *
notices_new(void)
{
	struct notices *b = calloc(1, sizeof(*b));
	pthread_condattr_t attr;

	if (b == NULL)
		return NULL;
	pthread_mutex_init(&b->gate, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&b->changed, &attr);
	pthread_condattr_destroy(&attr);
	b->settled = true;
	return b;
}

void
notices_free(struct notices *b)
{
	if (b == NULL)
		return;
	pthread_cond_destroy(&b->changed);
	pthread_mutex_destroy(&b->gate);
	free(b);
}

void
notices_state(struct notices *b, size_t which, const struct notice_state *state)
{
	pthread_mutex_lock(&b->gate);
	b->states[which] = *state;
	pthread_mutex_unlock(&b->gate);
}

void
notices_states(struct notices *b, struct notice_state to[DESTINATIONS])
{
	pthread_mutex_lock(&b->gate);
	memcpy(to, b->states, sizeof(b->states));
	pthread_mutex_unlock(&b->gate);
}

void
notices_put(struct notices *b, const struct notice *n)
{
	pthread_mutex_lock(&b->gate);
	if (b->n < NOTICES) {
		b->at[(b->first + b->n) % NOTICES] = *n;
		b->n++;
		pthread_cond_signal(&b->changed);
	}
	pthread_mutex_unlock(&b->gate);
}

bool
notices_take(struct notices *b, struct notice *to)
{
	bool any;

	if (atomic_load_explicit(&b->n, memory_order_relaxed) == 0)
		return false;
	pthread_mutex_lock(&b->gate);
	any = b->n > 0;
	if (any) {
		*to = b->at[b->first];
		b->first = (b->first + 1) % NOTICES;
		b->n--;
	}
	pthread_mutex_unlock(&b->gate);
	return any;
}

void
notices_report(struct notices *b, bool settled, uint64_t progress)
{
	pthread_mutex_lock(&b->gate);
	if (settled != b->settled || progress != b->progress) {
		b->settled = settled;
		b->progress = progress;
		pthread_cond_signal(&b->changed);
	}
	pthread_mutex_unlock(&b->gate);
}

static struct timespec
in_ms(uint32_t ms)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += ms / 1000;
	t.tv_nsec += (long)(ms % 1000) * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_sec++;
		t.tv_nsec -= 1000000000;
	}
	return t;
}

bool
notices_wait(struct notices *b, uint32_t ms)
{
	struct timespec until = in_ms(ms);
	uint64_t progress;
	bool any;

	pthread_mutex_lock(&b->gate);
	progress = b->progress;
	while (b->n == 0 && !b->settled) {
		int e = pthread_cond_timedwait(&b->changed, &b->gate, &until);

		if (b->progress != progress) {
			progress = b->progress;
			until = in_ms(ms);
		} else if (e == ETIMEDOUT) {
			break;
		}
	}
	any = b->n > 0;
	pthread_mutex_unlock(&b->gate);
	return any;
}
