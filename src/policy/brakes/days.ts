// What accounts did day by day (UTC): the most recipients in an hour, what was delivered, what was complained of. Fifteen days of it, of a
// bounded number of accounts.
import type { AccountId, EpochMs, Ms } from '../../base/brand.ts'
import type { Counted } from './judge.ts'

export interface AccountDay {
  readonly account: AccountId
  /** Days since 1970. */
  readonly day: number
  /** Hours since 1970: the newest that had mail, and recipients accepted in it. */
  readonly hour: number
  readonly accepted: number
  /** Of one hour. */
  readonly most: number
  readonly delivered: number
  readonly complaints: number
}

type Counts = { -readonly [K in keyof AccountDay]: AccountDay[K] }

const HOUR: Ms = 3_600_000
const DAY: Ms = 24 * HOUR
/** Days before today whose peak counts. */
const PEAK_DAYS = 14
const MOST_ACCOUNTS = 20_000

export class AccountDays {
  readonly #accounts = new Map<AccountId, Map<number, Counts>>()
  readonly #changed = new Set<Counts>()

  constructor(days: Iterable<AccountDay> = []) {
    for (const one of days) this.#daysOf(one.account).set(one.day, { ...one })
  }

  add(account: AccountId, at: EpochMs, more: Partial<Pick<AccountDay, 'accepted' | 'delivered' | 'complaints'>>): void {
    const today = this.#on(account, Math.floor(at / DAY))
    const hour = Math.floor(at / HOUR)
    if (hour > today.hour) {
      today.hour = hour
      today.accepted = 0
    }
    if (hour === today.hour) today.accepted += more.accepted ?? 0
    today.most = Math.max(today.most, today.accepted)
    today.delivered += more.delivered ?? 0
    today.complaints += more.complaints ?? 0
    this.#changed.add(today)
  }

  /** Recipients of this hour, against the most of an hour on the days before today; null: there were none. */
  againstPeak(account: AccountId, at: EpochMs): Counted | null {
    const day = Math.floor(at / DAY)
    const days = this.#accounts.get(account)
    const today = days?.get(day)
    if (days === undefined || today === undefined || today.hour !== Math.floor(at / HOUR)) return null
    let whole = 0
    for (const one of days.values()) if (one.day < day && one.day >= day - PEAK_DAYS) whole = Math.max(whole, one.most)
    return whole === 0 ? null : { part: today.accepted, whole }
  }

  /** Within a time before now; of the day in which it begins the part that is in it. */
  complaints(account: AccountId, now: EpochMs, window: Ms): Counted {
    let [part, whole] = [0, 0]
    for (const { day, delivered, complaints } of this.#accounts.get(account)?.values() ?? []) {
      const end = Math.min(now, (day + 1) * DAY)
      const begin = day * DAY
      const share = end <= now - window || end <= begin ? 0 : (end - Math.max(begin, now - window)) / (end - begin)
      part += complaints * share
      whole += delivered * share
    }
    return { part, whole: Math.round(whole) }
  }

  /** Somebody looked at it: what it did until now is its own measure from now on, and no complaint is held against it any more. */
  forgive(account: AccountId, now: EpochMs): void {
    const days = this.#accounts.get(account)
    if (days === undefined) return
    const day = Math.floor(now / DAY)
    const today = this.#on(account, day)
    const before = this.#on(account, day - 1)
    before.most = Math.max(before.most, today.most)
    today.accepted = 0
    for (const one of days.values()) {
      one.delivered = one.complaints = 0
      this.#changed.add(one)
    }
  }

  /** Those that changed since the last time. */
  unsaved(): readonly AccountDay[] {
    const changed = [...this.#changed]
    this.#changed.clear()
    return changed
  }

  #on(account: AccountId, day: number): Counts {
    const days = this.#daysOf(account)
    let counts = days.get(day)
    if (counts === undefined) {
      counts = { account, day, hour: 0, accepted: 0, most: 0, delivered: 0, complaints: 0 }
      days.set(day, counts)
      for (const old of days.keys()) if (old < day - PEAK_DAYS) days.delete(old)
    }
    return counts
  }

  #daysOf(account: AccountId): Map<number, Counts> {
    let days = this.#accounts.get(account)
    if (days === undefined) {
      const [oldest] = this.#accounts.keys()
      if (this.#accounts.size >= MOST_ACCOUNTS && oldest !== undefined) this.#accounts.delete(oldest)
      this.#accounts.set(account, (days = new Map()))
    }
    return days
  }
}
