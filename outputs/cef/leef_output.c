/* SPDX-License-Identifier: Apache-2.0 */
/* The output "leef": one line of it for each event. */
#include <config.h>

#include "outputs/cef/cef.h"
#include "outputs/file/file.h"

static size_t
line(char *buf, size_t size, const struct output_setup *setup,
    const struct event *ev)
{
	return leef_format(buf, size, setup->source, ev);
}

static const struct file_format format = { .line = line };

static int
start(void **self, const struct output_setup *setup, struct event_base *base,
    struct error *error)
{
	return file_open(self, setup, base, &format, error);
}

const struct output leef_output = {
	.name = "leef",
	.format = &format,
	.open = start,
	.submit = file_submit,
	.close = file_close,
	.settle = file_settle,
	.reopen = file_reopen,
};
