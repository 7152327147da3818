import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId, Domain } from '../../base/brand.ts'
import { NO_RULES, type RulesDocument } from '../../contract/rules.ts'
import type { DkimKey, Settings } from '../../contract/settings.ts'
import { WARMUP_DEFAULTS, type WarmupState } from '../../contract/warmup.ts'
import { EngineHome, routeTo } from '../../../testkit/engine-home.ts'
import { FakeClock } from '../../../testkit/fake-clock.ts'
import { SmtpPeer } from '../../../testkit/smtp-peer.ts'

const START = Date.UTC(2026, 11, 1)
const HOUR = 3_600_000
const UNIT = 'source=127.0.0.1'

function rules(change: Partial<RulesDocument> = {}): Settings['rules'] {
  const warmups = { slow: { ...WARMUP_DEFAULTS, days: [8, 16], providers: {}, spread: 4 * HOUR } }
  const sources = { a: { kind: 'address', address: '127.0.0.1', helo: null, warmup: { plan: 'slow', start: null } } } as const
  return { version: 1, document: { ...NO_RULES, warmups, sources, ...change } }
}

function stateOf(change: Partial<WarmupState>): Settings['warmups'] {
  const state: WarmupState = {
    unit: UNIT,
    provider: 'other',
    mode: 'warming',
    cap: 8,
    began: START,
    since: START,
    looked: 0,
    bad: 0,
    idle: 0,
    said: '',
    past: [],
    ...change,
  }
  return new Map([[`${UNIT} provider=other`, state]])
}

const config = {
  'delivery.timeout_idle': 1000 * HOUR,
  'delivery.source_address': '127.0.0.1',
  'delivery.retry_first': 30 * 60_000,
  'delivery.expiry': 10 * 24 * HOUR,
}

const STEP = 5 * 60_000

/** Lets time go by, and what leaves meanwhile arrive. Connections stay, so that what may leave is being sent at once. */
async function until(clock: FakeClock, home: EngineHome, done: () => boolean, most: number): Promise<void> {
  for (let passed = 0; passed < most && !done(); passed += STEP) {
    clock.pass(STEP)
    do await new Promise((resolve) => setTimeout(resolve, 2))
    while (home.engine.status().sending > 0)
  }
}

test('a cap counts each copy, spreads them over its hours, and grows with the state; the events name it', async () => {
  const clock = new FakeClock(START)
  const times: number[] = []
  await using peer = await SmtpPeer.start({ on: { mail: () => (times.push(clock.now()), undefined) } })
  await using home = await EngineHome.start({ clock, config, settings: { routes: [routeTo(peer.port)], rules: rules() } })
  // One message to six, and six to one each.
  await home.submit({ to: Array.from({ length: 6 }, (_unused, i) => `r${i}@e.example`) })
  for (let i = 0; i < 6; i++) await home.submit({ to: [`s${i}@f.example`] })
  await peer.waitForMessages(1)
  await until(clock, home, () => times.length >= 12, 12 * HOUR)
  assert.equal(times.length, 8)
  for (const at of times) assert.ok(times.filter((one) => one >= at && one < at + HOUR - STEP).length <= 2, times.join(' '))
  const delivered = await home.waitFor('delivered', 8)
  assert.deepEqual(delivered[0]?.warmup, [`${UNIT} provider=other`])
  const [entry] = await home.queued()
  assert.match(entry?.recipients[0]?.lastReply ?? '', /warm-up of source a \(127\.0\.0\.1\) at other: 8 in 24 hours/)
  // The next day's cap counts at once; in 24 hours there are never more.
  home.change({ warmups: stateOf({ cap: 16 }) })
  await until(clock, home, () => times.length >= 12, 6 * HOUR)
  assert.equal(times.length, 12)
})

test('what is held by a date waits for it; what is warm goes as it likes and is still named', async () => {
  const clock = new FakeClock(START)
  await using peer = await SmtpPeer.start()
  const early = { kind: 'address', address: '127.0.0.1', helo: null, warmup: { plan: 'slow', start: '2026-12-02' } } as const
  const settings = { routes: [routeTo(peer.port)], rules: rules({ sources: { a: early } }) }
  await using home = await EngineHome.start({ clock, config, settings })
  for (let i = 0; i < 20; i++) await home.submit({ to: [`r${i}@e.example`] })
  await until(clock, home, () => peer.messages.length > 0, 2 * HOUR)
  assert.equal(peer.messages.length, 0)
  home.change({ warmups: stateOf({ mode: 'warm', began: Date.UTC(2026, 11, 2) }) })
  clock.pass(24 * HOUR)
  home.change({ warmups: stateOf({ mode: 'warm', began: Date.UTC(2026, 11, 2) }) })
  await peer.waitForMessages(20)
  assert.deepEqual((await home.waitFor('delivered', 20))[0]?.warmup, [`${UNIT} provider=other`])
})

test('a new signing domain has its own cap, whatever else leaves', async () => {
  const clock = new FakeClock(START)
  const senders: string[] = []
  await using peer = await SmtpPeer.start({ on: { mail: (line) => (senders.push(String(line)), undefined) } })
  const key: DkimKey = {
    domain: 'sender.example' as Domain,
    selector: 's',
    algorithm: 'rsa-sha256',
    privateKey: '',
    account: 1000 as AccountId,
    role: 'author',
    seenAt: START,
  }
  const domains = { 'sender.example': { warmup: { plan: 'slow', start: null } } }
  const settings = { routes: [routeTo(peer.port)], dkimKeys: [key], senderDomains: new Map(), rules: rules({ sources: {}, domains }) }
  await using home = await EngineHome.start({ clock, config, settings })
  for (let i = 0; i < 6; i++) await home.submit({ sender: 'bob@sender.example', to: [`r${i}@e.example`] })
  for (let i = 0; i < 6; i++) await home.submit({ sender: 'bob@old.example', to: [`s${i}@e.example`] })
  await peer.waitForMessages(7)
  await until(clock, home, () => peer.messages.length >= 8, 90 * 60_000)
  const delivered = await home.waitFor('delivered', peer.messages.length)
  const ofNew = delivered.filter(({ sender }) => sender === 'bob@sender.example')
  assert.equal(delivered.length - ofNew.length, 6)
  assert.ok(ofNew.length >= 1 && ofNew.length <= 3, `${ofNew.length} of the new domain`)
  assert.deepEqual(ofNew[0]?.warmup, ['signer=sender.example provider=other'])
})

test('what waits for a cap until it is too old expires, and says what it waited for', async () => {
  const clock = new FakeClock(START)
  await using peer = await SmtpPeer.start()
  const late = { kind: 'address', address: '127.0.0.1', helo: null, warmup: { plan: 'slow', start: '2036-01-01' } } as const
  const settings = { routes: [routeTo(peer.port)], rules: rules({ sources: { a: late } }) }
  await using home = await EngineHome.start({ clock, config: { ...config, 'delivery.expiry': HOUR }, settings, sweepEvery: STEP })
  for (let i = 0; i < 4; i++) await home.submit({ to: [`r${i}@e.example`] })
  await until(clock, home, () => home.engine.status().queued === 0, 1000 * HOUR)
  const expired = await home.waitFor('expired', 4)
  for (const { reason } of expired) assert.match(reason, /the warm-up of source a \(127\.0\.0\.1\) at other/)
  assert.equal(expired[0]?.warmup, undefined)
})

test('when the cap of the day is used up, what waits for the cold source leaves from the warm one; what cannot leave in time is told', async () => {
  const clock = new FakeClock(START)
  await using peer = await SmtpPeer.start()
  const cold = { kind: 'address', address: '127.0.0.31', helo: null, warmup: { plan: 'slow', start: null } } as const
  const warm = { kind: 'address', address: '127.0.0.32', helo: null } as const
  const document = (pool: Readonly<Record<string, number>>): Settings['rules'] =>
    rules({
      // Three may wait for it within the hour, and two leave.
      warmups: { slow: { ...WARMUP_DEFAULTS, days: [2, 4], providers: {}, spread: HOUR, overflow: HOUR } },
      sources: { cold, warm },
      pools: { out: pool },
      rules: [{ name: 'all', by: 'domain', mask: '*', set: { pool: 'out' } }],
    })
  const settings = { routes: [routeTo(peer.port)], rules: document({ cold: 1, warm: 1 }) }
  await using home = await EngineHome.start({ clock, config: { ...config, 'delivery.expiry': 24 * HOUR }, settings, sweepEvery: STEP })
  const by = (address: string): number => peer.messages.filter(({ from }) => from === address).length
  for (let i = 0; i < 40; i++) await home.submit({ to: [`r${i}@e.example`] })
  await peer.waitForMessages(38)
  await until(clock, home, () => peer.messages.length >= 40, 20 * HOUR)
  assert.equal(by('127.0.0.31'), 2)
  assert.equal(by('127.0.0.32'), 38)
  assert.deepEqual(home.engine.alerts(), [])
  home.change({ rules: document({ cold: 1 }) })
  for (let i = 0; i < 10; i++) await home.submit({ to: [`s${i}@e.example`] })
  await until(clock, home, () => home.engine.alerts().length > 0, 2 * HOUR)
  assert.match(
    home.engine.alerts()[0]?.what ?? '',
    /^Warm-up of source cold \(127\.0\.0\.31\) at other: what waits takes 2 days .* expires after 1\.0 days\.$/,
  )
})
