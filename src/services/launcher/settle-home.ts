// Before anything looks at a home: a restore that was interrupted is finished or undone, with the home's lock in hand.
import { existsSync } from 'node:fs'
import { restoreRecord } from '../../lifecycle/home-files.ts'
import { takeHomeLock } from '../home-lock.ts'

/** What was done, in words; null: nothing was to do, or another is at it. */
export async function settleHome(home: string): Promise<string | null> {
  if (!existsSync(restoreRecord(home))) return null
  using lock = takeHomeLock(home)
  if (lock === null) return null
  // Loaded where it is needed: hardly ever.
  const { settleRestore } = await import('../../lifecycle/restore/restore.ts')
  return settleRestore(home, process.env, 'hms start')
}
