import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Domain } from '../../base/brand.ts'
import type { BlockRule } from '../../contract/blocks.ts'
import type { PeerReply } from '../../contract/events.ts'
import { jsonLog } from '../../base/log.ts'
import { NO_RULES, type Rule, type RulesDocument, UNSET } from '../../contract/rules.ts'
import type { Settings } from '../../contract/settings.ts'
import { AT_EASE } from '../../policy/blocks/holding.ts'
import { listed } from '../../policy/blocks/effect-words.ts'
import { scopeOf } from '../../policy/blocks/places.ts'
import { RuleBook } from '../../policy/rules/book.ts'
import { readRulesText } from '../../policy/rules/read.ts'
import { configWith, EngineHome, routeTo } from '../../../testkit/engine-home.ts'
import { FakeClock } from '../../../testkit/fake-clock.ts'
import { Lateness } from '../../../testkit/lateness.ts'
import { until } from '../../../testkit/patience.ts'
import { SmtpPeer } from '../../../testkit/smtp-peer.ts'
import { Alerts } from '../alerts.ts'
import { LocalEffects } from '../effects/local-effects.ts'
import { Blocks } from './blocks.ts'
import type { SitePlan } from './routing.ts'

const silent = jsonLog('test', 'error', () => {})
const USUAL = { name: 'b', match: 'blocked', priority: 0, onlyAlert: false, scope: ['site', 'source'], action: 'pause', to: 1 } as const

function rulesWith(
  blocks: readonly Partial<BlockRule>[],
  change: Partial<RulesDocument> = {},
  at: Partial<Rule> = {},
): Pick<Settings, 'rules'> {
  const made = blocks.map((one) => ({ ...USUAL, pause: 60_000, recovery: 0, ...one }))
  const rule: Rule = { name: 'test', by: 'mx', mask: '127.0.0.1', set: {}, blocks: made, ...at }
  return { rules: { version: 1, document: { ...NO_RULES, rules: [rule], ...change } } }
}

/** Refuses recipients while `isBlocking`. */
async function blockingPeer(text: string): Promise<{ peer: SmtpPeer; state: { isBlocking: boolean } }> {
  const state = { isBlocking: true }
  const peer = await SmtpPeer.start({ on: { rcpt: () => (state.isBlocking ? text : undefined) } })
  return { peer, state }
}

test('a reply that says that we are blocked pauses the site: nobody fails, nothing is tried, others go on, and it ends by itself', async () => {
  const { peer, state } = await blockingPeer('550 5.7.1 your address is blocked here')
  await using _peer = peer
  await using other = await SmtpPeer.start()
  const routes = [routeTo(peer.port, { pattern: 'a.example' }), routeTo(other.port, { pattern: 'b.example' })]
  await using home = await EngineHome.start({ settings: { routes, ...rulesWith([{ pause: 2000, recovery: 1000 }]) } })
  await home.submit({ to: ['x@a.example'] })
  const [deferred] = await home.waitFor('deferred')
  assert.match(deferred?.reason ?? '', /The server refuses us at RCPT/)
  const [effect] = home.engine.effects.list()
  assert.deepEqual([effect?.rule, effect?.block, effect?.action, effect?.to], ['test', 'b', 'pause', null])
  assert.deepEqual(effect?.place, { site: effect?.place.site, source: 'default' })
  assert.match(effect?.cause ?? '', /550 5\.7\.1 your address is blocked here/)
  assert.ok(home.engine.alerts().some(({ what }) => what.includes('delivery paused until') && what.includes('blocked here')))
  await home.submit({ to: ['y@a.example'] })
  await home.submit({ to: ['z@b.example'] })
  await other.waitForMessages(1)
  assert.equal(peer.connections, 1)
  state.isBlocking = false
  await peer.waitForMessages(2)
  await home.untilQueued(0)
  assert.deepEqual(
    (await home.events()).filter(({ kind }) => kind === 'failed'),
    [],
  )
  await until(() => home.engine.effects.list().length === 0)
  assert.ok(Date.now() >= (effect?.recoversUntil ?? Infinity))
  await until(() => !home.engine.alerts().some(({ what }) => what.includes('blocked here')))
})

test('while it recovers, the alert tells what leaves for now and when all does, not an end that is over', async () => {
  const { peer, state } = await blockingPeer('421 4.7.0 blocked')
  await using _peer = peer
  await using home = await EngineHome.start({
    settings: { routes: [routeTo(peer.port)], ...rulesWith([{ pause: 200, recovery: 60_000 }]) },
  })
  await home.submit()
  await home.waitFor('deferred')
  state.isBlocking = false
  const [effect] = home.engine.effects.list()
  const again = new Date(effect?.recoversUntil ?? 0).toISOString()
  const told = (): string => home.engine.alerts().find(({ key }) => key.startsWith('block'))?.what ?? ''
  await until(() => told().includes(`for now, fully recovered at ${again}`), told)
})

test('ended by hand, mail goes at once', async () => {
  const { peer, state } = await blockingPeer('421 4.7.0 blocked')
  await using _peer = peer
  await using home = await EngineHome.start({ settings: { routes: [routeTo(peer.port)], ...rulesWith([{}]) } })
  await home.submit()
  await home.waitFor('deferred')
  const [effect] = home.engine.effects.list()
  state.isBlocking = false
  assert.equal(await home.engine.effects.change('nothing', null, 'ann'), false)
  assert.equal(await home.engine.effects.change(effect?.id ?? '', null, 'ann'), true)
  await peer.waitForMessages(1)
  assert.deepEqual(home.engine.effects.list(), [])
})

test('a refused connection begins a block too, for all sites of the provider', async () => {
  await using peer = await SmtpPeer.start({ on: { connect: () => ({ text: '554 5.7.1 blocked using a list', after: 'close' }) } })
  await using other = await SmtpPeer.start()
  const routes = [routeTo(peer.port, { pattern: 'a.example' }), routeTo(other.port, { pattern: 'b.example' })]
  const providers = { both: ['127.0.0.1'] }
  const rules = rulesWith([{ scope: ['provider', 'source'] }], { providers }, { by: 'provider', mask: 'both' })
  await using home = await EngineHome.start({ settings: { routes, ...rules } })
  await home.submit({ to: ['x@a.example'] })
  await home.waitFor('deferred')
  await home.submit({ to: ['y@b.example'] })
  assert.deepEqual(
    home.engine.effects.list().map(({ place }) => place),
    [{ provider: 'both', source: 'default' }],
  )
  await new Promise((resolve) => setTimeout(resolve, 300))
  assert.deepEqual([other.connections, home.engine.status().queued], [0, 2])
})

test('fewer connections: those that are open beyond them end, and no more are opened', async () => {
  const state = { refused: 0, mostSince: 0 }
  await using peer: SmtpPeer = await SmtpPeer.start({
    on: {
      mail: () => {
        if (peer.open >= 4 && state.refused === 0) {
          state.refused++
          return '452 4.3.2 blocked: too many connections'
        }
        return undefined
      },
      final: () => ({ text: '250 2.0.0 ok', delay: 20 }),
    },
  })
  const rules = rulesWith([{ action: 'connections', to: 2 }])
  await using home = await EngineHome.start({ settings: { routes: [routeTo(peer.port)], ...rules } })
  await Promise.all(Array.from({ length: 80 }, (_unused, i) => home.submit({ to: [`r${i}@e.example`] })))
  await peer.until(() => state.refused > 0)
  await peer.until(() => peer.open <= 2)
  const watch = setInterval(() => (state.mostSince = Math.max(state.mostSince, peer.open)), 1)
  await peer.waitForMessages(80)
  clearInterval(watch)
  assert.ok(state.mostSince <= 2, `${state.mostSince} at once`)
  assert.equal(home.engine.effects.list()[0]?.to, 2)
})

test('slower: messages leave one after the other at the pace of the rule', async () => {
  const times: number[] = []
  await using peer = await SmtpPeer.start({
    on: {
      mail: () => {
        times.push(performance.now())
        return times.length === 1 ? '451 4.7.1 blocked for a while' : undefined
      },
    },
  })
  const rules = rulesWith([{ action: 'slow', to: 120 }])
  await using home = await EngineHome.start({ settings: { routes: [routeTo(peer.port)], ...rules } })
  await home.submit()
  await home.waitFor('deferred')
  const begun = performance.now()
  using late = new Lateness()
  await Promise.all(Array.from({ length: 4 }, (_unused, i) => home.submit({ to: [`r${i}@e.example`] })))
  await peer.waitForMessages(5)
  const gaps = times.slice(2).map((at, i) => at - (times[i + 1] ?? 0))
  for (const gap of gaps) assert.ok(gap > 200 - late.most, `${gaps.map(Math.round).join(', ')} ms between messages of two a second`)
  const lasted = (times.at(-1) ?? 0) - begun
  assert.ok(lasted >= 1300, `four of two a second within ${Math.round(lasted)} ms`)
})

test('an alert alone changes nothing but tells', async () => {
  const { peer } = await blockingPeer('550 5.1.1 blocked: no such user')
  await using _peer = peer
  await using home = await EngineHome.start({ settings: { routes: [routeTo(peer.port)], ...rulesWith([{ onlyAlert: true }]) } })
  await home.submit()
  await home.waitFor('failed')
  assert.deepEqual(home.engine.effects.list(), [])
  assert.ok(home.engine.alerts().some(({ what }) => what.includes('no such user')))
})

test('every shipped block is met at the hosts of its provider by its examples, does what it says, and is over after its recovery', () => {
  const reading = readRulesText(readFileSync(join(import.meta.dirname, '../../../data/smart-rules.yaml'), 'utf8'), 'smart')
  assert.ok(reading.ok)
  const smart = reading.document
  const book = new RuleBook({ smart, owner: NO_RULES, config: configWith() })
  let met = 0
  for (const rule of smart.rules) {
    for (const block of rule.blocks === UNSET ? [] : (rule.blocks ?? [])) {
      const clock = new FakeClock()
      const alerts = new Alerts(clock, silent)
      const changes: string[] = []
      const effects = new LocalEffects({ clock, log: silent, before: [], store: null })
      const blocks = new Blocks({ clock, alerts, rules: () => book, effects, changed: ({ id }) => changes.push(id) })
      const [host = ''] = rule.matches ?? []
      const plan = { name: host, hosts: [{ host, addresses: [] }], reachedBy: 'mx' } as unknown as SitePlan
      const reply = replyOf(block.matches?.[0] ?? '')
      const known = blocks.find(plan, 'example.com' as Domain, reply)
      assert.deepEqual(
        known.map((one) => one.block.name),
        [block.name],
        `${rule.name}: ${block.name}`,
      )
      const spot = blocks.spotOf(plan, 'default')
      for (let n = 0; n < (block.threshold?.count ?? 1); n++) blocks.act(spot, null, known, { rate: 0, connections: 0 })
      assert.equal(alerts.list().length, 1, `${rule.name}: ${block.name}`)
      met++
      if (block.onlyAlert) continue
      const effect = listed(effects.current()[0] ?? assert.fail(), clock.now())
      assert.deepEqual([effect.block, effect.action], [block.name, block.action])
      const isWide = scopeOf(block).includes('provider')
      assert.deepEqual(effect.place, { ...(isWide ? { provider: rule.mask } : { site: host }), source: 'default' })
      assert.equal(effect.to, block.action === 'pause' ? null : block.to)
      clock.pass(block.pause + block.recovery)
      assert.deepEqual([effects.current(), alerts.list()], [[], []], `${rule.name}: ${block.name}`)
      assert.deepEqual([blocks.ease(spot), blocks.isQuiet], [AT_EASE, true])
      assert.ok(changes.length > 1)
    }
  }
  assert.ok(met >= 40, `${met} blocks`)
})

function replyOf(line: string): PeerReply {
  const [, code = '0', enhanced, text = ''] = /^(\d{3}) (?:([245]\.\d{1,3}\.\d{1,3}) )?(.*)$/s.exec(line) ?? []
  return { code: Number(code), enhanced: enhanced ?? null, text }
}
