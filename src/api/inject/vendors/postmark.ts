// Postmark's API for sending: /email, /email/batch, /email/withTemplate, /email/batchWithTemplates and /email/bulk. Errors are its codes
// (https://postmarkapp.com/developer/api/overview#error-codes), by which its clients choose the class of an error.
import { z } from 'zod'
import type { InjectedAttachment, InjectedMessage, InjectionResult, Mailbox, Problem } from '../../../contract/injection.ts'
import type { EpochMs } from '../../../base/brand.ts'
import { inTurns } from '../../../base/turns.ts'
import type { StreamKind } from '../../../contract/streams.ts'
import { emailOf, mailboxesOf, mailboxOf } from './mailboxes.ts'
import { refuse, Refused } from '../refused.ts'
import {
  attachment,
  bodyOf,
  data,
  fitting,
  flag,
  forAWhile,
  given,
  headersOf,
  json,
  list,
  NO_RESULT,
  notDone,
  parsed,
  retryHeaders,
  Room,
  someText,
  text,
  texts,
} from './vendor.ts'
import type { Vendor, VendorAnswer, VendorCall, VendorOrder } from './vendor.ts'

const MOST_MESSAGES = 500
/** Streams that each server of Postmark's has; any other is one of the account's by its name. */
const STREAMS: ReadonlyMap<string, StreamKind> = new Map([
  ['outbound', 'transactional'],
  ['broadcast', 'bulk'],
])

const HEADERS = list(z.strictObject({ Name: text, Value: text })).nullish()
const ATTACHMENT = z.strictObject({
  Name: text,
  Content: text,
  ContentType: someText,
  ContentID: someText,
  /** Of the content, which says so itself. */
  ContentLength: z.number('must be a number').nullish(),
  Disposition: z.enum(['attachment', 'inline'], 'must be attachment or inline').nullish(),
})
const RECIPIENTS = { To: someText, Cc: someText, Bcc: someText, Metadata: texts, Headers: HEADERS }
const SHARED = {
  From: text,
  ReplyTo: someText,
  Tag: someText,
  TrackOpens: flag,
  TrackLinks: z
    .enum(['None', 'HtmlOnly', 'HtmlAndText'], 'must be None, HtmlOnly or HtmlAndText: links in plain text alone are not tracked')
    .nullish(),
  Attachments: list(ATTACHMENT).nullish(),
  MessageStream: someText,
}
const CONTENT = { Subject: someText, HtmlBody: someText, TextBody: someText }
const TEMPLATE = {
  TemplateId: z.union([z.int(), text], 'must be a number or a name').nullish(),
  TemplateAlias: someText,
  InlineCss: z.literal(false, 'is not supported by hms: it may be false only, write the styles inline').nullish(),
}
const PLAIN = z.strictObject({ ...SHARED, ...RECIPIENTS, ...CONTENT })
const TEMPLATED = z.strictObject({ ...SHARED, ...RECIPIENTS, ...TEMPLATE, TemplateModel: data.nullish() }, 'must be an object')
const BULK = z.strictObject({
  ...SHARED,
  ...CONTENT,
  ...TEMPLATE,
  Tag: someText,
  Metadata: texts,
  Headers: HEADERS,
  Messages: list(z.strictObject({ ...RECIPIENTS, TemplateModel: data.nullish() })).min(1, 'must not be empty'),
  Subscriptions: notDone('subscriptions are of streams'),
})

type Shared = Omit<
  z.output<typeof BULK>,
  'Messages' | 'Subscriptions' | 'TemplateId' | 'TemplateAlias' | 'InlineCss' | keyof typeof CONTENT | 'Metadata' | 'Headers'
>
type Recipients = Pick<z.output<typeof PLAIN>, keyof typeof RECIPIENTS>

/** What is the same for every recipient. */
function sharedOf(asked: Shared): InjectedMessage {
  const stream = given(asked.MessageStream)
  const tracking = {
    ...(given(asked.TrackOpens) !== undefined && { opens: asked.TrackOpens === true }),
    ...(given(asked.TrackLinks) !== undefined && { clicks: asked.TrackLinks !== 'None' }),
  }
  const tag = given(asked.Tag)
  return {
    from: mailboxOf(asked.From, 'From'),
    replyTo: mailboxesOf(asked.ReplyTo, 'ReplyTo'),
    attachments: given(asked.Attachments?.map(attachmentOf)),
    stream: stream === undefined ? undefined : (STREAMS.get(stream.toLowerCase()) ?? stream),
    tags: tag === undefined ? undefined : [tag],
    tracking: Object.keys(tracking).length === 0 ? undefined : tracking,
  }
}

function attachmentOf({ Name, Content, ContentType, ContentID, Disposition }: z.output<typeof ATTACHMENT>): InjectedAttachment {
  const contentId = given(ContentID)?.replace(/^cid:/i, '')
  const isShown = contentId !== undefined || Disposition === 'inline'
  return attachment({
    name: Name,
    content: Content,
    type: ContentType,
    contentId,
    inline: isShown ? Disposition !== 'attachment' : undefined,
  })
}

function recipientsOf({ To, Cc, Bcc, Metadata, Headers }: Recipients): InjectedMessage {
  const fields = { to: mailboxesOf(To, 'To'), cc: mailboxesOf(Cc, 'Cc'), bcc: mailboxesOf(Bcc, 'Bcc') }
  if (Object.values(fields).every((some: Mailbox[] | undefined) => some === undefined))
    refuse('invalid-field', 'There is no recipient: To, Cc or Bcc must name one.', 'To')
  return {
    ...fields,
    metadata: given(Metadata),
    headers: fieldsOf(Headers),
  }
}

function fieldsOf(headers: z.output<typeof HEADERS>): Record<string, string> | undefined {
  return headersOf(headers?.map(({ Name, Value }) => [Name, Value] as const))
}

function contentOf({ Subject, HtmlBody, TextBody }: Pick<z.output<typeof PLAIN>, keyof typeof CONTENT>): InjectedMessage {
  const [html, plain] = [given(HtmlBody), given(TextBody)]
  if (html === undefined && plain === undefined) refuse('invalid-field', 'Provide either HtmlBody or TextBody or both.', 'HtmlBody')
  return { subject: given(Subject), html, text: plain }
}

function templateOf({ TemplateId, TemplateAlias }: Pick<z.output<typeof TEMPLATED>, 'TemplateId' | 'TemplateAlias'>): InjectedMessage {
  const id = given(TemplateAlias) ?? given(TemplateId)
  if (id === undefined) return refuse('invalid-field', 'TemplateId or TemplateAlias must name a template.', 'TemplateAlias')
  return { template: { id: String(id) }, missing: 'empty' }
}

/** What it is answered with, beside its id. */
type Told = Pick<Recipients, 'To' | 'Cc' | 'Bcc'>

interface Member {
  readonly message: InjectedMessage
  readonly told: Told
}

const CODES: Readonly<Partial<Record<Problem['code'], readonly [status: number, code: number]>>> = {
  'not-authenticated': [401, 10],
  'too-many-failures': [429, 429],
  'not-allowed': [422, 405],
  unsigned: [422, 400],
  'invalid-json': [422, 402],
  'unsupported-type': [422, 409],
  'not-found': [404, 404],
  'method-not-allowed': [405, 405],
  'too-large': [413, 413],
  suppressed: [422, 406],
  'template-not-found': [422, 1101],
  'merge-failed': [422, 300],
  quota: [429, 429],
  ...forAWhile([503, 100]),
  internal: [500, 500],
}

/** Everything else is an invalid email request. */
function statusOf({ code }: Problem): readonly [status: number, code: number] {
  return CODES[code] ?? [422, 300]
}

function errorOf(problem: Problem): object {
  return { ErrorCode: statusOf(problem)[1], Message: problem.message }
}

/** The client reads the addresses out of this sentence. */
function inactive({ To, Cc, Bcc }: Told): string {
  const addresses = [To, Cc, Bcc].flatMap((one) => mailboxesOf(one, 'To') ?? []).map(emailOf)
  return `You tried to send to recipients on a suppression list. Found inactive addresses: ${addresses.join(', ')}. Inactive recipients are on a suppression list of the account.`
}

/** The result of a message as Postmark has it, or why it was not sent. */
function outcome(told: Told, result: InjectionResult | undefined, now: EpochMs): { readonly sent: object } | { readonly problem: Problem } {
  if (result === undefined) return { problem: NO_RESULT }
  if (!('error' in result)) {
    const { To, Cc, Bcc } = told
    return { sent: { To, Cc, Bcc, SubmittedAt: new Date(now).toISOString(), MessageID: result.id, ErrorCode: 0, Message: 'OK' } }
  }
  return { problem: result.error.code === 'suppressed' ? { ...result.error, message: inactive(told) } : result.error }
}

function refusal(problem: Problem): VendorAnswer {
  return json(statusOf(problem)[0], errorOf(problem), retryHeaders(problem))
}

function single({ message, told }: Member, now: EpochMs): VendorOrder {
  return {
    what: { messages: [message] },
    key: null,
    isWhole: false,
    tell: ([result]) => {
      const found = outcome(told, result, now)
      return 'sent' in found ? json(200, found.sent) : refusal(found.problem)
    },
  }
}

/** Members that cannot be read are told beside those that were sent. */
async function batch(asked: readonly unknown[], read: (one: unknown) => Member, now: EpochMs): Promise<VendorOrder> {
  if (asked.length > MOST_MESSAGES) refuse('invalid-field', `A batch may have ${MOST_MESSAGES} messages at most.`)
  const members = await inTurns(asked, (one): Member | Problem => {
    try {
      return read(one)
    } catch (error) {
      if (error instanceof Refused) return error.problem
      throw error
    }
  })
  return {
    what: { messages: members.flatMap((member) => ('told' in member ? [member.message] : [])) },
    key: null,
    isWhole: false,
    tell: (results) => {
      let next = 0
      const answers = members.map((member) => {
        if (!('told' in member)) return errorOf(member)
        const found = outcome(member.told, results[next++], now)
        return 'sent' in found ? found.sent : errorOf(found.problem)
      })
      return json(200, answers)
    },
  }
}

/** One content for many: stored once where nothing but data and address differ. */
function bulk(asked: z.output<typeof BULK>, now: EpochMs): VendorOrder {
  const { Messages, Metadata, Headers } = asked
  const isStored = given(asked.TemplateId) !== undefined || given(asked.TemplateAlias) !== undefined
  if (isStored && (given(asked.HtmlBody) ?? given(asked.TextBody)) !== undefined)
    refuse('invalid-field', 'HtmlBody and TextBody must be empty where a template is named.', 'HtmlBody')
  const shared: InjectedMessage = {
    ...sharedOf(asked),
    ...(isStored ? { ...templateOf(asked), subject: given(asked.Subject) } : { ...contentOf(asked), missing: 'empty' }),
    metadata: given(Metadata),
    headers: fieldsOf(Headers),
  }
  const members = Messages.map((one) => recipientsOf(one))
  const isPlain = members.every(
    ({ to, cc, bcc, metadata, headers }) => to?.length === 1 && [cc, bcc, metadata, headers].every((it) => it === undefined),
  )
  const recipients = members.map(({ to }, n) => ({ to: to?.[0] ?? '', data: Messages[n]?.TemplateModel ?? {} }))
  const room = new Room()
  return {
    what: isPlain
      ? { merge: { message: shared, recipients } }
      : { messages: members.map((one, n) => room.with(Object.assign(over(one, shared), { data: recipients[n]?.data }))) },
    key: null,
    isWhole: true,
    tell: (results) => {
      const [first] = results
      const failed = results.find((result) => 'error' in result)
      if (failed !== undefined) return refusal(failed.error)
      return json(200, {
        Id: first !== undefined && 'id' in first ? first.id : '',
        Status: 'Accepted',
        SubmittedAt: new Date(now).toISOString(),
      })
    },
  }
}

/** What one says itself before what all say. */
function over(own: InjectedMessage, shared: InjectedMessage): InjectedMessage {
  return { ...shared, ...Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined)) }
}

function readPlain(value: unknown): Member {
  const asked = fitting(PLAIN, value, '')
  return { message: { ...sharedOf(asked), ...recipientsOf(asked), ...contentOf(asked) }, told: asked }
}

function readTemplated(value: unknown): Member {
  const asked = fitting(TEMPLATED, value, '')
  return { message: { ...sharedOf(asked), ...recipientsOf(asked), ...templateOf(asked), data: asked.TemplateModel ?? {} }, told: asked }
}

const MEMBERS = list(z.unknown())

function order(call: VendorCall): VendorOrder | Promise<VendorOrder> {
  const { now } = call
  switch (call.path) {
    case '/email/withTemplate':
      return single(readTemplated(parsed(call.body)), now)
    case '/email/batch':
      return batch(bodyOf(call, MEMBERS), readPlain, now)
    case '/email/batchWithTemplates':
      return batch(bodyOf(call, z.strictObject({ Messages: MEMBERS })).Messages, readTemplated, now)
    case '/email/bulk':
      return bulk(bodyOf(call, BULK), now)
    default:
      return single(readPlain(parsed(call.body)), now)
  }
}

export const POSTMARK: Vendor = {
  prefix: '/postmark',
  paths: new Set(['/email', '/email/withTemplate', '/email/batch', '/email/batchWithTemplates', '/email/bulk']),
  has: 'sending by /email, /email/batch, /email/withTemplate, /email/batchWithTemplates and /email/bulk',
  key: (header) =>
    given(header('x-postmark-server-token')?.trim()) ?? refuse('not-authenticated', 'The request has no X-Postmark-Server-Token.'),
  open: (call) => ({ order: () => order(call) }),
  refuse: refusal,
}
