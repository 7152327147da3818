// DNS records as they are published: what a domain wants, each once, and as lines of a zone file.
import type { DkimKeyView, DomainHealth, HealthState, RecordToPublish, SenderDomain } from '../../../client/src/index.ts'

export interface WantedRecord {
  readonly aspect: string
  readonly state: HealthState
  readonly record: RecordToPublish
  /** What stands in its place; null: nobody looked. */
  readonly found: string | null
}

interface Known {
  readonly domain: Pick<SenderDomain, 'domain' | 'token' | 'verifiedAt'>
  readonly keys: readonly DkimKeyView[]
  readonly health: DomainHealth | undefined
}

/** Each once: the proof, the keys, and what the last check would have published or changed. */
export function wantedRecords({ domain, keys, health }: Known): readonly WantedRecord[] {
  const findings = health?.findings ?? []
  const dkim = keys.map(({ record, seenAt }): WantedRecord => {
    // What is there now goes before what was seen once.
    const now = findings.find(({ aspect, subject }) => aspect === 'dkim' && subject === record.name)
    return {
      aspect: 'dkim',
      state: now?.state ?? (seenAt === null ? 'missing' : 'ok'),
      record: { type: 'TXT', ...record },
      found: now?.found ?? null,
    }
  })
  const others = findings.flatMap(({ aspect, state, record, found }): WantedRecord[] =>
    record === null ? [] : [{ aspect, state, record, found }],
  )
  const seen = new Set<string>()
  return [proofOf(domain), ...dkim, ...others].filter(({ record: { type, name, value } }) => {
    const key = `${type} ${name} ${value}`
    return seen.has(key) ? false : seen.add(key) !== undefined
  })
}

/** As the answer to adding a domain names it. */
function proofOf({ domain, token, verifiedAt }: Known['domain']): WantedRecord {
  const record: RecordToPublish = { type: 'TXT', name: `_hms.${domain}`, value: `hms-verification=${token}` }
  return { aspect: 'ownership', state: verifiedAt === null ? 'missing' : 'ok', record, found: null }
}

/** What one string of a TXT record holds (rfc:1035#3.3.14). */
const LONGEST_STRING = 255

/** Names are whole, with the dot at their end; long texts are parted. */
export function zoneLines(records: readonly RecordToPublish[]): string {
  return records.map(({ type, name, value }) => `${name.replace(/\.?$/, '.')} 3600 IN ${type} ${valueText(type, value)}`).join('\n')
}

function valueText(type: RecordToPublish['type'], value: string): string {
  if (type !== 'TXT') return type === 'A' || type === 'AAAA' ? value : value.replace(/\.?$/, '.')
  const parts = value.match(new RegExp(`[^]{1,${LONGEST_STRING}}`, 'g')) ?? ['']
  return parts.map((part) => `"${part.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`).join(' ')
}
