/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The counters page: what network managers may see of the sensor, in memory
 * that one thread writes and any process reads.  A row has a sequence number
 * of its own: a reader never holds the writer up, and takes no row that was
 * half written.
 */
#ifndef OUTPUTS_NSM_PAGE_H
#define OUTPUTS_NSM_PAGE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "outputs/error.h"

#define NSM_MAGIC UINT64_C(0x31304d534e544721) /* changes with the layout */
#define NSM_NAME 130 /* octets of a text, with room for 129 */
#define NSM_TEXT 256
#define NSM_INDEX 4 /* numbers of an index, at most */

enum nsm_table { /* as the MIB numbers them */
	NSM_AGENT = 1,
	NSM_PROT,
	NSM_ASSOC,
	NSM_METER,
	NSM_FC,
	NSM_GOOSE,
	NSM_IDS,
	NSM_RULE,
	NSM_EVT,
	NSM_TABLES
};

enum nsm_protocol {
	NSM_DLMS = 1,
	NSM_IEC104,
	NSM_DNP3,
	NSM_GOOSE_PROTOCOL,
	NSM_OTHER = 99
};

enum nsm_function { /* IEC 62351-7, 5.8 */
	NSM_ACCESS = 1,
	NSM_RESOURCES,
	NSM_BUFFER,
	NSM_TAMPERED,
	NSM_PHYSICAL,
	NSM_NETWORK,
	NSM_COORDINATED,
	NSM_FUNCTIONS
};

enum nsm_severity { NSM_ALARM = 1, NSM_ERROR, NSM_WARNING, NSM_NOTICE };

enum nsm_capture { NSM_STOPPED = 1, NSM_LIVE, NSM_REPLAY, NSM_FAILED };

enum nsm_assoc_state {
	NSM_A_UNKNOWN = 1,
	NSM_A_CONNECTING,
	NSM_A_ESTABLISHED,
	NSM_A_IDLE,
	NSM_A_RELEASED,
	NSM_A_ABORTED,
	NSM_A_REJECTED,
	NSM_A_TIMED_OUT
};

enum nsm_profile {
	NSM_P_UNKNOWN = 1,
	NSM_P_NONE,
	NSM_P_PASSWORD,
	NSM_P_AUTHENTICATED,
	NSM_P_ENCRYPTED,
	NSM_P_BOTH,
	NSM_P_TLS,
	NSM_P_OPAQUE
};

enum nsm_role {
	NSM_R_UNKNOWN = 1,
	NSM_R_PUBLIC,
	NSM_R_READER,
	NSM_R_MANAGER,
	NSM_R_FIRMWARE,
	NSM_R_PRE_ESTABLISHED,
	NSM_R_PUSH,
	NSM_R_BROADCAST,
	NSM_R_OTHER = 99
};

enum nsm_stream {
	NSM_S_UNKNOWN = 1,
	NSM_S_ACTIVE,
	NSM_S_LATE,
	NSM_S_LOST,
	NSM_S_RESTARTED
};

enum { NSM_TRUE = 1, NSM_FALSE };

#define NSM_MECHANISM_UNKNOWN 99

/* Clean UTF-8 of n octets. */
struct nsm_text {
	uint16_t n;
	char p[NSM_TEXT];
};

struct nsm_name {
	uint16_t n;
	char p[NSM_NAME];
};

struct nsm_octets {
	uint16_t n; /* 0 or 8 */
	uint8_t p[8];
};

struct nsm_inet {
	uint16_t n; /* 0, 4 or 16 */
	uint8_t p[16];
};

struct nsm_mac {
	uint16_t n; /* 6 */
	uint8_t p[6];
};

/* A row by the first object that it has; table 0: none. */
struct nsm_ref {
	uint32_t table;
	uint32_t index[NSM_INDEX];
};

/*
 * The rows.  Times are ns since 1970, 0: never; members are named after the
 * objects of the MIB, which says what they mean.
 */

struct nsm_agent {
	uint64_t start_ts, discontinuity_time;
	uint64_t rx_frames, rx_octets, drop_frames, unclass_frames;
	uint32_t trunc_frames, evicted_rows, reasm_failures;
	uint32_t mem_in_use, mem_limit, cpu_load, snapshot_age;
	uint32_t event_sq_num, notif_suppressed;
	uint8_t capture_state, link_up, clock_synced;
	struct nsm_name sw_version;
	struct nsm_text capture_source;
};

struct nsm_prot {
	uint64_t pdus, octets, secured_pdus, unsecured_pdus, opaque_pdus;
	uint64_t malformed_pdus_ts, auth_failures_ts, author_failures_ts;
	uint32_t act_assoc, suc_assoc, fail_assoc, aborts;
	uint32_t malformed_pdus, checksum_errors, seq_errors, timeouts;
	uint32_t unexp_msgs, auth_failures, author_failures, replays;
	uint32_t ctl_cmds, unknown_peers;
	uint8_t enabled;
};

struct nsm_assoc {
	uint64_t create_time, start_ts, last_ts;
	uint64_t init_pdus, resp_pdus, octets;
	uint32_t init_port, resp_port, init_app_addr, resp_app_addr;
	uint32_t malformed_pdus, seq_errors, retrans, timeouts;
	uint32_t auth_failures, author_failures, ctl_cmds;
	struct nsm_ref detail;
	struct nsm_inet init_addr, resp_addr;
	uint8_t protocol, state, sec_profile, authenticated;
};

struct nsm_meter {
	uint64_t first_ts, last_ts, create_time, plain_pdus, ciphered_pdus;
	uint32_t server_sap, act_assoc, suc_assoc, fail_assoc, hls_failures;
	uint32_t access_denied, exc_rsps, write_reqs, action_reqs;
	uint32_t discon_cmds, fw_cmds, key_cmds, push_msgs, fc_replays;
	struct nsm_octets sys_title;
	struct nsm_inet addr;
	struct nsm_name dev_name;
};

struct nsm_fc {
	uint64_t last_ts, pdus, replays_ts, create_time;
	uint32_t suite, last, highest, gaps, replays, resets;
	struct nsm_octets orig_sys_title;
	uint8_t role, mechanism, sec_profile, near_limit;
};

struct nsm_goose {
	uint64_t last_ts, st_ts, create_time, rx_frames;
	uint32_t app_id, vlan_id, last_st_num, last_sq_num, last_tal;
	uint32_t conf_rev_num, num_entries, st_changes, st_warnings;
	uint32_t seq_warnings, timeouts, conf_errors, ds_errors, sim_frames;
	uint32_t nds_com_frames, replays, src_conflicts, time_errors;
	uint8_t state, simulation, nds_com, auth_present;
	struct nsm_mac src_mac, dst_mac;
	struct nsm_name gocbref, go_id, dat_set;
};

struct nsm_ids {
	uint64_t events_ts;
	uint32_t events, alarms, suppressed, active, last_rule;
	struct nsm_ref last_subject;
};

struct nsm_rule {
	uint64_t hits_ts;
	uint32_t hits;
	uint8_t function_id, severity, enabled;
	struct nsm_name name, event_id, std_event_id;
};

struct nsm_evt {
	uint64_t ts;
	uint32_t rule;
	struct nsm_ref subject;
	uint8_t severity, function_id, protocol;
	struct nsm_name event_id, peer_info;
	struct nsm_text text;
};

union nsm_row {
	struct nsm_agent agent;
	struct nsm_prot prot;
	struct nsm_assoc assoc;
	struct nsm_meter meter;
	struct nsm_fc fc;
	struct nsm_goose goose;
	struct nsm_ids ids;
	struct nsm_rule rule;
	struct nsm_evt evt;
};

enum nsm_notice_kind { /* as the MIB numbers the notifications */
	NSM_SECURITY_EVENT = 1,
	NSM_ASSOC_CHANGE,
	NSM_FC_ANOMALY,
	NSM_GOOSE_CHANGE,
	NSM_CAPTURE_CHANGE
};

/* What a manager is to be told at once: the row as it was then. */
struct nsm_notice {
	uint64_t
	    number; /* counts from 1; it is at (number - 1) % NSM_NOTICES */
	uint32_t kind, table;
	uint32_t index[NSM_INDEX];
	struct nsm_octets meter; /* of FC_ANOMALY: the title */
	union nsm_row row;
};

#define NSM_NOTICES 1024
#define NSM_EVENTS 1000

/* How many rows there may be; the scalars are one. */
struct nsm_caps {
	uint32_t rows[NSM_TABLES];
};

struct nsm_page;

/*
 * In memory of its own (path NULL) or in a file that takes the place of an
 * earlier one.  NULL, said in error; also when another sensor writes there.
 */
struct nsm_page *nsm_page_new(
    const char *path, const struct nsm_caps *, struct error *);

/* The file stays. */
void nsm_page_free(struct nsm_page *);

/* Rows are zeroed behind nothing; place < cap.  index: as many as it has. */
void nsm_page_put(struct nsm_page *, enum nsm_table, uint32_t place,
    const uint32_t *index, const void *row);
void nsm_page_drop(struct nsm_page *, enum nsm_table, uint32_t place);
uint32_t nsm_page_cap(const struct nsm_page *, enum nsm_table);

/*
 * Puts a notice behind the others and wakes who waits for one, if there is
 * anybody; never waits itself.  number is set here.
 */
void nsm_page_tell(struct nsm_page *, struct nsm_notice *);

/* What was put is of this time, CLOCK_MONOTONIC in ns. */
void nsm_page_stamp(struct nsm_page *, uint64_t ns);

/* --- Reading --- */

/* NULL, said in error: there is none, or one of another version. */
struct nsm_page *nsm_page_open(const char *path, struct error *);

/* Whether the path leads to another page by now. */
bool nsm_page_is_old(const struct nsm_page *, const char *path);

/* Whether nobody writes it any more. */
bool nsm_page_is_orphan(const struct nsm_page *);
uint64_t nsm_page_stamped(const struct nsm_page *);

/* As far as rows were ever put. */
uint32_t nsm_page_used(const struct nsm_page *, enum nsm_table);

enum nsm_got { NSM_ROW, NSM_EMPTY, NSM_BUSY };

/* The row at this place, whole; BUSY: it changes all the time, try later. */
enum nsm_got nsm_page_get(const struct nsm_page *, enum nsm_table,
    uint32_t place, uint32_t index[NSM_INDEX], void *row);

/* The number of the last notice; 0: none. */
uint64_t nsm_page_told(const struct nsm_page *);

/* That one; false: others took its place. */
bool nsm_page_notice(
    const struct nsm_page *, uint64_t number, struct nsm_notice *);

/* Octets of a row, and numbers of an index. */
size_t nsm_row_size(enum nsm_table);
unsigned nsm_index_size(enum nsm_table);

#endif
