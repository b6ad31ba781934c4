/* SPDX-License-Identifier: Apache-2.0 */
/* The type identifications (60870-5-101, 7.3; 60870-5-104, 6; 60870-5-7). */
#include <config.h>

#include "dissectors/iec104/type.h"

#define HIGH 0xf0 /* IV, NT, SB and BL, beside a value in one octet */
#define ALL 0xff

enum {
	UNKNOWN,
	SIQ,
	DIQ,
	VTI_QDS,
	BSI_QDS,
	NVA_QDS,
	SVA_QDS,
	R32_QDS,
	BCR,
	SEP,
	SPE_QDP,
	OCI_QDP,
	SCD_QDS,
	NVA,
	AID_BCR,
	SCO,
	DCO,
	RCO,
	NVA_QOS,
	SVA_QOS,
	R32_QOS,
	BSI,
	COI,
	QOI,
	QCC,
	EMPTY,
	FBP,
	QRP,
	CP16,
	TSC,
	NVA_QPM,
	SVA_QPM,
	R32_QPM,
	QPA,
	FILE_READY,
	SECTION_READY,
	CALL,
	LAST,
	ACK,
	SEGMENT,
	DIRECTORY,
	LOG
};

/* clang-format off */
#define QDS(at)                                                                \
	.quality = at, .bits = ALL, .quality_spare = 0x0e,                     \
	.flaw = "reserved bits of QDS are not 0"
#define QUALIFIER(at, which) .qualifier = at, .rule = IEC104_##which
#define VALUE(octets, which) .size = octets, .form = IEC104_##which

const struct iec104_layout iec104_layouts[] = {
	[UNKNOWN] = { .size = 0 },
	[SIQ] = { VALUE(1, BOOL), .bits = HIGH, .spare = 0x0e,
	    .flaw = "reserved bits of SIQ are not 0" },
	[DIQ] = { VALUE(1, STATE), .bits = HIGH, .spare = 0x0c,
	    .flaw = "reserved bits of DIQ are not 0" },
	[VTI_QDS] = { VALUE(2, STEP), QDS(1) },
	[BSI_QDS] = { VALUE(5, BITS), QDS(4) },
	[NVA_QDS] = { VALUE(3, NORMALIZED), QDS(2) },
	[SVA_QDS] = { VALUE(3, SCALED), QDS(2) },
	[R32_QDS] = { VALUE(5, REAL), QDS(4) },
	[BCR] = { VALUE(5, COUNTER), .quality = 4, .bits = ALL },
	[SEP] = { VALUE(3, STATE), .bits = HIGH | 0x08, .elapsed = 2,
	    .spare = 0x04, .flaw = "reserved bit of SEP is not 0" },
	[SPE_QDP] = { VALUE(4, OCTET), .quality = 1, .bits = ALL, .elapsed = 3,
	    .spare = 0xc0, .quality_spare = 0x07,
	    .flaw = "reserved bits of SPE or QDP are not 0" },
	[OCI_QDP] = { VALUE(4, OCTET), .quality = 1, .bits = ALL, .elapsed = 3,
	    .spare = 0xf0, .quality_spare = 0x07,
	    .flaw = "reserved bits of OCI or QDP are not 0" },
	[SCD_QDS] = { VALUE(5, BITS), QDS(4) },
	[NVA] = { VALUE(2, NORMALIZED) },
	[AID_BCR] = { VALUE(7, COUNTER), .value = 2, .quality = 6,
	    .bits = ALL },
	[SCO] = { VALUE(1, BOOL), QUALIFIER(0, SCO), .spare = 0x02,
	    .flaw = "reserved bit of SCO is not 0" },
	[DCO] = { VALUE(1, STATE), QUALIFIER(0, DCO) },
	[RCO] = { VALUE(1, STATE), QUALIFIER(0, RCO) },
	[NVA_QOS] = { VALUE(3, NORMALIZED), QUALIFIER(2, QOS) },
	[SVA_QOS] = { VALUE(3, SCALED), QUALIFIER(2, QOS) },
	[R32_QOS] = { VALUE(5, REAL), QUALIFIER(4, QOS) },
	[BSI] = { VALUE(4, BITS) },
	[COI] = { .size = 1, QUALIFIER(0, COI) },
	[QOI] = { .size = 1, QUALIFIER(0, QOI) },
	[QCC] = { .size = 1, QUALIFIER(0, QCC) },
	[EMPTY] = { .size = 0 },
	[FBP] = { VALUE(2, PATTERN) },
	[QRP] = { .size = 1, QUALIFIER(0, QRP) },
	[CP16] = { .size = 2, .elapsed = 1 },
	[TSC] = { VALUE(2, PATTERN) },
	[NVA_QPM] = { VALUE(3, NORMALIZED), QUALIFIER(2, QPM) },
	[SVA_QPM] = { VALUE(3, SCALED), QUALIFIER(2, QPM) },
	[R32_QPM] = { VALUE(5, REAL), QUALIFIER(4, QPM) },
	[QPA] = { .size = 1, QUALIFIER(0, QPA) },
	[FILE_READY] = { .size = 6, QUALIFIER(5, FRQ) }, /* NOF, LOF */
	[SECTION_READY] = { .size = 7, QUALIFIER(6, SRQ) }, /* NOF, NOS, LOF */
	[CALL] = { .size = 4, QUALIFIER(3, SCQ) }, /* NOF, NOS */
	[LAST] = { .size = 5, QUALIFIER(3, LSQ) }, /* NOF, NOS; CHS behind */
	[ACK] = { .size = 4, QUALIFIER(3, AFQ) }, /* NOF, NOS */
	[SEGMENT] = { .size = 4 }, /* NOF, NOS, LOS */
	[DIRECTORY] = { .size = 6, QUALIFIER(5, SOF) }, /* NOF, LOF */
	[LOG] = { .size = 9 }, /* NOF, start; the stop is its time tag */
};

#define M(layout, time, flags)                                                 \
	{ layout, time, OP_REPORT, IEC104_MONITOR | (flags) }
#define C(layout, time, kind)                                                  \
	{ layout, time, kind, IEC104_COMMAND | IEC104_ONE }
#define F(layout, time, flags) { layout, time, OP_FILE, flags }
#define KEY(flags) { UNKNOWN, 0, OP_KEY, flags }
#define SQ IEC104_SEQUENCE
#define ONE IEC104_ONE
#define NONE { UNKNOWN, 0, OP_OTHER, 0 }

const struct iec104_type iec104_types[256] = {
	[0] = NONE,
	[1] = M(SIQ, 0, SQ), M(SIQ, 3, 0), /* single point */
	M(DIQ, 0, SQ), M(DIQ, 3, 0),
	[5] = M(VTI_QDS, 0, SQ), M(VTI_QDS, 3, 0), /* step position */
	M(BSI_QDS, 0, SQ), M(BSI_QDS, 3, 0),
	[9] = M(NVA_QDS, 0, SQ), M(NVA_QDS, 3, 0), /* measured value */
	M(SVA_QDS, 0, SQ), M(SVA_QDS, 3, 0),
	M(R32_QDS, 0, SQ), M(R32_QDS, 3, 0),
	[15] = M(BCR, 0, SQ), M(BCR, 3, 0), /* integrated totals */
	M(SEP, 3, 0), M(SPE_QDP, 3, ONE), M(OCI_QDP, 3, ONE),
	[20] = M(SCD_QDS, 0, SQ), /* packed single points */
	M(NVA, 0, SQ),
	[22 ... 29] = NONE,
	[30] = M(SIQ, 7, 0), M(DIQ, 7, 0), /* with CP56Time2a */
	M(VTI_QDS, 7, 0), M(BSI_QDS, 7, 0), M(NVA_QDS, 7, 0),
	M(SVA_QDS, 7, 0), M(R32_QDS, 7, 0), M(BCR, 7, 0),
	[38] = M(SEP, 7, 0), M(SPE_QDP, 7, ONE), M(OCI_QDP, 7, ONE),
	[41] = { AID_BCR, 7, OP_KEY, IEC104_MONITOR | IEC104_LOOSE },
	[42 ... 44] = NONE,
	[45] = C(SCO, 0, OP_CONTROL), C(DCO, 0, OP_CONTROL), /* commands */
	C(RCO, 0, OP_CONTROL), C(NVA_QOS, 0, OP_CONTROL),
	C(SVA_QOS, 0, OP_CONTROL), C(R32_QOS, 0, OP_CONTROL),
	C(BSI, 0, OP_CONTROL),
	[52 ... 57] = NONE,
	[58] = C(SCO, 7, OP_CONTROL), C(DCO, 7, OP_CONTROL),
	C(RCO, 7, OP_CONTROL), C(NVA_QOS, 7, OP_CONTROL),
	C(SVA_QOS, 7, OP_CONTROL), C(R32_QOS, 7, OP_CONTROL),
	C(BSI, 7, OP_CONTROL),
	[65 ... 69] = NONE,
	[70] = M(COI, 0, ONE), /* end of initialization */
	[71 ... 80] = NONE,
	[81 ... 87] = KEY(IEC104_KNOWN), /* authentication: 60870-5-7 */
	[88 ... 89] = KEY(0),
	[90 ... 95] = KEY(IEC104_KNOWN),
	[96 ... 99] = NONE,
	[100] = C(QOI, 0, OP_READ), C(QCC, 0, OP_READ), /* system commands */
	C(EMPTY, 0, OP_READ), C(EMPTY, 7, OP_TIME), C(FBP, 0, OP_OTHER),
	[105] = C(QRP, 0, OP_CONTROL), C(CP16, 0, OP_TIME),
	C(TSC, 7, OP_OTHER),
	[108 ... 109] = NONE,
	[110] = C(NVA_QPM, 0, OP_WRITE), C(SVA_QPM, 0, OP_WRITE),
	C(R32_QPM, 0, OP_WRITE), C(QPA, 0, OP_WRITE),
	[114 ... 119] = NONE,
	[120] = F(FILE_READY, 0, ONE), F(SECTION_READY, 0, ONE), /* files */
	F(CALL, 0, ONE), F(LAST, 0, ONE), F(ACK, 0, ONE),
	[125] = F(SEGMENT, 0, ONE | IEC104_VARYING),
	F(DIRECTORY, 7, SQ | IEC104_MONITOR), F(LOG, 7, ONE),
	[IEC104_PRIVATE ... 255] = NONE,
};
/* clang-format on */
