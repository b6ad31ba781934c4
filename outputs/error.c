/* SPDX-License-Identifier: Apache-2.0 */
/* One line for the operator. */
#include <config.h>

#include <stdarg.h>
#include <stdio.h>

#include "outputs/error.h"

void
error_set(struct error *error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error->text, sizeof(error->text), format, args);
	va_end(args);
}
