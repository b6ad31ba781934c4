#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The live sensor on wires of its own: whether it counts all that was sent, says
what a replay says, stays silent itself, has no privileges left, and outlives
reloads, rotation, and a link that goes down.  GRIDTAP is the program.

usage: live_check.py PCAPS
Ends with 77 where there is no privilege for it."""
import collections
import glob
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
import frames  # noqa: E402: after the line above
import gridtap  # noqa: E402
import netns  # noqa: E402
import receivers  # noqa: E402

TOOL = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'netns.py')
PATIENCE = 20  # seconds until something that must come is missed
FAILED = []


def fail(*what):
    print('FAIL:', *what)
    FAILED.append(what)


def check(true, *what):
    if not true:
        fail(*what)


def wait_for(condition, what):
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    fail('waited for', what)
    return None


def text(path):
    if not os.path.exists(path):
        return ''
    with open(path, encoding='utf-8') as f:
        return f.read()


def octets(path):
    with open(path, 'rb') as f:
        return f.read()


def events(path):
    return [json.loads(x) for x in text(path).split('\n')[:-1]]


class Sensor:
    """gridtap monitor in a namespace, until it is told to stop."""

    def __init__(self, name, ports, *options, unprivileged=False):
        self.name = name
        self.told = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        if os.path.exists('notify'):
            os.remove('notify')
        self.told.bind('notify')
        os.chmod('notify', 0o777)
        arguments = ['ip', 'netns', 'exec', name]
        if unprivileged:
            arguments += ['setpriv', '--reuid=nobody', '--regid=nogroup',
                          '--clear-groups', '--no-new-privs',
                          '--inh-caps=-all,+net_raw',
                          '--ambient-caps=-all,+net_raw']
        arguments += [gridtap.GRIDTAP, 'monitor',
                     '--set', 'monitor.user=nobody', '--set',
                     'monitor.socket=' + os.path.abspath('control'),
                     '--summary', 'summary', '-o', 'json:events', *options]
        for port in ports:
            arguments += ['-i', port]
        with open('errors', 'w', encoding='utf-8') as errors:
            # who looks for leaks traces the process, which its filter refuses
            self.process = subprocess.Popen(
                arguments, stderr=errors, env={
                    **os.environ, **gridtap.SANITIZED, 'ASAN_OPTIONS':
                    gridtap.SANITIZED['ASAN_OPTIONS'] + ':detect_leaks=0',
                    'WATCHDOG_USEC': '3000000',
                    'NOTIFY_SOCKET': os.path.abspath('notify')})
        wait_for(lambda: 'listening on' in text('errors') or
                 self.process.poll() is not None, 'the sensor')
        check(self.process.poll() is None, text('errors'))

    def notified(self):
        """What systemd was told since it was last asked."""
        said = []
        self.told.setblocking(False)
        try:
            while True:
                said.append(self.told.recv(4096).decode())
        except BlockingIOError:
            return said

    def ask(self, *command):
        return gridtap.call([*command, '--socket', 'control'])

    def status(self):
        return gridtap.parse(self.ask('status', '--json').stdout.decode())

    def proc(self):
        """/proc/PID/status by its names; ip ends with an exec."""
        return dict(line.split(':\t', 1) for line in
                    text('/proc/%d/status' % self.process.pid).split('\n')
                    if ':\t' in line)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(PATIENCE)
        check(status == 0, 'it ended with', status, text('errors'))
        check('STOPPING=1' in self.notified(), 'STOPPING=1')
        self.told.close()
        with open('summary', encoding='utf-8') as f:
            return gridtap.parse(f.read())


def send(name, interfaces, pause_us, captures):
    r = netns.inside(name, 'python3', TOOL, 'send', interfaces, str(pause_us),
                     *captures, stdout=subprocess.PIPE)
    return int(r.stdout)


def seen(status):
    return sum(p['packets'] + p['kernel_drops'] + p['interface_drops']
               for p in status['ports'].values()) + \
        status['traffic']['backlog_drops']


def essence(event):
    """An event without what tells where it was read, and by whom; and without
    how long a silence was when it was noticed: live the clock notices it, in a
    replay the next packet."""
    event['why'] = {k: v for k, v in event.get('why', {}).items()
                    if k not in ('silence_ms', 'silent_s')}
    return json.dumps({k: v for k, v in event.items()
                       if k not in ('capture', 'sqnum')}, sort_keys=True)


def compare(live, replayed):
    """Said by one and not by the other; health is only the sensor's own."""
    live = collections.Counter(
        essence(e) for e in live if e['proto'] != 'sensor')
    replayed = collections.Counter(map(essence, replayed))
    for e in sorted((live - replayed).elements())[:5]:
        fail('only live:', e)
    for e in sorted((replayed - live).elements())[:5]:
        fail('only in the replay:', e)
    return sum(live.values())


def check_privileges(sensor):
    p = sensor.proc()
    check(p['Uid'].split() == [p['Uid'].split()[0]] * 4 and
          p['Uid'].split()[0] != '0', 'Uid', p['Uid'])
    check(p['Groups'].strip() in ('', p['Gid'].split()[0]), p['Groups'])
    for name in ('CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'):
        check(int(p[name], 16) == 0, name, p[name])
    check(p['NoNewPrivs'] == '1', 'NoNewPrivs', p['NoNewPrivs'])
    check(p['Seccomp'] == '2', 'Seccomp', p['Seccomp'])
    for task in os.listdir('/proc/%d/task' % sensor.process.pid):
        check('Seccomp:\t2' in text('/proc/%d/task/%s/status' % (
            sensor.process.pid, task)), 'a thread without filter')


def check_wire(name, captures):
    """All is counted, said as in a replay, and nothing is sent."""
    with open('last', 'wb') as f:
        f.write(frames.pcap([(0, frames.ethernet(
            b'\xff' * 6, b'\2\0\0\0\0\1', 0x88b5, b'the last one' * 5))]))
    with subprocess.Popen(
            ['ip', 'netns', 'exec', name, 'tcpdump', '-i', 'm0', '-Q', 'in',
             '-U', '--time-stamp-precision=nano', '-B', '65536', '-w', 'recorded'],
            stderr=subprocess.PIPE) as record, \
        subprocess.Popen(
            ['ip', 'netns', 'exec', name, 'tcpdump', '-i', 's0', '-Q', 'in',
             '-w', 'silence'], stderr=subprocess.PIPE) as listen:
        record.stderr.readline()
        listen.stderr.readline()
        sensor = Sensor(name, ['m0'], '--quiet')
        check_privileges(sensor)
        sent = send(name, 's0', 0, captures)
        # timers run live; one more packet, and they do so in the replay
        time.sleep(2.2)
        sent += send(name, 's0', 0, ['last'])
        wait_for(lambda: seen(sensor.status()) >= sent, 'all packets')
        status = sensor.status()
        check(seen(status) == sent, sent, 'sent', status)
        check(status['ports']['m0']['kernel_drops'] == 0, status)
        summary = sensor.stop()
        check(summary['packets'] == sent, 'summary', summary['packets'], sent)
        wait_for(lambda: b'the last one' in octets('recorded'), 'tcpdump')
        for p in record, listen:
            p.send_signal(signal.SIGINT)
    r = gridtap.call(['replay', '--quiet', '-o', 'json', 'recorded'])
    n = compare(events('events'),
                [json.loads(x) for x in r.stdout.decode().split('\n')[:-1]])
    check(n > 20, 'only', n, 'events')
    check(os.path.getsize('silence') == 24, 'something was sent')
    print('%d packets, %d events as in the replay' % (sent, n))


def check_two(name, capture):
    """One direction over each wire: one pipeline, in the order of time."""
    sensor = Sensor(name, ['m0', 'm1'], '--quiet')
    sent = send(name, 's0,s1', 2000, [capture])
    wait_for(lambda: seen(sensor.status()) >= sent, 'all packets')
    ports = sensor.status()['ports']
    check(all(p['packets'] > 0 for p in ports.values()), ports)
    summary = sensor.stop()
    r = gridtap.call(['replay', '--quiet', '-o', 'json:replayed', '--summary',
                      '-', capture])
    replayed = gridtap.parse(r.stdout.decode())
    for part in 'tcp', 'protocols':
        check(summary[part] == replayed[part], part, summary[part],
              replayed[part])
    said = [sorted((e['det'], e['subject'], e['severity']) for e in events(x))
            for x in ('events', 'replayed')]
    check(said[0] == said[1] and said[0], said)
    print('%d packets over two wires, %d events' % (sent, len(said[0])))


def check_loss(name, captures):
    """What a sensor that stands still loses is what it says it lost (H-1)."""
    sensor = Sensor(name, ['m0'], '--quiet', '--set', 'monitor.buffer_mib=1',
                    '--set', 'monitor.queue_mib=1')
    sensor.process.send_signal(signal.SIGSTOP)
    sent = sum(send(name, 's0', 0, captures) for _ in range(3))
    sensor.process.send_signal(signal.SIGCONT)
    wait_for(lambda: seen(sensor.status()) >= sent, 'all packets')
    status = sensor.status()
    port = status['ports']['m0']
    check(seen(status) == sent, sent, 'sent', status)
    check(0 < port['kernel_drops'] < sent, port)
    h1 = wait_for(lambda: [e for e in events('events') if e['det'] == 'H-1' and
                           e['why']['cause'] == 'drops'], 'H-1') or [{}]
    check(h1[0].get('subject') == 'm0' and
          h1[0]['why']['kernel_drops'] == port['kernel_drops'], h1)
    sensor.stop()
    print('%d packets, of which %d were lost' % (sent, port['kernel_drops']))


def configure(*lines):
    with open('conf', 'w', encoding='utf-8') as f:
        f.write('\n'.join(lines) + '\n')


def check_state(name, capture):
    """A user with no more than the capability; a state file, twice."""
    options = '--quiet', '--set', 'state.path=' + os.path.abspath('state.db')
    numbers = []
    for _ in range(2):
        sensor = Sensor(name, ['m0'], *options, unprivileged=True)
        check('READY=1' in sensor.notified(), 'READY=1')
        p = sensor.proc()
        check(int(p['CapEff'], 16) == int(p['CapPrm'], 16) == 0 and
              int(p['CapAmb'], 16) == int(p['CapInh'], 16) == 0, p)
        check(p['NoNewPrivs'] == '1' and p['Seccomp'] == '2', p)
        sent = send(name, 's0', 0, [capture])
        wait_for(lambda: seen(sensor.status()) >= sent, 'all packets')
        sensor.stop()
        numbers += [e['sqnum'] for e in events('events')]
        os.remove('events')
    check(numbers == list(range(1, len(numbers) + 1)) and len(numbers) > 5,
          'numbers', numbers)
    print('a state file, %d events in two runs' % len(numbers))


def check_siem(name, capture):
    """Behind the filter of system calls, a destination by TLS, with a spool."""
    receivers.authority('ca')
    receivers.certificate('server', 'ca', 'server', receivers.NAME)
    receivers.certificate('client', 'ca', 'client')
    for path in glob.glob('*.key'):
        os.chmod(path, 0o644)
    port = receivers.free_port()
    netns.inside(name, 'ip', 'link', 'set', 'lo', 'up')
    configure('spool:', '  path: ' + os.path.abspath('spool'), 'outputs:',
              '  - name: siem', '    host: 127.0.0.1', '    port: %d' % port,
              '    server_name: ' + receivers.NAME, '    ca: ca.pem',
              '    certificate: client.pem', '    key: client.key')
    sensor = Sensor(name, ['m0'], '--quiet', '-c', 'conf')
    send(name, 's0', 0, [capture])
    wait_for(lambda: len(events('events')) > 3, 'events')
    wait_for(lambda: sensor.status()['destinations']['siem']['waiting'] > 3,
             'what waits in the spool')
    with open('received', 'wb') as received, subprocess.Popen(
            ['ip', 'netns', 'exec', name, 'openssl', 's_server', '-accept',
             '127.0.0.1:%d' % port, '-cert', 'server.pem', '-key',
             'server.key', '-CAfile', 'ca.pem', '-Verify', '1', '-quiet'],
            stdin=subprocess.PIPE, stdout=received,
            stderr=subprocess.DEVNULL) as server:
        wait_for(lambda: octets('received').count(b'62351-14@41912') >=
                 len(events('events')), 'the messages of the spool')
        wait_for(lambda: sensor.status()['destinations']['siem'] ==
                 {'working': True, 'waiting': 0, 'dropped': 0}, 'the status')
        n = len(events('events'))
        sensor.stop()
        server.terminate()
    print('%d events by TLS' % n)


def check_gone(name):
    """An interface that is taken away is told, and ends it for a new start; and
    nobody reads here what systemd would: that stops nothing."""
    sensor = Sensor(name, ['m1'], '--quiet', '--set',
                    'detections.H-3.down_s=2')
    netns.inside(name, 'ip', 'link', 'del', 's1')
    check(sensor.process.wait(PATIENCE) == 1, 'exit status')
    check([e['det'] for e in events('events')] == ['H-3'], events('events'))
    check('m1 is gone' in text('errors'), text('errors'))


def check_life(name, capture):
    """Reload, rotation, a link that goes down, the collector's file."""
    quiet = 'suppress_s: 0', 'detections:', '  H-3:', '    down_s: 1', '    t_s: 2'
    prometheus = 'monitor.prometheus=' + os.path.abspath('metrics')
    configure(*quiet)
    policy = os.path.join(os.path.dirname(TOOL), '../../etc/policy.yaml')
    shutil.copy(policy, 'policy')
    sensor = Sensor(name, ['m0'], '--quiet', '-c', 'conf', '--set', prometheus,
                    '--policy', 'policy')
    send(name, 's0', 0, [capture])
    wait_for(lambda: events('events'), 'an event')
    first = sensor.status()
    det = next(e['det'] for e in events('events') if e['proto'] != 'sensor')

    wait_for(lambda: 'WATCHDOG=1' in sensor.notified(), 'WATCHDOG=1')
    configure('nonsense: 1')
    r = sensor.ask('reload')
    check(r.returncode == 1 and b'conf:1:1' in r.stdout, r)
    status = sensor.status()
    check(status['reloads']['refused'] == 1, status['reloads'])
    check(status['files'] == first['files'], status['files'])

    configure(*quiet, '  %s:' % det, '    enabled: false')
    r = sensor.ask('reload')
    check(r.returncode == 0 and r.stdout.startswith(b'done'), r)
    said = sensor.notified()
    check(said[0].startswith('RELOADING=1\nMONOTONIC_USEC=') and
          'READY=1' in said, said)
    status = sensor.status()
    check(status['tables'] == first['tables'], 'tables', status, first)
    h5 = wait_for(lambda: [e for e in events('events') if e['det'] == 'H-5'],
                  'H-5') or [{'why': {}}]
    check(h5[0]['why'].get('before') == first['files']['configuration'] and
          h5[0]['why'].get('after') == status['files']['configuration'], h5)

    with open('policy', 'a', encoding='utf-8') as f:
        f.write('# another one\n')
    send(name, 's0', 0, [capture])
    r = sensor.ask('reload')
    check(r.returncode == 0 and b', policy ' in r.stdout, r)
    send(name, 's0', 0, [capture])
    h5 = wait_for(lambda: [e for e in events('events') if e['det'] == 'H-5' and
                           e['subject'] == 'policy'], 'H-5 of the policy')

    os.rename('events', 'events.1')
    sensor.process.send_signal(signal.SIGHUP)
    wait_for(lambda: os.path.exists('events'), 'a new file')
    netns.inside(name, 'ip', 'link', 'set', 's0', 'down')
    wait_for(lambda: [e for e in events('events') if e['det'] == 'H-3' and
                      e['why']['link'] == 'down'], 'H-3')
    netns.inside(name, 'ip', 'link', 'set', 's0', 'up')
    wait_for(lambda: sensor.status()['ports']['m0']['link'] == 'up', 'link')
    before = seen(sensor.status())
    sent = send(name, 's0', 0, [capture])
    wait_for(lambda: seen(sensor.status()) == before + sent, 'the other half')
    wait_for(lambda: len([e for e in events('events') if e['det'] == 'H-3']) >
             1, 'H-3 of silence')
    check('gridtap_port_packets_total{port="m0"} ' in text('metrics'),
          text('metrics'))
    check(b'last_events' in sensor.ask('status').stdout, 'status as text')
    sensor.stop()
    check(not [e for e in events('events') if e['det'] == det], det,
          'was switched off')
    check(not os.path.exists('control') or
          gridtap.call(['status', '--socket', 'control']).returncode == 1,
          'there is still a socket')


def check_keys(name, capture):
    """Keys outlive a reload, whether it is refused or done."""
    configure('suppress_s: 0')
    shutil.copy(capture.replace('.pcap', '.known.keys.yaml'), 'keys')
    os.chmod('keys', 0o600)
    sensor = Sensor(name, ['m0'], '--quiet', '-c', 'conf', '--keys', 'keys')
    for n, lines in enumerate((('suppress_s: 0',), ('nonsense: 1',),
                               ('suppress_s: 0', 'source: other'))):
        configure(*lines)
        r = sensor.ask('reload')
        check(r.returncode == (n == 1), n, r)
        send(name, 's0', 0, [capture])
        wait_for(lambda: len([e for e in events('events')
                              if e['det'] == 'D-29']) > n, 'D-29')
    sensor.stop()


def main(pcaps):
    why = netns.sudo_less()
    if why is not None:
        print('live_check.py: skipped:', why)
        sys.exit(77)
    pcaps = os.path.abspath(pcaps)
    captures = sorted(glob.glob(pcaps + '/[dgi]*/*.pcap'))[::3]
    gridtap.GRIDTAP = os.path.abspath(gridtap.GRIDTAP)
    with tempfile.TemporaryDirectory() as scratch, netns.wires(2) as name:
        os.chdir(scratch)
        os.chmod(scratch, 0o777)
        demo = pcaps + '/demo.pcap'
        for what, *argument in ((check_wire, captures), (check_loss, captures),
                                (check_two, pcaps + '/dlms/d41-series.pcap'),
                                (check_state, demo), (check_siem, demo),
                                (check_life, demo),
                                (check_keys, pcaps + '/dlms/d29-tampered.pcap'),
                                (check_gone,)):
            what(name, *argument)
            for left in 'events', 'summary':
                if os.path.exists(left):
                    os.remove(left)
        os.chdir('/')
    sys.exit(1 if FAILED else 0)


if __name__ == '__main__':
    main(sys.argv[1])
