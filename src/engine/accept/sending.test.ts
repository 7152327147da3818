import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Asked, type Sending, sendingOf } from './sending.ts'

const NOW = Date.parse('2027-02-26T12:00:00Z')
const HOUR = 3_600_000
const DAY = 24 * HOUR
const ACCOUNT = { priority: 'normal', highestPriority: 'high', window: null } as const

function ask(change: Partial<Asked> = {}): ReturnType<typeof sendingOf> {
  return sendingOf({
    wishes: null,
    hold: undefined,
    account: ACCOUNT,
    recipients: 1,
    now: NOW,
    expiry: 4 * DAY,
    longestHold: 30 * DAY,
    random: () => 0.5,
    ...change,
  })
}

function sending(change: Partial<Asked>): Sending {
  const found = ask(change)
  if ('code' in found) assert.fail(found.lines.join(' '))
  return found
}

test('a message that says nothing leaves at once, at the priority of its account', () => {
  assert.deepEqual(ask(), { priority: 'normal', due: NOW, spread: 0, expiresAt: NOW + 4 * DAY, isScheduled: false })
  assert.equal(sending({ account: { ...ACCOUNT, priority: 'bulk' } }).priority, 'bulk')
})

test('a priority is at most the highest that the account may ask for', () => {
  const account = { ...ACCOUNT, highestPriority: 'normal' } as const
  for (const [asked, is] of [
    ['high', 'normal'],
    ['HIGH', 'normal'],
    ['normal', 'normal'],
    ['bulk', 'bulk'],
  ] as const)
    assert.equal(sending({ account, wishes: { priority: asked } }).priority, is)
  assert.equal(sending({ wishes: { priority: 'high' } }).priority, 'high')
})

test('it leaves when its header or its submission says, the later of both, and is as old as the time since', () => {
  const later = sending({ wishes: { sendAt: '2027-02-27 09:00 Europe/Vienna' } })
  assert.deepEqual([later.due, later.expiresAt, later.isScheduled], [NOW + 20 * HOUR, NOW + 20 * HOUR + 4 * DAY, true])
  assert.equal(sending({ hold: { for: HOUR } }).due, NOW + HOUR)
  assert.equal(sending({ hold: { until: NOW + DAY }, wishes: { sendAt: '2027-02-26T13:00:00Z' } }).due, NOW + DAY)
  assert.equal(sending({ wishes: { sendAt: '2027-02-20T13:00:00Z' } }).due, NOW)
})

test('it expires when it says, and never later than the account has it', () => {
  assert.equal(sending({ wishes: { expires: '2h' } }).expiresAt, NOW + 2 * HOUR)
  assert.equal(sending({ wishes: { expires: '90d' } }).expiresAt, NOW + 4 * DAY)
  assert.equal(sending({ wishes: { expires: '2h', sendAt: '2027-02-26T15:00:00Z' } }).expiresAt, NOW + 5 * HOUR)
  assert.equal(sending({ wishes: { expires: '2027-02-26T15:00:00Z' } }).expiresAt, NOW + 3 * HOUR)
})

test("windows of the account and of the message hold both, and high mail goes outside of the account's", () => {
  const account = { ...ACCOUNT, window: '08:00-12:00 UTC' }
  assert.equal(sending({ account }).due, NOW + 20 * HOUR)
  assert.equal(sending({ account, wishes: { priority: 'high' } }).due, NOW)
  assert.equal(sending({ account, wishes: { window: '11:00-15:00 UTC' } }).due, NOW + 23 * HOUR)
  // Never open together, or not for months: nobody would know when it leaves.
  const mondays = { ...ACCOUNT, window: 'Mon 08:00-12:00 UTC' }
  for (const [own, window] of [
    [account, '13:00-15:00 UTC'],
    [mondays, 'Tue 08:00-12:00 UTC'],
  ] as const) {
    const refused = ask({ account: own, wishes: { window } })
    assert.ok('code' in refused && refused.code === 550)
    assert.match(refused.lines.join(' '), /^X-xsWindow: ".*" is not open at any time at which the account's delivery window is\.$/)
  }
})

test('over a period: one recipient anywhere in it, several each in its part', () => {
  const one = sending({ wishes: { spread: '4h' } })
  assert.deepEqual([one.due, one.spread, one.isScheduled], [NOW + 2 * HOUR, 0, true])
  const many = sending({ wishes: { spread: '4h' }, recipients: 100 })
  assert.deepEqual([many.due, many.spread], [NOW + (2 * HOUR) / 100, 4 * HOUR])
  assert.ok(many.expiresAt >= NOW + 4 * HOUR + 4 * DAY)
})

test('what cannot be understood is refused with the field, and what it should look like', () => {
  for (const [wishes, why] of [
    [{ priority: 'urgent' }, /^X-xsPriority: "urgent" is none of high, normal, bulk\.$/],
    [{ sendAt: 'tomorrow' }, /^X-xsSendAt: "tomorrow" is no time such as/],
    [{ sendAt: '2029-01-01T00:00:00Z' }, /further ahead than 30d/],
    [{ expires: 'soon' }, /^X-xsExpires: "soon"/],
    [{ expires: '2027-02-26T11:00:00Z' }, /before it would leave/],
    [{ spread: '4' }, /^X-xsSpread: "4"/],
    [{ spread: '40d' }, /longer than 30d/],
    [{ window: '08:00-20:00\u001b[31m' }, /^X-xsWindow: "08:00-20:00\?\[31m" is no delivery window: .*time zone/],
  ] as const) {
    const refused = ask({ wishes })
    assert.ok('code' in refused && refused.code === 550, JSON.stringify(wishes))
    assert.match(refused.lines.join(' '), why)
  }
})
