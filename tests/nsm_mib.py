#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""MIB, list of objects and code name the same objects.

nsm_mib.py MIB LIST CODE EVENT_H"""
import re
import sys

ENTRIES = {
    "AGENT": "gtNsmAgent", "PROT": "gtNsmProtEntry",
    "ASSOC": "gtNsmAssocEntry", "METER": "gtNsmDlmsMeterEntry",
    "FC": "gtNsmDlmsFcEntry", "GOOSE": "gtNsmGooseEntry",
    "IDS": "gtNsmIdsEntry", "RULE": "gtNsmRuleEntry",
    "EVT": "gtNsmEvtEntry",
}
KINDS = {
    "C32": "Counter32", "C64": "Counter64", "DATE": "DateAndTime",
    "STAMP": "TimeStamp", "TRUTH": "TruthValue", "MAC": "MacAddress",
    "CHARS": "SnmpAdminString", "BYTES": "OCTET STRING",
    "INETTYPE": "InetAddressType", "INET": "InetAddress", "REF": "RowPointer",
}
DEFINED = re.compile(
    r"^(\w+)\s+(OBJECT-TYPE|OBJECT IDENTIFIER|NOTIFICATION-TYPE|OBJECT-GROUP"
    r"|NOTIFICATION-GROUP|MODULE-COMPLIANCE)(.*?)::=\s*\{\s*(\w+)\s+(\d+)\s*\}",
    re.S | re.M)
wrong = 0


def say(text):
    global wrong
    wrong += 1
    print("nsm_mib.py:", text)


def read_mib(text):
    body = text[text.index("gtNsmMIB MODULE-IDENTITY"):]
    oids, lines, objects = {"gtNsmMIB": "gridtap.7"}, [], {}
    for name, kind, rest, parent, arc in DEFINED.findall(body):
        if name == "gridtap":
            continue
        oids[name] = f"{oids[parent]}.{arc}"
        syntax = kind
        if kind == "OBJECT-TYPE":
            found = re.search(r"SYNTAX\s+(.*?)\n\s+(UNITS|MAX-ACCESS)", rest,
                              re.S)
            syntax = " ".join(found[1].split())
            access = re.search(r"MAX-ACCESS\s+(\S+)", rest)[1]
            if access not in ("read-only", "not-accessible"):
                say(f"{name} is {access}")
            if access == "read-only":
                objects[name] = (parent, int(arc), syntax)
        lines.append((name, oids[name], syntax))
    lines.sort(key=lambda x: [int(n) for n in x[1].split(".")[1:]])
    return [" ".join(x) for x in lines], objects


def compare_list(lines, path):
    with open(path) as f:
        listed = [x.rstrip("\n") for x in f if not x.startswith("#")]
    for line in listed:
        if line not in lines:
            say(f"the MIB has it no more, or not so: {line}")
    for line in lines:
        if line not in listed:
            say(f"{path} lacks it: {line}")


def compare_code(objects, path):
    with open(path) as f:
        code = re.findall(r"OBJECT\((\w+), (\d+), (\w+), (\w+), \w+\)",
                          f.read())
    for table, arc, name, kind in code:
        parent, number, syntax = objects.pop(name, (None, 0, ""))
        if (parent, number) != (ENTRIES[table], int(arc)):
            say(f"{name} is served elsewhere than where the MIB has it")
        if not syntax.startswith(KINDS.get(kind, syntax)):
            say(f"{name} is served as {kind}, the MIB has {syntax}")
        if kind == "ENUM" and not syntax.startswith(("GtNsm", "INTEGER")):
            say(f"{name} is served as a number, the MIB has {syntax}")
        if kind == "U32" and not syntax.startswith(
                ("Gauge32", "Unsigned32", "InetPortNumber")):
            say(f"{name} is served as {kind}, the MIB has {syntax}")
    for name in objects:
        say(f"{name} is not served")


def main():
    with open(sys.argv[1]) as f:
        text = f.read()
    with open(sys.argv[4]) as f:
        number = re.search(r'EVENT_ENTERPRISE "(\d+)"', f.read())[1]
    if f"{{ enterprises {number} }}" not in text:
        say(f"the MIB is not under the enterprise number {number}")
    lines, objects = read_mib(text)
    compare_list(lines, sys.argv[2])
    compare_code(objects, sys.argv[3])
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
