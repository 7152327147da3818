import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId } from '../../base/brand.ts'
import { NO_RULES, type Rule, type RuleSet } from '../../contract/rules.ts'
import { CLIENT, EngineHome, type HomeOptions, routeTo, settingsWith } from '../../../testkit/engine-home.ts'
import { SmtpPeer } from '../../../testkit/smtp-peer.ts'

const ORDER = ['high', 'normal', 'bulk']

const text = (priority: string): string => `From: bob@sender.example\r\nX-xsPriority: ${priority}\r\nSubject: x\r\n\r\nhello\r\n`

function rules(set: RuleSet): NonNullable<HomeOptions['settings']> {
  const own: Rule = { name: 'test', by: 'domain', mask: '*', set }
  return { rules: { version: 1, document: { ...NO_RULES, rules: [own] } } }
}

/** A peer that takes its time for each message, as from `when`, and notes whom they are for as they begin. */
async function slowPeer(delay: number, when?: Promise<void>): Promise<{ peer: SmtpPeer; begun: string[] }> {
  const begun: string[] = []
  const on: NonNullable<Parameters<typeof SmtpPeer.start>[0]>['on'] = {
    rcpt: (line) => {
      begun.push(/<(\w+)@/.exec(line)?.[1] ?? '')
      return undefined
    },
    final: () => ({ text: '250 2.0.0 ok', delay, ...(when && { when }) }),
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
  await peer.until(() => peer.open >= 9)
  await peer.waitForMessages(20)
  assert.equal(peer.mostOpen, 9)
  await submitMany(home, 1, 'high')
  const before = begun.length
  await peer.until(() => begun.includes('high0'))
  assert.ok(begun.indexOf('high0') - before <= 10, `${begun.indexOf('high0') - before} of bulk began before`)
  await peer.until(() => peer.mostOpen === 10)
  await peer.waitForMessages(60)
  assert.equal(peer.mostOpen, 10)
  assert.ok(peer.messages.every(({ data }) => !data.toString().includes('X-xs')))
})

test('with one connection the next transaction is that of the highest, also of what came last', async () => {
  const all = Promise.withResolvers<void>()
  const { peer, begun } = await slowPeer(5, all.promise)
  await using _peer = peer
  await using home = await EngineHome.start({ settings: { routes: [routeTo(peer.port)] }, config: { 'delivery.connections_per_site': 1 } })
  await submitMany(home, 30, 'bulk')
  await submitMany(home, 3, 'normal')
  await submitMany(home, 3, 'high')
  await peer.until(() => begun.length > 0)
  const before = begun.length
  assert.ok(before < 20, `${before} began before all was there`)
  all.resolve()
  await peer.waitForMessages(36)
  // One may have been on its way to the peer.
  const kinds = begun.slice(before + 1).map((to) => to.replace(/\d+/, ''))
  assert.equal(kinds.at(-1), 'bulk')
  assert.deepEqual(
    kinds,
    kinds.toSorted((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b)),
  )
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
  await using home = await EngineHome.start({ settings: { routes: [routeTo(peer.port)] }, config: { 'delivery.connections_per_site': 10 } })
  await submitMany(home, 300, 'normal')
  await peer.until(() => peer.open === 10)
  home.change(rules({ messages_per_minute: { limit: 50, burst: 50 } }))
  const before = begun.length
  await peer.until(() => begun.length >= before + 50)
  await peer.until(() => home.engine.status().sending === 0)
  // What was taken just before the change is not counted.
  assert.ok(begun.length <= before + 60, `${begun.length - before} of 50`)
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

test('accounts share the turns of one connection by their weights, and the mailings of an account take turns', async () => {
  // Nothing leaves before all of it is there.
  const all = Promise.withResolvers<void>()
  const { peer, begun } = await slowPeer(2, all.promise)
  await using _peer = peer
  const login = { user: 'u', account: 1001 as AccountId, salt: '', iterations: 1, storedKey: '', serverKey: '', networks: [] }
  const { accounts } = settingsWith()
  const weighted = new Map([...accounts].map(([id, account]) => [id, { ...account, weight: id === 1001 ? 3 : 1 }]))
  await using home = await EngineHome.start({
    settings: { routes: [routeTo(peer.port)], credentials: new Map([['u', login]]), accounts: weighted },
    config: { 'delivery.connections_per_site': 1 },
  })
  const mail = (mailing: string): string => `From: bob@other.example\r\nX-xsMailingId: ${mailing}\r\nSubject: x\r\n\r\nhello\r\n`
  const submit = (name: string, count: number, mailing: string, client = CLIENT): Promise<unknown> =>
    Promise.all(
      Array.from({ length: count }, () =>
        home.submit({ sender: 'bob@other.example', to: [`${name}@e.example`], text: mail(mailing), client }),
      ),
    )
  const other = { ...CLIENT, user: 'u' }
  await submit('large', 80, 'large')
  await submit('small', 10, 'small')
  await submit('weighty', 90, 'other', other)
  await peer.until(() => begun.length > 0)
  const before = begun.length
  assert.ok(before < 10, `${before} began before all was there`)
  all.resolve()
  await peer.until(() => begun.length >= before + 80)
  const turns = begun.slice(before, before + 80)
  const of = (name: string): number => turns.filter((one) => one === name).length
  assert.ok(of('weighty') >= 57 && of('weighty') <= 63, `${of('weighty')} of 80 turns, 60 are its part`)
  // Both have their turns, as long as the small one lasts.
  assert.ok(of('small') >= 8, `${of('small')} of the small mailing beside ${of('large')} of the large one`)
})
