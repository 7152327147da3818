// Webhooks without a server: the room of its thread over a real store of events, real settings and a real receiver, in the process of the test.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import type { AccountId, MessageId, ShardId } from '../src/base/brand.ts'
import { type Clock, systemClock } from '../src/base/clock.ts'
import { jsonLog } from '../src/base/log.ts'
import { formatMessageId } from '../src/base/message-id.ts'
import type { NumberedEvent } from '../src/contract/events.ts'
import type { WebhookEvent } from '../src/contract/webhooks.ts'
import type { StoredWebhook } from '../src/engine/ports/webhooks.ts'
import { createMailResolver } from '../src/net/dns/mail-resolver.ts'
import { createResolver } from '../src/net/dns/resolver.ts'
import { createOutbound } from '../src/net/outbound/outbound.ts'
import { sampleEvent } from '../src/policy/webhooks/samples.ts'
import { Poster } from '../src/services/webhooks/poster.ts'
import { WebhookRoom } from '../src/services/webhooks/webhook-room.ts'
import { openEvents } from '../src/store/sqlite/events/events.ts'
import { initSettings } from '../src/store/sqlite/settings/settings.ts'
import { WebhooksFile } from '../src/store/sqlite/webhooks/webhooks-file.ts'
import { commitEvents, linesFor } from './event-lines.ts'
import type { Post } from './post-server.ts'
import { EPOCH, temporaryFolder } from './spool-samples.ts'

export const HOOK_SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
export const HOOK_ACCOUNT = 1001 as AccountId
const INSTALLATION = '0123456789abcdef'

export interface HouseOptions {
  readonly clock?: Clock
  readonly allowPrivate?: boolean
  readonly memory?: number
  readonly mostGoing?: number
  /** Address of a name server; none: no name is known. */
  readonly dns?: string
  /** From the first octet of a post to its status. */
  readonly within?: number
}

export class WebhookHouse implements AsyncDisposable {
  readonly clock: Clock
  readonly #options: HouseOptions
  readonly #opened = new DisposableStack()
  readonly #folder = this.#opened.use(temporaryFolder())
  readonly settings = this.#opened.use(
    initSettings({ file: join(this.#folder.path, 'master.db'), keyFile: join(this.#folder.path, 'key') }),
  )
  readonly events = this.#opened.use(openEvents(this.folder))
  readonly #numbers = new Map<number, number>()
  #file: WebhooksFile | null = null
  #poster: Poster | null = null
  #room: WebhookRoom | null = null

  constructor(options: HouseOptions = {}) {
    this.#options = options
    this.clock = options.clock ?? systemClock
  }

  get folder(): string {
    return join(this.#folder.path, 'events')
  }

  get room(): WebhookRoom {
    return this.#room ?? this.open()
  }

  /** Begins, or begins again. */
  open(): WebhookRoom {
    const { allowPrivate = true, memory = 64 * 1024 * 1024, within = 15_000, dns = '127.0.0.1:9', mostGoing } = this.#options
    const resolver = createResolver({ servers: [dns], timeout: 200, clock: systemClock })
    const names = createMailResolver({ resolver, hostName: 'hms.test', listeners: [], port: 25, allowPrivate })
    const timeouts = { connect: within, greeting: within, command: within, data: within, final: within }
    const outbound = createOutbound({ timeouts, clock: systemClock, log: jsonLog('test', 'error', () => {}) })
    this.#poster = new Poster({ outbound, resolver: names, allowPrivate, clock: systemClock })
    this.#file = new WebhooksFile(join(this.#folder.path, 'webhooks.db'))
    this.#room = new WebhookRoom({
      file: this.#file,
      settings: this.settings.webhooks,
      events: this.folder,
      installation: INSTALLATION,
      poster: this.#poster,
      memory,
      ...(mostGoing !== undefined && { mostGoing }),
      keptFor: 86_400_000,
      clock: this.clock,
      told: () => {},
    })
    return this.#room
  }

  /** As a crash does where `orderly` is false: what was not written down is lost. */
  async close(orderly = true): Promise<void> {
    if (orderly) this.#room?.[Symbol.dispose]()
    await this.#poster?.[Symbol.asyncDispose]()
    this.#file?.[Symbol.dispose]()
    if (!orderly) this.#room?.abandon()
    this.#room = null
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
    this.#opened[Symbol.dispose]()
  }

  add(id: string, url: string, change: Partial<StoredWebhook> = {}): string {
    const webhook: StoredWebhook = {
      id,
      account: HOOK_ACCOUNT,
      name: id,
      url,
      format: 'standard',
      kinds: null,
      streams: null,
      batch: { events: 1, wait: 50 },
      connections: 8,
      on: true,
      by: 'test',
      at: this.clock.now(),
      secrets: [{ text: HOOK_SECRET, since: 0, until: null }],
      ...change,
    }
    this.settings.putWebhook(webhook, 'test')
    this.#room?.changed(id)
    return id
  }

  /** Commits events of a shard, about these messages, and hands them over as the desk does, unless `silent`. */
  tell(shard: number, messages: readonly number[], change: Partial<NumberedEvent> = {}, silent = false): void {
    const after = this.#numbers.get(shard) ?? 0
    const events = messages.map((message, i) => {
      const sample = sampleEvent('delivered', { account: HOOK_ACCOUNT, at: this.clock.now() })
      return { ...sample, message: messageOf(message), id: `${shard}.${after + 1 + i}`, ...change } as NumberedEvent
    })
    commitEvents(this.events, events)
    this.#numbers.set(shard, after + events.length)
    if (!silent) this.#room?.hear({ shard, after, upTo: after + events.length, lines: linesFor(events) })
  }

  told(id: string): number {
    return this.room.health([id])[0]?.[1].told ?? 0
  }
}

export function messageOf(n: number): MessageId {
  return formatMessageId(EPOCH, 3 as ShardId, n)
}

export function eventsOfPost({ body }: Pick<Post, 'body'>): readonly WebhookEvent[] {
  const payload = JSON.parse(body.toString('utf8')) as WebhookEvent | { readonly data: readonly WebhookEvent[] }
  return 'id' in payload ? [payload] : payload.data
}

/** Ids of events in the order in which they were taken, of each message, without repeats. */
export function storiesOf(posts: readonly Post[]): Map<string, string[]> {
  const stories = new Map<string, string[]>()
  for (const { id, data } of posts.flatMap(eventsOfPost)) {
    const story = stories.get(data.message) ?? []
    stories.set(data.message, story.includes(id) ? story : [...story, id])
  }
  return stories
}

export const numberOf = (id: string): number => Number(id.split('_')[3])

/** Each message's events came in their order, and all of them. */
export function assertWhole(posts: readonly Post[], events: number): void {
  const stories = storiesOf(posts)
  for (const [message, story] of stories)
    assert.deepEqual(
      story,
      story.toSorted((a, b) => numberOf(a) - numberOf(b)),
      message,
    )
  assert.equal([...stories.values()].flat().length, events)
}
