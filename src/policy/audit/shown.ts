// What of a value goes into the audit: never a secret, nor so much that one record fills it. Secrets go by the names of their fields, in rows of the
// settings and in parameters alike; a name that sounds like one is taken for one.
import { createHash } from 'node:crypto'

/** Octets of JSON of the state before, and of that after. */
const MOST_OCTETS = 32 * 1024
const LONGEST_TEXT = 2000
const MOST_MEMBERS = 100
const DEEPEST = 8

const NOT_SHOWN = '(not shown)'
const NOT_SHOWN_CHANGED = '(not shown, changed)'

const SECRET_NAMES = new Set([
  'hash',
  'salt',
  'storedkey',
  'serverkey',
  'verifier',
  'token',
  'tokens',
  'code',
  'codes',
  'otp',
  'key',
  'cookie',
])
const SECRET_PARTS = ['password', 'secret', 'privatekey', 'passphrase', 'recovery', 'credentialid', 'authorization']

function isSecret(name: string): boolean {
  const plain = name.toLowerCase().replaceAll('_', '')
  return SECRET_NAMES.has(plain) || SECRET_PARTS.some((part) => plain.includes(part))
}

type Fields = Readonly<Record<string, unknown>>

export interface Shown {
  readonly before: unknown
  readonly after: unknown
}

/** The state before and after, as the audit keeps them; null: it is not there. A secret that is another is told as such. */
export function shownChange(before: unknown, after: unknown): Shown {
  return { before: fitting(shown(before, undefined, 0)), after: fitting(shown(after, before, 0)) }
}

export function shownAlone(value: unknown): unknown {
  return fitting(shown(value, undefined, 0))
}

function shown(value: unknown, before: unknown, depth: number): unknown {
  if (typeof value === 'string') return shownText(value)
  if (typeof value !== 'object' || value === null) return value ?? null
  if (depth >= DEEPEST) return '…'
  if (Array.isArray(value)) {
    const others: readonly unknown[] = Array.isArray(before) ? before : []
    const first = value.slice(0, MOST_MEMBERS).map((member, i) => shown(member, others[i], depth + 1))
    return value.length > MOST_MEMBERS ? [...first, `… ${value.length} in all`] : first
  }
  const other = isFields(before) ? before : {}
  const fields = Object.entries(value).filter(([, member]) => member !== undefined)
  return Object.fromEntries(fields.map(([name, member]) => [name, shownField(name, member, other[name], depth)]))
}

function shownField(name: string, value: unknown, before: unknown, depth: number): unknown {
  // Whether there is one is no secret.
  if (value === null || typeof value === 'boolean' || !isSecret(name)) return shown(value, before, depth + 1)
  const isOther = before !== undefined && before !== null && JSON.stringify(before) !== JSON.stringify(value)
  return isOther ? NOT_SHOWN_CHANGED : NOT_SHOWN
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Of long ones the beginning, and by what it is seen that the rest is another. */
function shownText(text: string): string {
  const clean = withoutLogin(text)
  if (clean.length <= LONGEST_TEXT) return clean
  const sum = createHash('sha256').update(text).digest('hex').slice(0, 16)
  return `${clean.slice(0, LONGEST_TEXT)}… (${text.length} characters, SHA-256 ${sum}…)`
}

/** What stands before the host of an address such as `smtp://user:password@host`. */
function withoutLogin(text: string): string {
  let result = ''
  let from = 0
  for (let at = text.indexOf('://'); at >= 0; at = text.indexOf('://', from)) {
    const start = at + 3
    const end = endOfAuthority(text, start)
    const authority = text.slice(start, end)
    const host = authority.lastIndexOf('@')
    result += text.slice(from, start) + (host < 0 ? authority : NOT_SHOWN + authority.slice(host))
    from = end
  }
  return result + text.slice(from)
}

function endOfAuthority(text: string, start: number): number {
  let end = start
  while (end < text.length && !'/?# \t\r\n"\''.includes(text[end] ?? '')) end++
  return end
}

function fitting(value: unknown): unknown {
  const json = JSON.stringify(value)
  if (json.length <= MOST_OCTETS) return value
  const sum = createHash('sha256').update(json).digest('hex').slice(0, 16)
  return `… too long to be kept (${json.length} characters, SHA-256 ${sum}…)`
}
