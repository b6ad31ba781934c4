/* SPDX-License-Identifier: Apache-2.0 */
/* The record of a unit and the summary of all; no secret is in either. */
#include <config.h>

#include <stdio.h>

#include "dissectors/dlms/framing.h"
#include "dissectors/dlms/show.h"

#define ITEMS_MAX 64  /* of a list; "count" has them all */
#define OCTETS_MAX 32 /* of a title or another name: 8 are usual */
#define NAME_SIZE 16

static const char *
name_of(uint8_t tag, char buf[NAME_SIZE])
{
	const char *name = dlms_tag_name(tag);

	if (name != NULL)
		return name;
	snprintf(buf, NAME_SIZE, "unknown-0x%02x", tag);
	return buf;
}

static void
number(struct json *j, const char *key, const struct dlms_number *n)
{
	if (n->there)
		json_u64(j, key, n->v);
}

static void
octets(struct json *j, const char *key, struct bytes v)
{
	if (v.p == NULL)
		return;
	v.n = v.n < OCTETS_MAX ? v.n : OCTETS_MAX;
	json_hex(j, key, v);
}

/* Six numbers with points between. */
static void
obis(struct json *j, struct bytes v)
{
	char s[6 * 4 + JSON_SLACK], *end = s;

	if (v.n != 6)
		return;
	for (size_t i = 0; i < 6; i++) {
		end = json_put_u64(end, v.p[i]);
		*end++ = '.';
	}
	json_plain(j, "obis", s, (size_t)(end - s) - 1);
}

static void
frame(struct json *j, const struct dlms_hdlc *h)
{
	if (h->crc_error) {
		json_bool(j, "crc_error", true);
		return;
	}
	json_text(j, "hdlc", dlms_hdlc_name(h->kind));
	if (h->kind == DLMS_HDLC_I)
		json_u64(j, "ns", h->ns);
	if (h->kind == DLMS_HDLC_I || h->kind == DLMS_HDLC_RR ||
	    h->kind == DLMS_HDLC_RNR)
		json_u64(j, "nr", h->nr);
	if (h->segmented)
		json_bool(j, "segmented", true);
	if (h->repeated)
		json_bool(j, "repeated", true);
	number(j, "max_info_tx", &h->info_tx);
	number(j, "max_info_rx", &h->info_rx);
	number(j, "window_tx", &h->window_tx);
	number(j, "window_rx", &h->window_rx);
}

static void
framing(struct json *j, const struct dlms_apdu *a)
{
	static const char *const names[] = { "none", "wrapper", "hdlc",
		"mode-e" };
	static const char *const from[] = { "unknown", "client", "server" };

	json_text(j, "framing", names[a->framing]);
	if (a->framing == DLMS_MODE_E)
		return;
	json_text(j, "from", from[a->from]);
	if (a->from != OP_FROM_UNKNOWN && !a->hdlc.crc_error) {
		json_u64(j, "client_sap", a->client_sap);
		json_u64(j, "server_sap", a->server_sap);
	}
	number(j, "server_lower", &a->hdlc.lower);
	if (a->framing == DLMS_HDLC)
		frame(j, &a->hdlc);
}

/* Of a password or challenge its length alone. */
static void
acse(struct json *j, const struct dlms_acse *a)
{
	number(j, "context", &a->context);
	number(j, "mechanism", &a->mechanism);
	number(j, "result", &a->result);
	number(j, "diagnostic", &a->diagnostic);
	if (a->provider)
		json_bool(j, "provider", true);
	number(j, "reason", &a->reason);
	octets(j, "calling_title", a->calling_title);
	octets(j, "called_title", a->called_title);
	octets(j, "responding_title", a->responding_title);
	number(j, "calling_invocation", &a->calling_invocation);
	number(j, "responding_invocation", &a->responding_invocation);
	if (a->calling_qualifier.n > 0)
		json_u64(j, "calling_qualifier_octets", a->calling_qualifier.n);
	if (a->responding_qualifier.n > 0)
		json_u64(j, "responding_qualifier_octets",
		    a->responding_qualifier.n);
	if (a->authentication.n > 0)
		json_u64(j, "authentication_octets", a->authentication.n);
}

static void
initiate(struct json *j, const struct dlms_initiate *i)
{
	if (!i->there)
		return;
	json_u64(j, "conformance", i->conformance);
	json_u64(j, "max_pdu", i->max_pdu);
	if (i->response)
		json_u64(j, "vaa_name", i->vaa_name);
	if (i->dedicated_key.n > 0)
		json_bool(j, "dedicated_key", true);
}

static void
cipher(struct json *j, const struct dlms_cipher *c)
{
	octets(j, "title", c->title);
	octets(j, "recipient", c->recipient);
	if (!c->there)
		return;
	json_u64(j, "sc", c->sc);
	json_u64(j, "suite", c->sc & DLMS_SC_SUITE);
	json_u64(j, "ic", c->ic);
	if (c->key_info != DLMS_KEY_NONE)
		json_u64(j, "key_info", c->key_info - DLMS_KEY_IDENTIFIED);
}

static void
item(struct json *j, const struct dlms_item *i)
{
	if (i->short_name) {
		json_u64(j, "name", i->name);
	} else if (i->obis.n > 0) {
		json_u64(j, "class", i->class_id);
		obis(j, i->obis);
		json_i64(j, i->service == DLMS_ACTION ? "method" : "attribute",
		    i->index);
	}
	number(j, "selector", &i->selector);
}

static void
items(struct json *j, const struct dlms_apdu *a)
{
	struct dlms_walk w = dlms_items(a);
	struct dlms_item i;

	if (!a->items.counted) {
		if (dlms_next_item(&w, &i))
			item(j, &i);
		return;
	}
	json_u64(j, "count", a->items.count);
	json_open(j, "items", '[');
	for (int n = 0; n < ITEMS_MAX && dlms_next_item(&w, &i); n++) {
		json_open(j, NULL, '{');
		if (a->tag == DLMS_ACCESS_REQUEST)
			json_u64(j, "service", i.service);
		item(j, &i);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void
results(struct json *j, const struct dlms_apdu *a)
{
	struct dlms_walk w = dlms_results(a);
	struct dlms_result r;

	number(j, "access_result", &a->result);
	if (!a->results.counted)
		return;
	json_open(j, "results", '[');
	for (int n = 0; n < ITEMS_MAX && dlms_next_result(&w, &r); n++)
		if (r.code.there)
			json_u64(j, NULL, r.code.v);
	json_close(j, ']');
}

static void
block(struct json *j, const struct dlms_apdu *a)
{
	number(j, "block", &a->block);
	number(j, "block_ack", &a->ack);
	if (!a->block.there)
		return;
	json_bool(j, "last_block", a->last);
	json_u64(j, "block_octets", a->raw.n);
}

static void
refusal(struct json *j, const struct dlms_apdu *a)
{
	if (a->tag == DLMS_EXCEPTION) {
		json_u64(j, "state_error", a->state_error);
		json_u64(j, "service_error", a->service_error);
		number(j, "expected_ic", &a->expected_ic);
	}
	if (a->tag != DLMS_SERVICE_ERROR &&
	    (!a->acse.user_tag.there ||
	        a->acse.user_tag.v != DLMS_SERVICE_ERROR))
		return;
	json_open(j, "error", '[');
	for (size_t i = 0; i < sizeof(a->error); i++)
		json_u64(j, NULL, a->error[i]);
	json_close(j, ']');
}

static void
apdu(struct json *j, const struct dlms_apdu *a)
{
	char buf[NAME_SIZE];

	json_text(j, "apdu", name_of(a->tag, buf));
	if (a->choice != 0)
		json_u64(j, "choice", a->choice);
	/* the rest of it is priority and flags */
	if (a->invoke.there)
		json_u64(j, "invoke_id",
		    a->tag >= DLMS_GET_REQUEST && a->tag <= DLMS_ACTION_RESPONSE
		        ? a->invoke.v & 0x0f
		        : a->invoke.v & 0xffffff);
	acse(j, &a->acse);
	initiate(j, &a->initiate);
	cipher(j, &a->cipher);
	items(j, a);
	results(j, a);
	block(j, a);
	refusal(j, a);
	if (a->address.p != NULL) {
		json_u64(j, "network", a->network);
		octets(j, "address", a->address);
	}
}

static void
joined(struct json *j, const struct dlms_apdu *a)
{
	json_open(j, "joined", '{');
	json_u64(j, "octets", a->raw.n);
	items(j, a);
	json_close(j, '}');
}

void
dlms_show_apdu(const void *msg, struct json *j)
{
	const struct dlms_apdu *a = msg, *joint = a->joined;

	framing(j, a);
	if (!a->there)
		return;
	apdu(j, a);
	if (a->inner != NULL)
		json_open(j, "inner", '[');
	for (const struct dlms_apdu *i = a->inner; i != NULL; i = i->inner) {
		if (i->there) {
			json_open(j, NULL, '{');
			apdu(j, i);
			json_close(j, '}');
		}
		if (i->joined != NULL)
			joint = i->joined;
	}
	if (a->inner != NULL)
		json_close(j, ']');
	if (joint != NULL)
		joined(j, joint);
}

void
dlms_show_count(void *tally, const struct op *op)
{
	struct dlms_tally *t = tally;
	const struct dlms_apdu *a = op->msg;

	t->malformed += op->verdict == RD_MALFORMED;
	t->truncated += op->verdict == RD_TRUNCATED;
	t->crc_errors += a->hdlc.crc_error;
	if (op->verdict == RD_MALFORMED || op->verdict == RD_TRUNCATED)
		return;
	t->units++;
	t->apdus[a->tag] += a->there;
	for (a = a->inner; a != NULL; a = a->inner)
		t->inner[a->tag] += a->there;
}

static void
counts(struct json *j, const char *key, const uint64_t by_tag[256])
{
	char buf[NAME_SIZE];

	json_open(j, key, '{');
	for (unsigned tag = 0; tag < 256; tag++)
		if (by_tag[tag] > 0)
			json_u64(j, name_of((uint8_t)tag, buf), by_tag[tag]);
	json_close(j, '}');
}

void
dlms_show_write_tally(const void *tally, struct json *j)
{
	const struct dlms_tally *t = tally;

	json_u64(j, "units", t->units);
	json_u64(j, "malformed", t->malformed);
	json_u64(j, "truncated", t->truncated);
	json_u64(j, "crc_errors", t->crc_errors);
	counts(j, "apdus", t->apdus);
	counts(j, "inner", t->inner);
}
