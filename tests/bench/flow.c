/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a flow: handshake, data and acknowledgements, farewell. */
#include <config.h>

#include "tests/bench/flow.h"

#define FROM_SYN 30  /* percent; the others were there before */
#define PIGGYBACK 12 /* percent of data that bring their own answer */
#define CLIENT_NET 0x0a010000
#define SERVER_NET 0x0a400000
#define NETS 61       /* of servers, for one that is full the one behind all */
#define SERVERS 60000 /* in a net */
#define CLIENTS 64    /* control centres, head-ends, desks */

enum phase { SYN, SYN_ACK, SYN_DONE, TALKING, FIN, FIN_ACK, FIN_DONE };

static void
ends(struct flow *f, uint32_t renewed, struct prng *r)
{
	const struct traffic *t = f->traffic;
	/* the wrapper and HDLC, TLS and HTTP never share a server's address */
	uint32_t block = f->index / SERVERS * NETS + (uint32_t)t->port % NETS;
	uint32_t net = SERVER_NET + (block << 16);
	uint32_t client = CLIENT_NET + ((uint32_t)t->port % 61 << 8) + 1;
	uint16_t port =
	    (uint16_t)(1024 + (f->index * 31 + renewed * 7) % 64000);

	f->talk.end[0] = talk_end(client + f->index % CLIENTS, port, r);
	f->talk.end[1] = talk_end(net + f->index % SERVERS + 1, t->port, r);
}

void
flow_start(struct flow *f, const struct traffic *t, uint32_t index,
    uint32_t renewed, struct prng *r)
{
	bool from_start = renewed > 0 || prng_chance(r, FROM_SYN);
	uint8_t before[TRAFFIC_STATE];

	memcpy(before, f->state, sizeof(before));
	*f = (struct flow){ .traffic = t,
		.index = index,
		.renewed = renewed,
		.pause_us = f->pause_us };
	ends(f, renewed, r);
	f->phase = from_start && t->over == TRAFFIC_TCP ? SYN : TALKING;
	t->start(f->state, r, index, from_start);
	if (renewed > 0 && t->again != NULL)
		t->again(f->state, before);
}

/* SYN, SYN, FIN and FIN with their acknowledgements. */
static void
shake(struct flow *f, struct octets *frame)
{
	static const unsigned flags[] = { [SYN] = TALK_SYN,
		[SYN_ACK] = TALK_SYN | TALK_ACK,
		[SYN_DONE] = TALK_ACK,
		[FIN] = TALK_FIN | TALK_ACK,
		[FIN_ACK] = TALK_FIN | TALK_ACK,
		[FIN_DONE] = TALK_ACK };
	unsigned dir = f->phase == SYN_ACK || f->phase == FIN_ACK;

	talk_tcp(frame, &f->talk, dir, flags[f->phase], NULL, 0);
	f->finished = f->phase == FIN_DONE;
	f->phase++;
}

static uint32_t
speak(struct flow *f, uint64_t us, struct prng *r, struct octets *frame)
{
	struct say say;

	say.us = us;
	say.pause_us = f->pause_us;
	say.dir = say.wait_us = 0;
	say.last = say.end = false;
	say.data.n = 0;
	f->traffic->next(f->state, r, &say);
	f->pausing = say.last;
	if (f->traffic->over == TRAFFIC_GOOSE) {
		*frame = say.data;
	} else if (f->traffic->over == TRAFFIC_UDP) {
		talk_udp(frame, &f->talk, say.dir, say.data.p, say.data.n);
		f->finished = say.end;
	} else {
		talk_tcp(frame, &f->talk, say.dir, TALK_ACK | TALK_PSH,
		    say.data.p, say.data.n);
		f->owed[say.dir] = false;
		f->owed[!say.dir] = say.last || !prng_chance(r, PIGGYBACK);
		if (say.end)
			f->phase = FIN;
	}
	return say.wait_us;
}

static bool
acknowledge(struct flow *f, struct octets *frame)
{
	for (unsigned dir = 0; dir < 2; dir++)
		if (f->owed[dir]) {
			talk_tcp(frame, &f->talk, dir, TALK_ACK, NULL, 0);
			f->owed[dir] = false;
			return true;
		}
	return false;
}

uint32_t
flow_step(struct flow *f, uint64_t us, struct prng *r, struct octets *frame)
{
	uint32_t wait = 0;

	if (!acknowledge(f, frame)) {
		if (f->phase == TALKING)
			wait = speak(f, us, r, frame);
		else
			shake(f, frame);
	}
	if (wait > 0)
		return wait;
	if (f->pausing && !f->owed[0] && !f->owed[1] && f->phase == TALKING) {
		f->pausing = false;
		return f->pause_us / 2 + prng_below(r, f->pause_us + 1);
	}
	return prng_between(r, 100, 4000);
}
