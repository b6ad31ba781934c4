/* SPDX-License-Identifier: Apache-2.0 */
/* What an APDU is to the waist: kind, function, object, result. */
#ifndef DISSECTORS_DLMS_KIND_H
#define DISSECTORS_DLMS_KIND_H

#include "dissectors/dlms/dlms.h"

void dlms_kind_set(struct op *, const struct dlms_apdu *);

#endif
