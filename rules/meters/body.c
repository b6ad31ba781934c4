/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A meter as one row that outlives it: what is known of it, its counters, its
 * associations, and the octets' hashes of the units in their windows.  What
 * does not fit is what is missed least: it stands last.
 */
#include <config.h>

#include "rules/memory.h"
#include "rules/meters/state.h"

#define BODY_VERSION 2
#define ASSOC_1 offsetof(struct meter_assoc, client_pdu) /* of version 1 */
#define WINDOW 64

/* In the machine's order: the file stays where it was written. */
struct head {
	uint16_t version, assocs, streams, addresses;
	uint32_t interval_s, key_s, firmware_s, firmware, moved_s;
	uint8_t flags, zero[3];
};

/* A unit of a stream's window. */
struct past_row {
	uint32_t ic, text;
	uint16_t second, stream; /* which one; version 1: 0 */
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

static uint16_t
put_streams(struct row *r, const struct meters *m, uint32_t i)
{
	struct meter_stream copy;
	uint16_t n = 0;

	for (; i != NONE; i = m->streams[i].next) {
		copy = m->streams[i];
		copy.next = 0;
		if (!put(r, &copy, sizeof(copy)))
			break;
		n++;
	}
	return n;
}

/* Those that were once accepted, or those that never were. */
static uint16_t
put_assocs(struct row *r, const struct meters *m, uint32_t i, bool accepted)
{
	struct meter_assoc copy;
	uint16_t n = 0;

	for (; i != NONE; i = m->assocs[i].next) {
		copy = m->assocs[i];
		copy.next = copy.session = 0;
		if ((copy.accepted > 0) == accepted)
			n += put(r, &copy, sizeof(copy));
	}
	return n;
}

/* Of every window the newest first. */
static void
put_past(struct row *r, const struct meters *m, uint32_t first, uint16_t n)
{
	struct past_row past = { 0 };
	bool room = true;

	for (uint32_t back = 0; room && back < WINDOW; back++) {
		uint32_t i = first;

		for (past.stream = 0; room && past.stream < n; past.stream++) {
			const struct meter_stream *s = &m->streams[i];

			i = s->next;
			past.ic = s->highest - back;
			if ((s->window >> back & 1) != 0 &&
			    verdict_past(
			        m, s, past.ic, &past.text, &past.second))
				room = put(r, &past, sizeof(past));
		}
	}
}

void
body_write(const struct meters *m, uint32_t meter, struct memory_meter *to)
{
	const struct meter *of = &m->meters[meter];
	struct head head = { .version = BODY_VERSION,
		.addresses = of->addresses,
		.interval_s = of->interval_s,
		.key_s = of->key_s,
		.firmware_s = of->firmware_s,
		.firmware = of->firmware,
		.moved_s = of->moved_s,
		.flags = of->flags & METER_KEPT };
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
	head.streams = put_streams(&r, m, of->streams);
	head.assocs = put_assocs(&r, m, of->assocs, true);
	head.assocs += put_assocs(&r, m, of->assocs, false);
	put_past(&r, m, of->streams, head.streams);
	memcpy(to->body, &head, sizeof(head));
	to->n = r.n;
}

/* A file may be damaged, and these are looked up by. */
static struct meter_stream *
get_stream(struct row *r, struct meters *m, uint32_t meter)
{
	struct meter_stream copy, *s;

	if (!get(r, &copy, sizeof(copy)) || copy.from > OP_FROM_SERVER ||
	    copy.key > KEY_GENERAL)
		return NULL;
	s = slots_stream(m, meter);
	if (s == NULL)
		return NULL;
	copy.next = s->next;
	copy.life = s->life;
	*s = copy;
	return s;
}

static bool
get_assocs(
    struct row *r, struct meters *m, uint32_t meter, uint16_t n, size_t octets)
{
	struct meter_assoc copy = { 0 }, *a;

	for (; n > 0; n--) {
		a = get(r, &copy, octets) ? slots_assoc(m, meter) : NULL;
		if (a == NULL)
			return false;
		copy.next = a->next;
		copy.session = 0; /* a place in a table that is no more */
		*a = copy;
	}
	return true;
}

static void
get_parts(struct row *r, struct meters *m, uint32_t meter, struct head *head)
{
	struct meter_stream *streams[METER_STREAMS_MAX];
	struct past_row past;

	if (head->streams > METER_STREAMS_MAX)
		head->streams = METER_STREAMS_MAX;
	for (uint16_t i = 0; i < head->streams; i++) {
		streams[i] = get_stream(r, m, meter);
		if (streams[i] == NULL)
			return;
	}
	if (!get_assocs(r, m, meter, head->assocs, sizeof(struct meter_assoc)))
		return;
	while (get(r, &past, sizeof(past)))
		if (past.stream < head->streams)
			verdict_recall(m, streams[past.stream], past.ic,
			    past.text, past.second);
}

/* Version 1: associations, then each stream with its window behind it. */
static void
get_parts_1(
    struct row *r, struct meters *m, uint32_t meter, const struct head *head)
{
	struct meter_stream *s;
	struct past_row past;
	uint16_t n;

	if (!get_assocs(r, m, meter, head->assocs, ASSOC_1))
		return;
	for (uint16_t i = 0; i < head->streams; i++) {
		s = get_stream(r, m, meter);
		if (s == NULL || !get(r, &n, sizeof(n)))
			return;
		for (; n > 0 && get(r, &past, sizeof(past)); n--)
			verdict_recall(m, s, past.ic, past.text, past.second);
	}
}

uint32_t
body_read(struct meters *m, const struct memory_meter *from)
{
	struct meter_address at = { .port = from->port, .unit = from->unit };
	struct row r = { (uint8_t *)(uintptr_t)from->body, 0,
		from->n <= MEMORY_BODY ? from->n : 0 };
	struct head head;
	struct meter *meter;
	uint32_t i;

	if (!get(&r, &head, sizeof(head)) || head.version == 0 ||
	    head.version > BODY_VERSION)
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
	meter->flags |= head.flags & METER_KEPT;
	if (head.version == 1)
		get_parts_1(&r, m, i, &head);
	else
		get_parts(&r, m, i, &head);
	return i;
}
