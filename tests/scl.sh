#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# gridtap learn --scl: what an SCL file says becomes exactly the policy beside
# it, and a file that was made to harm is refused with one line.
scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT
srcdir=$(cd "${srcdir:-.}" && pwd)
cp "$srcdir/tests/scl/bay.scd" "$scratch" || exit 2
cd "$scratch" || exit 2
passed=0 failed=0

fail() {
	echo "FAIL: $*"
	failed=$((failed + 1))
}

"$GRIDTAP" learn --scl bay.scd >bay.yaml 2>errors
if grep -q "built without libxml2" errors; then
	cat errors
	exit 77
fi
if diff "$srcdir/tests/scl/bay.yaml" bay.yaml &&
	"$GRIDTAP" check --policy bay.yaml >/dev/null; then
	passed=$((passed + 1))
else
	fail "bay.scd"
fi

# NAME EXPECTED LINE: refused at once, at that line, and nothing is written
refused() {
	timeout 20 "$GRIDTAP" learn --scl "$1" >out 2>errors
	status=$?
	if [ $status -eq 2 ] && [ ! -s out ] && [ "$(wc -l <errors)" -eq 1 ] &&
		grep -q "^gridtap: $1:$3: .*$2.*; expected " errors; then
		passed=$((passed + 1))
	else
		fail "$1: exit $status, $(cat errors)"
	fi
}

python3 - "$srcdir/tests/scl/bay.scd" <<'EOF' || exit 2
import sys

good = open(sys.argv[1], encoding='utf-8').read()


def put(name, text, encoding='utf-8'):
    with open(name, 'wb') as f:
        f.write(text.encode(encoding))


def bomb(form, call):
    lines = [form % (0, 'a' * 10)]
    for i in range(1, 12):
        lines.append(form % (i, (call % (i - 1)) * 10))
    return '\n'.join(lines)


XML = '<?xml version="1.0"?>\n'
put('entities.scd', XML + '<!DOCTYPE SCL [\n' +
    bomb('<!ENTITY a%d "%s">', '&a%d;') +
    ']>\n<SCL><IED name="&a11;"/>&a11;</SCL>\n')
put('parameters.scd', XML + '<!DOCTYPE SCL [\n' +
    bomb('<!ENTITY %% p%d "%s">', '&#37;p%d;') + '%p11;]>\n<SCL/>\n')
put('file.scd', XML + '<!DOCTYPE SCL [<!ENTITY x SYSTEM "file:///etc/passwd">]'
    '>\n<SCL>&x;</SCL>\n')
put('network.scd', XML + '\n<!DOCTYPE SCL SYSTEM "http://127.0.0.1:1/x.dtd">\n'
    '<SCL/>\n')
put('late.scd', XML + '<!-- ' + ' ' * 5000 + '-->\n<!DOCTYPE SCL []><SCL/>')
put('utf7.scd', '<?xml version="1.0" encoding="UTF-7"?>\n+ADwAIQ-DOCTYPE SCL[')
put('utf16.scd', good, 'utf-16')
put('deep.scd', '<SCL>\n' + '<a>\n' * 100000)
put('attribute.scd', '<SCL>\n<IED name="' + 'A' * 9000 + '"/></SCL>')
put('text.scd', '<SCL><Communication><ConnectedAP iedName="A">\n'
    '<GSE ldInst="L" cbName="c"><MaxTime>' + '1' * 9000 +
    '</MaxTime></GSE></ConnectedAP></Communication></SCL>')
put('undefined.scd', '<SCL>\n&nothing;</SCL>')
put('cut.scd', good[:len(good) // 2])
put('html.scd', '<html/>')
put('empty.scd', '')
put('mac.scd', good.replace('01-0C-CD-01-00-01', '01-0C-CD-01-00', 1))
put('vlan.scd', good.replace('>00A<', '>00G<'))
put('revision.scd', good.replace('confRev="7"', 'confRev="-7"'))
put('twice.scd', good.replace('name="gcb02" confRev', 'name="gcb01" confRev'))
put('unnamed.scd', good.replace('<LDevice inst="PROT"', '<LDevice'))
put('letters.scd', good.replace('ldName="TripUnit"', 'ldName="Schütz&#10;"'))
EOF
refused entities.scd "document type" 2
refused parameters.scd "document type" 2
refused file.scd "document type" 2
refused network.scd "document type" 3
refused late.scd "document type" 3
refused utf7.scd 'encoding "UTF-7"' 1
refused utf16.scd "no text" 1
refused deep.scd "<a> in 65 others" 66
refused attribute.scd 'name "AAAA' 2
refused text.scd "more than 159 octets" 2
refused undefined.scd "'nothing' not defined" 2
refused cut.scd "" "[0-9]*"
refused html.scd "<html>" 1
refused empty.scd "nothing" 1
refused mac.scd 'MAC-Address "01-0C-CD-01-00"' 13
refused vlan.scd 'VLAN-ID "00G"' 27
refused revision.scd 'confRev "-7"' 94
refused twice.scd "GSEControl gcb01 stands here again" 88
refused unnamed.scd 'LDevice without "inst"' 91
refused letters.scd 'ldName "Sch' 91

# nothing below the depth that is allowed is refused for it
printf '<SCL>%s%s</SCL>' "$(printf '<a>%.0s' $(seq 64))" \
	"$(printf '</a>%.0s' $(seq 64))" >shallow.scd
if "$GRIDTAP" learn --scl shallow.scd >out; then
	passed=$((passed + 1))
else
	fail "shallow.scd"
fi

# two control blocks that would be one and the same publisher
cat >same.scd <<'EOF'
<SCL><IED name="AB"><LDevice inst="C"><LN0>
<GSEControl name="c" appID="x"/></LN0></LDevice></IED>
<IED name="A"><LDevice inst="BC"><LN0>
<GSEControl name="c" appID="x"/></LN0></LDevice></IED></SCL>
EOF
"$GRIDTAP" learn --scl same.scd >out 2>errors
if [ $? -eq 2 ] && [ ! -s out ] && grep -q "two control blocks" errors; then
	passed=$((passed + 1))
else
	fail "same.scd: $(cat errors)"
fi
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
