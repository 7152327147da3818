// A person is erased from all that is kept, over kills of the desk in the middle of it, on a running server and on a stopped home; what is about
// others stays, and the totals still add up.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { AccountId } from '../src/base/brand.ts'
import { Fault } from '../src/base/fault.ts'
import type { Erasure } from '../src/contract/data-kept.ts'
import { ERASED } from '../src/policy/kept/erasure.ts'
import { PATIENCE_MS, until } from '../testkit/patience.ts'
import { startServer, type TestServer } from '../testkit/server.ts'
import { SmtpClient } from '../testkit/smtp-client.ts'
import { SmtpPeer } from '../testkit/smtp-peer.ts'

const ANN = 'Ann@x.test'

async function send(server: TestServer, to: readonly string[], from = 'shop@sender.test'): Promise<void> {
  using client = await SmtpClient.open(server.smtpPort)
  const reply = await client.send({ from, to, data: 'From: shop@sender.test\r\nSubject: hello\r\n\r\nhello\r\n' })
  assert.equal(reply.code, 250, reply.text)
}

/** Also while the desk is started anew. */
async function ended(server: TestServer, id: number): Promise<Erasure> {
  for (const end = performance.now() + PATIENCE_MS; ;) {
    const seen = await server.call('erase.show', { id }).catch((error: unknown) => {
      if (!(error instanceof Fault)) throw error
      return null
    })
    if (seen?.step === null) return seen
    if (performance.now() > end) throw new Error(`waited in vain; last seen: ${JSON.stringify(seen)}\n${server.output().slice(-2000)}`)
    await wait(50)
  }
}

function textOf(folder: string, wanted: (name: string) => boolean): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && wanted(entry.name))
    .map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'latin1'))
    .join('\n')
    .toLowerCase()
}

async function addsUp(server: TestServer): Promise<void> {
  const { accepted, delivered, failed, deleted, queued } = await server.status()
  assert.equal(accepted, delivered + failed + deleted + queued)
}

test('an erased person is nowhere any more, over kills, and gets no more mail', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'hms-erase-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const crash = join(folder, 'crash')
  let defers = false
  const answer = (line: string): string | undefined => (defers && /ann@/i.test(line) ? `450 4.2.0 <${ANN}> is away` : undefined)
  await using peer = await SmtpPeer.start({ on: { rcpt: answer } })
  await using server = await startServer({ environment: { HMS_TEST_CRASH: crash } })
  await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${peer.port}` })
  await server.call('relay.allow', { cidr: '127.0.0.1' })
  for (const name of ['all', 'other']) await server.call('suppression.create', { name })
  await server.call('suppression.policy', { account: 1000 as AccountId, change: { check: 'all', add: 'all' } })
  await server.call('suppression.add', { list: 'other', targets: [ANN] })
  await send(server, ['bob@x.test', ANN])
  await send(server, ['bob@x.test'], 'ann@x.test')
  await server.until(({ delivered }) => delivered === 3)
  defers = true
  await send(server, [ANN])
  await server.until(({ deferred }) => deferred === 1)
  const { events: put } = await server.call('events.find', { recipient: ANN, kinds: ['deferred'], limit: 1 })
  const message = put[0]?.message ?? ('' as never)
  await until(async () => (await server.call('queue.dialogs', { id: message })).dialogs.length === 1, 'its dialog is not kept')

  const badmail = join(server.home, 'accounts/1000/badmail')
  mkdirSync(badmail, { recursive: true })
  const bad = {
    'hers.eml': `To: bob@x.test,\r\n ${ANN}\r\n\r\nDear Ann`,
    'his.eml': `To: bob@x.test\r\n\r\nask ${ANN}`,
    'x.eml': 'no header',
  }
  for (const [name, text] of Object.entries(bad)) writeFileSync(join(badmail, name), text)
  for (const [name, text] of [
    ['hers.eml', 'too large'],
    ['x.eml', `x.eml: <${ANN}> is no address`],
  ] as const)
    writeFileSync(join(badmail, `${name}.reason.txt`), text)

  const counted = await server.hms<Erasure>('erase', '--address', ANN, '--dry-run')
  // Accepted twice, delivered, deferred, and as the sender of another's mail: accepted, delivered.
  assert.deepEqual(counted.found, {
    waiting: 1,
    suppressions: 1,
    lists: 2,
    jobs: 0,
    sent: 0,
    events: 6,
    dialogs: 1,
    logs: 8,
    kept: 0,
    alerts: 0,
    audit: 1,
    effects: 0,
    badmail: 2,
  })
  assert.equal(readdirSync(badmail).length, 5)
  // Those without what is of the other's mail, whose sender she is.
  assert.equal((await server.call('events.find', { recipient: ANN, limit: 10 })).events.length, 4)

  writeFileSync(crash, 'erase-log-renamed')
  const { id } = await server.call('erase.start', { address: ANN, cancel: true })
  const done = await ended(server, id)
  assert.throws(() => readFileSync(crash), 'the desk was killed in the middle of it')
  assert.deepEqual([done.address, done.trouble, done.found.waiting], [null, null, 1])

  assert.equal((await server.call('events.find', { recipient: ANN, limit: 10 })).events.length, 0)
  const { events } = await server.call('events.find', { recipient: 'bob@x.test', limit: 10 })
  const first = events.at(-1)
  assert.ok(first?.kind === 'accepted')
  assert.deepEqual([first.recipients, first.others], [2, [ERASED]])
  assert.equal(events.filter((event) => 'sender' in event && event.sender === ERASED).length, 2)
  assert.deepEqual(readdirSync(badmail), ['his.eml'], 'mail to others that names her within stays')
  rmSync(join(badmail, 'his.eml'))
  assert.ok(!textOf(join(server.home, 'accounts'), () => true).includes('ann@x.test'))
  assert.ok(!textOf(server.home, (name) => name.startsWith('master')).includes('ann@x.test'))
  const added = (await server.call('audit.list', { action: 'suppression add', limit: 10 })).records
  assert.match(JSON.stringify(added), /erased-[\da-f]{16}@erased\.invalid/)
  assert.ok(!textOf(server.home, (name) => name.startsWith('suppression')).includes('ann@x.test'))
  assert.ok(!textOf(join(server.home, 'events'), (name) => name.startsWith('desk')).includes('ann@x.test'))
  await addsUp(server)

  defers = false
  await send(server, ['ann@x.test', 'bob@x.test'])
  await server.until(({ failed, delivered }) => failed === 1 && delivered === 4)
  const [stands] = (await server.call('suppression.find', { target: ANN, list: 'all' })).entries
  assert.ok(stands !== undefined && !stands.target.includes('ann'))

  // The log that was written anew goes on where it ends, and over the next crash.
  await server.kill9('desk')
  await send(server, ['bob@x.test'])
  await server.until(({ delivered }) => delivered === 5)
  const processed = textOf(join(server.home, 'accounts/1000/logfiles'), (name) => name.endsWith('Processed.log'))
  assert.equal(processed.split('\n').filter((line) => line.includes(' sent ') && line.includes(' bob@x.test ')).length, 4)

  assert.equal(await server.stop(), 0)
  const atRest = await server.hms<Erasure>('erase', '--address', 'bob@x.test', '--no-suppress', '--yes')
  assert.deepEqual([atRest.step, atRest.found.lists, atRest.found.events > 0], [null, 0, true])
  assert.ok(!textOf(join(server.home, 'accounts'), () => true).includes('bob@x.test'))
  await server.startAgain()
  assert.equal((await server.call('events.find', { recipient: 'bob@x.test', limit: 10 })).events.length, 0)
  await addsUp(server)
  assert.match((await server.run('erase', 'ls')).stdout, /done /)
})
