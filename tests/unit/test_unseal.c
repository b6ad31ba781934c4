/* SPDX-License-Identifier: Apache-2.0 */
/* What keys open, and what they say when they do not: D-29. */
#include <config.h>

#include "tests/unit/unseal.h"

static void
test_opened(void)
{
	struct lab *l = lab_new(false);

	put(l, KEYRING_ENCRYPTION, key, 16);
	put(l, KEYRING_AUTHENTICATION, auth, 16);
	log_in(l);
	SAY(l, 0, 0xc8, usual, get);
	CU_ASSERT_EQUAL(l->outer, 2);
	CU_ASSERT_EQUAL(l->inner, 1);
	CU_ASSERT_EQUAL(l->tags[0], 0xc0);
	/* the outer one came last, and has it within */
	CU_ASSERT_EQUAL(l->s.view->apdu->tag, 0xc8);
	CU_ASSERT_PTR_NOT_NULL(l->s.view->request);
	SAY(l, 1, 0xcc, usual, got);
	SAY(l, 0, 0xcb, usual, off);
	SAY(l, 1, 0xcf, usual, done);
	CU_ASSERT_EQUAL(l->inner, 4);
	CU_ASSERT_EQUAL(scene_says(&l->s, "D-40"), 1);
	CU_ASSERT_EQUAL(scene_says(&l->s, "D-29"), 0);
	lab_free(l);
}

/* Wrong under a key that was right: each time; nothing of it is read. */
static void
test_false(void)
{
	struct lab *l = lab_new(false);
	struct octets o;

	put(l, KEYRING_ENCRYPTION, key, 16);
	put(l, KEYRING_AUTHENTICATION, auth, 16);
	log_in(l);
	SAY(l, 0, 0xc8, usual, get);
	for (int i = 0; i < 2; i++) {
		o = sealed(0xcb, usual, CLIENT, l->ic++, off, sizeof(off));
		o.p[10] ^= 1;
		scene_unit(&l->s, 0, &o);
	}
	CU_ASSERT_EQUAL(scene_says(&l->s, "D-29"), 2);
	CU_ASSERT_EQUAL(scene_says(&l->s, "D-40"), 0);
	CU_ASSERT_EQUAL(last(l, "D-29")->severity, SEVERITY_ERROR);
	CU_ASSERT_STRING_EQUAL(
	    scene_why(last(l, "D-29"), "key"), "glo-unicast");
	CU_ASSERT_EQUAL(last(l, "D-29")->frame, l->s.talk.pdu.frame);
	/* a repeat of HDLC is no second one */
	o.p[10] ^= 3;
	l->s.repeated = true;
	scene_unit(&l->s, 0, &o);
	CU_ASSERT_EQUAL(scene_says(&l->s, "D-29"), 2);
	lab_free(l);
}

/* A key that never fitted is said once, as what it is, until one fits. */
static void
test_stale(void)
{
	struct lab *l = lab_new(false);
	struct how wrong = { BOTH, other, auth, 16 };

	put(l, KEYRING_ENCRYPTION, key, 16);
	put(l, KEYRING_AUTHENTICATION, auth, 16);
	log_in(l);
	for (int i = 0; i < 3; i++) {
		SAY(l, 0, 0xc8, wrong, get);
		SAY(l, 1, 0xcc, wrong, got);
	}
	CU_ASSERT_EQUAL(scene_says(&l->s, "D-29"), 1);
	CU_ASSERT_EQUAL(last(l, "D-29")->severity, SEVERITY_NOTICE);
	CU_ASSERT_EQUAL(l->inner, 0);
	SAY(l, 0, 0xc8, usual, get);
	SAY(l, 0, 0xc8, wrong, get);
	CU_ASSERT_EQUAL(scene_says(&l->s, "D-29"), 2);
	CU_ASSERT_EQUAL(last(l, "D-29")->severity, SEVERITY_ERROR);
	CU_ASSERT_EQUAL(unseal_counts(l->u)->unfit, 6);
	CU_ASSERT_EQUAL(unseal_counts(l->u)->right, 1);
	CU_ASSERT_EQUAL(unseal_counts(l->u)->wrong, 1);
	lab_free(l);
}

/* One of "also", or of another set of the title, is as good. */
static void
test_several(void)
{
	struct lab *l = lab_new(false);
	struct how second = { BOTH, other, auth, 16 };
	struct how third = { BOTH, master, master, 16 };
	uint8_t title[BUILD_DLMS_TITLE];

	put(l, KEYRING_ENCRYPTION, key, 16);
	put(l, KEYRING_ENCRYPTION, other, 16);
	put(l, KEYRING_AUTHENTICATION, auth, 16);
	scene_title(title, METER);
	l->set = keyring_add(l->ring, title);
	put(l, KEYRING_ENCRYPTION, master, 16);
	put(l, KEYRING_AUTHENTICATION, master, 16);
	log_in(l);
	for (int i = 0; i < 2; i++) {
		SAY(l, 0, 0xc8, second, get);
		SAY(l, 0, 0xc8, usual, get);
		SAY(l, 0, 0xc8, third, get);
	}
	CU_ASSERT_EQUAL(l->inner, 6);
	CU_ASSERT_EQUAL(scene_says(&l->s, "D-29"), 0);
	lab_free(l);
}

/* Without the second key text is read when it makes sense, and not else. */
static void
test_unchecked(void)
{
	struct lab *l = lab_new(true);
	struct how text = { 0x20, key, auth, 16 };
	struct how wrong = { 0x20, other, auth, 16 };
	struct how clear = { 0x10, key, auth, 16 };

	put(l, KEYRING_ENCRYPTION, key, 16);
	log_in(l);
	SAY(l, 0, 0xc8, usual, get);
	SAY(l, 0, 0xc8, text, get);
	CU_ASSERT_EQUAL(l->inner, 2);
	/* no tag was wrong: it may be something that we cannot read */
	SAY(l, 0, 0xc8, wrong, get);
	CU_ASSERT_EQUAL(l->inner, 2);
	/* in clear it is read, but never verified */
	SAY(l, 0, 0xc8, clear, get);
	CU_ASSERT_EQUAL(l->inner, 3);
	CU_ASSERT_EQUAL(scene_says(&l->s, "D-29"), 0);
	lab_free(l);

	l = lab_new(true);
	put(l, KEYRING_ENCRYPTION, key, 16);
	log_in(l);
	SAY(l, 0, 0xc8, clear, get);
	CU_ASSERT_EQUAL(scene_says(&l->s, "D-29"), 0);
	SAY(l, 0, 0xc8, wrong, get);
	SAY(l, 0, 0xc8, wrong, get);
	CU_ASSERT_EQUAL(l->inner, 1);
	CU_ASSERT_EQUAL(scene_says(&l->s, "D-29"), 1);
	CU_ASSERT_EQUAL(last(l, "D-29")->severity, SEVERITY_NOTICE);
	lab_free(l);
}

static void
test_suites(void)
{
	struct lab *l = lab_new(false);
	struct how large = { BOTH | 2, key, auth, 32 };
	struct how one = { BOTH | 1, key, auth, 16 };
	struct how small = { BOTH | 2, key, auth, 16 };
	struct how packed = { BOTH | 0x80, key, auth, 16 };

	put(l, KEYRING_ENCRYPTION, key, 16);
	put(l, KEYRING_AUTHENTICATION, auth, 16);
	log_in(l);
	SAY(l, 0, 0xc8, one, get);
	CU_ASSERT_EQUAL(l->inner, 1);
	/* no key of suite 2 is there: nobody can say that it is wrong */
	SAY(l, 0, 0xc8, small, get);
	CU_ASSERT_EQUAL(l->inner, 1);
	CU_ASSERT_EQUAL(scene_says(&l->s, "D-29"), 0);
	put(l, KEYRING_ENCRYPTION, key, 32);
	put(l, KEYRING_AUTHENTICATION, auth, 32);
	SAY(l, 0, 0xc8, large, get);
	CU_ASSERT_EQUAL(l->inner, 2);
	/* compressed: verified, and not read */
	SAY(l, 0, 0xc8, packed, get);
	CU_ASSERT_EQUAL(l->inner, 2);
	CU_ASSERT_EQUAL(scene_says(&l->s, "D-29"), 0);
	lab_free(l);
}

/* A title that another one claims at its address is not who it was. */
static void
test_guess(void)
{
	struct lab *l = lab_new(false);
	uint8_t title[BUILD_DLMS_TITLE];

	put(l, KEYRING_ENCRYPTION, other, 16);
	put(l, KEYRING_AUTHENTICATION, auth, 16);
	scene_title(title, METER + 1);
	l->set = keyring_add(l->ring, title);
	put(l, KEYRING_ENCRYPTION, key, 16);
	put(l, KEYRING_AUTHENTICATION, auth, 16);
	log_in(l); /* METER is there */
	l->s.flow++;
	log_in_dedicated(l, master); /* by the key of the other one */
	CU_ASSERT_EQUAL(l->inner, 1);
	CU_ASSERT_EQUAL(scene_says(&l->s, "D-29"), 0);
	lab_free(l);
}

/* Of more associations than there is room for the oldest is forgotten. */
static void
test_crowd(void)
{
	struct lab *l = lab_new(false);

	put(l, KEYRING_ENCRYPTION, key, 16);
	put(l, KEYRING_AUTHENTICATION, auth, 16);
	l->s.talk.pdu.state = KNOW_MIDSTREAM; /* nobody minds */
	for (int i = 0; i < 4096; i++) {
		l->s.flow += UINT64_C(1) << 32;
		scene_aarq(&l->s, BUILD_DLMS_GMAC, CLIENT);
	}
	CU_ASSERT_STRING_NOT_EQUAL(
	    scene_why(last(l, "H-8"), "P.Detection"), "D-29");
	l->s.n = 0;
	for (int i = 0; i < 2; i++) {
		l->s.flow += UINT64_C(1) << 32;
		scene_aarq(&l->s, BUILD_DLMS_GMAC, CLIENT);
	}
	CU_ASSERT_EQUAL(scene_says(&l->s, "H-8"), 1);
	CU_ASSERT_STRING_EQUAL(
	    scene_why(last(l, "H-8"), "P.Detection"), "D-29");
	lab_free(l);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "what is opened, and in which order", test_opened },
		{ "a tag that is wrong", test_false },
		{ "a key that is not the meter's", test_stale },
		{ "several keys", test_several },
		{ "text without a tag to check", test_unchecked },
		{ "suites, and what is compressed", test_suites },
		{ "a meter that is only a guess", test_guess },
		{ "many associations", test_crowd },
		CU_TEST_INFO_NULL,
	};

	if (!vault_hook())
		return 2;
	return driver_run("unseal", tests);
}
