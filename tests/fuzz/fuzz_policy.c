/* SPDX-License-Identifier: Apache-2.0 */
/* Any text as policy: taken whole and then asked, or refused in one line. */
#include <config.h>

#include <stdlib.h>

#include "sensor/policy_yaml.h"
#include "tests/fuzz/fuzz.h"

#define NAME "fuzz.yaml"

static void
must(bool holds)
{
	if (!holds)
		abort();
}

static void
answered(enum policy_answer answer)
{
	must(answer == POLICY_SILENT || answer == POLICY_LISTED ||
	     answer == POLICY_UNLISTED);
}

static void
ask_dlms(const struct policy *p, struct bytes title, const uint8_t ip[16])
{
	const struct policy_group *g = policy_group(p, title, ip);
	struct policy_client c = policy_client(g, ip[15], title, ip);

	must(g->min_mechanism <= 7 && g->name[0] != '\0');
	must(c.nroles <= POLICY_CLIENT_ROLES && c.rights <= RIGHT_ALL);
	for (size_t i = 0; i < c.nroles; i++)
		must(strlen(c.roles[i]->triplet) < EVENT_ROLE);
	answered(c.listed);
	answered(policy_client_address(p, title, ip));
	answered(policy_broadcast(p, title, ip));
	answered(policy_meter(p, title, ip));
	answered(policy_firmware_source(p, title, ip));
	answered(policy_firmware(p, title, 100, NULL));
	answered(policy_gateway(p, ip[15], title));
	answered(policy_push_target(p, ip));
	answered(policy_dlms_address(p, ip));
	policy_pre_established(p, ip[15]);
}

static void
ask_stations(const struct policy *p, enum policy_protocol protocol,
    const uint8_t ip[16], const uint8_t other[16])
{
	const struct policy_station *s = policy_station(p, protocol, ip);

	must(s->k >= 1 && s->w >= 1 && s->links <= 1024);
	answered(policy_master(p, protocol, other, ip));
	answered(policy_same_group(p, protocol, other, other, ip));
	answered(policy_function(p, protocol, other, ip, ip[15]));
	answered(policy_point(p, protocol, ip, ip[15], other[15]));
	answered(policy_time_master(p, protocol, other, ip));
	answered(policy_master_address(p, ip, other[15]));
}

static void
ask_publishers(const struct policy *p, struct bytes name, const uint8_t ip[16])
{
	const struct policy_publisher *l = NULL;
	enum policy_answer answer = policy_publisher(p, name, &l);

	answered(answer);
	if (answer == POLICY_LISTED)
		must(l->macs <= 2 && l->nsegments <= 8 &&
		     strlen(l->gocbref) == name.n);
	answered(policy_rgoose_source(p, ip));
	answered(policy_scanner(p, ip));
}

static void
ask_windows(const struct policy *p, const uint8_t ip[16])
{
	struct pdu pdu = { .at = { .tv_sec = 1767355200 } };
	struct op op = { .pdu = &pdu, .protocol = "iec104" };
	struct event ev;

	memcpy(pdu.src.ip, ip, 16);
	ev = event_about(&op, &EV_TELECONTROL_RESET, "T-12");
	ev.subject = event_address(&pdu.src);
	policy_window(p, &ev);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t v4[16] = { [10] = 0xff, 0xff, 10, 0, 0, 1 };
	struct policy *p = (struct policy *)(void *)&size;
	struct error error = { "" };
	uint8_t own[16] = { 0 };
	int rc = policy_parse(NAME, data, size, &p, &error);

	must((rc == 0) == (error.text[0] == '\0') && (rc == 0) == (p != NULL));
	if (rc != 0) {
		must(strncmp(error.text, NAME ":", sizeof(NAME)) == 0 &&
		     strpbrk(error.text, "\r\n\t\033") == NULL);
		return 0;
	}
	memcpy(own, data, size < sizeof(own) ? size : sizeof(own));
	ask_dlms(p, (struct bytes){ own, 8 }, v4);
	ask_dlms(p, (struct bytes){ NULL, 0 }, own);
	for (int i = 0; i < 2; i++) {
		ask_stations(p, (enum policy_protocol)i, v4, own);
		ask_stations(p, (enum policy_protocol)i, own, v4);
	}
	ask_publishers(p, (struct bytes){ data, size < 129 ? size : 129 }, v4);
	ask_publishers(p, (struct bytes){ (const uint8_t *)"a", 1 }, own);
	ask_windows(p, v4);
	ask_windows(p, own);
	policy_free(p);
	return 0;
}
