// The last part of a restore: what was made beside goes into its place, what was there goes aside, and the home is adopted. A record,
// HOME/restore.json, is written before each step, so that whatever ends the process the next start knows what to do:
//   unpacking  nothing of the home has changed: what was made is removed
//   swapping   every move is made, or made again: one whose target is there was made
//   adopting   the home is adopted (which may be repeated), and the record goes
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { crashPoint } from '../../base/crash-point.ts'
import { Fault } from '../../base/fault.ts'
import { isCanonical } from '../backup/manifest.ts'
import { restoreRecord as recordFile } from '../home-files.ts'
import { syncFolder } from '../../base/sync-folder.ts'

export interface Move {
  /** Within the home. */
  readonly from: string
  readonly to: string
}

export type RestoreRecord =
  | { readonly step: 'unpacking' }
  | { readonly step: 'swapping'; readonly moves: readonly Move[] }
  | { readonly step: 'adopting' }

/** Where it is made beside, within the home: the same disk. */
export const stagingFolder = (home: string): string => join(home, 'restore.new')

/** Null where there is none. Throws a Fault on one that cannot be used: what it says must not be passed over. */
export function readRecord(home: string): RestoreRecord | null {
  let text: string
  try {
    text = readFileSync(recordFile(home), 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
  try {
    const record: unknown = JSON.parse(text)
    if (isRecord(record)) return record
  } catch {
    // Told below.
  }
  throw new Fault('restore-record', `${recordFile(home)}, which tells how far a restore came, cannot be used: it is not what hms wrote.`, {
    blame: 'owner',
    mend: 'Put it back as it was. Where that cannot be done, restore into an empty home; what was replaced is in before-restore-TIME.',
  })
}

function isRecord(value: unknown): value is RestoreRecord {
  if (typeof value !== 'object' || value === null || !('step' in value)) return false
  if (value.step === 'unpacking' || value.step === 'adopting') return true
  return value.step === 'swapping' && 'moves' in value && Array.isArray(value.moves) && value.moves.every(isMove)
}

/** Within the home, from whatever wrote it. */
function isMove(value: unknown): value is Move {
  if (typeof value !== 'object' || value === null || !('from' in value) || !('to' in value)) return false
  return [value.from, value.to].every((path) => typeof path === 'string' && isCanonical(path))
}

export async function writeRecord(home: string, record: RestoreRecord): Promise<void> {
  const fresh = `${recordFile(home)}.new`
  writeFileSync(fresh, JSON.stringify(record), { mode: 0o600, flush: true })
  renameSync(fresh, recordFile(home))
  await syncFolder(home)
}

/** Nothing of it is left; what was put aside stays for the owner. */
export async function removeRecord(home: string): Promise<void> {
  rmSync(stagingFolder(home), { recursive: true, force: true })
  rmSync(recordFile(home), { force: true })
  await syncFolder(home)
}

/** In their order; safe to repeat. */
export async function makeMoves(home: string, moves: readonly Move[]): Promise<void> {
  assert(moves.every(isMove), 'no move leads out of the home')
  const folders = new Set<string>()
  for (const { from, to } of moves) {
    const [source, target] = [join(home, from), join(home, to)]
    if (existsSync(target) || !existsSync(source)) continue
    mkdirSync(dirname(target), { recursive: true, mode: 0o700 })
    renameSync(source, target)
    crashPoint('restore-moved')
    for (const path of [source, target]) folders.add(dirname(path))
  }
  for (const folder of folders) if (existsSync(folder)) await syncFolder(folder)
}
