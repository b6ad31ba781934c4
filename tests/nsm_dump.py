#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The NSM picture of a capture against its summary and meters table.

nsm_dump.py OBJECTS DUMP SUMMARY METERS: exit status 1 and a line for each
value that differs, each object that is not in the list and each that has no
value of its kind."""
import json
import re
import sys

ROLES = {"glo-unicast": 1, "glo-broadcast": 2, "ded": 3, "general": 4}
PROTECTION = {"none": 2, "auth": 4, "enc": 5, "auth+enc": 6}
KINDS = {
    "Counter32": r"Counter32: \d+$",
    "Counter64": r"Counter64: \d+$",
    "Gauge32": r"Gauge32: \d+$",
    "Unsigned32": r"Gauge32: \d+$",
    "InetPortNumber": r"Gauge32: \d+$",
    "DateAndTime": r"STRING: \d+-\d+-\d+,\d+:\d+:\d+\.\d(,\+0:0)?$",
    "TimeStamp": r"Timeticks: \(\d+\)$",
    "SnmpAdminString": r"STRING: ",
    "OCTET": r"Hex-STRING:( [0-9A-F]{2})*$",
    "InetAddress": r"Hex-STRING:( [0-9A-F]{2})*$",
    "MacAddress": r"Hex-STRING:( [0-9A-F]{2}){6}$",
    "RowPointer": r"OID: (0\.0|gtNsm[A-Za-z]+(\.\d+)+)$",
}
wrong = 0


def say(text):
    global wrong
    wrong += 1
    print("nsm_dump.py:", text)


def expect(what, found, wanted):
    if found != wanted:
        say(f"{what}: found {found}, expected {wanted}")


def read_objects(path):
    """Name to OID and syntax."""
    with open(path) as f:
        lines = (line.split(None, 2) for line in f if line[0] != "#")
        return {x[0]: (x[1].replace("gridtap", "1.3.6.1.4.1.0"),
                       x[2].strip()) for x in lines}


def read_dump(path):
    """(name, index) to (type, value), in the order of the file."""
    rows = {}
    with open(path, newline="\n", encoding="utf-8") as f:
        for line in f:
            m = re.match(r"(\w+)((?:\.\d+)+) = (.*)\n$", line)
            if not m:
                say(f"no line of the format: {line!r}")
                continue
            index = tuple(int(x) for x in m[2][1:].split("."))
            if (m[1], index) in rows:
                say(f"{m[1]}{m[2]} twice")
            rows[m[1], index] = m[3]
    return rows


def number(dump, name, *index):
    value = dump.get((name, index))
    if value is None:
        say(f"{name}.{'.'.join(map(str, index))} is not there")
        return None
    return int(re.search(r"\d+", value.split(":", 1)[1])[0])


def check_form(dump, objects):
    last = ()
    for (name, index), value in dump.items():
        if name not in objects:
            say(f"{name} is not in the list of objects")
            continue
        oid, syntax = objects[name]
        at = tuple(int(x) for x in oid.split(".")) + index
        if at <= last:
            say(f"{name}{index} is out of order")
        last = at
        kind = KINDS.get(syntax.split()[0].split("(")[0], r"INTEGER: \d+$")
        if syntax.startswith("INTEGER") or syntax.startswith("GtNsm"):
            kind = r"INTEGER: \d+$"
        if not re.match(kind, value):
            say(f"{name}{index} = {value} is no {syntax}")
        size = re.search(r"SIZE \((?:\d+\.\.)?(\d+)\)", syntax)
        text = value.partition(": ")[2].encode()
        if syntax.startswith("SnmpAdminString"):
            if any(c < " " or "\x7f" <= c < "\xa0" for c in value):
                say(f"{name}{index} has controls")
            if len(text) > (int(size[1]) if size else 255):
                say(f"{name}{index} has {len(text)} octets")
    seen = {name for name, _ in dump}
    for name, (oid, syntax) in objects.items():
        if oid.startswith("1.3.6.1.4.1.0.7.1.1.") and name not in seen:
            say(f"{name} has no value")


def check_rows(dump, objects):
    """A table has all of its columns, or nothing, of a row."""
    columns, rows = {}, {}
    for name, index in dump:
        table = objects[name][0].rsplit(".", 1)[0]
        columns.setdefault(table, set()).add(name)
        rows.setdefault((table, index), set()).add(name)
    for (table, index), names in rows.items():
        if names != columns[table]:
            say(f"row {table} {index} lacks {columns[table] - names}")
    # pointers lead to rows
    for (name, index), value in dump.items():
        m = re.match(r"OID: (gtNsm\w+?)((?:\.\d+)+)$", value)
        if m:
            to = (m[1], tuple(int(x) for x in m[2][1:].split(".")))
            if to not in dump and objects[m[1]][0].split(".")[-3] == "3":
                continue  # an association that had to leave
            if to not in dump:
                say(f"{name}{index} leads nowhere: {value}")


def check_summary(dump, s):
    expect("frames", number(dump, "gtNsmRxFrames", 0), s["packets"])
    expect("octets", number(dump, "gtNsmRxOctets", 0), s["bytes"])
    expect("unclassified", number(dump, "gtNsmUnclassFrames", 0),
           s["packets"] - s["sum"]["dissected"])
    expect("events", number(dump, "gtNsmEventSqNum", 0),
           sum(s["events"].values()))
    for i, names in ((1, ["dlms"]), (2, ["iec104"]), (3, ["dnp3"]),
                     (4, ["goose", "rgoose"])):
        p = [s["protocols"].get(name, {}) for name in names]
        units = "frames" if i == 3 else "units"
        get = lambda key: sum(x.get(key, 0) for x in p)
        expect(f"{names[0]} units", number(dump, "gtNsmProtPdus", i),
               get(units) + get("malformed") + get("truncated"))
        expect(f"{names[0]} malformed",
               number(dump, "gtNsmProtMalformedPdus", i), get("malformed"))
        if i in (1, 3):
            expect(f"{names[0]} checksums",
                   number(dump, "gtNsmProtChecksumErrors", i),
                   get("crc_errors"))
    hits = {}
    for (name, index), value in dump.items():
        if name == "gtNsmRuleHits" and not value.endswith(" 0"):
            det = f"{chr(ord('A') + index[0] // 1000 - 1)}-{index[0] % 1000}"
            hits[det] = int(value.split()[1])
    expect("detections", hits, {f"{k[0]}-{int(k[2:])}": v
                                for k, v in s["detections"].items()})
    raised = sum(int(v.split()[1]) for (n, _), v in dump.items()
                 if n == "gtNsmIdsEvents")
    expect("raised", raised, sum(s["detections"].values()))


def octets(value):
    return value.partition(":")[2].replace(" ", "")


def check_meters(dump, meters):
    """By title; those without one by how many there are."""
    rows = {octets(v): i[0] for (n, i), v in dump.items()
            if n == "gtNsmDlmsMeterSysTitle" and octets(v)}
    count = sum(1 for n, _ in dump if n == "gtNsmDlmsMeterSysTitle")
    if count < 16384:
        expect("meters", count, len(meters))
    titled = [m for m in meters if m["title"]]
    if count < 16384:
        expect("titled meters", sorted(rows),
               sorted({m["title"] for m in titled}))
    for m in titled:
        if m["title"] not in rows or \
                sum(x["title"] == m["title"] for x in titled) > 1:
            continue
        at = rows[m["title"]]
        for name, key in (("Suc", "accepted"), ("Fail", "rejected")):
            expect(f"{m['title']} {key}",
                   number(dump, f"gtNsmDlmsMeter{name}Assoc", at),
                   sum(a[key] for a in m["associations"]))
        check_counters(dump, m, at)


def check_counters(dump, m, at):
    streams = {}
    for c in m["counters"]:
        index = (at, c["client_sap"], 1 if c["origin"] == "client" else 2,
                 ROLES[c["key"]])
        streams.setdefault(index, []).append(c)
    expect(f"{m['title']} counters",
           sorted(i for n, i in dump
                  if n == "gtNsmDlmsFcLast" and i[0] == at),
           sorted(streams))
    for index, all_of in streams.items():
        for name, key in (("Pdus", "pdus"), ("Gaps", "gaps"),
                          ("Replays", "replays"), ("Resets", "resets")):
            expect(f"{m['title']} {index} {key}",
                   number(dump, "gtNsmDlmsFc" + name, *index),
                   sum(c[key] for c in all_of))
        for name, key in (("Last", "last"), ("Highest", "highest"),
                          ("Suite", "suite")):
            found = number(dump, "gtNsmDlmsFc" + name, *index)
            if found not in [c[key] for c in all_of]:
                say(f"{m['title']} {index} {key}: found {found}")
        found = number(dump, "gtNsmDlmsFcSecProfile", *index)
        if found not in [PROTECTION[c["protection"]] for c in all_of]:
            say(f"{m['title']} {index} protection: found {found}")


def main():
    objects = read_objects(sys.argv[1])
    dump = read_dump(sys.argv[2])
    check_form(dump, objects)
    check_rows(dump, objects)
    with open(sys.argv[3]) as f:
        check_summary(dump, json.load(f))
    with open(sys.argv[4]) as f:
        check_meters(dump, json.load(f))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
