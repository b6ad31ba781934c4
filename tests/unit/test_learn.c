/* SPDX-License-Identifier: Apache-2.0 */
/* What is learnt, and what is held against it. */
#include <config.h>

#include "dissectors/goose/goose.h"
#include "dissectors/transport.h"
#include "sensor/learn_write.h"
#include "tests/driver.h"

#define NOON 1000000 /* s */

static struct conf conf;
static struct learn *l;
static struct pdu pdu;
static struct event ev;

static void
set_ip(uint8_t ip[16], uint8_t last)
{
	memset(ip, 0, 16);
	ip[10] = ip[11] = 0xff;
	ip[12] = 10;
	ip[15] = last;
}

/* A master, 10.0.0.1, speaks to a station, 10.0.0.2. */
static int
setup(void)
{
	if (conf_init(&conf) != 0)
		return -1;
	l = learn_new(&conf);
	memset(&pdu, 0, sizeof(pdu));
	pdu.at.tv_sec = NOON;
	pdu.frame = 5;
	pdu.capture = "a.pcap";
	set_ip(pdu.src.ip, 1);
	set_ip(pdu.dst.ip, 2);
	return l != NULL ? 0 : -1;
}

static int
teardown(void)
{
	learn_free(l);
	conf_free(&conf);
	return 0;
}

static void
again(void)
{
	teardown();
	CU_ASSERT_EQUAL_FATAL(setup(), 0);
}

static struct op
op_of(const char *protocol, enum op_kind kind, const void *msg)
{
	return (struct op){
		.kind = kind, .pdu = &pdu, .protocol = protocol, .msg = msg
	};
}

/* Anything between the two, at a second. */
static const struct learn_fact *
see(int64_t s)
{
	struct op op = op_of("iec104", OP_CONTROL, NULL);
	struct learn_key key;

	memset(&key, 0, sizeof(key));
	key.kind = LEARN_FUNCTION;
	memcpy(key.a, pdu.dst.ip, 16);
	memcpy(key.b, pdu.src.ip, 16);
	pdu.at.tv_sec = s;
	return learn_see(l, &op, &key);
}

static void
raise(const char *det, const struct event_def *def, int64_t s, bool ticking)
{
	struct op op = op_of("iec104", OP_CONTROL, NULL);

	pdu.at.tv_sec = s;
	ev = event_about(&op, def, det);
	ev.subject = event_address(&pdu.dst);
	learn_observer(l)->on_event(learn_observer(l), &ev, ticking);
}

static void
end_op(void)
{
	struct transport msg = { .note = TRANSPORT_CLOSED };
	struct op op = op_of(TRANSPORT_PROTOCOL, OP_LINK, &msg);

	learn_observer(l)->on_op(learn_observer(l), &op, NULL);
}

static void
test_what_raised_an_alarm(void)
{
	const struct learn_fact *f;

	again();
	raise("T-05", &EV_TELECONTROL_NEW_POINT, NOON + 200, false);
	f = see(NOON + 200);
	CU_ASSERT_EQUAL(f->clean_us, 0);
	CU_ASSERT_FALSE(learn_is_clean(l, f));
	end_op();
	/* the same again, and nothing was raised, but there was an alarm */
	f = see(NOON + 201);
	CU_ASSERT_EQUAL(f->n, 2);
	CU_ASSERT_EQUAL(f->clean_us, UINT64_C(1000000) * (NOON + 201) + 1);
	CU_ASSERT_FALSE(learn_is_clean(l, f));
	CU_ASSERT_EQUAL(f->frame, 5);
}

/* What came a minute and more before an alarm was no part of it. */
static void
test_the_minute_before(void)
{
	const struct learn_fact *f;

	again();
	f = see(NOON);
	CU_ASSERT_TRUE(learn_is_clean(l, f));
	raise("T-11", &EV_TELECONTROL_HIT_AND_RUN, NOON + 60, true);
	CU_ASSERT_FALSE(learn_is_clean(l, f));
	again();
	f = see(NOON);
	raise("T-11", &EV_TELECONTROL_HIT_AND_RUN, NOON + 61, true);
	CU_ASSERT_TRUE(learn_is_clean(l, f));
	/* nor is it about the op that comes after a tick */
	CU_ASSERT_FALSE(l->raised);
	/* the first alarm counts, and which end sent the packet does not */
	pdu.src = pdu.dst;
	set_ip(pdu.dst.ip, 1);
	raise("T-11", &EV_TELECONTROL_HIT_AND_RUN, NOON + 900, true);
	CU_ASSERT_TRUE(learn_is_clean(l, f));
	raise("T-11", &EV_TELECONTROL_HIT_AND_RUN, NOON + 30, true);
	CU_ASSERT_FALSE(learn_is_clean(l, f));
	/* another pair has nothing to do with it */
	again();
	f = see(NOON);
	set_ip(pdu.src.ip, 3);
	raise("T-11", &EV_TELECONTROL_HIT_AND_RUN, NOON + 1, true);
	CU_ASSERT_TRUE(learn_is_clean(l, f));
}

/* A capture may begin at the begin of time. */
static void
test_the_first_second(void)
{
	const struct learn_fact *f;

	again();
	f = see(0);
	CU_ASSERT_TRUE(learn_is_clean(l, f));
	raise("T-11", &EV_TELECONTROL_HIT_AND_RUN, 0, true);
	CU_ASSERT_FALSE(learn_is_clean(l, f));
}

/* Mild events, the sensor's health and what a person switched off. */
static void
test_what_speaks_against_nobody(void)
{
	struct error error;
	const struct learn_fact *f;

	again();
	raise("T-17", &EV_TELECONTROL_TEST_BIT, NOON, false);
	raise("T-14", &EV_TELECONTROL_GI_STORM, NOON, false);
	raise("H-3", &EV_SENSOR_BLIND, NOON, false);
	CU_ASSERT_EQUAL(
	    conf_set(&conf, "detections.T-05.severity=notice", &error), 0);
	raise("T-05", &EV_TELECONTROL_NEW_POINT, NOON, false);
	CU_ASSERT_EQUAL(
	    conf_set(&conf, "detections.T-12.enabled=false", &error), 0);
	raise("T-12", &EV_TELECONTROL_RESET, NOON, false);
	f = see(NOON);
	CU_ASSERT_TRUE(learn_is_clean(l, f));
	CU_ASSERT_EQUAL(l->doubts.used, 0);
	CU_ASSERT_EQUAL(
	    conf_set(&conf, "detections.T-17.severity=error", &error), 0);
	raise("T-17", &EV_TELECONTROL_TEST_BIT, NOON, false);
	CU_ASSERT_TRUE(l->raised);
	CU_ASSERT_EQUAL(l->doubts.used, 1);
}

/* Who is named is the end that is not the subject. */
static void
test_who_is_named(void)
{
	const struct learn_doubt *d;

	again();
	raise("T-05", &EV_TELECONTROL_NEW_POINT, NOON, false);
	raise("T-05", &EV_TELECONTROL_NEW_POINT, NOON + 3, false);
	CU_ASSERT_EQUAL_FATAL(l->doubts.used, 1);
	d = learn_table_at(&l->doubts, 0);
	CU_ASSERT_STRING_EQUAL(d->key.what, "T-05 TELECONTROL_NEW_POINT");
	CU_ASSERT_EQUAL(d->key.b[15], 1);
	CU_ASSERT_STRING_EQUAL((const char *)d->key.subject, "10.0.0.2");
	CU_ASSERT_EQUAL(d->n, 2);
	again();
	pdu.src = pdu.dst; /* the answer of the station */
	set_ip(pdu.dst.ip, 1);
	raise("T-05", &EV_TELECONTROL_NEW_POINT, NOON, false);
	ev.subject = event_address(&pdu.src);
	learn_observer(l)->on_event(learn_observer(l), &ev, false);
	CU_ASSERT_EQUAL_FATAL(l->doubts.used, 2);
	d = learn_table_at(&l->doubts, 1);
	CU_ASSERT_EQUAL(d->key.b[15], 1);
	CU_ASSERT_STRING_EQUAL((const char *)d->key.subject, "10.0.0.2");
}

static const struct learn_publisher *
publish(uint8_t mac, uint8_t vlan, uint32_t confrev)
{
	static const uint8_t name[] = "IED1/LLN0$GO$gcb1";
	static const uint8_t data[] = { 0x83, 1, 0, 0x85, 1, 7 };
	struct goose_pdu g = { .headed = true,
		.tag = GOOSE_PDU,
		.gocbref = { name, sizeof(name) - 1 },
		.confrev = confrev,
		.entries = 2,
		.tal = 2000,
		.data = { data, sizeof(data) } };
	struct op op = op_of("goose", OP_REPORT, &g);
	uint8_t key[LEARN_NAME] = { 0 };

	memset(pdu.src.ip, 0, 16);
	memset(pdu.dst.ip, 0, 16);
	pdu.src.mac[5] = mac;
	pdu.vlans = 1;
	pdu.vlan[0] = vlan;
	learn_observer(l)->on_op(learn_observer(l), &op, NULL);
	memcpy(key, name, sizeof(name) - 1);
	return learn_table_find(&l->publishers, key);
}

static void
test_publisher(void)
{
	const struct learn_publisher *p;

	again();
	p = publish(1, 7, 1);
	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	publish(2, 0, 1); /* a tag of priority only says no VLAN */
	CU_ASSERT_EQUAL(p->differs, 0);
	CU_ASSERT_EQUAL(p->vlan, 7);
	CU_ASSERT_EQUAL(p->macs, 2);
	CU_ASSERT_EQUAL(p->ntypes, 2);
	CU_ASSERT_EQUAL(p->types[1], GOOSE_INTEGER);
	publish(1, 8, 2);
	CU_ASSERT_EQUAL(p->differs, LEARN_DIFFERS_VLAN | LEARN_DIFFERS_CONFREV);
	publish(3, 8, 2);
	CU_ASSERT_EQUAL(p->differs & LEARN_DIFFERS_MAC, LEARN_DIFFERS_MAC);
	CU_ASSERT_EQUAL(p->clean, 4);
}

/* From its first alarm on nothing is taken in, whether a tick raised it. */
static void
test_publisher_of_an_alarm(void)
{
	static const char name[] = "IED1/LLN0$GO$gcb1";
	const struct learn_publisher *p;

	again();
	p = publish(1, 7, 1);
	raise("G-13", &EV_COMM_FAIL, NOON, true);
	event_set(&ev.subject,
	    (struct bytes){ (const uint8_t *)name, sizeof(name) - 1 });
	learn_observer(l)->on_event(learn_observer(l), &ev, true);
	publish(2, 7, 2);
	CU_ASSERT_EQUAL(p->n, 2);
	CU_ASSERT_EQUAL(p->clean, 1);
	CU_ASSERT_EQUAL(p->macs, 1);
	CU_ASSERT_EQUAL(p->differs, 0);
	again();
	raise("G-02", &EV_GSE_PUBLISHER_CHANGE, NOON, false);
	p = publish(2, 7, 1); /* before it was in the table */
	publish(2, 7, 1);
	CU_ASSERT_EQUAL(p->clean, 0);
	CU_ASSERT_NOT_EQUAL(p->alarm_us, 0);
}

static void
test_complete(void)
{
	struct learn_out o = { .l = l };
	struct learn_tally t = { 0 };

	CU_ASSERT_FALSE(learn_is_complete(&o, &t));
	learn_count(&t, 9);
	CU_ASSERT_EQUAL(t.rare, 0);
	CU_ASSERT_FALSE(learn_is_complete(&o, &t)); /* too few */
	learn_count(&t, 2);
	CU_ASSERT_EQUAL(t.rare, 1);
	CU_ASSERT_FALSE(learn_is_complete(&o, &t)); /* one of two seldom */
	for (int i = 0; i < 7; i++)
		learn_count(&t, LEARN_HABIT);
	CU_ASSERT_EQUAL(t.rare, 1);
	CU_ASSERT_FALSE(learn_is_complete(&o, &t)); /* one of nine */
	learn_count(&t, LEARN_HABIT);
	CU_ASSERT_TRUE(learn_is_complete(&o, &t)); /* one of ten */
	learn_count(&t, 1);
	CU_ASSERT_FALSE(learn_is_complete(&o, &t));
	o.strict = true;
	CU_ASSERT_TRUE(learn_is_complete(&o, &t));
	t = (struct learn_tally){ 0 };
	CU_ASSERT_FALSE(learn_is_complete(&o, &t)); /* nothing is no list */
	learn_count(&t, 10);
	o.strict = false;
	CU_ASSERT_TRUE(learn_is_complete(&o, &t));
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "what raised an alarm", test_what_raised_an_alarm },
		{ "the minute before an alarm", test_the_minute_before },
		{ "the first second", test_the_first_second },
		{ "what speaks against nobody",
		    test_what_speaks_against_nobody },
		{ "who is named", test_who_is_named },
		{ "a publisher", test_publisher },
		{ "a publisher of an alarm", test_publisher_of_an_alarm },
		{ "a complete list", test_complete },
		CU_TEST_INFO_NULL,
	};

	if (setup() != 0)
		return 2;
	return driver_run("learn", tests);
}
