/* SPDX-License-Identifier: Apache-2.0 */
/* What all formats write of an event in the same way. */
#ifndef OUTPUTS_MESSAGE_H
#define OUTPUTS_MESSAGE_H

#include "rules/event.h"

#define MESSAGE_VALUE 128 /* characters of a value, at most */
#define MESSAGE_TEXT 4096
#define MESSAGE_TIME 32
#define MESSAGE_ENDPOINT (EVENT_STR + 16)

/*
 * Whether the event's definition names this value: a P. name by a token of
 * its text, an X. name by its extra information.  Other names it never does.
 */
bool message_names(const struct event_def *, const char *name);

/*
 * The definition's text with the values of its tokens, as the packet had them;
 * a token without a value stays.  It points into buf.
 */
struct bytes message_text(char buf[MESSAGE_TEXT], const struct event *);

/*
 * UTC with microseconds, "2026-01-02T03:04:05.678901Z", with this character in
 * place of the T.  Empty before 1970 and after 9999.
 */
const char *message_time(
    char buf[MESSAGE_TIME], const struct timespec *, char between);

/* "ip:port", "[v6]:port", an address alone or a MAC; empty if all is zero. */
const char *message_endpoint(
    char buf[MESSAGE_ENDPOINT], const struct endpoint *);

/* The address of whom the event is about; empty if it has none. */
const char *message_peer(char buf[MESSAGE_ENDPOINT], const struct event *);

/*
 * What the event says beside the attributes of the standard: once each for what
 * is there, by the names of its JSON form, values as they are.
 */
typedef void message_each(void *arg, const char *name, struct bytes value);
void message_own(const struct event *, message_each *, void *arg);

/*
 * Takes the character at the head of *v, which is not empty, as all formats may
 * write it: what is none, controls and marks that turn a line are U+FFFD.
 */
uint32_t message_take(struct bytes *v);

/*
 * At most max characters of v as UTF-8 without controls; what was none is
 * U+FFFD.  Those in special get a backslash.
 */
void message_clean(
    struct text *, struct bytes v, size_t max, const char *special);

#endif
