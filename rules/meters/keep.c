/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A meter as one row that outlives it: what is known of it, its associations
 * and counters, and the octets' hashes of the units in their windows.
 */
#include <config.h>

#include "rules/memory.h"
#include "rules/meters/state.h"

#define KEPT_VERSION 1
#define ASSOCS_MOST 24
#define WINDOW 64

/* In the machine's order: the file stays where it was written. */
struct kept_head {
	uint16_t version, assocs, streams, addresses;
	uint32_t interval_s, key_s, firmware_s, firmware, moved_s;
	uint8_t flags, zero[3];
};

struct kept_past {
	uint32_t ic, text;
	uint16_t second, zero;
};

/* What is written to, or read from. */
struct row {
	uint8_t *p;
	uint32_t n, most;
};

static bool
put(struct row *r, const void *p, size_t n)
{
	if (n > r->most - r->n)
		return false;
	memcpy(r->p + r->n, p, n);
	r->n += (uint32_t)n;
	return true;
}

static bool
get(struct row *r, void *p, size_t n)
{
	if (n > r->most - r->n)
		return false;
	memcpy(p, r->p + r->n, n);
	r->n += (uint32_t)n;
	return true;
}

/* A stream, then how many units of its window follow, then these. */
static bool
put_stream(struct row *r, const struct meters *m, const struct meter_stream *s)
{
	uint32_t begin = r->n, count_at;
	struct meter_stream copy = *s;
	struct kept_past past = { 0 };
	uint16_t n = 0;

	copy.next = copy.session = 0;
	if (!put(r, &copy, sizeof(copy)))
		return false;
	count_at = r->n;
	if (!put(r, &n, sizeof(n))) {
		r->n = begin;
		return false;
	}
	for (uint32_t i = 0; i < WINDOW; i++) {
		past.ic = s->highest - i;
		if ((s->window >> i & 1) == 0 ||
		    !verdict_past(m, s, past.ic, &past.text, &past.second))
			continue;
		if (!put(r, &past, sizeof(past)))
			break;
		n++;
	}
	memcpy(r->p + count_at, &n, sizeof(n));
	return true;
}

void
keep_export(const struct meters *m, uint32_t meter, struct memory_meter *to)
{
	const struct meter *of = &m->meters[meter];
	struct kept_head head = { .version = KEPT_VERSION,
		.addresses = of->addresses,
		.interval_s = of->interval_s,
		.key_s = of->key_s,
		.firmware_s = of->firmware_s,
		.firmware = of->firmware,
		.moved_s = of->moved_s,
		.flags = of->flags & (METER_SECOND | METER_THIRD) };
	struct row r = { to->body, sizeof(head), sizeof(to->body) };

	memset(to, 0, offsetof(struct memory_meter, body));
	to->titled = (of->flags & METER_TITLED) != 0;
	memcpy(to->title, of->title, sizeof(to->title));
	memcpy(to->ip, of->at.ip, sizeof(to->ip));
	to->port = of->at.port;
	to->unit = of->at.unit;
	memcpy(to->name, of->name, sizeof(to->name));
	to->first_s = of->first_s;
	to->last_s = of->last_s;
	to->reset_ok_s = of->reset_ok_s;
	for (uint32_t i = of->assocs; i != NONE && head.assocs < ASSOCS_MOST;
	     i = m->assocs[i].next) {
		struct meter_assoc copy = m->assocs[i];

		copy.next = copy.session = 0;
		head.assocs += put(&r, &copy, sizeof(copy));
	}
	for (uint32_t i = of->streams; i != NONE; i = m->streams[i].next)
		head.streams += put_stream(&r, m, &m->streams[i]);
	memcpy(to->body, &head, sizeof(head));
	to->n = r.n;
}

static bool
get_stream(struct row *r, struct meters *m, uint32_t meter)
{
	struct meter_stream copy, *s;
	struct kept_past past;
	uint16_t n;

	if (!get(r, &copy, sizeof(copy)) || !get(r, &n, sizeof(n)))
		return false;
	/* a file may be damaged, and these are looked up by */
	if (copy.from > OP_FROM_SERVER || copy.key > KEY_GENERAL)
		return false;
	s = slots_stream(m, meter);
	if (s == NULL)
		return false;
	copy.next = s->next;
	copy.session = 0;
	*s = copy;
	for (; n > 0 && get(r, &past, sizeof(past)); n--)
		verdict_recall(m, s, past.ic, past.text, past.second);
	return true;
}

static void
get_parts(struct row *r, struct meters *m, uint32_t meter,
    const struct kept_head *head)
{
	struct meter_assoc copy, *a;

	for (uint16_t i = 0; i < head->assocs; i++) {
		a = get(r, &copy, sizeof(copy)) ? slots_assoc(m, meter) : NULL;
		if (a == NULL)
			return;
		copy.next = a->next;
		copy.session = 0; /* a place in a table that is no more */
		*a = copy;
	}
	for (uint16_t i = 0; i < head->streams; i++)
		if (!get_stream(r, m, meter))
			return;
}

uint32_t
keep_import(struct meters *m, const struct memory_meter *from)
{
	struct meter_address at = { .port = from->port, .unit = from->unit };
	struct row r = { (uint8_t *)(uintptr_t)from->body, 0,
		from->n <= MEMORY_BODY ? from->n : 0 };
	struct kept_head head;
	struct meter *meter;
	uint32_t i;

	if (!get(&r, &head, sizeof(head)) || head.version != KEPT_VERSION)
		return NONE;
	memcpy(at.ip, from->ip, sizeof(at.ip));
	i = identity_import(m, from->titled ? from->title : NULL, &at);
	meter = &m->meters[i];
	memcpy(meter->name, from->name, sizeof(meter->name));
	meter->first_s = from->first_s != 0 ? from->first_s : 1;
	meter->last_s = from->last_s;
	meter->reset_ok_s = from->reset_ok_s;
	meter->addresses = head.addresses;
	meter->interval_s = head.interval_s;
	meter->key_s = head.key_s;
	meter->firmware_s = head.firmware_s;
	meter->firmware = head.firmware;
	meter->moved_s = head.moved_s;
	meter->flags |= head.flags & (METER_SECOND | METER_THIRD);
	if (meter->name[0] != '\0')
		meter->flags |= METER_NAMED;
	get_parts(&r, m, i, &head);
	return i;
}

uint32_t
keep_find(
    struct meters *m, const uint8_t *title, const struct meter_address *at)
{
	if (m->memory == NULL || !m->memory->find(m->memory, title, at->ip,
	                             at->port, at->unit, m->found))
		return NONE;
	return keep_import(m, m->found);
}

void
keep_evicted(struct meters *m, uint32_t meter)
{
	if (m->memory == NULL || (m->meters[meter].flags & METER_DIRTY) == 0)
		return;
	keep_export(m, meter, m->row);
	m->unkept += !m->memory->put(m->memory, m->row);
}

void
keep_dirty(struct meters *m, uint32_t meter)
{
	if ((m->meters[meter].flags & METER_DIRTY) != 0)
		return;
	m->meters[meter].flags |= METER_DIRTY;
	if (m->ndirty < m->meter_pool.cap)
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
			keep_export(m, meter, m->row);
			room = memory->put(memory, m->row);
		}
		if (room)
			of->flags &= (uint8_t)~METER_DIRTY;
		else
			m->dirty[left++] = meter;
	}
	m->ndirty = left;
}

void
keep_recall(struct meters *m, const struct memory_meter *from)
{
	struct meter_address at = { .port = from->port, .unit = from->unit };
	uint32_t known;

	memcpy(at.ip, from->ip, sizeof(at.ip));
	m->now_s = from->last_s;
	known =
	    from->titled ? identity_of(m, from->title) : identity_at(m, &at);
	/* an acknowledgement alone is a row without a body */
	if (known != NONE && from->reset_ok_s != 0)
		m->meters[known].reset_ok_s = from->reset_ok_s;
	if (known == NONE && from->n > 0)
		keep_import(m, from);
}
