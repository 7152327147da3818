// Delivery windows of accounts: what comes to its site outside of its account's waits on disk until it opens. Mail of high priority goes at any
// time: somebody waits for it.
import type { AccountId } from '../../base/brand.ts'
import { messageOf } from '../../base/fault.ts'
import type { Settings } from '../../contract/settings.ts'
import { type DeliveryWindow, windowOf } from '../../policy/time/delivery-window.ts'
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
      const window = text === null ? null : windowOf(text)
      if (window !== null && typeof window !== 'string') windows.set(id, window)
    }
    known.set(settings, (found = { windows: windows.size === 0 ? null : windows }))
  }
  return found.windows
}

/** Whether the job waits for its account's window: then it goes back to disk. */
export function waitsForWindow(room: CourierRoom, job: Job): boolean {
  const { settings, clock, log } = room.around
  const { head } = job.message
  const window = windowsOf(settings())?.get(head.account)
  if (window === undefined || head.priority === 'high') return false
  const now = clock.now()
  const due = window.nextOpen(now)
  if (due === now) return false
  const reason = `${WINDOW_REASON} of account ${head.account}: ${window.text}.`
  const cause: Cause = { code: 9999, reason, reply: null, status: '4.3.0' }
  const decisions = job.rows.map((row) => putOff(head, row, { target: NOWHERE, now, until: due }, cause))
  room.settle(job, decisions, false).catch((error: unknown) => {
    log.error('What is outside of its delivery window could not be put off; it is tried again.', {
      message: head.id,
      error: messageOf(error),
    })
  })
  return true
}
