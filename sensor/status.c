/* SPDX-License-Identifier: Apache-2.0 */
/* How the sensor is, for a person, for a program, for a collector. */
#include <config.h>

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dissectors/timetext.h"
#include "sensor/control.h"
#include "sensor/live.h"
#include "sensor/reload.h"
#include "sensor/summary.h"

#define SIZE (1024 * 1024)

/* KiB that are in memory now. */
static uint64_t
resident(void)
{
	FILE *f = fopen("/proc/self/statm", "re");
	uint64_t pages = 0;

	if (f != NULL && fscanf(f, "%*u %" SCNu64, &pages) != 1)
		pages = 0;
	if (f != NULL)
		fclose(f);
	return pages * (uint64_t)sysconf(_SC_PAGESIZE) / 1024;
}

static void
write_time(struct json *j, const char *key, struct timespec at)
{
	char s[TIMETEXT];

	timetext_utc(s, (uint64_t)at.tv_sec, (uint32_t)(at.tv_nsec / 1000));
	json_text(j, key, s);
}

static void
write_ports(const struct live *l, struct json *j)
{
	json_open(j, "ports", '{');
	for (size_t i = 0; i < l->nports; i++) {
		const struct port *p = &l->ports[i];

		json_open(j, p->name, '{');
		json_text(j, "link", p->up ? "up" : "down");
		json_u64(j, "packets", p->frames);
		json_u64(j, "received", p->received);
		json_u64(j, "kernel_drops", p->kernel_drops);
		json_u64(j, "interface_drops", p->interface_drops);
		json_u64(j, "queued", packet_ring_fill(p->ring));
		json_u64(j, "queue", packet_ring_size(p->ring));
		json_u64(j, "silent_s",
		    l->mono_was.tv_sec > p->heard.tv_sec
		        ? (uint64_t)(l->mono_was.tv_sec - p->heard.tv_sec)
		        : 0);
		json_close(j, '}');
	}
	json_close(j, '}');
}

static void
write_rates(const struct live *l, struct json *j)
{
	const struct pipeline_counts *c = pipeline_counts(l->run->pipeline);

	json_open(j, "traffic", '{');
	json_u64(j, "packets", c->packets);
	json_u64(j, "bytes", c->bytes);
	json_u64(j, "packets_s", (uint64_t)l->packets_s);
	json_u64(j, "bits_s", (uint64_t)l->bits_s);
	json_u64(j, "backlog_drops", l->backlog_drops);
	json_close(j, '}');
}

static void
write_reloads(const struct live *l, struct json *j)
{
	const struct reload_status *s = reload_status(l->reload);

	json_open(j, "reloads", '{');
	json_u64(j, "done", s->done);
	json_u64(j, "refused", s->refused);
	if (s->at.tv_sec != 0) {
		write_time(j, "at", s->at);
		json_text(j, "answer", s->answer);
	}
	json_close(j, '}');
}

static void
write_files(const struct live *l, struct json *j)
{
	static const char *const names[SETTINGS_FILES] = { "configuration",
		"policy", "keys" };

	json_open(j, "files", '{');
	for (size_t i = 0; i < SETTINGS_FILES; i++)
		if (l->run->settings->hash[i][0] != '\0')
			json_text(j, names[i], l->run->settings->hash[i]);
	json_close(j, '}');
}

static void
write_destinations(const struct live *l, struct json *j)
{
	struct notice_state all[DESTINATIONS];

	if (l->run->siem.notices == NULL)
		return;
	notices_states(l->run->siem.notices, all);
	json_open(j, "destinations", '{');
	for (size_t i = 0; i < DESTINATIONS && *all[i].destination; i++) {
		json_open(j, all[i].destination, '{');
		json_bool(j, "working", all[i].working);
		json_u64(j, "waiting", all[i].waiting);
		json_u64(j, "dropped", all[i].dropped);
		json_close(j, '}');
	}
	json_close(j, '}');
}

static void
write_events(struct json *j, const struct status_event *events, size_t nevents)
{
	json_open(j, "last_events", '{');
	for (size_t i = 0; i < nevents; i++) {
		char key[16];

		snprintf(key, sizeof(key), "%" PRIu32, events[i].sqnum);
		json_text(j, key, events[i].text);
	}
	json_close(j, '}');
}

char *
status_json(
    const struct live *l, const struct status_event *events, size_t nevents)
{
	char *text = malloc(SIZE);
	struct json j;
	size_t n;

	if (text == NULL)
		return NULL;
	json_start(&j, text, SIZE);
	json_open(&j, NULL, '{');
	json_text(&j, "gridtap", PACKAGE_VERSION);
	json_text(&j, "source", l->run->settings->conf.source);
	write_time(&j, "started", l->started);
	json_u64(&j, "uptime_s",
	    (uint64_t)(l->mono_was.tv_sec - l->mono_started.tv_sec));
	json_u64(&j, "memory_kib", resident());
	json_u64(&j, "clock_steps", l->clock_steps);
	json_u64(&j, "events_dropped", deliver_dropped(l->run->deliver));
	write_rates(l, &j);
	write_ports(l, &j);
	pipeline_tables(l->run->pipeline, &j);
	write_files(l, &j);
	write_reloads(l, &j);
	write_destinations(l, &j);
	write_events(&j, events, nevents);
	json_close(&j, '}');
	n = json_end(&j);
	if (n == 0 || n + 2 > SIZE) {
		free(text);
		return NULL;
	}
	memcpy(text + n, "\n", 2);
	return text;
}

char *
status_text(
    const struct live *l, const struct status_event *events, size_t nevents)
{
	char *object = status_json(l, events, nevents), *text = NULL;
	size_t n;
	FILE *to = object != NULL ? open_memstream(&text, &n) : NULL;

	if (to != NULL) {
		report_lines(to, object);
		fclose(to);
	}
	free(object);
	return text;
}

static void
put_metric(FILE *to, const char *name, const char *kind, double value)
{
	fprintf(to, "# TYPE gridtap_%s %s\ngridtap_%s %.17g\n", name, kind,
	    name, value);
}

/* A family's lines stand together: its ports below one TYPE. */
static void
put_ports(const struct live *l, FILE *to)
{
	static const struct {
		const char *name, *kind;
		size_t at; /* of a uint64_t in the port */
	} all[] = {
		{ "port_packets_total", "counter",
		    offsetof(struct port, frames) },
		{ "port_kernel_drops_total", "counter",
		    offsetof(struct port, kernel_drops) },
		{ "port_interface_drops_total", "counter",
		    offsetof(struct port, interface_drops) },
	};

	for (size_t k = 0; k < sizeof(all) / sizeof(*all); k++) {
		fprintf(to, "# TYPE gridtap_%s %s\n", all[k].name, all[k].kind);
		for (size_t i = 0; i < l->nports; i++) {
			const struct port *p = &l->ports[i];
			uint64_t v;

			memcpy(&v, (const char *)p + all[k].at, sizeof(v));
			fprintf(to, "gridtap_%s{port=\"%s\"} %" PRIu64 "\n",
			    all[k].name, p->name, v);
		}
	}
	fputs("# TYPE gridtap_port_up gauge\n", to);
	for (size_t i = 0; i < l->nports; i++)
		fprintf(to, "gridtap_port_up{port=\"%s\"} %d\n",
		    l->ports[i].name, l->ports[i].up);
}

static void
put_destinations(const struct live *l, FILE *to)
{
	struct notice_state all[DESTINATIONS];

	if (l->run->siem.notices == NULL)
		return;
	notices_states(l->run->siem.notices, all);
	fputs("# TYPE gridtap_destination_waiting gauge\n", to);
	for (size_t i = 0; i < DESTINATIONS && *all[i].destination; i++)
		fprintf(to,
		    "gridtap_destination_waiting{destination=\"%s\"} "
		    "%" PRIu64 "\n",
		    all[i].destination, all[i].waiting);
	fputs("# TYPE gridtap_destination_working gauge\n", to);
	for (size_t i = 0; i < DESTINATIONS && *all[i].destination; i++)
		fprintf(to,
		    "gridtap_destination_working{destination=\"%s\"} %d\n",
		    all[i].destination, all[i].working);
}

static int
put_all(const struct live *l, FILE *to)
{
	const struct pipeline_counts *c = pipeline_counts(l->run->pipeline);

	put_metric(to, "uptime_seconds", "gauge",
	    (double)(l->mono_was.tv_sec - l->mono_started.tv_sec));
	put_metric(to, "packets_total", "counter", (double)c->packets);
	put_metric(to, "bytes_total", "counter", (double)c->bytes);
	put_metric(to, "resident_bytes", "gauge", (double)resident() * 1024);
	put_metric(
	    to, "backlog_drops_total", "counter", (double)l->backlog_drops);
	put_metric(to, "events_dropped_total", "counter",
	    (double)deliver_dropped(l->run->deliver));
	put_metric(to, "reloads_total", "counter",
	    (double)reload_status(l->reload)->done);
	put_metric(to, "clock_steps_total", "counter", (double)l->clock_steps);
	put_ports(l, to);
	put_destinations(l, to);
	return ferror(to) ? -EIO : 0;
}

/* A collector sees the old one or the new one, never half of it. */
int
status_prometheus(const struct live *l, const char *path)
{
	char beside[CONF_PATH + 8];
	FILE *to;
	int e;

	snprintf(beside, sizeof(beside), "%s.new", path);
	to = fopen(beside, "we");
	if (to == NULL)
		return -errno;
	e = put_all(l, to);
	/* the collector is another user */
	fchmod(fileno(to), 0644);
	if (fclose(to) != 0 && e == 0)
		e = -errno;
	if (e == 0 && rename(beside, path) != 0)
		e = -errno;
	if (e != 0)
		unlink(beside);
	return e;
}
