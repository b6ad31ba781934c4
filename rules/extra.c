/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The standard asks for X. values by its own names; detectors say what they
 * know by the names of their protocol.  This is where both meet.
 */
#include <config.h>

#include "rules/extra.h"

/* What stands for a value that is no member of why. */
#define FRAME "#frame"

struct extra {
	const struct event_def *def;
	const char *det, *name;
	const char *from; /* the member that is it, or NULL */
	const char *is;   /* only if from has this value: then it is text */
	const char *text;
};

static const struct extra extras[] = {
	{ &EV_COMM_PACKET_AUTHENTICATION_FAIL, "D-31", "X.PacketID", FRAME,
	    NULL, NULL },
	{ &EV_COMM_PACKET_AUTHENTICATION_FAIL, "D-29", "X.PacketID", FRAME,
	    NULL, NULL },
	{ &EV_COMM_PACKET_AUTHENTICATION_FAIL, "L-18", "X.PacketID", FRAME,
	    NULL, NULL },

	{ &EV_CONFIG_CHANGE, "D-37", "X.Setting", "obis", NULL, NULL },
	{ &EV_CONFIG_CHANGE, "D-37", "X.Category", NULL, NULL, "security" },
	{ &EV_CONFIG_CHANGE, "D-39", "X.Setting", "obis", NULL, NULL },
	{ &EV_CONFIG_CHANGE, "D-39", "X.Category", NULL, NULL, "access" },
	{ &EV_CONFIG_CHANGE, "D-45", "X.Setting", "obis", NULL, NULL },
	{ &EV_CONFIG_CHANGE, "D-45", "X.Category", NULL, NULL, "tariff" },
	{ &EV_CONFIG_CHANGE, "D-46", "X.Setting", "obis", NULL, NULL },
	{ &EV_CONFIG_CHANGE, "D-46", "X.Category", NULL, NULL, "metering" },
	{ &EV_CONFIG_CHANGE, "D-48", "X.Setting", "obis", NULL, NULL },
	{ &EV_CONFIG_CHANGE, "D-48", "X.Category", NULL, NULL, "firmware" },
	{ &EV_CONFIG_CHANGE, "D-50", "X.Setting", "obis", NULL, NULL },
	{ &EV_CONFIG_CHANGE, "D-50", "X.Category", NULL, NULL,
	    "communication" },
	{ &EV_CONFIG_CHANGE, "P-09", "X.Category", NULL, NULL, "device" },
	{ &EV_CONFIG_CHANGE, "P-19", "X.Category", NULL, NULL, "process" },
	{ &EV_CONFIG_CHANGE, "T-15", "X.Category", NULL, NULL, "process" },
	{ &EV_CONFIG_CHANGE, "T-30", "X.Category", NULL, NULL, "device" },

	{ &EV_CRED_CHANGE_SUCCESS, "D-38", "X.Account", "obis", NULL, NULL },
	{ &EV_CRED_CHANGE_SUCCESS, "D-38", "X.CredType", NULL, NULL, "secret" },
	{ &EV_CRED_CHANGE_FAIL, "D-38", "X.Account", "obis", NULL, NULL },
	{ &EV_CRED_CHANGE_FAIL, "D-38", "X.CredType", NULL, NULL, "secret" },

	/* methods of security-setup (IEC 62056-6-2, 4.4.7) */
	{ &EV_CRED_TRANSFER_SUCCESS, "D-35", "X.Direction", NULL, NULL,
	    "to meter" },
	{ &EV_CRED_TRANSFER_SUCCESS, "D-35", "X.Method", "method", "2",
	    "key transfer" },
	{ &EV_CRED_TRANSFER_SUCCESS, "D-35", "X.Method", "method", "3",
	    "key agreement" },
	{ &EV_CRED_TRANSFER_FAIL, "D-35", "X.Direction", NULL, NULL,
	    "to meter" },
	{ &EV_CRED_TRANSFER_FAIL, "D-35", "X.Method", "method", "2",
	    "key transfer" },
	{ &EV_CRED_TRANSFER_FAIL, "D-35", "X.Method", "method", "3",
	    "key agreement" },
	{ &EV_CRED_TRANSFER_SUCCESS, "D-36", "X.Direction", "method", "5",
	    "from meter" },
	{ &EV_CRED_TRANSFER_SUCCESS, "D-36", "X.Direction", "method", "6",
	    "to meter" },
	{ &EV_CRED_TRANSFER_SUCCESS, "D-36", "X.Direction", "method", "7",
	    "from meter" },
	{ &EV_CRED_TRANSFER_SUCCESS, "D-36", "X.Method", NULL, NULL,
	    "certificate" },
	{ &EV_CRED_TRANSFER_FAIL, "D-36", "X.Direction", "method", "5",
	    "from meter" },
	{ &EV_CRED_TRANSFER_FAIL, "D-36", "X.Direction", "method", "6",
	    "to meter" },
	{ &EV_CRED_TRANSFER_FAIL, "D-36", "X.Direction", "method", "7",
	    "from meter" },
	{ &EV_CRED_TRANSFER_FAIL, "D-36", "X.Method", NULL, NULL,
	    "certificate" },

	{ &EV_FW_SW_UPDATE_SUCCESS, "D-47", "X.NewVersion", "image", NULL,
	    NULL },
	{ &EV_FW_SW_UPDATE_FAIL, "D-47", "X.NewVersion", "image", NULL, NULL },
	{ &EV_INVALID_CONFIG_OR_FW, "D-47", "X.Reason", "reason", NULL, NULL },
	{ &EV_UNAUTHORIZED_CONFIG_OR_FW, "D-47", "X.Reason", "reason", NULL,
	    NULL },
	{ &EV_UNAUTHORIZED_CONFIG_OR_FW, "D-47", "X.Reason", NULL, NULL,
	    "image not listed" },
	{ &EV_UNAUTHORIZED_CONFIG_OR_FW, "D-48", "X.Reason", NULL, NULL,
	    "activated by a schedule or script" },

	{ &EV_REQUEST_TIMEOUT, "T-21", "X.ErrorCode", NULL, NULL, "t1" },
	{ &EV_REQUEST_TIMEOUT, "T-31", "X.ErrorCode", "missing", NULL, NULL },
};

static const struct event_why *
member(const struct event *ev, const char *name)
{
	for (size_t i = 0; i < ev->nwhy; i++)
		if (strcmp(ev->why[i].name, name) == 0)
			return &ev->why[i];
	return NULL;
}

static bool
is_value(const struct event_why *w, const char *text)
{
	return w->value.n == strlen(text) &&
	       memcmp(w->value.p, text, w->value.n) == 0;
}

static void
fill(struct event *ev, const struct extra *x)
{
	const struct event_why *w;
	struct event_str value;

	if (x->from == NULL) {
		event_add_text(ev, x->name, x->text);
		return;
	}
	if (strcmp(x->from, FRAME) == 0) {
		event_add_u64(ev, x->name, ev->frame);
		return;
	}
	w = member(ev, x->from);
	if (w == NULL || (x->is != NULL && !is_value(w, x->is)))
		return;
	if (x->is != NULL) {
		event_add_text(ev, x->name, x->text);
		return;
	}
	value = w->value;
	event_add(ev, x->name, event_bytes(&value));
}

void
extra_add(struct event *ev)
{
	if (ev->def->x_info[0] == '\0')
		return;
	for (size_t i = 0; i < sizeof(extras) / sizeof(*extras); i++)
		if (extras[i].def == ev->def &&
		    strcmp(extras[i].det, ev->det) == 0 &&
		    member(ev, extras[i].name) == NULL)
			fill(ev, &extras[i]);
}
