/* SPDX-License-Identifier: Apache-2.0 */
/* Prints the id of every detection, one a line: see both_sides.sh. */
#include <config.h>

#include <stdio.h>

#include "rules/detector.h"

int
main(void)
{
	for (size_t i = 0; detectors[i] != NULL; i++)
		for (const struct detection *row = detectors[i]->detections;
		     row->id != NULL; row++)
			puts(row->id);
	return fflush(stdout) != 0;
}
