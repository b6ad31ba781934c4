/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a person decided: who may talk to whom and do what.  It is read before
 * the first packet and does not change.  Every question may be asked of NULL,
 * which is no policy: the answer is POLICY_SILENT, or the presets.
 */
#ifndef RULES_POLICY_H
#define RULES_POLICY_H

#include <stdbool.h>

#include "rules/event.h"

struct policy;

/* SILENT: nothing is said of it, as when no list of its kind is there. */
enum policy_answer { POLICY_SILENT, POLICY_LISTED, POLICY_UNLISTED };

void policy_free(struct policy *);

/*
 * Each is what the other was; who has a pointer to one has it still.  What
 * was asked before, groups and roles, has to be asked again.
 */
void policy_exchange(struct policy *, struct policy *);

/*
 * Of a detection that needs a list: whether it is there.  A flag that nobody
 * set is a decision, as soon as there is a policy.
 */
bool policy_speaks(const struct policy *, const char *det);

/* --- Maintenance windows --- */

/*
 * Whether maintenance can explain the event's detection, and a window is open
 * for it at its time, and for either of its ends or its subject.
 */
bool policy_window(const struct policy *, const struct event *);

/* --- Roles (IEC 62351-8; detections, B.1.1) --- */

enum {                         /* bits of what a DLMS client may do */
	RIGHT_READ_PUBLIC = 1, /* clock, invocation counters, own association */
	RIGHT_READ = 2,        /* everything else that is read, but logs */
	RIGHT_READ_LOGS = 4,
	RIGHT_CLOCK = 8,
	RIGHT_TARIFF = 16, /* classes 7 (not reset), 11, 20, 21, 22, 71 */
	RIGHT_COMMUNICATION = 32,
	RIGHT_FIRMWARE = 64,      /* class 18 */
	RIGHT_CONTROL = 128,      /* class 70, whatever switches the supply */
	RIGHT_SCRIPT = 256,       /* class 9 but the disconnector's */
	RIGHT_KEYS = 512,         /* class 64 */
	RIGHT_SECRET = 1024,      /* of an association: 15/7, 15 m2, 12 m5 */
	RIGHT_ASSOCIATION = 2048, /* 15 m3 to m6 */
	RIGHT_ERASE = 4096,       /* reset of logs and registers */
	RIGHT_WRITE = 8192,       /* any other SET or ACTION */
	RIGHT_ALL = 16383
};

struct policy_role {
	int16_t id; /* 0 to 6 of the standard, or private: below 0 */
	char name[32];
	char triplet[EVENT_ROLE]; /* roleID:revision:roleDefinition */
	uint32_t rights;
};

#define POLICY_CLIENT_ROLES 4

/* One client toward the meters of a group. */
struct policy_client {
	enum policy_answer listed; /* SILENT without a list of clients */
	size_t nroles;             /* 0: no role is known */
	const struct policy_role *roles[POLICY_CLIENT_ROLES];
	uint32_t rights; /* of all its roles together */
};

/* --- DLMS meters --- */

enum policy_reset { RESET_ALARM, RESET_NOTICE, RESET_ALLOW };

/* What holds for a group of meters; the presets where nothing is said. */
struct policy_group {
	char name[32];
	bool tls;              /* DLMS in clear is said (D-64) */
	bool push_protected;   /* plain pushes are said (D-58) */
	bool protected_only;   /* security policy > 0 (D-07) */
	bool signed_only;      /* general-signing expected (D-34) */
	bool ic_per_meter;     /* ic_scope: per_meter; preset per_sap */
	bool decommissioned;   /* must not speak any more */
	uint8_t min_mechanism; /* D-04; preset 5 */
	uint8_t get_protection, set_protection; /* D-08: 0x00 to 0x30 */
	enum policy_reset reset_on_reboot;      /* D-24 */
	uint32_t key_days; /* D-35: keys must change within; 0: never said */
	const struct policy *of; /* the whole of it */
	size_t index;            /* among the groups */
};

/*
 * The first group that the meter is in.  Never NULL.  title may be empty: then
 * the meter is not taken by a group of all meters behind one that names titles.
 */
const struct policy_group *policy_group(
    const struct policy *, struct bytes title, const uint8_t ip[16]);

/* Whether a title that is not known yet may put a meter into another group. */
bool policy_by_title(const struct policy *);

/*
 * title may be empty: then it speaks against no entry that names an address.
 * Without any role that is given in the group, the presets of B.1.1 hold.
 */
struct policy_client policy_client(const struct policy_group *, uint16_t sap,
    struct bytes title, const uint8_t ip[16]);

/* The addresses from which a client title may come (D-17). */
enum policy_answer policy_client_address(
    const struct policy *, struct bytes title, const uint8_t ip[16]);

/* Who may use the broadcast key (D-32), by address or title. */
enum policy_answer policy_broadcast(
    const struct policy *, struct bytes title, const uint8_t ip[16]);

/* Client SAPs that need no association (D-57); preset 102. */
bool policy_pre_established(const struct policy *, uint16_t sap);

/*
 * Whether a meter is in any group by its own title or address (D-59).  Silent
 * of one without a title where titles are listed.
 */
enum policy_answer policy_meter(
    const struct policy *, struct bytes title, const uint8_t ip[16]);

/* Where pushes may go (D-59), networks behind gateways (D-62). */
enum policy_answer policy_push_target(
    const struct policy *, const uint8_t ip[16]);
enum policy_answer policy_gateway(
    const struct policy *, uint8_t network, struct bytes address);

/* The address plan of DLMS peers (D-65). */
enum policy_answer policy_dlms_address(
    const struct policy *, const uint8_t ip[16]);

/* A firmware image (D-47).  size 0 or sha256 NULL: not known. */
enum policy_answer policy_firmware(const struct policy *,
    struct bytes identifier, uint64_t size, const uint8_t *sha256);

/* Who may start image transfers (D-47), by address or title. */
enum policy_answer policy_firmware_source(
    const struct policy *, struct bytes title, const uint8_t ip[16]);

/* --- Stations of IEC 60870-5-104 and DNP3 --- */

enum policy_protocol { POLICY_IEC104, POLICY_DNP3 };

/* What holds for a station; the presets where nothing is said. */
struct policy_station {
	char name[64];
	bool tls;           /* clear is said (T-37, P-31) */
	bool permanent;     /* links that must not stop (T-23) */
	bool dual;          /* commands both ways (T-24) */
	bool authenticated; /* secure authentication is in use (T-36, P-30) */
	uint32_t links;     /* of its redundancy group; 0: not said */
	uint32_t k, w, t1_s, t2_s, t3_s; /* 104; presets 12 8 15 10 20 */
	uint32_t key_wrap; /* DNP3: the least algorithm (P-28); 0: any */
};

/* Never NULL. */
const struct policy_station *policy_station(
    const struct policy *, enum policy_protocol, const uint8_t ip[16]);

/*
 * Whether master may talk to station.  A station that is in no list is silent,
 * unless the list says that it is complete.
 */
enum policy_answer policy_master(const struct policy *, enum policy_protocol,
    const uint8_t master[16], const uint8_t station[16]);

/* Whether both masters belong to one redundancy group of the station. */
enum policy_answer policy_same_group(const struct policy *,
    enum policy_protocol, const uint8_t a[16], const uint8_t b[16],
    const uint8_t station[16]);

/* DNP3: whether this link address is this master's. */
enum policy_answer policy_master_address(
    const struct policy *, const uint8_t master[16], uint16_t address);

/*
 * A type identification in control direction, or a DNP3 function code.  Silent
 * of masters that are in no list: policy_master() has said that.
 */
enum policy_answer policy_function(const struct policy *, enum policy_protocol,
    const uint8_t master[16], const uint8_t station[16], uint32_t function);

/* A commanded point: CA or link address, and IOA, or group << 16 | index. */
enum policy_answer policy_point(const struct policy *, enum policy_protocol,
    const uint8_t station[16], uint16_t address, uint32_t point);

struct policy_limits {
	double least, most;
};

/* DNP3: what a set point may be (P-19), as policy_point(); or NULL. */
const struct policy_limits *policy_limits(const struct policy *,
    const uint8_t station[16], uint16_t address, uint32_t point);

/* Who may set a station's clock (T-13). */
enum policy_answer policy_time_master(const struct policy *,
    enum policy_protocol, const uint8_t master[16], const uint8_t station[16]);

/* --- GOOSE publishers --- */

struct policy_publisher {
	char gocbref[130], datset[130], goid[130]; /* empty: not said */
	uint8_t mac[2][6];                         /* of the publisher */
	uint8_t macs;                              /* how many of them */
	bool has_dst, has_appid, has_vlan, has_confrev, has_entries;
	uint8_t dst[6];
	uint16_t appid, vlan;
	uint32_t confrev, entries;
	uint32_t max_tal_ms; /* 0: not said */
	bool secured;        /* the extension of 62351-6 is expected */
	bool may_simulate;
	/*
	 * The tag of each member of the data set, an octet each (GOOSE_...);
	 * not of what is within structures and arrays.  n is 0: not said.
	 */
	struct bytes types;
	/* capture points: VLANs on which it may be seen; none: any */
	uint16_t segments[8];
	uint8_t nsegments;
};

/* UNLISTED: there are publishers, and this is none of them. */
enum policy_answer policy_publisher(const struct policy *, struct bytes gocbref,
    const struct policy_publisher **);

/* Senders of R-GOOSE and R-SV. */
enum policy_answer policy_rgoose_source(
    const struct policy *, const uint8_t ip[16]);

/* --- Hosts --- */

/* Scanners of the owner's own (N-4). */
enum policy_answer policy_scanner(const struct policy *, const uint8_t ip[16]);

/* The inventory (N-1), by either of a device's addresses. */
enum policy_answer policy_device(const struct policy *, const uint8_t ip[16]);
enum policy_answer policy_device_mac(
    const struct policy *, const uint8_t mac[6]);

/* Whether there is one. */
bool policy_inventory(const struct policy *);

/* Whether a device that is not in it is an alarm: nothing new comes here. */
bool policy_substation(const struct policy *);

#endif
