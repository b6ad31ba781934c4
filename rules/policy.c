/* SPDX-License-Identifier: Apache-2.0 */
/* What a person decided, and what holds where nobody did. */
#include <config.h>

#include "rules/policy.h"

static const struct policy_role viewer = { 0, "VIEWER", "0:0:IEC62351-8",
	RIGHT_READ_PUBLIC };
static const struct policy_role management = { -1, "MANAGEMENT", "-1:0:gridtap",
	RIGHT_ALL };

static const struct policy_group any_meter = { .name = "any",
	.min_mechanism = 5,
	.get_protection = 0x10,
	.set_protection = 0x30 };

static const struct policy_station any_station = {
	.k = 12, .w = 8, .t1_s = 15, .t2_s = 10, .t3_s = 20
};

#define PUBLIC_SAP 16
#define MANAGEMENT_SAP 1
#define PRE_ESTABLISHED_SAP 102

void
policy_free(struct policy *p)
{
	(void)p;
}

bool
policy_window(const struct policy *p, const struct event *ev)
{
	(void)p;
	(void)ev;
	return false;
}

const struct policy_group *
policy_group(const struct policy *p, struct bytes title, const uint8_t ip[16])
{
	(void)p;
	(void)title;
	(void)ip;
	return &any_meter;
}

struct policy_client
policy_client(const struct policy_group *g, uint16_t sap, struct bytes title,
    const uint8_t ip[16])
{
	const struct policy_role *r = sap == PUBLIC_SAP       ? &viewer
	                              : sap == MANAGEMENT_SAP ? &management
	                                                      : NULL;
	struct policy_client c = { .listed = POLICY_SILENT };

	(void)g;
	(void)title;
	(void)ip;
	if (r == NULL)
		return c;
	c.roles[c.nroles++] = r;
	c.rights = r->rights;
	return c;
}

bool
policy_pre_established(const struct policy *p, uint16_t sap)
{
	(void)p;
	return sap == PRE_ESTABLISHED_SAP;
}

const struct policy_station *
policy_station(
    const struct policy *p, enum policy_protocol protocol, const uint8_t ip[16])
{
	(void)p;
	(void)protocol;
	(void)ip;
	return &any_station;
}

#define SILENT(name, ...)                                                      \
	enum policy_answer name(const struct policy *p, __VA_ARGS__)           \
	{                                                                      \
		(void)p;                                                       \
		return POLICY_SILENT;                                          \
	}
#pragma GCC diagnostic ignored "-Wunused-parameter"
SILENT(policy_client_address, struct bytes title, const uint8_t ip[16])
SILENT(policy_broadcast, struct bytes title, const uint8_t ip[16])
SILENT(policy_meter, struct bytes title, const uint8_t ip[16])
SILENT(policy_push_target, const uint8_t ip[16])
SILENT(policy_gateway, uint8_t network, struct bytes address)
SILENT(policy_dlms_address, const uint8_t ip[16])
SILENT(policy_firmware, struct bytes identifier, uint64_t size,
    const uint8_t *sha256)
SILENT(policy_firmware_source, struct bytes title, const uint8_t ip[16])
SILENT(policy_master, enum policy_protocol protocol, const uint8_t master[16],
    const uint8_t station[16])
SILENT(policy_same_group, enum policy_protocol protocol, const uint8_t a[16],
    const uint8_t b[16], const uint8_t station[16])
SILENT(policy_master_address, const uint8_t master[16], uint16_t address)
SILENT(policy_function, enum policy_protocol protocol, const uint8_t master[16],
    const uint8_t station[16], uint32_t function)
SILENT(policy_point, enum policy_protocol protocol, const uint8_t station[16],
    uint16_t address, uint32_t point)
SILENT(policy_time_master, enum policy_protocol protocol,
    const uint8_t master[16], const uint8_t station[16])
SILENT(policy_publisher, struct bytes gocbref,
    const struct policy_publisher **publisher)
SILENT(policy_rgoose_source, const uint8_t ip[16])
SILENT(policy_scanner, const uint8_t ip[16])
