/* SPDX-License-Identifier: Apache-2.0 */
/* DNP3 link frames over TCP and UDP (IEEE 1815-2012, clause 9 and 13). */
#include <config.h>

#include <string.h>

#include "dissectors/crc16.h"
#include "dissectors/dnp3/parts.h"

#define PORT 20000
#define START_1 0x05
#define START_2 0x64
#define HEADER 10
#define ADDRESSES 4 /* where they stand */
#define CHECKED 8   /* octets of the header before its CRC */
#define LENGTH_MIN 5
#define BLOCK 16
#define CRC 2

#define DIR 0x80
#define PRM 0x40
#define FCB 0x20
#define FCV 0x10

static const char *const flaws[DNP3_FLAWS] = {
	[DNP3_NO_START] = "no link frame begins here",
	[DNP3_HEADER_CRC] = "CRC of the link header is wrong",
	[DNP3_LENGTH] = "link length is less than 5",
	[DNP3_CUT_FRAME] = "link frame ends early",
	[DNP3_BLOCK_CRC] = "CRC of a block is wrong",
	[DNP3_ADDRESS] = "reserved link address",
	[DNP3_LINK_FUNCTION] = "reserved link function",
	[DNP3_USER_DATA] = "link function and user data do not go together",
	[DNP3_SEQUENCE_GAP] = "transport sequence gap",
	[DNP3_NO_FIRST] = "transport segment without a first one",
	[DNP3_UNFINISHED] = "fragment begins before the last one ended",
	[DNP3_TOO_LONG] = "fragment is longer than stations receive",
	[DNP3_NO_APPLICATION] = "fragment without an application header",
	[DNP3_NO_IIN] = "response without internal indications",
	[DNP3_FUNCTION] = "reserved application function",
	[DNP3_OBJECT_HEADER] = "object header is cut",
	[DNP3_QUALIFIER] = "reserved qualifier code",
	[DNP3_RANGE] = "range stops before it starts",
	[DNP3_OBJECTS_CUT] = "objects run beyond the fragment",
	[DNP3_UNKNOWN_OBJECT] = "object of unknown size",
	[DNP3_OBJECT_FIELDS] = "object is shorter than its fields",
};

/* Octets of a frame behind its header. */
static size_t
blocks_of(size_t user)
{
	return user + (user + BLOCK - 1) / BLOCK * CRC;
}

static enum dnp3_flaw
judge_header(const uint8_t *p)
{
	if (p[0] != START_1 || p[1] != START_2)
		return DNP3_NO_START;
	if (!crc16_good_dnp3(p, CHECKED))
		return DNP3_HEADER_CRC;
	return p[2] < LENGTH_MIN ? DNP3_LENGTH : DNP3_SOUND;
}

/* As far as it goes: whether these n octets, fewer than 10, begin a frame. */
static bool
begins(const uint8_t *p, size_t n)
{
	return (n < 1 || p[0] == START_1) && (n < 2 || p[1] == START_2) &&
	       (n < 3 || p[2] >= LENGTH_MIN);
}

static enum probe
dnp3_probe(struct reader r)
{
	size_t n = rd_left(&r);

	if (n < HEADER)
		return begins(r.p, n) ? PROBE_MORE : PROBE_NO;
	return judge_header(r.p) == DNP3_SOUND ? PROBE_YES : PROBE_NO;
}

static enum frame
dnp3_frame(struct reader r, size_t *len)
{
	size_t n = rd_left(&r);
	const uint8_t *p = r.p;

	if (n < HEADER && !begins(p, n))
		return FRAME_ALIEN;
	if (n < HEADER && n + r.lost < HEADER)
		return FRAME_SHORT;
	if (n >= HEADER && judge_header(p) != DNP3_SOUND)
		return FRAME_ALIEN;
	/* with LEN among what was lost nobody can say where it ends */
	*len =
	    n > 2 ? HEADER + blocks_of(p[2] - (size_t)LENGTH_MIN) : n + r.lost;
	return FRAME_WHOLE;
}

static void
read_header(const uint8_t *p, struct dnp3_frame *f)
{
	f->headed = true;
	f->dir = (p[3] & DIR) != 0;
	f->prm = (p[3] & PRM) != 0;
	f->fcb = (p[3] & FCB) != 0;
	f->fcv = (p[3] & FCV) != 0;
	f->function = p[3] & 0xf;
	f->dst = (uint16_t)(p[5] << 8 | p[4]);
	f->src = (uint16_t)(p[7] << 8 | p[6]);
}

/* User data without their CRCs; how many of these are wrong. */
static unsigned
unblock(const uint8_t *p, size_t user, uint8_t *to)
{
	unsigned wrong = 0;

	for (; user >= BLOCK; user -= BLOCK) {
		wrong += !crc16_good_dnp3(p, BLOCK);
		memcpy(to, p, BLOCK);
		p += BLOCK + CRC;
		to += BLOCK;
	}
	if (user > 0) {
		wrong += !crc16_good_dnp3(p, user);
		memcpy(to, p, user);
	}
	return wrong;
}

static bool
is_link_function(const struct dnp3_frame *f)
{
	const uint16_t primary =
	    1 << DNP3_RESET_LINK | 1 << DNP3_RESET_PROCESS |
	    1 << DNP3_TEST_LINK | 1 << DNP3_CONFIRMED_DATA |
	    1 << DNP3_UNCONFIRMED_DATA | 1 << DNP3_REQUEST_STATUS;
	const uint16_t secondary =
	    1 << DNP3_ACK | 1 << DNP3_NACK | 1 << DNP3_LINK_STATUS |
	    1 << DNP3_NOT_FUNCTIONING | 1 << DNP3_NOT_SUPPORTED;

	return (f->prm ? primary : secondary) >> f->function & 1;
}

static bool
carries_data(const struct dnp3_frame *f)
{
	return f->prm && (f->function == DNP3_CONFIRMED_DATA ||
	                     f->function == DNP3_UNCONFIRMED_DATA);
}

/* What the link header must not say; it can be read all the same. */
static enum dnp3_flaw
judge_link(const struct dnp3_frame *f, size_t user)
{
	if (f->crc_errors > 0)
		return DNP3_BLOCK_CRC;
	if (!is_link_function(f))
		return DNP3_LINK_FUNCTION;
	if (carries_data(f) != (user > 0))
		return DNP3_USER_DATA;
	/* a source is a station, never the self-address or all of them */
	if (f->src >= DNP3_RESERVED ||
	    (f->dst >= DNP3_RESERVED && f->dst < DNP3_SELF_ADDRESS))
		return DNP3_ADDRESS;
	return DNP3_SOUND;
}

/* The frame itself; how many octets of user data are in room. */
static size_t
read_frame(struct reader *r, struct dnp3_frame *f, uint8_t room[DNP3_ROOM])
{
	bool fits = begins(r->p, rd_left(r));
	const uint8_t *p = rd_take(r, HEADER);
	size_t user;

	if (p == NULL) {
		f->flaw = fits ? DNP3_CUT_FRAME : DNP3_NO_START;
		return 0;
	}
	f->flaw = judge_header(p);
	if (f->flaw != DNP3_SOUND) {
		rd_fail(r);
		return 0;
	}
	read_header(p, f);
	user = p[2] - (size_t)LENGTH_MIN;
	p = rd_take(r, blocks_of(user));
	if (p == NULL)
		return 0;
	f->crc_errors = unblock(p, user, room + DNP3_USER_AT);
	f->flaw = judge_link(f, user);
	return user;
}

/* DIR says who speaks; of what cannot be read the frames before it do. */
static enum op_from
from(const struct ctx *ctx, const struct dnp3_frame *f)
{
	struct dnp3_flow *flow = ctx->flow;
	unsigned dir = ctx->pdu->dir & 1;

	if (f->headed)
		flow->master = (uint8_t)(f->dir ? dir + 1 : 2 - dir);
	if (flow->master == 0)
		return OP_FROM_UNKNOWN;
	return flow->master == dir + 1 ? OP_FROM_CLIENT : OP_FROM_SERVER;
}

/* What an op of this frame says in general. */
static void
describe(const struct dnp3_frame *f, struct op *op)
{
	op->kind = OP_LINK;
	if (f->headed) {
		op->function =
		    DNP3_OF_LINK | (f->prm ? DNP3_OF_PRIMARY : 0) | f->function;
	}
	if (f->whole && f->app.first.n > 0)
		op->object = f->app.first;
	if (f->whole) {
		op->kind = dnp3_kind(&f->app);
		op->function = f->app.function;
		op->result = f->app.result;
	}
	if (op->verdict == RD_TRUNCATED || op->verdict == RD_MALFORMED ||
	    f->crc_errors > 0 || f->flaw == DNP3_NO_APPLICATION)
		op->kind = OP_FLAW;
	op->flaw = op->verdict == RD_TRUNCATED
	               ? "not all of its octets were captured"
	               : dnp3_flaw(f->flaw);
}

static enum rd_err
dnp3_dissect(struct reader r, struct ctx *ctx, struct op_sink *sink)
{
	const uint8_t *link = r.p;
	uint8_t room[DNP3_ROOM];
	struct dnp3_frame f = { 0 };
	struct op op = { .pdu = ctx->pdu, .protocol = "dnp3", .msg = &f };
	size_t user = read_frame(&r, &f, room);
	struct bytes fragment;
	bool leased = false;

	op.verdict = rd_end(&r);
	if (op.verdict == RD_MALFORMED && f.flaw == DNP3_SOUND)
		f.flaw = DNP3_CUT_FRAME;
	if (user > 0 && carries_data(&f) && f.crc_errors == 0 &&
	    dnp3_segment(ctx, &f, room, user, &fragment, &leased))
		dnp3_fragment(&f, fragment);
	else
		leased = false;
	if (f.headed)
		op.object = (struct bytes){ link + ADDRESSES, 4 };
	op.from = from(ctx, &f);
	describe(&f, &op);
	sink->emit(sink, &op);
	if (leased)
		dnp3_segment_end(ctx, &f);
	return op.verdict;
}

const struct dnp3_frame *
dnp3_msg(const struct op *op)
{
	return op_is(op, "dnp3") ? op->msg : NULL;
}

const char *
dnp3_flaw(enum dnp3_flaw flaw)
{
	return flaws[flaw];
}

static const struct hint hints[] = {
	{ OVER_TCP, PORT },
	{ OVER_UDP, PORT },
	{ OVER_TCP, 0 },
};

static const struct parameter parameters[] = {
	{ "fragment_octets", offsetof(struct dnp3_settings, fragment_octets),
	    2048, 249, 65535 },
	{ NULL, 0, 0, 0, 0 },
};

const struct dissector dnp3_dissector = {
	.name = "dnp3",
	.hints = hints,
	.flow_size = sizeof(struct dnp3_flow),
	.parameters = parameters,
	.settings_size = sizeof(struct dnp3_settings),
	.probe = dnp3_probe,
	.frame = dnp3_frame,
	.dissect = dnp3_dissect,
	.write_json = dnp3_write,
	.tally_size = sizeof(struct dnp3_tally),
	.count = dnp3_count,
	.write_tally = dnp3_write_tally,
};
