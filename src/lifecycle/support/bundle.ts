// A support bundle: what is needed to understand an installation, in one archive, with everything that is secret or personal
// replaced. Each part is gathered by itself; one that fails says so in its place, as a bundle is wanted most when something is broken.
import { createWriteStream, existsSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { basename } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { pack } from 'tar-stream'
import { Fault, messageOf } from '../../base/fault.ts'
import type { Scrubber } from './scrubber.ts'

export interface Part {
  /** Name in the archive. */
  readonly name: string
  /** What is in it, for the list that is shown before anything is written. */
  readonly what: string
  /** A text of lines, or anything that JSON has, as it is at home; what was scrubbed already; undefined where there is nothing to tell. */
  readonly gather: () => unknown
}

/** A text that the part took care of itself: scrubbed once more, its placeholders would become others. */
export class Scrubbed {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

export interface Entry {
  readonly name: string
  readonly what: string
  /** Why it could not be gathered; its content says so as well. */
  readonly failed: string | null
  readonly content: Buffer
}

export async function gather(parts: readonly Part[], scrubber: Scrubber): Promise<Entry[]> {
  const entries: Entry[] = []
  for (const { name, what, gather: read } of parts) {
    const { found, failed } = await attempt(read)
    if (found === undefined && failed === null) continue
    const content = Buffer.from(textOf(failed === null ? found : { failed }, scrubber))
    entries.push({ name, what, failed, content })
  }
  return [readme(entries), ...entries]
}

async function attempt(read: Part['gather']): Promise<{ readonly found: unknown; readonly failed: string | null }> {
  try {
    return { found: await read(), failed: null }
  } catch (error) {
    return { found: undefined, failed: messageOf(error) }
  }
}

function textOf(found: unknown, scrubber: Scrubber): string {
  if (found instanceof Scrubbed) return found.text
  return typeof found === 'string' ? scrubber.lines(found) : `${JSON.stringify(scrubber.value(found), null, 2)}\n`
}

function readme(entries: readonly Entry[]): Entry {
  const what = 'what is in this bundle'
  const text = [
    'A support bundle of Hurricane MTA Server.',
    '',
    'Passwords, keys and tokens were taken out. Mail addresses, domains, IP addresses, logins, names and ids that callers gave were',
    'replaced by placeholders, which are the same for the same thing all over this bundle and mean nothing outside of it.',
    'Large mail providers and loopback addresses are as they were. No text of any message is in here.',
    '',
    ...entries.map((entry) => `${entry.name}: ${entry.what}`),
    '',
  ]
  return { name: 'README.txt', what, failed: null, content: Buffer.from(text.join('\n')) }
}

/** A new file for its owner alone; one that is there is never overwritten, and after an error none is left. */
export async function writeBundle(file: string, entries: readonly Entry[], at: Date): Promise<void> {
  const folder = basename(file).replace(/\.tar\.gz$/, '')
  const tar = pack()
  for (const { name, content } of entries) tar.entry({ name: `${folder}/${name}`, mode: 0o600, mtime: at }, content)
  tar.finalize()
  // It gets its name when it is whole.
  const beside = `${file}.${process.pid}.new`
  try {
    await pipeline(tar, createGzip(), createWriteStream(beside, { flags: 'wx', mode: 0o600, flush: true }))
    if (existsSync(file)) throw Object.assign(new Error('it is there'), { code: 'EEXIST' })
    await rename(beside, file)
  } catch (error) {
    const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST'
    await rm(beside, { force: true })
    const what = exists ? `${file} is there already` : `The bundle cannot be written to ${file}: ${messageOf(error)}`
    throw new Fault('bundle-unwritable', `${what}.`, { blame: 'caller', mend: 'Name another file with --to.', cause: error })
  }
}
