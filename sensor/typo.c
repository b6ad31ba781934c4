/* SPDX-License-Identifier: Apache-2.0 */
/* How far what was typed is from a name that is known. */
#include <config.h>

#include <ctype.h>

#include "sensor/typo.h"

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

size_t
typo_distance(const char *name, struct bytes typed)
{
	size_t row[3][TYPO_MAX + 1], *above = row[0], *now = row[1];
	size_t *before = row[2], *spare;

	for (size_t j = 0; j <= typed.n; j++)
		above[j] = j;
	for (size_t i = 1; name[i - 1] != '\0'; i++) {
		now[0] = i;
		for (size_t j = 1; j <= typed.n; j++) {
			int a = tolower((unsigned char)name[i - 1]);
			int b = tolower(typed.p[j - 1]);

			now[j] = least(above[j - 1] + (a != b),
			    least(above[j], now[j - 1]) + 1);
			if (i > 1 && j > 1 && b == tolower(name[i - 2]) &&
			    a == tolower(typed.p[j - 2]))
				now[j] = least(now[j], before[j - 2] + 1);
		}
		spare = before;
		before = above;
		above = now;
		now = spare;
	}
	return above[typed.n];
}
