// The event numbers of a shard, seen and moved while no worker has it: what a home's age is told by, and what an old one must skip
// before it is used again.
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Fault } from '../../../base/fault.ts'
import { takeLockFile } from './lock-file.ts'
import { openShardDatabase, openShardReader } from './schema.ts'
import { lockPath } from './shard-writer.ts'

export interface ShardNumbers {
  /** Below it all numbers may be given out; a block is taken at once. */
  readonly nextEvent: number
  /** The last event that is not released yet; 0: none. */
  readonly lastWaiting: number
}

/** Null where there is no such shard. */
export function shardNumbers(folder: string, shard: number): ShardNumbers | null {
  const path = join(folder, `${shard}.db`)
  if (!existsSync(path)) return null
  using database = openShardReader(path)
  const meta = database.prepare('SELECT next_event FROM meta').get()
  const last = database.prepare('SELECT max(last) AS last FROM outbox').get()
  return { nextEvent: Number(meta?.['next_event'] ?? 0), lastWaiting: Number(last?.['last'] ?? 0) }
}

/** From now on the shard, made where it is lost, gives out event numbers above `event` only. */
export function skipEvents(folder: string, shard: number, event: number): void {
  mkdirSync(folder, { recursive: true })
  using lock = takeLockFile(lockPath(folder, shard))
  if (lock === null) throw new Fault('home-in-use', `Shard ${shard} of ${folder} is in use.`, { blame: 'caller' })
  using database = openShardDatabase(join(folder, `${shard}.db`))
  database.prepare('UPDATE meta SET next_event = max(next_event, ?)').run(event + 1)
}
