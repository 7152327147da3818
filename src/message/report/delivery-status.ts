// The part for programs of a delivery status notification (rfc:3464#2, rfc:6533#3): fields of the message, then a group of fields for
// each recipient. Written in every way: empty lines missing, or after every field; continuation lines that are not folded; several
// recipients in one group; types of addresses left out.
import { LONGEST_DIAGNOSTIC, MOST_RECIPIENTS } from './bounds.ts'
import { cleanAddress } from './address-text.ts'
import { colonOf, decodeWords, lineEnd } from './fields.ts'
import type { ReportedAction } from './types.ts'

export interface StatusGroup {
  readonly finalRecipient: string | null
  readonly originalRecipient: string | null
  /** Another address of the recipient that mailers name: `X-Actual-Recipient`, a mailbox without a domain. */
  readonly otherRecipient: string | null
  readonly action: ReportedAction | null
  readonly status: string | null
  readonly diagnostic: string
  readonly remoteMta: string | null
}

export interface DeliveryStatus {
  readonly reportingMta: string | null
  readonly envelopeId: string | null
  readonly groups: readonly StatusGroup[]
}

type Group = Map<string, string>

const OF_RECIPIENT = new Set([
  'final-recipient',
  'original-recipient',
  'action',
  'status',
  'remote-mta',
  'diagnostic-code',
  'last-attempt-date',
  'will-retry-until',
  'final-log-id',
  'x-actual-recipient',
  'x-display-name',
  'x-supplementary-info',
])
const OF_MESSAGE = new Set(['reporting-mta', 'original-envelope-id', 'dsn-gateway', 'received-from-mta', 'arrival-date'])
/** Said at most once of a recipient: said again, they are of the next. */
const ONCE = new Set(['final-recipient', 'original-recipient', 'action', 'status'])
const LONGEST_VALUE = 8000

/** Whether a text holds such fields: a part for programs whose type was lost, or one that was pasted into a text. */
export function looksLikeStatus(text: string): boolean {
  return /^[>\s]{0,8}(?:Final|Original)-Recipient[ \t]*:/im.test(text) && /^[>\s]{0,8}(?:Action|Status|Diagnostic-Code)[ \t]*:/im.test(text)
}

/** Reads the fields, wherever lines of other kinds stand between them. */
export function readDeliveryStatus(text: string): DeliveryStatus {
  const reader = new GroupReader()
  for (let at = 0; at < text.length && reader.groups.length <= MOST_RECIPIENTS;) {
    const end = lineEnd(text, at)
    reader.take(text.slice(at, end))
    at = end + 1
  }
  const groups = reader.groups.filter((group) =>
    [...group.keys()].some(
      (name) => name === 'final-recipient' || name === 'original-recipient' || name === 'x-actual-recipient' || name === 'action',
    ),
  )
  return {
    reportingMta: typed(reader.message.get('reporting-mta')),
    envelopeId: reader.message.get('original-envelope-id')?.trim() ?? null,
    groups: groups.slice(0, MOST_RECIPIENTS).map(statusGroup),
  }
}

/** Takes lines, one by one, into the fields of the message and of each recipient. */
class GroupReader {
  readonly message: Group = new Map()
  readonly groups: Group[] = []
  #current: Group | null = null
  #last: string | null = null
  #wasEmpty = false

  take(raw: string): void {
    const line = raw.replace(/^>[> ]{0,8}/, '')
    if (line.trim() === '') {
      this.#wasEmpty = true
      this.#last = null
      return
    }
    const colon = /^\s/.test(line) && this.#last !== null ? -1 : colonOf(line.trimStart(), 0, line.length)
    const name = colon < 0 ? '' : line.trimStart().slice(0, colon).trimEnd().toLowerCase()
    if (colon < 0 || !(OF_RECIPIENT.has(name) || OF_MESSAGE.has(name) || name.startsWith('x-'))) this.#more(line)
    else this.#field(name, line.trimStart().slice(colon + 1))
    this.#wasEmpty = false
  }

  /** A folded line, or the rest of a diagnostic that was not folded. */
  #more(line: string): void {
    const group = this.#current ?? this.message
    const last = this.#last
    if (last === null || (!/^\s/.test(line) && last !== 'diagnostic-code')) return
    const value = group.get(last) ?? ''
    if (value.length < LONGEST_VALUE) group.set(last, `${value} ${line.trim()}`)
  }

  #field(name: string, value: string): void {
    this.#last = name
    if (OF_MESSAGE.has(name) || (this.#current === null && name.startsWith('x-') && !OF_RECIPIENT.has(name))) {
      if (!this.message.has(name)) this.message.set(name, value.trim())
      return
    }
    const current = this.#current
    const isNext =
      current === null ||
      (ONCE.has(name) && current.has(name)) ||
      (this.#wasEmpty && name.endsWith('-recipient') && current.has('final-recipient'))
    const group: Group = isNext ? new Map() : current
    if (isNext) this.groups.push(group)
    this.#current = group
    const before = group.get(name)
    // Some give the transport's and the server's words in a field each.
    group.set(name, before === undefined ? value.trim() : `${before} ${value.trim()}`.slice(0, LONGEST_VALUE))
  }
}

/** A value without its type: `rfc822; user@example.com`, `dns; mx.example.com`. */
function typed(value: string | undefined): string | null {
  if (value === undefined) return null
  const text = decodeWords(value)
    .replace(/^\s*[A-Za-z0-9-]{1,20}\s*;\s*/, '')
    .trim()
  return text === '' ? null : text
}

function address(value: string | undefined): string | null {
  const text = typed(value)
  return text === null ? null : cleanAddress(unescaped(text))
}

/** utf-8-addr-xtext and xtext (rfc:6533#3, rfc:3461#4): what of them is no address as it stands. */
function unescaped(text: string): string {
  // How Exchange writes an address of SMTP among those of its own.
  const inner = /^IMCEASMTP-([^@\s]{3,300})@/i.exec(text)?.[1]
  if (inner !== undefined) return inner.replace(/\+([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return text
    .replace(/\\x\{([0-9A-Fa-f]{2,6})\}/g, (whole, hex: string) => {
      const code = Number.parseInt(hex, 16)
      return code < 0x110000 && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : whole
    })
    .replace(/\+(2B|3D|40)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

const ACTIONS: Readonly<Record<string, ReportedAction>> = {
  failed: 'failed',
  failure: 'failed',
  fail: 'failed',
  error: 'failed',
  expired: 'failed',
  undeliverable: 'failed',
  delayed: 'delayed',
  delay: 'delayed',
  deferred: 'delayed',
  delivered: 'delivered',
  relayed: 'relayed',
  expanded: 'expanded',
}

/** Some put the reason behind the status: `5.0.0 (recipient reached disk quota)`. */
function commentOf(status: string): string {
  return /\(([^()]{4,500})\)/.exec(status)?.[1]?.trim() ?? ''
}

function statusGroup(group: Group): StatusGroup {
  const actionWord = /[a-z]+/.exec((group.get('action') ?? '').toLowerCase())?.[0] ?? ''
  const status = /(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?!\d)/.exec(group.get('status') ?? '')
  const diagnostic = decodeWords(group.get('diagnostic-code') ?? '')
    .replace(/^\s*(?:[A-Za-z0-9-]{1,20})\s*;\s*/, '')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, LONGEST_DIAGNOSTIC)
  const extra = decodeWords(group.get('x-supplementary-info') ?? '').slice(0, LONGEST_DIAGNOSTIC)
  return {
    finalRecipient: address(group.get('final-recipient')),
    originalRecipient: address(group.get('original-recipient')),
    otherRecipient: address(group.get('x-actual-recipient')),
    action: ACTIONS[actionWord] ?? null,
    status: status === null ? null : `${status[1]}.${Number(status[2])}.${Number(status[3])}`,
    diagnostic: diagnostic || extra || commentOf(group.get('status') ?? ''),
    remoteMta: typed(group.get('remote-mta')),
  }
}
