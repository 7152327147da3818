// SendGrid's v3 API for sending, /v3/mail/send: a message for each personalization, with its substitutions filled in or its data for a
// template. Errors are `{ errors: [{ message, field, help }] }`, which its client hands on.
import { z } from 'zod'
import { type InjectedAttachment, type InjectedMessage, type Mailbox, namedValues, type Problem } from '../../../contract/injection.ts'
import { type CutText, cutter, filled, LONGEST_TAG } from './fill.ts'
import { mailboxFrom } from './mailboxes.ts'
import { refuse } from '../refused.ts'
import {
  attachment,
  bearerOr,
  bodyOf,
  data,
  flag,
  forAWhile,
  given,
  json,
  list,
  notDone,
  retryHeaders,
  Room,
  someText,
  text,
  texts,
} from './vendor.ts'
import type { Vendor, VendorAnswer, VendorCall, VendorOrder } from './vendor.ts'

const MOST_PERSONALIZATIONS = 1000
const MOST_TAGS = 10_000

const ADDRESS = z.strictObject({ email: text, name: someText }, 'must be an object with an email')
const ADDRESSES = list(ADDRESS).nullish()
const MOMENT = z.int('must be a time in seconds since 1970').min(0, 'must be a time in seconds since 1970').nullish()
/** What changes mail in a way that is not done here may be there, switched off. */
const off = (why: string) => z.looseObject({ enable: z.literal(false, `is not supported by hms: ${why}`).nullish() }).nullish()
const ARGUMENTS = namedValues(z.union([text, z.number(), z.boolean()]).transform(String), 'must be an object of names and texts').nullish()

const PERSONALIZATION = z.strictObject({
  to: ADDRESSES,
  cc: ADDRESSES,
  bcc: ADDRESSES,
  from: ADDRESS.nullish(),
  subject: someText,
  headers: texts,
  substitutions: texts,
  dynamic_template_data: data.nullish(),
  custom_args: ARGUMENTS,
  send_at: MOMENT,
})
const ATTACHMENT = z.strictObject({
  content: text,
  filename: text,
  type: someText,
  disposition: z.enum(['attachment', 'inline'], 'must be attachment or inline').nullish(),
  content_id: someText,
})
const MAIL_SETTINGS = z.strictObject({
  sandbox_mode: z.strictObject({ enable: flag }).nullish(),
  bypass_list_management: off('suppression lists hold for all mail of an account'),
  bypass_spam_management: off('suppression lists hold for all mail of an account'),
  bypass_bounce_management: off('suppression lists hold for all mail of an account'),
  bypass_unsubscribe_management: off('suppression lists hold for all mail of an account'),
  bcc: off('name the recipient in bcc'),
  footer: off('write it into the content'),
  spam_check: off('mail is not checked for spam'),
})
const TRACKING_SETTINGS = z.strictObject({
  click_tracking: z.strictObject({ enable: flag, enable_text: flag }).nullish(),
  open_tracking: z.strictObject({ enable: flag, substitution_tag: notDone('<HsTracking/> marks the place of the image') }).nullish(),
  subscription_tracking: off('links to unsubscribe are set by stream'),
  ganalytics: off('write the parameters into the links'),
})
const MAIL = z.strictObject({
  personalizations: list(PERSONALIZATION)
    .min(1, 'must not be empty')
    .max(MOST_PERSONALIZATIONS, `must have at most ${MOST_PERSONALIZATIONS} members`),
  from: ADDRESS,
  reply_to: ADDRESS.nullish(),
  reply_to_list: ADDRESSES,
  subject: someText,
  content: list(z.strictObject({ type: text, value: text })).nullish(),
  attachments: list(ATTACHMENT).nullish(),
  template_id: someText,
  sections: texts,
  headers: texts,
  categories: list(text).nullish(),
  custom_args: ARGUMENTS,
  send_at: MOMENT,
  ip_pool_name: someText,
  mail_settings: MAIL_SETTINGS.nullish(),
  tracking_settings: TRACKING_SETTINGS.nullish(),
  batch_id: notDone('what is scheduled is cancelled with hms queue'),
  asm: notDone('groups to unsubscribe from are streams'),
})

type Mail = z.output<typeof MAIL>
type Personalization = z.output<typeof PERSONALIZATION>

const mailbox = ({ email, name }: z.output<typeof ADDRESS>): Mailbox => mailboxFrom(email, name)
const mailboxes = (all: z.output<typeof ADDRESSES>): Mailbox[] | undefined => given(all?.map(mailbox))

/** The texts of a mail, cut at the tags of all personalizations. */
interface Texts {
  readonly subject: CutText | undefined
  readonly text: CutText | undefined
  readonly html: CutText | undefined
}

function partsOf({ content, template_id }: Mail): { readonly text: string | undefined; readonly html: string | undefined } {
  const parts: { text: string | undefined; html: string | undefined } = { text: undefined, html: undefined }
  for (const { type, value } of content ?? []) {
    const kind = /^text\/(plain|html) *(?:;[ -~]*)?$/i.exec(type)?.[1]?.toLowerCase()
    const name =
      kind === undefined
        ? refuse('invalid-field', `content: hms takes text/plain and text/html, not ${type.slice(0, 60)}.`, 'content')
        : kind === 'html'
          ? 'html'
          : 'text'
    if (parts[name] !== undefined) refuse('invalid-field', `content: ${type.slice(0, 60)} is there twice.`, 'content')
    parts[name] = value
  }
  const isEmpty = parts.text === undefined && parts.html === undefined
  if (given(template_id) === undefined && isEmpty)
    refuse('invalid-field', 'Unless a valid template_id is provided, the content parameter is required.', 'content')
  if (given(template_id) !== undefined && !isEmpty) refuse('invalid-field', 'content must not be there beside a template.', 'content')
  return parts
}

function textsOf(mail: Mail): Texts {
  const tags = new Set(mail.personalizations.flatMap(({ substitutions }) => Object.keys(substitutions ?? {})))
  const long = [...tags].find((tag) => tag.length > LONGEST_TAG)
  if (long !== undefined || tags.size > MOST_TAGS)
    refuse('invalid-field', `substitutions: there may be ${MOST_TAGS} tags of ${LONGEST_TAG} characters.`, 'substitutions')
  const cut = cutter(tags)
  const { text, html } = partsOf(mail)
  const subject = given(mail.subject)
  return {
    subject: subject === undefined ? undefined : cut(subject),
    text: text === undefined ? undefined : cut(text),
    html: html === undefined ? undefined : cut(html),
  }
}

/** Sections stand in the values of substitutions. */
function valuesOf({ substitutions }: Personalization, sections: Mail['sections'], cut: (text: string) => CutText) {
  const section = (name: string): string => (Object.hasOwn(sections ?? {}, name) ? sections?.[name] : undefined) ?? name
  const known = new Map(Object.entries(substitutions ?? {}).map(([tag, value]) => [tag, filled(cut(value), section)]))
  return (tag: string): string => known.get(tag) ?? tag
}

function trackingOf({ tracking_settings }: Mail): InjectedMessage['tracking'] {
  const [clicks, opens] = [tracking_settings?.click_tracking?.enable ?? undefined, tracking_settings?.open_tracking?.enable ?? undefined]
  if (clicks === undefined && opens === undefined) return undefined
  return { ...(opens !== undefined && { opens }), ...(clicks !== undefined && { clicks }) }
}

function attachmentOf({ content, filename, type, disposition, content_id }: z.output<typeof ATTACHMENT>): InjectedAttachment {
  const contentId = given(content_id)?.replace(/^<(.*)>$/, '$1')
  return attachment({ name: filename, content, type, contentId, inline: disposition === 'inline' ? true : undefined })
}

/** What every personalization has. */
function sharedOf(mail: Mail): InjectedMessage {
  if (given(mail.reply_to) !== undefined && given(mail.reply_to_list) !== undefined)
    refuse('invalid-field', 'reply_to and reply_to_list must not be there both.', 'reply_to')
  return {
    from: mailbox(mail.from),
    replyTo: mailboxes(mail.reply_to_list ?? (mail.reply_to ? [mail.reply_to] : undefined)),
    attachments: given(mail.attachments?.map(attachmentOf)),
    tags: given(mail.categories),
    tracking: trackingOf(mail),
    pool: given(mail.ip_pool_name),
  }
}

function sendAtOf(seconds: number | null | undefined): string | undefined {
  if (seconds === null || seconds === undefined) return undefined
  const date = new Date(seconds * 1000)
  return Number.isNaN(date.getTime())
    ? refuse('invalid-field', 'send_at must be a time in seconds since 1970.', 'send_at')
    : date.toISOString()
}

function contentOf(one: Personalization, mail: Mail, texts: Texts, sectionCut: (text: string) => CutText): InjectedMessage {
  const id = given(mail.template_id)
  if (id !== undefined) {
    if (given(one.substitutions) !== undefined)
      refuse('invalid-field', 'substitutions are of content, dynamic_template_data of a template.', 'substitutions')
    return { template: { id }, data: one.dynamic_template_data ?? {}, missing: 'empty', subject: given(one.subject) ?? given(mail.subject) }
  }
  if (given(one.dynamic_template_data) !== undefined)
    refuse('invalid-field', 'dynamic_template_data needs a template_id.', 'dynamic_template_data')
  const value = valuesOf(one, mail.sections, sectionCut)
  const fill = (cut: CutText | undefined): string | undefined => (cut === undefined ? undefined : filled(cut, value))
  const subject = given(one.subject)
  const own = subject === undefined ? texts.subject : cutter(Object.keys(one.substitutions ?? {}))(subject)
  return { subject: fill(own), text: given(fill(texts.text)), html: given(fill(texts.html)) }
}

function messagesOf(mail: Mail): InjectedMessage[] {
  const shared = sharedOf(mail)
  const texts = textsOf(mail)
  const sectionCut = cutter(Object.keys(mail.sections ?? {}))
  const room = new Room()
  const content = mail.content?.reduce((sum, { value }) => sum + value.length, 0) ?? 0
  return mail.personalizations.map((one, n) => {
    room.take(content)
    const to = mailboxes(one.to)
    if (to === undefined)
      refuse(
        'invalid-field',
        'The to array is required for all personalization objects, and must have at least one email object.',
        `personalizations.${n}.to`,
      )
    const metadata = { ...mail.custom_args, ...one.custom_args }
    const headers = { ...mail.headers, ...one.headers }
    return room.with({
      ...shared,
      ...(one.from && { from: mailbox(one.from) }),
      to,
      cc: mailboxes(one.cc),
      bcc: mailboxes(one.bcc),
      ...contentOf(one, mail, texts, sectionCut),
      metadata: Object.keys(metadata).length === 0 ? undefined : metadata,
      headers: Object.keys(headers).length === 0 ? undefined : headers,
      sendAt: sendAtOf(one.send_at ?? mail.send_at),
    })
  })
}

const STATUS: Readonly<Partial<Record<Problem['code'], number>>> = {
  'not-authenticated': 401,
  'not-allowed': 403,
  unsigned: 403,
  'not-found': 404,
  'method-not-allowed': 405,
  'too-large': 413,
  'unsupported-type': 415,
  quota: 429,
  'too-many-failures': 429,
  ...forAWhile(503),
  internal: 500,
}

function refusal(problem: Problem): VendorAnswer {
  const errors = [{ message: problem.message, field: problem.field ?? null, help: null }]
  return json(STATUS[problem.code] ?? 400, { errors }, retryHeaders(problem))
}

function order(call: VendorCall): VendorOrder | VendorAnswer {
  const mail = bodyOf(call, MAIL)
  const messages = messagesOf(mail)
  if (mail.mail_settings?.sandbox_mode?.enable === true) return { status: 200, headers: {}, body: '' }
  return {
    what: { messages },
    key: null,
    isWhole: true,
    tell: (results) => {
      const failed = results.find((result) => 'error' in result)
      if (failed !== undefined) return refusal(failed.error)
      const [first] = results
      return { status: 202, headers: first === undefined || 'error' in first ? {} : { 'x-message-id': first.id }, body: '' }
    },
  }
}

export const SENDGRID: Vendor = {
  prefix: '/sendgrid',
  paths: new Set(['/v3/mail/send']),
  has: 'sending by /v3/mail/send',
  key: bearerOr('The authorization header has no key: send it as Bearer.'),
  open: (call) => ({ order: () => order(call) }),
  refuse: refusal,
}
