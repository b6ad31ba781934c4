/* SPDX-License-Identifier: Apache-2.0 */
/* In place of scl.c when there is no libxml2. */
#include <config.h>

#include <errno.h>

#include "sensor/scl.h"

int
scl_read(const char *path, struct learn_plan *plan, struct error *error)
{
	*plan = (struct learn_plan){ .path = path };
	error_set(error,
	    "%s: this gridtap cannot read SCL: it was built without libxml2 "
	    "(Debian: libxml2-dev)",
	    path);
	return -ENOTSUP;
}
