// Resend's client as npm has it, pointed at a server: what it sends arrives, once under a key, and what is wrong is told by the name that it has for it.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { resendAt } from '../testkit/vendor-clients.ts'
import { startVendorServer, type VendorServer } from '../testkit/vendor-server.ts'

const opened = new AsyncDisposableStack()
let vendors: VendorServer
before(async () => {
  vendors = opened.use(await startVendorServer())
})
after(() => opened.disposeAsync())

const FILE = Buffer.from([0, 1, 2, 253, 254, 255])
const BASE64 = FILE.toString('base64')
const resend = (key?: string) => resendAt(vendors, key)

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
  assert.ok(!vendors.has('rs-s1@a.test'))
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
  assert.ok(!vendors.has('rs-later@a.test'))
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
  assert.ok(!vendors.has('rs-bad@a.test'))
})
