import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BlockRule } from '../../contract/blocks.ts'
import { NO_RULES, type Rule, type RulesDocument } from '../../contract/rules.ts'
import type { Settings } from '../../contract/settings.ts'
import { EngineHome, routeTo } from '../../../testkit/engine-home.ts'
import { SmtpPeer } from '../../../testkit/smtp-peer.ts'

const USUAL = { name: 'b', match: 'blocked', priority: 0, onlyAlert: false, scope: 'site', action: 'pause', to: 1 } as const

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
  assert.deepEqual([effect?.rule, effect?.block, effect?.action, effect?.to, effect?.scope], ['test', 'b', 'pause', null, 'site'])
  assert.match(effect?.cause ?? '', /550 5\.7\.1 your address is blocked here/)
  assert.ok(home.engine.alerts().some(({ what }) => what.includes('nothing leaves until') && what.includes('blocked here')))
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
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, (effect?.recoversUntil ?? 0) - Date.now()) + 50))
  assert.deepEqual(home.engine.effects.list(), [])
  assert.ok(!home.engine.alerts().some(({ what }) => what.includes('blocked here')))
})

test('ended by hand, mail goes at once', async () => {
  const { peer, state } = await blockingPeer('421 4.7.0 blocked')
  await using _peer = peer
  await using home = await EngineHome.start({ settings: { routes: [routeTo(peer.port)], ...rulesWith([{}]) } })
  await home.submit()
  await home.waitFor('deferred')
  const [effect] = home.engine.effects.list()
  state.isBlocking = false
  assert.equal(home.engine.effects.change('nothing', null, 'ann'), false)
  assert.equal(home.engine.effects.change(effect?.id ?? '', null, 'ann'), true)
  await peer.waitForMessages(1)
  assert.deepEqual(home.engine.effects.list(), [])
})

test('a refused connection begins a block too, for all sites of the provider', async () => {
  await using peer = await SmtpPeer.start({ on: { connect: () => ({ text: '554 5.7.1 blocked using a list', after: 'close' }) } })
  await using other = await SmtpPeer.start()
  const routes = [routeTo(peer.port, { pattern: 'a.example' }), routeTo(other.port, { pattern: 'b.example' })]
  const providers = { both: ['127.0.0.1'] }
  const rules = rulesWith([{ scope: 'provider' }], { providers }, { by: 'provider', mask: 'both' })
  await using home = await EngineHome.start({ settings: { routes, ...rules } })
  await home.submit({ to: ['x@a.example'] })
  await home.waitFor('deferred')
  await home.submit({ to: ['y@b.example'] })
  assert.deepEqual(
    home.engine.effects.list().map(({ scope, where }) => [scope, where]),
    [['provider', 'both']],
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
  const rules = rulesWith([{ action: 'slow', to: 240 }])
  await using home = await EngineHome.start({ settings: { routes: [routeTo(peer.port)], ...rules } })
  await home.submit()
  await home.waitFor('deferred')
  await Promise.all(Array.from({ length: 5 }, (_unused, i) => home.submit({ to: [`r${i}@e.example`] })))
  await peer.waitForMessages(6)
  const gaps = times.slice(2).map((at, i) => at - (times[i + 1] ?? 0))
  for (const gap of gaps) assert.ok(gap > 200, `${gaps.map(Math.round).join(', ')} ms between messages of four a second`)
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
