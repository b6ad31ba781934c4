/* SPDX-License-Identifier: Apache-2.0 */
/* nDPI's door: names by content, few packets, few flows, no more. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "sensor/classify.h"
#include "tests/driver.h"

#define IP_UDP 28 /* octets of both headers */
#define IP_TCP 40
#define SECOND 1000

static struct error error;

/* IPv4 10.0.0.1 to 10.0.0.2, total length and protocol to be filled in */
static const uint8_t ip[20] = { 0x45, 0, 0, 0, 0, 1, 0x40, 0, 64, 0, 0, 0, 10,
	0, 0, 1, 10, 0, 0, 2 };

/* DNS query: id 0x1234, recursion desired, 1 question: example.org A IN */
static const uint8_t dns[] = { 0x12, 0x34, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0,
	7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 3, 'o', 'r', 'g', 0, 0, 1, 0, 1 };

/*
 * TLS record: handshake, 67 octets: client hello, 63 octets: TLS 1.2, random,
 * no session, suite c02f, no compression, server_name "example.org"
 */
static const uint8_t tls[] = { 0x16, 3, 1, 0, 67, 1, 0, 0, 63, 3, 3, 0x0e, 0x1d,
	0x2c, 0x3b, 0x4a, 0x59, 0x68, 0x77, 0x86, 0x95, 0xa4, 0xb3, 0xc2, 0xd1,
	0xe0, 0xff, 0x0e, 0x1d, 0x2c, 0x3b, 0x4a, 0x59, 0x68, 0x77, 0x86, 0x95,
	0xa4, 0xb3, 0xc2, 0xd1, 0xe0, 0xff, 0, 0, 2, 0xc0, 0x2f, 1, 0, 0, 20, 0,
	0, 0, 16, 0, 14, 0, 0, 11, 'e', 'x', 'a', 'm', 'p', 'l', 'e', '.', 'o',
	'r', 'g' };

/* The same for "www.google.com", three letters more */
static const uint8_t google[] = { 0x16, 3, 1, 0, 70, 1, 0, 0, 66, 3, 3, 0x0e,
	0x1d, 0x2c, 0x3b, 0x4a, 0x59, 0x68, 0x77, 0x86, 0x95, 0xa4, 0xb3, 0xc2,
	0xd1, 0xe0, 0xff, 0x0e, 0x1d, 0x2c, 0x3b, 0x4a, 0x59, 0x68, 0x77, 0x86,
	0x95, 0xa4, 0xb3, 0xc2, 0xd1, 0xe0, 0xff, 0, 0, 2, 0xc0, 0x2f, 1, 0, 0,
	23, 0, 0, 0, 19, 0, 17, 0, 0, 14, 'w', 'w', 'w', '.', 'g', 'o', 'o',
	'g', 'l', 'e', '.', 'c', 'o', 'm' };

/* NetBIOS session message of 68 octets: SMB2 header, negotiate, 4 more */
static const uint8_t smb[72] = { 0, 0, 0, 68, 0xfe, 'S', 'M', 'B', 64 };

struct sample {
	uint8_t p[256];
	size_t n;
};

static struct sample
udp(uint16_t port, const uint8_t *payload, size_t n)
{
	size_t length = IP_UDP + n;
	struct sample s = { .n = length };
	const uint8_t header[8] = { 0xc0, 0, (uint8_t)(port >> 8),
		(uint8_t)port, (uint8_t)((n + 8) >> 8), (uint8_t)(n + 8) };

	memcpy(s.p, ip, sizeof(ip));
	s.p[2] = (uint8_t)(length >> 8);
	s.p[3] = (uint8_t)length;
	s.p[9] = 17;
	memcpy(s.p + 20, header, sizeof(header));
	memcpy(s.p + IP_UDP, payload, n);
	return s;
}

static struct sample
tcp(uint16_t port, uint32_t seq, const uint8_t *payload, size_t n)
{
	size_t length = IP_TCP + n;
	struct sample s = { .n = length };
	/* offset 20, PSH and ACK */
	const uint8_t header[20] = { 0xc0, 0, (uint8_t)(port >> 8),
		(uint8_t)port, (uint8_t)(seq >> 24), (uint8_t)(seq >> 16),
		(uint8_t)(seq >> 8), (uint8_t)seq, 0, 0, 0, 1, 0x50, 0x18, 1,
		0 };

	memcpy(s.p, ip, sizeof(ip));
	s.p[2] = (uint8_t)(length >> 8);
	s.p[3] = (uint8_t)length;
	s.p[9] = 6;
	memcpy(s.p + 20, header, sizeof(header));
	memcpy(s.p + IP_TCP, payload, n);
	return s;
}

static struct classify *
start(uint32_t flows)
{
	struct classify *c = classify_new(flows, &error);

	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	return c;
}

/* The name of a flow of which this is the only packet, or "". */
static const char *
name_of(struct classify *c, const struct sample *s, size_t captured)
{
	uint8_t *exact = malloc(captured); /* ASan sees what is beyond */
	uint32_t handle = 0;
	uint16_t label = 77;
	const char *name = "";

	CU_ASSERT_PTR_NOT_NULL_FATAL(exact);
	memcpy(exact, s->p, captured);
	if (classify_packet(c, &handle, exact, captured, SECOND, &label) ==
	    CLASSIFY_DONE) {
		CU_ASSERT_EQUAL(handle, 0);
		name = classify_name(c, label);
	} else {
		CU_ASSERT_NOT_EQUAL(handle, 0);
		CU_ASSERT_EQUAL(label, 77);
	}
	classify_drop(c, handle);
	free(exact);
	return name;
}

static void
test_names(void)
{
	struct classify *c = start(4);
	struct sample query = udp(53, dns, sizeof(dns));
	struct sample hello = tcp(443, 1, tls, sizeof(tls));
	struct sample odd = tcp(10443, 1, tls, sizeof(tls));
	struct sample site = tcp(443, 1, google, sizeof(google));
	struct sample share = tcp(445, 1, smb, sizeof(smb));

	CU_ASSERT_STRING_EQUAL(name_of(c, &query, query.n), "DNS");
	CU_ASSERT_STRING_EQUAL(name_of(c, &hello, hello.n), "TLS");
	CU_ASSERT_STRING_EQUAL(name_of(c, &odd, odd.n), "TLS");
	/* the protocol, not what a name in it may mean */
	CU_ASSERT_STRING_EQUAL(name_of(c, &site, site.n), "TLS");
	CU_ASSERT_STRING_EQUAL(name_of(c, &share, share.n), "SMBv23");
	CU_ASSERT_STRING_EQUAL(classify_name(c, CLASSIFY_NOT), "Unclassified");
	CU_ASSERT_STRING_EQUAL(classify_name(c, CLASSIFY_UNKNOWN), "Unknown");
	classify_free(c);
}

static void
test_no_guess(void)
{
	static const uint8_t letters[] = "nothing that anybody knows";
	struct classify *c = start(4);
	struct sample s;
	uint32_t handle = 0, seq = 1;
	uint16_t label = 77;

	for (int i = 1; i < CLASSIFY_PACKETS; i++) {
		s = tcp(443, seq, letters, sizeof(letters));
		seq += sizeof(letters);
		CU_ASSERT_EQUAL(
		    classify_packet(c, &handle, s.p, s.n, SECOND, &label),
		    CLASSIFY_MORE);
		CU_ASSERT_NOT_EQUAL(handle, 0);
	}
	s = tcp(443, seq, letters, sizeof(letters));
	CU_ASSERT_EQUAL(classify_packet(c, &handle, s.p, s.n, SECOND, &label),
	    CLASSIFY_DONE);
	CU_ASSERT_EQUAL(handle, 0);
	CU_ASSERT_EQUAL(label, CLASSIFY_UNKNOWN);
	classify_free(c);
}

/* What a capture cuts is never read beyond; nothing begins nowhere. */
static void
test_cut(void)
{
	struct classify *c = start(4);
	struct sample hello = tcp(443, 1, tls, sizeof(tls));

	for (size_t n = 0; n < hello.n; n++)
		CU_ASSERT_STRING_EQUAL(name_of(c, &hello, n), "");
	CU_ASSERT_STRING_EQUAL(name_of(c, &hello, hello.n), "TLS");
	classify_free(c);
}

/* The verdict on one packet of the flow, its label in *label. */
static enum classify_verdict
feed(struct classify *c, uint32_t *handle, uint64_t ms, uint16_t *label)
{
	struct sample s = tcp(9, 1, (const uint8_t *)"abc", 3);

	return classify_packet(c, handle, s.p, s.n, ms, label);
}

static void
test_budget(void)
{
	struct classify *c = start(4);
	uint32_t handle, kept = 0;
	uint16_t label = 77;

	CU_ASSERT_EQUAL(feed(c, &kept, SECOND, &label), CLASSIFY_MORE);
	for (int i = 1; i < CLASSIFY_PER_S; i++) {
		handle = 0;
		CU_ASSERT_EQUAL(
		    feed(c, &handle, SECOND + 5, &label), CLASSIFY_MORE);
		classify_drop(c, handle);
	}
	CU_ASSERT_EQUAL(classify_refused(c), 0);
	handle = 0;
	CU_ASSERT_EQUAL(feed(c, &handle, SECOND + 999, &label), CLASSIFY_DONE);
	CU_ASSERT_EQUAL(label, CLASSIFY_NOT);
	CU_ASSERT_EQUAL(handle, 0);
	CU_ASSERT_EQUAL(classify_refused(c), 1);
	/* what has begun goes on, and the next second is another one */
	CU_ASSERT_EQUAL(feed(c, &kept, SECOND + 999, &label), CLASSIFY_MORE);
	CU_ASSERT_EQUAL(feed(c, &handle, 2 * SECOND, &label), CLASSIFY_MORE);
	CU_ASSERT_EQUAL(classify_refused(c), 1);
	classify_free(c);
}

static void
test_full(void)
{
	struct classify *c = start(4);
	uint32_t handles[5] = { 0 };
	uint16_t label = 77;

	for (uint64_t i = 0; i < 4; i++)
		feed(c, &handles[i], SECOND + i, &label);
	feed(c, &handles[0], SECOND + 4, &label); /* 1 is the oldest now */
	CU_ASSERT_EQUAL(classify_evicted(c), 0);
	CU_ASSERT_EQUAL(
	    feed(c, &handles[4], SECOND + 5, &label), CLASSIFY_MORE);
	CU_ASSERT_EQUAL(classify_evicted(c), 1);
	for (int i = 0; i < 5; i++)
		for (int j = 0; j < i; j++)
			CU_ASSERT_NOT_EQUAL(handles[i], handles[j]);

	/* a place that was lost is nobody's to drop, and is found again */
	classify_drop(c, handles[1]);
	feed(c, &handles[4], SECOND + 6, &label);
	CU_ASSERT_EQUAL(classify_evicted(c), 1);
	CU_ASSERT_EQUAL(
	    feed(c, &handles[1], SECOND + 7, &label), CLASSIFY_MORE);
	CU_ASSERT_EQUAL(classify_evicted(c), 2);
	CU_ASSERT_EQUAL(label, 77);
	classify_free(c);
}

/* The place of a flow that is gone serves the next one, from the begin. */
static void
test_drop(void)
{
	struct classify *c = start(1);
	struct sample query = udp(53, dns, sizeof(dns));
	uint32_t old = 0, handle = 0;
	uint16_t label = 77;

	for (int i = 1; i < CLASSIFY_PACKETS; i++)
		CU_ASSERT_EQUAL(feed(c, &old, SECOND, &label), CLASSIFY_MORE);
	classify_drop(c, old);
	classify_drop(c, old);
	classify_drop(c, 0);
	for (int i = 1; i < CLASSIFY_PACKETS; i++)
		CU_ASSERT_EQUAL(
		    feed(c, &handle, SECOND, &label), CLASSIFY_MORE);
	CU_ASSERT_NOT_EQUAL(handle, old);
	classify_drop(c, old); /* the other one's now */
	CU_ASSERT_EQUAL(feed(c, &handle, SECOND, &label), CLASSIFY_DONE);
	CU_ASSERT_EQUAL(label, CLASSIFY_UNKNOWN);
	CU_ASSERT_STRING_EQUAL(name_of(c, &query, query.n), "DNS");
	CU_ASSERT_EQUAL(classify_evicted(c), 0);
	classify_free(c);
	classify_free(NULL);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "names", test_names },
		{ "no guess", test_no_guess },
		{ "packets that are cut", test_cut },
		{ "budget", test_budget },
		{ "full", test_full },
		{ "drop and reuse", test_drop },
		CU_TEST_INFO_NULL,
	};

	return driver_run("classify", tests);
}
