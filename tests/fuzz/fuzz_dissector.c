/* SPDX-License-Identifier: Apache-2.0 */
/* One harness for every dissector: it may say anything, but in bounds. */
#include <config.h>

#include <stdlib.h>

#include "dissectors/asm.h"
#include "tests/fuzz/fuzz_dissector.h"

#define LEASES 4 /* so few that leases are evicted */
#define LEASE_SIZE 8192
#define LINE_MAX_OCTETS (128 * 1024)
#define SETTINGS_MAX 256
#define TALLY_MAX (256 * 1024)
#define DEPTH_MAX 3 /* of what is wrapped in something else */
#define FLAW_MAX 64

struct judge {
	struct op_sink sink;
	const struct dissector *d;
	void *tally;
	size_t ops;
	enum rd_err verdict; /* of the last op that no other one wraps */
};

static void
must(bool holds)
{
	if (!holds)
		abort();
}

/* Reads every octet, so that ASan sees a view that is too long. */
static void
touch(struct bytes b)
{
	volatile uint8_t sum = 0;

	for (size_t i = 0; i < b.n; i++)
		sum ^= b.p[i];
}

static void
write_record(const struct judge *k, const struct op *op)
{
	static char line[LINE_MAX_OCTETS];
	struct json j;
	size_t n;

	json_start(&j, line, sizeof(line));
	json_open(&j, NULL, '{');
	if (k->d->write_json != NULL)
		k->d->write_json(op->msg, &j);
	json_close(&j, '}');
	n = json_end(&j); /* 0 when it is too long, as the sensor knows */
	must(n == 0 || (line[0] == '{' && line[n - 1] == '}'));
}

static void
check(struct op_sink *sink, const struct op *op)
{
	struct judge *k = (struct judge *)sink;
	int depth = 0;

	k->ops++;
	must(strcmp(op->protocol, k->d->name) == 0 && op->pdu != NULL);
	must(op->kind < OP_KINDS && op->from <= OP_FROM_SERVER);
	must(op->result <= OP_REFUSED && op->verdict <= RD_TRAILING);
	must(op->flaw == NULL || strlen(op->flaw) <= FLAW_MAX);
	for (const struct op *o = op->outer; o != NULL; o = o->outer)
		must(++depth <= DEPTH_MAX);
	touch(op->object);
	write_record(k, op);
	if (op->outer != NULL)
		return;
	k->verdict = op->verdict;
	if (k->d->count != NULL)
		k->d->count(k->tally, op);
}

static void
dissect(struct judge *k, struct ctx *ctx, struct reader r)
{
	size_t before = k->ops;
	enum rd_err err = k->d->dissect(r, ctx, &k->sink);

	/* nothing passes in silence */
	must(k->ops > before && k->verdict == err);
}

/* Unit after unit, as far as frame() finds their ends. */
static void
read_units(struct judge *k, struct ctx *ctx, struct pdu *pdu, unsigned dirs,
    struct reader r)
{
	enum frame f;
	size_t len;

	for (unsigned i = 0; i == 0 || rd_left(&r) > 0; i++) {
		pdu->dir = dirs >> i % 8 & 1;
		pdu->frame++;
		len = 0;
		k->d->probe(r);
		f = k->d->frame(r, &len);
		if (f != FRAME_WHOLE || len > rd_left(&r) + r.lost) {
			dissect(k, ctx, r);
			return;
		}
		must(len > 0); /* the sensor would spin */
		dissect(k, ctx, rd_sub(&r, len));
	}
}

static void
write_tally(const struct judge *k)
{
	static char line[LINE_MAX_OCTETS];
	struct json j;

	json_start(&j, line, sizeof(line));
	json_open(&j, NULL, '{');
	if (k->d->write_tally != NULL)
		k->d->write_tally(k->tally, &j);
	json_close(&j, '}');
	must(json_end(&j) > 0);
}

static const void *
least_settings(const struct dissector *d)
{
	static uint64_t settings[SETTINGS_MAX / 8];

	must(d->settings_size <= sizeof(settings));
	for (const struct parameter *p = d->parameters; p->name != NULL; p++)
		memcpy((uint8_t *)settings + p->offset, &p->least,
		    sizeof(p->least));
	return settings;
}

static struct pdu
usual(const struct dissector *d, bool odd)
{
	struct pdu pdu = { .carrier = d->hints[0].carrier };

	pdu.src.port = 49152;
	if (pdu.carrier == OVER_ETHERTYPE)
		pdu.ethertype = d->hints[0].number;
	else
		pdu.dst.port = d->hints[0].number;
	for (const struct hint *h = d->hints; odd && h->number != 0; h++)
		pdu.carrier = h->carrier;
	if (odd)
		pdu.dst.port = 61;
	return pdu;
}

uint8_t
fuzz_dissector_octet(const struct dissector *d)
{
	uint8_t sum = 0;

	for (const char *c = d->name; *c != '\0'; c++)
		sum = (uint8_t)(sum + (uint8_t)*c);
	return sum;
}

static const struct dissector *
by_octet(uint8_t octet)
{
	size_t n = 0;

	for (; dissectors[n] != NULL; n++)
		if (fuzz_dissector_octet(dissectors[n]) == octet)
			return dissectors[n];
	return dissectors[octet % n];
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint64_t flow[DISSECTOR_FLOW_MAX / 8], tally[TALLY_MAX / 8], id;
	static struct asm_pool *pool;
	struct judge k = { .sink = { check }, .tally = tally };
	struct ctx ctx = { .flow_id = ++id };
	struct pdu pdu;

	if (size < FUZZ_HEAD)
		return 0;
	k.d = by_octet(data[0]);
	must(k.d->flow_size <= sizeof(flow) && k.d->tally_size <= TALLY_MAX);
	memset(flow, 0, sizeof(flow));
	memset(tally, 0, k.d->tally_size);
	pdu = usual(k.d, (data[2] & FUZZ_ODD) != 0);
	ctx.pdu = &pdu;
	ctx.flow = pdu.carrier == OVER_ETHERTYPE ? NULL : flow;
	if ((data[2] & FUZZ_LEAST) != 0 && k.d->parameters != NULL)
		ctx.settings = least_settings(k.d);
	/* leases of earlier inputs go first when room is needed */
	if (pool == NULL)
		pool = asm_new(LEASES, LEASE_SIZE);
	must(pool != NULL);
	ctx.pool = pool;
	read_units(&k, &ctx, &pdu, data[1],
	    rd_over(data + FUZZ_HEAD, size - FUZZ_HEAD,
	        size - FUZZ_HEAD + (data[2] & FUZZ_LOST)));
	write_tally(&k);
	return 0;
}
