// What was said in attempts that did not deliver, of a real server: at each step where a receiver may refuse, by command and API, without the
// password of a smart host; none where none are wanted, all where all are; gone with a person.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import type { MessageId } from '../src/base/brand.ts'
import type { AttemptDialog } from '../src/contract/dialogs.ts'
import type { NumberedEvent } from '../src/contract/events.ts'
import { testCertificate } from '../testkit/certificate.ts'
import { until } from '../testkit/patience.ts'
import { startServer, type TestServer } from '../testkit/server.ts'
import { SmtpClient } from '../testkit/smtp-client.ts'
import { SmtpPeer } from '../testkit/smtp-peer.ts'

const PASSWORD = 'very secret word'
const DAY = 86_400_000

async function send(server: TestServer, to: readonly string[]): Promise<void> {
  using client = await SmtpClient.open(server.smtpPort)
  const data = 'From: shop@sender.test\r\nSubject: hello\r\n\r\nnothing of it is kept\r\n'
  const reply = await client.send({ from: 'shop@sender.test', to, data })
  assert.equal(reply.code, 250, reply.text)
}

async function ended(server: TestServer, recipient: string, kinds: readonly NumberedEvent['kind'][]): Promise<NumberedEvent> {
  const found = await until(
    async () => (await server.call('events.find', { recipient, kinds, limit: 1 })).events,
    `no ${kinds} of ${recipient}`,
    50,
  )
  return found[0] ?? (await ended(server, recipient, kinds))
}

async function dialogsOf(server: TestServer, id: MessageId, least = 1): Promise<readonly AttemptDialog[]> {
  return until(
    async () => {
      const { dialogs } = await server.call('queue.dialogs', { id })
      return dialogs.length >= least ? dialogs : null
    },
    `no dialog of ${id}`,
    50,
  )
}

const SIGNS = { us: '>', peer: '<', note: '*' } as const
const textOf = (dialog: AttemptDialog | undefined): string =>
  (dialog?.lines ?? []).map(({ from, text }) => `${SIGNS[from]} ${text}`).join('\n')

/** A port that nobody listens at. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

test('a message that was deferred or failed shows what was said, at whatever step, and never a password or a message', async () => {
  const certificate = testCertificate('smart.test')
  const auth = { user: 'smart-user', password: PASSWORD, mechanisms: ['PLAIN'] }
  await using smart = await SmtpPeer.start({
    tls: certificate,
    auth,
    on: {
      rcpt: (line) => (line.includes('busy@') ? '451 4.7.1 come back later' : undefined),
      final: ({ recipients }) => (recipients.includes('no@x.test') ? '554 5.7.1 not these words' : undefined),
    },
  })
  await using plain = await SmtpPeer.start()
  await using server = await startServer()
  await server.call('relay.allow', { cidr: '127.0.0.1' })
  const login = { user: 'smart-user', password: PASSWORD }
  await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${smart.port}`, tls: 'encrypt', ...login })
  await server.call('route.set', { pattern: 'nobody.test', url: `smtp://127.0.0.1:${await freePort()}` })
  await server.call('route.set', { pattern: 'clear.test', url: `smtp://127.0.0.1:${plain.port}`, tls: 'encrypt' })

  await send(server, ['busy@x.test', 'fine@x.test'])
  const deferred = await ended(server, 'busy@x.test', ['deferred'])
  const [first, ...none] = await dialogsOf(server, deferred.message)
  assert.deepEqual(none, [])
  assert.deepEqual([first?.at, first?.recipients, first?.again, first?.account], [deferred.at, ['busy@x.test'], false, 1000])
  assert.match(textOf(first), /> EHLO .*\n(?:< 250.*\n)+> STARTTLS\n< 220.*\n\* TLSv1/)
  assert.match(textOf(first), /> AUTH PLAIN \(credentials\)\n< 235 /)
  assert.match(textOf(first), /> RCPT TO:<busy@x\.test>/)
  assert.match(textOf(first), /< 451 4\.7\.1 come back later/)

  await send(server, ['no@x.test'])
  const [refused] = await dialogsOf(server, (await ended(server, 'no@x.test', ['failed'])).message)
  assert.match(textOf(refused), /\* the message, \d+ octets\n< 554 5\.7\.1 not these words$/)
  await send(server, ['ann@nobody.test'])
  const [nobody] = await dialogsOf(server, (await ended(server, 'ann@nobody.test', ['deferred'])).message)
  assert.match(textOf(nobody), /^\* connecting to .*\n\* connect ECONNREFUSED/)
  await send(server, ['ann@clear.test'])
  const unprotected = await ended(server, 'ann@clear.test', ['deferred'])
  const [clear] = await dialogsOf(server, unprotected.message)
  assert.match(textOf(clear), /> EHLO .*\n(?:< 250.*\n)+\* .*STARTTLS/)
  await send(server, ['good@x.test'])
  const good = await ended(server, 'good@x.test', ['delivered'])

  const { stdout } = await server.run('queue', 'dialog', deferred.message)
  assert.match(stdout, /busy@x\.test\n +\+\d+\.\d{3} \* connecting to /)
  assert.match(stdout, /< 451 4\.7\.1 come back later\n/)
  assert.deepEqual(await server.hms('queue', 'dialog', deferred.message, '--recipient', 'fine@x.test'), { dialogs: [] })
  assert.match((await server.run('queue', 'dialog', good.message)).stdout, /No dialog is kept of it/)
  const all = [first, refused, nobody, clear].map(textOf).join('\n')
  for (const secret of [PASSWORD, Buffer.from(`\0smart-user\0${PASSWORD}`).toString('base64'), 'nothing of it is kept'])
    assert.ok(!all.includes(secret))

  // Nothing but days and numbers in the names; on a stopped home the same.
  const folder = join(server.home, 'dialogs')
  assert.ok(readdirSync(folder).every((name) => /^\d{4}-\d\d-\d\d\.\d+\.(?:dialogs|index)$/.test(name)))
  assert.ok((await server.call('disk.use', {})).kinds.some(({ kind, bytes }) => kind === 'dialogs' && bytes > 0))
  const erasure = await server.call('erase.start', { address: 'busy@x.test', suppress: false })
  await until(async () => (await server.call('erase.show', { id: erasure.id })).step === null, 'it is not erased', 50)
  assert.ok((await server.call('erase.show', { id: erasure.id })).found.dialogs >= 1)
  await server.stop()
  const left = await server.hms<{ dialogs: readonly AttemptDialog[] }>('queue', 'dialog', unprotected.message)
  assert.equal(textOf(left.dialogs[0]), textOf(clear))
})

test('all attempts have one where that is asked for, and none where none is', async () => {
  await using peer = await SmtpPeer.start({ on: { rcpt: (line) => (line.includes('busy@') ? '451 4.7.1 later' : undefined) } })
  await using server = await startServer({ config: { 'data.dialogs': 'all' } })
  await server.call('relay.allow', { cidr: '127.0.0.1' })
  await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${peer.port}` })
  await send(server, ['fine@x.test', 'busy@x.test'])
  const { message } = await ended(server, 'fine@x.test', ['delivered'])
  const [dialog] = await dialogsOf(server, message)
  assert.deepEqual(dialog?.recipients.toSorted(), ['busy@x.test', 'fine@x.test'])
  await server.stop()
  server.configure({ 'data.dialogs': 'none' })
  const folder = join(server.home, 'dialogs')
  const before = existsSync(folder) ? readdirSync(folder).map((name) => readFileSync(join(folder, name)).length) : []
  await server.startAgain()
  await send(server, ['busy@x.test'])
  await until(
    async () =>
      (await server.call('events.find', { recipient: 'busy@x.test', kinds: ['deferred'], since: Date.now() - DAY, limit: 9 })).events
        .length >= 2,
  )
  assert.equal(await server.stop(), 0)
  assert.deepEqual(
    readdirSync(folder).map((name) => readFileSync(join(folder, name)).length),
    before,
  )
})
