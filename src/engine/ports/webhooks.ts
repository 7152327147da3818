// Webhooks as the operations and the stores know them: what is kept of an endpoint, and what the desk can be asked of it.
import type { AccountId, EpochMs } from '../../base/brand.ts'
import type { MailEventKind } from '../../contract/events.ts'
import type { Webhook, WebhookAttempt, WebhookHealth, WebhookReplay, WebhookSecretView, WebhookTest } from '../../contract/webhooks.ts'

export interface WebhookSecret extends WebhookSecretView {
  /** As its owner knows it: `whsec_…`, or any text of the format `engine`. */
  readonly text: string
}

/** An endpoint with the times of its secrets, the newest first; none: a restore had to leave them out, and nothing can be posted. */
export interface ListedWebhook extends Webhook {
  readonly secrets: readonly WebhookSecretView[]
}

/** With the secrets themselves. */
export interface StoredWebhook extends ListedWebhook {
  readonly secrets: readonly WebhookSecret[]
}

/** Of the settings, read when they are asked for. */
export interface Webhooks {
  /** How many there are, of the account and of all. */
  count(account: AccountId): { readonly own: number; readonly all: number }
  list(account?: AccountId): readonly ListedWebhook[]
  find(id: string): ListedWebhook | null
  /** For who posts with its secrets, or writes it anew. */
  unsealed(id: string): StoredWebhook | null
}

export interface NewReplay {
  readonly from: EpochMs
  readonly to: EpochMs
  readonly kinds: readonly MailEventKind[] | null
  readonly by: string
  readonly at: EpochMs
}

export interface AttemptsAsked {
  readonly failed: boolean
  /** Only these, by their `webhook-id`; left out: all. */
  readonly posts?: readonly string[]
  /** The last that was seen; null: from the newest. */
  readonly after: number | null
  readonly limit: number
}

/** What is kept of how endpoints are and what was tried, of a running server or of a home at rest. */
export interface WebhookBook {
  /** Of those that there is something to tell of. */
  health(ids: readonly string[]): Promise<ReadonlyMap<string, WebhookHealth>>
  attempts(id: string, asked: AttemptsAsked): Promise<readonly WebhookAttempt[]>
  /** Rejects with a Fault where no server runs. */
  test(id: string, kinds: readonly MailEventKind[]): Promise<readonly WebhookTest[]>
  /** It begins again; `now`: with what happens from now on. */
  resume(id: string, from: 'stopped' | 'now', at: EpochMs): Promise<void>
  startReplay(id: string, replay: NewReplay): Promise<WebhookReplay>
  replays(id: string): Promise<readonly WebhookReplay[]>
  /** False: it does not run. */
  cancelReplay(id: string, n: number, at: EpochMs): Promise<boolean>
  /** It was added, changed or removed in the settings. `isNew`: it is told what happens from now on; resolves when that is kept. */
  changed(id: string, isNew?: boolean): Promise<void>
}
