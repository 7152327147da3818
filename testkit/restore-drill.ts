// What the restore drill is made of: a server with a backup, mail since, and what has to come of it (test/restore.test.ts).
import assert from 'node:assert/strict'
import { createReadStream, readdirSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { TestContext } from 'node:test'
import { ZipWriter } from '../src/lifecycle/backup/zip-writer.ts'
import { LoadApart, SinkApart } from './apart.ts'
import { startServer, type TestServer } from './server.ts'
import { PATIENCE_MS } from './patience.ts'

export interface Report {
  readonly kept: number
  readonly restored: number
  readonly alreadyDelivered: number
  readonly deleted: number
  readonly uncertain: number
  readonly lost: readonly { readonly message: string; readonly recipient: string; readonly account: number }[]
  readonly missing: Report['lost']
  readonly doubts: readonly string[]
  readonly aside: string | null
  readonly server: 'none' | 'goes-on' | 'stopped' | 'untouched'
  readonly secretsLost: readonly string[]
  readonly differences: readonly { readonly kind: string; readonly key: string; readonly backup: string }[]
}

/** A server with a backup, of which a part was delivered since and to which more was added. */
export interface Drill extends AsyncDisposable {
  readonly server: TestServer
  readonly sink: SinkApart
  readonly backup: string
  readonly before: readonly string[]
  readonly all: readonly string[]
}

/** How many messages before the backup and since, to a.test and to b.test. */
const SMALL = { before: { a: 40, b: 20 }, since: { a: 30, b: 20 } }
const LONG = process.argv.includes('--long')
export const DRILL = LONG ? { before: { a: 5000, b: 2000 }, since: { a: 10_000, b: 10_000 } } : SMALL
export const PATIENCE = LONG ? 600_000 : PATIENCE_MS
const RETRY = LONG ? '10m' : '1s'
const WAITING = ['one.b.test', 'two.b.test', 'three.b.test']

export async function accept(server: TestServer, domain: string, count: number): Promise<readonly string[]> {
  // Of the first some have their bodies beside the shard.
  const size = domain.startsWith('one.') ? 40_000 : 1000
  await using load = await LoadApart.start({ port: server.smtpPort, connections: LONG ? 20 : 4, domain, size })
  await load.more(count, PATIENCE)
  return await load.stop()
}

/** What goes to a.test is delivered as soon as it is allowed; what goes to b.test waits until the end. */
export async function drill(workers = 2, environment: Readonly<Record<string, string>> = {}, { before, since } = SMALL): Promise<Drill> {
  await using opened = new AsyncDisposableStack()
  const sink = opened.use(await SinkApart.start())
  const config = { 'delivery.retry_first': RETRY, 'delivery.retry_longest': RETRY } as const
  const server = opened.use(await startServer({ workers, environment, config }))
  await server.call('relay.allow', { cidr: '127.0.0.1' })
  await server.call('route.set', { pattern: '*', url: 'smtp://127.0.0.1:9' })
  const first = [...(await accept(server, 'one.a.test', before.a)), ...(await accept(server, 'one.b.test', before.b))]
  const { file } = await server.hms<{ file: string }>('backup')
  await server.call('route.set', { pattern: '*.a.test', url: `smtp://127.0.0.1:${sink.port}` })
  await server.hms('queue', 'retry', '--domain', 'one.a.test')
  const all = [...first, ...(await accept(server, 'two.a.test', since.a)), ...(await accept(server, 'two.b.test', since.b))]
  assert.deepEqual(await sink.missing(all.filter((recipient) => recipient.endsWith('.a.test'))), [])
  const waiting = all.filter((recipient) => recipient.endsWith('.b.test')).length
  await server.until(({ queued }) => queued === waiting, PATIENCE)
  const kept = opened.move()
  return { server, sink, backup: file, before: first, all, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

/** Lets everything out, and compares what came with what was accepted. */
export async function assertAllComesOnce({ server, sink, all }: Drill, lost: Report['lost']): Promise<void> {
  // What one of them has is a part of the queue: it may take a while on a busy machine.
  await server.until(({ alerts }) => !alerts.some(({ what }) => /^Worker \d+ does not answer/.test(what)), PATIENCE)
  await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${sink.port}` })
  for (const domain of WAITING) await server.hms('queue', 'retry', '--domain', domain)
  const named = new Set(lost.map(({ recipient }) => recipient))
  assert.deepEqual(await sink.missing(all.filter((recipient) => !named.has(recipient))), [])
  await server.until(({ queued }) => queued === 0, PATIENCE)
  await assertTotalsHold(server)
  const { times, repeated } = await sink.taken()
  assert.equal(repeated, 0, 'nothing came twice')
  assert.deepEqual(
    [...named].filter((recipient) => times.has(recipient)),
    [],
    'what is named as lost did not come',
  )
  const expected = new Set(all)
  assert.deepEqual(
    [...times.keys()].filter((recipient) => !expected.has(recipient)),
    [],
    'nothing came that nobody sent',
  )
}

/** What was accepted is what ended and what waits: what a restore did to the queue is counted, too. */
export async function assertTotalsHold(server: TestServer): Promise<void> {
  await server.until(
    ({ accepted, delivered, failed, deleted, endedByRestore, queued }) =>
      accepted === delivered + failed + deleted + endedByRestore + queued,
  )
}

/** As a person zips a folder: with the folder around it, and nothing that tells of a backup. */
export async function zipOf(folder: string, file: string): Promise<void> {
  await using zip = await ZipWriter.open(file, { at: Date.now(), passphrase: null })
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    await zip.add({ path: `mail/${relative(folder, path)}`, octets: createReadStream(path) })
  }
  await zip.finish(() => undefined)
}

export function deleteShard(home: string, shard: number): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(join(home, 'spool', `${shard}.db${suffix}`), { force: true })
}

/** For the figures of the long form. */
export function tell(t: TestContext, { before, all }: Drill, done: Report): void {
  const { kept, restored, alreadyDelivered, lost, uncertain } = done
  const since = all.length - before.length
  t.diagnostic(
    `${before.length} accepted before the backup, ${since} since: ${kept} kept, ${restored} restored, ${alreadyDelivered} of the backup ` +
      `delivered since, ${lost.length} lost and named, ${uncertain} uncertain; at the sink 0 twice, all but the named`,
  )
}
