// What an endpoint that speaks as another vendor does is made of: who calls, what he wants sent, and what he is told, in that vendor's forms.
// All of it is pure: keys are checked, messages checked again and queued, by whoever calls it.
import { z } from 'zod'
import type { EpochMs } from '../../../base/brand.ts'
import {
  checked,
  type InjectedAttachment,
  type InjectedMessage,
  type InjectionResult,
  type MERGE,
  namedValues,
  type Problem,
} from '../../../contract/injection.ts'
import { parseJson } from '../json-body.ts'
import { Refused, refuse } from '../refused.ts'
import type { SignedRequest } from './sigv4.ts'

export type Header = SignedRequest['header']

/** One call of a vendor's client. */
export interface VendorCall {
  /** What follows the prefix of the vendor, without its query. */
  readonly path: string
  readonly header: Header
  readonly body: Buffer
  readonly now: EpochMs
}

export interface VendorAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export type Merge = z.output<typeof MERGE>

/** What a call wants sent, and how its results are told. */
export interface VendorOrder {
  readonly what: { readonly messages: readonly InjectedMessage[] } | { readonly merge: Merge }
  /** Of a request that is to be done once. */
  readonly key: string | null
  /** Nothing is queued unless all of it can be: there is one answer for all. */
  readonly isWhole: boolean
  /** A result for each message, or recipient of a merge, in their order. */
  readonly tell: (results: readonly InjectionResult[]) => VendorAnswer
}

/** A call whose body was read. */
export interface Opened {
  /** Where who calls is in the body. */
  readonly proof?: { readonly key: string | null; readonly account: number }
  /** Throws a Refused; an answer: there is nothing to send. Reads what is asked for, which is done for those who may ask alone. */
  readonly order: () => VendorOrder | VendorAnswer | Promise<VendorOrder>
}

export interface Vendor {
  /** Of the paths, such as `/postmark`. */
  readonly prefix: string
  /** What can be called, by POST. */
  readonly paths: ReadonlySet<string>
  /** What that is of the vendor's API, for whoever asks for more. */
  readonly has: string
  /** Where the key is: in the header, or the call is signed with it. Throws a Refused where there is none. */
  readonly key: ((header: Header) => string) | 'signed' | 'in the body'
  /** Throws a Refused. */
  readonly open: (call: VendorCall) => Opened
  readonly refuse: (problem: Problem) => VendorAnswer
}

export function bearerOr(why: string, field?: string): (header: Header) => string {
  return (header) => bearer(header) ?? refuse('not-authenticated', why, field)
}

/** rfc:6750#2.1 */
export function bearer(header: Header): string | null {
  return /^Bearer +(\S+)\s*$/i.exec((header('authorization') ?? '').slice(0, 1000))?.[1] ?? null
}

export function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): VendorAnswer {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) }
}

/** For answers to a problem that goes away by itself. */
export function retryHeaders({ retryAfter }: Problem): Record<string, string> {
  return retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }
}

/** The body, of the vendor's form. */
export function bodyOf<T>({ body }: Pick<VendorCall, 'body'>, schema: z.ZodType<T>): T {
  return fitting(schema, parsed(body), '')
}

export function fitting<T>(schema: z.ZodType<T>, value: unknown, within: string): T {
  const result = checked(schema, value, within)
  if ('problem' in result) throw new Refused(result.problem)
  return result.value
}

export function parsed(body: Buffer): unknown {
  const json = parseJson(body)
  return 'problem' in json ? refuse(json.problem.code, json.problem.message) : json.value
}

// Fields as vendors have them: what a client leaves empty it sends as null, or not at all.
export const text = z.string('must be a text')
export const someText = text.nullish()
export const flag = z.boolean('must be true or false').nullish()
export const texts = namedValues(text, 'must be an object of names and texts').nullish()
export const data = namedValues(z.unknown(), 'must be an object')
/** Members of any list: what is longer is looked at no further. */
const MOST_MEMBERS = 10_000
export const list = <T extends z.ZodType>(of: T, most = MOST_MEMBERS) =>
  z.array(of, 'must be a list').max(most, `must have at most ${most} members`)
/** Known, and not done here: it may be null. */
export const notDone = (why: string) => z.null(`is not supported by hms: ${why}`).optional()

/** What a table of errors has for all that goes away by itself. */
export const forAWhile = <const T>(one: T) => ({ busy: one, full: one, unavailable: one, stopping: one })

export const NO_RESULT: Problem = { code: 'internal', message: 'The message has no result.' }

interface Attached {
  readonly name: string
  readonly content: string
  readonly type?: string | null | undefined
  readonly contentId?: string | null | undefined
  /** Undefined: so it is where it has an id. */
  readonly inline?: boolean | undefined
}

export function attachment({ name, content, type, contentId, inline }: Attached): InjectedAttachment {
  const [media, id] = [given(type), given(contentId)]
  return {
    name,
    content,
    ...(media !== undefined && { type: media }),
    ...(id !== undefined && { contentId: id }),
    ...(inline !== undefined && { inline }),
  }
}

/** Undefined in place of what says nothing. */
export function given<T>(value: T | null | undefined): T | undefined {
  return value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0) ? undefined : value
}

/** Fields of a header as one object: a field that is there twice could not be told apart in it. */
export function headersOf(
  fields: readonly (readonly [name: string, value: string])[] | null | undefined,
): Record<string, string> | undefined {
  if (fields === null || fields === undefined || fields.length === 0) return undefined
  const names = new Set<string>()
  for (const [name] of fields) {
    if (names.has(name.toLowerCase())) refuse('invalid-field', `The header field ${name.slice(0, 100)} is there twice.`, 'headers')
    names.add(name.toLowerCase())
  }
  return Object.fromEntries(fields)
}

/** Of the content of all messages of a call, in characters: what one call says for many is not multiplied without end. */
const MOST_CONTENT = 64 * 1024 * 1024

export class Room {
  #left = MOST_CONTENT

  take(characters: number): void {
    this.#left -= characters
    if (this.#left < 0)
      refuse(
        'too-large',
        `The messages of the call have more than ${MOST_CONTENT} characters in all: send it for fewer recipients at once.`,
      )
  }

  with(message: InjectedMessage): InjectedMessage {
    const { text: plain, html, attachments = [] } = message
    this.take((plain?.length ?? 0) + (html?.length ?? 0) + attachments.reduce((sum, { content }) => sum + content.length, 0))
    return message
  }
}
