/* SPDX-License-Identifier: Apache-2.0 */
/* Raw storage: where it goes on, when it rotates, and what verify finds. */
#include <config.h>

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

#include "tests/unit/journal.h"

/* The chain as anybody else would compute it. */
static void
test_chain(void)
{
	begin();
	add("one", "two");
	CU_ASSERT_STRING_EQUAL(read_file(""), "one\ntwo\n");
	/* printf '%064d 1 one\n' 0 | sha256sum, and so on */
	CU_ASSERT_STRING_EQUAL(read_file(".chain"),
	    "gridtap-chain 1 sha256 0 "
	    "0000000000000000000000000000000000000000000000000000000000000000"
	    " 1000\n"
	    "1 4 "
	    "f97e9d6baed8eaa1ce3c708e9770baf6a0ac1ef8351f34dde4e1d76072e4e463\n"
	    "2 8 "
	    "05b501dffc70309c62e15760d9e440efe02e82f6558bf80b31c2c17a8fd923b3"
	    "\n");
	CU_ASSERT(VERIFIED(""));
}

static void
test_goes_on(void)
{
	begin();
	add("one", "two");
	add("three", "four");
	CU_ASSERT_STRING_EQUAL(read_file(""), "one\ntwo\nthree\nfour\n");
	CU_ASSERT(VERIFIED(""));
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "lines 1 to 4 are as they were"));
	CU_ASSERT_PTR_NULL(strstr(said, "note"));
}

/* What is found behind the last hash, of a program that was killed. */
static void
test_killed(void)
{
	begin();
	add("one", "two");
	write_file("", "three\nfou", O_APPEND);
	expect("log:3: not in the chain: put in, or the program was killed");
	add("four", "five");
	CU_ASSERT_STRING_EQUAL(read_file(""), "one\ntwo\nthree\nfour\nfive\n");
	CU_ASSERT(VERIFIED(""));
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(said, "note: 1 lines got their hash at a start"));
	/* half a line of the chain */
	write_file("", "six\n", O_APPEND);
	write_file(".chain", "6 28 0123", O_APPEND);
	expect("log:6: the chain's last line has no end");
	add("seven", "eight");
	CU_ASSERT(VERIFIED(""));
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "lines 1 to 8 "));
	/* before the chain had its first line */
	begin();
	write_file("", "one\ntw", O_CREAT);
	write_file(".chain", "gridtap-ch", O_CREAT);
	add("two", "three");
	CU_ASSERT_STRING_EQUAL(read_file(""), "one\ntwo\nthree\n");
	CU_ASSERT(VERIFIED(""));
}

static void
test_tampered(void)
{
	begin();
	add("one", "two");
	add("three", "four");
	change("", "two", "tow");
	expect("log:2: changed: it does not have the hash");
	change("", "tow\n", "");
	expect("log:2: a line that stood before it was removed");
	change("", "three\n", "two\nthree\nnew\n");
	expect("log:4: put in: the chain does not have it");
	change("", "new\nfour\n", "");
	expect("log:4: missing: the file was cut");
	change("", "three\n", "three\nfour\nnew\n");
	expect("log:5: not in the chain");
	change("", "three\nfour\nnew\n", "four\nthree\n");
	expect("log:3: exchanged with the line behind it");
	change("", "four\nthree\n", "three\nfo");
	expect("log:4: only the beginning of a line is left");
	change("", "three\nfo", "three\nfour\n");
	CU_ASSERT(VERIFIED(""));
	change("", "one\n", "");
	expect("log:1: a line that stood before it was removed");
	change("", "two\n", "one\ntwo\n");
	change(".chain", "2 8 ", "2 9 ");
	expect("log:2: the chain's own line 3 was changed");
	change(".chain", "2 9 ", "3 8 ");
	expect("log:2: the chain's own line 3 is damaged");
	unlink(name(".chain"));
	expect("log: cannot read its chain, ");
}

/* Who has no key cannot write another chain. */
static void
test_key(void)
{
	static const uint8_t key[] = "0123456789abcdef",
	                     other[] = "0123456789abcdeF";

	begin();
	setup.key = key;
	setup.nkey = 16;
	add("one", "two");
	CU_ASSERT(VERIFIED(""));
	setup.key = other;
	expect("log:1: changed");
	setup.nkey = 0;
	expect("log: its chain has a key: give it with --key");
	begin();
	add("one", "two");
	setup.key = key;
	setup.nkey = 16;
	expect("log: its chain has no key: anybody can");
}

static void
test_rotation(void)
{
	struct journal *j;

	begin();
	setup.rotate_octets = 7;
	j = opened();
	put(j, "one", 1000);
	put(j, "two", 1000);
	put(j, "three", 1000);
	put(j, "four", 1000);
	done(j);
	CU_ASSERT_STRING_EQUAL(read_file(".000001"), "one\n");
	CU_ASSERT_STRING_EQUAL(read_file(".000002"), "two\n");
	CU_ASSERT_STRING_EQUAL(read_file(".000003"), "three\n");
	CU_ASSERT_STRING_EQUAL(read_file(""), "four\n");
	CU_ASSERT(VERIFIED(".000001", ".000002", ".000003", ""));
	CU_ASSERT_FALSE(VERIFIED(".000001", ".000003", ""));
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "log.000003: does not follow "));
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(said, "that ends with line 1, this goes on from line 2"));
	CU_ASSERT(VERIFIED(".000003", ""));
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(said, "log.000003: note: it goes on from line 2 of a file"));
	/* the tail of a file that was put aside, cut from both */
	unlink(name(".000003"));
	unlink(name(".000003.chain"));
	write_file(".000003", "", O_CREAT);
	write_file(".000003.chain", "", O_CREAT);
	CU_ASSERT_FALSE(VERIFIED(".000002", ".000003", ""));
}

static void
test_age_and_keep(void)
{
	struct journal *j;

	begin();
	setup.rotate_s = 3600;
	setup.keep = 2;
	j = opened();
	put(j, "a", 1000);
	put(j, "b", 4599);
	put(j, "c", 4600); /* b's file is full of age */
	done(j);
	CU_ASSERT_STRING_EQUAL(read_file(".000001"), "a\nb\n");
	j = opened();
	put(j, "d", 8199); /* since is known after a restart */
	put(j, "e", 8200);
	put(j, "f", 5); /* a clock that ran back ends nothing */
	put(j, "g", 20000);
	done(j);
	CU_ASSERT_EQUAL(access(name(".000001"), F_OK), -1);
	CU_ASSERT_EQUAL(access(name(".000001.chain"), F_OK), -1);
	CU_ASSERT_STRING_EQUAL(read_file(".000002"), "c\nd\n");
	CU_ASSERT_STRING_EQUAL(read_file(".000003"), "e\nf\n");
	CU_ASSERT_STRING_EQUAL(read_file(""), "g\n");
	CU_ASSERT(VERIFIED(".000002", ".000003", ""));
}

/* Killed between its renames, or before the new file was there. */
static void
test_rotation_killed(void)
{
	begin();
	setup.rotate_octets = 7;
	add("one", "two");
	rename(name(""), name(".000002"));
	add("three", "four");
	CU_ASSERT(VERIFIED(".000001", ".000002", ".000003", ""));
	rename(name(""), name(".000004"));
	rename(name(".chain"), name(".000004.chain"));
	add("five", "six");
	CU_ASSERT(VERIFIED(".000003", ".000004", ".000005", ""));
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "known as 6:"));
	/* new files, and nothing in them yet */
	rename(name(""), name(".000006"));
	rename(name(".chain"), name(".000006.chain"));
	write_file("", "", O_CREAT);
	write_file(".chain", "gridtap-", O_CREAT);
	add("seven", "eight");
	CU_ASSERT(VERIFIED(".000005", ".000006", ".000007", ""));
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "known as 8:"));
	rename(name(""), name(".000008"));
	rename(name(".chain"), name(".000008.chain"));
	write_file("", "", O_CREAT);
	add("nine", "ten");
	CU_ASSERT(VERIFIED(".000007", ".000008", ".000009", ""));
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "known as 10:"));
}

/* A file that is not what its chain says stays as it is, for who asks. */
static void
test_put_aside(void)
{
	begin();
	add("one", "two");
	write_file("", "one\n", O_TRUNC);
	add("three", "four");
	CU_ASSERT_STRING_EQUAL(read_file(".000001"), "one\n");
	CU_ASSERT_STRING_EQUAL(read_file(""), "three\nfour\n");
	CU_ASSERT_FALSE(VERIFIED(".000001", ""));
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "log.000001:2: missing"));
	CU_ASSERT_PTR_NULL(strstr(said, "does not follow"));
	/* a file without a chain, of another program or of none */
	begin();
	write_file("", "old\n", O_CREAT);
	add("one", "two");
	CU_ASSERT_STRING_EQUAL(read_file(".000001"), "old\n");
	CU_ASSERT(VERIFIED(""));
}

static void
test_known(void)
{
	struct chain_link known = { 2, "" };
	const char *const now[] = { "", NULL };
	const char *at;

	begin();
	add("one", "two");
	CU_ASSERT(VERIFIED(""));
	at = strstr(said, "known as 2:");
	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	memcpy(known.hash, at + 11, CHAIN_HASH);
	add("three", "four");
	CU_ASSERT(verified_with(now, &known));
	/* all was written anew, with a chain that is right */
	begin();
	add("one", "tow");
	CU_ASSERT(VERIFIED(""));
	CU_ASSERT_FALSE(verified_with(now, &known));
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "log:2: another hash than"));
	known.n = 3;
	CU_ASSERT_FALSE(verified_with(now, &known)); /* it is in none */
}

/* The disk is full, and has room again: what is there is whole. */
static void
test_full(void)
{
	struct rlimit before, small;
	struct journal *j;

	begin();
	getrlimit(RLIMIT_FSIZE, &before);
	signal(SIGXFSZ, SIG_IGN);
	j = opened();
	put(j, "one", 1000);
	journal_settle(j);
	small = before;
	small.rlim_cur = strlen(read_file(".chain")) + 10;
	setrlimit(RLIMIT_FSIZE, &small);
	put(j, "two", 1000); /* its hash does not fit */
	put(j, "three", 1000);
	journal_settle(j);
	setrlimit(RLIMIT_FSIZE, &before);
	CU_ASSERT_STRING_EQUAL(read_file(""), "one\n");
	CU_ASSERT(VERIFIED(""));
	put(j, "four", 1000);
	CU_ASSERT_EQUAL(journal_close(j, &error), -EFBIG);
	CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "lines lost: 2"));
	CU_ASSERT_STRING_EQUAL(read_file(""), "one\nfour\n");
	CU_ASSERT(VERIFIED(""));
}

/* Not even the first batch: the chain begins with its head all the same. */
static void
test_full_at_once(void)
{
	static char line[40000];
	struct rlimit before, small;
	struct journal *j;

	begin();
	getrlimit(RLIMIT_FSIZE, &before);
	memset(line, 'x', sizeof(line) - 1);
	small = before;
	small.rlim_cur = 100;
	j = opened();
	setrlimit(RLIMIT_FSIZE, &small);
	put(j, line, 1000);
	put(j, line, 1000); /* the first is lost */
	setrlimit(RLIMIT_FSIZE, &before);
	CU_ASSERT_EQUAL(journal_close(j, &error), -EFBIG);
	CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "lines lost: 1"));
	CU_ASSERT(VERIFIED(""));
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "lines 1 to 1 are"));
}

static void
test_refused(void)
{
	struct journal *j, *second;
	static char line[LINES_MAX];

	begin();
	j = opened();
	/* two would write over each other */
	CU_ASSERT_EQUAL(journal_open(&second, &setup, NULL, &error), -EBUSY);
	CU_ASSERT_EQUAL(
	    journal_put(j, line, sizeof(line), 1000, false), -EAGAIN);
	CU_ASSERT_EQUAL(journal_close(j, &error), -EMSGSIZE);
	setup.path = "/nowhere/at/all";
	CU_ASSERT_EQUAL(journal_open(&j, &setup, NULL, &error), -ENOENT);
	CU_ASSERT_STRING_EQUAL(error.text,
	    "/nowhere/at/all: cannot store: No such file or directory");
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "the chain", test_chain },
		{ "goes on", test_goes_on },
		{ "killed", test_killed },
		{ "tampered with", test_tampered },
		{ "a key", test_key },
		{ "rotation by size", test_rotation },
		{ "rotation by age", test_age_and_keep },
		{ "killed while it rotated", test_rotation_killed },
		{ "put aside", test_put_aside },
		{ "known", test_known },
		{ "a full disk", test_full },
		{ "a full disk at once", test_full_at_once },
		{ "refused", test_refused },
		CU_TEST_INFO_NULL,
	};
	int failed;

	if (mkdtemp(folder) == NULL)
		return 2;
	snprintf(path, sizeof(path), "%s/log", folder);
	failed = driver_run("journal", tests);
	if (empty_folder() == 0)
		rmdir(folder);
	return failed;
}
