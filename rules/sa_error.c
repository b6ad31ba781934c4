/* SPDX-License-Identifier: Apache-2.0 */
/* IEC TS 62351-5:2013, 7.2; IEEE 1815-2012, table A-1 of g120v7. */
#include <config.h>

#include "rules/sa_error.h"

struct sa_error
sa_error(uint8_t code)
{
	static const struct sa_error errors[] = {
		{ &EV_PROT_INF_ERR, "unknown error" },
		{ &EV_DATA_AUTN_ERR, "authentication failed" },
		{ &EV_UNXP_MSG_ERR, "reply was not expected" },
		{ &EV_MAX_REPLY_TOUT, "no reply" },
		{ &EV_UNXP_MSG_ERR, "aggressive mode is not permitted" },
		{ &EV_DATA_PROTALG_SUP, "MAC algorithm is not supported" },
		{ &EV_KEY_WRAPALG_SUP, "key wrap algorithm is not supported" },
		{ &EV_OPER_NOT_AUTR, "not authorised" },
		{ &EV_KEY_AUTNALG_SUP, "update key method is not permitted" },
		{ &EV_KEY_AUTN_ERR, "signature is invalid" },
		{ &EV_KEY_AUTN_ERR, "certificate data are invalid" },
		{ &EV_KEY_AUTN_ERR, "unknown user" },
		{ &EV_MAX_REPLY_TOUT, "too many key status requests" },
	};

	return errors[code < sizeof(errors) / sizeof(errors[0]) ? code : 0];
}
