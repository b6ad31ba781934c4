/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Log Event Extended Format 2.0, tabs between: a value can hold none, and
 * nothing else needs an escape.  Keys are those that QRadar knows; all others
 * have the names of the JSON form.
 */
#include <config.h>

#include "outputs/cef/cef.h"
#include "outputs/cef/parts.h"

#define TEXT_MAX 1024

/* Known keys come first; these of our own would say it again. */
static bool
is_said(const char *name)
{
	return strcmp(name, "src") == 0 || strcmp(name, "dst") == 0;
}

static void
own(void *arg, const char *name, struct bytes v)
{
	/* there "proto" is TCP or UDP */
	if (!is_said(name))
		cef_bytes(arg, strcmp(name, "proto") == 0 ? "app" : name, v,
		    TEXT_MAX);
}

static void
put_end(struct cef_pairs *p, const char *ip, const char *port, const char *mac,
    const struct endpoint *e)
{
	if (!cef_ip(p, ip, e, false))
		cef_ip(p, ip, e, true);
	if (e->port != 0)
		cef_u64(p, port, e->port);
	cef_mac(p, mac, e);
}

size_t
leef_format(char *buf, size_t size, const char *source, const struct event *ev)
{
	struct text t = text_over(buf, size);
	struct cef_pairs p = { &t, "\t", "", false };
	char s[MESSAGE_TEXT], peer[MESSAGE_ENDPOINT];

	text_add(&t, "LEEF:2.0|gridtap|gridtap|" PACKAGE_VERSION "|");
	text_add(&t, ev->def->id);
	text_add(&t, "|x09|");
	cef_time(&p, "devTime", &ev->at);
	cef_text(&p, "cat", ev->def->mnemonic, TEXT_MAX);
	cef_u64(&p, "sev", cef_severity(ev->severity));
	cef_text(&p, "severity", event_severity(ev->severity), TEXT_MAX);
	put_end(&p, "src", "srcPort", "srcMAC", &ev->src);
	put_end(&p, "dst", "dstPort", "dstMAC", &ev->dst);
	cef_bytes(&p, "usrName", event_bytes(&ev->user), TEXT_MAX);
	cef_text(&p, "role", ev->role, TEXT_MAX);
	cef_text(&p, "peer", message_peer(peer, ev), TEXT_MAX);
	cef_text(&p, "source", source, 255);
	cef_u64(&p, "sqnum", ev->sqnum);
	cef_bytes(&p, "text", message_text(s, ev), TEXT_MAX);
	for (size_t i = 0; i < ev->nwhy; i++)
		if (message_names(ev->def, ev->why[i].name))
			cef_bytes(&p, ev->why[i].name,
			    event_bytes(&ev->why[i].value), TEXT_MAX);
	message_own(ev, own, &p);
	cef_text(&p, "ref", ev->ref, TEXT_MAX);
	return text_end(&t);
}
