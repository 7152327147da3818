// SocketLabs' Injection API, /api/v1/email: messages with merge data for each recipient (`%%Field%%`) or without. ServerId is the account; the
// key is in the body or a Bearer. What is wrong with a message is told in an answer of 200, by ErrorCode, as its clients read it.
import { z } from 'zod'
import { inTurns } from '../../../base/turns.ts'
import { INJECTION, type InjectedMessage, type InjectionResult, type Mailbox, type Problem } from '../../../contract/injection.ts'
import { type CutText, cutFields, filled } from './fill.ts'
import { emailOf, mailboxFrom, mailboxOf } from './mailboxes.ts'
import { refuse, Refused } from '../refused.ts'
import {
  attachment,
  bearer,
  fitting,
  forAWhile,
  given,
  headersOf,
  json,
  list,
  notDone,
  parsed,
  retryHeaders,
  Room,
  someText,
  text,
} from './vendor.ts'
import type { Vendor, VendorAnswer, VendorOrder } from './vendor.ts'

const MOST_MESSAGES = 500

/** Names of fields begin in upper case in its documentation, in lower case in its clients. */
function either<T extends z.ZodType>(schema: T) {
  const lower = (value: unknown): unknown =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).map(([name, one]) => [name.slice(0, 1).toLowerCase() + name.slice(1), one]))
      : value
  return z.preprocess(lower, schema)
}

const ADDRESS = either(z.strictObject({ emailAddress: text, friendlyName: someText }, 'must be an object with an emailAddress'))
const ADDRESSES = list(ADDRESS, INJECTION.recipients).nullish()
const FIELDS = list(either(z.strictObject({ name: text, value: text }))).nullish()
const MERGE_FIELDS = list(
  either(z.strictObject({ field: text, value: z.union([text, z.number(), z.boolean()]).transform(String).nullish() })),
)
const ATTACHMENT = either(
  z.strictObject({
    name: text,
    content: text,
    contentType: someText,
    contentId: someText,
    customHeaders: z.array(z.unknown()).max(0, 'is not supported by hms: attachments have a name, a type and an id').nullish(),
  }),
)
const MESSAGE = either(
  z.strictObject(
    {
      to: ADDRESSES,
      cc: ADDRESSES,
      bcc: ADDRESSES,
      from: ADDRESS,
      replyTo: ADDRESS.nullish(),
      subject: someText,
      textBody: someText,
      htmlBody: someText,
      ampBody: notDone('AMP needs a MIME message of its own'),
      apiTemplate: z.union([z.int(), text], 'must be a number or a name').nullish(),
      messageId: someText,
      mailingId: someText,
      charSet: z
        .string()
        .regex(/^utf-?8$/i, 'is not supported by hms: all mail is UTF-8')
        .nullish(),
      customHeaders: FIELDS,
      attachments: list(ATTACHMENT).nullish(),
      mergeData: either(z.strictObject({ perMessage: list(MERGE_FIELDS).nullish(), global: MERGE_FIELDS.nullish() })).nullish(),
      metadata: list(either(z.strictObject({ key: text, value: text }))).nullish(),
      tags: list(text).nullish(),
    },
    'must be an object',
  ),
)
const CALL = either(
  z.strictObject({
    serverId: z.union(
      [
        z.int(),
        z
          .string()
          .regex(/^\d{1,10}$/, 'must be the number of the account')
          .transform(Number),
      ],
      'must be the number of the account',
    ),
    apiKey: someText,
    messages: list(z.unknown()).max(MOST_MESSAGES, `must have at most ${MOST_MESSAGES} members`).nullish(),
  }),
)

type Message = z.output<typeof MESSAGE>
type Address = z.output<typeof ADDRESS>
type Values = ReadonlyMap<string, string>

function valuesOf(fields: z.output<typeof MERGE_FIELDS> | null | undefined, known: Values = new Map()): Values {
  const values = new Map(known)
  for (const { field, value } of fields ?? []) values.set(field.toLowerCase(), value ?? '')
  return values
}

/** A text with its fields; one that nobody gave a value is empty. */
function fill(cut: CutText, values: Values): string {
  return filled(cut, (field) => values.get(field) ?? '')
}

function mailbox({ emailAddress, friendlyName }: Address, field: string, values: Values | null): Mailbox {
  const [email, name] =
    values === null ? [emailAddress, friendlyName] : [fill(cutFields(emailAddress), values), fill(cutFields(friendlyName ?? ''), values)]
  // Read as an address alone: it must not hold a name or a second address.
  return mailboxFrom(emailOf(mailboxOf(email, field)), name)
}

function mailboxes(all: readonly Address[] | null | undefined, field: string, values: Values | null): Mailbox[] | undefined {
  return given(all?.map((one) => mailbox(one, field, values)))
}

/** What no merge data changes. */
function sharedOf(asked: Message): InjectedMessage {
  const metadata = given(asked.metadata)
  return {
    from: mailbox(asked.from, 'From', null),
    replyTo: mailboxes(asked.replyTo ? [asked.replyTo] : null, 'ReplyTo', null),
    attachments: given(asked.attachments?.map(({ contentType: type, ...file }) => attachment({ ...file, type }))),
    messageId: given(asked.messageId),
    mailing: given(asked.mailingId),
    tags: given(asked.tags),
    metadata: metadata && Object.fromEntries(metadata.map(({ key, value }) => [key, value])),
  }
}

/** The texts of a message, cut at their fields once for all recipients. */
function textsOf(asked: Message) {
  const cut = (value: string | null | undefined) => (given(value) === undefined ? undefined : cutFields(value ?? ''))
  return { subject: cut(asked.subject), text: cut(asked.textBody), html: cut(asked.htmlBody) }
}

function checkContent(asked: Message): void {
  const isEmpty = given(asked.textBody) === undefined && given(asked.htmlBody) === undefined
  if (given(asked.apiTemplate) !== undefined && !isEmpty)
    refuse('invalid-message', 'ApiTemplate and a body must not be there both.', 'MessageBodyConflict')
  if (given(asked.apiTemplate) === undefined && isEmpty)
    refuse('invalid-message', 'There is neither TextBody nor HtmlBody.', 'EmptyMessage')
}

const headers = (asked: Message, values: Values | null): Record<string, string> | undefined =>
  headersOf(asked.customHeaders?.map(({ name, value }) => [name, values === null ? value : fill(cutFields(value), values)] as const))

function plainOf(asked: Message): InjectedMessage {
  const template = given(asked.apiTemplate)
  return {
    ...sharedOf(asked),
    to: mailboxes(asked.to, 'To', null),
    cc: mailboxes(asked.cc, 'Cc', null),
    bcc: mailboxes(asked.bcc, 'Bcc', null),
    headers: headers(asked, null),
    subject: given(asked.subject),
    ...(template === undefined
      ? { text: given(asked.textBody), html: given(asked.htmlBody) }
      : { template: { id: String(template) }, data: {}, missing: 'empty' as const }),
  }
}

/** One message for each entry of PerMessage, with its values before those for all. */
function mergedOf(asked: Message, room: Room): InjectedMessage[] {
  const shared = sharedOf(asked)
  const texts = textsOf(asked)
  const template = given(asked.apiTemplate)
  const global = valuesOf(asked.mergeData?.global)
  const entries = given(asked.mergeData?.perMessage) ?? [[]]
  return entries.map((entry) => {
    room.take((asked.textBody?.length ?? 0) + (asked.htmlBody?.length ?? 0))
    const values = valuesOf(entry, global)
    const filledIn = (cut: CutText | undefined): string | undefined => (cut === undefined ? undefined : fill(cut, values))
    return room.with({
      ...shared,
      to: mailboxes(asked.to, 'To', values),
      cc: mailboxes(asked.cc, 'Cc', values),
      bcc: mailboxes(asked.bcc, 'Bcc', values),
      headers: headers(asked, values),
      subject: given(filledIn(texts.subject)),
      ...(template === undefined
        ? { text: filledIn(texts.text), html: filledIn(texts.html) }
        : { template: { id: String(template) }, data: dataOf([...(asked.mergeData?.global ?? []), ...entry]), missing: 'empty' as const }),
    })
  })
}

/** For a template, whose fields have their names as they are written. */
function dataOf(fields: z.output<typeof MERGE_FIELDS>): Record<string, unknown> {
  return Object.fromEntries(fields.map(({ field, value }) => [field, value ?? '']))
}

function messagesOf(value: unknown, index: number, room: Room): InjectedMessage[] {
  const asked = fitting(MESSAGE, value, `Messages[${index}]`)
  checkContent(asked)
  if ([asked.to, asked.cc, asked.bcc].every((one) => given(one) === undefined))
    refuse('invalid-message', 'There is no recipient.', 'NoValidRecipients')
  return given(asked.mergeData) === undefined ? [plainOf(asked)] : mergedOf(asked, room)
}

const CODES: Readonly<Partial<Record<Problem['code'], readonly [status: number, code: string]>>> = {
  'not-authenticated': [401, 'InvalidAuthentication'],
  'too-many-failures': [429, 'TooManyErrors'],
  'not-allowed': [200, 'InvalidFrom'],
  unsigned: [200, 'InvalidFrom'],
  'invalid-json': [400, 'InvalidData'],
  'not-found': [404, 'InvalidData'],
  'method-not-allowed': [405, 'InvalidData'],
  'too-large': [413, 'MessageTooLarge'],
  suppressed: [200, 'NoValidRecipients'],
  'template-not-found': [200, 'InvalidTemplateId'],
  'merge-failed': [200, 'InvalidMergeData'],
  'too-many-recipients': [200, 'TooManyRecipients'],
  quota: [429, 'OverQuota'],
  ...forAWhile([503, 'InternalError']),
  internal: [500, 'InternalError'],
}

/** By the field that is wrong. */
const FIELD_CODES: readonly (readonly [field: RegExp, code: string])[] = [
  [/^(?:MessageBodyConflict|EmptyMessage|NoValidRecipients|NoMessages)$/, ''],
  [/(?:^|\.)from\b/i, 'InvalidFrom'],
  [/(?:^|\.)(?:to|cc|bcc|replyTo)\b/i, 'InvalidAddress'],
  [/(?:^|\.)attachments/i, 'InvalidAttachment'],
  [/(?:^|\.)(?:mergeData|data)\b/i, 'InvalidMergeData'],
]

function codeOf({ code, field = '' }: Problem): readonly [status: number, code: string] {
  const known = CODES[code]
  if (known !== undefined) return known
  const found = FIELD_CODES.find(([pattern]) => pattern.test(field))?.[1]
  return [200, found === undefined ? 'InvalidData' : found === '' ? field : found]
}

function refusal(problem: Problem): VendorAnswer {
  const [status, ErrorCode] = codeOf(problem)
  return json(status, { ErrorCode, ErrorMessage: problem.message, TransactionReceipt: null, MessageResults: [] }, retryHeaders(problem))
}

interface Member {
  readonly messages: readonly InjectedMessage[]
  readonly problem: Problem | null
}

function memberOf(value: unknown, index: number, room: Room): Member {
  try {
    return { messages: messagesOf(value, index, room), problem: null }
  } catch (error) {
    if (error instanceof Refused) return { messages: [], problem: error.problem }
    throw error
  }
}

/** What became of a message, by its recipients; null: all of it was taken. */
function toldOf({ messages, problem }: Member, results: readonly InjectionResult[], Index: number): object | null {
  if (problem !== null) return { Index, ErrorCode: codeOf(problem)[1], ErrorMessage: problem.message, AddressResults: [] }
  const failed = results.flatMap((result, n) => ('error' in result ? [{ message: messages[n], error: result.error }] : []))
  const [first] = failed
  if (first === undefined) return null
  const AddressResults = failed.flatMap(({ message, error }) =>
    [message?.to, message?.cc, message?.bcc].flatMap((some) =>
      (some ?? []).map((one) => ({ EmailAddress: emailOf(one), Accepted: false, ErrorCode: codeOf(error)[1] })),
    ),
  )
  const isAll = failed.length === results.length
  return { Index, ErrorCode: isAll ? codeOf(first.error)[1] : 'Warning', ErrorMessage: first.error.message, AddressResults }
}

async function order(asked: readonly unknown[]): Promise<VendorOrder> {
  if (asked.length === 0) refuse('invalid-message', 'There are no Messages.', 'NoMessages')
  const room = new Room()
  const members = await inTurns(asked, (value, index) => memberOf(value, index, room))
  return {
    what: { messages: members.flatMap(({ messages }) => messages) },
    key: null,
    isWhole: false,
    tell: (results) => {
      let next = 0
      const MessageResults = members.flatMap((member, index) => {
        const told = toldOf(member, results.slice(next, next + member.messages.length), index)
        next += member.messages.length
        return told === null ? [] : [told]
      })
      const first = results.find((result) => !('error' in result))
      const TransactionReceipt = first === undefined || 'error' in first ? null : first.id
      return json(200, { ErrorCode: MessageResults.length === 0 ? 'Success' : 'Warning', TransactionReceipt, MessageResults })
    },
  }
}

export const SOCKETLABS: Vendor = {
  prefix: '/socketlabs',
  paths: new Set(['/api/v1/email']),
  has: 'the Injection API, /api/v1/email',
  key: 'in the body',
  open: (call) => {
    const { serverId, apiKey, messages } = fitting(CALL, parsed(call.body), '')
    return { proof: { key: given(apiKey) ?? bearer(call.header), account: serverId }, order: () => order(messages ?? []) }
  },
  refuse: refusal,
}
