/* SPDX-License-Identifier: Apache-2.0 */
/* The wrapper over TCP and UDP (IEC 62056-47, 6.3). */
#include <config.h>

#include "dissectors/dlms/apdu.h"
#include "dissectors/dlms/axdr.h"
#include "dissectors/dlms/framing.h"

#define WRAPPER_VERSION 1
#define HEADER 8
#define LENGTH_MAX 65527 /* with its header no longer than 65,535 octets */
#define SAP_MAX 0x3fff   /* as many as HDLC can address */
#define CLIENT_MAX 0xff  /* one of the two is a client */

struct header {
	uint16_t version, source, destination, length;
};

static struct header
head(struct reader *r)
{
	struct header h;

	h.version = rd_u16be(r);
	h.source = rd_u16be(r);
	h.destination = rd_u16be(r);
	h.length = rd_u16be(r);
	return h;
}

/*
 * Whether the length of an ACSE or ciphered APDU, which stands in its second
 * octets, is that of the wrapper.
 */
static bool
fits(struct reader r, size_t length)
{
	const uint8_t *start = r.p;
	uint8_t tag = rd_u8(&r);
	uint32_t n;

	if (tag == DLMS_GENERAL_GLO || tag == DLMS_GENERAL_DED) {
		n = axdr_length(&r); /* of the title */
		if (n != 0 && n != 8)
			return false;
		rd_bytes(&r, n);
	} else if (dlms_tag_name(tag) == NULL || tag < 0x21 || tag > 0xd7 ||
	           (tag >= 0xc0 && tag <= 0xc7)) {
		return false;
	}
	n = axdr_length(&r);
	return r.err == RD_OK && (size_t)(r.p - start) + n == length;
}

/* The APDU of a header that may be one; more proof is in how it reads. */
static enum probe
probe_apdu(struct reader r, size_t length)
{
	struct dlms_apdu a = { 0 };
	size_t have = rd_left(&r);
	struct reader apdu;

	if (have == 0)
		return PROBE_MORE;
	if (dlms_tag_name(r.p[0]) == NULL)
		return PROBE_NO;
	if (fits(r, length))
		return PROBE_YES;
	if (have < length)
		return PROBE_LIKELY;
	apdu = rd_sub(&r, length);
	dlms_apdu_read(&apdu, &a);
	return rd_end(&apdu) == RD_OK ? PROBE_YES : PROBE_LIKELY;
}

enum probe
dlms_wrapper_probe(struct reader r)
{
	static const uint8_t begin[] = { 0, WRAPPER_VERSION };
	size_t have = rd_left(&r);
	struct header h;

	for (size_t i = 0; i < sizeof(begin) && i < have; i++)
		if (r.p[i] != begin[i])
			return PROBE_NO;
	if (have < HEADER)
		return PROBE_MORE;
	h = head(&r);
	if (h.length == 0 || h.length > LENGTH_MAX || h.source > SAP_MAX ||
	    h.destination > SAP_MAX)
		return PROBE_NO;
	if (h.source > CLIENT_MAX && h.destination > CLIENT_MAX)
		return PROBE_NO;
	return probe_apdu(r, h.length);
}

enum frame
dlms_wrapper_frame(struct reader r, size_t *len)
{
	size_t have = rd_left(&r) + r.lost;
	uint16_t version;
	struct header h;

	if (have < 2)
		return FRAME_SHORT;
	version = (uint16_t)(r.p + 1 < r.end ? r.p[0] << 8 | r.p[1]
	                                     : WRAPPER_VERSION);
	if (version != WRAPPER_VERSION)
		return FRAME_ALIEN;
	if (have < HEADER)
		return FRAME_SHORT;
	h = head(&r);
	if (r.err == RD_TRUNCATED) {
		*len = have; /* where it ends was not captured */
		return FRAME_WHOLE;
	}
	if (h.length > LENGTH_MAX)
		return FRAME_ALIEN;
	*len = HEADER + (size_t)h.length;
	return have >= *len ? FRAME_WHOLE : FRAME_SHORT;
}

struct reader
dlms_wrapper_read(struct reader *r, struct dlms_apdu *a)
{
	struct header h = head(r);
	struct reader apdu;

	a->framing = DLMS_WRAPPER;
	a->source = h.source;
	a->destination = h.destination;
	if (r->err == RD_OK && h.version != WRAPPER_VERSION)
		dlms_apdu_fail(r, a, "wrapper version is not 1");
	else if (r->err == RD_OK && h.length == 0)
		dlms_apdu_fail(r, a, "wrapper without an APDU");
	else if (r->err == RD_OK && h.length > LENGTH_MAX)
		dlms_apdu_fail(r, a, "wrapper length is beyond 65527");
	apdu = rd_sub(r, h.length);
	if (r->err == RD_MALFORMED && a->flaw == NULL)
		a->flaw = "wrapper ends before its length";
	return apdu;
}
