/* SPDX-License-Identifier: Apache-2.0 */
/* gridtap events: the catalogue, for people, for scripts and as SECEVTDef. */
#include <config.h>

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "outputs/text/colour.h"
#include "rules/event.h"
#include "sensor/commands.h"
#include "sensor/verify.h"

#define ID_WIDTH 17
#define MNEMONIC_WIDTH 35
#define SEVERITY_WIDTH 7
#define NAMESPACE "http://iec.ch/TC57/IEC-62351-14-ed1"
#define LIST_VERSION "1"

static const char help[] =
    "usage: gridtap events [--tsv | --xml]\n"
    "       gridtap events verify FILE...\n\n"
    "Prints every event that gridtap knows: those of IEC 62351 and its own,\n"
    "whose ids begin with the enterprise number " EVENT_ENTERPRISE ".\n\n"
    "  --tsv  a line of names, then a line for each event, with tabs between\n"
    "  --xml  as SECEVTDef of IEC 62351-14\n\n"
    "verify compares files of raw storage with their chains of hashes: see\n"
    "\"gridtap events verify --help\".\n";

enum { OPT_TSV = 256, OPT_XML, OPT_HELP };

static const struct option options[] = {
	{ "tsv", no_argument, NULL, OPT_TSV },
	{ "xml", no_argument, NULL, OPT_XML },
	{ "help", no_argument, NULL, OPT_HELP },
	{ NULL, 0, NULL, 0 },
};

static const struct group {
	const char *id; /* of its events, without the number */
	const char *name;
} groups[] = {
#define GROUP(id, name) { id, name },
#include "rules/groups.inc"
#undef GROUP
	{ NULL, "" },
};

/* Where a row differs from the standard's draft, and why. */
static const struct note {
	const char *mnemonic, *text;
} notes[] = {
#define NOTE(mnemonic, text) { mnemonic, text },
#include "rules/notes.inc"
#undef NOTE
	{ NULL, "" },
};

static const char *
note_of(const struct event_def *d)
{
	const struct note *n = notes;

	while (n->mnemonic != NULL && strcmp(n->mnemonic, d->mnemonic) != 0)
		n++;
	return n->text;
}

static const struct group *
group_of(const struct event_def *d)
{
	const struct group *g = groups;
	size_t n = strcspn(d->id, ".");

	while (g->id != NULL &&
	       (strlen(g->id) != n || memcmp(g->id, d->id, n) != 0))
		g++;
	return g;
}

static void
print_table(bool colour)
{
	const char *bold = colour ? COLOUR_BOLD : "";
	const char *plain = colour ? COLOUR_PLAIN : "";
	const struct group *last = NULL, *g;

	for (size_t i = 0; event_catalogue[i] != NULL; i++) {
		const struct event_def *d = event_catalogue[i];

		g = group_of(d);
		if (g != last)
			printf("%s%s%s  (%s)%s\n", i > 0 ? "\n" : "", bold,
			    g->name, g->id, plain);
		last = g;
		printf("  %-*s  %s%-*s%s  %-*s  %s\n", ID_WIDTH, d->id,
		    colour ? colour_severity(d->severity) : "", SEVERITY_WIDTH,
		    event_severity(d->severity), plain, MNEMONIC_WIDTH,
		    d->mnemonic, d->text);
	}
}

static void
print_tsv(void)
{
	puts("id\tmnemonic\tseverity\tgroup\ttext\tx_info\tnote");
	for (size_t i = 0; event_catalogue[i] != NULL; i++) {
		const struct event_def *d = event_catalogue[i];

		printf("%s\t%s\t%s\t%s\t%s\t%s\t%s\n", d->id, d->mnemonic,
		    event_severity(d->severity), group_of(d)->name, d->text,
		    d->x_info, note_of(d));
	}
}

static void
print_escaped(const char *s)
{
	for (; *s != '\0'; s++)
		switch (*s) {
		case '&':
			fputs("&amp;", stdout);
			break;
		case '<':
			fputs("&lt;", stdout);
			break;
		case '>':
			fputs("&gt;", stdout);
			break;
		case '"':
			fputs("&quot;", stdout);
			break;
		default:
			putchar(*s);
		}
}

/* The names in s that follow this mark, as items of a list. */
static void
print_names(const char *s, const char *mark, const char *list, const char *item)
{
	bool any = false;

	while ((s = strstr(s, mark)) != NULL) {
		size_t n;

		s += strspn(s, "{");
		n = strcspn(s, " }");
		if (!any)
			printf("          <%s>\n", list);
		any = true;
		printf("            <%s name=\"%.*s\"/>\n", item, (int)n, s);
		s += n;
	}
	if (any)
		printf("          </%s>\n", list);
}

static void
print_definition(const struct event_def *d)
{
	printf("        <EventDef ID_GrAndNumber=\"%s\" MNEMONIC=\"%s\" "
	       "Severity=\"%s\">\n          <Text>",
	    strchr(d->id, ':') + 1, d->mnemonic, event_severity(d->severity));
	print_escaped(d->text);
	fputs("</Text>\n", stdout);
	if (*note_of(d) != '\0') {
		fputs("          <Desc>", stdout);
		print_escaped(note_of(d));
		fputs("</Desc>\n", stdout);
	}
	print_names(d->text, "{P.", "Params", "PDef");
	print_names(d->x_info, "X.", "ExtraInfo", "EIDef");
	puts("        </EventDef>");
}

static void
open_domain(const struct group *g, int n)
{
	printf("    <DomainEventsDef LogType=\"IEC62351-14\" "
	       "IecVersion=\"1\" DomainID=\"%.*s\" "
	       "ListVer=\"" LIST_VERSION "\">\n",
	    n, g->id);
}

static void
open_group(const struct group *g)
{
	printf(
	    "      <EventGroup ID_GrNumber=\"%s\">\n", strchr(g->id, ':') + 1);
}

static void
print_xml(void)
{
	const struct group *last = NULL, *g;

	puts("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	     "<SECEVTDef xmlns=\"" NAMESPACE "\">\n"
	     "  <EventDefinitions>");
	for (size_t i = 0; event_catalogue[i] != NULL; i++, last = g) {
		size_t n = strcspn(event_catalogue[i]->id, ":") + 1;
		bool domain;

		g = group_of(event_catalogue[i]);
		domain = last == NULL || strncmp(last->id, g->id, n) != 0;
		if (last != NULL && last != g)
			puts("      </EventGroup>");
		if (last != NULL && domain)
			puts("    </DomainEventsDef>");
		if (domain)
			open_domain(g, (int)n - 1);
		if (last != g)
			open_group(g);
		print_definition(event_catalogue[i]);
	}
	puts("      </EventGroup>\n    </DomainEventsDef>\n"
	     "  </EventDefinitions>\n</SECEVTDef>");
}

/* What the options ask for; 0: the table, -1: said why not. */
static int
parse(int argc, char **argv)
{
	int option, chosen = 0;

	opterr = 0; /* below, in our own words */
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == '?') {
			optind--;
			break;
		}
		if (chosen != 0 && chosen != option && option != OPT_HELP) {
			fputs("gridtap: events: expected --tsv or --xml, "
			      "not both\n",
			    stderr);
			return -1;
		}
		chosen = option;
		if (chosen == OPT_HELP)
			return chosen;
	}
	if (optind == argc)
		return chosen;
	fprintf(stderr, "gridtap: events: \"%s\" is not expected; try --help\n",
	    argv[optind]);
	return -1;
}

int
cmd_events(int argc, char **argv)
{
	int chosen;

	if (argc > 1 && strcmp(argv[1], "verify") == 0)
		return verify_command(argc - 1, argv + 1);
	chosen = parse(argc, argv);
	if (chosen == -1)
		return EXIT_USAGE;
	if (chosen == OPT_HELP)
		fputs(help, stdout);
	else if (chosen == OPT_TSV)
		print_tsv();
	else if (chosen == OPT_XML)
		print_xml();
	else
		print_table(colour_wanted());
	if (fflush(stdout) == 0 && !ferror(stdout))
		return EXIT_DONE;
	fprintf(stderr, "gridtap: standard output: cannot write: %s\n",
	    strerror(errno));
	return EXIT_FAILED;
}
