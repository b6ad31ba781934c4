/* SPDX-License-Identifier: Apache-2.0 */
/* D-27, D-31: what meters complain of: counters, and what does not decipher. */
#include <config.h>

#include "rules/meters/meters.h"
#include "rules/rate.h"
#include "rules/table.h"
#include "rules/when.h"

#define METERS 1024
#define DECIPHERING 5 /* service errors of an exception-response */
#define COUNTER 6
#define APPLICATION_REFERENCE 0 /* of a confirmed-service-error */
#define DECIPHERING_ERROR 6

/* One meter's complaints; it begins with its key. */
struct complaining {
	uint8_t title[METER_TITLE];
	struct meter_address at; /* zero if it has a title */
	uint32_t zero;
	struct rate counter, deciphering;
};

struct complaints {
	uint32_t counter_n, counter_t_s, deciphering_n, deciphering_t_s;
	struct table table;
	struct table_slot slots[METERS];
	struct complaining meters[METERS];
};

static void
complaint_start(void *state, const struct setup *setup)
{
	struct complaints *c = state;

	table_init(&c->table, setup->key, c->slots, c->meters, METERS,
	    sizeof(*c->meters), offsetof(struct complaining, counter));
}

static struct complaining *
find(struct complaints *c, const struct meter *meter)
{
	struct complaining key;
	bool fresh;

	memset(&key, 0, sizeof(key));
	if ((meter->flags & METER_TITLED) != 0)
		memcpy(key.title, meter->title, METER_TITLE);
	else
		key.at = meter->at;
	return table_put(&c->table, &key, &fresh);
}

static void
say(const struct op *op, const struct dlms_view *v, const struct event_def *def,
    const char *det, const char *attack, uint32_t n, struct event_sink *out)
{
	struct event ev = meters_event(v, op, def, det);

	ev.attack = attack;
	event_add_u64(&ev, "n", n);
	if (v->apdu->expected_ic.there)
		event_add_u64(&ev, "expected_ic", v->apdu->expected_ic.v);
	event_add_u64(&ev, "client_sap", v->session->key.client_sap);
	out->emit(out, &ev);
}

static void
complaint_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	const struct dlms_view *v = dlms_view(known);
	struct complaints *c = state;
	const struct dlms_apdu *a;
	uint64_t now = when_ms(op->pdu->at);
	bool counter, deciphering;

	if (v == NULL || v->session == NULL)
		return;
	a = v->apdu;
	counter = a->tag == DLMS_EXCEPTION && a->service_error == COUNTER;
	deciphering =
	    (a->tag == DLMS_EXCEPTION && a->service_error == DECIPHERING) ||
	    (a->tag == DLMS_SERVICE_ERROR &&
	        a->error[1] == APPLICATION_REFERENCE &&
	        a->error[2] == DECIPHERING_ERROR);
	if (counter && rate_hit(&find(c, v->meter)->counter, c->counter_n,
	                   c->counter_t_s, now))
		say(op, v, &EV_DLMS_IC_REJECTED, "D-27", "T0855", c->counter_n,
		    out);
	if (deciphering && rate_hit(&find(c, v->meter)->deciphering,
	                       c->deciphering_n, c->deciphering_t_s, now))
		say(op, v, &EV_COMM_PACKET_AUTHENTICATION_FAIL, "D-31", "T0806",
		    c->deciphering_n, out);
}

static const struct parameter of_counter[] = {
	{ "n", offsetof(struct complaints, counter_n), 3, 1, RATE_MOST },
	{ "t_s", offsetof(struct complaints, counter_t_s), 3600, 1, 86400 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct parameter of_deciphering[] = {
	{ "n", offsetof(struct complaints, deciphering_n), 3, 1, RATE_MOST },
	{ "t_s", offsetof(struct complaints, deciphering_t_s), 600, 1, 86400 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct detection detections[] = {
	{ "D-27", "T0855", of_counter },
	{ "D-31", "T0806", of_deciphering },
	{ NULL, NULL, NULL },
};

static size_t
complaint_kept(void *state, struct kept_part to[KEPT_MOST])
{
	struct complaints *s = state;

	to[0] = kept_table("dlms.complaints", 1, &s->table);
	return 1;
}

const struct detector dlms_complaint_detector = {
	.detections = detections,
	.protocol = "dlms",
	.kinds = DETECTOR_ON(OP_OTHER),
	.world = &dlms_world,
	.about = DLMS_ABOUT_MORE,
	.state_size = sizeof(struct complaints),
	.start = complaint_start,
	.on_op = complaint_on_op,
	.kept = complaint_kept,
};
