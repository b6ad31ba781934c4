/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The line of a policy (gridtap-policy(5)) by which an event would not have
 * been: for a person who finds that what happened is right.
 */
#ifndef RULES_ALLOW_H
#define RULES_ALLOW_H

#include "rules/event.h"

#define ALLOW 512 /* octets of a line, with its NUL */

/*
 * YAML in one line.  Empty when no list can allow it, or what would stand
 * there is no text.  Lists are closed: whoever else is right belongs to them.
 */
const char *allow_line(char buf[ALLOW], const struct event *);

#endif
