// When a message is to leave, until when, and before whom: what its header and its submission ask for, its account's settings, and rfc:4865.
// Pure. A wish that cannot be understood is refused: to send at once what was meant for tomorrow cannot be undone.
import type { EpochMs, Ms } from '../../base/brand.ts'
import { formatDuration, parseDuration } from '../../base/quantities.ts'
import { atMost, PRIORITIES, type Priority } from '../../contract/priority.ts'
import type { Account } from '../../contract/settings.ts'
import { WISH_FIELDS, type Wishes } from '../../message/wishes.ts'
import { type DeliveryWindow, openTogether, windowOf } from '../../policy/time/delivery-window.ts'
import { parseMoment } from '../../policy/time/moments.ts'
import { type Reply, reply } from '../../smtp/reply.ts'
import type { MailRequest } from '../../smtp/server/handler.ts'

export interface Sending {
  readonly priority: Priority
  /** The first attempt for the first recipient; the others follow within `spread`. */
  readonly due: EpochMs
  readonly spread: Ms
  readonly expiresAt: EpochMs
  /** Of the message itself: every attempt keeps to it. */
  readonly window?: string
  /** It does not leave at once: it is as old as the time since it was to leave. */
  readonly isScheduled: boolean
}

export interface Asked {
  readonly wishes: Wishes | null
  readonly hold: MailRequest['hold']
  readonly account: Pick<Account, 'priority' | 'highestPriority' | 'window'>
  readonly recipients: number
  readonly now: EpochMs
  /** How long mail of the account to these recipients may wait at the longest. */
  readonly expiry: Ms
  /** How far ahead mail may be scheduled. */
  readonly longestHold: Ms
  readonly random: () => number
}

/** rfc:4865#4 */
export function releaseOf(hold: NonNullable<MailRequest['hold']>, now: EpochMs): EpochMs {
  return 'for' in hold ? now + hold.for : hold.until
}

/** A refusal of one wish. */
class Unclear {
  readonly reply: Reply

  constructor(wish: keyof Wishes, value: string, why: string) {
    const shown = value.replaceAll(/[^ -~]/g, '?').slice(0, 60)
    this.reply = reply(550, '5.6.0', `${WISH_FIELDS[wish]}: "${shown}" ${why}.`)
  }
}

export function sendingOf(asked: Asked): Sending | Reply {
  const { wishes, hold, account, now, expiry } = asked
  if (wishes === null && hold === undefined && account.window === null)
    return { priority: account.priority, due: now, spread: 0, expiresAt: now + expiry, isScheduled: false }
  try {
    return timed(asked, wishes ?? {})
  } catch (error) {
    if (error instanceof Unclear) return error.reply
    throw error
  }
}

function timed(asked: Asked, wishes: Wishes): Sending {
  const { account, recipients, now, expiry, random } = asked
  const priority = priorityOf(wishes, account)
  const spread = spreadOf(wishes, asked)
  const wished = windowOfWish(wishes)
  const windows = [wished, priority === 'high' ? null : windowOfAccount(account)].filter((one) => one !== null)
  const start = startOf(wishes, asked)
  // Where in its part of the period a recipient is due is left to chance: the messages of a mailing have one recipient each, nearly always.
  const due = firstOpen(windows, start + Math.floor((random() * spread) / Math.max(1, recipients)))
  if (due === null) throw new Unclear('window', wishes.window ?? '', "is not open at any time at which the account's delivery window is")
  const last = due + spread
  const isScheduled = last > now
  const made = { priority, due, spread: recipients > 1 ? spread : 0, expiresAt: expiryOf(wishes, { due, last, expiry }), isScheduled }
  return wished === null ? made : { ...made, window: wished.text }
}

function priorityOf({ priority: text }: Wishes, { priority, highestPriority }: Asked['account']): Priority {
  if (text === undefined) return priority
  const found = PRIORITIES.find((one) => one === text.toLowerCase())
  if (found === undefined) throw new Unclear('priority', text, `is none of ${PRIORITIES.join(', ')}`)
  return atMost(found, highestPriority)
}

/** What the header and the submission ask for: the later of both. */
function startOf({ sendAt }: Wishes, { hold, now, longestHold }: Asked): EpochMs {
  const held = hold === undefined ? now : releaseOf(hold, now)
  if (sendAt === undefined) return Math.max(now, held)
  const moment = parseMoment(sendAt)
  if (moment === undefined)
    throw new Unclear('sendAt', sendAt, 'is no time such as 2027-03-01T08:00:00+01:00 or 2027-03-01 08:00 Europe/Vienna')
  if (moment > now + longestHold) throw new Unclear('sendAt', sendAt, `is further ahead than ${formatDuration(longestHold)}`)
  return Math.max(now, held, moment)
}

function spreadOf({ spread }: Wishes, { longestHold }: Asked): Ms {
  if (spread === undefined) return 0
  const span = parseDuration(spread)
  if (span === undefined) throw new Unclear('spread', spread, 'is no time such as 4h or 1h30m')
  if (span > longestHold) throw new Unclear('spread', spread, `is longer than ${formatDuration(longestHold)}`)
  return span
}

function windowOfWish({ window: text }: Wishes): DeliveryWindow | null {
  if (text === undefined) return null
  const window = windowOf(text)
  if (typeof window === 'string') throw new Unclear('window', text, `is no delivery window: ${window}`)
  return window
}

/** Those of settings were checked when they were set; a zone that the system has no more is no reason to lose mail. */
function windowOfAccount({ window: text }: Asked['account']): DeliveryWindow | null {
  const window = text === null ? null : windowOf(text)
  return typeof window === 'string' ? null : window
}

/** A time from when it is to leave on, or a moment; never longer than the account's. */
function expiryOf(
  { expires }: Wishes,
  { due, last, expiry }: { readonly due: EpochMs; readonly last: EpochMs; readonly expiry: Ms },
): EpochMs {
  if (expires === undefined) return last + expiry
  const span = parseDuration(expires)
  const moment = span === undefined ? parseMoment(expires) : last + span
  if (moment === undefined || span === 0) throw new Unclear('expires', expires, 'is no time such as 2h or 2027-03-01T08:00:00+01:00')
  if (moment <= due) throw new Unclear('expires', expires, 'is before it would leave')
  return Math.min(moment, last + expiry)
}

/** Null: they are never open at once, or not for too long. One alone is open at some time, however far ahead. */
function firstOpen(windows: readonly DeliveryWindow[], from: EpochMs): EpochMs | null {
  return openTogether(windows, from) ?? (windows.length > 1 ? null : from)
}
