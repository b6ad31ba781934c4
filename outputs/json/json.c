/* SPDX-License-Identifier: Apache-2.0 */
/* The output "json": one JSON object a line. */
#include <config.h>

#include "outputs/file/file.h"
#include "outputs/json/json_event.h"

static size_t
line(char *buf, size_t size, const struct output_setup *setup,
    const struct event *ev)
{
	return json_event_format(buf, size, setup->source, ev);
}

static const struct file_format format = { .line = line };

static int
start(void **self, const struct output_setup *setup, struct event_base *base,
    struct error *error)
{
	return file_open(self, setup, base, &format, error);
}

const struct output json_output = {
	.name = "json",
	.format = &format,
	.open = start,
	.submit = file_submit,
	.close = file_close,
	.settle = file_settle,
	.reopen = file_reopen,
};
