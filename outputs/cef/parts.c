/* SPDX-License-Identifier: Apache-2.0 */
/* Pairs of key and value, and the values that CEF and LEEF write alike. */
#include <config.h>

#include "outputs/cef/parts.h"

void
cef_bytes(struct cef_pairs *p, const char *key, struct bytes v, size_t max)
{
	if (v.n == 0)
		return;
	text_add(p->t, p->any ? p->between : "");
	p->any = true;
	text_add(p->t, key);
	text_add(p->t, "=");
	message_clean(p->t, v, max, p->special);
}

void
cef_text(struct cef_pairs *p, const char *key, const char *v, size_t max)
{
	if (v != NULL)
		cef_bytes(p, key,
		    (struct bytes){ (const uint8_t *)v, strlen(v) }, max);
}

void
cef_u64(struct cef_pairs *p, const char *key, uint64_t v)
{
	char s[24];

	snprintf(s, sizeof(s), "%" PRIu64, v);
	cef_text(p, key, s, sizeof(s));
}

void
cef_time(struct cef_pairs *p, const char *key, const struct timespec *at)
{
	char s[MESSAGE_TIME];

	/* the same bounds as in all other formats */
	if (*message_time(s, at, 'T') != '\0')
		cef_u64(p, key,
		    (uint64_t)at->tv_sec * 1000 +
		        (uint64_t)at->tv_nsec / 1000000);
}

static bool
has_ip(const struct endpoint *e)
{
	static const uint8_t none[sizeof(e->ip)];

	return memcmp(e->ip, none, sizeof(none)) != 0;
}

bool
cef_ip(struct cef_pairs *p, const char *key, const struct endpoint *e, bool v6)
{
	struct event_str s = event_address(e);
	bool is_v6 = memchr(s.p, '.', s.n) == NULL;

	if (!has_ip(e) || is_v6 != v6)
		return false;
	cef_bytes(p, key, event_bytes(&s), EVENT_STR);
	return true;
}

void
cef_mac(struct cef_pairs *p, const char *key, const struct endpoint *e)
{
	static const uint8_t none[sizeof(e->mac)];
	struct endpoint mac = { .port = 0 };
	struct event_str s;

	if (memcmp(e->mac, none, sizeof(none)) == 0)
		return;
	memcpy(mac.mac, e->mac, sizeof(mac.mac));
	s = event_address(&mac);
	cef_bytes(p, key, event_bytes(&s), EVENT_STR);
}

unsigned
cef_severity(enum severity severity)
{
	switch (severity) {
	case SEVERITY_ALARM:
		return 10;
	case SEVERITY_ERROR:
		return 7;
	case SEVERITY_WARNING:
		return 5;
	case SEVERITY_NOTICE:
		break;
	}
	return 2;
}
