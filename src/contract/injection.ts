// What applications hand in over HTTP, by pickup and by jobs: messages as JSON, their bounds, and what they are answered. The check of a call,
// the types of whoever makes one and /openapi.json come from here. Nothing that goes into a header or an envelope holds CR, LF or NUL.
import { z } from 'zod'
import { JOB_BOUNDS } from './jobs.ts'
import { PRIORITIES } from './priority.ts'

const KIB = 1024

/** Bounds of one message, and of one call. What is larger is refused, never cut. */
export const INJECTION = {
  recipients: 1000,
  headers: 50,
  headerName: 100,
  headerValue: 2000,
  subject: 1000,
  /** Of text, and of html. Readers cut what is larger than a hundredth of that; a file is an attachment. */
  text: 10 * 1024 * KIB,
  address: 1024,
  name: 320,
  attachments: 100,
  fileName: 255,
  tags: 10,
  tag: 100,
  metadata: 20,
  metadataName: 40,
  metadataValue: 500,
  key: 255,
  messages: 10_000,
  mergeRecipients: 10_000,
  /** Of one recipient, as JSON. */
  mergeData: JOB_BOUNDS.data,
} as const

const HARMLESS = /^[^\r\n\0]*$/
/** `X-xsMessageId` and `X-xsMailingId`: what logs and events can hold. */
const ID = /^[0-9A-Za-z-]{1,100}$/
/** rfc:5322#2.2, without what would end a line. */
const FIELD_NAME = /^[!-9;-~]+$/
/** rfc:2045#5.1 */
const MEDIA_TYPE = /^[\w!#$&^.+-]{1,127}\/[\w!#$&^.+-]{1,127}$/

const oneLine = 'must be one line: CR, LF and NUL are refused'
/** What is too long is looked at no further. */
const within = (most: number) => z.string('must be a text').max(most, { error: `must have at most ${most} characters`, abort: true })
const optionalLine = (most: number) => within(most).regex(HARMLESS, oneLine)
const line = (most: number) => optionalLine(most).min(1, 'must not be empty')
const id = within(100).regex(ID, 'must be 1 to 100 letters, digits and hyphens')
/** That it is base64 is seen when it is read. */
const base64 = z.string('must be a text').meta({ contentEncoding: 'base64' })
const flag = z.boolean('must be true or false')
const notList = { error: ({ input }: { readonly input?: unknown }) => (input === undefined ? 'is missing' : 'must be a list, in [ ]') }
const list = <T extends z.ZodType>(of: T, most: number) => z.array(of, notList).max(most, `must have at most ${most} members`)
const some = <T extends z.ZodType>(of: T, most: number) => list(of, most).min(1, 'must not be empty')

/** Names that come from outside, with their values. `__proto__` would be left out without a word: it is refused. */
export const namedValues = <T extends z.ZodType>(value: T, error: string, name: z.ZodType<string, string> = z.string()) =>
  z.preprocess(refuseProto, z.record(name, value, error))

function refuseProto(value: unknown, context: z.RefinementCtx): unknown {
  if (typeof value === 'object' && value !== null && Object.hasOwn(value, '__proto__'))
    context.addIssue({ code: 'custom', path: ['__proto__'], message: 'is a name that cannot be taken' })
  return value
}

const ADDRESS = z.strictObject({ email: line(INJECTION.address), name: line(INJECTION.name).optional() })
/** `ann@example.com`, `Ann <ann@example.com>` or both apart. */
const MAILBOX = z
  .union([line(INJECTION.address), ADDRESS], 'must be an address, or an object with email and name, in one line each')
  .meta({ id: 'Mailbox' })

const ATTACHMENT = z
  .strictObject({
    name: line(INJECTION.fileName),
    type: within(255).regex(MEDIA_TYPE, 'must be a media type such as image/png').optional(),
    content: base64,
    contentId: within(200)
      .regex(/^[\w.!#$%&'*+/=?^`{|}~@-]{1,200}$/, 'must be an id such as logo or logo@example.com')
      .optional(),
    inline: flag.optional(),
  })
  .meta({ id: 'Attachment' })

const HEADERS = namedValues(
  optionalLine(INJECTION.headerValue),
  'must be an object of names and values',
  within(INJECTION.headerName).regex(FIELD_NAME, 'has a name that no header field can have'),
).refine((fields) => Object.keys(fields).length <= INJECTION.headers, `must have at most ${INJECTION.headers} fields`)

const METADATA = namedValues(
  optionalLine(INJECTION.metadataValue),
  'must be an object of names and texts',
  within(INJECTION.metadataName).regex(/^[\w.-]+$/, 'has a name that is not 1 to 40 letters, digits, dots, hyphens and underscores'),
).refine((entries) => Object.keys(entries).length <= INJECTION.metadata, `must have at most ${INJECTION.metadata} entries`)

const DATA = namedValues(z.unknown(), 'must be an object').meta({ id: 'Data' })

export const MESSAGE = z
  .strictObject(
    {
      from: MAILBOX.optional(),
      /** Of the envelope; else that of `from`. */
      sender: line(INJECTION.address).optional(),
      to: list(MAILBOX, INJECTION.recipients).optional(),
      cc: list(MAILBOX, INJECTION.recipients).optional(),
      bcc: list(MAILBOX, INJECTION.recipients).optional(),
      replyTo: list(MAILBOX, 10).optional(),
      subject: optionalLine(INJECTION.subject).optional(),
      text: within(INJECTION.text).optional(),
      html: within(INJECTION.text).optional(),
      headers: HEADERS.optional(),
      attachments: list(ATTACHMENT, INJECTION.attachments).optional(),
      /** A whole message in base64, in place of subject, text, html, headers and attachments. */
      raw: base64.optional(),
      messageId: id.optional(),
      mailing: id.optional(),
      stream: line(32).optional(),
      pool: line(100).optional(),
      priority: z.enum(PRIORITIES, `must be one of ${PRIORITIES.join(', ')}`).optional(),
      /** `2027-03-01T08:00:00+01:00`, or `2027-03-01 08:00 Europe/Vienna`. */
      sendAt: line(100).optional(),
      /** The same, or a time such as `2h` from when it was to leave. */
      expiresAt: line(100).optional(),
      tags: list(line(INJECTION.tag), INJECTION.tags).optional(),
      metadata: METADATA.optional(),
      tracking: z.strictObject({ opens: flag.optional(), clicks: flag.optional(), unsubscribe: flag.optional() }).optional(),
      template: z.strictObject({ id: line(100), version: z.int().min(1).optional() }).optional(),
      data: DATA.optional(),
      missing: z.enum(['error', 'empty'], 'must be error or empty').optional(),
    },
    'must be an object',
  )
  .meta({ id: 'Message' })

export const MERGE_RECIPIENT = z
  .strictObject({ to: MAILBOX, data: DATA.optional(), messageId: id.optional() })
  .meta({ id: 'MergeRecipient' })

/** Many messages, each with its own result. */
export const SEVERAL = z.strictObject({
  messages: some(z.unknown(), INJECTION.messages),
})
/** One message for many, each with data of his own. */
export const MERGE = z.strictObject({
  message: MESSAGE,
  recipients: some(MERGE_RECIPIENT, INJECTION.mergeRecipients),
  data: DATA.optional(),
})
/** What a template becomes of data. */
export const PREVIEW = z.strictObject(
  Object.fromEntries(
    (['template', 'subject', 'text', 'html', 'data', 'missing'] as const).map((name) => [name, MESSAGE.shape[name]]),
  ) as Pick<typeof MESSAGE.shape, 'template' | 'subject' | 'text' | 'html' | 'data' | 'missing'>,
  'must be an object',
)
/** The same, whose recipients are checked one by one: each has a result of his own. */
export const MERGE_CALL = MERGE.extend({ recipients: some(z.unknown(), INJECTION.mergeRecipients) })

export type Mailbox = z.output<typeof MAILBOX>
export type InjectedAttachment = z.output<typeof ATTACHMENT>
export type InjectedMessage = z.output<typeof MESSAGE>

/** Why a call, or a message of it, was refused, by code: the status that it is answered with, and when it is met. */
export const INJECTION_ERRORS = {
  'invalid-json': { status: 400, doc: 'The body is no JSON, or not UTF-8.' },
  'invalid-body': { status: 400, doc: 'The body is not what its media type says.' },
  'invalid-field': { status: 422, doc: 'A field is missing, unknown, too long or not of its form; `field` names it.' },
  'not-authenticated': { status: 401, doc: 'There is no key, or it is none of this server, or may not be used from there.' },
  'too-many-failures': { status: 429, doc: 'Too many wrong keys came from the network.' },
  'not-allowed': { status: 403, doc: 'The account may not do that: its state, its sender domains, its pools.' },
  unsigned: { status: 403, doc: "There is no DKIM key for the author's domain, and the account may not send without." },
  'not-found': { status: 404, doc: 'There is nothing at the path.' },
  'method-not-allowed': { status: 405, doc: 'The path is there, the method is not.' },
  'invalid-key': { status: 400, doc: 'The Idempotency-Key is empty, too long or not plain ASCII.' },
  'key-conflict': { status: 409, doc: 'The idempotency key was used for another request.' },
  'key-under-way': { status: 409, doc: 'The first request with the idempotency key is not answered yet.' },
  'too-large': { status: 413, doc: 'The call or the message is larger than is taken.' },
  'unsupported-type': { status: 415, doc: 'The body is of a media type that is not taken.' },
  suppressed: { status: 422, doc: 'All recipients are on a suppression list of the account.' },
  'too-many-recipients': { status: 422, doc: 'The account may not send a message to so many.' },
  'invalid-message': { status: 422, doc: 'The message cannot be sent as it is: its header, its wishes.' },
  'merge-failed': {
    status: 422,
    doc: 'A template cannot be filled in with the data that came with it: a field is missing, or it becomes too large.',
  },
  'template-not-found': { status: 422, doc: 'The account has no such template, or no such version of it.' },
  'not-supported': { status: 422, doc: 'That is known and not done here.' },
  quota: { status: 429, doc: 'A quota of the account or of the key is used up; Retry-After says until when.' },
  'too-many-keys': { status: 429, doc: 'The account has as many idempotency keys as leave room for those of others.' },
  busy: { status: 503, doc: 'Too much is being received at once.' },
  full: { status: 503, doc: 'The disk has no room.' },
  unavailable: { status: 503, doc: 'The message cannot be stored, or a list not be asked, at the moment.' },
  stopping: { status: 503, doc: 'The server is stopping.' },
  internal: { status: 500, doc: 'A bug in hms.' },
} as const

export type InjectionErrorCode = keyof typeof INJECTION_ERRORS

/** Why something is refused; `retryAfter`: in seconds, where the same may be tried again. */
export interface Problem {
  readonly code: InjectionErrorCode
  /** A sentence. */
  readonly message: string
  readonly field?: string
  readonly retryAfter?: number
}

const CODE = z.enum(Object.keys(INJECTION_ERRORS) as [InjectionErrorCode, ...InjectionErrorCode[]])
export const ERROR = z.object({ error: z.object({ code: CODE, message: z.string(), field: z.string().optional() }) }).meta({ id: 'Error' })
export const QUEUED = z.object({ id: z.string(), messageId: z.string().optional(), status: z.literal('queued') }).meta({ id: 'Queued' })
export const RESULTS = z.object({ results: z.array(z.union([QUEUED, ERROR])) }).meta({ id: 'Results' })

/** What became of one message. */
export type InjectionResult =
  | { readonly id: string; readonly messageId?: string; readonly status: 'queued' }
  | { readonly error: Pick<Problem, 'code' | 'message' | 'field'> }

/** Only the first fault is told: with the rest of a wrong value no time is lost. */
const UP_TO_FAULT = { error: inPlainWords, abortEarly: true }

/** A checked value, or why it is none. */
export function checked<T>(schema: z.ZodType<T>, value: unknown, within = ''): { readonly value: T } | { readonly problem: Problem } {
  const result = schema.safeParse(value, UP_TO_FAULT)
  return result.success ? { value: result.data } : { problem: problemOf(result.error, within) }
}

const NOUNS: Readonly<Record<string, string>> = {
  object: 'an object, in { }',
  record: 'an object, in { }',
  string: 'a text',
  int: 'a whole number',
  number: 'a number',
}

/** Where a schema does not say it itself. */
export function inPlainWords(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'too_small') return `must be at least ${issue.minimum}`
  if (issue.code !== 'invalid_type') return undefined
  return issue.input === undefined ? 'is missing' : `must be ${NOUNS[issue.expected] ?? issue.expected}`
}

function problemOf({ issues }: z.ZodError, within: string): Problem {
  const [issue] = issues
  const field = fieldName([...(within === '' ? [] : [within]), ...(issue?.path ?? [])])
  if (issue?.code === 'unrecognized_keys') {
    const [name = ''] = issue.keys
    const unknown = fieldName([...(field === '' ? [] : [field]), name])
    return { code: 'invalid-field', message: `There is no field ${shown(unknown)}.`, field: unknown.slice(0, 200) }
  }
  const what = issue?.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue?.message
  const subject = field === '' ? 'The body' : shown(field)
  return {
    code: 'invalid-field',
    message: `${subject} ${what ?? 'is not of its form'}.`,
    ...(field !== '' && { field: field.slice(0, 200) }),
  }
}

function fieldName(path: readonly PropertyKey[]): string {
  return path.map((part, n) => (typeof part === 'number' ? `[${part}]` : `${n === 0 ? '' : '.'}${String(part)}`)).join('')
}

/** Of a name that came from outside. */
function shown(text: string): string {
  return text.replaceAll(/[^ -~]/g, '?').slice(0, 100)
}
