/* SPDX-License-Identifier: Apache-2.0 */
/* What an item of the configuration takes, and how that is said. */
#ifndef SENSOR_CONF_VALUE_H
#define SENSOR_CONF_VALUE_H

#include "sensor/conf_items.h"

#define CONF_SHOWN 80 /* octets of a value or key in an error */

/*
 * Sets an item, which is no section.  quoted: the value is text and cannot be
 * a number or a boolean.  0, or -EINVAL and an error without place.
 */
int conf_value_set(
    const struct conf_item *, struct bytes value, bool quoted, struct error *);

/* What the item takes, in words. */
void conf_value_expects(const struct conf_item *, char to[CONF_SHOWN]);

#endif
