/* SPDX-License-Identifier: Apache-2.0 */
/* Maintenance windows (B.0, rule 5). */
#include <config.h>

#include "rules/policy_parts.h"

const char *const policy_maintained[] = { "D-03", "D-09", "D-18", "D-32",
	"D-41", "D-42", "D-45", "D-50", "T-11", "T-12", "T-17", "P-14", "G-01",
	"G-02", "G-16", "N-7", NULL };

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
is_maintained(const char *det)
{
	for (const char *const *id = policy_maintained; *id != NULL; id++)
		if (strcmp(*id, det) == 0)
			return true;
	return false;
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
	if (p == NULL || p->nwindows == 0 || !is_maintained(ev->det))
		return false;
	for (size_t i = 0; i < p->nwindows; i++)
		if (is_open(p, &p->windows[i], ev))
			return true;
	return false;
}
