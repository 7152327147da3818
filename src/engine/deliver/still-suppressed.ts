// Recipients that came on a suppression list while they waited: looked for before an attempt, all of a transaction in one question, where
// the last look is half a minute ago.
import type { Ms } from '../../base/brand.ts'
import { messageOf } from '../../base/fault.ts'
import { FIRST_STREAM } from '../../contract/streams.ts'
import type { Job } from '../schedule/in-hand.ts'
import { suppress } from '../settle/decisions.ts'
import type { CourierRoom } from './courier-room.ts'

const FRESH: Ms = 30_000

type Room = Pick<CourierRoom, 'around' | 'scheduler' | 'settler'>

export interface SuppressedNow {
  /** The commit of those that fail; null: there are none. */
  readonly commit: Promise<void> | null
  /** Nothing of the job is left. */
  readonly isAll: boolean
}

/** The list to be asked; null: there is none, or it was asked just now. */
export function listToAsk({ around }: Room, job: Job): string | null {
  const { suppressions, settings, clock } = around
  if (suppressions === undefined) return null
  const { account, acceptedAt, ours } = job.message.head
  if (ours === true) return null
  const check = settings().accounts.get(account)?.suppression?.check ?? null
  if (check === null || !suppressions.has(check)) return null
  return clock.now() - (job.lookedAt ?? acceptedAt) < FRESH ? null : check
}

/** Settles what is suppressed by now. Rejects where the list cannot be read. */
export async function dropSuppressed(room: Room, job: Job, list: string): Promise<SuppressedNow> {
  const { around, scheduler } = room
  const { head } = job.message
  const { rows } = job
  const addresses = rows.map(({ address }) => address)
  const found = (await around.suppressions?.find(list, head.stream ?? FIRST_STREAM, addresses)) ?? []
  job.lookedAt = around.clock.now()
  const decisions = rows.flatMap((row, i) => {
    const by = found[i] ?? null
    return by === null ? [] : [suppress(head, row, around.clock.now(), by)]
  })
  if (decisions.length === 0) return { commit: null, isAll: false }
  const part = scheduler.inHand.split(
    job,
    decisions.map(({ row }) => row),
    'settling',
  )
  // Told by the event alone, as at acceptance: no bounce is mailed.
  return { commit: room.settler.settle(part, decisions, []), isAll: part === job }
}

export function unreadable(error: unknown): string {
  return `The suppression list of the account cannot be read: ${messageOf(error)}`
}
