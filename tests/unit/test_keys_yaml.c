/* SPDX-License-Identifier: Apache-2.0 */
/* What a keys file may say, and how it is refused without showing a key. */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "sensor/keys_yaml.h"
#include "tests/driver.h"

#define ITEMS 16
#define EK "000102030405060708090A0B0C0D0E0F"
#define AK "D0D1D2D3D4D5D6D7D8D9DADBDCDDDEDF"
#define LARGE EK AK
#define TITLE "4D4D4D0000BC614E"

struct list {
	struct keys_item at[ITEMS];
	int n;
};

static int
take(void *to, const struct keys_item *item)
{
	struct list *l = to;

	CU_ASSERT_FATAL(l->n < ITEMS);
	l->at[l->n++] = *item;
	return 0;
}

static int
read_text(const char *text, struct list *l, struct error *error)
{
	l->n = 0;
	error->text[0] = '\0';
	return keys_yaml("keys.yaml",
	    (struct bytes){ (const uint8_t *)text, strlen(text) }, take, l,
	    error);
}

static void
test_meters(void)
{
	struct list l;
	struct error e;
	const struct keys_item *i = l.at;

	CU_ASSERT_EQUAL(
	    read_text("meters:\n"
	              "  - also: [" AK "]\n"
	              "    title: " TITLE "  # a meter\n"
	              "    kek: " LARGE "\n"
	              "    authentication: \"" AK "\"\n"
	              "    encryption: " EK "\n"
	              "    suite: 0\n"
	              "  - {title: '*', encryption: " LARGE ", suite: 2}\n",
	        &l, &e),
	    0);
	CU_ASSERT_STRING_EQUAL(e.text, "");
	CU_ASSERT_EQUAL_FATAL(l.n, 7);
	CU_ASSERT(i[0].kind == KEYS_SET && !i[0].any);
	CU_ASSERT_EQUAL(memcmp(i[0].title,
	                    "MMM\0\0\xbc"
	                    "aN",
	                    8),
	    0);
	/* those of "also" come last, wherever they stand */
	CU_ASSERT(i[1].use == KEYRING_MASTER && i[1].n == 32);
	CU_ASSERT(i[2].use == KEYRING_AUTHENTICATION && i[2].octets[0] == 0xd0);
	CU_ASSERT(i[3].use == KEYRING_ENCRYPTION && i[3].octets[15] == 0x0f);
	CU_ASSERT(i[4].use == KEYRING_ENCRYPTION && i[4].octets[0] == 0xd0);
	CU_ASSERT(i[5].kind == KEYS_SET && i[5].any);
	CU_ASSERT(i[6].kind == KEYS_KEY && i[6].n == 32);
}

static void
test_groups(void)
{
	struct list l;
	struct error e;

	CU_ASSERT_EQUAL(
	    read_text("goose:\n"
	              "  - {id: 7, algorithm: hmac-sha256-128, key: " LARGE
	              "}\n"
	              "  - gocbref: IED1LD0/LLN0$GO$gcb1\n"
	              "    algorithm: aes-gmac-64\n"
	              "    key: " EK "\n",
	        &l, &e),
	    0);
	CU_ASSERT_EQUAL_FATAL(l.n, 2);
	CU_ASSERT(l.at[0].id == 7 && !l.at[0].any_id && l.at[0].n == 32);
	CU_ASSERT_EQUAL(l.at[0].algorithm, GOOSE_HMAC_SHA256_128);
	CU_ASSERT(l.at[1].any_id && l.at[1].n == 16);
	CU_ASSERT_EQUAL(l.at[1].algorithm, GOOSE_GMAC_64);
	CU_ASSERT_STRING_EQUAL(l.at[1].gocbref, "IED1LD0/LLN0$GO$gcb1");
}

/* The begin of every error; behind it stands what was expected. */
static const struct {
	const char *text, *error;
} refused[] = {
	{ "", "1:1: nothing" },
	{ "keys: []\n", "1:1: unknown key; expected one of meters, goose" },
	{ "meters:\n", "1:8: meters has no value; expected a list" },
	{ "meters: {}\n", "1:9: meters is a section; expected a list" },
	{ "meters:\n  - " EK "\n", "2:5: meters is not right" },
	{ "meters:\n  - title: " TITLE "\n    " EK ": 1\n",
	    "3:5: unknown key; expected one of title, encryption" },
	{ "meters:\n  - title: " TITLE "\n",
	    "2:5: meters without \"encryption" },
	{ "meters:\n  - encryption: " EK "\n", "2:5: meters without \"title" },
	{ "meters:\n  - title: " EK "\n", "2:12: title is not right" },
	{ "meters:\n  - title: 4D4D4D0000BC614\n", "2:12: title is not right" },
	{ "meters:\n  - title: " TITLE "#\n", "2:12: title is not right" },
	{ "meters:\n  - title: " TITLE "\n    encryption: " EK "0\n",
	    "3:17: encryption is not right; expected 32 hexadecimal" },
	{ "meters:\n  - title: " TITLE "\n    encryption: " EK "00\n",
	    "3:17: encryption is not right" },
	{ "meters:\n  - title: " TITLE "\n    encryption: 0x" EK "\n",
	    "3:17: encryption is not right" },
	{ "meters:\n  - title: " TITLE "\n    encryption: [" EK "]\n",
	    "3:17: encryption is a list" },
	{ "meters:\n  - title: " TITLE "\n    encryption:\n",
	    "3:16: encryption has no value" },
	{ "meters:\n  - title: " TITLE "\n    encryption: " EK
	  "\n    encryption: " AK "\n",
	    "4:5: encryption stands here again" },
	{ "meters:\n  - title: " TITLE "\n    encryption: " EK "\n    also: " AK
	  "\n",
	    "4:11: also is not right; expected a list" },
	{ "meters:\n  - title: " TITLE "\n    encryption: " EK
	  "\n    suite: 3\n",
	    "4:12: suite is not right; expected 0, 1 or 2" },
	{ "meters:\n  - title: " TITLE "\n    encryption: " EK
	  "\n    suite: 2\n",
	    "2:5: suite 2 and a key of 16 octets" },
	{ "meters:\n  - {title: " TITLE ", encryption: " EK
	  "}\n  - {title: 4d4d4d0000bc614e, encryption: " EK "}\n",
	    "3:13: this title stands here again" },
	{ "meters: &" EK " []\n", "1:9: an anchor" },
	{ "meters: !" EK " []\n", "1:9: a tag" },
	{ "meters: *" EK "\n", "1:9: an alias" },
	{ "meters:\n  - title: \"" EK "\n", "3:1: found unexpected end" },
	{ "meters: []\n---\n" EK "\n", "2:1: a second document" },
	{ "goose:\n  - {algorithm: aes-gmac-64, key: " EK "}\n",
	    "2:5: goose without \"id\" and \"gocbref\"" },
	{ "goose:\n  - {id: 1, algorithm: " EK ", key: " EK "}\n",
	    "2:24: algorithm is not right" },
	{ "goose:\n  - {id: -1, algorithm: aes-gmac-64, key: " EK "}\n",
	    "2:10: id is not right" },
	{ "goose:\n  - {id: 1, algorithm: aes-gmac-64, key: " EK "0011}\n",
	    "2:5: a key of 18 octets; expected 16 or 32" },
};

static void
test_refused(void)
{
	char want[160];
	struct list l;
	struct error e;

	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
		CU_ASSERT_EQUAL(read_text(refused[i].text, &l, &e), -EINVAL);
		snprintf(want, sizeof(want), "keys.yaml:%s", refused[i].error);
		if (strncmp(e.text, want, strlen(want)) != 0)
			fprintf(stderr, "want %s\ngot  %s\n", want, e.text);
		CU_ASSERT_EQUAL(strncmp(e.text, want, strlen(want)), 0);
		/* nothing of a key, wherever it stands */
		CU_ASSERT_PTR_NULL(strstr(e.text, "00010203"));
		CU_ASSERT_PTR_NULL(strstr(e.text, "0B0C0D0E"));
	}
}

/* Several sets of one title, told apart by a name. */
static void
test_same_title(void)
{
	struct list l;
	struct error e;

	CU_ASSERT_EQUAL(
	    read_text("meters:\n  - {title: " TITLE ", encryption: " EK
	              "}\n  - {title: \"" TITLE "#6\", encryption: " AK "}\n",
	        &l, &e),
	    0);
	CU_ASSERT_EQUAL_FATAL(l.n, 4);
	CU_ASSERT_EQUAL(memcmp(l.at[0].title, l.at[2].title, 8), 0);
}

static int
stop(void *to, const struct keys_item *item)
{
	(void)to;
	(void)item;
	return -ENOSPC;
}

static void
test_stopped(void)
{
	static const char text[] =
	    "meters: [{title: " TITLE ", encryption: " EK "}]";
	struct error e;

	CU_ASSERT_EQUAL(
	    keys_yaml("keys.yaml",
	        (struct bytes){ (const uint8_t *)text, sizeof(text) - 1 }, stop,
	        NULL, &e),
	    -ENOSPC);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "keys of meters", test_meters },
		{ "keys of groups", test_groups },
		{ "what is refused", test_refused },
		{ "one title, two sets", test_same_title },
		{ "whoever takes them may stop", test_stopped },
		CU_TEST_INFO_NULL,
	};

	return driver_run("keys_yaml", tests);
}
