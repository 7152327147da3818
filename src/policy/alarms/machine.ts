// The alarms as a machine of states. What probes read comes in, what is to be told goes out; it knows no clock and no file.
//
// Each alarm of each subject is in one of these states; `#move` alone changes it:
//   pending   it is beyond its threshold since `since`, gaps shorter than its time do not count   → firing when that is its time; past
//   firing    it fires; `told` where people know; `badAt` was the last look at which it was beyond   → over when it was not for `quiet`
//   over      it is right again; people who were told are to be told that   → past when they were, or need not be
//   past      nothing; remembered for an hour, as one that comes and goes is over later each time   → pending; forgotten
import type { EpochMs, Ms } from '../../base/brand.ts'
import { ALARM_NAMES, ALARMS, type AlarmName } from '../../contract/alarm-table.ts'
import type { FiringAlarm } from '../../contract/alarms.ts'
import { alarmKey, type AlarmRules, isBeyond } from './terms.ts'

/** What a probe saw of one subject. */
export interface Reading {
  readonly subject: string | null
  readonly value: number
  /** A sentence; it is told as it was when the alarm began. */
  readonly words: string
  /** In place of what the contract says. */
  readonly mend?: string
}

/** All that is seen of an alarm now; an alarm that is not there could not be looked at, and stays as it is. */
export type Readings = ReadonlyMap<AlarmName, readonly Reading[]>

export interface AlarmState {
  readonly name: AlarmName
  readonly subject: string | null
  state: 'pending' | 'firing' | 'over' | 'past'
  since: EpochMs
  badAt: EpochMs
  told: boolean
  words: string
  mend: string
  /** When it fired in the last hour, or came back while it did. */
  fired: readonly EpochMs[]
}

/** One sentence is for all of them. */
export interface AlarmNews {
  readonly kind: 'begun' | 'ended'
  readonly name: AlarmName
  readonly states: readonly Readonly<AlarmState>[]
}

export interface Looked {
  readonly news: readonly AlarmNews[]
  /** Keys of states that are other than they were, for whoever keeps them. */
  readonly changed: readonly string[]
}

interface Look {
  readonly readings: Readings
  readonly rules: AlarmRules
  readonly now: EpochMs
}

/** Right for so long it is over; twice as long for each time that it fired within the hour. */
const QUIET: Ms = 300_000
const LONGEST_QUIET: Ms = 3_600_000
const REMEMBERED: Ms = 3_600_000
/** Right for so long and wrong again, it counts as if it had fired anew. */
const AWAY: Ms = 60_000
const MOST_FIRED = 20
/** Between two sentences about one alarm: what comes meanwhile is told together. */
const GATHERED: Ms = 30_000
/** Of one alarm. */
const MOST_SUBJECTS = 1000

export class AlarmMachine {
  readonly #states: Map<string, AlarmState>
  /** When news of a kind about an alarm was told last. */
  readonly #toldAt = new Map<string, EpochMs>()
  readonly #changed = new Set<string>()

  /** `states`: as they were kept. Nobody knows what was meanwhile: what was beyond its threshold is taken to be so until now. */
  constructor(states: readonly AlarmState[] = [], now: EpochMs = 0) {
    this.#states = new Map(states.map((one) => [alarmKey(one.name, one.subject), { ...one, badAt: Math.max(one.badAt, now) }]))
  }

  look(readings: Readings, rules: AlarmRules, now: EpochMs): Looked {
    for (const [name, found] of readings) this.#read(name, found, rules, now)
    for (const [key, state] of this.#states)
      if (!readings.has(state.name) || state.badAt !== now) this.#settle(key, state, { readings, rules, now })
    const news = ALARM_NAMES.flatMap((name) => this.#newsOf(name, rules, now))
    const changed = [...this.#changed]
    this.#changed.clear()
    return { news, changed }
  }

  /** As it is to be kept; undefined: it is forgotten. */
  stateOf(key: string): Readonly<AlarmState> | undefined {
    return this.#states.get(key)
  }

  /** How often it came and went counts no more, and what people know stays. */
  reset(name: AlarmName, subject: string | null): void {
    for (const [key, state] of this.#states)
      if (state.name === name && (subject === null || state.subject === subject)) {
        state.fired = []
        this.#changed.add(key)
      }
  }

  firing(rules: AlarmRules, now: EpochMs): readonly FiringAlarm[] {
    return [...this.#states.values()].flatMap(({ name, subject, state, since, words, mend }) =>
      state === 'firing'
        ? [{ name, subject, severity: ALARMS[name].severity, since, what: words, mend, silenced: rules.isSilent(name, subject, now) }]
        : [],
    )
  }

  #read(name: AlarmName, found: readonly Reading[], rules: AlarmRules, now: EpochMs): void {
    let room = MOST_SUBJECTS
    for (const state of this.#states.values()) if (state.name === name) room--
    for (const { subject, value, words, mend = ALARMS[name].mend } of found) {
      const terms = rules.termsOf(name, subject)
      if (terms === null || !isBeyond(name, value, terms)) continue
      const key = alarmKey(name, subject)
      let known = this.#states.get(key)
      if (known === undefined) {
        if (room-- <= 0) continue
        known = { name, subject, state: 'past', since: now, badAt: now, told: false, words, mend, fired: [] }
        this.#states.set(key, known)
      }
      if (known.state === 'firing' && now - known.badAt > AWAY) known.fired = fired(known, now)
      known.badAt = now
      if (known.state === 'past') {
        Object.assign(known, { since: now, told: false, words, mend })
        this.#move(key, known, 'pending')
      }
      if (known.state === 'over') this.#move(key, known, 'firing')
      if (known.state === 'pending' && now - known.since >= terms.for) {
        Object.assign(known, { words, mend, fired: fired(known, now) })
        this.#move(key, known, 'firing')
      }
    }
  }

  /** What is not beyond its threshold now, or nobody could look at. */
  #settle(key: string, known: AlarmState, { readings, rules, now }: Look): void {
    const terms = rules.termsOf(known.name, known.subject)
    const isKnown = readings.has(known.name) || terms === null
    const right = now - known.badAt
    if (known.state === 'pending' && isKnown && right >= (terms?.for ?? 0)) this.#move(key, known, 'past')
    if (known.state === 'firing' && isKnown && right >= (terms === null ? 0 : quietAfter(known.fired, now))) this.#move(key, known, 'over')
    if (known.state === 'over' && !known.told) this.#move(key, known, 'past')
    if (known.state === 'past' && !known.fired.some((at) => at > now - REMEMBERED)) {
      this.#states.delete(key)
      this.#changed.add(key)
    }
  }

  #newsOf(name: AlarmName, rules: AlarmRules, now: EpochMs): readonly AlarmNews[] {
    const all = [...this.#states].filter(([, state]) => state.name === name)
    const ended = all.filter(([, { state }]) => state === 'over')
    const begun = all.filter(([, one]) => one.state === 'firing' && !one.told && !rules.isSilent(name, one.subject, now))
    return [...this.#tell('ended', name, ended, now), ...this.#tell('begun', name, begun, now)]
  }

  #tell(kind: AlarmNews['kind'], name: AlarmName, of: readonly (readonly [string, AlarmState])[], now: EpochMs): readonly AlarmNews[] {
    const which = `${kind} ${name}`
    if (of.length === 0 || now - (this.#toldAt.get(which) ?? -Infinity) < GATHERED) return []
    this.#toldAt.set(which, now)
    for (const [key, state] of of) {
      state.told = kind === 'begun'
      this.#changed.add(key)
      if (kind === 'ended') this.#move(key, state, 'past')
    }
    return [{ kind, name, states: of.map(([, state]) => ({ ...state })) }]
  }

  #move(key: string, state: AlarmState, to: AlarmState['state']): void {
    state.state = to
    this.#changed.add(key)
  }
}

function fired(state: AlarmState, now: EpochMs): readonly EpochMs[] {
  return [...state.fired.filter((at) => at > now - REMEMBERED), now].slice(-MOST_FIRED)
}

function quietAfter(fired: readonly EpochMs[], now: EpochMs): Ms {
  const times = fired.filter((at) => at > now - REMEMBERED).length
  return Math.min(QUIET * 2 ** Math.max(0, times - 1), LONGEST_QUIET)
}
