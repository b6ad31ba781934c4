/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a meter says unasked, and ACCESS (IEC 62056-5-3, 9.3.8, 9.3.12,
 * 9.3.14).
 */
#include <config.h>

#include "dissectors/dlms/apdu.h"
#include "dissectors/dlms/axdr.h"
#include "dissectors/dlms/walk.h"

/* long-invoke-id-and-priority, date-time */
static void
head(struct reader *r, struct dlms_apdu *a)
{
	a->invoke.v = axdr_u32(r);
	a->invoke.there = r->err == RD_OK;
	a->date_time = axdr_octets(r);
}

void
dlms_report_event(struct reader *r, struct dlms_apdu *a)
{
	if (axdr_there(r))
		a->date_time = axdr_octets(r);
	dlms_walk_list(r, a, &a->items, WALK_PLAIN, false);
	dlms_walk_list(r, a, &a->values, WALK_DATA, false);
}

void
dlms_report_data(struct reader *r, struct dlms_apdu *a)
{
	head(r, a);
	if (a->tag == DLMS_DATA_NOTIFICATION)
		dlms_walk_list(r, a, &a->values, WALK_DATA, false);
}

void
dlms_report_access(struct reader *r, struct dlms_apdu *a)
{
	head(r, a);
	dlms_walk_list(r, a, &a->items, WALK_ACCESS, true);
	dlms_walk_list(r, a, &a->values, WALK_DATA, true);
	if (r->err == RD_OK && a->values.count != a->items.count)
		dlms_apdu_fail(r, a, "not as many values as objects");
}

void
dlms_report_accessed(struct reader *r, struct dlms_apdu *a)
{
	head(r, a);
	if (axdr_there(r)) /* the specification that it answers */
		dlms_walk_list(r, a, &a->items, WALK_ACCESS, true);
	dlms_walk_list(r, a, &a->values, WALK_DATA, true);
	dlms_walk_results(r, a, WALK_ACCESSED, true);
	if (r->err == RD_OK && a->values.count != a->results.count)
		dlms_apdu_fail(r, a, "not as many values as results");
}
