// What stops or replaces the server, started by its management API: restores and changes of version, followed over the change of process, by
// whichever version serves. Real processes; the other release is a copy of the program under another version.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash, generateKeyPairSync } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { AccountId } from '../src/base/brand.ts'
import type { BackupView, LifecycleView, ReleaseUpload, Run } from '../src/contract/lifecycle.ts'
import { callApi, type GivenCall, type Told } from '../testkit/management.ts'
import { Releases } from '../testkit/other-release.ts'
import { until } from '../testkit/patience.ts'
import { startServer, type TestServer } from '../testkit/server.ts'

type Call = (what: string, given?: GivenCall) => Promise<Told>

async function ownerOf(server: TestServer): Promise<Call> {
  const { secret: key } = await server.call('key.add', { name: 'owner', role: 'owner' })
  return (what, given = {}) => callApi(`http://127.0.0.1:${server.panelPort}`, what, { key, ...given })
}

/** While the desk is away, nobody answers, or a connection breaks. */
async function seen(call: Call, id: number): Promise<Run | null> {
  try {
    const { status, body } = await call(`GET /lifecycle/runs/${id}`)
    return status === 200 ? body : null
  } catch {
    return null
  }
}

/** Starts it, and follows it to its end. */
async function over(call: Call, what: string, body: unknown): Promise<{ readonly run: Run; readonly doings: ReadonlySet<string> }> {
  const begun = await call(what, { body })
  assert.equal(begun.status, 202, begun.text)
  const { id } = begun.body as Run
  const doings = new Set<string>()
  const run = await until(async () => {
    const now = await seen(call, id)
    if (now?.progress != null) doings.add(now.progress.doing)
    return now?.ended === null ? null : now
  }, what)
  return { run, doings }
}

async function backup(call: Call): Promise<string> {
  const { run } = await over(call, 'POST /backups', {})
  assert.equal(run.failure, null, JSON.stringify(run.failure))
  return (run.answer as BackupView).file
}

test('a restore that was started by the API outlasts the desk, and is told by the one that comes after it', async () => {
  await using server = await startServer()
  const call = await ownerOf(server)
  const file = await backup(call)
  const { id: account } = server.account
  await server.call('account.set', { id: account as AccountId, change: { name: 'After the backup' } })
  const desk = server.pidOf('desk')

  // Of those that stop the server one at a time.
  const both = await Promise.all([1, 2].map(() => call('POST /restore', { body: { file, settings: 'backup' } })))
  const [begun, second] = both.toSorted((a, b) => a.status - b.status)
  assert.ok(begun !== undefined && second !== undefined)
  assert.deepEqual([begun.status, second.status, (second.body as { code: string }).code], [202, 409, 'run-under-way'])
  const { id } = begun.body as Run
  const run = await until(async () => {
    const now = await seen(call, id)
    return now?.ended === null ? null : now
  }, 'the restore to end')
  assert.deepEqual([run.kind, run.subject, run.by, run.failure], ['restore', file, 'key:owner', null], JSON.stringify(run))
  const answer = run.answer as { readonly server: string; readonly settings: string }
  assert.deepEqual([answer.server, answer.settings], ['goes-on', 'backup'])
  assert.notEqual(server.pidOf('desk'), desk)
  const names = (await server.call('account.list', {})).map(({ name }) => name)
  assert.ok(!names.includes('After the backup'), `the settings are those of the backup: ${names.join(', ')}`)
  assert.deepEqual(readdirSync(join(server.home, 'lifecycle/runs')), [`${id}.json`])

  await server.stop()
  await server.startAgain()
  assert.deepEqual(await seen(call, id), run)
  const foreign = await call('POST /restore', { body: { file: '/etc/passwd' } })
  assert.deepEqual([foreign.status, (foreign.body as { code: string }).code], [404, 'no-backup'])
})

test('a run whose process was killed says so, the server finishes what was begun, and the next may begin', async () => {
  const crashFile = join(tmpdir(), `hms-crash-run-${process.pid}`)
  await using server = await startServer({ environment: { HMS_TEST_CRASH: crashFile } })
  const call = await ownerOf(server)
  const file = await backup(call)
  writeFileSync(crashFile, 'restore-swapping')
  const { run } = await over(call, 'POST /restore', { file, settings: 'backup' })
  assert.ok(!existsSync(crashFile))
  assert.deepEqual([run.failure?.code, run.answer], ['run-cut-off', null])
  await server.until(({ workers }) => workers.length === 1)
  assert.equal(((await call('GET /lifecycle')).body as LifecycleView).restore, null)
  const again = await over(call, 'POST /restore', { file })
  assert.equal(again.run.failure, null, JSON.stringify(again.run.failure))
})

test('up and down again by the API: the run goes on over the hand-over, and either version tells it', { timeout: 600_000 }, async () => {
  using releases = new Releases()
  const install = (version: string): void => {
    const { folder } = releases.make(version)
    execFileSync(join(folder, 'hms'), ['install', folder, '--to', releases.root, '--unsigned', '--json'])
  }
  install('1.0.0')
  await using server = await startServer({ program: join(releases.root, 'current/hms'), config: { 'upgrade.grace': '5s' } })
  const call = await ownerOf(server)
  const current = (): string => readlinkSync(join(releases.root, 'current'))
  const absent = await call('POST /lifecycle/upgrade', { body: { version: '1.1.0' } })
  assert.deepEqual([absent.status, (absent.body as { code: string }).code], [404, 'no-version'])
  install('1.1.0')

  const up = await over(call, 'POST /lifecycle/upgrade', { version: '1.1.0' })
  assert.equal(up.run.failure, null, JSON.stringify(up.run.failure))
  assert.deepEqual([up.run.kind, up.run.subject, up.run.by], ['upgrade', '1.1.0', 'key:owner'])
  const { from, to, handedOver } = up.run.answer as { from: string; to: string; handedOver: boolean }
  assert.deepEqual([from, to, handedOver, current()], ['1.0.0', '1.1.0', true, 'versions/1.1.0'])
  assert.ok(up.doings.size > 0, 'nothing was told on the way')
  const { body: shown } = (await call('GET /lifecycle')) as { body: LifecycleView }
  assert.deepEqual([shown.version, shown.change?.outcome], ['1.1.0', 'done'])

  const same = await over(call, 'POST /lifecycle/upgrade', { version: '1.1.0' })
  assert.equal(same.run.failure?.code, 'usage')
  const down = await over(call, 'POST /lifecycle/downgrade', { version: '1.0.0' })
  assert.equal(down.run.failure, null, JSON.stringify(down.run.failure))
  assert.deepEqual([(await server.status()).version, current()], ['1.0.0', 'versions/1.0.0'])
  const { body: all } = (await call('GET /lifecycle/runs')) as { body: { data: Run[] } }
  assert.deepEqual(
    all.data.map(({ kind, subject }) => `${kind} ${subject}`),
    ['downgrade 1.0.0', 'upgrade 1.1.0', 'upgrade 1.1.0'],
  )
})

const PIECE = 1024 * 1024

/** Sends a file as the guide says it; gives its number. */
async function sent(call: Call, file: string): Promise<number> {
  const octets = readFileSync(file)
  const sha256 = createHash('sha256').update(octets).digest('hex')
  const { status, body, text } = await call('POST /lifecycle/uploads', { body: { size: octets.length, sha256 } })
  assert.equal(status, 201, text)
  const { id } = body as ReleaseUpload
  for (let from = 0; from < octets.length; from += PIECE) {
    const piece = await call(`POST /lifecycle/uploads/${id}/pieces`, {
      body: { from, octets: octets.subarray(from, from + PIECE).toString('base64') },
    })
    assert.equal(piece.status, 201, piece.text)
  }
  return id
}

test(
  'a signed release is sent, checked and taken by the API; one that no placed key signed changes nothing',
  { timeout: 600_000 },
  async () => {
    using releases = new Releases()
    const { folder } = releases.make('1.0.0')
    execFileSync(join(folder, 'hms'), ['install', folder, '--to', releases.root, '--unsigned', '--json'])
    await using server = await startServer({ program: join(releases.root, 'current/hms'), config: { 'upgrade.grace': '5s' } })
    const call = await ownerOf(server)
    const { publicKey, privateKey } = generateKeyPairSync('ed25519')
    mkdirSync(join(server.home, 'config/keys'))
    writeFileSync(join(server.home, 'config/keys/maker.pub'), publicKey.export({ type: 'spki', format: 'pem' }))
    const file = await releases.archive(releases.make('1.1.0'), privateKey)
    const id = await sent(call, file)
    const { body: upload } = (await call(`GET /lifecycle/uploads/${id}`)) as { body: ReleaseUpload }
    assert.deepEqual(upload.release, { version: '1.1.0', signedBy: 'maker.pub' })

    const checked = await over(call, 'POST /lifecycle/preflight', { upload: id })
    assert.equal(checked.run.subject, '1.1.0')
    const checks = checked.run.answer as { check: string; ok: boolean; found: string }[]
    assert.match(checks.find(({ check }) => check === 'release')?.found ?? '', /version 1\.1\.0 .*signed by maker\.pub/)
    // Its signature was right when it came; the file is read again before anything is done with it.
    const place = join(server.home, 'lifecycle/uploads', String(id), 'release.tar.gz')
    const octets = readFileSync(place)
    const other = readFileSync(await releases.archive(releases.make('1.2.0'), generateKeyPairSync('ed25519').privateKey))
    // One that is shorter is not whole any more, and counts as no upload.
    writeFileSync(place, Buffer.concat([other, Buffer.alloc(Math.max(0, octets.length - other.length))]))
    const refused = await over(call, 'POST /lifecycle/upgrade', { upload: id })
    assert.match(refused.run.failure?.code ?? '', /^release-/)
    assert.equal((await server.status()).version, '1.0.0')
    writeFileSync(place, octets)

    const { run } = await over(call, 'POST /lifecycle/upgrade', { upload: id })
    assert.equal(run.failure, null, JSON.stringify(run.failure))
    assert.equal((await server.status()).version, '1.1.0')
    assert.equal((await call(`DELETE /lifecycle/uploads/${id}`)).status, 200)
    assert.deepEqual(readdirSync(join(server.home, 'lifecycle/uploads')), [])
    const { records } = await server.call('audit.list', { operation: 'upload.add' })
    assert.match(JSON.stringify(records), /version 1\.1\.0, signed by maker\.pub/)
    assert.ok(JSON.stringify(records).length < 10_000, 'the audit holds no octets')
  },
)

test('neither a weaker role nor a narrower key begins any of it, and a piece that is cut off in the middle is not there', async () => {
  await using server = await startServer()
  const call = await ownerOf(server)
  mkdirSync(join(server.home, 'config/keys'))
  const { publicKey } = generateKeyPairSync('ed25519')
  writeFileSync(join(server.home, 'config/keys/maker.pub'), publicKey.export({ type: 'spki', format: 'pem' }))
  assert.deepEqual(((await call('GET /lifecycle')).body as LifecycleView).keys, ['maker.pub'])
  const asked = { size: 3_000_000, sha256: 'ab'.repeat(32) }
  const { body: upload } = (await call('POST /lifecycle/uploads', { body: asked })) as { body: ReleaseUpload }
  const piece = { from: 0, octets: Buffer.alloc(1_000_000).toString('base64') }
  const writes: [string, unknown][] = [
    ['POST /restore', { file: '/x' }],
    ['POST /lifecycle/upgrade', { version: '1.1.0' }],
    ['POST /lifecycle/downgrade', { version: '0.9.0' }],
    ['POST /lifecycle/uploads', asked],
    [`POST /lifecycle/uploads/${upload.id}/pieces`, piece],
    [`DELETE /lifecycle/uploads/${upload.id}`, undefined],
    ['POST /lifecycle/cleanup', {}],
    ['POST /support', undefined],
  ]
  const base = `http://127.0.0.1:${server.panelPort}`
  for (const weaker of [
    { role: 'viewer' },
    { role: 'administrator' },
    { role: 'owner', scopes: ['lifecycle:read', 'queue:write'] },
  ] as const) {
    const name = `${weaker.role}-${'scopes' in weaker}`
    const { secret: key } = await server.call('key.add', { name, ...weaker })
    for (const [what, body] of writes) assert.equal((await callApi(base, what, { key, body })).status, 403, `${name} ${what}`)
  }
  // The connection breaks in the middle of a body.
  const { secret: key } = await server.call('key.add', { name: 'sender', role: 'owner' })
  const body = JSON.stringify(piece)
  const socket = connect(server.panelPort, '127.0.0.1')
  const head = [`POST /api/v1/lifecycle/uploads/${upload.id}/pieces HTTP/1.1`, 'Host: x', `Authorization: Bearer ${key}`]
  const cut = [...head, 'Content-Type: application/json', `Content-Length: ${body.length}`, '', body.slice(0, 900_000)].join('\r\n')
  await new Promise((resolve) => socket.write(cut, resolve))
  socket.destroy()
  const received = async (): Promise<number> => ((await call(`GET /lifecycle/uploads/${upload.id}`)).body as ReleaseUpload).received
  assert.equal(await received(), 0)
  const beyond = { from: 0, octets: Buffer.alloc(3_000_001).toString('base64') }
  assert.equal((await call(`POST /lifecycle/uploads/${upload.id}/pieces`, { body: beyond })).status, 409)
  const large = { from: 0, octets: 'A'.repeat(7 * 1024 * 1024) }
  assert.equal((await call(`POST /lifecycle/uploads/${upload.id}/pieces`, { body: large })).status, 413)
  assert.equal((await call(`POST /lifecycle/uploads/${upload.id}/pieces`, { body: piece })).status, 201)
  assert.equal(await received(), 1_000_000)
})
