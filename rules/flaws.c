/* SPDX-License-Identifier: Apache-2.0 */
/* Counting what cannot be read: one is a notice, many are a flood. */
#include <config.h>

#include "rules/flaws.h"
#include "rules/full.h"
#include "rules/when.h"

static void
say(const struct flaws *f, const struct flaws_family *family,
    const struct event_def *def, const struct op *op, struct event_sink *out)
{
	struct event ev = event_about(op, def, family->det);

	ev.attack = family->attack;
	ev.std = family->std;
	/* what follows a gap, or comes first, may begin within a unit */
	ev.doubtful =
	    op->pdu->state == KNOW_GAPPED || op->pdu->state == KNOW_MIDSTREAM;
	event_add_text(&ev, "flaw", op->flaw);
	family->add(&ev, op);
	if (def == family->flood) {
		event_add_u64(&ev, "units", f->n);
		event_add_u64(&ev, "t_s", f->t_s);
	}
	out->emit(out, &ev);
}

void
flaws_start(void *state, const struct setup *setup)
{
	struct flaws *f = state;

	table_init(&f->subjects, setup->key, f->slots, f->subject,
	    FLAWS_SUBJECTS, sizeof(struct flaws_subject), FLAWS_KEY);
}

void
flaws_on_op(struct flaws *f, const struct flaws_family *family,
    const struct op *op, struct bytes key, struct event_sink *out)
{
	uint64_t now = when_ms(op->pdu->at);
	uint8_t padded[FLAWS_KEY] = { 0 };
	struct flaws_subject *s;
	bool fresh;

	if (op->flaw == NULL || op->verdict == RD_TRUNCATED ||
	    op->outer != NULL)
		return;
	memcpy(padded, key.p, key.n < FLAWS_KEY ? key.n : FLAWS_KEY);
	s = table_put(&f->subjects, padded, &fresh);
	if (fresh && f->subjects.evicted == 1)
		full_say(out, op, family->det, FLAWS_SUBJECTS);
	if (fresh || !when_within(now, s->noticed, f->t_s)) {
		s->noticed = now;
		say(f, family, family->one, op, out);
	}
	if (op->verdict == RD_MALFORMED &&
	    rate_hit(&s->units, f->n, f->t_s, now) &&
	    (!s->was_flooded || !when_within(now, s->flooded, f->t_s))) {
		s->was_flooded = true;
		s->flooded = now;
		say(f, family, family->flood, op, out);
	}
}
