/* SPDX-License-Identifier: Apache-2.0 */
/* nDPI 4.2 and later; m4/ndpi.m4 finds out which signatures it has. */
#include <config.h>

#include <stdlib.h>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wstrict-prototypes"
#include <ndpi_api.h>
#pragma GCC diagnostic pop

#include "sensor/area.h"
#include "sensor/classify.h"

#define ALIGN 64
#define SAMPLE 8 /* places among which the longest silent is sought */

struct place {
	uint64_t ms;         /* of the last packet */
	uint16_t generation; /* tells this flow's handle from earlier ones' */
	uint8_t packets;     /* 0: the place is free */
};

struct classify {
	struct ndpi_detection_module_struct *ndpi;
	struct place *places;
	uint32_t *vacant; /* a stack */
	uint8_t *states;  /* nDPI's, state_size octets each */
	size_t state_size;
	uint32_t flows, nvacant, hand;
	uint64_t second; /* that the budget is of */
	uint32_t begun;  /* in it */
	uint64_t refused, evicted;
};

static struct ndpi_detection_module_struct *
start_ndpi(void)
{
	struct ndpi_detection_module_struct *ndpi;
#ifndef NDPI_NO_MASK
	NDPI_PROTOCOL_BITMASK all;
#endif

#ifdef NDPI_INIT_PREFS
	ndpi = ndpi_init_detection_module(ndpi_dont_load_tor_hosts);
#else
	ndpi = ndpi_init_detection_module(NULL);
#endif
	if (ndpi == NULL)
		return NULL;
#ifndef NDPI_NO_MASK
	NDPI_BITMASK_SET_ALL(all);
	ndpi_set_protocol_detection_bitmask2(ndpi, &all);
#endif
	ndpi_finalize_initialization(ndpi);
	return ndpi;
}

/*
 * nDPI's protocol id, 0 while there is none: of TLS.Google the TLS, but of
 * NetBIOS.SMB the SMB.
 */
static uint16_t
ask(struct classify *c, struct ndpi_flow_struct *state, const uint8_t *ip,
    size_t n, uint64_t ms)
{
	ndpi_protocol p = ndpi_detection_process_packet(c->ndpi, state, ip,
	    (unsigned short)(n < UINT16_MAX ? n : UINT16_MAX), ms
#ifdef NDPI_PROCESS_INPUT
	    ,
	    NULL
#endif
	);
#ifdef NDPI_PROTO_NESTED
	uint16_t master = p.proto.master_protocol, app = p.proto.app_protocol;
#else
	uint16_t master = p.master_protocol, app = p.app_protocol;
#endif

	if (master == NDPI_PROTOCOL_UNKNOWN ||
	    (master == NDPI_PROTOCOL_NETBIOS && app != NDPI_PROTOCOL_UNKNOWN))
		return app;
	return master;
}

static struct ndpi_flow_struct *
state_of(const struct classify *c, uint32_t i)
{
	return (
	    struct ndpi_flow_struct *)(void *)(c->states + i * c->state_size);
}

/* The place of a handle; c->flows if it has none, or lost it. */
static uint32_t
find(const struct classify *c, uint32_t handle)
{
	uint32_t i = (handle & UINT16_MAX) - 1;

	if (i >= c->flows || c->places[i].packets == 0 ||
	    c->places[i].generation != handle >> 16)
		return c->flows;
	return i;
}

static uint32_t
handle_of(const struct classify *c, uint32_t i)
{
	return (uint32_t)c->places[i].generation << 16 | (i + 1);
}

static void
clear(struct classify *c, uint32_t i)
{
	ndpi_free_flow_data(state_of(c, i));
	memset(state_of(c, i), 0, c->state_size);
	c->places[i].packets = 0;
	c->places[i].generation++;
}

static void
leave(struct classify *c, uint32_t i)
{
	clear(c, i);
	c->vacant[c->nvacant++] = i;
}

/* All are taken: of the next few the one that was silent longest goes. */
static uint32_t
evict(struct classify *c)
{
	uint32_t oldest = c->hand;

	for (int n = 0; n < SAMPLE; n++) {
		if (c->places[c->hand].ms < c->places[oldest].ms)
			oldest = c->hand;
		c->hand = (c->hand + 1) % c->flows;
	}
	clear(c, oldest);
	c->evicted++;
	return oldest;
}

/* A new flow takes a place; c->flows when there were too many this second. */
static uint32_t
begin(struct classify *c, uint64_t ms)
{
	if (c->second != ms / 1000) {
		c->second = ms / 1000;
		c->begun = 0;
	}
	if (c->begun == CLASSIFY_PER_S) {
		c->refused++;
		return c->flows;
	}
	c->begun++;
	return c->nvacant > 0 ? c->vacant[--c->nvacant] : evict(c);
}

struct classify *
classify_new(uint32_t flows, struct error *error)
{
	struct classify *c = calloc(1, sizeof(*c));

	if (c == NULL)
		goto fail;
	c->flows = flows < CLASSIFY_FLOWS_MAX ? flows : CLASSIFY_FLOWS_MAX;
	c->state_size =
	    (ndpi_detection_get_sizeof_ndpi_flow_struct() + ALIGN - 1) &
	    ~(size_t)(ALIGN - 1);
	c->ndpi = start_ndpi();
	c->places = calloc(c->flows, sizeof(*c->places));
	c->vacant = calloc(c->flows, sizeof(*c->vacant));
	c->states = area_new(c->flows, c->state_size);
	if (c->ndpi == NULL || c->places == NULL || c->vacant == NULL ||
	    c->states == NULL)
		goto fail;
	for (c->nvacant = 0; c->nvacant < c->flows; c->nvacant++)
		c->vacant[c->nvacant] = c->flows - 1 - c->nvacant;
	return c;
fail:
	error_set(error, "nDPI does not start: no memory");
	classify_free(c);
	return NULL;
}

void
classify_free(struct classify *c)
{
	if (c == NULL)
		return;
	for (uint32_t i = 0; c->places != NULL && i < c->flows; i++)
		if (c->places[i].packets > 0)
			clear(c, i);
	area_free(c->states, c->flows, c->state_size);
	free(c->vacant);
	free(c->places);
	if (c->ndpi != NULL)
		ndpi_exit_detection_module(c->ndpi);
	free(c);
}

enum classify_verdict
classify_packet(struct classify *c, uint32_t *handle, const uint8_t *ip,
    size_t n, uint64_t ms, uint16_t *label)
{
	uint32_t i = find(c, *handle);
	uint16_t id;

	if (i == c->flows)
		i = begin(c, ms);
	*handle = 0;
	if (i == c->flows) {
		*label = CLASSIFY_NOT;
		return CLASSIFY_DONE;
	}
	id = ask(c, state_of(c, i), ip, n, ms);
	c->places[i].ms = ms;
	if (++c->places[i].packets < CLASSIFY_PACKETS &&
	    id == NDPI_PROTOCOL_UNKNOWN) {
		*handle = handle_of(c, i);
		return CLASSIFY_MORE;
	}
	leave(c, i);
	*label = id < CLASSIFY_LABELS - CLASSIFY_UNKNOWN
	             ? (uint16_t)(id + CLASSIFY_UNKNOWN)
	             : CLASSIFY_UNKNOWN;
	return CLASSIFY_DONE;
}

void
classify_drop(struct classify *c, uint32_t handle)
{
	uint32_t i = find(c, handle);

	if (i < c->flows)
		leave(c, i);
}

const char *
classify_name(const struct classify *c, uint16_t label)
{
	if (label == CLASSIFY_NOT)
		return "Unclassified";
	if (label == CLASSIFY_UNKNOWN)
		return "Unknown";
	return ndpi_get_proto_name(
	    c->ndpi, (uint16_t)(label - CLASSIFY_UNKNOWN));
}

uint64_t
classify_refused(const struct classify *c)
{
	return c->refused;
}

uint64_t
classify_evicted(const struct classify *c)
{
	return c->evicted;
}
