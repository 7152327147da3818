// What rules say of deliveries, over real sockets: it counts at once, without a connection being lost.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NO_RULES, type Rule, type RulesDocument, type RuleSet } from '../../contract/rules.ts'
import { EngineHome, routeTo } from '../../../testkit/engine-home.ts'
import { SmtpPeer } from '../../../testkit/smtp-peer.ts'

let version = 0
function rulesWith(rules: readonly Rule[], accounts: RulesDocument['accounts'] = {}) {
  return { rules: { version: ++version, document: { ...NO_RULES, rules, accounts } } }
}

function rule(by: Rule['by'], mask: string, set: RuleSet): Rule {
  return { name: `${by} ${mask}`, by, mask, set }
}

const IDLE = { 'delivery.timeout_idle': 60_000 }

test('messages per connection and recipients per message are those of the rules, at once, on the connection that is there', async () => {
  await using peer = await SmtpPeer.start()
  await using home = await EngineHome.start({ settings: { routes: [routeTo(peer.port)] }, config: IDLE })
  await home.submit({ to: ['a@one.example'] })
  await peer.waitForMessages(1)
  home.change(
    rulesWith([rule('domain', 'one.example', { messages_per_connection: 3, recipients_per_message: 2, connections: { limit: 1 } })]),
  )
  await home.submit({ to: ['a', 'b', 'c', 'd', 'e'].map((name) => `${name}@one.example`) })
  await home.waitFor('delivered', 6)
  assert.deepEqual(
    peer.messages.slice(1).map(({ recipients }) => recipients.length),
    [2, 2, 1],
  )
  assert.deepEqual([peer.messages[1]?.connection, peer.messages[2]?.connection], [1, 1], 'the connection from before was used on')
  assert.equal(peer.messages[3]?.connection, 2, 'three were on the first')
})

test('a connection carries no more recipients than the rules say, in all its transactions', async () => {
  await using peer = await SmtpPeer.start()
  const set = { recipients_per_connection: 5, connections: { limit: 1 } }
  const settings = { routes: [routeTo(peer.port)], ...rulesWith([rule('domain', 'one.example', set)]) }
  await using home = await EngineHome.start({ settings, config: IDLE })
  await home.submit({ to: ['a', 'b', 'c'].map((name) => `${name}@one.example`) })
  await home.waitFor('delivered', 3)
  await home.submit({ to: Array.from({ length: 9 }, (_unused, i) => `r${i}@one.example`) })
  await home.waitFor('delivered', 12)
  assert.deepEqual(
    peer.messages.map(({ connection, recipients }) => [connection, recipients.length]),
    [
      [1, 3],
      [1, 2],
      [2, 5],
      [3, 2],
    ],
  )
  assert.equal((await home.events()).filter(({ kind }) => kind === 'deferred').length, 0)
})

test('the limit of connections is raised and lowered while mail waits; what is beyond ends in order', async () => {
  await using peer = await SmtpPeer.start({ on: { final: () => ({ text: '250 2.0.0 ok', delay: 50 }) } })
  await using home = await EngineHome.start({
    settings: {
      routes: [routeTo(peer.port)],
      ...rulesWith([rule('mx', '127.0.0.1.example', { tls: 'may' }), rule('domain', '*', { connections: { limit: 1 } })]),
    },
    config: IDLE,
  })
  for (let i = 0; i < 120; i++) await home.submit({ to: [`r${i}@one.example`] })
  await peer.waitForMessages(3)
  assert.equal(peer.mostOpen, 1)
  home.change(rulesWith([rule('domain', '*', { connections: { limit: 5 } })]))
  await peer.until(() => peer.open === 5)
  home.change(rulesWith([rule('domain', '*', { connections: { limit: 2 } })]))
  await peer.until(() => peer.open === 2)
  await home.waitFor('delivered', 120)
  assert.equal(peer.mostOpen, 5)
  assert.equal((await home.events()).filter(({ kind }) => kind === 'deferred').length, 0)
  assert.equal(peer.transcript.filter((line) => line.includes('QUIT')).length, 3)
})

test('a rule for one domain parts it from its neighbours at the same hosts, and they come together again', async () => {
  await using peer = await SmtpPeer.start()
  await using home = await EngineHome.start({ settings: { routes: [routeTo(peer.port)] }, config: IDLE })
  await home.submit({ to: ['a@one.example'] })
  await peer.waitForMessages(1)
  await home.submit({ to: ['a@two.example'] })
  await peer.waitForMessages(2)
  assert.equal(peer.connections, 1, 'both share what is the same for both')
  home.change(rulesWith([rule('domain', 'one.example', { pipelining: false })]))
  await home.submit({ to: ['b@one.example'] })
  await home.submit({ to: ['b@two.example'] })
  await peer.waitForMessages(4)
  assert.deepEqual([peer.connections, peer.open], [2, 2])
  home.change(rulesWith([]))
  await peer.until(() => peer.open === 1)
  await home.submit({ to: ['c@one.example'] })
  await peer.waitForMessages(5)
  await home.submit({ to: ['c@two.example'] })
  await peer.waitForMessages(6)
  assert.equal(peer.connections, 2)
})

test('pipelining off: each command waits for its answer, on a connection that was open before', async () => {
  await using peer = await SmtpPeer.start()
  await using home = await EngineHome.start({ settings: { routes: [routeTo(peer.port)] }, config: IDLE })
  await home.submit()
  await peer.waitForMessages(1)
  const before = peer.reads
  await home.submit()
  await peer.waitForMessages(2)
  const pipelined = peer.reads - before
  home.change(rulesWith([rule('domain', '*', { pipelining: false })]))
  await home.submit()
  await peer.waitForMessages(3)
  assert.equal(peer.connections, 1)
  assert.ok(peer.reads - before - pipelined >= pipelined + 2, `${pipelined} reads with it, ${peer.reads - before - pipelined} without`)
})

test('retries and expiry are those of the rules for the domain and the account', async () => {
  await using peer = await SmtpPeer.start({ on: { rcpt: () => '450 4.2.0 later' } })
  await using home = await EngineHome.start({ settings: { routes: [routeTo(peer.port)] } })
  home.change(
    rulesWith([rule('domain', 'slow.example', { retry_first: 3_600_000, retry_longest: 7_200_000 })], {
      '1000': { rules: [rule('domain', 'gone.example', { expiry: 0 })], overrides: [] },
    }),
  )
  await home.submit({ to: ['a@slow.example'] })
  const [deferred] = await home.waitFor('deferred')
  assert.equal((deferred?.nextAttempt ?? 0) - (deferred?.at ?? 0), 3_600_000)
  await home.submit({ to: ['a@gone.example'] })
  const [expired] = await home.waitFor('expired')
  assert.equal(expired?.recipient, 'a@gone.example')
})

test('a longer expiry counts for mail that is accepted under it, for the domains that have it', async () => {
  await using peer = await SmtpPeer.start({ on: { rcpt: () => '450 4.2.0 later' } })
  await using home = await EngineHome.start({ settings: { routes: [routeTo(peer.port)] }, config: { 'delivery.expiry': 60_000 } })
  home.change(rulesWith([rule('domain', '*.late.example', { expiry: 3_600_000 })]))
  await home.submit({ to: ['a@x.late.example'] })
  await home.submit({ to: ['a@b.example'] })
  const ages = (await home.queued()).map(({ expiresAt, acceptedAt }) => expiresAt - acceptedAt)
  assert.deepEqual(ages, [3_600_000, 60_000])
})

test('a time-out of a rule counts for a connection that is open', async () => {
  let silent = false
  await using peer = await SmtpPeer.start({ on: { mail: () => (silent ? { text: '250 ok', delay: 60_000 } : undefined) } })
  await using home = await EngineHome.start({ settings: { routes: [routeTo(peer.port)] }, config: IDLE })
  await home.submit()
  await peer.waitForMessages(1)
  silent = true
  home.change(rulesWith([rule('domain', '*', { timeout_command: 100 })]))
  await home.submit()
  const [deferred] = await home.waitFor('deferred')
  assert.match(deferred?.reason ?? '', /no answer within the time for (?:mail|rcpt)/)
})

test('an account whose rules set it apart has connections of its own, and shares them again when its rules are gone', async () => {
  await using peer = await SmtpPeer.start()
  await using home = await EngineHome.start({
    settings: {
      routes: [routeTo(peer.port)],
      ...rulesWith([], { '1000': { rules: [rule('domain', '*', { pipelining: false })], overrides: [] } }),
    },
    config: IDLE,
  })
  await home.submit()
  await home.waitFor('delivered')
  assert.equal(home.engine.status().outboundOpen, 1)
  home.change(rulesWith([]))
  await home.submit()
  await home.waitFor('delivered', 2)
  assert.equal(peer.connections, 1, 'with the rule gone the connection serves everybody')
})

test('mail that waits on disk for a full site goes on when rules part the site', async () => {
  await using peer = await SmtpPeer.start({ on: { final: () => ({ text: '250 2.0.0 ok', delay: 5 }) } })
  await using home = await EngineHome.start({
    settings: { routes: [routeTo(peer.port)], ...rulesWith([rule('domain', '*', { connections: { limit: 1 } })]) },
    config: { ...IDLE, 'spool.memory': 100_000 },
  })
  for (let i = 0; i < 150; i++) await home.submit({ to: [`r${i}@${i % 2 === 0 ? 'one' : 'two'}.example`] })
  await peer.waitForMessages(5)
  home.change(rulesWith([rule('domain', 'one.example', { pipelining: false })]))
  await peer.waitForMessages(30)
  home.change(rulesWith([]))
  await home.waitFor('delivered', 150)
})
