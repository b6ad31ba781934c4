/* SPDX-License-Identifier: Apache-2.0 */
/* The policy file: YAML that a person reads and reviews; gridtap-policy(5). */
#ifndef SENSOR_POLICY_YAML_H
#define SENSOR_POLICY_YAML_H

#include "outputs/error.h"
#include "rules/policy.h"

#define POLICY_FILE_MAX (16 * 1024 * 1024) /* octets */

/*
 * 0 and *policy, to be freed by policy_free(); or -errno and one line:
 * "NAME:LINE:COLUMN: what was found; what was expected".
 */
int policy_load(const char *path, struct policy **policy, struct error *);

/* The same from memory, not NULL; name stands for the file in errors. */
int policy_parse(const char *name, const uint8_t *text, size_t n,
    struct policy **policy, struct error *);

#endif
