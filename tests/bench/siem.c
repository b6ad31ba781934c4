/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Raises events at a rate and delivers them to the destinations of a
 * configuration, as a live sensor does: usage: siem CONFIGURATION RATE SECONDS
 * Prints one line: events put, lost, seconds until all was sent, CPU seconds.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "sensor/conf.h"
#include "sensor/deliver.h"
#include "tests/unit/event_sample.h"

#define PATIENCE_MS 30000

static double
now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int
fail(const struct error *error)
{
	fprintf(stderr, "siem: %s\n", error->text);
	return 1;
}

/* As many as are due by now, every millisecond. */
static uint64_t
raise_events(struct deliver *d, double rate, double seconds)
{
	double start = now(CLOCK_MONOTONIC), past;
	struct event ev = event_sample("rtu-3");
	uint64_t n = 0;

	do {
		past = now(CLOCK_MONOTONIC) - start;
		past = past < seconds ? past : seconds;
		for (; (double)n < past * rate; n++) {
			ev.sqnum = (uint32_t)n + 1;
			ev.frame = n + 1;
			deliver_put(d, &ev);
		}
		usleep(1000);
	} while (past < seconds);
	return n;
}

static int
run(const struct conf *conf, double rate, double seconds)
{
	struct siem_setup siem = { .destinations = conf->destinations,
		.n = conf->ndestinations,
		.folder = conf->spool,
		.notices = notices_new() };
	struct deliver_target target = { .output = &siem_output, .path = "-" };
	struct deliver_setup setup = { .targets = &target,
		.n = 1,
		.source = conf->source,
		.cap = 16384,
		.live = true,
		.siem = &siem };
	double start = now(CLOCK_MONOTONIC), sent;
	struct error error;
	struct deliver *d;
	uint64_t n, lost;
	int e;

	d = siem.notices != NULL ? deliver_start(&setup, &error) : NULL;
	if (d == NULL)
		return fail(&error);
	n = raise_events(d, rate, seconds);
	deliver_settle(d);
	notices_wait(siem.notices, PATIENCE_MS);
	sent = now(CLOCK_MONOTONIC) - start;
	lost = deliver_dropped(d);
	e = deliver_stop(d, &error);
	printf("%llu %llu %.2f %.2f\n", (unsigned long long)n,
	    (unsigned long long)lost, sent, now(CLOCK_PROCESS_CPUTIME_ID));
	notices_free(siem.notices);
	return e != 0 ? fail(&error) : 0;
}

int
main(int argc, char **argv)
{
	struct error error;
	struct conf conf;
	int e = 1;

	if (argc != 4) {
		fprintf(stderr, "usage: siem CONFIGURATION RATE SECONDS\n");
		return 2;
	}
	if (conf_init(&conf) == 0)
		e = conf_load(&conf, argv[1], &error) == 0
		        ? run(&conf, atof(argv[2]), atof(argv[3]))
		        : fail(&error);
	conf_free(&conf);
	return e;
}
