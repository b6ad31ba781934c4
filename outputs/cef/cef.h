/* SPDX-License-Identifier: Apache-2.0 */
/* An event in the two formats that SIEMs ask for beside syslog's own. */
#ifndef OUTPUTS_CEF_CEF_H
#define OUTPUTS_CEF_CEF_H

#include "rules/event.h"

/*
 * ArcSight's Common Event Format, version 0, and IBM's Log Event Extended
 * Format 2.0 with tabs between: one line, NUL-terminated, without newline and
 * without a header of syslog.  Returns the length, or 0 and an empty text when
 * it does not fit.
 */
size_t cef_format(
    char *buf, size_t size, const char *source, const struct event *);
size_t leef_format(
    char *buf, size_t size, const char *source, const struct event *);

#endif
