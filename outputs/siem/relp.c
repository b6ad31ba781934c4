/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The frames of RELP: number SP command SP length [SP data] LF.  librelp's
 * client does not tell which message was acknowledged, and waits: neither
 * suits a spool.
 */
#include <config.h>

#include <stdio.h>
#include <string.h>

#include "outputs/siem/relp.h"

size_t
relp_write(
    char *buf, uint32_t number, const char *command, const void *data, size_t n)
{
	int head = snprintf(buf, RELP_OVERHEAD, "%u %s %zu%s", (unsigned)number,
	    command, n, n > 0 ? " " : "");
	size_t at = (size_t)head;

	if (n > 0)
		memcpy(buf + at, data, n);
	buf[at + n] = '\n';
	return at + n + 1;
}

/* Digits; where they end, or -1: there are none, or too many. */
static int
read_number(struct bytes in, size_t at, uint32_t *to)
{
	size_t from = at;

	*to = 0;
	for (; at < in.n && in.p[at] >= '0' && in.p[at] <= '9'; at++) {
		if (at - from == 9)
			return -1;
		*to = *to * 10 + (in.p[at] - (unsigned)'0');
	}
	return at > from || at == in.n ? (int)at : -1;
}

static int
read_command(struct bytes in, size_t at, char to[RELP_COMMAND])
{
	size_t n = 0;

	for (; at < in.n && in.p[at] >= 'a' && in.p[at] <= 'z'; at++) {
		if (n == RELP_COMMAND - 1)
			return -1;
		to[n++] = (char)in.p[at];
	}
	to[n] = '\0';
	return n > 0 || at == in.n ? (int)at : -1;
}

/* The one octet that must stand there: 1, 0: it is not there yet, or -1. */
static int
expect(struct bytes in, int *at, char c)
{
	if ((size_t)*at >= in.n)
		return 0;
	return in.p[(*at)++] == (uint8_t)c ? 1 : -1;
}

static int
read_head(struct bytes in, struct relp_frame *f, uint32_t *n, int *at)
{
	int rc;

	*at = read_number(in, 0, &f->number);
	if (*at < 0 || (rc = expect(in, at, ' ')) <= 0)
		return *at < 0 ? -1 : rc;
	*at = read_command(in, (size_t)*at, f->command);
	if (*at < 0 || (rc = expect(in, at, ' ')) <= 0)
		return *at < 0 ? -1 : rc;
	*at = read_number(in, (size_t)*at, n);
	if (*at < 0 || *n > RELP_ANSWER)
		return -1;
	return (size_t)*at < in.n ? 1 : 0;
}

int
relp_read(struct bytes in, struct relp_frame *f)
{
	uint32_t n;
	int at, rc = read_head(in, f, &n, &at);

	if (rc <= 0)
		return rc;
	if (n > 0 && (rc = expect(in, &at, ' ')) <= 0)
		return rc;
	if (in.n - (size_t)at < (size_t)n + 1)
		return 0;
	f->data = (struct bytes){ in.p + at, n };
	at += (int)n;
	return expect(in, &at, '\n') == 1 ? at : -1;
}
