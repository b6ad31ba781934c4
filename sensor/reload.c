/* SPDX-License-Identifier: Apache-2.0 */
/* Another configuration in the place of the old one; see reload.h. */
#include <config.h>

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "rules/health.h"
#include "rules/policy.h"
#include "sensor/control.h"
#include "sensor/live.h"
#include "sensor/notify.h"
#include "sensor/reload.h"

#define ASKERS 8

struct reload {
	struct run *run;
	int fd;
	pthread_t thread;
	bool running, again;
	struct settings *made; /* NULL: error says why */
	struct error error;
	int askers[ASKERS];
	size_t n;
	struct reload_status status;
};

struct reload *
reload_new(struct run *run)
{
	struct reload *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->run = run;
	r->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (r->fd >= 0)
		return r;
	free(r);
	return NULL;
}

void
reload_free(struct reload *r)
{
	if (r == NULL)
		return;
	if (r->running)
		pthread_join(r->thread, NULL);
	settings_free(r->made);
	for (size_t i = 0; i < r->n; i++)
		close(r->askers[i]);
	close(r->fd);
	free(r);
}

static void *
build(void *arg)
{
	struct reload *r = arg;
	uint64_t one = 1;

	r->made = run_settings(r->run, &r->error);
	if (write(r->fd, &one, sizeof(one)) < 0)
		return NULL; /* cannot be: nobody else writes there */
	return NULL;
}

static void
finish(struct reload *r, const char *answer)
{
	clock_gettime(CLOCK_REALTIME, &r->status.at);
	strncpy(r->status.answer, answer, sizeof(r->status.answer) - 1);
	live_say("reload: %s", answer);
	for (size_t i = 0; i < r->n; i++) {
		control_answer(r->askers[i], answer, strlen(answer));
		close(r->askers[i]);
	}
	r->n = 0;
	notify("READY=1");
}

static void
begin(struct reload *r)
{
	sigset_t all, before;
	int e;

	notify_reloading();
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	e = pthread_create(&r->thread, NULL, build, r);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	r->running = e == 0;
	if (e == 0)
		return;
	r->status.refused++;
	finish(r, "refused: no thread can be started; the old one stays");
}

void
reload_ask(struct reload *r, int answer_fd)
{
	if (answer_fd >= 0 && r->n == ASKERS) {
		close(answer_fd);
		return;
	}
	if (answer_fd >= 0)
		r->askers[r->n++] = answer_fd;
	/* what was read may be older than this wish */
	if (r->running)
		r->again = true;
	else
		begin(r);
}

int
reload_fd(const struct reload *r)
{
	return r->fd;
}

/* What has to wait for the next start, as a list behind "; ". */
static void
list_waiting(
    const struct settings *old, const struct settings *new, struct text *t)
{
	const struct conf *a = &old->conf, *b = &new->conf;
	const struct {
		const char *name;
		bool differs;
	} all[] = {
		{ "source", strcmp(a->source, b->source) != 0 },
		{ "limits",
		    memcmp(&a->limits, &b->limits, sizeof(a->limits)) != 0 ||
		        memcmp(&a->world, &b->world, sizeof(a->world)) != 0 },
		{ "monitor",
		    memcmp(&a->monitor, &b->monitor, sizeof(a->monitor)) != 0 },
		{ "state", strcmp(a->state, b->state) != 0 ||
		               a->state_interval_s != b->state_interval_s ||
		               a->state_keep_days != b->state_keep_days ||
		               a->state_meters != b->state_meters },
		{ "classify", a->classify != b->classify },
		{ "keys", strcmp(old->hash[SETTINGS_KEYS],
		              new->hash[SETTINGS_KEYS]) != 0 },
	};
	bool first = true;

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		if (!all[i].differs)
			continue;
		text_add(t, first ? "; for the next start: " : ", ");
		text_add(t, all[i].name);
		first = false;
	}
}

/* One event for each file that is another one (H-5). */
static void
tell(struct live *l, const struct settings *old, const struct settings *new)
{
	static const char *const files[SETTINGS_FILES] = { "configuration",
		"policy", "keys" };
	struct health h = { .what = HEALTH_FILE,
		.name = l->ports[0].name,
		.frame = l->ports[0].frames };

	clock_gettime(CLOCK_REALTIME, &h.at);
	for (size_t i = 0; i < SETTINGS_FILES; i++) {
		if (strcmp(old->hash[i], new->hash[i]) == 0)
			continue;
		h.file = files[i];
		h.keys = i == SETTINGS_KEYS;
		h.before = old->hash[i][0] != '\0' ? old->hash[i] : "none";
		h.after = new->hash[i][0] != '\0' ? new->hash[i] : "none";
		pipeline_health(l->run->pipeline, &h);
	}
}

static void
add_hashes(
    struct text *t, const struct settings *old, const struct settings *new)
{
	text_add(t, "done: configuration ");
	text_add(t, old->hash[SETTINGS_CONF]);
	text_add(t, " -> ");
	text_add(t, new->hash[SETTINGS_CONF]);
	if (new->hash[SETTINGS_POLICY][0] == '\0')
		return;
	text_add(t, ", policy ");
	text_add(t, old->hash[SETTINGS_POLICY]);
	text_add(t, " -> ");
	text_add(t, new->hash[SETTINGS_POLICY]);
}

/* The new one takes the old one's place; 0, or -1, said in error. */
static int
swap(struct reload *r, struct live *l, struct text *answer)
{
	struct settings *old = r->run->settings, *new = r->made;

	if ((old->policy == NULL) != (new->policy == NULL)) {
		error_set(&r->error, "a policy where there was none, or none "
		                     "where there was one, needs a restart");
		return -1;
	}
	if (pipeline_reload(
	        r->run->pipeline, &new->conf, old->policy, new->policy) != 0) {
		error_set(&r->error, "no memory for what it switches on");
		return -1;
	}
	add_hashes(answer, old, new);
	list_waiting(old, new, answer);
	tell(l, old, new);
	run_take(r->run, new);
	r->made = NULL;
	return 0;
}

void
reload_done(struct reload *r, struct live *l)
{
	char text[sizeof(r->status.answer)];
	struct text answer = text_over(text, sizeof(text));
	uint64_t n;

	if (read(r->fd, &n, sizeof(n)) < 0 || !r->running)
		return;
	pthread_join(r->thread, NULL);
	r->running = false;
	if (r->again) {
		settings_free(r->made);
		r->made = NULL;
		r->again = false;
		begin(r);
		return;
	}
	deliver_reopen(r->run->deliver);
	if (r->made != NULL && swap(r, l, &answer) == 0) {
		r->status.done++;
	} else {
		r->status.refused++;
		text_add(&answer, "refused: ");
		text_add(&answer, r->error.text);
		text_add(&answer, "; the old configuration stays");
	}
	text_end(&answer);
	settings_free(r->made);
	r->made = NULL;
	finish(r, text);
}

const struct reload_status *
reload_status(const struct reload *r)
{
	return &r->status;
}
