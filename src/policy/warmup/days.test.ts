// Caps and limits together, day after day.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NO_RULES, type RulesDocument } from '../../contract/rules.ts'
import { NO_FIGURES, WARMUP_DEFAULTS, type WarmupDay, type WarmupPlan } from '../../contract/warmup.ts'
import { LimitBook, type SavedRate } from '../limits/limit-book.ts'
import { WarmupBook } from './book.ts'
import { reckon } from './reckon.ts'
import { dayOf, DAY, USED } from './steps.ts'
import { type WarmupStates, warmupKey } from './units.ts'

const START = Date.UTC(2026, 11, 1, 15)
const MINUTE = 60_000
const UNIT = 'source=192.0.2.1'
const KEY = warmupKey(UNIT, 'other')
const PLAN: WarmupPlan = { ...WARMUP_DEFAULTS, days: [20, 40, 80, 160, 320], providers: {} }
const OWNER: RulesDocument = {
  ...NO_RULES,
  warmups: { p: PLAN },
  sources: { a: { kind: 'address', address: '192.0.2.1', helo: null, warmup: { plan: 'p', start: null } } },
}

function drawing(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

/** The book of limits of a process, with what of it is on disk. */
class Kept {
  limits = this.#fresh(null)
  #disk = new Map<string, SavedRate>()

  #fresh(blindSince: number | null): LimitBook {
    return new LimitBook({ save: () => {}, blindSince, share: 0 })
  }

  save(now: number): void {
    const rates = this.limits.unsaved(now)
    for (const rate of rates) this.#disk.set(rate.key, structuredClone(rate))
    this.limits.saved(rates)
  }

  kill(now: number): void {
    this.limits = this.#fresh(now)
    this.limits.restore([...this.#disk.values()], now)
  }
}

class Weeks {
  readonly #draw: (below: number) => number
  readonly #kept = new Kept()
  readonly times: number[] = []
  readonly caps = new Map<number, number>()
  readonly days = new Map<number, WarmupDay>()
  states: WarmupStates = new Map()

  constructor(seed: number) {
    this.#draw = drawing(seed)
  }

  run(until: number): void {
    const draw = this.#draw
    let isBusy = true
    for (let now = START; now < until && this.states.get(KEY)?.mode !== 'warm'; now += MINUTE * (1 + draw(4))) {
      if (draw(400) === 0) isBusy = !isBusy
      if (draw(3000) === 0) this.#kept.kill(now)
      if (draw(20) === 0) this.#look(now)
      if (isBusy) for (let i = draw(12); i > 0; i--) this.#send(now)
    }
  }

  #look(now: number): void {
    const units = this.#book(now).units
    for (const state of reckon({ units, states: this.states, days: [...this.days.values()], now }).states)
      this.states = new Map([[KEY, state]])
    this.#note(now)
  }

  #note(now: number): void {
    const { asks } = this.#book(now).at('a', null)
    const cap = asks.length === 0 ? Infinity : (asks[0]?.limit ?? 0)
    this.caps.set(dayOf(now), Math.max(this.caps.get(dayOf(now)) ?? 0, cap))
  }

  #made: { readonly states: WarmupStates; readonly book: WarmupBook } | null = null

  #book(now: number): WarmupBook {
    if (this.#made?.states !== this.states)
      this.#made = { states: this.states, book: new WarmupBook({ smart: NO_RULES, owner: OWNER, states: this.states, now }) }
    return this.#made.book
  }

  #send(now: number): void {
    const { asks } = this.#book(now).at('a', null)
    const { limits } = this.#kept
    const answer = limits.ask(asks, 0, now)
    this.#kept.save(now)
    if (answer.kind === 'refused' && limits.ask(asks, 0, now).kind === 'refused') return
    const day = dayOf(now)
    const known = this.days.get(day) ?? { ...NO_FIGURES, unit: UNIT, provider: 'other', day }
    const isBad = this.#draw(60) === 0
    this.days.set(day, { ...known, sent: known.sent + 1, bounced: known.bounced + (isBad ? 1 : 0) })
    this.#note(now)
    this.times.push(now)
  }
}

test('over weeks of busy and idle hours, bad days and crashes no day and no 24 hours have more than the cap, and it becomes warm', () => {
  let warm = 0
  for (let seed = 1; seed <= 8; seed++) {
    const weeks = new Weeks(seed)
    weeks.run(START + 25 * DAY)
    for (const [day, { sent }] of weeks.days) {
      const cap = weeks.caps.get(day) ?? 0
      assert.ok(sent <= cap, `seed ${seed}: ${sent} of ${cap}`)
    }
    for (const [i, at] of weeks.times.entries()) {
      const most = Math.max(weeks.caps.get(dayOf(at)) ?? 0, weeks.caps.get(dayOf(at) + 1) ?? 0)
      // The first that is beyond the cap left a day later, or after.
      assert.ok(!((weeks.times[i + most] ?? Infinity) < at + DAY), `seed ${seed}: more than ${most} in 24 hours`)
    }
    const caps = [...weeks.caps].toSorted(([a], [b]) => a - b)
    for (const [i, [day, cap]] of caps.entries()) {
      const [before, earlier] = caps[i - 1] ?? [day, cap]
      if (cap === Infinity || cap <= earlier) continue
      assert.equal(cap, earlier * 2)
      assert.ok((weeks.days.get(before)?.sent ?? 0) >= USED * earlier, `seed ${seed}: grew without use`)
    }
    if (weeks.states.get(KEY)?.mode === 'warm') warm++
  }
  assert.ok(warm >= 2, `${warm} of 8 are warm`)
})
