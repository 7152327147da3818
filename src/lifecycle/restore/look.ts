// What a restore has to decide about: each shard of the home, of the source and of the journal, and what it comes to. Reads only; the home
// may be in use.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { journalPositions, readJournal } from '../../store/journal/reader.ts'
import { segmentsIn } from '../../store/journal/segment.ts'
import { readCursors } from '../../store/sqlite/events.ts'
import { RestingShard, shardTrouble } from '../../store/sqlite/queue-rows.ts'
import { shardNumbers } from '../../store/sqlite/shard-numbers.ts'
import { deskFile, shardFile, shardsOf } from '../home-files.ts'
import type { BackedUpShard } from '../backup/manifest.ts'
import { type Base, ShardPlanner, type ShardPlan } from './plan.ts'

export interface Ground {
  readonly home: string
  /** Where the source's databases were put; null: there is no source. */
  readonly staged: string | null
  /** Of the source's manifest; null: its databases tell. */
  readonly shards: readonly BackedUpShard[] | null
  readonly journal: { readonly folder: string; readonly installation: string | null }
  /** The home is a copy, and its journal a copy with it: what the other home did since is not known. */
  readonly isCopy: boolean
}

export interface PlannedShard {
  readonly shard: number
  /** Of the base; null: there is none. */
  readonly file: string | null
  /** Why the living shard cannot be used; null: it is used, or there never was one here. */
  readonly trouble: string | null
  readonly plan: ShardPlan
}

export interface Findings {
  readonly shards: readonly PlannedShard[]
  /** Of living shards, recipients of the source that are not queued any more. */
  readonly gone: { readonly settled: number; readonly deleted: number }
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
  const planners = new Map(questions.map((one) => [one.shard, plannerOf(one, ground, hasJournal ? reached : null)]))
  const deleted = new Set<string>()
  const from = new Map(questions.map(({ shard, position, compare }) => [shard, Math.min(position, compare?.position ?? Infinity)]))
  for await (const entry of readJournal(source, from)) {
    if (entry.kind === 'damaged') for (const planner of planners.values()) planner.tell(entry)
    else {
      planners.get(entry.shard)?.tell(entry)
      if (entry.kind === 'deleted') deleted.add(`${entry.message} ${entry.recipient}`)
    }
  }
  const gone = { settled: 0, deleted: 0 }
  const shards = questions.map((question) => {
    const { shard, file, trouble } = question
    countGone(question, deleted, gone)
    return {
      shard,
      file,
      trouble,
      plan: (planners.get(shard) ?? new ShardPlanner({ base: 'none', position: 0, journalReaches: null })).conclude(),
    }
  })
  return { shards, gone }
}

function questionsOf({ home, staged, shards, isCopy }: Ground, reached: ReadonlyMap<number, number>): Question[] {
  const living = new Set(shardsOf(home))
  const there = new Set(staged === null ? [] : shardsOf(staged))
  const known = new Map(shards?.map((one) => [one.shard, one.event]))
  // Without a home of its own the source is all that there is.
  const told = existsSync(deskFile(home)) ? (readCursors(join(home, 'events')) ?? new Map<number, number>()) : new Map<number, number>()
  const stagedTold = staged !== null && existsSync(deskFile(staged)) ? readCursors(join(staged, 'events')) : null
  const all = new Set([...living, ...there, ...reached.keys(), ...told.keys()])
  return [...all]
    .toSorted((a, b) => a - b)
    .map((shard) => {
      const trouble = living.has(shard) ? shardTrouble(shardFile(home, shard)) : 'it is not there'
      const backup = staged !== null && there.has(shard) ? shardFile(staged, shard) : null
      const backupPosition = backup === null ? 0 : (known.get(shard) ?? positionOf(staged ?? home, shard, stagedTold))
      if (trouble === null) {
        const compare = backup === null || isCopy ? null : { file: backup, position: backupPosition }
        return { shard, base: 'living', file: shardFile(home, shard), trouble: null, position: positionOf(home, shard, told), compare }
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
  { isCopy }: Ground,
  reached: ReadonlyMap<number, number> | null,
): ShardPlanner {
  const reaches = reached === null ? null : (reached.get(shard) ?? 0)
  const journalReaches = base === 'living' ? (isCopy ? null : (reaches ?? 0)) : reaches
  const planner = new ShardPlanner({ base, position, journalReaches })
  if (file === null) return planner
  using queue = new RestingShard(file, shard)
  for (const row of queue.rows()) planner.add(row)
  return planner
}

function countGone({ shard, file, compare }: Question, deleted: ReadonlySet<string>, gone: { settled: number; deleted: number }): void {
  if (compare === null || file === null) return
  const here = new Set<string>()
  using living = new RestingShard(file, shard)
  for (const { message, n } of living.rows()) here.add(`${message} ${n}`)
  using backup = new RestingShard(compare.file, shard)
  for (const { message, n, recipient } of backup.rows()) {
    if (here.has(`${message} ${n}`)) continue
    if (deleted.has(`${message} ${recipient}`)) gone.deleted++
    else gone.settled++
  }
}
