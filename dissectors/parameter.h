/* SPDX-License-Identifier: Apache-2.0 */
/* A number that the configuration may set, named by whoever reads it. */
#ifndef DISSECTORS_PARAMETER_H
#define DISSECTORS_PARAMETER_H

#include <stddef.h>
#include <stdint.h>

/* A uint32_t at offset; a table of them ends with a NULL name. */
struct parameter {
	const char *name; /* as in the configuration, unit behind: t_ms */
	size_t offset;
	uint32_t preset, least, most;
};

#endif
