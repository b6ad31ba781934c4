/* SPDX-License-Identifier: Apache-2.0 */
/*
 * D-07, D-08, D-16, D-17, D-20, D-33, D-34, D-52, D-55, D-57 to D-59, D-62,
 * D-64, D-65: who speaks, how it is protected, and what is like it.
 */
#include <config.h>

#define SCENE_LIST                                                             \
	&dlms_identity_detector, &dlms_plan_detector,                          \
	    &dlms_protection_detector, &dlms_push_detector,                    \
	    &dlms_relay_detector, &dlms_session_detector
#include "rules/detector.h"

extern const struct detector dlms_identity_detector, dlms_plan_detector,
    dlms_protection_detector, dlms_push_detector, dlms_relay_detector,
    dlms_session_detector;

#include "sensor/policy_yaml.h"
#include "tests/unit/meters.h"

#define CLIENT 90 /* number of its title */
#define REGISTER OCTETS(0xc0, 1, 0xc1, 0, 3, 1, 0, 1, 8, 0, 255, 2, 0)
#define VALUE OCTETS(0xc4, 1, 0xc1, 0, 6, 0, 0, 0, 1)
#define NO_ACCESS OCTETS(0xc4, 1, 0xc1, 1, 3)
#define PUSH OCTETS(0x0f, 0, 0, 0, 1, 0, 2, 1, 0x11, 7)
#define DISCONNECT                                                             \
	OCTETS(0xc3, 1, 0xc1, 0, 70, 0, 0, 96, 3, 10, 255, 1, 1, 0x0f, 0)
#define GLO_SET(sc, ic)                                                        \
	OCTETS(0xc9, 18, sc, 0, 0, 0, ic, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,   \
	    12, 13)

static struct policy *policy;

/* All meters of 10.0.0.0/24 are in a group of which this is said. */
static void
start_by(struct scene *s, const char *of_group, const char *of_dlms)
{
	struct error error = { "" };
	char text[512];

	snprintf(text, sizeof(text),
	    "version: 1\ndlms:\n  groups:\n  - name: g\n"
	    "    meters: [10.0.0.0/24]\n%s%s",
	    of_group, of_dlms);
	CU_ASSERT_EQUAL_FATAL(policy_parse("test", (const uint8_t *)text,
	                          strlen(text), &policy, &error),
	    0);
	scene_start_by(s, 16, policy);
}

static void
stop(struct scene *s)
{
	scene_stop(s);
	policy_free(policy);
	policy = NULL;
}

/* The last event of this detection. */
static const struct event *
last(const struct scene *s, const char *det)
{
	int i = s->n;

	while (i > 0 && strcmp(s->events[i - 1].det, det) != 0)
		i--;
	CU_ASSERT_FATAL(i > 0);
	return &s->events[i - 1];
}

static void
test_clear_service(void)
{
	struct scene s;

	scene_start(&s, 16);
	scene_open(&s, CLIENT, 1, 1);
	scene_apdu(&s, 1, NO_ACCESS); /* grants nothing */
	scene_apdu(&s, 1, OCTETS(0xc2, 0, 0, 3, 1, 0, 1, 8, 0, 255, 2, 0));
	scene_apdu(&s, 0, OCTETS(0x62, 0));
	CU_ASSERT_EQUAL(scene_says(&s, "D-07"), 0);
	scene_stop(&s);

	scene_start(&s, 16);
	scene_open(&s, CLIENT, 1, 1);
	scene_apdu(&s, 0, REGISTER);
	scene_apdu(&s, 0, REGISTER);
	CU_ASSERT_EQUAL(scene_says(&s, "D-07"), 1);
	scene_apdu(&s, 1, VALUE);
	CU_ASSERT_EQUAL(scene_says(&s, "D-07"), 2);
	scene_glo(&s, 0, 2, 1);
	scene_apdu(&s, 0, REGISTER); /* another run of it */
	CU_ASSERT_EQUAL(scene_says(&s, "D-07"), 3);
	scene_stop(&s);

	start_by(&s, "    protected_only: true\n", "");
	scene_open(&s, CLIENT, 1, 1);
	scene_apdu(&s, 0, REGISTER);
	CU_ASSERT_EQUAL_FATAL(scene_says(&s, "D-07"), 1);
	CU_ASSERT_PTR_EQUAL(
	    last(&s, "D-07")->def, &EV_COMM_PACKET_AUTHENTICATION_FAIL);
	stop(&s);
}

static void
test_too_little(void)
{
	struct scene s;

	scene_start(&s, 16);
	scene_open(&s, CLIENT, 1, 1);
	scene_apdu(&s, 0, GLO_SET(0x30, 2));
	CU_ASSERT_EQUAL(scene_says(&s, "D-08"), 0);
	scene_apdu(&s, 0, GLO_SET(0x20, 3)); /* encrypted only */
	scene_apdu(&s, 0, GLO_SET(0x20, 4));
	CU_ASSERT_EQUAL(scene_says(&s, "D-08"), 1);
	scene_apdu(&s, 0, GLO_SET(0x30, 5));
	scene_apdu(&s, 0, /* authenticated only: it can be read */
	    OCTETS(0xc9, 31, 0x10, 0, 0, 0, 6, 0xc1, 1, 0xc1, 0, 3, 1, 0, 1, 8,
	        0, 255, 2, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12));
	CU_ASSERT_EQUAL(scene_says(&s, "D-08"), 2);
	scene_stop(&s);

	start_by(&s, "    set_protection: encrypted\n", "");
	scene_open(&s, CLIENT, 1, 1);
	scene_apdu(&s, 0, GLO_SET(0x20, 3));
	CU_ASSERT_EQUAL(scene_says(&s, "D-08"), 0);
	stop(&s);
}

/* An AARQ with this user information. */
static void
ask_with(struct scene *s, const uint8_t *user, size_t n)
{
	uint8_t t[BUILD_DLMS_TITLE];
	struct build_dlms_acse a = { .context = 3,
		.mechanism = BUILD_DLMS_GMAC,
		.title = t,
		.secret = "a challenge" };
	struct octets o = { .n = 0 };

	scene_title(t, CLIENT);
	octets_put(&a.user, user, n);
	build_dlms_aarq(&o, &a);
	s->flow++;
	scene_unit(s, 0, &o);
}

static void
test_dedicated_key(void)
{
	struct scene s;

	scene_start(&s, 16);
	ask_with(&s,
	    OCTETS(1, 0, 0, 0, 6, 0x5f, 0x1f, 4, 0, 0, 0x7e, 0x1f, 4, 0xb0));
	ask_with(&s, OCTETS(0x21, 18, 0x30, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8,
	                 9, 10, 11, 12, 13));
	CU_ASSERT_EQUAL(scene_says(&s, "D-33"), 0);
	ask_with(&s, OCTETS(1, 1, 4, 9, 9, 9, 9, 0, 0, 6, 0x5f, 0x1f, 4, 0, 0,
	                 0x7e, 0x1f, 4, 0xb0));
	CU_ASSERT_EQUAL(scene_says(&s, "D-33"), 1);
	scene_stop(&s);
}

static void
test_signature(void)
{
	struct scene s;

	scene_start(&s, 16); /* nobody asks for one */
	scene_aarq(&s, BUILD_DLMS_LLS, 0);
	scene_aare(&s, BUILD_DLMS_LLS, 0, 0, 0);
	scene_apdu(&s, 0, REGISTER);
	CU_ASSERT_EQUAL(s.n, 0);
	scene_stop(&s);

	start_by(&s, "    signed_only: true\n", "");
	scene_aarq(&s, BUILD_DLMS_LLS, 0);
	scene_aare(&s, BUILD_DLMS_LLS, 0, 0, 0);
	CU_ASSERT_EQUAL(scene_says(&s, "D-34"), 0);
	scene_apdu(&s, 0, REGISTER);
	CU_ASSERT_EQUAL(scene_says(&s, "D-34"), 1);
	scene_apdu(&s, 1, VALUE);
	scene_apdu(&s, 0, REGISTER);
	CU_ASSERT_EQUAL(scene_says(&s, "D-34"), 1);
	stop(&s);
}

#define LISTED "    clients: [{sap: 1, address: 10.0.9.9, roles: [VIEWER]}]\n"

static void
test_unknown_client(void)
{
	struct scene s;

	start_by(&s, LISTED, "");
	scene_aarq(&s, BUILD_DLMS_LLS, 0);
	scene_aare(&s, BUILD_DLMS_LLS, 0, 0, 0);
	CU_ASSERT_EQUAL(scene_says(&s, "D-16"), 0);
	s.client = 8;
	s.flow++;
	scene_aarq(&s, BUILD_DLMS_LLS, 0);
	CU_ASSERT_EQUAL_FATAL(scene_says(&s, "D-16"), 1);
	CU_ASSERT_PTR_EQUAL(last(&s, "D-16")->def, &EV_DLMS_UNKNOWN_CLIENT);
	scene_aare(&s, BUILD_DLMS_LLS, 0, 1, 13);
	CU_ASSERT_EQUAL(scene_says(&s, "D-16"), 1);
	s.flow++;
	scene_aarq(&s, BUILD_DLMS_LLS, 0);
	scene_aare(&s, BUILD_DLMS_LLS, 0, 0, 0);
	CU_ASSERT_EQUAL_FATAL(scene_says(&s, "D-16"), 3);
	CU_ASSERT_PTR_EQUAL(last(&s, "D-16")->def, &EV_LOGIN_SUCCESS);
	stop(&s);
}

static void
test_title_elsewhere(void)
{
	struct scene s;

	scene_start(&s, 16);
	for (uint8_t n = 1; n <= 3; n++) { /* a head-end speaks to many */
		s.meter = n;
		s.flow++;
		scene_aarq(&s, BUILD_DLMS_GMAC, CLIENT);
	}
	s.client = 8;
	s.flow++;
	scene_aarq(&s, BUILD_DLMS_GMAC, CLIENT + 1);
	CU_ASSERT_EQUAL(scene_says(&s, "D-17"), 0);
	s.flow++;
	scene_aarq(&s, BUILD_DLMS_GMAC, CLIENT);
	CU_ASSERT_EQUAL_FATAL(scene_says(&s, "D-17"), 1);
	CU_ASSERT(last(&s, "D-17")->doubtful);
	s.flow++; /* it is known there now */
	scene_aarq(&s, BUILD_DLMS_GMAC, CLIENT);
	CU_ASSERT_EQUAL(scene_says(&s, "D-17"), 1);
	scene_stop(&s);
}

/* general-glo with a title of n octets. */
static void
general(struct scene *s, const void *who, uint8_t n)
{
	struct octets o = { .n = 0 };

	octets_u8(&o, 0xdb);
	octets_u8(&o, n);
	octets_put(&o, who, n);
	octets_put(&o,
	    "\x12\x30\0\0\0\1\1"
	    "0123456789ab",
	    19);
	scene_unit(s, 0, &o);
}

static void
test_titles(void)
{
	struct scene s;

	scene_start(&s, 16);
	general(&s, "", 0); /* it may be left out */
	general(&s, "LGZgri\xc3\x9c", 8);
	general(&s, "abc\0\0\0\0\1", 8);
	CU_ASSERT_EQUAL(scene_says(&s, "D-20"), 0);
	general(&s, "LG1\0\0\0\0\1", 8);
	general(&s, "LG1\0\0\0\0\1", 8);
	CU_ASSERT_EQUAL(scene_says(&s, "D-20"), 1);
	general(&s, "LGZ\0\0\0\1", 7);
	CU_ASSERT_EQUAL(scene_says(&s, "D-20"), 2);
	scene_stop(&s);
}

static void
probe(struct scene *s, uint8_t sap)
{
	s->sap = sap;
	s->flow++;
	scene_aarq(s, BUILD_DLMS_LLS, 0);
}

static void
test_scan(void)
{
	struct scene s;

	scene_start(&s, 16);
	for (uint8_t sap = 1; sap <= 8; sap++) {
		probe(&s, sap);
		s.at += 20; /* never five in a minute */
	}
	CU_ASSERT_EQUAL(scene_says(&s, "D-52"), 0);
	s.at += 100;
	for (uint8_t sap = 1; sap <= 8; sap++) {
		probe(&s, sap);
		CU_ASSERT_EQUAL(scene_says(&s, "D-52"), sap >= 5);
	}
	scene_stop(&s);
}

static void
test_second_client(void)
{
	struct scene s;

	scene_start(&s, 16);
	scene_open(&s, CLIENT, 1, 1);
	s.at += 150; /* nothing was heard of it for long */
	s.client = 8;
	s.flow++;
	scene_aarq(&s, BUILD_DLMS_GMAC, CLIENT);
	CU_ASSERT_EQUAL(scene_says(&s, "D-55"), 0);
	scene_aare(&s, BUILD_DLMS_GMAC, 1, 0, 14);
	scene_glo(&s, 0, 7, 1);
	scene_glo(&s, 1, 7, 1);
	s.flow++; /* the same address again: it only reconnects */
	scene_aarq(&s, BUILD_DLMS_GMAC, CLIENT);
	CU_ASSERT_EQUAL(scene_says(&s, "D-55"), 0);
	scene_aare(&s, BUILD_DLMS_GMAC, 1, 0, 14);
	scene_glo(&s, 0, 8, 1);
	scene_glo(&s, 1, 8, 1);
	s.client = 7;
	s.flow++;
	s.at += 5;
	scene_aarq(&s, BUILD_DLMS_GMAC, CLIENT);
	CU_ASSERT_EQUAL(scene_says(&s, "D-55"), 1);
	scene_stop(&s);
}

static void
test_unassociated(void)
{
	struct scene s;

	scene_start(&s, 16);
	s.sap = 102; /* needs none */
	scene_apdu(&s, 0, REGISTER);
	s.sap = 1;
	s.flow++;
	scene_apdu(&s, 1, PUSH);
	s.flow++;
	s.talk.pdu.state = KNOW_MIDSTREAM;
	scene_apdu(&s, 0, REGISTER);
	s.talk.pdu.state = KNOW_COMPLETE;
	CU_ASSERT_EQUAL(scene_says(&s, "D-57"), 0);
	s.flow++;
	scene_apdu(&s, 0, REGISTER);
	scene_apdu(&s, 0, REGISTER);
	CU_ASSERT_EQUAL(scene_says(&s, "D-57"), 1);
	scene_stop(&s);
}

/* The manager's SAP is his only in an association. */
static void
test_claimed(void)
{
	struct scene s;

	scene_start(&s, 16);
	scene_aarq(&s, BUILD_DLMS_LLS, 0);
	scene_aare(&s, BUILD_DLMS_LLS, 0, 0, 0);
	scene_apdu(&s, 0, DISCONNECT);
	CU_ASSERT_PTR_EQUAL(last(&s, "D-40")->def, &EV_DLMS_RELAY_CONTROL);
	s.flow++;
	s.talk.pdu.state = KNOW_MIDSTREAM; /* nobody knows */
	scene_apdu(&s, 0, DISCONNECT);
	CU_ASSERT_PTR_EQUAL(last(&s, "D-40")->def, &EV_DLMS_RELAY_CONTROL);
	s.talk.pdu.state = KNOW_COMPLETE;
	s.carrier = OVER_UDP;
	scene_apdu(&s, 0, DISCONNECT);
	CU_ASSERT_PTR_EQUAL(last(&s, "D-40")->def, &EV_DLMS_RELAY_CONTROL);
	s.carrier = OVER_TCP;
	s.flow++;
	scene_apdu(&s, 0, DISCONNECT);
	CU_ASSERT_PTR_EQUAL(
	    last(&s, "D-40")->def, &EV_DLMS_UNAUTHORIZED_DISCONNECT);
	s.flow++; /* asked for, and refused */
	scene_aarq(&s, BUILD_DLMS_LLS, 0);
	scene_aare(&s, BUILD_DLMS_LLS, 0, 1, 13);
	s.n = 0;
	scene_apdu(&s, 0, DISCONNECT);
	CU_ASSERT_PTR_EQUAL(
	    last(&s, "D-40")->def, &EV_DLMS_UNAUTHORIZED_DISCONNECT);
	scene_stop(&s);
}

static void
test_pushes(void)
{
	struct scene s;

	start_by(
	    &s, "    push_protected: true\n", "  push_targets: [10.0.9.9]\n");
	scene_general(&s, 1, 0xdb, 0x30, 1, 1, 1);
	CU_ASSERT_EQUAL(s.n, 0);
	s.flow++;
	scene_apdu(&s, 1, PUSH);
	scene_apdu(&s, 1, PUSH);
	CU_ASSERT_EQUAL(scene_says(&s, "D-58"), 1);
	CU_ASSERT_EQUAL(scene_says(&s, "D-59"), 0);
	s.flow++;
	s.client = 8;
	scene_apdu(&s, 1, PUSH);
	CU_ASSERT_EQUAL(scene_says(&s, "D-59"), 1);
	stop(&s);

	scene_start(&s, 16);
	scene_apdu(&s, 1, PUSH);
	CU_ASSERT_EQUAL(s.n, 0);
	scene_stop(&s);
}

static void
test_plan(void)
{
	static const char dlms[] =
	    "  address_plan: [10.0.0.0/24, 10.0.9.9]\n"
	    "  gateways: [{network: 7, address: \"09\"}]\n";
	struct scene s;

	start_by(&s, "    tls: true\n", dlms);
	s.carrier = OVER_UDP;
	scene_apdu(&s, 1, PUSH);
	CU_ASSERT_EQUAL(s.n, 0);
	s.carrier = OVER_TCP;
	s.flow++;
	scene_apdu(&s, 1, PUSH);
	scene_apdu(&s, 1, PUSH);
	CU_ASSERT_EQUAL(scene_says(&s, "D-64"), 1);
	CU_ASSERT_EQUAL(scene_says(&s, "D-65"), 0);
	s.flow++;
	s.client = 8;
	scene_apdu(&s, 1, PUSH);
	CU_ASSERT_EQUAL_FATAL(scene_says(&s, "D-65"), 1);
	CU_ASSERT_STRING_EQUAL(
	    scene_why(last(&s, "D-65"), "foreign"), "10.0.9.8");
	scene_apdu(&s, 0,
	    OCTETS(
	        0xe6, 7, 1, 9, 0xc0, 1, 0xc1, 0, 3, 1, 0, 1, 8, 0, 255, 2, 0));
	CU_ASSERT_EQUAL(scene_says(&s, "D-62"), 0);
	scene_apdu(&s, 0,
	    OCTETS(
	        0xe6, 8, 1, 9, 0xc0, 1, 0xc1, 0, 3, 1, 0, 1, 8, 0, 255, 2, 0));
	CU_ASSERT_EQUAL(scene_says(&s, "D-62"), 1);
	stop(&s);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "clear services", test_clear_service },
		{ "too little protection", test_too_little },
		{ "dedicated keys", test_dedicated_key },
		{ "signatures", test_signature },
		{ "clients that are not listed", test_unknown_client },
		{ "a title from elsewhere", test_title_elsewhere },
		{ "titles", test_titles },
		{ "a scan", test_scan },
		{ "a second client", test_second_client },
		{ "no association", test_unassociated },
		{ "a claim", test_claimed },
		{ "pushes", test_pushes },
		{ "the plan", test_plan },
		CU_TEST_INFO_NULL,
	};

	return driver_run("dlms_services", tests);
}
