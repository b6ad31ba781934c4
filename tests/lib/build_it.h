/* SPDX-License-Identifier: Apache-2.0 */
/* Traffic of any office: DNS, NTP, TLS, HTTP, SMB, put together for tests. */
#ifndef TESTS_LIB_BUILD_IT_H
#define TESTS_LIB_BUILD_IT_H

#include "tests/lib/octets.h"

/* A query for an A record, or its answer with address. */
void build_it_dns(struct octets *, uint16_t id, const char *name, bool answer,
    uint32_t address);

/* mode 3 client, 4 server; us since 1970. */
void build_it_ntp(struct octets *, unsigned mode, uint64_t us);

/* A TLS 1.2 record of n octets that nobody can read. */
void build_it_tls(struct octets *, uint8_t type, struct prng *, size_t n);
void build_it_client_hello(struct octets *, const char *host, struct prng *);
void build_it_server_hello(struct octets *, struct prng *);

/* An SMB2 message of a session: command, and n octets behind the header. */
void build_it_smb(struct octets *, uint16_t command, uint64_t message,
    bool response, struct prng *, size_t n);

#endif
