// What a restore has to decide about: each shard of the home, of the source and of the journal, and what it comes to. Reads only; the home
// may be in use.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { MessageId } from '../../base/brand.ts'
import { journalPositions, readJournal } from '../../store/journal/reader.ts'
import { segmentsIn } from '../../store/journal/segment.ts'
import { readCursors } from '../../store/sqlite/events/events.ts'
import { RestingShard, shardTrouble } from '../../store/sqlite/spool/queue-rows.ts'
import { shardNumbers } from '../../store/sqlite/spool/shard-numbers.ts'
import { deskFile, shardFile, shardsOf } from '../home-files.ts'
import type { BackedUpShard } from '../backup/manifest.ts'
import { type Base, type Gone, type QueuedRow, ShardPlanner, type ShardPlan } from './plan.ts'

export interface Ground {
  readonly home: string
  /** Where the source's databases were put; null: there is no source. */
  readonly staged: string | null
  /** Of the source's manifest; null: its databases tell. */
  readonly shards: readonly BackedUpShard[] | null
  readonly journal: { readonly folder: string; readonly installation: string | null }
  /** The home is a copy, and its journal a copy with it: what the other home did since is not known. */
  readonly isCopy: boolean
  /** A server runs on it: what the journal tells of after the look at a living shard is not behind that shard. */
  readonly inUse: boolean
  /** Messages that the owner names. */
  readonly named: ReadonlySet<MessageId>
  readonly progress: RestoreProgress
}

export interface RestoreProgress {
  (done: number, total: number): void
  /** What is done next, as a person reads it. */
  stage(what: string): void
}

export interface PlannedShard {
  readonly shard: number
  /** Of the base; null: there is none. */
  readonly file: string | null
  /** Why the living shard cannot be used; null: it is used, or there never was one here. */
  readonly trouble: string | null
  readonly plan: ShardPlan
  /** Of the source, by the owner's word, into the living shard. */
  readonly back: readonly QueuedRow[]
}

export interface Findings {
  readonly shards: readonly PlannedShard[]
  readonly gone: Gone
}

interface Question {
  readonly shard: number
  readonly base: Base
  readonly file: string | null
  readonly trouble: string | null
  readonly position: number
  /** The source's rows of a shard that lives, to count what became of them. */
  readonly compare: { readonly file: string; readonly position: number } | null
}

export async function lookAtShards(ground: Ground): Promise<Findings> {
  const { folder, installation } = ground.journal
  const source = { folder, ...(installation !== null && { installation }) }
  const reached = await journalPositions(source)
  const hasJournal = (await segmentsIn(folder)).length > 0 && (reached.size > 0 || installation !== null)
  const questions = questionsOf(ground, reached)
  ground.progress.stage('Comparing the queue with the delivery journal')
  const planners = new Map(questions.map((one) => [one.shard, plannerOf(one, ground, hasJournal ? reached : null)]))
  const earlier = new Map(questions.map((one) => [one.shard, earlierOf(one, hasJournal ? reached : null)]))
  const deleted = new Set<string>()
  const from = new Map(questions.map(({ shard, position, compare }) => [shard, Math.min(position, compare?.position ?? Infinity)]))
  for await (const entry of readJournal(source, from)) {
    if (entry.kind === 'damaged') for (const planner of [...planners.values(), ...earlier.values()]) planner?.tell(entry)
    else {
      planners.get(entry.shard)?.tell(entry)
      earlier.get(entry.shard)?.tell(entry)
      if (entry.kind === 'deleted') deleted.add(`${entry.message} ${entry.recipient}`)
    }
  }
  const gone: Counted = { settled: 0, deleted: 0, back: 0, missing: [] }
  const shards = questions.flatMap((question) => {
    const { shard, file, trouble } = question
    const plan = planners.get(shard)?.conclude()
    countEarlier(earlier.get(shard)?.conclude(), gone)
    const back = comparedTo(question, { deleted, named: ground.named, gone })
    return plan === undefined ? [] : [{ shard, file, trouble, plan, back }]
  })
  return { shards, gone }
}

function questionsOf({ home, staged, shards, isCopy, inUse, progress }: Ground, reached: ReadonlyMap<number, number>): Question[] {
  const living = new Set(shardsOf(home))
  const there = new Set(staged === null ? [] : shardsOf(staged))
  const known = new Map(shards?.map((one) => [one.shard, one.event]))
  // Without the desk's cursors nobody can say how old a living shard is: then it is taken as it is.
  const isTold = existsSync(deskFile(home))
  const told = (isTold ? readCursors(join(home, 'events')) : null) ?? new Map<number, number>()
  const stagedTold = staged !== null && existsSync(deskFile(staged)) ? readCursors(join(staged, 'events')) : null
  const all = new Set([...living, ...there, ...reached.keys(), ...told.keys()])
  return [...all]
    .toSorted((a, b) => a - b)
    .map((shard) => {
      progress.stage(`Checking shard ${shard}`)
      const trouble = living.has(shard) ? shardTrouble(shardFile(home, shard), progress) : 'it is not there'
      const backup = staged !== null && there.has(shard) ? shardFile(staged, shard) : null
      const backupPosition = backup === null ? 0 : (known.get(shard) ?? positionOf(staged ?? home, shard, stagedTold))
      if (trouble === null) {
        const compare = backup === null || isCopy ? null : { file: backup, position: backupPosition }
        return {
          shard,
          base: 'living',
          file: shardFile(home, shard),
          trouble: null,
          position: inUse || !isTold ? Number.MAX_SAFE_INTEGER : positionOf(home, shard, told),
          compare,
        }
      }
      const wasHere = living.has(shard) || told.has(shard) || reached.has(shard)
      const base = backup === null ? 'none' : 'backup'
      return { shard, base, file: backup, trouble: wasHere ? trouble : null, position: backupPosition, compare: null }
    })
}

/** The last event that a shard at rest knows of. A cursor beyond what the shard gave out is of another time of it. */
function positionOf(home: string, shard: number, told: ReadonlyMap<number, number> | null): number {
  const numbers = shardNumbers(join(home, 'spool'), shard)
  const cursor = told?.get(shard) ?? 0
  return Math.max(numbers?.lastWaiting ?? 0, cursor < (numbers?.nextEvent ?? 0) ? cursor : 0)
}

function plannerOf(
  { shard, base, file, position }: Question,
  { isCopy, named }: Ground,
  reached: ReadonlyMap<number, number> | null,
): ShardPlanner {
  const reaches = reached === null ? null : (reached.get(shard) ?? 0)
  const known = base === 'living' ? (reaches ?? 0) : reaches
  const journalReaches = isCopy ? null : known
  const planner = new ShardPlanner({ base, position, journalReaches, named })
  if (file === null) return planner
  using queue = new RestingShard(file, shard)
  // A living queue may be large, and as a rule the journal has nothing to say of it.
  if (base === 'living' && !isCopy && (reaches ?? 0) <= position) planner.keep(queue.count())
  else for (const row of queue.rows()) planner.add(row)
  return planner
}

/**
 * The source's rows of a shard that was lost and begun anew since: the living shard can say nothing of them, the journal can. They cannot go
 * into it either, as their places are given out a second time.
 */
function earlierOf({ shard, file, compare }: Question, reached: ReadonlyMap<number, number> | null): ShardPlanner | null {
  if (compare === null || file === null) return null
  const journalReaches = reached === null ? null : (reached.get(shard) ?? 0)
  const planner = new ShardPlanner({ base: 'backup', position: compare.position, journalReaches, named: new Set() })
  using living = new RestingShard(file, shard)
  using backup = new RestingShard(compare.file, shard)
  for (const row of backup.rows()) if (!living.knows(row.message)) planner.add(row)
  return planner
}

interface Counted {
  settled: number
  deleted: number
  back: number
  readonly missing: QueuedRow[]
}

function countEarlier(plan: ShardPlan | undefined, gone: Counted): void {
  if (plan === undefined) return
  gone.settled += plan.settled.length
  gone.deleted += plan.deleted.length
  gone.missing.push(...plan.queued, ...plan.uncertain)
}

interface Comparison {
  readonly deleted: ReadonlySet<string>
  readonly named: ReadonlySet<MessageId>
  readonly gone: Counted
}

/** Counts what of the source is not in the living shard any more; gives what of it comes back. */
function comparedTo({ shard, file, compare }: Question, { deleted, named, gone }: Comparison): readonly QueuedRow[] {
  if (compare === null || file === null) return []
  const back: QueuedRow[] = []
  using living = new RestingShard(file, shard)
  using backup = new RestingShard(compare.file, shard)
  for (const row of backup.rows()) {
    if (!living.knows(row.message) || living.has(row)) continue
    if (named.has(row.message)) back.push(row)
    else if (deleted.has(`${row.message} ${row.recipient}`)) gone.deleted++
    else gone.settled++
  }
  gone.back += back.length
  return back
}
