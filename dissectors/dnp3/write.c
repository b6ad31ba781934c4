/* SPDX-License-Identifier: Apache-2.0 */
/* The record of a DNP3 link frame, and of the fragment that it completes. */
#include <config.h>

#include "dissectors/dissector.h"
#include "dissectors/dnp3/parts.h"

/* A record has to stay a line that can be read: what is more is counted. */
#define OBJECTS_MAX 128
#define CONTROLS_MAX 16
#define AUTH_MAX 8
#define NAME_MAX_OCTETS 255

/* Groups of which a record has more than the header. */
enum { CONTROLS = 1, TIMES = 2, FILES = 4, AUTH = 8 };

static unsigned
more_of(uint8_t group)
{
	switch (group) {
	case 12:
	case 41:
		return CONTROLS;
	case 50:
	case 51:
	case 52:
		return TIMES;
	case 70:
		return FILES;
	case 120:
		return AUTH;
	default:
		return 0;
	}
}

static void
write_header(const struct dnp3_header *h, struct json *j)
{
	json_open(j, NULL, '{');
	json_u64(j, "g", h->group);
	json_u64(j, "v", h->variation);
	json_u64(j, "qualifier", h->qualifier);
	if (!h->all)
		json_u64(j, "count", h->count);
	if (h->ranged) {
		json_open(j, "range", '[');
		json_u64(j, NULL, h->start);
		json_u64(j, NULL, h->stop);
		json_close(j, ']');
	}
	json_close(j, '}');
}

/* Returns what more there is to be said. */
static unsigned
write_objects(const struct dnp3_fragment *a, struct json *j)
{
	struct dnp3_walk w = dnp3_objects(a);
	struct dnp3_header h;
	unsigned n = 0, more = 0;

	json_open(j, "objects", '[');
	for (; dnp3_next(&w, &h); n++) {
		more |= more_of(h.group);
		if (n < OBJECTS_MAX)
			write_header(&h, j);
	}
	json_close(j, ']');
	if (n > OBJECTS_MAX)
		json_u64(j, "objects_left_out", n - OBJECTS_MAX);
	return more;
}

static void
write_crob(uint32_t index, const struct dnp3_crob *c, struct json *j)
{
	json_open(j, NULL, '{');
	json_u64(j, "index", index);
	json_u64(j, "code", c->code);
	json_u64(j, "count", c->count);
	json_u64(j, "on_ms", c->on_ms);
	json_u64(j, "off_ms", c->off_ms);
	json_u64(j, "status", c->status);
	json_close(j, '}');
}

static void
write_output(uint32_t index, const struct dnp3_output *o, struct json *j)
{
	json_open(j, NULL, '{');
	json_u64(j, "index", index);
	if (o->integer)
		json_i64(j, "value", (int64_t)o->value);
	else if (o->single)
		json_f32(j, "value", (float)o->value);
	else
		json_f64(j, "value", o->value);
	json_u64(j, "status", o->status);
	json_close(j, '}');
}

/* How many there are, of which no more than left are written. */
static unsigned
write_points(const struct dnp3_header *h, unsigned left, struct json *j)
{
	struct dnp3_points w = dnp3_points(h);
	struct dnp3_output output;
	struct dnp3_point p;
	struct dnp3_crob crob;
	unsigned n = 0;

	while (dnp3_next_point(&w, &p)) {
		if (dnp3_crob(h, &p, &crob)) {
			if (n++ < left)
				write_crob(p.index, &crob, j);
		} else if (dnp3_output(h, &p, &output)) {
			if (n++ < left)
				write_output(p.index, &output, j);
		}
	}
	return n;
}

static void
write_controls(const struct dnp3_fragment *a, struct json *j)
{
	struct dnp3_walk w = dnp3_objects(a);
	struct dnp3_header h;
	unsigned n = 0;

	json_open(j, "controls", '[');
	while (dnp3_next(&w, &h))
		if (more_of(h.group) == CONTROLS)
			n += write_points(
			    &h, n < CONTROLS_MAX ? CONTROLS_MAX - n : 0, j);
	json_close(j, ']');
	if (n > CONTROLS_MAX)
		json_u64(j, "controls_left_out", n - CONTROLS_MAX);
}

/* The first of each kind: there is seldom more than one. */
static void
write_times(const struct dnp3_fragment *a, struct json *j)
{
	struct dnp3_walk w = dnp3_objects(a);
	struct dnp3_points points;
	struct dnp3_header h;
	struct dnp3_point p;
	uint64_t ms;
	bool said[3] = { false };

	while (dnp3_next(&w, &h)) {
		if (more_of(h.group) != TIMES || said[h.group - 50])
			continue;
		points = dnp3_points(&h);
		if (!dnp3_next_point(&points, &p))
			continue;
		said[h.group - 50] = true;
		if (dnp3_delay(&h, &p, &ms))
			json_u64(j, "delay_ms", ms);
		else if (dnp3_time(&h, &p, &ms) && h.group == 50)
			json_u64(j, "time_ms", ms);
		else if (dnp3_time(&h, &p, &ms))
			json_u64(j, "cto_ms", ms);
	}
}

static void
write_name(const char *key, struct bytes name, struct json *j)
{
	if (name.n > NAME_MAX_OCTETS)
		name.n = NAME_MAX_OCTETS;
	if (name.n > 0)
		json_str(j, key, name);
}

static void
write_file_fields(uint8_t variation, const struct dnp3_file *f, struct json *j)
{
	json_u64(j, "v", variation);
	write_name(variation == 2 ? "user" : "name", f->name, j);
	if (variation >= 4 && variation <= 6)
		json_u64(j, "handle", f->handle);
	if (variation == 5 || variation == 6) {
		json_u64(j, "block", f->block);
		json_bool(j, "last", f->last);
	}
	if (variation == 5)
		json_u64(j, "octets", f->data.n);
	if (variation == 4 || variation == 6)
		json_u64(j, "status", f->status);
	if (variation == 3 || variation == 4 || variation == 7)
		json_u64(j, "size", f->size);
	if (variation == 3)
		json_u64(j, "mode", f->mode);
	if (variation == 7)
		json_u64(j, "type", f->type);
	if (variation == 3 || variation == 7)
		json_u64(j, "permissions", f->permissions);
}

/* The first file object. */
static void
write_file(const struct dnp3_fragment *a, struct json *j)
{
	struct dnp3_walk w = dnp3_objects(a);
	struct dnp3_points points;
	struct dnp3_header h;
	struct dnp3_point p;
	struct dnp3_file f;

	while (dnp3_next(&w, &h)) {
		points = dnp3_points(&h);
		if (h.group != 70 || !dnp3_next_point(&points, &p) ||
		    !dnp3_file(&h, &p, &f))
			continue;
		json_open(j, "file", '{');
		write_file_fields(h.variation, &f, j);
		json_close(j, '}');
		return;
	}
}

/* Of what keys are made of or proved with, only how long it is. */
static void
write_length(const char *key, struct bytes secret, struct json *j)
{
	if (secret.n > 0)
		json_u64(j, key, secret.n);
}

static void
write_auth_fields(uint8_t variation, const struct dnp3_auth *a, struct json *j)
{
	static const char *const seq[16] = { [1] = "csq",
		"csq",
		"csq",
		NULL,
		"ksq",
		"ksq",
		"seq",
		NULL,
		NULL,
		"scs",
		NULL,
		"ksq",
		"ksq" };
	const uint16_t with_user = 0x30fe; /* v1 to v7, v12, v13 */

	json_u64(j, "v", variation);
	if (seq[variation] != NULL)
		json_u64(j, seq[variation], a->seq);
	if ((with_user >> variation & 1) != 0)
		json_u64(j, "user", a->user);
	if (variation == 1)
		json_u64(j, "reason", a->reason);
	if (variation == 1 || variation == 5)
		json_u64(j, "mal", a->mac_algorithm);
	if (variation == 5) {
		json_u64(j, "kwa", a->key_wrap);
		json_u64(j, "status", a->key_status);
	}
	if (variation == 7) {
		json_u64(j, "error", a->error);
		json_u64(j, "association", a->association);
		json_u64(j, "time_ms", a->time_ms);
	}
	if (variation == 8 || variation == 10 || variation == 11)
		json_u64(j, "method", a->method);
	if (variation == 10) {
		json_u64(j, "operation", a->operation);
		json_u64(j, "role", a->role);
		json_u64(j, "expiry", a->expiry);
	}
}

static void
write_auth_object(uint8_t variation, const struct dnp3_auth *a, struct json *j)
{
	json_open(j, NULL, '{');
	write_auth_fields(variation, a, j);
	write_name("name", a->name, j);
	write_name("text", a->text, j);
	write_length("challenge_octets", a->challenge, j);
	write_length("mac_octets", a->mac, j);
	write_length("wrapped_octets", a->wrapped, j);
	write_length("key_octets", a->key, j);
	write_length("certificate_octets", a->certificate, j);
	json_close(j, '}');
}

static void
write_auth(const struct dnp3_fragment *a, struct json *j)
{
	struct dnp3_walk w = dnp3_objects(a);
	struct dnp3_points points;
	struct dnp3_header h;
	struct dnp3_point p;
	struct dnp3_auth auth;
	unsigned n = 0;

	json_open(j, "auth", '[');
	while (n < AUTH_MAX && dnp3_next(&w, &h)) {
		if (h.group != 120)
			continue;
		points = dnp3_points(&h);
		while (n < AUTH_MAX && dnp3_next_point(&points, &p)) {
			if (!dnp3_auth(&h, &p, &auth))
				continue;
			write_auth_object(h.variation, &auth, j);
			n++;
		}
	}
	json_close(j, ']');
}

static void
write_fragment(const struct dnp3_fragment *a, struct json *j)
{
	unsigned more;

	json_u64(j, "seq", a->seq);
	json_bool(j, "fir", a->fir);
	json_bool(j, "fin", a->fin);
	json_bool(j, "con", a->con);
	json_bool(j, "uns", a->uns);
	json_u64(j, "function", a->function);
	if (a->has_iin)
		json_u64(j, "iin", a->iin);
	more = write_objects(a, j);
	if ((more & CONTROLS) != 0)
		write_controls(a, j);
	if ((more & TIMES) != 0)
		write_times(a, j);
	if ((more & FILES) != 0)
		write_file(a, j);
	if ((more & AUTH) != 0)
		write_auth(a, j);
}

/* FCB says something only with FCV; both and DFC are seldom set. */
static void
write_control(const struct dnp3_frame *f, struct json *j)
{
	if (!f->fcv)
		return;
	if (!f->prm) {
		json_bool(j, "dfc", true);
		return;
	}
	json_bool(j, "fcb", f->fcb);
	json_bool(j, "fcv", true);
}

void
dnp3_write(const void *msg, struct json *j)
{
	const struct dnp3_frame *f = msg;

	if (!f->headed)
		return;
	json_bool(j, "dir", f->dir);
	json_bool(j, "prm", f->prm);
	write_control(f, j);
	json_u64(j, "src", f->src);
	json_u64(j, "dst", f->dst);
	json_u64(j, "link_function", f->function);
	json_u64(j, "crc_errors", f->crc_errors);
	if (f->segment) {
		json_open(j, "transport", '{');
		json_u64(j, "seq", f->seq);
		json_bool(j, "fir", f->fir);
		json_bool(j, "fin", f->fin);
		if (f->repeated)
			json_bool(j, "repeated", true);
		json_close(j, '}');
	}
	if (f->whole)
		write_fragment(&f->app, j);
}
