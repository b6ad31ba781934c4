/* SPDX-License-Identifier: Apache-2.0 */
/* The sink of records: what each begins with, blocks, and a full disk. */
#include <config.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sensor/record.h"
#include "tests/driver.h"

#define FLOW "1:wCb3OG7yAFWelaUydu0D+125CLM="
#define TEXT_MAX (256 * 1024)

static char path[] = "test_record.XXXXXX";
static char *text; /* what the last record says, TEXT_MAX octets at most */
static struct error error;

static void
write_text(const void *msg, struct json *j)
{
	json_text(j, "text", msg);
}

static const struct dissector toy = { .name = "toy", .write_json = write_text };

static struct op
op_of(const struct pdu *pdu)
{
	return (struct op){ .pdu = pdu, .protocol = "toy", .msg = text };
}

static struct pdu
pdu_of(const char *src, const char *dst)
{
	struct pdu p = { .at = { 1767322984, 678901999 },
		.frame = 123456789,
		.capture = "a.pcap" };

	p.src.port = 2404;
	p.dst.port = 65535;
	CU_ASSERT_EQUAL(inet_pton(AF_INET6, src, p.src.ip), 1);
	CU_ASSERT_EQUAL(inet_pton(AF_INET6, dst, p.dst.ip), 1);
	memcpy(p.src.mac, "\x02\x00\xff\x0a\xb0\x01", 6);
	return p;
}

/* The file's contents, to be freed. */
static char *
contents(size_t *n)
{
	FILE *f = fopen(path, "r");
	struct stat st;
	char *all;

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_EQUAL(fstat(fileno(f), &st), 0);
	all = malloc((size_t)st.st_size + 1);
	CU_ASSERT_PTR_NOT_NULL_FATAL(all);
	*n = fread(all, 1, (size_t)st.st_size, f);
	CU_ASSERT_EQUAL(*n, st.st_size);
	all[*n] = '\0';
	fclose(f);
	return all;
}

/* The one record of op is this line. */
static void
expect(const struct op *op, const char *flow, const char *want)
{
	struct record_sink *r = record_open(path, &error);
	char *got;
	size_t n;

	CU_ASSERT_PTR_NOT_NULL_FATAL(r);
	record_write(r, &toy, op, flow);
	CU_ASSERT_EQUAL(record_close(r, &error), 0);
	got = contents(&n);
	CU_ASSERT_STRING_EQUAL(got, want);
	if (strcmp(got, want) != 0)
		puts(got);
	free(got);
}

#define BEGIN                                                                  \
	"{\"ts\":\"2026-01-02T03:03:04.678901Z\",\"frame\":123456789,"         \
	"\"capture\":\"a.pcap\",\"proto\":\"toy\","
#define END ",\"toy\":{\"text\":\"x\"}}\n"

static void
test_hosts(void)
{
	struct pdu v4 = pdu_of("::ffff:10.0.99.255", "::ffff:0.100.9.1");
	struct pdu v6 = pdu_of("2001:db8::1", "::1:ffff:10.0.0.1");
	struct op op = op_of(&v4);

	strcpy(text, "x");
	expect(&op, FLOW,
	    BEGIN "\"flow\":\"" FLOW "\",\"src\":{\"ip\":\"10.0.99.255\","
	          "\"port\":2404},\"dst\":{\"ip\":\"0.100.9.1\","
	          "\"port\":65535},\"verdict\":\"ok\"" END);
	op = op_of(&v6);
	op.verdict = RD_TRAILING;
	op.flaw = "a \"flaw\"";
	expect(&op, FLOW,
	    BEGIN "\"flow\":\"" FLOW "\",\"src\":{\"ip\":\"2001:db8::1\","
	          "\"port\":2404},\"dst\":{\"ip\":\"::1:ffff:a00:1\","
	          "\"port\":65535},\"verdict\":\"trailing\","
	          "\"flaw\":\"a \\\"flaw\\\"\"" END);
}

/* Without IP the MAC stands for the host; one that is not known is absent. */
static void
test_macs(void)
{
	struct pdu p = pdu_of("::", "::");
	struct op op = op_of(&p);

	p.vlans = 2;
	p.vlan[0] = 0;
	p.vlan[1] = 4095;
	op.verdict = RD_TRUNCATED;
	strcpy(text, "x");
	expect(&op, NULL,
	    BEGIN "\"src\":{\"mac\":\"02:00:ff:0a:b0:01\"},\"dst\":{},"
	          "\"vlan\":[0,4095],\"verdict\":\"truncated\"" END);
}

/* Fractions with zeros at either end, and the turn of a second. */
static void
test_times(void)
{
	static const struct {
		struct timespec at;
		const char *says;
	} times[] = { { { 0, 0 }, "1970-01-01T00:00:00.000000Z" },
		{ { 0, 1000 }, "1970-01-01T00:00:00.000001Z" },
		{ { 1, 100000000 }, "1970-01-01T00:00:01.100000Z" },
		{ { 1, 999999999 }, "1970-01-01T00:00:01.999999Z" },
		{ { 0, 9999999 }, "1970-01-01T00:00:00.009999Z" } };
	struct pdu p = pdu_of("::", "::");
	struct op op = op_of(&p);
	struct record_sink *r = record_open(path, &error);
	char *got, *at;
	size_t n;

	CU_ASSERT_PTR_NOT_NULL_FATAL(r);
	strcpy(text, "x");
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		p.at = times[i].at;
		record_write(r, &toy, &op, NULL);
	}
	CU_ASSERT_EQUAL(record_close(r, &error), 0);
	at = got = contents(&n);
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		CU_ASSERT_EQUAL(strncmp(at, "{\"ts\":\"", 7), 0);
		CU_ASSERT_EQUAL(strncmp(at + 7, times[i].says, 27), 0);
		at = strchr(at, '\n') + 1;
	}
	CU_ASSERT_EQUAL(*at, '\0');
	free(got);
}

/* Names of every length, on both sides of what is kept of one. */
static void
test_captures(void)
{
	char name[128], want[1024];
	struct pdu p = pdu_of("::", "::");
	struct op op = op_of(&p);

	strcpy(text, "x");
	p.capture = name;
	for (size_t n = 1; n < sizeof(name); n++) {
		memset(name, 'n', n);
		name[n] = '\0';
		snprintf(want, sizeof(want),
		    "{\"ts\":\"2026-01-02T03:03:04.678901Z\","
		    "\"frame\":123456789,\"capture\":\"%s\","
		    "\"proto\":\"toy\",\"src\":{\"mac\":"
		    "\"02:00:ff:0a:b0:01\"},\"dst\":{},"
		    "\"verdict\":\"ok\"" END,
		    name);
		expect(&op, NULL, want);
	}
}

/* The name is spelt anew when another capture is read. */
static void
test_next_capture(void)
{
	struct pdu p = pdu_of("::", "::");
	struct op op = op_of(&p);
	struct record_sink *r = record_open(path, &error);
	char *got;
	size_t n;

	CU_ASSERT_PTR_NOT_NULL_FATAL(r);
	strcpy(text, "x");
	record_write(r, &toy, &op, NULL);
	p.capture = "\"b\"";
	record_write(r, &toy, &op, NULL);
	CU_ASSERT_EQUAL(record_close(r, &error), 0);
	got = contents(&n);
	CU_ASSERT_PTR_NOT_NULL(strstr(got, "\"capture\":\"a.pcap\","));
	CU_ASSERT_PTR_NOT_NULL(strstr(got, "\"capture\":\"\\\"b\\\"\","));
	free(got);
}

static void
test_too_long(void)
{
	struct pdu p = pdu_of("::", "::");
	struct op op = op_of(&p);

	memset(text, 'x', TEXT_MAX - 1);
	text[TEXT_MAX - 1] = '\0';
	expect(&op, NULL,
	    BEGIN "\"src\":{\"mac\":\"02:00:ff:0a:b0:01\"},\"dst\":{},"
	          "\"verdict\":\"ok\",\"toy\":{\"too_long\":true}}\n");
}

/* Many blocks come out in order, and nothing stays reserved behind them. */
static void
test_blocks(void)
{
	struct pdu p = pdu_of("::ffff:10.0.0.1", "::ffff:10.0.0.2");
	struct op op = op_of(&p);
	struct record_sink *r = record_open(path, &error);
	uint64_t frame = 0;
	struct stat st;
	char *got, *at;
	size_t n;

	CU_ASSERT_PTR_NOT_NULL_FATAL(r);
	for (; frame < 3000; frame++) {
		memset(text, 'y', frame);
		text[frame] = '\0';
		p.frame = frame;
		record_write(r, &toy, &op, FLOW);
	}
	CU_ASSERT_EQUAL(record_close(r, &error), 0);
	at = got = contents(&n);
	for (frame = 0; frame < 3000; frame++) {
		char *end = strchr(at, '\n');

		CU_ASSERT_PTR_NOT_NULL_FATAL(end);
		CU_ASSERT_EQUAL(strtoull(at + 44, NULL, 10), frame);
		CU_ASSERT_EQUAL(strncmp(end - 3, "\"}}", 3), 0);
		at = end + 1;
	}
	CU_ASSERT_EQUAL(*at, '\0');
	CU_ASSERT_EQUAL(at, got + n);
	free(got);
	CU_ASSERT_EQUAL(stat(path, &st), 0);
	CU_ASSERT(st.st_blocks * 512 < st.st_size + 1024 * 1024);
}

/* What cannot be written is said, and what has no size is no failure. */
static void
test_devices(void)
{
	struct pdu p = pdu_of("::", "::");
	struct op op = op_of(&p);
	struct record_sink *r = record_open("/dev/full", &error);

	CU_ASSERT_PTR_NOT_NULL_FATAL(r);
	memset(text, 'x', 1000);
	text[1000] = '\0';
	for (int i = 0; i < 1000; i++)
		record_write(r, &toy, &op, NULL);
	CU_ASSERT_EQUAL(record_close(r, &error), -ENOSPC);
	CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "/dev/full"));

	r = record_open("/dev/null", &error);
	CU_ASSERT_PTR_NOT_NULL_FATAL(r);
	for (int i = 0; i < 1000; i++)
		record_write(r, &toy, &op, NULL);
	CU_ASSERT_EQUAL(record_close(r, &error), 0);
	CU_ASSERT_PTR_NULL(record_open("/no/such/folder/file", &error));
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "hosts", test_hosts },
		{ "MACs", test_macs },
		{ "times", test_times },
		{ "captures", test_captures },
		{ "the next capture", test_next_capture },
		{ "too long", test_too_long },
		{ "blocks", test_blocks },
		{ "devices", test_devices },
		CU_TEST_INFO_NULL,
	};
	int fd = mkstemp(path), failed;

	text = malloc(TEXT_MAX);
	if (fd < 0 || text == NULL)
		return 2;
	close(fd);
	failed = driver_run("record", tests);
	unlink(path);
	free(text);
	return failed;
}
