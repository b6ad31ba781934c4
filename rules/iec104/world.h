/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is known of IEC 104 connections, of the stations behind them and of the
 * points that they command.  What each unit needs of a connection stands in
 * three cache lines.
 */
#ifndef RULES_IEC104_WORLD_H
#define RULES_IEC104_WORLD_H

#include "dissectors/iec104/iec104.h"
#include "dissectors/transport.h"
#include "rules/detector.h"
#include "rules/losses.h"
#include "rules/rate.h"
#include "rules/side.h"
#include "rules/table.h"

#define IEC104_PEERS 8      /* connections and masters kept of a station */
#define IEC104_MODULO 32768 /* of sequence numbers */
#define IEC104_ELEMENT 5    /* octets of the longest command, no time tag */

/* The two ends of a connection, by pdu.dir. */
struct iec104_end {
	uint64_t oldest_ms; /* of its I frames, the first that is not acked */
	uint64_t testfr_ms; /* TESTFR act without con yet; 0: none */
	uint32_t i;         /* I frames */
	uint16_t next;      /* N(S) that comes */
	uint16_t acked;     /* N(R) that the other end sent last */
	uint16_t stray;     /* N(S) that would go on after a jump */
	uint16_t said;      /* bits of enum iec104_news that it told of */
	uint8_t strays;     /* how many went on; 0: no jump is open */
	bool known;         /* next is */
	bool heard;         /* it sent anything */
};

enum {                      /* flags of a link */
	IEC104_PARTIAL = 1, /* its beginning is not known, or no longer */
	IEC104_START_ASKED = 2,
	IEC104_STARTED = 4,
	IEC104_STOPPED = 8,   /* STOPDT con */
	IEC104_NEWCOMER = 16, /* another master was at work there already */
	IEC104_COUNTED = 32,  /* among its station's connections */
	IEC104_INTERROGATED = 64,
	IEC104_COMMANDED = 128,    /* something in the plant */
	IEC104_UNLISTED = 256,     /* the policy does not know the master */
	IEC104_REVERSED = 512,     /* commands come from both ends */
	IEC104_RESTARTABLE = 1024, /* some count anew after STARTDT */
	IEC104_WAS_STARTED = 2048,
	IEC104_FILED = 4096,      /* a file is being moved */
	IEC104_TIMED = 8192,      /* a time tag was valid */
	IEC104_HOLED = 16384,     /* octets of it were lost */
	IEC104_DOUBTED = 32768,   /* T-19: an acknowledgement waits for proof */
	IEC104_HAS_HABITS = 65536 /* they are its own, and no other's */
};

/* Of a connection what only commands and refusals need. */
struct iec104_habits {
	struct pace refused, executed, reads, keys;
	uint64_t run_ms, sweep_ms, file_ms;
	uint64_t challenged_ms, challenge_ms;
	uint64_t script; /* hash over its first commands */
	uint32_t sweep_ioa, sweep_stride, file_ioa, refused_said, csq;
	uint16_t sweep, scripted, from_master;
	uint8_t sweep_type, noas, oa[4];
	uint8_t broken; /* T-19: how often */
	bool sweep_said, read_sweep_said, reads_said, sweep_down, has_csq,
	    keyed;
	bool has_refused_said;
};

struct iec104_link {
	uint64_t flow;                /* its key: pdu.flow */
	struct iec104_station *found; /* where the station was last */
	uint8_t station[16], master[16];
	uint64_t since_ms, last_ms;
	struct iec104_end end[2];
	struct iec104_world *world;
	uint64_t up, down; /* types seen of the station and of the master */
	uint32_t flags;
	uint16_t k, w, t2_s;
	uint16_t ca;      /* that the station reported for last, 0: none */
	uint8_t mac[6];   /* of the station */
	uint8_t odd_macs; /* units in a row that came from another */
	uint8_t client;   /* pdu.dir of the master, and 1; 0: unknown */
	uint16_t run;     /* commands in a row, no report between */
	uint32_t used;    /* of the table */
	uint32_t unused[3];
};

_Static_assert(sizeof(struct iec104_link) == 192, "three cache lines");

struct iec104_master {
	uint8_t ip[16];
	uint64_t since_ms;
	bool newcomer;
	bool at_work; /* it stayed, or interrogated */
};

/* Of a station what few have: more peers than one, and restarts. */
struct iec104_more {
	uint64_t flows[IEC104_PEERS - 1];
	struct iec104_master masters[IEC104_PEERS - 1];
	struct rate restarts; /* T-30 */
};

struct iec104_station {
	uint8_t ip[16]; /* its key */
	uint32_t used;  /* of the table */
	bool has_more;  /* it is its own, and no other's */
	uint64_t first_ms;
	uint64_t active; /* the flow that was started last */
	uint64_t flow;   /* the first of its peers; see iec104_peers */
	struct iec104_master master;
	uint64_t up, down; /* types ever seen, as in a link */

	/* of the detectors */
	uint64_t reset_ms, reset_frame;     /* T-12 */
	uint32_t starts, announced;         /* T-30 */
	uint8_t clock_master[16];           /* T-13 */
	int32_t offset_s, odd_offset_s;     /* T-13, T-27 */
	uint8_t has_offset, odd_offsets;    /* T-13, T-27 */
	uint32_t confirmed, terminated;     /* T-31 */
	uint32_t authenticated, most_links; /* T-36, T-03 */
	uint16_t restart_ca;                /* T-30: of the last that counts */
	uint8_t neighbours;                 /* masters beyond the list */
};

enum {                       /* flags of a point */
	IEC104_SELECTED = 1, /* and neither executed nor cancelled */
	IEC104_AWAITS_CON = 2,
	IEC104_AWAITS_TERM = 4,
	IEC104_UNSELECTED = 8 /* the last execute had no select */
};

struct iec104_point_key {
	uint8_t station[16];
	uint32_t ioa;
	uint16_t ca, zero;
};

struct iec104_point {
	struct iec104_point_key key;
	uint64_t first_ms;
	uint64_t at_ns, frame, flow; /* of the last command */
	uint64_t selected_ms, selected_flow;
	uint16_t pairs;            /* executed as it was selected */
	uint16_t step;             /* between the last two, tenths of a s */
	uint8_t executes, regular; /* how often, and by equal steps */
	uint8_t select[IEC104_ELEMENT], select_type, select_oa;
	uint8_t type, flags;
	uint32_t used; /* of the table */
};

/* What a unit changed, or broke. */
enum iec104_news {
	IEC104_NEW_LINK = 1,
	IEC104_BAD_NS = 2,
	IEC104_BAD_NR = 4,   /* below what was acknowledged */
	IEC104_AHEAD_NR = 8, /* above what was seen yet */
	IEC104_NOT_STARTED = 16,
	IEC104_OVER_K = 32,
	IEC104_LATE_ACK = 64,
	IEC104_CLOSING = 128,  /* the connection ends */
	IEC104_STARTING = 256, /* STARTDT con */
	IEC104_NEW_TYPE = 512, /* on this link */
	IEC104_FIRST_I = 1024, /* of this end */
	IEC104_GAP = 2048,
	IEC104_TWO_MACS = 4096, /* the station's changes to and fro */
	IEC104_OVER_W = 8192
};

/* What an op is about; nothing: a report or an acknowledgement as usual. */
enum {
	IEC104_ABOUT_LINK = 1, /* U frames, and what the transport tells */
	IEC104_ABOUT_NEWS = 2, /* there is some, or a link is in doubt */
	IEC104_ABOUT_ASDU = 4  /* but for what stations report */
};

/* What detectors are given: good until the next op. */
struct iec104_view {
	const struct iec104_apdu *apdu; /* NULL: told by the transport */
	struct iec104_link *link;       /* never NULL */
	struct iec104_station *station; /* NULL if not looked up, or unknown */
	struct iec104_point *point;     /* of commands and their answers */
	struct iec104_world *world;
	uint64_t now_ms;
	uint32_t about; /* bits */
	uint32_t news;
	uint32_t expected; /* what would have been right, or how many */
	uint32_t late_s;   /* how long an acknowledgement took */
	bool complete;     /* all of the connection was seen */
	bool from_master, from_station;
};

struct iec104_world {
	struct table links, stations, points;
	struct side habits, more;
	struct iec104_link *entries;
	const struct policy *policy;
	/*
	 * I frames, and those that holes in N(S) say were lost in connections
	 * of which octets are missing.
	 */
	struct loss *loss, unasked;
	uint32_t alive_s, learn_s, settle_s, slack; /* parameters */
	struct iec104_view view;
};

extern const struct world iec104_world;

/*
 * Whether its master came beside another that is at work, and has not been
 * served beside it for long.
 */
bool iec104_is_newcomer(const struct iec104_view *);

/* Of a link, or a station; zeroed when it is first asked for them. */
struct iec104_habits *iec104_habits(struct iec104_link *);
struct iec104_more *iec104_more(struct iec104_world *, struct iec104_station *);

/*
 * A place in the lists of a station's connections and masters, below
 * IEC104_PEERS.  0 and NULL: nothing was ever there.
 */
uint64_t iec104_flow_at(
    struct iec104_world *, const struct iec104_station *, size_t);
struct iec104_master *iec104_master_at(
    struct iec104_world *, struct iec104_station *, size_t);

/* The link of a flow, or NULL. */
struct iec104_link *iec104_world_link(struct iec104_world *, uint64_t flow);

struct iec104_point *iec104_world_point(
    struct iec104_world *, const struct iec104_point_key *);

/* A bit for each type of process and system commands, 0 for others. */
uint64_t iec104_world_command_bit(uint8_t type);

/* 45 to 51 and 58 to 64: what moves something. */
static inline bool
iec104_is_process(uint8_t type)
{
	return (type >= 45 && type <= 51) || (type >= 58 && type <= 64);
}

/* Process information, or the end of an initialisation, that is no refusal. */
static inline bool
iec104_is_report(const struct iec104_apdu *a)
{
	return ((a->type >= 1 && a->type <= 40) || a->type == 70) &&
	       a->cot < 44;
}

/* --- kept.c: as the world's kept --- */

size_t iec104_kept(void *state, struct kept_part[KEPT_MOST]);

/* --- Between world.c and track.c --- */

/* Sequence numbers, states and acknowledgements (60870-5-104, 5). */
void iec104_track(struct iec104_world *, const struct op *,
    const struct iec104_apdu *, struct iec104_view *);

/* Who is at the station, and whether somebody was there before. */
void iec104_track_join(struct iec104_world *, struct iec104_view *);

/*
 * Whether a connection was heard so lately that nobody may take it for dead: t1
 * is not over since it should have spoken.
 */
bool iec104_track_alive(
    const struct iec104_world *, const struct iec104_link *, uint64_t now_ms);

#endif
