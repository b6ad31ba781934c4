/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests and responses by their sequence numbers, retries, fragments, and
 * what the internal indications changed (IEEE 1815-2012, 4.2.2 and 5).
 */
#include <config.h>

#include "rules/dnp3/world.h"
#include "rules/when.h"

#define RETRIES 5       /* more of the same is no retry */
#define SETTLED_POLLS 2 /* READs behind class 0: start-up is over */
#define MIDST_POLLS 3   /* or in a connection that began before */
#define PATIENCE_S 10   /* for an answer with another number */
#define ODD_MACS 3      /* in a row: the master's address changed */

/* Over the objects, but not what proves who sent them. */
static void
hash_objects(const struct dnp3_world *w, struct dnp3_view *v)
{
	struct bytes o = v->app->objects;
	struct dnp3_walk walk;
	struct dnp3_header h;
	const uint8_t *p;

	if (o.n == 0)
		return;
	if (o.p[0] != 120) {
		v->hash = dnp3_world_hash(w, o, v->hash);
		return;
	}
	walk = dnp3_objects(v->app);
	for (p = walk.r.p; dnp3_next(&walk, &h); p = walk.r.p) {
		struct bytes part = { p, (size_t)(walk.r.p - p) };

		if (h.group == 120 || walk.r.err != RD_OK)
			continue;
		v->hash = dnp3_world_hash(w, part, v->hash);
	}
}

static bool
is_answered(uint8_t function)
{
	return function != DNP3_DIRECT_OPERATE_NR &&
	       function != DNP3_FREEZE_NR && function != DNP3_FREEZE_CLEAR_NR &&
	       function != DNP3_FREEZE_AT_TIME_NR;
}

static void
watch_mac(const struct op *op, struct dnp3_view *v)
{
	struct dnp3_association *a = v->a;

	if (memcmp(a->mac, op->pdu->src.mac, sizeof(a->mac)) == 0)
		a->odd_macs = 0;
	else if (a->requests == 0 || ++a->odd_macs >= ODD_MACS)
		memcpy(a->mac, op->pdu->src.mac, sizeof(a->mac));
	else if (when_within(a->last_ms, v->now_ms, v->world->alive_s))
		v->news |= DNP3_OTHER_MAC;
}

static void
see_request(const struct op *op, struct dnp3_view *v)
{
	const struct dnp3_fragment *app = v->app;
	struct dnp3_association *a = v->a;
	struct dnp3_asked *q = &a->asked[app->seq];
	bool same = a->on_flow > 0 && a->request_seq == app->seq &&
	            a->request_function == app->function &&
	            a->request_hash == v->hash;

	watch_mac(op, v);
	if (same && a->retries < RETRIES) {
		a->retries++;
		if (q->asked < UINT8_MAX)
			q->asked++;
		v->news |= DNP3_RETRY;
		return;
	}
	a->retries = 0;
	v->request = true;
	/* the outstation may have spoken to nobody for long */
	if (a->on_flow == 0)
		a->since_ms = v->now_ms;
	*q = (struct dnp3_asked){ .function = app->function };
	q->asked =
	    is_answered(app->function) && a->key.link < DNP3_RESERVED ? 1 : 0;
	if (app->first.n > 0)
		q->object = app->first.p[0];
	if (app->function < 64 && (a->functions >> app->function & 1) == 0)
		v->news |= DNP3_NEW_FUNCTION;
}

/* What an answer with a number that was not asked may still belong to. */
static struct dnp3_asked *
outstanding(struct dnp3_view *v)
{
	struct dnp3_association *a = v->a;
	struct dnp3_asked *q = &a->asked[a->request_seq];

	if (a->on_flow == 0 || q->asked <= q->answered ||
	    !when_within(a->request_ms, v->now_ms, PATIENCE_S))
		return NULL;
	return q;
}

static void
see_first(struct dnp3_view *v, uint32_t hash)
{
	struct dnp3_association *a = v->a;
	struct dnp3_asked *q = &a->asked[v->app->seq];
	/* it may answer what the sensor could not read */
	bool sure = v->complete && (a->flags & DNP3_UNREAD) == 0;

	if (q->asked == 0)
		q = outstanding(v);
	if (q == NULL) {
		/* a stranger in a connection that was seen from its begin */
		bool stranger =
		    (v->news & (DNP3_NEW | DNP3_NEW_FLOW)) == DNP3_NEW;

		if (sure && (a->on_flow > 0 || stranger))
			v->news |= DNP3_UNASKED;
		return;
	}
	v->asked = q;
	if (q->answered > 0 && q->answer == hash)
		return;
	/* a request that was sent twice may be answered twice */
	if (q->answered >= q->asked) {
		if (sure)
			v->news |= DNP3_DIFFERS;
		return;
	}
	q->answered++;
	q->answer = hash;
}

static void
see_response(struct dnp3_view *v)
{
	const struct dnp3_fragment *app = v->app;
	struct dnp3_association *a = v->a;
	uint32_t hash = (uint32_t)((v->hash ^ app->iin) * v->world->mix >> 32);

	if (app->fir)
		see_first(v, hash);
	a->fragment_seq = app->seq;
	if (app->fin)
		a->flags &= ~(uint32_t)DNP3_MULTI;
	else
		a->flags |= DNP3_MULTI;
}

static void
see_indications(struct dnp3_view *v)
{
	struct dnp3_association *a = v->a;
	uint16_t iin = v->app->iin;
	bool known = (a->flags & DNP3_HAS_IIN) != 0;

	if (known)
		v->raised = iin & (uint16_t)~a->iin;
	if (((known ? v->raised : iin) & DNP3_IIN_RESTART) == 0)
		return;
	a->restart_ms = v->now_ms;
	a->flags &= ~(uint32_t)DNP3_INTEGRITY;
	a->polls = 0;
}

/*
 * A master that read everything and went on to polls is no longer at its
 * beginning; after a restart of the outstation it begins again.
 */
static bool
is_startup(const struct dnp3_view *v)
{
	const struct dnp3_association *a = v->a;
	uint32_t t = v->world->startup_s;
	bool settled =
	    a->polls >=
	    ((a->flags & DNP3_INTEGRITY) != 0 ? SETTLED_POLLS : MIDST_POLLS);

	if ((a->flags & (DNP3_SAME_LINK | DNP3_DUAL)) != 0 || settled)
		return false;
	return a->on_flow == 0 || when_within(a->since_ms, v->now_ms, t) ||
	       (a->restart_ms != 0 && when_within(a->restart_ms, v->now_ms, t));
}

void
dnp3_track(struct dnp3_world *w, const struct op *op, struct dnp3_view *v)
{
	const struct dnp3_fragment *app = v->app;

	if (app == NULL)
		return;
	if (v->from_master) {
		v->startup = is_startup(v);
		if (app->function == DNP3_CONFIRM)
			return;
		hash_objects(w, v);
		if (app->function == DNP3_AUTH_REQUEST ||
		    app->function == DNP3_AUTH_REQUEST_NR)
			v->request = true;
		else
			see_request(op, v);
		return;
	}
	if (app->has_iin)
		see_indications(v);
	if (app->function == DNP3_RESPONSE) {
		hash_objects(w, v);
		see_response(v);
	}
}

static bool
reads_class_0(const struct dnp3_fragment *app)
{
	struct dnp3_walk w = dnp3_objects(app);
	struct dnp3_header h;

	while (dnp3_next(&w, &h))
		if (h.group == 60 && h.variation == 1)
			return true;
	return false;
}

static void
settle_request(struct dnp3_view *v)
{
	const struct dnp3_fragment *app = v->app;
	struct dnp3_association *a = v->a;

	if (app->function == DNP3_AUTH_REQUEST ||
	    app->function == DNP3_AUTH_REQUEST_NR)
		return;
	a->requests++;
	a->on_flow++;
	a->flags &= ~(uint32_t)DNP3_UNREAD;
	a->request_seq = app->seq;
	a->request_function = app->function;
	a->request_hash = v->hash;
	a->request_ms = v->now_ms;
	if (app->function < 64)
		a->functions |= UINT64_C(1) << app->function;
	if (app->function == DNP3_READ) {
		if ((a->flags & DNP3_INTEGRITY) == 0 && reads_class_0(app))
			a->flags |= DNP3_INTEGRITY;
		else if ((a->flags & DNP3_INTEGRITY) != 0 || !v->complete)
			a->polls++;
	}
}

void
dnp3_track_settle(struct dnp3_view *v)
{
	struct dnp3_association *a = v->a;

	a->last_ms = v->now_ms;
	if (v->app == NULL)
		return;
	if (v->from_master) {
		if (v->request)
			settle_request(v);
		return;
	}
	if (v->app->function == DNP3_RESPONSE)
		a->responses++;
	if (v->app->has_iin) {
		a->iin = v->app->iin;
		a->flags |= DNP3_HAS_IIN;
	}
}
