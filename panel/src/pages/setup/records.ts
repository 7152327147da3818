// DNS records as they are published: what a domain wants, each once, and as lines of a zone file.
import type { DkimKeyView, DomainHealth, HealthState, RecordToPublish, SenderDomain } from '../../../../client/src/index.ts'

export interface WantedRecord {
  readonly aspect: string
  readonly state: HealthState
  readonly record: RecordToPublish
}

interface Known {
  readonly domain: Pick<SenderDomain, 'domain' | 'token' | 'verifiedAt'>
  readonly keys: readonly DkimKeyView[]
  readonly health: DomainHealth | undefined
}

export function wantedRecords({ domain: { domain, token, verifiedAt }, keys, health }: Known): readonly WantedRecord[] {
  // As the answer to adding a domain names it.
  const proof: RecordToPublish = { type: 'TXT', name: `_hms.${domain}`, value: `hms-verification=${token}` }
  const own: WantedRecord = { aspect: 'ownership', state: verifiedAt === null ? 'missing' : 'ok', record: proof }
  const dkim = keys.map(({ record, seenAt }): WantedRecord => ({
    aspect: 'dkim',
    state: seenAt === null ? 'missing' : 'ok',
    record: { type: 'TXT', ...record },
  }))
  const others = (health?.findings ?? []).flatMap(({ aspect, state, record }): WantedRecord[] =>
    record === null ? [] : [{ aspect, state, record }],
  )
  const seen = new Set<string>()
  return [own, ...dkim, ...others].filter(({ record: { type, name, value } }) => {
    const key = `${type} ${name} ${value}`
    return seen.has(key) ? false : seen.add(key) !== undefined
  })
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
