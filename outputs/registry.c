/* SPDX-License-Identifier: Apache-2.0 */
/* Every output the build knows; the first is the preset. */
#include <config.h>

#include "outputs/output.h"

extern const struct output text_output, json_output, syslog_output, xml_output,
    cef_output, leef_output;

const struct output *const outputs[] = {
	&text_output,
	&json_output,
	&syslog_output,
	&xml_output,
	&cef_output,
	&leef_output,
	NULL,
};
