/* SPDX-License-Identifier: Apache-2.0 */
/* The summary: what was read, what it was, what was lost. */
#include <config.h>

#include "dissectors/dissector.h"
#include "dissectors/timetext.h"
#include "sensor/summary.h"

static void
write_time(struct json *j, const char *key, struct timespec at)
{
	char s[TIMETEXT];

	timetext_utc(s, (uint64_t)at.tv_sec, (uint32_t)(at.tv_nsec / 1000));
	json_text(j, key, s);
}

static void
write_link(const struct summary *s, struct json *j)
{
	json_open(j, "link", '{');
	json_u64(j, "duplicates", s->link->duplicates);
	json_u64(j, "vlan_tags", s->link->vlan);
	json_u64(j, "prp", s->link->prp);
	json_u64(j, "hsr", s->link->hsr);
	json_u64(j, "truncated", s->inventory->cut);
	json_u64(j, "malformed", s->inventory->broken);
	json_u64(j, "unknown", s->inventory->unknown);
	json_close(j, '}');
}

static void
write_ip(const struct summary *s, struct json *j)
{
	json_open(j, "ip", '{');
	json_u64(j, "v4", s->ip->v4);
	json_u64(j, "v6", s->ip->v6);
	json_u64(j, "tcp", s->ip->tcp);
	json_u64(j, "udp", s->ip->udp);
	json_u64(j, "other", s->ip->other);
	json_u64(j, "tunnels", s->ip->tunnels);
	json_u64(j, "bad_header_checksums", s->ip->bad_header_checksum);
	json_u64(j, "bad_udp_checksums", s->ip->bad_udp_checksum);
	json_u64(j, "fragments", s->fragments->seen);
	json_u64(j, "reassembled", s->fragments->whole);
	json_u64(j, "fragment_overlaps", s->fragments->overlaps);
	json_u64(j, "fragments_expired", s->fragments->expired);
	json_close(j, '}');
}

static void
write_tcp(const struct summary *s, struct json *j)
{
	const struct stream_counts *c = s->streams;

	json_open(j, "tcp", '{');
	json_u64(j, "opened", c->opened);
	json_u64(j, "closed", c->closed);
	json_u64(j, "midstream", c->midstream);
	json_u64(j, "one_sided", s->counts->one_sided);
	json_u64(j, "octets", c->octets);
	json_u64(j, "retransmissions", c->retransmissions);
	json_u64(j, "out_of_order", c->out_of_order);
	json_u64(j, "overlaps", c->overlaps);
	json_u64(j, "conflicts", c->conflicts);
	json_u64(j, "keep_alives", c->keep_alives);
	json_u64(j, "gaps", c->gaps);
	json_u64(j, "gap_octets", c->gap_octets);
	json_u64(j, "cut_octets", c->cut_octets);
	json_u64(j, "resyncs", s->units->resyncs);
	json_u64(j, "skipped_octets", s->units->skipped_octets);
	json_u64(j, "bad_checksums", s->ip->bad_tcp_checksum);
	json_close(j, '}');
}

/* What was seen of a protocol and, as far as can be told, what was not. */
static void
write_lost(struct json *j, const char *name, const char *unit, uint64_t got,
    uint64_t lost, uint64_t holes)
{
	if (got + lost == 0)
		return;
	json_open(j, name, '{');
	json_text(j, "unit", unit);
	json_u64(j, "got", got);
	json_u64(j, "lost", lost);
	json_u64(j, "holes", holes);
	json_close(j, '}');
}

static void
write_loss(const struct summary *s, struct json *j)
{
	const struct losses *l = s->losses;

	json_open(j, "loss", '{');
	write_lost(j, "tcp", "octet", s->counts->got, s->counts->lost,
	    s->counts->holes);
	write_lost(j, "iec104", "I frame", l->iec104.got, l->iec104.lost,
	    l->iec104.holes);
	write_lost(
	    j, "dnp3", "segment", l->dnp3.got, l->dnp3.lost, l->dnp3.holes);
	write_lost(
	    j, "goose", "message", l->goose.got, l->goose.lost, l->goose.holes);
	json_close(j, '}');
}

/* What keys told of protected APDUs. */
static void
write_keys(const struct summary *s, struct json *j)
{
	if (s->keys == NULL)
		return;
	json_open(j, "keys", '{');
	json_u64(j, "right", s->keys->right);
	json_u64(j, "wrong", s->keys->wrong);
	json_u64(j, "unchecked", s->keys->unchecked);
	json_u64(j, "unfit", s->keys->unfit);
	json_u64(j, "no_key", s->keys->no_key);
	json_close(j, '}');
}

void
summary_write(const struct summary *s, struct json *j)
{
	json_u64(j, "packets", s->counts->packets);
	json_u64(j, "bytes", s->counts->bytes);
	if (s->counts->resumed > 0)
		json_u64(j, "read_before", s->counts->resumed);
	if (s->counts->packets > 0) {
		write_time(j, "first", s->counts->first);
		write_time(j, "last", s->counts->last);
	}
	write_link(s, j);
	write_ip(s, j);
	write_tcp(s, j);
	json_open(j, "protocols", '{');
	for (size_t i = 0; dissectors[i] != NULL; i++) {
		if (s->inventory->app[i] == 0)
			continue;
		json_open(j, dissectors[i]->name, '{');
		dissectors[i]->write_tally(s->tally[i], j);
		json_close(j, '}');
	}
	json_close(j, '}');
	write_keys(s, j);
	inventory_write(s->inventory, j, s->classify);
	write_loss(s, j);
}

void
summary_dropped(const struct summary *s, struct json *j)
{
	json_open(j, "dropped", '{');
	json_u64(j, "flows_evicted", s->flows_evicted);
	json_u64(j, "segments_refused", s->streams->refused);
	json_u64(j, "units_refused", s->units->refused);
	json_u64(j, "blocks_refused", s->blocks_refused);
	json_u64(j, "fragments_evicted", s->fragments->evicted);
	json_u64(j, "messages_lost", s->messages_lost);
	json_u64(j, "folds_evicted", s->folds_evicted);
	json_u64(j, "events_left_out", s->events_left_out);
	json_u64(j, "meters_evicted", s->meters_evicted);
	json_u64(j, "meters_unkept", s->meters_unkept);
	if (s->classify != NULL) {
		json_u64(j, "classify_refused", classify_refused(s->classify));
		json_u64(j, "classify_evicted", classify_evicted(s->classify));
	}
	json_close(j, '}');
}
