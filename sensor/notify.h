/* SPDX-License-Identifier: Apache-2.0 */
/* What systemd wants to hear (sd_notify(3)); without it nothing is done. */
#ifndef SENSOR_NOTIFY_H
#define SENSOR_NOTIFY_H

/* "READY=1", as in sd_notify(3). */
void notify(const char *state);

/* RELOADING=1 with the time that belongs to it. */
void notify_reloading(void);

/* WATCHDOG=1, if systemd asked for it, as often as is enough. */
void notify_watchdog(void);

#endif
