/* SPDX-License-Identifier: Apache-2.0 */
/* An event as one JSON object. */
#ifndef OUTPUTS_JSON_JSON_EVENT_H
#define OUTPUTS_JSON_JSON_EVENT_H

#include "rules/event.h"

/*
 * Writes the object, NUL-terminated, without newline; what is absent is left
 * out.  Returns its length, or 0 and an empty text when it does not fit.
 */
size_t json_event_format(
    char *buf, size_t size, const char *source, const struct event *);

#endif
