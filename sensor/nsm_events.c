/* SPDX-License-Identifier: Apache-2.0 */
/* Rules, detection functions, and the ring of recent events. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "outputs/message.h"
#include "outputs/nsm/objects.h"
#include "sensor/nsm_parts.h"

struct known_rule {
	const char *det;
	uint8_t function, counter;
	const char *name;
	const struct event_def *def;
};

#define RULE(det, function, counter, name, event)                              \
	{ det, NSM_##function, NSM_##counter, #name, &EV_##event },
#define NSM_REPLAY NSM_REPLAY_COUNT
static const struct known_rule known[] = {
#include "outputs/nsm/rules.inc"
};
#undef NSM_REPLAY

static unsigned
prot_of_det(const char *det)
{
	switch (det[0]) {
	case 'D':
		return 0;
	case 'T':
		return 1;
	case 'P':
		return 2;
	case 'G':
		return 3;
	default:
		return NSM_PROTS - 1;
	}
}

static uint8_t
severity_of(enum severity s)
{
	switch (s) {
	case SEVERITY_ALARM:
		return NSM_ALARM;
	case SEVERITY_ERROR:
		return NSM_ERROR;
	case SEVERITY_WARNING:
		return NSM_WARNING;
	default:
		return NSM_NOTICE;
	}
}

static struct nsm_rule_count *
find_rule(struct nsm *n, const char *det)
{
	uint32_t id = nsm_rule_id(det), number = id % 1000;
	uint16_t i;

	if (id == 0 || number > 99)
		return NULL;
	i = n->by_det[det[0] - 'A'][number];
	return i != 0 ? &n->rules[i - 1] : NULL;
}

static void
set_event(
    struct nsm_rule_count *r, const struct event_def *def, const char *std)
{
	const char *also = strncmp(def->id, "IEC62351", 8) == 0 ? def->id : std;

	r->def = def;
	nsm_name_set(&r->event_id, 32, nsm_chars(def->id));
	if (also != NULL)
		nsm_name_set(&r->std_id, 32, nsm_chars(also));
	r->dirty = true;
}

static void
set_known(struct nsm_rule_count *r)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		if (strcmp(known[i].det, r->det) != 0)
			continue;
		r->function = known[i].function;
		r->counter = known[i].counter;
		if (r->severity == 0)
			r->severity = severity_of(known[i].def->severity);
		nsm_name_set(&r->name, 64, nsm_chars(known[i].name));
		set_event(r, known[i].def, NULL);
	}
}

static void
set_conf(struct nsm_rule_count *r, const struct conf_detection *c)
{
	r->enabled = c == NULL || c->enabled;
	if (c != NULL && c->severity != 0)
		r->severity = severity_of(c->severity);
	r->dirty = true;
}

static struct nsm_rule_count *
add_rule(struct nsm *n, const struct conf_detection *c, const char *det)
{
	struct nsm_rule_count *r = &n->rules[n->nrules];
	struct nsm_ids_count *ids;

	if (n->nrules == NSM_RULES_MAX || nsm_rule_id(det) == 0 ||
	    nsm_rule_id(det) % 1000 > 99)
		return NULL;
	*r = (struct nsm_rule_count){ .det = det,
		.id = nsm_rule_id(det),
		.function = NSM_ACCESS,
		.prot = (uint8_t)prot_of_det(det) };
	set_conf(r, c);
	nsm_name_set(&r->name, 64, nsm_chars(det));
	r->name.p[1] = '_';
	set_known(r);
	n->by_det[det[0] - 'A'][r->id % 1000] = (uint16_t)++n->nrules;
	ids = &n->ids[r->function][r->prot];
	ids->there = ids->there || r->enabled;
	return r;
}

/* One that no detector has: the sensor's own, told past the detectors. */
static struct nsm_rule_count *
add_own(struct nsm *n, const char *det)
{
	struct nsm_rule_count *r = add_rule(n, NULL, det);

	if (r != NULL)
		r->own = true;
	return r;
}

void
nsm_conf(struct nsm *n, const struct conf *conf)
{
	n->suppress_s = conf->suppress_s;
	nsm_worlds(n);
	for (size_t i = 0; i < n->nrules; i++)
		set_conf(&n->rules[i], conf_detection(conf, n->rules[i].det));
}

int
nsm_events_start(struct nsm *n, const struct conf *conf)
{
	uint32_t place = 0;

	n->suppress_s = conf->suppress_s;
	for (size_t i = 0; detectors[i] != NULL; i++)
		for (const struct detection *d = detectors[i]->detections;
		     d->id != NULL; d++)
			if (find_rule(n, d->id) == NULL)
				add_rule(n, conf_detection(conf, d->id), d->id);
	for (unsigned f = 1; f < NSM_FUNCTIONS; f++)
		for (unsigned p = 0; p < NSM_PROTS; p++)
			n->ids[f][p].place = place++;
	return 0;
}

static uint64_t
hash_of(const struct nsm *n, const struct event_str *subject)
{
	return siphash(n->key, subject->p, subject->n);
}

/* The newest of what is the matter; one that falls together is forgotten. */
static void
set_active(struct nsm *n, const struct nsm_rule_count *r, uint64_t subject,
    uint32_t now_s)
{
	uint64_t hash = subject ^ r->id * UINT64_C(0x9e3779b97f4a7c15);
	struct nsm_condition *c = &n->active[hash & (NSM_ACTIVE - 1)];

	*c = (struct nsm_condition){ .hash = hash,
		.last_s = now_s,
		.function = r->function,
		.prot = r->prot };
}

static void
add_to_prot(struct nsm_prot *p, unsigned counter, uint64_t now)
{
	switch (counter) {
	case NSM_SEQUENCE:
		p->seq_errors++;
		break;
	case NSM_REPLAY_COUNT:
		p->seq_errors++;
		p->replays++;
		break;
	case NSM_TIMEOUT:
		p->timeouts++;
		break;
	case NSM_UNEXPECTED:
		p->unexp_msgs++;
		break;
	case NSM_AUTHENTICATION:
		p->auth_failures++;
		p->auth_failures_ts = now;
		break;
	case NSM_AUTHORISATION:
		p->author_failures++;
		p->author_failures_ts = now;
		break;
	case NSM_PEER:
		p->unknown_peers++;
		break;
	default:
		break;
	}
}

static void
hit(struct nsm *n, struct nsm_rule_count *r, const struct event *ev)
{
	struct nsm_ids_count *ids = &n->ids[r->function][r->prot];

	r->hits++;
	r->hits_ns = nsm_ns(ev->at);
	r->dirty = true;
	ids->events++;
	ids->last_ns = r->hits_ns;
	ids->last_rule = r->id;
	set_active(n, r, hash_of(n, &ev->subject), (uint32_t)ev->at.tv_sec);
}

void
nsm_events_raised(struct nsm *n, const struct event *ev, bool ticking)
{
	struct nsm_rule_count *r =
	    find_rule(n, ev->row != NULL ? ev->row : ev->det);
	uint64_t now = nsm_ns(ev->at), subject = hash_of(n, &ev->subject);

	if (r == NULL || !r->enabled || r->own)
		return;
	hit(n, r, ev);
	if (r->prot < NSM_PROTS - 1)
		add_to_prot(&n->prots[r->prot], r->counter, now);
	if (ticking) {
		if (strcmp(r->det, "G-13") == 0)
			nsm_goose_lost(n, ev);
		return;
	}
	n->added[r->counter]++;
	n->hls += strcmp(r->det, "D-13") == 0;
	n->replayed += strcmp(r->det, "G-05") == 0;
	if (n->nraised < NSM_PENDING)
		n->raised[n->nraised++] = subject;
}

static struct nsm_ref
ref_of(const struct nsm *n, uint64_t subject)
{
	const struct nsm_subject *s =
	    &n->subjects[subject & (NSM_SUBJECTS - 1)];

	return s->hash == subject ? s->ref : (struct nsm_ref){ 0 };
}

static void
put_pending(struct nsm *n, struct nsm_pending *p)
{
	struct nsm_notice notice = { .kind = NSM_SECURITY_EVENT,
		.table = NSM_EVT,
		.index = { p->sqnum } };
	const uint32_t place = (p->sqnum - 1) % NSM_EVENTS;

	p->row.subject = ref_of(n, p->subject);
	nsm_page_put(n->page, NSM_EVT, place, &p->sqnum, &p->row);
	if (p->row.subject.table != 0)
		n->ids[p->row.function_id][p->prot].subject = p->row.subject;
	notice.row.evt = p->row;
	nsm_page_tell(n->page, &notice);
}

void
nsm_events_settle(struct nsm *n, const struct nsm_ref *ref)
{
	for (size_t i = 0; i < n->nraised && ref != NULL; i++)
		n->subjects[n->raised[i] & (NSM_SUBJECTS - 1)] =
		    (struct nsm_subject){ n->raised[i], *ref };
	for (size_t i = 0; i < n->npending; i++)
		put_pending(n, &n->pending[i]);
	if (n->nraised > 0) {
		memset(n->added, 0, sizeof(n->added));
		n->hls = n->replayed = 0;
	}
	n->nraised = n->npending = 0;
}

static void
fill(
    struct nsm_evt *row, const struct event *ev, const struct nsm_rule_count *r)
{
	char text[MESSAGE_TEXT];
	struct event_str peer =
	    event_address(ev->dst_is_peer ? &ev->dst : &ev->src);

	*row = (struct nsm_evt){ .ts = nsm_ns(ev->at),
		.rule = r->id,
		.severity = severity_of(ev->severity),
		.function_id = r->function,
		.protocol = nsm_prot_id(
		    nsm_prot_of(ev->proto != NULL ? ev->proto : "")) };
	nsm_name_set(&row->event_id, 32, nsm_chars(ev->def->id));
	nsm_name_set(&row->peer_info, 64, event_bytes(&peer));
	row->text.n =
	    nsm_clean(row->text.p, NSM_TEXT - 1, message_text(text, ev));
}

void
nsm_events_emitted(struct nsm *n, const struct event *ev)
{
	const char *det = ev->row != NULL ? ev->row : ev->det;
	struct nsm_rule_count *r = find_rule(n, det);
	struct nsm_ids_count *ids;
	struct nsm_pending *p;

	n->agent.event_sq_num = ev->sqnum;
	if (r == NULL)
		r = add_own(n, det);
	if (r == NULL)
		return;
	if (r->own)
		hit(n, r, ev);
	set_event(r, ev->def, ev->std);
	r->severity = severity_of(ev->severity);
	ids = &n->ids[r->function][r->prot];
	ids->emitted++;
	ids->alarms += ev->severity == SEVERITY_ALARM;
	if (n->npending == NSM_PENDING)
		nsm_events_settle(n, NULL);
	p = &n->pending[n->npending++];
	fill(&p->row, ev, r);
	p->sqnum = ev->sqnum;
	p->subject = hash_of(n, &ev->subject);
	p->prot = r->prot;
}

static void
put_rule(struct nsm *n, uint32_t place)
{
	struct nsm_rule_count *r = &n->rules[place];
	struct nsm_rule row = { .hits_ts = r->hits_ns,
		.hits = r->hits,
		.function_id = r->function,
		.severity = r->severity != 0 ? r->severity : NSM_NOTICE,
		.enabled = nsm_truth(r->enabled),
		.name = r->name,
		.event_id = r->event_id,
		.std_event_id = r->std_id };

	nsm_page_put(n->page, NSM_RULE, place, &r->id, &row);
	r->dirty = false;
}

static void
put_ids(struct nsm *n, unsigned function, unsigned prot)
{
	const struct nsm_ids_count *c = &n->ids[function][prot];
	uint32_t index[2] = { function, nsm_prot_id(prot) };
	struct nsm_ids row = { .events_ts = c->last_ns,
		.events = c->events,
		.alarms = c->alarms,
		.suppressed =
		    c->events > c->emitted ? c->events - c->emitted : 0,
		.active = c->active,
		.last_rule = c->last_rule,
		.last_subject = c->subject };

	nsm_page_put(n->page, NSM_IDS, c->place, index, &row);
}

static void
count_active(struct nsm *n)
{
	uint32_t now_s = (uint32_t)(n->now_ns / 1000000000);

	for (unsigned f = 1; f < NSM_FUNCTIONS; f++)
		for (unsigned p = 0; p < NSM_PROTS; p++)
			n->ids[f][p].active = 0;
	for (size_t i = 0; i < NSM_ACTIVE; i++) {
		const struct nsm_condition *c = &n->active[i];

		if (c->hash != 0 && now_s <= c->last_s + n->suppress_s)
			n->ids[c->function][c->prot].active++;
	}
}

void
nsm_events_put(struct nsm *n)
{
	for (uint32_t i = 0; i < n->nrules; i++)
		if (n->rules[i].dirty)
			put_rule(n, i);
	count_active(n);
	for (unsigned f = 1; f < NSM_FUNCTIONS; f++)
		for (unsigned p = 0; p < NSM_PROTS; p++)
			if (n->ids[f][p].there)
				put_ids(n, f, p);
}
