// The mailbox simulator, and settings that count within a second.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MailEvent } from '../src/contract/events.ts'
import { until } from '../testkit/patience.ts'
import { startServer } from '../testkit/server.ts'
import { SmtpClient } from '../testkit/smtp-client.ts'
import { SmtpPeer } from '../testkit/smtp-peer.ts'
import { TreeClock } from '../testkit/tree-clock.ts'

const DATA = 'From: a@sender.test\r\nTo: b@peer.test\r\nSubject: x\r\n\r\nhello\r\n'
const ANSWERS: Record<string, [MailEvent['kind'], number]> = {
  success: ['delivered', 250],
  bounce: ['failed', 550],
  full: ['failed', 552],
  defer: ['deferred', 451],
  slow: ['delivered', 250],
  complaint: ['delivered', 250],
  'success+label': ['delivered', 250],
  nobody: ['failed', 550],
  block: ['deferred', 554],
}

test('each address of the simulator answers as it says', async () => {
  await using server = await startServer()
  await server.hms('relay', 'allow', '127.0.0.1/32')
  using client = await SmtpClient.open(server.smtpPort)
  for (const name of Object.keys(ANSWERS)) {
    const answer = await client.send({ from: 'a@sender.test', to: [`${name}@simulator.hms.test`], data: DATA })
    assert.equal(answer.code, 250, answer.text)
  }
  for (const [name, [kind, code]] of Object.entries(ANSWERS)) {
    const find = async (): Promise<MailEvent | undefined> => {
      const { events } = await server.call('events.find', { recipient: `${name}@simulator.hms.test`, limit: 10 })
      return events.find((event) => event.kind !== 'accepted')
    }
    const event = await until(find, name)
    assert.ok('reply' in event, `${name}: ${JSON.stringify(event)}`)
    assert.deepEqual([event.kind, event.reply?.code], [kind, code], name)
  }
})

test('what one address of the simulator says of us is no alert', async () => {
  await using server = await startServer()
  assert.equal((await server.run('send', '--to', 'block@simulator.hms.test')).code, 75)
  assert.deepEqual((await server.call('status', {})).alerts, [])
})

test('only the message to slow@ is slow, not the next one on that connection', async () => {
  await using clock = await TreeClock.start()
  await using server = await startServer({ environment: clock.environment })
  await server.hms('relay', 'allow', '127.0.0.1/32')
  using client = await SmtpClient.open(server.simulatorPort)
  clock.pace(10)
  const spent: number[] = []
  for (const name of ['slow', 'success']) {
    const start = clock.now()
    assert.equal((await client.send({ from: 'a@sender.test', to: [`${name}@simulator.hms.test`], data: DATA })).code, 250)
    spent.push(clock.now() - start)
  }
  assert.ok((spent[0] ?? 0) > 4000 && (spent[1] ?? 0) < (spent[0] ?? 0) - 2000, `${spent}`)
})

test('a route and a right count within a second of the command', async () => {
  await using first = await SmtpPeer.start()
  await using second = await SmtpPeer.start()
  await using clock = await TreeClock.start()
  await using server = await startServer({ workers: 2, environment: clock.environment })
  using early = await SmtpClient.open(server.smtpPort)
  const refused = await early.send({ from: 'a@sender.test', to: ['b@peer.test'], data: DATA })
  assert.ok(refused.code >= 500, `nothing relays at first: ${refused.code} ${refused.text}`)
  await server.hms('relay', 'allow', '127.0.0.1/32')
  await server.hms('route', 'set', '*', `smtp://127.0.0.1:${first.port}`)
  await clock.pass(1000)
  using client = await SmtpClient.open(server.smtpPort)
  assert.equal((await client.send({ from: 'a@sender.test', to: ['b@peer.test'], data: DATA })).code, 250)
  await first.waitForMessages(1)
  await server.hms('route', 'set', '*', `smtp://127.0.0.1:${second.port}`)
  await clock.pass(1000)
  assert.equal((await client.send({ from: 'a@sender.test', to: ['b@peer.test'], data: DATA })).code, 250)
  await second.waitForMessages(1)
  assert.equal(first.messages.length, 1)
})
