/* SPDX-License-Identifier: Apache-2.0 */
/* Every definition keeps what IEC 62351-14 asks of one. */
#include <config.h>

#include <stdlib.h>

#include "dissectors/utf8.h"
#include "rules/event.h"
#include "tests/driver.h"

#define DOMAIN_MAX 20
#define ID_MAX 32
#define MNEMONIC_MAX 64
#define TEXT_MAX 128
#define TOKEN_MAX 32 /* also an SD-NAME's, "why." and X. included */

#define CAPITALS "ABCDEFGHIJKLMNOPQRSTUVWXYZ_"
#define DIGITS "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyz" CAPITALS

static bool
is_own(const struct event_def *d)
{
	return strncmp(d->id, EVENT_ENTERPRISE ":", 6) == 0;
}

/* A number from 1 to 65535 without leading zeros; its end. */
static const char *
number(const char *s)
{
	char *end;
	unsigned long v = strtoul(s, &end, 10);

	CU_ASSERT(*s >= '1' && *s <= '9');
	CU_ASSERT(v <= 65535);
	return end;
}

static void
test_ids(void)
{
	const char *colon, *end;

	for (size_t i = 0; event_catalogue[i] != NULL; i++) {
		const char *id = event_catalogue[i]->id;

		colon = strchr(id, ':');
		CU_ASSERT_PTR_NOT_NULL_FATAL(colon);
		CU_ASSERT(colon - id <= DOMAIN_MAX);
		CU_ASSERT(strlen(id) <= ID_MAX);
		CU_ASSERT(is_own(event_catalogue[i]) ||
		          strncmp(id, "IEC62351-", 9) == 0);
		end = number(colon + 1);
		CU_ASSERT_EQUAL(*end, '.');
		CU_ASSERT_EQUAL(*number(end + 1), '\0');
	}
}

/* Two mnemonics share an id in the draft: not here. */
static void
test_unique(void)
{
	for (size_t i = 0; event_catalogue[i] != NULL; i++)
		for (size_t k = 0; k < i; k++) {
			const struct event_def *a = event_catalogue[i],
			                       *b = event_catalogue[k];

			CU_ASSERT(strcmp(a->mnemonic, b->mnemonic) != 0);
			CU_ASSERT(strcmp(a->id, b->id) != 0);
		}
}

static void
test_mnemonics(void)
{
	for (size_t i = 0; event_catalogue[i] != NULL; i++) {
		const struct event_def *d = event_catalogue[i];
		const char *accept = is_own(d) ? CAPITALS : CAPITALS DIGITS;
		size_t n = strlen(d->mnemonic);

		CU_ASSERT(n > 0 && n <= MNEMONIC_MAX);
		CU_ASSERT_EQUAL(strspn(d->mnemonic, accept), n);
	}
}

/* Of a name behind "P." or "X."; 0 if there is none. */
static size_t
name(const char *s, char kind)
{
	size_t n;

	if (s[0] != kind || s[1] != '.')
		return 0;
	n = 2 + strspn(s + 2, DIGITS LETTERS);
	return n > 2 && n <= TOKEN_MAX ? n : 0;
}

static void
test_texts(void)
{
	for (size_t i = 0; event_catalogue[i] != NULL; i++) {
		const char *s = event_catalogue[i]->text;
		struct bytes left = { (const uint8_t *)s, strlen(s) };
		size_t characters = 0, n;

		for (; left.n > 0; characters++) {
			uint32_t c = utf8_take(&left);

			CU_ASSERT(c != UTF8_REPLACEMENT && !utf8_is_control(c));
			CU_ASSERT(c != '"' && c != '\\');
		}
		CU_ASSERT(characters > 0 && characters <= TEXT_MAX);
		for (; *s != '\0'; s++) {
			CU_ASSERT(*s != '}');
			if (*s != '{')
				continue;
			n = name(s + 1, 'P');
			CU_ASSERT_FATAL(n > 0 && s[1 + n] == '}');
			s += 1 + n;
		}
	}
}

static void
test_x_info(void)
{
	for (size_t i = 0; event_catalogue[i] != NULL; i++) {
		const char *s = event_catalogue[i]->x_info;
		size_t n;

		while (*s != '\0') {
			n = name(s, 'X');
			CU_ASSERT_FATAL(n > 0);
			s += n;
			CU_ASSERT(*s == '\0' || (*s == ' ' && s[1] != '\0'));
			s += *s == ' ';
		}
	}
}

static void
test_severities(void)
{
	for (size_t i = 0; event_catalogue[i] != NULL; i++) {
		enum severity s = event_catalogue[i]->severity;

		CU_ASSERT(s == SEVERITY_ALARM || s == SEVERITY_ERROR ||
		          s == SEVERITY_WARNING || s == SEVERITY_NOTICE);
	}
}

/* Ids are for ever: some that others rely on. */
static void
test_fixed(void)
{
	CU_ASSERT_STRING_EQUAL(EV_LOGIN_SUCCESS.id, "IEC62351-14:1.1");
	CU_ASSERT_EQUAL(EV_LOGIN_SUCCESS.severity, SEVERITY_NOTICE);
	CU_ASSERT_STRING_EQUAL(EV_LOGIN_FAIL_WRONG_CRED.x_info, "X.CredType");
	CU_ASSERT_STRING_EQUAL(EV_GOOSE_REPLAY_DETECTED.id, "IEC62351-6:1.2");
	CU_ASSERT_STRING_EQUAL(EV_GOOSE_UNEXPECTED_KEYID.id, "IEC62351-6:1.14");
	CU_ASSERT_STRING_EQUAL(
	    EV_GOOSE_KEYID_CREDENTIAL_MISSING.id, "IEC62351-6:1.15");
	CU_ASSERT_STRING_EQUAL(EV_IKEV1_CALG_MISMATCH.id, "IEC62351-9:5.1");
	CU_ASSERT_EQUAL(EV_GOOSE_REPLAY_DETECTED.severity, SEVERITY_ALARM);
	CU_ASSERT_STRING_EQUAL(EV_DLMS_REPLAY.id, "32473:1.21");
	CU_ASSERT_STRING_EQUAL(EV_DLMS_MALFORMED_FLOOD.id, "32473:1.154");
	CU_ASSERT_STRING_EQUAL(EV_TELECONTROL_MALFORMED.id, "32473:2.34");
	CU_ASSERT_EQUAL(EV_TELECONTROL_MALFORMED.severity, SEVERITY_NOTICE);
	CU_ASSERT_STRING_EQUAL(
	    EV_TELECONTROL_MALFORMED_FLOOD.id, "32473:2.134");
	CU_ASSERT_EQUAL(
	    EV_TELECONTROL_MALFORMED_FLOOD.severity, SEVERITY_WARNING);
	CU_ASSERT_STRING_EQUAL(EV_DNP_MALFORMED.id, "32473:3.24");
	CU_ASSERT_STRING_EQUAL(EV_GSE_MALFORMED_FLOOD.id, "32473:4.123");
	CU_ASSERT_STRING_EQUAL(EV_TCP_OVERLAP.id, "32473:8.9");
	CU_ASSERT_EQUAL(EV_TCP_OVERLAP.severity, SEVERITY_ALARM);
	CU_ASSERT_STRING_EQUAL(EV_SENSOR_LOSS.id, "32473:9.1");
	CU_ASSERT_STRING_EQUAL(EV_SENSOR_TABLE_FULL.id, "32473:9.8");
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "ids", test_ids },
		{ "unique", test_unique },
		{ "mnemonics", test_mnemonics },
		{ "texts", test_texts },
		{ "extra information", test_x_info },
		{ "severities", test_severities },
		{ "fixed for ever", test_fixed },
		CU_TEST_INFO_NULL,
	};

	return driver_run("catalogue", tests);
}
