// manifest.json of a release: what it is, what it can read, and every file with its digest. Whoever reads one trusts nothing in it
// before `parseManifest` has looked at it: names, numbers and sizes are bounded here, once.
import { arch, platform } from 'node:os'
import { Fault, messageOf } from '../../base/fault.ts'
import { isVersion } from './version.ts'

export const MANIFEST = 'manifest.json'
export const SIGNATURE = 'manifest.sig'
export const ARCHES = ['x64', 'arm64'] as const
export type Arch = (typeof ARCHES)[number]

/** Formats of a store that a program can open or convert, and the one that it writes. */
export interface FormatRange {
  readonly reads: readonly number[]
  readonly writes: number
}

/** What a program runs of plug-ins: versions of the interface, and hooks. */
export interface PluginRange {
  readonly apis: readonly number[]
  readonly hooks: readonly string[]
}

export interface ReleaseFile {
  /** In hex. */
  readonly sha256: string
  readonly size: number
  readonly mode: '644' | '755'
}

export interface ReleaseManifest {
  readonly product: 'hms'
  readonly version: string
  readonly platform: 'linux'
  readonly arch: Arch
  /** By store: `settings`, `shard`, `events`, `desk`, `journal`. */
  readonly formats: Readonly<Record<string, FormatRange>>
  readonly pluginApi: number
  /** Left out by releases that run none. */
  readonly plugins?: PluginRange
  /** The oldest version whose home it takes over. */
  readonly upgradesFrom: string
  /** Of Node, `v24.21.0`. */
  readonly runtime: string
  /** SHA-256 of each file that a new home's config/ starts with, by name. */
  readonly defaults: Readonly<Record<string, string>>
  /** Every file but the manifest and its signature, by path below the release's folder. */
  readonly files: Readonly<Record<string, ReleaseFile>>
}

/** Bounds of what is believed before it was verified. */
export const MOST_MANIFEST_OCTETS = 8 * 1024 * 1024
const MOST_FILES = 50_000
const MOST_PATH = 240
/** Of all files together, so that no release fills a disk. */
const MOST_OCTETS = 2 * 1024 ** 3
const SEGMENT = /^[\w@+][\w@+.-]*$|^\.[\w@+][\w@+.-]*$/
const SHA256 = /^[0-9a-f]{64}$/

export function damaged(what: string, cause?: unknown): Fault {
  return new Fault('release-damaged', `${what} Nothing was installed.`, {
    blame: 'caller',
    mend: 'Fetch the release again and compare its checksum with the one that was published.',
    ...(cause === undefined ? {} : { cause }),
  })
}

/** Relative, canonical, below the folder that it is taken into, and free of what a shell or a terminal would take for more. */
export function isSafePath(path: string): boolean {
  return path.length <= MOST_PATH && path.split('/').every((segment) => SEGMENT.test(segment))
}

/** Throws a Fault where the octets are no manifest of ours. */
export function parseManifest(octets: Buffer): ReleaseManifest {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(octets))
  } catch (error) {
    throw damaged(`The manifest of the release cannot be read: ${messageOf(error)}.`, error)
  }
  const problem = problemOf(value)
  if (problem !== null) throw damaged(`The manifest of the release ${problem}.`)
  return value as ReleaseManifest
}

type Loose = Readonly<Record<string, unknown>>
const isMap = (value: unknown): value is Loose => typeof value === 'object' && value !== null && !Array.isArray(value)
const isCount = (value: unknown, most: number): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) <= most

function problemOf(value: unknown): string | null {
  if (!isMap(value) || value['product'] !== 'hms') return 'is not one of hms'
  const text = (name: string): string => (typeof value[name] === 'string' ? value[name] : '')
  if (!isVersion(text('version')) || !isVersion(text('upgradesFrom'))) return 'names no version'
  if (value['platform'] !== 'linux' || !(ARCHES as readonly string[]).includes(text('arch'))) return 'names no platform of ours'
  if (!/^v\d{1,3}\.\d{1,5}\.\d{1,5}$/.test(text('runtime'))) return 'names no runtime'
  if (!isCount(value['pluginApi'], 1e6)) return 'names no plug-in API'
  if (value['plugins'] !== undefined && !isPluginRange(value['plugins'])) return 'names plug-ins that are none'
  if (!isMap(value['formats']) || !Object.values(value['formats']).every(isFormatRange)) return 'names formats that are none'
  const { defaults } = value
  if (!isMap(defaults) || !Object.values(defaults).every((digest) => typeof digest === 'string' && SHA256.test(digest))) {
    return 'names defaults that are none'
  }
  return isMap(value['files']) ? problemOfFiles(value['files']) : 'lists no files'
}

function isFormatRange(value: unknown): boolean {
  if (!isMap(value) || !Array.isArray(value['reads'])) return false
  return isCount(value['writes'], 1e6) && value['reads'].every((format) => isCount(format, 1e6)) && value['reads'].length <= 1000
}

function isPluginRange(value: unknown): value is PluginRange {
  if (!isMap(value)) return false
  const { apis, hooks } = value
  if (!Array.isArray(apis) || !Array.isArray(hooks) || apis.length > 100 || hooks.length > 1000) return false
  return apis.every((api) => isCount(api, 1e6)) && hooks.every((hook) => typeof hook === 'string' && hook.length <= 100)
}

function problemOfFiles(files: Loose): string | null {
  const entries = Object.entries(files)
  if (entries.length === 0 || entries.length > MOST_FILES) return `lists ${entries.length} files`
  let octets = 0
  for (const [path, file] of entries) {
    if (!isSafePath(path) || path === MANIFEST || path === SIGNATURE)
      return `lists a file of the name ${JSON.stringify(path.slice(0, 300))}`
    if (!isReleaseFile(file)) return `says nothing usable of ${path}`
    octets += file.size
    // A file cannot be a folder as well.
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
      if (Object.hasOwn(files, path.slice(0, at))) return `lists ${path.slice(0, at)} as a file and as a folder`
    }
  }
  return octets > MOST_OCTETS ? `lists ${octets} octets` : null
}

function isReleaseFile(file: unknown): file is ReleaseFile {
  if (!isMap(file) || typeof file['sha256'] !== 'string' || !SHA256.test(file['sha256'])) return false
  return isCount(file['size'], MOST_OCTETS) && (file['mode'] === '644' || file['mode'] === '755')
}

/** The folder inside the archive, and the name of the file before `.tar.gz`. */
export function releaseName({ version, platform: system, arch: machine }: Pick<ReleaseManifest, 'version' | 'platform' | 'arch'>): string {
  return `hms-${version}-${system}-${machine}`
}

/** Octets of all files. */
export function sizeOf({ files }: ReleaseManifest): number {
  return Object.values(files).reduce((sum, { size }) => sum + size, 0)
}

/** Refuses, in a sentence, a release that this machine cannot run. */
export function requireThisMachine(manifest: ReleaseManifest): void {
  if (platform() === manifest.platform && arch() === manifest.arch) return
  throw new Fault(
    'release-foreign',
    `This release is for ${manifest.platform} on ${manifest.arch}, and this machine is ${platform()} on ${arch()}. Nothing was installed.`,
    { blame: 'caller', mend: `Fetch hms-${manifest.version}-${platform()}-${arch()}.tar.gz.` },
  )
}
