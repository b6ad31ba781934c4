/* SPDX-License-Identifier: Apache-2.0 */
/* Recognition, framing and resynchronisation; see units.h. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "sensor/find.h"
#include "sensor/units.h"

/* Octets that may wait for a second unit to confirm the first. */
#define UNDECIDED_MAX 8192
/* Octets in which a unit is looked for, behind what only looks like one. */
#define SEARCH_MAX 4096
/* Octets without a unit after which a flow speaks something else. */
#define FOREIGN_MAX 65536
/* Units in a row that begin inside of one that cannot be read. */
#define INSIDE_MAX 4

struct units {
	struct blocks *blocks;
	struct unit_sink *sink;
	struct unit_counts counts;
	struct find find;

	/* Of the octets at hand; kept in their block while they wait. */
	size_t known; /* see find_unit(); taken by the first who looks */
	bool looked;  /* all of them, for a unit */
	uint32_t inside;
};

/* What is being read: one direction of a flow. */
struct reading {
	struct units *u;
	struct flow *f;
	struct half *h;
	unsigned dir;
	const struct stream_at *at;
};

static enum rd_err
emit(const struct reading *g, const uint8_t *p, size_t captured, size_t on_wire)
{
	g->f->skipped = 0;
	return g->u->sink->unit(g->u->sink, g->f, g->dir, g->f->app - 1U, p,
	    captured, on_wire, g->at);
}

/* The flow lost its protocol, or never had the one that it seemed to have. */
static void
unclaim(const struct reading *g)
{
	g->u->counts.unclaimed++;
	g->u->sink->claim(g->u->sink, g->f, 0);
	g->f->app = 0;
	g->f->skipped = 0;
}

static void
skip(const struct reading *g, size_t n)
{
	g->u->counts.skipped_octets += n;
	g->f->skipped += (uint32_t)n;
	if (g->f->app != 0 && g->f->skipped > FOREIGN_MAX)
		unclaim(g);
}

static size_t
take_known(const struct reading *g)
{
	size_t known = g->u->known;

	g->u->known = 0;
	return known;
}

/*
 * Looks for the next unit from p on.  Returns the octets that are behind us;
 * HALF_SEARCH is over when a unit begins there.
 */
static size_t
search(const struct reading *g, const uint8_t *p, size_t n)
{
	size_t at;
	enum found found =
	    find_unit(dissectors[g->f->app - 1], p, n, take_known(g), &at);

	g->u->looked = found == FOUND_MAYBE;
	if (found == FOUND_MAYBE && n - at >= SEARCH_MAX)
		at += SEARCH_MAX / 2; /* it has had its time */
	if (found == FOUND_UNIT) {
		g->h->flags &= (uint8_t)~HALF_SEARCH;
		g->u->counts.resyncs += at > 0;
	}
	if (at > 0)
		skip(g, at);
	return at;
}

/* No unit begins where one should: it is said once, then we look for one. */
static size_t
on_alien(const struct reading *g, const uint8_t *p, size_t n)
{
	bool sure = (g->h->flags & (HALF_ASSURED | HALF_SYN)) != 0;
	size_t at;

	g->h->flags &= (uint8_t)~HALF_ASSURED;
	g->h->flags |= HALF_SEARCH;
	at = search(g, p, n);
	/* found at its own place: frame() and probe() disagree; go past it */
	if (at == 0 && (g->h->flags & HALF_SEARCH) == 0)
		at = 1;
	if (at > 0 && sure && g->f->app != 0)
		emit(g, p, at, at);
	g->h->flags &= (uint8_t)~HALF_SYN;
	return at;
}

/*
 * Junk may look like the head of a unit and claim the octets of the next one.
 * When what it claimed cannot be read, and a unit begins in it that does not
 * end before it does, that one counts.  Returns where it begins, or len.
 */
static size_t
look_inside(const struct reading *g, const uint8_t *p, size_t n, size_t len)
{
	const struct dissector *d = dissectors[g->f->app - 1];
	size_t inner;

	for (size_t at = 1; at < len; at++) {
		struct reader r = rd_over(p + at, n - at, n - at);

		if (d->probe(r) != PROBE_YES)
			continue;
		switch (d->frame(r, &inner)) {
		case FRAME_WHOLE:
			if (inner >= len - at && inner <= n - at)
				return at;
			break;
		case FRAME_SHORT:
			return at;
		case FRAME_ALIEN:
			break;
		}
	}
	return len;
}

/* The unit at p, which is len octets long; returns what is behind us then. */
static size_t
whole(const struct reading *g, const uint8_t *p, size_t n, size_t len)
{
	size_t done = len;

	g->h->flags |= HALF_ASSURED;
	/* the same octets over and over would be dear */
	if (emit(g, p, len, len) == RD_MALFORMED && g->u->inside < INSIDE_MAX)
		done = look_inside(g, p, n, len);
	g->u->inside = done < len ? g->u->inside + 1 : 0;
	g->u->counts.resyncs += done < len;
	return done;
}

/* Whole units from p on; returns how many octets they were. */
static size_t
run(const struct reading *g, const uint8_t *p, size_t n)
{
	size_t done = 0, len, at;

	while (done < n && g->f->app != 0) {
		const struct dissector *d = dissectors[g->f->app - 1];

		if (g->h->skip > 0) {
			at = n - done < g->h->skip ? n - done : g->h->skip;
			g->h->skip = (uint16_t)(g->h->skip - at);
			done += at;
			continue;
		}
		if ((g->h->flags & HALF_SEARCH) != 0) {
			done += search(g, p + done, n - done);
			if ((g->h->flags & HALF_SEARCH) != 0)
				return done;
			continue;
		}
		switch (d->frame(rd_over(p + done, n - done, n - done), &len)) {
		case FRAME_WHOLE:
			if (len > n - done)
				return done;
			done += whole(g, p + done, n - done, len);
			break;
		case FRAME_SHORT:
			return done;
		case FRAME_ALIEN:
			at = on_alien(g, p + done, n - done);
			done += at;
			if (at == 0)
				return done;
			break;
		}
	}
	return done;
}

/*
 * Nobody knows yet what this is.  Returns the octets that are behind us; the
 * others want to be seen again with those that follow.
 */
static size_t
decide(const struct reading *g, const uint8_t *p, size_t n)
{
	struct found_app app =
	    find_app(&g->u->find, OVER_TCP, g->f->aport, g->f->bport, p, n);
	size_t known = take_known(g);

	if (app.found == FOUND_NOTHING && g->f->tries < FIND_TRIES) {
		app = find_inside(&g->u->find, OVER_TCP, g->f->aport,
		    g->f->bport, p, n, known);
		g->u->looked = app.found == FOUND_MAYBE;
	}
	if (app.found == FOUND_UNIT) {
		g->f->app = (uint8_t)(app.dissector + 1);
		g->f->skipped = 0;
		g->u->counts.claimed++;
		g->u->sink->claim(g->u->sink, g->f, g->f->app);
		if (app.at > 0)
			g->h->flags |= HALF_SEARCH;
		else
			g->h->flags &= (uint8_t)~HALF_SEARCH;
		return 0;
	}
	if (app.found == FOUND_MAYBE && n - app.at < UNDECIDED_MAX)
		return app.at;
	if (g->f->tries < UINT8_MAX)
		g->f->tries++;
	/* where the next piece begins, a unit need not */
	g->h->flags |= HALF_SEARCH;
	return n;
}

static size_t
consume(const struct reading *g, const uint8_t *p, size_t n)
{
	size_t done = 0, before;

	g->u->looked = false;
	do {
		before = done;
		if (g->f->app == 0)
			done += decide(g, p + done, n - done);
		if (g->f->app != 0)
			done += run(g, p + done, n - done);
	} while (done < n && g->f->app == 0 && done > before);
	return done;
}

static void
release(const struct reading *g)
{
	blocks_put(g->u->blocks, g->h->pending);
	g->h->pending = BLOCK_NONE;
}

/* There is no room for what has to wait: the unit is lost to us. */
static void
refuse(const struct reading *g)
{
	g->u->counts.refused++;
	release(g);
	g->f->flags |= FLOW_GAPPED;
	g->h->flags |= HALF_SEARCH;
	g->h->flags &= (uint8_t) ~(HALF_ASSURED | HALF_SYN);
}

/* What is to be remembered of octets that wait has room in their block. */
static void
note(const struct units *u, struct block *b)
{
	b->seq = u->looked ? b->n : 0;
	b->lost = u->inside;
}

static bool
keep(const struct reading *g, const uint8_t *p, size_t n)
{
	struct block *b;

	if (n == 0)
		return true;
	g->h->pending = blocks_get(g->u->blocks, n);
	if (g->h->pending == BLOCK_NONE) {
		refuse(g);
		return false;
	}
	b = blocks_at(g->u->blocks, g->h->pending);
	memcpy(b->data, p, n);
	b->n = (uint32_t)n;
	note(g->u, b);
	return true;
}

/* The waiting octets move to a large block. */
static bool
enlarge(const struct reading *g)
{
	uint32_t old = g->h->pending;
	const struct block *b = blocks_at(g->u->blocks, old);
	struct block *large;

	if (blocks_room(old) >= BLOCK_LARGE) {
		refuse(g);
		return false;
	}
	g->h->pending = blocks_get(g->u->blocks, BLOCK_LARGE);
	if (g->h->pending == BLOCK_NONE) {
		blocks_put(g->u->blocks, old);
		refuse(g);
		return false;
	}
	large = blocks_at(g->u->blocks, g->h->pending);
	memcpy(large->data, b->data, b->n);
	large->n = b->n;
	large->seq = b->seq;
	large->lost = b->lost;
	blocks_put(g->u->blocks, old);
	return true;
}

/*
 * Adds to what waits as much as there is room for, and reads it.  Returns how
 * many octets it took; nothing may wait any more then.
 */
static size_t
append(const struct reading *g, const uint8_t *p, size_t n)
{
	struct block *b = blocks_at(g->u->blocks, g->h->pending);
	size_t room = blocks_room(g->h->pending) - b->n, done;
	bool looking;

	if (room == 0) {
		if (!enlarge(g))
			return 0;
		b = blocks_at(g->u->blocks, g->h->pending);
		room = blocks_room(g->h->pending) - b->n;
	}
	if (n > room)
		n = room;
	memcpy(b->data + b->n, p, n);
	b->n += (uint32_t)n;
	looking = g->f->app == 0 || (g->h->flags & HALF_SEARCH) != 0;
	g->u->known = looking ? b->seq : 0;
	g->u->inside = b->lost;
	done = consume(g, b->data, b->n);
	if (done == b->n) {
		release(g);
		return n;
	}
	if (done > 0) {
		b->n -= (uint32_t)done;
		memmove(b->data, b->data + done, b->n);
	}
	note(g->u, b);
	return n;
}

/* The unit that a gap of n octets cut: some of it may follow the gap. */
static void
give_cut(const struct reading *g, size_t n)
{
	const struct block *b = blocks_at(g->u->blocks, g->h->pending);
	/* as if all the rest were lost: that is never malformed */
	size_t most = b->n + (n > BLOCK_LARGE ? n : BLOCK_LARGE), len = 0;
	enum frame frame = dissectors[g->f->app - 1]->frame(
	    rd_over(b->data, b->n, most), &len);

	if (frame != FRAME_WHOLE || len <= b->n || len >= most) {
		if ((g->h->flags & (HALF_ASSURED | HALF_SYN)) != 0)
			emit(g, b->data, b->n, most);
		return;
	}
	emit(g, b->data, b->n, len);
	if (len < b->n + n || len - b->n - n > UINT16_MAX)
		return;
	g->h->skip = (uint16_t)(len - b->n - n);
	g->h->flags &= (uint8_t)~HALF_SEARCH;
}

struct units *
units_new(struct blocks *blocks, struct unit_sink *sink)
{
	struct units *u = calloc(1, sizeof(*u));

	if (u == NULL)
		return NULL;
	u->blocks = blocks;
	u->sink = sink;
	find_init(&u->find);
	return u;
}

void
units_free(struct units *u)
{
	free(u);
}

void
units_octets(struct units *u, struct flow *f, unsigned dir, const uint8_t *p,
    size_t n, const struct stream_at *at)
{
	struct reading g = { u, f, &f->half[dir], dir, at };
	size_t done = 0;

	while (done < n && g.h->pending != BLOCK_NONE)
		done += append(&g, p + done, n - done);
	if (done == n)
		return;
	u->known = u->inside = 0;
	done += consume(&g, p + done, n - done);
	keep(&g, p + done, n - done);
}

void
units_gap(struct units *u, struct flow *f, unsigned dir, uint32_t n,
    const struct stream_at *at)
{
	struct reading g = { u, f, &f->half[dir], dir, at };
	bool searching = n == 0 || (g.h->flags & HALF_SEARCH) != 0;

	f->flags |= FLOW_GAPPED;
	g.h->flags |= HALF_SEARCH;
	if (g.h->pending != BLOCK_NONE && f->app != 0 && !searching) {
		give_cut(&g, n);
	} else if (g.h->skip >= n && n > 0) {
		g.h->skip = (uint16_t)(g.h->skip - n);
		g.h->flags &= (uint8_t)~HALF_SEARCH;
	} else {
		g.h->skip = 0;
	}
	g.h->flags &= (uint8_t) ~(HALF_ASSURED | HALF_SYN);
	release(&g);
}

bool
units_datagram(struct units *u, struct flow *f, unsigned dir, const uint8_t *p,
    size_t captured, size_t on_wire, const struct stream_at *at)
{
	struct reading g = { u, f, &f->half[dir], dir, at };
	struct found_app app;
	size_t len;

	if (f->app == 0) {
		app = find_app(
		    &u->find, OVER_UDP, f->aport, f->bport, p, captured);
		if (app.found != FOUND_UNIT)
			return false;
		f->app = (uint8_t)(app.dissector + 1);
		u->counts.claimed++;
		u->sink->claim(u->sink, f, f->app);
	}
	while (on_wire > 0) {
		if (dissectors[f->app - 1]->frame(
		        rd_over(p, captured, on_wire), &len) != FRAME_WHOLE ||
		    len > on_wire)
			len = on_wire; /* the dissector says what is wrong */
		emit(&g, p, captured < len ? captured : len, len);
		p += captured < len ? captured : len;
		captured -= captured < len ? captured : len;
		on_wire -= len;
	}
	return true;
}

bool
units_ethertype(struct units *u, uint16_t ethertype, const uint8_t *p,
    size_t captured, size_t on_wire, const struct stream_at *at)
{
	int which = find_ethertype(&u->find, ethertype);
	size_t len;

	if (which < 0)
		return false;
	/* what lies behind the unit is padding */
	if (dissectors[which]->frame(rd_over(p, captured, on_wire), &len) !=
	        FRAME_WHOLE ||
	    len > on_wire)
		len = on_wire;
	u->sink->unit(u->sink, NULL, 0, (unsigned)which, p,
	    captured < len ? captured : len, len, at);
	return true;
}

const struct unit_counts *
units_counts(const struct units *u)
{
	return &u->counts;
}
