#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# CPU time of gridtap against tcpdump on the same capture, in turns, on one
# core.  The ratio is the median of the pairwise ones, with best to best beside.
usage() {
	echo "usage: bench.sh [-n PAIRS] [-s SCRATCH] [-t TOOLS] [-m MEGABYTES]" \
	    "[-p PROTOCOLS] [-r ROW] GRIDTAP" >&2
	echo "rows: mix classify records goose random large stations ndpi keys siem;" \
	    "meters: long, 3 GB in SCRATCH; live: on a wire, as root;" \
	    "all of them: all; BENCH in the environment names some, too" >&2
	exit 2
}

pairs=7 scratch=bench tools=tests/bench megabytes=200 only=$BENCH
protocols=104,goose,dnp3,dlms,it
while getopts n:s:t:m:p:r: option; do
	case $option in
	n) pairs=$OPTARG ;;
	s) scratch=$OPTARG ;;
	t) tools=$OPTARG ;;
	m) megabytes=$OPTARG ;;
	p) protocols=$OPTARG ;;
	r) only="$only $OPTARG" ;;
	*) usage ;;
	esac
done
shift $((OPTIND - 1))
[ $# -eq 1 ] || usage
gridtap=$1
for program in "$gridtap" "$tools/gen" "$tools/keyed" "$tools/timed" tcpdump
do
	command -v "$program" >/dev/null || {
		echo "bench.sh: $program is not there" >&2
		exit 2
	}
done
mkdir -p "$scratch" || exit 2
# the last core: interrupts tend to go to the first
core=$(taskset -cp $$ | sed 's/.*[ ,-]//')

wanted() {
	case " $only " in *" $1 "* | *" all "*) return 0 ;; esac
	[ -z "$only" ] && [ "$1" != meters ] && [ "$1" != live ]
}

# A capture is made once for each set of arguments: make NAME ARGUMENT...
make_capture() {
	file=$scratch/$1.pcap
	shift
	if [ "$tools/gen" -nt "$file.txt" ] ||
	    [ "$*" != "$(sed -n 1p "$file.txt" 2>/dev/null)" ]; then
		made=$("$tools/gen" "$@" "$file") || exit 1
		printf '%s\n%s\n' "$*" "$made" >"$file.txt"
	fi
	packets=$(sed -n '2s/ packets.*//p' "$file.txt")
	echo "# $file: $(sed -n 2p "$file.txt")"
}

# cost NAME PROGRAM ARGUMENT...: one line of timed's into NAME
cost() {
	name=$1
	shift
	taskset -c "$core" "$tools/timed" "$@" >>"$scratch/$name" || exit 1
	if ! tail -n 1 "$scratch/$name" | grep -q ' 0$'; then
		echo "bench.sh: $*: exit status" \
		    "$(tail -n 1 "$scratch/$name" | sed 's/.* //')" >&2
		exit 1
	fi
}

# row NAME AIM PROGRAM ARGUMENT...: against tcpdump on $file
row() {
	title=$1 aim=$2
	shift 2
	rm -f "$scratch/a" "$scratch/b"
	cat "$file" >/dev/null
	turn=0
	while [ $turn -lt "$pairs" ]; do
		cost a "$@"
		cost b tcpdump -nr "$file" -w /dev/null
		turn=$((turn + 1))
	done
	paste -d' ' "$scratch/a" "$scratch/b" |
		awk -v title="$title" -v aim="$aim" -v packets="$packets" '
		{
			ratio[NR] = $1 / $4
			if (NR == 1 || $1 < a) a = $1
			if (NR == 1 || $4 < b) b = $4
			if ($2 > rss) rss = $2
		}
		END {
			for (i = 2; i <= NR; i++)
				for (k = i; k > 1 && ratio[k] < ratio[k - 1]; k--) {
					t = ratio[k]
					ratio[k] = ratio[k - 1]
					ratio[k - 1] = t
				}
			m = int((NR + 1) / 2)
			median = NR % 2 ? ratio[m] : (ratio[m] + ratio[m + 1]) / 2
			print a * 1e9 / packets, rss >"'"$scratch/row"'"
			printf "%-28s %7.2f %8.2f %6s %10.0f %10.0f %8.1f\n", title,
			    median, a / b, aim, a * 1e9 / packets,
			    b * 1e9 / packets, rss / 1024
		}'
}

replay() {
	title=$1 aim=$2
	shift 2
	row "$title" "$aim" "$gridtap" replay --quiet -o json:/dev/null "$@" \
	    "$file"
}

off="--set classify.enabled=false"
printf '%-28s %7s %8s %6s %10s %10s %8s\n' "" median min/min aim ns/packet \
    tcpdump MiB
make_capture mix --kind mix --protocols "$protocols" --megabytes "$megabytes"
wanted mix && replay "mix, no classification" 2.5 $off
wanted classify && replay "mix" 3.5
wanted records && replay "mix, records to a file" 5 \
    --records "$scratch/records.jsonl"
rm -f "$scratch/records.jsonl"
if wanted ndpi && command -v ndpiReader >/dev/null; then
	row "mix, ndpiReader" - ndpiReader -q -i "$file"
fi
if wanted goose; then
	make_capture goose --kind goose --megabytes $((megabytes / 2))
	replay "GOOSE alone" 3 $off
fi
if wanted random; then
	make_capture random --kind random --flows 42000 \
	    --packets $((megabytes * 10000))
	replay "random, 42,000 flows" 3 $off
fi
if wanted large; then
	make_capture large --kind random --flows 500000 \
	    --packets $((megabytes * 15000))
	replay "random, 500,000 flows" 5 $off --set limits.flows=1048576
fi
# 100,000 points, 10,000 associations and 5,000 publishers: aim 128 MiB
if wanted stations; then
	make_capture stations --kind stations --seconds 120
	replay "stations" - $off
fi
# Nothing but ciphered DLMS of 20,000 meters, without and with all their keys.
if wanted keys; then
	file=$scratch/keyed.pcap
	packets=$("$tools/keyed" 20000 20 "$file" "$scratch/keyed.yaml" |
		sed 's/ packets//') || exit 1
	echo "# $file: $packets packets"
	rm -f "$scratch/keyed"
	replay "ciphered, no keys" - $off
	cat "$scratch/row" >>"$scratch/keyed"
	replay "ciphered, keys of all" - $off --keys "$scratch/keyed.yaml"
	cat "$scratch/row" >>"$scratch/keyed"
	awk '{ ns[NR] = $1 }
	END {
		printf "# with keys a packet costs %.2f times as much (aim 3)\n",
		    ns[2] / ns[1]
	}' "$scratch/keyed"
	rm -f "$file" "$scratch/keyed" "$scratch/keyed.yaml"
fi
# To a SIEM: events formatted, spooled and delivered over TLS for a minute.
if wanted siem; then
	echo "# to the receivers of etc/receivers, aim 20,000 events a second"
	python3 "${srcdir:-$(dirname "$0")/../..}/tests/bench/siem_rate.py" \
	    "$tools/siem" || exit 1
fi
# Each meter twice, in another order; the fewer as many times as it takes.
if wanted meters; then
	[ "$pairs" -gt 3 ] && pairs=3
	for n in 1000 1000000; do
		make_capture meters --kind meters --flows $n --packets 12000000
		replay "$n meters" - $off --set limits.meters=1048576
		cat "$scratch/row" >>"$scratch/meters"
		rm -f "$file" "$file.txt"
	done
	awk '{ ns[NR] = $1; kib[NR] = $2 }
	END {
		printf "# a packet costs %.2f times as much (aim 1.5), " \
		    "a meter %.0f octets (aim 400)\n", ns[2] / ns[1],
		    (kib[2] - kib[1]) * 1024 / 999000
	}' "$scratch/meters"
	rm -f "$scratch/meters"
fi
rm -f "$scratch/a" "$scratch/b" "$scratch/row"
if wanted live; then
	GRIDTAP=$gridtap python3 "$(dirname "$0")/../tools/live_bench.py" \
	    "$scratch/mix.pcap" || [ $? -eq 77 ]
fi
