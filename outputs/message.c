/* SPDX-License-Identifier: Apache-2.0 */
/* What all formats write of an event in the same way. */
#include <config.h>

#include "dissectors/timetext.h"
#include "dissectors/utf8.h"
#include "outputs/message.h"

/* The value of the token {NAME} at s, or NULL if there is none. */
static const struct event_why *
value_at(const struct event *ev, const char *s)
{
	for (size_t i = 0; i < ev->nwhy; i++) {
		size_t n = strlen(ev->why[i].name);

		if (strncmp(s + 1, ev->why[i].name, n) == 0 && s[n + 1] == '}')
			return &ev->why[i];
	}
	return NULL;
}

/* Whether name stands in s with this behind it; the end is a space. */
static bool
stands_in(const char *s, const char *name, char behind)
{
	size_t n = strlen(name);

	for (; (s = strstr(s, name)) != NULL; s++)
		if (s[n] == behind || (s[n] == '\0' && behind == ' '))
			return true;
	return false;
}

bool
message_names(const struct event_def *def, const char *name)
{
	if (strncmp(name, "P.", 2) == 0)
		return stands_in(def->text, name, '}');
	if (strncmp(name, "X.", 2) == 0)
		return stands_in(def->x_info, name, ' ');
	return false;
}

struct bytes
message_text(char buf[MESSAGE_TEXT], const struct event *ev)
{
	struct text t = text_over(buf, MESSAGE_TEXT);

	for (const char *s = ev->def->text; *s != '\0'; s++) {
		const struct event_why *w = *s == '{' ? value_at(ev, s) : NULL;

		if (w == NULL) {
			text_put(&t, s, 1);
			continue;
		}
		text_put(&t, (const char *)w->value.p, w->value.n);
		s += strlen(w->name) + 1;
	}
	return (struct bytes){ (const uint8_t *)buf, t.n };
}

const char *
message_time(char buf[MESSAGE_TIME], const struct timespec *at, char between)
{
	uint32_t micro = (uint32_t)((uint64_t)at->tv_nsec / 1000 % 1000000);

	*buf = '\0';
	/* times before 1970 are negative, and so beyond it too */
	if ((uint64_t)at->tv_sec > TIMETEXT_LAST)
		return buf;
	timetext_utc(buf, (uint64_t)at->tv_sec, micro);
	buf[10] = between;
	return buf;
}

const char *
message_endpoint(char buf[MESSAGE_ENDPOINT], const struct endpoint *e)
{
	static const struct endpoint none;
	struct event_str address = event_address(e);
	const char *a = (const char *)address.p;

	*buf = '\0';
	if (memcmp(e->ip, none.ip, sizeof(e->ip)) == 0 &&
	    memcmp(e->mac, none.mac, sizeof(e->mac)) == 0)
		return buf;
	if (e->port == 0)
		snprintf(buf, MESSAGE_ENDPOINT, "%s", a);
	else if (strchr(a, '.') != NULL)
		snprintf(buf, MESSAGE_ENDPOINT, "%s:%u", a, e->port);
	else
		snprintf(buf, MESSAGE_ENDPOINT, "[%s]:%u", a, e->port);
	return buf;
}

const char *
message_peer(char buf[MESSAGE_ENDPOINT], const struct event *ev)
{
	struct endpoint peer = ev->dst_is_peer ? ev->dst : ev->src;

	peer.port = 0;
	return message_endpoint(buf, &peer);
}

struct own {
	message_each *each;
	void *arg;
};

/* Left out when it is not there or empty. */
static void
own_text(const struct own *o, const char *name, const char *v)
{
	if (v != NULL && *v != '\0')
		o->each(o->arg, name,
		    (struct bytes){ (const uint8_t *)v, strlen(v) });
}

static void
own_u64(const struct own *o, const char *name, uint64_t v)
{
	char s[24];

	snprintf(s, sizeof(s), "%" PRIu64, v);
	own_text(o, name, s);
}

static void
own_packet(const struct own *o, const struct event *ev)
{
	char s[MESSAGE_ENDPOINT];
	struct text t = text_over(s, sizeof(s));

	own_text(o, "src", message_endpoint(s, &ev->src));
	own_text(o, "dst", message_endpoint(s, &ev->dst));
	for (size_t i = 0; i < ev->vlans && i < PDU_VLANS; i++) {
		text_add(&t, i > 0 ? "," : "");
		text_u64(&t, ev->vlan[i]);
	}
	text_end(&t);
	own_text(o, "vlan", s);
	own_text(o, "flow", ev->flow);
	if (ev->frame > 0)
		own_u64(o, "frame", ev->frame);
	own_text(o, "capture", ev->capture);
}

void
message_own(const struct event *ev, message_each *each, void *arg)
{
	const struct own o = { each, arg };
	char name[64];

	own_text(&o, "det", ev->det);
	own_text(&o, "proto", ev->proto);
	own_packet(&o, ev);
	if (ev->subject.n > 0)
		each(arg, "subject", event_bytes(&ev->subject));
	own_text(&o, "state", event_state(ev->state));
	own_text(&o, "confidence", ev->doubtful ? "low" : "high");
	for (size_t i = 0; i < ev->nwhy; i++) {
		if (message_names(ev->def, ev->why[i].name))
			continue;
		snprintf(name, sizeof(name), "why.%s", ev->why[i].name);
		each(arg, name, event_bytes(&ev->why[i].value));
	}
	own_text(&o, "attack", ev->attack);
	own_u64(&o, "count", ev->count);
	own_text(&o, "std", ev->std);
}

/* Beside those of utf8_is_control(): they turn what is near, or are none. */
static bool
is_foul(uint32_t c)
{
	return c == 0x200e || c == 0x200f || c == 0x61c || c == 0xfeff ||
	       (c & 0xfffe) == 0xfffe || (c >= 0xfdd0 && c <= 0xfdef);
}

uint32_t
message_take(struct bytes *v)
{
	uint32_t c = utf8_take(v);

	return utf8_is_control(c) || is_foul(c) ? UTF8_REPLACEMENT : c;
}

void
message_clean(struct text *t, struct bytes v, size_t max, const char *special)
{
	char s[4];

	while (v.n > 0 && max-- > 0) {
		uint32_t c = message_take(&v);

		if (c < 0x80 && strchr(special, (int)c) != NULL)
			text_add(t, "\\");
		text_put(t, s, utf8_put(s, c));
	}
}
