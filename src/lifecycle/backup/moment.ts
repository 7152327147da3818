// One moment of a home: every database of it pinned while the workers hold their commits, so that no message is in two of them or in none.
import { setTimeout as wait } from 'node:timers/promises'
import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import type { EpochMs } from '../../base/brand.ts'
import { type SettingsFacts, type ShardFacts, Snapshot } from '../../store/sqlite/spool/snapshot.ts'
import {
  accessFile,
  deskFile,
  effectsFile,
  eventFiles,
  reportFiles,
  jobsFile,
  ledgerFile,
  limitsFile,
  masterFile,
  settingsFiles,
  shardFiles,
  suppressionFile,
  webhooksFile,
} from '../home-files.ts'

/** The workers of a running server; of a stopped home there is nothing to hold. */
export interface BackupHold {
  readonly isRunning: boolean
  /** All commits wait, a moment at most. False where one could not be held. */
  hold(): Promise<boolean>
  /** They go on. False where one was not held until now. */
  go(): Promise<boolean>
}

const TRIES = 5
const BETWEEN_TRIES_MS = 200

export interface PinnedShard {
  readonly shard: number
  readonly snapshot: Snapshot
  readonly facts: ShardFacts
  /** The last event that is part of this moment for certain: what the journal tells of later ones happened after it. */
  readonly event: number
}

export interface Moment extends Disposable {
  readonly at: EpochMs
  readonly shards: readonly PinnedShard[]
  /** desk.db and the days. */
  readonly events: readonly Snapshot[]
  readonly settings: Snapshot
  /** What the limits have counted, effects, and who is suppressed; none where nothing was limited, held back or suppressed yet. */
  readonly limits: readonly Snapshot[]
  readonly facts: SettingsFacts
}

/**
 * Where a slow disk makes the hold run out each time, the last try is taken as it is. It is sound all the same: shards are pinned before
 * desk.db, so that an event that is released is told, and the position of a shard is never later than its pin.
 */
export async function pinMoment(home: string, hold: BackupHold, now: () => EpochMs): Promise<Moment> {
  using opened = new DisposableStack()
  const told = cursorsOf(home)
  const shards = shardFiles(home).map((file) => ({ shard: Number.parseInt(basename(file)), snapshot: opened.use(new Snapshot(file)) }))
  const known = eventFiles(home)
  const desk = [deskFile(home)].filter((file) => existsSync(file))
  const events = [...desk, ...known].map((file) => opened.use(new Snapshot(file)))
  // Of a home that was not started since an upgrade they are in an older format.
  const settings = opened.use(new Snapshot(settingsFiles(home).at(-1)?.path ?? masterFile(home)))
  const limits = [limitsFile(home), effectsFile(home), suppressionFile(home), ledgerFile(home), jobsFile(home)]
    .concat([accessFile(home), webhooksFile(home), ...reportFiles(home)])
    .filter((file) => existsSync(file))
    .map((file) => opened.use(new Snapshot(file)))
  const all = [...shards.map(({ snapshot }) => snapshot), ...events, settings, ...limits]
  let at = now()
  for (let tries = 1; ; tries++) {
    const held = await hold.hold()
    at = now()
    for (const snapshot of all) snapshot.pin()
    const stayed = await hold.go()
    if ((held && stayed) || tries === TRIES) break
    for (const snapshot of all) snapshot.unpin()
    await wait(BETWEEN_TRIES_MS)
  }
  // A day that began meanwhile: the cursor may count on it.
  for (const file of eventFiles(home).filter((name) => !known.includes(name))) {
    const day = opened.use(new Snapshot(file))
    day.pin()
    events.push(day)
  }
  const pinned = shards.map(({ shard, snapshot }) => {
    const facts = snapshot.shard()
    return { shard, snapshot, facts, event: Math.max(facts.event, told.get(shard) ?? 0) }
  })
  const held = opened.move()
  return { at, shards: pinned, events, settings, limits, facts: settings.settings(), [Symbol.dispose]: () => held.dispose() }
}

function cursorsOf(home: string): ReadonlyMap<number, number> {
  if (!existsSync(deskFile(home))) return new Map()
  using desk = new Snapshot(deskFile(home))
  desk.pin()
  return desk.cursors()
}
