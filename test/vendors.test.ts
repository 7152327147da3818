// Clients of Postmark, Resend and SendGrid as npm has them, pointed at a server: what they send arrives, and what is wrong is told in the class
// of error that each client has for it.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import sendgridOfAll from '@sendgrid/mail'
import { Errors, Models, ServerClient } from 'postmark'
import { Resend } from 'resend'
import { startVendorServer, type VendorServer } from '../testkit/vendor-server.ts'

const opened = new AsyncDisposableStack()
let vendors: VendorServer
before(async () => {
  vendors = opened.use(await startVendorServer())
})
after(() => opened.disposeAsync())

const FILE = Buffer.from([0, 1, 2, 253, 254, 255])
const BASE64 = FILE.toString('base64')

const postmark = (key = vendors.key) => new ServerClient(key, { useHttps: false, requestHost: `${vendors.url.slice(7)}/postmark` })
const resend = (key = vendors.key) => new Resend(key, { baseUrl: `${vendors.url}/resend` })

/** Its one service, with a key. Its client is there, and not in its types. */
function sendgrid(key = vendors.key): typeof sendgridOfAll {
  const { client } = sendgridOfAll as unknown as { client: { auth: string; setDefaultRequest(name: string, value: string): void } }
  // `setApiKey` does the same, and warns of a key that does not begin as theirs do.
  client.auth = `Bearer ${key}`
  client.setDefaultRequest('baseUrl', `${vendors.url}/sendgrid/`)
  return sendgridOfAll
}

const isThere = (recipient: string): boolean => vendors.peer.messages.some(({ recipients }) => recipients.includes(recipient))

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
  assert.ok(!isThere('pm-bad@a.test'))
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

test('a call that is too large is told so in the form of each', async () => {
  const body = `{"text":"${'x'.repeat(1_100_000)}"}`
  const [pm, rs, sg] = [
    await vendors.post('/postmark/email', body, { 'x-postmark-server-token': vendors.key }),
    await vendors.post('/resend/emails', body),
    await vendors.post('/sendgrid/v3/mail/send', body),
  ]
  assert.deepEqual([pm.status, pm.json.ErrorCode], [413, 413])
  assert.deepEqual([rs.status, rs.json.statusCode, rs.json.name], [413, 413, 'validation_error'])
  assert.deepEqual([sg.status, sg.json.errors.length], [413, 1])
  const large = { From: 'ann@sender.test', To: 'pm-large@a.test', Subject: 'x', TextBody: 'x'.repeat(1_100_000) }
  await assert.rejects(postmark().sendEmail(large), { statusCode: 413, code: 413 })
})

test('names of fields that every object has are as unknown as others', async () => {
  for (const name of ['constructor', '__proto__', 'toString']) {
    const body = `{"from":"ann@sender.test","to":"x@a.test","subject":"x","text":"x","${name}":1,"tags":[{"name":"${name}","value":"x"}]}`
    const answer = await vendors.post('/resend/emails', body)
    assert.deepEqual([answer.status, answer.json.name], [422, 'validation_error'], `${name}: ${answer.text}`)
  }
  const stream = { From: 'ann@sender.test', To: 'x@a.test', TextBody: 'x', MessageStream: 'constructor' }
  const answer = await vendors.post('/postmark/email', JSON.stringify(stream), { 'x-postmark-server-token': vendors.key })
  assert.deepEqual([answer.status, answer.json.ErrorCode], [422, 300])
})

test('Resend: one message with all that it can have', async () => {
  const { data, error } = await resend().emails.send({
    from: 'Ann <ann@sender.test>',
    to: ['rs-to@a.test', 'Bob <rs-to2@a.test>'],
    cc: 'rs-cc@a.test',
    bcc: ['rs-bcc@a.test'],
    replyTo: 'reply@sender.test',
    subject: 'Resend',
    text: 'Hello text',
    html: '<p>Hello <img src="cid:logo"></p>',
    headers: { 'X-Mine': 'yes' },
    tags: [{ name: 'order', value: '1' }],
    attachments: [
      { filename: 'logo.png', content: FILE, contentType: 'image/png', contentId: 'logo' },
      { filename: 'a.bin', content: BASE64 },
    ],
  })
  assert.equal(error, null)
  assert.match(data?.id ?? '', /^[0-9a-z]{16}$/)
  assert.deepEqual((await vendors.acceptedOf(data?.id))[0]?.metadata, { order: '1' })
  const mail = await vendors.mailFor('rs-bcc@a.test')
  assert.deepEqual(
    ['from', 'to', 'cc', 'bcc', 'reply-to', 'subject', 'x-mine'].map((name) => mail.field(name).join('|')),
    ['Ann <ann@sender.test>', 'rs-to@a.test, Bob <rs-to2@a.test>', 'rs-cc@a.test', '', 'reply@sender.test', 'Resend', 'yes'],
  )
  const [logo, file] = mail.parts.slice(-2)
  assert.deepEqual([logo?.contentId, logo?.content, file?.content], ['<logo>', FILE, FILE])
})

test('Resend: a strict batch is sent whole or not at all, a permissive one as far as it can be', async () => {
  const email = (to: string) => ({ from: 'ann@sender.test', to, subject: 'Batch', text: 'x' })
  const strict = await resend().batch.send([email('rs-s1@a.test'), email('no address')])
  assert.deepEqual([strict.error?.name, strict.error?.statusCode], ['validation_error', 422])
  assert.match(strict.error?.message ?? '', /^emails\[1\]: to: "no address"/)
  const permissive = await resend().batch.send([email('rs-p1@a.test'), email('no address'), email('rs-p2@a.test')], {
    batchValidation: 'permissive',
  })
  assert.equal(permissive.data?.data.length, 2)
  assert.deepEqual(
    permissive.data?.errors.map(({ index }) => index),
    [1],
  )
  for (const name of ['rs-p1', 'rs-p2']) await vendors.mailFor(`${name}@a.test`)
  const whole = await resend().batch.send([email('rs-w1@a.test'), email('rs-w2@a.test')])
  assert.equal(whole.data?.data.length, 2)
  for (const name of ['rs-w1', 'rs-w2']) await vendors.mailFor(`${name}@a.test`)
  assert.ok(!isThere('rs-s1@a.test'))
})

test('Resend: a request with an idempotency key is done once', async () => {
  const email = { from: 'ann@sender.test', to: 'rs-once@a.test', subject: 'Once', text: 'x' }
  const send = (change: object, idempotencyKey: string) => resend().emails.send({ ...email, ...change }, { idempotencyKey })
  const [first, again] = [await send({}, 'order-1'), await send({}, 'order-1')]
  assert.match(first.data?.id ?? '', /^[0-9a-z]{16}$/)
  assert.equal(again.data?.id, first.data?.id)
  const { error } = await send({ subject: 'Another' }, 'order-1')
  assert.deepEqual([error?.name, error?.statusCode], ['invalid_idempotent_request', 409])
  assert.equal((await send({}, 'x'.repeat(300))).error?.name, 'invalid_idempotency_key')
  const batch = () => resend().batch.send([email, { ...email, to: 'rs-once2@a.test' }], { idempotencyKey: 'batch-1' })
  assert.deepEqual((await batch()).data?.data, (await batch()).data?.data)
  await send({ to: 'rs-other@a.test' }, 'order-2')
  for (const name of ['rs-once', 'rs-once2', 'rs-other']) await vendors.mailFor(`${name}@a.test`)
  const count = (recipient: string) => vendors.peer.messages.filter(({ recipients }) => recipients.includes(recipient)).length
  await vendors.peer.until(() => count('rs-once@a.test') >= 2, 30_000)
  assert.deepEqual([count('rs-once@a.test'), count('rs-once2@a.test')], [2, 1])
})

test('Resend: what is scheduled waits; what is no moment is refused', async () => {
  const email = { from: 'ann@sender.test', to: 'rs-later@a.test', subject: 'x', text: 'x' }
  const at = new Date(Date.now() + 3_600_000).toISOString()
  const { data } = await resend().emails.send({ ...email, scheduledAt: at })
  const shown = JSON.stringify(await vendors.server.hms('queue', 'show', data?.id ?? ''))
  assert.match(shown, /rs-later@a\.test/)
  const { error } = await resend().emails.send({ ...email, scheduledAt: 'in a while' })
  assert.deepEqual([error?.name, error?.statusCode], ['validation_error', 422])
  assert.match(error?.message ?? '', /in a while/)
  assert.ok(!isThere('rs-later@a.test'))
})

test('Resend: what is wrong has its name of error', async () => {
  const email = { from: 'ann@sender.test', to: 'rs-bad@a.test', subject: 'x', text: 'x' }
  const told = async (change: object, key?: string): Promise<unknown[]> => {
    const { error } = await resend(key).emails.send({ ...email, ...change } as typeof email)
    return [error?.name, error?.statusCode, error?.message]
  }
  assert.deepEqual((await told({}, 'hms_no_key')).slice(0, 2), ['invalid_api_key', 403])
  assert.deepEqual((await told({ to: 'no address' })).slice(0, 2), ['validation_error', 422])
  assert.deepEqual(await told({ text: '' }), ['validation_error', 422, 'Missing `html` or `text` field.'])
  assert.match(String((await told({ topicId: 'x' }))[2]), /topic_id is not supported by hms/)
  assert.match(String((await told({ attachments: [{ filename: 'a', path: 'https://a.test/' }] }))[2]), /path is not supported by hms/)
  assert.match(String((await told({ headers: { 'X-A': 'a\r\nX-B: c' } }))[2]), /one line/)
  assert.deepEqual((await resend().emails.get('x')).error?.name, 'not_found')
  const broken = await vendors.post('/resend/emails', '{', {})
  assert.deepEqual([broken.status, broken.json.name], [400, 'validation_error'])
  const keyless = await vendors.post('/resend/emails', '{}', { authorization: '' })
  assert.deepEqual([keyless.status, keyless.json.name], [401, 'missing_api_key'])
  assert.ok(!isThere('rs-bad@a.test'))
})

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
  assert.ok(!isThere('sg-later@a.test'))
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
  assert.ok(!isThere('sg-bad@a.test'))
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

test('a quota that is used up is told by each in the class that it has for it, with the time to wait', async () => {
  const { account } = await vendors.server.hms<{ account: { id: number } }>('account', 'add', 'Small')
  const { key } = await vendors.server.hms<{ key: string }>('credential', 'add', '--account', String(account.id), '--kind', 'api')
  await vendors.server.hms('account', 'quota', String(account.id), '--messages-per-month', '1')
  const first = { From: 'ann@small.test', To: 'q1@a.test', Subject: 'x', TextBody: 'x' }
  await postmark(key).sendEmail(first)
  await assert.rejects(postmark(key).sendEmail(first), { name: 'RateLimitExceededError', statusCode: 429, code: 429 })
  const email = { from: 'ann@small.test', to: 'q1@a.test', subject: 'x', text: 'x' }
  const { error, headers } = await resend(key).emails.send(email)
  assert.deepEqual([error?.name, error?.statusCode], ['rate_limit_exceeded', 429])
  assert.ok(Number(headers?.['retry-after']) > 0)
  await assert.rejects(sendgrid(key).send(email), { code: 429 })
  const labs = {
    ServerId: account.id,
    ApiKey: key,
    Messages: [{ From: { EmailAddress: email.from }, To: [{ EmailAddress: email.to }], Subject: 'x', TextBody: 'x' }],
  }
  const answer = await vendors.post('/socketlabs/api/v1/email', JSON.stringify(labs), { authorization: '' })
  assert.deepEqual([answer.status, answer.json.ErrorCode], [429, 'OverQuota'])
  assert.ok(Number(answer.headers.get('retry-after')) > 0)
})

test('stored templates are found by the name that each client has for them', async () => {
  const html = '<p>{{ name }} of {{ shop.city }}</p>'
  await vendors.server.call('template.add', { id: 'd-welcome', subject: 'Welcome, {{ name }}', text: 'Dear {{ name }}', html })
  const data = (name: string) => ({ name, shop: { city: 'Graz' } })
  const templated = (To: string, name: string) => ({ From: 'ann@sender.test', To, TemplateAlias: 'd-welcome', TemplateModel: data(name) })
  assert.equal((await postmark().sendEmailWithTemplate(templated('t-pm1@a.test', 'Bea'))).ErrorCode, 0)
  const batch = await postmark().sendEmailBatchWithTemplates([
    templated('t-pm2@a.test', 'Cy'),
    { ...templated('t-pm3@a.test', 'x'), TemplateAlias: 'other' },
  ])
  assert.deepEqual(
    batch.map(({ ErrorCode }) => ErrorCode),
    [0, 1101],
  )
  await assert.rejects(postmark().sendEmailWithTemplate({ ...templated('t-pm3@a.test', 'x'), TemplateAlias: 'other' }), {
    statusCode: 422,
    code: 1101,
  })
  const bulk = {
    From: 'ann@sender.test',
    TemplateAlias: 'd-welcome',
    Messages: ['4', '5'].map((n) => ({ To: `t-pm${n}@a.test`, TemplateModel: data(n) })),
  }
  assert.equal((await postmark().sendBulkEmail(bulk)).Status, 'Accepted')
  const email = (variables: object, id = 'd-welcome') =>
    resend().emails.send({ from: 'ann@sender.test', to: 't-rs@a.test', template: { id, variables: variables as Record<string, string> } })
  assert.equal((await email(data('Di'))).error, null)
  assert.deepEqual([(await email({}, 'other')).error?.name, (await email({ name: 'x' })).error?.name], ['not_found', 'validation_error'])
  const mail = { from: 'ann@sender.test', templateId: 'd-welcome' }
  const personalizations = ['Ed', '<Fay>'].map((name, n) => ({ to: `t-sg${n}@a.test`, dynamicTemplateData: data(name) }))
  await sendgrid().send({ ...mail, personalizations } as never)
  await assert.rejects(sendgrid().send({ ...mail, to: 't-sg3@a.test', templateId: 'd-other' }), { code: 400 })
  const found = async (name: string): Promise<unknown> => {
    const came = await vendors.mailFor(`t-${name}@a.test`)
    return [came.field('subject')[0], came.text('text/plain').trim(), came.text('text/html').trim()]
  }
  const wanted = (name: string, escaped = name) => [`Welcome, ${name}`, `Dear ${name}`, `<p>${escaped} of Graz</p>`]
  assert.deepEqual([await found('pm1'), await found('pm2'), await found('pm5')], [wanted('Bea'), wanted('Cy'), wanted('5')])
  assert.deepEqual(
    [await found('rs'), await found('sg0'), await found('sg1')],
    [wanted('Di'), wanted('Ed'), wanted('<Fay>', '&lt;Fay&gt;')],
  )
  assert.ok(!isThere('t-pm3@a.test') && !isThere('t-sg3@a.test'))
})
