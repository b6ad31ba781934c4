/* SPDX-License-Identifier: Apache-2.0 */
/* Sections "meters" and "goose" of a keys file; see keys_yaml.h. */
#include <config.h>

#include <errno.h>
#include <stdlib.h>

#include <openssl/crypto.h>

#include "sensor/keys_yaml.h"
#include "sensor/policy_read.h"

#define NOTE_MAX 32 /* octets behind '#' */
#define FIELDS 12
#define KEYS_MAX 32 /* of one set */

struct reader_state {
	struct yaml yaml;
	int (*take)(void *to, const struct keys_item *);
	void *to;
	const char *key;  /* whose value is in hand */
	uint64_t *titles; /* hashes of those that there were; 0: free */
	size_t ntitles, cap;
	/* of the item at hand: a group key, or a set with its keys */
	struct keys_item item;
	struct keys_item keys[KEYS_MAX];
	size_t nkeys;
	unsigned suite; /* 3: not said */
	size_t octets;  /* of the encryption key */
};

struct field {
	const char *key;
	int (*read)(struct reader_state *, const struct field *);
	uint8_t use;
	bool needed;
	bool later; /* tried behind those that are not */
};

static int
wrong(const struct reader_state *r, const char *expected)
{
	const yaml_event_t *e = &r->yaml.event;

	if (yaml_is_null(&r->yaml))
		return yaml_fail(&r->yaml, &e->start_mark,
		    "%s has no value; expected %s", r->key, expected);
	if (e->type != YAML_SCALAR_EVENT)
		return yaml_fail(&r->yaml, &e->start_mark,
		    "%s is %s; expected %s", r->key, yaml_what(&r->yaml),
		    expected);
	return yaml_fail(&r->yaml, &e->start_mark,
	    "%s is not right; expected %s", r->key, expected);
}

static int
scalar(const struct reader_state *r, const char *expected, struct bytes *v)
{
	if (r->yaml.event.type != YAML_SCALAR_EVENT || yaml_is_null(&r->yaml))
		return wrong(r, expected);
	*v = yaml_scalar(&r->yaml);
	return 0;
}

/* A key of the section in hand; what stands there instead is not shown. */
static const struct field *
find(struct reader_state *r, const struct field *fields, bool had[FIELDS])
{
	const yaml_event_t *e = &r->yaml.event;
	char names[200];
	struct text t = text_over(names, sizeof(names));
	const struct field *f;

	for (f = fields; f->key != NULL; f++) {
		struct bytes v = { (const uint8_t *)"", 0 };

		if (e->type == YAML_SCALAR_EVENT)
			v = yaml_scalar(&r->yaml);
		if (v.n == strlen(f->key) && memcmp(v.p, f->key, v.n) == 0)
			break;
		text_add(&t, t.n > 0 ? ", " : "");
		text_add(&t, f->key);
	}
	text_end(&t);
	if (f->key == NULL) {
		yaml_fail(&r->yaml, &e->start_mark,
		    "unknown key; expected one of %s", names);
		return NULL;
	}
	if (had[f - fields]) {
		yaml_fail(&r->yaml, &e->start_mark,
		    "%s stands here again; expected it only once", f->key);
		return NULL;
	}
	had[f - fields] = true;
	return f;
}

static int
section(struct reader_state *r, const struct field *fields)
{
	bool had[FIELDS] = { false };
	yaml_mark_t at = r->yaml.event.start_mark;
	const char *key = r->key;
	int rc = 0;

	if (r->yaml.event.type != YAML_MAPPING_START_EVENT)
		return wrong(r, "keys of its own");
	for (;;) {
		const struct field *f;

		rc = yaml_next(&r->yaml);
		if (rc != 0 || r->yaml.event.type == YAML_MAPPING_END_EVENT)
			break;
		f = find(r, fields, had);
		if (f == NULL)
			return -EINVAL;
		rc = yaml_next(&r->yaml);
		r->key = f->key;
		if (rc == 0)
			rc = f->read(r, f);
		if (rc != 0)
			return rc;
	}
	for (const struct field *f = fields; rc == 0 && f->key != NULL; f++)
		if (f->needed && !had[f - fields])
			rc = yaml_fail(&r->yaml, &at,
			    "%s without \"%s\"; expected that key", key,
			    f->key);
	r->key = key;
	return rc;
}

static int
list(struct reader_state *r, const struct field *f,
    int (*one)(struct reader_state *, const struct field *))
{
	const char *key = r->key;
	int rc;

	if (r->yaml.event.type != YAML_SEQUENCE_START_EVENT)
		return wrong(r, "a list");
	for (;;) {
		rc = yaml_next(&r->yaml);
		if (rc != 0 || r->yaml.event.type == YAML_SEQUENCE_END_EVENT)
			return rc;
		r->key = key;
		rc = one(r, f);
		if (rc != 0)
			return rc;
	}
}

/* --- Meters --- */

static int
grow(struct reader_state *r)
{
	size_t cap = r->cap > 0 ? r->cap * 2 : 1024;
	uint64_t *more = calloc(cap, sizeof(*more));

	if (more == NULL) {
		error_set(r->yaml.error, "%s: no memory", r->yaml.name);
		return -ENOMEM;
	}
	for (size_t i = 0; i < r->cap; i++) {
		size_t at = r->titles[i] & (cap - 1);

		while (r->titles[i] != 0 && more[at] != 0)
			at = (at + 1) & (cap - 1);
		if (r->titles[i] != 0)
			more[at] = r->titles[i];
	}
	free(r->titles);
	r->titles = more;
	r->cap = cap;
	return 0;
}

/* Title and note, each pair once. */
static int
note_title(struct reader_state *r, struct bytes note)
{
	static const uint8_t hash_key[SIPHASH_KEY] = "titles of a file";
	uint8_t all[KEYRING_TITLE + 1 + NOTE_MAX] = { 0 };
	uint64_t h;
	size_t at;

	memcpy(all, r->item.title, KEYRING_TITLE);
	all[KEYRING_TITLE] = r->item.any;
	if (note.n > 0)
		memcpy(all + KEYRING_TITLE + 1, note.p, note.n);
	h = siphash(hash_key, all, sizeof(all)) | 1;
	if (r->ntitles >= r->cap / 2 && grow(r) != 0)
		return -ENOMEM;
	for (at = h & (r->cap - 1); r->titles[at] != 0;
	     at = (at + 1) & (r->cap - 1))
		if (r->titles[at] == h)
			return yaml_fail(&r->yaml, &r->yaml.event.start_mark,
			    "this title stands here again; expected \"#\" and "
			    "a name of the set behind it");
	r->titles[at] = h;
	r->ntitles++;
	return 0;
}

static int
read_title(struct reader_state *r, const struct field *f)
{
	static const char expected[] =
	    "16 hexadecimal digits, or \"*\" for every meter";
	struct bytes v, note = { NULL, 0 };
	const uint8_t *mark;
	int rc = scalar(r, expected, &v);

	(void)f;
	if (rc != 0)
		return rc;
	mark = memchr(v.p, '#', v.n);
	if (mark != NULL) {
		note =
		    (struct bytes){ mark + 1, (size_t)(v.p + v.n - mark) - 1 };
		v.n = (size_t)(mark - v.p);
		if (note.n == 0 || note.n > NOTE_MAX)
			return wrong(r, "1 to 32 octets behind \"#\"");
	}
	r->item.any = v.n == 1 && *v.p == '*';
	if (!r->item.any &&
	    (v.n != 2 * KEYRING_TITLE || policy_parse_hex(v, r->item.title,
	                                     KEYRING_TITLE) != KEYRING_TITLE))
		return wrong(r, expected);
	r->item.kind = KEYS_SET;
	return note_title(r, note);
}

static int
read_key(struct reader_state *r, const struct field *f)
{
	static const char expected[] =
	    "32 hexadecimal digits, or 64 for suite 2";
	struct keys_item *k = &r->keys[r->nkeys];
	struct bytes v;
	int rc = scalar(r, expected, &v);

	if (rc != 0)
		return rc;
	if (r->nkeys == KEYS_MAX)
		return wrong(r, "no more than 32 keys of one title");
	*k = (struct keys_item){ .kind = KEYS_KEY, .use = f->use };
	k->later = f->later;
	k->n = (uint8_t)policy_parse_hex(v, k->octets, KEYRING_KEY);
	if (v.n != 2u * k->n || (k->n != 16 && k->n != 32))
		return wrong(r, expected);
	if (f->use == KEYRING_ENCRYPTION && !f->later)
		r->octets = k->n;
	r->nkeys++;
	return 0;
}

static int
read_keys(struct reader_state *r, const struct field *f)
{
	return list(r, f, read_key);
}

static int
read_suite(struct reader_state *r, const struct field *f)
{
	struct bytes v;
	int rc = scalar(r, "0, 1 or 2", &v);

	(void)f;
	if (rc != 0)
		return rc;
	if (v.n != 1 || *v.p < '0' || *v.p > '2')
		return wrong(r, "0, 1 or 2");
	r->suite = (unsigned)(*v.p - '0');
	return 0;
}

static const struct field meter[] = {
	{ "title", read_title, 0, true, false },
	{ "encryption", read_key, KEYRING_ENCRYPTION, true, false },
	{ "authentication", read_key, KEYRING_AUTHENTICATION, false, false },
	{ "broadcast", read_key, KEYRING_BROADCAST, false, false },
	{ "kek", read_key, KEYRING_MASTER, false, false },
	{ "also", read_keys, KEYRING_ENCRYPTION, false, true },
	{ "also_authentication", read_keys, KEYRING_AUTHENTICATION, false,
	    true },
	{ "suite", read_suite, 0, false, false },
	{ NULL, NULL, 0, false, false },
};

/* The set, then its keys in the order in which they are tried. */
static int
give(struct reader_state *r)
{
	int rc = r->take(r->to, &r->item);

	for (int later = 0; later < 2; later++)
		for (size_t i = 0; rc == 0 && i < r->nkeys; i++)
			if (r->keys[i].later == (later != 0))
				rc = r->take(r->to, &r->keys[i]);
	return rc;
}

static int
read_meter(struct reader_state *r, const struct field *f)
{
	yaml_mark_t at = r->yaml.event.start_mark;
	int rc;

	(void)f;
	memset(&r->item, 0, sizeof(r->item));
	r->suite = 3;
	r->octets = r->nkeys = 0;
	rc = section(r, meter);
	if (rc != 0)
		return rc;
	if (r->suite < 3 && (r->suite == 2) != (r->octets == KEYRING_KEY))
		return yaml_fail(&r->yaml, &at,
		    "suite %u and a key of %zu octets; expected 32 octets in "
		    "suite 2, and 16 in suites 0 and 1",
		    r->suite, r->octets);
	return give(r);
}

static int
read_meters(struct reader_state *r, const struct field *f)
{
	return list(r, f, read_meter);
}

/* --- Group keys of GOOSE --- */

static int
read_id(struct reader_state *r, const struct field *f)
{
	static const char expected[] = "a key id: 0 to 4294967295";
	struct bytes v;
	uint64_t id;
	int rc = scalar(r, expected, &v);

	(void)f;
	if (rc != 0)
		return rc;
	if (!policy_parse_number(v, 0, UINT32_MAX, &id))
		return wrong(r, expected);
	r->item.id = (uint32_t)id;
	r->item.any_id = false;
	return 0;
}

static int
read_gocbref(struct reader_state *r, const struct field *f)
{
	static const char expected[] = "a control block reference";
	struct bytes v;
	int rc = scalar(r, expected, &v);

	(void)f;
	if (rc != 0)
		return rc;
	if (v.n == 0 || v.n >= GOOSE_KEY_REF || memchr(v.p, 0, v.n) != NULL)
		return wrong(r, expected);
	memcpy(r->item.gocbref, v.p, v.n);
	return 0;
}

static int
read_algorithm(struct reader_state *r, const struct field *f)
{
	static const char *const words[] = { "hmac-sha256-80",
		"hmac-sha256-128", "hmac-sha256-256", "aes-gmac-64",
		"aes-gmac-128" };
	struct bytes v;
	int rc = scalar(r, "an algorithm", &v);

	(void)f;
	for (size_t i = 0; rc == 0 && i < sizeof(words) / sizeof(*words); i++)
		if (v.n == strlen(words[i]) &&
		    memcmp(v.p, words[i], v.n) == 0) {
			r->item.algorithm = (uint8_t)i;
			return 0;
		}
	return rc != 0 ? rc
	               : wrong(r, "hmac-sha256-80, hmac-sha256-128, "
	                          "hmac-sha256-256, aes-gmac-64 or "
	                          "aes-gmac-128");
}

static int
read_group_key(struct reader_state *r, const struct field *f)
{
	static const char expected[] = "32 to 128 hexadecimal digits";
	struct bytes v;
	int rc = scalar(r, expected, &v);

	(void)f;
	if (rc != 0)
		return rc;
	r->item.n = (uint8_t)policy_parse_hex(v, r->item.octets, GOOSE_KEY_MAX);
	return v.n == 2u * r->item.n && r->item.n >= 16 ? 0
	                                                : wrong(r, expected);
}

static const struct field group[] = {
	{ "id", read_id, 0, false, false },
	{ "gocbref", read_gocbref, 0, false, false },
	{ "algorithm", read_algorithm, 0, true, false },
	{ "key", read_group_key, 0, true, false },
	{ NULL, NULL, 0, false, false },
};

static int
read_group(struct reader_state *r, const struct field *f)
{
	yaml_mark_t at = r->yaml.event.start_mark;
	int rc;

	(void)f;
	memset(&r->item, 0, sizeof(r->item));
	r->item.kind = KEYS_GROUP;
	r->item.any_id = true;
	rc = section(r, group);
	if (rc != 0)
		return rc;
	if (r->item.any_id && r->item.gocbref[0] == '\0')
		return yaml_fail(&r->yaml, &at,
		    "goose without \"id\" and \"gocbref\"; expected either");
	if (r->item.algorithm >= GOOSE_GMAC_64 && r->item.n != 16 &&
	    r->item.n != 32)
		return yaml_fail(&r->yaml, &at,
		    "a key of %u octets; expected 16 or 32 for AES", r->item.n);
	return r->take(r->to, &r->item);
}

static int
read_groups(struct reader_state *r, const struct field *f)
{
	return list(r, f, read_group);
}

static const struct field top[] = {
	{ "meters", read_meters, 0, false, false },
	{ "goose", read_groups, 0, false, false },
	{ NULL, NULL, 0, false, false },
};

int
keys_yaml(const char *name, struct bytes text,
    int (*take)(void *to, const struct keys_item *), void *to,
    struct error *error)
{
	struct reader_state r = { .take = take, .to = to, .key = "the file" };
	int rc = yaml_open(&r.yaml, name, text, true, error);

	if (rc == 0 && r.yaml.event.type == YAML_STREAM_END_EVENT)
		rc = yaml_fail(&r.yaml, &r.yaml.event.start_mark,
		    "nothing; expected \"meters:\" or \"goose:\"");
	if (rc == 0)
		rc = section(&r, top);
	if (rc == 0)
		rc = yaml_end(&r.yaml);
	yaml_close(&r.yaml);
	free(r.titles);
	OPENSSL_cleanse(&r, sizeof(r));
	return rc;
}
