// The lines of an account's `yyyyMMddOpenProcessed.log` and `yyyyMMddClickProcessed.log`, one for each open and each click. docs/logs.md says
// what each field is.
import type { NumberedEvent } from '../contract/events.ts'
import { lineOf } from './feedback-logs.ts'

/** Without its line feed; null for what is no open. */
export function openLine(event: NumberedEvent): string | null {
  if (event.kind !== 'opened') return null
  const { at, account, clientId, mailing, recipient, message, client, machine, agent } = event
  return lineOf(at, ['Open', account, clientId, mailing, recipient, message, client, machine, agent])
}

/** Without its line feed; null for what is no click. */
export function clickLine(event: NumberedEvent): string | null {
  if (event.kind !== 'clicked') return null
  const { at, account, clientId, mailing, recipient, message, client, machine, link, url, agent } = event
  return lineOf(at, ['Click', account, clientId, mailing, recipient, message, client, machine, link, url, agent])
}
