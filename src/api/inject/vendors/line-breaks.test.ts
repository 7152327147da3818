// CR, LF and NUL in every field of every vendor's call: nothing of it comes near a header or an envelope. Texts of a body may have lines.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checked, type InjectedMessage, MESSAGE } from '../../../contract/injection.ts'
import { Refused } from '../refused.ts'
import { submissionOf } from '../submit.ts'
import { POSTMARK } from './postmark.ts'
import { RESEND } from './resend.ts'
import { SENDGRID } from './sendgrid.ts'
import { SES } from './ses.ts'
import { SOCKETLABS } from './socketlabs.ts'
import type { Vendor } from './vendor.ts'

const CLIENT = { address: '192.0.2.1', tls: null, user: 'api:test', protocol: 'HTTP' } as const
/** Lines are allowed, as in base64, or it goes nowhere. */
const FREE =
  /(?:^|\.)(?:[cC]ontent|RawContent|HtmlBody|TextBody|html|text|content\.\d\.value|Body\.(?:Text|Html)\.Data|htmlBody|textBody|Charset|ContentTransferEncoding)$/

const CALLS: readonly (readonly [vendor: Vendor, path: string, body: object])[] = [
  [
    POSTMARK,
    '/email',
    {
      From: 'Ann <a@x.test>',
      To: 'Bob <b@y.test>',
      Cc: 'c@y.test',
      Bcc: 'd@y.test',
      ReplyTo: 'r@x.test',
      Subject: 's',
      HtmlBody: '<b>',
      TextBody: 't',
      Tag: 'tag',
      MessageStream: 'bulk',
      Metadata: { a: 'b' },
      Headers: [{ Name: 'X-A', Value: 'b' }],
      Attachments: [{ Name: 'a.png', Content: 'AAAA', ContentType: 'image/png', ContentID: 'cid:a' }],
    },
  ],
  [
    RESEND,
    '/emails',
    {
      from: 'Ann <a@x.test>',
      to: ['Bob <b@y.test>'],
      cc: 'c@y.test',
      bcc: ['d@y.test'],
      reply_to: 'r@x.test',
      subject: 's',
      html: '<b>',
      text: 't',
      headers: { 'X-A': 'b' },
      scheduled_at: '2027-01-01T00:00:00Z',
      tags: [{ name: 'a', value: 'b' }],
      attachments: [{ filename: 'a.png', content: 'AAAA', content_type: 'image/png', content_id: 'a' }],
    },
  ],
  [
    SENDGRID,
    '/v3/mail/send',
    {
      from: { email: 'a@x.test', name: 'Ann' },
      reply_to: { email: 'r@x.test', name: 'R' },
      subject: 's',
      headers: { 'X-A': 'b' },
      categories: ['c'],
      custom_args: { a: 'b' },
      ip_pool_name: 'p',
      content: [{ type: 'text/plain', value: 't' }],
      personalizations: [
        { to: [{ email: 'b@y.test', name: 'B' }], cc: [{ email: 'c@y.test' }], bcc: [{ email: 'd@y.test' }] },
        { to: [{ email: 'e@y.test' }], subject: 'own', headers: { 'X-B': 'c' }, custom_args: { c: 'd' } },
      ],
      attachments: [{ filename: 'a.png', content: 'AAAA', type: 'image/png', disposition: 'inline', content_id: 'a' }],
    },
  ],
  [
    SES,
    '/v2/email/outbound-emails',
    {
      FromEmailAddress: 'Ann <a@x.test>',
      FeedbackForwardingEmailAddress: 'f@x.test',
      ConfigurationSetName: 'bulk',
      Destination: { ToAddresses: ['Bob <b@y.test>'], CcAddresses: ['c@y.test'], BccAddresses: ['d@y.test'] },
      ReplyToAddresses: ['r@x.test'],
      EmailTags: [{ Name: 'a', Value: 'b' }],
      Content: {
        Simple: {
          Subject: { Data: 's', Charset: 'utf-8' },
          Body: { Text: { Data: 't' }, Html: { Data: '<b>' } },
          Headers: [{ Name: 'X-A', Value: 'b' }],
          Attachments: [
            {
              FileName: 'a.png',
              RawContent: 'AAAA',
              ContentType: 'image/png',
              ContentId: 'a',
              ContentDisposition: 'INLINE',
              ContentTransferEncoding: 'BASE64',
            },
          ],
        },
      },
    },
  ],
  [
    SOCKETLABS,
    '/api/v1/email',
    {
      serverId: 1001,
      messages: [
        {
          from: { emailAddress: 'a@x.test', friendlyName: 'Ann' },
          replyTo: { emailAddress: 'r@x.test', friendlyName: 'R' },
          to: [{ emailAddress: 'b@y.test', friendlyName: 'Bob' }],
          cc: [{ emailAddress: 'c@y.test' }],
          bcc: [{ emailAddress: 'd@y.test' }],
          subject: 's',
          textBody: 't',
          htmlBody: '<b>',
          messageId: 'M',
          mailingId: 'N',
          charSet: 'utf-8',
          tags: ['t'],
          customHeaders: [{ name: 'X-A', value: 'b' }],
          metadata: [{ key: 'a', value: 'b' }],
          attachments: [{ name: 'a.png', content: 'AAAA', contentType: 'image/png', contentId: 'a' }],
        },
      ],
    },
  ],
]

/** Why a call is not sent; null: its messages are ready. */
async function refusalOf(vendor: Vendor, path: string, body: unknown): Promise<string | null> {
  try {
    const order = await vendor.open({ path, header: () => null, body: Buffer.from(JSON.stringify(body)), now: 0 }).order()
    if ('status' in order) return order.body
    const messages: readonly InjectedMessage[] = 'messages' in order.what ? order.what.messages : [order.what.merge.message]
    if (messages.length === 0) return order.tell([]).body
    for (const message of messages) {
      const read = checked(MESSAGE, message)
      if ('problem' in read) return read.problem.message
      submissionOf(read.value, CLIENT)
    }
    return null
  } catch (error) {
    if (error instanceof Refused) return error.message
    throw error
  }
}

/** The body with every text in it changed, one at a time. */
function* changed(value: unknown, path: string, change: (text: string) => string): Generator<readonly [path: string, value: unknown]> {
  if (typeof value === 'string') yield [path, change(value)]
  if (typeof value !== 'object' || value === null) return
  for (const [name, one] of Object.entries(value)) {
    const at = path === '' ? name : `${path}.${name}`
    const put = (other: unknown): unknown =>
      Array.isArray(value) ? value.map((old: unknown, n) => (String(n) === name ? other : old)) : { ...value, [name]: other }
    for (const [where, other] of changed(one, at, change)) yield [where, put(other)]
  }
}

for (const [vendor, path, body] of CALLS)
  test(`${vendor.prefix}: CR, LF and NUL are refused in every field that is no text of a body`, async () => {
    assert.equal(await refusalOf(vendor, path, body), null)
    let fields = 0
    for (const bad of ['\r\nX-Evil: 1', '\n', '\r', '\0'])
      for (const change of [(text: string) => text + bad, (text: string) => bad + text])
        for (const [where, other] of changed(body, '', change)) {
          if (FREE.test(where)) continue
          fields++
          assert.notEqual(await refusalOf(vendor, path, other), null, `${where}: ${JSON.stringify(bad)}`)
        }
    assert.ok(fields > 100, String(fields))
  })
