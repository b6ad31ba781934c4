/* SPDX-License-Identifier: Apache-2.0 */
/* Colours of a terminal (ECMA-48, 8.3.117), the same wherever they are used. */
#ifndef OUTPUTS_TEXT_COLOUR_H
#define OUTPUTS_TEXT_COLOUR_H

#include <stdlib.h>
#include <unistd.h>

#include "rules/event.h"

#define COLOUR_BOLD "\033[1m"
#define COLOUR_DIM "\033[2m"
#define COLOUR_PLAIN "\033[0m"

/*
 * Standard output is a terminal that shows them, and nobody said no to them
 * (no-color.org).
 */
static inline bool
colour_wanted(void)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && (no == NULL || *no == '\0') &&
	       term != NULL && strcmp(term, "dumb") != 0;
}

static inline const char *
colour_severity(enum severity severity)
{
	switch (severity) {
	case SEVERITY_ALARM:
		return "\033[1;31m"; /* red */
	case SEVERITY_ERROR:
		return "\033[31m";
	case SEVERITY_WARNING:
		return "\033[33m"; /* yellow */
	case SEVERITY_NOTICE:
		break;
	}
	return "\033[36m"; /* cyan */
}

#endif
