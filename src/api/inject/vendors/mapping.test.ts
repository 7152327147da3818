// What of a vendor's call says how a message is tracked, by which pool and when it leaves, as our own calls have it; how long its lists may be.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { InjectedMessage } from '../../../contract/injection.ts'
import { POSTMARK } from './postmark.ts'
import { SENDGRID } from './sendgrid.ts'
import type { Vendor } from './vendor.ts'

function messageOf(vendor: Vendor, path: string, body: object): InjectedMessage {
  const order = vendor.open({ path, header: () => null, body: Buffer.from(JSON.stringify(body)), now: 0 }).order()
  assert.ok('what' in order && 'messages' in order.what)
  const [message] = order.what.messages
  assert.ok(message !== undefined)
  return message
}

test('tracking is switched by what is said, and left to the account where nothing is', () => {
  const postmark = (change: object) =>
    messageOf(POSTMARK, '/email', { From: 'a@x.test', To: 'b@y.test', TextBody: 'x', ...change }).tracking
  assert.equal(postmark({}), undefined)
  assert.deepEqual(postmark({ TrackOpens: true, TrackLinks: 'HtmlOnly' }), { opens: true, clicks: true })
  assert.deepEqual(postmark({ TrackOpens: false, TrackLinks: 'None' }), { opens: false, clicks: false })
  const to = [{ to: [{ email: 'b@y.test' }] }]
  const content = [{ type: 'text/plain', value: 'x' }]
  const sendgrid = (change: object) =>
    messageOf(SENDGRID, '/v3/mail/send', { from: { email: 'a@x.test' }, personalizations: to, content, ...change })
  assert.equal(sendgrid({}).tracking, undefined)
  const settings = { click_tracking: { enable: false, enable_text: false }, open_tracking: { enable: true } }
  assert.deepEqual(sendgrid({ tracking_settings: settings }).tracking, { opens: true, clicks: false })
  const { pool, sendAt } = sendgrid({ ip_pool_name: 'fast', send_at: 1_800_000_000 })
  assert.deepEqual([pool, sendAt], ['fast', '2027-01-15T08:00:00.000Z'])
})

test('a tag with a name that every object has is filled in as it says, beside sections too', () => {
  const personalizations = [{ to: [{ email: 'b@y.test' }], substitutions: { constructor: 'a constructor', toString: 'x' } }]
  const content = [{ type: 'text/plain', value: 'constructor toString' }]
  const body = { from: { email: 'a@x.test' }, subject: 's', personalizations, content, sections: { one: 'two' } }
  assert.equal(messageOf(SENDGRID, '/v3/mail/send', body).text, 'a constructor x')
})

test('a list that is longer than any call needs is looked at no further, wherever it stands', () => {
  const body = Buffer.from(
    JSON.stringify({ From: 'a@x.test', To: 'b@y.test', TextBody: 'x', Attachments: Array.from({ length: 10_001 }, () => 0) }),
  )
  const opened = POSTMARK.open({ path: '/email', header: () => null, body, now: 0 })
  assert.throws(() => opened.order(), { message: 'Attachments must have at most 10000 members.' })
})
