/* SPDX-License-Identifier: Apache-2.0 */
/* What only a live sensor does with its pipeline; see pipeline.h. */
#include <config.h>

#include "rules/health.h"
#include "rules/meters/meters.h"
#include "rules/policy.h"
#include "sensor/pipeline_parts.h"

void
pipeline_from(struct pipeline *pl, const char *name, int link, uint64_t frames)
{
	pl->capture = name;
	pl->link = link;
	pl->frame = frames;
}

void
pipeline_clock(struct pipeline *pl, struct timespec now)
{
	pipeline_flush(pl);
	if (pl->second != 0 && now.tv_sec > pl->second)
		pipeline_tick(pl, now);
}

void
pipeline_health(struct pipeline *pl, const struct health *h)
{
	pipeline_flush(pl);
	pl->flow = NULL; /* it is about no connection */
	dispatch_health(pl->dispatch, h, &pl->event_sink);
	if (pl->nsm != NULL)
		nsm_health(pl->nsm, h);
}

const struct pipeline_counts *
pipeline_counts(const struct pipeline *pl)
{
	return &pl->counts;
}

int
pipeline_reload(struct pipeline *pl, const struct conf *conf,
    struct policy *policy, struct policy *next)
{
	pipeline_flush(pl);
	if (policy != NULL)
		policy_exchange(policy, next);
	if (dispatch_reload(pl->dispatch, conf, policy != NULL) != 0) {
		if (policy != NULL)
			policy_exchange(policy, next);
		return -1;
	}
	for (size_t i = 0; dissectors[i] != NULL && i < INVENTORY_APPS; i++)
		if (pl->settings[i] != NULL)
			conf_dissector(conf, i, pl->settings[i]);
	alerts_reload(pl->alerts, conf);
	if (pl->nsm != NULL)
		nsm_conf(pl->nsm, conf);
	return 0;
}

static void
write_table(struct json *j, const char *name, uint64_t used, uint64_t size)
{
	json_open(j, name, '{');
	json_u64(j, "used", used);
	json_u64(j, "size", size);
	json_close(j, '}');
}

void
pipeline_tables(const struct pipeline *pl, struct json *j)
{
	const struct meters *m = dispatch_world(pl->dispatch, &dlms_world);

	json_open(j, "tables", '{');
	write_table(j, "flows", flow_used(pl->flows), pl->nflows);
	if (m != NULL)
		write_table(j, "meters", meters_used(m), pl->limits.meters);
	json_close(j, '}');
}
