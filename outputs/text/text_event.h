/* SPDX-License-Identifier: Apache-2.0 */
/* An event as one line for a person. */
#ifndef OUTPUTS_TEXT_TEXT_EVENT_H
#define OUTPUTS_TEXT_TEXT_EVENT_H

#include "rules/event.h"

/*
 * Writes the line, NUL-terminated, without newline: when, how bad, which
 * detection, what and how often, who to whom, about what and why; then, where
 * it is to be found.  colour: with the escape sequences of a terminal
 * (ECMA-48).  Returns its length in octets, or 0 and an empty text when it
 * does not fit.
 */
size_t text_event_format(
    char *buf, size_t size, bool colour, const struct event *);

#endif
