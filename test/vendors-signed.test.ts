// Clients of Amazon SES and of SocketLabs as npm has them, pointed at a server: calls that are signed, and calls with the key in their body.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { SendBulkEmailCommand, SendEmailCommand, type SendEmailCommandInput, GetAccountCommand, SESv2Client } from '@aws-sdk/client-sesv2'
import type { NewApiKey, NewSesKey } from '../src/contract/account-operations.ts'
// @ts-expect-error -- it comes without types
import socketlabs from '@socketlabs/email'
import { startVendorServer, type VendorServer } from '../testkit/vendor-server.ts'

const opened = new AsyncDisposableStack()
let vendors: VendorServer
let signing: NewSesKey
before(async () => {
  vendors = opened.use(await startVendorServer())
  signing = await vendors.server.hms<NewSesKey>('credential', 'add', '--account', String(vendors.server.account.id), '--kind', 'ses')
})
after(() => opened.disposeAsync())

const FILE = Buffer.from([0, 1, 2, 253, 254, 255])

function ses(change: Partial<NewSesKey> & { readonly skew?: number } = {}): SESv2Client {
  const { accessKeyId, secretAccessKey, skew = 0 } = { ...signing, ...change }
  return opened.adopt(
    new SESv2Client({
      region: 'eu-west-1',
      endpoint: `${vendors.url}/ses`,
      credentials: { accessKeyId, secretAccessKey },
      systemClockOffset: skew,
      maxAttempts: 1,
    }),
    (client) => client.destroy(),
  )
}

const simple = (to: string, change: Partial<SendEmailCommandInput> = {}): SendEmailCommand =>
  new SendEmailCommand({
    FromEmailAddress: 'ann@sender.test',
    Destination: { ToAddresses: [to] },
    Content: { Simple: { Subject: { Data: 'x' }, Body: { Text: { Data: 'x' } } } },
    ...change,
  })

test('SES: a simple message with all that it can have', async () => {
  const { MessageId } = await ses().send(
    new SendEmailCommand({
      FromEmailAddress: '=?utf-8?Q?J=C3=BCrgen?= <ann@sender.test>',
      Destination: {
        ToAddresses: ['ses-to@a.test', 'Bob <ses-to2@a.test>'],
        CcAddresses: ['ses-cc@a.test'],
        BccAddresses: ['ses-bcc@a.test'],
      },
      ReplyToAddresses: ['reply@sender.test'],
      FeedbackForwardingEmailAddress: 'bounces@sender.test',
      ConfigurationSetName: 'bulk',
      EmailTags: [{ Name: 'order', Value: '1' }],
      Content: {
        Simple: {
          Subject: { Data: 'Grüße', Charset: 'UTF-8' },
          Body: { Text: { Data: 'Hello text' }, Html: { Data: '<p>Hello <img src="cid:logo"></p>' } },
          Headers: [{ Name: 'X-Mine', Value: 'yes' }],
          Attachments: [
            { FileName: 'logo.png', RawContent: FILE, ContentType: 'image/png', ContentDisposition: 'INLINE', ContentId: 'logo' },
            { FileName: 'a.bin', RawContent: FILE, ContentDisposition: 'ATTACHMENT', ContentTransferEncoding: 'BASE64' },
          ],
        },
      },
    }),
  )
  assert.match(MessageId ?? '', /^[0-9a-z]{16}$/)
  const mail = await vendors.mailFor('ses-bcc@a.test')
  assert.deepEqual(
    ['from', 'to', 'cc', 'bcc', 'reply-to', 'subject', 'x-mine'].map((name) => mail.field(name).join('|')),
    ['Jürgen <ann@sender.test>', 'ses-to@a.test, Bob <ses-to2@a.test>', 'ses-cc@a.test', '', 'reply@sender.test', 'Grüße', 'yes'],
  )
  const [logo, file] = mail.parts.slice(-2)
  assert.deepEqual([logo?.contentId, logo?.content, file?.content], ['<logo>', FILE, FILE])
  const events = await vendors.acceptedOf(MessageId)
  assert.deepEqual(
    [...new Set(events.map((event) => `${event.sender} ${event.stream} ${event.user}`))],
    [`bounces@sender.test bulk ses:${signing.accessKeyId}`],
  )
  assert.deepEqual(events[0]?.metadata, { order: '1' })
})

test('SES: a raw message goes to whom the call names, or else to whom its header does', async () => {
  const raw = Buffer.from('From: ann@sender.test\r\nTo: ses-raw@a.test\r\nBcc: ses-raw2@a.test\r\nSubject: Raw\r\n\r\nHello\r\n')
  await ses().send(new SendEmailCommand({ Content: { Raw: { Data: raw } } }))
  const mail = await vendors.mailFor('ses-raw2@a.test')
  assert.deepEqual([mail.field('subject'), mail.field('bcc'), mail.text('text/plain')], [['Raw'], [], 'Hello\r\n'])
  await vendors.mailFor('ses-raw@a.test')
  const others = Buffer.from(raw.toString().replaceAll('ses-raw', 'ses-named'))
  await ses().send(new SendEmailCommand({ Destination: { ToAddresses: ['ses-other@a.test'] }, Content: { Raw: { Data: others } } }))
  await vendors.mailFor('ses-other@a.test')
  assert.ok(!vendors.has('ses-named@a.test'))
})

test('SES: a signature with another secret, of an unknown key, of another time or of another body is refused', async () => {
  const to = 'ses-thief@a.test'
  const wrong = { ...signing, secretAccessKey: `${signing.secretAccessKey}_` }
  await assert.rejects(ses(wrong).send(simple(to)), { name: 'InvalidSignatureException' })
  await assert.rejects(ses({ accessKeyId: 'AKIAUNKNOWN' }).send(simple(to)), { name: 'UnrecognizedClientException' })
  await assert.rejects(ses({ skew: -20 * 60_000 }).send(simple(to)), /more than 15 minutes/)
  const changed = ses()
  changed.middlewareStack.add(
    (next) => async (args) => {
      const request = args.request as { body: string }
      request.body = request.body.replace('ann@', 'eve@')
      return next(args)
    },
    { step: 'finalizeRequest', priority: 'low' },
  )
  await assert.rejects(changed.send(simple(to)), { name: 'InvalidSignatureException' })
  const unsigned = await vendors.post('/ses/v2/email/outbound-emails', '{}', { authorization: '' })
  assert.deepEqual([unsigned.status, unsigned.headers.get('x-amzn-errortype')], [403, 'MissingAuthenticationTokenException'])
  const bearer = await vendors.post('/ses/v2/email/outbound-emails', '{}')
  assert.deepEqual([bearer.status, bearer.headers.get('x-amzn-errortype')], [400, 'IncompleteSignatureException'])
  assert.ok(!vendors.has(to))
})

test('SES: what is wrong has its class of error', async () => {
  const to = 'ses-bad@a.test'
  const bad = { name: 'BadRequestException' }
  await assert.rejects(ses().send(simple('no address')), bad)
  await assert.rejects(ses().send(simple(to, { TenantName: 'x' })), {
    ...bad,
    message: 'TenantName is not supported by hms: each account has keys of its own.',
  })
  await assert.rejects(ses().send(simple(to, { ListManagementOptions: { ContactListName: 'x' } })), bad)
  await assert.rejects(ses().send(simple(to, { Content: {} })), bad)
  await assert.rejects(ses().send(simple(to, { FromEmailAddress: 'a@sender.test\r\nX: y' })), bad)
  await assert.rejects(ses().send(simple(to, { ConfigurationSetName: 'no-such-stream' })), { name: 'MessageRejected' })
  await assert.rejects(ses().send(new GetAccountCommand({})), { name: 'UnknownOperationException' })
  assert.ok(!vendors.has(to))
})

/** What a call that is refused says, as its client has it. */
async function refused(call: Promise<unknown>): Promise<{ result?: { name: string }; addressResults?: object[] }> {
  try {
    await call
  } catch (error) {
    return error as object
  }
  return assert.fail('it was sent')
}

function labs(key = vendors.key, account: number = vendors.server.account.id) {
  return new socketlabs.SocketLabsClient(account, key, { endpointUrl: `${vendors.url}/socketlabs/api/v1/email` })
}

test('SocketLabs: a basic message with all that it can have', async () => {
  const message = new socketlabs.BasicMessage()
  message.from = new socketlabs.EmailAddress('ann@sender.test', { friendlyName: 'Ann' })
  message.replyTo = new socketlabs.EmailAddress('reply@sender.test')
  message.to.push('sl-to@a.test')
  message.addToEmailAddress('sl-to2@a.test', 'Bob')
  message.cc.push('sl-cc@a.test')
  message.bcc.push('sl-bcc@a.test')
  message.subject = 'Labs %%Nothing%%'
  message.textBody = 'Hello text'
  message.htmlBody = '<p>Hello <img src="cid:logo"></p>'
  message.messageId = 'Order-1'
  message.mailingId = 'Autumn'
  message.customHeaders.push(new socketlabs.CustomHeader('X-Mine', 'yes'))
  message.tags.push('welcome')
  message.metadata.push(new socketlabs.Metadata('order', '1'))
  const content = FILE.toString('base64')
  message.attachments.push(new socketlabs.Attachment({ name: 'logo.png', content, contentType: 'image/png', contentId: 'logo' }))
  message.attachments.push(new socketlabs.Attachment({ name: 'a.bin', content, contentType: 'application/octet-stream' }))
  const { result, transactionReceipt } = await labs().send(message)
  assert.equal(result.name, 'Success')
  const mail = await vendors.mailFor('sl-bcc@a.test')
  assert.deepEqual(
    ['from', 'to', 'cc', 'bcc', 'reply-to', 'subject', 'x-mine'].map((name) => mail.field(name).join('|')),
    ['Ann <ann@sender.test>', 'sl-to@a.test, Bob <sl-to2@a.test>', 'sl-cc@a.test', '', 'reply@sender.test', 'Labs %%Nothing%%', 'yes'],
  )
  const [logo, file] = mail.parts.slice(-2)
  assert.deepEqual([logo?.contentId, logo?.content, file?.content], ['<logo>', FILE, FILE])
  const events = await vendors.acceptedOf(transactionReceipt)
  assert.deepEqual([...new Set(events.map((event) => `${event.clientId} ${event.mailing}`))], ['Order-1 Autumn'])
  assert.deepEqual([events[0]?.tags, events[0]?.metadata], [['welcome'], { order: '1' }])
})

test('SocketLabs: a bulk message is merged for each recipient, whatever the case of a field', async () => {
  const message = new socketlabs.BulkMessage()
  message.from = new socketlabs.EmailAddress('ann@sender.test')
  message.subject = 'For %%RecipientName%%'
  message.textBody = '%%Motto%% is 100%% %%EYECOLOR%%%%Missing%%.'
  message.htmlBody = '<b>%%DeliveryAddress%%</b>'
  message.globalMergeData.push(new socketlabs.MergeData('Motto', 'Truth'), new socketlabs.MergeData('EyeColor', 'any'))
  message.addToRecipient('sl-b1@a.test', 'Bea', [new socketlabs.MergeData('EyeColor', 'Blue')])
  message.to.push({ emailAddress: 'sl-b2@a.test' })
  assert.equal((await labs().send(message)).result.name, 'Success')
  const [one, two] = [await vendors.mailFor('sl-b1@a.test'), await vendors.mailFor('sl-b2@a.test')]
  assert.deepEqual([one.field('to'), one.field('subject')], [['Bea <sl-b1@a.test>'], ['For Bea']])
  assert.deepEqual([one.text('text/plain').trim(), one.text('text/html').trim()], ['Truth is 100%% Blue.', '<b>sl-b1@a.test</b>'])
  assert.deepEqual([two.field('to'), two.text('text/plain').trim()], [['sl-b2@a.test'], 'Truth is 100%% any.'])
})

test('SocketLabs: the key as Bearer, names of fields as its documentation writes them, several messages', async () => {
  const Messages = ['sl-p1@a.test', 'no address', 'sl-p2@a.test'].map((EmailAddress) => ({
    To: [{ EmailAddress }],
    From: { EmailAddress: 'ann@sender.test' },
    Subject: 'x',
    TextBody: 'x',
  }))
  const answer = await vendors.post('/socketlabs/api/v1/email', JSON.stringify({ ServerId: vendors.server.account.id, Messages }))
  assert.deepEqual([answer.status, answer.json.ErrorCode], [200, 'Warning'])
  assert.deepEqual(
    answer.json.MessageResults.map(({ Index, ErrorCode }: { Index: number; ErrorCode: string }) => [Index, ErrorCode]),
    [[1, 'InvalidAddress']],
  )
  for (const name of ['sl-p1', 'sl-p2']) await vendors.mailFor(`${name}@a.test`)
})

test('a call that is too large is told so in the form of each', async () => {
  const text = 'x'.repeat(1_100_000)
  const content = { Simple: { Subject: { Data: 'x' }, Body: { Text: { Data: text } } } }
  await assert.rejects(ses().send(simple('ses-large@a.test', { Content: content })), { name: 'RequestEntityTooLargeException' })
  const answer = await vendors.post('/socketlabs/api/v1/email', `{"x":"${text}"}`)
  assert.deepEqual([answer.status, answer.json.ErrorCode], [413, 'MessageTooLarge'])
})

test('SocketLabs: what is wrong has its result', async () => {
  const message = (change: object): object => ({
    messageType: 'basic',
    from: 'ann@sender.test',
    to: 'sl-bad@a.test',
    subject: 'x',
    textBody: 'x',
    ...change,
  })
  const told = async (change: object): Promise<string | undefined> => (await refused(labs().send(message(change)))).result?.name
  assert.equal(await told({ from: 'ann@sender..test' }), 'InvalidFrom')
  assert.equal(await told({ to: 'bob@a..test' }), 'InvalidAddress')
  assert.equal(await told({ subject: 'a\r\nBcc: x@a.test' }), 'InvalidData')
  assert.equal(await told({ attachments: [new socketlabs.Attachment({ name: 'a', content: '%%%' })] }), 'InvalidAttachment')
  // Of a status other than 200 the client tells nothing but that it was not sent.
  assert.equal((await refused(labs('hms_no_key').send(message({})))).result, undefined)
  const { account: other } = await vendors.server.hms<{ account: { id: number } }>('account', 'add', 'Other')
  const { key } = await vendors.server.hms<NewApiKey>('credential', 'add', '--account', String(other.id), '--kind', 'api')
  for (const [apiKey, ServerId] of [
    ['hms_no_key', vendors.server.account.id],
    [key, vendors.server.account.id],
    [vendors.key, other.id],
  ]) {
    const answer = await vendors.post('/socketlabs/api/v1/email', JSON.stringify({ ServerId, apiKey, Messages: [] }))
    assert.deepEqual([answer.status, answer.json.ErrorCode], [401, 'InvalidAuthentication'])
  }
  const none = await vendors.post('/socketlabs/api/v1/email', JSON.stringify({ ServerId: vendors.server.account.id, Messages: [] }))
  assert.deepEqual([none.status, none.json.ErrorCode], [200, 'NoMessages'])
  const broken = await vendors.post('/socketlabs/api/v1/email', '{')
  assert.deepEqual([broken.status, broken.json.ErrorCode], [400, 'InvalidData'])
  assert.ok(!vendors.has('sl-bad@a.test'))
})

test('SES: content with data, for one and for many; what is missing fails the message alone', async () => {
  const TemplateContent = { Subject: 'For {{name}}', Text: 'Dear {{name}} of {{city}}' }
  const content = (TemplateData: string) => ({ Template: { TemplateContent, TemplateData } })
  await ses().send(simple('ses-t1@a.test', { Content: content('{"name":"Bea","city":"Graz"}') }))
  const one = await vendors.mailFor('ses-t1@a.test')
  assert.deepEqual([one.field('subject'), one.text('text/plain').trim()], [['For Bea'], 'Dear Bea of Graz'])
  await assert.rejects(ses().send(simple('ses-t2@a.test', { Content: content('{"name":"Bea"}') })), {
    name: 'BadRequestException',
    message: /city/,
  })
  await assert.rejects(ses().send(simple('ses-t2@a.test', { Content: content('{') })), /TemplateData is no JSON/)
  const entry = (to: string, data: object) => ({
    Destination: { ToAddresses: [to] },
    ReplacementEmailContent: { ReplacementTemplate: { ReplacementTemplateData: JSON.stringify(data) } },
  })
  const { BulkEmailEntryResults = [] } = await ses().send(
    new SendBulkEmailCommand({
      FromEmailAddress: 'ann@sender.test',
      DefaultContent: content('{"city":"Graz"}'),
      BulkEmailEntries: [
        entry('ses-m1@a.test', { name: 'Cy' }),
        entry('ses-m2@a.test', {}),
        entry('ses-m3@a.test', { name: 'Di', city: 'Linz' }),
      ],
    }),
  )
  assert.deepEqual(
    BulkEmailEntryResults.map(({ Status }) => Status),
    ['SUCCESS', 'INVALID_PARAMETER', 'SUCCESS'],
  )
  assert.match(BulkEmailEntryResults[1]?.Error ?? '', /name/)
  const texts = ['ses-m1', 'ses-m3'].map(async (name) => (await vendors.mailFor(`${name}@a.test`)).text('text/plain').trim())
  assert.deepEqual(await Promise.all(texts), ['Dear Cy of Graz', 'Dear Di of Linz'])
  assert.ok(!vendors.has('ses-t2@a.test') && !vendors.has('ses-m2@a.test'))
})

test('stored templates are found by the name that each client has for them', async () => {
  for (const id of ['welcome', '7'])
    await vendors.server.call('template.add', { id, subject: 'For {{ Name }}', text: 'Dear {{ Name }} of %%City%%' })
  const named = (TemplateName: string, data: object) => ({ Template: { TemplateName, TemplateData: JSON.stringify(data) } })
  await ses().send(simple('t-ses1@a.test', { Content: named('welcome', { Name: 'Bea', City: 'Graz' }) }))
  await assert.rejects(ses().send(simple('t-no@a.test', { Content: named('other', {}) })), { name: 'NotFoundException' })
  const entry = (to: string, Name: string) => ({
    Destination: { ToAddresses: [to] },
    ReplacementEmailContent: { ReplacementTemplate: { ReplacementTemplateData: JSON.stringify({ Name }) } },
  })
  const bulk = (DefaultContent: ReturnType<typeof named>) =>
    ses().send(
      new SendBulkEmailCommand({
        FromEmailAddress: 'ann@sender.test',
        DefaultContent,
        BulkEmailEntries: [entry('t-ses2@a.test', 'Cy'), entry('t-ses3@a.test', 'Di')],
      }),
    )
  assert.equal((await bulk(named('welcome', { City: 'Linz' }))).BulkEmailEntryResults?.length, 2)
  await assert.rejects(bulk(named('other', {})), { name: 'NotFoundException' })
  const message = new socketlabs.BulkMessage()
  message.from = new socketlabs.EmailAddress('ann@sender.test')
  message.subject = 'Own for {{ Name }}'
  message.apiTemplate = 7
  message.globalMergeData.push(new socketlabs.MergeData('City', 'Wien'))
  message.addToRecipient('t-sl1@a.test', 'Ed', [new socketlabs.MergeData('Name', 'Ed')])
  assert.equal((await labs().send(message)).result.name, 'Success')
  message.apiTemplate = 8
  assert.equal((await refused(labs().send(message))).result?.name, 'InvalidTemplateId')
  const found = async (name: string): Promise<unknown> => {
    const came = await vendors.mailFor(`t-${name}@a.test`)
    return [came.field('subject')[0], came.text('text/plain').trim()]
  }
  assert.deepEqual(await found('ses1'), ['For Bea', 'Dear Bea of Graz'])
  assert.deepEqual(await found('ses3'), ['For Di', 'Dear Di of Linz'])
  assert.deepEqual(await found('sl1'), ['Own for Ed', 'Dear Ed of Wien'])
  assert.ok(!vendors.has('t-no@a.test'))
})
