// Whether the files of a home are for their owner alone and can be written: for `hms doctor` and the preflight.
import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../../contract/options.ts'
import { keyFile, settingsInForce, tlsFiles } from '../home-files.ts'

export interface RightsProblem {
  readonly state: 'warn' | 'fail'
  /** A sentence. */
  readonly what: string
  readonly mend: string
}

/** What is wrong with the rights of a home; empty where nothing is. */
export function rightsProblems(home: string, config: Config): RightsProblem[] {
  // Secrets are for the owner's eyes alone.
  const secret = [home, keyFile(home, config), settingsInForce(home), tlsFiles(home, config).key]
  return [...secret.flatMap(secretProblem), ...writableProblems(home)]
}

function secretProblem(path: string): RightsProblem[] {
  if (!existsSync(path)) return [{ state: 'fail', what: `${path} is missing.`, mend: 'Restore it from a backup.' }]
  const { mode, uid } = statSync(path)
  if ((mode & 0o077) !== 0) return [{ state: 'fail', what: `${path} can be reached by other users.`, mend: `chmod go= '${path}'` }]
  if (uid === process.getuid?.() || process.getuid?.() === 0) return []
  return [{ state: 'warn', what: `${path} belongs to another user.`, mend: 'Run hms as the user that owns the home.' }]
}

/** What the server writes to, whoever owns it: a disk may be mounted read-only, too. */
function writableProblems(home: string): RightsProblem[] {
  const written = [home, settingsInForce(home), ...['run', 'spool', 'events', 'accounts'].map((folder) => join(home, folder))]
  const locked = written.filter((path) => existsSync(path) && !isWritable(path))
  const mend = 'Run hms as the user that owns the home, and let that user write there.'
  return locked.map((path) => ({ state: 'fail', what: `${path} cannot be written.`, mend }))
}

export function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    return true
  } catch {
    return false
  }
}
