/* SPDX-License-Identifier: Apache-2.0 */
/* For tests of detectors that listen to the transport. */
#ifndef TESTS_UNIT_TRANSPORT_H
#define TESTS_UNIT_TRANSPORT_H

#include <stdlib.h>

#include "dissectors/transport.h"
#include "rules/detector.h"
#include "tests/driver.h"

struct transport_seen {
	struct event_sink sink;
	struct event ev; /* the last */
	int n;
};

static inline void
transport_see(struct event_sink *sink, const struct event *ev)
{
	struct transport_seen *s = (struct transport_seen *)sink;

	s->ev = *ev;
	s->n++;
}

/* As the sensor does it: zeroed, with all presets in place. */
static inline void *
transport_started(const struct detector *d)
{
	uint8_t *state = calloc(1, d->state_size);
	const struct parameter *p = d->detections->parameters;

	CU_ASSERT_PTR_NOT_NULL_FATAL(state);
	for (; p != NULL && p->name != NULL; p++)
		memcpy(state + p->offset, &p->preset, sizeof(p->preset));
	return state;
}

static inline void
transport_set(
    void *state, const struct detector *d, const char *name, uint32_t value)
{
	const struct parameter *p = d->detections->parameters;

	while (p->name != NULL && strcmp(p->name, name) != 0)
		p++;
	CU_ASSERT_PTR_NOT_NULL_FATAL(p->name);
	CU_ASSERT(value >= p->least && value <= p->most);
	memcpy((uint8_t *)state + p->offset, &value, sizeof(value));
}

/* From 10.0.0.1:40 to 10.0.0.2:2404. */
static inline void
transport_tell(const struct detector *d, void *state, struct transport_seen *s,
    const struct transport *msg, time_t at, enum knowledge know)
{
	struct pdu pdu = {
		.at = { .tv_sec = at },
		.frame = 7,
		.src = { .ip = { [10] = 0xff, 0xff, 10, 0, 0, 1 }, .port = 40 },
		.dst = { .ip = { [10] = 0xff, 0xff, 10, 0, 0, 2 },
		    .port = 2404 },
		.state = know,
	};
	uint32_t kinds = d->kinds;
	struct op op = { .pdu = &pdu,
		.protocol = TRANSPORT_PROTOCOL,
		.kind = msg->note == TRANSPORT_OVERLAP ? OP_FLAW : OP_OTHER,
		.msg = msg };

	s->sink.emit = transport_see;
	if (strcmp(d->protocol, TRANSPORT_PROTOCOL) != 0)
		kinds = d->transport_kinds;
	if ((kinds & DETECTOR_ON(op.kind)) != 0)
		d->on_op(state, &op, NULL, &s->sink);
}

static inline int
transport_why_is(
    const struct event *ev, size_t i, const char *name, const char *value)
{
	return i < ev->nwhy && strcmp(ev->why[i].name, name) == 0 &&
	       ev->why[i].value.n == strlen(value) &&
	       memcmp(ev->why[i].value.p, value, strlen(value)) == 0;
}

static inline int
transport_subject_is(const struct event *ev, const char *subject)
{
	return ev->subject.n == strlen(subject) &&
	       memcmp(ev->subject.p, subject, ev->subject.n) == 0;
}

#endif
