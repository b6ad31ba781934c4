/* SPDX-License-Identifier: Apache-2.0 */
/* YAML (1.2, as libyaml reads it) to items, and nothing that is not asked. */
#ifndef SENSOR_CONF_YAML_H
#define SENSOR_CONF_YAML_H

#include "sensor/conf_items.h"

/*
 * Sets the items that the text names.  Of YAML it takes one document of
 * mappings, scalars and, where the schema says so, lists of mappings: no
 * anchors, aliases, tags or directives.
 * 0, or -errno and "NAME:LINE:COLUMN: what was found; what was expected" for
 * the first thing that is wrong; then some items may be set.
 */
int conf_yaml(
    struct conf_items *, const char *name, struct bytes text, struct error *);

#endif
