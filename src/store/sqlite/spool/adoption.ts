// Which shards a worker asks for. Shards are not workers: the home shard of a slot is `slot`, and `shard % workers` says
// whose turn it is to take one that nobody owns.
import { readdir } from 'node:fs/promises'
import { MOST_SHARDS } from '../../../base/message-id.ts'

/** Looks in a row at which the home shard of another worker was free before it is taken: its worker may be about to come back. */
const PATIENCE = 3

/** Shards that exist in the folder, ascending. */
export async function shardsIn(folder: string): Promise<number[]> {
  const names = await readdir(folder)
  return names
    .map((name) => /^(\d{1,4})\.db$/.exec(name)?.[1])
    .filter((text) => text !== undefined)
    .map(Number)
    .filter((shard) => shard < MOST_SHARDS)
    .toSorted((a, b) => a - b)
}

export interface Place {
  readonly slot: number
  readonly workers: number
}

/** What to do about a shard of others: take it where it is free, only look whether it is, or leave it for this time. */
export type Approach = 'take' | 'look' | 'leave'

/** `free`: at how many looks in a row it was seen free; `owned`: shards owned already; `look`: number of this look. */
export function approachTo(shard: number, { slot, workers }: Place, seen: { free: number; owned: number; look: number }): Approach {
  if (shard === slot) return 'take'
  if (shard < workers) return seen.free >= PATIENCE ? 'take' : 'look'
  // No worker is at home here. The one whose turn it is takes it at once; the others come after it, who owns more the later.
  if (shard % workers === slot) return 'take'
  return seen.look % (seen.owned + 1) === 0 ? 'take' : 'leave'
}

/** Shards to try for accepting, in order: the slot's own, then others of its turn, existing ones first. */
export function candidates(existing: readonly number[], { slot, workers }: Place): number[] {
  const mine = (shard: number): boolean => shard % workers === slot % workers && shard !== slot
  const known = existing.filter(mine)
  const fresh: number[] = []
  for (let shard = slot + workers; shard < MOST_SHARDS && fresh.length < 8; shard += workers) if (!known.includes(shard)) fresh.push(shard)
  return [slot, ...known, ...fresh]
}
