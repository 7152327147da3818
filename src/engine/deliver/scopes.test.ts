// What block rules ease off: one account, one mailing, everything that shares a pace, or nothing more than fails.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BlockRule } from '../../contract/blocks.ts'
import { NO_RULES, type Rule, type RulesDocument, type Source } from '../../contract/rules.ts'
import type { Settings } from '../../contract/settings.ts'
import { EngineHome, routeTo } from '../../../testkit/engine-home.ts'
import { SmtpPeer } from '../../../testkit/smtp-peer.ts'

const USUAL = { name: 'b', match: 'blocked', priority: 0, onlyAlert: false, to: 1, pause: 60_000, recovery: 0 } as const

function rulesWith(block: Pick<BlockRule, 'action' | 'scope'> & Partial<BlockRule>): Pick<Settings, 'rules'> {
  const rule: Rule = { name: 'test', by: 'mx', mask: '127.0.0.1', set: {}, blocks: [{ ...USUAL, ...block }] }
  return { rules: { version: 1, document: { ...NO_RULES, rules: [rule] } } }
}

const mail = (subject: string, mailing?: string): string =>
  `From: bob@sender.example\r\n${mailing === undefined ? '' : `X-xsMailingId: ${mailing}\r\n`}Subject: ${subject}\r\n\r\nhello\r\n`

/** Refuses mail to `a@`. */
const refusing = (): Promise<SmtpPeer> =>
  SmtpPeer.start({ on: { rcpt: (line) => (line.includes('<a@') ? '550 5.7.1 blocked for its content' : undefined) } })

test('a mailing that is blocked waits by itself: others of the account go on, and its own mail is put off without an attempt', async () => {
  await using peer = await refusing()
  await using home = await EngineHome.start({
    settings: { routes: [routeTo(peer.port)], ...rulesWith({ action: 'pause', scope: ['site', 'mailing'] }) },
  })
  await home.submit({ text: mail('spam', 'm1'), to: ['a@e.example'] })
  await home.waitFor('deferred')
  const [effect] = home.engine.effects.list()
  assert.deepEqual([effect?.place.mailing, effect?.place.account, effect?.to], ['m1', '1000', null])
  await home.submit({ text: mail('more', 'm1'), to: ['b@e.example'] })
  await home.submit({ text: mail('other', 'm2'), to: ['c@e.example'] })
  await home.submit({ text: mail('none'), to: ['d@e.example'] })
  const taken = await peer.waitForMessages(2)
  assert.deepEqual(taken.flatMap(({ recipients }) => recipients).toSorted(), ['c@e.example', 'd@e.example'])
  const putOff = (await home.events()).filter((event) => event.kind === 'deferred' && event.recipient === 'b@e.example')
  assert.equal(putOff.length, 1)
  const [event] = putOff
  assert.ok(event?.kind === 'deferred' && event.attempt === 0 && event.nextAttempt === effect?.until)
  assert.match(event.reason, /The block "b" of the rule test pauses it, after: 550 5\.7\.1 blocked for its content/)
  // When nothing is held back any more, it waits for its next attempt, and not for a time that its sender chose.
  assert.equal(await home.engine.effects.change(effect?.id ?? '', null, 'ann'), true)
  const why = await home.engine.why.ask({ message: event.message })
  const hold = why.messages[0]?.recipients[0]?.hold
  assert.equal(hold?.kind, 'retry')
  assert.match(hold.reason, /^Deferred, retried on schedule\. Last reply: The block "b"/)
})

test('what fails by a rule is the recipient that it matches, and mail of the same mailing while it holds', async () => {
  await using peer = await refusing()
  await using home = await EngineHome.start({
    settings: { routes: [routeTo(peer.port)], ...rulesWith({ action: 'fail', scope: ['site', 'mailing'] }) },
  })
  await home.submit({ text: mail('spam', 'm1'), to: ['a@e.example'] })
  await home.waitFor('failed')
  await home.submit({ text: mail('more', 'm1'), to: ['b@e.example'] })
  await home.submit({ text: mail('other', 'm2'), to: ['c@e.example'] })
  await peer.waitForMessages(1)
  await home.untilQueued(0)
  const failed = (await home.events()).flatMap((event) =>
    event.kind === 'failed' && event.domain === 'e.example' ? [[event.recipient, event.reason]] : [],
  )
  assert.deepEqual(
    failed.map(([recipient]) => recipient),
    ['a@e.example', 'b@e.example'],
  )
  assert.match(failed[1]?.[1] ?? '', /By the block "b" of the rule test, after: 550/)
})

test('fewer connections at a provider are shared by all of its sites', async () => {
  let isFirst = true
  let isWatched = false
  let most = 0
  const open = (): number => peers.reduce((sum, peer) => sum + peer.open, 0)
  const on: NonNullable<Parameters<typeof SmtpPeer.start>[0]>['on'] = {
    mail: () => {
      if (isWatched) most = Math.max(most, open())
      if (!isFirst) return undefined
      isFirst = false
      return '421 4.7.0 blocked: too many connections'
    },
    final: () => ({ text: '250 2.0.0 ok', delay: 5 }),
  }
  await using first = await SmtpPeer.start({ on })
  await using second = await SmtpPeer.start({ on })
  const peers = [first, second]
  const routes = [routeTo(first.port, { pattern: 'a.example' }), routeTo(second.port, { pattern: 'b.example' })]
  const block = { ...USUAL, action: 'connections', to: 1, scope: ['provider', 'source'] } as const
  const rule: Rule = { name: 'test', by: 'provider', mask: 'both', set: {}, blocks: [block] }
  const rules = { version: 1, document: { ...NO_RULES, providers: { both: ['127.0.0.1'] }, rules: [rule] } }
  await using home = await EngineHome.start({
    settings: { routes, rules },
    config: { 'delivery.timeout_idle': 50, 'delivery.retry_first': 60_000 },
  })
  await home.submit({ to: ['first@a.example'] })
  await home.waitFor('deferred')
  await first.until(() => open() === 0)
  isWatched = true
  await Promise.all(Array.from({ length: 20 }, (_unused, i) => home.submit({ to: [`r${i}@${i % 2 === 0 ? 'a' : 'b'}.example`] })))
  await first.waitForMessages(10)
  await second.waitForMessages(10)
  assert.equal(most, 1)
})

test('a mailing that gets a lower priority goes behind other mail that came later', async () => {
  const state = { isFirst: true }
  await using peer = await SmtpPeer.start({
    on: {
      rcpt: (line) => {
        if (!line.includes('<a@') || !state.isFirst) return undefined
        state.isFirst = false
        return '451 4.7.1 blocked: complaints'
      },
      final: () => ({ text: '250 2.0.0 ok', delay: 20 }),
    },
  })
  await using home = await EngineHome.start({
    settings: { routes: [routeTo(peer.port)], ...rulesWith({ action: 'priority', target: 'bulk', scope: ['site', 'mailing'] }) },
    config: { 'delivery.connections_per_site': 1, 'delivery.retry_first': 60_000 },
  })
  await home.submit({ text: mail('first', 'm1'), to: ['a@e.example'] })
  await home.waitFor('deferred')
  const [effect] = home.engine.effects.list()
  assert.deepEqual([effect?.action, effect?.target, effect?.place.mailing], ['priority', 'bulk', 'm1'])
  for (let i = 0; i < 20; i++) await home.submit({ text: mail('more', 'm1'), to: [`m${i}@e.example`] })
  for (let i = 0; i < 3; i++) await home.submit({ text: mail('other', 'm2'), to: [`o${i}@e.example`] })
  const taken = (await peer.waitForMessages(23)).flatMap(({ recipients }) => recipients)
  assert.ok(
    taken.slice(-8).every((to) => to.startsWith('m')),
    taken.join(' '),
  )
  assert.equal(await home.engine.effects.change(effect?.id ?? '', null, 'ann'), true)
})

const address = (n: number): Source => ({ kind: 'address', address: `127.0.0.${n}`, helo: `mta${n}.example.test` })
const SOURCES = { a: address(31), b: address(32), c: address(33) }

/** Sources, pools, and a rule that has a block. */
function pooled(blocks: readonly BlockRule[], pools: RulesDocument['pools']): Pick<Settings, 'rules'> {
  const rule: Rule = { name: 'test', by: 'mx', mask: '127.0.0.1', set: { pool: 'usual' }, blocks }
  return { rules: { version: 1, document: { ...NO_RULES, sources: SOURCES, pools, rules: [rule] } } }
}

/** Refuses whoever greets with that name. */
const refusingFrom = (helo: string, state: { isBlocking: boolean }): Promise<SmtpPeer> =>
  SmtpPeer.start({ on: { mail: (_line, session) => (state.isBlocking && session.helo === helo ? '421 4.7.0 blocked' : undefined) } })

test('what one source is blocked for does not hold back the others of its pool', async () => {
  await using peer = await refusingFrom('mta31.example.test', { isBlocking: true })
  const rules = pooled([{ ...USUAL, action: 'pause', scope: ['site', 'source'] }], { usual: { a: 1, b: 1 } })
  await using home = await EngineHome.start({
    settings: { routes: [routeTo(peer.port)], ...rules },
    config: { 'delivery.retry_first': 60_000 },
  })
  for (let i = 0; i < 30; i++) await home.submit({ to: [`r${i}@e.example`] })
  await home.waitFor('deferred')
  await home.waitFor('delivered', 5)
  const [effect, ...others] = home.engine.effects.list()
  assert.deepEqual([effect?.place.source, others.length], ['a', 0])
  assert.deepEqual(new Set(peer.messages.map(({ helo }) => helo)), new Set(['mta32.example.test']))
  assert.ok(home.engine.status().queued > 0)
})

test('mail leaves from another pool while its source is blocked, and from its own again afterwards', async () => {
  const state = { isBlocking: true }
  await using peer = await refusingFrom('mta31.example.test', state)
  const block = { ...USUAL, action: 'pool', target: 'spare', scope: ['site', 'source'] } as const
  const rules = pooled([block], { usual: { a: 1 }, spare: { c: 1 } })
  await using home = await EngineHome.start({
    settings: { routes: [routeTo(peer.port)], ...rules },
    config: { 'delivery.retry_first': 1000 },
  })
  await home.submit({ to: ['first@e.example'] })
  await home.waitFor('deferred')
  const [effect] = home.engine.effects.list()
  assert.deepEqual([effect?.action, effect?.target, effect?.to], ['pool', 'spare', null])
  for (let i = 0; i < 5; i++) await home.submit({ to: [`r${i}@e.example`] })
  const taken = await peer.waitForMessages(6)
  assert.deepEqual(new Set(taken.map(({ helo }) => helo)), new Set(['mta33.example.test']))
  state.isBlocking = false
  assert.equal(await home.engine.effects.change(effect?.id ?? '', null, 'ann'), true)
  await home.submit({ to: ['later@e.example'] })
  assert.equal((await peer.waitForMessages(7)).at(-1)?.helo, 'mta31.example.test')
})
