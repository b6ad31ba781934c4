/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a policy is made of: for rules/policy*.c, which answer, and for whoever
 * fills one in.  A list within a part is a span of one array of the whole.
 */
#ifndef RULES_POLICY_PARTS_H
#define RULES_POLICY_PARTS_H

#include "rules/policy.h"
#include "rules/policy_set.h"

struct policy_span {
	uint32_t first, n;
};

/* Addresses of one meaning; there: the list is, even if it is empty. */
struct policy_list {
	bool there;
	struct policy_set set;
};

struct policy_devices {
	struct policy_list addresses, macs; /* a MAC is the key's first bits */
	bool substation;
};

/* Whoever fits all that is said. */
struct policy_party {
	bool has_sap, titled;
	uint16_t sap;
	struct policy_prefix title;
	struct policy_span addresses; /* any one of them; none: not said */
};

struct policy_parties {
	bool there;
	struct policy_party *at;
	size_t n;
};

struct policy_rule {
	struct policy_party who;
	bool listing; /* of clients, not only of the role map */
	uint8_t nroles;
	uint16_t roles[POLICY_CLIENT_ROLES];
};

struct policy_meters {
	struct policy_group group;
	struct policy_group gone; /* the same, decommissioned */
	struct policy_span rules;
	bool all; /* any meter is in it */
	bool has_clients, has_roles;
	size_t line;
};

struct policy_gateway {
	bool has_network, has_address;
	uint8_t network, naddress, address[32];
};

struct policy_image {
	uint8_t identifier[64];
	uint8_t nidentifier;
	bool has_size, has_sha256;
	uint64_t size;
	uint8_t sha256[32];
};

struct policy_master {
	struct policy_span addresses;
	struct policy_span links; /* DNP3 addresses, of policy->numbers */
	bool has_functions;
	uint8_t functions[32]; /* a bit for each */
	bool timed, sets_time; /* whether it is said, and what */
	char group[32];        /* of redundancy; empty: none */
};

/* Points of one CA or link address, first to last. */
struct policy_points {
	uint16_t address;
	uint32_t first, last;
};

/* Of DNP3 set points, what they may be; of two that overlap the first. */
struct policy_limited {
	struct policy_points points;
	struct policy_limits limits;
};

struct policy_outstation {
	struct policy_station station;
	struct policy_span masters, points, limited;
	bool has_masters, has_points, has_times, has_groups;
	size_t line;
};

struct policy_stations {
	bool complete; /* there are no others than these */
	struct policy_outstation *at;
	size_t n;
	struct policy_set addresses; /* of at[] */
};

struct policy_published {
	struct policy_publisher publisher;
	uint8_t *types; /* behind publisher.types */
	size_t line;
};

enum policy_whom { WHOM_ADDRESS, WHOM_MAC, WHOM_SUBJECT };

/* One end of an event, or its subject (the first n octets, or all). */
struct policy_subject {
	enum policy_whom kind;
	struct policy_prefix address;
	uint8_t mac[6];
	uint8_t n;
	bool begins;
	char text[EVENT_STR];
};

struct policy_window {
	int64_t from, to; /* seconds since 1970; to is no longer in it */
	struct policy_span who, what; /* none: anybody, anything */
};

/* Detections whose rows are tagged [MW]: maintenance can explain them; NULL. */
extern const char *const policy_maintained[];

#define POLICY_ROLES 64
#define POLICY_STANDARD_ROLES 8 /* the seven, and MANAGEMENT */
#define POLICY_PRE_ESTABLISHED 64
#define POLICY_WHAT 8 /* octets of "D-41", or "D-" for all of them, and NUL */

struct policy {
	struct policy_role roles[POLICY_ROLES];
	size_t nroles;

	struct policy_meters *groups;
	size_t ngroups;
	uint32_t first_all; /* group of any meter; POLICY_NONE */
	bool titles_first;  /* groups before it name titles */
	struct policy_group other, other_gone; /* meters in no group */
	struct policy_set titles, addresses;   /* of groups[] */
	struct policy_set gone_titles, gone_addresses;
	struct policy_rule *rules;
	size_t nrules;
	struct policy_set client_titles; /* of rules[] with addresses */
	struct policy_parties broadcast, firmware_sources;
	bool has_pre_established;
	uint16_t pre_established[POLICY_PRE_ESTABLISHED];
	size_t npre_established;
	struct policy_list push_targets, address_plan;
	bool has_gateways, has_images;
	struct policy_gateway *gateways;
	size_t ngateways;
	struct policy_image *images;
	size_t nimages;

	struct policy_stations stations[2]; /* by enum policy_protocol */
	struct policy_master *masters;
	size_t nmasters;
	struct policy_points *points;
	size_t npoints;
	struct policy_limited *limited;
	size_t nlimited;
	struct policy_set dnp3_masters; /* of masters[] with links */
	uint8_t *linked;                /* a bit for each link address */

	bool has_publishers;
	struct policy_published *publishers;
	size_t npublishers;
	struct policy_list rgoose, scanners;
	struct policy_devices devices;

	struct policy_window *windows;
	size_t nwindows;
	struct policy_subject *whos;
	size_t nwhos;
	char (*whats)[POLICY_WHAT];
	size_t nwhats;

	struct policy_prefix *prefixes; /* behind spans of addresses */
	size_t nprefixes;
	uint32_t *numbers;
	size_t nnumbers;
};

/* With the standard's roles and nothing else; NULL without memory. */
struct policy *policy_new(void);

/* Two things of one name, by their lines. */
struct policy_clash {
	const char *what; /* a literal: "the publisher" */
	size_t line, first;
};

/*
 * Sorts everything, after which the policy is only read.  0, -ENOMEM, or
 * -EEXIST with the clash.
 */
int policy_finish(struct policy *, struct policy_clash *);

/* The presets of B.1.1: policy_new() begins with them. */
extern const struct policy_role policy_standard[POLICY_STANDARD_ROLES];
#define POLICY_VIEWER 0     /* places in policy_standard */
#define POLICY_MANAGEMENT 7 /* and in policy->roles */

/* For those who have no policy, or are in no group of it. */
extern const struct policy_group policy_any_meter;
extern const struct policy_station policy_any_station;

bool policy_has_address(
    const struct policy *, struct policy_span, const uint8_t ip[16]);

#endif
