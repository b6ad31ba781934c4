#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Wrong captures, options, configurations and policies: one line each that says where and
# what, and the exit status that is promised.  GRIDTAP is the program.
[ -x "$GRIDTAP" ] || {
	echo "bad_input.sh: GRIDTAP is not a program" >&2
	exit 2
}
# a sanitizer's end is not to be taken for what is expected here
export ASAN_OPTIONS="$ASAN_OPTIONS:exitcode=99"
export UBSAN_OPTIONS="$UBSAN_OPTIONS:exitcode=99"
pcaps=$(cd "${srcdir:-.}/pcaps" && pwd) || exit 2
etc=$(cd "${srcdir:-.}/etc" && pwd) || exit 2
scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 2
good=$pcaps/iec104/104-normal.pcap
passed=0 failed=0

wrong() {
	echo "FAIL: $name: $*"
	sed 's/^/    /' err | head -n 5
	bad=1
}

judged() {
	if [ -n "$bad" ]; then
		failed=$((failed + 1))
	else
		passed=$((passed + 1))
	fi
}

# expect NAME STATUS PATTERN ARGUMENT...: one line that fits the pattern
expect() {
	name=$1 want=$2 pattern=$3 bad=
	shift 3
	"$GRIDTAP" "$@" >out 2>err
	status=$?
	[ $status -eq "$want" ] || wrong "exit status $status, not $want"
	[ "$(wc -l <err)" -eq 1 ] || wrong "not one line"
	grep -qE "$pattern" err || wrong "nothing like $pattern"
	judged
}

# reads NAME ARGUMENT...: what can be read is read all the same
reads() {
	name=$1 bad=
	shift
	rm -f records
	"$GRIDTAP" replay --quiet -o json:/dev/null --records records "$@" \
	    >out 2>err
	[ -s records ] || wrong "no records"
	judged
}

replay="replay --quiet -o json:/dev/null"
size=$(wc -c <"$good")
head -c $((size - 30)) "$good" >cut.pcap
gzip -c "$good" >whole.pcap.gz
head -c 2000 whole.pcap.gz >cut.pcap.gz
: >empty.pcap
echo "no capture at all" >text.pcap
head -c 20 "$good" >head.pcap
# link type 147 is one of those that everyone may use for himself
{ head -c 20 "$good"; printf '\223\0\0\0'; tail -c +25 "$good"; } >link.pcap
mkdir bare full
echo x >bare/notes.txt
cp "$good" full/a.pcap

expect "missing file" 1 'nowhere\.pcap: ' $replay nowhere.pcap
expect "folder without captures" 1 'bare: ' $replay bare
expect "missing folder" 1 'nowhere/: ' $replay nowhere/
expect "no capture" 1 'text\.pcap: ' $replay text.pcap
expect "empty file" 1 'empty\.pcap: ' $replay empty.pcap
expect "half a file header" 1 'head\.pcap: ' $replay head.pcap
expect "cut-off capture" 1 'cut\.pcap: .*(cut off|truncated)' $replay cut.pcap
expect "cut-off gzip" 1 'cut\.pcap\.gz: ' $replay cut.pcap.gz
expect "unknown link type" 1 'link\.pcap: .*(147|USER0)' $replay link.pcap
expect "one of several" 1 'nowhere\.pcap: ' $replay nowhere.pcap "$good"
expect "file that cannot be written" 1 'no/where: ' replay --quiet \
    -o json:no/where "$good"
expect "records that cannot be written" 1 'no/where: ' $replay \
    --records no/where "$good"
reads "what was whole of a cut-off capture" cut.pcap
reads "what was whole of a cut-off gzip" cut.pcap.gz
reads "all that replay is promised to take" --summary summary \
    --meters meters --fail-on alarm --filter tcp --set suppress_s=0 "$good"
name="the summary and the table of meters" bad=
[ -s summary ] && [ "$(cat meters)" = "[]" ] || wrong "one is not there"
judged
reads "the others" nowhere.pcap text.pcap "$good" link.pcap
reads "a folder" full
reads "standard input" - <"$good"

name="no command" bad=
"$GRIDTAP" >out 2>err
[ $? -eq 2 ] || wrong "exit status is not 2"
grep -q replay err || wrong "no commands are named"
judged
expect "wrong command" 2 'play' play
expect "no capture given" 2 'capture' replay
expect "wrong option" 2 'nonsense' $replay --nonsense "$good"
expect "option without value" 2 'records' replay --records
expect "wrong format" 2 'yaml' replay -o yaml "$good"
expect "wrong filter" 1 'filter' $replay --filter 'tcp portt 1' "$good"
expect "wrong severity" 2 'grave.*alarm' $replay --fail-on grave "$good"
expect "set: wrong key" 2 'limits\.flow' $replay --set limits.flow=1000 "$good"
expect "set: wrong type" 2 'limits\.flows' $replay \
    --set limits.flows=many "$good"
expect "set: wrong range" 2 'limits\.flows' $replay --set limits.flows=1 "$good"
expect "set: no value" 2 'limits\.flows' $replay --set limits.flows "$good"
expect "missing configuration" 2 'nowhere\.yaml: ' $replay \
    -c nowhere.yaml "$good"

expect "missing policy" 2 'nowhere\.yaml: ' $replay \
    --policy nowhere.yaml "$good"
expect "missing policy of the configuration" 2 'nowhere\.yaml: ' $replay \
    --set policy=nowhere.yaml "$good"
expect "missing policy, checked" 2 'nowhere\.yaml: ' check \
    --policy nowhere.yaml
expect "check of a file without its option" 2 'conf\.yaml.*-c' check conf.yaml

name="the examples" bad=
"$GRIDTAP" check -c "$etc/gridtap.yaml" --policy "$etc/policy.yaml" >out 2>err ||
	wrong "exit status is not 0"
[ "$(cat out)" = "the configuration and the policy are right" ] ||
	wrong "it is not said"
judged

name="who is silent without a policy" bad=
"$GRIDTAP" replay -o json:/dev/null "$good" >out 2>err
[ "$(grep -c '^gridtap: silent for want of a list in the policy: .*T-01' err)" -eq 1 ] ||
	wrong "not one line that names T-01"
"$GRIDTAP" replay -o json:/dev/null --set detections.T-01.enabled=false "$good" \
    >out 2>err
grep '^gridtap: silent' err | grep -q 'T-01' && wrong "T-01 is switched off"
"$GRIDTAP" replay -o json:/dev/null --policy "$etc/policy.yaml" "$good" \
    >out 2>err
grep -q 'silent' err && wrong "there is a policy with all lists"
echo 'version: 1' >policy.yaml
"$GRIDTAP" replay -o json:/dev/null --policy policy.yaml "$good" >out 2>err
grep '^gridtap: silent' err | grep -q 'D-16.*T-01' || wrong "it has no lists"
grep '^gridtap: silent' err | grep -q 'T-37' && wrong "T-37 needs no list"
"$GRIDTAP" replay --quiet -o json:/dev/null "$good" >out 2>err
[ -s err ] && wrong "it was to be quiet"
judged

# policy NAME PLACE PATTERN: standard input is the policy
policy() {
	cat >policy.yaml
	expect "$1" 2 "policy\.yaml:$2: .*$3" check --policy policy.yaml
	expect "$1, replayed" 2 "policy\.yaml:$2: .*$3" $replay \
	    --policy policy.yaml "$good"
	echo "policy: policy.yaml" >conf.yaml
	expect "$1, by the configuration" 2 "policy\.yaml:$2: .*$3" check \
	    -c conf.yaml
}

policy "policy: no version" 1:1 'version' <<'END'
scanners: []
END
policy "policy: wrong key" 3:3 'station.*stations' <<'END'
version: 1
iec104:
  station: []
END
policy "policy: wrong address" 5:26 '10\.0\.0\.1/8.*10\.0\.0\.0/8' <<'END'
version: 1
iec104:
  stations:
    - address: 10.0.0.2
      masters: [address: 10.0.0.1/8]
END
policy "policy: wrong role" 7:19 'VEIWER' <<'END'
version: 1
dlms:
  groups:
    - name: a
      role_map:
        - sap: 16
          roles: [VEIWER]
END
policy "policy: station twice" '5:1' 'line 4' <<'END'
version: 1
iec104:
  stations:
    - address: 10.0.0.1
    - address: 10.0.0.1
END

# conf NAME PLACE PATTERN: standard input is the configuration
conf() {
	cat >conf.yaml
	expect "$1" 2 "conf\.yaml:$2: .*$3" check -c conf.yaml
	expect "$1, replayed" 2 "conf\.yaml:$2: .*$3" $replay -c conf.yaml "$good"
}

conf "wrong key" 2:3 'flow' <<'END'
limits:
  flow: 1000
END
conf "wrong section" 2:1 'limit' <<'END'
source: here
limit:
  flows: 1000
END
conf "wrong type" 2:10 'flows.*502abc' <<'END'
limits:
  flows: 502abc
END
conf "no boolean" 2:12 'enabled.*maybe' <<'END'
classify:
  enabled: maybe
END
conf "wrong range" 2:10 'flows.*7' <<'END'
limits:
  flows: 7
END
conf "wrong indentation" '3:[0-9]+' 'indent' <<'END'
limits:
  flows: 1000
 blocks: 1000
END
conf "a line too deep" '2:10' 'flows' <<'END'
limits:
  flows: 1000
    blocks: 1000
END
conf "tab" '2:1' 'tab' <<'END'
limits:
	flows: 1000
END
conf "duplicate" 3:3 'flows' <<'END'
limits:
  flows: 1000
  flows: 2000
END
conf "unknown detection" '3:3' 'X-99' <<'END'
detections:
  T-34: {enabled: false}
  X-99: {enabled: false}
END
conf "wrong severity" 2:20 'grave' <<'END'
detections:
  T-34: {severity: grave}
END
conf "anchor" '1:[0-9]+' 'anchor' <<'END'
limits: &a
  flows: 1000
END
conf "second document" '[23]:1' 'document' <<'END'
source: here
---
source: there
END

echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
