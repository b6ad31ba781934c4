/* SPDX-License-Identifier: Apache-2.0 */
/* DLMS/COSEM: where units begin and end, and what their headers say. */
#include <config.h>

#include "tests/unit/dlms.h"

static enum probe
probe(const uint8_t *p, size_t n)
{
	return dlms_dissector.probe(rd_over(p, n, n));
}

/* The length of the unit at p; 0: it is short; SIZE_MAX: none begins. */
static size_t
frame(const uint8_t *p, size_t n)
{
	size_t len = 0;

	switch (dlms_dissector.frame(rd_over(p, n, n), &len)) {
	case FRAME_WHOLE:
		return len;
	case FRAME_SHORT:
		return 0;
	default:
		return SIZE_MAX;
	}
}

/* 16 to 1, 13 octets: get-request-normal, clock time */
static const uint8_t get[] = { 0, 1, 0, 16, 0, 1, 0, 13, 0xc0, 1, 0xc1, 0, 8, 0,
	0, 1, 0, 0, 255, 2, 0 };

static void
test_wrapper_probe(void)
{
	uint8_t other[sizeof(get)];

	CU_ASSERT_EQUAL(probe(get, 1), PROBE_MORE);
	CU_ASSERT_EQUAL(probe(get, 8), PROBE_MORE);
	CU_ASSERT_EQUAL(probe(get, 12), PROBE_LIKELY);
	CU_ASSERT_EQUAL(probe(get, sizeof(get)), PROBE_YES);
	/* an AARQ of 29 octets in a wrapper of 31: that is proof */
	CU_ASSERT_EQUAL(
	    probe(OCTETS(0, 1, 0, 16, 0, 1, 0, 31, 0x60, 29)), PROBE_YES);
	/* general-glo, title of 8, then 22 octets */
	CU_ASSERT_EQUAL(probe(OCTETS(0, 1, 0, 16, 0, 1, 0, 33, 0xdb, 8, 'M',
	                    'M', 'M', 0, 0, 1, 2, 3, 22)),
	    PROBE_YES);
	CU_ASSERT_EQUAL(
	    probe(OCTETS(0, 1, 0, 16, 0, 1, 0, 31, 0x60, 28)), PROBE_LIKELY);
	memcpy(other, get, sizeof(get));
	other[12] = 99; /* a class, but the choice octet decides */
	other[9] = 9;
	CU_ASSERT_EQUAL(probe(other, sizeof(other)), PROBE_LIKELY);
	CU_ASSERT_EQUAL(probe(OCTETS(0, 2)), PROBE_NO);
	CU_ASSERT_EQUAL(probe(OCTETS(0, 1, 0, 16, 0, 1, 0, 0)), PROBE_NO);
	CU_ASSERT_EQUAL(
	    probe(OCTETS(0, 1, 0, 16, 0, 1, 0xff, 0xff, 0xc0)), PROBE_NO);
	/* tag 0x30 is none; TFTP asks for a file; two servers do not talk */
	CU_ASSERT_EQUAL(probe(OCTETS(0, 1, 0, 16, 0, 1, 0, 9, 0x30)), PROBE_NO);
	CU_ASSERT_EQUAL(
	    probe(OCTETS(0, 1, 'f', 'i', 'l', 'e', 0, 'o', 0xc0)), PROBE_NO);
	CU_ASSERT_EQUAL(probe(OCTETS(0, 1, 1, 16, 1, 1, 0, 9, 0xc0)), PROBE_NO);
}

static void
test_wrapper_frame(void)
{
	uint8_t two[2 * sizeof(get)];

	memcpy(two, get, sizeof(get));
	memcpy(two + sizeof(get), get, sizeof(get));
	CU_ASSERT_EQUAL(frame(two, 1), 0);
	CU_ASSERT_EQUAL(frame(two, 7), 0);
	CU_ASSERT_EQUAL(frame(two, sizeof(get) - 1), 0);
	CU_ASSERT_EQUAL(frame(two, sizeof(get)), sizeof(get));
	CU_ASSERT_EQUAL(frame(two, sizeof(two)), sizeof(get));
	CU_ASSERT_EQUAL(frame(OCTETS(0, 1, 0, 16, 0, 1, 0, 0)), 8);
	CU_ASSERT_EQUAL(frame(OCTETS(0, 1, 0, 16, 0, 1, 0xff, 0xf7)), 0);
	CU_ASSERT_EQUAL(frame(OCTETS(0, 1, 0, 16, 0, 1, 0xff, 0xf8)), SIZE_MAX);
	CU_ASSERT_EQUAL(frame(OCTETS(0, 2, 0, 16, 0, 1, 0, 5)), SIZE_MAX);
	CU_ASSERT_EQUAL(frame(OCTETS('G', 'E', 'T', ' ', '/')), SIZE_MAX);
}

static void
test_wrapper_flaws(void)
{
	struct talk t;

	talk_start(&t);
	CU_ASSERT_EQUAL(
	    talk_unit(&t, 0, OCTETS(0, 1, 0, 16, 0, 1, 0, 0)), RD_MALFORMED);
	CU_ASSERT_STRING_EQUAL(talk_op(&t)->flaw, "wrapper without an APDU");
	CU_ASSERT_EQUAL(talk_op(&t)->kind, OP_FLAW);
	CU_ASSERT_EQUAL(talk_unit(&t, 0, OCTETS(0, 2, 0, 16, 0, 1, 0, 1, 0x62)),
	    RD_MALFORMED);
	CU_ASSERT_STRING_EQUAL(talk_op(&t)->flaw, "wrapper version is not 1");
	CU_ASSERT_EQUAL(
	    talk_unit(&t, 0, OCTETS('G', 'E', 'T', ' ')), RD_MALFORMED);
	CU_ASSERT_STRING_EQUAL(talk_op(&t)->flaw, "neither wrapper nor HDLC");
	CU_ASSERT_EQUAL(
	    talk_unit(&t, 0, OCTETS(0, 1, 0, 16, 0, 1, 0, 3, 0x62, 0)),
	    RD_MALFORMED);
	CU_ASSERT_STRING_EQUAL(
	    talk_op(&t)->flaw, "wrapper ends before its length");
	CU_ASSERT_EQUAL(
	    talk_unit(&t, 0, OCTETS(0, 1, 0, 16, 0, 1, 0xff, 0xf8, 0x62)),
	    RD_MALFORMED);
	CU_ASSERT_STRING_EQUAL(
	    talk_op(&t)->flaw, "wrapper length is beyond 65527");
	/* the wPorts 0 are used in the field */
	CU_ASSERT_EQUAL(
	    talk_unit(&t, 0, OCTETS(0, 1, 0, 0, 0, 0, 0, 2, 0x62, 0)), RD_OK);
	CU_ASSERT(talk_says(&t, "\"client_sap\":0,\"server_sap\":0"));
	/* the end of the unit was not captured: no evidence of anything */
	CU_ASSERT_EQUAL(talk_cut(&t, 0, get, sizeof(get), 15), RD_TRUNCATED);
	CU_ASSERT_EQUAL(talk_op(&t)->kind, OP_FLAW);
	CU_ASSERT_PTR_NULL(talk_op(&t)->flaw);
	CU_ASSERT(talk_says(&t, "\"apdu\":\"get-request\""));
	/* what trails is lost in part: it is the capture's fault still */
	CU_ASSERT_EQUAL(
	    talk_cut(&t, 0, OCTETS(0, 1, 0, 16, 0, 1, 0, 4, 0x62, 0, 1, 2), 11),
	    RD_TRUNCATED);
	talk_end(&t);
}

/* SNRM from client 16 to server 1 */
static const uint8_t snrm[] = { 0x7e, 0xa0, 0x07, 0x03, 0x21, 0x93, 0x0f, 0x01,
	0x7e };
/* the header of an I frame: client 16 to server 1 */
static const uint8_t header[] = { 0x7e, 0xa0, 0x19, 0x03, 0x21, 0xb2, 0x67,
	0x5c };

static void
test_hdlc_probe(void)
{
	uint8_t bad[sizeof(snrm)], frame[TALK_UNIT];
	size_t n;

	CU_ASSERT_EQUAL(probe(snrm, 1), PROBE_MORE);
	CU_ASSERT_EQUAL(probe(snrm, 4), PROBE_MORE);
	CU_ASSERT_EQUAL(probe(snrm, sizeof(snrm) - 1), PROBE_YES);
	CU_ASSERT_EQUAL(probe(header, sizeof(header)), PROBE_YES);
	CU_ASSERT_EQUAL(probe(header + 1, sizeof(header) - 1), PROBE_NO);
	memcpy(bad, snrm, sizeof(snrm));
	bad[7] = 0;
	CU_ASSERT_EQUAL(probe(bad, sizeof(bad) - 1), PROBE_MORE);
	CU_ASSERT_EQUAL(probe(bad, sizeof(bad)), PROBE_LIKELY);
	bad[8] = 0;
	CU_ASSERT_EQUAL(probe(bad, sizeof(bad)), PROBE_NO);
	CU_ASSERT_EQUAL(probe(OCTETS(0x7e, 0xff, 0x03)), PROBE_NO);
	CU_ASSERT_EQUAL(probe(OCTETS(0x7e, 0xa0, 0x06)), PROBE_NO);
	/* the header is right, the rest not: it may be junk that looks so */
	n = talk_frame(frame, 0, 0x10, false, OCTETS(0xe6, 0xe6, 0, 0x62, 0));
	frame[n - 2] ^= 1;
	CU_ASSERT_EQUAL(probe(frame, n - 2), PROBE_YES);
	CU_ASSERT_EQUAL(probe(frame, n - 1), PROBE_LIKELY);
	CU_ASSERT_EQUAL(probe(frame, n), PROBE_LIKELY);
	/* of two and four octets */
	CU_ASSERT_EQUAL(
	    probe(OCTETS(0x7e, 0xa0, 0x20, 2, 0x23, 0x21, 0x93)), PROBE_MORE);
	CU_ASSERT_EQUAL(
	    probe(OCTETS(0x7e, 0xa0, 0x20, 2, 2, 2, 3, 0x21)), PROBE_MORE);
	/* three octets of address are not legal, nor is this control */
	CU_ASSERT_EQUAL(
	    probe(OCTETS(0x7e, 0xa0, 0x20, 2, 2, 3, 0x21, 0x93)), PROBE_NO);
	CU_ASSERT_EQUAL(
	    probe(OCTETS(0x7e, 0xa0, 0x20, 3, 0x21, 0xef)), PROBE_NO);
}

static void
test_flags(void)
{
	uint8_t run[64];

	/* shared: the flag that closes one opens the next */
	memcpy(run, snrm, sizeof(snrm));
	memcpy(run + 9, snrm + 1, sizeof(snrm) - 1);
	CU_ASSERT_EQUAL(frame(run, 17), 9);
	CU_ASSERT_EQUAL(frame(run + 9, 8), 8);
	CU_ASSERT_EQUAL(frame(run + 9, 7), 0);
	/* doubled, and three of them */
	memset(run, 0x7e, 2);
	memcpy(run + 2, snrm, sizeof(snrm));
	CU_ASSERT_EQUAL(frame(run, 1), 0);
	CU_ASSERT_EQUAL(frame(run, 2), 0);
	CU_ASSERT_EQUAL(frame(run, 11), 11);
	CU_ASSERT_EQUAL(frame(run, 10), 0);
	/* an idle line must not fill a buffer for ever */
	memset(run, 0x7e, sizeof(run));
	CU_ASSERT_EQUAL(frame(run, 15), 0);
	CU_ASSERT_EQUAL(frame(run, 16), 15);
	/* no flag where the length says */
	memcpy(run, snrm, sizeof(snrm));
	run[8] = 0;
	CU_ASSERT_EQUAL(frame(run, 8), 0);
	CU_ASSERT_EQUAL(frame(run, 9), SIZE_MAX);
	CU_ASSERT_EQUAL(frame(OCTETS(0x7e, 0xb0)), SIZE_MAX);
	CU_ASSERT_EQUAL(frame(OCTETS(0x7e, 0xa0, 6)), SIZE_MAX);
}

static void
test_many_frames(void)
{
	static uint8_t run[50 * sizeof(snrm)];
	struct talk t;
	size_t n = 0, len;

	for (int i = 0; i < 50; i++)
		memcpy(run + sizeof(snrm) * (size_t)i, snrm, sizeof(snrm));
	talk_start(&t);
	for (size_t at = 0; at < sizeof(run); at += len, n++) {
		len = frame(run + at, sizeof(run) - at);
		CU_ASSERT_EQUAL_FATAL(len, sizeof(snrm));
		CU_ASSERT_EQUAL(talk_unit(&t, 0, run + at, len), RD_OK);
		CU_ASSERT_STRING_EQUAL(talk_line(&t),
		    "{\"framing\":\"hdlc\",\"from\":\"client\","
		    "\"client_sap\":16,\"server_sap\":1,\"hdlc\":\"SNRM\"}");
	}
	CU_ASSERT_EQUAL(n, 50);
	CU_ASSERT_EQUAL(talk_unit(&t, 0, OCTETS(0x7e, 0x7e, 0x7e)), RD_OK);
	CU_ASSERT(talk_says(&t, "\"hdlc\":\"flags\""));
	/* without its own flag, as behind a shared one */
	CU_ASSERT_EQUAL(talk_unit(&t, 0, snrm + 1, sizeof(snrm) - 1), RD_OK);
	CU_ASSERT_EQUAL(talk_msg(&t)->hdlc.kind, DLMS_HDLC_SNRM);
	talk_end(&t);
}

static enum rd_err
addressed(struct talk *t, const uint8_t *addresses, size_t n)
{
	uint8_t u[32] = { 0x7e, 0xa0, (uint8_t)(n + 5) }, *p = u + 3 + n;

	memcpy(u + 3, addresses, n);
	*p++ = 0x31; /* RR, N(R) 1, final */
	p = talk_check(p, u + 1);
	*p++ = 0x7e;
	return talk_unit(t, 0, u, (size_t)(p - u));
}

static void
test_addresses(void)
{
	struct talk t;

	talk_start(&t);
	CU_ASSERT_EQUAL(addressed(&t, OCTETS(0x03, 0x21)), RD_OK);
	CU_ASSERT_EQUAL(talk_msg(&t)->destination, 1);
	CU_ASSERT_EQUAL(talk_msg(&t)->source, 16);
	CU_ASSERT_EQUAL(talk_op(&t)->from, OP_FROM_UNKNOWN);
	CU_ASSERT_FALSE(talk_msg(&t)->hdlc.lower.there);
	/* upper 1, lower 17 */
	CU_ASSERT_EQUAL(addressed(&t, OCTETS(0x02, 0x23, 0x21)), RD_OK);
	CU_ASSERT_EQUAL(talk_op(&t)->from, OP_FROM_CLIENT);
	CU_ASSERT_EQUAL(talk_msg(&t)->server_sap, 1);
	CU_ASSERT_EQUAL(talk_msg(&t)->client_sap, 16);
	CU_ASSERT_EQUAL(talk_msg(&t)->hdlc.lower.v, 17);
	CU_ASSERT(talk_says(&t, "\"server_sap\":1,\"server_lower\":17,"));
	/* upper 128 + 1, lower 2 * 128 + 3, and it is the source */
	CU_ASSERT_EQUAL(
	    addressed(&t, OCTETS(0x21, 0x02, 0x02, 0x04, 0x07)), RD_OK);
	CU_ASSERT_EQUAL(talk_op(&t)->from, OP_FROM_SERVER);
	CU_ASSERT_EQUAL(talk_msg(&t)->server_sap, 129);
	CU_ASSERT_EQUAL(talk_msg(&t)->hdlc.lower.v, 259);
	CU_ASSERT_EQUAL(talk_msg(&t)->client_sap, 16);
	CU_ASSERT_EQUAL(
	    addressed(&t, OCTETS(0x02, 0x02, 0x03, 0x21)), RD_MALFORMED);
	CU_ASSERT_STRING_EQUAL(
	    talk_op(&t)->flaw, "HDLC address of a size that is not legal");
	CU_ASSERT_EQUAL(
	    addressed(&t, OCTETS(2, 2, 2, 2, 3, 0x21)), RD_MALFORMED);
	talk_end(&t);
}

/* A frame of these octets and the FCS that is right for them. */
static enum rd_err
checked(struct talk *t, const uint8_t *octets, size_t n)
{
	uint8_t u[32] = { 0x7e }, *p = u + 1 + n;

	memcpy(u + 1, octets, n);
	p = talk_check(p, u + 1);
	*p++ = 0x7e;
	return talk_unit(t, 0, u, (size_t)(p - u));
}

static void
test_short_frames(void)
{
	static const char too_short[] = "HDLC frame too short for its header";
	struct talk t;

	talk_start(&t);
	CU_ASSERT_EQUAL(checked(&t, OCTETS(0xa0, 7, 3, 0x21, 0x31)), RD_OK);
	/* three octets behind the header are not HCS and FCS */
	CU_ASSERT_EQUAL(
	    checked(&t, OCTETS(0xa0, 8, 3, 0x21, 0x31, 0)), RD_MALFORMED);
	CU_ASSERT_STRING_EQUAL(talk_op(&t)->flaw, too_short);
	/* two addresses of four octets, and the FCS where control should be */
	CU_ASSERT_EQUAL(checked(&t, OCTETS(0xa0, 12, 0, 2, 0, 3, 0, 2, 0, 3)),
	    RD_MALFORMED);
	CU_ASSERT_FALSE(talk_msg(&t)->hdlc.crc_error);
	/* the second address does not end within the frame */
	CU_ASSERT_EQUAL(
	    checked(&t, OCTETS(0xa0, 10, 0, 2, 0, 3, 0, 2)), RD_MALFORMED);
	CU_ASSERT_FALSE(talk_msg(&t)->hdlc.crc_error);
	/* what frame() calls alien */
	CU_ASSERT_EQUAL(
	    talk_unit(&t, 0, OCTETS(0x7e, 0xb0, 7, 3)), RD_MALFORMED);
	CU_ASSERT_STRING_EQUAL(
	    talk_op(&t)->flaw, "HDLC frame format is not of type 3");
	CU_ASSERT_EQUAL(
	    talk_unit(&t, 0, OCTETS(0x7e, 0xa0, 7, 3, 0x21, 0x93, 0x0f, 1, 0)),
	    RD_MALFORMED);
	CU_ASSERT_STRING_EQUAL(
	    talk_op(&t)->flaw, "no HDLC flag where the length says");
	talk_end(&t);
}

static void
test_check_sequences(void)
{
	uint8_t u[TALK_UNIT];
	struct talk t;
	size_t n = talk_frame(
	    u, 0, 0x10, false, OCTETS(0xe6, 0xe6, 0, 0x62, 0)); /* RLRQ */

	talk_start(&t);
	CU_ASSERT_EQUAL(talk_unit(&t, 0, u, n), RD_OK);
	CU_ASSERT(talk_says(&t, "\"apdu\":\"rlrq\""));
	u[n - 2] ^= 1; /* FCS */
	CU_ASSERT_EQUAL(talk_unit(&t, 0, u, n), RD_MALFORMED);
	CU_ASSERT(talk_msg(&t)->hdlc.crc_error);
	CU_ASSERT_EQUAL(talk_msg(&t)->source, 0);
	CU_ASSERT_EQUAL(talk_msg(&t)->hdlc.kind, DLMS_HDLC_UNKNOWN);
	CU_ASSERT_STRING_EQUAL(
	    talk_op(&t)->flaw, "HDLC check sequence is wrong");
	CU_ASSERT_STRING_EQUAL(talk_line(&t),
	    "{\"framing\":\"hdlc\","
	    "\"from\":\"client\",\"crc_error\":true}");
	u[7] ^= 1; /* HCS, under an FCS that is right */
	talk_check(u + n - 3, u + 1);
	CU_ASSERT_EQUAL(talk_unit(&t, 0, u, n), RD_MALFORMED);
	CU_ASSERT(talk_msg(&t)->hdlc.crc_error);
	/* the end was not captured: nobody knows whether it is right */
	CU_ASSERT_EQUAL(talk_cut(&t, 0, u, n, n - 3), RD_TRUNCATED);
	CU_ASSERT_FALSE(talk_msg(&t)->hdlc.crc_error);
	talk_end(&t);
}

static void
test_control(void)
{
	static const struct {
		uint8_t control;
		const char *says;
	} frames[] = { { 0x93, "\"hdlc\":\"SNRM\"" }, { 0x73, "\"UA\"" },
		{ 0x53, "\"DISC\"" }, { 0x1f, "\"DM\"" }, { 0x97, "\"FRMR\"" },
		{ 0x71, "\"hdlc\":\"RR\",\"nr\":3" }, { 0x03, "\"UI\"" },
		{ 0xb5, "\"hdlc\":\"RNR\",\"nr\":5" },
		{ 0xd6, "\"hdlc\":\"I\",\"ns\":3,\"nr\":6" } };
	struct talk t;

	talk_start(&t);
	for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
		CU_ASSERT_EQUAL(
		    talk_hdlc(&t, 0, frames[i].control, false, NULL, 0), RD_OK);
		CU_ASSERT(talk_says(&t, frames[i].says));
		CU_ASSERT_EQUAL(talk_op(&t)->kind, OP_LINK);
		CU_ASSERT_EQUAL(talk_op(&t)->function, frames[i].control);
		CU_ASSERT_EQUAL(
		    talk_msg(&t)->hdlc.final, (frames[i].control & 0x10) != 0);
	}
	CU_ASSERT_EQUAL(talk_hdlc(&t, 1, 0x73, false, NULL, 0), RD_OK);
	CU_ASSERT_EQUAL(talk_op(&t)->result, OP_ACCEPTED);
	CU_ASSERT_EQUAL(talk_hdlc(&t, 1, 0x1f, false, NULL, 0), RD_OK);
	CU_ASSERT_EQUAL(talk_op(&t)->result, OP_REFUSED);
	CU_ASSERT_EQUAL(talk_hdlc(&t, 0, 0xef, false, NULL, 0), RD_MALFORMED);
	CU_ASSERT_STRING_EQUAL(
	    talk_op(&t)->flaw, "HDLC control octet of no known frame");
	talk_end(&t);
}

static void
test_parameters(void)
{
	struct talk t;

	talk_start(&t);
	/* 512 and 1024 octets, window 3 and 7 */
	CU_ASSERT_EQUAL(talk_hdlc(&t, 1, 0x73, false,
	                    OCTETS(0x81, 0x80, 20, 5, 2, 2, 0, 6, 2, 4, 0, 7, 4,
	                        0, 0, 0, 3, 8, 4, 0, 0, 0, 7)),
	    RD_OK);
	CU_ASSERT(talk_says(&t, "\"max_info_tx\":512,\"max_info_rx\":1024,"
	                        "\"window_tx\":3,\"window_rx\":7"));
	/* a parameter that nobody knows is passed over */
	CU_ASSERT_EQUAL(talk_hdlc(&t, 0, 0x93, false,
	                    OCTETS(0x81, 0x80, 6, 9, 1, 1, 5, 1, 128)),
	    RD_OK);
	CU_ASSERT(talk_says(&t, "\"max_info_tx\":128"));
	CU_ASSERT_EQUAL(
	    talk_hdlc(&t, 0, 0x93, false, OCTETS(0x81, 0x80, 6, 5, 1, 128)),
	    RD_MALFORMED);
	CU_ASSERT_STRING_EQUAL(
	    talk_op(&t)->flaw, "HDLC parameters end before their length");
	talk_end(&t);
}

static void
test_mode_e(void)
{
	static const char request[] = "/?!\r\n", ident[] = "/LGZ5\\2ZMD\r\n",
	                  option[] = "\0062"
	                             "52\r\n";
	const uint8_t *lines[] = { (const uint8_t *)request,
		(const uint8_t *)ident, (const uint8_t *)option };
	size_t sizes[] = { sizeof(request) - 1, sizeof(ident) - 1,
		sizeof(option) - 1 };
	struct talk t;
	size_t len = 0;

	talk_start(&t);
	for (size_t i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL(probe(lines[i], 3), PROBE_MORE);
		CU_ASSERT_EQUAL(probe(lines[i], sizes[i]), PROBE_LIKELY);
		CU_ASSERT_EQUAL(frame(lines[i], sizes[i] - 1), 0);
		CU_ASSERT_EQUAL(frame(lines[i], sizes[i]), sizes[i]);
		CU_ASSERT_EQUAL(talk_unit(&t, 0, lines[i], sizes[i]), RD_OK);
		CU_ASSERT_EQUAL(talk_op(&t)->kind, OP_LINK);
		CU_ASSERT_PTR_NULL(talk_op(&t)->flaw);
		CU_ASSERT_STRING_EQUAL(
		    talk_line(&t), "{\"framing\":\"mode-e\"}");
	}
	CU_ASSERT_EQUAL(
	    probe((const uint8_t *)"/etc/passwd\r\n", 13), PROBE_NO);
	CU_ASSERT_EQUAL(probe(OCTETS('/', 'A', 0x80)), PROBE_NO);
	CU_ASSERT_EQUAL(frame(OCTETS('/', 'A', 0x80)), SIZE_MAX);
	CU_ASSERT_EQUAL(probe((const uint8_t *)"/1GZ5\r\n", 7), PROBE_NO);
	CU_ASSERT_EQUAL(probe((const uint8_t *)"/LGZ9\r\n", 7), PROBE_LIKELY);
	CU_ASSERT_EQUAL(probe((const uint8_t *)"/LGZ0\r\n", 7), PROBE_LIKELY);
	CU_ASSERT_EQUAL(probe((const uint8_t *)"/LGZ:\r\n", 7), PROBE_NO);
	CU_ASSERT_EQUAL(probe((const uint8_t *)"/LGZA\r\n", 7), PROBE_LIKELY);
	CU_ASSERT_EQUAL(probe((const uint8_t *)"/LGZJ\r\n", 7), PROBE_NO);
	CU_ASSERT_EQUAL(probe((const uint8_t *)"/LGZ5\n", 6), PROBE_NO);
	CU_ASSERT_EQUAL(probe((const uint8_t *)"\006x52\r\n", 6), PROBE_NO);
	CU_ASSERT_EQUAL(probe((const uint8_t *)"\0062520\r\n", 7), PROBE_NO);
	/* a line has an end, and is not that long */
	uint8_t line[80];
	memset(line, 'A', sizeof(line));
	line[0] = '/';
	CU_ASSERT_EQUAL(probe(line, 63), PROBE_MORE);
	CU_ASSERT_EQUAL(probe(line, 64), PROBE_NO);
	CU_ASSERT_EQUAL(frame(line, 64), SIZE_MAX);
	CU_ASSERT_EQUAL(talk_cut(&t, 0, lines[1], sizes[1], 5), RD_TRUNCATED);
	CU_ASSERT_EQUAL(
	    dlms_dissector.frame(rd_over(line, 4, 9), &len), FRAME_WHOLE);
	CU_ASSERT_EQUAL(len, 9);
	talk_end(&t);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "a wrapper is recognised", test_wrapper_probe },
		{ "where a wrapper PDU ends", test_wrapper_frame },
		{ "wrappers that are wrong or cut", test_wrapper_flaws },
		{ "an HDLC frame is recognised", test_hdlc_probe },
		{ "flags: lone, doubled, shared", test_flags },
		{ "fifty frames in one segment", test_many_frames },
		{ "addresses of one, two and four octets", test_addresses },
		{ "frames that are too short", test_short_frames },
		{ "check sequences", test_check_sequences },
		{ "control octets", test_control },
		{ "negotiated parameters", test_parameters },
		{ "mode E", test_mode_e },
		CU_TEST_INFO_NULL,
	};

	return driver_run("dlms framing", tests);
}
