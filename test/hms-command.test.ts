// The `hms` command as a person and a script use it, on a home where no server runs.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { appendFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
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
  }
  assert.equal(good(), help)
  assert.deepEqual(bad('queue'), { code: 'usage', message: 'Say what to do.', mend: 'Add --help to see what there is.' })
})

test('settings are steered while the server is stopped', () => {
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
  good('domain', 'add', 'example.com', '1001')
  good('domain', 'verify', 'example.com', '--force')
  const { record } = JSON.parse(good('dkim', 'create', 'example.com', '--selector', 's1', '--json')) as { record: { name: string } }
  assert.equal(record.name, 's1._domainkey.example.com')
})

test('what can be read is read while it is stopped', () => {
  const status = JSON.parse(good('status', '--json')) as Record<string, unknown>
  for (const name of ['queued', 'accepted', 'delivered', 'deferred', 'failed']) assert.equal(status[name], 0)
  assert.match(good('queue', 'ls'), /empty/)
  assert.match(good('events'), /No events/)
  assert.equal(bad('stop').code, 'not-running')
  assert.equal(bad('send').code, 'not-running')
})

test('mistakes are told in one sentence, and the home is left alone', () => {
  assert.equal(bad('init').code, 'home-exists')
  assert.equal(bad('init', '--home', place).code, 'home-not-empty')
  assert.equal(bad('status', '--home', join(place, 'none')).code, 'no-home')
  assert.ok(!existsSync(join(place, 'none')))
  for (const words of [['--home'], ['--home='], ['--home', '', 'status']]) assert.equal(bad('status', ...words).code, 'usage')
  assert.match(bad('acount').message, /account/)
  assert.equal(bad('queue', 'delete').code, 'usage')
  assert.equal(bad('queue', 'show', 'x').code, 'usage')
  assert.equal(bad('account', 'suspend', '99').code, 'usage')
  appendFileSync(join(home, 'config/hms.yaml'), 'smtp.listn: 127.0.0.1:25\n')
  const { code, message } = bad('config', 'check')
  assert.equal(code, 'config-invalid')
  assert.match(message, /smtp\.listen\?/)
  assert.equal(bad('status').code, 'config-invalid')
  assert.match(good('config', 'describe', 'smtp.listen'), /HMS_SMTP_LISTEN/)
})
