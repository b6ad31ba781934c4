/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a policy file is read: tables of keys, and what a value may be.  All of
 * these have the value's first event in hand and leave its last one there; 0,
 * or -errno with the error said.
 */
#ifndef SENSOR_POLICY_READ_H
#define SENSOR_POLICY_READ_H

#include "dissectors/text.h"
#include "rules/policy_parts.h"
#include "sensor/yaml.h"

#define POLICY_ITEMS 65536 /* of one list */

struct policy_reader {
	struct yaml yaml;
	struct policy *policy;
	const char *key; /* whose value is in hand */
	bool dnp3;       /* the station that is being read is one */
	bool given[POLICY_STANDARD_ROLES]; /* rights of their own */
};

/* A key of a section; a table ends with a NULL key. */
struct policy_field {
	const char *key;
	int (*take)(
	    struct policy_reader *, const struct policy_field *, void *to);
	size_t offset; /* what take gets, in what the section is for */
	uint64_t least, most;
	size_t there; /* POLICY_THERE(): a bool that says that it is; or 0 */
	bool needed;
	const void *more; /* for take: words, fields */
};

#define POLICY_THERE(type, member) (offsetof(type, member) + 1)

/* A word and what it means; a table ends with a NULL word. */
struct policy_word {
	const char *word;
	uint32_t value;
};

/* A section, by its table. */
int policy_read_map(
    struct policy_reader *, const struct policy_field *, void *to);

/* Each item of a list, which has at most so many. */
int policy_read_list(struct policy_reader *, size_t most,
    int (*item)(struct policy_reader *, void *to), void *to);

/* The same where none would mean any: there has to be one. */
int policy_read_some(struct policy_reader *, size_t most,
    int (*item)(struct policy_reader *, void *to), void *to);

/* The value in hand is not right: says so with what was expected. */
int policy_read_wrong(const struct policy_reader *, const char *expected, ...)
    __attribute__((format(printf, 2, 3)));
int policy_read_memory(const struct policy_reader *);

/* The scalar in hand, or none: then it is said what was expected. */
int policy_read_text(
    const struct policy_reader *, const char *expected, struct bytes *);

#define TAKER(name)                                                            \
	int name(struct policy_reader *, const struct policy_field *, void *to)

/* Takers for tables; the type behind offset is in the name. */
TAKER(policy_take_bool);
TAKER(policy_take_u8);
TAKER(policy_take_u16);
TAKER(policy_take_u32);
TAKER(policy_take_u64);
TAKER(policy_take_hex16); /* written as 0x and four digits */
TAKER(policy_take_text);  /* least to most octets, and NUL */
/* more: the words; the value goes to a uint32_t, uint8_t or bool. */
TAKER(policy_take_word32);
TAKER(policy_take_word8);
TAKER(policy_take_flag);
TAKER(policy_take_map);       /* more: the fields */
TAKER(policy_take_addresses); /* one or a list; a struct policy_span */
TAKER(policy_take_list);      /* of addresses; a struct policy_list */

/* A number of digits; false: it is none, or not within. */
bool policy_parse_number(
    struct bytes, uint64_t least, uint64_t most, uint64_t *);
/* Hexadecimal digits in pairs; how many octets, or 0. */
size_t policy_parse_hex(struct bytes, uint8_t *to, size_t most);
/* An address, or a network without bits behind its length. */
bool policy_parse_address(struct bytes, struct policy_prefix *);
/* Sixteen hexadecimal digits, or fewer and a star. */
bool policy_parse_title(struct bytes, struct policy_prefix *);
bool policy_parse_mac(struct bytes, uint8_t mac[6]);
/* Seconds since 1970 of 2026-01-02T03:04:05Z. */
bool policy_parse_time(struct bytes, int64_t *);

#define POLICY_ADDRESS "an IP address, or a network as 10.0.0.0/8"
#define POLICY_TITLE                                                           \
	"a system title: 16 hexadecimal digits, or fewer and a star"

/* Parts of the file, each with its table. */
extern const struct policy_field policy_dlms_fields[];
extern const struct policy_field policy_iec104_fields[];
extern const struct policy_field policy_dnp3_fields[];
extern const struct policy_field policy_goose_fields[];
TAKER(policy_take_roles);
TAKER(policy_take_images);
TAKER(policy_take_windows);

#undef TAKER

/* The types of a data set's members by their tags. */
extern const struct policy_word policy_goose_types[];

#endif
