/* SPDX-License-Identifier: Apache-2.0 */
/* The counters page: rows that are never torn, and who may write it. */
#include <config.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "outputs/nsm/page.h"
#include "tests/driver.h"

static const struct nsm_caps caps = {
	.rows = { 0, 1, 5, 8, 8, 8, 4, 8, 8, NSM_EVENTS },
};
static char folder[] = "/tmp/gridtap-test-XXXXXX";
static char path[64];
static struct error error;

static void
test_rows(void)
{
	struct nsm_page *p = nsm_page_new(NULL, &caps, &error);
	struct nsm_prot in = { .pdus = UINT64_MAX, .enabled = 1 }, out;
	uint32_t index[NSM_INDEX] = { 3 };

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	CU_ASSERT_EQUAL(nsm_page_get(p, NSM_PROT, 2, index, &out), NSM_EMPTY);
	nsm_page_put(p, NSM_PROT, 2, index, &in);
	CU_ASSERT_EQUAL(nsm_page_used(p, NSM_PROT), 3);
	CU_ASSERT_EQUAL(nsm_page_get(p, NSM_PROT, 0, index, &out), NSM_EMPTY);
	memset(index, 0, sizeof(index));
	CU_ASSERT_EQUAL(nsm_page_get(p, NSM_PROT, 2, index, &out), NSM_ROW);
	CU_ASSERT_EQUAL(index[0], 3);
	CU_ASSERT_EQUAL(out.pdus, UINT64_MAX);
	/* behind the cap there is no place */
	nsm_page_put(p, NSM_PROT, 5, index, &in);
	CU_ASSERT_EQUAL(nsm_page_used(p, NSM_PROT), 3);
	nsm_page_drop(p, NSM_PROT, 2);
	CU_ASSERT_EQUAL(nsm_page_get(p, NSM_PROT, 2, index, &out), NSM_EMPTY);
	nsm_page_free(p);
}

static atomic_bool done;

static void *
write_rows(void *arg)
{
	struct nsm_page *p = arg;
	struct nsm_evt row;
	uint32_t index = 1;

	for (unsigned i = 0; !atomic_load(&done); i++) {
		memset(&row, (int)(i & 0xff), sizeof(row));
		nsm_page_put(p, NSM_EVT, 0, &index, &row);
	}
	return NULL;
}

/* All octets of a row are of one writing, however often one looks. */
static void
test_not_torn(void)
{
	struct nsm_page *p = nsm_page_new(NULL, &caps, &error);
	uint32_t index[NSM_INDEX], whole = 0, torn = 0;
	struct nsm_evt row;
	pthread_t writer;

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	atomic_store(&done, false);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&writer, NULL, write_rows, p), 0);
	for (unsigned i = 0; i < 200000 || whole == 0; i++) {
		const uint8_t *octets = (const uint8_t *)&row;

		if (nsm_page_get(p, NSM_EVT, 0, index, &row) != NSM_ROW)
			continue;
		whole++;
		torn += memcmp(octets, octets + 1, sizeof(row) - 1) != 0;
	}
	atomic_store(&done, true);
	pthread_join(writer, NULL);
	CU_ASSERT_TRUE(whole > 0);
	CU_ASSERT_EQUAL(torn, 0);
	nsm_page_free(p);
}

static void
test_file(void)
{
	struct nsm_page *p = nsm_page_new(path, &caps, &error), *q, *r;
	struct nsm_agent in = { .rx_frames = 7 }, out = { 0 };
	uint32_t index[NSM_INDEX];

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	nsm_page_put(p, NSM_AGENT, 0, NULL, &in);
	nsm_page_stamp(p, 42);
	q = nsm_page_open(path, &error);
	CU_ASSERT_PTR_NOT_NULL_FATAL(q);
	CU_ASSERT_EQUAL(nsm_page_get(q, NSM_AGENT, 0, index, &out), NSM_ROW);
	CU_ASSERT_EQUAL(out.rx_frames, 7);
	CU_ASSERT_EQUAL(nsm_page_stamped(q), 42);
	CU_ASSERT_FALSE(nsm_page_is_orphan(q));
	CU_ASSERT_FALSE(nsm_page_is_old(q, path));
	/* a second sensor must not take it away */
	CU_ASSERT_PTR_NULL(nsm_page_new(path, &caps, &error));
	CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "another sensor"));
	nsm_page_free(p);
	/* it stays, and whoever reads it knows that nobody writes */
	CU_ASSERT_TRUE(nsm_page_is_orphan(q));
	CU_ASSERT_EQUAL(nsm_page_get(q, NSM_AGENT, 0, index, &out), NSM_ROW);
	r = nsm_page_new(path, &caps, &error);
	CU_ASSERT_PTR_NOT_NULL(r);
	CU_ASSERT_TRUE(nsm_page_is_old(q, path));
	nsm_page_free(r);
	nsm_page_free(q);
}

static void
write_octets(const void *octets, size_t n)
{
	FILE *f = fopen(path, "w");

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fwrite(octets, 1, n, f);
	fclose(f);
}

/* Whatever stands there: it is refused, and nothing behind its end is read. */
static void
test_no_page(void)
{
	uint8_t octets[65536], *whole;
	size_t n;
	FILE *f;

	unlink(path);
	CU_ASSERT_PTR_NULL(nsm_page_open(path, &error));
	memset(octets, 0xff, sizeof(octets));
	write_octets(octets, 0);
	CU_ASSERT_PTR_NULL(nsm_page_open(path, &error));
	write_octets(octets, sizeof(octets));
	CU_ASSERT_PTR_NULL(nsm_page_open(path, &error));
	nsm_page_free(nsm_page_new(path, &caps, &error));
	f = fopen(path, "r");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fseek(f, 0, SEEK_END);
	n = (size_t)ftell(f);
	rewind(f);
	whole = malloc(n);
	CU_ASSERT_EQUAL_FATAL(fread(whole, 1, n, f), n);
	fclose(f);
	write_octets(whole, n - 1);
	CU_ASSERT_PTR_NULL(nsm_page_open(path, &error));
	/* each octet of what says where tables are, but of times and counts */
	for (size_t i = 0; i < 16; i++) {
		whole[i] ^= 0x80;
		write_octets(whole, n);
		CU_ASSERT_PTR_NULL(nsm_page_open(path, &error));
		whole[i] ^= 0x80;
	}
	for (size_t i = 32; i < 32 + 16; i++) {
		whole[i] ^= 0x80;
		write_octets(whole, n);
		CU_ASSERT_PTR_NULL(nsm_page_open(path, &error));
		whole[i] ^= 0x80;
	}
	free(whole);
}

/* Nobody there, nobody who listens, or a full socket: nobody waits. */
static void
test_notices(void)
{
	struct nsm_page *p = nsm_page_new(path, &caps, &error);
	struct nsm_notice n = { .kind = NSM_CAPTURE_CHANGE }, out;
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int bell = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	char octet;

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	CU_ASSERT_EQUAL(nsm_page_told(p), 0);
	CU_ASSERT_FALSE(nsm_page_notice(p, 1, &out));
	nsm_page_tell(p, &n);
	snprintf(at.sun_path, sizeof(at.sun_path), "%s.sock", path);
	CU_ASSERT_EQUAL_FATAL(
	    bind(bell, (const struct sockaddr *)(const void *)&at, sizeof(at)),
	    0);
	for (int i = 0; i < 2 * NSM_NOTICES; i++) {
		n.row.agent.rx_frames = (uint64_t)i;
		nsm_page_tell(p, &n);
	}
	CU_ASSERT_EQUAL(recv(bell, &octet, 1, 0), 1);
	CU_ASSERT_EQUAL(nsm_page_told(p), 2 * NSM_NOTICES + 1);
	/* the last ones are there, those before have made room */
	CU_ASSERT_FALSE(nsm_page_notice(p, NSM_NOTICES + 1, &out));
	CU_ASSERT_TRUE(nsm_page_notice(p, NSM_NOTICES + 2, &out));
	CU_ASSERT_EQUAL(out.number, NSM_NOTICES + 2);
	CU_ASSERT_TRUE(nsm_page_notice(p, 2 * NSM_NOTICES + 1, &out));
	CU_ASSERT_EQUAL(out.row.agent.rx_frames, 2 * NSM_NOTICES - 1);
	close(bell);
	unlink(at.sun_path);
	nsm_page_free(p);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "rows", test_rows },
		{ "no row is torn", test_not_torn },
		{ "a file, its writer and the next", test_file },
		{ "what is no page", test_no_page },
		{ "notices", test_notices },
		CU_TEST_INFO_NULL,
	};
	int status;

	if (mkdtemp(folder) == NULL)
		return 2;
	snprintf(path, sizeof(path), "%s/page", folder);
	status = driver_run("nsm_page", tests);
	unlink(path);
	rmdir(folder);
	return status;
}
