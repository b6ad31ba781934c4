/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YAML (1.2, as libyaml reads it), an event at a time, and nothing that a
 * person would not write: no anchors, aliases, tags, directives and no second
 * document.
 */
#ifndef SENSOR_YAML_H
#define SENSOR_YAML_H

#include <stdbool.h>
#include <yaml.h>

#include "dissectors/reader.h"
#include "outputs/error.h"

#define YAML_SHOWN 80       /* octets of a value or key in an error */
#define YAML_PATH_SHOWN 256 /* of a path */

struct yaml {
	yaml_parser_t parser;
	yaml_event_t event; /* the one in hand */
	bool lists;         /* they are allowed: for what errors expect */
	char name[YAML_PATH_SHOWN];
	struct error *error;
};

/*
 * Begins with a text, which outlives it, and takes its first event in hand:
 * the value of the document, or the end of the stream when there is none.  0,
 * or -errno with an error as below; yaml_close() in any case.
 */
int yaml_open(struct yaml *, const char *name, struct bytes text, bool lists,
    struct error *);

/* Takes the next event in hand. */
int yaml_next(struct yaml *);

/* Nothing may stand behind the document, whose last event is in hand. */
int yaml_end(struct yaml *);
void yaml_close(struct yaml *);

/* "NAME:LINE:COLUMN: " and what was found and expected; -EINVAL. */
int yaml_fail(const struct yaml *, const yaml_mark_t *, const char *, ...)
    __attribute__((format(printf, 3, 4)));

/* Of the event in hand: */
struct bytes yaml_scalar(const struct yaml *);
bool yaml_is_plain(const struct yaml *); /* a scalar without quotes */
bool yaml_is_null(const struct yaml *);
const char *yaml_what(const struct yaml *); /* "a section", "a list", ... */

/*
 * What was found, to be shown, with NUL in at most size octets: cut, and
 * without what moves a terminal.  Returns to.
 */
const char *yaml_shown(char *to, size_t size, struct bytes);

#endif
