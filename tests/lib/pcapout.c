/* SPDX-License-Identifier: Apache-2.0 */
/* The capture file of libpcap, version 2.4 (pcap-savefile(5)). */
#include <config.h>

#include <errno.h>

#include "tests/lib/pcapout.h"

#define MAGIC 0xa1b2c3d4
#define SNAPLEN 262144
#define LINKTYPE_ETHERNET 1
#define FRAME_MIN 60 /* without the check sequence */

int
pcapout_open(struct pcapout *out, const char *path)
{
	uint32_t head[] = { MAGIC, 0, 0, 0, SNAPLEN, LINKTYPE_ETHERNET };
	uint16_t version[] = { 2, 4 };

	*out = (struct pcapout){ 0 };
	out->f = strcmp(path, "-") == 0 ? stdout : fopen(path, "wb");
	if (out->f == NULL)
		return -errno;
	memcpy(head + 1, version, sizeof(version));
	fwrite(head, sizeof(head), 1, out->f);
	return 0;
}

void
pcapout_frame(struct pcapout *out, uint64_t us, const struct octets *frame)
{
	static const uint8_t padding[FRAME_MIN];
	uint32_t pad =
	    frame->n < FRAME_MIN ? (uint32_t)(FRAME_MIN - frame->n) : 0;
	uint32_t n = (uint32_t)frame->n + pad;
	uint32_t head[] = { (uint32_t)(us / 1000000), (uint32_t)(us % 1000000),
		n, n };

	fwrite(head, sizeof(head), 1, out->f);
	fwrite(frame->p, frame->n, 1, out->f);
	fwrite(padding, pad, 1, out->f);
	out->packets++;
	out->octets += n;
}

int
pcapout_close(struct pcapout *out)
{
	int err = ferror(out->f) != 0 ? -EIO : 0;

	if (fclose(out->f) != 0 && err == 0)
		err = -errno;
	return err;
}
