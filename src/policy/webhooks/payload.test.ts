import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Webhook } from 'standardwebhooks'
import type { AccountId } from '../../base/brand.ts'
import { MAIL_EVENT_KINDS } from '../../contract/events.ts'
import type { WebhookEvent, WebhookEvents } from '../../contract/webhooks.ts'
import { eventId, postOf, type PostTerms } from './payload.ts'
import { sampleEvent } from './samples.ts'
import { rotated, secretProblem, secretsNow } from './secrets.ts'

const NOW = Date.now()
const [FIRST, SECOND] = ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD']
const TERMS: PostTerms = {
  format: 'standard',
  isBatch: false,
  installation: '0123456789abcdef',
  now: NOW,
  secrets: [FIRST, SECOND],
  extra: {},
}
const made = MAIL_EVENT_KINDS.map((kind) => sampleEvent(kind, { account: 1001 as AccountId, at: NOW }))

test('an event of each kind is verified by either secret, in JSON and in a batch, and not by another or otherwise', () => {
  for (const event of made) {
    const { headers, body, id } = postOf([event], TERMS)
    for (const secret of [FIRST, SECOND]) {
      const told = new Webhook(secret).verify(body, headers) as WebhookEvent
      assert.deepEqual([told.id, told.type, Date.parse(told.timestamp)], [id, `message.${event.kind}`, NOW])
      const { id: _id, kind: _kind, at: _at, ...data } = event
      assert.deepEqual(told.data, JSON.parse(JSON.stringify(data)))
    }
    assert.throws(() => new Webhook('whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA').verify(body, headers))
    assert.throws(() => new Webhook(FIRST).verify(Buffer.concat([body, Buffer.from(' ')]), headers))
  }
  const batch = postOf(made, { ...TERMS, isBatch: true })
  const told = new Webhook(FIRST).verify(batch.body, batch.headers) as WebhookEvents
  assert.equal(told.data.length, made.length)
  assert.equal(postOf(made, { ...TERMS, isBatch: true, now: NOW + 5000 }).id, batch.id)
  assert.notEqual(postOf(made.slice(1), { ...TERMS, isBatch: true }).id, batch.id)
  assert.ok(!eventId({ id: '3.17', at: NOW }, TERMS.installation).includes('.'), 'a dot parts what is signed')
})

test('a secret that rotates counts for a while, and there are never many', () => {
  const day = 86_400_000
  const first = [{ text: 'a', since: 0, until: null }]
  const second = rotated(first, 'b', { now: NOW, keep: day })
  const texts = (secrets: typeof second, now: number): string =>
    secretsNow(secrets, now)
      .map(({ text }) => text)
      .join('')
  assert.deepEqual([texts(second, NOW), texts(second, NOW + day), texts(rotated(first, 'b', { now: NOW, keep: 0 }), NOW)], ['ba', 'b', 'b'])
  const many = ['c', 'd', 'e'].reduce((secrets, text) => rotated(secrets, text, { now: NOW, keep: day }), second)
  assert.equal(texts(many, NOW), 'edc')
  assert.deepEqual(
    [secretProblem(FIRST, 'standard'), secretProblem('my-old-key', 'engine'), secretProblem('short', 'engine')?.slice(0, 6)],
    [null, null, 'is not'],
  )
  assert.match(secretProblem('whsec_AAAA', 'standard') ?? '', /octets/)
})
