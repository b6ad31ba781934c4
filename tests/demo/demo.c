/* SPDX-License-Identifier: Apache-2.0 */
/* Makes pcaps/demo.pcap: what a newcomer sees first, the good and the bad. */
#include <config.h>

#include <stdio.h>

#include "tests/demo/reel.h"
#include "tests/lib/pcapout.h"

#define BEGIN 1778567400 /* 2026-05-12 06:30:00 UTC */

void
reel_add(struct reel *reel, uint64_t after_us, const struct octets *frame)
{
	struct reel_frame *f = &reel->frames[reel->n];

	if (reel->n == REEL_FRAMES)
		abort();
	f->us = reel->begin + after_us;
	f->order = reel->n++;
	f->frame = *frame;
}

void
reel_tcp(struct reel *reel, uint64_t after_us, struct talk *t, unsigned dir,
    unsigned flags, const struct octets *data)
{
	struct octets frame;

	talk_tcp(&frame, t, dir, flags, data != NULL ? data->p : NULL,
	    data != NULL ? data->n : 0);
	reel_add(reel, after_us, &frame);
}

void
reel_open(struct reel *reel, uint64_t after_us, struct talk *t)
{
	reel_tcp(reel, after_us, t, 0, TALK_SYN, NULL);
	reel_tcp(reel, after_us + REEL_MS, t, 1, TALK_SYN | TALK_ACK, NULL);
	reel_tcp(reel, after_us + 2 * REEL_MS, t, 0, TALK_ACK, NULL);
}

void
reel_say(struct reel *reel, uint64_t after_us, struct talk *t, unsigned dir,
    const struct octets *data)
{
	reel_tcp(reel, after_us, t, dir, TALK_ACK | TALK_PSH, data);
	reel_tcp(reel, after_us + REEL_MS, t, !dir, TALK_ACK, NULL);
}

static int
compare(const void *a, const void *b)
{
	const struct reel_frame *x = a, *y = b;

	if (x->us != y->us)
		return x->us < y->us ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

int
main(int argc, char **argv)
{
	struct reel reel = { .begin = BEGIN * (uint64_t)REEL_SECOND,
		.r = prng_from(7) };
	struct pcapout out;
	int err;

	if (argc != 2) {
		fputs("usage: demo OUT.pcap\n", stderr);
		return 2;
	}
	reel.frames = calloc(REEL_FRAMES, sizeof(*reel.frames));
	if (reel.frames == NULL)
		abort();
	demo_it(&reel);
	demo_iec104(&reel);
	demo_goose(&reel);
	demo_dnp3(&reel);
	demo_dlms(&reel);
	qsort(reel.frames, reel.n, sizeof(*reel.frames), compare);
	err = pcapout_open(&out, argv[1]);
	for (size_t i = 0; err == 0 && i < reel.n; i++)
		pcapout_frame(&out, reel.frames[i].us, &reel.frames[i].frame);
	if (err == 0)
		err = pcapout_close(&out);
	if (err != 0)
		fprintf(stderr, "demo: %s: %s\n", argv[1], strerror(-err));
	free(reel.frames);
	return err != 0;
}
