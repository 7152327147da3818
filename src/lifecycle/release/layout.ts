// Where a release is installed: ROOT/versions/VERSION/, one folder each, and ROOT/current, a link to one of them. A version is there
// whole or not at all, and `current` names one at any moment, whatever ends the process.
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { chmod, mkdir, readlink, rename, rm, symlink } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join } from 'node:path'
import { Fault, isMissing, messageOf } from '../../base/fault.ts'
import { syncFolder } from '../../base/sync-folder.ts'
import type { CheckedRelease } from './archive.ts'
import { MANIFEST, parseManifest, type ReleaseManifest } from './manifest.ts'
import type { Trust } from './trust.ts'
import { compareVersions, isVersion } from './version.ts'

export const DEFAULT_ROOT = '/opt/hms'
export const VERSIONS = 'versions'
export const CURRENT = 'current'
/** ROOT/home: a path. */
export const HOME_NOTE = 'home'
const UNFINISHED = /^\.(?:unpacking|removing)-(\d+)(?:-|$)/

export interface Layout {
  readonly root: string
  /** Of the program that asks. */
  readonly version: string
  /** All that are installed, oldest first. */
  readonly versions: readonly string[]
}

export interface Installed extends CheckedRelease {
  /** ROOT/versions/VERSION. */
  readonly folder: string
  /** The same release was there before. */
  readonly already: boolean
}

export const versionFolder = (root: string, version: string): string => join(root, VERSIONS, version)

/** Where this program is installed; null for a checkout. `programRoot`: the folder with package.json. */
export function layoutOf(programRoot: string): Layout | null {
  const versions = dirname(programRoot)
  const version = basename(programRoot)
  if (basename(versions) !== VERSIONS || !isVersion(version) || !existsSync(join(programRoot, MANIFEST))) return null
  const root = dirname(versions)
  return { root, version, versions: versionsIn(root) }
}

/** Throws a Fault where the program is a checkout. */
export function requireInstalled(programRoot: string): Layout {
  const layout = layoutOf(programRoot)
  if (layout !== null) return layout
  throw new Fault('not-installed', `This program (${programRoot}) runs from a checkout, not from an installation.`, {
    blame: 'caller',
    mend: "Put a release in place with 'hms install FILE --to DIR', and use DIR/current/hms.",
  })
}

/** The home that commands are about where none is named: `install` writes it where it is not the usual one. */
export function homeOf({ root }: Layout): string | null {
  try {
    const home = readFileSync(join(root, HOME_NOTE), 'utf8').trim()
    return isAbsolute(home) ? home : null
  } catch {
    return null
  }
}

/** Installed versions, oldest first. */
export function versionsIn(root: string): string[] {
  try {
    const names = readdirSync(join(root, VERSIONS))
    return names.filter((name) => isVersion(name) && existsSync(join(versionFolder(root, name), MANIFEST))).sort(compareVersions)
  } catch (error) {
    if (isMissing(error)) return []
    throw unusable(root, error)
  }
}

/** The manifest of an installed version. Its files are not read: they were verified when it was installed. */
export function manifestOf(root: string, version: string): ReleaseManifest {
  if (!isVersion(version) || !versionsIn(root).includes(version)) {
    throw new Fault('no-version', `Version ${version} is not installed in ${root}.`, {
      blame: 'caller',
      mend: `Installed: ${versionsIn(root).join(', ') || 'none'}.`,
    })
  }
  return parseManifest(readFileSync(join(versionFolder(root, version), MANIFEST)))
}

/** The version that `current` leads to; null where there is none. */
export async function currentVersion(root: string): Promise<string | null> {
  try {
    const name = basename(await readlink(join(root, CURRENT)))
    return isVersion(name) ? name : null
  } catch (error) {
    if (isMissing(error)) return null
    throw unusable(root, error)
  }
}

/** Verifies a release and puts it beside the versions that are installed; `current` stays as it is. */
export async function installRelease(path: string, root: string, trust: Trust): Promise<Installed> {
  // What reads archives is loaded only here: every command asks where it is installed.
  const { readRelease, unpackRelease } = await import('./archive.ts')
  const checked = await readRelease(path, trust)
  const { version } = checked.manifest
  const folder = versionFolder(root, version)
  if (existsSync(folder)) return alreadyThere(folder, checked)
  const building = join(root, VERSIONS, `.unpacking-${process.pid}-${randomBytes(4).toString('hex')}`)
  try {
    await makeFolders(root)
    await removeUnfinished(root)
    const unpacked = await unpackRelease(path, building, trust)
    await chmod(building, 0o755)
    await rename(building, folder)
    await syncFolder(dirname(folder))
    return { ...unpacked, folder, already: false }
  } catch (error) {
    await rm(building, { recursive: true, force: true }).catch(() => {})
    // Another install of the same was quicker.
    if (existsSync(folder)) return alreadyThere(folder, checked)
    throw error instanceof Fault ? error : unusable(root, error)
  }
}

function alreadyThere(folder: string, checked: CheckedRelease): Installed {
  const there = createHash('sha256')
    .update(readFileSync(join(folder, MANIFEST)))
    .digest('hex')
  if (there === checked.digest) return { ...checked, folder, already: true }
  throw new Fault(
    'version-taken',
    `Another build of version ${checked.manifest.version} is installed in ${folder}. Nothing was installed.`,
    {
      blame: 'caller',
      mend: 'A release never changes; take one with another number.',
    },
  )
}

async function makeFolders(root: string): Promise<void> {
  for (const folder of [root, join(root, VERSIONS)]) {
    if ((await mkdir(folder, { recursive: true })) !== undefined) await chmod(folder, 0o755)
  }
}

/** What an install or a removal left that was killed. */
async function removeUnfinished(root: string): Promise<void> {
  for (const name of readdirSync(join(root, VERSIONS))) {
    const pid = Number(UNFINISHED.exec(name)?.[1])
    if (pid > 0 && pid !== process.pid && !existsSync(`/proc/${pid}`))
      await rm(join(root, VERSIONS, name), { recursive: true, force: true })
  }
}

/** Takes one version away. Throws a Fault where it is current or runs. */
export async function removeVersion(root: string, version: string): Promise<void> {
  manifestOf(root, version)
  const running = processesOf(versionFolder(root, version))
  if ((await currentVersion(root)) === version) {
    throw new Fault('version-in-use', `Version ${version} is current; nothing was removed.`, {
      blame: 'caller',
      mend: "Change to another version first; 'hms uninstall' removes all of them.",
    })
  }
  if (running.length > 0) {
    throw new Fault('version-in-use', `Version ${version} runs (${processesNamed(running)}); nothing was removed.`, {
      blame: 'caller',
      mend: 'After a change of version without systemd the program from before stays until the server is stopped: stop it first.',
    })
  }
  try {
    // A name that is no version, so that what a kill leaves of it is none either.
    const going = join(root, VERSIONS, `.removing-${process.pid}`)
    await rename(versionFolder(root, version), going)
    await rm(going, { recursive: true })
  } catch (error) {
    throw unusable(root, error)
  }
}

/** Processes that run a program below the folder, but this one. */
export function processesOf(folder: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((name) => isBelow(`/proc/${name}/exe`, folder))
    .map(Number)
}

/** `process 12`, `processes 12, 13`. */
export function processesNamed(pids: readonly number[]): string {
  return `process${pids.length === 1 ? '' : 'es'} ${pids.join(', ')}`
}

/** In a container the same path is another file. */
function isBelow(program: string, folder: string): boolean {
  try {
    const path = readlinkSync(program)
    if (!path.startsWith(`${folder}/`)) return false
    const [its, ours] = [statSync(program), statSync(path)]
    return its.dev === ours.dev && its.ino === ours.ino
  } catch {
    return false
  }
}

/** Lets `current` lead to an installed version: the next start runs that one. */
export async function switchTo(root: string, version: string): Promise<void> {
  manifestOf(root, version)
  const link = join(root, `.${CURRENT}-${process.pid}`)
  try {
    await rm(link, { force: true })
    await symlink(join(VERSIONS, version), link)
    await rename(link, join(root, CURRENT))
    await syncFolder(root)
  } catch (error) {
    throw unusable(root, error)
  }
}

function unusable(root: string, cause: unknown): Fault {
  return new Fault('root-unusable', `The folder ${root} of the program cannot be used: ${messageOf(cause)}.`, {
    blame: 'owner',
    cause,
    mend: 'Run it as the user that owns the folder (root for /opt/hms), or name another with --to.',
  })
}
