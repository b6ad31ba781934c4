# SPDX-License-Identifier: Apache-2.0
"""Certificates, and rsyslog and syslog-ng as the files of etc/receivers set them
up, on a free port.  PEERS is where rsyslog was unpacked if it is not
installed."""
import glob
import json
import os
import shutil
import signal
import socket
import subprocess
import time

PEERS = os.environ.get('PEERS', 'peers')
ETC = os.path.join(os.environ.get('srcdir', '.'), 'etc', 'receivers')
NAME = 'siem.example'


def openssl(*arguments):
    subprocess.run(['openssl', *arguments], check=True, capture_output=True)


def certificate(name, ca, kind, san=None, days=('-days', '30')):
    """NAME.pem and NAME.key, by the CA of this name."""
    openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256',
            '-nodes', '-keyout', name + '.key', '-out', name + '.csr',
            '-subj', '/CN=' + (san or name))
    with open(name + '.ext', 'w', encoding='ascii') as f:
        f.write('subjectAltName=DNS:%s\nextendedKeyUsage=%sAuth\n'
                'basicConstraints=CA:FALSE\n' % (san or name, kind))
    openssl('x509', '-req', '-in', name + '.csr', '-CA', ca + '.pem',
            '-CAkey', ca + '.key', '-CAcreateserial', '-out', name + '.pem',
            '-extfile', name + '.ext', *days)


def authority(name):
    openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt',
            'ec_paramgen_curve:P-256', '-nodes', '-keyout', name + '.key',
            '-out', name + '.pem', '-subj', '/CN=' + name, '-days', '30',
            '-addext', 'basicConstraints=critical,CA:TRUE',
            '-addext', 'keyUsage=critical,keyCertSign,cRLSign')


def expire(name, ca):
    """A certificate that was good until yesterday."""
    with open(name + '.cnf', 'w', encoding='ascii') as f:
        f.write('[ca]\ndefault_ca=d\n[d]\ndatabase=%s.db\nserial=%s.srl\n'
                'new_certs_dir=.\ndefault_md=sha256\npolicy=p\n'
                'rand_serial=yes\nx509_extensions=e\n[p]\n'
                'commonName=supplied\n[e]\nsubjectAltName=DNS:%s\n'
                % (name, name, NAME))
    with open(name + '.db', 'w', encoding='ascii'):
        pass
    openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256',
            '-nodes', '-keyout', name + '.key', '-out', name + '.csr',
            '-subj', '/CN=' + NAME)
    openssl('ca', '-batch', '-config', name + '.cnf', '-cert', ca + '.pem',
            '-keyfile', ca + '.key', '-in', name + '.csr', '-out',
            name + '.pem', '-startdate', '20200101000000Z', '-enddate',
            '20200201000000Z', '-notext')


def revoke(name, ca):
    """A list of the CA on which the certificate stands."""
    with open(ca + '.cnf', 'w', encoding='ascii') as f:
        f.write('[ca]\ndefault_ca=d\n[d]\ndatabase=%s.db\ndefault_md=sha256\n'
                'default_crl_days=30\n' % ca)
    with open(ca + '.db', 'w', encoding='ascii'):
        pass
    for what in ['-revoke', name + '.pem'], ['-gencrl', '-out', ca + '.crl']:
        openssl('ca', '-config', ca + '.cnf', '-cert', ca + '.pem',
                '-keyfile', ca + '.key', *what)


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def program(name):
    for path in (shutil.which(name, path=os.environ['PATH'] + ':/usr/sbin'),
                 os.path.join(PEERS, 'usr/sbin', name)):
        if path and os.access(path, os.X_OK):
            return path
    return None


def modules(name):
    for root in (PEERS, '/'):
        found = glob.glob(os.path.join(root, 'usr/lib/*/', name))
        if found:
            return found[0]
    return None


class Receiver:
    """One of tls and relp of rsyslog, or tls of syslog-ng."""

    def __init__(self, kind, port=None, server='server', ca='ca'):
        self.kind, self.port, self.process = kind, port or free_port(), None
        self.folder = os.path.abspath('%s-%d' % (kind, self.port))
        os.makedirs(self.folder, exist_ok=True)
        self.out = os.path.join(self.folder, 'events.json')
        self.conf = os.path.join(self.folder, 'conf')
        with open(os.path.join(ETC, kind + '.conf'), encoding='utf-8') as f:
            text = f.read()
        here = os.getcwd() + '/'
        for old, new in (
                ('/var/log/gridtap/', self.folder + '/'),
                ('"6514"', '"%d"' % self.port), ('(6514)', '(%d)' % self.port),
                ('/etc/syslog-ng/gridtap/ca.', here + ca + '.'),
                ('/etc/rsyslog.d/gridtap/ca.', here + ca + '.'),
                ('/etc/syslog-ng/gridtap/server.', here + server + '.'),
                ('/etc/rsyslog.d/gridtap/server.', here + server + '.')):
            text = text.replace(old, new)
        with open(self.conf, 'w', encoding='utf-8') as f:
            f.write(text)

    def command(self):
        inside = [os.path.join(self.folder, n)
                  for n in ('pid', 'persist', 'ctl')]
        if self.kind.startswith('rsyslog'):
            return [program('rsyslogd'), '-n', '-f', self.conf, '-i',
                    inside[0], '-M', modules('rsyslog')]
        return [program('syslog-ng'), '-F', '-f', self.conf, '-p', inside[0],
                '-R', inside[1], '-c', inside[2], '--no-caps']

    @classmethod
    def is_there(cls, kind):
        return program('rsyslogd' if kind.startswith('rsyslog')
                       else 'syslog-ng') is not None

    def start(self):
        """It listens when this returns."""
        with open(os.path.join(self.folder, 'said'), 'ab') as said:
            self.process = subprocess.Popen(
                self.command(), stdin=subprocess.DEVNULL, stdout=said,
                stderr=said)
        until = time.monotonic() + 20
        while time.monotonic() < until and self.process.poll() is None:
            try:
                socket.create_connection(('127.0.0.1', self.port), 1).close()
                return self
            except OSError:
                time.sleep(0.02)
        with open(os.path.join(self.folder, 'said'), encoding='utf-8') as f:
            raise OSError('%s does not start: %s' % (self.kind, f.read()))

    def stop(self, how=signal.SIGTERM):
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait()
        self.process = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop(signal.SIGKILL)

    def lines(self):
        """Whole ones; a kill may have torn one."""
        if not os.path.exists(self.out):
            return []
        with open(self.out, 'rb') as f:
            return f.read().split(b'\n')[:-1]

    def events(self):
        """The structured data of each message, by element, and its fields."""
        found = []
        for line in self.lines():
            try:
                o = json.loads(line)
            except ValueError:
                continue
            found.append(o)
        return found


def numbers(events):
    """SqNum of each, as the receiver's parser read it."""
    return [int(standard(e)['SqNum']) for e in events]


def elements(event):
    return event.get('sd') or event.get('SDATA') or event['rfc5424-sd']


def standard(event):
    return elements(event)['62351-14@41912']
