/* SPDX-License-Identifier: Apache-2.0 */
/* gridtap events: a row for each event, well-formed XML, exit status. */
#include <config.h>

#include <getopt.h>
#include <stdlib.h>
#include <unistd.h>

#include "rules/event.h"
#include "sensor/commands.h"
#include "tests/driver.h"

static char output[256 * 1024];

/* Runs the command with standard output into a file, then into output. */
static int
run(const char *argument, const char *path)
{
	char name[] = "events", arg[32];
	char *argv[] = { name, arg, NULL };
	int before = dup(STDOUT_FILENO), status;
	FILE *f;

	snprintf(arg, sizeof(arg), "%s", argument);
	fflush(stdout);
	CU_ASSERT_PTR_NOT_NULL_FATAL(freopen(path, "w", stdout));
	optind = 0; /* getopt_long() begins anew */
	status = cmd_events(*arg != '\0' ? 2 : 1, argv);
	fflush(stdout);
	clearerr(stdout);
	dup2(before, STDOUT_FILENO);
	close(before);
	f = fopen(path, "r");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	output[0] = '\0';
	if (strcmp(path, "/dev/full") != 0)
		output[fread(output, 1, sizeof(output) - 1, f)] = '\0';
	fclose(f);
	return status;
}

static char path[] = "/tmp/gridtap-events-XXXXXX";

static size_t
count(const char *what)
{
	size_t n = 0;

	for (const char *p = output; (p = strstr(p, what)) != NULL; p++)
		n++;
	return n;
}

static size_t
catalogue_size(void)
{
	size_t n = 0;

	while (event_catalogue[n] != NULL)
		n++;
	return n;
}

static void
test_tsv(void)
{
	CU_ASSERT_EQUAL(run("--tsv", path), EXIT_DONE);
	CU_ASSERT_EQUAL(count("\n"), catalogue_size() + 1);
	CU_ASSERT_EQUAL(count("\t"), 6 * (catalogue_size() + 1));
	CU_ASSERT_EQUAL(
	    strncmp(output,
	        "id\tmnemonic\tseverity\tgroup\ttext\tx_info\tnote\n", 44),
	    0);
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(output, "\nIEC62351-14:1.3\tLOGIN_FAIL_WRONG_CRED\tnotice\t"
	                   "access control\tLog-in failed: wrong credential\t"
	                   "X.CredType\t\n"));
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(output, "\n32473:8.9\tTCP_OVERLAP\talarm\tnetwork and assets"
	                   "\tTCP data sent again with other content\t\t\n"));
}

static void
test_table(void)
{
	CU_ASSERT_EQUAL(run("", path), EXIT_DONE);
	CU_ASSERT_EQUAL(count("\n  "), catalogue_size());
	CU_ASSERT_PTR_NULL(strchr(output, '\033'));
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(output, "\n\nnetwork and assets  (32473:8)\n"
	                   "  32473:8.1          notice   ASSET_NEW   "));
}

static void
test_xml(void)
{
	static const char *const elements[] = { "SECEVTDef", "EventDefinitions",
		"DomainEventsDef", "EventGroup", "EventDef", "Text", "Params",
		"ExtraInfo" };
	char tag[32];

	CU_ASSERT_EQUAL(run("--xml", path), EXIT_DONE);
	for (size_t i = 0; i < sizeof(elements) / sizeof(*elements); i++) {
		size_t opened;

		snprintf(tag, sizeof(tag), "<%s ", elements[i]);
		opened = count(tag);
		snprintf(tag, sizeof(tag), "<%s>", elements[i]);
		opened += count(tag);
		snprintf(tag, sizeof(tag), "</%s>", elements[i]);
		CU_ASSERT(opened > 0);
		CU_ASSERT_EQUAL(opened, count(tag));
	}
	CU_ASSERT_EQUAL(count("<EventDef "), catalogue_size());
	CU_ASSERT_EQUAL(count("<DomainEventsDef "), 8);
	CU_ASSERT_EQUAL(count("DomainID=\"IEC62351-14\""), 1);
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(output, "<EIDef name=\"X.OldVersion\"/>\n"
	                   "            <EIDef name=\"X.NewVersion\"/>"));
	CU_ASSERT_PTR_NOT_NULL(strstr(output, "<PDef name=\"P.Station\"/>"));
	CU_ASSERT_EQUAL(count("<Desc>The draft seen gives 6:1.14 "), 2);
}

static void
test_status(void)
{
	CU_ASSERT_EQUAL(run("--help", path), EXIT_DONE);
	CU_ASSERT_EQUAL(strncmp(output, "usage: gridtap events", 21), 0);
	CU_ASSERT_EQUAL(run("--csv", path), EXIT_USAGE);
	CU_ASSERT_EQUAL(run("all", path), EXIT_USAGE);
	CU_ASSERT_EQUAL(output[0], '\0');
	CU_ASSERT_EQUAL(run("--tsv", "/dev/full"), EXIT_FAILED);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "rows with tabs", test_tsv },
		{ "a table", test_table },
		{ "XML", test_xml },
		{ "exit status", test_status },
		CU_TEST_INFO_NULL,
	};
	int fd = mkstemp(path), failed;

	if (fd < 0)
		return 2;
	close(fd);
	failed = driver_run("cmd_events", tests);
	unlink(path);
	return failed;
}
