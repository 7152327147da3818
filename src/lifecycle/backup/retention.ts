// How many of the backups that the server makes by itself are kept. What a person made is never removed.
import { rmSync } from 'node:fs'
import { forget, isThere, knownBackups } from './record.ts'

/** Removes the oldest scheduled ones beyond `keep`; gives their names. */
export function pruneScheduled(home: string, keep: number): readonly string[] {
  const old = knownBackups(home).filter((one) => one.scheduled && isThere(one))
  const files = old.slice(keep).map(({ file }) => file)
  for (const file of files) rmSync(file, { force: true })
  forget(home, files)
  return files
}
