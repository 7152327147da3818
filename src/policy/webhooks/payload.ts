// What is posted to a webhook: events as JSON with Standard Webhooks signatures (https://www.standardwebhooks.com), alone or in batches, or as the
// form of the original's `HTTP Event Engine`. Ids are made of what is posted, so that they are the same each time.
import { createHash } from 'node:crypto'
import type { EpochMs } from '../../base/brand.ts'
import type { NumberedEvent } from '../../contract/events.ts'
import type { WebhookEvent, WebhookFormat, WebhookPayload } from '../../contract/webhooks.ts'
import { readSecret, signatureOf } from '../alerts/webhook.ts'
import { engineForm } from './engine-form.ts'

/** How much of the installation's name is in an id: those of two servers differ. */
const INSTALLATION = 8
const SECOND = 1000
const BATCH_ID = 24

/** Without a dot, which stands between id, time and body where they are signed. The time keeps numbers that a restore gives out again apart. */
export function eventId({ id, at }: Pick<NumberedEvent, 'id' | 'at'>, installation: string): string {
  return `evt_${installation.slice(0, INSTALLATION)}_${id.replace('.', '_')}_${at.toString(36)}`
}

export function eventPayload(event: NumberedEvent, installation: string): WebhookEvent {
  const { id: _id, kind, at, time: _time, ...data } = event as NumberedEvent & { readonly time?: string }
  const told = { id: eventId(event, installation), type: `message.${kind}` as const, timestamp: new Date(at).toISOString() }
  return { ...told, data: data as WebhookEvent['data'] }
}

/** Of a batch: made of the events in it, so that no other batch has it. */
export function batchId(ids: readonly string[]): string {
  return `bat_${createHash('sha256').update(ids.join('\n')).digest('base64url').slice(0, BATCH_ID)}`
}

/** `isBatch`: the endpoint takes more than one event in a post, and this may be the only one. */
export function standardPayload(
  events: readonly NumberedEvent[],
  { installation, isBatch }: { readonly installation: string; readonly isBatch: boolean },
): { readonly id: string; readonly payload: WebhookPayload } {
  const told = events.map((event) => eventPayload(event, installation))
  const last = told.at(-1)
  if (last === undefined) throw new Error('a post has an event')
  if (!isBatch) return { id: last.id, payload: last }
  return { id: batchId(told.map(({ id }) => id)), payload: { type: 'message.events', timestamp: last.timestamp, data: told } }
}

/** With a signature by each secret that counts. */
export function standardHeaders(
  body: Uint8Array,
  { id, now, secrets }: { readonly id: string; readonly now: EpochMs; readonly secrets: readonly string[] },
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(now / SECOND))
  const signatures = secrets.flatMap((text) => {
    const read = readSecret(text)
    return 'octets' in read ? [signatureOf(read.octets, id, timestamp, body)] : []
  })
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') }
}

export interface PostedEvents {
  /** The `webhook-id`. */
  readonly id: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  readonly payload: WebhookPayload | null
}

export interface PostTerms {
  readonly format: WebhookFormat
  readonly isBatch: boolean
  readonly installation: string
  readonly now: EpochMs
  /** Those that count, the newest first. */
  readonly secrets: readonly string[]
  /** Besides: what says that it is a replay or a test. */
  readonly extra: Readonly<Record<string, string>>
}

/** A post as it leaves. */
export function postOf(events: readonly NumberedEvent[], { format, isBatch, installation, now, secrets, extra }: PostTerms): PostedEvents {
  if (format === 'engine') {
    const [event] = events
    if (event === undefined) throw new Error('a post has an event')
    const id = eventId(event, installation)
    const body = Buffer.from(engineForm(event, { secret: secrets[0] ?? '', id }))
    const headers = { ...extra, 'content-type': 'application/x-www-form-urlencoded', 'webhook-id': id }
    return { id, headers, body, payload: null }
  }
  const { id, payload } = standardPayload(events, { installation, isBatch })
  const body = Buffer.from(JSON.stringify(payload))
  return { id, headers: { ...extra, 'content-type': 'application/json', ...standardHeaders(body, { id, now, secrets }) }, body, payload }
}
