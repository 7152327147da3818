// MTA-STS (rfc:8461): the record that says that a domain has a policy, the policy's text, and which MX hosts it names. Pure, linear in
// the size of the text, and never throws: what is read here comes from whoever owns the domain.
import type { Ms } from '../../base/brand.ts'

export interface StsPolicy {
  readonly mode: 'enforce' | 'testing' | 'none'
  /** Host names in lower case; `*.example.com` stands for one label in front. */
  readonly mx: readonly string[]
  readonly maxAge: Ms
}

export type StsReading =
  | { readonly ok: true; readonly policy: StsPolicy }
  /** The end of a sentence. */
  | { readonly ok: false; readonly problem: string }

/** rfc:8461#3.3 suggests 64 KiB as the bound. */
export const LARGEST_POLICY = 64 * 1024
/** The largest providers name a handful. */
const MOST_PATTERNS = 500
/** rfc:8461#3.2: about a year. */
const LONGEST_AGE_SECONDS = 31_557_600

const HOST = /^(?:\*\.)?(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,62})(?:\.[a-z0-9_](?:[a-z0-9_-]{0,62}))*$/

/** The id of the one MTA-STS record among the TXT records of `_mta-sts.DOMAIN`; null where there is none, or several (rfc:8461#3.1). */
export function readStsRecord(texts: readonly string[]): string | null {
  const records = texts.filter((text) => /^v=STSv1[ \t]*(?:;|$)/.test(text))
  const [record] = records
  if (record === undefined || records.length > 1) return null
  for (const field of record.split(';').slice(1)) {
    const [name = '', value = ''] = field.split('=', 2)
    if (name.trim() === 'id') return /^[a-z0-9]{1,32}$/i.test(value.trim()) ? value.trim() : null
  }
  return null
}

/** rfc:8461#3.2. Of a field that comes twice the first counts, `mx` aside; unknown ones are passed over. */
export function parseStsPolicy(text: string): StsReading {
  if (text.length > LARGEST_POLICY) return { ok: false, problem: `it is larger than ${LARGEST_POLICY} octets` }
  const fields = new Map<string, string>()
  const mx: string[] = []
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':')
    if (colon < 1) continue
    const [name, value] = [line.slice(0, colon).trimEnd(), line.slice(colon + 1).trim()]
    if (name === 'mx') mx.push(value.toLowerCase().replace(/\.$/, ''))
    else if (!fields.has(name)) fields.set(name, value)
  }
  return judge(fields, mx)
}

function judge(fields: ReadonlyMap<string, string>, mx: readonly string[]): StsReading {
  const mode = fields.get('mode')
  const age = fields.get('max_age') ?? ''
  if (fields.get('version') !== 'STSv1') return { ok: false, problem: 'it has no "version: STSv1"' }
  if (mode !== 'enforce' && mode !== 'testing' && mode !== 'none') return { ok: false, problem: 'it has no mode that is known' }
  if (!/^\d{1,10}$/.test(age)) return { ok: false, problem: 'it has no max_age' }
  if (mx.length > MOST_PATTERNS) return { ok: false, problem: `it names more than ${MOST_PATTERNS} hosts` }
  const bad = mx.find((pattern) => !HOST.test(pattern))
  if (bad !== undefined) return { ok: false, problem: `it names "${bad.slice(0, 80)}", which is no host` }
  if (mx.length === 0 && mode !== 'none') return { ok: false, problem: 'it names no mx' }
  return { ok: true, policy: { mode, mx, maxAge: Math.min(Number(age), LONGEST_AGE_SECONDS) * 1000 } }
}

/** Whether the policy names this MX host (rfc:8461#4.1). `host` in lower case. */
export function namesHost({ mx }: StsPolicy, host: string): boolean {
  const dot = host.indexOf('.')
  const parent = dot > 0 ? `*${host.slice(dot)}` : null
  return mx.some((pattern) => pattern === host || pattern === parent)
}

/** The policy in lines of its own form: what a report shows, and what is kept. */
export function stsLines({ mode, mx, maxAge }: StsPolicy): readonly string[] {
  return ['version: STSv1', `mode: ${mode}`, ...mx.map((pattern) => `mx: ${pattern}`), `max_age: ${Math.floor(maxAge / 1000)}`]
}
