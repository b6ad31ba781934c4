/* SPDX-License-Identifier: Apache-2.0 */
/* One line for the operator: where, what was found, what was expected. */
#ifndef OUTPUTS_ERROR_H
#define OUTPUTS_ERROR_H

struct error {
	char text[512]; /* without newline */
};

/* Sets the line, as printf() does; what does not fit is cut. */
void error_set(struct error *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
