/* SPDX-License-Identifier: Apache-2.0 */
/* Capture files through libpcap; see capture.h. */
#include <config.h>

#include <dirent.h>
#include <errno.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "sensor/capture.h"
#include "sensor/plain.h"
#include "sensor/unzip.h"

#define PACKETS_A_TIME 4096

struct reading {
	struct pipeline *pipeline;
	bool filtered;
	struct bpf_program filter;
};

/* The file as libpcap wants it, or NULL, said in error. */
static pcap_t *
open_file(const char *path, struct unzip *unzip, struct error *error)
{
	char text[PCAP_ERRBUF_SIZE];
	FILE *f = unzip_open(unzip, path, error);
	pcap_t *pcap;

	if (f == NULL)
		return NULL;
	pcap = pcap_fopen_offline_with_tstamp_precision(
	    f, PCAP_TSTAMP_PRECISION_NANO, text);
	if (pcap == NULL) {
		error_set(error,
		    "%s: no capture: %s; expected pcap or pcapng, "
		    "gzip-compressed or not",
		    path, unzip_reason(unzip, text));
		fclose(f);
	}
	return pcap;
}

/* The time of the first packet, or false when there is none. */
static bool
first_packet(const char *path, struct timespec *at)
{
	struct unzip unzip;
	struct pcap_pkthdr *header;
	const u_char *bytes;
	struct error error;
	pcap_t *pcap = open_file(path, &unzip, &error);
	bool found;

	if (pcap == NULL)
		return false;
	found = pcap_next_ex(pcap, &header, &bytes) == 1;
	if (found)
		*at =
		    (struct timespec){ header->ts.tv_sec, header->ts.tv_usec };
	pcap_close(pcap);
	return found;
}

static int
append(struct capture_list *list, const char *path, const char *name,
    struct error *error)
{
	struct capture_entry *grown =
	    realloc(list->entries, (list->n + 1) * sizeof(*list->entries));
	struct capture_entry *e;

	if (grown != NULL) {
		list->entries = grown;
		e = &grown[list->n];
		*e = (struct capture_entry){ .path = strdup(path) };
	}
	if (grown == NULL || e->path == NULL) {
		error_set(error, "%s: %s", path, strerror(ENOMEM));
		return -ENOMEM;
	}
	e->name = name != NULL ? name : strrchr(e->path, '/');
	e->name = e->name == NULL ? e->path : e->name + (name == NULL);
	list->n++;
	return 0;
}

static bool
has_ending(const char *name)
{
	static const char *const endings[] = { ".pcap", ".pcapng", ".cap",
		".pcap.gz", ".pcapng.gz", ".cap.gz" };
	size_t n = strlen(name);

	for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++) {
		size_t k = strlen(endings[i]);

		if (n > k && strcmp(name + n - k, endings[i]) == 0)
			return true;
	}
	return false;
}

static int
add_folder(struct capture_list *list, const char *path, struct error *error)
{
	struct dirent **names;
	size_t before = list->n;
	int n = scandir(path, &names, NULL, alphasort), status = 0;
	char file[4096];

	if (n < 0) {
		error_set(error, "%s: %s", path, strerror(errno));
		return -errno;
	}
	for (int i = 0; i < n; i++) {
		snprintf(file, sizeof(file), "%s/%s", path, names[i]->d_name);
		if (status == 0 && has_ending(names[i]->d_name))
			status = append(list, file, NULL, error);
		free(names[i]);
	}
	free(names);
	if (status == 0 && list->n == before) {
		error_set(error,
		    "%s: no captures in this folder; expected files that end "
		    "in .pcap, .pcapng or .cap, or in .gz behind it",
		    path);
		status = -ENOENT;
	}
	return status;
}

static void
on_packet(u_char *user, const struct pcap_pkthdr *header, const u_char *bytes)
{
	struct reading *r = (struct reading *)(void *)user;
	struct timespec at = { header->ts.tv_sec, header->ts.tv_usec };

	/* here, so that frames count as in the capture */
	if (r->filtered &&
	    pcap_offline_filter(&r->filter, header, bytes) == 0) {
		pipeline_left_out(r->pipeline, at);
		return;
	}
	/* libpcap was asked for nanoseconds: they stand in tv_usec */
	pipeline_packet(r->pipeline, at, bytes, header->caplen,
	    header->len > header->caplen ? header->len : header->caplen);
}

static int
set_filter(
    pcap_t *pcap, const char *filter, struct reading *r, struct error *error)
{
	if (filter == NULL)
		return 0;
	if (pcap_compile(pcap, &r->filter, filter, 1, PCAP_NETMASK_UNKNOWN) !=
	    0) {
		error_set(
		    error, "--filter \"%s\": %s", filter, pcap_geterr(pcap));
		return -EINVAL;
	}
	r->filtered = true;
	return 0;
}

static int
read_all(pcap_t *pcap, const struct capture_entry *e, struct unzip *unzip,
    struct reading *r, struct capture_progress *progress, struct error *error)
{
	int n;

	do {
		n = pcap_dispatch(pcap, PACKETS_A_TIME, on_packet, (u_char *)r);
		pipeline_flush(r->pipeline);
		if (progress != NULL)
			progress->at(progress, e->name, unzip_share(unzip));
	} while (n > 0);
	if (n == 0 && unzip_failed(unzip) == NULL)
		return 0;
	error_set(error, "%s: cut off or damaged: %s; what was whole is read",
	    e->path, unzip_reason(unzip, pcap_geterr(pcap)));
	return -EIO;
}

int
capture_add(struct capture_list *list, const char *path, struct error *error)
{
	struct stat st;

	if (strcmp(path, "-") == 0)
		return append(list, path, "-", error);
	if (stat(path, &st) != 0) {
		error_set(error, "%s: %s", path, strerror(errno));
		return -errno;
	}
	if (S_ISDIR(st.st_mode))
		return add_folder(list, path, error);
	return append(list, path, NULL, error);
}

static int
earlier(const void *a, const void *b)
{
	const struct capture_entry *x = a, *y = b;

	if (x->first.tv_sec != y->first.tv_sec)
		return x->first.tv_sec < y->first.tv_sec ? -1 : 1;
	if (x->first.tv_nsec != y->first.tv_nsec)
		return x->first.tv_nsec < y->first.tv_nsec ? -1 : 1;
	return strcmp(x->path, y->path);
}

void
capture_sort(struct capture_list *list)
{
	if (list->n < 2)
		return;
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->entries[i].path, "-") != 0)
			first_packet(
			    list->entries[i].path, &list->entries[i].first);
	qsort(list->entries, list->n, sizeof(*list->entries), earlier);
}

void
capture_list_free(struct capture_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->entries[i].path);
	free(list->entries);
}

/* The common case, without libpcap. */
static int
read_plain(struct plain *f, const struct capture_entry *e,
    struct pipeline *pipeline, struct capture_progress *progress,
    struct error *error)
{
	struct plain_packet packet;
	struct stat st = { 0 };
	int more = pipeline_capture(pipeline, e->name, f->link, error);

	if (more != 0)
		return more;
	fstat(f->fd, &st);
	pipeline_lasting(pipeline, true);
	do {
		while (plain_next(f, &packet))
			pipeline_packet(pipeline, packet.at, packet.p,
			    packet.captured, packet.on_wire);
		pipeline_flush(pipeline);
		if (progress != NULL)
			progress->at(progress, e->name,
			    (double)f->total / (double)(st.st_size + 1));
		more = plain_fill(f);
	} while (more > 0);
	pipeline_lasting(pipeline, false);
	if (more < 0)
		error_set(error,
		    "%s: cut off or damaged: %s; what was whole is read",
		    e->path,
		    more == -EBADMSG ? "it ends within a packet, or what "
		                       "stands there is none"
		                     : strerror(-more));
	return more;
}

static int
read_pcap(const struct capture_entry *e, const char *filter,
    struct pipeline *pipeline, struct capture_progress *progress,
    struct error *error)
{
	struct reading r = { .pipeline = pipeline };
	struct unzip unzip;
	pcap_t *pcap = open_file(e->path, &unzip, error);
	int status;

	if (pcap == NULL)
		return -EINVAL;
	status =
	    pipeline_capture(pipeline, e->name, pcap_datalink(pcap), error);
	if (status == 0)
		status = set_filter(pcap, filter, &r, error);
	if (status == 0)
		status = read_all(pcap, e, &unzip, &r, progress, error);
	if (r.filtered)
		pcap_freecode(&r.filter);
	pcap_close(pcap);
	return status;
}

int
capture_read(const struct capture_entry *e, const char *filter,
    struct pipeline *pipeline, struct capture_progress *progress,
    struct error *error)
{
	struct plain plain;
	int status;

	if (filter != NULL || strcmp(e->path, "-") == 0 ||
	    !plain_open(&plain, e->path))
		return read_pcap(e, filter, pipeline, progress, error);
	status = read_plain(&plain, e, pipeline, progress, error);
	plain_close(&plain);
	return status;
}
