/* SPDX-License-Identifier: Apache-2.0 */
/* Events to octets and back: numbers big-endian, texts with their length. */
#include <config.h>

#include <errno.h>
#include <stdlib.h>

#include "dissectors/reader.h"
#include "rules/pack.h"

#define LAYOUT 2
#define NAMES 4096 /* texts; an honest store has a few dozen */
#define NAME_MAX_OCTETS 255

struct pack_names {
	size_t n;
	char *name[NAMES];
};

struct writer {
	uint8_t *p;
};

static void
put(struct writer *w, uint64_t v, unsigned octets)
{
	while (octets-- > 0)
		*w->p++ = (uint8_t)(v >> (8 * octets));
}

static void
put_octets(struct writer *w, const void *p, size_t n)
{
	memcpy(w->p, p, n);
	w->p += n;
}

static void
put_str(struct writer *w, const struct event_str *s)
{
	put(w, s->n, 1);
	put_octets(w, s->p, s->n);
}

/* NULL and the empty text are the same. */
static void
put_text(struct writer *w, const char *s)
{
	size_t n = s != NULL ? strlen(s) : 0;

	n = n < NAME_MAX_OCTETS ? n : NAME_MAX_OCTETS;
	put(w, n, 1);
	put_octets(w, s != NULL ? s : "", n);
}

static void
put_endpoint(struct writer *w, const struct endpoint *e)
{
	put_octets(w, e->mac, sizeof(e->mac));
	put_octets(w, e->ip, sizeof(e->ip));
	put(w, e->port, 2);
}

static void
put_numbers(struct writer *w, const struct event *ev)
{
	put(w, (uint64_t)ev->severity, 1);
	put(w, ev->sqnum, 4);
	put(w, ev->count, 4);
	put(w, (uint64_t)ev->at.tv_sec, 8);
	put(w, (uint64_t)ev->at.tv_nsec, 4);
	put(w, ev->frame, 8);
	put(w, ev->dst_is_peer, 1);
	put(w, (uint64_t)ev->state, 1);
	put(w, ev->doubtful, 1);
	put(w, ev->vlans, 1);
	for (size_t i = 0; i < PDU_VLANS; i++)
		put(w, ev->vlan[i], 2);
}

size_t
pack_event(uint8_t *buf, const struct event *ev)
{
	struct writer w = { buf };

	put(&w, LAYOUT, 1);
	put_text(&w, ev->def->mnemonic);
	put_text(&w, ev->det);
	put_text(&w, ev->std);
	put_text(&w, ev->ref);
	put_text(&w, ev->attack);
	put_text(&w, ev->capture);
	put_text(&w, ev->proto);
	put_text(&w, ev->flow);
	put_text(&w, ev->role);
	put_numbers(&w, ev);
	put_endpoint(&w, &ev->src);
	put_endpoint(&w, &ev->dst);
	put_str(&w, &ev->subject);
	put_str(&w, &ev->user);
	put(&w, ev->nwhy, 1);
	for (size_t i = 0; i < ev->nwhy; i++) {
		put_text(&w, ev->why[i].name);
		put(&w, ev->why[i].number, 1);
		put_str(&w, &ev->why[i].value);
	}
	return (size_t)(w.p - buf);
}

/* The text that lasts, NULL for the empty one or when there is no room. */
static const char *
keep(struct pack_names *names, struct bytes s)
{
	for (size_t i = 0; i < names->n; i++)
		if (strlen(names->name[i]) == s.n &&
		    memcmp(names->name[i], s.p, s.n) == 0)
			return names->name[i];
	if (s.n == 0 || names->n == NAMES)
		return NULL;
	names->name[names->n] = strndup((const char *)s.p, s.n);
	return names->name[names->n] != NULL ? names->name[names->n++] : NULL;
}

static struct bytes
take(struct reader *r)
{
	size_t n = rd_u8(r);

	return rd_bytes(r, n);
}

/* Sets *to; false when a text that is there cannot be kept. */
static bool
take_text(struct reader *r, struct pack_names *names, const char **to)
{
	struct bytes s = take(r);

	*to = keep(names, s);
	return s.n == 0 || *to != NULL;
}

static void
take_str(struct reader *r, struct event_str *to)
{
	event_set(to, take(r));
}

static void
take_array(struct reader *r, char *to, size_t size)
{
	struct bytes s = take(r);
	size_t n = s.n < size ? s.n : size - 1;

	memcpy(to, n > 0 ? s.p : (const uint8_t *)"", n);
	to[n] = '\0';
}

static uint32_t
take_u32(struct reader *r)
{
	uint32_t high = rd_u16be(r);

	return high << 16 | rd_u16be(r);
}

static uint64_t
take_u64(struct reader *r)
{
	uint64_t high = take_u32(r);

	return high << 32 | take_u32(r);
}

static void
take_endpoint(struct reader *r, struct endpoint *e)
{
	struct bytes mac = rd_bytes(r, sizeof(e->mac));
	struct bytes ip = rd_bytes(r, sizeof(e->ip));

	if (mac.n == sizeof(e->mac))
		memcpy(e->mac, mac.p, mac.n);
	if (ip.n == sizeof(e->ip))
		memcpy(e->ip, ip.p, ip.n);
	e->port = rd_u16be(r);
}

static void
take_numbers(struct reader *r, struct event *ev)
{
	ev->severity = (enum severity)rd_u8(r);
	ev->sqnum = take_u32(r);
	ev->count = take_u32(r);
	ev->at.tv_sec = (time_t)take_u64(r);
	ev->at.tv_nsec = (long)take_u32(r);
	ev->frame = take_u64(r);
	ev->dst_is_peer = rd_u8(r) != 0;
	ev->state = (enum knowledge)rd_u8(r);
	ev->doubtful = rd_u8(r) != 0;
	ev->vlans = rd_u8(r);
	for (size_t i = 0; i < PDU_VLANS; i++)
		ev->vlan[i] = rd_u16be(r);
}

static const struct event_def *
definition(struct bytes mnemonic)
{
	const struct event_def *const *d = event_catalogue;

	while (*d != NULL &&
	       (strlen((*d)->mnemonic) != mnemonic.n ||
	           memcmp((*d)->mnemonic, mnemonic.p, mnemonic.n) != 0))
		d++;
	return *d;
}

static bool
take_why(struct reader *r, struct event *ev, struct pack_names *names)
{
	uint8_t n = rd_u8(r);
	bool kept = true;

	for (ev->nwhy = 0; kept && ev->nwhy < n && ev->nwhy < EVENT_WHY;
	     ev->nwhy++) {
		struct event_why *w = &ev->why[ev->nwhy];

		kept = take_text(r, names, &w->name) && w->name != NULL;
		w->number = rd_u8(r) != 0;
		take_str(r, &w->value);
	}
	return kept && ev->nwhy == n;
}

static bool
is_sound(const struct event *ev)
{
	return ev->def != NULL && ev->det != NULL && ev->proto != NULL &&
	       ev->state <= KNOW_ONE_SIDED && ev->vlans <= PDU_VLANS &&
	       ev->severity >= SEVERITY_ALARM &&
	       ev->severity <= SEVERITY_NOTICE && ev->at.tv_nsec < 1000000000;
}

int
pack_read(struct event *ev, struct bytes octets, struct pack_names *names)
{
	struct reader r = rd_over(octets.p, octets.n, octets.n);
	bool kept;

	*ev = (struct event){ 0 };
	if (rd_u8(&r) != LAYOUT)
		return -EINVAL;
	ev->def = definition(take(&r));
	kept = take_text(&r, names, &ev->det);
	kept = take_text(&r, names, &ev->std) && kept;
	kept = take_text(&r, names, &ev->ref) && kept;
	kept = take_text(&r, names, &ev->attack) && kept;
	kept = take_text(&r, names, &ev->capture) && kept;
	kept = take_text(&r, names, &ev->proto) && kept;
	take_array(&r, ev->flow, sizeof(ev->flow));
	take_array(&r, ev->role, sizeof(ev->role));
	take_numbers(&r, ev);
	take_endpoint(&r, &ev->src);
	take_endpoint(&r, &ev->dst);
	take_str(&r, &ev->subject);
	take_str(&r, &ev->user);
	kept = take_why(&r, ev, names) && kept;
	if (rd_end(&r) != RD_OK || !is_sound(ev))
		return -EINVAL;
	return kept ? 0 : -ENOBUFS;
}

struct pack_names *
pack_names_new(void)
{
	return calloc(1, sizeof(struct pack_names));
}

void
pack_names_free(struct pack_names *names)
{
	for (size_t i = 0; names != NULL && i < names->n; i++)
		free(names->name[i]);
	free(names);
}
