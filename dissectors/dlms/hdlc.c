/* SPDX-License-Identifier: Apache-2.0 */
/* HDLC frames of type 3 (IEC 62056-46, 6.4; ISO/IEC 13239). */
#include <config.h>

#include "dissectors/crc16.h"
#include "dissectors/dlms/apdu.h"
#include "dissectors/dlms/framing.h"

#define FLAG 0x7e
#define FORMAT 0xa0    /* type 3, in the high four bits */
#define SEGMENTED 0x08 /* of the first format octet */
#define LENGTH_MIN 7   /* format, two addresses, control, FCS */
#define ADDRESS_MAX 4  /* octets */
#define CHECK 2        /* octets of HCS and of FCS */
#define FINAL 0x10     /* of the control octet */
#define IDLE_MAX 16    /* flags that wait for a frame behind them */
#define PROBE_FLAGS 64 /* before a frame: it is asked at any of them */

struct address {
	size_t size; /* octets; 0: it cannot be read */
	uint16_t upper, lower;
};

/* The length octets count everything between the flags. */
static size_t
length_of(const uint8_t *format)
{
	return (size_t)(format[0] & 7) << 8 | format[1];
}

static struct address
address(struct reader *r)
{
	uint8_t octet[ADDRESS_MAX];
	struct address a = { 0 };

	do {
		octet[a.size] = rd_u8(r);
		if (r->err != RD_OK)
			return (struct address){ 0 };
	} while ((octet[a.size++] & 1) == 0 && a.size < ADDRESS_MAX);
	a.upper = octet[0] >> 1;
	if (a.size == 2)
		a.lower = octet[1] >> 1;
	if (a.size == 4) {
		a.upper = (uint16_t)(octet[0] >> 1 << 7 | octet[1] >> 1);
		a.lower = (uint16_t)(octet[2] >> 1 << 7 | octet[3] >> 1);
	}
	if ((octet[a.size - 1] & 1) == 0 || a.size == 3)
		a.size = 0; /* it never ends, or is of the illegal size */
	return a;
}

static enum dlms_hdlc_kind
kind_of(uint8_t control)
{
	if ((control & 1) == 0)
		return DLMS_HDLC_I;
	switch (control & ~FINAL & 0xff) {
	case 0x83:
		return DLMS_HDLC_SNRM;
	case 0x43:
		return DLMS_HDLC_DISC;
	case 0x63:
		return DLMS_HDLC_UA;
	case 0x0f:
		return DLMS_HDLC_DM;
	case 0x87:
		return DLMS_HDLC_FRMR;
	case 0x03:
		return DLMS_HDLC_UI;
	default:
		break;
	}
	if ((control & 0x0f) == 1)
		return DLMS_HDLC_RR;
	return (control & 0x0f) == 5 ? DLMS_HDLC_RNR : DLMS_HDLC_UNKNOWN;
}

/*
 * Flags in front belong to the unit: one may have closed the frame before and
 * not open this one, several fill the line.
 */
static size_t
flags(struct reader *r)
{
	size_t n = 0;

	while (r->p + n < r->end && r->p[n] == FLAG)
		n++;
	rd_take(r, n);
	return n;
}

static bool
is_header(struct reader *r)
{
	struct address destination = address(r), source = address(r);
	uint8_t control = rd_u8(r);

	return destination.size != 0 && source.size != 0 &&
	       kind_of(control) != DLMS_HDLC_UNKNOWN;
}

/* A frame of which the header is there: its check sequence is proof. */
static enum probe
probe_header(const uint8_t *p, size_t have, size_t header, size_t length)
{
	if (header + CHECK > length)
		return PROBE_NO;
	if (have < header + CHECK)
		return PROBE_MORE;
	/* without information this is the FCS */
	if (crc16_good_x25(p, header))
		return have < length || crc16_good_x25(p, length - CHECK)
		           ? PROBE_YES
		           : PROBE_LIKELY;
	if (have <= length)
		return PROBE_MORE;
	return p[length] == FLAG ? PROBE_LIKELY : PROBE_NO;
}

enum probe
dlms_hdlc_probe(struct reader r)
{
	size_t have, length, header;
	const uint8_t *p;

	if (rd_left(&r) == 0)
		return PROBE_MORE;
	if (rd_left(&r) > PROBE_FLAGS && r.p[PROBE_FLAGS] == FLAG &&
	    memcmp(r.p, r.p + 1, PROBE_FLAGS) == 0)
		return PROBE_NO; /* a nearer one will do, and end sooner */
	if (flags(&r) == 0)
		return PROBE_NO;
	p = r.p;
	have = rd_left(&r);
	if (have == 0)
		return PROBE_MORE;
	if ((p[0] & 0xf0) != FORMAT)
		return PROBE_NO;
	if (have < 2)
		return PROBE_MORE;
	length = length_of(p);
	rd_take(&r, 2);
	if (length < LENGTH_MIN)
		return PROBE_NO;
	if (!is_header(&r))
		return r.err == RD_OK ? PROBE_NO : PROBE_MORE;
	header = (size_t)(r.p - p);
	return probe_header(p, have, header, length);
}

/*
 * The closing flag belongs to the unit.  Where it opens the next frame as
 * well, that frame begins with its format octets; such a one is taken, too.
 */
enum frame
dlms_hdlc_frame(struct reader r, size_t *len)
{
	size_t idle = flags(&r), have = rd_left(&r), length;

	if (have == 0 && r.lost == 0 && idle >= IDLE_MAX) {
		*len = idle - 1;
		return FRAME_WHOLE;
	}
	if (have > 0 && (r.p[0] & 0xf0) != FORMAT)
		return FRAME_ALIEN;
	if (have + r.lost < 2)
		return FRAME_SHORT;
	if (have < 2) {
		*len = idle + have + r.lost; /* its length was not captured */
		return FRAME_WHOLE;
	}
	length = length_of(r.p);
	if (length < LENGTH_MIN)
		return FRAME_ALIEN;
	if (have + r.lost < length + 1)
		return FRAME_SHORT;
	if (have > length && r.p[length] != FLAG)
		return FRAME_ALIEN;
	*len = idle + length + 1;
	return FRAME_WHOLE;
}

static void
addresses(struct reader *r, struct dlms_apdu *a)
{
	struct address destination = address(r), source = address(r);
	const struct address *server = NULL;

	a->source = source.upper;
	a->destination = destination.upper;
	if (r->err == RD_OK && (destination.size == 0 || source.size == 0))
		dlms_apdu_fail(
		    r, a, "HDLC address of a size that is not legal");
	if (destination.size > 1)
		server = &destination;
	else if (source.size > 1)
		server = &source;
	if (server == NULL)
		return;
	a->hdlc.lower = (struct dlms_number){ true, server->lower };
	if (destination.size == 1 || source.size == 1)
		a->from = server == &source ? OP_FROM_SERVER : OP_FROM_CLIENT;
}

/* With one octet for either address only these tell who speaks. */
static enum op_from
from_of(enum dlms_hdlc_kind kind)
{
	switch (kind) {
	case DLMS_HDLC_SNRM:
	case DLMS_HDLC_DISC:
		return OP_FROM_CLIENT;
	case DLMS_HDLC_UA:
	case DLMS_HDLC_DM:
	case DLMS_HDLC_FRMR:
		return OP_FROM_SERVER;
	default:
		return OP_FROM_UNKNOWN;
	}
}

static void
control(struct reader *r, struct dlms_apdu *a)
{
	struct dlms_hdlc *h = &a->hdlc;

	h->control = rd_u8(r);
	if (r->err != RD_OK)
		return;
	h->kind = kind_of(h->control);
	h->final = (h->control & FINAL) != 0;
	if (h->kind == DLMS_HDLC_I)
		h->ns = h->control >> 1 & 7;
	if (h->kind == DLMS_HDLC_I || h->kind == DLMS_HDLC_RR ||
	    h->kind == DLMS_HDLC_RNR)
		h->nr = h->control >> 5;
	if (a->from == OP_FROM_UNKNOWN)
		a->from = from_of(h->kind);
}

/* Whether both check sequences are right; all octets of the frame are here. */
static bool
checked(struct reader f, size_t header)
{
	size_t n = rd_left(&f);

	if (!crc16_good_x25(f.p, n - CHECK))
		return false;
	/* without information there is no HCS */
	return header + 2 * CHECK > n || crc16_good_x25(f.p, header);
}

static void
bad_check(struct reader *r, struct dlms_apdu *a)
{
	a->source = a->destination = 0;
	a->from = OP_FROM_UNKNOWN;
	a->hdlc = (struct dlms_hdlc){ .crc_error = true };
	a->flaw = "HDLC check sequence is wrong";
	r->err = RD_MALFORMED;
}

/* f: what is between the flags. */
static struct reader
read_frame(struct reader *f, struct dlms_apdu *a)
{
	struct reader none = rd_over(f->p, 0, 0), info;
	struct reader all = *f;
	size_t header, length;

	a->hdlc.segmented = (rd_u8(f) & SEGMENTED) != 0;
	rd_u8(f);
	addresses(f, a);
	control(f, a);
	header = (size_t)(f->p - all.p);
	length = rd_left(&all) + all.lost;
	if (all.lost == 0 && !checked(all, f->err == RD_OK ? header : length)) {
		bad_check(f, a);
		return none;
	}
	if (f->err != RD_OK)
		return none;
	if (a->hdlc.kind == DLMS_HDLC_UNKNOWN)
		dlms_apdu_fail(f, a, "HDLC control octet of no known frame");
	else if (length < header + CHECK || length == header + CHECK + 1)
		dlms_apdu_fail(f, a, "HDLC frame too short for its header");
	if (length <= header + CHECK) {
		rd_bytes(f, CHECK);
		return none;
	}
	rd_bytes(f, CHECK); /* HCS */
	info = rd_sub(f, length - header - 2 * CHECK);
	rd_bytes(f, CHECK); /* FCS */
	return info;
}

struct reader
dlms_hdlc_read(struct reader *r, struct dlms_apdu *a)
{
	struct reader f, info;
	size_t idle = flags(r);

	a->framing = DLMS_HDLC;
	info = rd_over(r->p, 0, 0);
	if (rd_left(r) == 0 && r->lost == 0 && idle > 1) {
		a->hdlc.kind = DLMS_HDLC_FLAGS;
		return info;
	}
	if (rd_left(r) < 2) {
		rd_bytes(r, 2);
		return info;
	}
	if ((r->p[0] & 0xf0) != FORMAT || length_of(r->p) < LENGTH_MIN) {
		dlms_apdu_fail(r, a, "HDLC frame format is not of type 3");
		return info;
	}
	f = rd_sub(r, length_of(r->p));
	if (rd_u8(r) != FLAG && r->err == RD_OK)
		dlms_apdu_fail(r, a, "no HDLC flag where the length says");
	if (r->err == RD_MALFORMED)
		return info;
	info = read_frame(&f, a);
	if (f.err != RD_OK)
		r->err = f.err;
	return info;
}

static uint32_t
parameter(struct reader *r, uint8_t n)
{
	uint32_t v = 0;

	while (n-- > 0)
		v = v << 8 | rd_u8(r);
	return v;
}

void
dlms_hdlc_parameters(struct reader *info, struct dlms_apdu *a)
{
	struct dlms_number *const to[] = { &a->hdlc.info_tx, &a->hdlc.info_rx,
		&a->hdlc.window_tx, &a->hdlc.window_rx };
	struct reader group;
	uint8_t id, n;

	if (rd_left(info) == 0)
		return;
	if (rd_u8(info) != 0x81 || rd_u8(info) != 0x80) {
		info->p = info->end; /* no negotiation, but user data */
		return;
	}
	group = rd_sub(info, rd_u8(info));
	while (group.err == RD_OK && rd_left(&group) + group.lost > 0) {
		id = rd_u8(&group);
		n = rd_u8(&group);
		if (id >= 5 && id <= 8 && n <= 4)
			*to[id - 5] =
			    (struct dlms_number){ true, parameter(&group, n) };
		else
			rd_bytes(&group, n);
	}
	if (info->err == RD_OK)
		info->err = group.err;
	if (info->err == RD_MALFORMED && a->flaw == NULL)
		a->flaw = "HDLC parameters end before their length";
}

const char *
dlms_hdlc_name(enum dlms_hdlc_kind kind)
{
	static const char *const names[] = { "unknown", "I", "RR", "RNR",
		"SNRM", "DISC", "UA", "DM", "FRMR", "UI", "flags" };

	return names[kind];
}
