// What comes back about mail with a return path of our own, over the real server: bounces, complaints and unsubscribes by mail are proved by
// the token alone, for its own recipient, once.
import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { NumberedEvent } from '../src/contract/events.ts'
import { until } from '../testkit/patience.ts'
import { PluginHome, telling, toldIn } from '../testkit/plugin-home.ts'
import { bounceMessage, complaintMessage } from '../testkit/report-samples.ts'
import { startServer, type TestServer } from '../testkit/server.ts'
import { SmtpClient } from '../testkit/smtp-client.ts'
import { type ReceivedMessage, SmtpPeer } from '../testkit/smtp-peer.ts'

const opened = new AsyncDisposableStack()
const RECIPIENTS = ['ann@people.test', 'ben@people.test', 'cleo@people.test']
let peer: SmtpPeer
let server: TestServer
/** By recipient. */
const arrived = new Map<string, ReceivedMessage>()

before(async () => {
  peer = opened.use(await SmtpPeer.start())
  server = opened.use(await startServer({ workers: 2 }))
  await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${peer.port}` })
  await server.call('relay.allow', { cidr: '127.0.0.1' })
  await server.hms('inbound', 'add', 'bounce.test', '--account', '1001')
  await server.hms('account', 'set', '1000', '--return-path', 'bounce.test')
  const hooks = ['bounce', 'feedbackLoop']
  new PluginHome(server.home).add({ name: 'returned', hooks, code: hooks.map(telling).join(), entry: { budget: '60s' } })
  await until(() => server.output().includes('A plug-in runs.'), 'a plug-in runs')
  using client = await SmtpClient.open(server.smtpPort)
  const letter =
    'From: app@sender.test\r\nTo: everybody@people.test\r\nSubject: news\r\nX-xsMailingId: m7\r\nX-xsMessageId: c9\r\n\r\nhello\r\n'
  assert.equal((await client.send({ from: 'app@sender.test', to: RECIPIENTS, data: letter })).code, 250)
  await peer.waitForMessages(RECIPIENTS.length)
  for (const message of peer.messages) arrived.set(message.recipients[0] ?? '', message)
  for (const recipient of RECIPIENTS) await server.outcome(recipient)
  // Whoever is not in the allowed network is a stranger.
  await server.hms('relay', 'deny', '127.0.0.1')
})
after(() => opened.disposeAsync())

function tokenOf(recipient: string): string {
  const sender = arrived.get(recipient)?.sender ?? ''
  assert.match(sender, /^[a-z2-7]{40,64}@bounce\.test$/)
  return sender.slice(0, sender.indexOf('@'))
}

async function send(to: string, data: string): Promise<{ readonly code: number; readonly text: string }> {
  using client = await SmtpClient.open(server.smtpPort)
  return await client.send({ from: '', to: [to], data })
}

async function events(kind: NumberedEvent['kind']): Promise<readonly NumberedEvent[]> {
  return (await server.call('events.find', { kinds: [kind], limit: 100 })).events
}

async function told<K extends NumberedEvent['kind']>(kind: K, count: number): Promise<readonly Extract<NumberedEvent, { kind: K }>[]> {
  const all = async (): Promise<readonly NumberedEvent[] | false> => {
    const found = await events(kind)
    return found.length >= count && found
  }
  return (await until(all, `${count} ${kind}`)) as readonly Extract<NumberedEvent, { kind: K }>[]
}

test('a bounce at a return path is proved for its own recipient, whoever it names', async () => {
  const token = tokenOf('ann@people.test')
  assert.equal((await send(`${token.toUpperCase()}@bounce.test`, bounceMessage('victim@people.test'))).code, 250)
  const [event] = await told('bounced', 1)
  assert.ok(event !== undefined)
  assert.deepEqual(
    [event.recipient, event.account, event.mailing, event.clientId, event.category, event.proved],
    ['ann@people.test', 1000, 'm7', 'c9', 'Hard', true],
  )
  const [accepted] = (await server.call('events.find', { recipient: 'ann@people.test', kinds: ['accepted'], limit: 1 })).events
  assert.equal(event.message, accepted?.message)
})

test('the same again is not told again, not after a restart either; another kind is', async () => {
  const path = `${tokenOf('ann@people.test')}@bounce.test`
  await server.stop()
  await server.startAgain()
  assert.equal((await send(path, bounceMessage('ann@people.test'))).code, 250)
  const full = { status: '5.2.2', diagnostic: '552 5.2.2 The mailbox is full' }
  assert.equal((await send(path, bounceMessage('ann@people.test', full))).code, 250)
  const found = await told('bounced', 2)
  assert.deepEqual(
    found.map(({ category }) => category),
    ['Soft', 'Hard'],
  )
})

test('a token that was changed is no mailbox, and one in a report proves nothing', async () => {
  const token = tokenOf('ben@people.test')
  const forged = token.slice(0, 20) + (token[20] === 'a' ? 'b' : 'a') + token.slice(21)
  assert.match((await send(`${forged}@bounce.test`, bounceMessage('ben@people.test'))).text, /^5\.1\.1/)
  assert.equal((await send('bounces@bounce.test', bounceMessage('ben@people.test', { original: `X-HMS-Token: ${forged}` }))).code, 250)
  const found = (await told('bounced', 3)).filter(({ recipient }) => recipient === 'ben@people.test')
  assert.deepEqual(
    found.map(({ proved, account }) => [proved, account]),
    [[false, 1001]],
  )
})

test('a bounce that lost its way is known by the header of what it brings back', async () => {
  const header = arrived.get('ben@people.test')?.data.toString('latin1').split('\r\n\r\n')[0] ?? ''
  assert.match(header, /^X-HMS-Token: /m)
  assert.equal((await send('postmaster@bounce.test', bounceMessage('other-name@elsewhere.test', { original: header }))).code, 250)
  const found = (await told('bounced', 4)).find(({ proved, recipient }) => proved && recipient === 'ben@people.test')
  assert.equal(found?.category, 'Hard')
})

test('a complaint with the original is proved by the token in it', async () => {
  const original = arrived.get('cleo@people.test')?.data.toString('latin1') ?? ''
  assert.equal((await send('fbl@bounce.test', complaintMessage('', original))).code, 250)
  const [event] = await told('complained', 1)
  assert.ok(event !== undefined)
  assert.deepEqual([event.recipient, event.feedbackType, event.proved, event.mailing], ['cleo@people.test', 'abuse', true, 'm7'])
})

test('a plug-in is told of bounces and complaints, each under the id that it has', async () => {
  for (const [hook, kind] of [
    ['bounce', 'bounced'],
    ['feedbackLoop', 'complained'],
  ] as const) {
    const ids = (await events(kind)).map(({ id }) => id)
    assert.ok(ids.length > 0)
    await until(() => {
      const told = new Set(toldIn(server.output(), hook).map(({ id }) => id))
      return ids.every((id) => told.has(id))
    }, `it is told ${hook}`)
  }
})

test('a message to the token with the subject of the list header unsubscribes, once', async () => {
  const path = `${tokenOf('ben@people.test')}@bounce.test`
  const letter = `From: Ben <ben@people.test>\r\nTo: ${path}\r\nSubject: unsubscribe\r\n\r\n\r\n`
  for (const _ of [1, 2]) assert.equal((await send(path, letter)).code, 250)
  await server.until(({ queued }) => queued === 0)
  const found = await told('unsubscribed', 1)
  assert.deepEqual(
    found.map(({ recipient, by, mailing }) => [recipient, by, mailing]),
    [['ben@people.test', 'mail', 'm7']],
  )
})

test('while the index of what was sent does not answer, what came waits', async () => {
  await server.kill9('desk')
  const full = { status: '4.2.2', diagnostic: '452 4.2.2 The mailbox is full' }
  assert.equal((await send(`${tokenOf('cleo@people.test')}@bounce.test`, bounceMessage('cleo@people.test', full))).code, 250)
  const cleos = async (): Promise<NumberedEvent | undefined> =>
    (await events('bounced').catch(() => [])).find(({ recipient }) => recipient === 'cleo@people.test')
  const one = await until(cleos, () => server.output().slice(-2000))
  assert.equal(one.kind === 'bounced' && one.proved, true)
})

test('what the index does not know (any more) is told as unproved, under the message that the token names', async () => {
  await server.stop()
  rmSync(join(server.home, 'sent'), { recursive: true })
  await server.startAgain()
  const gone = { status: '5.1.10', diagnostic: '550 5.1.10 null MX' }
  assert.equal((await send(`${tokenOf('cleo@people.test')}@bounce.test`, bounceMessage('stranger@people.test', gone))).code, 250)
  const found = await told('bounced', 6)
  const one = found.find(({ recipient }) => recipient === 'stranger@people.test')
  const [accepted] = (await server.call('events.find', { recipient: 'ann@people.test', kinds: ['accepted'], limit: 1 })).events
  assert.deepEqual([one?.proved, one?.account, one?.message], [false, 1000, accepted?.message])
})

test('a bounce without a token is unproved, and told with the account that last sent to its address', async () => {
  await server.hms('inbound', 'add', 'open.test')
  await server.hms('relay', 'allow', '127.0.0.1')
  {
    using client = await SmtpClient.open(server.smtpPort)
    const letter = 'From: app@sender.test\r\nSubject: news\r\n\r\nhello\r\n'
    assert.equal((await client.send({ from: 'app@sender.test', to: ['dora@people.test'], data: letter })).code, 250)
  }
  await server.hms('relay', 'deny', '127.0.0.1')
  const lastSent = async () => (await server.call('sent.search', { address: 'dora@people.test' })).recipients[0]
  const sent = await until(lastSent, 'it is in the index')
  assert.equal((await send('bounces@open.test', bounceMessage('dora@people.test', { diagnostic: '550 5.1.1 tokenless' }))).code, 250)
  assert.equal((await send('bounces@bounce.test', bounceMessage('dora@people.test', { diagnostic: '550 5.1.1 of another' }))).code, 250)
  const found = async (words: string): Promise<Extract<NumberedEvent, { kind: 'bounced' }>> =>
    await until(async () => {
      for (const event of await events('bounced')) if (event.kind === 'bounced' && event.response.includes(words)) return event
      return null
    }, words)
  const event = await found('tokenless')
  assert.deepEqual([event.proved, event.probably], [false, { account: 1000, message: sent.message, at: sent.at }])
  assert.match((await server.run('events', '--kind', 'bounced')).stdout, /not authenticated, probably of account 1000/)
  assert.equal((await found('of another')).probably, undefined, 'the domain of an account tells nothing of others')
})
