// Releases to upgrade to and to hand over to: the program as it is built now, under a version of its own, changed as a test wants it.
// They run on the runtime and the packages of the checkout, or on copies of these, where another user has to find them.
import { createHash, type KeyObject, sign } from 'node:crypto'
import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { FORMATS } from '../src/contract/formats.ts'
import { PLUGIN_API, PLUGIN_HOOKS } from '../src/contract/plugins.ts'
import { manifestFor, OF_THIS_MACHINE, writeArchive } from './release-archive.ts'

const ROOT = join(import.meta.dirname, '..')

export interface OtherRelease {
  /** As it would be unpacked. */
  readonly folder: string
  readonly version: string
}

/** A folder for releases, and for a root to install them in, where all of them find the packages. */
export class Releases implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'hms-releases-'))
  readonly root = join(this.#folder, 'root')

  readonly #node: string

  /** `forAll`: every user of the machine may run them, wherever the checkout is. */
  constructor({ forAll = false } = {}) {
    this.#node = forAll ? join(this.#folder, 'node') : process.execPath
    if (forAll) {
      chmodSync(this.#folder, 0o755)
      copyFileSync(process.execPath, this.#node)
      for (const path of packages()) cpSync(join(ROOT, path), join(this.#folder, path), { recursive: true })
    } else symlinkSync(join(ROOT, 'node_modules'), join(this.#folder, 'node_modules'))
  }

  /** The program must be built. `change`: makes it another. */
  make(version: string, change: (folder: string) => void = () => {}, manifest: object = {}): OtherRelease {
    const folder = join(this.#folder, `hms-${version}`)
    mkdirSync(folder)
    cpSync(join(ROOT, 'dist'), join(folder, 'dist'), { recursive: true })
    const run = `exec '${this.#node}' --disable-warning=ExperimentalWarning "$(dirname "$(readlink -f "$0")")/dist/cli/main.js" "$@"\n`
    writeFileSync(join(folder, 'hms'), `#!/bin/sh\n${run}`)
    chmodSync(join(folder, 'hms'), 0o755)
    const about = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as object
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...about, version }))
    change(folder)
    const files = Object.fromEntries(filesBelow(folder))
    writeFileSync(
      join(folder, 'manifest.json'),
      JSON.stringify(
        manifestFor(version, {}, { formats: FORMATS, plugins: { apis: [PLUGIN_API], hooks: PLUGIN_HOOKS }, ...manifest, files }),
      ),
    )
    return { folder, version }
  }

  /** The release as the file that its maker gives away, signed with `key`. */
  async archive({ folder, version }: OtherRelease, key?: KeyObject): Promise<string> {
    const top = `hms-${version}-linux-${OF_THIS_MACHINE}`
    const manifest = readFileSync(join(folder, 'manifest.json'))
    const signature =
      key === undefined ? [] : [{ name: `${top}/manifest.sig`, content: sign(null, manifest, key).toString('base64'), mode: 0o644 }]
    const members = filesBelow(folder).flatMap(([path]) =>
      path === 'manifest.json'
        ? []
        : [{ name: `${top}/${path}`, content: readFileSync(join(folder, path)), mode: statSync(join(folder, path)).mode & 0o777 }],
    )
    const file = join(this.#folder, `${top}.tar.gz`)
    await writeArchive(file, [{ name: `${top}/manifest.json`, content: manifest, mode: 0o644 }, ...signature, ...members])
    return file
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

/** Folders of the packages that a server needs. */
function packages(): string[] {
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, { readonly dev?: true; readonly optional?: true; readonly devOptional?: true }>>
  }
  return Object.entries(lock.packages).flatMap(([path, { dev, optional, devOptional }]) =>
    path === '' || dev || optional || devOptional ? [] : [path],
  )
}

function filesBelow(folder: string): [string, object][] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const path = join(entry.parentPath, entry.name)
      const { size, mode } = statSync(path)
      const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex')
      return [relative(folder, path), { sha256, size, mode: (mode & 0o100) === 0 ? '644' : '755' }]
    })
}
