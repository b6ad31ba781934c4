#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What outlives a run, and what is done with it; a capture in two runs, and one
# that is killed.  GRIDTAP is the program.
cd "${srcdir:-.}" || exit 2
tools=tests/tools
dlms=pcaps/dlms
failed=0

python3 $tools/state_check.py pcaps || failed=1
# these need what was open, what was counted and what was seen before
python3 $tools/split_check.py -n 3 $dlms/c_retrans.pcap $dlms/j_hdlc_b.pcap \
    $dlms/d12-spray.pcap $dlms/d41-series.pcap $dlms/d47-holes.pcap \
    $dlms/d51-undefined.pcap $dlms/m-clone.pcap $dlms/m-counter-read.pcap \
    $dlms/m-silent.pcap $dlms/m-version.pcap \
    $dlms/t_many_associations_one_tcp.pcap || failed=1
# and of each protocol some, whatever they need
python3 $tools/split_check.py -n 2 $(find pcaps -name '*.pcap' -size -200k |
    LC_ALL=C sort | awk 'NR % 22 == 5') || failed=1
python3 $tools/kill_check.py -n 4 -s 13 || failed=1
exit $failed
