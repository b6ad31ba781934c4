/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A context of OpenSSL for each key used of late: the schedule of a key costs
 * as much as a usual APDU.  Of more than a few hundred it costs more to fetch
 * than to make it anew.
 */
#include <config.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "rules/dlms/cipher.h"
#include "rules/vault.h"

#define TAG 12
#define KEY_MAX 32

struct slot {
	uint64_t id; /* 0: none */
	EVP_CIPHER_CTX *ctx;
};

struct ciphers {
	EVP_CIPHER *gcm128, *gcm256, *wrap128, *wrap256;
	EVP_CIPHER_CTX *wrap;
	struct slot once128, once256; /* of keys that are used once */
	struct slot small[CIPHER_CACHE], large[CIPHER_CACHE];
	uint8_t aad[1 + KEY_MAX];
};

_Static_assert(sizeof(struct ciphers) <= 32768, "within CIPHER_VAULT");

static bool
fetch(struct ciphers *c)
{
	c->gcm128 = EVP_CIPHER_fetch(NULL, "AES-128-GCM", NULL);
	c->gcm256 = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
	c->wrap128 = EVP_CIPHER_fetch(NULL, "AES-128-WRAP", NULL);
	c->wrap256 = EVP_CIPHER_fetch(NULL, "AES-256-WRAP", NULL);
	return c->gcm128 != NULL && c->gcm256 != NULL && c->wrap128 != NULL &&
	       c->wrap256 != NULL;
}

/* One that is ready for any key; what OpenSSL keeps of it is there then. */
static EVP_CIPHER_CTX *
new_context(const EVP_CIPHER *how)
{
	static const uint8_t key[KEY_MAX], iv[CIPHER_IV];
	EVP_CIPHER_CTX *x = EVP_CIPHER_CTX_new();

	if (x != NULL && EVP_DecryptInit_ex2(x, how, key, iv, NULL) == 1)
		return x;
	EVP_CIPHER_CTX_free(x);
	return NULL;
}

static bool
open_contexts(struct ciphers *c)
{
	EVP_CIPHER_CTX *first = new_context(c->gcm128);

	EVP_CIPHER_CTX_free(first);
	vault_enter();
	c->wrap = EVP_CIPHER_CTX_new();
	c->once128.ctx = new_context(c->gcm128);
	c->once256.ctx = new_context(c->gcm256);
	vault_leave();
	return first != NULL && c->wrap != NULL && c->once128.ctx != NULL &&
	       c->once256.ctx != NULL;
}

struct ciphers *
ciphers_new(void)
{
	struct ciphers *c = vault_get(sizeof(*c));

	if (c == NULL)
		return NULL;
	if (fetch(c) && open_contexts(c))
		return c;
	ciphers_free(c);
	return NULL;
}

static void
free_slots(struct slot *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		EVP_CIPHER_CTX_free(s[i].ctx);
}

void
ciphers_free(struct ciphers *c)
{
	if (c == NULL)
		return;
	free_slots(c->small, CIPHER_CACHE);
	free_slots(c->large, CIPHER_CACHE);
	free_slots(&c->once128, 1);
	free_slots(&c->once256, 1);
	EVP_CIPHER_CTX_free(c->wrap);
	EVP_CIPHER_free(c->gcm128);
	EVP_CIPHER_free(c->gcm256);
	EVP_CIPHER_free(c->wrap128);
	EVP_CIPHER_free(c->wrap256);
	OPENSSL_cleanse(c, sizeof(*c));
}

/* Its own context, or when there is no room for one that of all others. */
static struct slot *
slot_of(struct ciphers *c, const struct cipher_key *key)
{
	bool large = key->octets.n == KEY_MAX;
	struct slot *s = large ? c->large : c->small;
	struct slot *once = large ? &c->once256 : &c->once128;

	if (key->id == 0)
		return once;
	s += key->id % CIPHER_CACHE;
	if (s->ctx == NULL)
		s->ctx = new_context(large ? c->gcm256 : c->gcm128);
	return s->ctx != NULL ? s : once;
}

/* The context of this key, ready for one APDU; NULL when OpenSSL fails. */
static EVP_CIPHER_CTX *
ready(struct ciphers *c, const struct cipher_key *key, const uint8_t *iv)
{
	struct slot *s = slot_of(c, key);
	const uint8_t *octets = key->octets.p;

	if (key->id != 0 && s->id == key->id)
		octets = NULL; /* it is there */
	s->id = 0;
	if (EVP_DecryptInit_ex2(s->ctx, NULL, octets, iv, NULL) != 1)
		return NULL;
	s->id = key->id;
	return s->ctx;
}

static bool
add(EVP_CIPHER_CTX *x, const uint8_t *p, size_t n)
{
	int got;

	return n == 0 || EVP_DecryptUpdate(x, NULL, &got, p, (int)n) == 1;
}

/* SC, authentication key, fields of general-ciphering, what is in clear. */
static bool
add_all(struct ciphers *all, EVP_CIPHER_CTX *x, const struct dlms_cipher *c,
    struct bytes auth, bool with_fields)
{
	bool clear = (c->sc & DLMS_SC_ENCRYPTED) == 0;

	all->aad[0] = c->sc;
	memcpy(all->aad + 1, auth.p, auth.n);
	return add(x, all->aad, 1 + auth.n) &&
	       add(x, c->fields.p, with_fields ? c->fields.n : 0) &&
	       add(x, c->text.p, clear ? c->text.n : 0);
}

static bool
ends_right(EVP_CIPHER_CTX *x, struct bytes tag)
{
	uint8_t copy[TAG], rest[16];
	int n;

	memcpy(copy, tag.p, TAG);
	return EVP_CIPHER_CTX_ctrl(x, EVP_CTRL_AEAD_SET_TAG, TAG, copy) == 1 &&
	       EVP_DecryptFinal_ex(x, rest, &n) == 1;
}

static enum cipher_result
open_one(struct ciphers *all, const struct cipher_key *key, struct bytes auth,
    const uint8_t *iv, const struct dlms_cipher *c, bool with_fields,
    uint8_t *to)
{
	bool checked = (c->sc & DLMS_SC_AUTHENTICATED) != 0 && auth.n > 0 &&
	               auth.n <= KEY_MAX && c->tag.n == TAG;
	EVP_CIPHER_CTX *x = ready(all, key, iv);
	int n;

	if (x == NULL || (checked && !add_all(all, x, c, auth, with_fields)))
		return CIPHER_FAILED;
	if ((c->sc & DLMS_SC_ENCRYPTED) != 0 && c->text.n > 0 &&
	    EVP_DecryptUpdate(x, to, &n, c->text.p, (int)c->text.n) != 1)
		return CIPHER_FAILED;
	if (!checked)
		return CIPHER_UNCHECKED;
	if (ends_right(x, c->tag))
		return CIPHER_RIGHT;
	if ((c->sc & DLMS_SC_ENCRYPTED) != 0)
		OPENSSL_cleanse(to, c->text.n);
	return CIPHER_WRONG;
}

/* Stacks differ on whether fields of general-ciphering are authenticated. */
enum cipher_result
cipher_open(struct ciphers *all, const struct cipher_key *key,
    struct bytes auth, const uint8_t iv[CIPHER_IV], const struct dlms_cipher *c,
    uint8_t *to)
{
	enum cipher_result result;

	vault_enter();
	result = open_one(all, key, auth, iv, c, true, to);
	if (result == CIPHER_WRONG && c->fields.n > 0)
		result = open_one(all, key, auth, iv, c, false, to);
	vault_leave();
	return result;
}

static size_t
unwrap(struct ciphers *c, struct bytes master, struct bytes wrapped,
    uint8_t to[32])
{
	const EVP_CIPHER *how = master.n == 32 ? c->wrap256 : c->wrap128;
	uint8_t *room = to;
	int n, more;

	EVP_CIPHER_CTX_set_flags(c->wrap, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
	if (EVP_DecryptInit_ex2(c->wrap, how, master.p, NULL, NULL) != 1 ||
	    EVP_DecryptUpdate(c->wrap, room, &n, wrapped.p, (int)wrapped.n) !=
	        1 ||
	    EVP_DecryptFinal_ex(c->wrap, room + n, &more) != 1 ||
	    (n != 16 && n != 32))
		return 0;
	return (size_t)n;
}

size_t
cipher_unwrap(struct ciphers *c, struct bytes master, struct bytes wrapped,
    uint8_t to[32])
{
	size_t n;

	if ((wrapped.n != 24 && wrapped.n != 40) ||
	    (master.n != 16 && master.n != 32))
		return 0;
	vault_enter();
	n = unwrap(c, master, wrapped, to);
	EVP_CIPHER_CTX_reset(c->wrap);
	vault_leave();
	return n;
}
