// The `hms` command as a person and a script use it, on a home where no server runs.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { appendFileSync, chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { COMMANDS } from '../src/cli/commands.ts'

const HMS = join(import.meta.dirname, '../hms')
const place = mkdtempSync(join(tmpdir(), 'hms-command-'))
const home = join(place, 'home')
after(() => rmSync(place, { recursive: true, force: true }))

function hms(...words: string[]): { status: number | null; stdout: string; stderr: string } {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('HMS_')))
  return spawnSync(HMS, words, { env: { ...env, HMS_HOME: home }, encoding: 'utf8' })
}
function good(...words: string[]): string {
  const { status, stdout, stderr } = hms(...words)
  assert.equal(status, 0, `${words.join(' ')}: ${stderr}`)
  return stdout
}
function bad(...words: string[]): { code: string; message: string; mend: string | null } {
  const { status, stdout, stderr } = hms(...words, '--json')
  assert.notEqual(status, 0, words.join(' '))
  assert.equal(stdout, '')
  return (JSON.parse(stderr) as { error: { code: string; message: string; mend: string | null } }).error
}

before(() => {
  const made = JSON.parse(good('init', '--json')) as Record<string, unknown>
  assert.deepEqual(Object.keys(made), ['smtp', 'inject', 'panel', 'admin', 'account'])
})

test('each command has help with examples, and nothing else is loaded for it', () => {
  const help = good('--help')
  for (const name of Object.keys(COMMANDS)) {
    assert.match(help, new RegExp(`^  ${name} `, 'm'))
    const text = good(name, '--help')
    assert.match(text, /Examples:/, name)
    assert.match(text, /--home <dir>/, name)
    assert.equal(text, good('help', name))
    assert.equal(text, good(name, 'help'))
  }
  assert.equal(good(), help)
  assert.match(bad('queue').message, /^Say what to do: hms queue .*ls.*\.$/)
  assert.equal(bad('queue').mend, "'hms queue --help' tells more of each.")
})

test('settings are steered while the server is stopped', () => {
  assert.match(
    good('account', 'tracking', '1001', '--host', 'click.example.com'),
    /once click\.example\.com is seen to lead here.*'hms doctor'/,
  )
  assert.doesNotMatch(good('account', 'tracking', '1001', '--host', 'none'), /hms doctor/)
  assert.deepEqual(JSON.parse(good('relay', 'allow', '192.0.2.0/24', '--json')), { cidr: '192.0.2.0/24' })
  assert.match(bad('relay', 'allow', '10.0.0.0/8').message, /wider/)
  good('relay', 'allow', '10.0.0.0/8', '--i-know')
  assert.match(good('relay', 'ls'), /192\.0\.2\.0\/24/)
  good('relay', 'deny', '10.0.0.0/8')
  assert.equal(bad('relay', 'deny', '10.0.0.0/8').code, 'not-found')
  good('route', 'set', '*', 'smtp://127.0.0.1:2600')
  assert.match(good('route', 'ls'), /smtp:\/\/127\.0\.0\.1:2600/)
  const added = JSON.parse(good('account', 'add', 'Shop', '--json')) as { account: { id: number }; credential: { password: string } }
  assert.ok(added.credential.password.length >= 16)
  assert.match(good('account', 'set', String(added.account.id), '--messages-per-hour', '5'), /messages an hour\s+5/)
  assert.match(good('account', 'set', String(added.account.id), '--messages-per-hour', 'none'), /messages an hour\s+any/)
  good('domain', 'add', 'example.com', '1001')
  good('domain', 'verify', 'example.com', '--force')
  const { record } = JSON.parse(good('dkim', 'create', 'example.com', '--selector', 's1', '--json')) as { record: { name: string } }
  assert.equal(record.name, 's1._domainkey.example.com')
  assert.match(good('dkim', 'show', 'example.com'), /name +s1\._domainkey\.example\.com\n +value +v=DKIM1/)
  assert.equal(bad('dkim', 'show', 'example.com', '--selector', 's2').code, 'not-found')
})

test('a setting of the server is changed in its file, and what a start would refuse is not', () => {
  assert.equal(good('config', 'set', 'events.days', '60'), 'events.days is 60 at the next start.\n')
  assert.match(good('config', 'describe', 'events.days'), /now +60\n/)
  assert.match(good('config', 'describe', 'events.days'), /from +file\nline +\d+\n/)
  assert.match(bad('config', 'set', 'events.days', '0').message, /events\.days takes a whole number/)
  assert.match(good('audit', '--limit', '1'), /config set events\.days\n {4}- events\.days: 30\n {4}\+ events\.days: 60\n/)
  assert.equal(good('config', 'unset', 'events.days'), 'events.days is 30, the default, at the next start.\n')
  assert.equal(good('config', 'unset', 'events.days'), 'events.days does not stand in config/hms.yaml.\n')
  assert.match(good('config', 'describe', 'events.days'), /from +default\n/)
})

test('who changed what is shown line by line, without what is secret', () => {
  good('relay', 'allow', '198.51.100.0/24')
  good('route', 'set', 'audited.example', 'smtp://ann:hunter-2222@192.0.2.1:2525')
  good('route', 'set', 'audited.example', 'smtp://ann:hunter-2222@192.0.2.1:2526')
  const text = good('audit', '--limit', '3')
  assert.match(text, /hms \(.*\): route set audited\.example\n {4}- port: 2525\n {4}\+ port: 2526\n/)
  assert.match(text, /relay set 198\.51\.100\.0\/24\n {4}\+ cidr: 198\.51\.100\.0\/24\n/)
  const records = JSON.parse(good('audit', '--what', 'route', '--to', 'audited', '--by', 'hms (', '--since', '1h', '--json')) as Record<
    string,
    unknown
  >[]
  assert.deepEqual(
    records.map(({ via, action, operation }) => [via, action, operation]),
    [1, 2].map(() => ['hms', 'route set', 'route.set']),
  )
  assert.equal(JSON.stringify(records).includes('hunter'), false)
  assert.deepEqual(JSON.parse(good('audit', '--until', '1d', '--json')), [])
  assert.match(bad('audit', '--since', 'soon').message, /no time/)
})

test('users and keys are audited in words and with times, and keys tell where they are good from', () => {
  good('user', 'add', 'audrey', '--role', 'viewer')
  assert.match(good('audit', '--what', 'user add'), /: user add audrey\n(?: .*\n)* {4}\+ madeAt: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\n/)
  good('key', 'add', 'office', '--role', 'viewer', '--network', '192.0.2.0/24')
  assert.match(good('key', 'ls'), /FROM .*\n(?:.*\n)*office +viewer +all +all of the role +192\.0\.2\.0\/24 +never +-\n/)
  assert.match(String(bad('alarms', 'set', 'spf-record', '--threshold', '3').mend), /no amount to set/)
})

test('what can be read is read while it is stopped', () => {
  const status = JSON.parse(good('status', '--json')) as Record<string, unknown>
  for (const name of ['queued', 'accepted', 'delivered', 'deferred', 'failed']) assert.equal(status[name], 0)
  assert.match(good('queue', 'ls'), /empty/)
  assert.match(good('queue', 'ls', '--domain', 'example.org'), /Nothing in the queue matches/)
  assert.match(good('events'), /No events/)
  assert.equal(bad('stop').code, 'not-running')
  assert.equal(bad('send').code, 'not-running')
})

test('the log of an earlier day is shown, compressed as it is', () => {
  const folder = join(home, 'accounts/1001/logfiles')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, '20260102Processed.log.gz'), gzipSync('first\nsecond\nthird\n'))
  assert.equal(good('log', '1001', '--day', '20260102', '-n', '2'), 'second\nthird\n')
  assert.match(bad('log', '--day', '20260102').mend ?? '', /account 1001/)
})

test('what cannot be written is no bug', () => {
  const config = join(home, 'config/hms.yaml')
  const before = readFileSync(config)
  const running = join(home, 'run/running.json')
  appendFileSync(config, ['smtp', 'inject', 'panel', 'simulator'].map((name) => `${name}.listen: [127.0.0.1:0]\n`).join(''))
  mkdirSync(running)
  try {
    assert.equal(bad('start').code, 'home-unusable')
  } finally {
    rmSync(running, { recursive: true })
    writeFileSync(config, before)
  }
})

test('doctor and every other command tell what cannot be written', { skip: process.getuid?.() === 0 && 'root may write anything' }, () => {
  chmodSync(join(home, 'run'), 0o500)
  try {
    assert.match(hms('doctor').stdout, /FAIL +permissions +.*\/run cannot be written/)
    chmodSync(join(home, 'master.v2.db'), 0o400)
    assert.equal(bad('account', 'suspend', '1001').code, 'home-unusable')
  } finally {
    chmodSync(join(home, 'master.v2.db'), 0o600)
    chmodSync(join(home, 'run'), 0o700)
  }
})

test('mistakes are told in one sentence, and the home is left alone', () => {
  assert.equal(bad('init').code, 'home-exists')
  assert.equal(bad('init', '--home', place).code, 'home-not-empty')
  assert.equal(bad('status', '--home', join(place, 'none')).code, 'no-home')
  assert.ok(!existsSync(join(place, 'none')))
  for (const words of [['--home'], ['--home='], ['--home', '', 'status']]) assert.equal(bad('status', ...words).code, 'usage')
  assert.match(bad('acount').message, /account/)
  assert.match(bad('help', 'acount').message, /account/)
  assert.equal(bad('events', '--since', '5').code, 'usage')
  assert.equal(bad('start', '--home', place).code, 'no-home')
  // Not that nothing runs there: nobody could say so of what is no home, or of one that he may not look into.
  assert.equal(bad('stop', '--home', place).code, 'no-home')
  assert.equal(bad('send', '--home', place).code, 'no-home')
  const nowhere = join(place, 'not-mounted')
  assert.equal(bad('backup', '--to', join(nowhere, 'mail.zip')).code, 'backup-unwritable')
  assert.ok(!existsSync(nowhere), 'a disk that is not mounted is not made a folder')
  const bundle = join(place, 'bundle.tar.gz')
  assert.match(bad('support-bundle', '--yes', '--to', bundle, '--log', nowhere).message, /not-mounted cannot be read/)
  assert.ok(!existsSync(bundle))
  assert.equal(bad('config', 'check', '--home', join(place, 'none')).code, 'no-home')
  assert.equal(bad('queue', 'delete').code, 'usage')
  assert.equal(bad('queue', 'delete', '--all').code, 'usage')
  assert.equal(bad('queue', 'show', 'x').code, 'usage')
  assert.equal(bad('account', 'suspend', '99').code, 'usage')
  assert.match(bad('account', 'quota', '1001').mend ?? '', /'hms account show 1001'/)
  assert.match(bad('credential', 'add', '1001', '--kind', 'key').message, /smtp, api, ses/)
  assert.match(bad('template', 'preview', 'x', '--data', '{x}').mend ?? '', /--data '\{/)
  assert.match(bad('account', 'set', '1001', '--return-path', 'no domain').message, /^"no domain" is no domain name/)
  assert.equal(bad('template', 'add', 'x', '--text', nowhere).message, `There is no file ${nowhere}.`)
  appendFileSync(join(home, 'config/hms.yaml'), 'smtp.listn: 127.0.0.1:25\n')
  const { code, message } = bad('config', 'check')
  assert.equal(code, 'config-invalid')
  assert.match(message, /smtp\.listen\?/)
  assert.equal(bad('status').code, 'config-invalid')
  assert.match(good('config', 'describe', 'smtp.listen'), /HMS_SMTP_LISTEN/)
})
