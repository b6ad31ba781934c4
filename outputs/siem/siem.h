/* SPDX-License-Identifier: Apache-2.0 */
/* The output that sends events to the destinations of the configuration. */
#ifndef OUTPUTS_SIEM_SIEM_H
#define OUTPUTS_SIEM_SIEM_H

#include <stddef.h>

#include "outputs/error.h"
#include "outputs/siem/destination.h"
#include "outputs/siem/notices.h"

struct output;

/* What struct output_setup's siem points to; only notices outlive the output.
 */
struct siem_setup {
	const struct destination *destinations;
	size_t n;
	const char *folder;      /* of spools; it is made if it is not there */
	struct notices *notices; /* NULL: nobody is told */
};

extern const struct output siem_output;

/*
 * Whether it can be used as it stands: certificates, keys, formats.  0, or
 * -errno, said in error.
 */
int siem_check(const struct destination *, struct error *);

#endif
