// Pickup folders on a real server: what is put there is delivered, without its envelope fields, once, over kills and restarts.
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { until } from '../testkit/patience.ts'
import { temporaryFolder } from '../testkit/spool-samples.ts'
import { startServer, type TestServer } from '../testkit/server.ts'
import { SmtpPeer } from '../testkit/smtp-peer.ts'

interface View {
  readonly on: boolean
  readonly folder: string
  readonly badmail: string
  readonly waiting: number | null
  readonly refused: number | null
}

function mail(n: number, more: readonly string[] = []): string {
  const envelope = ['X-Sender: <news@example.test>', `X-Receiver: <r${n}@one.test>`]
  return [...envelope, ...more, `X-xsMessageId: m-${n}`, 'From: news@example.test', `Subject: ${n}`, '', 'Hello.', ''].join('\n')
}

/** As `docs/guides/pickup.md` says. */
function put(folder: string, name: string, text: string): void {
  writeFileSync(join(folder, `${name}.tmp`), text)
  renameSync(join(folder, `${name}.tmp`), join(folder, `${name}.eml`))
}

async function pickupOf(server: TestServer): Promise<View> {
  const { id } = server.account
  return server.hms<View>('account', 'pickup', String(id), '--on')
}

const CONFIG = { 'pickup.rest': '20ms' } as const

test('files are delivered without their envelope fields; what is no mail is in badmail with the reason; off means off', async () => {
  await using peer = await SmtpPeer.start()
  await using server = await startServer({ config: CONFIG })
  const { id } = server.account
  await server.hms('route', 'set', '*', `smtp://127.0.0.1:${peer.port}`)
  const { folder, badmail, on } = await pickupOf(server)
  assert.ok(on)
  put(folder, 'two', mail(1, ['X-Receiver: r2@two.test']))
  put(folder, 'none', 'Subject: x\n\nHello.\n')
  put(folder, 'cr', mail(5, ['X-Name: a\rBcc: eve@two.test']))
  put(folder, 'address', mail(2).replace('r2@one.test', 'r2 at one.test'))
  symlinkSync('/etc/passwd', join(folder, 'link.eml'))
  await peer.waitForMessages(1)
  const [{ sender, recipients, data } = {}] = peer.messages
  assert.deepEqual([sender, recipients?.toSorted()], ['news@example.test', ['r1@one.test', 'r2@two.test']])
  assert.match(String(data), /\r\nSubject: 1\r\n\r\nHello\.\r\n$/)
  assert.doesNotMatch(String(data), /X-Sender|X-Receiver/i)
  await until(() => readdirSync(badmail).length === 8)
  assert.equal(
    readFileSync(join(badmail, 'none.eml.reason.txt'), 'utf8'),
    'none.eml: Its header has no X-Sender field, which says who sends it.\n',
  )
  assert.match(readFileSync(join(badmail, 'address.eml.reason.txt'), 'utf8'), /^address\.eml: X-Receiver r2 at one\.test: the address /)
  assert.match(readFileSync(join(badmail, 'cr.eml.reason.txt'), 'utf8'), /a CR within a line/)
  assert.match(readFileSync(join(badmail, 'link.eml.reason.txt'), 'utf8'), /symbolic link/)
  await until(() => readdirSync(folder).length === 0 && readdirSync(join(folder, '../taken')).length === 0)
  assert.match((await server.run('account', 'pickup', String(id))).stdout, /refused +4 files in/)

  const off = await server.hms<View>('account', 'pickup', String(id), '--off')
  put(folder, 'stays', mail(3))
  await server.stop()
  assert.deepEqual([off.on, readdirSync(folder)], [false, ['stays.eml']])
})

test('an account that is suspended has its files left where they are; they are taken when it may send again', async () => {
  await using server = await startServer({ config: CONFIG })
  const id = String(server.account.id)
  const { folder } = await pickupOf(server)
  await server.hms('account', 'state', id, 'suspended', '--reason', 'test')
  put(folder, 'a', mail(1))
  await server.hms('account', 'state', id, 'active')
  await server.until(({ accepted }) => accepted === 1)
  assert.deepEqual(readdirSync(folder), [])
})

/** The ids that callers gave, of all that is in the queue. */
async function queuedIds(server: TestServer): Promise<readonly (string | null)[]> {
  const { entries } = await server.call('queue.list', { selection: {}, limit: 1000 })
  return entries.map(({ clientId }) => clientId).toSorted()
}

const idsTo = (count: number): readonly string[] => Array.from({ length: count }, (_, n) => `m-${n}`).toSorted()

test('a worker that is killed between the commit and the end of a file, or before the commit, sends each file once', async () => {
  using folderOfTest = temporaryFolder()
  const crashFile = join(folderOfTest.path, 'crash')
  await using server = await startServer({ config: CONFIG, environment: { HMS_TEST_CRASH: crashFile } })
  await server.hms('route', 'set', '*', 'smtp://127.0.0.1:9')
  const { folder } = await pickupOf(server)
  let count = 0
  for (const point of ['pickup-moved', 'pickup-committed', 'pickup-committed 4'] as const) {
    writeFileSync(crashFile, point)
    for (let n = 0; n < 20; n++) put(folder, `f${count}`, mail(count++))
    await until(() => !existsSync(crashFile))
    await until(() => readdirSync(folder).length === 0 && readdirSync(join(folder, '../taken')).length === 0)
    assert.deepEqual(await queuedIds(server), idsTo(count), point)
  }
  assert.deepEqual(readdirSync(join(folder, '../badmail')), [])
})

test('of two workers one takes the files; where it is killed the other does, and no file is sent twice', async () => {
  await using server = await startServer({ config: CONFIG, workers: 2 })
  await server.hms('route', 'set', '*', 'smtp://127.0.0.1:9')
  const { folder } = await pickupOf(server)
  const count = 300
  for (let n = 0; n < count; n++) put(folder, `f${n}`, mail(n))
  for (const slot of [0, 1]) {
    await until(() => readdirSync(folder).length < count)
    await server.kill9(slot)
  }
  await until(() => readdirSync(folder).length === 0 && readdirSync(join(folder, '../taken')).length === 0)
  await server.until(({ queued, workers }) => workers.length === 2 && queued >= count)
  assert.deepEqual(await queuedIds(server), idsTo(count))
})
