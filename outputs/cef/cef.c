/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Common Event Format: in the header "|" and "\" get a backslash, in the
 * extension "=" and "\".  Keys are those of ArcSight's dictionary, custom
 * fields have their label behind them.
 */
#include <config.h>

#include "outputs/cef/cef.h"
#include "outputs/cef/parts.h"

#define HEADER_SPECIAL "|\\"
#define EXTENSION_SPECIAL "=\\"
#define NAME_MAX_ 512
#define HOST_MAX 100
#define TEXT_MAX 1023   /* of most keys */
#define CUSTOM_MAX 4000 /* of cs1 to cs6 */

static void
custom(struct cef_pairs *p, const char *key, const char *label, struct bytes v)
{
	char name[24];

	if (v.n == 0)
		return;
	cef_bytes(p, key, v, CUSTOM_MAX);
	snprintf(name, sizeof(name), "%sLabel", key);
	cef_text(p, name, label, TEXT_MAX);
}

static void
custom_text(
    struct cef_pairs *p, const char *key, const char *label, const char *v)
{
	if (v != NULL)
		custom(p, key, label,
		    (struct bytes){ (const uint8_t *)v, strlen(v) });
}

static void
put_ends(struct cef_pairs *p, const struct event *ev)
{
	cef_ip(p, "src", &ev->src, false);
	if (cef_ip(p, "c6a2", &ev->src, true))
		cef_text(p, "c6a2Label", "Source IPv6 Address", TEXT_MAX);
	if (ev->src.port != 0)
		cef_u64(p, "spt", ev->src.port);
	cef_mac(p, "smac", &ev->src);
	cef_ip(p, "dst", &ev->dst, false);
	if (cef_ip(p, "c6a3", &ev->dst, true))
		cef_text(p, "c6a3Label", "Destination IPv6 Address", TEXT_MAX);
	if (ev->dst.port != 0)
		cef_u64(p, "dpt", ev->dst.port);
	cef_mac(p, "dmac", &ev->dst);
}

/* All values that made the detector speak in one field: there is no key. */
static void
put_why(struct cef_pairs *p, const struct event *ev)
{
	char s[EVENT_WHY * (EVENT_STR + 64)];
	struct text t = text_over(s, sizeof(s));

	for (size_t i = 0; i < ev->nwhy; i++) {
		text_add(&t, i > 0 ? "; " : "");
		text_add(&t, ev->why[i].name);
		text_add(&t, "=");
		text_put(
		    &t, (const char *)ev->why[i].value.p, ev->why[i].value.n);
	}
	custom(p, "cs3", "why", (struct bytes){ (uint8_t *)s, t.n });
}

static void
put_custom(struct cef_pairs *p, const struct event *ev)
{
	custom(p, "cs1", "subject", event_bytes(&ev->subject));
	custom_text(p, "cs2", "det", ev->det);
	put_why(p, ev);
	custom_text(p, "cs4", "attack", ev->attack);
	custom_text(p, "cs5", "RefEvtID", ev->ref);
	custom_text(p, "cs6", "std", ev->std);
	if (ev->frame > 0) {
		cef_u64(p, "cn1", ev->frame);
		cef_text(p, "cn1Label", "frame", TEXT_MAX);
	}
	if (ev->vlans > 0) {
		cef_u64(p, "cn2", ev->vlan[0]);
		cef_text(p, "cn2Label", "vlan", TEXT_MAX);
	}
	custom_text(
	    p, "flexString1", "confidence", ev->doubtful ? "low" : "high");
	custom_text(p, "flexString2", "state", event_state(ev->state));
	cef_text(p, "fname", ev->capture, TEXT_MAX);
}

static void
put_header(struct text *t, const struct event *ev, struct bytes name)
{
	text_add(t, "CEF:0|gridtap|gridtap|" PACKAGE_VERSION "|");
	text_add(t, ev->def->id);
	text_add(t, "|");
	message_clean(t, name, NAME_MAX_, HEADER_SPECIAL);
	text_add(t, "|");
	text_u64(t, cef_severity(ev->severity));
	text_add(t, "|");
}

size_t
cef_format(char *buf, size_t size, const char *source, const struct event *ev)
{
	struct text t = text_over(buf, size);
	struct cef_pairs p = { &t, " ", EXTENSION_SPECIAL, false };
	char s[MESSAGE_TEXT];
	struct bytes text = message_text(s, ev);

	put_header(&t, ev, text);
	cef_time(&p, "rt", &ev->at);
	cef_text(&p, "dvchost", source, HOST_MAX);
	cef_u64(&p, "externalId", ev->sqnum);
	cef_text(&p, "cat", ev->def->mnemonic, TEXT_MAX);
	cef_u64(&p, "cnt", ev->count);
	cef_text(&p, "app", ev->proto, 31);
	put_ends(&p, ev);
	cef_bytes(&p, "suser", event_bytes(&ev->user), TEXT_MAX);
	cef_text(&p, "spriv", ev->role, TEXT_MAX);
	cef_bytes(&p, "msg", text, TEXT_MAX);
	put_custom(&p, ev);
	return text_end(&t);
}
