// One endpoint: what is on its way to it, when it may be posted to, what is set aside, and how it is. Nothing in it waits for another endpoint.
import type { EpochMs, Ms } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import type { NumberedEvent } from '../../contract/events.ts'
import type { WebhookHealth, WebhookReplay } from '../../contract/webhooks.ts'
import type { StoredWebhook } from '../../engine/ports/webhooks.ts'
import { DEAD_AFTER, postAgain, TRIES_IN_LINE } from '../../policy/webhooks/circuit.ts'
import { postOf } from '../../policy/webhooks/payload.ts'
import { secretsNow } from '../../policy/webhooks/secrets.ts'
import type { Telling, TellPost } from '../../policy/webhooks/tell-stream.ts'
import { type PostPlace, placeOf } from '../../smtp/post-address.ts'
import { eventsAt } from '../../store/sqlite/events/events-by-id.ts'
import type { AsidePost, WebhooksFile } from '../../store/sqlite/webhooks/webhooks-file.ts'
import { AsideShelf } from './aside-shelf.ts'
import { EndpointStanding } from './endpoint-standing.ts'
import { EndpointStreams } from './endpoint-streams.ts'
import type { FollowedStream } from './followed-stream.ts'
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

export class Endpoint implements IdleConnections {
  readonly idle: IdleConnections['idle'] = []
  readonly #parts: EndpointParts
  #webhook: StoredWebhook
  #place: PostPlace
  #path: string
  readonly #standing: EndpointStanding
  readonly #shelf: AsideShelf
  readonly #streams: EndpointStreams
  #going = 0
  /** Which of its lives it is in: what began in another settles nothing. */
  #life = 0
  #mustDrop = false
  #timer: Disposable | null = null
  #isClosed = false

  constructor(webhook: StoredWebhook, parts: EndpointParts) {
    const { file, clock, folder, share } = parts
    this.#parts = parts
    this.#webhook = webhook
    this.#place = placeOf(new URL(webhook.url).origin as never)
    this.#path = pathOf(webhook)
    this.#standing = new EndpointStanding(file.endpoint(webhook.id), webhook.connections, clock.now())
    this.#shelf = new AsideShelf(webhook.id, file)
    this.#streams = new EndpointStreams(webhook, { file, folder, shelf: this.#shelf, share })
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
    return this.#streams.octets
  }

  get isReady(): boolean {
    return (
      this.#webhook.on && this.#webhook.secrets.length > 0 && !this.#isClosed && this.#standing.circuit.allowed(this.#parts.clock.now()) > 0
    )
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
    this.#standing.circuit.most = webhook.connections
    this.#path = pathOf(webhook)
    if (webhook.url !== before.url) {
      this.#place = placeOf(new URL(webhook.url).origin as never)
      for (const connection of this.idle.splice(0)) void connection.close('quit')
    }
    if (webhook.url !== before.url || (webhook.on && !before.on)) this.#standing.renew()
    // What is held was gathered as it was: it is read again.
    const isOther =
      webhook.url !== before.url ||
      JSON.stringify([webhook.kinds, webhook.streams, webhook.batch, webhook.on]) !==
        JSON.stringify([before.kinds, before.streams, before.batch, before.on])
    if (isOther) this.#drop()
    this.#streams.change(webhook)
    this.pump()
  }

  /** What the desk has just committed, of its account. */
  hear(shard: number, after: number, upTo: number, events: readonly Telling[]): void {
    const now = this.#parts.clock.now()
    const { main } = this.#streams
    const aside = main.hear(shard, after, upTo, events, this.isReady && this.#streams.hasRoom(main), now)
    if (aside !== null) this.#setAside(0, aside)
    if (aside === null || events.length > 0) this.pump()
  }

  look(): void {
    this.#streams.main.look()
    this.pump()
  }

  addReplay(replay: WebhookReplay): void {
    this.#streams.add(replay)
  }

  cancelReplay(n: number): boolean {
    return this.#streams.end(n, 'cancelled', this.#parts.clock.now())
  }

  /** It begins again, as the file has it now. */
  resume(): void {
    this.#life++
    this.#standing.reset(this.#parts.file.endpoint(this.id))
    this.#mustDrop = false
    if (this.#parts.file.aside(this.id).length === 0) this.#shelf.drop(null)
    this.#streams.restart()
    this.pump()
  }

  health(): WebhookHealth {
    const { main } = this.#streams
    const oldest = [main.told.oldest, this.#shelf.oldest].filter((at) => at !== null)
    const behindSince = oldest.length > 0 ? Math.min(...oldest) : main.isBehind ? this.#standing.state.failing : null
    return this.#standing.health({ aside: this.#shelf.size, behindSince })
  }

  /** One reading of whichever stream has room. */
  read(): void {
    const { clock } = this.#parts
    const stream = this.#streams.inTurn().find((one) => one.isBehind && this.#streams.hasRoom(one))
    if (stream === undefined || !this.isReady) return
    const { aside, isEnd, gap } = stream.read(Math.max(64 * 1024, this.#parts.share()), clock.now())
    this.#setAside(stream.number, aside)
    if (gap !== null) this.#standing.missed(gap, clock.now())
    if (isEnd && stream.number !== 0) this.#standing.isChanged = true
    this.pump()
  }

  /** Sends what may go, and says what it waits for. */
  pump(): void {
    const { clock, mayPost, wantsToRead } = this.#parts
    const now = clock.now()
    if (this.isReady && !this.#mustDrop) {
      for (const { told } of this.#streams.all()) told.close(now)
      this.#keepCuts()
      while (this.#going < this.#standing.circuit.allowed(now) && mayPost(this, this.#going) && this.#sendNext(now));
      if (this.#streams.all().some((one) => one.isBehind && this.#streams.hasRoom(one))) wantsToRead(this)
    }
    this.#streams.endThose(this.#standing.isOver, now)
    this.#wakeAt(now)
  }

  isToFlush(isWhole: boolean): boolean {
    return this.#standing.isChanged || (isWhole && this.#streams.all().some(({ told }) => told.hasMoved))
  }

  /** What changed of it goes into the file; within a transaction. */
  flush(isWhole: boolean): void {
    if (!this.#standing.isChanged && !isWhole) return
    this.#streams.keepPositions()
    if (this.#standing.isChanged) {
      this.#parts.file.putEndpoint(this.id, this.#standing.state)
      this.#streams.keepReplays()
    }
    this.#standing.isChanged = false
  }

  /** Where the posts that are about to go end is kept before: after a crash they are the same. */
  #keepCuts(): void {
    if (this.#webhook.batch.events === 1 || !this.#streams.all().some(({ told }) => told.hasReady)) return
    this.#standing.isChanged = true
    this.#parts.file.together(() => this.flush(false))
  }

  #sendNext(now: EpochMs): boolean {
    const probing = this.#standing.circuit.state.is === 'trying'
    const streams = this.#streams.inTurn()
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
        if (answer.status === 410 || this.#standing.circuit.state.is !== 'open') this.#failed(answer, now)
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
    this.#standing.took(events.length, now)
    this.#streams.took(stream, events)
    this.#parts.counted('told', events.length)
  }

  #failed(answer: Answer, now: EpochMs): void {
    if (this.#standing.failed(answer, now)) this.#mustDrop = true
  }

  /** It failed some times, and the endpoint took others meanwhile. */
  #isRefused({ tries, since }: TellPost): boolean {
    return tries >= TRIES_IN_LINE && since !== null && (this.#standing.state.tookAt ?? 0) >= since
  }

  /** It goes aside, with what waits behind it; false: there is no room. */
  #refused(stream: FollowedStream, post: TellPost, now: EpochMs): boolean {
    const posts = stream.told.behind(post)
    if (!this.#shelf.hasRoom(posts.reduce((sum, { events }) => sum + events.length, 0))) return this.#giveUpOld(stream, post, now)
    this.#parts.file.together(() => {
      for (const one of posts) this.#shelf.add(stream.number, one.events, one === post ? post.tries : 0, now)
      for (const one of posts) stream.settled(one)
      this.#standing.isChanged = true
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
    this.#standing.gaveUp(events)
    this.#streams.gaveUp(stream, events)
  }

  /** Events that came behind others that are aside. */
  #setAside(stream: number, read: readonly Telling[]): void {
    const events = read.filter((one) => !this.#shelf.holds(stream, one))
    if (events.length === 0) return
    this.#parts.file.together(() => {
      for (const one of events) this.#shelf.add(stream, [one], 0, this.#parts.clock.now())
      this.#standing.isChanged = true
      this.flush(false)
    })
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
    this.#streams.drop()
  }

  /** When there is something to do by the clock. */
  #wakeAt(now: EpochMs): void {
    this.#timer?.[Symbol.dispose]()
    this.#timer = null
    const { state } = this.#standing.circuit
    if (this.#isClosed || !this.#webhook.on || this.#standing.isOver) return
    const due =
      state.is === 'resting' ? [state.until] : [...this.#streams.all().flatMap(({ told }) => [told.close(now), told.due]), this.#shelf.due]
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
