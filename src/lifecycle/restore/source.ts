// What a restore reads from: a backup, a plain zip of a stopped home, or a folder (a snapshot of a disk). Named files come out of it into a
// folder of ours, checked on the way; the source itself is only read.
import { createReadStream, createWriteStream, existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { isDiskFull } from '../../base/disk-full.ts'
import { Fault, messageOf } from '../../base/fault.ts'
import { MOST_SHARDS } from '../../base/message-id.ts'
import { bodiesPath } from '../../store/sqlite/spool/body-slots.ts'
import { KEY_BYTES } from '../../store/sqlite/settings/sealing.ts'
import { takeInBodies } from '../../store/sqlite/spool/slot-copy.ts'
import { isDatabaseName, isSettingsName, shardFiles } from '../home-files.ts'
import { type BackupArchive, openBackup, openZip } from '../backup/archive.ts'
import { damaged, KEY_NAME, MANIFEST_NAME, type BackedUpShard } from '../backup/manifest.ts'

export interface RestoreSource extends AsyncDisposable {
  readonly name: string
  /** Size by name within the home. */
  readonly files: ReadonlyMap<string, number>
  /** Null where only the databases themselves tell. */
  readonly installation: string | null
  readonly shards: readonly BackedUpShard[] | null
  /** False: the queue was left out of it on purpose. */
  readonly hasQueue: boolean
  read(path: string): AsyncIterable<Uint8Array>
}

/** What of a home is taken out of a source, besides its databases; nothing else ever is. */
const PLAIN =
  /^(?:spool\/\d{1,4}\/[0-9a-z]{16}|accounts\/[^/]+\/logfiles\/[^/]+|config\/.+|plugins\/[a-z0-9][a-z0-9._-]{0,62}\/.+|hms\.key)$/

/** What a home has of it is read nowhere before its size is known to be that of a key. */
const KEYS = [KEY_NAME, 'config/hms.key']

export async function openSource(path: string, passphrase?: string): Promise<RestoreSource> {
  const source = await openAny(path, passphrase)
  const trouble = troubleOf(source.files)
  if (trouble === null) return source
  await source[Symbol.asyncDispose]()
  throw damaged(path, trouble)
}

/** What no home has, as the middle of a sentence. */
function troubleOf(files: RestoreSource['files']): string | null {
  for (const name of KEYS) {
    const size = files.get(name) ?? KEY_BYTES
    if (size !== KEY_BYTES) return `its ${name} is no key: it has ${size} octets`
  }
  for (const path of files.keys()) {
    const [, shard] = /^spool\/(\d+)(?:\.db|\.bodies|\/)/.exec(path) ?? []
    if (shard !== undefined && (String(Number(shard)) !== shard || Number(shard) >= MOST_SHARDS))
      return `it holds ${path}, and there is no such shard`
  }
  return null
}

async function openAny(path: string, passphrase: string | undefined): Promise<RestoreSource> {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat?.isDirectory() === true) return folderSource(path)
  await using zip = await openZip(path, passphrase)
  if (zip.sizes.has(MANIFEST_NAME)) return archiveSource(await openBackup(path, passphrase))
  return plainZipSource(path, passphrase)
}

function archiveSource(archive: BackupArchive): RestoreSource {
  const { installation, shards, messages, files } = archive.manifest
  return {
    name: archive.file,
    files: new Map(files.map(({ path, size }) => [path, size])),
    installation,
    shards,
    hasQueue: messages,
    read: (path) => archive.read(path),
    [Symbol.asyncDispose]: () => archive[Symbol.asyncDispose](),
  }
}

/** Of a stopped home, with or without a folder around it. */
async function plainZipSource(file: string, passphrase: string | undefined): Promise<RestoreSource> {
  const zip = await openZip(file, passphrase)
  const roots = [...zip.sizes.keys()].flatMap((name) => {
    const at = name.lastIndexOf('/') + 1
    return isSettingsName(name.slice(at)) ? [name.slice(0, at)] : []
  })
  const root = roots.toSorted((a, b) => a.length - b.length)[0]
  if (root === undefined) {
    await zip[Symbol.asyncDispose]()
    throw damaged(file, 'it is neither a backup nor the zip of a home')
  }
  const inside = [...zip.sizes].filter(([name]) => name.startsWith(root))
  return {
    name: file,
    files: new Map(inside.map(([name, size]) => [name.slice(root.length), size])),
    installation: null,
    shards: null,
    hasQueue: true,
    read: (path) => zip.read(root + path),
    [Symbol.asyncDispose]: () => zip[Symbol.asyncDispose](),
  }
}

/** Its databases are copied with their logs before SQLite opens them: the snapshot may be read-only, and it is nobody's home. */
function folderSource(folder: string): RestoreSource {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
  const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const inside = files.map((file) => [relative(folder, file).split(sep).join('/'), statSync(file).size] as const)
  if (!inside.some(([path]) => isSettingsName(path)))
    throw new Fault('no-backup', `The folder ${folder} is no home and no snapshot of one: it has no settings (master.db).`, {
      blame: 'caller',
    })
  return {
    name: folder,
    files: new Map(inside),
    installation: null,
    shards: null,
    hasQueue: true,
    read: (path) => createReadStream(join(folder, path)),
    [Symbol.asyncDispose]: async () => undefined,
  }
}

/** Bodies of a shard, in slots beside it; a backup has them in the shard itself. */
export const isBodiesName = (path: string): boolean => /^spool\/\d{1,4}\.bodies$/.test(path)

/** Takes the bodies beside the shards of a folder of ours into their rows. */
export function bringBodies(folder: string): void {
  for (const file of shardFiles(folder)) {
    if (!existsSync(bodiesPath(file))) continue
    takeInBodies(file, file, () => undefined)
    rmSync(bodiesPath(file))
  }
}

/** Takes the files that `wanted` says out of a source, each to its place below `folder`. */
export async function unpack(
  source: RestoreSource,
  folder: string,
  { wanted, progress }: { readonly wanted: (path: string) => boolean; readonly progress: (octets: number) => void },
): Promise<void> {
  for (const path of source.files.keys()) {
    if (!(isDatabaseName(path) || isBodiesName(path) || PLAIN.test(path)) || !wanted(path)) continue
    const to = join(folder, path)
    if (existsSync(to)) continue
    const octets = async function* (): AsyncGenerator<Uint8Array> {
      for await (const chunk of source.read(path)) {
        progress(chunk.length)
        yield chunk
      }
    }
    try {
      mkdirSync(dirname(to), { recursive: true, mode: 0o700 })
      await pipeline(Readable.from(octets(), { objectMode: false }), createWriteStream(to, { mode: 0o600, flags: 'wx', flush: true }))
    } catch (error) {
      throw inWords(source.name, path, error)
    }
  }
}

/** A file that is a folder as well, a name that is too long, a disk that fails; of a full one the restore itself tells. */
function inWords(name: string, path: string, error: unknown): unknown {
  if (!(error instanceof Error && 'syscall' in error && 'code' in error) || isDiskFull(error)) return error
  if (['EEXIST', 'ENOTDIR', 'EISDIR', 'ENAMETOOLONG'].includes(String(error.code)))
    return damaged(name, `it holds ${path}, which cannot be a file`, error)
  return new Fault('restore-unwritable', `${path} of ${name} cannot be written: ${messageOf(error)}.`, {
    blame: 'owner',
    temporary: true,
    mend: 'Mend what is said, and restore again.',
    cause: error,
  })
}
