// Each kind of reason, brought about by real receivers: what `why` says of a message is what holds it, and the sums of its domain agree.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import type { AccountId, Domain, MessageId } from '../../base/brand.ts'
import { NO_RULES, type Rule, type RuleSet } from '../../contract/rules.ts'
import type { HoldKind, WaitingRecipient } from '../../contract/why.ts'
import { CLIENT, EngineHome, type HomeOptions, routeTo } from '../../../testkit/engine-home.ts'
import { misbehavingInbox } from '../../../testkit/misbehaving-inbox.ts'
import { until } from '../../../testkit/patience.ts'
import { SILENCE, SmtpPeer } from '../../../testkit/smtp-peer.ts'

const DOMAIN = 'e.example' as Domain

function rules(set: RuleSet, blocks?: Rule['blocks']): NonNullable<HomeOptions['settings']> {
  const own: Rule = { name: 'test', by: 'domain', mask: '*', set, ...(blocks && { blocks }) }
  return { rules: { version: 1, document: { ...NO_RULES, rules: [own] } } }
}

/** The only recipient of the only message of an address. */
async function whyOf(home: EngineHome, recipient: string): Promise<WaitingRecipient> {
  const { messages } = await home.engine.why.ask({ recipient, domain: DOMAIN, messages: [] })
  return messages[0]?.recipients[0] ?? assert.fail(`${recipient} is not known`)
}

function held(home: EngineHome, recipient: string, kind: HoldKind): Promise<WaitingRecipient> {
  return until(async () => {
    const found = await whyOf(home, recipient)
    return found.hold.kind === kind && found
  })
}

async function kindsOf(home: EngineHome): Promise<Readonly<Record<string, number>>> {
  const { domain } = await home.engine.why.ask({ domain: DOMAIN })
  return Object.fromEntries((domain?.holds ?? []).map(({ kind, recipients }) => [kind, recipients]))
}

async function idOf(home: EngineHome): Promise<MessageId> {
  const [entry] = await home.queued()
  return entry?.id ?? assert.fail()
}

test('a deferred recipient waits for its next attempt, after the reply that it was given', async () => {
  await using peer = await SmtpPeer.start({ on: { rcpt: () => '450 4.2.1 greylisted, come back' } })
  const config = { 'delivery.retry_first': 60_000, 'delivery.retry_longest': 60_000 }
  await using home = await EngineHome.start({ config, settings: { routes: [routeTo(peer.port)] } })
  await home.submit({ to: ['a@e.example'] })
  const [event] = await home.waitFor('deferred')
  const { hold, expected, attempts, site } = await held(home, 'a@e.example', 'retry')
  assert.match(hold.reason, /^Deferred once.*450 4\.2\.1 greylisted, come back/)
  assert.deepEqual([hold.until, expected, attempts, site], [event?.nextAttempt, event?.nextAttempt, 1, `smtp://127.0.0.1:${peer.port}`])
  const { messages } = await home.engine.why.ask({ message: await idOf(home) })
  assert.deepEqual(messages[0]?.recipients[0]?.hold, hold)
  assert.deepEqual(await kindsOf(home), { retry: 1 })
  const [at] = (await home.engine.sites.list({ by: 'queued', limit: 1 })).sites
  const reason = 'Deferred, retried on schedule. Last reply: 450 4.2.1 greylisted, come back'
  assert.deepEqual(at?.holds, [{ kind: 'retry', reason, until: event?.nextAttempt, recipients: 1, atLeast: false }])
})

test('a site that cannot be reached backs off, a block rule pauses, and both say until when', async () => {
  const config = { 'delivery.retry_first': 60_000, 'delivery.retry_longest': 60_000 }
  await using home = await EngineHome.start({ config, settings: { routes: [routeTo(9)] } })
  await home.submit({ to: ['first@e.example'] })
  await home.waitFor('deferred')
  await home.submit({ to: ['a@e.example'] })
  const { hold, expected } = await held(home, 'a@e.example', 'backing-off')
  assert.match(hold.reason, /No session with 127\.0\.0\.1/)
  assert.ok(hold.until !== null && hold.until > Date.now() && expected === hold.until)

  await using peer = await SmtpPeer.start({ on: { rcpt: () => '554 5.7.1 your address is on our list' } })
  const times = { pause: 3_600_000, recovery: 0, priority: 0, to: 0, onlyAlert: false }
  const block = { name: 'listed', match: 'on our list', scope: 'site', action: 'pause', ...times } as const
  await using other = await EngineHome.start({ settings: { routes: [routeTo(peer.port)], ...rules({}, [block]) } })
  await other.submit({ to: ['first@e.example'] })
  await other.waitFor('deferred')
  await other.submit({ to: ['a@e.example'] })
  const paused = await held(other, 'a@e.example', 'block')
  assert.match(paused.hold.reason, /block "listed" of the rule test pauses it, after: 554 5\.7\.1/)
  assert.equal(paused.hold.by, 'rule test')
  assert.ok((paused.hold.until ?? 0) > Date.now() + 3_500_000 && (paused.hold.since ?? 0) <= Date.now())
  assert.deepEqual(await kindsOf(other), { block: 2 })
})

test('a rate that is used up is named with its end, and who comes later waits for those before it', async () => {
  await using peer = await SmtpPeer.start()
  const settings = { routes: [routeTo(peer.port)], ...rules({ messages_per_minute: { limit: 2, burst: 2 } }) }
  await using home = await EngineHome.start({ settings })
  for (let i = 0; i < 6; i++) await home.submit({ to: [`r${i}@e.example`] })
  await peer.waitForMessages(2)
  const { hold, ahead, expected } = await held(home, 'r5@e.example', 'rate')
  assert.match(hold.reason, /messages_per_minute 2/)
  assert.ok(hold.until !== null && hold.until > Date.now() && hold.until <= Date.now() + 62_000, String(hold.until))
  assert.equal(ahead, 3)
  assert.ok(expected !== null && expected > hold.until, 'three go before it')
  // The second of those that went is sending until its end is written.
  await until(async () => isDeepStrictEqual(await kindsOf(home), { rate: 4 }))
  const { sites, total } = await home.engine.sites.list({ by: 'queued', limit: 5 })
  assert.equal(total.sites, 1)
  const [site] = sites
  assert.deepEqual([site?.queued, site?.ready, site?.messages, site?.delivered, site?.allowed, site?.deferred], [4, 4, 2, 2, 2, 0])
  assert.equal(site?.mostConnections, 20)
  assert.deepEqual(site.holds, [{ kind: 'rate', reason: hold.reason, until: hold.until, recipients: 4, atLeast: false }])
  assert.match(hold.reason, /^Limit reached: messages_per_minute 2 \(site \S+, source default\)\.$/)
  assert.match(site?.lastReply ?? '', /^250/)
})

test('connections that are all in use are counted, what is being sent says where, and the rest takes its turn', async () => {
  let answers = false
  await using peer = await SmtpPeer.start({ on: { final: () => (answers ? '250 2.0.0 ok' : SILENCE) } })
  const config = { 'delivery.connections_per_site': 1 }
  await using home = await EngineHome.start({ config, settings: { routes: [routeTo(peer.port)] } })
  for (let i = 0; i < 4; i++) await home.submit({ to: [`r${i}@e.example`] })
  const { hold } = await held(home, 'r0@e.example', 'sending')
  assert.match(hold.reason, /In flight to 127\.0\.0\.1 \[127\.0\.0\.1\]/)
  const waiting = await held(home, 'r3@e.example', 'connections')
  assert.match(waiting.hold.reason, /^1 of 1 connections to the site are in use \(delivery\.connections_per_site\)/)
  assert.deepEqual(await kindsOf(home), { connections: 3, sending: 1 })
  const [site] = (await home.engine.sites.list({ by: 'connections', limit: 1, domain: DOMAIN })).sites
  assert.deepEqual([site?.connections, site?.mostConnections, site?.queued], [1, 1, 4])
  assert.deepEqual(
    site?.holds.map(({ kind, reason, recipients }) => [kind, reason, recipients]),
    [['connections', waiting.hold.reason, 3]],
  )
  assert.deepEqual((await home.engine.sites.list({ by: 'queued', limit: 1, account: 1001 as AccountId })).sites, [])
  home.change(rules({ connections: { limit: 1 } }))
  assert.match((await held(home, 'r3@e.example', 'connections')).hold.reason, /\(rule test\)|Limit reached: connections 1/)
  answers = true
  peer.dropAll()
  await peer.waitForMessages(4)
})

test('what is held says by whom, what is suspended by which suspension, each before any other reason', async () => {
  await using home = await EngineHome.start({ settings: { routes: [routeTo(9)] } })
  await home.submit({ to: ['a@e.example'] })
  await home.submit({ to: ['b@e.example'] })
  await home.waitFor('deferred')
  await home.engine.queue.act('hold', { recipient: 'a@e.example' }, { by: 'ann' })
  const [entry = assert.fail()] = await home.engine.queue.list({ state: 'held' }, null, 1)
  const { messages } = await home.engine.why.ask({ message: entry.id })
  assert.deepEqual(messages[0]?.recipients[0]?.hold, { kind: 'held', reason: 'Held by ann.', until: null })
  // It is found by its message where no index has it.
  const again = await home.engine.why.ask({ recipient: 'A@e.example', domain: DOMAIN, messages: [entry.id] })
  assert.equal(again.messages[0]?.recipients[0]?.hold.kind, 'held')
  const at = Date.now()
  home.change({ suspensions: [{ id: 7, domain: DOMAIN, account: null, mailing: null, by: 'ben', note: 'they asked', at }] })
  const { hold, expected } = await held(home, 'b@e.example', 'suspended')
  assert.deepEqual(hold, { kind: 'suspended', reason: 'Suspended (7) by ben: they asked.', until: null, by: 'ben', since: at })
  assert.equal(expected, null)
  assert.deepEqual(await kindsOf(home), { suspended: 1, held: 1 })
})

test('what has no room in memory waits on disk, and says how many go before it', async () => {
  await using peer = await SmtpPeer.start({ on: { connect: () => SILENCE } })
  // Room for 61 recipients at a site.
  const config = { 'spool.memory': 1_000_000, 'delivery.recipients_per_message': 5, 'delivery.connections_per_site': 100 }
  await using home = await EngineHome.start({ config, settings: { routes: [routeTo(peer.port)] } })
  for (let i = 0; i < 20; i++) await home.submit({ to: Array.from({ length: 20 }, (_unused, n) => `r${i}-${n}@e.example`) })
  const { hold, ahead } = await held(home, 'r19-19@e.example', 'disk')
  assert.match(hold.reason, /ready in memory/)
  assert.ok((ahead ?? 0) > 300, `${ahead} before it`)
  const { disk = 0, turn = 0 } = await kindsOf(home)
  assert.ok(disk > 200 && disk + turn <= 400, `${disk} on disk, ${turn} ready`)
})

test('while nobody knows where mail goes, that is what it waits for', async () => {
  await using home = await EngineHome.start()
  home.dns.behaviour.set(DOMAIN, { drop: true })
  await home.submit({ to: ['a@e.example'] })
  const { hold, site } = await held(home, 'a@e.example', 'looking-up')
  assert.match(hold.reason, /e\.example/)
  assert.equal(site, null)
  const { total } = await home.engine.sites.list({ by: 'queued', limit: 1 })
  assert.deepEqual(total, { sites: 0, queued: 1, unknown: 1 })
})

test('who asks about what is not there is told so', async () => {
  await using home = await EngineHome.start()
  const nothing = { messages: [], domain: null, isCut: false }
  assert.deepEqual(await home.engine.why.ask({ recipient: 'a@e.example', domain: DOMAIN, messages: [] }), nothing)
  const { domain } = await home.engine.why.ask({ domain: DOMAIN })
  assert.deepEqual([domain?.waiting, domain?.holds], [0, []])
})

test('mail for a domain of our own is said to be read here, whatever sites and sources there are', async () => {
  using inbox = misbehavingInbox()
  const own = { domain: DOMAIN, account: null, forwardTo: null, localParts: [] }
  await using home = await EngineHome.start({ settings: { ownDomains: new Map([[DOMAIN, own]]) }, inbox })
  const letter = (word: string, to: string) =>
    home.submit({ client: { ...CLIENT, address: '192.0.2.7' }, sender: 'ann@people.test', to: [to], text: `Subject: x\r\n\r\n${word}\r\n` })
  await letter('hang', 'postmaster@e.example')
  const { hold, site } = await held(home, 'postmaster@e.example', 'sending')
  assert.deepEqual([hold.reason, site], ['It is being processed here, as mail for one of your own domains.', 'own domain'])
  const { domain } = await home.engine.why.ask({ domain: DOMAIN })
  assert.deepEqual(
    [domain?.site, domain?.holds.map(({ kind, reason, recipients }) => [kind, reason, recipients])],
    ['own domain', [['sending', hold.reason, 1]]],
  )
  inbox[Symbol.dispose]()
  await home.waitFor('held', 1)
})
