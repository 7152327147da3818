// Which kept dialogs belong to an attempt: those that ended with it, and those before it that broke off and went on at once.
import type { AttemptDialog, NumberedEvent } from '../../../../client/src/index.ts'

export type Attempt = Extract<NumberedEvent, { kind: 'delivered' | 'deferred' | 'failed' | 'expired' }>

export const isAttempt = (event: NumberedEvent): event is Attempt => ['delivered', 'deferred', 'failed', 'expired'].includes(event.kind)

/** `events`: all of the message, in any order. */
export function dialogsOf(
  { at, recipient }: Pick<Attempt, 'at' | 'recipient'>,
  dialogs: readonly AttemptDialog[],
  events: readonly NumberedEvent[],
): readonly AttemptDialog[] {
  const earlier = events.filter((event) => isAttempt(event) && event.recipient === recipient && event.at < at)
  const before = Math.max(0, ...earlier.map((event) => event.at))
  return dialogs.filter(
    (one) => (one.more > 0 || one.recipients.includes(recipient)) && (one.at === at || (one.again && one.at > before && one.at < at)),
  )
}
