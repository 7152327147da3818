// What is in a release, one file after another: out of hms-VERSION-linux-ARCH.tar.gz, or out of the folder that it was unpacked to.
// Nothing is believed here and nothing is kept; what an archive may make of memory and time is bounded before its content is known.
import { createReadStream } from 'node:fs'
import { lstat, readdir, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { Fault, isMissing, messageOf } from '../../base/fault.ts'
import { type Allowance, membersOf, type TarTrouble } from '../tar-members.ts'
import { damaged, MANIFEST, MOST_MANIFEST_OCTETS, SIGNATURE } from './manifest.ts'

export interface Entry {
  /** Below the release's folder. */
  readonly path: string
  /** The release's folder itself, as the archive names it; null for one that was unpacked. */
  readonly top: string | null
  readonly executable: boolean
  readonly size: number
  /** Must be read to its end before the next entry is asked for. */
  readonly content: AsyncIterable<Buffer>
}

const TAR_BLOCK = 512
/** Headers and padding of the first two files, and the end of the archive (GNU tar fills up 10 KiB). */
const TAR_SLACK = 64 * 1024
const FIRST_ALLOWANCE = MOST_MANIFEST_OCTETS + TAR_SLACK

/** What the files of these sizes take in a tar, at most. */
export function tarOctets(sizes: readonly number[]): number {
  return sizes.reduce((sum, size) => sum + TAR_BLOCK + Math.ceil(size / TAR_BLOCK) * TAR_BLOCK, TAR_SLACK)
}

export function firstAllowance(): Allowance {
  return { octets: FIRST_ALLOWANCE }
}

/** The files of a release, manifest first. */
export async function* entriesOf(path: string, allowance: Allowance): AsyncGenerator<Entry> {
  const found = await stat(path).catch((error: unknown) => {
    throw noRelease(isMissing(error) ? `There is no release at ${path}.` : `${path} cannot be read: ${messageOf(error)}.`, error)
  })
  if (!found.isDirectory() && !found.isFile()) throw noRelease(`${path} is neither a file nor a folder.`)
  yield* found.isDirectory() ? entriesOfFolder(path) : entriesOfArchive(path, allowance)
}

function noRelease(message: string, cause?: unknown): Fault {
  const mend = 'Name the hms-VERSION-linux-ARCH.tar.gz, or the folder that it was unpacked to.'
  return new Fault('no-release', message, { blame: 'caller', cause, mend })
}

async function* entriesOfArchive(file: string, allowance: Allowance): AsyncGenerator<Entry> {
  const trouble = (problem: TarTrouble): Fault => {
    if (problem.kind === 'broken')
      return damaged(`The release ${file} cannot be read: ${messageOf(problem.cause).replace(/\.$/, '')}.`, problem.cause)
    return damaged(
      problem.kind === 'long' ? 'The release unfolds to more than it says.' : `The release holds ${shown(problem.name)} of no size.`,
    )
  }
  for await (const { name, type, executable, size, content } of membersOf(createReadStream(file), allowance, trouble)) {
    if (type !== 'file') throw damaged(`The release holds ${shown(name)}, which is no file but ${what(type)}.`)
    const slash = name.indexOf('/')
    yield { path: name.slice(slash + 1), top: name.slice(0, Math.max(slash, 0)), executable, size, content }
  }
}

const shown = (name: string): string => JSON.stringify(name.slice(0, 300))

function what(type: string | null | undefined): string {
  if (type === 'symlink' || type === 'link') return 'a link'
  return type === 'directory' ? 'a folder' : 'something else'
}

async function* entriesOfFolder(folder: string): AsyncGenerator<Entry> {
  yield await entryOf(folder, MANIFEST)
  const all = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = all.filter((entry) => !entry.isDirectory()).map((entry) => relative(folder, join(entry.parentPath, entry.name)))
  const order = (path: string): string => (path === SIGNATURE ? '' : path)
  for (const path of paths.filter((one) => one !== MANIFEST).sort((a, b) => (order(a) < order(b) ? -1 : 1))) {
    yield await entryOf(folder, path)
  }
}

async function entryOf(folder: string, path: string): Promise<Entry> {
  const file = join(folder, path)
  const found = await lstat(file).catch((error: unknown) => {
    const why = isMissing(error) ? `it has no ${path}` : messageOf(error)
    throw noRelease(`${folder} is no release of hms: ${why}.`, error)
  })
  if (!found.isFile()) throw damaged(`The release holds ${JSON.stringify(path)}, which is no file.`)
  return { path, top: null, executable: (found.mode & 0o100) !== 0, size: found.size, content: read(folder, createReadStream(file)) }
}

/** What breaks off in the middle of a file is told in the words of a release. */
async function* read(folder: string, content: AsyncIterable<unknown>): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of content) yield chunk as Buffer
  } catch (error) {
    throw damaged(`The release ${folder} cannot be read: ${messageOf(error).replace(/\.$/, '')}.`, error)
  }
}
