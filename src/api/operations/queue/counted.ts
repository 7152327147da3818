// What is done with as much of the queue as was counted before: the count gives a text with its moment, its number and a digest of what was asked,
// and the deed takes it back. Nothing is remembered between the two.
import { createHash } from 'node:crypto'
import { Fault } from '../../../base/fault.ts'
import type { EpochMs } from '../../../base/brand.ts'
import type { QueueSelection } from '../../../contract/queue-operations.ts'
import type { Workers } from '../context.ts'
import { refused } from '../params.ts'
import { selectionOf } from './selection.ts'

const SHAPE = /^(\d{1,16})\.(\d{1,16})\.([\w-]{16})$/

export function countedText(selection: QueueSelection, at: EpochMs, recipients: number): string {
  return `${at}.${recipients}.${digestOf(selection)}`
}

/** Checks a selection as `selectionOf` does. `most`: so many recipients were counted; null: nobody counted. */
export function countedSelection(values: unknown): { readonly selection: QueueSelection; readonly most: number | null } {
  if (typeof values !== 'object' || values === null || !('counted' in values)) return { selection: selectionOf(values), most: null }
  const { counted, ...others } = values
  const selection = selectionOf(others)
  const [, at, most, digest] = (typeof counted === 'string' ? SHAPE.exec(counted) : null) ?? []
  if (digest === undefined) throw refused('counted must be the counted of a count.')
  if (digest !== digestOf(selection)) throw refused('counted is of a count by other criteria.', 'Count by the same ones.')
  const acceptedBefore = Math.min(Number(at), selection.acceptedBefore ?? Number(at)) as EpochMs
  return { selection: { ...selection, acceptedBefore }, most: Number(most) }
}

export async function countOf(workers: Workers, selection: QueueSelection): Promise<{ messages: number; recipients: number }> {
  const counts = await workers.all('queue.count', { selection })
  const sum = (of: 'messages' | 'recipients'): number => counts.reduce((total, count) => total + count[of], 0)
  return { messages: sum('messages'), recipients: sum('recipients') }
}

/** What left since is no matter; what matches only since is. */
export async function requireNoMore(
  workers: Workers,
  selection: QueueSelection,
  most: number,
): Promise<{ messages: number; recipients: number }> {
  const found = await countOf(workers, selection)
  if (found.recipients <= most) return found
  throw new Fault('changed-meanwhile', `More matches now than was counted: ${found.recipients} recipients, and it were ${most}.`, {
    blame: 'caller',
    mend: 'Count again, and decide again.',
  })
}

function digestOf(selection: QueueSelection): string {
  const sorted = Object.entries(selection).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return createHash('sha256').update(JSON.stringify(sorted)).digest('base64url').slice(0, 16)
}
