/* SPDX-License-Identifier: Apache-2.0 */
/* Meters that leave memory, or the program, and come back. */
#include <config.h>

#include "rules/memory.h"
#include "rules/meters/state.h"

/* One that is here, too, is newer here than its row. */
uint32_t
keep_read(struct meters *m, const struct memory_meter *row)
{
	uint32_t known = row->titled ? identity_of(m, row->title) : NONE;

	return known != NONE ? known : body_read(m, row);
}

uint32_t
keep_find(
    struct meters *m, const uint8_t *title, const struct meter_address *at)
{
	enum memory_found found = MEMORY_NONE;
	uint32_t ticket = 0;

	if (m->memory != NULL)
		found = m->memory->find(m->memory, title, at->ip, at->port,
		    at->unit, m->found, &ticket);
	m->ticket = found == MEMORY_LATER ? ticket : 0;
	return found == MEMORY_FOUND ? keep_read(m, m->found) : NONE;
}

void
keep_evicted(struct meters *m, uint32_t meter)
{
	if (m->memory == NULL || (m->meters[meter].flags & METER_DIRTY) == 0)
		return;
	body_write(m, meter, m->row);
	m->unkept += !m->memory->put(m->memory, m->row);
}

/* Those that left, or came again, make room in the list. */
static void
tidy_dirty(struct meters *m)
{
	uint32_t left = 0;

	for (uint32_t i = 0; i < m->ndirty; i++) {
		struct meter *of = &m->meters[m->dirty[i]];

		if (of->first_s == 0 || (of->flags & METER_DIRTY) == 0)
			continue;
		of->flags &= (uint8_t)~METER_DIRTY; /* once each */
		m->dirty[left++] = m->dirty[i];
	}
	m->ndirty = left;
	for (uint32_t i = 0; i < left; i++)
		m->meters[m->dirty[i]].flags |= METER_DIRTY;
}

void
keep_dirty(struct meters *m, uint32_t meter)
{
	if ((m->meters[meter].flags & METER_DIRTY) != 0)
		return;
	if (m->ndirty == m->dirty_cap)
		tidy_dirty(m);
	m->meters[meter].flags |= METER_DIRTY;
	m->dirty[m->ndirty++] = meter;
}

/* What there is no room for now stays on the list. */
void
keep_remember(struct meters *m, struct memory *memory)
{
	uint32_t left = 0;
	bool room = true;

	for (uint32_t i = 0; i < m->ndirty; i++) {
		uint32_t meter = m->dirty[i];
		struct meter *of = &m->meters[meter];

		if (of->first_s == 0 || (of->flags & METER_DIRTY) == 0)
			continue; /* it left, and may have come again */
		if (room) {
			body_write(m, meter, m->row);
			room = memory->put(memory, m->row);
		}
		if (room)
			of->flags &= (uint8_t)~METER_DIRTY;
		else
			m->dirty[left++] = meter;
	}
	m->ndirty = left;
}

/* Of a stream that fell: what it fell to is where it goes on from. */
static void
settle_reset(struct meter_stream *s)
{
	if (s->odd == 0 || s->candidate >= s->highest)
		return;
	s->highest = s->candidate;
	s->window = 0;
	s->odd = 0;
	memset(s->text, 0, sizeof(s->text));
}

static void
allow(struct meters *m, uint32_t i, uint32_t reset_ok_s)
{
	m->meters[i].reset_ok_s = reset_ok_s;
	for (uint32_t k = m->meters[i].streams; k != NONE;
	     k = m->streams[k].next)
		settle_reset(&m->streams[k]);
	keep_dirty(m, i);
}

/* A person says that its counters began anew, or will within a day. */
static void
acknowledge(struct meters *m, const struct memory_meter *from)
{
	uint32_t i = identity_of(m, from->title);
	struct meter_address at = { .port = 0 };

	m->now_s = from->reset_ok_s;
	if (i == NONE)
		i = keep_find(m, from->title, &at);
	if (i != NONE) {
		allow(m, i, from->reset_ok_s);
	} else if (m->ticket != 0 && m->nacks < OPEN_MOST) {
		m->acks[m->nacks].ticket = m->ticket;
		m->acks[m->nacks++].reset_ok_s = from->reset_ok_s;
	}
	m->ticket = 0;
}

bool
keep_answer(struct meters *m, const struct memory_answer *answer)
{
	uint32_t k = 0, i;

	while (k < m->nacks && m->acks[k].ticket != answer->ticket)
		k++;
	if (k == m->nacks)
		return false;
	if (answer->overdue)
		return true; /* it comes once more */
	i = answer->meter != NULL ? keep_read(m, answer->meter) : NONE;
	if (i != NONE)
		allow(m, i, m->acks[k].reset_ok_s);
	m->acks[k] = m->acks[--m->nacks];
	return true;
}

void
keep_recall(struct meters *m, const struct memory_meter *from)
{
	struct meter_address at = { .port = from->port, .unit = from->unit };
	uint32_t known;

	/* an acknowledgement alone is a row without a body */
	if (from->n == 0) {
		acknowledge(m, from);
		return;
	}
	memcpy(at.ip, from->ip, sizeof(at.ip));
	m->now_s = from->last_s;
	known =
	    from->titled ? identity_of(m, from->title) : identity_at(m, &at);
	if (known == NONE)
		body_read(m, from);
}
