#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes a capture that raises an event for each of many meters: associations
that are opened without authentication.
usage: many_events.py FILE EVENTS"""
import sys

sys.dont_write_bytecode = True
from meters import Capture, Tcp  # noqa: E402


class Plain(Tcp):
    """As short as it can be: nobody closes it."""

    def __init__(self, c, n):
        c.port = 20000 + n % 40000
        super().__init__(c, bytes([10, 64 + (n >> 16), n >> 8 & 255, n & 255]),
                         sap=1)


def main(path, events):
    c = Capture()
    c.wait(1)
    for n in range(int(events)):
        t = Plain(c, n)
        t.ask()
        t.grant()
    c.write(path)


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
