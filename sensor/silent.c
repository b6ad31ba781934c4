/* SPDX-License-Identifier: Apache-2.0 */
/* Which detections have no list to go by (B.0, rule 11). */
#include <config.h>

#include "sensor/silent.h"

#define ID_SIZE 8 /* octets of "D-16" with its NUL, and more */

struct ids {
	FILE *to;
	const struct conf *conf;
	const struct policy *policy;
	size_t n;
};

static void
print(struct ids *ids, const char *id)
{
	const struct conf_detection *c = conf_detection(ids->conf, id);

	if (c == NULL || !c->enabled || policy_speaks(ids->policy, id))
		return;
	fprintf(ids->to, "%s%s",
	    ids->n++ > 0 ? ", "
	                 : "gridtap: silent for want of a list in the policy: ",
	    id);
}

/* The ids of a comma list. */
static void
print_list(struct ids *ids, const char *list)
{
	char id[ID_SIZE];

	while (*list != '\0') {
		size_t n = strcspn(list, ",");

		if (n < sizeof(id)) {
			memcpy(id, list, n);
			id[n] = '\0';
			print(ids, id);
		}
		list += n + (list[n] == ',');
	}
}

void
silent_print(FILE *to, const struct conf *conf, const struct policy *policy)
{
	struct ids ids = { to, conf, policy, 0 };

	for (size_t i = 0; detectors[i] != NULL; i++)
		if (detectors[i]->needs_policy != NULL)
			print_list(&ids, detectors[i]->needs_policy);
	if (ids.n > 0)
		fputc('\n', to);
}
