// Sources and pools by the commands: what is done by hand holds over a restart and is in the audit; the receiving side sees who sends.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { SourceView } from '../src/contract/source-operations.ts'
import { loadConfig } from '../src/lifecycle/config.ts'
import { keyFile, masterFile } from '../src/lifecycle/home-files.ts'
import { openSettings } from '../src/store/sqlite/settings/settings.ts'
import { startServer, type TestServer } from '../testkit/server.ts'
import { SmtpPeer } from '../testkit/smtp-peer.ts'

const RULES = `format: 1
sources:
  a: { address: 127.0.0.101, helo: a.example.test }
  b: { address: 127.0.0.102, helo: b.example.test }
  gone: { address: 192.0.2.1, helo: gone.example.test }
pools:
  bulk: { sources: { a: 1, b: 1, gone: 1 } }
rules:
  - { name: all, domain: '*', set: { pool: bulk, connections: 4 } }
`

async function serverTo(peer: SmtpPeer): Promise<TestServer> {
  const server = await startServer()
  await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${peer.port}` })
  const file = join(server.home, 'rules.yaml')
  writeFileSync(file, RULES)
  await server.hms('apply', '-f', file)
  return server
}

const send = (server: TestServer, to: string): Promise<unknown> => server.hms('send', '--to', to, '--no-follow')
const named = (all: readonly SourceView[], name: string): SourceView | undefined => all.find((one) => one.name === name)

test('a source is suspended, drained and resumed by hand, which outlives a restart and is in the audit', async () => {
  await using peer = await SmtpPeer.start()
  await using server = await serverTo(peer)
  await server.hms('sources', 'suspend', 'b', '--note', 'listed')
  for (let i = 0; i < 6; i++) await send(server, `r${i}@one.test`)
  await peer.waitForMessages(6)
  assert.deepEqual(new Set(peer.messages.map(({ from, helo }) => `${from} ${helo}`)), new Set(['127.0.0.101 a.example.test']))
  await server.until(({ alerts }) => alerts.some(({ what }) => what.startsWith('The source gone is out: 192.0.2.1 cannot be bound')))
  const { stdout } = await server.run('sources', 'ls')
  assert.match(stdout, /b +127\.0\.0\.102 +b\.example\.test +bulk 1 +suspended since .*: listed/)
  assert.match(stdout, /gone .* out, probed at .*: 192\.0\.2\.1 cannot be bound/)

  await server.stop()
  await server.hms('sources', 'suspend', 'a')
  await server.startAgain()
  await send(server, 'waits@one.test')
  await server.until(({ deferred, queued }) => deferred === 1 && queued === 1)
  await server.hms('sources', 'resume', 'b')
  await peer.waitForMessages(7)
  assert.equal(peer.messages[6]?.from, '127.0.0.102')
  const all = await server.hms<readonly SourceView[]>('sources', 'ls')
  assert.deepEqual([named(all, 'a')?.hand, named(all, 'b')?.hand], ['suspended', null])
  assert.match((await server.run('sources', 'drain', 'c')).stderr, /There is no source c in the rules/)
  await server.stop()
  using settings = openSettings({ file: masterFile(server.home), keyFile: keyFile(server.home, loadConfig(server.home, {})) })
  const audited = settings.audit(20).map(({ action, subject }) => `${action} ${subject}`)
  assert.ok(audited.includes('source suspended b: listed'), audited.join('\n'))
})

test('mail of the queue is bound to another pool or route: counted first, over a restart, in the audit, and let go again', async () => {
  await using peer = await SmtpPeer.start()
  await using server = await startServer()
  await server.call('route.set', { pattern: '*', url: 'smtp://127.0.0.1:9' })
  await server.call('route.set', { pattern: 'reserve.invalid', url: `smtp://127.0.0.1:${peer.port}` })
  for (const to of ['a@one.test', 'b@one.test', 'c@two.test']) await send(server, to)
  await server.until(({ deferred, queued }) => deferred >= 1 && queued === 3)
  interface Bound {
    readonly rebinding: { readonly id: number } | null
    readonly recipients: number
  }
  const bind = ['queue', 'rebind', '--domain', 'one.test', '--route', 'reserve.invalid'] as const
  const counted = await server.hms<Bound>(...bind, '--dry-run')
  assert.deepEqual([counted.rebinding, counted.recipients], [null, 2])
  assert.match((await server.run('queue', 'rebindings')).stdout, /Nothing is bound elsewhere/)
  await server.stop()
  const done = await server.hms<Bound>(...bind)
  assert.deepEqual([done.rebinding?.id, done.recipients], [1, 2])
  await server.startAgain()
  assert.match((await server.run('queue', 'rebindings')).stdout, /1 +route reserve\.invalid +domain one\.test, accepted before/)
  await server.hms('queue', 'retry', '--all', '--yes')
  await peer.waitForMessages(2)
  assert.deepEqual(peer.messages.flatMap(({ recipients }) => recipients).toSorted(), ['a@one.test', 'b@one.test'])
  assert.deepEqual(await server.hms('queue', 'unbind', '1'), { removed: true })
  assert.match((await server.run('queue', 'unbind', '1')).stderr, /There is no binding 1/)
  assert.match((await server.run('queue', 'rebind', '--all', '--pool', 'none')).stderr, /There is no pool none/)
  assert.match((await server.run('queue', 'rebind', '--pool', 'none')).stderr, /What to rebind was not named/)
  assert.match((await server.run('queue', 'rebind', '--all')).stderr, /Name one of --pool and --route/)
  await server.stop()
  using settings = openSettings({ file: masterFile(server.home), keyFile: keyFile(server.home, loadConfig(server.home, {})) })
  assert.ok(
    settings
      .audit(20)
      .some(({ action, subject }) => action === 'queue rebind' && /^2 to route reserve\.invalid of .*one\.test/.test(subject)),
  )
})
