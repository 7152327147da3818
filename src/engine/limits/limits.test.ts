import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId, Domain } from '../../base/brand.ts'
import { NO_RULES, type Rule, type RulesDocument, type RuleSet } from '../../contract/rules.ts'
import { configWith, EngineHome, type HomeOptions, routeTo } from '../../../testkit/engine-home.ts'
import { RuleBook } from '../../policy/rules/book.ts'
import { jobLimits } from './job-limits.ts'
import { FakeClock } from '../../../testkit/fake-clock.ts'
import { Lateness } from '../../../testkit/lateness.ts'
import { SmtpPeer } from '../../../testkit/smtp-peer.ts'

/** Rules that are in force, by domain for all mail unless said otherwise. */
function rules(set: RuleSet, change: Partial<RulesDocument> = {}): NonNullable<HomeOptions['settings']> {
  const own: Rule[] = Object.keys(set).length === 0 ? [] : [{ name: 'test', by: 'domain', mask: '*', set }]
  return { rules: { version: 1, document: { ...NO_RULES, rules: own, ...change } } }
}

/** Connections that were not told QUIT. */
interface Open {
  now: number
  most: number
}

/** A peer that notes when each message began, and how many connections there were. */
async function noting(final = 0, open: Open = { now: 0, most: 0 }): Promise<{ peer: SmtpPeer; times: number[]; open: Open }> {
  const times: number[] = []
  const peer = await SmtpPeer.start({
    on: {
      connect: () => {
        open.most = Math.max(open.most, ++open.now)
        return undefined
      },
      quit: () => {
        open.now--
        return undefined
      },
      mail: () => {
        times.push(performance.now())
        return undefined
      },
      final: () => ({ text: '250 2.0.0 ok', delay: final }),
    },
  })
  return { peer, times, open }
}

function mostWithin(times: readonly number[], span: number): number {
  return Math.max(0, ...times.map((start) => times.filter((at) => at >= start && at < start + span).length))
}

test('messages leave at the pace that is allowed, no faster, and evenly', async () => {
  const { peer, times } = await noting()
  await using _peer = peer
  const settings = { routes: [routeTo(peer.port)], ...rules({ messages_per_minute: { limit: 1800 } }) }
  await using home = await EngineHome.start({ settings })
  using late = new Lateness()
  await Promise.all(Array.from({ length: 75 }, (_unused, i) => home.submit({ to: [`r${i}@e.example`] })))
  await peer.waitForMessages(75)
  const lasted = (times.at(-1) ?? 0) - (times[0] ?? 0)
  assert.ok(lasted >= 2000 - late.most, `75 of 30 a second within ${lasted} ms`)
  const most = mostWithin(times, 1000)
  assert.ok(most <= 42 + 0.03 * late.most, `${most} in one second of 30 a second, by a process that was ${late.most} ms late`)
})

test('an account whose own limit is used up does not hold the others, and says what it waits for', async () => {
  const { peer } = await noting()
  await using _peer = peer
  const limited: Rule = { name: 'test', by: 'domain', mask: 'limited.example', set: { messages_per_day: { limit: 3, burst: 3 } } }
  const account = { rules: [limited], overrides: [] }
  const settings = { routes: [routeTo(peer.port)], ...rules({}, { accounts: { 1000: account } }) }
  await using home = await EngineHome.start({ settings })
  for (let i = 0; i < 10; i++) await home.submit({ to: [`r${i}@limited.example`] })
  for (let i = 0; i < 10; i++) await home.submit({ to: [`r${i}@free.example`] })
  await peer.waitForMessages(13)
  await home.untilQueued(7)
  const [entry] = await home.queued()
  assert.match(entry?.recipients[0]?.lastReply ?? '', /messages_per_day/)
  assert.equal(peer.messages.length, 13)
  // Other rules hold at once.
  home.change(rules({ messages_per_day: { limit: 100, burst: 100 } }))
  await peer.waitForMessages(20)
})

test('never more connections than allowed, to one site and to sites that share a provider', async () => {
  const open = { now: 0, most: 0 }
  const peers = await Promise.all([noting(30, open), noting(30, open)])
  await using _first = peers[0].peer
  await using _second = peers[1].peer
  const both: Rule = { name: 'both', by: 'provider', mask: 'both', set: { connections: { limit: 2, per: ['provider'] } } }
  const limits = rules({}, { providers: { both: ['127.0.0.1'] }, rules: [both] })
  const routes = peers.map(({ peer }, i) => routeTo(peer.port, { pattern: `d${i}.example` }))
  await using home = await EngineHome.start({ settings: { routes, ...limits }, config: { 'delivery.timeout_idle': 60_000 } })
  // The first keeps both busy; the second gets one of them all the same.
  await Promise.all(Array.from({ length: 150 }, (_unused, i) => home.submit({ to: [`r${i}@d0.example`] })))
  await Promise.all(Array.from({ length: 20 }, (_unused, i) => home.submit({ to: [`r${i}@d1.example`] })))
  await peers[1].peer.waitForMessages(20)
  await peers[0].peer.waitForMessages(150)
  assert.equal(open.most, 2)
})

test('an account may use fewer connections than the site has, and new connections are counted', async () => {
  const { peer } = await noting(20)
  await using _peer = peer
  const own: Rule = { name: 'own', by: 'all', mask: '*', set: { connections: { limit: 1, per: ['account', 'site'] } } }
  const limits = rules({ connections_per_minute: { limit: 240, burst: 2 } }, { accounts: { 1000: { rules: [], overrides: [own] } } })
  await using home = await EngineHome.start({
    settings: { routes: [routeTo(peer.port)], ...limits },
    config: { 'delivery.messages_per_connection': 2 },
  })
  await Promise.all(Array.from({ length: 20 }, (_unused, i) => home.submit({ to: [`r${i}@e.example`] })))
  await peer.waitForMessages(20)
  assert.ok(peer.connections >= 10 && peer.connections <= 12, `${peer.connections} connections`)
})

test('octets are counted, and what is larger than the limit goes alone', async () => {
  const { peer, times } = await noting()
  await using _peer = peer
  const settings = { routes: [routeTo(peer.port)], ...rules({ bytes_per_minute: { limit: 3_000_000, burst: 3_000_000 } }) }
  await using home = await EngineHome.start({ settings })
  const text = `Subject: x\r\n\r\n${'x'.repeat(70)}\r\n`
  for (let i = 0; i < 3; i++) await home.submit({ to: [`r${i}@e.example`], text: text + `${'y'.repeat(76)}\r\n`.repeat(14_000) })
  await peer.waitForMessages(2)
  await home.untilQueued(1)
  await new Promise((resolve) => setTimeout(resolve, 200))
  assert.equal(times.length, 2)
})

test('what is granted to a connection that had messages is of use to a new one, and the other way round, where both ask for the same', () => {
  const names = { site: 'mx.a.test', domain: 'a.test' as Domain, account: 1000 as AccountId, source: 'default' }
  const limitsBy = (set: RuleSet) => {
    const document = { ...NO_RULES, rules: [{ name: 'test', by: 'domain', mask: '*', set } as const] }
    const book = new RuleBook({ smart: NO_RULES, owner: document, config: configWith() })
    return jobLimits(book.at({ ...names, hosts: ['mx.a.test'] }).effective, names)
  }
  const same = limitsBy({ messages_per_minute: { limit: 60 }, connections_per_minute: { limit: 6 } })
  assert.equal(same?.firstMessage, same?.message)
  const more = limitsBy({ messages_per_minute: { limit: 60 }, connections_per_minute: { limit: 6, per: ['domain'] } })
  assert.equal(more?.firstMessage.length, 2)
})

test('one message to many has as many connections as its recipients need, where a rule lets only one go at a time', async () => {
  const { peer, open } = await noting(20)
  await using _peer = peer
  const settings = { routes: [routeTo(peer.port)], ...rules({ recipients_per_message: 1, connections: { limit: 3 } }) }
  await using home = await EngineHome.start({ settings })
  await home.submit({ to: Array.from({ length: 80 }, (_unused, i) => `r${i}@e.example`) })
  await peer.waitForMessages(80)
  assert.equal(open.most, 3)
})

test('what a slow disk held up counts when it leaves, not when it was granted', async () => {
  await using peer = await SmtpPeer.start()
  const disk = Promise.withResolvers<void>()
  const clock = new FakeClock()
  let reads = 0
  await using home = await EngineHome.start({
    clock,
    settings: { routes: [routeTo(peer.port)], ...rules({ messages_per_minute: { limit: 2, burst: 2 } }) },
    wrapSpool: (spool) =>
      new Proxy(spool, {
        get(target, name) {
          const value: unknown = Reflect.get(target, name, target)
          if (name !== 'body' || typeof value !== 'function') return typeof value === 'function' ? value.bind(target) : value
          return async (...args: Parameters<typeof spool.body>) => {
            if (reads++ < 2) await disk.promise
            return await target.body(...args)
          }
        },
      }),
  })
  const until = async (isSo: () => boolean): Promise<void> => {
    while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5))
  }
  // Large enough that each is read when it leaves.
  const text = `Subject: x\r\n\r\n${`${'x'.repeat(70)}\r\n`.repeat(6000)}`
  for (let i = 0; i < 6; i++) await home.submit({ to: [`r${i}@e.example`], text })
  await until(() => reads === 2)
  clock.pass(2000)
  disk.resolve()
  await peer.waitForMessages(2)
  // A minute after they were granted, and not yet after they left.
  clock.pass(59_500)
  await new Promise((resolve) => setTimeout(resolve, 200))
  assert.equal(peer.messages.length, 2)
  clock.pass(2000)
  await peer.waitForMessages(4)
})
