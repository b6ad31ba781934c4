/* SPDX-License-Identifier: Apache-2.0 */
/* Putting an event together; the definitions come from catalogue.tsv. */
#include <config.h>

#include <arpa/inet.h>

#include "rules/event.h"

#define EVENT(id, mnemonic, severity, text, x_info)                            \
	const struct event_def EV_##mnemonic = { id, #mnemonic, severity,      \
		text, x_info };
#include "rules/catalogue.inc"
#undef EVENT

static void
add(struct event *ev, const char *name, struct bytes value, bool number)
{
	struct event_why *w = &ev->why[ev->nwhy];

	if (ev->nwhy == EVENT_WHY)
		return;
	ev->nwhy++;
	w->name = name;
	w->number = number;
	event_set(&w->value, value);
}

/*
 * What is said of an event only because another went before: the standard's
 * RefEvtID.  det NULL: whichever says it.
 */
static const struct {
	const struct event_def *def;
	const char *det;
	const struct event_def *cause;
} follows[] = {
	{ &EV_DLMS_MALFORMED_FLOOD, NULL, &EV_DLMS_MALFORMED },
	{ &EV_TELECONTROL_MALFORMED_FLOOD, NULL, &EV_TELECONTROL_MALFORMED },
	{ &EV_DNP_MALFORMED_FLOOD, NULL, &EV_DNP_MALFORMED },
	{ &EV_GSE_MALFORMED_FLOOD, NULL, &EV_GSE_MALFORMED },
	{ &EV_TELECONTROL_FREQUENT_RESTART, NULL, &EV_TELECONTROL_RESTART },
	{ &EV_DNP_FREQUENT_RESTART, NULL, &EV_DNP_RESTART },
	{ &EV_GSE_FREQUENT_RESTART, NULL, &EV_GSE_RESTART },
	{ &EV_CONFIG_CHANGE, "T-30", &EV_TELECONTROL_RESTART },
	{ &EV_REBOOT, "T-12", &EV_TELECONTROL_RESET },
	{ &EV_REBOOT, "P-07", &EV_DNP_RESTART_COMMAND },
	{ &EV_COMM_FAIL, "T-21", &EV_REQUEST_TIMEOUT },
	{ &EV_LOGIN_SUCCESS, "D-16", &EV_DLMS_UNKNOWN_CLIENT },
	{ &EV_LOGIN_FAIL_THRESHOLD, "D-12", &EV_LOGIN_FAIL_WRONG_CRED },
	{ &EV_LOGIN_SUCCESS, "D-12", &EV_LOGIN_FAIL_THRESHOLD },
	{ &EV_ACCESS_LOCK_WRONG_CRED, "D-12", &EV_LOGIN_FAIL_THRESHOLD },
};

static const char *
cause_of(const struct event_def *def, const char *det)
{
	for (size_t i = 0; i < sizeof(follows) / sizeof(*follows); i++)
		if (follows[i].def == def &&
		    (follows[i].det == NULL ||
		        strcmp(follows[i].det, det) == 0))
			return follows[i].cause->id;
	return NULL;
}

struct event
event_about(const struct op *op, const struct event_def *def, const char *det)
{
	const struct pdu *pdu = op->pdu;
	struct event ev = {
		.def = def,
		.det = det,
		.ref = cause_of(def, det),
		.severity = def->severity,
		.count = 1,
		.at = pdu->at,
		.frame = pdu->frame,
		.capture = pdu->capture,
		.proto = op->protocol,
		.src = pdu->src,
		.dst = pdu->dst,
		.vlans = pdu->vlans,
		.state = pdu->state,
	};

	memcpy(ev.vlan, pdu->vlan, sizeof(ev.vlan));
	return ev;
}

/* How much of s, which is longer, fits without the half of a character. */
static size_t
whole(const uint8_t *s)
{
	size_t n = EVENT_STR, head = EVENT_STR;

	while (head > n - 3 && (s[head] & 0xc0) == 0x80)
		head--;
	/* of octets that are no character any may be the last */
	return (s[head] & 0xc0) == 0xc0 ? head : n;
}

void
event_set(struct event_str *to, struct bytes from)
{
	to->n = (uint8_t)(from.n <= EVENT_STR ? from.n : whole(from.p));
	if (to->n > 0)
		memcpy(to->p, from.p, to->n);
}

void
event_add(struct event *ev, const char *name, struct bytes value)
{
	add(ev, name, value, false);
}

void
event_add_text(struct event *ev, const char *name, const char *value)
{
	event_add(
	    ev, name, (struct bytes){ (const uint8_t *)value, strlen(value) });
}

void
event_add_u64(struct event *ev, const char *name, uint64_t value)
{
	char s[24];
	int n = snprintf(s, sizeof(s), "%" PRIu64, value);

	add(ev, name, (struct bytes){ (uint8_t *)s, (size_t)n }, true);
}

void
event_user(struct event *ev, uint32_t number)
{
	char s[12];
	int n = snprintf(s, sizeof(s), "%" PRIu32, number);

	event_set(&ev->user, (struct bytes){ (uint8_t *)s, (size_t)n });
}

struct event_str
event_address(const struct endpoint *e)
{
	static const uint8_t v4[12] = { [10] = 0xff, [11] = 0xff }, none[16];
	struct event_str s = { 0 };
	const uint8_t *m = e->mac;
	char *p = (char *)s.p;

	if (memcmp(e->ip, none, sizeof(none)) == 0)
		snprintf(p, EVENT_STR, "%02x:%02x:%02x:%02x:%02x:%02x", m[0],
		    m[1], m[2], m[3], m[4], m[5]);
	else if (memcmp(e->ip, v4, sizeof(v4)) == 0)
		inet_ntop(AF_INET, e->ip + sizeof(v4), p, EVENT_STR);
	else
		inet_ntop(AF_INET6, e->ip, p, EVENT_STR);
	s.n = (uint8_t)strlen(p);
	return s;
}

const char *
event_severity(enum severity severity)
{
	switch (severity) {
	case SEVERITY_ALARM:
		return "alarm";
	case SEVERITY_ERROR:
		return "error";
	case SEVERITY_WARNING:
		return "warning";
	case SEVERITY_NOTICE:
		break;
	}
	return "notice";
}

const char *
event_state(enum knowledge state)
{
	static const char *const names[] = { [KNOW_COMPLETE] = "complete",
		[KNOW_MIDSTREAM] = "midstream",
		[KNOW_GAPPED] = "gapped",
		[KNOW_ONE_SIDED] = "one_sided" };

	return names[state];
}

const struct event_def *const event_catalogue[] = {
#define EVENT(id, mnemonic, severity, text, x_info) &EV_##mnemonic,
#include "rules/catalogue.inc"
#undef EVENT
	NULL
};
