/* SPDX-License-Identifier: Apache-2.0 */
/* TLS by OpenSSL; see tls.h. */
#include <config.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "dissectors/text.h"
#include "outputs/message.h"
#include "outputs/siem/tls.h"

/* Forward secrecy and authenticated encryption only, as IEC 62351-3 prefers. */
#define CIPHERS_12                                                             \
	"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"           \
	"ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"           \
	"DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384"
#define CIPHERS_13 "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384"

#define SHOWN 160 /* octets of a name in a message */

static const char *
name_of(const struct destination *d)
{
	return d->server_name[0] != '\0' ? d->server_name : d->host;
}

/* OpenSSL's last word; the queue is empty then. */
static const char *
reason(void)
{
	unsigned long code = ERR_peek_last_error();
	const char *said = ERR_reason_error_string(code);

	if (ERR_SYSTEM_ERROR(code))
		said = strerror((int)ERR_GET_REASON(code));
	ERR_clear_error();
	return said != NULL ? said : "unknown error";
}

static int
bad(struct error *error, const char *path, const char *expected)
{
	int e = access(path, R_OK) != 0 ? errno : 0;

	error_set(error, "%s: %s; expected %s", path,
	    e != 0 ? strerror(e) : reason(), expected);
	ERR_clear_error();
	return -EINVAL;
}

static void
time_text(const ASN1_TIME *t, char to[32])
{
	struct tm tm = { 0 };

	ASN1_TIME_to_tm(t, &tm);
	if (strftime(to, 32, "%Y-%m-%d", &tm) == 0)
		to[0] = '\0';
}

static int
in_date(const X509 *cert, const char *path, struct error *error)
{
	const ASN1_TIME *from = X509_get0_notBefore(cert);
	const ASN1_TIME *until = X509_get0_notAfter(cert);
	char day[32];

	if (X509_cmp_current_time(from) > 0) {
		time_text(from, day);
		error_set(error,
		    "%s: not valid before %s; expected a certificate that is "
		    "valid now",
		    path, day);
		return -EINVAL;
	}
	if (X509_cmp_current_time(until) < 0) {
		time_text(until, day);
		error_set(error,
		    "%s: expired on %s; expected a certificate that is valid "
		    "now",
		    path, day);
		return -EINVAL;
	}
	return 0;
}

static int
use_ca(SSL_CTX *ctx, const struct destination *d, struct error *error)
{
	X509_STORE *store = SSL_CTX_get_cert_store(ctx);
	X509_LOOKUP *lookup;

	if (SSL_CTX_load_verify_file(ctx, d->ca) != 1)
		return bad(error, d->ca, "CA certificates (PEM)");
	if (d->crl[0] == '\0')
		return 0;
	lookup = X509_STORE_add_lookup(store, X509_LOOKUP_file());
	if (lookup == NULL ||
	    X509_load_crl_file(lookup, d->crl, X509_FILETYPE_PEM) < 1)
		return bad(error, d->crl, "a revocation list (PEM)");
	X509_STORE_set_flags(
	    store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
	return 0;
}

/* A key with a passphrase cannot be used: there is nobody to ask. */
static int
no_passphrase(char *buf, int size, int writing, void *arg)
{
	(void)buf;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}

static int
use_own(SSL_CTX *ctx, const struct destination *d, struct error *error)
{
	if (d->certificate[0] == '\0')
		return 0;
	if (SSL_CTX_use_certificate_chain_file(ctx, d->certificate) != 1)
		return bad(error, d->certificate, "a certificate (PEM)");
	if (in_date(SSL_CTX_get0_certificate(ctx), d->certificate, error) != 0)
		return -EINVAL;
	SSL_CTX_set_default_passwd_cb(ctx, no_passphrase);
	if (SSL_CTX_use_PrivateKey_file(ctx, d->key, SSL_FILETYPE_PEM) == 1 &&
	    SSL_CTX_check_private_key(ctx) == 1)
		return 0;
	if (ERR_GET_REASON(ERR_peek_last_error()) ==
	        X509_R_KEY_VALUES_MISMATCH ||
	    ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_TYPE_MISMATCH) {
		ERR_clear_error();
		error_set(error,
		    "%s: not the key of the certificate; expected the private "
		    "key of %s",
		    d->key, d->certificate);
		return -EINVAL;
	}
	return bad(error, d->key, "a private key (PEM) without passphrase");
}

/* Whom the certificate is for: the first alternative name, or the subject. */
static void
whom(const X509 *cert, char to[SHOWN])
{
	struct text t = text_over(to, SHOWN);
	GENERAL_NAMES *names =
	    X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	ASN1_STRING *s = NULL;
	int at;

	for (int i = 0; s == NULL && i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *n = sk_GENERAL_NAME_value(names, i);

		s = n->type == GEN_DNS ? n->d.dNSName : NULL;
	}
	at = X509_NAME_get_index_by_NID(
	    X509_get_subject_name(cert), NID_commonName, -1);
	if (s == NULL && at >= 0)
		s = X509_NAME_ENTRY_get_data(
		    X509_NAME_get_entry(X509_get_subject_name(cert), at));
	if (s != NULL)
		message_clean(&t,
		    (struct bytes){ ASN1_STRING_get0_data(s),
		        (size_t)ASN1_STRING_length(s) },
		    64, "");
	text_end(&t);
	GENERAL_NAMES_free(names);
}

static void
why_certificate(char why[TLS_WHY], const X509 *cert, int verdict,
    const struct destination *d)
{
	char name[SHOWN] = "", day[32] = "";

	if (cert != NULL)
		whom(cert, name);
	switch (verdict) {
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		snprintf(why, TLS_WHY,
		    "the server's certificate is for \"%s\"; expected "
		    "\"%.160s\"",
		    name, name_of(d));
		return;
	case X509_V_ERR_CERT_HAS_EXPIRED:
		if (cert != NULL)
			time_text(X509_get0_notAfter(cert), day);
		snprintf(why, TLS_WHY,
		    "the server's certificate (\"%s\"), or its CA's, expired: "
		    "%s",
		    name, day);
		return;
	case X509_V_ERR_CERT_REVOKED:
		snprintf(why, TLS_WHY,
		    "the server's certificate (\"%s\") is revoked", name);
		return;
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
	case X509_V_ERR_CERT_SIGNATURE_FAILURE:
		snprintf(why, TLS_WHY,
		    "the server's certificate (\"%s\") is not by a CA of "
		    "%.160s",
		    name, d->ca);
		return;
	default:
		snprintf(why, TLS_WHY, "the server's certificate (\"%s\"): %s",
		    name, X509_verify_cert_error_string(verdict));
	}
}

/* Later the certificate is not there any more: what it is is noted now. */
static int
on_verify(int good, X509_STORE_CTX *store)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(
	    store, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct tls_note *note = SSL_get_app_data(ssl);

	if (good != 1 && note != NULL && note->why[0] == '\0')
		why_certificate(note->why,
		    X509_STORE_CTX_get_current_cert(store),
		    X509_STORE_CTX_get_error(store), note->d);
	return good;
}

static int
set_up(SSL_CTX *ctx, const struct destination *d, struct error *error)
{
	const char *ciphers = d->ciphers[0] != '\0' ? d->ciphers : CIPHERS_12;

	SSL_CTX_set_min_proto_version(ctx,
	    d->tls_min == DESTINATION_TLS13 ? TLS1_3_VERSION : TLS1_2_VERSION);
	SSL_CTX_set_options(
	    ctx, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
	SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE |
	                          SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, on_verify);
	if (SSL_CTX_set_cipher_list(ctx, ciphers) != 1 ||
	    SSL_CTX_set_ciphersuites(ctx, CIPHERS_13) != 1) {
		error_set(error,
		    "ciphers \"%s\": %s; expected cipher suites of TLS 1.2 as "
		    "OpenSSL names them",
		    ciphers, reason());
		return -EINVAL;
	}
	if (use_ca(ctx, d, error) != 0)
		return -EINVAL;
	return use_own(ctx, d, error);
}

SSL_CTX *
tls_context(const struct destination *d, struct error *error)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

	if (ctx == NULL) {
		error_set(error, "%s: TLS: %s", d->name, reason());
		return NULL;
	}
	if (set_up(ctx, d, error) == 0)
		return ctx;
	SSL_CTX_free(ctx);
	return NULL;
}

SSL *
tls_new(SSL_CTX *ctx, struct tls_note *note)
{
	const char *name = name_of(note->d);
	SSL *ssl = SSL_new(ctx);

	if (ssl == NULL)
		return NULL;
	note->why[0] = '\0';
	SSL_set_app_data(ssl, note);
	/* an address is no name: it is not sent, and looked for elsewhere */
	if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name) == 1)
		return ssl;
	ERR_clear_error();
	SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	if (SSL_set1_host(ssl, name) == 1 &&
	    SSL_set_tlsext_host_name(ssl, name) == 1)
		return ssl;
	SSL_free(ssl);
	return NULL;
}

/* What the server says of us, or says that is no TLS. */
static void
why_protocol(char why[TLS_WHY], const struct destination *d)
{
	int code = ERR_GET_REASON(ERR_peek_last_error());

	switch (code) {
	case SSL_R_WRONG_VERSION_NUMBER:
	case SSL_R_HTTP_REQUEST:
	case SSL_R_PACKET_LENGTH_TOO_LONG:
		snprintf(why, TLS_WHY,
		    "what answers on port %u is no TLS; expected a server with "
		    "TLS",
		    (unsigned)d->port);
		ERR_clear_error();
		return;
	default:
		break;
	}
	/* alerts are numbered from here on */
	if (code > SSL_AD_REASON_OFFSET)
		snprintf(why, TLS_WHY, "the server refuses: %s%s", reason(),
		    d->certificate[0] == '\0' ? " (no certificate of ours is "
		                                "configured)"
		                              : "");
	else
		snprintf(why, TLS_WHY, "TLS: %s", reason());
}

/* Who refuses says so and closes: a write may fail before that is read. */
static bool
last_words(SSL *ssl, int e)
{
	char octet;
	int n;

	if (e != EPIPE && e != ECONNRESET)
		return false;
	ERR_clear_error();
	n = SSL_read(ssl, &octet, 1);
	return n <= 0 && SSL_get_error(ssl, n) == SSL_ERROR_SSL &&
	       !tls_is_end(ssl, n);
}

bool
tls_is_end(SSL *ssl, int result)
{
	int e = errno, what = SSL_get_error(ssl, result);

	return what == SSL_ERROR_ZERO_RETURN ||
	       (what == SSL_ERROR_SYSCALL && e == 0) ||
	       ERR_GET_REASON(ERR_peek_last_error()) ==
	           SSL_R_UNEXPECTED_EOF_WHILE_READING;
}

void
tls_why(char why[TLS_WHY], SSL *ssl, int result)
{
	int e = errno, what = SSL_get_error(ssl, result);
	const struct tls_note *note = SSL_get_app_data(ssl);
	bool early = !SSL_is_init_finished(ssl), end = tls_is_end(ssl, result);

	if (early && note->why[0] != '\0')
		snprintf(why, TLS_WHY, "%s", note->why);
	else if (end)
		snprintf(why, TLS_WHY, "%s",
		    early ? "the server closed the connection in the TLS "
		            "handshake; is it a server with TLS?"
		          : "the server closed the connection");
	else if (what == SSL_ERROR_SYSCALL && last_words(ssl, e))
		why_protocol(why, note->d);
	else if (what == SSL_ERROR_SYSCALL)
		snprintf(why, TLS_WHY, "%s%s", strerror(e),
		    early ? " in the TLS handshake" : "");
	else
		why_protocol(why, note->d);
	ERR_clear_error();
}
