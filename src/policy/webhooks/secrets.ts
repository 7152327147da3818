// Secrets of a webhook: which count now, and how another takes the place of the newest.
import type { EpochMs, Ms } from '../../base/brand.ts'
import { WEBHOOK_BOUNDS, type WebhookFormat } from '../../contract/webhooks.ts'
import { readSecret } from '../alerts/webhook.ts'

interface Secret {
  readonly text: string
  readonly since: EpochMs
  readonly until: EpochMs | null
}

/** Those that posts are signed with now, the newest first. */
export function secretsNow<S extends Pick<Secret, 'until'>>(secrets: readonly S[], now: EpochMs): readonly S[] {
  return secrets.filter(({ until }) => until === null || until > now)
}

/** With another one; that of before counts for a while yet. Of older ones too many go. */
export function rotated(
  secrets: readonly Secret[],
  text: string,
  { now, keep }: { readonly now: EpochMs; readonly keep: Ms },
): readonly Secret[] {
  const before = secretsNow(secrets, now).map((one) => Object.assign({}, one, { until: Math.min(one.until ?? Infinity, now + keep) }))
  return [{ text, since: now, until: null }, ...secretsNow(before, now)].slice(0, WEBHOOK_BOUNDS.secrets)
}

/** What is wrong with a secret that somebody chose, as the end of a sentence; null: nothing. */
export function secretProblem(text: string, format: WebhookFormat): string | null {
  if (format === 'engine')
    return text.length >= 8 && text.length <= 200 && /^[\x21-\x7e]+$/.test(text) ? null : 'is not 8 to 200 characters of ASCII'
  const read = readSecret(text)
  return 'problem' in read ? read.problem : null
}
