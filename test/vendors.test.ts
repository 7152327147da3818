// Clients of Postmark, Resend and SendGrid pointed at a server: what holds for all of them is told by each in its own way.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { postmarkAt, resendAt, sendgridAt } from '../testkit/vendor-clients.ts'
import { startVendorServer, type VendorServer } from '../testkit/vendor-server.ts'

const opened = new AsyncDisposableStack()
let vendors: VendorServer
before(async () => {
  vendors = opened.use(await startVendorServer())
})
after(() => opened.disposeAsync())

const postmark = (key?: string) => postmarkAt(vendors, key)
const resend = (key?: string) => resendAt(vendors, key)
const sendgrid = (key?: string) => sendgridAt(vendors, key)

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
  assert.ok(!vendors.has('t-pm3@a.test') && !vendors.has('t-sg3@a.test'))
})
