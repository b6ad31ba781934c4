#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# pcaps/demo.pcap is what tests/demo makes; DEMO is that program.
"${DEMO:-tests/demo/demo}" - | cmp - "${srcdir:-.}/pcaps/demo.pcap"
