// What the desk and its thread of webhooks say to each other.
import type { EpochMs, Ms } from '../../base/brand.ts'
import type { Blame } from '../../base/fault.ts'
import type { LogFields, LogLevel } from '../../base/log.ts'
import type { MailEventKind } from '../../contract/events.ts'
import type { SocketAddress } from '../../contract/option-kinds.ts'
import type { WebhookAttempt, WebhookHealth, WebhookReplay, WebhookTest } from '../../contract/webhooks.ts'
import type { AttemptsAsked, NewReplay } from '../../engine/ports/webhooks.ts'
import type { ToFollower } from '../following/line-handover.ts'

export interface WebhookThreadData {
  /** webhooks.db. */
  readonly file: string
  /** Where the events are. */
  readonly events: string
  readonly settings: { readonly file: string; readonly keyFile: string }
  readonly installation: string
  readonly allowPrivate: boolean
  readonly memory: number
  /** How long attempts are listed. */
  readonly keptFor: Ms
  readonly dns: { readonly servers: readonly string[]; readonly timeout: Ms }
  readonly hostName: string
  readonly listeners: readonly SocketAddress[]
}

/** Calls, each with an answer. */
export interface WebhookCalls {
  readonly health: { readonly params: { readonly ids: readonly string[] }; readonly answer: readonly (readonly [string, WebhookHealth])[] }
  readonly attempts: { readonly params: { readonly id: string; readonly asked: AttemptsAsked }; readonly answer: readonly WebhookAttempt[] }
  readonly test: {
    readonly params: { readonly id: string; readonly kinds: readonly MailEventKind[] }
    readonly answer: readonly WebhookTest[]
  }
  readonly resume: {
    readonly params: { readonly id: string; readonly from: 'stopped' | 'now'; readonly at: EpochMs }
    readonly answer: null
  }
  readonly startReplay: { readonly params: { readonly id: string; readonly replay: NewReplay }; readonly answer: WebhookReplay }
  readonly replays: { readonly params: { readonly id: string }; readonly answer: readonly WebhookReplay[] }
  readonly cancelReplay: { readonly params: { readonly id: string; readonly n: number }; readonly answer: boolean }
  readonly changed: { readonly params: { readonly id: string; readonly isNew: boolean }; readonly answer: null }
  readonly close: { readonly params: Record<never, never>; readonly answer: null }
}
export type WebhookCallName = keyof WebhookCalls

export type ToWebhooks =
  | { readonly kind: 'call'; readonly id: number; readonly name: WebhookCallName; readonly params: unknown }
  | { readonly kind: 'lines'; readonly lines: ToFollower }

/** How all endpoints are, said once a second. */
export interface WebhooksSeen {
  readonly endpoints: readonly (Pick<WebhookHealth, 'state' | 'since' | 'failure'> & {
    readonly id: string
    readonly name: string
    readonly account: number
    readonly on: boolean
  })[]
  readonly posts: number
  readonly failed: number
  readonly told: number
  readonly givenUp: number
  readonly aside: number
  /** Octets of events that are held. */
  readonly held: number
}

export type FromWebhooks =
  | { readonly kind: 'answer'; readonly id: number; readonly answer: unknown }
  | {
      readonly kind: 'error'
      readonly id: number
      readonly error: { readonly code: string | null; readonly message: string; readonly blame?: Blame; readonly mend?: string }
    }
  /** Lines of so many octets were read. */
  | { readonly kind: 'took'; readonly octets: number }
  | { readonly kind: 'seen'; readonly seen: WebhooksSeen }
  | { readonly kind: 'log'; readonly level: LogLevel; readonly message: string; readonly fields: LogFields }
