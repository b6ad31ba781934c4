/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 5424 with the SD-ELEMENT of IEC 62351-14 and one of our own behind it. */
#include <config.h>

#include <errno.h>

#include "outputs/message.h"
#include "outputs/syslog/rfc5424.h"

#define FACILITY 13 /* log audit */
#define MSGID "IEC62351-14:1"
#define STANDARD_ID "62351-14@41912"
#define OWN_ID "gridtap@" EVENT_ENTERPRISE

#define SOURCE_MAX 255
#define APP_MAX 48
#define PEER_MAX 64
#define USER_MAX 32
#define ROLE_MAX 29
#define NAME_OCTETS 32  /* of an SD-NAME (RFC 5424, 6.3.3) */
#define SPECIAL "\"\\]" /* in a PARAM-VALUE (RFC 5424, 6.3.3) */

static struct bytes
bytes_of(const char *s)
{
	return (struct bytes){ (const uint8_t *)s, strlen(s) };
}

/* A header field is visible ASCII without space, or NIL (RFC 5424, 6). */
static void
put_header(struct text *t, const char *s, size_t max)
{
	text_add(t, *s == '\0' ? "-" : "");
	for (; *s != '\0' && max-- > 0; s++)
		text_put(t, *s > ' ' && *s < 0x7f ? s : "_", 1);
	text_add(t, " ");
}

static void
param(struct text *t, const char *name, struct bytes v, size_t max)
{
	text_add(t, " ");
	text_put(t, name, strnlen(name, NAME_OCTETS));
	text_add(t, "=\"");
	message_clean(t, v, max, SPECIAL);
	text_add(t, "\"");
}

/* Left out when it is not there or empty. */
static void
param_text(struct text *t, const char *name, const char *v)
{
	if (v != NULL && *v != '\0')
		param(t, name, bytes_of(v), MESSAGE_VALUE);
}

static void
param_u64(struct text *t, const char *name, uint64_t v)
{
	char s[24];

	snprintf(s, sizeof(s), "%" PRIu64, v);
	param_text(t, name, s);
}

static void
put_standard(struct text *t, const struct event *ev)
{
	char peer[MESSAGE_ENDPOINT];

	text_add(t, "[" STANDARD_ID);
	param_text(t, "ID", ev->def->id);
	param_text(t, "MNEMONIC", ev->def->mnemonic);
	param_text(t, "Text", ev->def->text);
	param_u64(t, "SqNum", ev->sqnum);
	message_peer(peer, ev);
	if (*peer != '\0')
		param(t, "PeerInfo", bytes_of(peer), PEER_MAX);
	if (ev->user.n > 0)
		param(t, "UsrID", event_bytes(&ev->user), USER_MAX);
	if (ev->role[0] != '\0')
		param(t, "Role", bytes_of(ev->role), ROLE_MAX);
	for (size_t i = 0; i < ev->nwhy; i++)
		if (message_names(ev->def, ev->why[i].name))
			param(t, ev->why[i].name,
			    event_bytes(&ev->why[i].value), MESSAGE_VALUE);
	param_text(t, "RefEvtID", ev->ref);
	text_add(t, "]");
}

static void
own(void *arg, const char *name, struct bytes v)
{
	param(arg, name, v, MESSAGE_VALUE);
}

static void
put_own(struct text *t, const struct event *ev)
{
	text_add(t, "[" OWN_ID);
	message_own(ev, own, t);
	text_add(t, "]");
}

/* For people; no BOM, old collectors print it. */
static void
put_message(struct text *t, const struct event *ev)
{
	char s[MESSAGE_TEXT];

	message_clean(t, message_text(s, ev), sizeof(s), "");
}

static void
put_time(struct text *t, const struct timespec *at)
{
	char s[MESSAGE_TIME];

	message_time(s, at, 'T');
	text_add(t, *s != '\0' ? s : "-");
	text_add(t, " ");
}

/* First of all, so that a message that is cut keeps it (IEC 62351-14). */
static void
put_quality(struct text *t, const struct clock_state *c)
{
	if (c == NULL)
		return;
	text_add(t, "[timeQuality tzKnown=\"1\" isSynced=\"");
	text_add(t, c->synced ? "1\"" : "0\"");
	if (c->synced && c->accuracy_us > 0)
		param_u64(t, "syncAccuracy", c->accuracy_us);
	text_add(t, "]");
}

static void
put_front(
    struct text *t, const struct rfc5424_sender *from, const struct event *ev)
{
	text_add(t, "<");
	text_u64(t, FACILITY * 8 + ev->severity);
	text_add(t, ">1 ");
	put_time(t, &ev->at);
	put_header(t, from->source, SOURCE_MAX);
	put_header(t, from->app, APP_MAX);
	text_add(t, "- ");
}

static int
end(struct text *t)
{
	size_t n = text_end(t);

	return n > 0 ? (int)n : -EMSGSIZE;
}

int
rfc5424_format(char *buf, size_t size, const struct rfc5424_sender *from,
    const struct event *ev)
{
	struct text t = text_over(buf, size);

	put_front(&t, from, ev);
	text_add(&t, MSGID " ");
	put_quality(&t, from->clock);
	put_standard(&t, ev);
	put_own(&t, ev);
	text_add(&t, " ");
	put_message(&t, ev);
	return end(&t);
}

int
rfc5424_wrap(char *buf, size_t size, const struct rfc5424_sender *from,
    const struct event *ev, const char *line, size_t n)
{
	struct text t = text_over(buf, size);

	put_front(&t, from, ev);
	text_add(&t, "- ");
	put_quality(&t, from->clock);
	text_add(&t, from->clock != NULL ? " " : "- ");
	text_put(&t, line, n);
	return end(&t);
}
