/* SPDX-License-Identifier: Apache-2.0 */
/* Destinations: what keys need each other, and what files have to be there. */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "outputs/siem/siem.h"
#include "sensor/conf_destination.h"

static bool
is_name(const char *s)
{
	static const char good[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                           "abcdefghijklmnopqrstuvwxyz0123456789-_.";

	return s[strspn(s, good)] == '\0' && s[0] != '.';
}

static int
fail(struct error *error, size_t at, const char *what)
{
	error_set(error, "outputs[%zu] %s", at, what);
	return -EINVAL;
}

static int
check_names(const struct conf *conf, size_t at, struct error *error)
{
	const struct destination *d = &conf->destinations[at - 1];

	if (d->name[0] == '\0')
		return fail(error, at, "has no name; expected \"name: ...\"");
	if (!is_name(d->name) || !is_name(d->group))
		return fail(error, at,
		    "has a name or a group that cannot be a file's; expected "
		    "letters, digits, \"-\", \"_\" and \".\"");
	for (size_t i = 0; i + 1 < at; i++) {
		const struct destination *o = &conf->destinations[i];

		if (strcmp(o->name, d->name) == 0 ||
		    strcmp(o->group, d->name) == 0 ||
		    strcmp(o->name, d->group) == 0)
			return fail(error, at,
			    "has the name of another one, or of a group; "
			    "expected one of its own");
		if (d->group[0] != '\0' && strcmp(o->group, d->group) == 0 &&
		    (strcmp(o->format, d->format) != 0 || o->type != d->type))
			return fail(error, at,
			    "has another format or type than its group; "
			    "expected the same");
	}
	return 0;
}

/* What goes without certificates has to be wanted. */
static int
check_security(const struct destination *d, size_t at, struct error *error)
{
	bool tls = destination_is_tls(d);

	if (d->type == DESTINATION_REDIS && d->transport != DESTINATION_TLS &&
	    d->transport != DESTINATION_TCP)
		return fail(error, at,
		    "is redis over relp or udp; expected tls or tcp");
	if (!tls && (d->ca[0] != '\0' || d->certificate[0] != '\0' ||
	                d->key[0] != '\0' || d->crl[0] != '\0'))
		return fail(error, at,
		    "has ca, certificate, key or crl, which tcp and udp do not "
		    "know; expected tls or relp");
	if (!tls && !d->insecure)
		return fail(error, at,
		    "is tcp or udp; expected tls or relp, or \"insecure: "
		    "true\" with what is outside IEC 62351-14");
	if (tls && d->ca[0] == '\0')
		return fail(error, at,
		    "has no ca; expected the file of the CA that the server's "
		    "certificate is by");
	if ((d->certificate[0] == '\0') != (d->key[0] == '\0'))
		return fail(
		    error, at, "has one of certificate and key; expected both");
	if (tls && d->certificate[0] == '\0' && !d->insecure)
		return fail(error, at,
		    "has no certificate; expected certificate and key, or "
		    "\"insecure: true\" with what is outside IEC 62351-14");
	return 0;
}

int
conf_destination_whole(const struct conf *conf, struct error *error)
{
	size_t at = conf->ndestinations;
	const struct destination *d = &conf->destinations[at - 1];
	int rc = check_names(conf, at, error);

	if (rc == 0 && d->host[0] == '\0')
		rc = fail(error, at, "has no host; expected a name or address");
	return rc == 0 ? check_security(d, at, error) : rc;
}

void
conf_destination_warn(const struct conf *conf, FILE *to)
{
	for (size_t i = 0; i < conf->ndestinations; i++) {
		const struct destination *d = &conf->destinations[i];

		if (!destination_is_tls(d))
			fprintf(to,
			    "gridtap: destination %s: insecure: events go "
			    "unencrypted, which is outside IEC 62351-14\n",
			    d->name);
		else if (d->certificate[0] == '\0')
			fprintf(to,
			    "gridtap: destination %s: insecure: no certificate "
			    "of ours, which is outside IEC 62351-14\n",
			    d->name);
	}
}

int
conf_destination_check(const struct conf *conf, FILE *to, struct error *error)
{
	struct error said;

	conf_destination_warn(conf, to);
	for (size_t i = 0; i < conf->ndestinations; i++)
		if (siem_check(&conf->destinations[i], &said) != 0) {
			error_set(error, "destination %s: %s",
			    conf->destinations[i].name, said.text);
			return -EINVAL;
		}
	return 0;
}
