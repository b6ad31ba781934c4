/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "devices" of a learnt policy: whoever sent anything, but those who were the
 * cause of an alarm.
 */
#include <config.h>

#include <errno.h>
#include <stdlib.h>

#include "sensor/learn_write.h"

/* Addresses that no device has for its own: N-1 says nothing of them. */
static bool
is_address(const uint8_t ip[16])
{
	static const uint8_t none[16], v4[12] = { [10] = 0xff, [11] = 0xff };

	if (memcmp(ip, v4, sizeof(v4)) == 0)
		return ip[12] != 0 && ip[12] < 224;
	return memcmp(ip, none, sizeof(none)) != 0;
}

static bool
is_own_mac(const uint8_t mac[6])
{
	static const uint8_t none[6];

	return memcmp(mac, none, sizeof(none)) != 0 && (mac[0] & 1) == 0;
}

/* Whoever an alarm is about, sorted. */
struct doubted {
	const struct learn_doubt **at;
	size_t n;
};

static int
compare_doubted(const void *x, const void *y)
{
	const struct learn_doubt *const *a = x, *const *b = y;

	return memcmp((*a)->key.b, (*b)->key.b, sizeof((*a)->key.b));
}

static bool
is_among(const struct doubted *d, const uint8_t who[16])
{
	struct learn_doubt one;
	const struct learn_doubt *key = &one;

	memcpy(one.key.b, who, sizeof(one.key.b));
	return bsearch(&key, d->at, d->n, sizeof(*d->at), compare_doubted) !=
	       NULL;
}

static bool
is_doubted(const struct doubted *d, const struct learn_fact *f)
{
	uint8_t mac[16] = { 0 };

	memcpy(mac, f->key.title, 6);
	return (is_address(f->key.a) && is_among(d, f->key.a)) ||
	       is_among(d, mac);
}

static int
compare_addresses(const void *x, const void *y)
{
	const struct learn_fact *const *a = x, *const *b = y;

	return memcmp((*a)->key.a, (*b)->key.a, sizeof((*a)->key.a));
}

static int
compare_macs(const void *x, const void *y)
{
	const struct learn_fact *const *a = x, *const *b = y;

	return memcmp((*a)->key.title, (*b)->key.title, 6);
}

static void
write_list(const struct learn_out *o, const struct learn_facts *of, bool macs)
{
	int (*compare)(const void *, const void *) =
	    macs ? compare_macs : compare_addresses;
	const char *hash = o->strict ? "" : "# ";
	bool said = false;

	qsort(of->at, of->n, sizeof(*of->at), compare);
	for (size_t i = 0; i < of->n;) {
		const struct learn_fact *f = of->at[i];
		struct learn_seen seen = { 0 };

		while (i < of->n && compare(&of->at[i], &f) == 0)
			learn_add_seen(&seen, of->at[i++]);
		if (macs ? !is_own_mac(f->key.title) : !is_address(f->key.a))
			continue;
		if (!said)
			fprintf(o->to, "  %s%s:\n", hash,
			    macs ? "macs" : "addresses");
		said = true;
		fprintf(o->to, "    %s# ", hash);
		learn_write_seen(o, &seen, "time", "times");
		fprintf(o->to, "\n    %s- ", hash);
		if (macs)
			learn_write_mac(o, f->key.title);
		else
			learn_write_ip(o, f->key.a);
		fputc('\n', o->to);
	}
}

static void
write_devices(const struct learn_out *o, const struct learn_facts *of)
{
	if (of->n == 0)
		return;
	if (!o->strict)
		fputs("# too little to tell whether these are all that send: "
		      "if they are, take away\n# the first hash of each line; "
		      "whoever else sends is then told of (N-1)\n",
		    o->to);
	fprintf(o->to, "%sdevices:\n", o->strict ? "" : "# ");
	write_list(o, of, false);
	write_list(o, of, true);
}

int
learn_write_devices(const struct learn_out *o)
{
	struct learn_facts all = learn_facts(o, LEARN_DEVICE, 0, NULL, NULL);
	struct learn_facts of = { calloc(all.n + 1, sizeof(*of.at)), 0 };
	struct doubted doubted = { .n = o->l->doubts.used };
	int rc = -ENOMEM;

	doubted.at = calloc(doubted.n + 1, sizeof(*doubted.at));
	if (of.at != NULL && doubted.at != NULL) {
		for (size_t i = 0; i < doubted.n; i++)
			doubted.at[i] = o->doubts[i];
		qsort(doubted.at, doubted.n, sizeof(*doubted.at),
		    compare_doubted);
		for (size_t i = 0; i < all.n; i++)
			if (!is_doubted(&doubted, all.at[i]))
				of.at[of.n++] = all.at[i];
		write_devices(o, &of);
		rc = 0;
	}
	free(of.at);
	free(doubted.at);
	return rc;
}
