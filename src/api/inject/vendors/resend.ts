// Resend's API for sending: /emails and /emails/batch, with its idempotency keys. Errors are `{ statusCode, name, message }`
// (https://resend.com/docs/api-reference/errors), which its client hands on as they are.
import { z } from 'zod'
import type { InjectedAttachment, InjectedMessage, InjectionResult, Problem } from '../../../contract/injection.ts'
import { mailboxesOfAll, mailboxOf } from './mailboxes.ts'
import { refuse, Refused } from '../refused.ts'
import {
  attachment,
  bearerOr,
  data,
  fitting,
  forAWhile,
  given,
  json,
  list,
  NO_RESULT,
  notDone,
  parsed,
  retryHeaders,
  someText,
  text,
  texts,
} from './vendor.ts'
import type { Vendor, VendorAnswer, VendorCall, VendorOrder } from './vendor.ts'

const MOST_MESSAGES = 100

const ADDRESSES = z.union([text, list(text)], 'must be an address, or a list of them').nullish()
const ATTACHMENT = z.strictObject({
  path: notDone('nothing is fetched from elsewhere, send the content'),
  content: z.string('must be a text in base64'),
  filename: text,
  content_type: someText,
  content_id: someText,
})
const EMAIL = z.strictObject({
  from: text,
  to: ADDRESSES,
  cc: ADDRESSES,
  bcc: ADDRESSES,
  reply_to: ADDRESSES,
  subject: someText,
  html: someText,
  text: someText,
  headers: texts,
  attachments: list(ATTACHMENT).nullish(),
  tags: list(z.strictObject({ name: text, value: text })).nullish(),
  scheduled_at: someText,
  template: z.strictObject({ id: text, variables: data.nullish() }).nullish(),
  topic_id: notDone('whoever unsubscribed is kept by stream'),
})

type Email = z.output<typeof EMAIL>

function addressesOf(value: z.output<typeof ADDRESSES>, field: string) {
  const known = given(value)
  return known === undefined ? undefined : mailboxesOfAll(typeof known === 'string' ? [known] : known, field)
}

function attachmentOf({ content, filename, content_type, content_id }: z.output<typeof ATTACHMENT>): InjectedAttachment {
  return attachment({ name: filename, content, type: content_type, contentId: content_id })
}

function metadataOf(tags: Email['tags']): Record<string, string> | undefined {
  const entries = (tags ?? []).map(({ name, value }) => [name, value] as const)
  if (new Set(entries.map(([name]) => name)).size < entries.length) refuse('invalid-field', 'tags: a name is there twice.', 'tags')
  return entries.length === 0 ? undefined : Object.fromEntries(entries)
}

function contentOf({ html, text: plain, template }: Email): InjectedMessage {
  const content = { html: given(html), text: given(plain) }
  const isEmpty = content.html === undefined && content.text === undefined
  if (given(template) === undefined) {
    if (isEmpty) refuse('invalid-field', 'Missing `html` or `text` field.', 'html')
    return content
  }
  if (!isEmpty) refuse('invalid-field', 'html and text must not be there beside a template.', 'template')
  return { template: { id: template?.id ?? '' }, data: template?.variables ?? {} }
}

function messageOf(value: unknown): InjectedMessage {
  const asked = fitting(EMAIL, value, '')
  const to = addressesOf(asked.to, 'to')
  if (to === undefined) refuse('invalid-field', 'Missing `to` field.', 'to')
  return {
    from: mailboxOf(asked.from, 'from'),
    to,
    cc: addressesOf(asked.cc, 'cc'),
    bcc: addressesOf(asked.bcc, 'bcc'),
    replyTo: addressesOf(asked.reply_to, 'reply_to'),
    subject: given(asked.subject),
    ...contentOf(asked),
    headers: given(asked.headers),
    attachments: given(asked.attachments?.map(attachmentOf)),
    metadata: metadataOf(asked.tags),
    sendAt: given(asked.scheduled_at),
  }
}

const ERRORS: Readonly<Partial<Record<Problem['code'], readonly [status: number, name: string]>>> = {
  'not-authenticated': [403, 'invalid_api_key'],
  'too-many-failures': [429, 'rate_limit_exceeded'],
  'not-allowed': [403, 'invalid_access'],
  unsigned: [403, 'invalid_from_address'],
  'invalid-json': [400, 'validation_error'],
  'not-found': [404, 'not_found'],
  'template-not-found': [404, 'not_found'],
  'method-not-allowed': [405, 'method_not_allowed'],
  'key-conflict': [409, 'invalid_idempotent_request'],
  'key-under-way': [409, 'concurrent_idempotent_requests'],
  'invalid-key': [400, 'invalid_idempotency_key'],
  'too-large': [413, 'validation_error'],
  quota: [429, 'rate_limit_exceeded'],
  'too-many-keys': [429, 'rate_limit_exceeded'],
  ...forAWhile([503, 'application_error']),
  internal: [500, 'internal_server_error'],
}

/** The header of a call that has no key, which is an error of its own. */
const NO_KEY = 'Authorization'

function refusal(problem: Problem): VendorAnswer {
  const [statusCode, name] = problem.field === NO_KEY ? [401, 'missing_api_key'] : (ERRORS[problem.code] ?? [422, 'validation_error'])
  return json(statusCode, { statusCode, name, message: problem.message }, retryHeaders(problem))
}

function one(call: VendorCall, key: string | null): VendorOrder {
  return {
    what: { messages: [messageOf(parsed(call.body))] },
    key,
    isWhole: false,
    tell: ([result]) => (result === undefined || 'error' in result ? refusal(result?.error ?? NO_RESULT) : json(200, { id: result.id })),
  }
}

/** Of one of a batch that fails all of it. */
function at(index: number, problem: Problem): Problem {
  return { ...problem, message: `emails[${index}]: ${problem.message}` }
}

/** Strict: all of them or none. Permissive: those that can be sent, and errors by index. */
function batch(call: VendorCall, key: string | null): VendorOrder {
  const asked = fitting(
    list(z.unknown()).min(1, 'must not be empty').max(MOST_MESSAGES, `must have at most ${MOST_MESSAGES} members`),
    parsed(call.body),
    '',
  )
  const isStrict = call.header('x-batch-validation') !== 'permissive'
  const errors: { index: number; message: string }[] = []
  const places: number[] = []
  const messages: InjectedMessage[] = []
  for (const [index, email] of asked.entries())
    try {
      messages.push(messageOf(email))
      places.push(index)
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      if (isStrict) throw new Refused(at(index, error.problem))
      errors.push({ index, message: error.message })
    }
  const tell = (results: readonly InjectionResult[]): VendorAnswer => {
    const failed = places.flatMap((index, n) => {
      const result = results[n] ?? { error: NO_RESULT }
      return 'error' in result ? [{ index, error: result.error }] : []
    })
    const [first] = failed
    if (isStrict && first !== undefined) return refusal(at(first.index, first.error))
    const sent = { data: results.flatMap((result) => ('error' in result ? [] : [{ id: result.id }])) }
    if (isStrict) return json(200, sent)
    const late = failed.map(({ index, error }) => ({ index, message: error.message }))
    return json(200, { ...sent, errors: [...errors, ...late].sort((a, b) => a.index - b.index) })
  }
  return { what: { messages }, key, isWhole: isStrict, tell }
}

export const RESEND: Vendor = {
  prefix: '/resend',
  paths: new Set(['/emails', '/emails/batch']),
  has: 'sending by /emails and /emails/batch',
  key: bearerOr('Missing API key in the authorization header.', NO_KEY),
  open: (call) => {
    const key = call.header('idempotency-key')
    return { order: () => (call.path === '/emails' ? one(call, key) : batch(call, key)) }
  },
  refuse: refusal,
}
