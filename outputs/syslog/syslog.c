/* SPDX-License-Identifier: Apache-2.0 */
/* The output "syslog": one RFC 5424 message a line, as raw storage has it. */
#include <config.h>

#include "outputs/file/file.h"
#include "outputs/syslog/rfc5424.h"

static size_t
line(char *buf, size_t size, const struct output_setup *setup,
    const struct event *ev)
{
	struct clock_state clock;
	struct rfc5424_sender from = { .source = setup->source,
		.app = "gridtap" };
	int n;

	if (setup->live) {
		clock = clock_now();
		from.clock = &clock;
	}
	n = rfc5424_format(buf, size, &from, ev);
	return n > 0 ? (size_t)n : 0;
}

static const struct file_format format = { .line = line };

static int
start(void **self, const struct output_setup *setup, struct event_base *base,
    struct error *error)
{
	return file_open(self, setup, base, &format, error);
}

const struct output syslog_output = {
	.name = "syslog",
	.format = &format,
	.open = start,
	.submit = file_submit,
	.close = file_close,
	.settle = file_settle,
	.reopen = file_reopen,
};
