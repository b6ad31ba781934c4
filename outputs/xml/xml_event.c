/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An event as EventEntry: the logged attributes of IEC 62351-14, P. parameters
 * and X. information as its definition names them, all else as OtherData.
 */
#include <config.h>

#include "dissectors/utf8.h"
#include "outputs/message.h"
#include "outputs/xml/xml_event.h"

#define SOURCE_MAX 255
#define PEER_MAX 64
#define USER_MAX 32
#define ROLE_MAX 29

void
xml_event_escape(struct text *t, struct bytes v, size_t max)
{
	uint32_t c, before = 0;
	char s[4];

	for (; v.n > 0 && max-- > 0; before = c) {
		c = message_take(&v);

		if (c == '&')
			text_add(t, "&amp;");
		else if (c == '<')
			text_add(t, "&lt;");
		else if (c == '>')
			text_add(t, "&gt;");
		else if (c == '"')
			text_add(t, "&quot;");
		else if (c == '-' && before == '-')
			text_add(t, "&#45;");
		else
			text_put(t, s, utf8_put(s, c));
	}
}

static void
attribute(struct text *t, const char *name, struct bytes v, size_t max)
{
	text_add(t, " ");
	text_add(t, name);
	text_add(t, "=\"");
	xml_event_escape(t, v, max);
	text_add(t, "\"");
}

/* Left out when it is not there or empty. */
static void
attribute_text(struct text *t, const char *name, const char *v, size_t max)
{
	if (v != NULL && *v != '\0')
		attribute(t, name,
		    (struct bytes){ (const uint8_t *)v, strlen(v) }, max);
}

static void
put_attributes(struct text *t, const char *source, const struct event *ev)
{
	char s[MESSAGE_ENDPOINT], number[16], ts[MESSAGE_TIME];

	snprintf(number, sizeof(number), "%" PRIu32, ev->sqnum);
	text_add(t, " LogType=\"IEC62351-14\" IecVersion=\"1\"");
	attribute_text(t, "Timestamp", message_time(ts, &ev->at, 'T'), 32);
	attribute_text(t, "SqNum", number, sizeof(number));
	attribute_text(t, "ID", ev->def->id, MESSAGE_VALUE);
	attribute_text(t, "MNEMONIC", ev->def->mnemonic, MESSAGE_VALUE);
	attribute_text(t, "Severity", event_severity(ev->severity), 8);
	attribute_text(t, "Source", source, SOURCE_MAX);
	attribute_text(t, "App-Name", "gridtap", 48);
	attribute_text(t, "PeerInfo", message_peer(s, ev), PEER_MAX);
	if (ev->user.n > 0)
		attribute(t, "UsrID", event_bytes(&ev->user), USER_MAX);
	attribute_text(t, "Role", ev->role, ROLE_MAX);
	attribute_text(t, "RefEvtID", ev->ref, MESSAGE_VALUE);
	attribute_text(t, "Text", ev->def->text, MESSAGE_VALUE);
}

static void
put_item(struct text *t, const char *tag, const char *name, struct bytes v)
{
	text_add(t, "<");
	text_add(t, tag);
	attribute_text(t, "name", name, MESSAGE_VALUE);
	text_add(t, ">");
	xml_event_escape(t, v, MESSAGE_VALUE);
	text_add(t, "</");
	text_add(t, tag);
	text_add(t, ">");
}

/* The values of this kind that the definition names; a list if there are. */
static void
put_values(struct text *t, const struct event *ev, char kind, const char *list,
    const char *tag)
{
	bool any = false;

	for (size_t i = 0; i < ev->nwhy; i++) {
		const struct event_why *w = &ev->why[i];

		if (w->name[0] != kind || !message_names(ev->def, w->name))
			continue;
		if (!any) {
			text_add(t, "<");
			text_add(t, list);
			text_add(t, ">");
		}
		any = true;
		put_item(t, tag, w->name, event_bytes(&w->value));
	}
	if (any) {
		text_add(t, "</");
		text_add(t, list);
		text_add(t, ">");
	}
}

static void
own(void *arg, const char *name, struct bytes v)
{
	put_item(arg, "O", name, v);
}

size_t
xml_event_format(
    char *buf, size_t size, const char *source, const struct event *ev)
{
	struct text t = text_over(buf, size);

	text_add(&t, "<EventEntry");
	put_attributes(&t, source, ev);
	text_add(&t, ">");
	put_values(&t, ev, 'P', "Params", "P");
	put_values(&t, ev, 'X', "ExtraInfo", "X");
	text_add(&t, "<OtherData>");
	message_own(ev, own, &t);
	text_add(&t, "</OtherData></EventEntry>");
	return text_end(&t);
}
