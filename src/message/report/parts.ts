// The parts of a message (rfc:2045, rfc:2046) as a tree: multiparts, leaves, and messages in messages. A reader of our own, as libraries
// build all of a message before anyone can stop them (docs/decisions/0032-reading-reports.md): each level looks through its own octets once, depth and
// number are bounded, and nothing is decoded before it is asked for.
import { DEEPEST, MOST_PARTS, MOST_TEXT } from './bounds.ts'
import { decodeText } from './charset.ts'
import { type Fields, parametersOf, rawValue, readFields, undoQuotedPrintable } from './fields.ts'
import { textOfHtml } from './html-text.ts'

export interface Part {
  /** `1.2`: second part of the first; empty for the message itself. */
  readonly path: string
  /** Lower case. */
  readonly type: string
  readonly parameters: ReadonlyMap<string, string>
  readonly fields: Fields
  /** The body as it was sent, one character an octet, line ends LF. */
  readonly raw: string
  /** Parts of a multipart; the one message of a `message/rfc822`. */
  readonly children: readonly Part[]
}

interface Budget {
  parts: number
}

const MESSAGES = new Set(['message/rfc822', 'message/global', 'message/news'])

/** `text`: the message, one character an octet, line ends LF. */
export function readMessage(text: string): Part {
  return readEntity(text, '', 0, { parts: 0 }, 'text/plain')
}

function readEntity(text: string, path: string, depth: number, budget: Budget, fallback: string): Part {
  budget.parts++
  const fields = text.startsWith('\n') ? { list: [], end: 1 } : readFields(text, 0)
  const header = rawValue(fields, 'content-type')
  const named = /^\s*"?([\w!#$&^.+-]{1,60}\/[\w!#$&^.+-]{1,100})/.exec(header)?.[1]?.toLowerCase()
  const parameters = header === '' ? new Map<string, string>() : parametersOf(header)
  const raw = text.slice(fields.end)
  const part = { path, type: named ?? fallback, parameters, fields, raw }
  if (depth >= DEEPEST || budget.parts >= MOST_PARTS) return { ...part, children: [] }
  if (part.type.startsWith('multipart/')) {
    const children = readMultipart(part, depth, budget)
    return children.length === 0 ? { ...part, type: 'text/plain', children } : { ...part, children }
  }
  if (isMessage(part)) return { ...part, children: [readEntity(messageText(part), dotted(path, 1), depth + 1, budget, 'text/plain')] }
  return { ...part, children: [] }
}

function dotted(path: string, n: number): string {
  return path === '' ? String(n) : `${path}.${n}`
}

/** Some programs attach messages as files. */
function isMessage({ type, parameters, fields }: Omit<Part, 'children'>): boolean {
  if (MESSAGES.has(type)) return true
  if (type !== 'application/octet-stream') return false
  const name = parameters.get('name') ?? parametersOf(rawValue(fields, 'content-disposition')).get('filename') ?? ''
  return /\.eml$/i.test(name)
}

/** Encoded messages are against the rules (rfc:2046#5.2.1) and come all the same. */
function messageText(part: Omit<Part, 'children'>): string {
  const text = transferDecoded(part).replace(/\r\n?/g, '\n')
  let at = 0
  while (at < 3 && text.charCodeAt(at) === 10) at++
  return text.slice(at)
}

function readMultipart(part: Omit<Part, 'children'>, depth: number, budget: Budget): Part[] {
  const boundary = (part.parameters.get('boundary') ?? '').slice(0, 200) || guessedBoundary(part.raw)
  if (boundary === '') return []
  const fallback = part.type === 'multipart/digest' ? 'message/rfc822' : 'text/plain'
  const children: Part[] = []
  for (const body of cutAt(part.raw, boundary)) {
    if (budget.parts >= MOST_PARTS) break
    children.push(readEntity(body, dotted(part.path, children.length + 1), depth + 1, budget, fallback))
  }
  return children
}

/** A body whose header lost its boundary: the first line that looks like one and comes again. */
function guessedBoundary(raw: string): string {
  const found =
    /^--([^\s-][^\n]{5,100})\nContent-/im.exec(raw.slice(0, 4096)) ?? /^--(-{0,40}[^\s-][^\n]{5,100})\nContent-/im.exec(raw.slice(0, 4096))
  return found?.[1]?.trim() ?? ''
}

/** The bodies between delimiter lines (rfc:2046#5.1.1); the last may lack its end. */
function cutAt(raw: string, boundary: string): string[] {
  const bodies: string[] = []
  let start = -1
  for (let at = raw.startsWith('--') ? 0 : nextDashes(raw, 0); at >= 0; at = nextDashes(raw, at)) {
    // Compared once a line: a search for the whole delimiter costs its length for every octet of a body that looks like it.
    if (!raw.startsWith(boundary, at + 2)) continue
    let i = at + 2 + boundary.length
    const isLast = raw.startsWith('--', i)
    if (isLast) i += 2
    while (raw.charCodeAt(i) === 32 || raw.charCodeAt(i) === 9) i++
    if (i < raw.length && raw.charCodeAt(i) !== 10) continue
    if (start >= 0) bodies.push(raw.slice(start, Math.max(start, at - 1)))
    start = isLast ? -1 : i + 1
    if (isLast || bodies.length >= MOST_PARTS) break
  }
  if (start >= 0 && start < raw.length) bodies.push(raw.slice(start))
  return bodies
}

function nextDashes(raw: string, at: number): number {
  const found = raw.indexOf('\n--', at)
  return found < 0 ? -1 : found + 1
}

/** The body without its transfer encoding, one character an octet. */
export function transferDecoded(part: Pick<Part, 'fields' | 'raw'>): string {
  const encoding = rawValue(part.fields, 'content-transfer-encoding').toLowerCase()
  if (encoding.startsWith('base64')) return Buffer.from(part.raw, 'base64').toString('latin1')
  return encoding.startsWith('quoted-printable') ? undoQuotedPrintable(part.raw) : part.raw
}

export function partOctets(part: Part): Buffer {
  return Buffer.from(transferDecoded(part), 'latin1')
}

/** The text of a leaf for a person, at most `MOST_TEXT` characters; markup is taken off. Line ends LF. */
export function partText(part: Part): string {
  const cut = { fields: part.fields, raw: part.raw.slice(0, MOST_TEXT * 2) }
  const charset = part.parameters.get('charset') ?? null
  const text = decodeText(Buffer.from(transferDecoded(cut), 'latin1'), charset).replace(/\r\n?/g, '\n')
  return (part.type === 'text/html' ? textOfHtml(text) : text).slice(0, MOST_TEXT)
}

/** All parts from the outside to the inside, in order. */
export function partsOf(root: Part): Part[] {
  const all: Part[] = []
  const walk = (part: Part): void => {
    all.push(part)
    for (const child of part.children) walk(child)
  }
  walk(root)
  return all
}
