#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What every format wrote of hostile events is well-formed and true.

usage: formats_check.py FOLDER

The folder is tests/hostile's: a file of each output, and "expected".  Every
parser here is strict and written from the format's own text, none is ours.
"""
import codecs
import functools
import ipaddress
import json
import os
import re
import sys
import xml.etree.ElementTree as ET

NS = '{http://iec.ch/TC57/IEC-62351-14-ed1}'
PRI = {'alarm': 105, 'error': 107, 'warning': 108, 'notice': 109}
SEVERITY = {'alarm': 10, 'error': 7, 'warning': 5, 'notice': 2}
BAD = '\ufffd'
# no bare quote, backslash or bracket
VALUE = re.compile(r'(?:[^"\\\]]|\\["\\\]])*')
TIME = re.compile(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z')


# an octet that begins no character is U+FFFD, and the next may begin one
codecs.register_error('each', lambda e: (BAD, e.start + 1))
# controls, and marks that break or turn a line
CONTROL = re.compile('[\0-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]')
# marks that turn what is near, and what is no character
FOUL = re.compile(CONTROL.pattern[:-1] + '\u200e\u200f\u061c\ufeff'
                  '\ufdd0-\ufdef' + ''.join(
                      chr(plane << 16 | low) for plane in range(17)
                      for low in (0xfffe, 0xffff)) + ']')


@functools.lru_cache(None)
def decode(octets):
    return octets.decode('utf-8', 'each')


@functools.lru_cache(None)
def clean(octets):
    return FOUL.sub(BAD, decode(octets))


class Event:
    def __init__(self, line):
        f = line.rstrip('\n').split('\t')
        (self.id, self.mnemonic, self.severity, self.text, x_info, subject,
         user, self.role, self.ref) = f[:9]
        self.subject = bytes.fromhex(subject)
        self.user = bytes.fromhex(user)
        self.why = [(n, bytes.fromhex(v))
                    for n, v in (w.split('=') for w in f[9:])]
        named = re.findall(r'\{(P\.\w+)\}', self.text) + x_info.split()
        self.named = [(n, v) for n, v in self.why if n in named]
        self.own = [('why.' + n, v) for n, v in self.why if n not in named]

    def message(self):
        values = dict(reversed(self.why))
        out = b''
        for part in re.split(r'(\{P\.\w+\})', self.text):
            out += values.get(part[1:-1], part.encode()) \
                if part.startswith('{') else part.encode()
        return out


def syslog(line):
    """One RFC 5424 message (6): header, elements, message."""
    head = re.compile(r'<(\d{1,3})>1 (\S+) ([!-~]{1,255}) ([!-~]{1,48}) '
                      r'([!-~]{1,128}) ([!-~]{1,32}) ').match(line)
    if head is None:
        raise ValueError('header: %.80r' % line)
    at, elements = head.end(), {}
    name = re.compile(r'[!#-<>-\\^-~]{1,32}')
    while at < len(line) and line[at] == '[':
        m = name.match(line, at + 1)
        if m is None or m.group() in elements:
            raise ValueError('SD-ID: %.40r' % line[at:])
        params = elements[m.group()] = []
        at = m.end()
        while line[at] == ' ':
            m = name.match(line, at + 1)
            if m is None or line[m.end():m.end() + 2] != '="':
                raise ValueError('PARAM-NAME: %.40r' % line[at:])
            key, at = m.group(), m.end() + 2
            m = VALUE.match(line, at)
            at = m.end()
            if line[at:at + 1] != '"':
                raise ValueError('PARAM-VALUE: %.40r' % line[at:])
            params.append((key, re.sub(r'\\(.)', r'\1', m.group())))
            at += 1
        if line[at] != ']':
            raise ValueError('end of element: %.40r' % line[at:])
        at += 1
    if line[at] != ' ':
        raise ValueError('no space behind the elements')
    return head.groups(), elements, line[at + 1:]


def check_syslog(line, i, ev, source):
    (pri, at, host, app, proc, msgid), sd, msg = syslog(line)
    std, own = sd['62351-14@41912'], sd['gridtap@32473']
    assert list(sd) == ['62351-14@41912', 'gridtap@32473'], list(sd)
    assert int(pri) == PRI[ev.severity] and TIME.fullmatch(at)
    assert host == re.sub('[^!-~]', '_', source.decode('latin-1'))
    assert (app, proc, msgid) == ('gridtap', '-', 'IEC62351-14:1')
    want = [('ID', ev.id), ('MNEMONIC', ev.mnemonic), ('Text', ev.text),
            ('SqNum', str(i))]
    got = [p for p in std if p[0] != 'PeerInfo']
    if ev.user:
        want.append(('UsrID', clean(ev.user)[:32]))
    want += [('Role', ev.role)] if ev.role else []
    want += [(n, clean(v)) for n, v in ev.named]
    want += [('RefEvtID', ev.ref)] if ev.ref else []
    assert got == want, (got, want)
    for n, v in std:
        limit = {'PeerInfo': 64, 'UsrID': 32, 'Role': 29}.get(n, 128)
        assert len(v) <= limit, (n, v)
    got = dict(own)
    assert got.get('subject', '') == clean(ev.subject)
    assert [p for p in own if p[0].startswith('why.')] == \
        [(n[:32], clean(v)) for n, v in ev.own]
    assert msg == clean(ev.message())


def check_json(line, i, ev, source):
    x = json.loads(line, object_pairs_hook=list)
    keys = [k for k, _ in x]
    assert len(keys) == len(set(keys))
    x = dict(x)
    assert x['id'] == ev.id and x['mnemonic'] == ev.mnemonic
    assert x['severity'] == ev.severity and x['sqnum'] == i
    assert x.get('subject', '') == decode(ev.subject)
    assert x.get('user', '') == decode(ev.user)
    assert x['source'] == decode(source) and x.get('ref', '') == ev.ref
    assert x['text'] == decode(ev.message())
    assert x.get('why', []) == [(n, decode(v)) for n, v in ev.why]


def check_xml(e, i, ev, source):
    a = e.attrib
    assert e.tag == NS + 'EventEntry' and a['ID'] == ev.id
    assert a['Text'] == ev.text and a['SqNum'] == str(i)
    assert a['Severity'] == ev.severity and a['Source'] == clean(source)
    assert a.get('UsrID', '') == clean(ev.user)[:32]
    assert a.get('Role', '') == ev.role and a.get('RefEvtID', '') == ev.ref
    got = [(x.get('name'), x.text or '') for tag in ('Params/' + NS + 'P',
           'ExtraInfo/' + NS + 'X') for x in e.findall(NS + tag)]
    want = sorted(((n, clean(v)) for n, v in ev.named),
                  key=lambda p: p[0][0])
    assert got == want, (got, want)
    own = [(x.get('name'), x.text or '')
           for x in e.findall(NS + 'OtherData/' + NS + 'O')]
    assert dict(own).get('subject', '') == clean(ev.subject)
    assert [p for p in own if p[0].startswith('why.')] == \
        [(n, clean(v)) for n, v in ev.own]


def unescape(s, special):
    if re.fullmatch(r'(?:[^\\]|\\[%s])*' % re.escape(special), s) is None:
        raise ValueError('escape in %r' % s)
    return re.sub(r'\\(.)', r'\1', s)


def cef(line):
    """Seven fields of the header, then key=value with spaces between."""
    m = re.match(r'CEF:0((?:\|(?:[^|\\]|\\.)*){6})\|', line)
    fields = [unescape(f, '|\\') for f in
              re.findall(r'\|((?:[^|\\]|\\.)*)', m.group(1))]
    rest, values, at = line[m.end():], [], 0
    # a value ends before the last space that a bare "=" has behind it
    bare = [k.end() - 1 for k in re.finditer(r'(?:[^=\\]|\\.)*=', rest)]
    for k, following in zip(bare, bare[1:] + [None]):
        end = rest.rindex(' ', k, following) if following else len(rest)
        if re.fullmatch(r'\w+', rest[at:k]) is None:
            raise ValueError('key %r' % rest[at:k])
        values.append((rest[at:k], unescape(rest[k + 1:end], '=\\')))
        at = end + 1
    return fields, values


def check_cef(line, i, ev, source):
    fields, values = cef(line)
    keys = [k for k, _ in values]
    assert len(keys) == len(set(keys)), keys
    x = dict(values)
    assert fields[3:] == [ev.id, clean(ev.message())[:512],
                          str(SEVERITY[ev.severity])], fields
    assert x['externalId'] == str(i) and x['cat'] == ev.mnemonic
    assert x['dvchost'] == clean(source)[:100]
    assert x.get('cs1', '') == clean(ev.subject)
    assert x.get('suser', '') == clean(ev.user)
    assert x.get('cs5', '') == ev.ref
    assert x['cs3'] == '; '.join(n + '=' + clean(v) for n, v in ev.why)
    assert x['msg'] == clean(ev.message())[:1023]
    for k, version in ('src', 4), ('dst', 4), ('c6a2', 6), ('c6a3', 6):
        assert k not in x or ipaddress.ip_address(x[k]).version == version
    for k in keys:
        assert not k.endswith('Label') or k[:-5] in x


def check_leef(line, i, ev, source):
    head = line.split('|', 6)
    assert head[0] == 'LEEF:2.0' and head[4:6] == [ev.id, 'x09']
    pairs = [p.split('=', 1) for p in head[6].split('\t')]
    keys = [k for k, _ in pairs]
    assert len(keys) == len(set(keys)), keys
    x = dict(pairs)
    assert x['sqnum'] == str(i) and x['cat'] == ev.mnemonic
    assert x['sev'] == str(SEVERITY[ev.severity])
    assert x.get('subject', '') == clean(ev.subject)
    assert x.get('usrName', '') == clean(ev.user)
    assert x['source'] == clean(source) and x.get('ref', '') == ev.ref
    for n, v in ev.named + ev.own:
        assert x.get(n, '') == clean(v), n
    assert x['text'] == clean(ev.message())


def check_text(line, i, ev, source):
    assert clean(ev.message()) in line


def lines(folder, name):
    with open(os.path.join(folder, name), 'rb') as f:
        text = f.read().decode('utf-8')     # strictly
    if not text.endswith('\n'):
        raise ValueError('the last line of %s has no end' % name)
    return text[:-1].split('\n')


def entries(folder, name):
    # in JSON a reader gets what was there, controls by their escapes
    bad = CONTROL if name == 'json' else FOUL
    for line in lines(folder, name):
        if bad.search(line.replace('\t', '') if name == 'leef' else line):
            raise ValueError('a control character: %.80r' % line)
    if name != 'xml':
        return lines(folder, name)
    root = ET.parse(os.path.join(folder, name)).getroot()
    assert root.tag == NS + 'SECEVTLogs'
    return list(root.find(NS + 'EventLog'))


CHECKS = {'syslog': check_syslog, 'json': check_json, 'xml': check_xml,
          'cef': check_cef, 'leef': check_leef, 'text': check_text}


def main():
    folder = sys.argv[1]
    with open(os.path.join(folder, 'expected'), encoding='utf-8') as f:
        source = bytes.fromhex(f.readline().strip())
        events = [Event(line) for line in f]
    failed = 0
    there = sorted(set(os.listdir(folder)) - {'expected'})
    if there != sorted(CHECKS):
        sys.exit('FAIL: outputs %s, checks for %s' % (there, sorted(CHECKS)))
    for name in there:
        try:
            found = entries(folder, name)
            assert len(found) == len(events), len(found)
            for i, (x, ev) in enumerate(zip(found, events)):
                where = i + 1
                CHECKS[name](x, i + 1, ev, source)
        except (AssertionError, ValueError, LookupError, AttributeError,
                ET.ParseError) as e:
            failed += 1
            print('FAIL: %s, event %d: %s: %.600s' %
                  (name, where, type(e).__name__, e))
    print('%d passed, %d failed' % (len(there) - failed, failed))
    sys.exit(failed > 0 or not events)


if __name__ == '__main__':
    main()
