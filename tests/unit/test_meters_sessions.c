/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions, and which answer belongs to which request. */
#include <config.h>

#include "tests/unit/meters.h"

#define CLOCK 0, 8, 0, 0, 1, 0, 0, 255
#define RELAY 0, 70, 0, 0, 96, 3, 10, 255

static void
test_open_and_release(void)
{
	struct scene s;

	scene_start(&s, 16);
	s.sap = 17;
	scene_aarq(&s, BUILD_DLMS_LLS, 0);
	CU_ASSERT_EQUAL(s.view->session->state, SESSION_REQUESTED);
	CU_ASSERT_FALSE(s.view->opened);
	scene_aare(&s, BUILD_DLMS_LLS, 0, 0, 0);
	CU_ASSERT_EQUAL(s.view->session->state, SESSION_OPEN);
	CU_ASSERT(s.view->opened);
	CU_ASSERT_EQUAL(s.view->assoc->accepted, 1);
	CU_ASSERT_EQUAL(s.view->assoc->mechanism, BUILD_DLMS_LLS);
	scene_apdu(&s, 0, OCTETS(0x62, 0));
	CU_ASSERT_EQUAL(s.view->session->state, SESSION_OPEN);
	scene_apdu(&s, 1, OCTETS(0x63, 0));
	CU_ASSERT_EQUAL(s.view->session->state, SESSION_RELEASED);
	scene_aarq(&s, BUILD_DLMS_LLS, 0);
	scene_aare(&s, BUILD_DLMS_LLS, 0, 1, 13);
	CU_ASSERT_EQUAL(s.view->session->state, SESSION_REFUSED);
	CU_ASSERT_EQUAL(s.view->assoc->rejected, 1);
	CU_ASSERT_FALSE(s.view->opened);
	scene_stop(&s);
}

/* calling-AE-invocation-identifier: who of the meter's list of users asks. */
static void
test_user(void)
{
	struct event ev = { .role = "" };
	struct scene s;

	scene_start(&s, 16);
	scene_apdu(&s, 0,
	    OCTETS(0x60, 0x22, 0xa1, 9, 6, 7, 0x60, 0x85, 0x74, 5, 8, 1, 1,
	        0xa9, 3, 2, 1, 0x2a, 0xbe, 0x10, 4, 0x0e, 1, 0, 0, 0, 6, 0x5f,
	        0x1f, 4, 0, 0, 0x7e, 0x1f, 4, 0xb0));
	scene_aare(&s, 0, 0, 0, 0);
	meters_role_of(&ev, s.view);
	CU_ASSERT_EQUAL(ev.user.n, 2);
	CU_ASSERT_EQUAL(memcmp(ev.user.p, "42", 2), 0);
	/* the next association names none */
	scene_aarq(&s, 0, 0);
	memset(&ev, 0, sizeof(ev));
	meters_role_of(&ev, s.view);
	CU_ASSERT_EQUAL(ev.user.n, 0);
	scene_stop(&s);
}

/* Result 0 with diagnostic 14 waits for passes 3 and 4, also ciphered. */
static void
test_hls(void)
{
	struct scene s;

	scene_start(&s, 16);
	scene_aarq(&s, BUILD_DLMS_GMAC, 90);
	scene_aare(&s, BUILD_DLMS_GMAC, 1, 0, 14);
	CU_ASSERT_EQUAL(s.view->session->state, SESSION_PENDING);
	CU_ASSERT_EQUAL(s.view->assoc->accepted, 1);
	scene_glo(&s, 0, 5, 1);
	CU_ASSERT_EQUAL(s.view->session->passes, 3);
	CU_ASSERT_FALSE(s.view->opened);
	scene_glo(&s, 1, 5, 1);
	CU_ASSERT(s.view->opened);
	CU_ASSERT_EQUAL(s.view->session->state, SESSION_OPEN);
	CU_ASSERT_EQUAL(s.view->session->passes, 4);
	CU_ASSERT_EQUAL(s.view->assoc->best_mechanism, BUILD_DLMS_GMAC);
	scene_glo(&s, 0, 6, 1);
	CU_ASSERT_FALSE(s.view->opened);

	/* in clear, and the proof is not taken */
	s.flow++;
	s.sap = 18;
	scene_aarq(&s, 2, 0);
	scene_aare(&s, 2, 0, 0, 14);
	scene_apdu(&s, 0,
	    OCTETS(0xc3, 1, 0xc1, 0, 15, 0, 0, 40, 0, 0, 255, 1, 1, 9, 1, 7));
	CU_ASSERT_EQUAL(s.view->session->passes, 3);
	scene_apdu(&s, 1, OCTETS(0xc7, 1, 0xc1, 3, 0));
	CU_ASSERT_EQUAL(s.view->session->state, SESSION_REFUSED);
	scene_stop(&s);
}

static void
test_transport(void)
{
	struct scene s;
	const struct session *session;

	scene_start(&s, 16);
	scene_note(&s, 0, TRANSPORT_OPENED);
	CU_ASSERT_PTR_NULL(s.view);
	scene_open(&s, 90, 1, 10);
	session = s.view->session;
	CU_ASSERT_NOT_EQUAL(session->flags & SESSION_DIALLED_BY_CLIENT, 0);
	CU_ASSERT_NOT_EQUAL(session->flags & SESSION_COMPLETE, 0);
	scene_note(&s, 1, TRANSPORT_GAP);
	CU_ASSERT_EQUAL(session->state, SESSION_LOST);
	CU_ASSERT_EQUAL(session->flags & SESSION_COMPLETE, 0);
	scene_note(&s, 0, TRANSPORT_CLOSED);
	CU_ASSERT_EQUAL(session->state, SESSION_RELEASED);
	/* the end of another connection is none of its business */
	s.flow++;
	scene_open(&s, 90, 1, 20);
	session = s.view->session;
	s.flow++;
	scene_note(&s, 0, TRANSPORT_CLOSED);
	CU_ASSERT_EQUAL(session->state, SESSION_OPEN);
	scene_stop(&s);
}

/* Two associations on one connection; what ends one leaves the other. */
static void
test_two(void)
{
	struct scene s;
	const struct session *first;

	scene_start(&s, 16);
	s.sap = 17;
	scene_aarq(&s, BUILD_DLMS_LLS, 0);
	scene_aare(&s, BUILD_DLMS_LLS, 0, 0, 0);
	first = s.view->session;
	s.sap = 16;
	scene_aarq(&s, 0, 0);
	scene_aare(&s, 0, 0, 0, 0);
	CU_ASSERT_PTR_NOT_EQUAL(s.view->session, first);
	scene_apdu(&s, 1, OCTETS(0x63, 0));
	CU_ASSERT_EQUAL(first->state, SESSION_OPEN);
	scene_note(&s, 0, TRANSPORT_CLOSED);
	CU_ASSERT_EQUAL(first->state, SESSION_RELEASED);
	scene_stop(&s);
}

static void
test_midstream(void)
{
	struct scene s;

	scene_start(&s, 16);
	s.talk.pdu.state = KNOW_MIDSTREAM;
	scene_apdu(&s, 0, OCTETS(0xc0, 1, 0xc1, CLOCK, 2, 0));
	CU_ASSERT_EQUAL(s.view->session->state, SESSION_UNKNOWN);
	CU_ASSERT_EQUAL(s.view->session->flags & SESSION_COMPLETE, 0);
	CU_ASSERT_PTR_NOT_NULL(s.view->meter);
	scene_stop(&s);
}

/* D-55: the same association, open from another address. */
static void
test_elsewhere(void)
{
	struct scene s;

	scene_start(&s, 16);
	scene_open(&s, 90, 1, 10);
	s.flow++;
	s.client = 66;
	scene_aarq(&s, BUILD_DLMS_GMAC, 90);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s.view->other);
	CU_ASSERT_EQUAL(s.view->other->client_ip[15], 9);
	scene_stop(&s);

	/* near miss: the first has ended */
	scene_start(&s, 16);
	scene_open(&s, 90, 1, 10);
	scene_note(&s, 0, TRANSPORT_CLOSED);
	s.flow++;
	s.client = 66;
	scene_aarq(&s, BUILD_DLMS_GMAC, 90);
	CU_ASSERT_PTR_NULL(s.view->other);
	scene_stop(&s);
}

/* Two requests are out; the answers come the other way round. */
static void
test_two_requests(void)
{
	struct scene s;

	scene_start(&s, 16);
	scene_apdu(&s, 0, OCTETS(0xc0, 1, 0xc1, CLOCK, 2, 0));
	CU_ASSERT_EQUAL(s.view->request->class_id, 8);
	scene_apdu(&s, 0, OCTETS(0xc3, 1, 0xc2, RELAY, 1, 0));
	CU_ASSERT_EQUAL(s.view->request->class_id, 70);
	CU_ASSERT_EQUAL(s.view->request->service, DLMS_ACTION);
	CU_ASSERT_NOT_EQUAL(s.view->request->rights & RIGHT_CONTROL, 0);
	scene_apdu(&s, 1, OCTETS(0xc7, 1, 0xc2, 0, 0));
	CU_ASSERT_PTR_NOT_NULL_FATAL(s.view->request);
	CU_ASSERT_EQUAL(s.view->request->class_id, 70);
	scene_apdu(&s, 1, OCTETS(0xc4, 1, 0xc1, 0, 0));
	CU_ASSERT_PTR_NOT_NULL_FATAL(s.view->request);
	CU_ASSERT_EQUAL(s.view->request->class_id, 8);
	scene_apdu(&s, 1, OCTETS(0xc4, 1, 0xc1, 0, 0));
	CU_ASSERT_PTR_NULL(s.view->request);
	scene_stop(&s);
}

/* Blocks, and the wish for them, belong to their first request. */
static void
test_blocks(void)
{
	struct scene s;

	scene_start(&s, 16);
	scene_apdu(&s, 0, OCTETS(0xc0, 1, 0xc1, CLOCK, 2, 0));
	scene_apdu(&s, 1, OCTETS(0xc4, 2, 0xc1, 0, 0, 0, 0, 1, 0, 2, 9, 4));
	CU_ASSERT_PTR_NOT_NULL_FATAL(s.view->request);
	scene_apdu(&s, 0, OCTETS(0xc0, 2, 0xc1, 0, 0, 0, 1));
	CU_ASSERT_PTR_NOT_NULL_FATAL(s.view->request);
	CU_ASSERT_EQUAL(s.view->request->class_id, 8);
	scene_apdu(
	    &s, 1, OCTETS(0xc4, 2, 0xc1, 1, 0, 0, 0, 2, 0, 4, 1, 2, 3, 4));
	CU_ASSERT_PTR_NOT_NULL_FATAL(s.view->request);
	CU_ASSERT_EQUAL(s.view->request->class_id, 8);
	CU_ASSERT_FALSE(s.view->session->request[0].there);
	CU_ASSERT_EQUAL(s.view->session->requests_seen, 1);
	scene_stop(&s);
}

/* An exception has no invoke id: it answers what is open. */
static void
test_exception(void)
{
	struct scene s;

	scene_start(&s, 16);
	scene_apdu(&s, 0, OCTETS(0xc3, 1, 0xc2, RELAY, 1, 0));
	scene_apdu(&s, 1, OCTETS(0xd8, 1, 2));
	CU_ASSERT_PTR_NOT_NULL_FATAL(s.view->request);
	CU_ASSERT_EQUAL(s.view->request->class_id, 70);
	scene_apdu(&s, 1, OCTETS(0xd8, 1, 2));
	CU_ASSERT_PTR_NULL(s.view->request);
	/* ciphered: nobody knows what it was */
	scene_glo(&s, 0, 5, 1);
	CU_ASSERT(s.view->request->protected);
	scene_apdu(&s, 1, OCTETS(0xd8, 1, 2));
	CU_ASSERT_PTR_NOT_NULL_FATAL(s.view->request);
	CU_ASSERT(s.view->request->protected);
	scene_stop(&s);
}

/* SAP 16 is the public client, SAP 1 the management; others have no role. */
static void
test_roles(void)
{
	struct scene s;

	scene_start(&s, 16);
	s.sap = 16;
	scene_aarq(&s, 0, 0);
	CU_ASSERT_STRING_EQUAL(
	    s.view->session->client.roles[0]->name, "VIEWER");
	s.sap = 1;
	scene_aarq(&s, 0, 0);
	CU_ASSERT_EQUAL(s.view->session->client.rights, RIGHT_ALL);
	s.sap = 33;
	scene_aarq(&s, 0, 0);
	CU_ASSERT_EQUAL(s.view->session->client.nroles, 0);
	scene_stop(&s);
}

/* A new key and a new firmware are remembered with the meter. */
static void
test_explains(void)
{
	struct scene s;

	scene_start(&s, 16);
	scene_apdu(&s, 0,
	    OCTETS(0xc3, 1, 0xc1, 0, 64, 0, 0, 43, 0, 0, 255, 2, 1, 1, 0));
	CU_ASSERT_EQUAL(s.view->meter->key_s, 0);
	scene_apdu(&s, 1, OCTETS(0xc7, 1, 0xc1, 3, 0)); /* refused */
	CU_ASSERT_EQUAL(s.view->meter->key_s, 0);
	scene_apdu(&s, 0,
	    OCTETS(0xc3, 1, 0xc1, 0, 64, 0, 0, 43, 0, 0, 255, 2, 1, 1, 0));
	scene_apdu(&s, 1, OCTETS(0xc7, 1, 0xc1, 0, 0));
	CU_ASSERT_EQUAL(s.view->meter->key_s, 1000000);
	scene_apdu(&s, 0,
	    OCTETS(0xc3, 1, 0xc1, 0, 18, 0, 0, 44, 0, 0, 255, 4, 1, 15, 0));
	scene_apdu(&s, 1, OCTETS(0xc7, 1, 0xc1, 0, 0));
	CU_ASSERT_EQUAL(s.view->meter->firmware_s, 1000000);
	scene_stop(&s);
}

/*
 * More sessions at once than there is room for: one that comes back is not
 * taken for one that never had an association.
 */
static void
test_forgotten(void)
{
	struct scene s;
	uint64_t first;

	scene_start(&s, 256);
	first = s.flow;
	for (s.meter = 1; s.meter <= 200; s.meter++, s.flow++) {
		scene_aarq(&s, 0, 0);
		scene_aare(&s, 0, 0, 0, 0);
	}
	CU_ASSERT_EQUAL(scene_says(&s, "H-8"), 1);
	s.meter = 1;
	s.flow = first;
	scene_apdu(&s, 0, OCTETS(0xc0, 1, 0xc1, CLOCK, 2, 0));
	CU_ASSERT_EQUAL(s.view->session->state, SESSION_LOST);
	/* whether one begins or goes on cannot be told, for a while */
	s.meter = 250;
	s.flow = 9999;
	scene_apdu(&s, 0, OCTETS(0xc0, 1, 0xc1, CLOCK, 2, 0));
	CU_ASSERT_EQUAL(s.view->session->state, SESSION_LOST);
	s.at += 3 * 3600;
	s.flow++;
	scene_apdu(&s, 0, OCTETS(0xc0, 1, 0xc1, CLOCK, 2, 0));
	CU_ASSERT_EQUAL(s.view->session->state, SESSION_UNKNOWN);
	scene_stop(&s);
}

/* Who goes when it is over is not missed. */
static void
test_over_and_gone(void)
{
	struct scene s;

	scene_start(&s, 256);
	for (s.meter = 1; s.meter <= 80; s.meter++, s.flow++) {
		scene_aarq(&s, 0, 0);
		scene_aare(&s, 0, 0, 0, 0);
		scene_note(&s, 0, TRANSPORT_CLOSED);
	}
	scene_apdu(&s, 0, OCTETS(0xc0, 1, 0xc1, CLOCK, 2, 0));
	CU_ASSERT_EQUAL(s.view->session->state, SESSION_UNKNOWN);
	CU_ASSERT_EQUAL(scene_says(&s, "H-8"), 0);
	scene_stop(&s);
}

/* Sessions in the list of the connection, which must lead both ways. */
static uint32_t
listed(const struct scene *s)
{
	const struct link *l = table_peek(&s->m->links, &s->flow);
	uint32_t n = 0, before = NONE, i = l != NULL ? l->sessions : NONE;

	for (; i != NONE && n < 1000; n++) {
		CU_ASSERT_EQUAL(s->m->session_entries[i].prev, before);
		CU_ASSERT_EQUAL(s->m->session_entries[i].s.key.flow, s->flow);
		before = i;
		i = s->m->session_entries[i].next;
	}
	return n;
}

static uint32_t
in_state(const struct scene *s, enum session_state state)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < s->m->sessions.used; i++)
		n += s->m->session_entries[i].s.state == state;
	return n;
}

static void
asks_as(struct scene *s, uint8_t from, uint8_t to)
{
	for (uint8_t sap = from; sap < to; sap++) {
		s->sap = sap;
		scene_aarq(s, BUILD_DLMS_NONE, 0);
	}
}

/*
 * A thousand loggings-in on one connection: what makes room leaves in one step,
 * and a gap costs no more than what was said since the one before.
 */
static void
test_many_on_one(void)
{
	struct session *behind;
	struct scene s;

	scene_start(&s, 64);
	asks_as(&s, 1, 65);
	CU_ASSERT_EQUAL(listed(&s), 64);
	asks_as(&s, 65, 250);
	asks_as(&s, 10, 40);
	CU_ASSERT_EQUAL(listed(&s), 64);
	scene_note(&s, 0, TRANSPORT_GAP);
	CU_ASSERT_EQUAL(in_state(&s, SESSION_LOST), 64);
	s.sap = 20;
	scene_aarq(&s, BUILD_DLMS_NONE, 0);
	CU_ASSERT_EQUAL(in_state(&s, SESSION_LOST), 63);
	CU_ASSERT_EQUAL(listed(&s), 64);
	/* one behind it, that would be lost if it were looked at */
	behind = &s.m->session_entries[((struct held *)(void *)s.view->session)
	                                   ->next]
	              .s;
	behind->state = SESSION_OPEN;
	scene_note(&s, 0, TRANSPORT_GAP);
	CU_ASSERT_EQUAL(
	    s.m->session_entries[sessions_place(s.m, behind)].s.state,
	    SESSION_OPEN);
	CU_ASSERT_EQUAL(in_state(&s, SESSION_LOST), 63);
	/* the end of the connection is everybody's */
	scene_note(&s, 0, TRANSPORT_CLOSED);
	CU_ASSERT_EQUAL(in_state(&s, SESSION_RELEASED), 64);
	/* another connection takes their places, one by one */
	s.flow++;
	asks_as(&s, 1, 30);
	CU_ASSERT_EQUAL(listed(&s), 29);
	s.flow--;
	CU_ASSERT_EQUAL(listed(&s), 64 - 29);
	scene_stop(&s);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "open and release", test_open_and_release },
		{ "a user", test_user },
		{ "HLS", test_hls },
		{ "what the transport tells", test_transport },
		{ "two on one connection", test_two },
		{ "picked up in the middle", test_midstream },
		{ "open elsewhere", test_elsewhere },
		{ "two requests", test_two_requests },
		{ "blocks", test_blocks },
		{ "an exception", test_exception },
		{ "roles", test_roles },
		{ "what explains a reset", test_explains },
		{ "forgotten sessions", test_forgotten },
		{ "sessions that are over make room", test_over_and_gone },
		{ "many on one connection", test_many_on_one },
		CU_TEST_INFO_NULL,
	};

	return driver_run("meters: sessions", tests);
}
