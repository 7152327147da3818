// What an owner does as root with an unpacked release and with the Debian package: on this machine, but with /etc, /usr, /var, /root and
// /opt of its own and a network of its own, so that nothing of it stays.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'

const root = join(import.meta.dirname, '..')
const made = mkdtempSync(join(tmpdir(), 'hms-install-made-'))
/** Covered inside the sandbox with what its file systems keep. */
const place = mkdtempSync(join(tmpdir(), 'hms-install-'))
const SANDBOX = `
set -eu
mount -t tmpfs layers ${place}
for d in etc usr var root; do
  mkdir -p ${place}/$d/u ${place}/$d/w
  mount -t overlay $d -o lowerdir=/$d,upperdir=${place}/$d/u,workdir=${place}/$d/w /$d
done
mount -t tmpfs opt /opt
ip link set lo up
userdel hms 2>/dev/null || true
mkdir -p /etc/systemd/system /usr/local/bin
rm -rf /usr/local/bin/hms /var/lib/hms
echo ready
exec sleep 600
`
/** Capability 10 and nothing else. */
const BIND_SERVICE = '0000000000000400'
const UNIT = '/etc/systemd/system/hms.service'
const wanted = [
  '/usr/bin/unshare',
  '/usr/bin/nsenter',
  '/usr/bin/setpriv',
  '/usr/sbin/runuser',
  '/usr/sbin/useradd',
  '/usr/sbin/ip',
  '/usr/bin/dpkg',
]
const missing = wanted.filter((program) => !existsSync(program))
const skip = process.getuid?.() === 0 ? missing.length > 0 && `${missing.join(', ')} is not here` : 'only root can'

let sandbox: ChildProcess | undefined
let [archive, deb, newer] = ['', '', '']
const NEWER = '99.0.0'
interface Done {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

const into = (): string[] => ['-t', String(sandbox?.pid), '-m', '-n', '--']
function inside(script: string): Done {
  const env = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root' }
  return spawnSync('nsenter', [...into(), 'sh', '-c', script], { encoding: 'utf8', env })
}
function good(script: string): string {
  const { status, stdout, stderr } = inside(script)
  assert.equal(status, 0, `${script}: ${stdout}${stderr}`)
  return stdout
}

function release(...words: string[]): string[] {
  const script = [
    '--disable-warning=ExperimentalWarning',
    join(root, 'scripts/release.ts'),
    '--out',
    made,
    '--level',
    '1',
    '--deb',
    ...words,
  ]
  const { status, stdout, stderr } = spawnSync(process.execPath, script, { encoding: 'utf8' })
  assert.equal(status, 0, stderr)
  return stdout.trim().split('\n')
}

/** As the unit starts it. */
function startServer(env: NodeJS.ProcessEnv = {}): ChildProcess {
  const only = ['--inh-caps', '--ambient-caps', '--bounding-set'].map((set) => `${set}=-all,+net_bind_service`)
  const rights = ['--reuid=hms', '--regid=hms', '--init-groups', '--no-new-privs', ...only]
  return spawn('nsenter', [...into(), 'setpriv', ...rights, '/opt/hms/current/hms', 'start'], {
    stdio: 'ignore',
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', ...env },
  })
}

/** First line of what listens at each port; waits until something does. */
function greetings(...ports: number[]): string {
  return good(`python3 - <<'X'
import socket, ssl, time
context = ssl.create_default_context()
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
for port in ${JSON.stringify(ports)}:
    for left in range(300, -1, -1):
        try:
            s = socket.create_connection(('127.0.0.1', port), 30)
            break
        except ConnectionRefusedError:
            if left == 0: raise
            time.sleep(0.2)
    if port == 465: s = context.wrap_socket(s)
    print(port, s.recv(200).decode().strip())
X`)
}

before(async () => {
  if (skip !== false) return
  ;[archive, deb] = release() as [string, string]
  newer = release('--version', NEWER)[1] ?? ''
  sandbox = spawn('unshare', ['-m', '-n', '--', 'sh', '-c', SANDBOX], { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines = createInterface({ input: sandbox.stdout as NodeJS.ReadableStream })
  for await (const line of lines) if (line === 'ready') break
  good(`mkdir /opt/new && tar -xzf ${archive} -C /opt/new --strip-components=1`)
})
after(() => {
  sandbox?.kill('SIGKILL')
  for (const folder of [place, made]) rmSync(folder, { recursive: true, force: true })
})

test('without root, or with a path that no unit can name, it refuses in a sentence and changes nothing', { skip }, () => {
  const stranger = inside('setpriv --reuid=65534 --regid=65534 --clear-groups /opt/new/install')
  assert.equal(stranger.status, 1)
  assert.match(stranger.stderr, /^install: this makes a user, folders and a service: run it as root\./)
  for (const words of ['--home relative', "--to '/opt/a b'", '--home /var/../etc', '--home', '--home /', '--what']) {
    const { status, stderr } = inside(`/opt/new/install ${words}`)
    assert.equal(status, 1, words)
    assert.match(stderr, /install: .*\.\n$/, words)
  }
  // The machine is looked at first: here the home would be in memory.
  const { status, stdout, stderr } = inside('/opt/new/install --home /opt/home')
  assert.equal(status, 1)
  assert.match(`${stdout}${stderr}`, /write barrier[^]*nothing was installed: mend what is named above/)
  good('test ! -e /opt/hms && test ! -e /opt/home && ! getent passwd hms')
})

test('it makes the user, the folders and the unit, and again changes nothing', { skip }, () => {
  good('echo kept >/root/kept; chmod 644 /root/kept; ln -s /root/kept /root/login.txt')
  const said = good('/opt/new/install --no-check --login-file /root/login.txt')
  assert.equal(good('cat /root/kept'), 'kept\n')
  assert.match(
    said,
    /The user hms was made\.[^]*The first passwords are in \/root\/login\.txt[^]*The unit \/etc\/systemd\/system\/hms\.service is in place/,
  )
  assert.doesNotMatch(said, /password [a-z0-9]{20}/)
  assert.match(good('cat /root/login.txt; stat -c %a /root/login.txt'), /administrator +admin +password \S{20,}[^]*\n600\n/)
  assert.match(good('getent passwd hms'), /^hms:x:\d+:\d+::\/var\/lib\/hms:\/usr\/sbin\/nologin$/m)
  assert.equal(
    good('stat -c "%U %a" /var/lib/hms /opt/hms/current/. /opt/hms/current/runtime/node /etc/hms/keys'),
    'hms 700\nroot 755\nroot 755\nroot 755\n',
  )
  // The key of the secrets is no part of what a copy of the home holds.
  assert.equal(
    good('stat -c "%U %a %s" /etc/hms/sealing /etc/hms/sealing/var-lib-hms.key').replace(/ \d+\n/, '\n'),
    'hms 700\nhms 600 32\n',
  )
  good(
    'test ! -e /var/lib/hms/config/hms.key && grep -qx "secrets.key_file: /etc/hms/sealing/var-lib-hms.key" /var/lib/hms/config/hms.yaml',
  )
  const unit = good(`cat ${UNIT}`)
  for (const line of [
    'User=hms',
    'AmbientCapabilities=CAP_NET_BIND_SERVICE',
    'Type=notify',
    'NotifyAccess=all',
    'ProtectSystem=strict',
    'ReadWritePaths=/var/lib/hms',
    'ExecStart=/opt/hms/current/hms start --home /var/lib/hms',
  ])
    assert.ok(unit.split('\n').includes(line), line)
  assert.doesNotMatch(unit, /@/)
  if (existsSync('/usr/bin/systemd-analyze')) good(`systemd-analyze verify ${UNIT}`)
  const facts = `find /var/lib/hms /opt/hms ${UNIT} /usr/local/bin/hms /root/login.txt /etc/passwd -printf '%p %T@ %m %u\\n' | sort | grep -v '/var/lib/hms/run'`
  const before = good(facts)
  good('/opt/new/install --no-check')
  assert.equal(good(facts), before)
})

test('what root does to a home is done as the user that owns it', { skip }, () => {
  assert.match(good('hms status'), /stopped/)
  good('hms account add Shop')
  assert.equal(good('find /var/lib/hms ! -user hms'), '')
})

test('as the user hms, with no right but that one, it listens at 25, 465 and 587, and tells systemd so', { skip }, async () => {
  good(`cat >>/var/lib/hms/config/hms.yaml <<'X'
smtp.listen: [0.0.0.0:25, 0.0.0.0:587]
smtps.listen: 0.0.0.0:465
X
cat >/opt/listen.py <<'X'
import os, socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind('/opt/notify')
os.chmod('/opt/notify', 0o777)
print('bound', flush=True)
while True: print(s.recv(4096).decode().strip().replace(chr(10), ' '), flush=True)
X
chmod 755 /opt`)
  const refused = inside('runuser -u hms -- hms start')
  assert.equal(refused.status, 1)
  assert.match(refused.stderr, /may not listen/)
  const systemd = spawn('nsenter', [...into(), 'python3', '/opt/listen.py'], { stdio: ['ignore', 'pipe', 'inherit'] })
  const heard = createInterface({ input: systemd.stdout })[Symbol.asyncIterator]()
  assert.equal((await heard.next()).value, 'bound')
  const server = startServer({ NOTIFY_SOCKET: '/opt/notify' })
  try {
    assert.equal((await heard.next()).value, 'READY=1')
    const status = good(`cat /proc/${server.pid}/status`)
    for (const set of ['CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) assert.match(status, new RegExp(`^${set}:\\t${BIND_SERVICE}$`, 'm'))
    assert.match(status, /^Uid:\t(?!0\t)/m)
    assert.match(greetings(25, 465, 587), /^25 220 .*\n465 220 .*\n587 220 .*\n$/)
    assert.match(inside('hms uninstall --yes').stderr, /runs \(process(?:es [\d, ]+| \d+)\); nothing was removed/)
    good('hms stop')
    assert.match((await heard.next()).value ?? '', /BARRIER|STOPPING=1/)
  } finally {
    server.kill('SIGKILL')
    systemd.kill('SIGKILL')
  }
})

test('uninstalled, mail and settings stay until that is said twice', { skip }, () => {
  assert.match(inside('hms uninstall').stderr, /Nothing was removed[^]*--yes/)
  assert.match(inside('hms uninstall --yes --delete-home').stderr, /Nothing was removed[^]*--confirm \/var\/lib\/hms/)
  assert.match(inside('hms uninstall --yes --delete-home --confirm /var/lib').stderr, /the home is \/var\/lib\/hms/)
  good('test -x /opt/hms/current/hms && test -e /var/lib/hms/config/hms.yaml')
  good('hms uninstall --yes')
  good(`test ! -e /opt/hms && test ! -e ${UNIT} && test ! -L /usr/local/bin/hms && test -e /var/lib/hms/config/hms.yaml`)
  // Another home is remembered, by commands and by the next install.
  good('/opt/new/install --no-check --home /var/lib/mail/ && /opt/new/install --no-check')
  assert.equal((JSON.parse(good('hms init --json 2>&1 || true')) as { error: { code: string } }).error.code, 'home-exists')
  assert.match(good(`grep ReadWritePaths ${UNIT}`), /=\/var\/lib\/mail$/m)
  good('hms uninstall --yes --delete-home --confirm /var/lib/mail')
  good('test ! -e /opt/hms && test ! -e /var/lib/mail && test -e /var/lib/hms/config/hms.yaml')
})

test('the Debian package does the same, upgrades a server that runs, and keeps the home when it is removed', { skip }, () => {
  // The machine that tests has its home in memory here, which the checks refuse.
  const dpkg = (file: string): string => good(`HMS_INSTALL_OPTIONS=--no-check dpkg --force-depends -i ${file} 2>&1`)
  good('rm -rf /var/lib/hms')
  assert.match(dpkg(deb), /The first passwords are in \/root\/hms-first-login\.txt/)
  assert.match(good('hms versions'), /current/)
  good('echo "smtp.listen: 0.0.0.0:25" >>/var/lib/hms/config/hms.yaml')
  const server = startServer()
  try {
    assert.match(greetings(25), /^25 220 /)
    dpkg(newer)
    assert.match(greetings(25), /^25 220 /)
    assert.equal(good('readlink /opt/hms/current'), `versions/${NEWER}\n`)
    assert.equal((JSON.parse(good('cat /var/lib/hms/run/running.json')) as { version: string }).version, NEWER)
    assert.equal(good('find /var/lib/hms ! -user hms'), '')
    assert.equal(good('ls /var/tmp | grep hms-install || true'), '')
    good('hms stop')
  } finally {
    server.kill('SIGKILL')
  }
  good('dpkg --purge hms')
  good('test ! -e /opt/hms && test ! -e /usr/lib/hms && test -e /var/lib/hms/config/hms.yaml')
})
