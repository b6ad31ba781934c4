/* SPDX-License-Identifier: Apache-2.0 */
/* The list of destinations: what it holds, and what is wrong in one. */
#include <config.h>

#include <errno.h>

#include "sensor/conf_destination.h"
#include "tests/unit/conf_stub.h"

#define FILES "    ca: c\n    certificate: e\n    key: k\n"
#define GOOD "outputs:\n  - name: a\n    host: h\n" FILES

static void
test_all_keys(void)
{
	const struct destination *d;

	start();
	CU_ASSERT_EQUAL(
	    parse("spool: {path: /s, wait_s: 0}\n" GOOD
	          "  - {name: b.1, host: '::1', transport: relp, port: 20514,\n"
	          "     type: syslog, format: json, group: g, server_name: n,\n"
	          "     ca: 1, certificate: '2', key: \"3\", crl: 4,\n"
	          "     tls_min: 1.3, ciphers: x, insecure: true,\n"
	          "     spool_mib: 7, spool_h: 0, resend: 9, timeout_s: 10,\n"
	          "     retry_s: 11}\n"
	          "  - {name: u, transport: udp, host: h, insecure: true}\n"),
	    0);
	CU_ASSERT_STRING_EQUAL(error.text, "");
	CU_ASSERT_STRING_EQUAL(conf.spool, "/s");
	CU_ASSERT_EQUAL(conf.spool_wait_s, 0);
	CU_ASSERT_EQUAL_FATAL(conf.ndestinations, 3);
	d = &conf.destinations[0];
	CU_ASSERT(d->transport == DESTINATION_TLS && d->port == 6514);
	CU_ASSERT(d->tls_min == DESTINATION_TLS12 && !d->insecure);
	CU_ASSERT(d->spool_mib == 256 && d->spool_h == 720);
	CU_ASSERT(d->resend == 10000 && d->timeout_s == 10 && d->retry_s == 60);
	CU_ASSERT_STRING_EQUAL(d->format, "syslog");
	CU_ASSERT(d->group[0] == '\0' && d->server_name[0] == '\0');
	CU_ASSERT_STRING_EQUAL(d->ca, "c");
	d = &conf.destinations[1];
	CU_ASSERT_STRING_EQUAL(d->name, "b.1");
	CU_ASSERT_STRING_EQUAL(d->host, "::1");
	CU_ASSERT_STRING_EQUAL(d->format, "json");
	CU_ASSERT_STRING_EQUAL(d->group, "g");
	CU_ASSERT_STRING_EQUAL(d->server_name, "n");
	CU_ASSERT_STRING_EQUAL(d->certificate, "2");
	CU_ASSERT_STRING_EQUAL(d->key, "3");
	CU_ASSERT_STRING_EQUAL(d->crl, "4");
	CU_ASSERT_STRING_EQUAL(d->ciphers, "x");
	CU_ASSERT(d->transport == DESTINATION_RELP && d->port == 20514);
	CU_ASSERT(d->tls_min == DESTINATION_TLS13 && d->insecure);
	CU_ASSERT(d->spool_mib == 7 && d->spool_h == 0 && d->resend == 9);
	CU_ASSERT(d->timeout_s == 10 && d->retry_s == 11);
	CU_ASSERT_EQUAL(conf.destinations[2].transport, DESTINATION_UDP);
	conf_free(&conf);
}

/* A second file's list is the list; one without leaves it. */
static void
test_files(void)
{
	start();
	CU_ASSERT_EQUAL(parse(GOOD), 0);
	CU_ASSERT_EQUAL(parse("source: x\noutputs:\n"), 0);
	CU_ASSERT_EQUAL(conf.ndestinations, 1);
	CU_ASSERT_EQUAL(parse(GOOD "    port: 0\n"), -EINVAL);
	CU_ASSERT_EQUAL(conf.destinations[0].port, 6514);
	CU_ASSERT_EQUAL(parse("outputs: []\n"), 0);
	CU_ASSERT_EQUAL(conf.ndestinations, 0);
	conf_free(&conf);
}

static const struct {
	const char *text, *said;
} bad[] = {
	{ "outputs: a",
	    "1:10: outputs is \"a\"; expected a list: lines that begin with "
	    "\"- \", indented below it" },
	{ "outputs:\n  name: a\n",
	    "2:3: outputs is a section; expected a list: lines that begin with "
	    "\"- \", indented below it" },
	{ "outputs:\n  - a\n",
	    "2:5: outputs holds a single value; expected sections: \"- key: "
	    "value\"" },
	{ GOOD "    prt: 1\n",
	    "7:5: unknown key \"outputs[1].prt\"; did you mean "
	    "\"outputs[1].port\"?" },
	{ GOOD "    host: h\n",
	    "7:5: outputs[1].host stands here again; expected it only once, on "
	    "line 3" },
	{ GOOD "    port: 65536\n",
	    "7:11: outputs[1].port is \"65536\"; expected a number from 1 to "
	    "65535" },
	{ GOOD "    transport: ssl\n",
	    "7:16: outputs[1].transport is \"ssl\"; expected tls, relp, tcp or "
	    "udp" },
	{ GOOD "    tls_min: 1.1\n",
	    "7:14: outputs[1].tls_min is \"1.1\"; expected 1.2 or 1.3" },
	{ GOOD "    type: [a]\n",
	    "7:11: outputs[1].type is a list; expected syslog or redis" },
	{ "outputs:\n  - host: h\n",
	    "2:5: outputs[1] has no name; expected \"name: ...\"" },
	{ "outputs:\n  - name: ../x\n    host: h\n",
	    "2:5: outputs[1] has a name or a group that cannot be a file's; "
	    "expected letters, digits, \"-\", \"_\" and \".\"" },
	{ "outputs:\n  - name: a\n" FILES,
	    "2:5: outputs[1] has no host; expected a name or address" },
	{ "outputs:\n  - name: a\n    host: h\n",
	    "2:5: outputs[1] has no ca; expected the file of the CA that the "
	    "server's certificate is by" },
	{ "outputs:\n  - {name: a, host: h, ca: c}\n",
	    "2:5: outputs[1] has no certificate; expected certificate and key, "
	    "or \"insecure: true\" with what is outside IEC 62351-14" },
	{ "outputs:\n  - {name: a, host: h, ca: c, key: k, insecure: true}\n",
	    "2:5: outputs[1] has one of certificate and key; expected both" },
	{ "outputs:\n  - {name: a, host: h, transport: tcp}\n",
	    "2:5: outputs[1] is tcp or udp; expected tls or relp, or "
	    "\"insecure: true\" with what is outside IEC 62351-14" },
	{ "outputs:\n  - {name: a, host: h, transport: udp, insecure: true, "
	  "ca: c}\n",
	    "2:5: outputs[1] has ca, certificate, key or crl, which tcp and "
	    "udp do not know; expected tls or relp" },
	{ GOOD "  - name: a\n    host: i\n" FILES,
	    "7:5: outputs[2] has the name of another one, or of a group; "
	    "expected one of its own" },
	{ GOOD "    group: g\n  - name: b\n    host: i\n    group: g\n"
	       "    format: cef\n" FILES,
	    "8:5: outputs[2] has another format or type than its group; "
	    "expected the "
	    "same" },
};

static void
test_wrong(void)
{
	start();
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char want[sizeof(error.text)];

		CU_ASSERT_EQUAL(parse(bad[i].text), -EINVAL);
		snprintf(want, sizeof(want), "a.yaml:%s", bad[i].said);
		if (strcmp(error.text, want) != 0)
			printf(
			    "\nsaid:     %s\nexpected: %s\n", error.text, want);
		CU_ASSERT_STRING_EQUAL(error.text, want);
		CU_ASSERT_EQUAL(conf.ndestinations, 0);
	}
	conf_free(&conf);
}

static void
test_too_many(void)
{
	static char text[4096];
	size_t n = (size_t)snprintf(text, sizeof(text), "outputs:\n");

	for (int i = 0; i <= DESTINATIONS; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
		    "- {name: n%d, host: h, transport: udp, insecure: true}\n",
		    i);
	start();
	CU_ASSERT_EQUAL(parse(text), -EINVAL);
	CU_ASSERT_STRING_EQUAL(error.text,
	    "a.yaml:18:3: outputs has another one; expected at most 16");
	conf_free(&conf);
}

/* On the command line there are no lists. */
static void
test_set(void)
{
	start();
	CU_ASSERT_EQUAL(conf_set(&conf, "spool.wait_s=7", &error), 0);
	CU_ASSERT_EQUAL(conf.spool_wait_s, 7);
	CU_ASSERT_EQUAL(conf_set(&conf, "outputs=a", &error), -EINVAL);
	CU_ASSERT_STRING_EQUAL(
	    error.text, "--set outputs: a list; expected it in a file");
	conf_free(&conf);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "all keys", test_all_keys },
		{ "files", test_files },
		{ "wrong", test_wrong },
		{ "too many", test_too_many },
		{ "set", test_set },
		CU_TEST_INFO_NULL,
	};

	return driver_run("conf_outputs", tests);
}
