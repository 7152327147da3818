// A plug-in's package, unpacked: out of a .tgz as `npm pack` makes it, with one folder around it or none. Nothing of it is believed: names lead
// nowhere else, links are left out or refused, and how much and how many it unfolds to is bounded.
import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { Fault, messageOf } from '../../base/fault.ts'
import { isCanonical } from '../backup/manifest.ts'
import { membersOf, type TarMember, type TarTrouble } from '../tar-members.ts'

/** Of a plug-in with all packages that it needs. */
export const MOST_UNPACKED = 128 * 1024 * 1024
export const MOST_PACKED = 16 * 1024 * 1024
export const MOST_FILES = 20_000
const MOST_PATH = 400
const LONGEST_PART = 200
const MOST_MANIFEST = 256 * 1024
/** Headers and padding. */
const TAR_SLACK = 2048

export function unusable(what: string, mend = 'Mend the package, and add it again. Nothing was changed.'): Fault {
  return new Fault('plugin-unusable', what, { blame: 'caller', mend })
}

/** Into `folder`, which is made. Gives the files, as paths within it. */
export async function unpackPlugin(archive: Uint8Array, folder: string): Promise<readonly string[]> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const allowance = { octets: MOST_UNPACKED + MOST_FILES * TAR_SLACK }
  const unpacking = new Unpacking(folder)
  for await (const member of membersOf(Readable.from([archive]), allowance, faultOf)) await unpacking.take(member)
  const { files } = unpacking
  if (!files.includes('package.json')) throw unusable('The package holds no package.json, alone or in its one folder.')
  return files
}

class Unpacking {
  readonly files: string[] = []
  readonly #folder: string
  /** The folder around it, as the first member has it; null: there is none. */
  #top: string | null | undefined
  #octets = 0

  constructor(folder: string) {
    this.#folder = folder
  }

  async take({ name, type, size, executable, content }: TarMember): Promise<void> {
    if (type === 'directory' || type === 'pax-global-header') return
    const path = this.#pathOf(name)
    if (type === 'symlink' && /(?:^|\/)node_modules\/\.bin\//.test(path)) return
    if (type !== 'file') throw unusable(`The package holds ${shown(name)}, which is no file but ${kindOf(type)}.`)
    if (this.files.length >= MOST_FILES) throw unusable(`The package holds more than ${MOST_FILES} files.`)
    this.#octets += size
    if (this.#octets > MOST_UNPACKED) throw tooLarge()
    if (path === 'package.json' && size > MOST_MANIFEST) throw unusable(`The package.json of the package has ${size} octets.`)
    await this.#write(path, executable, content)
    this.files.push(path)
  }

  /** `npm pack` calls its folder `package`; others call it otherwise. */
  #pathOf(name: string): string {
    const path = name.replace(/^\.\//, '')
    const isSafe = isCanonical(path) && path.length <= MOST_PATH && path.split('/').every((part) => part.length <= LONGEST_PART)
    if (!isSafe) throw unusable(`The package holds the name ${shown(name)}, which leads elsewhere or is none that a file may have.`)
    const slash = path.indexOf('/')
    const top = slash < 0 ? null : path.slice(0, slash)
    if (this.#top === undefined) this.#top = top
    // A file beside it says that the first folder is one of the package's own.
    if (this.#top === null) return path
    if (top === this.#top) return path.slice(slash + 1)
    throw unusable(
      `The package holds ${shown(name)} beside the folder ${shown(this.#top)}.`,
      'Pack the folder of the plug-in alone, as npm pack does.',
    )
  }

  async #write(path: string, executable: boolean, content: AsyncIterable<Buffer>): Promise<void> {
    const file = join(this.#folder, path)
    try {
      await mkdir(dirname(file), { recursive: true, mode: 0o700 })
      await using handle: FileHandle = await open(file, 'wx', executable ? 0o700 : 0o600)
      for await (const chunk of content) await handle.write(chunk)
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : null
      if (code === 'EEXIST' || code === 'ENOTDIR' || code === 'EISDIR') throw unusable(`The package holds ${shown(path)} twice.`)
      throw error
    }
  }
}

const shown = (name: string): string => JSON.stringify(name.slice(0, 300))

function kindOf(type: string): string {
  return type === 'symlink' || type === 'link' ? 'a link' : 'something else'
}

function tooLarge(): Fault {
  return unusable(`The package unfolds to more than ${MOST_UNPACKED / 1024 / 1024} MiB.`)
}

function faultOf(trouble: TarTrouble): Fault {
  if (trouble.kind === 'long') return tooLarge()
  if (trouble.kind === 'sizeless') return unusable(`The package holds ${shown(trouble.name)} of no size.`)
  return unusable(`The package is no .tgz that can be read: ${messageOf(trouble.cause).replace(/\.$/, '')}.`)
}
