/* SPDX-License-Identifier: Apache-2.0 */
/* Whole captures: any packets at any time, through all of the pipeline. */
#include <config.h>

#include <pcap/pcap.h>
#include <stdlib.h>

#include "outputs/cef/cef.h"
#include "outputs/json/json_event.h"
#include "outputs/syslog/rfc5424.h"
#include "outputs/text/text_event.h"
#include "outputs/xml/xml_event.h"
#include "sensor/pipeline.h"
#include "tests/fuzz/fuzz.h"

/*
 * An input is the link type, settings, then packets: two octets say how many
 * follow, one how many more there were on the wire, one when it came.
 */
#define HEAD 2
#define PACKET_HEAD 4
#define BEGIN 1778567400
#define LINE 65536
#define SETTINGS 8
#define LIFE 128 /* inputs of one sensor */

enum { /* of the second octet */
	NO_RECORDS = 0x01,
	NO_FOLDING = 0x02,
	ROOM = 0x04,   /* limits as they are by preset, but for the flows */
	SUMMARY = 0x08 /* is written in the end; most inputs do without */
};

struct formats {
	struct event_sink sink;
	uint32_t sqnum;
};

static void
must(bool holds)
{
	if (!holds)
		abort();
}

/* Every format writes every event. */
static void
format(struct event_sink *sink, const struct event *ev)
{
	static const struct rfc5424_sender sender = { "fuzz", "gridtap", NULL };
	struct formats *f = (struct formats *)sink;
	static char line[LINE];

	must(ev->sqnum == ++f->sqnum && ev->def != NULL && ev->count > 0);
	must(json_event_format(line, sizeof(line), "fuzz", ev) > 0);
	must(text_event_format(line, sizeof(line), true, ev) > 0);
	must(rfc5424_format(line, RFC5424_MAX, &sender, ev) > 0);
	must(xml_event_format(line, sizeof(line), "fuzz", ev) > 0);
	must(cef_format(line, sizeof(line), "fuzz", ev) > 0);
	must(leef_format(line, sizeof(line), "fuzz", ev) > 0);
}

/* Tables so small that all of them overflow. */
static void
tighten(struct conf_limits *l)
{
	l->blocks = 64;
	l->large_blocks = 4;
	l->out_of_order = 3;
	l->fragments = 2;
	l->messages = 16;
	l->history_kib = 4;
	l->duplicates = 8;
	l->folds = 16;
	l->events = 16;
}

static struct pipeline *
start(unsigned settings, struct event_sink *events)
{
	static struct record_sink *records;
	struct pipeline *pl;
	struct error error;
	struct conf conf;

	if (records == NULL)
		records = record_open("/dev/null", &error);
	must(records != NULL && conf_init(&conf) == 0);
	conf.classify = false;
	conf.limits.flows = 64;
	if ((settings & ROOM) == 0)
		tighten(&conf.limits);
	if ((settings & NO_FOLDING) != 0)
		conf.suppress_s = 0;
	pl = pipeline_new(&conf, NULL,
	    (settings & NO_RECORDS) != 0 ? NULL : records, events, &error);
	must(pl != NULL);
	conf_free(&conf);
	return pl;
}

static void
packets(struct pipeline *pl, const uint8_t *data, size_t size)
{
	struct timespec at = { BEGIN, 0 };
	uint64_t ms = 0;
	size_t n;

	for (; size >= PACKET_HEAD; data += n, size -= n) {
		uint8_t lost = data[2], step = data[3];

		n = (size_t)data[0] << 8 | data[1];
		data += PACKET_HEAD;
		size -= PACKET_HEAD;
		if (n > size)
			n = size;
		ms += (uint64_t)step * step;
		at.tv_sec = (time_t)(BEGIN + ms / 1000);
		at.tv_nsec = (long)(ms % 1000) * 1000000;
		pipeline_packet(pl, at, data, n, n + lost);
	}
}

static void
summarize(const struct pipeline *pl)
{
	static char line[LINE];
	struct json j;

	json_start(&j, line, sizeof(line));
	json_open(&j, NULL, '{');
	pipeline_summary(pl, &j);
	json_close(&j, '}');
	must(json_end(&j) > 0);
}

/*
 * Most of the time would go into making and freeing tables: a sensor lives for
 * some inputs, as it does for many captures.  What is found after several of
 * them is found again by the same seed and corpus.
 */
struct sensor {
	struct formats formats;
	struct pipeline *pipeline;
	unsigned inputs;
};

static struct sensor *
sensor_for(unsigned settings)
{
	static struct sensor sensors[SETTINGS];
	struct sensor *s = &sensors[settings % SETTINGS];

	if (s->inputs++ % LIFE == 0) {
		pipeline_free(s->pipeline);
		s->formats = (struct formats){ .sink = { format } };
		s->pipeline = start(settings, &s->formats.sink);
	}
	return s;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int links[] = { DLT_EN10MB, DLT_LINUX_SLL, DLT_LINUX_SLL2,
		DLT_RAW, DLT_NULL, DLT_LOOP, DLT_PPP };
	struct sensor *s;
	struct error error;

	if (size < HEAD)
		return 0;
	s = sensor_for(data[1]);
	must(pipeline_capture(s->pipeline, "fuzz.pcap",
	         links[data[0] % (sizeof(links) / sizeof(*links))],
	         &error) == 0);
	packets(s->pipeline, data + HEAD, size - HEAD);
	pipeline_end(s->pipeline);
	if (s->inputs % LIFE == 0)
		summarize(s->pipeline);
	return 0;
}
