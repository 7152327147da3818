// Postmark's client as npm has it, pointed at a server: what it sends arrives, and what is wrong is told in the class of error that it has for it.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Errors, Models } from 'postmark'
import { postmarkAt } from '../testkit/vendor-clients.ts'
import { startVendorServer, type VendorServer } from '../testkit/vendor-server.ts'

const opened = new AsyncDisposableStack()
let vendors: VendorServer
before(async () => {
  vendors = opened.use(await startVendorServer())
})
after(() => opened.disposeAsync())

const FILE = Buffer.from([0, 1, 2, 253, 254, 255])
const BASE64 = FILE.toString('base64')
const postmark = (key?: string) => postmarkAt(vendors, key)

test('Postmark: one message with all that it can have', async () => {
  const answer = await postmark().sendEmail({
    From: '"Ann, of X" <ann@sender.test>',
    To: 'pm-to@a.test, "Bob B" <pm-to2@a.test>',
    Cc: 'pm-cc@a.test',
    Bcc: 'pm-bcc@a.test',
    ReplyTo: 'reply@sender.test',
    Subject: 'Grüße',
    TextBody: 'Hello text',
    HtmlBody: '<p>Hello <img src="cid:logo"></p>',
    Tag: 'welcome',
    TrackOpens: false,
    Headers: [{ Name: 'X-Mine', Value: 'yes' }],
    Metadata: { order: '1' },
    MessageStream: 'broadcast',
    Attachments: [
      { Name: 'logo.png', Content: BASE64, ContentType: 'image/png', ContentID: 'cid:logo' },
      { Name: 'a.bin', Content: BASE64, ContentType: 'application/octet-stream', ContentID: null },
    ],
  })
  assert.deepEqual([answer.ErrorCode, answer.Message, answer.To], [0, 'OK', 'pm-to@a.test, "Bob B" <pm-to2@a.test>'])
  assert.ok(!Number.isNaN(Date.parse(answer.SubmittedAt)))
  const mail = await vendors.mailFor('pm-bcc@a.test')
  const field = (name: string): string => mail.field(name).join('|')
  assert.deepEqual(['from', 'to', 'cc', 'bcc', 'reply-to', 'subject', 'x-mine'].map(field), [
    '"Ann, of X" <ann@sender.test>',
    'pm-to@a.test, Bob B <pm-to2@a.test>',
    'pm-cc@a.test',
    '',
    'reply@sender.test',
    'Grüße',
    'yes',
  ])
  assert.equal(mail.text('text/plain').trim(), 'Hello text')
  assert.match(mail.text('text/html'), /cid:logo/)
  const [logo, file] = mail.parts.slice(-2)
  assert.deepEqual([logo?.type, logo?.contentId, logo?.disposition.split(';')[0]], ['image/png', '<logo>', 'inline'])
  assert.deepEqual([file?.disposition.split(';')[0], file?.content], ['attachment', FILE])
  for (const name of ['pm-to', 'pm-to2', 'pm-cc']) await vendors.mailFor(`${name}@a.test`)
  const events = await vendors.acceptedOf(answer.MessageID)
  assert.deepEqual([...new Set(events.map((event) => event.stream))], ['bulk'])
  assert.deepEqual([events[0]?.tags, events[0]?.metadata], [['welcome'], { order: '1' }])
})

test('Postmark: a batch has a result for each, and what cannot be read is told beside what was sent', async () => {
  const message = (To: string) => ({ From: 'ann@sender.test', To, Subject: 'Batch', TextBody: 'x' })
  const answers = await postmark().sendEmailBatch([message('pm-b1@a.test'), message('no address'), message('pm-b2@a.test')])
  assert.deepEqual(
    answers.map(({ ErrorCode }) => ErrorCode),
    [0, 300, 0],
  )
  for (const name of ['pm-b1', 'pm-b2']) assert.match((await vendors.mailFor(`${name}@a.test`)).text('text/plain'), /^x/)
})

test('Postmark: what is wrong has its class of error', async () => {
  const good = { From: 'ann@sender.test', To: 'pm-bad@a.test', Subject: 'x', TextBody: 'x' }
  await assert.rejects(postmark('hms_no_key').sendEmail(good), { name: 'InvalidAPIKeyError', code: 10, statusCode: 401 })
  const invalid = { name: 'InvalidEmailRequestError', code: 300, statusCode: 422 }
  await assert.rejects(postmark().sendEmail({ ...good, To: 'no address' }), {
    ...invalid,
    message: 'To: "no address" is no mail address, or list of them.',
  })
  await assert.rejects(postmark().sendEmail({ ...good, TextBody: '' }), invalid)
  await assert.rejects(postmark().sendEmail({ ...good, Subject: 'a\r\nBcc: x@a.test' }), invalid)
  await assert.rejects(postmark().sendEmail({ ...good, MessageStream: 'no-such-stream' }), invalid)
  await assert.rejects(postmark().sendEmail({ ...good, TrackLinks: Models.LinkTrackingOptions.TextOnly }), /links in plain text alone/)
  await assert.rejects(postmark().sendEmail({ ...good, InlineCss: true } as never), { ...invalid, message: 'There is no field InlineCss.' })
  await assert.rejects(postmark().getTemplates(), (error) => error instanceof Errors.PostmarkError && error.statusCode === 404)
  const broken = await vendors.post('/postmark/email', '{', { 'x-postmark-server-token': vendors.key })
  assert.deepEqual([broken.status, broken.json.ErrorCode], [422, 402])
  assert.equal((await fetch(`${vendors.url}/postmark/email`)).status, 405)
  assert.ok(!vendors.has('pm-bad@a.test'))
})

test('Postmark: a suppressed recipient is told as an inactive one', async () => {
  const account = String(vendors.server.account.id)
  await vendors.server.hms('suppression', 'create', 'vendors')
  await vendors.server.hms('suppression', 'policy', account, '--check', 'vendors', '--reject', 'on')
  await vendors.server.hms('suppression', 'add', 'pm-gone@a.test', '--list', 'vendors')
  await assert.rejects(postmark().sendEmail({ From: 'ann@sender.test', To: 'pm-gone@a.test', Subject: 'x', TextBody: 'x' }), (error) => {
    assert.ok(error instanceof Errors.InactiveRecipientsError, String(error))
    assert.deepEqual(error.recipients, ['pm-gone@a.test'])
    return true
  })
})

test('Postmark: one content for many has the data of each', async () => {
  const answer = await postmark().sendBulkEmail({
    From: 'Ann <ann@sender.test>',
    Subject: 'For {{name}}',
    TextBody: 'Dear {{name}}{{nothing}}',
    HtmlBody: '<b>{{name}}</b>',
    Messages: [
      { To: 'Bea <pm-k1@a.test>', TemplateModel: { name: 'Bea' } },
      { To: 'pm-k2@a.test', TemplateModel: { name: '<Cy>' } },
    ],
  })
  assert.deepEqual([answer.Status, /^[0-9a-z]{16}$/.test(answer.Id)], ['Accepted', true])
  const [one, two] = [await vendors.mailFor('pm-k1@a.test'), await vendors.mailFor('pm-k2@a.test')]
  assert.deepEqual(
    [one.field('to'), one.field('subject'), one.text('text/plain').trim()],
    [['Bea <pm-k1@a.test>'], ['For Bea'], 'Dear Bea'],
  )
  assert.equal(two.text('text/html').trim(), '<b>&lt;Cy&gt;</b>')
  // Where they differ in more than that, each has a message of his own.
  await postmark().sendBulkEmail({
    From: 'ann@sender.test',
    Subject: 'For {{name}}',
    TextBody: 'x',
    Headers: [{ Name: 'X-All', Value: 'all' }],
    Messages: [
      { To: 'pm-k3@a.test', Cc: 'pm-k4@a.test', TemplateModel: { name: 'Dee' } },
      { To: 'pm-k5@a.test', Headers: [{ Name: 'X-Own', Value: 'own' }] },
    ],
  })
  const [three, five] = [await vendors.mailFor('pm-k4@a.test'), await vendors.mailFor('pm-k5@a.test')]
  assert.deepEqual([three.field('subject'), three.field('cc'), three.field('x-all')], [['For Dee'], ['pm-k4@a.test'], ['all']])
  assert.deepEqual([five.field('subject'), five.field('x-own')], [['For'], ['own']])
})
