/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is known of the TLS sessions on the ports of power systems, and of who
 * has spoken to whom in which version.
 */
#ifndef RULES_TLS_WORLD_H
#define RULES_TLS_WORLD_H

#include "dissectors/tls/tls.h"
#include "rules/detector.h"

#define TLS_PORT_SYSLOG 6514
#define TLS_AGAIN_S                                                            \
	86400 /* what is said of a pair is said again after this               \
	       */

enum tls_seen {                 /* bits of tls_session.seen */
	TLS_SEEN_CLIENT = 0x01, /* its hello, and so on */
	TLS_SEEN_SERVER = 0x02,
	TLS_SEEN_SECURE = 0x04,     /* the client's: RFC 5746 */
	TLS_SEEN_ALGORITHMS = 0x08, /* the client's signature_algorithms */
	TLS_SEEN_DATED = 0x10,      /* all of those are SHA-1 or MD5 */
	TLS_SEEN_REQUEST = 0x20,    /* the server asked for a certificate */
	TLS_SEEN_DONE = 0x40,       /* the server's part, of a full handshake */
	TLS_SEEN_UP = 0x80,         /* it is established; was said */
};

struct tls_session {
	uint64_t flow;
	uint16_t offered; /* the highest version that the client offered */
	uint16_t version, suite; /* of the ServerHello */
	uint8_t seen;
	uint8_t sealed; /* directions that have sent what is encrypted, bits */
};

enum tls_told { /* bits of tls_pair.told */
	TLS_TOLD_OLD = 0x01,
	TLS_TOLD_WEAK = 0x02,
	TLS_TOLD_SENTINEL = 0x04,
	TLS_TOLD_PROPOSED = 0x08,
	TLS_TOLD_SELECTED = 0x10,
	TLS_TOLD_DEPRECATED = 0x20,
	TLS_TOLD_PEER = 0x40,
	TLS_TOLD_CLIENT_UNSAFE = 0x80,
	TLS_TOLD_SERVER_UNSAFE = 0x100,
	TLS_TOLD_NO_ALGORITHMS = 0x200,
	TLS_TOLD_DATED = 0x400,
	TLS_TOLD_SIGNATURE = 0x800,
	TLS_TOLD_PORT = 0x1000,
	TLS_TOLD_LOWERED = 0x2000,
	TLS_TOLD_RAISED = 0x4000,
};

/* A client's address and a server. */
struct tls_pair {
	uint8_t client[16], server[16];
	uint16_t port, zero;
	uint16_t version; /* of the last session; 0: none yet */
	uint16_t told;
	uint32_t told_s; /* since when told holds */
};

struct tls_view {
	const struct tls_message *message;
	struct tls_session *session;
	struct tls_pair *pair;
	bool from_client;
	uint16_t port;   /* the server's */
	uint16_t before; /* the pair's version before this message */
};

/* Whether this was not yet said of the pair today; it is from now on. */
bool tls_once(const struct tls_view *, const struct op *, enum tls_told);

/* An event about the packet of op; its subject is the server. */
EVENT_RARE struct event tls_say(const struct op *, const struct tls_view *,
    const struct event_def *, const char *det);

/* "TLS 1.2". */
EVENT_RARE void tls_say_version(
    struct event *, const char *name, uint16_t version);

/* "0xC02F". */
EVENT_RARE void tls_say_suite(struct event *, const char *name, uint16_t suite);

/* Of a list as it stands on the wire. */
static inline uint16_t
tls_at(struct bytes list, size_t i)
{
	return (uint16_t)(list.p[i] << 8 | list.p[i + 1]);
}

extern const struct world tls_world;

#endif
