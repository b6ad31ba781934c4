/* SPDX-License-Identifier: Apache-2.0 */
/* Values: strict, so that nothing is set that was not meant. */
#include <config.h>

#include <errno.h>

#include "dissectors/utf8.h"
#include "sensor/conf_value.h"
#include "sensor/yaml.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static const enum severity severities[] = { SEVERITY_ALARM, SEVERITY_ERROR,
	SEVERITY_WARNING, SEVERITY_NOTICE };

static bool
equal(const char *name, struct bytes typed)
{
	return strlen(name) == typed.n && memcmp(name, typed.p, typed.n) == 0;
}

static bool
is_text(struct bytes v)
{
	while (v.n > 0) {
		size_t n = v.n;
		uint32_t c = utf8_take(&v);

		if (utf8_is_control(c) ||
		    (c == UTF8_REPLACEMENT && n - v.n == 1))
			return false;
	}
	return true;
}

static bool
set_text(const struct conf_item *it, struct bytes v)
{
	if (v.n < it->least || v.n > it->most || !is_text(v))
		return false;
	if (v.n > 0)
		memcpy(it->to, v.p, v.n);
	((char *)it->to)[v.n] = '\0';
	return true;
}

static bool
set_bool(const struct conf_item *it, struct bytes v)
{
	bool is_true = equal("true", v);

	if (!is_true && !equal("false", v))
		return false;
	*(bool *)it->to = is_true;
	return true;
}

/* Digits only: of 0300 and 0x12c nobody knows what was meant. */
static bool
set_number(const struct conf_item *it, struct bytes v)
{
	uint64_t number = 0;

	if (v.n == 0 || v.n > 10 || (v.n > 1 && v.p[0] == '0'))
		return false;
	for (size_t i = 0; i < v.n; i++) {
		if (v.p[i] < '0' || v.p[i] > '9')
			return false;
		number = number * 10 + (v.p[i] - (unsigned)'0');
	}
	if (number < it->least || number > it->most)
		return false;
	*(uint32_t *)it->to = (uint32_t)number;
	return true;
}

static bool
set_severity(const struct conf_item *it, struct bytes v)
{
	for (size_t i = 0; i < COUNT(severities); i++)
		if (equal(event_severity(severities[i]), v)) {
			*(enum severity *)it->to = severities[i];
			return true;
		}
	return false;
}

/* The word that text begins with; it goes on behind it.  NULL: none. */
static const char *
next_word(const char **text, size_t *n)
{
	const char *word = *text;

	*n = strcspn(word, " ");
	*text += *n + strspn(*text + *n, " ");
	return *n > 0 ? word : NULL;
}

static bool
set_word(const struct conf_item *it, struct bytes v)
{
	const char *text = it->text, *word;
	uint32_t at = 0;
	size_t n;

	for (; (word = next_word(&text, &n)) != NULL; at++)
		if (v.n == n && memcmp(v.p, word, n) == 0) {
			*(uint32_t *)it->to = at;
			return true;
		}
	return false;
}

/* "tls, relp, tcp or udp" */
static void
list_words(const char *text, char to[CONF_SHOWN])
{
	struct text t = text_over(to, CONF_SHOWN);
	const char *word;
	size_t n;

	while ((word = next_word(&text, &n)) != NULL) {
		if (t.n > 0)
			text_add(&t, *text != '\0' ? ", " : " or ");
		text_put(&t, word, n);
	}
	text_end(&t);
}

static bool
set(const struct conf_item *it, struct bytes v, bool quoted)
{
	switch (it->type) {
	case CONF_TEXT:
		return set_text(it, v);
	case CONF_BOOL:
		return !quoted && set_bool(it, v);
	case CONF_NUMBER:
		return !quoted && set_number(it, v);
	case CONF_SEVERITY:
		return set_severity(it, v);
	case CONF_WORD:
		return set_word(it, v);
	default:
		return false;
	}
}

int
conf_value_set(const struct conf_item *it, struct bytes value, bool quoted,
    struct error *error)
{
	char shown[CONF_SHOWN], expected[CONF_SHOWN];

	if (set(it, value, quoted))
		return 0;
	yaml_shown(shown, sizeof(shown), value);
	conf_value_expects(it, expected);
	error_set(error, "%s is %s\"%s\"; expected %s", it->key,
	    quoted ? "the quoted text " : "", shown, expected);
	return -EINVAL;
}

void
conf_value_expects(const struct conf_item *it, char to[CONF_SHOWN])
{
	switch (it->type) {
	case CONF_TEXT:
		snprintf(to, CONF_SHOWN,
		    "%" PRIu32 " to %" PRIu32
		    " octets of UTF-8 without control characters",
		    it->least, it->most);
		break;
	case CONF_BOOL:
		snprintf(to, CONF_SHOWN, "true or false");
		break;
	case CONF_NUMBER:
		snprintf(to, CONF_SHOWN,
		    "a number from %" PRIu32 " to %" PRIu32, it->least,
		    it->most);
		break;
	case CONF_SEVERITY:
		snprintf(to, CONF_SHOWN, "alarm, error, warning or notice");
		break;
	case CONF_WORD:
		list_words(it->text, to);
		break;
	case CONF_LIST:
		snprintf(to, CONF_SHOWN,
		    "a list: lines that begin with \"- \", indented below it");
		break;
	default:
		snprintf(to, CONF_SHOWN, "keys of its own, indented below it");
		break;
	}
}
