/* SPDX-License-Identifier: Apache-2.0 */
/* What CEF and LEEF have in common: "key=value" with something between. */
#ifndef OUTPUTS_CEF_PARTS_H
#define OUTPUTS_CEF_PARTS_H

#include "outputs/message.h"

struct cef_pairs {
	struct text *t;
	const char *between, *special; /* what gets a backslash in a value */
	bool any;
};

/* At most max characters; nothing for what is not there or empty. */
void cef_bytes(struct cef_pairs *, const char *key, struct bytes, size_t max);
void cef_text(struct cef_pairs *, const char *key, const char *, size_t max);
void cef_u64(struct cef_pairs *, const char *key, uint64_t);

/* Milliseconds since 1970; nothing before. */
void cef_time(struct cef_pairs *, const char *key, const struct timespec *);

/* The address if it is an IPv4 one, or an IPv6 one; whether it was. */
bool cef_ip(
    struct cef_pairs *, const char *key, const struct endpoint *, bool v6);
void cef_mac(struct cef_pairs *, const char *key, const struct endpoint *);

/* 0 to 10, as both count it. */
unsigned cef_severity(enum severity);

#endif
