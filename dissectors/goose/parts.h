/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the GOOSE dissector need of each other. */
#ifndef DISSECTORS_GOOSE_PARTS_H
#define DISSECTORS_GOOSE_PARTS_H

#include "dissectors/goose/goose.h"

#define GOOSE_HEADER 8 /* APPID, Length, Reserved1, Reserved2 */

/*
 * Octets of an extension that stands behind Length, where r is.  0: there is
 * none.  It may be more than r has: then it was cut off.
 */
size_t goose_auth_behind(const struct goose_pdu *, struct reader r);

/* Reads the extension, of which all octets are here, into auth. */
void goose_auth_read(struct goose_pdu *, struct bytes, bool behind);

/*
 * Counts the members of a data set and walks all values that they hold.  flaw:
 * why not all could be walked; remark: what is wrong with one of them; each a
 * literal, or NULL.
 */
uint32_t goose_data_count(
    struct bytes data, const char **flaw, const char **remark);

/* The object "auth", nothing when there is none. */
void goose_write_auth(const struct goose_auth *, struct json *);

/* The array "data", and "data_cut" when not all of it is in there. */
void goose_write_data(struct bytes data, struct json *);

#define GOOSE_PUBLISHERS 8192 /* of them are counted */

struct goose_tally {
	uint64_t units, malformed, truncated;
	uint32_t publishers;
	bool capped;
	/* a hash of each, 0 where there is none; half of it stays free */
	uint64_t known[2 * GOOSE_PUBLISHERS];
};

/* As in struct dissector. */
void goose_tally_count(void *tally, const struct op *);
void goose_tally_write(const void *tally, struct json *);

#endif
