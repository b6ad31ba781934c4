/* SPDX-License-Identifier: Apache-2.0 */
/* The APDU: goosePdu and GSE management (IEC 61850-8-1, annex A). */
#include <config.h>

#include "dissectors/goose/parts.h"

#define CONTEXT 0x80
#define ALLDATA (CONTEXT | BER_CONSTRUCTED | GOOSE_ALLDATA)
#define REFERENCE_MAX 129 /* octets of an object reference (7-2, edition 2) */

#define REQUESTS 0xa1
#define RESPONSES 0xa2

/* simulation and ndsCom are FALSE when absent, and goID is optional */
static const char *const missing[GOOSE_ELEMENTS] = {
	[GOOSE_GOCBREF] = "gocbRef is missing",
	[GOOSE_TAL] = "timeAllowedtoLive is missing",
	[GOOSE_DATSET] = "datSet is missing",
	[GOOSE_T] = "t is missing",
	[GOOSE_STNUM] = "stNum is missing",
	[GOOSE_SQNUM] = "sqNum is missing",
	[GOOSE_CONFREV] = "confRev is missing",
	[GOOSE_ENTRIES] = "numDatSetEntries is missing",
	[GOOSE_ALLDATA] = "allData is missing",
};

/* Why the unit is malformed, and what it only should not say. */
struct judged {
	const char *flaw, *remark;
};

static void
blame(const char **flaw, const char *text)
{
	if (*flaw == NULL)
		*flaw = text;
}

/* In the fixed-length encoding a zero octet stands in front. */
static uint32_t
number(struct bytes v, struct judged *j, const char *flaw)
{
	uint32_t n = 0;

	if (v.n == 0 || v.n > 5 || (v.n == 5 && v.p[0] != 0)) {
		blame(&j->flaw, flaw);
		return 0;
	}
	for (size_t i = 0; i < v.n; i++)
		n = n << 8 | v.p[i];
	return n;
}

static bool
boolean(struct bytes v, struct judged *j, const char *flaw)
{
	if (v.n != 1) {
		blame(&j->flaw, flaw);
		return false;
	}
	return v.p[0] != 0;
}

static void
read_time(struct goose_pdu *p, struct bytes v, struct judged *j)
{
	if (v.n == 8) {
		p->t = goose_time(v.p);
		return;
	}
	p->elements &= (uint16_t) ~(1U << GOOSE_T);
	blame(&j->flaw, "t has not 8 octets");
}

static void
read_gocbref(struct goose_pdu *p, struct bytes v, struct judged *j)
{
	p->gocbref = v;
	if (v.n == 0)
		blame(&j->remark, "gocbRef is empty");
	else if (v.n > REFERENCE_MAX)
		blame(&j->remark, "gocbRef is longer than 129 octets");
}

static void
read_data(struct goose_pdu *p, struct bytes v, struct judged *j)
{
	const char *flaw, *remark;

	p->data = v;
	p->members = goose_data_count(v, &flaw, &remark);
	if (flaw != NULL)
		blame(&j->flaw, flaw);
	if (remark != NULL)
		blame(&j->remark, remark);
}

static void
read_element(
    struct goose_pdu *p, enum goose_element e, struct bytes v, struct judged *j)
{
	switch (e) {
	case GOOSE_GOCBREF:
		read_gocbref(p, v, j);
		break;
	case GOOSE_TAL:
		p->tal = number(v, j, "timeAllowedtoLive has not 32 bits");
		break;
	case GOOSE_DATSET:
		p->datset = v;
		break;
	case GOOSE_GOID:
		p->goid = v;
		break;
	case GOOSE_T:
		read_time(p, v, j);
		break;
	case GOOSE_STNUM:
		p->stnum = number(v, j, "stNum has not 32 bits");
		break;
	case GOOSE_SQNUM:
		p->sqnum = number(v, j, "sqNum has not 32 bits");
		break;
	case GOOSE_SIMULATION:
		p->simulation = boolean(v, j, "simulation is no boolean");
		break;
	case GOOSE_CONFREV:
		p->confrev = number(v, j, "confRev has not 32 bits");
		break;
	case GOOSE_NDSCOM:
		p->ndscom = boolean(v, j, "ndsCom is no boolean");
		break;
	case GOOSE_ENTRIES:
		p->entries = number(v, j, "numDatSetEntries has not 32 bits");
		break;
	case GOOSE_ALLDATA:
		read_data(p, v, j);
		break;
	case GOOSE_ELEMENTS:
		break;
	}
}

/* The elements may come in any order, but each once. */
static void
read_elements(struct reader *r, struct goose_pdu *p, struct judged *j)
{
	struct ber e = { .flaw = NULL };
	enum goose_element which;
	struct bytes v;

	while (ber_next(r, &e)) {
		v = rd_bytes(r, e.len);
		if (r->err != RD_OK)
			break;
		which = e.tag == ALLDATA
		            ? GOOSE_ALLDATA
		            : (enum goose_element)(e.tag ^ CONTEXT);
		if (e.tag != ALLDATA && (e.tag ^ CONTEXT) > GOOSE_ENTRIES)
			continue; /* a later edition's */
		if (goose_has(p, which))
			blame(&j->flaw, "an element of goosePdu stands twice");
		p->elements |= (uint16_t)(1U << which);
		read_element(p, which, v, j);
	}
	if (r->err == RD_MALFORMED)
		blame(&j->flaw, e.flaw != NULL
		                    ? e.flaw
		                    : "an element of goosePdu overruns");
}

static void
check_elements(const struct goose_pdu *p, struct judged *j)
{
	for (int i = 0; i < GOOSE_ELEMENTS; i++)
		if (missing[i] != NULL && !goose_has(p, i))
			blame(&j->flaw, missing[i]);
	if (p->entries != p->members)
		blame(&j->flaw, "numDatSetEntries differs from allData");
}

/* GSEMngtPdu: stateID, then one request or response by its context tag. */
static void
read_management(struct reader *r, struct goose_pdu *p, struct judged *j)
{
	struct ber e = { .flaw = NULL }, service;
	struct bytes v;
	struct reader body;

	while (ber_next(r, &e)) {
		v = rd_bytes(r, e.len);
		if (r->err != RD_OK)
			break;
		body = rd_over(v.p, v.n, v.n);
		if (e.tag == CONTEXT)
			p->state_id = number(v, j, "stateID has not 32 bits");
		if ((e.tag != REQUESTS && e.tag != RESPONSES) ||
		    !ber_next(&body, &service))
			continue;
		p->response = e.tag == RESPONSES;
		p->service = service.tag & 0x1f;
	}
	if (r->err == RD_MALFORMED)
		blame(&j->flaw, e.flaw != NULL
		                    ? e.flaw
		                    : "an element of GSEMngtPdu overruns");
}

/* The contents as far as they are there; beyond the end they are a flaw. */
static struct reader
contents(struct reader *r, size_t n, struct judged *j)
{
	struct reader c = rd_sub(r, n);

	if (c.err == RD_OK)
		return c;
	blame(&j->flaw, "the APDU is longer than Length allows");
	return rd_over(c.p, (size_t)(c.end - c.p), 0);
}

static bool
read_head(
    struct reader *r, struct goose_pdu *p, struct ber *e, const char **flaw)
{
	if (!ber_next(r, e)) {
		*flaw = e->flaw != NULL ? e->flaw : "there is no whole APDU";
		rd_fail(r);
		return false;
	}
	if (e->tag != GOOSE_PDU && e->tag != GOOSE_MANAGEMENT) {
		*flaw = "the APDU has an unknown tag";
		rd_fail(r);
		return false;
	}
	p->tag = (uint8_t)e->tag;
	return true;
}

enum rd_err
goose_apdu(struct reader *r, struct goose_pdu *p, const char **flaw)
{
	struct judged j = { NULL, NULL };
	struct ber e = { .flaw = NULL };
	struct reader apdu;

	if (!read_head(r, p, &e, flaw))
		return r->err;
	apdu = contents(r, e.len, &j);
	if (e.tag == GOOSE_MANAGEMENT)
		read_management(&apdu, p, &j);
	else
		read_elements(&apdu, p, &j);
	if (e.tag == GOOSE_PDU && apdu.err == RD_OK)
		check_elements(p, &j);
	*flaw = j.flaw != NULL ? j.flaw : j.remark;
	if (j.flaw != NULL)
		rd_fail(r);
	else if (r->err == RD_OK)
		r->err = apdu.err;
	return r->err;
}
