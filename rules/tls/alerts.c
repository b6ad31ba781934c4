/* SPDX-License-Identifier: Apache-2.0 */
/*
 * L-18: handshakes between two hosts fail again and again.  Behind the hellos
 * of TLS 1.3 the alerts are encrypted: those failures are not observable.
 */
#include <config.h>

#include <string.h>

#include "rules/full.h"
#include "rules/rate.h"
#include "rules/table.h"
#include "rules/tls/world.h"
#include "rules/when.h"

#define DET "L-18"
#define FAILURES 4096

struct failure {
	uint8_t client[16], server[16];
	uint16_t port, description;
	struct pace pace;
	uint64_t said_ms; /* 0: never */
};

struct alerts {
	uint32_t n, t_s;
	struct table table;
	bool said_full;
	struct table_slot slots[FAILURES];
	struct failure failures[FAILURES];
};

/* Descriptions of RFC 5246 7.2.2 and what they mean for IEC 62351-3. */
static const struct meaning {
	uint8_t description;
	const char *name;
	const struct event_def *def;
} meanings[] = {
	{ 20, "bad_record_mac", &EV_COMM_PACKET_AUTHENTICATION_FAIL },
	{ 40, "handshake_failure", &EV_COMM_SA_ESTABLISHMENT_FAIL },
	{ 41, "no_certificate", &EV_COMM_SA_ESTABLISHMENT_FAIL },
	{ 42, "bad_certificate", &EV_COMM_SA_ESTABLISHMENT_FAIL },
	{ 43, "unsupported_certificate", &EV_COMM_SA_ESTABLISHMENT_FAIL },
	{ 44, "certificate_revoked", &EV_TLS_CERT_REVOKED },
	{ 45, "certificate_expired", &EV_TLS_CERT_EXP },
	{ 46, "certificate_unknown", &EV_COMM_SA_ESTABLISHMENT_FAIL },
	{ 47, "illegal_parameter", &EV_COMM_SA_ESTABLISHMENT_FAIL },
	{ 48, "unknown_ca", &EV_TLS_NO_CA_MATCH },
	{ 49, "access_denied", &EV_COMM_SA_ESTABLISHMENT_FAIL },
	{ 50, "decode_error", &EV_COMM_SA_ESTABLISHMENT_FAIL },
	{ 51, "decrypt_error", &EV_COMM_PACKET_AUTHENTICATION_FAIL },
	{ 70, "protocol_version", &EV_COMM_SA_ESTABLISHMENT_FAIL },
	{ 71, "insufficient_security", &EV_COMM_SA_ESTABLISHMENT_FAIL },
	{ 86, "inappropriate_fallback", &EV_COMM_SA_ESTABLISHMENT_FAIL },
	{ 116, "certificate_required", &EV_COMM_SA_ESTABLISHMENT_FAIL },
};

static void
alerts_start(void *state, const struct setup *setup)
{
	struct alerts *a = state;

	table_init(&a->table, setup->key, a->slots, a->failures, FAILURES,
	    sizeof(struct failure), offsetof(struct failure, pace));
}

static const struct meaning *
meaning_of(uint8_t description)
{
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if (meanings[i].description == description)
			return &meanings[i];
	return NULL;
}

static struct failure *
find_failure(struct alerts *a, const struct op *op, const struct tls_view *v,
    struct event_sink *out)
{
	struct failure key = { .port = v->pair->port,
		.description = v->message->alert.description };
	struct failure *f;
	bool fresh;

	memcpy(key.client, v->pair->client, sizeof(key.client));
	memcpy(key.server, v->pair->server, sizeof(key.server));
	f = table_put(&a->table, &key, &fresh);
	if (a->table.evicted > 0 && !a->said_full) {
		a->said_full = true;
		full_say(out, op, DET, FAILURES);
	}
	return f;
}

static void
say(const struct alerts *a, const struct op *op, const struct tls_view *v,
    const struct meaning *m, uint32_t n, struct event_sink *out)
{
	struct event ev = tls_say(op, v, m->def, DET);

	if (m->def == &EV_COMM_SA_ESTABLISHMENT_FAIL) {
		event_add_u64(&ev, "X.ErrorCode", m->description);
		event_add_text(&ev, "X.SAType", "TLS");
	}
	event_add_text(&ev, "alert", m->name);
	event_add_text(&ev, "by", v->from_client ? "client" : "server");
	event_add_u64(&ev, "n", n);
	event_add_u64(&ev, "t_s", a->t_s);
	out->emit(out, &ev);
}

static void
alerts_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	struct alerts *a = state;
	const struct tls_view *v = known;
	const struct meaning *m;
	uint64_t now = when_ms(op->pdu->at);
	struct failure *f;
	uint32_t n;

	if (v->message->what != TLS_ALERT || v->message->alert.encrypted)
		return;
	m = meaning_of(v->message->alert.description);
	if (m == NULL)
		return;
	f = find_failure(a, op, v, out);
	n = pace_hit(&f->pace, a->t_s, now);
	if (n < a->n ||
	    (f->said_ms != 0 && when_within(f->said_ms, now, a->t_s)))
		return;
	f->said_ms = now;
	say(a, op, v, m, n, out);
}

static const struct parameter parameters[] = {
	{ "n", offsetof(struct alerts, n), 3, 1, 1000000 },
	{ "t_s", offsetof(struct alerts, t_s), 600, 1, 86400 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct detection detections[] = {
	{ DET, "T0830", parameters },
	{ NULL, NULL, NULL },
};

static size_t
alerts_kept(void *state, struct kept_part to[KEPT_MOST])
{
	struct alerts *a = state;

	to[0] = kept_table("tls.failures", 1, &a->table);
	return 1;
}

const struct detector tls_alerts_detector = {
	.detections = detections,
	.protocol = TLS_PROTOCOL,
	.kinds = DETECTOR_ON(OP_OTHER),
	.world = &tls_world,
	.on_view = true,
	.state_size = sizeof(struct alerts),
	.start = alerts_start,
	.on_op = alerts_on_op,
	.kept = alerts_kept,
};
