// backup.json, the last entry of a backup: what it is of, and every other entry with its size and hash. Read with suspicion: an
// archive may come from anywhere.
import { Fault } from '../../base/fault.ts'
import type { EpochMs } from '../../base/brand.ts'

export const MANIFEST_NAME = 'backup.json'
const MANIFEST_FORMAT = 1
/** Where the sealing key is in a backup that has it. */
export const KEY_NAME = 'hms.key'
/** Names in a home's folders are short; this is for whoever made one up. */
const MOST_NAME = 1024

export interface BackedUpFile {
  readonly path: string
  readonly size: number
  /** Hexadecimal. */
  readonly sha256: string
}

/** A shard at the moment of the backup. What the delivery journal has of it after `event` happened after the backup. */
export interface BackedUpShard {
  readonly shard: number
  readonly event: number
  readonly sequence: number
  readonly messages: number
  readonly recipients: number
}

export interface BackupManifest {
  readonly format: 1
  readonly product: 'hms'
  /** Of the program that made it. */
  readonly version: string
  readonly installation: string | null
  readonly epoch: string
  readonly at: EpochMs
  /** `PRAGMA user_version` of each kind of database that is inside. */
  readonly formats: Readonly<Record<string, number>>
  readonly shards: readonly BackedUpShard[]
  /** Whether the queue is inside. */
  readonly messages: boolean
  readonly logs: boolean
  readonly keyIncluded: boolean
  readonly files: readonly BackedUpFile[]
}

/** What is no backup, or one that was changed or cut. */
export function damaged(file: string, what: string, cause?: unknown): Fault {
  return new Fault('backup-damaged', `${file} cannot be used as a backup: ${what}.`, {
    blame: 'owner',
    mend: "Take another backup; 'hms backup ls' lists those that are known.",
    cause,
  })
}

/** Throws a Fault `backup-damaged` where the text is no manifest that this program understands. */
export function readManifest(file: string, text: string): BackupManifest {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw damaged(file, `its ${MANIFEST_NAME} is no JSON`, error)
  }
  if (!isRecord(value) || value['product'] !== 'hms') throw damaged(file, 'it is no backup of hms')
  if (value['format'] !== MANIFEST_FORMAT) {
    throw new Fault(
      'backup-newer',
      `${file} has the backup format ${String(value['format']).slice(0, 20)}, which this program does not know.`,
      {
        blame: 'owner',
        mend: 'Restore it with the release that made it, or a newer one.',
      },
    )
  }
  if (!isManifest(value)) throw damaged(file, `its ${MANIFEST_NAME} does not hold what it should`)
  for (const { path } of value.files) if (!isCanonical(path)) throw damaged(file, `it names a file ${JSON.stringify(path.slice(0, 80))}`)
  return value
}

/** A relative name of plain parts: no `..`, no empty part, no backslash, no control character. */
export function isCanonical(path: string): boolean {
  if (path.length === 0 || path.length > MOST_NAME || /[\\\p{Cc}]/u.test(path)) return false
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
}

function isManifest(value: Record<string, unknown>): value is Record<string, unknown> & BackupManifest {
  const { version, installation, epoch, at, formats, shards, files, messages, logs, keyIncluded } = value
  return (
    typeof version === 'string' &&
    (installation === null || typeof installation === 'string') &&
    typeof epoch === 'string' &&
    isWhole(at) &&
    isRecord(formats) &&
    Object.values(formats).every(isWhole) &&
    [messages, logs, keyIncluded].every((flag) => typeof flag === 'boolean') &&
    Array.isArray(shards) &&
    shards.every(isShard) &&
    Array.isArray(files) &&
    files.every(isFile)
  )
}

function isShard(value: unknown): boolean {
  return isRecord(value) && ['shard', 'event', 'sequence', 'messages', 'recipients'].every((name) => isWhole(value[name]))
}

function isFile(value: unknown): boolean {
  if (!isRecord(value)) return false
  const { path, size, sha256 } = value
  return typeof path === 'string' && isWhole(size) && typeof sha256 === 'string' && /^[0-9a-f]{64}$/.test(sha256)
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
