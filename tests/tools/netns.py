# SPDX-License-Identifier: Apache-2.0
"""Wires between network namespaces, and what is sent over them.

usage: netns.py send IFACE[,IFACE] [PAUSE_US] CAPTURE...
Frames of all captures, one after another; over two interfaces by turns of who
speaks: those of the lower MAC address over the first."""
import contextlib
import os
import socket
import subprocess
import sys
import time

sys.dont_write_bytecode = True
import frames  # noqa: E402: after the line above

SMALL = 1514  # octets that the wire takes


def sudo_less():
    """Why there can be no test, or None."""
    if os.geteuid() != 0:
        return 'it needs root'
    name = 'gridtap-try-%d' % os.getpid()
    if subprocess.run(['ip', 'netns', 'add', name], stderr=subprocess.DEVNULL,
                      check=False).returncode != 0:
        return 'ip netns add does not work here'
    made = inside(name, 'ip', 'link', 'add', 'x0', 'type', 'veth', 'peer',
                  'name', 'x1', stderr=subprocess.DEVNULL)
    subprocess.run(['ip', 'netns', 'del', name], check=True)
    return None if made.returncode == 0 else 'there are no veth pairs'


def inside(name, *command, **how):
    return subprocess.run(['ip', 'netns', 'exec', name, *command],
                          check=False, **how)


@contextlib.contextmanager
def wires(n):
    """A namespace with s0 to s(n-1), where one sends, and their ends m0 on."""
    name = 'gridtap-%d' % os.getpid()
    subprocess.run(['ip', 'netns', 'add', name], check=True)
    try:
        for kind in ('default', 'all'):
            inside(name, 'sysctl', '-qw',
                   'net.ipv6.conf.%s.disable_ipv6=1' % kind)
        for i in range(n):
            ends = 's%d' % i, 'm%d' % i
            inside(name, 'ip', 'link', 'add', ends[0], 'type', 'veth', 'peer',
                   'name', ends[1])
            for end in ends:
                inside(name, 'ip', 'link', 'set', end, 'up')
        yield name
    finally:
        subprocess.run(['ip', 'netns', 'del', name], check=True)


def packets(captures):
    """Ethernet frames that fit, of captures that are plain pcap files."""
    for path in captures:
        with open(path, 'rb') as f:
            head = f.read(24)
        if head[:4] not in (b'\xd4\xc3\xb2\xa1', b'\x4d\x3c\xb2\xa1') or \
                head[20:24] != b'\1\0\0\0':
            continue
        for _, frame in frames.read_pcap(path):
            if 14 <= len(frame) <= SMALL:
                yield frame


def send(interfaces, pause_us, captures):
    sockets = []
    for name in interfaces.split(','):
        s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        s.bind((name, 0))
        sockets.append(s)
    sent = 0
    for frame in packets(captures):
        which = len(sockets) > 1 and frame[6:12] > frame[0:6]
        sockets[which].send(frame)
        sent += 1
        if pause_us:
            time.sleep(pause_us / 1e6)
    print(sent)


if __name__ == '__main__':
    if sys.argv[1] != 'send':
        sys.exit(__doc__)
    send(sys.argv[2], int(sys.argv[3]), sys.argv[4:])
