// Quotas of accounts and logins: counted in the book of limits, so that they hold over all workers and restarts. Many are asked for at once
// where much comes; what is known to be used up is refused before a message is sent.
import type { EpochMs, Ms } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import { QUOTAS, type Quotas } from '../../contract/accounts.ts'
import { HIGHEST } from '../../contract/priority.ts'
import { type Account, credentialOf, type InjectionKey, type SmtpCredential } from '../../contract/settings.ts'
import { asksFor, mostRecipients, type QuotaAsk, quotasOf, scopeOfAccount, scopeOfLogin } from '../../policy/accounts/quotas.ts'
import { stateNow } from '../../policy/accounts/standing.ts'
import type { Grant, Refusal } from '../../policy/limits/limit-book.ts'
import { type Reply, reply } from '../../smtp/reply.ts'
import type { Limits, LimitWaiter } from '../ports/limits.ts'
import type { QueueUse } from './queue-use.ts'
import type { Surroundings } from '../surroundings.ts'

export interface QuotaGateOptions extends Pick<Surroundings, 'settings' | 'config' | 'clock'> {
  readonly limits: Limits
  readonly queueUse: Pick<QueueUse, 'refuse'>
}

/** What a message may still be: it is asked for when it is whole. */
export interface Allowance {
  readonly mostRecipients: number
  readonly single: readonly QuotaAsk[]
  readonly several: readonly QuotaAsk[]
}

/** Room that a message has; it is given back where it is not stored. */
export interface Taken {
  giveBack(): void
}

/** As long a client is kept waiting for an answer of whoever counts. */
const PATIENCE: Ms = 5000
const WORTH_SAYING: Ms = 2000
const MOST_KNOWN = 10_000
const NOBODY_COUNTS = reply(451, '4.3.0', 'The quota of the account cannot be counted at the moment. Try again later.')
const NOTHING_TAKEN: Taken = { giveBack: () => {} }

export class QuotaGate {
  readonly #options: QuotaGateOptions
  /** The same lists for the same quotas: what was asked for with them can be used by the next. */
  readonly #known = new Map<string, Allowance>()
  /** What is used up, and until when. */
  readonly #full = new Map<string, Refusal>()

  constructor(options: QuotaGateOptions) {
    this.#options = options
  }

  /** Null: no quota holds for it, as nearly always. */
  allowanceOf(account: Account, user: string | null): Allowance | null {
    const login = user === null ? undefined : credentialOf(this.#options.settings(), user)
    if (account.state === 'active' && account.messagesPerHour === null && account.quotas === undefined && login?.quotas === undefined)
      return null
    const own = quotasOf(account, stateNow(account, this.#options.clock.now()), this.#options.config)
    return this.#allowance(account, own, login?.quotas === undefined ? null : login)
  }

  /** What is used up already, or has no room in the queue; null: there may be room. `size`: as far as the client says it. */
  refuse(account: Account, allowance: Allowance, size: number): Reply | null {
    return this.#usedUp(allowance) ?? this.#options.queueUse.refuse(account, size)
  }

  #usedUp({ several }: Allowance): Reply | null {
    if (this.#full.size === 0) return null
    const now = this.#options.clock.now()
    for (const { key, limit } of several) {
      const full = this.#full.get(key)
      if (full === undefined) continue
      if (full.until > now && full.which.limit === limit) return usedUp(full)
      this.#full.delete(key)
    }
    return null
  }

  /** Counts a message; a reply where there is no room for it. */
  take({ single, several }: Allowance, recipients: number): Promise<Taken | Reply> | Taken {
    const asks = recipients === 1 ? single : several
    if (asks.length === 0) return NOTHING_TAKEN
    return new Promise((resolve) => new Asking(this.#options, { asks, recipients }, (answer) => resolve(this.#answered(answer))))
  }

  #answered(answer: Grant | Refusal | null): Taken | Reply {
    if (answer === null) return NOBODY_COUNTS
    if (answer.kind === 'granted') return { giveBack: () => this.#options.limits.giveBack(answer) }
    // Where there was no room for several there may be for one.
    if (answer.which.counts === 'one') this.#isFull(answer)
    return usedUp(answer)
  }

  #isFull(refusal: Refusal): void {
    const [oldest] = this.#full.keys()
    if (this.#full.size >= MOST_KNOWN && oldest !== undefined) this.#full.delete(oldest)
    this.#full.set(refusal.which.key, refusal)
  }

  #allowance(account: Account, own: Quotas, login: SmtpCredential | InjectionKey | null): Allowance | null {
    const name = JSON.stringify([account.id, own, login?.user, login?.quotas])
    const known = this.#known.get(name)
    if (known !== undefined) return known
    const asks = (single: boolean): readonly QuotaAsk[] => [
      ...asksFor(own, scopeOfAccount(account), single),
      ...(login === null ? [] : asksFor(login.quotas ?? {}, scopeOfLogin(login), single)),
    ]
    const most = Math.min(mostRecipients(own), mostRecipients(login?.quotas ?? {}))
    const made = { mostRecipients: most, single: asks(true), several: asks(false) }
    if (this.#known.size >= MOST_KNOWN) this.#known.clear()
    this.#known.set(name, made)
    return made
  }
}

/** One question, until it is answered: where limits are kept elsewhere, that takes a moment. */
class Asking implements LimitWaiter {
  /** No share is kept back from a quota. */
  readonly rank = HIGHEST
  readonly #limits: Limits
  readonly #clock: Clock
  readonly #what: { readonly asks: readonly QuotaAsk[]; readonly recipients: number }
  readonly #answer: (answer: Grant | Refusal | null) => void
  readonly #timer: Disposable
  #isDone = false

  constructor(
    { limits, clock }: Pick<QuotaGateOptions, 'limits' | 'clock'>,
    what: { readonly asks: readonly QuotaAsk[]; readonly recipients: number },
    answer: (answer: Grant | Refusal | null) => void,
  ) {
    this.#limits = limits
    this.#clock = clock
    this.#what = what
    this.#answer = answer
    this.#timer = clock.after(PATIENCE, () => this.#end(null))
    this.roomMade()
  }

  roomMade(): boolean {
    if (this.#isDone) return false
    const answer = this.#limits.ask(this.#what.asks, this.#what.recipients, this)
    if (answer.kind === 'granted' || this.#isFinal(answer)) this.#end(answer)
    return true
  }

  told(refusal: Refusal): void {
    if (this.#isFinal(refusal)) this.#end(refusal)
  }

  /** Without a time it is not known yet: it is being asked for, or written down. What is over in a moment is waited for. */
  #isFinal({ until }: Refusal): boolean {
    return Number.isFinite(until) && until - this.#clock.now() >= WORTH_SAYING
  }

  #end(answer: Grant | Refusal | null): void {
    if (this.#isDone) return
    this.#isDone = true
    this.#timer[Symbol.dispose]()
    if (answer?.kind !== 'granted') this.#limits.forget(this)
    this.#answer(answer)
  }
}

function usedUp({ which, until }: Refusal): Reply {
  const { key, limit } = which
  const [name = '', scope = ''] = key.split(' ')
  const quota = QUOTAS[name.replace('quota_', '') as keyof typeof QUOTAS]
  const whose = scope.startsWith('login=') ? 'this login' : 'this account'
  const words = `The quota of ${whose}, ${limit} ${quota.words}, is used up until ${atSecond(until)}. Try again then.`
  return { ...reply(450, '4.7.1', words), until }
}

/** Rounded up: at that time there is room. */
function atSecond(at: EpochMs): string {
  return new Date(Math.ceil(at / 1000) * 1000).toISOString().replace('.000Z', 'Z')
}
