// Another release asked to try the plug-ins of a home: its own `hms plugin check`, run out of the folder of the release, or out of a copy that is
// unpacked for it and removed. It runs as the user that owns the home, as the release itself will.
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { accessSync, constants, existsSync, rmSync, statSync } from 'node:fs'
import { chmod, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { unpackRelease } from '../release/archive.ts'
import { VERSIONS } from '../release/layout.ts'
import type { Trust } from '../release/trust.ts'
import type { TriedPlugin } from './try-all.ts'

const WITHIN = 120_000
const MOST_ANSWERED = 1024 * 1024

export interface ReleaseAsked {
  /** The archive, or the folder that it was unpacked to. It was verified. */
  readonly path: string
  readonly trust: Trust
  /** Where versions are installed. */
  readonly root: string
}

/** What it says of each; a sentence where it says nothing. */
export async function triedByRelease(home: string, { path, trust, root }: ReleaseAsked): Promise<readonly TriedPlugin[] | string> {
  if (statSync(path).isDirectory()) return ask(path, home)
  const { folder, within } = await placeFor(root)
  try {
    await unpackRelease(path, folder, trust)
    await chmod(folder, 0o755)
    return await ask(folder, home)
  } finally {
    rmSync(within ?? folder, { recursive: true, force: true })
  }
}

/** Beside the versions, where programs may be run; where this user may not write there, in the folder for temporary files. An install removes what a kill leaves. */
async function placeFor(root: string): Promise<{ readonly folder: string; readonly within: string | null }> {
  const versions = join(root, VERSIONS)
  if (existsSync(versions) && isWritable(versions))
    return { folder: join(versions, `.unpacking-${process.pid}-${randomBytes(4).toString('hex')}`), within: null }
  const within = await mkdtemp(join(tmpdir(), 'hms-release-'))
  await chmod(within, 0o755)
  return { folder: join(within, 'release'), within }
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK)
    return true
  } catch {
    return false
  }
}

async function ask(folder: string, home: string): Promise<readonly TriedPlugin[] | string> {
  const owner = process.getuid?.() === 0 ? statSync(home) : null
  const child = spawn(join(folder, 'hms'), ['plugin', 'check', '--json', '--home', home], {
    cwd: '/',
    stdio: ['ignore', 'pipe', 'ignore'],
    ...(owner !== null && { uid: owner.uid, gid: owner.gid }),
  })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (more: string) => (text = (text + more).slice(0, MOST_ANSWERED)))
  const late = setTimeout(() => child.kill('SIGKILL'), WITHIN)
  const ended = Promise.withResolvers<string | null>()
  child.once('error', (error) => ended.resolve(`it cannot be started: ${error.message}`))
  child.once('close', (_code, signal) => ended.resolve(signal === null ? null : `it was ended by ${signal}`))
  const trouble = await ended.promise
  clearTimeout(late)
  return trouble ?? triedIn(text) ?? 'it does not tell how they do'
}

function triedIn(text: string): readonly TriedPlugin[] | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  return Array.isArray(value) && value.every(isTried) ? value : null
}

function isTried(value: unknown): value is TriedPlugin {
  if (typeof value !== 'object' || value === null || !('name' in value) || !('problem' in value)) return false
  return typeof value.name === 'string' && (value.problem === null || typeof value.problem === 'string')
}
