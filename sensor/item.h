/* SPDX-License-Identifier: Apache-2.0 */
/* What the pipeline hands to the outputs' thread. */
#ifndef SENSOR_ITEM_H
#define SENSOR_ITEM_H

#include "outputs/state/state.h"
#include "rules/event.h"

enum item_kind {
	ITEM_EVENT,  /* to every output */
	ITEM_METER,  /* to the state file, */
	ITEM_ROW,    /* likewise, */
	ITEM_FOLD,   /* likewise, */
	ITEM_COMMIT, /* which is whole as of here */
	ITEM_FIND,   /* a question to the state file, */
	ITEM_FRAMES, /* and another: of the capture in mark */
	ITEM_REOPEN, /* files by their names: they were moved away */
	ITEM_SETTLE, /* all outputs settle, and it is told when they have */
	ITEM_ANSWER, /* back from there: what was found, */
	ITEM_ACK     /* or acknowledged */
};

struct item_find {
	uint32_t ticket; /* of the answer */
	bool titled;
	uint8_t title[MEMORY_TITLE];
	uint8_t ip[16];
	uint16_t port, unit;
};

struct item_answer {
	uint32_t ticket;
	bool found;
	uint64_t frames;           /* of ITEM_FRAMES */
	struct memory_meter meter; /* as far as it is in use, when found */
};

struct item {
	enum item_kind kind;
	union {
		struct event event;
		struct memory_meter meter; /* as far as it is in use */
		struct memory_row row;     /* likewise */
		struct fold_window fold;
		struct state_mark mark;
		struct item_find find;
		struct item_answer answer;
		struct state_ack ack;
	};
};

#endif
