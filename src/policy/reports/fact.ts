// What of an event is counted, and under which names: from the event itself, or from the octets of its line, which is far less work.
import type { MailEvent, MailEventKind } from '../../contract/events.ts'
import type { CATEGORIES } from '../../contract/feedback.ts'
import { REPORT_FIGURES, type ReportFigure } from '../../contract/report-figures.ts'
import { FIRST_STREAM } from '../../contract/streams.ts'
import { ABSENT, type LineFields, NULL, NUMBER, TEXT } from './line-fields.ts'
import { type NameTable, utf8 } from './names.ts'

/** Column of each figure. */
export const COLUMN = Object.fromEntries(REPORT_FIGURES.map((figure, n) => [figure, n])) as Readonly<Record<ReportFigure, number>>
export const COLUMNS = REPORT_FIGURES.length

/** Those by which values are weighed where rare ones are folded: what happened to recipients. */
export const LIGHT_COLUMNS: readonly number[] = REPORT_FIGURES.flatMap((figure, n) => (/messages|ctets|queuedFor/.test(figure) ? [] : [n]))

/** What happened: one in a column, or one of these. `MORE`: recipients of a message that was counted before. */
export const [ACCEPTED, MORE, DELIVERED] = [64, 65, 66]
/** Instead of a name: it has no value of that kind, and is not counted by it. */
export const NONE = -1

const [AT_SIGN, QUOTE, COMMA, SLASH] = [0x40, 0x22, 0x2c, 0x2f]

/** One thing to count, with the numbers of its names. */
export class Fact {
  at = 0
  account = 0
  what = 0
  recipients = 0
  size = 0
  took = 0
  stream = 0
  mailing = 0
  domain = NONE
  site = NONE
  source = NONE
  code = NONE
  /** Of what was accepted: recipients by domain, where they are of several. */
  domains: ReadonlyMap<number, number> | null = null
  readonly #names: NameTable

  constructor(names: NameTable) {
    this.#names = names
  }

  /** False: there is nothing to count. */
  fromEvent(event: MailEvent): boolean {
    const names = this.#names
    const what = whatOf(event.kind, (event as { category?: string }).category, 'machine' in event && event.machine !== null)
    if (what === NONE) return false
    this.#begin(event.at, event.account, what)
    this.stream = names.ofText(event.stream === undefined ? FIRST_STREAM : (event.stream ?? ''))
    this.mailing = names.ofText(event.mailing ?? '')
    if ('domain' in event) this.domain = names.ofText(event.domain)
    if ('size' in event) this.size = event.size
    if (event.kind === 'accepted') {
      if ((event.from ?? 0) !== 0) this.what = MORE
      this.recipients = event.recipients
      this.#domainsOf([event.recipient, ...(event.others ?? [])].map((one) => names.ofText(domainIn(one))))
    }
    if (event.kind === 'delivered') this.took = event.queuedFor
    if ('failureCode' in event) this.code = names.ofText(String(event.failureCode))
    if (!isTried(event.kind)) return true
    const { site, source } = event as { site?: string | null; source?: string }
    this.site = names.ofText(site ?? '')
    this.source = names.ofText(source ?? '')
    return true
  }

  fromLine(line: LineFields): boolean {
    const { kind, numbers, starts } = line
    const category = kind === 'bounced' ? this.#textIn(line, TEXT.category) : undefined
    const machine = starts[TEXT.machine] ?? ABSENT
    const what = whatOf(kind, category, machine >= 0)
    if (what === NONE) return false
    this.#begin(numbers[NUMBER.at] ?? 0, numbers[NUMBER.account] ?? 0, what)
    this.stream = this.#name(line, TEXT.stream, FIRST_STREAM)
    this.mailing = this.#name(line, TEXT.mailing, '')
    this.size = numbers[NUMBER.size] ?? 0
    if (kind === 'accepted') {
      if ((numbers[NUMBER.from] ?? 0) > 0) this.what = MORE
      this.recipients = numbers[NUMBER.recipients] ?? 0
      this.#acceptedIn(line)
      return true
    }
    if (starts[TEXT.domain] !== ABSENT) this.domain = this.#name(line, TEXT.domain, '')
    if (kind === 'delivered') this.took = numbers[NUMBER.queuedFor] ?? 0
    if (starts[TEXT.failureCode] !== ABSENT) this.code = this.#name(line, TEXT.failureCode, '')
    if (!isTried(kind)) return true
    this.site = this.#name(line, TEXT.site, '')
    this.source = this.#name(line, TEXT.source, '')
    return true
  }

  #begin(at: number, account: number, what: number): void {
    this.at = at
    this.account = account
    this.what = what
    this.recipients = this.size = this.took = 0
    this.domain = this.site = this.source = this.code = NONE
    this.domains = null
  }

  #name({ octets, starts, ends }: LineFields, field: number, absent: string): number {
    const start = starts[field] ?? ABSENT
    if (start === ABSENT) return this.#names.ofText(absent)
    return start === NULL ? this.#names.ofText('') : this.#names.of(octets, start, ends[field] ?? 0)
  }

  #textIn({ octets, starts, ends }: LineFields, field: number): string {
    const start = starts[field] ?? ABSENT
    return start < 0 ? '' : utf8(octets, start, ends[field] ?? 0)
  }

  #acceptedIn({ octets, starts, ends }: LineFields): void {
    const first = this.#domainAt(octets, starts[TEXT.recipient] ?? 0, ends[TEXT.recipient] ?? 0)
    const others = starts[TEXT.others] ?? ABSENT
    if (others < 0 && this.recipients === 1) {
      this.domain = first
      return
    }
    const all = [first]
    if (others < 0) return this.#domainsOf(all)
    const end = ends[TEXT.others] ?? 0
    for (let at = others + 1; octets[at] === QUOTE;) {
      const begin = ++at
      while (at < end && octets[at] !== QUOTE) at++
      all.push(this.#domainAt(octets, begin, at))
      if (octets[++at] === COMMA) at++
    }
    this.#domainsOf(all)
  }

  /** What is behind the last `@`, in small letters. */
  #domainAt(octets: Uint8Array, start: number, end: number): number {
    let at = end
    let isOther = false
    while (at > start && octets[at - 1] !== AT_SIGN) {
      const octet = octets[--at] ?? 0
      if (octet >= 0x80 || (octet >= 0x41 && octet <= 0x5a) || octet === SLASH) isOther = true
    }
    return isOther ? this.#names.ofText(domainIn(utf8(octets, at, end))) : this.#names.of(octets, at, end)
  }

  #domainsOf(all: readonly number[]): void {
    const [first = NONE] = all
    if (all.every((one) => one === first)) {
      this.domain = first
      // Where an event has fewer addresses than recipients, those it has are told apart.
      if (all.length === this.recipients) return
    }
    const domains = new Map<number, number>()
    for (const one of all) domains.set(one, (domains.get(one) ?? 0) + 1)
    this.domain = NONE
    this.domains = domains
  }
}

/** Of a place that is posted to `https://host`, as its deliveries have it. */
function domainIn(address: string): string {
  const domain = address.slice(address.lastIndexOf('@') + 1).toLowerCase()
  return /^https?:\/\/[^/?]+/.exec(domain)?.[0] ?? domain
}

function isTried(kind: MailEventKind): boolean {
  return kind === 'delivered' || kind === 'deferred' || kind === 'failed' || kind === 'expired'
}

const BOUNCED: Partial<Record<string, number>> = { Hard: COLUMN.bouncedHard, Soft: COLUMN.bouncedSoft } satisfies Partial<
  Record<keyof typeof CATEGORIES, number>
>

function whatOf(kind: MailEventKind, category: string | undefined, byMachine: boolean): number {
  switch (kind) {
    case 'accepted':
      return ACCEPTED
    case 'delivered':
      return DELIVERED
    case 'bounced':
      return BOUNCED[category ?? ''] ?? COLUMN.bouncedOther
    case 'opened':
    case 'clicked':
      return byMachine ? COLUMN[`${kind}ByMachine`] : COLUMN[kind]
    case 'held':
    case 'released':
      return NONE
    default:
      return COLUMN[kind]
  }
}
