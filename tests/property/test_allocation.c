/* SPDX-License-Identifier: Apache-2.0 */
/* The pipeline gets its memory at start: no packet gets any. */
#include <config.h>

#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "rules/vault.h"
#include "sensor/keys.h"
#include "sensor/pipeline.h"
#include "tests/driver.h"

#define PACKETS 4096
#define ROUND_S 3600 /* of packet time between two readings */
#define ROUNDS 5
#define DEDICATED 2 /* keys that the captures bring each time */

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

/* The same packets again and again, with keys or without. */
static void
replay_all(const struct keys *keys)
{
	struct event_sink events = { count };
	struct record_sink *records;
	struct pipeline *pl;
	struct error error;
	struct conf conf;
	unsigned long before;
	size_t taken;

	CU_ASSERT_EQUAL_FATAL(conf_init(&conf), 0);
	conf.classify = false; /* nDPI gets memory as it pleases */
	conf.suppress_s = 0;
	conf.opened = keys;
	records = record_open("/dev/null", &error);
	pl = pipeline_new(&conf, NULL, records, &events, &error);
	CU_ASSERT_PTR_NOT_NULL_FATAL(pl);
	pipeline_capture(pl, "memory", DLT_EN10MB, &error);
	CU_ASSERT(got > 0); /* or the wrapping does not work */
	replay(pl, 0);
	before = got;
	taken = vault_taken();
	CU_ASSERT((taken > 0) == (keys != NULL));
	for (time_t round = 1; round <= ROUNDS; round++)
		replay(pl, round * ROUND_S);
	CU_ASSERT_EQUAL(got, before);
	/* in the vault the new dedicated keys get their contexts */
	CU_ASSERT(vault_taken() - taken <= ROUNDS * DEDICATED * 2);
	pipeline_free(pl);
	record_close(records, &error);
	conf_free(&conf);
	while (npackets > 0)
		free(packets[--npackets].p);
}

static void
test_no_packet_gets_memory(void)
{
	static const char *const names[] = { "demo.pcap",
		"iec104/104-commands.pcap", "iec104/104-bytewise-segments.pcap",
		"iec104/104-tcp-out-of-order.pcap",
		"goose/goose-malformed-set.pcap", "goose/goose-events.pcap" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		load(names[i]);
	CU_ASSERT_FATAL(npackets > 500);
	replay_all(NULL);
}

/* OpenSSL neither, once it has seen the keys: right, wrong and unknown ones. */
static void
test_keys_get_none(void)
{
	static const char *const names[] = { "dlms/d29-kinds.pcap",
		"dlms/d29-tampered.pcap", "dlms/d30-published.pcap",
		"dlms/c_gmac_ded.pcap", "dlms/n_gbt_inside_glo.pcap",
		"goose/g19-forged.pcap" };
	static const char text[] =
	    "meters:\n"
	    "  - title: 4D54520000000001\n"
	    "    encryption: E3251EFFB849671D488E735415A33E40\n"
	    "    authentication: 9C68BAE614F076C69D42A07A563D6CEA\n"
	    "  - title: \"*\"\n"
	    "    encryption: 492CB0D06FC1C7D9049F0EC1AD2EF360\n"
	    "    authentication: 5AAE920DB6FDEB3CFCFFCFA616C1D195\n"
	    "    kek: 8F44487DFBFCF89A9930BB99E266A39D\n"
	    "    also: [101112131415161718191A1B1C1D1E1F]\n"
	    "    also_authentication: [CFD2D5D8DBDEE1E4E7EAEDF0F3F6F9FC]\n"
	    "goose:\n"
	    "  - id: 7\n"
	    "    algorithm: hmac-sha256-128\n"
	    "    key: 3031323334353637383941424344454630313233343536373839414"
	    "243444546\n";
	char path[] = "/tmp/gridtap-keys-XXXXXX";
	int fd = mkstemp(path); /* 0600 */
	struct error error;
	struct keys keys;

	CU_ASSERT_EQUAL(
	    write(fd, text, sizeof(text) - 1), (ssize_t)sizeof(text) - 1);
	close(fd);
	CU_ASSERT_EQUAL_FATAL(keys_load(&keys, path, pipeline_key, &error), 0);
	unlink(path);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		load(names[i]);
	replay_all(&keys);
	keys_free(&keys);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "no packet gets memory", test_no_packet_gets_memory },
		{ "no key gets memory", test_keys_get_none },
		CU_TEST_INFO_NULL,
	};

	if (!vault_hook())
		return 2;
	return driver_run("allocation", tests);
}
