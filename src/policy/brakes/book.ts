// What accounts did within the windows of their brakes. Counts begin anew when somebody changes the state of an account: what was looked at
// is not held against it twice. Bounded: with very many accounts the oldest are forgotten.
import type { AccountId, EpochMs, Ms } from '../../base/brand.ts'
import { BRAKE_NAMES, type BrakeFinding, type BrakeName, type BrakeTerms } from '../../contract/brakes.ts'
import { type Counted, judge } from './judge.ts'
import { BrakeWindow } from './window.ts'

/** Whom something is counted for, and since when it is in the state in which it is. */
export interface Braked {
  readonly account: AccountId
  readonly since: EpochMs
}

interface Known {
  since: EpochMs
  readonly windows: (BrakeWindow | undefined)[]
  readonly distinct: (Map<string, EpochMs> | undefined)[]
  readonly warnedAt: (EpochMs | undefined)[]
}

const MOST_ACCOUNTS = 20_000
const MOST_DISTINCT = 2000
const NUMBER = Object.fromEntries(BRAKE_NAMES.map((name, i) => [name, i])) as Readonly<Record<BrakeName, number>>

export class BrakeBook {
  readonly #known = new Map<AccountId, Known>()

  /** `whole` more, of which `part` harm. A finding where they are too many now: a warning once in a window, and each time where it holds. */
  note(who: Braked, name: BrakeName, terms: BrakeTerms, { whole, part, now }: Counted & { readonly now: EpochMs }): BrakeFinding | null {
    const known = this.#of(who)
    const at = NUMBER[name]
    const window = (known.windows[at] ??= new BrakeWindow(terms.window))
    window.add(now, terms.window, whole, part)
    return part > 0 ? this.found(who, name, terms, { whole: window.whole, part: window.part, now }) : null
  }

  /** One more, of something of which different ones count. */
  see(
    who: Braked,
    name: BrakeName,
    terms: BrakeTerms,
    { value, now }: { readonly value: string; readonly now: EpochMs },
  ): BrakeFinding | null {
    const known = this.#of(who)
    const at = NUMBER[name]
    const window = (known.windows[at] ??= new BrakeWindow(terms.window))
    window.add(now, terms.window, 1, 0)
    const seen = (known.distinct[at] ??= new Map())
    forgetOld(seen, now - terms.window)
    const isNew = !seen.delete(value)
    if (isNew && seen.size >= MOST_DISTINCT) return null
    seen.set(value, now)
    if (!isNew) return null
    return this.found(who, name, terms, { whole: window.whole, part: seen.size, now })
  }

  /** What was counted elsewhere. */
  found(who: Braked, name: BrakeName, terms: BrakeTerms, { now, ...counted }: Counted & { readonly now: EpochMs }): BrakeFinding | null {
    const verdict = judge(name, terms, counted)
    if (verdict === null) return null
    if (verdict.verdict === 'warn' && !this.#mayWarn(who, name, terms.window, now)) return null
    return { ...who, name, ...verdict, at: now }
  }

  #mayWarn(who: Braked, name: BrakeName, window: Ms, now: EpochMs): boolean {
    const { warnedAt } = this.#of(who)
    const at = NUMBER[name]
    if (now - (warnedAt[at] ?? -Infinity) < window) return false
    warnedAt[at] = now
    return true
  }

  #of({ account, since }: Braked): Known {
    let known = this.#known.get(account)
    if (known !== undefined && known.since === since) return known
    if (known === undefined && this.#known.size >= MOST_ACCOUNTS) {
      const [oldest] = this.#known.keys()
      if (oldest !== undefined) this.#known.delete(oldest)
    }
    known = { since, windows: empty(), distinct: empty(), warnedAt: empty() }
    this.#known.set(account, known)
    return known
  }
}

/** Of full length from the start: arrays with holes are slow. */
function empty<T>(): (T | undefined)[] {
  return BRAKE_NAMES.map(() => undefined)
}

/** They stand in the order in which they were seen last. */
function forgetOld(seen: Map<string, EpochMs>, before: EpochMs): void {
  for (const [value, at] of seen) {
    if (at >= before) return
    seen.delete(value)
  }
}
