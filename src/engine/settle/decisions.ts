// What becomes of a recipient, as change and event together: neither exists without the other. Pure: time and chance are given.
import type { EpochMs } from '../../base/brand.ts'
import { type AttemptTarget, type DeferredEvent, type MailEvent, type PeerReply, replyLine } from '../../contract/events.ts'
import type { FailureCode } from '../../contract/failure-codes.ts'
import type { RetrySchedule } from '../../contract/settings.ts'
import { clientIdOf } from '../../message/merge/document.ts'
import { isExpired, nextDue } from '../../policy/retry.ts'
import type { OutboundDialog } from '../ports/outbound.ts'
import type { MessageHead, QueuedRecipient, RecipientChange } from '../ports/spool.ts'
import type { SuppressedBy } from '../ports/suppression.ts'

export interface Decision {
  readonly row: QueuedRecipient
  readonly change: RecipientChange
  readonly event: MailEvent
  /** rfc:3463, for a notification. */
  readonly status: string
}

/** Why a recipient was not delivered. */
export interface Cause {
  readonly code: FailureCode
  readonly reason: string
  readonly reply: PeerReply | null
  /** rfc:3463, where no reply says it. */
  readonly status: string
  /** What was said where no connection came about. */
  readonly dialogs?: readonly OutboundDialog[]
}

/** Where and when it was tried. */
export interface Attempt {
  readonly target: AttemptTarget
  readonly now: EpochMs
  readonly schedule: RetrySchedule
  readonly random: () => number
}

/** Of what was held at an own domain. */
export const KEPT_SO_LONG = 'It was kept for as long as inbound.keep says.'

export const NOWHERE: AttemptTarget = { site: null, remoteHost: null, remoteAddress: null, localAddress: null, tls: null }

function base(head: MessageHead, row: QueuedRecipient, now: EpochMs, attempt: number) {
  const { id, account, mailing, stream, sender, size, ours, labels } = head
  const clientId = row.merge === undefined ? head.clientId : (clientIdOf(row.merge) ?? head.clientId)
  const told = { at: now, account, message: id, clientId, mailing, sender, size, recipient: row.address, domain: row.domain, attempt }
  if (stream === undefined && ours === undefined && labels === undefined) return told
  return { ...told, ...(stream && { stream }), ...(ours && { ours }), ...labels }
}

export function deliver(head: MessageHead, row: QueuedRecipient, { target, now }: Attempt, reply: PeerReply): Decision {
  const told = base(head, row, now, row.attempts + 1)
  const event: MailEvent = { kind: 'delivered', ...told, ...target, reply, queuedFor: now - head.acceptedAt }
  return { row, change: { kind: 'remove' }, event, status: reply.enhanced ?? '2.0.0' }
}

export function fail(head: MessageHead, row: QueuedRecipient, { target, now }: Attempt, cause: Cause): Decision {
  const told = base(head, row, now, row.attempts + 1)
  const { code, reason, reply } = cause
  const event: MailEvent = { kind: 'failed', ...told, ...target, reply, failureCode: code, reason, queuedFor: now - head.acceptedAt }
  return { row, change: { kind: 'remove' }, event, status: statusOf(cause, '5') }
}

/** Not tried: it is on a suppression list. */
export function suppress(head: MessageHead, row: QueuedRecipient, now: EpochMs, by: SuppressedBy): Decision {
  const told = base(head, row, now, row.attempts)
  const reason = suppressionWords(by)
  const event: MailEvent = { kind: 'failed', ...told, ...NOWHERE, reply: null, failureCode: 1001, reason, queuedFor: now - head.acceptedAt }
  return { row, change: { kind: 'remove' }, event, status: '5.7.1' }
}

export function suppressionWords({ list, target, reason, at }: SuppressedBy): string {
  const what = target.startsWith('@') || target.includes('*') || target.includes('?') ? ` (${target})` : ''
  return `It is suppressed by list ${list}${what}: ${reason} of ${new Date(at).toISOString().slice(0, 10)}.`
}

/** When it is too old: what rules say now, but never later than was fixed when it was accepted. */
export function expiryOf({ acceptedAt, expiresAt, scheduled }: MessageHead, { expiry }: RetrySchedule): EpochMs {
  return scheduled === true ? expiresAt : Math.min(expiresAt, acceptedAt + expiry)
}

/** Tried again by the schedule; where it is too old for that, it fails. */
export function defer(head: MessageHead, row: QueuedRecipient, attempt: Attempt, cause: Cause): Decision {
  const { target, now, schedule, random } = attempt
  if (isExpired(expiryOf(head, schedule), now)) return expire(head, row, { ...attempt, cause })
  const attempts = row.attempts + 1
  const due = nextDue(schedule, attempts, now, random())
  const { code, reason, reply } = cause
  const told = base(head, row, now, attempts)
  const event: MailEvent = { kind: 'deferred', ...told, ...target, reply, failureCode: code, reason, nextAttempt: due }
  const lastReply = reply === null ? reason : replyLine(reply)
  return { row, change: { kind: 'defer', due, attempts, lastReply }, event, status: statusOf(cause, '4') }
}

/** Deferred it would have been; somebody wants it to fail. */
export function failInstead(head: MessageHead, { row, status }: Decision, deferred: DeferredEvent, reason: string): Decision {
  const { nextAttempt: _due, ...told } = deferred
  const event: MailEvent = { ...told, kind: 'failed', reason, queuedFor: told.at - head.acceptedAt }
  return { row, change: { kind: 'remove' }, event, status: `5${status.slice(1)}` }
}

/** Not tried: something else than its site keeps it until then. */
export function putOff(
  head: MessageHead,
  row: QueuedRecipient,
  { target, now, until }: { readonly target: AttemptTarget; readonly now: EpochMs; readonly until: EpochMs },
  cause: Cause,
): Decision {
  const { code, reason, reply } = cause
  const told = base(head, row, now, row.attempts)
  const event: MailEvent = { kind: 'deferred', ...told, ...target, reply, failureCode: code, reason, nextAttempt: until }
  return { row, change: { kind: 'defer', due: until, attempts: row.attempts, lastReply: reason }, event, status: statusOf(cause, '4') }
}

/** Too old. `cause`: the temporary failure at which that was found, if any. */
export function expire(
  head: MessageHead,
  row: QueuedRecipient,
  { target, now, cause }: { readonly target: AttemptTarget; readonly now: EpochMs; readonly cause: Cause | null },
): Decision {
  const last = cause?.reply == null ? (cause?.reason ?? row.lastReply) : replyLine(cause.reply)
  const reason = last === null ? 'It was too old before it could be tried.' : `It is too old to be tried again. Last: ${last}`
  const told = base(head, row, now, row.attempts + (cause === null ? 0 : 1))
  const event: MailEvent = {
    kind: 'expired',
    ...told,
    ...target,
    reply: cause?.reply ?? null,
    failureCode: 4004,
    reason,
    queuedFor: now - head.acceptedAt,
  }
  return { row, change: { kind: 'remove' }, event, status: '5.4.7' }
}

/** What a person or a guard does to a recipient. */
export function steward(
  head: MessageHead,
  row: QueuedRecipient,
  act: { readonly kind: 'held' | 'released' | 'deleted'; readonly reason: string; readonly by: string; readonly now: EpochMs },
): Decision {
  const { kind, reason, by, now } = act
  const event: MailEvent = { kind, ...base(head, row, now, row.attempts), reason, by }
  return { row, change: changeOf(head, row, act), event, status: '2.0.0' }
}

/** Of a letter that was sent on: where that fails for good it is held, as where no mailbox is set, while there is room. What somebody gives up is given up. */
export function keptLetter(head: MessageHead, decision: Decision, noRoom: string | null): Decision {
  const { row, event } = decision
  if (event.kind !== 'failed' && event.kind !== 'expired') return decision
  if (event.failureCode === 2999 && event.reply === null) return decision
  const act = { by: 'hms', now: event.at }
  if (row.state === 'held') return steward(head, row, { ...act, kind: 'deleted', reason: KEPT_SO_LONG })
  const reason = `It could not be sent on: ${event.reason}`
  return steward(head, row, noRoom === null ? { ...act, kind: 'held', reason } : { ...act, kind: 'deleted', reason: `${noRoom} ${reason}` })
}

/** Its first attempt is still to come, at a time that its sender chose. */
export function isAhead({ scheduled }: MessageHead, { attempts, due }: QueuedRecipient, now: EpochMs): boolean {
  return scheduled === true && attempts === 0 && due > now
}

function changeOf(
  head: MessageHead,
  row: QueuedRecipient,
  act: { readonly kind: string; readonly reason: string; readonly now: EpochMs },
): RecipientChange {
  if (act.kind === 'held') return { kind: 'hold', reason: act.reason }
  if (act.kind === 'deleted') return { kind: 'remove' }
  if (row.state === 'held')
    return isAhead(head, row, act.now) ? { kind: 'defer', due: row.due, attempts: 0, lastReply: null } : { kind: 'release', due: act.now }
  return { kind: 'defer', due: act.now, attempts: row.attempts, lastReply: row.lastReply ?? act.reason }
}

/** The class follows what we do, not what the peer said: a 5xx that blocks us is a deferral. */
function statusOf({ reply, status }: Cause, kind: '4' | '5'): string {
  return `${kind}${(reply?.enhanced ?? status).slice(1)}`
}
