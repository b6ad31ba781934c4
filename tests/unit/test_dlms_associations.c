/* SPDX-License-Identifier: Apache-2.0 */
/* D-01 to D-06, D-10 to D-15: log-ins, and what looks like a bad one. */
#include <config.h>

#define SCENE_LIST                                                             \
	&dlms_authentication_detector, &dlms_downgrade_detector,               \
	    &dlms_handshake_detector, &dlms_refused_detector
#include "rules/detector.h"

extern const struct detector dlms_authentication_detector,
    dlms_downgrade_detector, dlms_handshake_detector, dlms_refused_detector;

#include "tests/unit/meters.h"

#define PUBLIC 16
#define MD5 3
#define ECDSA 7
#define REGISTER OCTETS(0xc0, 1, 0xc1, 0, 3, 1, 0, 1, 8, 0, 255, 2, 0)
#define VALUE OCTETS(0xc4, 1, 0xc1, 0, 6, 0, 0, 0, 1)
#define NO_ACCESS OCTETS(0xc4, 1, 0xc1, 1, 3)
#define PASS3 OCTETS(0xc3, 1, 0xc1, 0, 15, 0, 0, 40, 0, 0, 255, 1, 1, 9, 1, 7)
#define PASS4 OCTETS(0xc7, 1, 0xc1, 0, 1, 0, 9, 1, 7)
#define PASS4_REFUSED OCTETS(0xc7, 1, 0xc1, 3, 0)

/* On a connection of its own; number: of the sender's title, 0: none. */
static void
ask(struct scene *s, uint8_t mechanism, const char *secret, uint8_t number)
{
	uint8_t t[BUILD_DLMS_TITLE];
	struct build_dlms_acse a = { .context = number != 0 ? 3 : 1,
		.mechanism = mechanism,
		.title = number != 0 ? t : NULL,
		.secret = secret };
	struct octets o = { .n = 0 };

	scene_title(t, number);
	build_dlms_initiate_request(&a.user);
	build_dlms_aarq(&o, &a);
	s->flow++;
	scene_unit(s, 0, &o);
}

static void
answer(struct scene *s, uint8_t mechanism, const char *secret, uint8_t number,
    uint8_t result, uint8_t diagnostic)
{
	uint8_t t[BUILD_DLMS_TITLE];
	struct build_dlms_acse a = { .context = number != 0 ? 3 : 1,
		.mechanism = mechanism,
		.title = number != 0 ? t : NULL,
		.secret = secret,
		.result = result,
		.diagnostic = diagnostic };
	struct octets o = { .n = 0 };

	scene_title(t, number);
	build_dlms_initiate_response(&a.user);
	build_dlms_aare(&o, &a);
	scene_unit(s, 1, &o);
}

static void
log_in(struct scene *s, const char *password)
{
	ask(s, BUILD_DLMS_LLS, password, 0);
	answer(s, BUILD_DLMS_LLS, NULL, 0, 0, 0);
}

/* As far as to the meter's challenge. */
static void
challenge(struct scene *s, uint8_t mechanism, const char *c, const char *m)
{
	ask(s, mechanism, c, 0);
	answer(s, mechanism, m, 0, 0, 14);
}

static void
prove(struct scene *s, uint8_t mechanism, const char *c, const char *m)
{
	challenge(s, mechanism, c, m);
	scene_apdu(s, 0, PASS3);
	scene_apdu(s, 1, PASS4);
}

static void
test_no_authentication(void)
{
	struct scene s;

	scene_start(&s, 16);
	s.sap = PUBLIC;
	ask(&s, 0, NULL, 0);
	answer(&s, 0, NULL, 0, 0, 0);
	s.sap = 32;
	ask(&s, 0, NULL, 0);
	CU_ASSERT_EQUAL(s.n, 0);
	answer(&s, 0, NULL, 0, 1, 1); /* and not granted */
	CU_ASSERT_EQUAL(scene_says(&s, "D-01"), 0);
	ask(&s, 0, NULL, 0);
	answer(&s, 0, NULL, 0, 0, 0);
	CU_ASSERT_EQUAL(scene_says(&s, "D-01"), 1);
	ask(&s, 0, NULL, 0); /* once for the pair of SAPs */
	answer(&s, 0, NULL, 0, 0, 0);
	CU_ASSERT_EQUAL(scene_says(&s, "D-01"), 1);
	scene_stop(&s);
}

static void
test_passwords(void)
{
	struct scene s;

	scene_start(&s, 16);
	prove(&s, BUILD_DLMS_GMAC, "a challenge", "and another");
	CU_ASSERT_EQUAL(s.n, 0);
	s.sap = 17;
	log_in(&s, "k8Zq2Lx0");
	CU_ASSERT_EQUAL(scene_says(&s, "D-02"), 1);
	log_in(&s, "k8Zq2Lx0");
	CU_ASSERT_EQUAL(scene_says(&s, "D-02"), 1);
	CU_ASSERT_EQUAL(s.n, 1);
	s.meter = 2; /* its own */
	log_in(&s, "k8Zq2Lx1");
	CU_ASSERT_EQUAL(scene_says(&s, "D-03"), 0);
	s.meter = 3; /* that of the first, which refuses it */
	ask(&s, BUILD_DLMS_LLS, "k8Zq2Lx0", 0);
	answer(&s, BUILD_DLMS_LLS, NULL, 0, 1, 13);
	CU_ASSERT_EQUAL(scene_says(&s, "D-03"), 0);
	log_in(&s, "k8Zq2Lx0");
	CU_ASSERT_EQUAL_FATAL(scene_says(&s, "D-03"), 1);
	CU_ASSERT_STRING_EQUAL(scene_why(&s.events[s.n - 1], "meters"), "2");
	s.meter = 4;
	log_in(&s, "12345678");
	CU_ASSERT_EQUAL(scene_says(&s, "D-03"), 2);
	CU_ASSERT_STRING_EQUAL(
	    scene_why(&s.events[s.n - 1], "default"), "true");
	scene_stop(&s);
}

static void
test_weak(void)
{
	struct scene s;

	scene_start(&s, 16);
	prove(&s, BUILD_DLMS_GMAC, "a challenge", "and another");
	prove(&s, ECDSA, "a challenge 2", "and another 2");
	CU_ASSERT_EQUAL(s.n, 0);
	s.sap = 2;
	challenge(&s, MD5, "a challenge 3", "and another 3");
	CU_ASSERT_EQUAL(scene_says(&s, "D-04"), 1);
	challenge(&s, MD5, "a challenge 4", "and another 4");
	CU_ASSERT_EQUAL(scene_says(&s, "D-04"), 1);
	scene_stop(&s);
}

static void
test_downgrade(void)
{
	struct scene s;

	scene_start(&s, 16);
	prove(&s, 6, "a challenge", "and another"); /* as good as 5 */
	prove(&s, BUILD_DLMS_GMAC, "a challenge 1", "and another 1");
	s.sap = 17; /* another client may do less */
	log_in(&s, "k8Zq2Lx0");
	CU_ASSERT_EQUAL(scene_says(&s, "D-05"), 0);
	s.sap = 1; /* asked for, but refused */
	ask(&s, BUILD_DLMS_LLS, "k8Zq2Lx0", 0);
	answer(&s, BUILD_DLMS_LLS, NULL, 0, 1, 13);
	CU_ASSERT_EQUAL(scene_says(&s, "D-05"), 0);
	log_in(&s, "k8Zq2Lx0");
	CU_ASSERT_EQUAL(scene_says(&s, "D-05"), 1);
	log_in(&s, "k8Zq2Lx0"); /* it lasts */
	CU_ASSERT_EQUAL(scene_says(&s, "D-05"), 1);
	prove(&s, BUILD_DLMS_GMAC, "a challenge 2", "and another 2");
	log_in(&s, "k8Zq2Lx0"); /* it is news again */
	CU_ASSERT_EQUAL(scene_says(&s, "D-05"), 2);
	CU_ASSERT_EQUAL(scene_says(&s, "D-06"), 0);
	scene_stop(&s);
}

static void
test_context(void)
{
	struct scene s;

	scene_start(&s, 16);
	ask(&s, BUILD_DLMS_GMAC, "a challenge", 90);
	answer(&s, BUILD_DLMS_GMAC, "and another", 1, 0, 14);
	scene_glo(&s, 0, 1, 1);
	scene_glo(&s, 1, 1, 1);
	ask(&s, BUILD_DLMS_GMAC, "a challenge 2", 90);
	answer(&s, BUILD_DLMS_GMAC, "and another 2", 1, 0, 14);
	s.sap = PUBLIC;
	ask(&s, 0, NULL, 0);
	answer(&s, 0, NULL, 0, 0, 0);
	CU_ASSERT_EQUAL(scene_says(&s, "D-06"), 0);
	s.sap = 1;
	prove(&s, BUILD_DLMS_GMAC, "a challenge 3", "and another 3");
	CU_ASSERT_EQUAL(scene_says(&s, "D-06"), 1);
	CU_ASSERT_EQUAL(scene_says(&s, "D-05"), 0);
	scene_stop(&s);
}

static void
test_refused(void)
{
	struct scene s;

	scene_start(&s, 16);
	s.sap = 17;
	challenge(&s, BUILD_DLMS_GMAC, "a challenge", "and another");
	CU_ASSERT_EQUAL(s.n, 0); /* 0 with 14 is no refusal */
	ask(&s, BUILD_DLMS_LLS, "k8Zq2Lx0", 0);
	answer(&s, BUILD_DLMS_LLS, NULL, 0, 1, 13);
	CU_ASSERT_EQUAL(scene_says(&s, "D-10"), 1);
	CU_ASSERT_EQUAL(scene_says(&s, "D-11"), 0);
	ask(&s, BUILD_DLMS_LLS, "k8Zq2Lx0", 0);
	answer(&s, BUILD_DLMS_LLS, NULL, 0, 1, 2);
	CU_ASSERT_EQUAL(scene_says(&s, "D-10"), 1);
	CU_ASSERT_EQUAL(scene_says(&s, "D-11"), 1);
	/* an exception in place of an AARE, and behind one */
	ask(&s, BUILD_DLMS_GMAC, "a challenge 2", 90);
	scene_apdu(&s, 1, OCTETS(0xd8, 1, 1));
	CU_ASSERT_EQUAL(scene_says(&s, "D-11"), 2);
	log_in(&s, "k8Zq2Lx0");
	scene_apdu(&s, 0, REGISTER);
	scene_apdu(&s, 1, OCTETS(0xd8, 1, 1));
	CU_ASSERT_EQUAL(scene_says(&s, "D-11"), 2);
	scene_stop(&s);
}

static void
fail(struct scene *s)
{
	ask(s, BUILD_DLMS_LLS, "wrong", 0);
	answer(s, BUILD_DLMS_LLS, NULL, 0, 1, 13);
}

static void
test_guesses(void)
{
	struct scene s;

	scene_start(&s, 64);
	s.sap = 17;
	for (int i = 0; i < 8; i++) { /* never five in 300 s */
		fail(&s);
		s.at += 80;
	}
	CU_ASSERT_EQUAL(scene_says(&s, "D-12"), 0);
	s.at += 1000;
	for (int i = 0; i < 9; i++)
		fail(&s);
	CU_ASSERT_EQUAL(scene_says(&s, "D-12"), 1);
	log_in(&s, "right"); /* the guess that fits */
	CU_ASSERT_EQUAL(scene_says(&s, "D-12"), 2);
	log_in(&s, "right");
	CU_ASSERT_EQUAL(scene_says(&s, "D-12"), 2);
	scene_stop(&s);

	scene_start(&s, 64); /* one guess each */
	s.sap = 17;
	for (uint8_t i = 1; i <= 22; i++) {
		s.n = 0;
		s.meter = i;
		fail(&s);
		CU_ASSERT_EQUAL(scene_says(&s, "D-12"), i == 20);
	}
	scene_stop(&s);
}

static void
test_pass4(void)
{
	struct scene s;

	scene_start(&s, 16);
	prove(&s, BUILD_DLMS_GMAC, "a challenge", "and another");
	scene_apdu(&s, 0, OCTETS(0x62, 0));
	CU_ASSERT_EQUAL(s.n, 0);
	challenge(&s, BUILD_DLMS_GMAC, "a challenge 2", "and another 2");
	scene_apdu(&s, 0, PASS3);
	scene_apdu(&s, 1, PASS4_REFUSED);
	CU_ASSERT_EQUAL(scene_says(&s, "D-13"), 1);
	CU_ASSERT_FALSE(s.events[0].doubtful);
	/* no answer but the end */
	challenge(&s, BUILD_DLMS_GMAC, "a challenge 3", "and another 3");
	scene_apdu(&s, 0, PASS3);
	scene_apdu(&s, 0, OCTETS(0x62, 0));
	CU_ASSERT_EQUAL_FATAL(scene_says(&s, "D-13"), 2);
	CU_ASSERT(s.events[s.n - 1].doubtful);
	scene_stop(&s);
}

/* Its pass 3 is ciphered: what the meter says of the first request tells. */
static void
test_ciphered_pass4(void)
{
	struct scene s;

	scene_start(&s, 16);
	scene_open(&s, 90, 1, 1);
	scene_glo(&s, 0, 2, 1);
	scene_apdu(&s, 1, OCTETS(0xd8, 2, 5));
	CU_ASSERT_EQUAL(scene_says(&s, "D-13"), 0);
	for (uint8_t i = 1; i <= 6; i++) {
		ask(&s, BUILD_DLMS_GMAC, "a challenge", 90);
		answer(&s, BUILD_DLMS_GMAC, "and another", 1, 0, 14);
		scene_glo(&s, 0, 2U + i, 1);
		scene_apdu(&s, 1, OCTETS(0xd8, 2, 5));
		CU_ASSERT_EQUAL(scene_says(&s, "D-13"), i);
		CU_ASSERT_EQUAL(scene_says(&s, "D-12"), i >= 5);
	}
	CU_ASSERT(s.events[s.n - 1].doubtful);
	scene_stop(&s);
}

/* After many failures the meter does not answer any more. */
static void
test_locked(void)
{
	struct scene s;

	scene_start(&s, 16);
	s.sap = 17;
	for (int i = 0; i < 4; i++) /* it is down, or slow */
		ask(&s, BUILD_DLMS_LLS, "wrong", 0);
	CU_ASSERT_EQUAL(scene_says(&s, "D-12"), 0);
	for (int i = 0; i < 5; i++)
		fail(&s);
	CU_ASSERT_EQUAL(scene_says(&s, "D-12"), 1);
	ask(&s, BUILD_DLMS_LLS, "wrong", 0);
	ask(&s, BUILD_DLMS_LLS, "wrong", 0);
	CU_ASSERT_EQUAL(scene_says(&s, "D-12"), 1);
	ask(&s, BUILD_DLMS_LLS, "wrong", 0);
	ask(&s, BUILD_DLMS_LLS, "wrong", 0);
	CU_ASSERT_EQUAL_FATAL(scene_says(&s, "D-12"), 2);
	CU_ASSERT_PTR_EQUAL(s.events[s.n - 1].def, &EV_ACCESS_LOCK_WRONG_CRED);
	scene_stop(&s);
}

static void
test_bypass(void)
{
	struct scene s;

	scene_start(&s, 16);
	challenge(&s, BUILD_DLMS_GMAC, "a challenge", "and another");
	scene_apdu(&s, 0, REGISTER);
	scene_apdu(&s, 1, NO_ACCESS);
	scene_apdu(&s, 0, PASS3);
	scene_apdu(&s, 1, PASS4);
	scene_apdu(&s, 0, REGISTER);
	scene_apdu(&s, 1, VALUE);
	CU_ASSERT_EQUAL(scene_says(&s, "D-14"), 0);
	challenge(&s, BUILD_DLMS_GMAC, "a challenge 2", "and another 2");
	scene_apdu(&s, 0, REGISTER);
	scene_apdu(&s, 1, VALUE);
	CU_ASSERT_EQUAL(scene_says(&s, "D-14"), 1);
	scene_apdu(&s, 0, REGISTER);
	scene_apdu(&s, 1, VALUE);
	CU_ASSERT_EQUAL(scene_says(&s, "D-14"), 1);
	scene_stop(&s);
}

static void
test_challenges(void)
{
	struct scene s;

	scene_start(&s, 16);
	/* the only one that it ever had: a simulator */
	prove(&s, BUILD_DLMS_GMAC, "always this", "always that");
	prove(&s, BUILD_DLMS_GMAC, "always this", "always that");
	CU_ASSERT_EQUAL(scene_says(&s, "D-15"), 0);
	s.client = 8;
	s.meter = 2;
	prove(&s, BUILD_DLMS_GMAC, "a challenge 1", "and another 1");
	ask(&s, BUILD_DLMS_GMAC, "a challenge 2", 0);
	s.flow--; /* it asks again, on the same connection */
	ask(&s, BUILD_DLMS_GMAC, "a challenge 2", 0);
	answer(&s, BUILD_DLMS_GMAC, "and another 2", 0, 0, 14);
	CU_ASSERT_EQUAL(scene_says(&s, "D-15"), 0);
	prove(&s, BUILD_DLMS_GMAC, "a challenge 1", "and another 3");
	CU_ASSERT_EQUAL_FATAL(scene_says(&s, "D-15"), 1);
	CU_ASSERT_STRING_EQUAL(scene_why(&s.events[s.n - 1], "of"), "client");
	prove(&s, BUILD_DLMS_GMAC, "a challenge 4", "and another 1");
	CU_ASSERT_EQUAL_FATAL(scene_says(&s, "D-15"), 2);
	CU_ASSERT_STRING_EQUAL(scene_why(&s.events[s.n - 1], "of"), "server");
	prove(&s, BUILD_DLMS_GMAC, "a challenge 5", "a challenge 5");
	CU_ASSERT_STRING_EQUAL(
	    scene_why(&s.events[s.n - 1], "how"), "reflected");
	prove(&s, BUILD_DLMS_GMAC, "8 octets", "eight is");
	CU_ASSERT_EQUAL(scene_says(&s, "D-15"), 3);
	prove(&s, BUILD_DLMS_GMAC, "a challenge 6", "seven i");
	CU_ASSERT_EQUAL_FATAL(scene_says(&s, "D-15"), 4);
	CU_ASSERT_STRING_EQUAL(scene_why(&s.events[s.n - 1], "how"), "length");
	scene_stop(&s);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "no authentication", test_no_authentication },
		{ "passwords", test_passwords },
		{ "weak mechanisms", test_weak },
		{ "a weaker mechanism", test_downgrade },
		{ "a context in clear", test_context },
		{ "refusals", test_refused },
		{ "guesses", test_guesses },
		{ "pass 4", test_pass4 },
		{ "pass 4, ciphered", test_ciphered_pass4 },
		{ "locked", test_locked },
		{ "services before pass 4", test_bypass },
		{ "challenges", test_challenges },
		CU_TEST_INFO_NULL,
	};

	return driver_run("dlms_associations", tests);
}
