// Reads a release so that nothing in it is believed: the manifest first, then its signature, then every file against the manifest. A
// first reading writes nothing at all; only what passed it is read a second time and written, and is checked again while it is.
import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { chmod, type FileHandle, mkdir, open, rm, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Fault } from '../../base/fault.ts'
import { roomLeft, roomNeeded } from '../../store/sqlite/disk-space.ts'
import type { Allowance } from '../tar-members.ts'
import { entriesOf, type Entry, firstAllowance, tarOctets } from './entries.ts'
import {
  damaged,
  isSafePath,
  MANIFEST,
  MOST_MANIFEST_OCTETS,
  parseManifest,
  type ReleaseFile,
  releaseName,
  type ReleaseManifest,
  requireThisMachine,
  SIGNATURE,
  sizeOf,
} from './manifest.ts'
import { signerOf, type Trust } from './trust.ts'

export interface CheckedRelease {
  readonly manifest: ReleaseManifest
  /** SHA-256 of the manifest, hence of the whole release. */
  readonly digest: string
  /** File name of the key that signed it; null: no key was asked for. */
  readonly signedBy: string | null
}

const MOST_SIGNATURE_OCTETS = 1024
/** Small files take whole blocks of the disk. */
const DISK_BLOCK = 4096
const SYNCED_AT_ONCE = 16

/**
 * Verifies a release (the archive, or the folder that one was unpacked to) and writes nothing. Rejects with a Fault: `release-damaged`,
 * `release-foreign`, `release-unsigned`, `no-release`.
 */
export async function readRelease(path: string, trust: Trust): Promise<CheckedRelease> {
  return walk(path, trust, null)
}

/** Reads no further than its manifest and signature: what it says it is, and who says so. Its files are not looked at. Rejects as `readRelease`. */
export async function peekRelease(path: string, trust: Trust): Promise<Pick<CheckedRelease, 'manifest' | 'signedBy'>> {
  const allowance = firstAllowance()
  const entries = entriesOf(path, allowance)
  try {
    const { manifest, signedBy } = await readHead(entries, path, allowance, trust)
    return { manifest, signedBy }
  } finally {
    await entries.return(undefined)
  }
}

/** Verifies it and writes its files to `folder`, which must not exist. After a Fault nothing is left of it. */
export async function unpackRelease(path: string, folder: string, trust: Trust): Promise<CheckedRelease> {
  const { manifest, digest } = await readRelease(path, trust)
  await requireRoom(dirname(folder), manifest)
  await mkdir(folder)
  try {
    const written = await walk(path, trust, folder)
    if (written.digest !== digest) throw damaged('The release was changed while it was read.')
    await syncFiles(folder, [
      ...readdirSync(folder).filter((name) => name === MANIFEST || name === SIGNATURE),
      ...Object.keys(manifest.files),
    ])
    return written
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}

/** Octets on disk of an unpacked release. */
export function diskNeed(manifest: ReleaseManifest): number {
  return sizeOf(manifest) + DISK_BLOCK * Object.keys(manifest.files).length
}

async function requireRoom(folder: string, manifest: ReleaseManifest): Promise<void> {
  const { bavail, bsize } = await statfs(folder)
  const [needed, free] = [diskNeed(manifest), bavail * bsize]
  if (free >= needed) return
  throw new Fault(
    'disk-full',
    `The release needs ${roomNeeded(needed)} in ${folder}, and ${roomLeft(free)} are free. Nothing was installed.`,
    {
      blame: 'owner',
      mend: 'Make room there, or install it elsewhere with --to.',
    },
  )
}

/** The one reading: `target` null writes nothing. */
async function walk(path: string, trust: Trust, target: string | null): Promise<CheckedRelease> {
  const allowance = firstAllowance()
  const entries = entriesOf(path, allowance)
  try {
    const { octets, manifest, signature, signedBy, second } = await readHead(entries, path, allowance, trust)
    if (target !== null) await writeWhole(target, MANIFEST, octets)
    // So that the installed version is the release still, also to a key that is placed later.
    if (target !== null && signature !== null) await writeWhole(target, SIGNATURE, signature)
    const files = new Map(Object.entries(manifest.files))
    if (second !== undefined && signature === null) await takeFile(second, files, manifest, target)
    for await (const entry of entries) await takeFile(entry, files, manifest, target)
    const [missing] = files.keys()
    if (missing !== undefined) throw damaged(`The release is not whole: ${missing} is missing${files.size > 1 ? ', and more' : ''}.`)
    return { manifest, digest: createHash('sha256').update(octets).digest('hex'), signedBy }
  } finally {
    await entries.return(undefined)
  }
}

/** What comes before the files. `second`: the first of them, where there is no signature. */
async function readHead(entries: AsyncGenerator<Entry>, path: string, allowance: Allowance, trust: Trust) {
  const first = await nextOf(entries)
  if (first?.path !== MANIFEST) throw damaged(`${path} is no release of hms: it does not begin with a manifest.`)
  const octets = await wholeOf(first, MOST_MANIFEST_OCTETS)
  const manifest = parseManifest(octets)
  requireThisMachine(manifest)
  allowance.octets += tarOctets(Object.values(manifest.files).map(({ size }) => size))
  const second = await nextOf(entries)
  for (const entry of [first, ...(second === undefined ? [] : [second])]) requireTop(entry, manifest)
  const signature = second?.path === SIGNATURE ? await wholeOf(second, MOST_SIGNATURE_OCTETS) : null
  const signedBy = signerOf(octets, signature?.toString('latin1') ?? null, trust)
  return { octets, manifest, signature, signedBy, second }
}

async function nextOf(entries: AsyncGenerator<Entry>): Promise<Entry | undefined> {
  const { value, done } = await entries.next()
  return done === true ? undefined : value
}

function requireTop({ top }: Entry, manifest: ReleaseManifest): void {
  if (top !== null && top !== releaseName(manifest)) throw damaged(`The release holds the folder ${JSON.stringify(top.slice(0, 300))}.`)
}

async function wholeOf(entry: Entry, most: number): Promise<Buffer> {
  if (entry.size > most) throw damaged(`${entry.path} of the release has ${entry.size} octets.`)
  const chunks: Buffer[] = []
  for await (const chunk of entry.content) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** Checks an entry against the manifest, and takes it off the list of what is still to come. */
async function takeFile(entry: Entry, files: Map<string, ReleaseFile>, manifest: ReleaseManifest, target: string | null): Promise<void> {
  requireTop(entry, manifest)
  const { path } = entry
  const file = files.get(path)
  // The name is safe where the manifest has it: `parseManifest` saw to that.
  if (file === undefined)
    throw damaged(`The release holds ${JSON.stringify(path.slice(0, 300))}, which its manifest ${unlisted(path, manifest)}.`)
  files.delete(path)
  if (entry.size !== file.size || entry.executable !== (file.mode === '755'))
    throw damaged(`${path} of the release is not what the manifest says.`)
  const handle = target === null ? null : await openNew(join(target, path))
  try {
    const hash = createHash('sha256')
    for await (const chunk of entry.content) {
      hash.update(chunk)
      await handle?.write(chunk)
    }
    if (hash.digest('hex') !== file.sha256) throw damaged(`${path} of the release was changed: its SHA-256 is not that of the manifest.`)
    await handle?.chmod(file.mode === '755' ? 0o755 : 0o644)
  } finally {
    await handle?.close()
  }
}

function unlisted(path: string, { files }: ReleaseManifest): string {
  if (!isSafePath(path)) return 'does not list and which no release may hold'
  return Object.hasOwn(files, path) ? 'lists once' : 'does not list'
}

/** Everyone may read the program, whatever the umask is: the server runs as a user of its own. */
async function openNew(path: string): Promise<FileHandle> {
  const first = await mkdir(dirname(path), { recursive: true })
  if (first !== undefined)
    for (let folder = dirname(path); folder.length >= first.length; folder = dirname(folder)) await chmod(folder, 0o755)
  return open(path, 'wx', 0o644)
}

async function writeWhole(folder: string, name: string, octets: Buffer): Promise<void> {
  await using handle = await open(join(folder, name), 'wx', 0o644)
  await handle.writeFile(octets)
  await handle.chmod(0o644)
}

/** All of it is on disk before anything names it. */
export async function syncFiles(folder: string, paths: readonly string[]): Promise<void> {
  const folders = new Set(paths.flatMap((path) => parentsOf(path)))
  const all = [...paths, ...folders].map((path) => join(folder, path))
  for (let at = 0; at < all.length; at += SYNCED_AT_ONCE) await Promise.all(all.slice(at, at + SYNCED_AT_ONCE).map(syncPath))
}

function parentsOf(path: string): string[] {
  const folder = dirname(path)
  return folder === '.' ? ['.'] : [folder, ...parentsOf(folder)]
}

async function syncPath(path: string): Promise<void> {
  await using handle = await open(path, 'r')
  await handle.sync()
}
