/* SPDX-License-Identifier: Apache-2.0 */
/* An event as one line for a person, in columns as far as they go. */
#include <config.h>

#include <ctype.h>

#include "dissectors/utf8.h"
#include "outputs/message.h"
#include "outputs/text/colour.h"
#include "outputs/text/text_event.h"

#define SEVERITY_WIDTH 7
#define DET_WIDTH 4
#define TEXT_WIDTH 42
#define GAP "  "

struct line {
	struct text out;
	bool colour;
};

static void
style(struct line *l, const char *sequence)
{
	if (l->colour)
		text_add(&l->out, sequence);
}

static void
put_value(struct line *l, struct bytes v)
{
	message_clean(&l->out, v, MESSAGE_TEXT, "");
}

static void
put_string(struct line *l, const char *s)
{
	put_value(l, (struct bytes){ (const uint8_t *)s, strlen(s) });
}

/* Fills a column of which the value takes so many characters as it has. */
static void
pad(struct line *l, struct bytes v, size_t width)
{
	for (; v.n > 0 && width > 0; width--)
		utf8_take(&v);
	for (size_t i = 0; i < width; i++)
		text_add(&l->out, " ");
}

static void
put_time(struct line *l, const struct event *ev)
{
	char s[MESSAGE_TIME];

	message_time(s, &ev->at, ' ');
	style(l, COLOUR_DIM);
	text_add(&l->out, *s != '\0' ? s : "(no time)");
	style(l, COLOUR_PLAIN);
	text_add(&l->out, GAP);
}

static void
put_severity(struct line *l, enum severity severity)
{
	const char *word = event_severity(severity);
	char c;

	style(l, colour_severity(severity));
	for (size_t i = 0; i < SEVERITY_WIDTH; i++) {
		c = (char)(*word != '\0' ? toupper(*word++) : ' ');
		text_put(&l->out, &c, 1);
	}
	style(l, COLOUR_PLAIN);
	text_add(&l->out, GAP);
}

static void
put_det(struct line *l, const struct event *ev)
{
	struct bytes det = { (const uint8_t *)ev->det, strlen(ev->det) };

	put_value(l, det);
	pad(l, det, DET_WIDTH);
	text_add(&l->out, GAP);
}

/* How often stands with what: "Malformed IEC 104 unit x12". */
static void
put_text(struct line *l, const struct event *ev)
{
	char s[MESSAGE_TEXT], times[16] = "";
	struct bytes text = message_text(s, ev);
	size_t n = 0;

	if (ev->count > 1)
		n = (size_t)snprintf(
		    times, sizeof(times), " x%" PRIu32, ev->count);
	style(l, COLOUR_BOLD);
	put_value(l, text);
	text_add(&l->out, times);
	style(l, COLOUR_PLAIN);
	pad(l, text, TEXT_WIDTH - n);
}

static void
put_endpoints(struct line *l, const struct event *ev)
{
	char src[MESSAGE_ENDPOINT], dst[MESSAGE_ENDPOINT];

	message_endpoint(src, &ev->src);
	message_endpoint(dst, &ev->dst);
	if (*src == '\0' && *dst == '\0')
		return;
	text_add(&l->out, GAP);
	text_add(&l->out, *src != '\0' ? src : "?");
	style(l, COLOUR_DIM);
	text_add(&l->out, " -> ");
	style(l, COLOUR_PLAIN);
	text_add(&l->out, *dst != '\0' ? dst : "?");
}

/* Left out when it is only the address of one of the ends. */
static void
put_subject(struct line *l, const struct event *ev)
{
	struct event_str src = event_address(&ev->src),
	                 dst = event_address(&ev->dst);
	const struct event_str *s = &ev->subject;

	if (s->n == 0 || (s->n == src.n && memcmp(s->p, src.p, s->n) == 0) ||
	    (s->n == dst.n && memcmp(s->p, dst.p, s->n) == 0))
		return;
	text_add(&l->out, GAP);
	put_value(l, event_bytes(s));
}

static void
put_pair(struct line *l, const char *name, struct bytes v)
{
	bool quoted = v.n == 0;

	for (size_t i = 0; i < v.n; i++)
		quoted = quoted || v.p[i] == ' ' || v.p[i] == '"';
	text_add(&l->out, GAP);
	style(l, COLOUR_DIM);
	text_add(&l->out, name);
	text_add(&l->out, "=");
	style(l, COLOUR_PLAIN);
	text_add(&l->out, quoted ? "\"" : "");
	message_clean(&l->out, v, MESSAGE_TEXT, quoted ? "\"\\" : "");
	text_add(&l->out, quoted ? "\"" : "");
}

/* What the text says already is not said again. */
static void
put_why(struct line *l, const struct event *ev)
{
	for (size_t i = 0; i < ev->nwhy; i++) {
		const struct event_why *w = &ev->why[i];

		if (strncmp(w->name, "P.", 2) != 0 ||
		    !message_names(ev->def, w->name))
			put_pair(l, w->name, event_bytes(&w->value));
	}
}

static void
put_knowledge(struct line *l, const struct event *ev)
{
	const char *state = event_state(ev->state);

	if (ev->state == KNOW_COMPLETE && !ev->doubtful)
		return;
	style(l, COLOUR_DIM);
	text_add(&l->out, GAP "(");
	if (ev->state != KNOW_COMPLETE)
		text_add(&l->out, state);
	if (ev->state != KNOW_COMPLETE && ev->doubtful)
		text_add(&l->out, ", ");
	if (ev->doubtful)
		text_add(&l->out, "low confidence");
	text_add(&l->out, ")");
	style(l, COLOUR_PLAIN);
}

static void
put_place(struct line *l, const struct event *ev)
{
	style(l, COLOUR_DIM);
	if (ev->frame > 0) {
		text_add(&l->out, GAP "#");
		text_u64(&l->out, ev->frame);
	}
	if (ev->capture != NULL && *ev->capture != '\0') {
		text_add(&l->out, ev->frame > 0 ? " " : GAP);
		put_string(l, ev->capture);
	}
	style(l, COLOUR_PLAIN);
}

size_t
text_event_format(char *buf, size_t size, bool colour, const struct event *ev)
{
	struct line l = { text_over(buf, size), colour };

	put_time(&l, ev);
	put_severity(&l, ev->severity);
	put_det(&l, ev);
	put_text(&l, ev);
	put_endpoints(&l, ev);
	put_subject(&l, ev);
	put_why(&l, ev);
	put_knowledge(&l, ev);
	put_place(&l, ev);
	return text_end(&l.out);
}
