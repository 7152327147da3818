import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NO_RULES, type Rule, type RuleSet } from '../../contract/rules.ts'
import { EngineHome, type HomeOptions, routeTo } from '../../../testkit/engine-home.ts'
import { SmtpPeer } from '../../../testkit/smtp-peer.ts'

const text = (priority: string): string => `From: bob@sender.example\r\nX-xsPriority: ${priority}\r\nSubject: x\r\n\r\nhello\r\n`

function rules(set: RuleSet): NonNullable<HomeOptions['settings']> {
  const own: Rule = { name: 'test', by: 'domain', mask: '*', set }
  return { rules: { version: 1, document: { ...NO_RULES, rules: [own] } } }
}

/** A peer that takes its time for each message, and notes whom they are for as they begin. */
async function slowPeer(delay: number): Promise<{ peer: SmtpPeer; begun: string[] }> {
  const begun: string[] = []
  const on: NonNullable<Parameters<typeof SmtpPeer.start>[0]>['on'] = {
    rcpt: (line) => {
      begun.push(/<(\w+)@/.exec(line)?.[1] ?? '')
      return undefined
    },
    final: () => ({ text: '250 2.0.0 ok', delay }),
  }
  return { peer: await SmtpPeer.start({ on }), begun }
}

function submitMany(home: EngineHome, count: number, priority: string): Promise<unknown> {
  return Promise.all(
    Array.from({ length: count }, (_unused, i) => home.submit({ to: [`${priority}${i}@e.example`], text: text(priority) })),
  )
}

test('mail of high priority has a connection of its own beside those that bulk uses, and what it says to us does not leave', async () => {
  const { peer, begun } = await slowPeer(100)
  await using _peer = peer
  await using home = await EngineHome.start({ settings: { routes: [routeTo(peer.port)] }, config: { 'delivery.connections_per_site': 10 } })
  await submitMany(home, 200, 'bulk')
  await peer.until(() => begun.length >= 9)
  assert.equal(peer.open, 9)
  const before = begun.length
  await submitMany(home, 1, 'high')
  await peer.until(() => begun.includes('high0'))
  assert.ok(begun.indexOf('high0') - before <= 10, `${begun.indexOf('high0') - before} of bulk began before`)
  await peer.waitForMessages(40)
  assert.equal(peer.mostOpen, 10)
  assert.ok(peer.messages.every(({ data }) => !data.toString().includes('X-xs')))
})

test('with one connection the next transaction is that of the highest, also of what came last', async () => {
  const { peer, begun } = await slowPeer(20)
  await using _peer = peer
  await using home = await EngineHome.start({ settings: { routes: [routeTo(peer.port)] }, config: { 'delivery.connections_per_site': 1 } })
  await submitMany(home, 30, 'bulk')
  await peer.until(() => begun.length >= 3)
  await submitMany(home, 3, 'normal')
  const before = begun.length
  await submitMany(home, 3, 'high')
  await peer.until(() => begun.filter((to) => to.startsWith('high')).length === 3)
  const since = begun.slice(before + 2)
  assert.ok(since.filter((to) => to.startsWith('bulk')).length <= 1, since.join(' '))
  await peer.waitForMessages(36)
})

test('a rate that bulk uses up has room for high mail at once, out of a burst too, and bulk keeps the rest', async () => {
  const { peer, begun } = await slowPeer(0)
  await using _peer = peer
  const settings = { routes: [routeTo(peer.port)], ...rules({ messages_per_minute: { limit: 50, burst: 50 } }) }
  await using home = await EngineHome.start({ settings })
  await submitMany(home, 100, 'bulk')
  await peer.waitForMessages(45)
  await home.untilQueued(55)
  await submitMany(home, 8, 'high')
  await peer.waitForMessages(50)
  await home.untilQueued(58)
  assert.equal(begun.filter((to) => to.startsWith('high')).length, 5)
  assert.equal(begun.length, 50)
})

test('where all mail is alike nothing is kept: all connections and all of a rate are used', async () => {
  const { peer, begun } = await slowPeer(50)
  await using _peer = peer
  const settings = { routes: [routeTo(peer.port)], ...rules({ messages_per_minute: { limit: 50, burst: 50 } }) }
  await using home = await EngineHome.start({ settings, config: { 'delivery.connections_per_site': 10 } })
  await submitMany(home, 200, 'normal')
  await peer.waitForMessages(50)
  assert.equal(peer.mostOpen, 10)
  assert.equal(begun.length, 50)
})

test('high mail goes past a memory that is full of bulk, past what is on disk, and again when it was deferred', async () => {
  let isFirst = true
  const begun: string[] = []
  await using peer = await SmtpPeer.start({
    on: {
      rcpt: (line) => {
        const to = /<(\w+)@/.exec(line)?.[1] ?? ''
        begun.push(to)
        if (to !== 'high0' || !isFirst) return undefined
        isFirst = false
        return '450 4.2.1 Try again'
      },
      final: () => ({ text: '250 2.0.0 ok', delay: 20 }),
    },
  })
  await using home = await EngineHome.start({
    settings: { routes: [routeTo(peer.port)] },
    config: { 'delivery.connections_per_site': 2, 'spool.memory': 200_000 },
  })
  await submitMany(home, 600, 'bulk')
  await peer.until(() => begun.length >= 2)
  await submitMany(home, 1, 'high')
  await peer.until(() => begun.filter((to) => to === 'high0').length === 2)
  // A second of bulk, at the longest its first retry and what was under way.
  assert.ok(peer.messages.length < 300, `${peer.messages.length} of 600 before`)
})
