/* SPDX-License-Identifier: Apache-2.0 */
/* The lines by which HDLC is agreed upon (IEC 62056-21, 6.3 and annex B). */
#include <config.h>

#include "dissectors/dlms/apdu.h"
#include "dissectors/dlms/framing.h"

#define ACK 0x06
#define LINE_MAX 64 /* an identification or an address, with room */
#define OPTION 4    /* ACK, protocol, baud rate, mode */

/*
 * Octets of the line, 0 while its end is not there; *fits says whether it can
 * be one: printable, in one line, not too long.
 */
static size_t
line(struct reader r, bool *fits)
{
	size_t have = rd_left(&r);

	*fits = true;
	for (size_t i = 1; i < have && i < LINE_MAX; i++) {
		uint8_t c = r.p[i];

		if (c == '\n')
			return i + 1;
		if (c != '\r' && (c < 0x20 || c >= 0x7f)) {
			*fits = false;
			return 0;
		}
	}
	*fits = have < LINE_MAX;
	return 0;
}

/* The baud rate, or the mode, of an identification. */
static bool
is_rate(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'I');
}

/* "/?address!", "/XXXZident", or ACK and an option select message. */
static bool
is_line(const uint8_t *p, size_t n)
{
	if (n < 5 || p[n - 2] != '\r')
		return false;
	if (p[0] == ACK)
		return n == OPTION + 2 && p[1] >= '0' && p[1] <= '9';
	if (p[1] == '?')
		return p[n - 3] == '!';
	for (size_t i = 1; i < 4; i++)
		if ((p[i] | 0x20) < 'a' || (p[i] | 0x20) > 'z')
			return false;
	return is_rate(p[4]);
}

enum probe
dlms_mode_e_probe(struct reader r)
{
	bool fits;
	size_t n = line(r, &fits);

	if (n > 0)
		return is_line(r.p, n) ? PROBE_LIKELY : PROBE_NO;
	return fits ? PROBE_MORE : PROBE_NO;
}

enum frame
dlms_mode_e_frame(struct reader r, size_t *len)
{
	bool fits;
	size_t n = line(r, &fits);

	if (n == 0 && r.lost > 0)
		n = rd_left(&r) + r.lost;
	*len = n;
	if (n > 0)
		return FRAME_WHOLE;
	return fits ? FRAME_SHORT : FRAME_ALIEN;
}

void
dlms_mode_e_read(struct reader *r, struct dlms_apdu *a)
{
	bool fits;
	size_t n = line(*r, &fits);

	if (n > 0 && is_line(r->p, n)) {
		a->framing = DLMS_MODE_E;
		rd_take(r, n);
		return;
	}
	rd_rest(r);
	if (r->err == RD_OK)
		dlms_apdu_fail(r, a, "neither wrapper nor HDLC");
}
