import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import type { AlertContent } from '../../contract/alerts.ts'
import { MailPace } from './mail-pace.ts'
import { nextTry, readSecret, signatureOf, webhookPost } from './webhook.ts'

const START = 1_700_000_000_000
const MINUTE = 60_000

test('a signature is that of the published example of Standard Webhooks', () => {
  const secret = readSecret('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')
  assert.ok('octets' in secret)
  const body = Buffer.from('{"test": 2432232314}')
  assert.equal(
    signatureOf(secret.octets, 'msg_p5jXN8AQM9LWM0D4loKWxJek', '1614265330', body),
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  )
})

test('a post has the alert, and headers that prove it; without a secret it has no signature', () => {
  const alert: AlertContent = { at: START, kind: 'effect.begun', what: 'W.', mend: 'M.', effect: null, by: 'rule r' }
  const secret = Buffer.alloc(24, 1)
  const { headers, body } = webhookPost(alert, { id: 'a-1', now: START + 1999, secret })
  const told = { type: 'effect.begun', timestamp: '2023-11-14T22:13:20.000Z', data: { what: 'W.', mend: 'M.', effect: null, by: 'rule r' } }
  assert.deepEqual(JSON.parse(body.toString()), told)
  const expected = createHmac('sha256', secret).update(`a-1.1700000001.${body.toString()}`).digest('base64')
  assert.deepEqual(headers, { 'webhook-id': 'a-1', 'webhook-timestamp': '1700000001', 'webhook-signature': `v1,${expected}` })
  assert.deepEqual(Object.keys(webhookPost(alert, { id: 'a', now: START, secret: null }).headers), ['webhook-id', 'webhook-timestamp'])
})

test('a secret that is none is told', () => {
  for (const [text, problem] of [
    ['whsec_!!', /no base64/],
    ['whsec_c2hvcnQ=', /has 5 octets/],
    ['', /no base64/],
  ] as const) {
    const read = readSecret(text)
    assert.match('problem' in read ? read.problem : '', problem)
  }
})

test('tries come later and later, and end', () => {
  let now = START
  let last = 0
  let tries = 0
  for (let next = nextTry(tries, now); next !== null; next = nextTry(++tries, now)) {
    assert.ok(next - now > last)
    last = next - now
    now = next
  }
  assert.ok(tries >= 5 && now - START < 24 * 60 * MINUTE)
})

test('whatever comes whenever, two mails are never closer than the pace, and nothing waits longer than it', () => {
  for (let seed = 1; seed <= 100; seed++) {
    let state = seed
    const draw = (below: number): number => (state = (state * 48_271) % 2_147_483_647) % below
    const every = 1000 * (1 + draw(1200))
    const pace = new MailPace(every)
    let waiting: number | null = null
    let sentAt = -Infinity
    for (let now = START; now < START + 120 * MINUTE; now += 500 + draw(2000)) {
      if (draw(20) === 0) waiting ??= now
      if (waiting === null) continue
      if (pace.isDue(now)) {
        assert.ok(now - sentAt >= every, `seed ${seed}`)
        pace.sent(now)
        sentAt = now
        waiting = null
      } else assert.ok(now - waiting < every + 30_000, `seed ${seed}`)
    }
  }
})
