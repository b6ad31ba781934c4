/* SPDX-License-Identifier: Apache-2.0 */
/* The output "cef": one line of it for each event. */
#include <config.h>

#include "outputs/cef/cef.h"
#include "outputs/file/file.h"

static size_t
line(char *buf, size_t size, const struct output_setup *setup,
    const struct event *ev)
{
	return cef_format(buf, size, setup->source, ev);
}

static const struct file_format format = { .line = line };

static int
start(void **self, const struct output_setup *setup, struct event_base *base,
    struct error *error)
{
	return file_open(self, setup, base, &format, error);
}

const struct output cef_output = {
	.name = "cef",
	.format = &format,
	.open = start,
	.submit = file_submit,
	.close = file_close,
	.settle = file_settle,
	.reopen = file_reopen,
};
