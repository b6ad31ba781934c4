/* SPDX-License-Identifier: Apache-2.0 */
/* The policy's line for an event, by a form for each detection. */
#include <config.h>

#include "rules/allow.h"

/*
 * In a form stand %p for the peer's address and %o for the other end's, %s for
 * the subject, %a for the address in it, %l for the link address behind its
 * slash, %m for a meter's title or address, and %NAME; for a value; %! for
nothing, where "from" is not "to".
 */
struct form {
	const char *det;
	const char *mnemonic;     /* NULL: any of the detection's */
	const char *name, *value; /* what a value has to be; NULL: anything */
	const char *line;
};

#define IEC104(what) "iec104: {stations: [{address: %a, " what "}]}"
#define IEC104_MASTER(who) IEC104("masters: [" who "]")
#define DNP3(what) "dnp3: {stations: [{address: %a, " what "}]}"
#define GOOSE(what) "goose: {publishers: [{gocbref: %s" what "}]}"
#define METERS(what) "dlms: {groups: [{name: allowed, meters: [%m]" what "}]}"
#define GROUP                                                                  \
	"%!masters: [{address: %from;, group: one}, {address: %to;, group: "   \
	"one}]"

static const struct form forms[] = {
	{ "D-16", NULL, NULL, NULL,
	    METERS(", clients: [{sap: %client_sap;, address: %p}]") },
	{ "D-17", NULL, NULL, NULL,
	    METERS(", clients: [{sap: %client_sap;, title: %client_title;, "
	           "address: %p}]") },
	{ "D-32", NULL, "reason", "source", "dlms: {broadcast: [%p]}" },
	{ "D-57", NULL, "association", "none",
	    "dlms: {pre_established: [%client_sap;]}" },
	{ "D-59", NULL, "unknown", "meter", METERS("") },
	{ "D-59", NULL, "unknown", "destination",
	    "dlms: {push_targets: [%p]}" },
	{ "D-62", NULL, NULL, NULL,
	    "dlms: {gateways: [{network: %network;}]}" },
	{ "D-64", NULL, NULL, NULL, METERS(", tls: false") },
	{ "D-65", NULL, NULL, NULL, "dlms: {address_plan: [%p, %o]}" },
	{ "G-01", NULL, NULL, NULL, GOOSE("") },
	{ "G-02", NULL, NULL, NULL, GOOSE(", mac: [%known_as;, %from;]") },
	{ "G-02", NULL, NULL, NULL, GOOSE(", mac: [%from;]") },
	{ "G-03", NULL, NULL, NULL, GOOSE(", mac: [%known_as;, %from;]") },
	{ "G-04", NULL, NULL, NULL, GOOSE(", confrev: %confrev;") },
	{ "G-04", NULL, NULL, NULL, GOOSE(", entries: %entries;") },
	{ "G-04", NULL, NULL, NULL, GOOSE("") },
	{ "G-16", "GSE_SIMULATION", NULL, NULL, GOOSE(", may_simulate: true") },
	{ "G-22", "RGOOSE_UNKNOWN", NULL, NULL, "rgoose: {sources: [%p]}" },
	{ "G-24", NULL, NULL, NULL, GOOSE(", segments: [%segment;]") },
	{ "N-1", NULL, "unlisted", "both",
	    "devices: {addresses: [%p], macs: [%mac;]}" },
	{ "N-1", NULL, "unlisted", "address", "devices: {addresses: [%p]}" },
	{ "N-1", NULL, "unlisted", "mac", "devices: {macs: [%mac;]}" },
	{ "N-4", NULL, NULL, NULL, "scanners: [%s]" },
	{ "P-01", NULL, "by", "link address of another outstation", NULL },
	{ "P-01", NULL, "by", "another MAC address",
	    DNP3("masters: [{address: %master;}]") },
	{ "P-01", NULL, NULL, NULL,
	    DNP3("masters: [{address: %master;, link_address: "
	         "%master_link;}]") },
	{ "P-02", NULL, NULL, NULL,
	    DNP3("masters: [{address: %p, functions: [%function;]}]") },
	{ "P-03", NULL, NULL, NULL,
	    DNP3("points: [{link_address: %l, group: %group;, index: "
	         "[%index;]}]") },
	{ "P-31", NULL, NULL, NULL, DNP3("tls: false") },
	{ "P-32", NULL, NULL, NULL, DNP3(GROUP) },
	{ "T-01", NULL, NULL, NULL, IEC104_MASTER("{address: %master;}") },
	{ "T-02", "TELECONTROL_LINK_TAKEOVER", NULL, NULL, IEC104(GROUP) },
	{ "T-03", NULL, NULL, NULL, IEC104("links: %links;") },
	{ "T-04", "TELECONTROL_NEW_COMMAND", NULL, NULL,
	    IEC104_MASTER("{address: %p, types: [%type;]}") },
	{ "T-05", NULL, NULL, NULL,
	    IEC104("points: [{ca: %ca;, ioa: [%ioa;]}]") },
	{ "T-13", "TELECONTROL_CLOCK_SOURCE", NULL, NULL,
	    IEC104_MASTER("{address: %p, sets_time: true}") },
	{ "T-24", NULL, NULL, NULL, IEC104("dual: true") },
	{ "T-37", NULL, NULL, NULL, IEC104("tls: false") },
};

static const struct event_why *
find_why(const struct event *ev, const char *name, size_t n)
{
	for (size_t i = 0; i < ev->nwhy; i++)
		if (strlen(ev->why[i].name) == n &&
		    memcmp(ev->why[i].name, name, n) == 0)
			return &ev->why[i];
	return NULL;
}

static bool
is_word(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	       (c >= 'a' && c <= 'z') || c == '.' || c == '-';
}

/* A scalar: quoted where it might be read as something else. */
static bool
put_scalar(struct text *t, struct bytes v)
{
	bool plain = v.n > 0;

	for (size_t i = 0; i < v.n; i++) {
		if (v.p[i] < ' ' || v.p[i] > '~')
			return false;
		plain = plain && is_word(v.p[i]);
	}
	if (plain) {
		text_put(t, (const char *)v.p, v.n);
		return true;
	}
	text_add(t, "\"");
	for (size_t i = 0; i < v.n; i++) {
		if (v.p[i] == '"' || v.p[i] == '\\')
			text_add(t, "\\");
		text_put(t, (const char *)&v.p[i], 1);
	}
	text_add(t, "\"");
	return v.n > 0;
}

static bool
put_end(struct text *t, const struct endpoint *end)
{
	struct endpoint e = *end;
	struct event_str s;

	e.port = 0;
	s = event_address(&e);
	return put_scalar(t, event_bytes(&s));
}

/* The subject up to the port or link address that may stand behind it. */
static struct bytes
address_of(const struct event *ev)
{
	struct bytes v = event_bytes(&ev->subject);
	const uint8_t *slash = v.n > 0 ? memchr(v.p, '/', v.n) : NULL;
	const uint8_t *first, *close;

	if (slash != NULL)
		v.n = (size_t)(slash - v.p);
	close = v.n > 0 ? memchr(v.p, ']', v.n) : NULL;
	if (close != NULL && v.p[0] == '[')
		return (struct bytes){ v.p + 1, (size_t)(close - v.p) - 1 };
	first = v.n > 0 ? memchr(v.p, ':', v.n) : NULL;
	/* one colon: a port; several: an address of IPv6 */
	if (first != NULL &&
	    memchr(first + 1, ':', v.n - (size_t)(first + 1 - v.p)) == NULL)
		v.n = (size_t)(first - v.p);
	return v;
}

static bool
put_link(struct text *t, const struct event *ev)
{
	struct bytes v = event_bytes(&ev->subject);
	const uint8_t *slash = v.n > 0 ? memchr(v.p, '/', v.n) : NULL;

	return slash != NULL &&
	       put_scalar(t, (struct bytes){
	                         slash + 1, v.n - (size_t)(slash + 1 - v.p) });
}

/* Between two masters, not two connections of one. */
static bool
is_move(const struct event *ev)
{
	const struct event_why *from = find_why(ev, "from", 4);
	const struct event_why *to = find_why(ev, "to", 2);

	return from != NULL && to != NULL &&
	       (from->value.n != to->value.n ||
	           memcmp(from->value.p, to->value.p, to->value.n) != 0);
}

/* What stands for the letter, or the name up to its semicolon. */
static bool
put_part(struct text *t, const struct event *ev, const char **form)
{
	const char *at = *form;
	size_t n = strspn(at, "abcdefghijklmnopqrstuvwxyz_");
	const struct event_why *w;

	if (at[n] == ';') {
		*form = at + n + 1;
		w = find_why(ev, at, n);
		return w != NULL && put_scalar(t, event_bytes(&w->value));
	}
	*form = at + 1;
	switch (*at) {
	case 'p':
		return put_end(t, ev->dst_is_peer ? &ev->dst : &ev->src);
	case 'o':
		return put_end(t, ev->dst_is_peer ? &ev->src : &ev->dst);
	case 's':
		return put_scalar(t, event_bytes(&ev->subject));
	case 'a':
	case 'm':
		return put_scalar(t, address_of(ev));
	case 'l':
		return put_link(t, ev);
	case '!':
		return is_move(ev);
	default:
		return false;
	}
}

static bool
fits(const struct form *f, const struct event *ev)
{
	const struct event_why *w;

	if (strcmp(f->det, ev->det) != 0 ||
	    (f->mnemonic != NULL &&
	        strcmp(f->mnemonic, ev->def->mnemonic) != 0))
		return false;
	if (f->name == NULL)
		return true;
	w = find_why(ev, f->name, strlen(f->name));
	return w != NULL && w->value.n == strlen(f->value) &&
	       memcmp(w->value.p, f->value, w->value.n) == 0;
}

static bool
fill(struct text *t, const struct form *f, const struct event *ev)
{
	for (const char *at = f->line; *at != '\0';) {
		if (*at != '%') {
			text_put(t, at++, 1);
			continue;
		}
		at++;
		if (!put_part(t, ev, &at))
			return false;
	}
	return text_end(t) > 0;
}

const char *
allow_line(char buf[ALLOW], const struct event *ev)
{
	buf[0] = '\0';
	for (size_t i = 0;
	     ev->det != NULL && i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct text t = text_over(buf, ALLOW);

		if (!fits(&forms[i], ev))
			continue;
		if (forms[i].line == NULL)
			break;
		if (fill(&t, &forms[i], ev))
			return buf;
	}
	buf[0] = '\0';
	return buf;
}
