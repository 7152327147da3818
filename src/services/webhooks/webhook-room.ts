// All endpoints of an installation: read out of the settings, told what the desk commits, given turns at reading and at posting, and written down
// together. It runs in a thread of its own, which alone has webhooks.db open.
import type { EpochMs, Ms } from '../../base/brand.ts'
import { type Clock, every } from '../../base/clock.ts'
import { Fault } from '../../base/fault.ts'
import type { MailEventKind } from '../../contract/events.ts'
import type { WebhookReplay, WebhookTest } from '../../contract/webhooks.ts'
import type { ShardLines } from '../../engine/ports/event-follower.ts'
import type { AttemptsAsked, NewReplay, StoredWebhook, Webhooks } from '../../engine/ports/webhooks.ts'
import { postOf } from '../../policy/webhooks/payload.ts'
import { sampleEvent } from '../../policy/webhooks/samples.ts'
import { secretsNow } from '../../policy/webhooks/secrets.ts'
import type { Telling } from '../../policy/webhooks/tell-stream.ts'
import { placeOf } from '../../smtp/post-address.ts'
import { readCursors } from '../../store/sqlite/events/events.ts'
import { beginEndpoint, beginReplay, resumeEndpoint } from '../../store/sqlite/webhooks/webhooks-book.ts'
import type { WebhooksFile } from '../../store/sqlite/webhooks/webhooks-file.ts'
import { AttemptLog } from './attempt-log.ts'
import { Endpoint } from './endpoint.ts'
import { tellingsOf } from './followed-stream.ts'
import type { Poster } from './poster.ts'
import type { WebhooksSeen } from './protocol.ts'
import { WebhookLimits } from './webhook-limits.ts'

export interface WebhookRoomParts {
  readonly file: WebhooksFile
  readonly settings: Webhooks
  /** Where the events are. */
  readonly events: string
  readonly installation: string
  readonly poster: Poster
  readonly memory: number
  /** Posts under way, of all endpoints; from half of it on, each has two at most. */
  readonly mostGoing?: number
  readonly keptFor: Ms
  readonly clock: Clock
  readonly told: (seen: WebhooksSeen) => void
}

const FLUSH_EVERY: Ms = 250
/** Also of those of which nothing but the place changed. */
const WHOLE_EVERY: Ms = 10_000
const TELL_EVERY: Ms = 1000
const PRUNE_EVERY: Ms = 600_000
const MOST_GOING = 512
const FEW = 2
/** What one endpoint may hold in memory, whatever is left. */
const SHARE = { least: 32 * 1024, most: 1024 * 1024 }
/** No post of a test begins later: who asks by HTTP is answered within a minute. */
const TEST_WITHIN: Ms = 30_000
const NOTHING: readonly Telling[] = []

export class WebhookRoom implements Disposable {
  readonly #parts: WebhookRoomParts
  readonly #endpoints = new Map<string, Endpoint>()
  readonly #byAccount = new Map<number, Endpoint[]>()
  readonly #attempts = new AttemptLog()
  readonly #limits: WebhookLimits
  readonly #opened = new DisposableStack()
  /** Those that want to read, and those that wait for a post of another to end; in turns. */
  readonly #reading = new Set<Endpoint>()
  readonly #hungry = new Set<Endpoint>()
  readonly #counts = { posts: 0, failed: 0, told: 0, givenUp: 0 }
  #going = 0
  #held = 0
  #holders = 1
  #isReading = false

  constructor(parts: WebhookRoomParts) {
    this.#parts = parts
    const { clock, file } = parts
    this.#limits = new WebhookLimits(clock)
    this.#adopt()
    this.#opened.use(every(clock, FLUSH_EVERY, () => this.#flush(false)))
    this.#opened.use(every(clock, WHOLE_EVERY, () => this.#flush(true)))
    this.#opened.use(every(clock, TELL_EVERY, () => parts.told(this.seen())))
    this.#opened.use(every(clock, PRUNE_EVERY, () => file.prune(clock.now() - parts.keptFor)))
  }

  [Symbol.dispose](): void {
    this.abandon()
    this.#flush(true)
  }

  /** Ends without writing anything down. */
  abandon(): void {
    this.#opened[Symbol.dispose]()
    this.#reading.clear()
    for (const endpoint of this.#endpoints.values()) endpoint.close()
  }

  /** All that are in the settings; what is known of others is forgotten. */
  #adopt(): void {
    const { file, settings } = this.#parts
    const wanted = new Set(settings.list().map(({ id }) => id))
    for (const id of file.endpoints().keys()) if (!wanted.has(id)) file.forget(id)
    for (const id of wanted) this.changed(id)
  }

  /** As it is in the settings now. `isNew`: it was added a moment ago, and is told what happens from now on. */
  changed(id: string, isNew = false): void {
    const { file, settings, clock } = this.#parts
    const webhook = settings.unsealed(id)
    if (webhook === null) return this.#remove(id)
    if (isNew || file.endpoint(id) === undefined) beginEndpoint(file, id, this.#present(), clock.now())
    const there = this.#endpoints.get(id)
    if (there === undefined) this.#add(webhook)
    else there.change(webhook)
  }

  /** What the desk has just committed: read once, for all accounts. */
  hear({ shard, after, upTo, lines }: ShardLines): void {
    this.#weigh()
    const of = new Map<number, Telling[]>()
    for (const telling of tellingsOf(lines)) {
      const { account } = telling.event
      if (!this.#byAccount.has(account)) continue
      const known = of.get(account)
      if (known === undefined) of.set(account, [telling])
      else known.push(telling)
    }
    for (const [account, endpoints] of this.#byAccount)
      for (const endpoint of endpoints) endpoint.hear(shard, after, upTo, of.get(account) ?? NOTHING)
  }

  /** Something was committed that was not handed over. */
  look(): void {
    for (const endpoint of this.#endpoints.values()) endpoint.look()
  }

  health(ids: readonly string[]) {
    return ids.flatMap((id) => {
      const endpoint = this.#endpoints.get(id)
      return endpoint === undefined ? [] : [[id, endpoint.health()] as const]
    })
  }

  attempts(id: string, asked: AttemptsAsked) {
    this.#flush(false)
    return this.#parts.file.attempts(id, asked)
  }

  resume(id: string, from: 'stopped' | 'now', at: EpochMs): void {
    this.#flush(false)
    resumeEndpoint(this.#parts.file, id, from === 'now' ? this.#present() : null, at)
    this.#endpoints.get(id)?.resume()
  }

  startReplay(id: string, replay: NewReplay): WebhookReplay {
    const { file } = this.#parts
    const endpoint = this.#endpoints.get(id)
    if (endpoint === undefined) throw new Fault('no-webhook', 'There is no such webhook.', { blame: 'caller' })
    const { account } = endpoint
    const siblings = (this.#byAccount.get(account) ?? []).map((one) => one.id)
    const added = beginReplay(file, { id, account, siblings }, replay, () => this.#limits.startReplay(account))
    endpoint.addReplay(added)
    endpoint.pump()
    return added
  }

  replays(id: string): readonly WebhookReplay[] {
    this.#flush(true)
    return this.#parts.file.replays(id)
  }

  cancelReplay(id: string, n: number): boolean {
    return this.#endpoints.get(id)?.cancelReplay(n) === true
  }

  /** Beside what is told, on connections of its own. */
  async test(id: string, kinds: readonly MailEventKind[]): Promise<readonly WebhookTest[]> {
    const { settings, poster, installation, clock } = this.#parts
    const webhook = settings.unsealed(id)
    if (webhook === null) throw new Fault('no-webhook', 'There is no such webhook.', { blame: 'caller' })
    const { format, batch, account, url, secrets } = webhook
    this.#limits.test(account)
    const pool = { idle: [] }
    const { pathname, search, origin } = new URL(url)
    const tests: WebhookTest[] = []
    const began = clock.mono()
    for (const kind of kinds) {
      const now = clock.now()
      const terms = { format, isBatch: batch.events > 1, installation, now, extra: { 'hms-test': '1' } }
      const counting = secretsNow(secrets, now).map(({ text }) => text)
      const { headers, body, payload } = postOf([sampleEvent(kind, { account, at: now })], { ...terms, secrets: counting })
      const { status, ok, took, text } = await poster.post(placeOf(origin as never), { path: `${pathname}${search}`, headers, body }, pool)
      tests.push({ kind, headers, body: hidden(body.toString('utf8')), payload, status, ok, took, answer: text })
      // It does not answer, or is slow: whoever waits for the others would wait as long for each.
      if (status === null || clock.mono() - began > TEST_WITHIN) break
    }
    for (const connection of pool.idle as Endpoint['idle']) void connection.close('quit')
    return tests
  }

  seen(): WebhooksSeen {
    const health = new Map(this.health([...this.#endpoints.keys()]))
    const endpoints = [...this.#endpoints.values()].map(({ id, name, account, isOn }) => {
      const { state = 'new', since = 0, failure = null } = health.get(id) ?? {}
      return { id, name, account, on: isOn, state, since, failure }
    })
    this.#weigh()
    const aside = [...health.values()].reduce((sum, one) => sum + one.aside, 0)
    return { endpoints, ...this.#counts, aside, held: this.#held }
  }

  #add(webhook: StoredWebhook): void {
    const { file, events, installation, poster, clock } = this.#parts
    const endpoint = new Endpoint(webhook, {
      file,
      folder: events,
      installation,
      poster,
      attempts: this.#attempts,
      clock,
      mayPost: (endpoint, going) => this.#mayPost(endpoint, going),
      wantsToRead: (endpoint) => this.#wantsToRead(endpoint),
      share: () => Math.min(SHARE.most, Math.max(SHARE.least, this.#parts.memory / this.#holders)),
      began: () => void this.#going++,
      freed: () => this.#freed(),
      counted: (what, by) => void (this.#counts[what] += by),
    })
    this.#endpoints.set(webhook.id, endpoint)
    const siblings = this.#byAccount.get(webhook.account)
    if (siblings === undefined) this.#byAccount.set(webhook.account, [endpoint])
    else siblings.push(endpoint)
    endpoint.pump()
  }

  #remove(id: string): void {
    const endpoint = this.#endpoints.get(id)
    this.#parts.file.forget(id)
    if (endpoint === undefined) return
    endpoint.close()
    this.#endpoints.delete(id)
    for (const set of [this.#reading, this.#hungry]) set.delete(endpoint)
    const others = (this.#byAccount.get(endpoint.account) ?? []).filter((one) => one !== endpoint)
    if (others.length > 0) this.#byAccount.set(endpoint.account, others)
    else this.#byAccount.delete(endpoint.account)
  }

  #present(): ReadonlyMap<number, number> {
    return readCursors(this.#parts.events) ?? new Map()
  }

  #mayPost(endpoint: Endpoint, going: number): boolean {
    const { mostGoing = MOST_GOING } = this.#parts
    const may = this.#going < mostGoing / 2 || (this.#going < mostGoing && going < FEW)
    if (!may) this.#hungry.add(endpoint)
    return may
  }

  /** Until one of those that wait posts: others have nothing to post any more, or rest. */
  #freed(): void {
    const going = --this.#going
    for (let left = this.#hungry.size; left > 0 && this.#going <= going; left--) {
      const [endpoint] = this.#hungry
      if (endpoint === undefined) return
      this.#hungry.delete(endpoint)
      endpoint.pump()
    }
  }

  /** How much is held, and by how many. */
  #weigh(): void {
    let [held, holders] = [0, 0]
    for (const { octets } of this.#endpoints.values()) {
      held += octets
      if (octets > 0) holders++
    }
    this.#held = held
    this.#holders = Math.max(1, holders + this.#reading.size)
  }

  #wantsToRead(endpoint: Endpoint): void {
    this.#reading.add(endpoint)
    if (this.#isReading) return
    this.#isReading = true
    setImmediate(() => this.#readOne())
  }

  /** One reading of one endpoint; those that were given posts to send meanwhile are heard between two. */
  #readOne(): void {
    const [next] = this.#reading
    if (next === undefined) {
      this.#isReading = false
      return
    }
    this.#reading.delete(next)
    this.#weigh()
    next.read()
    setImmediate(() => this.#readOne())
  }

  #flush(isWhole: boolean): void {
    const { file } = this.#parts
    const isNeeded = !this.#attempts.isEmpty || [...this.#endpoints.values()].some((endpoint) => endpoint.isToFlush(isWhole))
    if (!isNeeded) return
    file.together(() => {
      this.#attempts.flush(file)
      for (const endpoint of this.#endpoints.values()) endpoint.flush(isWhole)
    })
  }
}

/** The secret of the form is not shown again. */
function hidden(body: string): string {
  return body.replace(/(&SecretKey=)[^&]*/, '$1…')
}
