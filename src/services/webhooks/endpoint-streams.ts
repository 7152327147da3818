// The streams of one endpoint: what happens, and replays of a time that is over, which take turns. Which events each wants, and what it may hold.
import type { EpochMs } from '../../base/brand.ts'
import type { NumberedEvent } from '../../contract/events.ts'
import { FIRST_STREAM } from '../../contract/streams.ts'
import type { WebhookReplay } from '../../contract/webhooks.ts'
import type { StoredWebhook } from '../../engine/ports/webhooks.ts'
import type { StreamTerms } from '../../policy/webhooks/tell-stream.ts'
import type { WebhooksFile } from '../../store/sqlite/webhooks/webhooks-file.ts'
import type { AsideShelf } from './aside-shelf.ts'
import { FollowedStream } from './followed-stream.ts'

export interface StreamsParts {
  readonly file: WebhooksFile
  /** Where the events are. */
  readonly folder: string
  readonly shelf: AsideShelf
  /** Octets that may be held for one endpoint at this moment. */
  readonly share: () => number
}

interface Replaying {
  readonly stream: FollowedStream
  replay: WebhookReplay
}

/** Events of it at once in memory, and more where its batches are large. */
const MOST_EVENTS = 1000
/** One turn of so many. */
const REPLAYS_FIRST = 3

export class EndpointStreams {
  readonly #parts: StreamsParts
  #webhook: StoredWebhook
  #main: FollowedStream
  readonly #replays = new Map<number, Replaying>()
  #turns = 0

  constructor(webhook: StoredWebhook, parts: StreamsParts) {
    this.#parts = parts
    this.#webhook = webhook
    this.#main = this.#streamOf(0, null)
    for (const replay of parts.file.replays(webhook.id).filter(({ state }) => state === 'running')) this.add(replay)
  }

  /** Of what happens. */
  get main(): FollowedStream {
    return this.#main
  }

  all(): readonly FollowedStream[] {
    return [this.#main, ...[...this.#replays.values()].map(({ stream }) => stream)]
  }

  /** Replays go first now and then. */
  inTurn(): readonly FollowedStream[] {
    const streams = this.all()
    return streams.length > 1 && ++this.#turns % REPLAYS_FIRST === 0 ? streams.toReversed() : streams
  }

  get octets(): number {
    return this.all().reduce((sum, { told }) => sum + told.octets, 0)
  }

  /** As it is in the settings now. */
  change(webhook: StoredWebhook): void {
    this.#webhook = webhook
    this.#main.told.terms = this.#termsOf(0, null)
    for (const [number, { stream, replay }] of this.#replays) stream.told.terms = this.#termsOf(number, replay)
  }

  /** What happens is read from where the file says. */
  restart(): void {
    this.#main = this.#streamOf(0, null)
  }

  drop(): void {
    for (const stream of this.all()) stream.drop()
  }

  hasRoom({ told }: FollowedStream): boolean {
    // Where too much is set aside, it stands still: what is read may have to go there, too.
    if (!this.#parts.shelf.hasRoom(1) || told.isFull) return false
    return told.events < Math.max(MOST_EVENTS, 2 * this.#webhook.batch.events) && told.octets < this.#parts.share()
  }

  add(replay: WebhookReplay): void {
    this.#replays.set(replay.n, { replay, stream: this.#streamOf(replay.n, replay) })
  }

  /** False: it does not run. */
  end(n: number, state: 'done' | 'cancelled' | 'failed', now: EpochMs): boolean {
    const running = this.#replays.get(n)
    if (running === undefined) return false
    const { file, shelf } = this.#parts
    this.#replays.delete(n)
    shelf.drop(n)
    file.putReplay(running.replay)
    file.endReplay(this.#webhook.id, n, state, now)
    return true
  }

  /** Replays that are over, or that go on no longer. */
  endThose(isOver: boolean, now: EpochMs): void {
    for (const [n, { stream }] of this.#replays) {
      if (isOver) this.end(n, 'failed', now)
      else if (!stream.isBehind && stream.told.events === 0 && !this.#parts.shelf.hasAny(n)) this.end(n, 'done', now)
    }
  }

  took(stream: number, events: readonly NumberedEvent[]): void {
    const running = this.#replays.get(stream)
    if (running === undefined) return
    const reached = Math.max(running.replay.reached ?? 0, events.at(-1)?.at ?? 0)
    running.replay = { ...running.replay, told: running.replay.told + events.length, reached }
  }

  gaveUp(stream: number, events: number): void {
    const running = this.#replays.get(stream)
    if (running !== undefined) running.replay = { ...running.replay, givenUp: running.replay.givenUp + events }
  }

  keepPositions(): void {
    for (const { number, told } of this.all())
      for (const [shard, position] of told.moved()) this.#parts.file.putPosition(this.#webhook.id, number, shard, position)
  }

  keepReplays(): void {
    for (const { replay } of this.#replays.values()) this.#parts.file.putReplay(replay)
  }

  #streamOf(number: number, replay: WebhookReplay | null): FollowedStream {
    const { file, folder } = this.#parts
    const { account, id } = this.#webhook
    const filter = { account, ...(replay !== null && { since: replay.from, until: replay.to }) }
    return new FollowedStream({ number, folder, filter, terms: this.#termsOf(number, replay), positions: file.positions(id, number) })
  }

  #termsOf(number: number, replay: WebhookReplay | null): StreamTerms {
    const { account, kinds, streams, batch } = this.#webhook
    const wanted = replay?.kinds ?? kinds
    const wants = (event: NumberedEvent): boolean =>
      event.account === account &&
      (wanted === null || wanted.includes(event.kind)) &&
      (streams === null || streams.includes(streamOf(event) ?? ''))
    return { batch, wants, isAside: (message) => this.#parts.shelf.has(number, message) }
  }
}

/** Mail is of the first stream where nothing else is said; of reports it may not be known. */
function streamOf(event: NumberedEvent): string | null {
  return event.stream === undefined ? FIRST_STREAM : event.stream
}
