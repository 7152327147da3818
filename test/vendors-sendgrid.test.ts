// SendGrid's client as npm has it, pointed at a server: what it sends arrives, each personalization by itself, and what is wrong is in its errors.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { sendgridAt } from '../testkit/vendor-clients.ts'
import { startVendorServer, type VendorServer } from '../testkit/vendor-server.ts'

const opened = new AsyncDisposableStack()
let vendors: VendorServer
before(async () => {
  vendors = opened.use(await startVendorServer())
})
after(() => opened.disposeAsync())

const FILE = Buffer.from([0, 1, 2, 253, 254, 255])
const BASE64 = FILE.toString('base64')
const sendgrid = (key?: string) => sendgridAt(vendors, key)

test('SendGrid: one message with all that it can have', async () => {
  const [answer] = await sendgrid().send({
    from: { email: 'ann@sender.test', name: 'Ann' },
    to: ['sg-to@a.test', { email: 'sg-to2@a.test', name: 'Bob' }],
    cc: 'sg-cc@a.test',
    bcc: 'sg-bcc@a.test',
    replyTo: 'reply@sender.test',
    subject: 'SendGrid',
    text: 'Hello text',
    html: '<p>Hello <img src="cid:logo"></p>',
    headers: { 'X-Mine': 'yes' },
    categories: ['welcome'],
    customArgs: { order: '1' },
    attachments: [
      { filename: 'logo.png', content: BASE64, type: 'image/png', disposition: 'inline', content_id: 'logo' } as never,
      { filename: 'a.bin', content: BASE64, disposition: 'attachment' },
    ],
  })
  assert.equal(answer.statusCode, 202)
  assert.match(String(answer.headers['x-message-id']), /^[0-9a-z]{16}$/)
  const [event] = await vendors.acceptedOf(String(answer.headers['x-message-id']))
  assert.deepEqual([event?.tags, event?.metadata], [['welcome'], { order: '1' }])
  const mail = await vendors.mailFor('sg-bcc@a.test')
  assert.deepEqual(
    ['from', 'to', 'cc', 'bcc', 'reply-to', 'subject', 'x-mine'].map((name) => mail.field(name).join('|')),
    ['Ann <ann@sender.test>', 'sg-to@a.test, Bob <sg-to2@a.test>', 'sg-cc@a.test', '', 'reply@sender.test', 'SendGrid', 'yes'],
  )
  const [logo, file] = mail.parts.slice(-2)
  assert.deepEqual([logo?.contentId, logo?.content, file?.content], ['<logo>', FILE, FILE])
})

test('SendGrid: each personalization is a message of its own, with its substitutions and sections', async () => {
  await sendgrid().sendMultiple({
    from: 'ann@sender.test',
    to: ['sg-m1@a.test', 'sg-m2@a.test'],
    subject: 'For {{name}}',
    text: 'Dear {{name}}, {{close}} {{left}}',
    substitutions: { name: 'friend', close: '-end-' },
    sections: { '-end-': 'Yours' },
  })
  for (const name of ['sg-m1', 'sg-m2']) {
    const mail = await vendors.mailFor(`${name}@a.test`)
    assert.deepEqual(mail.field('to'), [`${name}@a.test`])
    assert.equal(mail.text('text/plain').trim(), 'Dear friend, Yours {{left}}')
  }
  await sendgrid().send({
    from: 'ann@sender.test',
    subject: 'For -name-',
    html: '<b>-name-</b>',
    text: '-names-',
    substitutionWrappers: ['-', '-'],
    personalizations: [
      { to: 'sg-p1@a.test', substitutions: { name: 'One', names: 'All' } },
      { to: 'sg-p2@a.test', subject: 'Own for -name-', substitutions: { name: 'Two' }, headers: { 'X-Own': '2' } },
    ],
  } as never)
  const [one, two] = [await vendors.mailFor('sg-p1@a.test'), await vendors.mailFor('sg-p2@a.test')]
  assert.deepEqual([one.field('subject'), one.text('text/html').trim(), one.text('text/plain').trim()], [['For One'], '<b>One</b>', 'All'])
  assert.deepEqual([two.field('subject'), two.text('text/html').trim(), two.field('x-own')], [['Own for Two'], '<b>Two</b>', ['2']])
  assert.equal(two.text('text/plain').trim(), '-names-')
})

test('SendGrid: what is scheduled waits, a sandbox sends nothing', async () => {
  const mail = { from: 'ann@sender.test', subject: 'x', text: 'x' }
  const [later] = await sendgrid().send({ ...mail, to: 'sg-later@a.test', sendAt: Math.floor(Date.now() / 1000) + 3600 })
  assert.match(JSON.stringify(await vendors.server.hms('queue', 'show', String(later.headers['x-message-id']))), /sg-later@a\.test/)
  const [checked] = await sendgrid().send({ ...mail, to: 'sg-later@a.test', mailSettings: { sandboxMode: { enable: true } } })
  assert.equal(checked.statusCode, 200)
  assert.ok(!vendors.has('sg-later@a.test'))
})

test('SendGrid: what is wrong is told in its errors', async () => {
  const mail = { from: 'ann@sender.test', to: 'sg-bad@a.test', subject: 'x', text: 'x' }
  const told = (change: object, key?: string): Promise<{ code: number; field: string | null; message: string }> =>
    sendgrid(key)
      .send({ ...mail, ...change })
      .then(
        () => assert.fail('it was sent'),
        ({ code, response }) => ({ code, ...response.body.errors[0] }),
      )
  assert.equal((await told({}, 'hms_no_key')).code, 401)
  assert.deepEqual([(await told({ to: 'no address' })).code, (await told({ to: 'no address' })).field], [400, 'to[0]'])
  assert.match((await told({ asm: { groupId: 1 } })).message, /asm is not supported by hms/)
  assert.match((await told({ mailSettings: { footer: { enable: true } } })).message, /footer/)
  assert.match((await told({ trackingSettings: { subscriptionTracking: { enable: true } } })).message, /not supported by hms/)
  assert.match((await told({ batchId: 'x' })).message, /batch_id is not supported/)
  assert.match((await told({ subject: 'a\r\nBcc: x@a.test' })).message, /one line/)
  assert.match((await told({ content: [{ type: 'text/calendar', value: 'x' }], text: undefined })).message, /text\/calendar/)
  // All of a call or none of it.
  const several = [{ to: 'sg-bad@a.test' }, { to: 'no address' }]
  assert.equal((await told({ to: undefined, personalizations: several })).code, 400)
  const broken = await vendors.post('/sendgrid/v3/mail/send', '{')
  assert.deepEqual([broken.status, broken.json.errors.length], [400, 1])
  const elsewhere = await vendors.post('/sendgrid/v3/templates', '{}')
  assert.deepEqual(
    [elsewhere.status, elsewhere.json.errors[0].message],
    [404, 'hms does not have /v3/templates, but sending by /v3/mail/send.'],
  )
  assert.ok(!vendors.has('sg-bad@a.test'))
})
