/* SPDX-License-Identifier: Apache-2.0 */
/* Events for tests of what is written of them. */
#ifndef TESTS_UNIT_EVENT_SAMPLE_H
#define TESTS_UNIT_EVENT_SAMPLE_H

#include "rules/event.h"

static inline struct bytes
event_sample_bytes(const char *s)
{
	return (struct bytes){ (const uint8_t *)s, strlen(s) };
}

/* T-01 at a station of this name; all that is optional is absent. */
static inline struct event
event_sample(const char *station)
{
	struct pdu pdu = {
		.at = { 1767323045, 678901234 },
		.frame = 123,
		.src = { .ip = { [10] = 0xff, 0xff, 10, 0, 0, 1 }, .port = 40 },
		.dst = { .ip = { 0xfd, [15] = 2 }, .port = 2404 },
	};
	struct op op = { .pdu = &pdu, .protocol = "iec104" };
	struct event ev =
	    event_about(&op, &EV_TELECONTROL_UNKNOWN_MASTER, "T-01");

	ev.sqnum = 7;
	event_set(&ev.subject, event_sample_bytes(station));
	event_add(&ev, "P.Station", event_sample_bytes(station));
	event_add_u64(&ev, "u", 7);
	return ev;
}

/* The same with everything that an event can hold. */
static inline struct event
event_sample_full(void)
{
	struct event ev = event_sample("rtu-3");

	ev.src.mac[5] = 0x1f;
	ev.dst.mac[0] = 2;
	ev.severity = SEVERITY_WARNING;
	ev.std = "IEC62351-14:4.1";
	ev.attack = "T0848,T0855";
	ev.count = 12;
	ev.capture = "a.pcap";
	ev.vlans = 2;
	ev.vlan[0] = 100;
	strcpy(ev.flow, "1:wCb3OG7yAFWelaUydu0D+125CLM=");
	strcpy(ev.role, "1:0:IEC62351-8");
	ev.ref = "IEC62351-14:1.3";
	event_user(&ev, 42);
	ev.dst_is_peer = true;
	ev.state = KNOW_GAPPED;
	ev.doubtful = true;
	event_add_u64(&ev, "big", UINT64_MAX);
	event_add_text(&ev, "X.Unplanned", "a b");
	return ev;
}

#endif
