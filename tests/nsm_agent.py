#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""gridtap-agentx against a real snmpd and snmptrapd on loopback.

nsm_agent.py GRIDTAP AGENT SOURCE [SECONDS]: exit status 77 when a program is
not there.  SECONDS: for how long the agent is stopped (preset: 2)."""
import json
import os
import random
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

GRIDTAP, AGENT, SOURCE = (os.path.abspath(x) for x in sys.argv[1:4])
STOPPED_S = float(sys.argv[4]) if len(sys.argv) > 4 else 2
PHRASE = "a phrase for tests"
SETS = ["demo.pcap", "dlms/d10-credential.pcap", "dlms/x_replay_accepted.pcap",
        "goose/g06-restart.pcap"]
# what the process has and its capture has not
PROCESS = {"gtNsmStartTs", "gtNsmMemInUse", "gtNsmCpuLoad", "gtNsmSnapshotAge",
           "gtNsmClockSynced", "gtNsmCaptureState", "gtNsmNotifSuppressed"}
passed, failed = 0, 0


def daemon(name):
    """As it is installed, or as quickstart unpacked it beside the program."""
    places = [f"/usr/sbin/{name}",
              f"{os.path.dirname(GRIDTAP)}/peers/usr/sbin/{name}"]
    return next((x for x in places if os.path.exists(x)), places[0])


def check(what, good, more=""):
    global passed, failed
    if good:
        passed += 1
    else:
        failed += 1
        print(f"nsm_agent.py: {what} {str(more)[:600]}")


def skip(what):
    print(f"nsm_agent.py: {what} is not there: skipped")
    sys.exit(77)


def wait_for(what, probe, seconds=20):
    """What probe gives, as soon as it gives something."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = probe()
        if found:
            return found
        time.sleep(0.05)
    check(f"{what}: waited {seconds} s for it", False)
    return None


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def read_objects():
    with open(f"{SOURCE}/rules/event.h") as f:
        number = re.search(r'EVENT_ENTERPRISE "(\d+)"', f.read())[1]
    names = {}
    with open(f"{SOURCE}/outputs/agentx/objects.list") as f:
        for line in f:
            if line[0] != "#":
                name, oid, syntax = line.split(None, 2)
                oid = oid.replace("gridtap", f".1.3.6.1.4.1.{number}")
                names[name] = (oid, syntax.strip())
    return names


OBJECTS = read_objects()
ROOT = OBJECTS["gtNsmNotifications"][0].rsplit(".", 1)[0]
COLUMNS = {oid: name for name, (oid, _) in OBJECTS.items()}


def name_of(oid):
    """Name and index of an instance."""
    parts = oid.split(".")
    for n in range(len(parts) - 1, 0, -1):
        name = COLUMNS.get(".".join(parts[:n]))
        if name:
            return name, ".".join(parts[n:])
    return None, oid


class Site:
    """snmpd, snmptrapd, the agent and a sensor, each to be stopped by pid."""

    def __init__(self, scratch):
        self.scratch = scratch
        self.port, self.trap_port = free_port(), free_port()
        self.page = f"{scratch}/page"
        self.processes = {}
        self.env = dict(os.environ, MIBS="", SNMP_PERSISTENT_DIR=scratch +
                        "/persistent", SNMPCONFPATH=scratch + "/none")
        os.makedirs(scratch + "/persistent", exist_ok=True)
        self.write_configuration()

    def write_configuration(self):
        with open(os.path.dirname(AGENT) +
                  "/outputs/agentx/snmpd-gridtap.conf") as f:
            snippet = f.read()
        # the shipped views and users, on a socket of the test's own
        snippet = re.sub(r"(?m)^agentX.*\n", "", snippet)
        with open(self.scratch + "/snmpd.conf", "w") as f:
            f.write(f"agentAddress udp:127.0.0.1:{self.port}\n"
                    f"agentXSocket unix:{self.scratch}/agentx\n"
                    f"rocommunity everything 127.0.0.1 {ROOT}\n"
                    f"trap2sink 127.0.0.1:{self.trap_port} everything\n"
                    "trapsess -Ci -v3 -l authPriv -u gridtap-meters -a SHA-256"
                    f' -A "{PHRASE}" -x AES -X "{PHRASE}"'
                    f" 127.0.0.1:{self.trap_port}\n" + snippet)
            for user in ("health", "meters"):
                f.write(f'createUser gridtap-{user} SHA-256 "{PHRASE}" AES '
                        f'"{PHRASE}"\n')
        with open(self.scratch + "/snmptrapd.conf", "w") as f:
            f.write(f'createUser gridtap-meters SHA-256 "{PHRASE}" AES '
                    f'"{PHRASE}"\n'
                    "authUser log gridtap-meters authpriv\n"
                    "authCommunity log everything\n"
                    r"format2 TRAP\t%P\t%v\n" + "\n")

    def start(self, name, *command, **more):
        with open(f"{self.scratch}/{name}.log", "ab") as log:
            self.processes[name] = subprocess.Popen(
                command, stdout=log, stderr=log, env=self.env, **more)

    def stop(self, name, how=signal.SIGTERM):
        p = self.processes.pop(name, None)
        if p is None:
            return
        if p.stdin:
            p.stdin.close()
        p.send_signal(signal.SIGCONT)
        p.send_signal(how)
        try:
            p.wait(10)
        except subprocess.TimeoutExpired:
            check(f"{name} ends when it is told to", False)
            p.kill()
            p.wait()

    def start_snmpd(self):
        self.start("snmpd", daemon("snmpd"), "-f", "-Lo", "-C", "-c",
                   self.scratch + "/snmpd.conf", "-I",
                   "-smux,mteTrigger,mteTriggerConf")

    def start_traps(self):
        self.start("snmptrapd", daemon("snmptrapd"), "-f", "-Lf",
                   self.scratch + "/traps", "-On", "-Ox", "-C", "-c",
                   self.scratch + "/snmptrapd.conf",
                   f"udp:127.0.0.1:{self.trap_port}")

    def start_agent(self, *options):
        self.start("agent", AGENT, "-p", self.page, "-x",
                   f"unix:{self.scratch}/agentx", "-s", "notice", *options)

    def snmp(self, program, *oids, user=None, options=()):
        """Lines of OID = value."""
        who = ["-v3", "-l", "authPriv", "-u", "gridtap-" + user, "-a",
               "SHA-256", "-A", PHRASE, "-x", "AES", "-X", PHRASE] \
            if user else ["-v2c", "-c", "everything"]
        done = subprocess.run(
            [program, "-m", "", "-On", "-Ox", "-Ot", "-Oe", "-t", "2", "-r",
             "1", *options, *who, f"127.0.0.1:{self.port}", *oids],
            env=self.env, capture_output=True, text=True)
        text = re.sub(r"\n(?!\.)", " ", done.stdout)  # long strings are broken
        return dict(re.sub(r"\s+$", "", x).split(" = ", 1)
                    for x in text.split("\n")
                    if " = " in x and "No more variables" not in x)

    def walk(self, user=None, program="snmpbulkwalk", options=()):
        return self.snmp(program, ROOT, user=user, options=options)

    def replay(self, *more, captures=SETS, name="sensor", wait=True, page=True):
        """Its dump and events."""
        out = f"{self.scratch}/out"
        os.makedirs(out, exist_ok=True)
        command = [GRIDTAP, "replay", "--quiet", "-o", f"json:{out}/events",
                   "-o", f"syslog:{out}/syslog", "--nsm-dump", f"{out}/dump",
                   "--summary", f"{out}/summary", *more]
        if page:
            command += ["--nsm", self.page]
        self.start(name, *command,
                   *[f"{SOURCE}/pcaps/{x}" if x[0] not in "/-" else x
                     for x in captures], stdin=subprocess.PIPE)
        if not wait:
            return None
        status = self.processes.pop(name).wait(60)
        check("a replay ends well", status == 0, status)
        return read_dump(f"{out}/dump")

    def close(self):
        for name in list(self.processes):
            self.stop(name)


def plain(value):
    """A value of the tools or of the dump, in one notation."""
    kind, _, rest = value.partition(":")
    rest = rest.strip()
    if kind == "Hex-STRING":
        return bytes.fromhex(rest.replace(" ", ""))
    if kind == "STRING":
        return rest.strip('"').encode()
    if kind == "Timeticks" or "Timeticks" in value:
        return "ticks"
    if value == '""':
        return b""
    if re.fullmatch(r"\d+", value):
        return "ticks"
    return f"{kind} {rest}"


def date(text):
    m = re.match(r"(\d+)-(\d+)-(\d+),(\d+):(\d+):(\d+)\.(\d+)", text)
    n = [int(x) for x in m.groups()]
    if n[0] == 0:
        return bytes(8)
    return struct.pack(">H9B", n[0], *n[1:], ord("+"), 0, 0)


def read_dump(path):
    """OID to value."""
    rows = {}
    with open(path, encoding="utf-8", newline="\n") as f:
        for line in f:
            name, value = line.rstrip("\n").split(" = ", 1)
            name, _, index = name.partition(".")
            oid, syntax = OBJECTS[name]
            if syntax.startswith("DateAndTime"):
                value = date(value[8:])
            elif value.startswith("STRING: "):
                value = value[8:].encode()
            elif value.startswith("OID: gtNsm"):
                to, _, at = value[5:].partition(".")
                value = f"OID {OBJECTS[to][0]}.{at}"
            elif value == "OID: 0.0":
                value = "OID .0.0"
            else:
                value = plain(value)
            rows[f"{oid}.{index}"] = value
    return rows


def compare(what, walk, dump):
    """Value by value, but for what is the process's own."""
    check(f"{what}: there is something", len(dump) > 500, len(dump))
    check(f"{what}: the same instances", set(walk) == set(dump),
          sorted(set(walk) ^ set(dump))[:5])
    for oid in walk:
        if oid not in dump or name_of(oid)[0] in PROCESS:
            continue
        found = plain(walk[oid])
        if found != dump[oid]:
            check(f"{what}: {name_of(oid)}", False,
                  f"{walk[oid]!r} is not {dump[oid]!r}")
    check(f"{what}: compared", True)


def number(walk, name, index="0"):
    value = walk.get(f"{OBJECTS[name][0]}.{index}", "")
    found = re.search(r": (\d+)$", value)
    return int(found[1]) if found else None


def is_up(site):
    return number(site.snmp("snmpget", OBJECTS["gtNsmRxFrames"][0] + ".0"),
                  "gtNsmRxFrames") is not None


def test_walks(site, dump):
    walk = site.walk()
    compare("v2c GETBULK", walk, dump)
    compare("v2c GETNEXT", site.walk(program="snmpwalk"), dump)
    for n in ("1", "7", "100"):
        again = site.walk(options=("-Cr" + n,))
        check(f"GETBULK of {n}", list(again) == list(walk))
    compare("v3", site.walk(user="meters"), dump)
    oids = list(walk)
    order = [tuple(int(n) for n in x[1:].split(".")) for x in oids]
    check("in the order of OIDs", order == sorted(order))
    kinds = {v.split(":")[0] for v in walk.values()}
    check("Counter64 is there", "Counter64" in kinds, kinds)
    chosen = random.Random(8).sample(range(len(oids) - 1), 24)
    got = site.snmp("snmpget", *[oids[i] for i in chosen])
    check("GET in any order", list(got) == [oids[i] for i in chosen])
    got = site.snmp("snmpgetnext", *[oids[i] for i in chosen])
    check("GETNEXT in any order",
          list(got) == [oids[i + 1] for i in chosen])
    got = site.snmp("snmpget", OBJECTS["gtNsmRuleHits"][0] + ".65535")
    check("an instance that is not there",
          "No Such Instance" in str(got), got)
    got = site.snmp("snmpget", OBJECTS["gtNsmProtTable"][0] + ".1.99.1")
    check("an object that is not there", "No Such Object" in str(got), got)
    return walk


def test_objects(walk):
    """Each object of the MIB is served, and no other."""
    served = {name_of(x)[0] for x in walk}
    check("no unknown object", None not in served)
    readable = set()
    with open(f"{SOURCE}/outputs/agentx/GRIDTAP-NSM-MIB.txt.in") as f:
        for name, rest in re.findall(
                r"^(\w+) OBJECT-TYPE(.*?)::=", f.read(), re.S | re.M):
            if "MAX-ACCESS  read-only" in rest:
                readable.add(name)
    check("all objects of the MIB", served == readable, served ^ readable)


def test_views(site):
    hidden = ("gtNsmDlmsMeterTable", "gtNsmDlmsFcTable", "gtNsmEvtTable")
    seen = site.walk(user="health")
    check("health is seen", number(seen, "gtNsmRxFrames") is not None)
    for table in hidden:
        at = OBJECTS[table][0] + "."
        check(f"{table} is hidden", not any(x.startswith(at) for x in seen))
    rest = {x for x in site.walk(user="meters")
            if not any(x.startswith(OBJECTS[t][0] + ".") for t in hidden)}
    check("all else is seen", rest == set(seen))
    refused = subprocess.run(
        ["snmpset", "-m", "", "-v2c", "-c", "everything",
         f"127.0.0.1:{site.port}", OBJECTS["gtNsmCaptureState"][0] + ".0",
         "i", "1"], env=site.env, capture_output=True, text=True)
    check("SET is refused", refused.returncode != 0)
    bare = subprocess.run(
        ["snmpget", "-m", "", "-v3", "-l", "noAuthNoPriv", "-u",
         "gridtap-meters", "-r", "0", f"127.0.0.1:{site.port}",
         OBJECTS["gtNsmRxFrames"][0] + ".0"], env=site.env,
        capture_output=True, text=True)
    check("no view without encryption", bare.returncode != 0)


def traps(site):
    """Of each notification its kind, whether by v3, and its varbinds."""
    found = []
    try:
        with open(site.scratch + "/traps", errors="replace") as f:
            text = f.read()
    except FileNotFoundError:
        return found
    for line in re.findall(r"TRAP\t(.*(?:\n(?!TRAP).*)*)", text):
        head, _, rest = line.replace("\n", " ").partition("\t")
        pairs = dict(x.strip().split(" = ", 1) for x in rest.split("\t")
                     if " = " in x)
        oid = pairs.get(".1.3.6.1.6.3.1.1.4.1.0", "")
        kind = COLUMNS.get(oid.replace("OID: ", "").strip())
        if kind:
            found.append((kind, "v3" in head.lower() or "user" in head.lower(),
                          pairs))
    return found


def varbinds(kind):
    with open(f"{SOURCE}/outputs/agentx/GRIDTAP-NSM-MIB.txt.in") as f:
        m = re.search(kind + r" NOTIFICATION-TYPE\s+OBJECTS\s+\{(.*?)\}",
                      f.read(), re.S)
    return [x.strip() for x in m[1].split(",")]


def test_notifications(site, dump):
    with open(site.scratch + "/out/events") as f:
        events = {e["sqnum"]: e for e in map(json.loads, f)}
    with open(site.scratch + "/out/syslog") as f:
        syslog = f.read()
    kinds = {"gtNsmSecurityEvent", "gtNsmAssocStateChange",
             "gtNsmDlmsFcAnomaly", "gtNsmGooseStateChange",
             "gtNsmCaptureStateChange"}

    def all_there():
        got = traps(site)
        n = sum(1 for k, _, _ in got if k == "gtNsmSecurityEvent")
        # each goes out twice: v2c, and v3
        return got if n >= 2 * len(events) and kinds == {
            k for k, _, _ in got} else None

    got = wait_for("all notifications", all_there) or traps(site)
    check("five kinds", {k for k, _, _ in got} == kinds, {k for k, _, _ in got})
    seen = set()
    for kind, _, pairs in got:
        names = [name_of(x)[0] for x in pairs]
        wanted = varbinds(kind)
        check(f"varbinds of {kind}", [x for x in names if x in wanted] ==
              wanted, names)
        check(f"no Counter64 in {kind}",
              not any(v.startswith("Counter64") for v in pairs.values()))
        if kind == "gtNsmSecurityEvent":
            seen.add(judge_event(pairs, events, syslog, dump))
    check("each event is told", seen == set(events), seen ^ set(events))


def judge_event(pairs, events, syslog, dump):
    by_name = {name_of(x)[0]: (name_of(x)[1], v) for x, v in pairs.items()}
    sqnum = int(by_name["gtNsmEvtText"][0])
    e = events[sqnum]
    text = lambda name: plain(by_name[name][1]).decode()
    check(f"event {sqnum}: id", text("gtNsmEvtEventId") == e["id"])
    check(f"event {sqnum}: text", text("gtNsmEvtText") == e["text"][:255],
          (text("gtNsmEvtText"), e["text"]))
    severities = ["", "alarm", "error", "warning", "notice"]
    check(f"event {sqnum}: severity", severities[int(
        by_name["gtNsmEvtSeverity"][1].split()[-1])] == e["severity"])
    check(f"event {sqnum}: in the log", f'SqNum="{sqnum}"' in syslog)
    rule = int(by_name["gtNsmEvtRule"][1].split()[-1])
    letter, n = e["det"].split("-")
    check(f"event {sqnum}: rule", letter in "CDGHLNPT" and rule == (
        ord(letter) - 64) * 1000 + int(n), (rule, e["det"]))
    for oid, value in pairs.items():
        if oid in dump:
            check(f"event {sqnum}: as the table has {name_of(oid)}",
                  plain(value) == dump[oid], (value, dump[oid]))
    return sqnum


def test_recovery(site, dump):
    # the master dies
    site.stop("snmpd", signal.SIGKILL)
    site.start_snmpd()
    wait_for("snmpd came back", lambda: is_up(site))
    compare("after snmpd came back", site.walk(), dump)
    # the sensor dies while it reads
    site.replay(captures=["-"], wait=False)
    with open(f"{SOURCE}/pcaps/demo.pcap", "rb") as f:
        octets = f.read()
    sensor = site.processes["sensor"]
    sensor.stdin.write(octets[:len(octets) // 2])
    sensor.stdin.flush()
    state = lambda: number(site.walk(), "gtNsmCaptureState")
    wait_for("replay(3)", lambda: state() == 3)
    walk = site.walk()
    final = site.replay(captures=["demo.pcap"], name="other", page=False)
    for oid, value in walk.items():
        # while it runs: never more than at the end
        if value.startswith("Counter") and oid in final and \
                name_of(oid)[0] not in PROCESS:
            at_end = int(final[oid].split()[-1])
            check(f"during: {name_of(oid)}",
                  int(value.split()[-1]) <= at_end, (value, at_end))
    site.stop("sensor", signal.SIGKILL)
    wait_for("failed(4)", lambda: state() == 4)
    again = site.replay()
    wait_for("another sensor", lambda: state() == 1)
    compare("after the sensor came back", site.walk(), again)
    ticks = site.walk()[OBJECTS["gtNsmDiscontinuityTime"][0] + ".0"]
    check("discontinuity", int(ticks) > 0, ticks)


def test_stopped(site):
    agent = site.processes["agent"]
    agent.send_signal(signal.SIGSTOP)
    dump = site.replay()  # which is killed if it waits for the agent
    time.sleep(STOPPED_S)
    agent.send_signal(signal.SIGCONT)
    wait_for("the agent goes on", lambda: number(
        site.walk(), "gtNsmRxFrames") == int(dump[
            OBJECTS["gtNsmRxFrames"][0] + ".0"].split()[-1]))
    compare("after it was stopped", site.walk(), dump)


def goose(gocbref, goid):
    """A capture of one GOOSE frame with these names."""
    tlv = lambda tag, v: bytes([tag]) + (
        bytes([len(v)]) if len(v) < 128 else
        b"\x81" + bytes([len(v)]) if len(v) < 256 else
        b"\x82" + struct.pack(">H", len(v))) + v
    pdu = tlv(0x61, tlv(0x80, gocbref) + tlv(0x81, b"\x07\xd0") +
              tlv(0x82, gocbref) + tlv(0x83, goid) +
              tlv(0x84, bytes.fromhex("65a0000000000000")) +
              tlv(0x85, b"\x01") + tlv(0x86, b"\x01") + tlv(0x87, b"\0") +
              tlv(0x88, b"\x01") + tlv(0x89, b"\0") + tlv(0x8a, b"\x01") +
              tlv(0xab, tlv(0x83, b"\x01")))
    frame = bytes.fromhex("010ccd010001020000000001" "88b8" "0001") + \
        struct.pack(">HHH", len(pdu) + 8, 0, 0) + pdu
    return struct.pack("<IHHIIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1) + \
        struct.pack("<IIII", 1700000000, 0, len(frame), len(frame)) + frame


def test_hostile(site):
    names = [(b"A\xff\xfe\x1b[31mB\r\n\0C", b"\xc0\xaf" * 20),
             ("\u202e\u2028x".encode() + b"\xed\xa0\x80", b"\xf0\x9f" * 30),
             (b"a" + "\u00e9".encode() * 64, b"x" + "\u20ac".encode() * 43),
             (b"\xe2" * 129, b"\x7f" * 129)]
    for i, (gocbref, goid) in enumerate(names):
        path = f"{site.scratch}/hostile{i}.pcap"
        with open(path, "wb") as f:
            f.write(goose(gocbref, goid))
        site.replay(captures=[path])
        oid = OBJECTS["gtNsmGooseGoCBRef"][0] + ".1"
        wait_for("the publisher", lambda: plain(
            site.walk().get(OBJECTS["gtNsmCaptureSource"][0] + ".0", '""')) ==
            f"hostile{i}.pcap".encode() and oid in site.walk())
        walk = site.walk()
        for name in ("GoCBRef", "GoID", "DatSet"):
            value = plain(walk[OBJECTS["gtNsmGoose" + name][0] + ".1"])
            try:
                text = value.decode("utf-8")
                good = 0 < len(value) <= 129 and not re.search(
                    "[\0-\x1f\x7f-\x9f\u2028-\u202e]", text)
            except UnicodeDecodeError:
                good = False
            check(f"hostile name {i} in {name}", good, value)


def main():
    for program in (daemon("snmpd"), daemon("snmptrapd"), AGENT,
                    shutil.which("snmpbulkwalk") or "snmpbulkwalk"):
        if not os.path.exists(program):
            skip(program)
    with tempfile.TemporaryDirectory() as scratch:
        site = Site(scratch)
        try:
            site.start_traps()
            site.start_snmpd()
            site.start_agent()
            # it answers without a sensor, too: with nothing
            wait_for("the agent joined", lambda: "connected" in open(
                scratch + "/agent.log").read())
            dump = site.replay()
            wait_for("the page", lambda: is_up(site))
            wait_for("its end", lambda: number(
                site.walk(), "gtNsmCaptureState") == 1)
            walk = test_walks(site, dump)
            test_objects(walk)
            test_views(site)
            test_notifications(site, dump)
            test_recovery(site, dump)
            test_stopped(site)
            test_hostile(site)
        finally:
            site.close()
            if failed:
                for name in ("snmpd", "agent", "sensor"):
                    with open(f"{scratch}/{name}.log", "rb") as f:
                        print(f"--- {name}:", f.read()[-800:])
    print(f"nsm_agent.py: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
