/* SPDX-License-Identifier: Apache-2.0 */
/* A desk in the control centre asks for names, the time, and a web page. */
#include <config.h>

#include "tests/demo/reel.h"
#include "tests/lib/build_it.h"

#define DESK 0xc0000232     /* 192.0.2.50 */
#define RESOLVER 0xc0000235 /* 192.0.2.53 */
#define WIKI 0xcb007108     /* 203.0.113.8 */

static void
names(struct reel *reel)
{
	struct talk t = { { talk_end(DESK, 51034, &reel->r),
	    talk_end(RESOLVER, 53, &reel->r) } };
	struct octets data = { 0 }, frame;

	build_it_dns(&data, 0x2b17, "wiki.example.org", false, 0);
	talk_udp(&frame, &t, 0, data.p, data.n);
	reel_add(reel, 200 * REEL_MS, &frame);
	data.n = 0;
	build_it_dns(&data, 0x2b17, "wiki.example.org", true, WIKI);
	talk_udp(&frame, &t, 1, data.p, data.n);
	reel_add(reel, 203 * REEL_MS, &frame);
}

static void
time_of_day(struct reel *reel)
{
	struct talk t = { { talk_end(DESK, 123, &reel->r),
	    talk_end(RESOLVER, 123, &reel->r) } };
	struct octets data = { 0 }, frame;
	uint64_t at = 5 * REEL_SECOND;

	build_it_ntp(&data, 3, reel->begin + at);
	talk_udp(&frame, &t, 0, data.p, data.n);
	reel_add(reel, at, &frame);
	data.n = 0;
	build_it_ntp(&data, 4, reel->begin + at + REEL_MS);
	talk_udp(&frame, &t, 1, data.p, data.n);
	reel_add(reel, at + REEL_MS, &frame);
}

static void
web(struct reel *reel)
{
	struct talk t = { { talk_end(DESK, 51160, &reel->r),
	    talk_end(WIKI, 443, &reel->r) } };
	uint64_t at = 210 * REEL_MS;
	struct octets data = { 0 };

	reel_open(reel, at, &t);
	build_it_client_hello(&data, "wiki.example.org", &reel->r);
	reel_say(reel, at + 3 * REEL_MS, &t, 0, &data);
	data.n = 0;
	build_it_server_hello(&data, &reel->r);
	build_it_tls(&data, 0x16, &reel->r, 900);
	reel_say(reel, at + 15 * REEL_MS, &t, 1, &data);
	for (uint64_t i = 0; i < 4; i++) {
		data.n = 0;
		build_it_tls(&data, 0x17, &reel->r, i % 2 == 0 ? 180 : 1100);
		reel_say(reel, at + (30 + 10 * i) * REEL_MS, &t, i % 2, &data);
	}
}

void
demo_it(struct reel *reel)
{
	names(reel);
	time_of_day(reel);
	web(reel);
}
