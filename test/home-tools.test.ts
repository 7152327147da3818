// What the management API does of the commands that look at the installation: checks, a test message, logs, TLS of a domain, live dialogs, and
// the merge of a new default.
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { AccountId } from '../src/base/brand.ts'
import { API_BASE } from '../src/contract/management.ts'
import type { ConfigMerge, DoctorCheck, FollowedLine, TestMessage } from '../src/contract/home-tools.ts'
import { refreshConfig } from '../src/lifecycle/config/refresh.ts'
import { callApi, type GivenCall, type Told } from '../testkit/management.ts'
import { until } from '../testkit/patience.ts'
import { startServer, type TestServer } from '../testkit/server.ts'
import { SmtpClient } from '../testkit/smtp-client.ts'

type Call = (what: string, given?: GivenCall) => Promise<Told>

async function caller(server: TestServer, name: string, account?: AccountId): Promise<{ call: Call; secret: string }> {
  const { secret } = await server.call('key.add', {
    name,
    role: account === undefined ? 'owner' : 'administrator',
    ...(account && { account }),
  })
  return { secret, call: (what, given = {}) => callApi(`http://127.0.0.1:${server.panelPort}`, what, { key: secret, ...given }) }
}

const as = <T>({ status, body, text }: Told, expected = 200): T => {
  assert.equal(status, expected, text)
  return body as T
}

/** Lines of a stream as they come, until `holds`. */
async function watched(server: TestServer, secret: string, holds: (lines: readonly FollowedLine[]) => boolean, more: () => Promise<void>) {
  const ending = new AbortController()
  const headers = { authorization: `Bearer ${secret}`, accept: 'text/event-stream' }
  const response = await fetch(`http://127.0.0.1:${server.panelPort}${API_BASE}/trace?way=in`, { headers, signal: ending.signal })
  assert.equal(response.status, 200)
  let text = ''
  const lines = (): readonly FollowedLine[] => [...text.matchAll(/^data: (.*)$/gm)].map(([, json = '']) => JSON.parse(json) as FollowedLine)
  const reading = (async () => {
    for await (const piece of response.body ?? []) text += Buffer.from(piece).toString()
  })().catch(() => {})
  await until(
    async () => {
      await more()
      return holds(lines())
    },
    () => text.slice(-2000),
  )
  ending.abort()
  await reading
  return { lines: lines(), text }
}

test('the installation is looked at by HTTP: checks, a test message to its end, logs, dialogs, TLS of a domain', async () => {
  await using server = await startServer({ workers: 2, config: { 'smtp.plain_auth': 'true' } })
  const { call, secret } = await caller(server, 'all')
  const { checks } = as<{ ok: boolean; checks: readonly DoctorCheck[] }>(await call('POST /doctor', { body: { spool: true } }))
  for (const name of ['config', 'formats', 'ports', 'relay', 'spool'])
    assert.equal(checks.find((one) => one.name === name)?.state, 'ok', name)
  assert.ok(checks.every(({ state, mend }) => state !== 'fail' || mend !== null))

  const sent = as<TestMessage>(await call('POST /messages/test', { body: { subject: 'Räder', text: 'Line\nline' } }), 201)
  assert.equal(sent.account, server.account.id)
  await until(async () => {
    const { message } = sent
    const { data } = as<{ data: readonly { kind: string }[] }>(await call(`GET /events?message=${message}`))
    return data.some(({ kind }) => kind === 'delivered')
  }, 'delivered')
  assert.equal((await call('POST /messages/test', { body: { to: ['no address'] } })).status, 400)
  const refused = await call('POST /messages/test', { body: { account: 4711 } })
  assert.deepEqual([refused.status, (refused.body as { code: string }).code], [404, 'no-account'])

  const login = Buffer.from(`\0${server.account.user}\0${server.account.password}`).toString('base64')
  const talk = async (): Promise<void> => {
    using client = await SmtpClient.open(server.smtpPort)
    assert.equal((await client.command(`AUTH PLAIN ${login}`)).code, 235)
    await client.command('MAIL FROM:<watched@example.org>')
  }
  const seen = (workers: readonly FollowedLine[]): boolean => workers.some(({ text }) => text.includes('watched@example.org'))
  const { lines, text } = await watched(server, secret, seen, talk)
  assert.ok(lines.some((line) => line.text === 'AUTH PLAIN (credentials)'))
  assert.ok(!text.includes(login))
  assert.ok(lines.every(({ way }) => way === 'in'))
  assert.equal((await call('GET /trace?address=nowhere')).status, 400)
  assert.equal((await call('GET /trace?after=bm90aGluZw')).status, 400)

  as(await call('PUT /routes/d.test', { body: { url: 'smtp://127.0.0.1:9' } }))
  const trust = as<{ route: { pattern: string }; would: readonly string[] }>(await call('GET /trust/d.test'))
  assert.equal(trust.route.pattern, 'd.test')
  assert.match(trust.would[0] ?? '', /by the route d\.test/)
})

test('logs are read backwards in pages, closed days too, each account its own', async () => {
  await using server = await startServer()
  const { call } = await caller(server, 'all')
  const folder = join(server.home, 'accounts/1000/logfiles')
  mkdirSync(folder, { recursive: true })
  const all = Array.from({ length: 25 }, (_, i) => `line ${i}`)
  writeFileSync(join(folder, '20260101Processed.log'), all.map((line) => `${line}\n`).join(''))
  writeFileSync(join(folder, '20260102Processed.log.gz'), gzipSync(all.map((line) => `${line}\n`).join('')))
  for (const day of ['20260101', '20260102']) {
    const found: string[] = []
    let next: string | null = ''
    for (let pages = 0; next !== null; pages++) {
      assert.ok(pages < 4)
      const page: { data: readonly string[]; next: string | null } = as(
        await call(`GET /accounts/1000/log?day=${day}&limit=10${next === '' ? '' : `&after=${next}`}`),
      )
      found.push(...page.data)
      next = page.next
    }
    assert.deepEqual(found.toReversed(), all, day)
  }
  assert.deepEqual(as(await call('GET /accounts/1000/log?day=20250101')), { data: [], next: null })
  assert.equal((await call('GET /accounts/1000/log?day=../../../..')).status, 400)
  assert.equal((await call('GET /accounts/4711/log')).status, 404)
  const own = await caller(server, 'own', server.account.id as AccountId)
  assert.equal((await own.call('GET /accounts/1000/log?day=20260101')).status, 404)
  assert.deepEqual(as(await own.call(`GET /accounts/${server.account.id}/log?day=20260101`)), { data: [], next: null })
  assert.equal((await own.call('GET /trace')).status, 403)
})

test('a new default beside the configuration is merged by HTTP, where nobody changed it meanwhile', async () => {
  await using server = await startServer()
  const { call } = await caller(server, 'all')
  const nothing = as<ConfigMerge>(await call('GET /settings/merge'))
  assert.equal(nothing.isPending, false)
  const file = join(server.home, 'config/hms.yaml')
  const before = readFileSync(file, 'utf8')
  writeFileSync(file, before.replace('#logs.days: 30', 'logs.days: 90'))
  const shipped = before.replace('#logs.days: 30', '#logs.days: 14')
  refreshConfig(server.home, { version: '7.0.0', files: new Map([['hms.yaml', shipped]]) })
  const shown = await call('GET /settings/merge')
  const { conflicts, isPending } = as<ConfigMerge>(shown)
  assert.deepEqual([isPending, conflicts.map(({ id, taken }) => [id, taken])], [true, [['logs.days', null]]])
  const files = as<{ data: readonly { beside: string | null }[] }>(await call('GET /settings/files'))
  assert.equal(files.data[0]?.beside, 'config/_new_hms.yaml')
  const open = await call('POST /settings/merge', { body: {} })
  assert.deepEqual([open.status, (open.body as { code: string }).code], [409, 'config-conflicts'])
  assert.equal((await call('POST /settings/merge', { body: { take: { workers: 'mine' }, rest: 'mine' } })).status, 400)
  assert.equal((await call('POST /settings/merge', { body: { rest: 'mine' }, headers: { 'if-match': '"other"' } })).status, 412)
  const dry = as<ConfigMerge>(await call('POST /settings/merge', { body: { take: { 'logs.days': 'theirs' }, dryRun: true } }))
  assert.deepEqual([dry.merged, dry.conflicts[0]?.taken], [false, 'theirs'])
  assert.match(readFileSync(file, 'utf8'), /^logs\.days: /m)
  const etag = shown.headers.get('etag') ?? ''
  const done = as<ConfigMerge>(
    await call('POST /settings/merge', { body: { take: { 'logs.days': 'theirs' } }, headers: { 'if-match': etag } }),
  )
  assert.ok(done.merged)
  assert.match(readFileSync(file, 'utf8'), /^#logs\.days: 14$/m)
  assert.equal(as<ConfigMerge>(await call('GET /settings/merge')).isPending, false)
})
