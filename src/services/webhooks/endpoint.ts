// One endpoint: what is on its way to it, when it may be posted to, what is set aside, and how it is. Nothing in it waits for another endpoint.
import type { EpochMs, Ms } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import type { NumberedEvent } from '../../contract/events.ts'
import { FIRST_STREAM } from '../../contract/streams.ts'
import type { WebhookHealth, WebhookReplay } from '../../contract/webhooks.ts'
import type { StoredWebhook } from '../../engine/ports/webhooks.ts'
import { Circuit, DEAD_AFTER, postAgain, TRIES_IN_LINE } from '../../policy/webhooks/circuit.ts'
import { postOf } from '../../policy/webhooks/payload.ts'
import { secretsNow } from '../../policy/webhooks/secrets.ts'
import type { StreamTerms, Telling, TellPost } from '../../policy/webhooks/tell-stream.ts'
import { type PostPlace, placeOf } from '../../smtp/post-address.ts'
import { eventsAt } from '../../store/sqlite/events-by-id.ts'
import { healthOf, NEW_STATE } from '../../store/sqlite/webhooks-book.ts'
import type { AsidePost, EndpointState, WebhooksFile } from '../../store/sqlite/webhooks-file.ts'
import { AsideShelf } from './aside-shelf.ts'
import { FollowedStream } from './followed-stream.ts'
import type { Answer, IdleConnections, Poster } from './poster.ts'
import type { AttemptLog } from './attempt-log.ts'

export interface EndpointParts {
  readonly file: WebhooksFile
  /** Where the events are. */
  readonly folder: string
  readonly installation: string
  readonly poster: Poster
  readonly attempts: AttemptLog
  readonly clock: Clock
  /** Whether one more post may be under way, of all endpoints; `going`: of this one. Where not, it is told when it may. */
  readonly mayPost: (endpoint: Endpoint, going: number) => boolean
  /** It wants to read on in the store. */
  readonly wantsToRead: (endpoint: Endpoint) => void
  /** Octets that may be held for one endpoint at this moment. */
  readonly share: () => number
  /** A post began; one ended, and another endpoint may go. */
  readonly began: () => void
  readonly freed: () => void
  readonly counted: (what: 'posts' | 'failed' | 'told' | 'givenUp', by: number) => void
}

/** Events of it at once in memory, and more where its batches are large. */
const MOST_EVENTS = 1000
/** One turn of so many. */
const REPLAYS_FIRST = 3

export class Endpoint implements IdleConnections {
  readonly idle: IdleConnections['idle'] = []
  readonly #parts: EndpointParts
  #webhook: StoredWebhook
  #place: PostPlace
  #path: string
  readonly #circuit: Circuit
  readonly #shelf: AsideShelf
  #state: EndpointState
  #main: FollowedStream
  readonly #replays = new Map<number, { readonly stream: FollowedStream; replay: WebhookReplay }>()
  #going = 0
  #turns = 0
  /** Which of its lives it is in: what began in another settles nothing. */
  #life = 0
  #isChanged = false
  #mustDrop = false
  #timer: Disposable | null = null
  #isClosed = false

  constructor(webhook: StoredWebhook, parts: EndpointParts) {
    const { file, clock } = parts
    this.#parts = parts
    this.#webhook = webhook
    this.#place = placeOf(new URL(webhook.url).origin as never)
    this.#path = pathOf(webhook)
    this.#state = file.endpoints().get(webhook.id) ?? { ...NEW_STATE, since: clock.now() }
    this.#circuit = new Circuit({ most: webhook.connections, failing: this.#state.failing })
    if (this.#state.state === 'dead' || this.#state.state === 'gone') this.#circuit.end(this.#state.state)
    this.#shelf = new AsideShelf(webhook.id, file)
    this.#main = this.#streamOf(0, null)
    for (const replay of file.replays(webhook.id).filter(({ state }) => state === 'running')) this.addReplay(replay)
  }

  get id(): string {
    return this.#webhook.id
  }

  get name(): string {
    return this.#webhook.name
  }

  get isOn(): boolean {
    return this.#webhook.on
  }

  get account(): number {
    return this.#webhook.account
  }

  get octets(): number {
    return this.#streams().reduce((sum, { told }) => sum + told.octets, 0)
  }

  get isReady(): boolean {
    return this.#webhook.on && this.#webhook.secrets.length > 0 && !this.#isClosed && this.#circuit.allowed(this.#parts.clock.now()) > 0
  }

  close(): void {
    this.#isClosed = true
    this.#timer?.[Symbol.dispose]()
    for (const connection of this.idle.splice(0)) void connection.close('quit')
  }

  /** As it is in the settings now. */
  change(webhook: StoredWebhook): void {
    if (JSON.stringify(webhook) === JSON.stringify(this.#webhook)) return
    const before = this.#webhook
    this.#webhook = webhook
    this.#circuit.most = webhook.connections
    this.#path = pathOf(webhook)
    if (webhook.url !== before.url) {
      this.#place = placeOf(new URL(webhook.url).origin as never)
      for (const connection of this.idle.splice(0)) void connection.close('quit')
    }
    // What is held was gathered as it was: it is read again.
    const isOther =
      webhook.url !== before.url ||
      JSON.stringify([webhook.kinds, webhook.streams, webhook.batch, webhook.on]) !==
        JSON.stringify([before.kinds, before.streams, before.batch, before.on])
    if (isOther) this.#drop()
    this.#main.told.terms = this.#termsOf(0, null)
    for (const [number, { stream, replay }] of this.#replays) stream.told.terms = this.#termsOf(number, replay)
    this.pump()
  }

  /** What the desk has just committed, of its account. */
  hear(shard: number, after: number, upTo: number, events: readonly Telling[]): void {
    const now = this.#parts.clock.now()
    const aside = this.#main.hear(shard, after, upTo, events, this.isReady && this.#hasRoom(this.#main), now)
    if (aside !== null) this.#setAside(0, aside)
    if (aside === null || events.length > 0) this.pump()
  }

  look(): void {
    this.#main.look()
    this.pump()
  }

  addReplay(replay: WebhookReplay): void {
    this.#replays.set(replay.n, { replay, stream: this.#streamOf(replay.n, replay) })
  }

  /** False: it does not run. */
  endReplay(n: number, state: 'done' | 'cancelled' | 'failed'): boolean {
    const running = this.#replays.get(n)
    if (running === undefined) return false
    const { file, clock } = this.#parts
    this.#replays.delete(n)
    this.#shelf.drop(n)
    file.putReplay(running.replay)
    file.endReplay(this.id, n, state, clock.now())
    return true
  }

  /** It begins again, as the file has it now. */
  resume(): void {
    this.#life++
    this.#state = this.#parts.file.endpoints().get(this.id) ?? this.#state
    this.#circuit.reset()
    this.#mustDrop = false
    if (this.#parts.file.aside(this.id).length === 0) this.#shelf.drop(null)
    this.#main = this.#streamOf(0, null)
    this.pump()
  }

  health(): WebhookHealth {
    const { state } = this.#circuit
    const oldest = [this.#main.told.oldest, this.#shelf.oldest].filter((at) => at !== null)
    const since = oldest.length > 0 ? Math.min(...oldest) : this.#main.isBehind ? (this.#state.failing ?? null) : null
    const nextTry = state.is === 'resting' ? state.until : null
    return healthOf(this.#state, { nextTry, aside: this.#shelf.size, behindSince: since })
  }

  /** One reading of whichever stream has room. */
  read(): void {
    const { clock } = this.#parts
    const stream = this.#inTurn().find((one) => one.isBehind && this.#hasRoom(one))
    if (stream === undefined || !this.isReady) return
    const { aside, isEnd, gap } = stream.read(Math.max(64 * 1024, this.#parts.share()), clock.now())
    this.#setAside(stream.number, aside)
    if (gap !== null) this.#missed(gap)
    if (isEnd && stream.number !== 0) this.#isChanged = true
    this.pump()
  }

  /** Sends what may go, and says what it waits for. */
  pump(): void {
    const { clock, mayPost, wantsToRead } = this.#parts
    const now = clock.now()
    if (this.isReady && !this.#mustDrop) {
      for (const { told } of this.#streams()) told.close(now)
      this.#keepCuts()
      while (this.#going < this.#circuit.allowed(now) && mayPost(this, this.#going) && this.#sendNext(now));
      if (this.#streams().some((one) => one.isBehind && this.#hasRoom(one))) wantsToRead(this)
    }
    this.#endReplays()
    this.#wakeAt(now)
  }

  isToFlush(isWhole: boolean): boolean {
    return this.#isChanged || (isWhole && this.#streams().some(({ told }) => told.hasMoved))
  }

  /** What changed of it goes into the file; within a transaction. */
  flush(isWhole: boolean): void {
    if (!this.#isChanged && !isWhole) return
    const { file } = this.#parts
    for (const { number, told } of this.#streams())
      for (const [shard, position] of told.moved()) file.putPosition(this.id, number, shard, position)
    if (this.#isChanged) {
      file.putEndpoint(this.id, this.#state)
      for (const { replay } of this.#replays.values()) file.putReplay(replay)
    }
    this.#isChanged = false
  }

  /** Replays go first now and then. */
  #inTurn(): readonly FollowedStream[] {
    const streams = this.#streams()
    return streams.length > 1 && ++this.#turns % REPLAYS_FIRST === 0 ? streams.toReversed() : streams
  }

  #streams(): readonly FollowedStream[] {
    return [this.#main, ...[...this.#replays.values()].map(({ stream }) => stream)]
  }

  #streamOf(number: number, replay: WebhookReplay | null): FollowedStream {
    const { file, folder } = this.#parts
    const { account } = this.#webhook
    const filter = { account, ...(replay !== null && { since: replay.from, until: replay.to }) }
    return new FollowedStream({ number, folder, filter, terms: this.#termsOf(number, replay), positions: file.positions(this.id, number) })
  }

  #termsOf(number: number, replay: WebhookReplay | null): StreamTerms {
    const { account, kinds, streams, batch } = this.#webhook
    const wanted = replay?.kinds ?? kinds
    const wants = (event: NumberedEvent): boolean =>
      event.account === account &&
      (wanted === null || wanted.includes(event.kind)) &&
      (streams === null || streams.includes(streamOf(event) ?? ''))
    return { batch, wants, isAside: (message) => this.#shelf.has(number, message) }
  }

  #hasRoom({ told }: FollowedStream): boolean {
    // Where too much is set aside, it stands still: what is read may have to go there, too.
    if (!this.#shelf.hasRoom(1) || told.isFull) return false
    return told.events < Math.max(MOST_EVENTS, 2 * this.#webhook.batch.events) && told.octets < this.#parts.share()
  }

  /** Where the posts that are about to go end is kept before: after a crash they are the same. */
  #keepCuts(): void {
    if (this.#webhook.batch.events === 1 || !this.#streams().some(({ told }) => told.hasReady)) return
    this.#isChanged = true
    this.#parts.file.together(() => this.flush(false))
  }

  #sendNext(now: EpochMs): boolean {
    const probing = this.#circuit.state.is === 'trying'
    const streams = this.#inTurn()
    for (const which of probing ? ([streams, 'aside'] as const) : (['aside', streams] as const)) {
      if (which === 'aside') {
        const aside = this.#shelf.next(now)
        if (aside === null) continue
        void this.#sendAside(aside)
        return true
      }
      for (const stream of which) {
        const post = stream.next(now, probing)
        if (post === null) continue
        void this.#send(stream, post)
        return true
      }
    }
    return false
  }

  async #send(stream: FollowedStream, post: TellPost): Promise<void> {
    const events = post.events.map(({ event }) => event)
    const life = this.#life
    const answer = await this.#posted(events, stream.number, post.tries + 1)
    if (this.#isClosed || life !== this.#life) return this.#over()
    const now = this.#parts.clock.now()
    if (answer.ok) {
      this.#took(stream.number, events, now)
      stream.settled(post)
    } else {
      stream.failed(post, now, postAgain(post.tries + 1, now))
      if (!this.#isRefused(post) || !this.#refused(stream, post, now)) this.#failed(answer, now)
    }
    this.#after()
  }

  async #sendAside(post: AsidePost): Promise<void> {
    const { folder, file } = this.#parts
    const events = eventsAt(folder, post.refs)
    const life = this.#life
    // Not there any more: it was too old, or somebody was erased.
    const answer = await (events.length === 0 ? Promise.resolve(null) : this.#posted(events, post.stream, post.tries + 1))
    if (this.#isClosed || life !== this.#life) return answer === null ? undefined : this.#over()
    const now = this.#parts.clock.now()
    file.together(() => {
      if (answer?.ok === true) {
        this.#took(post.stream, events, now)
        this.#shelf.remove(post)
      } else if (answer === null) {
        this.#gaveUp(post.stream, post.refs.length)
        this.#shelf.remove(post)
      } else {
        // Others are taken: that this one is not says nothing of the endpoint, unless it is gone, or nothing else is there to try it with.
        if (answer.status === 410 || this.#circuit.state.is !== 'open') this.#failed(answer, now)
        if (this.#shelf.failed(post, now)) this.#gaveUp(post.stream, post.refs.length)
      }
    })
    if (answer === null) this.pump()
    else this.#after()
  }

  async #posted(events: readonly NumberedEvent[], stream: number, attempt: number): Promise<Answer> {
    const { poster, clock, installation, attempts, counted, began } = this.#parts
    const { format, batch, secrets } = this.#webhook
    const now = clock.now()
    const extra: Record<string, string> = stream === 0 ? {} : { 'hms-replay': String(stream) }
    const counting = secretsNow(secrets, now).map(({ text }) => text)
    const { id, headers, body } = postOf(events, { format, isBatch: batch.events > 1, installation, now, secrets: counting, extra })
    this.#going++
    began()
    counted('posts', 1)
    const answer = await poster.post(this.#place, { path: this.#path, headers, body }, this)
    this.#going--
    if (!answer.ok) counted('failed', 1)
    const { status, ok, took, text } = answer
    attempts.add(this.id, {
      at: now,
      post: id,
      events: events.length,
      attempt,
      status,
      ok,
      took,
      answer: text,
      replay: stream === 0 ? null : stream,
    })
    return answer
  }

  #took(stream: number, events: readonly NumberedEvent[], now: EpochMs): void {
    this.#circuit.took()
    this.#parts.counted('told', events.length)
    const running = this.#replays.get(stream)
    if (running !== undefined) {
      const reached = Math.max(running.replay.reached ?? 0, events.at(-1)?.at ?? 0)
      running.replay = { ...running.replay, told: running.replay.told + events.length, reached }
    }
    const since = this.#state.state === 'well' ? this.#state.since : now
    const told = this.#state.told + events.length
    this.#state = { ...this.#state, state: 'well', since, tookAt: now, told, failing: null }
    this.#isChanged = true
  }

  #failed({ status, text, retryAfter }: Answer, now: EpochMs): void {
    this.#circuit.failed(now, { status, retryAfter })
    const { is } = this.#circuit.state
    const state = is === 'dead' || is === 'gone' ? is : is === 'open' ? this.#state.state : 'failing'
    const since = state === this.#state.state ? this.#state.since : now
    const reason = status === null ? text : `it answered ${status}${text === '' ? '' : ` (${text})`}`
    this.#state = { ...this.#state, state, since, failure: { at: now, reason }, failing: this.#circuit.failing }
    this.#isChanged = true
    if (is !== 'open') this.#mustDrop = true
  }

  /** It failed some times, and the endpoint took others meanwhile. */
  #isRefused({ tries, since }: TellPost): boolean {
    return tries >= TRIES_IN_LINE && since !== null && (this.#state.tookAt ?? 0) >= since
  }

  /** It goes aside, with what waits behind it; false: there is no room. */
  #refused(stream: FollowedStream, post: TellPost, now: EpochMs): boolean {
    const posts = stream.told.behind(post)
    if (!this.#shelf.hasRoom(posts.reduce((sum, { events }) => sum + events.length, 0))) return this.#giveUpOld(stream, post, now)
    this.#parts.file.together(() => {
      for (const one of posts) this.#shelf.add(stream.number, one.events, one === post ? post.tries : 0, now)
      for (const one of posts) stream.settled(one)
      this.#isChanged = true
      this.flush(false)
    })
    return true
  }

  /** Where nothing more can be set aside. */
  #giveUpOld(stream: FollowedStream, post: TellPost, now: EpochMs): boolean {
    if (post.since === null || now - post.since < DEAD_AFTER) return false
    this.#gaveUp(stream.number, post.events.length)
    stream.settled(post)
    return true
  }

  #gaveUp(stream: number, events: number): void {
    this.#parts.counted('givenUp', events)
    this.#state = { ...this.#state, givenUp: this.#state.givenUp + events }
    const running = this.#replays.get(stream)
    if (running !== undefined) running.replay = { ...running.replay, givenUp: running.replay.givenUp + events }
    this.#isChanged = true
  }

  /** Events that came behind others that are aside. */
  #setAside(stream: number, events: readonly Telling[]): void {
    if (events.length === 0) return
    this.#parts.file.together(() => {
      for (const one of events) this.#shelf.add(stream, [one], 0, this.#parts.clock.now())
      this.#isChanged = true
      this.flush(false)
    })
  }

  #missed(day: string): void {
    const now = this.#parts.clock.now()
    const reason = `events up to ${day} were let go of before they were told (events.days)`
    this.#state = { ...this.#state, failure: { at: now, reason } }
    this.#isChanged = true
  }

  /** A post of another life ended. */
  #over(): void {
    this.#parts.freed()
    if (!this.#isClosed) this.pump()
  }

  #after(): void {
    if (this.#mustDrop && this.#going === 0) this.#drop()
    this.#parts.freed()
    this.pump()
  }

  #drop(): void {
    this.#mustDrop = false
    for (const stream of this.#streams()) stream.drop()
  }

  #endReplays(): void {
    const { is } = this.#circuit.state
    for (const [n, { stream }] of this.#replays) {
      if (is === 'dead' || is === 'gone') this.endReplay(n, 'failed')
      else if (!stream.isBehind && stream.told.events === 0 && !this.#shelf.hasAny(n)) this.endReplay(n, 'done')
    }
  }

  /** When there is something to do by the clock. */
  #wakeAt(now: EpochMs): void {
    this.#timer?.[Symbol.dispose]()
    this.#timer = null
    const { state } = this.#circuit
    if (this.#isClosed || !this.#webhook.on || state.is === 'dead' || state.is === 'gone') return
    const due =
      state.is === 'resting' ? [state.until] : [...this.#streams().flatMap(({ told }) => [told.close(now), told.due]), this.#shelf.due]
    const next = Math.min(...due.filter((at) => at !== null))
    if (!Number.isFinite(next)) return
    this.#timer = this.#parts.clock.after(Math.max(MOMENT, next - now), () => this.pump())
  }
}

const MOMENT: Ms = 10

function pathOf({ url }: StoredWebhook): string {
  const { pathname, search } = new URL(url)
  return `${pathname}${search}`
}

/** Mail is of the first stream where nothing else is said; of reports it may not be known. */
function streamOf(event: NumberedEvent): string | null {
  return event.stream === undefined ? FIRST_STREAM : event.stream
}
