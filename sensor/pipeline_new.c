/* SPDX-License-Identifier: Apache-2.0 */
/* What the pipeline is made of, got at start; see pipeline.h. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "dissectors/dlms/dlms.h"
#include "rules/dlms/unseal.h"
#include "rules/meters/meters.h"
#include "rules/pack.h"
#include "sensor/area.h"
#include "sensor/keys.h"
#include "sensor/pipeline_parts.h"

#define CLASSIFY_FLOWS 4096 /* that nDPI looks at at once */
#define MESSAGE_MAX (64 * 1024)

/* In a replay nobody chooses keys against us, and all bytes must be equal. */
const uint8_t pipeline_key[SIPHASH_KEY] = "gridtap's tables";
static const uint64_t copy_key[2] = { 0x9e3779b97f4a7c15, 0xd1b54a32d192ed03 };
static int
open_dissectors(struct pipeline *pl, const struct conf *conf)
{
	for (size_t i = 0; dissectors[i] != NULL && i < INVENTORY_APPS; i++) {
		const struct dissector *d = dissectors[i];

		if (d->write_json != NULL)
			pl->owning |= UINT32_C(1) << (i + 1);
		pl->tally[i] = calloc(1, d->tally_size + 1);
		if (pl->tally[i] == NULL)
			return -1;
		if (d->settings_size == 0)
			continue;
		pl->settings[i] = calloc(1, d->settings_size);
		if (pl->settings[i] == NULL)
			return -1;
		conf_dissector(conf, i, pl->settings[i]);
	}
	return 0;
}

/* Without keys there is nothing of it. */
static int
open_keys(struct pipeline *pl, const struct conf *conf, const uint8_t *key)
{
	const struct keys *keys = conf->opened;
	void *memory;

	if (keys == NULL || keys->meters == NULL)
		return 0;
	while (dissectors[pl->dlms] != NULL &&
	       strcmp(dissectors[pl->dlms]->name, "dlms") != 0)
		pl->dlms++;
	pl->unseal_size = unseal_size(&pl->limits);
	memory = area_new(1, pl->unseal_size);
	if (memory == NULL)
		return -1;
	pl->unseal =
	    unseal_start(memory, &pl->limits, keys->meters, key, pl->messages);
	return pl->unseal != NULL ? 0 : -1;
}

static void
close_keys(struct pipeline *pl)
{
	unseal_end(pl->unseal);
	area_free(pl->unseal, 1, pl->unseal_size);
}

/* Detectors, and the keys that open what they shall see. */
static int
open_dispatch(struct pipeline *pl, const struct conf *conf,
    const struct policy *policy, const uint8_t *key)
{
	const struct keys *keys = conf->opened;

	if (open_keys(pl, conf, key) != 0)
		return -1;
	pl->dispatch = dispatch_new(
	    conf, &(struct setup){ .key = key,
	              .limits = &pl->limits,
	              .policy = policy,
	              .memory = &pl->memory,
	              .names = pl->names_kept,
	              .goose_keys = keys != NULL ? keys->groups : NULL,
	              .unseal = pl->unseal,
	              .losses = &pl->losses });
	if (pl->dispatch == NULL)
		return -1;
	if (pl->unseal != NULL)
		unseal_know(
		    pl->unseal, dispatch_world(pl->dispatch, &dlms_world));
	return 0;
}

static int
open_parts(struct pipeline *pl, const struct conf *conf,
    const struct policy *policy, struct event_sink *events, struct error *error)
{
	const struct conf_limits *limits = &conf->limits;
	struct stream_setup setup = { .sink = &pl->stream_sink,
		.out_of_order = limits->out_of_order,
		.holes = limits->blocks + limits->large_blocks,
		.history = (size_t)limits->history_kib * 1024 };

	const uint8_t *key =
	    conf->hash_key != NULL ? conf->hash_key : pipeline_key;

	pl->nflows = limits->flows;
	pl->transport = dispatch_transport();
	pl->alerts = alerts_new(conf, policy, key, events);
	if (pl->alerts != NULL)
		alerts_hear(pl->alerts, &pl->heard_sink);
	pl->meeting = policy_inventory(policy);
	pl->limits = conf->world;
	pl->names_kept = pack_names_new();
	pl->messages = asm_new(limits->messages, MESSAGE_MAX);
	pl->blocks = blocks_new(limits->blocks, limits->large_blocks);
	pl->seen = seen_new(limits->duplicates, limits->duplicate_ms, copy_key);
	pl->flows = flow_table(limits->flows, key);
	pl->arena = area_new(1, ARENA);
	pl->pk = pl->batch;
	pl->names = area_new(limits->flows, sizeof(*pl->names));
	if (pl->alerts == NULL || pl->names_kept == NULL ||
	    open_dispatch(pl, conf, policy, key) != 0 || pl->messages == NULL ||
	    pl->blocks == NULL || pl->seen == NULL || pl->flows == NULL ||
	    pl->names == NULL || pl->arena == NULL)
		return -1;
	setup.blocks = pl->blocks;
	setup.flows = pl->flows;
	pl->fragments = fragments_new(limits->fragments, pl->blocks);
	pl->streams = streams_new(&setup);
	pl->units = units_new(pl->blocks, &pl->unit_sink);
	pl->flow_keep = flow_keep_new(
	    &(struct waiting_parts){ pl->flows, pl->blocks, pl->streams,
	        pl->messages, pl->fragments, pl->seen, limits->flows });
	if (pl->flow_keep == NULL || pl->fragments == NULL ||
	    pl->streams == NULL || pl->units == NULL)
		return -1;
	if (conf->classify) {
		pl->classify = classify_new(CLASSIFY_FLOWS, error);
		if (pl->classify == NULL)
			return -1;
	}
	return open_dissectors(pl, conf);
}

struct pipeline *
pipeline_new(const struct conf *conf, const struct policy *policy,
    struct record_sink *records, struct event_sink *events, struct error *error)
{
	struct pipeline *pl = calloc(1, sizeof(*pl));

	if (pl == NULL)
		return NULL;
	error_set(error, "the tables of limits.* do not fit into memory");
	pl->records = records;
	relay_init(pl);
	if (remember_init(pl) != 0 ||
	    open_parts(pl, conf, policy, events, error) != 0) {
		pipeline_free(pl);
		return NULL;
	}
	return pl;
}

void
pipeline_free(struct pipeline *pl)
{
	if (pl == NULL)
		return;
	for (size_t i = 0; i < INVENTORY_APPS; i++) {
		free(pl->settings[i]);
		free(pl->tally[i]);
	}
	classify_free(pl->classify);
	units_free(pl->units);
	streams_free(pl->streams);
	fragments_free(pl->fragments);
	area_free(pl->arena, 1, ARENA);
	area_free(pl->names, pl->nflows, sizeof(*pl->names));
	pieces_free(pl->pieces);
	flow_keep_free(pl->flow_keep);
	pack_names_free(pl->names_kept);
	flow_table_free(pl->flows);
	seen_free(pl->seen);
	blocks_free(pl->blocks);
	asm_free(pl->messages);
	dispatch_free(pl->dispatch);
	close_keys(pl);
	alerts_free(pl->alerts);
	free(pl);
}
