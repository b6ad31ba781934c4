/* SPDX-License-Identifier: Apache-2.0 */
/* The output "xml": a SECEVTLogs document, a line for each event. */
#include <config.h>

#include "outputs/file/file.h"
#include "outputs/xml/xml_event.h"

static size_t
line(char *buf, size_t size, const struct output_setup *setup,
    const struct event *ev)
{
	return xml_event_format(buf, size, setup->source, ev);
}

static const struct file_format format = {
	.line = line,
	.head = XML_EVENT_HEAD,
	.tail = XML_EVENT_TAIL,
};

static int
start(void **self, const struct output_setup *setup, struct event_base *base,
    struct error *error)
{
	return file_open(self, setup, base, &format, error);
}

const struct output xml_output = {
	.name = "xml",
	.format = &format,
	.open = start,
	.submit = file_submit,
	.close = file_close,
	.settle = file_settle,
	.reopen = file_reopen,
};
