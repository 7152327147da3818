// Takes a program away: every version, and what `install` placed in the system for it. Homes are not looked at here.
import { existsSync, readFileSync, readlinkSync } from 'node:fs'
import { rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Fault, messageOf } from '../../base/fault.ts'
import { CURRENT, HOME_NOTE, processesNamed, processesOf, VERSIONS, versionsIn } from './layout.ts'

/** Where the system keeps what `install` placed. */
export const SYSTEM_FILES = {
  unit: '/etc/systemd/system/hms.service',
  enabled: '/etc/systemd/system/multi-user.target.wants/hms.service',
  command: '/usr/local/bin/hms',
} as const

/** Removes the versions and what leads to them; returns what was removed. Throws a Fault where one of them runs. */
export async function uninstall(
  root: string,
  files: Readonly<Record<keyof typeof SYSTEM_FILES, string>> = SYSTEM_FILES,
): Promise<string[]> {
  if (versionsIn(root).length === 0) {
    throw new Fault('no-version', `No version is installed in ${root}; nothing was removed.`, {
      blame: 'caller',
      mend: 'Name the folder with --from.',
    })
  }
  const running = processesOf(join(root, VERSIONS))
  if (running.length > 0) {
    throw new Fault('program-running', `The program in ${root} runs (${processesNamed(running)}); nothing was removed.`, {
      blame: 'caller',
      mend: "Stop it first: 'systemctl stop hms', or 'hms stop'.",
    })
  }
  const placed = [
    ...(textAt(files.unit)?.includes(`${root}/${CURRENT}/hms `) === true ? [files.enabled, files.unit] : []),
    ...(linkAt(files.command) === `${root}/${CURRENT}/hms` ? [files.command] : []),
  ]
  const all = [...placed, join(root, CURRENT), join(root, VERSIONS)]
  if (existsSync(join(root, HOME_NOTE))) all.push(join(root, HOME_NOTE))
  try {
    for (const path of all) await rm(path, { recursive: true, force: true })
  } catch (error) {
    throw new Fault('root-unusable', `Not all of ${root} can be removed: ${messageOf(error)}.`, {
      blame: 'owner',
      cause: error,
      mend: 'Run it as the user that owns the folder (root for /opt/hms); run again, it removes what is left.',
    })
  }
  // Something of the owner's may be in it.
  await rmdir(root).catch(() => {})
  return all
}

function textAt(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

function linkAt(path: string): string | null {
  try {
    return readlinkSync(path)
  } catch {
    return null
  }
}
