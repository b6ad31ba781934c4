/* SPDX-License-Identifier: Apache-2.0 */
/* Names from packets as managers may read them. */
#ifndef OUTPUTS_NSM_CLEAN_H
#define OUTPUTS_NSM_CLEAN_H

#include "dissectors/utf8.h"
#include "outputs/nsm/page.h"

/*
 * At most this many octets of v as UTF-8 without controls; what was none is
 * U+FFFD.  It ends with a whole character; how many octets there are.
 */
static inline uint16_t
nsm_clean(char *to, size_t most, struct bytes v)
{
	size_t n = 0;

	while (v.n > 0) {
		char c[4];
		uint32_t at = utf8_take(&v);
		size_t k =
		    utf8_put(c, utf8_is_control(at) ? UTF8_REPLACEMENT : at);

		if (k > most - n)
			break;
		memcpy(to + n, c, k);
		n += k;
	}
	return (uint16_t)n;
}

static inline void
nsm_name_set(struct nsm_name *to, size_t most, struct bytes v)
{
	to->n = nsm_clean(to->p, most, v);
}

static inline struct bytes
nsm_chars(const char *s)
{
	return (struct bytes){ (const uint8_t *)s, strlen(s) };
}

#endif
