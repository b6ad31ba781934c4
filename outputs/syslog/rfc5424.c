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
param_endpoint(struct text *t, const char *name, const struct endpoint *e)
{
	char s[MESSAGE_ENDPOINT];

	param_text(t, name, message_endpoint(s, e));
}

static void
put_peer(struct text *t, const struct event *ev)
{
	struct endpoint peer = ev->dst_is_peer ? ev->dst : ev->src;
	char s[MESSAGE_ENDPOINT];

	peer.port = 0;
	message_endpoint(s, &peer);
	if (*s != '\0')
		param(t, "PeerInfo", bytes_of(s), PEER_MAX);
}

static void
put_standard(struct text *t, const struct event *ev)
{
	text_add(t, "[" STANDARD_ID);
	param_text(t, "ID", ev->def->id);
	param_text(t, "MNEMONIC", ev->def->mnemonic);
	param_text(t, "Text", ev->def->text);
	param_u64(t, "SqNum", ev->sqnum);
	put_peer(t, ev);
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
put_vlans(struct text *t, const struct event *ev)
{
	if (ev->vlans == 0)
		return;
	text_add(t, " vlan=\"");
	for (size_t i = 0; i < ev->vlans && i < PDU_VLANS; i++) {
		text_add(t, i > 0 ? "," : "");
		text_u64(t, ev->vlan[i]);
	}
	text_add(t, "\"");
}

static void
put_why(struct text *t, const struct event *ev)
{
	char name[NAME_OCTETS + 1];

	for (size_t i = 0; i < ev->nwhy; i++) {
		if (message_names(ev->def, ev->why[i].name))
			continue;
		snprintf(name, sizeof(name), "why.%s", ev->why[i].name);
		param(t, name, event_bytes(&ev->why[i].value), MESSAGE_VALUE);
	}
}

static void
put_own(struct text *t, const struct event *ev)
{
	text_add(t, "[" OWN_ID);
	param_text(t, "det", ev->det);
	param_text(t, "proto", ev->proto);
	param_endpoint(t, "src", &ev->src);
	param_endpoint(t, "dst", &ev->dst);
	put_vlans(t, ev);
	param_text(t, "flow", ev->flow);
	if (ev->frame > 0)
		param_u64(t, "frame", ev->frame);
	param_text(t, "capture", ev->capture);
	if (ev->subject.n > 0)
		param(t, "subject", event_bytes(&ev->subject), MESSAGE_VALUE);
	param_text(t, "state", event_state(ev->state));
	param_text(t, "confidence", ev->doubtful ? "low" : "high");
	put_why(t, ev);
	param_text(t, "attack", ev->attack);
	param_u64(t, "count", ev->count);
	param_text(t, "std", ev->std);
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

int
rfc5424_format(char *buf, size_t size, const struct rfc5424_sender *from,
    const struct event *ev)
{
	struct text t = text_over(buf, size);
	size_t n;

	text_add(&t, "<");
	text_u64(&t, FACILITY * 8 + ev->severity);
	text_add(&t, ">1 ");
	put_time(&t, &ev->at);
	put_header(&t, from->source, SOURCE_MAX);
	put_header(&t, from->app, APP_MAX);
	text_add(&t, "- " MSGID " ");
	put_quality(&t, from->clock);
	put_standard(&t, ev);
	put_own(&t, ev);
	text_add(&t, " ");
	put_message(&t, ev);
	n = text_end(&t);
	return n > 0 ? (int)n : -EMSGSIZE;
}
