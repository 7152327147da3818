// What `hms status` tells of the home as it lies on the disk: the formats of its stores, which version the next start runs, and how the
// last change of version ended.
import { FORMATS, type StoreName } from '../../../contract/formats.ts'
import { findFormats } from '../../../lifecycle/formats/look.ts'
import { currentVersion, layoutOf } from '../../../lifecycle/release/layout.ts'
import { readUpgrade, type UpgradeRecord } from '../../../lifecycle/upgrade/record.ts'
import type { Cli } from '../../cli.ts'
import { relative } from '../../output/when.ts'

export interface HomeOnDisk {
  /** By store, each format that there is in the home. */
  readonly formats: Readonly<Partial<Record<StoreName, readonly number[]>>>
  /** The version that the next start runs; null: the program is a checkout. */
  readonly current: string | null
  /** The last upgrade or downgrade; null: there was none. */
  readonly change: Pick<UpgradeRecord, 'kind' | 'from' | 'to' | 'startedAt' | 'step' | 'outcome' | 'reason'> | null
}

export async function homeOnDisk({ home, programRoot }: Cli): Promise<HomeOnDisk> {
  const formats: Partial<Record<StoreName, number[]>> = {}
  // To read the configuration would take longer than all the rest, for a journal that lies elsewhere.
  for (const { store, format } of await findFormats(home, { 'journal.folder': '' })) {
    const known = (formats[store] ??= [])
    if (!known.includes(format)) known.push(format)
  }
  const layout = layoutOf(programRoot)
  const record = readUpgrade(home)
  return {
    formats,
    current: layout === null ? null : await currentVersion(layout.root),
    change: record === null ? null : changeOf(record),
  }
}

function changeOf({ kind, from, to, startedAt, step, outcome, reason }: UpgradeRecord): HomeOnDisk['change'] {
  return { kind, from, to, startedAt, step, outcome, reason }
}

/** Only what an owner should know of; `version`: of the server, or of this program where none runs. */
export function homeRows({ formats, current, change }: HomeOnDisk, version: string): [string, string][] {
  const rows: [string, string][] = []
  if (current !== null && current !== version) rows.push(['next start', `version ${current}, which is current`])
  if (change !== null) rows.push([change.kind, `from ${change.from} to ${change.to}, ${endOf(change)}`])
  const isOlder = (Object.keys(FORMATS) as StoreName[]).some((store) => formats[store]?.some((format) => format < FORMATS[store].writes))
  if (isOlder) {
    const all = Object.entries(formats).map(([store, found]) => `${store} ${found.toSorted((a, b) => a - b).join(' and ')}`)
    rows.push(['formats', all.join(', ')])
  }
  return rows
}

function endOf({ startedAt, step, outcome, reason }: NonNullable<HomeOnDisk['change']>): string {
  const when = `begun ${relative(startedAt, Date.now())}`
  if (outcome === null) return `${when}, is ${step}`
  return outcome === 'done' ? `${when}, done` : `${when}, undone: ${reason ?? 'no reason is known'}`
}
