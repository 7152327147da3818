// What reports need of an event, read from the octets of its line without making an object of it: a line of JSON is walked over once, and of the fields
// that are wanted it is noted where they are. Whatever is spelled in another way than the house writes it (escapes, blanks, other types) is told as not
// understood: whoever asks reads that line with JSON.parse.
import { MAIL_EVENT_KINDS, type MailEventKind } from '../../contract/events.ts'

const [QUOTE, BACKSLASH, COLON, COMMA, DOT] = [0x22, 0x5c, 0x3a, 0x2c, 0x2e]
const [OPEN, CLOSE, OPEN_LIST, CLOSE_LIST] = [0x7b, 0x7d, 0x5b, 0x5d]
const [ZERO, NINE, N] = [0x30, 0x39, 0x6e]

/** Fields that are numbers; the rest are texts, but for the code, whose digits are taken as a text. */
const NUMBERS = ['at', 'account', 'size', 'recipients', 'from', 'queuedFor'] as const
const TEXTS = [
  'stream',
  'mailing',
  'domain',
  'site',
  'source',
  'failureCode',
  'recipient',
  'others',
  'category',
  'machine',
  'id',
  'kind',
] as const
type NumberField = (typeof NUMBERS)[number]
type TextField = (typeof TEXTS)[number]

/** Places of numbers in `numbers`. */
export const NUMBER = Object.fromEntries(NUMBERS.map((name, n) => [name, n])) as Readonly<Record<NumberField, number>>
/** Places of texts in `starts` and `ends`. */
export const TEXT = Object.fromEntries(TEXTS.map((name, n) => [name, n])) as Readonly<Record<TextField, number>>

/** Instead of the start of a text. */
export const ABSENT = -1
export const NULL = -2

interface Word {
  readonly octets: Uint8Array
  readonly n: number
}

/** By length. */
function wordsOf(names: readonly string[]): readonly (readonly Word[] | undefined)[] {
  const words: Word[][] = []
  for (const [n, name] of names.entries()) (words[name.length] ??= []).push({ octets: Buffer.from(name), n })
  return words
}

const FIELDS = wordsOf([...NUMBERS, ...TEXTS])
const KINDS = wordsOf(MAIL_EVENT_KINDS)

/** -1: it is none of them. */
function wordAt(words: typeof FIELDS, octets: Uint8Array, start: number, end: number): number {
  const some = words[end - start]
  if (some === undefined) return -1
  next: for (let i = 0; i < some.length; i++) {
    const word = some[i]
    if (word === undefined) continue
    for (let at = 0; at < end - start; at++) if (octets[start + at] !== word.octets[at]) continue next
    return word.n
  }
  return -1
}

export class LineFields {
  /** The line is part of them. */
  octets: Uint8Array = new Uint8Array(0)
  readonly numbers = new Float64Array(NUMBERS.length)
  /** Of each text, or what stands for it. */
  readonly starts = new Int32Array(TEXTS.length)
  readonly ends = new Int32Array(TEXTS.length)
  kind: MailEventKind = 'accepted'
  /** In the shard's outbox. */
  number = 0
  #hasEscape = false

  /** `end`: of the line feed. False: the line is to be read in another way. */
  read(octets: Uint8Array, start: number, end: number): boolean {
    this.octets = octets
    this.numbers.fill(NaN)
    this.starts.fill(ABSENT)
    if (octets[start] !== OPEN) return false
    for (let at = start + 1; at < end;) {
      if (octets[at++] !== QUOTE) return false
      const key = at
      while (at < end && octets[at] !== QUOTE) at++
      const field = wordAt(FIELDS, octets, key, at)
      if (octets[at + 1] !== COLON) return false
      const value = at + 2
      at = this.#valueEnd(value, end)
      if (field >= 0 && !this.#take(field, value, at)) return false
      if (octets[at] === CLOSE) return at + 1 === end && this.#isWhole()
      if (octets[at++] !== COMMA) return false
    }
    return false
  }

  /** Behind the value. */
  #valueEnd(value: number, end: number): number {
    const { octets } = this
    const first = octets[value]
    this.#hasEscape = false
    if (first === QUOTE) return this.#textEnd(value, end)
    if (first === OPEN || first === OPEN_LIST) return this.#nestedEnd(value, end)
    let at = value
    while (at < end && octets[at] !== COMMA && octets[at] !== CLOSE) at++
    return at
  }

  #textEnd(quote: number, end: number): number {
    const { octets } = this
    for (let at = quote + 1; at < end; at++) {
      const octet = octets[at]
      if (octet === QUOTE) return at + 1
      if (octet !== BACKSLASH) continue
      this.#hasEscape = true
      at++
    }
    return end
  }

  #nestedEnd(value: number, end: number): number {
    const { octets } = this
    let depth = 0
    for (let at = value; at < end;) {
      const octet = octets[at]
      if (octet === QUOTE) {
        at = this.#textEnd(at, end)
        continue
      }
      at++
      if (octet === OPEN || octet === OPEN_LIST) depth++
      else if ((octet === CLOSE || octet === CLOSE_LIST) && --depth === 0) return at
    }
    return end
  }

  #take(field: number, start: number, end: number): boolean {
    if (field >= NUMBERS.length) return this.#takeText(field - NUMBERS.length, start, end)
    let number = 0
    for (let at = start; at < end; at++) {
      const octet = this.octets[at] ?? 0
      if (octet < ZERO || octet > NINE) return this.#takeOther(field, start, end)
      number = number * 10 + octet - ZERO
    }
    this.numbers[field] = number
    return end > start && Number.isSafeInteger(number)
  }

  /** With a sign, a fraction or an exponent. */
  #takeOther(field: number, start: number, end: number): boolean {
    const text = Buffer.from(this.octets.buffer, this.octets.byteOffset + start, end - start).toString('latin1')
    const number = Number(text)
    this.numbers[field] = number
    return /^-?\d/.test(text) && Number.isFinite(number)
  }

  #takeText(field: number, start: number, end: number): boolean {
    const first = this.octets[start] ?? 0
    if (this.#hasEscape) return false
    if (first === QUOTE && field !== TEXT.others && field !== TEXT.failureCode) {
      this.starts[field] = start + 1
      this.ends[field] = end - 1
      return true
    }
    const isNull = first === N
    const isOther = (field === TEXT.others && first === OPEN_LIST) || (field === TEXT.failureCode && first > ZERO && first <= NINE)
    this.starts[field] = isNull ? NULL : start
    this.ends[field] = end
    return isNull || isOther
  }

  /** What each event has. */
  #isWhole(): boolean {
    const { octets, starts, ends, numbers } = this
    const [kindAt = -1, id = -1] = [starts[TEXT.kind], starts[TEXT.id]]
    const kind = kindAt < 0 ? -1 : wordAt(KINDS, octets, kindAt, ends[TEXT.kind] ?? 0)
    const named = MAIL_EVENT_KINDS[kind]
    if (named === undefined || id < 0) return false
    this.kind = named
    let at = id
    const end = ends[TEXT.id] ?? 0
    while (at < end && octets[at] !== DOT) at++
    this.number = 0
    for (at++; at < end; at++) this.number = this.number * 10 + (octets[at] ?? 0) - ZERO
    return !Number.isNaN(numbers[NUMBER.at]) && !Number.isNaN(numbers[NUMBER.account])
  }
}
