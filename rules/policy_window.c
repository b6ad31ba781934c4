/* SPDX-License-Identifier: Apache-2.0 */
/* Maintenance windows (B.0, rule 5). */
#include <config.h>

#include "rules/policy_parts.h"

static bool
is_at(const struct policy_subject *who, const struct endpoint *e)
{
	static const uint8_t none[16];

	if (who->kind == WHOM_MAC)
		return memcmp(who->mac, e->mac, sizeof(who->mac)) == 0;
	return memcmp(e->ip, none, sizeof(none)) != 0 &&
	       policy_prefix_has(&who->address, e->ip);
}

static bool
is_whom(const struct policy_subject *who, const struct event *ev)
{
	size_t n = who->n;

	if (who->kind != WHOM_SUBJECT)
		return is_at(who, &ev->src) || is_at(who, &ev->dst);
	return (who->begins ? ev->subject.n >= n : ev->subject.n == n) &&
	       memcmp(ev->subject.p, who->text, n) == 0;
}

static bool
is_what(const char *what, const char *det)
{
	size_t n = strlen(what);

	return what[n - 1] == '-' ? strncmp(what, det, n) == 0
	                          : strcmp(what, det) == 0;
}

static bool
is_open(const struct policy *p, const struct policy_window *w,
    const struct event *ev)
{
	bool who = w->who.n == 0, what = w->what.n == 0;

	if (ev->at.tv_sec < w->from || ev->at.tv_sec >= w->to)
		return false;
	for (uint32_t i = 0; !what && i < w->what.n; i++)
		what = is_what(p->whats[w->what.first + i], ev->det);
	for (uint32_t i = 0; what && !who && i < w->who.n; i++)
		who = is_whom(&p->whos[w->who.first + i], ev);
	return who && what;
}

bool
policy_window(const struct policy *p, const struct event *ev)
{
	for (size_t i = 0; p != NULL && i < p->nwindows; i++)
		if (is_open(p, &p->windows[i], ev))
			return true;
	return false;
}
