/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Head-ends that read meters by nothing but ciphered DLMS, sealed with keys of
 * their own for each meter; and the file of all keys.
 * usage: keyed METERS READS CAPTURE KEYS
 */
#include <config.h>

#include <stdio.h>
#include <sys/stat.h>

#include <openssl/evp.h>

#include "tests/lib/build_dlms.h"
#include "tests/lib/pcapout.h"
#include "tests/lib/talk.h"

#define STEP_US 40
#define BEGIN_US (UINT64_C(1780000000) * 1000000)
#define CHALLENGE 8
#define AT_ONCE 4096 /* connections that are open at a time */

enum { HEAD_END, METER };

struct meter {
	struct talk talk;
	uint8_t key[16], auth[16], title[2][BUILD_DLMS_TITLE];
	uint32_t ic[2];
	uint32_t step; /* APDUs so far */
};

struct make {
	struct pcapout out;
	uint64_t us;
	EVP_CIPHER *gcm;
	EVP_CIPHER_CTX *ctx;
	struct prng rng;
};

static void
set_title(uint8_t t[BUILD_DLMS_TITLE], const char *maker, uint32_t n)
{
	memcpy(t, maker, 3);
	t[3] = 0;
	for (int i = 0; i < 4; i++)
		t[4 + i] = (uint8_t)(n >> (24 - 8 * i));
}

static void
start(struct meter *m, uint32_t n, struct prng *r)
{
	struct talk_end client =
	    talk_end(0x0a000000 + n % 64, (uint16_t)(20000 + n % 40000), r);

	*m = (struct meter){ .ic = { 1000, 500 } };
	m->talk.end[HEAD_END] = client;
	m->talk.end[METER] = talk_end(0x0b000000 + n, 4059, r);
	set_title(m->title[HEAD_END], "HES", n % 64);
	set_title(m->title[METER], "MTR", n);
	for (size_t i = 0; i < sizeof(m->key); i++) {
		m->key[i] = (uint8_t)prng_below(r, 256);
		m->auth[i] = (uint8_t)prng_below(r, 256);
	}
}

static void
frame(struct make *k, struct meter *m, unsigned dir, unsigned flags,
    const struct octets *data)
{
	struct octets o = { .n = 0 };

	talk_tcp(&o, &m->talk, dir, flags, data != NULL ? data->p : NULL,
	    data != NULL ? data->n : 0);
	pcapout_frame(&k->out, k->us, &o);
	k->us += STEP_US;
}

/* SC, counter, text, tag of authentication; SC 10 leaves out the text. */
static void
protect(struct make *k, struct meter *m, unsigned dir, uint8_t sc,
    const void *p, size_t n, struct octets *o)
{
	uint8_t iv[12], text[64], mac[16];
	uint8_t *to = (sc & 0x20) != 0 ? text : NULL;
	uint32_t ic = m->ic[dir]++;
	int got;

	memcpy(iv, m->title[dir], BUILD_DLMS_TITLE);
	for (int i = 0; i < 4; i++)
		iv[8 + i] = (uint8_t)(ic >> (24 - 8 * i));
	EVP_EncryptInit_ex2(k->ctx, k->gcm, m->key, iv, NULL);
	EVP_EncryptUpdate(k->ctx, NULL, &got, &sc, 1);
	EVP_EncryptUpdate(k->ctx, NULL, &got, m->auth, sizeof(m->auth));
	EVP_EncryptUpdate(k->ctx, to, &got, p, (int)n);
	EVP_EncryptFinal_ex(k->ctx, text + n, &got);
	EVP_CIPHER_CTX_ctrl(k->ctx, EVP_CTRL_AEAD_GET_TAG, 12, mac);
	octets_be(o, sc, 1);
	octets_put(o, iv + 8, 4);
	octets_put(o, text, to != NULL ? n : 0);
	octets_put(o, mac, 12);
}

static void
seal(struct make *k, struct meter *m, unsigned dir, uint8_t tag,
    const uint8_t *p, size_t n, struct octets *o)
{
	octets_be(o, tag, 1);
	octets_be(o, 5 + n + 12, 1);
	protect(k, m, dir, 0x30, p, n, o);
}

static void
say(struct make *k, struct meter *m, unsigned dir, const struct octets *apdu)
{
	struct octets unit = { .n = 0 };

	build_dlms_wrap(&unit, 1, 1, apdu);
	frame(k, m, dir, TALK_ACK | TALK_PSH, &unit);
}

/* A challenge that nobody used before. */
static void
challenge(struct make *k, char to[CHALLENGE + 1])
{
	for (size_t i = 0; i < CHALLENGE; i++)
		to[i] = (char)('a' + prng_below(&k->rng, 26));
	to[CHALLENGE] = '\0';
}

/* Passes 3 and 4 of HLS. */
static void
prove(struct make *k, struct meter *m, unsigned dir, const char *answers)
{
	static const uint8_t ask[] = { 0xc3, 1, 0xc1, 0, 15, 0, 0, 40, 0, 0,
		255, 1, 1, 9, 17 };
	static const uint8_t done[] = { 0xc7, 1, 0xc1, 0, 1, 0, 9, 17 };
	struct octets o = { .n = 0 }, plain = { .n = 0 };

	if (dir == HEAD_END)
		octets_put(&plain, ask, sizeof(ask));
	else
		octets_put(&plain, done, sizeof(done));
	protect(k, m, dir, 0x10, answers, CHALLENGE, &plain);
	seal(k, m, dir, dir == HEAD_END ? 0xcb : 0xcf, plain.p, plain.n, &o);
	say(k, m, dir, &o);
}

static void
log_in(struct make *k, struct meter *m)
{
	static const uint8_t ask[] = { 1, 0, 0, 0, 6, 0x5f, 0x1f, 4, 0, 0, 0x7e,
		0x1f, 4, 0xb0 };
	static const uint8_t grant[] = { 8, 0, 6, 0x5f, 0x1f, 4, 0, 0, 0x50,
		0x1f, 4, 0, 0, 7 };
	char asked[CHALLENGE + 1], answered[CHALLENGE + 1];
	struct octets o = { .n = 0 };
	struct build_dlms_acse a = { .context = 3,
		.mechanism = BUILD_DLMS_GMAC,
		.title = m->title[HEAD_END],
		.secret = asked,
		.diagnostic = 14 };

	challenge(k, asked);
	challenge(k, answered);
	frame(k, m, HEAD_END, TALK_SYN, NULL);
	frame(k, m, METER, TALK_SYN | TALK_ACK, NULL);
	frame(k, m, HEAD_END, TALK_ACK, NULL);
	seal(k, m, HEAD_END, 0x21, ask, sizeof(ask), &a.user);
	build_dlms_aarq(&o, &a);
	say(k, m, HEAD_END, &o);
	o.n = a.user.n = 0;
	a.title = m->title[METER];
	a.secret = answered;
	seal(k, m, METER, 0x28, grant, sizeof(grant), &a.user);
	build_dlms_aare(&o, &a);
	say(k, m, METER, &o);
	prove(k, m, HEAD_END, answered);
	prove(k, m, METER, asked);
}

static void
step(struct make *k, struct meter *m)
{
	static const uint8_t get[] = { 0xc0, 1, 0xc1, 0, 3, 1, 0, 1, 8, 0, 255,
		2, 0 };
	static const uint8_t got[] = { 0xc4, 1, 0xc1, 0, 6, 0, 0, 0x13, 0x88 };
	struct octets o = { .n = 0 };

	if (m->step++ == 0) {
		log_in(k, m);
		return;
	}
	seal(k, m, HEAD_END, 0xc8, get, sizeof(get), &o);
	say(k, m, HEAD_END, &o);
	o.n = 0;
	seal(k, m, METER, 0xcc, got, sizeof(got), &o);
	say(k, m, METER, &o);
}

static void
write_key(FILE *f, const struct meter *m)
{
	fputs("  - title: ", f);
	for (size_t i = 0; i < BUILD_DLMS_TITLE; i++)
		fprintf(f, "%02X", m->title[METER][i]);
	fputs("\n    encryption: ", f);
	for (size_t i = 0; i < sizeof(m->key); i++)
		fprintf(f, "%02X", m->key[i]);
	fputs("\n    authentication: ", f);
	for (size_t i = 0; i < sizeof(m->auth); i++)
		fprintf(f, "%02X", m->auth[i]);
	fputc('\n', f);
}

/* So many meters at a time, in an order of chance, each with all its reads. */
static void
make_all(struct make *k, uint32_t meters, uint32_t reads, FILE *keys)
{
	static struct meter open[AT_ONCE];
	uint32_t used = 0, next = 0;

	while (used > 0 || next < meters) {
		uint32_t i;

		while (used < AT_ONCE && next < meters) {
			start(&open[used], next++, &k->rng);
			write_key(keys, &open[used++]);
		}
		i = (uint32_t)prng_below(&k->rng, used);
		step(k, &open[i]);
		if (open[i].step > reads)
			open[i] = open[--used];
	}
}

int
main(int argc, char **argv)
{
	struct make k = { .us = BEGIN_US };
	uint32_t meters, reads;
	FILE *keys;

	if (argc != 5) {
		fputs("usage: keyed METERS READS CAPTURE KEYS\n", stderr);
		return 2;
	}
	meters = (uint32_t)strtoul(argv[1], NULL, 10);
	reads = (uint32_t)strtoul(argv[2], NULL, 10);
	k.rng = (struct prng){ 1 };
	k.gcm = EVP_CIPHER_fetch(NULL, "AES-128-GCM", NULL);
	k.ctx = EVP_CIPHER_CTX_new();
	keys = fopen(argv[4], "w");
	if (keys == NULL || k.gcm == NULL || k.ctx == NULL ||
	    chmod(argv[4], 0600) != 0 || pcapout_open(&k.out, argv[3]) != 0)
		return 1;
	fputs("meters:\n", keys);
	make_all(&k, meters, reads, keys);
	printf("%llu packets\n", (unsigned long long)k.out.packets);
	return pcapout_close(&k.out) != 0 || fclose(keys) != 0;
}
