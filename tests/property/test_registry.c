/* SPDX-License-Identifier: Apache-2.0 */
/* What holds for every dissector, shown on the units of NAME.hex. */
#include <config.h>

#include <stdlib.h>

#include "dissectors/asm.h"
#include "tests/driver.h"
#include "tests/fuzz/fuzz_dissector.h"

#define UNIT_MAX 4096
#define LEASES 16
#define LEASE_SIZE 8192

/* The linker puts these in the place of the library's: see local.am. */
void *__wrap_malloc(size_t);
void *__wrap_calloc(size_t, size_t);
void *__wrap_realloc(void *, size_t);
void *__real_malloc(size_t);
void *__real_calloc(size_t, size_t);
void *__real_realloc(void *, size_t);

static unsigned allocations;

void *
__wrap_malloc(size_t n)
{
	allocations++;
	return __real_malloc(n);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	allocations++;
	return __real_calloc(n, size);
}

void *
__wrap_realloc(void *p, size_t n)
{
	allocations++;
	return __real_realloc(p, n);
}

struct kept {
	struct op_sink sink;
	const struct dissector *d;
	char text[65536];
	size_t n, ops, flaws; /* flaws: ops of kind OP_FLAW */
	bool complaint;       /* an op had something to say */
};

static void
keep(struct op_sink *sink, const struct op *op)
{
	struct kept *k = (struct kept *)sink;
	struct json j;

	json_start(&j, k->text + k->n, sizeof(k->text) - k->n);
	json_open(&j, NULL, '{');
	json_u64(&j, "kind", op->kind);
	json_u64(&j, "from", op->from);
	json_u64(&j, "function", op->function);
	json_hex(&j, "object", op->object);
	if (k->d->write_json != NULL)
		k->d->write_json(op->msg, &j);
	json_close(&j, '}');
	k->n += json_end(&j);
	k->ops++;
	k->flaws += op->kind == OP_FLAW;
	k->complaint = k->complaint || op->flaw != NULL;
}

/* In a block of its own size, so that ASan sees one octet too many. */
static enum rd_err
dissect(struct kept *k, const uint8_t *unit, size_t n, size_t on_wire)
{
	static uint64_t flow[DISSECTOR_FLOW_MAX / 8];
	const struct hint *hint = &k->d->hints[0];
	uint8_t *p = malloc(n + (n == 0));
	struct pdu pdu = { .frame = 1, .carrier = hint->carrier };
	struct ctx ctx = { .pdu = &pdu };
	unsigned before;
	enum rd_err err;

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	memcpy(p, unit, n);
	memset(flow, 0, sizeof(flow));
	if (hint->carrier == OVER_ETHERTYPE)
		pdu.ethertype = hint->number;
	else
		ctx.flow = flow;
	ctx.pool = asm_new(LEASES, LEASE_SIZE);
	CU_ASSERT_PTR_NOT_NULL_FATAL(ctx.pool);
	k->sink.emit = keep;
	k->n = k->ops = k->flaws = 0;
	k->complaint = false;
	before = allocations;
	err = k->d->dissect(rd_over(p, n, on_wire), &ctx, &k->sink);
	CU_ASSERT_EQUAL(allocations, before);
	asm_free(ctx.pool);
	free(p);
	return err;
}

static void
check_whole(const struct dissector *d, const uint8_t *unit, size_t n)
{
	static struct kept a, b;
	struct reader r = rd_over(unit, n, n);
	enum probe probe = d->probe(r);
	size_t len = 0;

	a.d = b.d = d;
	CU_ASSERT(probe == PROBE_YES || probe == PROBE_LIKELY);
	CU_ASSERT_EQUAL(d->frame(r, &len), FRAME_WHOLE);
	CU_ASSERT_EQUAL(len, n);
	CU_ASSERT_EQUAL(dissect(&a, unit, n, n), RD_OK);
	CU_ASSERT(a.ops > 0 && a.n > 0);
	CU_ASSERT(a.flaws == 0 && !a.complaint);
	CU_ASSERT_EQUAL(dissect(&b, unit, n, n), RD_OK);
	CU_ASSERT(a.n == b.n && memcmp(a.text, b.text, a.n) == 0);
}

/* What lacks its end is said to lack it, and nothing else is said. */
static void
check_prefixes(const struct dissector *d, const uint8_t *unit, size_t n)
{
	static struct kept k;

	k.d = d;
	for (size_t i = 0; i < n; i++) {
		CU_ASSERT_NOT_EQUAL(d->probe(rd_over(unit, i, i)), PROBE_NO);
		CU_ASSERT_EQUAL(dissect(&k, unit, i, n), RD_TRUNCATED);
		CU_ASSERT(k.ops > 0 && k.flaws == k.ops);
		CU_ASSERT_EQUAL(dissect(&k, unit, i, i), RD_MALFORMED);
		CU_ASSERT(k.ops > 0 && k.flaws == k.ops && k.complaint);
	}
}

/* The fuzzer's judgement, on each octet with each other value. */
static void
check_changes(const struct dissector *d, const uint8_t *unit, size_t n)
{
	uint8_t *p = malloc(FUZZ_HEAD + n);

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	memset(p, 0, FUZZ_HEAD);
	p[0] = fuzz_dissector_octet(d);
	memcpy(p + FUZZ_HEAD, unit, n);
	for (size_t i = FUZZ_HEAD; i < FUZZ_HEAD + n; i++)
		for (unsigned v = 0; v <= 0xff; v++) {
			p[i]++; /* after 256 steps it is as it was */
			LLVMFuzzerTestOneInput(p, FUZZ_HEAD + n);
		}
	free(p);
}

/* Octets in hexadecimal up to the line's end or a '#'. */
static size_t
parse(char *line, uint8_t unit[UNIT_MAX])
{
	size_t n = 0;
	char *end;

	line[strcspn(line, "#\n")] = '\0';
	for (char *s = line; n < UNIT_MAX; s = end) {
		unsigned long v = strtoul(s, &end, 16);

		if (end == s)
			break;
		unit[n++] = (uint8_t)v;
	}
	return n;
}

static void
check_dissector(const struct dissector *d)
{
	static char line[4 * UNIT_MAX];
	static uint8_t unit[UNIT_MAX];
	const char *srcdir = getenv("srcdir");
	char path[512];
	size_t n, units = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/tests/property/%s.hex",
	    srcdir != NULL ? srcdir : ".", d->name);
	f = fopen(path, "r");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		n = parse(line, unit);
		if (n == 0)
			continue;
		check_whole(d, unit, n);
		check_prefixes(d, unit, n);
		check_changes(d, unit, n);
		units++;
	}
	fclose(f);
	CU_ASSERT(units > 0);
}

static void
test_every_dissector(void)
{
	for (size_t i = 0; dissectors[i] != NULL; i++)
		check_dissector(dissectors[i]);
}

/* What a dissector promises of itself, before it sees an octet. */
static void
test_promises(void)
{
	for (size_t i = 0; dissectors[i] != NULL; i++) {
		const struct dissector *d = dissectors[i];

		CU_ASSERT(d->flow_size <= DISSECTOR_FLOW_MAX);
		CU_ASSERT(d->hints != NULL && d->hints[0].number != 0);
		CU_ASSERT(dissector_over(d, d->hints[0].carrier));
		CU_ASSERT(
		    dissector_hint(d, d->hints[0].carrier, d->hints[0].number));
		CU_ASSERT((d->parameters == NULL) == (d->settings_size == 0));
		CU_ASSERT(d->probe != NULL && d->frame != NULL);
		CU_ASSERT(d->dissect != NULL);
		/* all three, or none where there is no record */
		CU_ASSERT((d->count != NULL) == (d->write_json != NULL));
		CU_ASSERT((d->write_tally != NULL) == (d->write_json != NULL));
		CU_ASSERT(d->write_json != NULL || d->home_only ||
		          (dissector_over(d, OVER_ETHERTYPE) &&
		              !dissector_over(d, OVER_TCP) &&
		              !dissector_over(d, OVER_UDP)));
		for (size_t k = 0; k < i; k++) {
			CU_ASSERT_STRING_NOT_EQUAL(
			    d->name, dissectors[k]->name);
			CU_ASSERT_NOT_EQUAL(fuzz_dissector_octet(d),
			    fuzz_dissector_octet(dissectors[k]));
		}
	}
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "promises", test_promises },
		{ "prefixes, changes, twice", test_every_dissector },
		CU_TEST_INFO_NULL,
	};

	return driver_run("registry", tests);
}
