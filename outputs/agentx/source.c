/* SPDX-License-Identifier: Apache-2.0 */
/* The counters page of the sensor that runs now, or ran last. */
#include <config.h>

#include <string.h>
#include <time.h>

#include "outputs/agentx/agentx.h"

#define FRESH_NS UINT64_C(1000000000) /* a copy is served so long */

uint64_t
source_clock(int clock)
{
	struct timespec t;

	clock_gettime((clockid_t)clock, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

void
source_close(struct source *s)
{
	nsm_view_free(s->view);
	nsm_page_free(s->page);
	s->view = NULL;
	s->page = NULL;
}

static void
look(struct source *s)
{
	struct nsm_page *page;
	struct nsm_view *view;
	struct error error;

	if (s->page != NULL && !nsm_page_is_old(s->page, s->path))
		return;
	page = nsm_page_open(s->path, &error);
	if (page == NULL)
		return; /* it is being made, or of another version */
	view = nsm_view_new(page);
	if (view == NULL) {
		nsm_page_free(page);
		return;
	}
	source_close(s);
	s->page = page;
	s->view = view;
	s->loaded_ns = 0;
	/* what was told before there was an agent is in the ring of events */
	s->next = s->looked ? 1 : nsm_page_told(page) + 1;
	if (s->looked)
		s->changed_ns = source_clock(CLOCK_REALTIME);
}

void
source_look(struct source *s)
{
	look(s);
	s->looked = true;
}

static void
put_right(struct source *s, uint64_t now)
{
	struct nsm_agent *a = nsm_view_agent(s->view);
	uint64_t stamp = nsm_page_stamped(s->page);
	uint64_t age = now > stamp ? (now - stamp) / 1000000 : 0;

	/* it ended without a word */
	if (a->capture_state != NSM_STOPPED && nsm_page_is_orphan(s->page))
		a->capture_state = NSM_FAILED;
	a->snapshot_age = age < UINT32_MAX ? (uint32_t)age : UINT32_MAX;
	a->discontinuity_time = s->changed_ns;
	a->notif_suppressed += (uint32_t)s->suppressed;
}

const struct nsm_view *
source_view(struct source *s)
{
	uint64_t now = source_clock(CLOCK_MONOTONIC);

	if (s->page == NULL)
		source_look(s);
	if (s->page == NULL)
		return NULL;
	if (s->loaded_ns == 0 || now - s->loaded_ns >= FRESH_NS) {
		nsm_view_load(s->view, s->page);
		put_right(s, now);
		s->loaded_ns = now;
	}
	return s->view;
}

bool
source_notice(struct source *s, struct nsm_notice *n)
{
	uint64_t told;

	if (s->page == NULL)
		return false;
	told = nsm_page_told(s->page);
	if (told >= s->next + NSM_NOTICES) {
		/* so many came that the first are overwritten */
		s->suppressed += told - NSM_NOTICES + 1 - s->next;
		s->next = told - NSM_NOTICES + 1;
	}
	while (s->next <= told) {
		if (nsm_page_notice(s->page, s->next++, n))
			return true;
		s->suppressed++;
	}
	return false;
}
