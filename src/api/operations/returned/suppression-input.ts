// What people and files say is to be suppressed, read into what the lists hold. Rows of a file are many: each costs one parse.
import type { EpochMs } from '../../../base/brand.ts'
import { STREAM_NAME } from '../../../contract/streams.ts'
import { type ImportRow, SUPPRESSION_NAME, SUPPRESSION_REASONS, type SuppressionReason } from '../../../contract/suppression.ts'
import type { PutEntry } from '../../../engine/ports/suppression.ts'
import { addressKey, isPattern } from '../../../policy/suppression/targets.ts'
import { parseDomain, parseMailbox } from '../../../smtp/address.ts'
import { type Params, refused } from '../params.ts'

const MOST_PATTERN = 320
/** Each star may cost the length of an address. */
const MOST_STARS = 5
const REASONS: ReadonlyMap<string, SuppressionReason> = new Map(SUPPRESSION_REASONS.map((reason) => [reason.toLowerCase(), reason]))
/** Before the first mail, or farther ahead than anybody means. */
const TIMES = { least: 0, most: Date.UTC(2200, 0) } as const

/** The target in its one form, or what is wrong with it as the end of a sentence. */
export function readTarget(text: string): { readonly target: string } | string {
  const trimmed = text.trim()
  const at = trimmed.lastIndexOf('@')
  if (at > 0 && !isPattern(trimmed)) {
    const mailbox = parseMailbox(trimmed, true)
    return typeof mailbox === 'string' ? mailbox : { target: addressKey(mailbox.address) }
  }
  if (isPattern(trimmed)) return readPattern(trimmed.toLowerCase())
  const domain = parseDomain(at === 0 ? trimmed.slice(1) : trimmed, true)
  if (domain === undefined) return 'it is no address, no domain and no pattern'
  // A word alone would be a domain to nobody but the parser: more likely a column was mistaken.
  return at === 0 || domain.includes('.') ? { target: `@${domain}` } : 'it has no @, and no dot as a domain has'
}

function readPattern(pattern: string): { readonly target: string } | string {
  // oxlint-disable-next-line no-control-regex
  if (!/^[^\s\0-\x1f\x7f]+$/.test(pattern) || pattern.length > MOST_PATTERN)
    return `the pattern has a space, or more than ${MOST_PATTERN} characters`
  if (pattern.split('*').length > MOST_STARS + 1) return `the pattern has more than ${MOST_STARS} wildcards *`
  return /[^*?@.]/.test(pattern) ? { target: pattern } : 'the pattern would be of everybody'
}

export function listName(params: Params, name: string): string {
  const text = params.text(name, 64)
  if (SUPPRESSION_NAME.test(text)) return text
  throw refused(`${JSON.stringify(text)} is no name of a list.`, 'Letters, digits and . _ - make one, such as newsletter.')
}

export function streamName(text: string): string {
  const lower = text.toLowerCase()
  if (STREAM_NAME.test(lower)) return lower
  throw refused(`${JSON.stringify(text)} is no name of a stream.`, "'hms account streams' lists those of an account.")
}

/** An entry of a row, or what is wrong with the row. */
export function readRow(row: unknown, at: EpochMs, origin: string): PutEntry | string {
  if (typeof row !== 'object' || row === null) return 'the row is no object'
  const { target, stream, reason, at: since, expires } = row as { readonly [N in keyof ImportRow]: unknown }
  if (typeof target !== 'string') return 'it names no address'
  const read = readTarget(target)
  if (typeof read === 'string') return read
  if (stream !== undefined && (typeof stream !== 'string' || !STREAM_NAME.test(stream.toLowerCase())))
    return 'the stream has no name of one'
  const known = reason === undefined ? 'Manual' : typeof reason === 'string' ? REASONS.get(reason.toLowerCase()) : undefined
  if (known === undefined) return `the reason is none of ${SUPPRESSION_REASONS.join(', ')}`
  if (!isTime(since) || !isTime(expires)) return 'a time cannot be read'
  if (typeof expires === 'number' && expires <= at) return 'it is over already'
  const scope = typeof stream === 'string' ? stream.toLowerCase() : null
  return { ...read, stream: scope, reason: known, at: since ?? at, expires: expires ?? null, origin }
}

function isTime(value: unknown): value is number | undefined {
  return value === undefined || (typeof value === 'number' && Number.isInteger(value) && value >= TIMES.least && value <= TIMES.most)
}
