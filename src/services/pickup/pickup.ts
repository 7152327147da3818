// Files of pickup folders become mail: one worker of the installation takes them, the one that holds the lock. A thread reads them, this hands
// them in, several at once, and each leaves its folder when its message is committed. What cannot be taken now stays and is tried again.
import type { AccountId, EpochMs, MessageId, Ms } from '../../base/brand.ts'
import { type Clock, every, machineClock } from '../../base/clock.ts'
import { crashPoint } from '../../base/crash-point.ts'
import { Fault, messageOf } from '../../base/fault.ts'
import type { Log } from '../../base/log.ts'
import type { Problem } from '../../contract/injection.ts'
import type { Config } from '../../contract/options.ts'
import type { Settings } from '../../contract/settings.ts'
import { type Alert, Alerts } from '../../engine/alerts.ts'
import type { Injector, Submission } from '../../engine/accept/injector.ts'
import type { WasCommitted } from '../../engine/ports/ledger.ts'
import { pickupPlace } from '../../lifecycle/home-files.ts'
import { stateNow } from '../../policy/accounts/standing.ts'
import { parsePath } from '../../smtp/address.ts'
import { parseRecipientPath } from '../../smtp/post-address.ts'
import type { Mailbox } from '../../smtp/server/handler.ts'
import { takeLockFile } from '../../store/sqlite/spool/lock-file.ts'
import { ThreadLink } from '../../store/sqlite/thread-link.ts'
import { pickupLockPath } from '../home.ts'
import type { AccountPlace, PickedFile, PickupAnswer, PickupData, PickupRequest, Settled } from './protocol.ts'

const LOOK_EVERY: Ms = 1000
/** While one part is committed the other is read. */
const LANES = 2
const ROOM = { files: 256, octets: 16 * 1024 * 1024 }
/** After an error that nobody expected. */
const AGAIN_AFTER: Ms = 10_000
/** Until it is looked again whether mail can be taken. */
const FULL_FOR: Ms = 5000
const MOST_ASKED = 500
const DAY: Ms = 86_400_000
const FORGOTTEN =
  'It was being sent when the server ended, so long ago that it is not known any more whether it was. Look for it in the logs.'

/** No fault of the file. */
const OURS: ReadonlySet<Problem['code']> = new Set(['internal', 'key-under-way'])

export interface PickupParts {
  readonly home: string
  readonly config: Config
  readonly settings: () => Settings
  readonly injector: Pick<Injector, 'inject' | 'reserve'>
  readonly wasCommitted: WasCommitted
  /** Whether this worker may hand in mail now. */
  readonly mayTake: () => boolean
  readonly clock: Clock
  readonly log: Log
}

export class Pickup implements AsyncDisposable {
  readonly #parts: PickupParts
  readonly #alerts: Alerts
  readonly #timer: Disposable
  readonly #troubled = new Set<AccountId>()
  /** Until when nothing of an account is taken, or of any (0). */
  readonly #paused = new Map<AccountId | 0, EpochMs>()
  #thread: ThreadLink | null = null
  #lock: Disposable | null = null
  #isStopping = false
  #running: Promise<void> | null = null

  constructor(parts: PickupParts) {
    this.#parts = parts
    this.#alerts = new Alerts(parts.clock, parts.log)
    this.#timer = every(machineClock, LOOK_EVERY, () => this.#look())
  }

  alerts(): readonly Alert[] {
    return this.#alerts.list()
  }

  /** Takes no more; resolves when what is in hand is handed in, and another worker may go on. */
  async stop(): Promise<void> {
    this.#isStopping = true
    this.#timer[Symbol.dispose]()
    await this.#running
    await this.#thread?.ended()
    this.#thread = null
    this.#lock?.[Symbol.dispose]()
    this.#lock = null
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  #look(): void {
    if (this.#running !== null || this.#isStopping) return
    for (const account of this.#troubled) if (this.#parts.settings().accounts.get(account)?.pickup !== true) this.#isWell(account)
    if (this.#places().length === 0 || !this.#mayTake()) return
    this.#running = this.#run().finally(() => (this.#running = null))
  }

  #mayTake(): boolean {
    if (!this.#parts.mayTake()) return false
    this.#lock ??= takeLockFile(pickupLockPath(this.#parts.home))
    return this.#lock !== null
  }

  #places(): AccountPlace[] {
    const now = this.#parts.clock.now()
    const isPaused = (account: AccountId | 0): boolean => (this.#paused.get(account) ?? 0) > now
    if (isPaused(0)) return []
    const accounts = [...this.#parts.settings().accounts.values()]
    return accounts
      .filter((account) => account.pickup === true && stateNow(account, now) !== 'suspended' && !isPaused(account.id))
      .map(({ id }) => placeOf(this.#parts.home, id))
  }

  async #run(): Promise<void> {
    try {
      await Promise.all(Array.from({ length: LANES }, () => this.#lane()))
    } catch (error) {
      this.#parts.log.error('files cannot be picked up', { error: messageOf(error) })
    }
  }

  async #lane(): Promise<void> {
    let settled: readonly Settled[] = []
    let ids: readonly MessageId[] = []
    for (let more = true; more;) {
      ids = this.#isStopping ? ids : this.#drawn(ids)
      const places = this.#isStopping || ids.length === 0 ? [] : this.#places()
      const answer = await this.#ask({ settled, places, room: ROOM, ids, now: machineClock.now() })
      ids = answer.ids
      this.#tell(answer, places)
      const [handed, found] = await Promise.all([Promise.all(answer.files.map((file) => this.#handIn(file))), this.#found(answer.left)])
      settled = [...handed, ...found]
      more = settled.length > 0 || (answer.more && places.length > 0)
    }
  }

  /** As many as a turn may need; none where mail cannot be taken now: then files stay where they are. */
  #drawn(before: readonly MessageId[]): readonly MessageId[] {
    try {
      return [...before, ...Array.from({ length: ROOM.files - before.length }, () => this.#parts.injector.reserve())]
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      this.#pause(0, FULL_FOR)
      return []
    }
  }

  /** What became of files that a crash left: their messages are known, or are not. */
  async #found(left: PickupAnswer['left']): Promise<Settled[]> {
    const found: Settled[] = []
    for (let at = 0; at < left.length; at += MOST_ASKED) {
      const some = left.slice(at, at + MOST_ASKED)
      const ids = some.map(({ id }) => id)
      const since = Math.floor(Math.min(...some.map(({ at: taken }) => taken)))
      const known: readonly boolean[] = await this.#parts.wasCommitted(ids, since).catch(() => [])
      found.push(...some.map(({ account, file, at: since }, n) => ({ account, file, became: this.#fate(known[n] ?? null, since) })))
    }
    if (found.some(({ became }) => became === 'unsure')) this.#pause(0, LOOK_EVERY)
    return found
  }

  #fate(known: boolean | null, since: EpochMs): Settled['became'] {
    if (known === null) return 'unsure'
    if (known) return 'sent'
    const kept = this.#parts.config['events.days'] * DAY
    return since > machineClock.now() - kept ? 'anew' : { reason: FORGOTTEN }
  }

  async #ask(request: PickupRequest): Promise<PickupAnswer> {
    const { config } = this.#parts
    const data: PickupData = {
      terms: { rest: config['pickup.rest'], largest: config['smtp.message_size'] },
      limits: { headerSize: config['smtp.header_size'], recipients: config['smtp.recipients'] },
    }
    this.#thread ??= new ThreadLink('pickup', new URL('./pickup-thread.ts', import.meta.url), data, () => {})
    return (await this.#thread.ask(request)) as PickupAnswer
  }

  async #handIn({ account, file, id, sender, receivers, octets }: PickedFile): Promise<Settled> {
    const recipients = receivers.map((receiver) => parseRecipientPath(receiver, true))
    const from = sender === '' ? null : parsePath(sender, true)
    const wrong = recipients.findIndex((recipient) => typeof recipient === 'string')
    const reason =
      typeof from === 'string'
        ? `X-Sender: ${from}.`
        : wrong >= 0
          ? `X-Receiver ${receivers[wrong] ?? ''}: ${String(recipients[wrong])}.`
          : null
    if (reason !== null) return { account, file, became: { reason } }
    try {
      const submission: Submission = {
        client: { address: '127.0.0.1', tls: null, user: null, account, protocol: 'PICKUP' },
        sender: from as Mailbox | null,
        recipients: recipients as readonly Mailbox[],
        octets: Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength),
      }
      const injected = await this.#parts.injector.inject(submission, id)
      crashPoint('pickup-committed')
      return { account, file, became: 'problem' in injected ? this.#refused(account, injected.problem) : 'sent' }
    } catch (error) {
      this.#parts.log.error('a file could not be handed in, and is looked at again', { account, file, error: messageOf(error) })
      this.#pause(0, AGAIN_AFTER)
      return { account, file, became: 'unsure' }
    }
  }

  /** What may be tried again is: then what is behind it is not tried before either. */
  #refused(account: AccountId, { code, message, retryAfter }: Problem): Settled['became'] {
    if (retryAfter === undefined && !OURS.has(code)) return { reason: message }
    this.#pause(code === 'quota' ? account : 0, retryAfter === undefined ? AGAIN_AFTER : retryAfter * 1000)
    return 'later'
  }

  #pause(account: AccountId | 0, span: Ms): void {
    this.#paused.set(account, this.#parts.clock.now() + span)
  }

  #tell({ refused, troubles }: PickupAnswer, places: readonly AccountPlace[]): void {
    for (const account of new Set(refused.map((one) => one.account))) {
      const own = refused.filter((one) => one.account === account)
      const { name, reason } = own[0] ?? {}
      this.#parts.log.warn('files that were to be picked up are no mail; they are in badmail', { account, files: own.length, name, reason })
    }
    for (const { account, trouble } of troubles)
      this.#alerts.raise(`pickup ${account}`, trouble, `'hms account pickup ${account}' shows the folder.`)
    for (const { account } of places) {
      const isTroubled = troubles.some((one) => one.account === account)
      if (isTroubled) this.#troubled.add(account)
      else if (this.#troubled.has(account)) this.#isWell(account)
    }
  }

  #isWell(account: AccountId): void {
    this.#troubled.delete(account)
    this.#alerts.clear(`pickup ${account}`)
  }
}

function placeOf(home: string, account: AccountId): AccountPlace {
  return { account, ...pickupPlace(home, account) }
}
