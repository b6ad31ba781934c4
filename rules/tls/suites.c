/* SPDX-License-Identifier: Apache-2.0 */
/*
 * L-05: a cipher suite that IEC 62351-3 does not allow is proposed, or worse,
 * selected.  Values of GREASE and those that only signal are no suites.  SHA-1
 * under CBC is deprecated, and offered by nearly everybody: it counts only when
 * it is selected.
 */
#include <config.h>

#include "dissectors/tls/suites.h"
#include "rules/tls/world.h"

#define DET "L-05"

struct suites {
	uint32_t integrity_only; /* suites that do not encrypt are allowed */
};

static uint32_t
faults(const struct suites *set, uint16_t suite)
{
	uint32_t flags = tls_suite(suite);
	uint32_t bad = flags & TLS_SUITE_BAD;

	if (!set->integrity_only)
		bad |= flags & TLS_SUITE_INTEGRITY;
	return bad;
}

static void
say(const struct op *op, const struct tls_view *v, const struct event_def *def,
    uint16_t suite, uint32_t flags, uint32_t n, struct event_sink *out)
{
	struct event ev = tls_say(op, v, def, DET);

	if (def != &EV_TLS_DISALLOWED_CIPHER)
		ev.std = EV_TLS_DISALLOWED_CIPHER.id;
	tls_say_suite(
	    &ev, def->x_info[0] != '\0' ? "X.CipherSuite" : "suite", suite);
	event_add_text(&ev, "fault", tls_suite_fault(flags));
	event_add_text(&ev, "by", v->from_client ? "client" : "server");
	if (n > 0)
		event_add_u64(&ev, "proposed", n);
	out->emit(out, &ev);
}

static void
proposed(const struct suites *set, const struct op *op,
    const struct tls_view *v, struct event_sink *out)
{
	struct bytes list = v->message->hello.suites;
	uint16_t first = 0;
	uint32_t n = 0, flags = 0;

	for (size_t i = 0; i + 1 < list.n; i += 2) {
		uint32_t bad = faults(set, tls_at(list, i));

		if (bad != 0 && n++ == 0) {
			first = tls_at(list, i);
			flags = bad;
		}
	}
	if (n > 0 && tls_once(v, op, TLS_TOLD_PROPOSED))
		say(op, v, &EV_TLS_DISALLOWED_CIPHER, first, flags, n, out);
}

static void
selected(const struct suites *set, const struct op *op,
    const struct tls_view *v, struct event_sink *out)
{
	uint16_t suite = v->session->suite;
	uint32_t bad = faults(set, suite);

	if (bad != 0) {
		if (tls_once(v, op, TLS_TOLD_SELECTED))
			say(op, v, &EV_TLS_CIPHER_SELECTED, suite, bad, 0, out);
	} else if ((tls_suite(suite) & TLS_SUITE_SHA1) != 0 &&
	           tls_once(v, op, TLS_TOLD_DEPRECATED)) {
		say(op, v, &EV_TLS_DISALLOWED_CIPHER, suite, TLS_SUITE_SHA1, 0,
		    out);
	}
}

static void
suites_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	const struct tls_view *v = known;

	if (v->message->what == TLS_CLIENT_HELLO)
		proposed(state, op, v, out);
	else if (v->message->what == TLS_SERVER_HELLO &&
	         !v->message->hello.retry)
		selected(state, op, v, out);
}

static const struct parameter parameters[] = {
	{ "integrity_only", offsetof(struct suites, integrity_only), 0, 0, 1 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct detection detections[] = {
	{ DET, "T0830", parameters },
	{ NULL, NULL, NULL },
};

const struct detector tls_suites_detector = {
	.detections = detections,
	.protocol = TLS_PROTOCOL,
	.kinds = DETECTOR_ON(OP_ASSOCIATE),
	.world = &tls_world,
	.on_view = true,
	.state_size = sizeof(struct suites),
	.on_op = suites_on_op,
};
