/* SPDX-License-Identifier: Apache-2.0 */
/* Where events are sent, as the configuration's outputs say it. */
#ifndef OUTPUTS_SIEM_DESTINATION_H
#define OUTPUTS_SIEM_DESTINATION_H

#include <stdbool.h>
#include <stdint.h>

#define DESTINATION_NAME 33 /* with its NUL; likewise: */
#define DESTINATION_HOST 256
#define DESTINATION_PATH 1024
#define DESTINATION_CIPHERS 512
#define DESTINATION_STREAM 129
#define DESTINATIONS 16 /* at most */

/* What a destination is. */
enum destination_type { DESTINATION_SYSLOG, DESTINATION_REDIS };

enum destination_transport {
	DESTINATION_TLS,  /* RFC 5425 */
	DESTINATION_RELP, /* in TLS, with acknowledgements */
	DESTINATION_TCP,  /* RFC 6587, octet counting */
	DESTINATION_UDP   /* RFC 5426 */
};

enum destination_version { DESTINATION_TLS12, DESTINATION_TLS13 };

struct destination {
	char name[DESTINATION_NAME];
	char group[DESTINATION_NAME]; /* empty: none */
	uint32_t type, transport, tls_min;
	char format[DESTINATION_NAME]; /* name of an output with lines */
	char host[DESTINATION_HOST];
	char server_name[DESTINATION_HOST]; /* empty: host */
	uint32_t port;
	char ca[DESTINATION_PATH], certificate[DESTINATION_PATH];
	char key[DESTINATION_PATH], crl[DESTINATION_PATH];
	char ciphers[DESTINATION_CIPHERS]; /* of TLS 1.2; empty: IEC 62351-3 */
	bool insecure;
	/* Redis: a stream, about so long at most; the user of AUTH */
	char stream[DESTINATION_STREAM], user[DESTINATION_NAME];
	char password_file[DESTINATION_PATH]; /* empty: no AUTH */
	uint32_t stream_length;
	uint32_t spool_mib, spool_h; /* spool_h 0: whatever their age */
	uint32_t resend;             /* events, without acknowledgements */
	uint32_t timeout_s, retry_s;
};

/* What is checked by names, certificates and keys. */
static inline bool
destination_is_tls(const struct destination *d)
{
	return d->transport == DESTINATION_TLS ||
	       d->transport == DESTINATION_RELP;
}

#endif
