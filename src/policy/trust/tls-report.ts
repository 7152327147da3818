// Reports on TLS (rfc:8460): where a domain wants them, and what they say. Pure.
import type { EpochMs } from '../../base/brand.ts'
import type { CountedPolicy } from './tls-results.ts'

export type ReportPlace =
  | { readonly kind: 'mail'; readonly address: string }
  | { readonly kind: 'https'; readonly host: string; readonly port: number; readonly path: string }

const MOST_PLACES = 5
const LONGEST_URI = 1000
const ADDRESS = /^[\w.!#$%&'*+/=?^`{|}~-]{1,64}@(?=.{1,253}$)[a-z0-9-]+(?:\.[a-z0-9-]+)+$/i

/** The places that the one TLS-RPT record among the TXT records of `_smtp._tls.DOMAIN` names (rfc:8460#3); none where there are several. */
export function reportPlaces(texts: readonly string[]): readonly ReportPlace[] {
  const records = texts.filter((text) => /^v=TLSRPTv1[ \t]*;/.test(text))
  const [record] = records
  if (record === undefined || records.length > 1) return []
  for (const field of record.split(';').slice(1)) {
    const equals = field.indexOf('=')
    if (equals < 0 || field.slice(0, equals).trim() !== 'rua') continue
    const uris = field.slice(equals + 1).split(',', MOST_PLACES)
    return uris.map((uri) => placeOf(uri.trim())).filter((place) => place !== null)
  }
  return []
}

function placeOf(uri: string): ReportPlace | null {
  if (uri.length > LONGEST_URI) return null
  if (/^mailto:/i.test(uri)) {
    const address = decoded(uri.slice(7).split('?', 1)[0] ?? '')
    return ADDRESS.test(address) ? { kind: 'mail', address } : null
  }
  if (!/^https:\/\//i.test(uri) || !URL.canParse(uri)) return null
  const { hostname, port, pathname, search, username, password } = new URL(uri)
  if (username !== '' || password !== '' || hostname === '') return null
  return { kind: 'https', host: hostname, port: port === '' ? 443 : Number(port), path: `${pathname}${search}` }
}

/** What is no escape stands for itself, and is no address then. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}

export interface ReportFacts {
  /** Who reports: our name. */
  readonly organization: string
  readonly contact: string
  readonly id: string
  /** `2026-11-22`, UTC. */
  readonly day: string
  readonly domain: string
  readonly policies: readonly CountedPolicy[]
}

/** rfc:8460#4.4 */
export function composeReport({ organization, contact, id, day, domain, policies }: ReportFacts): string {
  return JSON.stringify({
    'organization-name': organization,
    'date-range': { 'start-datetime': `${day}T00:00:00Z`, 'end-datetime': `${day}T23:59:59Z` },
    'contact-info': contact,
    'report-id': id,
    policies: policies.map(({ policy, successes, failed, failures }) => ({
      policy: {
        'policy-type': policy.type,
        'policy-string': policy.strings,
        'policy-domain': domain,
        ...(policy.type === 'sts' ? { 'mx-host': policy.mx } : {}),
      },
      summary: { 'total-successful-session-count': successes, 'total-failure-session-count': failed },
      'failure-details': failures.map(({ type, local, host, address, reason, count }) => ({
        'result-type': type,
        ...(local === null ? {} : { 'sending-mta-ip': local }),
        ...(host === null ? {} : { 'receiving-mx-hostname': host }),
        ...(address === null ? {} : { 'receiving-ip': address }),
        'failed-session-count': count,
        ...(reason === null ? {} : { 'failure-reason-code': reason }),
      })),
    })),
  })
}

/** rfc:8460#5.1 */
export function reportFile(organization: string, domain: string, day: string): string {
  const begin = Date.parse(`${day}T00:00:00Z`) / 1000
  return `${organization}!${domain}!${begin}!${begin + 86_399}.json.gz`
}

export function dayOf(at: EpochMs): string {
  return new Date(at).toISOString().slice(0, 10)
}
