// The consumer of events that suppresses: what they say of recipients goes to suppression.db with the cursor of their shard, by the policy of
// their account. Accounts that add to no list cost a look at each of their events, and nothing else.
import type { AccountId, Domain, EpochMs } from '../../base/brand.ts'
import type { NumberedEvent } from '../../contract/events.ts'
import type { Account, Settings } from '../../contract/settings.ts'
import type { AccountSuppression } from '../../contract/suppression.ts'
import type { LinedEvent } from '../../message/event-line.ts'
import { hourOf } from '../../policy/suppression/flood.ts'
import { holdsFor, type Notice, noticeOf } from '../../policy/suppression/notice.ts'
import { addressKey } from '../../policy/suppression/targets.ts'
import type { Addition, FeedbackAct, Tally } from '../../store/sqlite/suppression/suppression-feedback.ts'
import type { SuppressionStore } from '../../store/sqlite/suppression/suppression.ts'
import type { FeedbackConsumer, FeedbackSink } from '../desk/outbox-pump.ts'

/** What failed without a site (its domain does not exist) is set against all that was tried. */
const NO_SITE = '(no site)'
/** Domains whose site is remembered, for bounces that come later. */
const MOST_DOMAINS = 20_000

interface StatusAlert {
  readonly key: string
  readonly at: EpochMs
  readonly what: string
  readonly mend: string
}

export class SuppressionDesk implements FeedbackConsumer {
  readonly #store: SuppressionStore
  readonly #settings: () => Settings
  readonly announce: () => void
  #adds: { readonly of: Settings; readonly any: boolean } | null = null
  readonly #sites = new Map<Domain, string>()
  /** Unsubscriptions of accounts without a list since the start, and the last of them. */
  readonly #unheeded = new Map<AccountId, { count: number; at: EpochMs }>()

  /** `announce`: workers look at the lists at once. */
  constructor(store: SuppressionStore, settings: () => Settings, announce: () => void) {
    this.#store = store
    this.#settings = settings
    this.announce = announce
  }

  /** The file is opened where somebody adds to a list: how far it came is known then. */
  async begin(shard: number): Promise<FeedbackSink> {
    const settings = this.#settings()
    // There may be very many accounts: they are looked at once for each change.
    if (this.#adds?.of !== settings) this.#adds = { of: settings, any: [...settings.accounts.values()].some(addsToList) }
    if (this.#adds.any) await this.#store.begin()
    return new Sink(this, this.#store, shard, settings)
  }

  siteOf(domain: Domain): string | null {
    return this.#sites.get(domain) ?? null
  }

  learn(domain: Domain, site: string): void {
    if (this.#sites.get(domain) === site) return
    if (this.#sites.size >= MOST_DOMAINS) for (const [oldest] of this.#sites) if (this.#sites.delete(oldest)) break
    this.#sites.set(domain, site)
  }

  unheeded(account: AccountId, at: EpochMs): void {
    const known = this.#unheeded.get(account)
    this.#unheeded.set(account, { count: (known?.count ?? 0) + 1, at })
  }

  alerts(): readonly StatusAlert[] {
    const accounts = this.#settings().accounts
    const unheeded = [...this.#unheeded].filter(([account]) => (accounts.get(account)?.suppression?.add ?? null) === null)
    return [
      ...this.#store.floods
        .filter(({ held, open }) => open || held > 0)
        .map(({ site, since, tried, hard, usual, held }) => ({
          key: `suppression flood ${site}`,
          at: since,
          what: `${hard} of ${tried} recipients at ${site} failed for good, which is ${share(hard / tried)} where ${share(usual)} is usual: ${held} suppressions wait for you.`,
          mend: "Look at them with 'hms suppression review', then accept or discard them.",
        })),
      ...unheeded.map(([account, { count, at }]) => ({
        key: `suppression account ${account}`,
        at,
        what: `${count} recipients of account ${account} unsubscribed, and the account adds to no suppression list.`,
        mend: `Name one: hms suppression policy ${account} --check LIST --add LIST; then add them by hand (hms events --kind unsubscribed).`,
      })),
    ]
  }
}

const addsToList = ({ suppression }: Account): boolean => suppression !== undefined && suppression.add !== null

const share = (part: number): string => `${(100 * part).toFixed(1)} %`

class Sink implements FeedbackSink {
  readonly #desk: SuppressionDesk
  readonly #store: SuppressionStore
  readonly #shard: number
  readonly #settings: Settings
  readonly #acts: FeedbackAct[] = []
  readonly #tallies = new Map<string, Tally & { tried: number; hard: number }>()
  #upTo = 0
  #hasSoft = false
  #now: EpochMs = 0

  constructor(desk: SuppressionDesk, store: SuppressionStore, shard: number, settings: Settings) {
    this.#desk = desk
    this.#store = store
    this.#shard = shard
    this.#settings = settings
  }

  add({ event, number }: LinedEvent): void {
    if (event.kind === 'accepted' || event.kind === 'deferred' || number <= this.#store.cursor(this.#shard)) return
    if ('ours' in event && event.ours === true) return
    const policy = this.#settings.accounts.get(event.account)?.suppression
    if (policy === undefined || policy.add === null) {
      if (event.kind === 'unsubscribed') this.#desk.unheeded(event.account, event.at)
      return
    }
    this.#upTo = number
    this.#now = Math.max(this.#now, event.at)
    const notice = noticeOf(event)
    this.#count(event, notice?.kind === 'hard')
    if (notice === null || event.recipient === '') return
    const target = addressKey(event.recipient)
    if (notice.kind === 'delivered') {
      if (this.#store.hasSoft || this.#hasSoft) this.#acts.push({ kind: 'reached', account: event.account, target })
    } else this.#act(event, notice, policy, target)
  }

  #act(event: NumberedEvent & { readonly domain: Domain }, notice: Notice, policy: AccountSuppression, target: string): void {
    if (notice.kind === 'delivered' || policy.add === null) return
    const holds = holdsFor(policy, notice.kind)
    if (holds === 'off') return
    const { at, account, domain } = event
    const addition: Addition = {
      kind: 'add',
      list: policy.add,
      target,
      stream: notice.stream,
      reason: notice.reason,
      at,
      expires: holds === 'ever' ? null : at + holds,
      origin: `event ${event.id}`,
      site: this.#siteOf(event),
      domain,
      reply: notice.reply,
      doubtful: notice.kind === 'hard',
    }
    const { count, within } = policy.soft
    this.#hasSoft ||= notice.kind === 'soft'
    this.#acts.push(notice.kind === 'soft' ? { kind: 'soft', account, count, within, addition } : addition)
  }

  #siteOf(event: NumberedEvent & { readonly domain: Domain }): string | null {
    if (event.kind === 'failed' || event.kind === 'expired') return event.site ?? NO_SITE
    return event.kind === 'bounced' ? this.#desk.siteOf(event.domain) : null
  }

  /** Recipients by site and hour, and how many of them failed for good. */
  #count(event: NumberedEvent, isHard: boolean): void {
    switch (event.kind) {
      case 'delivered':
      case 'failed':
        if (event.kind === 'failed' && event.failureCode === 1001) return
        if (event.site !== null) {
          this.#tally(event.site, event.at, 1, isHard)
          if (event.kind === 'delivered') this.#desk.learn(event.domain, event.site)
        }
        this.#tally(NO_SITE, event.at, 1, isHard && event.site === null)
        break
      case 'bounced': {
        // It was delivered, and counted so, before.
        const site = isHard ? this.#desk.siteOf(event.domain) : null
        if (site !== null) this.#tally(site, event.at, 0, true)
        break
      }
    }
  }

  #tally(site: string, at: EpochMs, tried: number, isHard: boolean): void {
    const hour = hourOf(at)
    const key = `${hour} ${site}`
    const known = this.#tallies.get(key)
    if (known === undefined) this.#tallies.set(key, { site, hour, tried, hard: Number(isHard) })
    else {
      known.tried += tried
      known.hard += Number(isHard)
    }
  }

  async commit(): Promise<void> {
    if (this.#upTo === 0) return
    const acts = this.#acts
    const tallies = [...this.#tallies.values()]
    if (acts.length + tallies.length === 0) return
    if (await this.#store.take({ shard: this.#shard, upTo: this.#upTo, now: this.#now, acts, tallies })) this.#desk.announce()
  }
}
