/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What carries other packets: MPLS (RFC 3032, 4385), PPPoE (RFC 2516), GRE
 * (RFC 2784, 2890), ERSPAN I to III, VXLAN (RFC 7348).
 */
#ifndef SENSOR_TUNNEL_H
#define SENSOR_TUNNEL_H

#include "sensor/packet.h"

#define TUNNEL_VXLAN_PORT 4789

enum layer tunnel_mpls(struct packet *);
enum layer tunnel_pppoe(struct packet *);
enum layer tunnel_gre(struct packet *);

/* LAYER_LINK, or LAYER_DONE when this UDP payload is no VXLAN. */
enum layer tunnel_vxlan(struct packet *);

#endif
