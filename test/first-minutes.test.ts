// A new user's first minutes, as the README has them: one line starts a server that was never set up, and what it prints works.
import assert from 'node:assert/strict'
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createTransport } from 'nodemailer'
import { freePort } from '../bench/load.ts'
import type { Status } from '../src/contract/operations.ts'
import type { NumberedEvent } from '../src/contract/events.ts'
import { PATIENCE_MS, until } from '../testkit/patience.ts'

const HMS = join(import.meta.dirname, '../hms')
const place = mkdtempSync(join(tmpdir(), 'hms-first-'))
const home = join(place, 'home')
let server: ChildProcess
let env: NodeJS.ProcessEnv
let printed = ''

interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

function run(program: string, words: readonly string[], input = ''): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(program, words, { env, timeout: PATIENCE_MS }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr })
    })
    child.stdin?.end(input)
  })
}
const hms = (...words: string[]): Promise<Ended> => run(HMS, words)

function field(name: string, pattern: string): string {
  const found = new RegExp(`^${name}\\s+${pattern}`, 'm').exec(printed)
  assert.ok(found?.[1], `the first start did not print ${name}:\n${printed}`)
  return found[1]
}

before(async () => {
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('HMS_')))
  env = {
    ...inherited,
    HMS_HOME: home,
    HMS_HOST_NAME: 'mta.hms.test',
    HMS_SMTP_LISTEN: `127.0.0.1:${await freePort()}`,
    HMS_INJECT_LISTEN: `127.0.0.1:${await freePort()}`,
    HMS_PANEL_LISTEN: `127.0.0.1:${await freePort()}`,
    HMS_SIMULATOR_LISTEN: `127.0.0.1:${await freePort()}`,
  }
  server = spawn(HMS, ['start'], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let log = ''
  server.stdout?.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  server.stderr?.on('data', (chunk: Buffer) => (log += chunk.toString()))
  const ready = `http://${env['HMS_PANEL_LISTEN']}/readyz`
  const isReady = async (): Promise<boolean> => {
    assert.equal(server.exitCode, null, log)
    return (await fetch(ready).catch(() => undefined))?.status === 200
  }
  await until(isReady, () => log)
})

after(async () => {
  if (server.exitCode === null && server.signalCode === null) {
    server.kill('SIGKILL')
    await once(server, 'exit')
  }
  rmSync(place, { recursive: true, force: true, maxRetries: 5 })
})

test('hms send follows a message to its end, whatever the end', async () => {
  const sent = await hms('send', '--json')
  assert.equal(sent.code, 0, sent.stderr)
  const { events } = JSON.parse(sent.stdout) as { events: NumberedEvent[] }
  assert.deepEqual(
    events.map(({ kind }) => kind),
    ['accepted', 'delivered'],
  )
  assert.match((await hms('send')).stdout, /Delivered/)
  const bounced = await hms('send', '--to', 'bounce@simulator.hms.test')
  assert.equal(bounced.code, 1, bounced.stdout + bounced.stderr)
  assert.match(bounced.stdout, /failed/)
  const deferred = await hms('send', '--to', 'defer@simulator.hms.test')
  assert.equal(deferred.code, 75, deferred.stdout + deferred.stderr)
  assert.match((await hms('credential', 'ls')).stdout, /^first /m)
  assert.doesNotMatch((await hms('credential', 'ls')).stdout, /hms-send/)
})

test('the line for swaks that was printed works as it is', async () => {
  const line = /^ {2}(swaks [^\n]*)\\\n {4}([^\n]*)$/m.exec(printed)
  assert.ok(line, printed)
  const swaks = await run('/bin/sh', ['-c', `${line[1]} ${line[2]}`])
  assert.equal(swaks.code, 0, swaks.stdout + swaks.stderr)
  assert.match(swaks.stdout, /250 2\.6\.0 Message received and queued\./)
})

test('the line for curl that was printed works as it is', async () => {
  const line = /^ {2}curl (\S+) -H '([^:]*): ([^']*)' -H '([^:]*): ([^']*)' \\\n {4}-d '([^\n]*)'$/m.exec(printed)
  assert.ok(line, printed)
  const [, url = '', name = '', key = '', other = '', type = '', body = ''] = line
  const answer = await fetch(url, { method: 'POST', headers: { [name]: key, [other]: type }, body })
  assert.equal(answer.status, 202, await answer.clone().text())
  assert.match(await answer.text(), /"status":"queued"/)
})

test('nodemailer and smtplib send with TLS and a login', async () => {
  const [user, password] = [field('first account', '\\d+\\s+user (\\S+)'), field('first account', '.*password (\\S+)')]
  const port = Number(field('SMTP', '127\\.0\\.0\\.1:(\\d+)'))
  const transport = createTransport({
    host: '127.0.0.1',
    port,
    requireTLS: true,
    auth: { user, pass: password },
    tls: { rejectUnauthorized: false },
  })
  const info = await transport.sendMail({ from: 'a@example.com', to: 'success@simulator.hms.test', subject: 'nodemailer', text: 'hello' })
  assert.match(info.response, /^250 2\.6\.0/)
  transport.close()
  const script = `
import smtplib, ssl, sys
with smtplib.SMTP('127.0.0.1', ${port}) as server:
    server.starttls(context=ssl._create_unverified_context())
    server.login(sys.argv[1], sys.argv[2])
    server.sendmail('a@example.com', ['success@simulator.hms.test'], 'Subject: smtplib\\r\\n\\r\\nhello\\r\\n')
`
  const python = await run('/usr/bin/python3', ['-c', script, user, password])
  assert.equal(python.code, 0, python.stderr)
})

test('status, queue, events and log tell of all that', async () => {
  let shown = ''
  await until(
    async () => {
      shown = (await hms('status', '--json')).stdout
      const { delivered, failed, deferred, queued } = JSON.parse(shown) as Status
      return delivered >= 5 && failed >= 1 && deferred >= 1 && queued === 1
    },
    () => shown,
  )
  assert.match((await hms('queue', 'ls')).stdout, /defer@simulator\.hms\.test/)
  assert.match((await hms('events', '--kind', 'failed')).stdout, /bounce@simulator\.hms\.test/)
  assert.match((await hms('log', '1001')).stdout, /success@simulator\.hms\.test/)
  const removed = await hms('queue', 'delete', '--domain', 'simulator.hms.test', '--json')
  assert.deepEqual(JSON.parse(removed.stdout), { recipients: 1 })
})

test('the preflight knows the addresses of the running server as its own, and changes nothing', async () => {
  const { code, stdout } = await hms('doctor', '--preflight', '--json')
  const checks = JSON.parse(stdout) as { check: string; ok: boolean; found: string; needed: string; mend: string | null }[]
  assert.deepEqual(
    checks.filter(({ ok }) => !ok).map(({ check, found }) => `${check}: ${found}`),
    [],
  )
  assert.equal(code, 0)
  assert.match(checks.find(({ check }) => check === 'ports')?.found ?? '', /ours \(process \d+\)/)
  assert.match(checks.find(({ check }) => check === 'write barrier')?.found ?? '', /fdatasync takes/)
  assert.match((await hms('doctor', '--preflight')).stdout, /^ok +platform +found +.*\n +needs +Linux/m)
})

test('doctor finds nothing that fails, and no listener relays', async () => {
  const { code, stdout } = await hms('doctor', '--spool')
  assert.equal(code, 0, stdout)
  assert.match(stdout, /ok\s+relay\s+127\.0\.0\.1:\d+ takes nothing for strangers/)
  assert.match(stdout, /ok\s+spool/)
})

test('a second start is refused in one sentence; stop ends it with exit code 0', async () => {
  const second = await hms('start')
  assert.notEqual(second.code, 0)
  assert.match(second.stderr, /Another hms is running on the home/)
  const ended = once(server, 'exit')
  const stopped = await hms('stop')
  assert.equal(stopped.code, 0, stopped.stderr)
  assert.deepEqual(await ended, [0, null])
  assert.match((await hms('status')).stdout, /stopped/)
  assert.ok(readFileSync(join(home, 'config/hms.yaml'), 'utf8').includes('smtp.listen'))
})
