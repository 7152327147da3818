// Delivery windows of accounts, of rules and of messages: what comes to its site outside of them waits on disk until they open. Mail of high
// priority keeps to its own alone: somebody waits for it.
import type { AccountId } from '../../base/brand.ts'
import { messageOf } from '../../base/fault.ts'
import type { Settings } from '../../contract/settings.ts'
import { type DeliveryWindow, openTogether, windowOf } from '../../policy/time/delivery-window.ts'
import type { MessageHead } from '../ports/spool.ts'
import type { Job } from '../schedule/in-hand.ts'
import { type Cause, NOWHERE, putOff } from '../settle/decisions.ts'
import type { CourierRoom } from './courier-room.ts'

/** What it waits for begins with these words. */
export const WINDOW_REASON = 'Waits for the delivery window'

type Windows = ReadonlyMap<AccountId, DeliveryWindow> | null
const known = new WeakMap<Settings, { readonly windows: Windows }>()

/** Null: no account has one. */
function windowsOf(settings: Settings): Windows {
  let found = known.get(settings)
  if (found === undefined) {
    const windows = new Map<AccountId, DeliveryWindow>()
    for (const { id, window: text } of settings.accounts.values()) {
      const window = readable(text)
      if (window !== null) windows.set(id, window)
    }
    known.set(settings, (found = { windows: windows.size === 0 ? null : windows }))
  }
  return found.windows
}

/** It was checked when it was taken; a zone that the system has no more is no reason to keep mail. */
function readable(text: string | null): DeliveryWindow | null {
  const window = text === null ? null : windowOf(text)
  return typeof window === 'string' ? null : window
}

/** The same for the same window of the rules: by these words what waits for it is found when the rules are others. */
export function ruleWindowReason(text: string): string {
  return `${WINDOW_REASON} of the rules: ${text}.`
}

interface Holding {
  readonly window: DeliveryWindow
  readonly reason: string
}

const NONE: readonly Holding[] = []

/** Those that hold the message. `ofRules`: what rules say of its destination, as far as that is known. */
function holdingsOf(settings: Settings, { account, priority, window: own }: MessageHead, ofRules: string | null): readonly Holding[] {
  const ofAccount = windowsOf(settings)?.get(account)
  if (ofAccount === undefined && ofRules === null && own === undefined) return NONE
  const held: Holding[] = []
  const add = (window: DeliveryWindow | null | undefined, reason: (text: string) => string): void => {
    if (window !== null && window !== undefined) held.push({ window, reason: reason(window.text) })
  }
  if (priority !== 'high') {
    add(ofAccount, (text) => `${WINDOW_REASON} of account ${account}: ${text}.`)
    add(readable(ofRules), ruleWindowReason)
  }
  add(readable(own ?? null), (text) => `${WINDOW_REASON} of the message: ${text}.`)
  return held
}

/** Whether the job waits for a window: then it goes back to disk. */
export function waitsForWindow(room: CourierRoom, job: Job, ofRules: string | null): boolean {
  const { settings, clock, log } = room.around
  const { head } = job.message
  const holdings = holdingsOf(settings(), head, ofRules)
  if (holdings.length === 0) return false
  const now = clock.now()
  const [last] = holdings.toSorted((a, b) => b.window.nextOpen(now) - a.window.nextOpen(now))
  const opens = last?.window.nextOpen(now) ?? now
  if (last === undefined || opens === now) return false
  const windows = holdings.map(({ window }) => window)
  // Where they are never open at once it is looked at again when the last of them opens, until it is too old.
  const until = openTogether(windows, now) ?? opens
  const cause: Cause = { code: 9999, reason: last.reason, reply: null, status: '4.3.0' }
  const decisions = job.rows.map((row) => putOff(head, row, { target: NOWHERE, now, until }, cause))
  room.settle(job, decisions, false).catch((error: unknown) => {
    log.error('What is outside of its delivery window could not be put off; it is tried again.', {
      id: head.id,
      error: messageOf(error),
    })
  })
  return true
}
