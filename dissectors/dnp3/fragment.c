/* SPDX-License-Identifier: Apache-2.0 */
/* The DNP3 application header, and what a fragment does (IEEE 1815-2012, 4). */
#include <config.h>

#include "dissectors/dnp3/parts.h"

#define REFUSED                                                                \
	(DNP3_IIN_NO_FUNCTION | DNP3_IIN_NO_OBJECT | DNP3_IIN_PARAMETER |      \
	    DNP3_IIN_EXECUTING)

static bool
is_response(uint8_t function)
{
	return function >= DNP3_RESPONSE && function <= DNP3_AUTH_RESPONSE;
}

/* What g70 and g120 hold has fields of its own. */
static enum dnp3_flaw
judge_fields(const struct dnp3_header *h)
{
	struct dnp3_points w = dnp3_points(h);
	struct dnp3_point p;
	struct dnp3_file file;
	struct dnp3_auth auth;
	bool judged = h->group == 70 ? h->variation >= 2 && h->variation <= 8
	                             : h->variation >= 1 && h->variation <= 15;

	while (judged && dnp3_next_point(&w, &p))
		if (h->group == 70 ? !dnp3_file(h, &p, &file)
		                   : !dnp3_auth(h, &p, &auth))
			return DNP3_OBJECT_FIELDS;
	return DNP3_SOUND;
}

/*
 * Whether a control in the answer was not carried out, or the answer is an
 * authentication error.
 */
static bool
refuses(const struct dnp3_header *h)
{
	struct dnp3_points w = dnp3_points(h);
	struct dnp3_output output;
	struct dnp3_point p;
	struct dnp3_crob crob;

	if (h->group != 12 && h->group != 41)
		return h->group == 120 && h->variation == 7;
	while (dnp3_next_point(&w, &p))
		if ((dnp3_crob(h, &p, &crob) && crob.status != 0) ||
		    (dnp3_output(h, &p, &output) && output.status != 0))
			return true;
	return false;
}

/* The group of the first object: it says what is read or written. */
static int
first_group(const struct dnp3_fragment *a)
{
	return a->first.n > 0 ? a->first.p[0] : -1;
}

enum op_kind
dnp3_kind(const struct dnp3_fragment *a)
{
	uint8_t fc = a->function;

	if (fc == DNP3_CONFIRM)
		return OP_LINK;
	if (fc == DNP3_READ)
		return first_group(a) == 70 ? OP_FILE : OP_READ;
	if (fc == DNP3_WRITE)
		return first_group(a) == 50   ? OP_TIME
		       : first_group(a) == 70 ? OP_FILE
		                              : OP_WRITE;
	if (fc <= DNP3_STOP_APPLICATION)
		return OP_CONTROL;
	if (fc == DNP3_SAVE_CONFIGURATION || fc == DNP3_ASSIGN_CLASS ||
	    fc == DNP3_ACTIVATE_CONFIGURATION)
		return OP_WRITE;
	if (fc == DNP3_DELAY_MEASURE || fc == DNP3_RECORD_TIME)
		return OP_TIME;
	if (fc >= DNP3_OPEN_FILE && fc <= DNP3_ABORT_FILE)
		return OP_FILE;
	if (fc == DNP3_AUTH_REQUEST || fc == DNP3_AUTH_REQUEST_NR ||
	    fc == DNP3_AUTH_RESPONSE)
		return OP_KEY;
	return is_response(fc) ? OP_REPORT : OP_OTHER;
}

/* What the internal indications say of the request. */
static enum op_result
answer(const struct dnp3_fragment *a)
{
	if (!a->has_iin || a->function == DNP3_UNSOLICITED)
		return OP_NO_RESULT;
	if ((a->iin & REFUSED) != 0)
		return OP_REFUSED;
	return a->function == DNP3_RESPONSE ? OP_ACCEPTED : OP_NO_RESULT;
}

/* The octets of the header at p and, if there is one, of its first index. */
static struct bytes
named(const uint8_t *p, const struct dnp3_header *h)
{
	size_t n = 3; /* as far as the qualifier, when there is no way on */

	if (h->octets.p != NULL)
		n = (size_t)(h->octets.p - p);
	if (!h->sized && h->octets.n >= h->prefix)
		n += h->prefix;
	return (struct bytes){ p, n };
}

/* One walk for all that is to be known of them. */
static enum dnp3_flaw
read_objects(struct dnp3_fragment *a)
{
	struct dnp3_walk w = dnp3_objects(a);
	bool answers = a->has_iin && a->function != DNP3_UNSOLICITED;
	enum dnp3_flaw fields = DNP3_SOUND;
	const uint8_t *p = w.r.p;
	struct dnp3_header h;

	for (; dnp3_next(&w, &h); p = w.r.p) {
		/* in aggressive mode what is done stands behind who asks */
		if (a->first.n == 0 || a->first.p[0] == 120)
			a->first = named(p, &h);
		if (answers && refuses(&h))
			a->result = OP_REFUSED;
		if ((h.group == 70 || h.group == 120) && fields == DNP3_SOUND)
			fields = judge_fields(&h);
	}
	return w.flaw != DNP3_SOUND ? w.flaw : fields;
}

void
dnp3_fragment(struct dnp3_frame *f, struct bytes octets)
{
	struct reader r = rd_over(octets.p, octets.n, octets.n);
	struct dnp3_fragment *a = &f->app;
	uint8_t control = rd_u8(&r);
	enum dnp3_flaw flaw = DNP3_SOUND;

	a->function = rd_u8(&r);
	f->whole = r.err == RD_OK;
	a->fir = control >> 7;
	a->fin = control >> 6 & 1;
	a->con = control >> 5 & 1;
	a->uns = control >> 4 & 1;
	a->seq = control & 0xf;
	if (f->whole && is_response(a->function)) {
		a->iin = rd_u16be(&r);
		a->has_iin = r.err == RD_OK;
	}
	a->objects = rd_rest(&r);
	a->result = answer(a);
	if (!f->whole)
		flaw = DNP3_NO_APPLICATION;
	else if (is_response(a->function) && !a->has_iin)
		flaw = DNP3_NO_IIN;
	else if (a->function > DNP3_AUTH_REQUEST_NR &&
	         !is_response(a->function))
		flaw = DNP3_FUNCTION;
	else
		flaw = read_objects(a);
	if (f->flaw == DNP3_SOUND)
		f->flaw = flaw;
}
