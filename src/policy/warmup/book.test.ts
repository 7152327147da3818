import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NO_RULES, type RulesDocument } from '../../contract/rules.ts'
import type { WarmupState } from '../../contract/warmup.ts'
import { LimitBook } from '../limits/limit-book.ts'
import { lintRules } from '../rules/lint.ts'
import { readRulesText } from '../rules/read.ts'
import { describeRulesProblem } from '../rules/reader.ts'
import { writeRulesDocument } from '../rules/write.ts'
import { type WarmupCaps, WarmupBook } from './book.ts'
import { DAY, dayOf } from './steps.ts'
import { networkOf, warmupKey } from './units.ts'

const START = Date.UTC(2026, 11, 1)
const HOUR = 3_600_000
const TEXT = `
format: 1
warmups:
  slow: { days: [48, 96], providers: { google: [10] }, spread: 12h, overflow: 2h, idle: 21d, thresholds: { deferred: 8%, complaints: 0.05% } }
  plain: { days: [5] }
sources:
  a: { address: 192.0.2.1, warmup: slow }
  b: { address: "2001:db8:0:1::5", warmup: slow, start: 2026-12-01 }
  c: { address: "2001:db8:0:1:ffff::9" }
  d: { address: 192.0.2.4 }
  e: { address: 192.0.2.5, warmup: lost }
  f: { proxy: "socks5://192.0.2.9:1080", warmup: plain }
domains:
  news.example.com: { warmup: plain, start: "2026-12-05" }
`

function read(text: string): RulesDocument {
  const reading = readRulesText(text, 'owner')
  if (!reading.ok) assert.fail(reading.problems.map(describeRulesProblem).join('\n'))
  return reading.document
}
function bookOf({ now = START, states = new Map<string, WarmupState>() } = {}): WarmupBook {
  return new WarmupBook({ smart: NO_RULES, owner: read(TEXT), states, now })
}
const limits = ({ asks }: WarmupCaps): string[] => asks.map(({ key, limit }) => `${key} ${limit}`)

test('what the document says of warm-up is read, written and read as the same', () => {
  const document = read(TEXT)
  assert.deepEqual(document.warmups?.['slow'], {
    days: [48, 96],
    providers: { google: [10] },
    spread: 12 * HOUR,
    overflow: 2 * HOUR,
    idle: 21 * DAY,
    thresholds: { deferred: 0.08, blocked: 0.02, bounced: 0.05, complaints: 0.0005 },
  })
  assert.deepEqual(document.sources['b']?.warmup, { plan: 'slow', start: '2026-12-01' })
  assert.deepEqual(document.domains, { 'news.example.com': { warmup: { plan: 'plain', start: '2026-12-05' } } })
  assert.deepEqual(read(writeRulesDocument(document)), document)
})

test('what is wrong is named with its place', () => {
  const wrong = readRulesText(
    `format: 1
warmups: { steep: { days: [10, 21] }, none: {}, odd: { days: [5], thresholds: { bounced: 7 }, spread: 5m } }
sources: { a: { address: 192.0.2.1, start: 2026-12-01 }, b: { address: 192.0.2.2, warmup: steep, start: 2026-02-30 } }
domains: { example.com: {} }`,
    'owner',
  )
  assert.ok(!wrong.ok)
  assert.deepEqual(wrong.problems.map(({ path }) => path).toSorted(), [
    'domains.example.com',
    'sources.a.start',
    'sources.b.start',
    'warmups.none',
    'warmups.odd.spread',
    'warmups.odd.thresholds.bounced',
    'warmups.steep.days[1]',
  ])
})

test('a cap is a limit by source and provider; IPv6 goes by its /64, and what belongs to no provider is one', () => {
  const book = bookOf()
  assert.deepEqual(limits(book.at('a', null)), [
    'warmup_day source=192.0.2.1 provider=other 48',
    'warmup_hour source=192.0.2.1 provider=other 4',
  ])
  assert.deepEqual(limits(book.at('192.0.2.1', 'google')), [
    'warmup_day source=192.0.2.1 provider=google 10',
    'warmup_hour source=192.0.2.1 provider=google 1',
  ])
  // The same object for the same question, and for all of one /64.
  assert.equal(book.at('b', 'google'), book.at('c', 'google'))
  assert.deepEqual(book.at('c', 'google').keys, ['source=2001:db8:0:1::/64 provider=google'])
  assert.deepEqual(limits(book.at('d', 'google')), [])
  assert.equal(limits(book.at('e', 'google'))[0], 'warmup_day source=192.0.2.5 provider=google 50')
  assert.equal(limits(book.at('f', null))[0], 'warmup_day source=f provider=other 5')
  assert.equal(networkOf('::ffff:192.0.2.7'), '192.0.2.7')
})

test('before its day nothing leaves; what began before a new date begins anew; what is warm has no limit and is still counted', () => {
  const early = bookOf({ now: START - DAY })
  assert.equal(early.at('b', 'google').asks[0]?.limit, 0)
  const state: WarmupState = {
    unit: 'source=2001:db8:0:1::/64',
    provider: 'google',
    mode: 'warm',
    cap: 96,
    began: START,
    since: START,
    looked: dayOf(START),
    bad: 0,
    idle: 0,
    said: '',
    past: [],
  }
  const warm = bookOf({ states: new Map([[warmupKey(state.unit, 'google'), state]]) }).at('b', 'google')
  assert.deepEqual([limits(warm), warm.keys.length, warm.cold], [[], 1, []])
  // Finished by hand before its day.
  const finished = bookOf({ now: START - DAY, states: new Map([[warmupKey(state.unit, 'google'), state]]) })
  assert.deepEqual(limits(finished.at('b', 'google')), [])
  const anew = bookOf({ states: new Map([[warmupKey(state.unit, 'google'), { ...state, began: START - DAY }]]) })
  assert.equal(anew.at('b', 'google').asks[0]?.limit, 10)
})

test('what was looked at and stays makes no other caps; what moves, or begins, does', () => {
  const state: WarmupState = {
    unit: 'source=192.0.2.1',
    provider: 'google',
    mode: 'warming',
    cap: 10,
    began: START,
    since: START,
    looked: dayOf(START),
    bad: 0,
    idle: 0,
    said: '',
    past: [],
  }
  const key = warmupKey(state.unit, state.provider)
  const book = bookOf()
  const same = (change: Partial<WarmupState>): boolean => book.isSameFor(new Map([[key, { ...state, ...change }]]), START)
  assert.deepEqual([same({}), same({ looked: 0, idle: 3 }), same({ cap: 20 }), same({ mode: 'warm' })], [true, true, false, false])
  assert.equal(book.isSameFor(new Map(), START + 3 * DAY), true)
  // A signing domain begins.
  assert.equal(book.isSameFor(new Map(), START + 4 * DAY), false)
  const later = bookOf({ states: new Map([[key, { ...state, cap: 20 }]]) })
  assert.deepEqual(
    [later.isSameFor(new Map([[key, { ...state, cap: 20, bad: 1 }]]), START), later.isSameFor(new Map(), START)],
    [true, false],
  )
})

test('a signing domain has caps of its own beside those of the source', () => {
  const before = bookOf().at('d', 'google', ['news.example.com'])
  assert.deepEqual([limits(before)[0], before.cold[0]?.isSource], ['warmup_day signer=news.example.com provider=google 0', false])
  const both = bookOf({ now: START + 4 * DAY }).at('a', 'google', ['news.example.com', 'example.org'])
  assert.deepEqual(limits(both), [
    'warmup_day source=192.0.2.1 provider=google 10',
    'warmup_hour source=192.0.2.1 provider=google 1',
    'warmup_day signer=news.example.com provider=google 5',
    'warmup_hour signer=news.example.com provider=google 1',
  ])
  assert.equal(both.keys.length, 2)
})

test('under load from the first moment no day has more than its cap, hours share it, and nearly all of it is used', () => {
  for (const days of [[7], [60], [900]]) {
    const owner = read(`format: 1\nwarmups: { p: { days: [${days.join(', ')}] } }\nsources: { a: { address: 192.0.2.1, warmup: p } }\n`)
    const { asks } = new WarmupBook({ smart: NO_RULES, owner, states: new Map(), now: START }).at('a', null)
    const [cap = 0] = days
    const book = new LimitBook({ save: null, blindSince: null, share: 0 })
    const times: number[] = []
    for (let now = START; now < START + 3 * DAY;) {
      const answer = book.ask(asks, 0, now)
      if (answer.kind === 'granted') times.push(now)
      else now = Math.max(now + 1, Math.min(answer.until, START + 3 * DAY))
    }
    const within = (span: number): number => Math.max(...times.map((at, i) => times.findLastIndex((one) => one < at + span) - i + 1))
    assert.ok(within(DAY) <= cap, `${within(DAY)} of ${cap} in a day`)
    assert.ok(within(HOUR) <= Math.ceil(cap / 8), `${within(HOUR)} in an hour of ${cap} a day`)
    assert.ok(times.length >= 0.9 * 3 * cap, `${times.length} in three days of ${cap}`)
  }
})

test('plans and providers that there are not are told, and a shared /64 with two plans', () => {
  const owner = read(`${TEXT.replace('ffff::9" }', 'ffff::9", warmup: plain }')}providers: { mine: { mx: [mx.example.net] } }\n`)
  const facts = { smart: NO_RULES, accounts: new Set<number>(), config: {} as never, sites: new Map() }
  const found = lintRules(owner, facts).map(({ rule, what }) => `${rule}: ${what.split('.')[0]}`)
  assert.deepEqual(found, [
    'e: There is no plan lost for its warm-up: it stays at 50 messages a day to each provider',
    'slow: The plan names the provider google, which there is not',
    'c: It shares an address or a /64 with b, and with it one warm-up: the plan slow counts',
  ])
})
