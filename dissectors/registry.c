/* SPDX-License-Identifier: Apache-2.0 */
/* Every dissector the build knows; the list comes from Makefile.am. */
#include <config.h>

#include "dissectors/dissector.h"

#define DISSECTOR(name) extern const struct dissector name##_dissector;
#include "dissectors/list.inc"
#undef DISSECTOR

const struct dissector *const dissectors[] = {
#define DISSECTOR(name) &name##_dissector,
#include "dissectors/list.inc"
#undef DISSECTOR
	NULL
};

bool
dissector_over(const struct dissector *d, enum carrier carrier)
{
	for (const struct hint *h = d->hints; h->number != 0; h++)
		if (h->carrier == carrier)
			return true;
	return false;
}

bool
dissector_hint(const struct dissector *d, enum carrier carrier, uint16_t number)
{
	for (const struct hint *h = d->hints; h->number != 0; h++)
		if (h->carrier == carrier && h->number == number)
			return true;
	return false;
}
