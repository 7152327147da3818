// HTTP events out: endpoints that accounts have their events posted to, how each is, what was tried, and replays of a time that is over.
// What is posted is a contract of its own: `WebhookPayload` is the body, and docs/guides/webhooks.md says how it is verified.
import type { AccountId, EpochMs, MessageId, Ms } from '../base/brand.ts'
import type { MailEvent, MailEventKind } from './events.ts'
import type {
  AfterRecord,
  Count,
  EventTime,
  Limit1000,
  RecordNumber,
  WebhookBatchSize,
  WebhookBatchWait,
  WebhookConnections,
  WebhookId,
  WebhookName,
  WebhookOverlap,
  WebhookSecretText,
  WebhookStreams,
  WebhookUrl,
} from './forms.ts'

/** `standard`: JSON, signed as Standard Webhooks have it. `engine`: fields of a form, as the `HTTP Event Engine` of the original posts them. */
export const WEBHOOK_FORMATS = ['standard', 'engine'] as const
export type WebhookFormat = (typeof WEBHOOK_FORMATS)[number]

export interface WebhookBatch {
  /** Events of a post at most; 1: each post is one event, and no list. */
  readonly events: WebhookBatchSize
  /** How long an event waits for others at most. */
  readonly wait: WebhookBatchWait
}

/** An endpoint as it is kept, without its secrets. */
export interface Webhook {
  readonly id: WebhookId
  readonly account: AccountId
  readonly name: WebhookName
  readonly url: WebhookUrl
  readonly format: WebhookFormat
  /** Null: all, also those that later releases add. */
  readonly kinds: readonly MailEventKind[] | null
  /** Of these streams only; null: of all. */
  readonly streams: WebhookStreams | null
  readonly batch: WebhookBatch
  /** Posts at once at most. Events of one message always follow one another. */
  readonly connections: WebhookConnections
  readonly on: boolean
  /** Who made it. */
  readonly by: string
  readonly at: EpochMs
}

/** One of the secrets that count now; the secret itself is shown once. */
export interface WebhookSecretView {
  readonly since: EpochMs
  /** Until then posts are signed with it too; null: it is the newest. */
  readonly until: EpochMs | null
}

/**
 * `new`: nothing was posted yet. `well`: it takes posts. `failing`: it does not, and is tried again. `dead`: it took nothing for three days.
 * `gone`: it answered 410. `off`: it was switched off. Dead and gone ones begin again with `webhook.resume`.
 */
export const WEBHOOK_STATES = ['new', 'well', 'failing', 'dead', 'gone', 'off'] as const
export type WebhookStateName = (typeof WEBHOOK_STATES)[number]

/** How an endpoint is. */
export interface WebhookHealth {
  readonly state: WebhookStateName
  readonly since: EpochMs
  /** When it took a post last. */
  readonly tookAt: EpochMs | null
  /** Why the last post that failed did. */
  readonly failure: { readonly at: EpochMs; readonly reason: string } | null
  /** When it is tried again, of one that fails. */
  readonly nextTry: EpochMs | null
  /** Events that it took, and those that were given up after three days. */
  readonly told: number
  readonly givenUp: number
  /** Events that it refuses while it takes others: they are tried on their own. */
  readonly aside: number
  /** When the oldest event happened that it has not taken; null: it has all, or nothing is known of it now. */
  readonly behindSince: EpochMs | null
}

export interface WebhookView extends Webhook {
  /** The newest first. */
  readonly secrets: readonly WebhookSecretView[]
  readonly health: WebhookHealth
}

/** A post that was tried. */
export interface WebhookAttempt {
  readonly n: RecordNumber
  readonly at: EpochMs
  /** The `webhook-id` of the post. */
  readonly post: string
  readonly events: Count
  /** Of the post, from 1. */
  readonly attempt: Count
  /** Null: there was no answer. */
  readonly status: number | null
  readonly ok: boolean
  readonly took: Ms
  /** Why there was no answer, or what it began with: one line, at most 300 characters. */
  readonly answer: string
  readonly replay: RecordNumber | null
}

/** `running`, or how it ended; `failed`: the endpoint was dead or gone. */
export const REPLAY_STATES = ['running', 'done', 'cancelled', 'failed'] as const
export type ReplayState = (typeof REPLAY_STATES)[number]

export interface WebhookReplay {
  readonly n: RecordNumber
  readonly from: EpochMs
  readonly to: EpochMs
  readonly kinds: readonly MailEventKind[] | null
  readonly state: ReplayState
  /** Events that were taken, and those that were given up. */
  readonly told: number
  readonly givenUp: number
  /** How far it came: events up to about this time were told. */
  readonly reached: EpochMs | null
  readonly by: string
  readonly at: EpochMs
  readonly ended: EpochMs | null
}

type Told<E> = E extends MailEvent ? Omit<E, 'kind' | 'at'> : never

/** An event as it is posted in the format `standard`. */
export interface WebhookEvent {
  /** The same each time that the event is posted, by any endpoint. Of a post of one event it is the `webhook-id`, too. */
  readonly id: string
  /** `message.` and the kind: `message.delivered`. */
  readonly type: `message.${MailEventKind}`
  /** When it happened, in ISO 8601 (UTC). */
  readonly timestamp: string
  /** What is known of it; fields may be added. */
  readonly data: Told<MailEvent>
}

/** Body of a post of an endpoint whose batches are of more than one event. */
export interface WebhookEvents {
  readonly type: 'message.events'
  /** Of the last event in it. */
  readonly timestamp: string
  readonly data: readonly WebhookEvent[]
}

/** The body of a post in the format `standard`. */
export type WebhookPayload = WebhookEvent | WebhookEvents

/** One post of a test, and what came back. */
export interface WebhookTest {
  readonly kind: MailEventKind
  readonly headers: Readonly<Record<string, string>>
  /** As it was posted. */
  readonly body: string
  /** The body as it is read, of the format `standard`. */
  readonly payload: WebhookPayload | null
  readonly status: number | null
  readonly ok: boolean
  readonly took: Ms
  readonly answer: string
}

/** All webhooks in short. */
export interface WebhooksStatus {
  readonly well: number
  readonly failing: number
  /** Dead or gone. */
  readonly dead: number
  readonly off: number
  /** Events, since each was added. */
  readonly told: number
  readonly givenUp: number
}

/** Bounds of endpoints and of what is told to them. */
export const WEBHOOK_BOUNDS = {
  /** Endpoints of an account, and of all. */
  each: 20,
  all: 5000,
  /** Secrets at once. */
  secrets: 3,
  /** Replays of an endpoint that run, of an account, and those that it may start in a day. */
  replays: 2,
  replaysOfAccount: 4,
  replaysADay: 100,
  /** Tests of an account in an hour. */
  testsAnHour: 60,
} as const

interface Which {
  readonly id: WebhookId
  /** Whose it must be. */
  readonly account?: AccountId
}

interface WebhookFields {
  readonly name?: WebhookName
  readonly format?: WebhookFormat
  /** `null`: all. */
  readonly kinds?: readonly MailEventKind[] | null
  /** `null`: of all. */
  readonly streams?: WebhookStreams | null
  readonly batch?: Partial<WebhookBatch>
  readonly connections?: WebhookConnections
  readonly on?: boolean
}

export interface WebhookOperations {
  /** Of one account or of all. */
  'webhook.list': { params: { account?: AccountId }; result: readonly WebhookView[] }
  'webhook.show': { params: Which; result: WebhookView }
  /** It is told what happens from now on. The secret is drawn, unless one is said, and shown only now. */
  'webhook.add': {
    params: WebhookFields & { account: AccountId; url: WebhookUrl; secret?: WebhookSecretText }
    result: { webhook: WebhookView; secret: string }
  }
  /** Changes what is named. */
  'webhook.set': { params: Which & WebhookFields & { url?: WebhookUrl }; result: WebhookView }
  'webhook.remove': { params: Which; result: { removed: boolean } }
  /** Another secret, shown only now. Posts are signed with the one before too, for `keep` (a day, unless said). */
  'webhook.rotate': {
    params: Which & { keep?: WebhookOverlap; secret?: WebhookSecretText }
    result: { webhook: WebhookView; secret: string }
  }
  /** Posts a made event of the kind, or one of each kind, now, and gives what came back. It ends at the first without an answer, and after half a minute. */
  'webhook.test': { params: Which & { kind?: MailEventKind }; result: { tests: readonly WebhookTest[] } }
  /** Posts that were tried, newest first; `failed`: only those that failed. */
  /** `message`: only posts of one event of this message. What was posted with other events cannot be told apart. */
  'webhook.log': {
    params: Which & { failed?: boolean; message?: MessageId; after?: AfterRecord; limit: Limit1000 }
    result: { attempts: readonly WebhookAttempt[]; next: number | null }
  }
  /** One that is dead or gone begins again where it stopped, or with what happens from now on. */
  'webhook.resume': { params: Which & { from?: 'stopped' | 'now' }; result: WebhookView }
  /** Tells again what happened between two times, beside what happens now. */
  'webhook.replay.start': {
    params: Which & { from: EventTime; to: EventTime; kinds?: readonly MailEventKind[] | null }
    result: WebhookReplay
  }
  /** Newest first. */
  'webhook.replay.list': { params: Which; result: readonly WebhookReplay[] }
  'webhook.replay.cancel': { params: Which & { n: RecordNumber }; result: { cancelled: boolean } }
}
