/* SPDX-License-Identifier: Apache-2.0 */
/* Raw storage as an output; setup->storage says where and how. */
#ifndef OUTPUTS_FILE_STORAGE_H
#define OUTPUTS_FILE_STORAGE_H

#include "outputs/output.h"

extern const struct output storage_output;

#endif
