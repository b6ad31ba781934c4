/* SPDX-License-Identifier: Apache-2.0 */
/* Recognition by content; ports only break ties. */
#include <config.h>

#include <string.h>

#include "sensor/find.h"

/* Before what is new, so many octets may look different now. */
#define ASK_AGAIN 300

static struct reader
from(const uint8_t *p, size_t n, size_t at)
{
	return rd_over(p + at, n - at, n - at);
}

/*
 * Whether the unit that seems to begin here is followed by another, or by
 * nothing.  MAYBE: it does not end in these octets.
 */
static enum found
confirm(const struct dissector *d, const uint8_t *p, size_t n, size_t at,
    bool alone)
{
	size_t len = 0;

	switch (d->frame(from(p, n, at), &len)) {
	case FRAME_ALIEN:
		return FOUND_NOTHING;
	case FRAME_SHORT:
		return FOUND_MAYBE;
	case FRAME_WHOLE:
		break;
	}
	if (len > n - at)
		return FOUND_MAYBE;
	if (len == n - at)
		return alone ? FOUND_UNIT : FOUND_MAYBE;
	return d->probe(from(p, n, at + len)) != PROBE_NO ? FOUND_UNIT
	                                                  : FOUND_NOTHING;
}

static enum found
judge(const struct dissector *d, const uint8_t *p, size_t n, size_t at,
    bool alone)
{
	switch (d->probe(from(p, n, at))) {
	case PROBE_YES:
		return FOUND_UNIT;
	case PROBE_LIKELY:
		return confirm(d, p, n, at, alone);
	case PROBE_MORE:
		return FOUND_MAYBE;
	case PROBE_NO:
		break;
	}
	return FOUND_NOTHING;
}

void
find_init(struct find *find)
{
	memset(find, 0, sizeof(*find));
	for (unsigned i = 0; dissectors[i] != NULL; i++)
		for (unsigned c = 0; c < 3; c++)
			if (dissector_over(dissectors[i], (enum carrier)c) &&
			    find->n[c] < FIND_MAX)
				find->which[c][find->n[c]++] = (uint8_t)i;
}

static bool
is_home(const struct dissector *d, enum carrier carrier, uint16_t aport,
    uint16_t bport)
{
	return dissector_hint(d, carrier, aport) ||
	       dissector_hint(d, carrier, bport);
}

struct found_app
find_app(const struct find *find, enum carrier carrier, uint16_t aport,
    uint16_t bport, const uint8_t *p, size_t n)
{
	struct found_app best = { FOUND_NOTHING, 0, 0 };

	for (unsigned i = 0; i < find->n[carrier]; i++) {
		unsigned which = find->which[carrier][i];
		const struct dissector *d = dissectors[which];
		enum probe probe;
		enum found found;

		if (d->home_only && !is_home(d, carrier, aport, bport))
			continue;
		probe = d->probe(from(p, n, 0));
		if (probe == PROBE_NO)
			continue;
		if (probe == PROBE_YES)
			return (struct found_app){ FOUND_UNIT, which, 0 };
		if (probe == PROBE_MORE)
			found = FOUND_MAYBE;
		else if (is_home(d, carrier, aport, bport))
			found = FOUND_UNIT;
		else
			found = confirm(d, p, n, 0, false);
		if (found > best.found)
			best = (struct found_app){ found, which, 0 };
	}
	return best;
}

struct found_app
find_inside(const struct find *find, enum carrier carrier, uint16_t aport,
    uint16_t bport, const uint8_t *p, size_t n, size_t known)
{
	struct found_app best = { FOUND_NOTHING, 0, n };

	for (unsigned i = 0; i < find->n[carrier]; i++) {
		unsigned which = find->which[carrier][i];
		const struct dissector *d = dissectors[which];
		enum found found;
		size_t at;

		if (!is_home(d, carrier, aport, bport))
			continue;
		found = find_unit(d, p, n, known, &at);
		if (found > best.found)
			best = (struct found_app){ found, which, at };
	}
	return best;
}

enum found
find_unit(const struct dissector *d, const uint8_t *p, size_t n, size_t known,
    size_t *at)
{
	size_t maybe = n;

	for (size_t i = 0; i < n; i++) {
		enum found found = judge(d, p, n, i, true);

		if (found == FOUND_UNIT) {
			*at = i;
			return found;
		}
		if (found == FOUND_MAYBE && maybe == n)
			maybe = i;
		/* segments of one octet must not buy the whole walk each */
		if (maybe == 0 && i == 0 && known > ASK_AGAIN)
			i = known - ASK_AGAIN;
	}
	*at = maybe;
	return maybe < n ? FOUND_MAYBE : FOUND_NOTHING;
}

int
find_ethertype(const struct find *find, uint16_t ethertype)
{
	for (unsigned i = 0; i < find->n[OVER_ETHERTYPE]; i++) {
		unsigned which = find->which[OVER_ETHERTYPE][i];

		if (dissector_hint(
		        dissectors[which], OVER_ETHERTYPE, ethertype))
			return (int)which;
	}
	return -1;
}
