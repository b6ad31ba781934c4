/* SPDX-License-Identifier: Apache-2.0 */
/* An event as EventEntry of IEC 62351-14's SECEVTLogs, and what is around. */
#ifndef OUTPUTS_XML_XML_EVENT_H
#define OUTPUTS_XML_XML_EVENT_H

#include "rules/event.h"

#define XML_EVENT_NAMESPACE "http://iec.ch/TC57/IEC-62351-14-ed1"

/* A document is these two with any number of entries between, a line each. */
#define XML_EVENT_HEAD                                                         \
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"                         \
	"<SECEVTLogs xmlns=\"" XML_EVENT_NAMESPACE "\">\n<EventLog>\n"
#define XML_EVENT_TAIL "</EventLog>\n</SECEVTLogs>\n"

/*
 * Writes the element on one line, NUL-terminated, without newline and
 * without "--" or "?>".  Returns its
 * length, or 0 and an empty text when it does not fit.
 */
size_t xml_event_format(
    char *buf, size_t size, const char *source, const struct event *);

/*
 * At most max characters of v as they may stand in text and attributes, and,
 * for a moment, in a comment (document.h).
 */
void xml_event_escape(struct text *, struct bytes v, size_t max);

#endif
