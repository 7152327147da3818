// Receivers' sums about mail in our name: DMARC (rfc:7489#7.2) and TLS-RPT (rfc:8460#5), attached plain or packed.
import { decodeText } from './charset.ts'
import { readDmarc } from './dmarc.ts'
import { rawValue, value } from './fields.ts'
import { isObject, type Json, readJson } from './json.ts'
import { unpacked } from './archive.ts'
import { type Part, partOctets, partsOf } from './parts.ts'
import type { AggregateReport, TlsSums } from './types.ts'

const TYPES =
  /^(?:application\/(?:x-)?(?:zip|zip-compressed|gzip|gunzip|gzip-compressed|xml|octet-stream|tlsrpt\+(?:gzip|json)|json|dmarc\+xml)|text\/xml|multipart\/x-(?:zip|gzip))$/
const NAMES = /\.(?:xml|zip|gz|gzip|json)$/i
const SUBJECTS = /report[- _]?domain|dmarc|tls-?rpt|tls[- ]report|report-id/i
const MOST_TRIED = 4

export interface FoundAggregate {
  readonly sums: AggregateReport
  readonly part: string
}

export function readAggregate(root: Part): FoundAggregate | null {
  const isSaid =
    SUBJECTS.test(value(root.fields, 'subject').slice(0, 1000)) || root.parameters.get('report-type')?.toLowerCase() === 'tlsrpt'
  let tried = 0
  for (const part of partsOf(root)) {
    const name = nameOf(part)
    if (part.children.length > 0 || !(TYPES.test(part.type) || NAMES.test(name))) continue
    if (!isSaid && !part.type.includes('tlsrpt') && !/!\d{9,11}!\d{9,11}/.test(name)) continue
    if (tried++ >= MOST_TRIED) break
    const octets = unpacked(partOctets(part))
    const sums = octets === null ? null : readSums(octets)
    if (sums !== null) return { sums, part: part.path }
  }
  return null
}

function nameOf(part: Part): string {
  return part.parameters.get('name') ?? /filename\*?="?([^";]{1,300})/i.exec(rawValue(part.fields, 'content-disposition'))?.[1] ?? ''
}

function readSums(octets: Buffer): AggregateReport | null {
  const text = decodeText(octets, null)
  return text.slice(0, 100).trimStart().startsWith('{') ? readTls(text) : readDmarc(text)
}

const MOST_POLICIES = 1000
const MOST_FAILURES = 1000

function readTls(text: string): TlsSums | null {
  const json = readJson(text)
  if (json === null || !Array.isArray(json['policies'])) return null
  const said = (from: Json, name: string): string => (typeof from[name] === 'string' ? from[name].slice(0, 256) : '')
  const count = (from: Json, name: string): number => (typeof from[name] === 'number' && from[name] > 0 ? Math.floor(from[name]) : 0)
  const object = (from: Json, name: string): Json => (isObject(from[name]) ? from[name] : {})
  const policies: TlsSums['policies'][number][] = []
  const failures: TlsSums['failures'][number][] = []
  const all = json['policies'].filter(isObject)
  let isCut = all.length > MOST_POLICIES
  for (const entry of all.slice(0, MOST_POLICIES)) {
    const [policy, summary] = [object(entry, 'policy'), object(entry, 'summary')]
    policies.push({
      domain: said(policy, 'policy-domain').toLowerCase(),
      type: said(policy, 'policy-type'),
      succeeded: count(summary, 'total-successful-session-count'),
      failed: count(summary, 'total-failure-session-count'),
    })
    const details = Array.isArray(entry['failure-details']) ? entry['failure-details'].filter(isObject) : []
    for (const detail of details) {
      if (failures.length >= MOST_FAILURES) {
        isCut = true
        break
      }
      failures.push({
        result: said(detail, 'result-type'),
        host: said(detail, 'receiving-mx-hostname'),
        sessions: count(detail, 'failed-session-count'),
      })
    }
  }
  const range = object(json, 'date-range')
  return {
    kind: 'tls-rpt',
    organization: said(json, 'organization-name'),
    reportId: said(json, 'report-id'),
    begin: said(range, 'start-datetime'),
    end: said(range, 'end-datetime'),
    policies,
    failures,
    isCut,
  }
}
