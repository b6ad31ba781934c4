/* SPDX-License-Identifier: Apache-2.0 */
/* The output "text": one line for a person. */
#include <config.h>

#include "outputs/file/file.h"
#include "outputs/text/text_event.h"

static size_t
line(char *buf, size_t size, const struct output_setup *setup,
    const struct event *ev)
{
	return text_event_format(buf, size, setup->colour, ev);
}

static const struct file_format format = { .line = line };

static int
start(void **self, const struct output_setup *setup, struct event_base *base,
    struct error *error)
{
	return file_open(self, setup, base, &format, error);
}

const struct output text_output = {
	.name = "text",
	.format = &format,
	.open = start,
	.submit = file_submit,
	.close = file_close,
	.settle = file_settle,
	.reopen = file_reopen,
};
