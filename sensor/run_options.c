/* SPDX-License-Identifier: Apache-2.0 */
/* The command line that replay and monitor share; see run.h. */
#include <config.h>

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "outputs/file/storage.h"
#include "sensor/commands.h"
#include "sensor/file.h"
#include "sensor/policy_yaml.h"
#include "sensor/run.h"

int
run_wrong(const struct error *error)
{
	fprintf(stderr, "gridtap: %s\n", error->text);
	return EXIT_USAGE;
}

int
run_failed(const struct error *error)
{
	fprintf(stderr, "gridtap: %s\n", error->text);
	return EXIT_FAILED;
}

int
run_target(struct run *r, const char *arg, struct error *error)
{
	if (r->ntargets == RUN_TARGETS) {
		error_set(error, "-o: at most %d outputs", RUN_TARGETS);
		return -1;
	}
	return deliver_parse(&r->targets[r->ntargets++], arg, error);
}

static int
take_option(struct run *r, int option, char *arg, struct error *error)
{
	switch (option) {
	case 'c':
	case RUN_OPT_SET:
		return 0; /* run_settings() */
	case 'o':
		return run_target(r, arg, error);
	case RUN_OPT_POLICY:
		r->rules = arg;
		return 0;
	case RUN_OPT_KEYS:
		r->secrets = arg;
		return 0;
	case RUN_OPT_FILTER:
		r->filter = arg;
		return 0;
	case RUN_OPT_RECORDS:
		r->records = arg;
		return 0;
	case RUN_OPT_SUMMARY:
		r->summary = arg;
		return 0;
	case RUN_OPT_METERS:
		r->meters = arg;
		return 0;
	case RUN_OPT_NSM:
		r->page = arg;
		return 0;
	case RUN_OPT_NSM_DUMP:
		r->nsm_dump = arg;
		return 0;
	case RUN_OPT_STATE:
		r->state = arg;
		return 0;
	case RUN_OPT_QUIET:
		r->quiet = true;
		return 0;
	case RUN_OPT_HELP:
		r->help = true;
		return 0;
	default:
		return r->own(r, option, arg, error);
	}
}

/* Only to tell one file from another; added to the hash that is there. */
static void
hash_file(char to[17], const char *path, const uint8_t *key)
{
	uint8_t digest[EVP_MAX_MD_SIZE] = { 0 }, *text;
	struct error unread;
	unsigned n = 0;
	size_t size;

	if (file_read(path, KEYS_FILE_MAX, &text, &size, &unread) != 0)
		return;
	if (key == NULL)
		EVP_Digest(text, size, digest, &n, EVP_sha256(), NULL);
	else
		HMAC(EVP_sha256(), key, STATE_SECRET, text, size, digest, &n);
	explicit_bzero(text, size);
	free(text);
	for (size_t i = 0; i < 8; i++)
		snprintf(to + 2 * i, 3, "%02x", digest[i]);
}

/* All of one option: -c, or --set. */
static int
read_all(
    const struct run *r, struct settings *s, int which, struct error *error)
{
	int option;

	optind = 0;
	opterr = 0;
	while ((option = getopt_long(
	            r->argc, r->argv, r->shorts, r->options, NULL)) != -1) {
		if (option != which)
			continue;
		if ((which == 'c' ? conf_load(&s->conf, optarg, error)
		                  : conf_set(&s->conf, optarg, error)) != 0)
			return -1;
		if (which == 'c')
			hash_file(s->hash[SETTINGS_CONF], optarg, NULL);
	}
	return 0;
}

/*
 * Keys are in use: the new file is only looked at.  One that its owner, root,
 * read for us at the start, we cannot see any more.
 */
static int
check_keys(const struct run *r, struct settings *s, const char *path,
    struct error *error)
{
	if (access(path, R_OK) != 0 && errno == EACCES) {
		memcpy(s->hash[SETTINGS_KEYS], r->settings->hash[SETTINGS_KEYS],
		    sizeof(s->hash[SETTINGS_KEYS]));
		return 0;
	}
	hash_file(s->hash[SETTINGS_KEYS], path, r->file_key);
	(void)error;
	return 0;
}

/* -i wins over the configuration. */
static int
take_interfaces(const struct run *r, struct conf *conf, struct error *error)
{
	if (r->interfaces == NULL)
		return 0;
	if (strlen(r->interfaces) >= sizeof(conf->monitor.interfaces)) {
		error_set(error, "-i: too many interfaces");
		return -1;
	}
	strcpy(conf->monitor.interfaces, r->interfaces);
	return 0;
}

/* --policy, or else what the configuration says; the same of --keys. */
static int
load_files(const struct run *r, struct settings *s, struct error *error)
{
	const char *path = r->rules != NULL ? r->rules : s->conf.policy;

	if (path[0] != '\0' && policy_load(path, &s->policy, error) != 0)
		return -1;
	if (path[0] != '\0')
		hash_file(s->hash[SETTINGS_POLICY], path, NULL);
	path = r->secrets != NULL ? r->secrets : s->conf.keys;
	if (path[0] == '\0')
		return 0;
	if (r->settings != NULL)
		return check_keys(r, s, path, error);
	if (r->live)
		hash_file(s->hash[SETTINGS_KEYS], path, r->file_key);
	if (keys_load(&s->keys, path, pipeline_key, error) != 0)
		return -1;
	s->conf.opened = &s->keys;
	return 0;
}

struct settings *
run_settings(const struct run *r, struct error *error)
{
	struct settings *s = calloc(1, sizeof(*s));

	error_set(error, "no memory for the configuration");
	/* --set wins over -c, wherever they stand: it goes last */
	if (s != NULL && conf_init(&s->conf) == 0 &&
	    read_all(r, s, 'c', error) == 0 &&
	    read_all(r, s, RUN_OPT_SET, error) == 0 &&
	    take_interfaces(r, &s->conf, error) == 0 &&
	    load_files(r, s, error) == 0)
		return s;
	settings_free(s);
	return NULL;
}

void
run_take(struct run *r, struct settings *new)
{
	struct settings *old = r->settings;
	struct policy *policy = old->policy;

	old->policy = new->policy;
	new->policy = policy;
	new->keys = old->keys;
	old->keys = (struct keys){ NULL, NULL };
	new->conf.opened = old->conf.opened != NULL ? &new->keys : NULL;
	new->conf.hash_key = old->conf.hash_key;
	r->settings = new;
	settings_free(old);
}

void
settings_free(struct settings *s)
{
	if (s == NULL)
		return;
	keys_free(&s->keys);
	policy_free(s->policy);
	conf_free(&s->conf);
	free(s);
}

/* Raw storage is one output more. */
static int
add_storage(struct run *r, struct error *error)
{
	const struct conf *conf = &r->settings->conf;
	int e = storage_setup(&r->storage, conf, error);

	if (e <= 0)
		return e;
	r->targets[r->ntargets++] = (struct deliver_target){ &storage_output,
		conf->storage.path, &r->storage.journal, r->storage.format };
	return 0;
}

int
run_parse(struct run *r)
{
	struct error error;
	int option;

	while ((option = getopt_long(
	            r->argc, r->argv, r->shorts, r->options, NULL)) != -1) {
		if (option == '?')
			return EXIT_USAGE;
		if (take_option(r, option, optarg, &error) != 0)
			return run_wrong(&error);
	}
	if (r->help)
		return EXIT_DONE;
	if (r->ntargets == 0 && run_target(r, "text", &error) != 0)
		return run_wrong(&error);
	r->settings = run_settings(r, &error);
	if (r->settings == NULL || add_storage(r, &error) != 0)
		return run_wrong(&error);
	return EXIT_DONE;
}
