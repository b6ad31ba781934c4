#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Raw storage outlives kills, and whoever touches a line of it is found.  A file
of XML is a whole document whenever the program is killed.

usage: storage_check.py PCAPS
"""
import hashlib
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET

GRIDTAP = os.environ.get('GRIDTAP', './gridtap')
KILLS = 12
TRIES = 60


def files(path):
    """The file and those put aside before it, the oldest first."""
    folder, name = os.path.split(path)
    aside = sorted(f for f in os.listdir(folder)
                   if f.startswith(name + '.') and f[len(name) + 1:].isdigit())
    return [os.path.join(folder, f) for f in aside] + [path]


def command(path, form, pcaps):
    return [GRIDTAP, 'replay', '--quiet', '-o', 'json:/dev/null',
            '--set', 'suppress_s=0', '--set', 'storage.path=' + path,
            '--set', 'storage.format=' + form,
            '--set', 'storage.rotate_mib=1'] + pcaps


def verify(paths):
    r = subprocess.run([GRIDTAP, 'events', 'verify'] + paths,
                       capture_output=True, text=True)
    return r.returncode, r.stdout


def chain(path, before):
    """The last link, computed from nothing but the lines: chain.h."""
    with open(path + '.chain', 'rb') as f:
        head, *records = f.read().decode().splitlines()
    magic, version, kind, n, link, since = head.split()
    assert (magic, version, kind) == ('gridtap-chain', '1', 'sha256')
    assert before in (None, (int(n), link)), 'does not follow'
    n = int(n)
    with open(path, 'rb') as f:
        octets = f.read()
    lines, at = octets.split(b'\n'), 0
    for line, record in zip(lines, records):
        n, at = n + 1, at + len(line) + 1
        link = hashlib.sha256(b'%s %d %s\n' % (
            link.encode(), n, line)).hexdigest()
        assert record.split()[:3] == [str(n), str(at), link], record
    return (n, link), octets[at:], len(records)


def killed(path, form, pcaps, dice):
    for _ in range(KILLS):
        p = subprocess.Popen(command(path, form, pcaps),
                             stderr=subprocess.DEVNULL)
        time.sleep(dice.uniform(0.02, 0.4))
        p.kill()
        p.wait()
    subprocess.run(command(path, form, pcaps), check=True)
    last, total = None, 0
    for f in files(path):
        last, rest, n = chain(f, last)
        total += n
        assert rest == b'', rest
    status, said = verify(files(path))
    assert status == 0, said
    assert '%d:%s' % last in said.splitlines()[-1], said
    return len(files(path)), total


def killed_document(path, pcaps, dice):
    """From its first octet on the file is whole; a kill before it left none."""
    entries = 0
    for _ in range(2 * KILLS):
        if os.path.exists(path):
            os.unlink(path)
        p = subprocess.Popen(
            [GRIDTAP, 'replay', '--quiet', '-o', 'xml:' + path,
             '--set', 'suppress_s=0'] + pcaps, stderr=subprocess.DEVNULL)
        while p.poll() is None and not (os.path.exists(path) and
                                        os.path.getsize(path) > 0):
            time.sleep(0.001)
        time.sleep(dice.uniform(0, 0.4))
        p.kill()
        p.wait()
        # killed before it began: there is no document yet
        if os.path.exists(path) and os.path.getsize(path) > 0:
            entries = max(entries, len(ET.parse(path).getroot()[0]))
    return entries


def tamper(lines, dice):
    """One change to the lines of a file; the line that is the first wrong."""
    i = dice.randrange(len(lines) - 1)
    how = dice.choice(['change', 'remove', 'put in', 'exchange', 'cut'])
    if how == 'change':
        old = lines[i]
        k = dice.randrange(len(old))
        lines[i] = old[:k] + bytes([old[k] ^ 1 or 2]) + old[k + 1:]
        if b'\n' in lines[i]:
            lines[i] = old + b' '
    elif how == 'remove':
        del lines[i]
    elif how == 'put in':
        lines.insert(i, lines[dice.randrange(len(lines))] + b'x')
    elif how == 'exchange':
        if lines[i] == lines[i + 1]:
            lines[i] += b' '
        lines[i], lines[i + 1] = lines[i + 1], lines[i]
    else:
        del lines[i:]
    return i + 1, how


def tampered(path, dice):
    names, found = files(path), 0
    for _ in range(TRIES):
        name = dice.choice(names)
        shutil.copy(name, name + '.kept')
        with open(name, 'rb') as f:
            lines = f.read()[:-1].split(b'\n')
        line, how = tamper(lines, dice)
        with open(name, 'wb') as f:
            f.write(b''.join(x + b'\n' for x in lines))
        status, said = verify(names)
        shutil.move(name + '.kept', name)
        where = '%s:%d: ' % (name, line)
        if status == 1 and where in said:
            found += 1
        else:
            print('FAIL: %s line %d of %s: %s' % (how, line, name, said))
    for gone in names[:-1]:
        if gone == names[0]:
            continue
        status, said = verify([n for n in names if n != gone])
        assert status == 1 and 'does not follow' in said, said
    return found == TRIES


def run(*arguments):
    r = subprocess.run([GRIDTAP] + list(arguments), capture_output=True,
                       text=True)
    return r.returncode, r.stdout + r.stderr


def options(folder, capture):
    """A key, what is known, and what is wrong with either."""
    path, key = os.path.join(folder, 'keyed'), os.path.join(folder, 'key')
    store = ['replay', '--quiet', '-o', 'json:/dev/null', '--set',
             'storage.path=' + path, '--set', 'storage.key=' + key, capture]
    with open(key, 'w') as f:
        f.write('0123456789abcdef\n')
    os.chmod(key, 0o644)
    status, said = run(*store)
    assert status == 2 and 'expected mode 0600' in said, said
    os.chmod(key, 0o600)
    assert run(*store)[0] == 0
    verify_it = ['events', 'verify']
    status, said = run(*verify_it, path)
    assert status == 1 and 'has a key: give it with --key' in said, said
    status, said = run(*verify_it, '--key', key, path)
    assert status == 0 and 'known as ' in said, said
    known = said.split('known as ')[1].strip()
    assert run(*verify_it, '--key', key, '--known', known, path)[0] == 0
    other = known[:-1] + ('0' if known[-1] != '0' else '1')
    status, said = run(*verify_it, '--key', key, '--known', other, path)
    assert status == 1 and 'another hash than' in said, said
    status, said = run(*verify_it, '--key', key, '--known',
                       '9' + known, path)
    assert status == 1 and 'is in none of the files' in said, said
    for wrong in ['--known', '5:abc'], ['--nothing'], []:
        status, said = run(*verify_it, *wrong)
        assert status == 2 and 'events verify: ' in said, said
    status, said = run('replay', '--set', 'storage.path=' + path, '--set',
                       'storage.format=xml', capture)
    assert status == 2 and 'expected one of text, json, ' in said, said
    assert run(*verify_it, '--help')[0] == 0


def main():
    dice, failed = random.Random(62351), 0
    pcaps = sorted(os.path.join(sys.argv[1], f) for f in
                   os.listdir(sys.argv[1]) if not f.endswith('.pcap') and
                   os.path.isdir(os.path.join(sys.argv[1], f)))
    with tempfile.TemporaryDirectory() as folder:
        for form in 'syslog', 'json':
            path = os.path.join(folder, form)
            try:
                print('%s: %d files, %d lines' %
                      ((form,) + killed(path, form, pcaps, dice)))
            except (AssertionError, OSError,
                    subprocess.SubprocessError) as e:
                print('FAIL: %s: %s: %.800s' % (form, type(e).__name__, e))
                failed += 1
        try:
            path = os.path.join(folder, 'document')
            print('xml: %d entries' % killed_document(path, pcaps, dice))
        except ET.ParseError as e:
            print('FAIL: xml: %s' % e)
            failed += 1
        try:
            options(folder, os.path.join(sys.argv[1], 'demo.pcap'))
        except AssertionError as e:
            print('FAIL: options: %s' % e)
            failed += 1
        failed += not tampered(os.path.join(folder, 'syslog'), dice)
        status, said = verify(files(os.path.join(folder, 'syslog')))
        failed += status != 0
    print('%d passed, %d failed' % (6 - failed, failed))
    sys.exit(failed > 0)


if __name__ == '__main__':
    main()
