/* SPDX-License-Identifier: Apache-2.0 */
/* The pipeline gets its memory at start: no packet gets any. */
#include <config.h>

#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "sensor/pipeline.h"
#include "tests/driver.h"

#define PACKETS 4096
#define ROUND_S 3600 /* of packet time between two readings */

static struct kept {
	struct timespec at;
	uint8_t *p;
	size_t n;
} packets[PACKETS];
static size_t npackets;
static unsigned long got; /* calls that got memory */

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__real_mmap(void *, size_t, int, int, int, off_t);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
void *__wrap_mmap(void *, size_t, int, int, int, off_t);

void *
__wrap_malloc(size_t n)
{
	got++;
	return __real_malloc(n);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	got++;
	return __real_calloc(n, size);
}

void *
__wrap_realloc(void *p, size_t n)
{
	got++;
	return __real_realloc(p, n);
}

void *
__wrap_mmap(void *p, size_t n, int protection, int flags, int fd, off_t at)
{
	got++;
	return __real_mmap(p, n, protection, flags, fd, at);
}

static void
on_packet(u_char *user, const struct pcap_pkthdr *h, const u_char *bytes)
{
	struct kept *k = &packets[npackets];

	(void)user;
	if (npackets == PACKETS)
		return;
	k->at = (struct timespec){ h->ts.tv_sec, h->ts.tv_usec * 1000 };
	k->n = h->caplen;
	k->p = malloc(k->n + 1);
	CU_ASSERT_PTR_NOT_NULL_FATAL(k->p);
	memcpy(k->p, bytes, k->n);
	npackets++;
}

static void
load(const char *name)
{
	const char *srcdir = getenv("srcdir");
	char path[512], text[PCAP_ERRBUF_SIZE];
	pcap_t *pcap;

	snprintf(path, sizeof(path), "%s/pcaps/%s",
	    srcdir != NULL ? srcdir : ".", name);
	pcap = pcap_open_offline(path, text);
	CU_ASSERT_PTR_NOT_NULL_FATAL(pcap);
	pcap_loop(pcap, -1, on_packet, NULL);
	pcap_close(pcap);
}

static void
replay(struct pipeline *pl, time_t later)
{
	for (size_t i = 0; i < npackets; i++) {
		struct timespec at = packets[i].at;

		at.tv_sec += later;
		pipeline_packet(pl, at, packets[i].p, packets[i].n,
		    packets[i].n + i % 7 / 6); /* some of them were cut */
	}
	pipeline_flush(pl);
}

static void
count(struct event_sink *sink, const struct event *ev)
{
	(void)sink;
	CU_ASSERT(ev->sqnum > 0);
}

static void
test_no_packet_gets_memory(void)
{
	static const char *const names[] = { "demo.pcap",
		"iec104/104-commands.pcap", "iec104/104-bytewise-segments.pcap",
		"iec104/104-tcp-out-of-order.pcap",
		"goose/goose-malformed-set.pcap", "goose/goose-events.pcap" };
	struct event_sink events = { count };
	struct record_sink *records;
	struct pipeline *pl;
	struct error error;
	struct conf conf;
	unsigned long before;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		load(names[i]);
	CU_ASSERT_FATAL(npackets > 500);
	CU_ASSERT_EQUAL_FATAL(conf_init(&conf), 0);
	conf.classify = false; /* nDPI gets memory as it pleases */
	conf.suppress_s = 0;
	records = record_open("/dev/null", &error);
	pl = pipeline_new(&conf, NULL, records, &events, &error);
	CU_ASSERT_PTR_NOT_NULL_FATAL(pl);
	pipeline_capture(pl, "memory", DLT_EN10MB, &error);
	CU_ASSERT(got > 0); /* or the wrapping does not work */
	replay(pl, 0);
	before = got;
	for (time_t round = 1; round <= 5; round++)
		replay(pl, round * ROUND_S);
	CU_ASSERT_EQUAL(got, before);
	pipeline_free(pl);
	record_close(records, &error);
	conf_free(&conf);
	while (npackets > 0)
		free(packets[--npackets].p);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "no packet gets memory", test_no_packet_gets_memory },
		CU_TEST_INFO_NULL,
	};

	return driver_run("allocation", tests);
}
