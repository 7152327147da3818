// Which shards a worker asks for. Shards are not workers: the home shard of a slot is `slot`, and `shard % workers` says
// whose turn it is to take one that nobody owns.
import { readdir } from 'node:fs/promises'
import { MOST_SHARDS } from '../../base/message-id.ts'

/** Looks in a row at which a shard of another worker was free before it is taken: its worker may be about to come back. */
const PATIENCE = 2

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

/** Whether the worker in `place`, which owns `owned` shards already, asks for `shard` at the `look`-th look since its start. */
export function asksFor(shard: number, { slot, workers }: Place, owned: number, look: number): boolean {
  if (shard % workers === slot % workers) return true
  // Every worker waits a little for the one whose turn it is, and the more it owns the longer.
  return look >= PATIENCE && look % Math.max(1, owned) === 0
}

/** Shards to try for accepting, in order: the slot's own, then others of its turn, existing ones first. */
export function candidates(existing: readonly number[], { slot, workers }: Place): number[] {
  const mine = (shard: number): boolean => shard % workers === slot % workers && shard !== slot
  const known = existing.filter(mine)
  const fresh: number[] = []
  for (let shard = slot + workers; shard < MOST_SHARDS && fresh.length < 8; shard += workers) if (!known.includes(shard)) fresh.push(shard)
  return [slot, ...known, ...fresh]
}
