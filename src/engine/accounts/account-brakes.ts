// Brakes in a worker: counts what comes of its accounts' mail, and stops an account at once in this process. The desk is told, and makes it
// true for all workers and for people; from then on the account's state counts, and what somebody decides after it.
import { addAbortListener } from 'node:events'
import type { AccountId, Domain, Ms } from '../../base/brand.ts'
import type { BrakeFinding, BrakeName } from '../../contract/brakes.ts'
import { OWN_SITE } from '../../contract/events.ts'
import type { Account } from '../../contract/settings.ts'
import { keepsBack, stateNow } from '../../policy/accounts/standing.ts'
import { BrakeBook, type Braked } from '../../policy/brakes/book.ts'
import { isHardBounce, isUnknownUser, namesInBlock, NOT_TRIED } from '../../policy/brakes/outcomes.ts'
import { termsOf } from '../../policy/brakes/terms.ts'
import { SlidingCounts } from '../../policy/rates.ts'
import { bindingOf } from '../accept/rights.ts'
import type { MessageHead } from '../ports/spool.ts'
import type { Decision } from '../settle/decisions.ts'
import type { Surroundings } from '../surroundings.ts'

interface Told {
  readonly n: number
  readonly finding: BrakeFinding
}

/** Refusals that name the domain, of one receiver in an hour: one alone must not stop an account of whom he does not like. */
const MOST_OF_RECEIVER = 5
const HOUR: Ms = 3_600_000
const MOST_RECEIVERS = 10_000
/** Findings that nobody has taken; the oldest go. */
const MOST_TOLD = 1000

export class AccountBrakes {
  readonly #around: Pick<Surroundings, 'settings' | 'clock' | 'log'>
  readonly #book = new BrakeBook()
  readonly #receivers = new SlidingCounts(HOUR, MOST_RECEIVERS)
  readonly #stops = new Map<AccountId, BrakeFinding>()
  #told: Told[] = []
  #last = 0
  readonly #waiting = new Set<() => void>()

  constructor(around: Pick<Surroundings, 'settings' | 'clock' | 'log'>) {
    this.#around = around
  }

  /** What came of recipients of one message is committed. */
  settled(head: MessageHead, decisions: readonly Decision[]): void {
    const { accounts, brakes } = this.#around.settings()
    const account = accounts.get(head.account)
    if (account === undefined || head.ours === true) return
    let ended = 0
    let hard = 0
    let unknown = 0
    let named = 0
    for (const { event } of decisions) {
      // What came for a domain of ours says nothing of who sends.
      if ('site' in event && event.site === OWN_SITE) continue
      if (event.kind === 'delivered') ended++
      else if (event.kind === 'failed' && event.failureCode !== NOT_TRIED) {
        ended++
        if (isHardBounce(event)) hard++
        if (isUnknownUser(event)) unknown++
      }
      if (isNewRefusal(event) && namesInBlock(event, domainsOf(head)) && this.#mayCount(account, event.site)) named++
    }
    if (ended + named === 0) return
    const now = this.#around.clock.now()
    const who = whoIs(account)
    const note = (name: BrakeName, whole: number, part: number): void => {
      const terms = termsOf(brakes, name, account.id)
      if (terms !== null) this.#found(account, this.#book.note(who, name, terms, { whole, part, now }))
    }
    if (ended > 0) note('hard-bounces', ended, hard)
    if (ended > 0) note('unknown-users', ended, unknown)
    if (named > 0) note('named-in-block', named, named)
  }

  #mayCount({ id, standing }: Account, site: string | null): boolean {
    const now = this.#around.clock.now()
    const key = `${id} ${standing?.since ?? 0} ${site}`
    if (this.#receivers.count(key, now) >= MOST_OF_RECEIVER) return false
    this.#receivers.add(key, now)
    return true
  }

  /** A message was taken. */
  accepted(head: MessageHead): void {
    const settings = this.#around.settings()
    const account = settings.accounts.get(head.account)
    const value = head.authorDomain ?? domainOf(head.sender)
    if (account === undefined || value === null || bindingOf(settings, value as Domain)?.account === account.id) return
    const terms = termsOf(settings.brakes, 'from-domains', account.id)
    if (terms === null) return
    this.#found(account, this.#book.see(whoIs(account), 'from-domains', terms, { value, now: this.#around.clock.now() }))
  }

  /** Why nothing of the account may leave from this worker until all know; null: it may. */
  stopOf(id: AccountId): BrakeFinding | null {
    if (this.#stops.size === 0) return null
    const stop = this.#stops.get(id)
    if (stop === undefined || this.#holds(stop)) return stop ?? null
    this.#stops.delete(id)
    return null
  }

  /** Findings after `after`, once there are any; nothing where the connection ends before. Who asks anew asks from 0, and is told all again. */
  async pull(after: number, signal: AbortSignal): Promise<{ readonly upTo: number; readonly findings: readonly BrakeFinding[] }> {
    while (after >= this.#last && !signal.aborted) await this.#news(signal)
    return { upTo: this.#last, findings: this.#told.filter(({ n }) => n > after).map(({ finding }) => finding) }
  }

  async #news(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiting.add(resolve)
    // The signal is that of the connection, which may last for months.
    using _gone = addAbortListener(signal, () => resolve())
    await promise
    this.#waiting.delete(resolve)
  }

  #found(account: Account, finding: BrakeFinding | null): void {
    if (finding === null || this.stopOf(account.id) !== null) return
    if (finding.verdict === 'hold') {
      if (keepsBack(stateNow(account, finding.at))) return
      this.#stops.set(account.id, finding)
      this.#around.log.warn('A brake stopped an account.', { account: account.id, brake: finding.name, why: finding.words })
    }
    this.#told.push({ n: ++this.#last, finding })
    if (this.#told.length > MOST_TOLD) this.#told = this.#told.slice(-MOST_TOLD / 2)
    for (const wake of this.#waiting) wake()
  }

  /** Until somebody, or the desk, said what becomes of the account, or switched the brake off. */
  #holds({ account: id, since, name }: BrakeFinding): boolean {
    const { accounts, brakes } = this.#around.settings()
    const account = accounts.get(id)
    if (account === undefined || (account.standing?.since ?? 0) !== since) return false
    return !keepsBack(stateNow(account, this.#around.clock.now())) && (termsOf(brakes, name, id)?.hold ?? null) !== null
  }
}

/** For who waits behind such a stop. */
export function stopWords({ name, words }: BrakeFinding): string {
  return `Its account is stopped by the brake ${name}: ${words}.`
}

function whoIs({ id, standing }: Account): Braked {
  return { account: id, since: standing?.since ?? 0 }
}

function domainsOf({ sender, authorDomain }: MessageHead): readonly (string | null)[] {
  return [domainOf(sender), authorDomain]
}

function domainOf(address: string): string | null {
  return address === '' ? null : address.slice(address.lastIndexOf('@') + 1).toLowerCase()
}

/** Whoever puts one recipient off all day has refused him once: else a receiver could stop the accounts of others by it. */
function isNewRefusal(event: Decision['event']): event is Extract<Decision['event'], { readonly kind: 'failed' | 'deferred' }> {
  return event.kind === 'failed' || (event.kind === 'deferred' && event.attempt <= 1)
}
