// A Delivery Alert as a webhook: signed as Standard Webhooks have it (https://www.standardwebhooks.com), and when it is tried again.
import { createHmac } from 'node:crypto'
import type { EpochMs, Ms } from '../../base/brand.ts'
import type { AlertContent } from '../../contract/alerts.ts'

const PREFIX = 'whsec_'
/** Octets of a secret. */
const SHORTEST = 24
const LONGEST = 64
const SECOND: Ms = 1000
const RETRIES: readonly Ms[] = [1, 5, 30, 120, 600, 1800, 3600, 7200, 14_400].map((seconds) => seconds * SECOND)

/** The octets of a secret as it is written (`whsec_` and base64), or what is wrong with it, as the end of a sentence. */
export function readSecret(text: string): { readonly octets: Buffer } | { readonly problem: string } {
  const encoded = text.trim().replace(PREFIX, '')
  if (!/^[a-z\d+/]+={0,2}$/i.test(encoded)) return { problem: `is no base64 after ${PREFIX}` }
  const octets = Buffer.from(encoded, 'base64')
  if (octets.length < SHORTEST || octets.length > LONGEST) return { problem: `has ${octets.length} octets, not ${SHORTEST} to ${LONGEST}` }
  return { octets }
}

/** As `readSecret` reads it. */
export function writeSecret(octets: Uint8Array): string {
  return `${PREFIX}${Buffer.from(octets).toString('base64')}`
}

export interface WebhookPost {
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** `id`: the same at each try. `secret` null: it is not signed. */
export function webhookPost(
  { at, kind, ...data }: AlertContent,
  { id, now, secret }: { readonly id: string; readonly now: EpochMs; readonly secret: Buffer | null },
): WebhookPost {
  const body = Buffer.from(JSON.stringify({ type: kind, timestamp: new Date(at).toISOString(), data }))
  return { headers: signatureHeaders(body, { id, now, secret }), body }
}

/** Of anything that is posted. */
export function signatureHeaders(
  body: Uint8Array,
  { id, now, secret }: { readonly id: string; readonly now: EpochMs; readonly secret: Uint8Array | null },
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(now / SECOND))
  const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp }
  return secret === null ? headers : { ...headers, 'webhook-signature': signatureOf(secret, id, timestamp, body) }
}

export function signatureOf(secret: Uint8Array, id: string, timestamp: string, body: Uint8Array): string {
  return `v1,${createHmac('sha256', secret).update(`${id}.${timestamp}.`).update(body).digest('base64')}`
}

/** When it is tried again after so many tries; null: never. */
export function nextTry(tries: number, now: EpochMs): EpochMs | null {
  const wait = RETRIES[tries]
  return wait === undefined ? null : now + wait
}
