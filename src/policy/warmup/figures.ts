// What an event says of the warm-up that its message counted under. Pure.
import type { MailEvent } from '../../contract/events.ts'
import type { WarmupFigures } from '../../contract/warmup.ts'

/** A server that does so takes the mail at the next attempt: it says nothing of the sender. */
const GREYLISTED = /gr[ae]y.?list/i

/** Null: it was no attempt under a cap. */
export function figuresOf(event: MailEvent): WarmupFigures | null {
  if (!('warmup' in event) || event.warmup === undefined) return null
  const one = { sent: 1, deferred: 0, blocked: 0, bounced: 0, complaints: 0 }
  if (event.kind === 'delivered' || event.reply === null) return one
  const { failureCode, reply, kind } = event
  const isBlock = failureCode >= 1002 && failureCode < 2000
  return {
    ...one,
    deferred: kind !== 'failed' && !GREYLISTED.test(reply.text) ? 1 : 0,
    blocked: isBlock ? 1 : 0,
    bounced: kind === 'failed' && failureCode >= 2000 && failureCode < 3000 ? 1 : 0,
  }
}
