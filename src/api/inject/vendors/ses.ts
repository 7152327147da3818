// Amazon SES v2 for sending: SendEmail (/v2/email/outbound-emails) and SendBulkEmail (/v2/email/outbound-bulk-emails), Simple, Raw and Template.
// Calls are signed (sigv4.ts). An error is a message and its class in X-Amzn-ErrorType, of which the client makes that class.
import { z } from 'zod'
import type { InjectedMessage, InjectionResult, Problem } from '../../../contract/injection.ts'
import { parseJson } from '../json-body.ts'
import { mailboxesOfAll, mailboxOf } from './mailboxes.ts'
import { refuse } from '../refused.ts'
import {
  attachment,
  bodyOf,
  data,
  fitting,
  forAWhile,
  given,
  headersOf,
  json,
  list,
  NO_RESULT,
  notDone,
  retryHeaders,
  Room,
  someText,
  text,
} from './vendor.ts'
import type { Vendor, VendorAnswer, VendorCall, VendorOrder } from './vendor.ts'

/** SES takes 50; a call is bounded by its size, too. */
const MOST_ENTRIES = 1000
const NOT_OURS = 'identities are those of the account'

/** JSON is Unicode: a charset says how SES encodes it, and hms always sends UTF-8. */
const CONTENT = z.strictObject({ Data: text, Charset: someText }, 'must be an object with Data')
const HEADERS = list(z.strictObject({ Name: text, Value: text })).nullish()
const TAGS = list(z.strictObject({ Name: text, Value: text })).nullish()
const ATTACHMENTS = list(
  z.strictObject({
    RawContent: text,
    FileName: text,
    ContentDisposition: z.enum(['ATTACHMENT', 'INLINE'], 'must be ATTACHMENT or INLINE').nullish(),
    ContentDescription: notDone('attachments have a name'),
    ContentId: someText,
    /** What is needed is seen from the content. */
    ContentTransferEncoding: someText,
    ContentType: someText,
  }),
).nullish()
const TEMPLATE = z.strictObject({
  TemplateName: someText,
  TemplateArn: notDone('name the template in TemplateName'),
  TemplateContent: z.strictObject({ Subject: someText, Text: someText, Html: someText }).nullish(),
  TemplateData: someText,
  Headers: HEADERS,
  Attachments: ATTACHMENTS,
})
const DESTINATION = z.strictObject({
  ToAddresses: list(text).nullish(),
  CcAddresses: list(text).nullish(),
  BccAddresses: list(text).nullish(),
})
const SHARED = {
  FromEmailAddress: someText,
  FromEmailAddressIdentityArn: notDone(NOT_OURS),
  ReplyToAddresses: list(text).nullish(),
  /** Where bounces go: the sender of the envelope. */
  FeedbackForwardingEmailAddress: someText,
  FeedbackForwardingEmailAddressIdentityArn: notDone(NOT_OURS),
  /** Its name is that of a stream. */
  ConfigurationSetName: someText,
  EndpointId: notDone('there is this one server'),
  TenantName: notDone('each account has keys of its own'),
}
const EMAIL = z.strictObject({
  ...SHARED,
  Destination: DESTINATION.nullish(),
  EmailTags: TAGS,
  ListManagementOptions: notDone('whoever unsubscribed is kept by stream'),
  Content: z.strictObject({
    Simple: z
      .strictObject({
        Subject: CONTENT,
        Body: z.strictObject({ Text: CONTENT.nullish(), Html: CONTENT.nullish() }),
        Headers: HEADERS,
        Attachments: ATTACHMENTS,
      })
      .nullish(),
    Raw: z.strictObject({ Data: text }).nullish(),
    Template: TEMPLATE.nullish(),
  }),
})
const BULK = z.strictObject({
  ...SHARED,
  DefaultEmailTags: TAGS,
  DefaultContent: z.strictObject({ Template: TEMPLATE }),
  BulkEmailEntries: list(
    z.strictObject({
      Destination: DESTINATION,
      ReplacementTags: TAGS,
      ReplacementEmailContent: z
        .strictObject({ ReplacementTemplate: z.strictObject({ ReplacementTemplateData: someText }).nullish() })
        .nullish(),
      ReplacementHeaders: HEADERS,
    }),
  )
    .min(1, 'must not be empty')
    .max(MOST_ENTRIES, `must have at most ${MOST_ENTRIES} members`),
})

type Email = z.output<typeof EMAIL>
type Template = z.output<typeof TEMPLATE>
type Fields = z.output<typeof HEADERS>

const pairs = (fields: Fields): (readonly [string, string])[] => (fields ?? []).map(({ Name, Value }) => [Name, Value] as const)

function metadataOf(...tags: z.output<typeof TAGS>[]): Record<string, string> | undefined {
  const entries = tags.flatMap(pairs)
  return entries.length === 0 ? undefined : Object.fromEntries(entries)
}

function recipientsOf(destination: Email['Destination']): Pick<InjectedMessage, 'to' | 'cc' | 'bcc'> {
  return {
    to: mailboxesOfAll(destination?.ToAddresses, 'ToAddresses'),
    cc: mailboxesOfAll(destination?.CcAddresses, 'CcAddresses'),
    bcc: mailboxesOfAll(destination?.BccAddresses, 'BccAddresses'),
  }
}

function sharedOf(asked: Pick<Email, keyof typeof SHARED>): InjectedMessage {
  const from = given(asked.FromEmailAddress)
  return {
    from: from === undefined ? undefined : mailboxOf(from, 'FromEmailAddress'),
    replyTo: mailboxesOfAll(asked.ReplyToAddresses, 'ReplyToAddresses'),
    sender: given(asked.FeedbackForwardingEmailAddress),
    stream: given(asked.ConfigurationSetName),
  }
}

function attachmentsOf(attachments: z.output<typeof ATTACHMENTS>): InjectedMessage['attachments'] {
  return given(
    attachments?.map(({ RawContent, FileName, ContentType, ContentId, ContentDisposition }) => {
      const inline = ContentDisposition === 'INLINE' ? true : undefined
      return attachment({ name: FileName, content: RawContent, type: ContentType, contentId: ContentId, inline })
    }),
  )
}

function dataOf(written: string | null | undefined, field: string): Record<string, unknown> {
  const known = given(written)
  if (known === undefined) return {}
  const parsed = parseJson(Buffer.from(known))
  return 'problem' in parsed ? refuse('invalid-field', `${field} is no JSON that is taken.`, field) : fitting(data, parsed.value, field)
}

/** Without its data. What is missing in it fails the message, as SES has it. */
function templateOf({ TemplateName, TemplateContent, Attachments }: Template): InjectedMessage {
  const [id, content] = [given(TemplateName), given(TemplateContent)]
  if ((id === undefined) === (content === undefined))
    refuse('invalid-field', 'Template must have either TemplateName or TemplateContent.', 'Template')
  const shared = { attachments: attachmentsOf(Attachments), missing: 'error' as const }
  if (id !== undefined) return { ...shared, template: { id } }
  return { ...shared, subject: given(content?.Subject), text: given(content?.Text), html: given(content?.Html) }
}

function contentOf({ Content, Destination }: Email): InjectedMessage {
  const { Simple, Raw, Template } = Content
  const recipients = recipientsOf(Destination)
  if ([Simple, Raw, Template].filter((one) => given(one) !== undefined).length !== 1)
    refuse('invalid-field', 'Content must have one of Simple, Raw and Template.', 'Content')
  // Where nobody is named, the recipients are those of its header.
  if (Raw) return { ...recipients, raw: Raw.Data }
  if (Template)
    return {
      ...recipients,
      ...templateOf(Template),
      headers: headersOf(pairs(Template.Headers)),
      data: dataOf(Template.TemplateData, 'TemplateData'),
    }
  return {
    ...recipients,
    subject: given(Simple?.Subject.Data),
    text: given(Simple?.Body.Text?.Data),
    html: given(Simple?.Body.Html?.Data),
    headers: headersOf(pairs(Simple?.Headers)),
    attachments: attachmentsOf(Simple?.Attachments),
  }
}

const ERRORS: Readonly<Partial<Record<Problem['code'], readonly [status: number, type: string]>>> = {
  'not-authenticated': [403, 'UnrecognizedClientException'],
  'too-many-failures': [429, 'TooManyRequestsException'],
  'not-allowed': [400, 'MessageRejected'],
  unsigned: [400, 'MailFromDomainNotVerifiedException'],
  suppressed: [400, 'MessageRejected'],
  'template-not-found': [404, 'NotFoundException'],
  'invalid-message': [400, 'MessageRejected'],
  'not-found': [404, 'UnknownOperationException'],
  'method-not-allowed': [405, 'UnknownOperationException'],
  'too-large': [413, 'RequestEntityTooLargeException'],
  quota: [429, 'TooManyRequestsException'],
  ...forAWhile([503, 'ServiceUnavailable']),
  internal: [500, 'InternalServiceErrorException'],
}

/** What is wrong with a signature names its class in `field`. */
function classOf({ code, field }: Problem): readonly [status: number, type: string] {
  if (code === 'not-authenticated' && field?.endsWith('Exception') === true) return [field.startsWith('Incomplete') ? 400 : 403, field]
  return ERRORS[code] ?? [400, 'BadRequestException']
}

function refusal(problem: Problem): VendorAnswer {
  const [status, type] = classOf(problem)
  return json(status, { message: problem.message }, { 'x-amzn-errortype': type, ...retryHeaders(problem) })
}

function email(call: VendorCall): VendorOrder {
  const asked = bodyOf(call, EMAIL)
  const message = { ...sharedOf(asked), ...contentOf(asked), metadata: metadataOf(asked.EmailTags) }
  return {
    what: { messages: [message] },
    key: null,
    isWhole: false,
    tell: ([result]) =>
      result === undefined || 'error' in result ? refusal(result?.error ?? NO_RESULT) : json(200, { MessageId: result.id }),
  }
}

/** All else is an invalid parameter. */
const ENTRY_STATUS: Readonly<Partial<Record<Problem['code'], string>>> = {
  quota: 'ACCOUNT_DAILY_QUOTA_EXCEEDED',
  'not-allowed': 'MESSAGE_REJECTED',
  unsigned: 'MAIL_FROM_DOMAIN_NOT_VERIFIED',
  suppressed: 'MESSAGE_REJECTED',
  'template-not-found': 'TEMPLATE_NOT_FOUND',
  internal: 'FAILED',
}

function entryResult(result: InjectionResult): object {
  if (!('error' in result)) return { Status: 'SUCCESS', MessageId: result.id }
  return { Status: ENTRY_STATUS[result.error.code] ?? 'INVALID_PARAMETER', Error: result.error.message }
}

/** One template for many: stored once where nothing but data and address differ. */
function bulk(call: VendorCall): VendorOrder {
  const asked = bodyOf(call, BULK)
  const { Template } = asked.DefaultContent
  const shared: InjectedMessage = { ...sharedOf(asked), ...templateOf(Template) }
  const known = dataOf(Template.TemplateData, 'TemplateData')
  const entries = asked.BulkEmailEntries.map((entry) => ({
    recipients: recipientsOf(entry.Destination),
    data: dataOf(entry.ReplacementEmailContent?.ReplacementTemplate?.ReplacementTemplateData, 'ReplacementTemplateData'),
    metadata: metadataOf(asked.DefaultEmailTags, entry.ReplacementTags),
    // A field of the entry is in place of that of the template.
    headers: headersOf([
      ...pairs(Template.Headers).filter(
        ([name]) => !pairs(entry.ReplacementHeaders).some(([other]) => other.toLowerCase() === name.toLowerCase()),
      ),
      ...pairs(entry.ReplacementHeaders),
    ]),
    own: [entry.ReplacementTags, entry.ReplacementHeaders].some((one) => given(one) !== undefined),
  }))
  const tell = (results: readonly InjectionResult[]): VendorAnswer => json(200, { BulkEmailEntryResults: results.map(entryResult) })
  if (entries.every(({ recipients: { to, cc, bcc }, own }) => !own && to?.length === 1 && cc === undefined && bcc === undefined)) {
    const message = { ...shared, headers: entries[0]?.headers, metadata: entries[0]?.metadata }
    const recipients = entries.map(({ recipients, data }) => ({ to: recipients.to?.[0] ?? '', data }))
    return { what: { merge: { message, recipients, data: known } }, key: null, isWhole: false, tell }
  }
  const room = new Room()
  const messages = entries.map(({ recipients, data, metadata, headers }) =>
    room.with({ ...shared, ...recipients, metadata, headers, data: { ...known, ...data } }),
  )
  return { what: { messages }, key: null, isWhole: false, tell }
}

export const SES: Vendor = {
  prefix: '/ses',
  paths: new Set(['/v2/email/outbound-emails', '/v2/email/outbound-bulk-emails']),
  has: 'SendEmail and SendBulkEmail',
  key: 'signed',
  open: (call) => ({ order: () => (call.path === '/v2/email/outbound-emails' ? email(call) : bulk(call)) }),
  refuse: refusal,
}
