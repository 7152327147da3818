import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId, MessageId } from '../../base/brand.ts'
import { type Clock, systemClock } from '../../base/clock.ts'
import { jsonLog } from '../../base/log.ts'
import type { MailEvent } from '../../contract/events.ts'
import { NO_TRACKING, type Tracking } from '../../contract/tracking.ts'
import { clickTarget, unsubscribeValue } from '../../message/tracking/links.ts'
import { tokenOf } from '../../message/token.ts'
import { ACCOUNT, settingsWith } from '../../../testkit/engine-home.ts'
import { FakeClock } from '../../../testkit/fake-clock.ts'
import { Tracker, type WebAnswer, type TrackingRequest } from './tracker.ts'

const KEYS = [{ n: 1, since: 0, secret: new Uint8Array(32).fill(7) }]
const HOST = 'click.example.com'
const MESSAGE = '0000000000000001' as MessageId
const token = (n = 0, account = ACCOUNT.id): string => tokenOf(KEYS, { account, message: MESSAGE, n, acceptedAt: 1 })
const WHOM = { address: 'jane@example.com', stream: 'bulk', mailing: 'may', clientId: null }
const LEAVE = `/u/${unsubscribeValue(KEYS, token(), WHOM, 1)}`
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0'

interface Around {
  readonly tracking?: Partial<Tracking>
  readonly tell?: (events: readonly MailEvent[]) => Promise<void>
  readonly clock?: Clock
}

function trackerWith({ tracking, tell, clock = systemClock }: Around = {}) {
  const told: MailEvent[] = []
  const accounts = new Map([[ACCOUNT.id, { ...ACCOUNT, tracking: { ...NO_TRACKING, ...tracking } }]])
  const settings = settingsWith({ tokenKeys: KEYS, accounts })
  const note = async (events: readonly MailEvent[]): Promise<void> => void told.push(...events)
  const sent = {
    find: async (message: MessageId, n: number) => ({
      account: ACCOUNT.id,
      message,
      address: `r${n}@Example.com`,
      clientId: 'c',
      mailing: 'm',
      stream: 'bulk',
    }),
  }
  const log = jsonLog('test', 'error', () => {})
  const tracker = new Tracker({ settings: () => settings, clock, log, tell: tell ?? note, sent })
  const ask = (path: string, given: Partial<TrackingRequest> = {}): Promise<WebAnswer> =>
    tracker.answer({
      method: 'GET',
      host: HOST,
      path,
      body: '',
      client: '192.0.2.9',
      agent: FIREFOX,
      language: null,
      purpose: null,
      ...given,
    })
  return { tracker, told, ask }
}

const post = (body: string): Partial<TrackingRequest> => ({ method: 'POST', body })
const click = (url: string, host = HOST, account = ACCOUNT.id): string =>
  `/c/${token()}/${clickTarget(KEYS, host, { account, url, link: 'top', at: 1 })}`

test('a link leads where it is signed for, at its host alone, and is told with who followed it', async () => {
  const { tracker, told, ask } = trackerWith()
  const { status, headers } = await ask(click('https://x.example/?a=1'))
  assert.deepEqual([status, headers['location'], headers['cache-control']], [302, 'https://x.example/?a=1', 'no-store, private'])
  assert.equal((await ask(click('https://x.example/'), { host: 'evil.example' })).status, 404)
  assert.equal((await ask(`/c/${token()}/aHR0cHM6Ly9ldmlsLmV4YW1wbGUv`)).status, 404)
  assert.equal((await ask(`/c/${token()}/https://evil.example/`)).status, 404)
  assert.equal((await ask(click('https://x.example/').replace(/^\/c\/[^/]*/, '/c/spoiled'))).status, 302, 'whoever follows it gets there')
  assert.equal((await ask(click('https://x.example/', HOST, 1002 as AccountId))).status, 302)
  await tracker.visits.stop()
  assert.equal(told.length, 1, 'only what a token of the same account stands behind is told')
  const [{ at: _at, ...event }] = told as [MailEvent]
  const whom = {
    account: ACCOUNT.id,
    message: MESSAGE,
    clientId: 'c',
    mailing: 'm',
    stream: 'bulk',
    recipient: 'r0@Example.com',
    domain: 'example.com',
  }
  assert.deepEqual(event, {
    kind: 'clicked',
    ...whom,
    client: '192.0.2.9',
    agent: FIREFOX,
    machine: null,
    url: 'https://x.example/?a=1',
    link: 'top',
  })
})

test('an image of 43 octets is shown to everybody, and told where a token of ours asked for it', async () => {
  const { tracker, told, ask } = trackerWith()
  for (const path of [`/o/${token(3)}`, `/o/${token(3)}.gif`, '/o/x']) {
    const { status, headers, body } = await ask(path, { agent: 'x (via ggpht.com GoogleImageProxy)' })
    assert.deepEqual([status, headers['content-type'], body.length], [200, 'image/gif', 43])
  }
  await tracker.visits.stop()
  assert.deepEqual(
    told.map((event) => event.kind === 'opened' && [event.recipient, event.machine, event.url]),
    Array.from({ length: 2 }, () => ['r3@Example.com', 'Gmail image proxy', null]),
  )
})

test('looking at an unsubscribe link changes nothing; one click, in either form, and the button of the page do, once', async () => {
  for (const [body, by] of [
    ['List-Unsubscribe=One-Click', 'one-click'],
    ['--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n', 'one-click'],
    ['confirm=yes', 'page'],
    ['--x\r\nContent-Disposition: form-data; name="confirm"\r\n\r\nyes\r\n--x--\r\n', 'page'],
  ] as const) {
    const { told, ask } = trackerWith()
    const [looked, headed] = [await ask(LEAVE), await ask(LEAVE, { method: 'HEAD' })]
    assert.deepEqual([looked.status, headed.status, told.length], [200, 200, 0])
    assert.match(String(looked.body), /<form method="post">/)
    assert.doesNotMatch(String(looked.body), /jane/, 'who found the link does not learn the address')
    const answers = [await ask(LEAVE, post(body)), await ask(LEAVE, post(body))]
    for (const { status, headers } of answers)
      assert.deepEqual([status, headers['location'], headers['set-cookie']], [200, undefined, undefined])
    assert.equal(told.length, 1)
    const [{ at: _at, ...event }] = told as [MailEvent]
    const whom = {
      account: ACCOUNT.id,
      message: MESSAGE,
      clientId: null,
      mailing: 'may',
      stream: 'bulk',
      recipient: 'jane@example.com',
      domain: 'example.com',
    }
    assert.deepEqual(event, { kind: 'unsubscribed', ...whom, by, client: '192.0.2.9', agent: FIREFOX })
  }
})

test('who unsubscribes again later is heeded again: he may have been taken off the list since', async () => {
  const clock = new FakeClock()
  const { told, ask } = trackerWith({ clock })
  for (const after of [0, 1000, 60_000]) {
    clock.pass(after)
    assert.equal((await ask(LEAVE, post('confirm=yes'))).status, 200)
  }
  assert.equal(told.length, 2)
})

test('what asks for nothing that is known is not taken for a wish; what is spoiled is told so; nothing else is there', async () => {
  const { told, ask } = trackerWith()
  assert.equal((await ask(LEAVE, post('x=y'))).status, 400)
  assert.equal((await ask(LEAVE, { method: 'PUT' })).status, 405)
  assert.equal((await ask(`${LEAVE.slice(0, -3)}`, post('confirm=yes'))).status, 404)
  assert.equal((await ask(LEAVE.replace('/u/', `/u/${token(1)}`).replace(token(1) + token(), token(1)), post('confirm=yes'))).status, 404)
  assert.equal((await ask(click('https://x.example/'), { method: 'POST' })).status, 405)
  for (const path of ['/', '/u', '/u/', '/c', '/c/x', '/proof/x', '/x', '']) assert.equal((await ask(path)).status, 404, path)
  assert.equal((await ask('/robots.txt')).status, 200)
  assert.equal(told.length, 0)
})

test('nobody is told that he is unsubscribed before it is written down', async () => {
  let isWell = false
  const told: MailEvent[] = []
  const { ask } = trackerWith({
    tell: async (events) => {
      if (!isWell) throw new Error('the disk does not answer')
      told.push(...events)
    },
  })
  const refused = await ask(LEAVE, post('List-Unsubscribe=One-Click'))
  assert.deepEqual([refused.status, refused.headers['retry-after']], [503, '60'])
  isWell = true
  assert.equal((await ask(LEAVE, post('List-Unsubscribe=One-Click'))).status, 200)
  assert.equal(told.length, 1)
})

test('opens and clicks that cannot be told wait, and too many are dropped', async () => {
  let isWell = false
  const told: MailEvent[] = []
  const { tracker, ask } = trackerWith({
    tell: async (events) => {
      if (!isWell) throw new Error('the disk does not answer')
      told.push(...events)
    },
  })
  for (let i = 0; i < 20_010; i++) await ask(`/o/${token(i % 400)}`)
  assert.equal(tracker.visits.dropped, 10)
  isWell = true
  await tracker.visits.stop()
  assert.equal(told.length, 20_000)
})

test('what stops while opens cannot be told leaves no timer behind', async () => {
  const clock = new FakeClock()
  const told = Promise.withResolvers<void>()
  const { tracker, ask } = trackerWith({ clock, tell: () => told.promise })
  await ask(`/o/${token()}`)
  clock.pass(250)
  const stopped = tracker.visits.stop()
  told.reject(new Error('the disk does not answer'))
  await stopped
  assert.equal(clock.timers, 0)
})

test('whoever asks for one link without end is told of a hundred times an hour, and takes nothing from others', async () => {
  const { tracker, told, ask } = trackerWith()
  for (let i = 0; i < 150; i++) await ask(i % 2 === 0 ? `/o/${token()}` : click(`https://x.example/${i}`))
  for (let i = 0; i < 10; i++) await ask(`/o/${token(1)}`)
  await tracker.visits.stop()
  assert.deepEqual([told.length, tracker.visits.dropped], [110, 50])
})

test('the page speaks the language of the account or of the browser, in the words of the owner, all of it escaped', async () => {
  const german = await trackerWith({ tracking: { language: 'de' } }).ask(LEAVE, { language: 'fr' })
  assert.match(String(german.body), /<html lang="de">[^]*<strong dir="ltr">j…@example\.com<\/strong>/)
  assert.match(String((await trackerWith().ask(LEAVE, { language: 'xx, PL;q=0.9' })).body), /<html lang="pl">/)
  assert.match(String((await trackerWith().ask(LEAVE, { language: 'zz' })).body), /<html lang="en">/)
  const words = { heading: '<b>Bye & "so"</b>', question: 'Really, {address}?' }
  const own = String((await trackerWith({ tracking: { words } }).ask(LEAVE)).body)
  assert.match(own, /<h1>&lt;b&gt;Bye &amp; &quot;so&quot;&lt;\/b&gt;<\/h1>/)
  assert.match(own, /Really, <strong/)
})
