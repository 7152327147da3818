// A merge document ready to be filled in: its Liquid parsed, its files encoded, its links rewritten, once for all of its recipients.
import { Fault, messageOf } from '../../base/fault.ts'
import { composeStructured } from '../compose/compose.ts'
import { encodedAttachment, type EncodedAttachment } from '../compose/parts.ts'
import type { RewritePlan } from '../tracking/rewrite.ts'
import { Allowance, MOST_MADE } from './allowance.ts'
import { type MergeDocument, readRow } from './document.ts'
import { asLiquid, type Data, OWN_NAME, requireReadable, type Scope, Source } from './liquid.ts'
import { clickOf, MARKS, trackedHtml, trackedSource, trackedText } from './tracked.ts'

/** For whom it is filled in. */
export interface MergeRecipient {
  readonly address: string
  /** As his row has it. */
  readonly merge: string
}

/** What is his alone: of tracking. */
export interface OwnValues {
  readonly token: string
  readonly unsubscribe: string
}

interface Sources {
  readonly name: Source
  readonly subject: Source | null
  readonly text: Source | null
  readonly html: Source | null
  readonly fields: readonly (readonly [name: string, value: Source])[]
}

/** What a line of a header must not have. */
const LINE_BREAKS = /[\r\n\0]+/g
/** What a filter or markup makes of a character at most. */
const LARGEST_GROWTH = 9
/** Of sources that are not rendered to see whether they can be. */
const MOST_VALUES = 10_000
const NOTHING: OwnValues = { token: '', unsubscribe: '' }

/** Of one that comes in, before it is compiled. Throws a Fault `template-invalid`. */
export function requireReadableMerge({ from, subject = '', text = '', html = '', fields = [] }: Omit<MergeDocument, 'front'>): void {
  requireReadable('the name of the sender', asLiquid(from.name ?? ''))
  requireReadable('the subject', asLiquid(subject))
  requireReadable('the text', asLiquid(text))
  requireReadable('the HTML', asLiquid(html))
  for (const [name, value] of fields) requireReadable(`the field ${name}`, asLiquid(value))
}

export class CompiledMerge {
  readonly #document: MergeDocument
  readonly #plan: RewritePlan | null
  readonly #sources: Sources
  readonly #attachments: readonly EncodedAttachment[]
  readonly #isLate: boolean
  readonly #click: ((value: string) => string) | null
  /** How many values of data its sources hold, where they are harmless; else without end. */
  #values: number | undefined
  /** Characters of the data of all. */
  readonly #common: number
  #fields: readonly (readonly (string | number)[])[] | null | undefined

  /** Throws a Fault `template-invalid`. */
  constructor(document: MergeDocument, plan: RewritePlan | null = null) {
    const { from, subject, text, html, fields = [], attachments = [] } = document
    const page = html === undefined ? undefined : asLiquid(html)
    const tracked = page === undefined || plan === null ? null : trackedSource(page, plan)
    const plain = text === undefined ? undefined : asLiquid(text)
    this.#document = document
    this.#common = JSON.stringify(document.data).length
    this.#plan = plan
    this.#isLate = tracked?.isLate ?? false
    this.#click = plan === null ? null : clickOf(plan)
    this.#sources = {
      name: new Source('the name of the sender', 'plain', asLiquid(from.name ?? '')),
      subject: subject === undefined ? null : new Source('the subject', 'plain', asLiquid(subject)),
      text: plain === undefined ? null : new Source('the text', 'plain', plan === null ? plain : trackedText(plain, plan)),
      html: page === undefined ? null : new Source('the HTML', 'html', tracked?.source ?? page),
      fields: fields.map(([name, value]) => [name, new Source(`the field ${name}`, 'plain', asLiquid(value))]),
    }
    this.#attachments = attachments.map(({ content, ...file }) => encodedAttachment({ ...file, octets: Buffer.from(content, 'base64') }))
  }

  /** The message of one recipient. `id`: that no other message has, for boundaries. Throws a Fault `template-failed`. */
  render(recipient: MergeRecipient, id: string, values: OwnValues = NOTHING): Buffer {
    const { name, json } = readRow(recipient.merge)
    const scope = this.#scopeOf(recipient.address, name, { json, values })
    const { subject, text, html, fields } = this.#sources
    const from = { email: this.#document.from.email, name: oneLine(this.#sources.name.render(scope)) }
    const about = subject === null ? undefined : oneLine(subject.render(scope))
    const plain = text?.render(scope)
    const page = html?.render(scope)
    const message = composeStructured({
      from,
      to: [{ email: recipient.address, name }],
      replyTo: this.#document.replyTo,
      subject: about,
      text: plain,
      html: page !== undefined && this.#isLate && this.#plan !== null ? withValues(trackedHtml(page, this.#plan), values) : page,
      fields: fields.map(([field, value]) => [field, oneLine(value.render(scope))]),
      attachments: this.#attachments,
      id,
    })
    return Buffer.concat([Buffer.from(this.#document.front + this.#listFields(values)), message])
  }

  /** Why the message cannot be made for a recipient, as a sentence; null: it can. Cheap where that can be told from the names of fields. */
  troubleOf(recipient: MergeRecipient, data: Data): string | null {
    if (this.#mayTell(recipient) && this.#hasAll(data)) return null
    try {
      this.render(recipient, '1')
      return null
    } catch (error) {
      return messageOf(error)
    }
  }

  /** Nothing can go wrong but that a field is missing. */
  #mayTell({ merge }: MergeRecipient): boolean {
    const { name, subject, text, html, fields } = this.#sources
    this.#values ??=
      [name, subject, text, html, ...fields.map(([, value]) => value)].reduce<number | null>((sum, source) => {
        const harmless = source === null ? 0 : source.harmless
        return sum === null || harmless === null ? null : sum + harmless
      }, 0) ?? Infinity
    return this.#values < MOST_VALUES && this.#values * (merge.length + this.#common) * LARGEST_GROWTH < MOST_MADE / 2
  }

  #hasAll(data: Data): boolean {
    if (this.#document.missing === 'empty') return true
    if (this.#fields === undefined) this.#fields = this.#paths()
    const own = { ...this.#document.data, ...data }
    return this.#fields?.every((path) => isThere(own, path)) === true
  }

  #paths(): readonly (readonly (string | number)[])[] | null {
    const { name, subject, text, html, fields } = this.#sources
    const found = [name, subject, text, html, ...fields.map(([, value]) => value)].map((source) => (source === null ? [] : source.fields))
    return found.includes(null) ? null : found.flatMap((paths) => paths ?? [])
  }

  #scopeOf(address: string, name: string, { json, values }: { readonly json: string; readonly values: OwnValues }): Scope {
    const { data, missing } = this.#document
    const { unsubscribe = '' } = this.#plan?.html ?? {}
    const given = { recipient: { email: address, name }, DeliveryAddress: address, HsUnsubscribe: withValues(unsubscribe, values) }
    const own = { ...(json === '' ? {} : dataOf(json)), [OWN_NAME]: values }
    const click = this.#click
    const allowance = new Allowance()
    return {
      own,
      all: { ...given, ...data },
      missing,
      allowance,
      ...(click !== null && { click: (value) => withValues(click(value), values) }),
    }
  }

  #listFields(values: OwnValues): string {
    const { listFields = '' } = this.#plan ?? {}
    const hasOwn = this.#sources.fields.some(([name]) => name.toLowerCase() === 'list-unsubscribe')
    return listFields === '' || hasOwn ? '' : withValues(listFields, values)
  }
}

function dataOf(json: string): Data {
  try {
    return JSON.parse(json) as Data
  } catch (error) {
    throw new Fault('template-failed', 'The data of the recipient is no JSON any more.', { blame: 'owner', cause: error })
  }
}

function withValues(text: string, { token, unsubscribe }: OwnValues): string {
  return text.replaceAll(MARKS.token, token).replaceAll(MARKS.unsubscribe, unsubscribe)
}

function oneLine(text: string): string {
  return text.replaceAll(LINE_BREAKS, ' ').trim()
}

function isThere(data: Data, path: readonly (string | number)[]): boolean {
  let value: unknown = data
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return false
    value = (value as Data)[step]
  }
  return value !== undefined
}
