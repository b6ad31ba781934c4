#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Long runs: cut and bent captures through the program, replays that are
# killed again and again, and every fuzzer for
# RUNS executions: tests/soak.sh SOURCE BUILD [RUNS]
set -eu
source=$1 build=$2 runs=${3:-20000000}

python3 "$source/tests/mutate.py" -n 200 "$source/pcaps"
for seed in 1 2 3 4 5 6 7 8 9 10; do
	GRIDTAP=$build/gridtap python3 "$source/tests/tools/kill_check.py" \
	    -n 50 -s $seed
done
# receivers, and gridtap, killed while events are delivered
srcdir=$source GRIDTAP=$build/gridtap "$source/tests/redis.sh" -k 50 -e 20000 ||
	exit 1
srcdir=$source GRIDTAP=$build/gridtap "$source/tests/siem.sh" -k 50 -e 20000 ||
	[ $? -eq 77 ]
# the SNMP agent asleep for a minute
srcdir=$source GRIDTAP=$build/gridtap "$source/tests/nsm_agent.sh" 60 ||
	[ $? -eq 77 ]
# the live sensor for half an hour, at half of what a small machine can send
"$build/tests/bench/gen" --kind mix --protocols 104,goose,dnp3,dlms,it \
    --megabytes 20 "$build/soak-live.pcap"
GRIDTAP=$build/gridtap python3 "$source/tests/tools/live_soak.py" \
    "$build/soak-live.pcap" 30 "${LIVE_PPS:-50000}" || [ $? -eq 77 ]
command -v clang >/dev/null || {
	echo "soak.sh: clang is needed for libFuzzer (Debian: clang)" >&2
	exit 1
}
mkdir -p "$build/soak"
cd "$build/soak"
[ -f Makefile ] || "$source/configure" --quiet --enable-fuzzing \
    --enable-sanitizers CC=clang
make -s -j "$(nproc)" fuzzers
for target in dissector capture conf keys policy; do
	mkdir -p "found/$target"
	"tests/fuzz/fuzz_$target" -runs="$runs" -print_final_stats=1 \
	    -verbosity=0 -artifact_prefix="found/$target-" \
	    "found/$target" "$source/tests/fuzz/corpus/$target"
done
