/* SPDX-License-Identifier: Apache-2.0 */
/* gridtap events verify: whether raw storage is as it was written. */
#ifndef SENSOR_VERIFY_H
#define SENSOR_VERIFY_H

/* argv begins with "verify"; an exit status. */
int verify_command(int argc, char **argv);

#endif
