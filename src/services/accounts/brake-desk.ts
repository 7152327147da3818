// Brakes at the desk: adds up what all workers' events say of each account, with what it remembers of their days and networks, takes up what
// workers found, and holds or warns. What it decides is a setting, in force in all workers when it is written.
import type { AccountId, EpochMs, Ms } from '../../base/brand.ts'
import { type Clock, every } from '../../base/clock.ts'
import { messageOf } from '../../base/fault.ts'
import type { Log } from '../../base/log.ts'
import { changeState, type StateContext } from '../../api/operations/senders/account-states.ts'
import type { MailEvent } from '../../contract/events.ts'
import { BRAKE, type BrakeFinding, type BrakeName, type BrakeTerms } from '../../contract/brakes.ts'
import type { WorkerCalls } from '../../contract/bus.ts'
import type { Account, Settings } from '../../contract/settings.ts'
import type { BusClient } from '../../net/bus/client.ts'
import { keepsBack, stateNow } from '../../policy/accounts/standing.ts'
import { BrakeBook, type Braked } from '../../policy/brakes/book.ts'
import { AccountDays } from '../../policy/brakes/days.ts'
import { AccountNetworks } from '../../policy/brakes/networks.ts'
import { type AccountTally, Tally } from '../../policy/brakes/tally.ts'
import { termsOf } from '../../policy/brakes/terms.ts'
import type { AccountHistory } from '../../store/sqlite/desk/account-history.ts'

export interface BrakeDeskParts {
  /** What it acts with, once the desk can. */
  readonly ready: Promise<StateContext>
  /** The newest, whoever changed them. */
  readonly settings: () => Settings
  readonly history: AccountHistory
  readonly clock: Clock
  readonly log: Log
}

const SAVE_EVERY: Ms = 5000

export class BrakeDesk implements Disposable {
  readonly #parts: BrakeDeskParts
  readonly #book = new BrakeBook()
  readonly #days: AccountDays
  readonly #networks: AccountNetworks
  readonly #timer: Disposable
  readonly #followed = new WeakSet<BusClient<WorkerCalls>>()
  /** In which state accounts were when something was counted for them last: since when. */
  readonly #since = new Map<AccountId, EpochMs>()
  #acting: Promise<void> = Promise.resolve()

  constructor(parts: BrakeDeskParts) {
    this.#parts = parts
    const now = parts.clock.now()
    this.#days = new AccountDays(parts.history.days(now))
    this.#networks = new AccountNetworks(parts.history.networks(now))
    for (const { id, standing } of parts.settings().accounts.values()) this.#since.set(id, standing?.since ?? 0)
    this.#timer = every(parts.clock, SAVE_EVERY, () => this.#save())
  }

  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]()
    this.#save()
  }

  /** The events of a batch; they count once it is committed. */
  begin(): { add(event: MailEvent): void; committed(): void } {
    const { ownDomains } = this.#parts.settings()
    const tally = new Tally((domain) => ownDomains.has(domain))
    return { add: (event) => tally.add(event), committed: () => this.#judgeAll(tally) }
  }

  /** Takes up what brakes of the worker find, until its connection ends. Cheap to repeat. */
  follow(client: BusClient<WorkerCalls>): void {
    if (this.#followed.has(client)) return
    this.#followed.add(client)
    void this.#take(client)
  }

  async #take(client: BusClient<WorkerCalls>): Promise<void> {
    let after = 0
    while (!client.ended) {
      try {
        const { upTo, findings } = await client.call('brakes.pull', { after })
        after = upTo
        for (const finding of findings) this.#act(finding)
      } catch (error) {
        // One of a release before does not know the call.
        if (!client.ended) this.#parts.log.debug('a worker tells nothing of brakes', { reason: messageOf(error) })
        return
      }
    }
  }

  #judgeAll({ accounts }: Tally): void {
    const known = this.#parts.settings().accounts
    for (const [id, tally] of accounts) {
      const account = known.get(id)
      if (account !== undefined) this.#judge(account, tally)
    }
  }

  #judge(account: Account, tally: AccountTally): void {
    const { at: now } = tally
    const who = this.#whoIs(account, now)
    const note = (name: BrakeName, whole: number, part: number): void => {
      const terms = this.#termsOf(name, account.id)
      if (terms !== null && whole + part > 0) this.#act(this.#book.note(who, name, terms, { whole, part, now }))
    }
    note('hard-bounces', tally.ended, tally.hard)
    note('unknown-users', tally.ended, tally.unknown)
    this.#days.add(account.id, now, tally)
    const found = (name: BrakeName, terms: BrakeTerms | null, counted: { part: number; whole: number } | null): void => {
      if (terms !== null && counted !== null) this.#act(this.#book.found(who, name, terms, { ...counted, now }))
    }
    if (tally.accepted > 0) found('peak', this.#termsOf('peak', account.id), this.#days.againstPeak(account.id, now))
    const complaints = this.#termsOf('complaints', account.id)
    if (tally.complaints > 0 && complaints !== null)
      found('complaints', complaints, this.#days.complaints(account.id, now, complaints.window))
    const networks = this.#termsOf('new-network', account.id)
    for (const value of tally.networks)
      if (this.#networks.use(account.id, value, now) && networks !== null)
        this.#act(this.#book.see(who, 'new-network', networks, { value, now }))
  }

  #termsOf(name: BrakeName, id: AccountId): BrakeTerms | null {
    return termsOf(this.#parts.settings().brakes, name, id)
  }

  /** Once somebody has looked at it, what an account did before is not held against it. */
  #whoIs({ id, standing }: Account, now: EpochMs): Braked {
    const since = standing?.since ?? 0
    if ((this.#since.get(id) ?? 0) !== since) this.#days.forgive(id, now)
    this.#since.set(id, since)
    return { account: id, since }
  }

  /** One after the other: what the first decided is seen by the next. */
  #act(finding: BrakeFinding | null): void {
    if (finding === null) return
    const { log, ready } = this.#parts
    this.#acting = this.#acting.then(async () => {
      const context = await ready
      try {
        if (finding.verdict === 'warn') this.#warn(context, finding)
        else await this.#hold(context, finding)
      } catch (error) {
        log.error('What a brake found could not be written down.', { account: finding.account, error: messageOf(error) })
      }
    })
  }

  #warn(context: StateContext, { account, name, words, at }: BrakeFinding): void {
    const terms = this.#termsOf(name, account)
    if (terms === null) return
    const source = `${BRAKE}${name} ${account} ${Math.floor(at / terms.window)}`
    const mend = `Look at its mail: 'hms events --account ${account}'. 'hms brakes ls --account ${account}' shows the brakes, 'hms account state ${account} held' stops it.`
    context.tell([{ source, at, kind: 'account.warned', what: `Account ${account}: ${words}.`, mend, effect: null, by: `${BRAKE}${name}` }])
  }

  async #hold(context: StateContext, { account: id, name, words, since }: BrakeFinding): Promise<void> {
    const { log } = this.#parts
    const { accounts, brakes } = context.settings.read()
    const account = accounts.get(id)
    // What somebody decided since counts.
    if (account === undefined || (account.standing?.since ?? 0) !== since || keepsBack(stateNow(account, context.now()))) return
    if ((termsOf(brakes, name, id)?.hold ?? null) === null) return
    log.warn('A brake holds an account.', { account: id, brake: name, why: words })
    await changeState(context, account, { state: 'held', reason: words, by: `${BRAKE}${name}`, until: null })
  }

  #save(): void {
    const { history, clock, log } = this.#parts
    const [days, networks] = [this.#days.unsaved(), this.#networks.unsaved()]
    if (days.length + networks.length === 0) return
    try {
      history.save(days, networks, clock.now())
    } catch (error) {
      log.error('What brakes remember could not be saved; what came since is counted on.', { error: messageOf(error) })
    }
  }
}
