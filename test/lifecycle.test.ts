// The life of a server by its management API: backups that are made, read again and tried, in the background, and looked at meanwhile.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { Secret, TOTP } from 'otpauth'
import type { OctetPiece } from '../src/contract/forms.ts'
import type { BackupTargetView, BackupView, CertificateView, LifecycleView, Run, SupportBundle } from '../src/contract/lifecycle.ts'
import type { LearnedReply, ReplyListVerdict } from '../src/contract/replies.ts'
import { callApi, type GivenCall } from '../testkit/management.ts'
import { until } from '../testkit/patience.ts'
import { startServer, type TestServer } from '../testkit/server.ts'

type Call = <T>(what: string, given?: GivenCall) => Promise<{ readonly status: number; readonly body: T }>

async function ownerOf(server: TestServer): Promise<Call> {
  const { secret: key } = await server.call('key.add', { name: 'owner', role: 'owner' })
  return (what, given = {}) => callApi(`http://127.0.0.1:${server.panelPort}`, what, { key, ...given })
}

/** Starts something, and waits for its end. */
async function over(call: Call, what: string, body?: unknown): Promise<Run> {
  const { status, body: begun } = await call<Run>(what, body === undefined ? {} : { body })
  assert.equal(status, 202, JSON.stringify(begun))
  assert.deepEqual([begun.ended, begun.by], [null, 'key:owner'])
  return until(async () => {
    const { body: run } = await call<Run>(`GET /lifecycle/runs/${begun.id}`)
    return run.ended === null ? undefined : run
  }, what)
}

test('backups are made, read again and tried by the API; what was changed is found', async () => {
  await using server = await startServer()
  const call = await ownerOf(server)
  const made = await over(call, 'POST /backups', { logs: false })
  assert.equal(made.failure, null, JSON.stringify(made.failure))
  const { file } = made.answer as BackupView
  const listed = async (): Promise<BackupView> => (await call<{ data: BackupView[] }>('GET /backups')).body.data[0] ?? assert.fail()
  assert.deepEqual([(await listed()).file, (await listed()).verifiedAt, (await listed()).there], [file, null, true])

  const verified = await over(call, 'POST /backups/verify', { file })
  assert.deepEqual([verified.subject, verified.failure], [file, null])
  assert.notEqual((await listed()).verifiedAt, null)
  const tried = await over(call, 'POST /restore/trial', { file, uncertain: 'hold' })
  const { dryRun, kept, server: rested } = tried.answer as { dryRun: boolean; kept: number; server: string }
  assert.deepEqual([tried.failure, dryRun, kept, rested], [null, true, 0, 'untouched'])

  const octets = readFileSync(file)
  octets[octets.length >> 1] = (octets[octets.length >> 1] ?? 0) ^ 0xff
  writeFileSync(file, octets)
  assert.equal((await over(call, 'POST /backups/verify', { file })).failure?.code, 'backup-damaged')
  // Of the machine's other files nothing is read.
  assert.ok(statSync('/etc/passwd').isFile())
  const foreign = await call<{ code: string }>('POST /restore/trial', { body: { file: '/etc/passwd' } })
  assert.deepEqual([foreign.status, foreign.body.code], [404, 'no-backup'])

  const { body: shown } = await call<LifecycleView>('GET /lifecycle')
  assert.deepEqual([shown.root, shown.change, shown.restore, shown.runtime], [null, null, null, process.versions.node])
  const { body: certificate } = await call<CertificateView>('GET /certificate')
  assert.deepEqual([certificate.isSelfSigned, certificate.renewedAt], [true, null])
  assert.match((await over(call, 'POST /certificate/order', {})).failure?.message ?? '', /which names the certificate is for/)
  const checks = (await over(call, 'POST /lifecycle/preflight')).answer as { check: string; ok: boolean }[]
  assert.ok(checks.some(({ ok }) => ok))
  const { body: all } = await call<{ data: Run[] }>('GET /lifecycle/runs')
  assert.deepEqual(
    all.data.map(({ kind }) => kind),
    ['preflight', 'certificate', 'backup-check', 'restore-trial', 'backup-check', 'backup'],
  )
  const { records } = await server.call('audit.list', { operation: 'backup.start' })
  assert.deepEqual([records[0]?.by, records[0]?.via], ['key:owner', 'api'])
})

test('backups go to folders that the configuration names, and to no other place', async () => {
  const usb = mkdtempSync(join(tmpdir(), 'hms-usb-'))
  try {
    await using server = await startServer({ config: { 'backup.targets': `usb=${usb},gone=/nowhere/at/all` } })
    const call = await ownerOf(server)
    const { body: targets } = await call<{ data: BackupTargetView[] }>('GET /backups/targets')
    assert.deepEqual(targets.data, [
      { name: 'gone', folder: '/nowhere/at/all', usable: false },
      { name: 'usb', folder: usb, usable: true },
    ])
    const made = await over(call, 'POST /backups', { target: 'usb' })
    assert.equal(made.failure, null, JSON.stringify(made.failure))
    assert.equal(dirname((made.answer as BackupView).file), usb)
    assert.equal((await over(call, 'POST /backups', { target: 'gone' })).failure?.code, 'backup-unwritable')
    for (const [target, status] of [
      ['other', 404],
      ['../usb', 404],
      [usb, 404],
    ] as const)
      assert.equal((await call('POST /backups', { body: { target } })).status, status, target)
    const left = await call<{ done: boolean; found: unknown[] }>('POST /lifecycle/cleanup', { body: { dryRun: true } })
    assert.deepEqual([left.status, left.body], [200, { done: false, found: [] }])
  } finally {
    rmSync(usb, { recursive: true, force: true })
  }
})

test('a support bundle is made, had whole as a stream or in pieces, and removed; nothing else of the home is', async () => {
  await using server = await startServer()
  const call = await ownerOf(server)
  const made = await over(call, 'POST /support')
  assert.equal(made.failure, null, JSON.stringify(made.failure))
  const id = made.subject ?? assert.fail()
  const { body: listed } = await call<{ data: SupportBundle[] }>('GET /support')
  assert.deepEqual(
    listed.data.map((one) => one.id),
    [id],
  )
  const { secret: key } = await server.call('key.add', { name: 'helper', role: 'owner' })
  const url = `http://127.0.0.1:${server.panelPort}/api/v1/support/${id}/octets`
  const response = await fetch(url, { headers: { authorization: `Bearer ${key}`, accept: 'application/gzip' } })
  const octets = Buffer.from(await response.arrayBuffer())
  assert.deepEqual([response.status, response.headers.get('content-type'), octets.length], [200, 'application/gzip', listed.data[0]?.size])
  assert.match(gunzipSync(octets).toString('latin1'), /README\.txt/)
  const { body: piece } = await call<OctetPiece>(`GET /support/${id}/octets?from=10`)
  assert.ok(Buffer.from(piece.octets, 'base64').equals(octets.subarray(10)))
  for (const other of ['..%2f..%2fconfig%2fhms.key', '20260101T000000Z', 'x'])
    assert.ok([400, 404].includes((await call(`GET /support/${other}/octets`)).status), other)
  assert.equal((await call(`GET /support/${id}/octets?from=${octets.length + 1}`)).status, 404)
  assert.equal((await call(`DELETE /support/${id}`)).status, 200)
  assert.equal((await call(`GET /support/${id}`)).status, 404)
})

test('a rule is made of a reply that no rule knows, and the lists are asked about it', async () => {
  await using server = await startServer()
  const call = await ownerOf(server)
  const lesson = { pattern: 'frobnicated by gizmo', code: 2004, site: 'example.test' }
  const tried = await call<LearnedReply>('POST /replies/learn', { body: { ...lesson, dryRun: true } })
  assert.deepEqual([tried.status, tried.body.added], [200, false])
  const learned = await call<LearnedReply>('POST /replies/learn', { body: { pattern: lesson.pattern, code: 2004 } })
  assert.equal(learned.body.line, 'frobnicated by gizmo~*~2004')
  // Where it lies on the server is nobody's business who calls from afar.
  assert.equal(learned.body.file, 'config/response_translations.list')
  const said = await call<ReplyListVerdict>('POST /replies/try', { body: { reply: '550 5.9.9 Frobnicated by gizmo' } })
  assert.deepEqual(said.body, { status: null, alert: null, wait: null, code: 2004 })
  for (const bad of [
    { pattern: 'a~*~b', code: 2004 },
    { pattern: '(', code: 2004 },
    { pattern: 'x', code: 17 },
    { reply: 9, code: 2004 },
    { form: 'there is none such', code: 2004 },
    { form: 'x', reply: 1, code: 2004 },
    { code: 2004 },
  ])
    assert.equal((await call('POST /replies/learn', { body: bad })).status, 400, JSON.stringify(bad))
  const { records } = await server.call('audit.list', { operation: 'replies.learn' })
  assert.deepEqual(
    records.map(({ by }) => by),
    ['key:owner'],
  )
})

test('who has a second factor shows it again before what changes the server itself', async () => {
  await using server = await startServer()
  const base = `http://127.0.0.1:${server.panelPort}`
  const { user, password } = server.admin
  const begun = await callApi(base, 'POST /login', { body: { user, password } })
  const session = { cookie: begun.headers.get('set-cookie')?.split(';')[0] ?? assert.fail(), origin: base }
  const change = { headers: session, body: { value: '31' } }
  // Nothing to show.
  assert.equal((await callApi(base, 'PUT /settings/events.days', change)).status, 200)
  const { secret } = (await callApi(base, 'POST /me/totp', { headers: session, body: { password } })).body as { secret: string }
  const code = new TOTP({ secret: Secret.fromBase32(secret) }).generate()
  const confirmed = await callApi(base, 'POST /me/totp/confirm', { headers: session, body: { code } })
  const { recoveryCodes } = confirmed.body as { recoveryCodes: string[] }
  const refused = await callApi(base, 'PUT /settings/events.days', change)
  assert.deepEqual([refused.status, (refused.body as { code: string }).code], [403, 'fresh-login-needed'])
  for (const what of [
    'POST /restore',
    'POST /lifecycle/upgrade',
    'POST /lifecycle/downgrade',
    'POST /lifecycle/uploads',
    'POST /support',
    'POST /lifecycle/cleanup',
  ]) {
    const { status, body } = await callApi(base, what, { headers: session, body: {} })
    assert.deepEqual([status, (body as { code: string }).code], [403, 'fresh-login-needed'], what)
  }
  assert.equal((await callApi(base, 'GET /settings/events.days', { headers: session })).status, 200)
  const { ticket } = (await callApi(base, 'POST /login', { body: { user, password } })).body as { ticket: string }
  const shown = await callApi(base, 'POST /login/totp', { body: { ticket, code: recoveryCodes[0] } })
  const fresh = { cookie: shown.headers.get('set-cookie')?.split(';')[0] ?? assert.fail(), origin: base }
  assert.equal((await callApi(base, 'PUT /settings/events.days', { ...change, headers: fresh })).status, 200)
})
