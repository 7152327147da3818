// Which copies of delivered mail there are, how large they are, and which of them go.
import { readdirSync } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { AccountId } from '../../base/brand.ts'
import { isMissing } from '../../base/fault.ts'
import { takenBy } from '../sqlite/disk-space.ts'
import { filterOf, removeFilter } from './key-filter.ts'
import { accountFolder, formatIn, segmentsOf } from './segment.ts'

export function keptAccounts(folder: string): readonly AccountId[] {
  try {
    const numbers = readdirSync(folder).filter((name) => /^\d+$/.test(name))
    return numbers.map((name) => Number(name) as AccountId).toSorted((a, b) => a - b)
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

/** The segment of the newest day; null: there is none, or it was cut off while it was made. */
export function newestKept(folder: string): { readonly path: string; readonly format: number } | null {
  const paths = keptAccounts(folder).flatMap((account) => {
    const own = accountFolder(folder, account)
    const name = readdirSync(own)
      .filter((one) => one.endsWith('.kept'))
      .toSorted()
      .at(-1)
    return name === undefined ? [] : [{ name, path: join(own, name) }]
  })
  const path = paths.toSorted((a, b) => (a.name < b.name ? -1 : 1)).at(-1)?.path
  const format = path === undefined ? 0 : formatIn(path)
  return path === undefined || format === 0 ? null : { path, format }
}

/** Octets on the disk by day. */
export async function* keptSizes(folder: string): AsyncGenerator<{ readonly day: string; readonly bytes: number }> {
  for (const account of keptAccounts(folder))
    for (const { path, day } of await segmentsIn(folder, account)) yield { day, bytes: takenBy(path) + takenBy(filterOf(path)) }
}

/**
 * Lets go of what is older or more than each account asks for (of accounts that ask for none all of it), and of days before `since`. The segment that
 * was begun last stays, however large it is.
 */
export async function pruneKept(
  folder: string,
  keeps: ReadonlyMap<AccountId, { readonly since: string; readonly bytes: number }>,
  since: string,
): Promise<void> {
  for (const account of keptAccounts(folder)) {
    const keep = keeps.get(account)
    if (keep === undefined) {
      await rm(accountFolder(folder, account), { recursive: true, force: true })
      continue
    }
    let bytes = 0
    for (const [n, { path, day }] of (await segmentsIn(folder, account)).toReversed().entries()) {
      bytes += await sizeOf(path)
      const isTooMuch = bytes > keep.bytes && n > 0
      if (day >= keep.since && day >= since && !isTooMuch) continue
      await rm(path, { force: true })
      await removeFilter(path)
    }
  }
}

async function segmentsIn(folder: string, account: AccountId) {
  const own = accountFolder(folder, account)
  return (await segmentsOf(own)).map(({ name, day }) => ({ path: join(own, name), day }))
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size
  } catch (error) {
    if (isMissing(error)) return 0
    throw error
  }
}
