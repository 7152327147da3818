import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId } from '../../base/brand.ts'
import { BRAKE_NAMES, BRAKES, type BrakeFinding, type BrakeTerms } from '../../contract/brakes.ts'
import type { FailureCode } from '../../contract/failure-codes.ts'
import { chance } from '../../../testkit/chance.ts'
import { BrakeBook, type Braked } from './book.ts'
import { AccountDays } from './days.ts'
import { judge } from './judge.ts'
import { AccountNetworks } from './networks.ts'
import { isHardBounce, namesInBlock } from './outcomes.ts'
import { termsOf } from './terms.ts'
import { BrakeWindow } from './window.ts'

const ID = 1001 as AccountId
const WHO: Braked = { account: ID, since: 0 }
const HOUR = 3_600_000
const DAY = 24 * HOUR

test('below its least volume and below its limits no brake says anything; more of what harms never says less', () => {
  const severity = { none: 0, warn: 1, hold: 2 }
  for (let seed = 1; seed <= 300; seed++) {
    const random = chance(seed)
    for (const name of BRAKE_NAMES) {
      const terms: BrakeTerms = BRAKES[name]
      const { unit } = BRAKES[name]
      const whole = 1 + Math.floor(random() * 5000)
      const part = Math.floor(random() * (unit === 'share' ? whole : unit === 'times' ? 8 * whole : 200))
      const said = judge(name, terms, { part, whole })?.verdict ?? 'none'
      const more = judge(name, terms, { part: unit === 'share' ? Math.min(whole, part + 7) : part + 7, whole })?.verdict ?? 'none'
      assert.ok(severity[more] >= severity[said], `${name} ${part} of ${whole}`)
      const volume = unit === 'times' ? part : whole
      const value = unit === 'count' ? part : part / whole
      if (volume < terms.least || (terms.warn !== null && value < terms.warn)) assert.equal(said, 'none', `${name} ${part} of ${whole}`)
      if (volume >= terms.least && terms.hold !== null && value > terms.hold) assert.equal(said, 'hold', `${name} ${part} of ${whole}`)
    }
  }
})

test('a window counts what happened in it, at least eleven twelfths of it, and nothing older', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const random = chance(seed)
    const window = new BrakeWindow(HOUR)
    const all: { at: number; whole: number; part: number }[] = []
    let now = 1_000_000_000
    for (let i = 0; i < 500; i++) {
      now += Math.floor(random() ** 4 * HOUR)
      const whole = 1 + Math.floor(random() * 5)
      const part = Math.floor(random() * (whole + 1))
      all.push({ at: now, whole, part })
      window.add(now, HOUR, whole, part)
      for (const which of ['whole', 'part'] as const) {
        const within = (span: number): number => all.filter(({ at }) => at > now - span).reduce((sum, one) => sum + one[which], 0)
        assert.ok(
          window[which] <= within(HOUR) && window[which] >= within((HOUR * 11) / 12),
          `${which} ${window[which]} at ${i}, seed ${seed}`,
        )
      }
    }
    window.add(now, 2 * HOUR, 1, 0)
    assert.equal(window.whole, 1, 'a window of another length begins anew')
  }
})

test('hard bounces warn once in a window, hold as soon as they may, and are forgotten when somebody has looked at the account', () => {
  const book = new BrakeBook()
  const terms = BRAKES['hard-bounces']
  const found: BrakeFinding[] = []
  const outcomes = (count: number, hardEach: number, who: Braked): void => {
    for (let i = 1; i <= count; i++) {
      const finding = book.note(who, 'hard-bounces', terms, { whole: 1, part: Number(i % hardEach === 0), now: i })
      if (finding !== null) found.push(finding)
    }
  }
  outcomes(1000, 15, WHO)
  assert.deepEqual(
    found.map(({ verdict }) => verdict),
    ['warn'],
  )
  assert.match(
    found[0]?.words ?? '',
    /^14 of 210 \(6\.7 %\) were recipients that failed for good within 1h \(hard-bounces warns at 5 %, holds at 10 %\)$/,
  )
  outcomes(1000, 5, WHO)
  assert.equal(found[1]?.verdict, 'hold')
  found.length = 0
  outcomes(199, 2, { ...WHO, since: 5 })
  assert.deepEqual(found, [], 'it begins anew, below the least volume')
})

test('different domains count once each, and as many as there are in the window', () => {
  const book = new BrakeBook()
  const terms: BrakeTerms = { window: HOUR, least: 10, warn: 5, hold: 8 }
  const see = (value: string, now: number) => book.see(WHO, 'from-domains', terms, { value, now })?.verdict ?? null
  for (let i = 0; i < 50; i++) assert.equal(see(`d${i % 4}.example`, i), null)
  assert.deepEqual(
    ['a', 'b', 'c', 'd'].map((name) => see(name, 60)),
    ['warn', null, null, 'hold'],
  )
  assert.equal(see('later', 60 + 2 * HOUR), null)
})

test('whoever uses more different domains than are counted is watched again when they are old', () => {
  const book = new BrakeBook()
  const terms: BrakeTerms = { window: HOUR, least: 1, warn: 50, hold: null }
  const warnings = (from: number, now: number): number =>
    Array.from({ length: 2500 }, (_, i) => book.see(WHO, 'from-domains', terms, { value: `d${from + i}.example`, now })).filter(
      (found) => found !== null,
    ).length
  assert.deepEqual([warnings(0, 1), warnings(5000, 3 * HOUR)], [1, 1])
})

test('an hour is measured against the days before today, over a restart; what somebody looked at is its own measure', () => {
  const start = 1000 * DAY
  const days = new AccountDays()
  for (let day = 0; day < 5; day++) days.add(ID, start + day * DAY, { accepted: 200 + day })
  const saved = days.unsaved()
  assert.equal(saved.length, 5)
  const again = new AccountDays(saved)
  const now = start + 5 * DAY + HOUR / 2
  again.add(ID, now, { accepted: 1500 })
  assert.deepEqual(again.againstPeak(ID, now), { part: 1500, whole: 204 })
  assert.equal(judge('peak', BRAKES.peak, { part: 1500, whole: 204 })?.verdict, 'hold')
  again.forgive(ID, now)
  again.add(ID, now, { accepted: 1200 })
  assert.deepEqual(again.againstPeak(ID, now), { part: 1200, whole: 1500 })
  assert.equal(new AccountDays().againstPeak(ID, now), null)
  const late = now + 30 * DAY
  again.add(ID, late, { accepted: 1 })
  assert.equal(again.againstPeak(ID, late), null, 'what is older than 14 days is no measure')
  const news = new AccountDays()
  news.add(ID, now, { accepted: 99_999 })
  assert.equal(news.againstPeak(ID, now), null, 'who never sent has no peak')
})

test('complaints count against what was delivered in the window, the day in which it begins in part', () => {
  const days = new AccountDays()
  const now = 1000 * DAY + DAY / 2
  days.add(ID, now - DAY, { delivered: 1000, complaints: 4 })
  days.add(ID, now, { delivered: 500, complaints: 1 })
  assert.deepEqual(days.complaints(ID, now, DAY), { whole: 1000, part: 3 })
  assert.deepEqual(days.complaints(ID, now, 2 * DAY), { whole: 1500, part: 5 })
  days.forgive(ID, now)
  assert.deepEqual(days.complaints(ID, now, 2 * DAY), { whole: 0, part: 0 })
})

test('the first network of an account is known, others are new once; many do not grow it', () => {
  const networks = new AccountNetworks()
  assert.deepEqual(
    ['a', 'a', 'b', 'b'].map((network, now) => networks.use(ID, network, now)),
    [false, false, true, false],
  )
  const restarted = new AccountNetworks(networks.unsaved())
  assert.deepEqual([restarted.use(ID, 'b', 5), restarted.use(ID, 'c', 6)], [false, true])
  for (let i = 0; i < 2000; i++) restarted.use(ID, `n${i}`, 10 + i)
  assert.equal(restarted.use(ID, 'n1999', 3000), false)
  assert.equal(restarted.use(ID, 'a', 3001), true, 'used longest ago, it went')
})

test('a block counts where it names the domain, as a word of its own and as a block', () => {
  const failure = (text: string, failureCode: FailureCode = 1002) => ({ failureCode, reply: { code: 550, enhanced: '5.7.1', text } })
  const names = (text: string, code?: FailureCode): boolean => namesInBlock(failure(text, code), ['shop.example', null])
  assert.ok(names('Service unavailable; sender domain [Shop.Example] is listed in DBL'))
  assert.ok(names('Message blocked: reputation of shop.example.'))
  assert.ok(!names('your address 192.0.2.1 is listed'))
  assert.ok(!names('blocked: workshop.example and shop.example.net are listed'))
  assert.ok(!names('SPF of shop.example does not allow this address', 1999))
  assert.ok(!names('shop.example is listed', 2001))
  assert.ok(isHardBounce({ failureCode: 2002, reply: null }) && !isHardBounce({ failureCode: 2999, reply: null }))
  assert.ok(!isHardBounce(failure('mailbox full', 3001)) && !isHardBounce(failure('listed', 1002)))
})

test('terms of an account come before those of all, and those before what is shipped', () => {
  const own: BrakeTerms = { window: HOUR, least: 1, warn: 1, hold: null }
  const at = { by: 'ann', at: 1 }
  const brakes = [
    { name: 'peak', account: ID, terms: own, ...at },
    { name: 'peak', account: null, terms: null, ...at },
  ] as const
  assert.equal(termsOf(brakes, 'peak', ID), own)
  assert.equal(termsOf(brakes, 'peak', 1002 as AccountId), null)
  assert.equal(termsOf(brakes, 'complaints', ID), BRAKES.complaints)
  assert.equal(termsOf([], 'peak', ID), BRAKES.peak)
})
