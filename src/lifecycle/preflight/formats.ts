// The formats of a home's stores beside those that a program can read: what will be converted, how much room that takes, and what
// cannot be opened at all.
import { statSync } from 'node:fs'
import { messageOf } from '../../base/fault.ts'
import { FORMATS, KEPT_FOR_LIFE, type StoreFormat } from '../../contract/formats.ts'
import type { Config } from '../../contract/options.ts'
import { findFormats, type FoundFormat } from '../formats/look.ts'
import type { PreflightCheck } from './check.ts'

/** By store, as `FORMATS` and the manifest of a release have it. */
export type ReadableFormats = Readonly<Record<string, StoreFormat>>

export interface FormatsLookedAt {
  readonly check: PreflightCheck
  /** Octets that conversions write beside their originals. */
  readonly conversion: number
}

/** `of`: whose formats are meant, `this version` or `version 1.2.0`. */
export async function checkFormats(
  home: string,
  config: Config,
  exists: boolean,
  program: { readonly of: string; readonly formats: ReadableFormats } = { of: 'this version', formats: FORMATS },
): Promise<FormatsLookedAt> {
  const { of, formats } = program
  const needed = `formats that ${of} reads: ${Object.entries(formats)
    .map(([store, { reads }]) => `${store} ${reads.join(' or ')}`)
    .join(', ')}`
  const base = { check: 'formats', needed }
  if (!exists) return { check: { ...base, ok: true, found: 'no home yet', mend: null }, conversion: 0 }
  let found: readonly FoundFormat[]
  try {
    found = await findFormats(home, config)
  } catch (error) {
    const mend = 'Run it as the user that owns the home; a database that is no database has to be restored.'
    return { check: { ...base, ok: false, found: messageOf(error).replace(/\.$/, ''), mend }, conversion: 0 }
  }
  const unreadable = found.filter(({ store, format }) => formats[store]?.reads.includes(format) !== true)
  const converted = found.filter(
    (one) => !unreadable.includes(one) && !KEPT_FOR_LIFE.has(one.store) && formats[one.store]?.writes !== one.format,
  )
  const told = converted.map(({ store, format }) => `${store} will be converted from ${format} to ${formats[store]?.writes}`)
  const check = {
    ...base,
    ok: unreadable.length === 0,
    found: [described(found), ...told].join('; '),
    mend: mendOf(unreadable, formats, of),
  }
  return { check, conversion: converted.reduce((sum, { path }) => sum + sizeWithLog(path), 0) }
}

/** `settings 2, shard 2 (4 files), …`. */
function described(found: readonly FoundFormat[]): string {
  const counts = new Map<string, number>()
  for (const { store, format } of found) {
    const text = `${store} ${format}`
    counts.set(text, (counts.get(text) ?? 0) + 1)
  }
  return [...counts].map(([text, count]) => (count === 1 ? text : `${text} (${count} files)`)).join(', ')
}

function mendOf(unreadable: readonly FoundFormat[], formats: ReadableFormats, of: string): string | null {
  const [first] = unreadable
  if (first === undefined) return null
  const { store, path, format } = first
  return format > (formats[store]?.writes ?? 0)
    ? `${path} was written by a newer version: 'hms downgrade' converts it back where that can be done; else use that version.`
    : `${path} is older than what ${of} converts: upgrade to a version in between first.`
}

function sizeWithLog(path: string): number {
  return ['', '-wal'].reduce((sum, suffix) => sum + (statSync(path + suffix, { throwIfNoEntry: false })?.size ?? 0), 0)
}
