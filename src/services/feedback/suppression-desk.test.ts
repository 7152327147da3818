// What the desk makes of events that come back: scopes, times, whose list; and what it does not believe.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import type { AccountId, Domain, MessageId } from '../../base/brand.ts'
import { systemClock } from '../../base/clock.ts'
import { jsonLog } from '../../base/log.ts'
import type { MailEvent, NumberedEvent } from '../../contract/events.ts'
import type { Account } from '../../contract/settings.ts'
import { type AccountSuppression, NO_SUPPRESSION } from '../../contract/suppression.ts'
import { SuppressionReader } from '../../store/sqlite/suppression/suppression-reader.ts'
import { SuppressionStore } from '../../store/sqlite/suppression/suppression.ts'
import { ACCOUNT, settingsWith } from '../../../testkit/engine-home.ts'
import { temporaryFolder } from '../../../testkit/spool-samples.ts'
import { SuppressionDesk } from './suppression-desk.ts'

const NOW = Date.UTC(2026, 10, 22, 12)
const DAY = 86_400_000
const OTHER = 1002 as AccountId

async function opened(policy: Partial<AccountSuppression> = {}) {
  const end = new AsyncDisposableStack()
  const file = join(end.use(temporaryFolder()).path, 'suppression.db')
  const store = end.use(new SuppressionStore(file))
  await store.create('l', null)
  const suppression: AccountSuppression = { ...NO_SUPPRESSION, add: 'l', ...policy }
  const accounts = new Map<AccountId, Account>([
    [ACCOUNT.id, { ...ACCOUNT, suppression }],
    [OTHER, { ...ACCOUNT, id: OTHER }],
  ])
  const news = { times: 0 }
  const desk = new SuppressionDesk(
    store,
    () => settingsWith({ accounts }),
    () => void news.times++,
  )
  let number = 0
  const tell = async (...events: readonly MailEvent[]): Promise<void> => {
    const sink = await desk.begin(0)
    for (const event of events) sink.add({ event: { ...event, id: `0.${++number}` } as NumberedEvent, number, start: 0, end: 0 })
    await sink.commit()
  }
  const entries = async () =>
    (await store.page('l', null, 100)).map(({ target, stream, reason, expires }) => [target, stream, reason, expires])
  return { desk, file, news, tell, entries, [Symbol.asyncDispose]: () => end.disposeAsync() }
}

function told(recipient: string, account = ACCOUNT.id) {
  const domain = recipient.slice(recipient.indexOf('@') + 1) as Domain
  return { at: NOW, account, message: 'm' as MessageId, clientId: null, mailing: null, stream: 'bulk', recipient, domain }
}

const unsubscribed = (recipient: string, account?: AccountId): MailEvent =>
  ({ kind: 'unsubscribed', ...told(recipient, account), by: 'one-click', client: null, agent: null }) as const

const complained = (recipient: string, proved = true): MailEvent =>
  ({ kind: 'complained', ...told(recipient), report: 'r' as MessageId, reporter: 'x', proved, feedbackType: 'abuse' }) as const

function bounced(recipient: string, change: object = {}): MailEvent {
  const said = { report: 'r' as MessageId, reporter: 'mx', proved: true, status: '5.1.1', response: 'no such user', rule: null }
  const meant = { category: 'Hard', failureCode: 2001, blame: 'recipient', action: 'suppress' } as const
  return { kind: 'bounced', ...told(recipient), ...said, ...meant, ...change } as MailEvent
}

test('an unsubscription is of its stream, a bounce and a complaint of all mail; what is not proved or of others does nothing', async () => {
  await using at = await opened()
  await at.tell(unsubscribed('Un@x.example'), complained('co@x.example'), bounced('bo@x.example'), unsubscribed('', ACCOUNT.id))
  await at.tell(complained('forged@x.example', false), bounced('forged@x.example', { proved: false }))
  await at.tell(bounced('good@x.example', { category: 'BlockedOther', failureCode: 1002, blame: 'reputation' }))
  await at.tell(unsubscribed('nobody@x.example', OTHER))
  assert.deepEqual(await at.entries(), [
    ['bo@x.example', null, 'Bounce', null],
    ['co@x.example', null, 'Complaint', null],
    ['un@x.example', 'bulk', 'Unsubscribe', null],
  ])
  assert.equal(at.news.times, 1, 'workers are told of the first entry')
  assert.deepEqual(
    at.desk.alerts().map(({ key }) => key),
    [`suppression account ${OTHER}`],
  )
})

test('the policy of the account says what adds, and for how long', async () => {
  await using at = await opened({ hard: 7 * DAY, complaint: 'off', soft: { count: 2, within: DAY, holds: 'ever' } })
  const soft = bounced('full@x.example', { category: 'Soft', failureCode: 3001 })
  await at.tell(bounced('bo@x.example'), complained('co@x.example'), soft)
  assert.deepEqual(await at.entries(), [['bo@x.example', null, 'Bounce', NOW + 7 * DAY]])
  await at.tell({ ...soft, at: NOW + 2 * DAY } as MailEvent)
  assert.equal((await at.entries()).length, 1, 'too far apart')
  await at.tell({ ...soft, at: NOW + 2 * DAY + 1000 } as MailEvent)
  assert.deepEqual((await at.entries())[1], ['full@x.example', null, 'Bounce', null])
})

test('bounce messages of a site that accepted and then refuses a third are a flood as well', async () => {
  await using at = await opened()
  const names = Array.from({ length: 300 }, (_, i) => `u${i}@big.example`)
  const site = { site: 'mx.big.example', remoteHost: null, remoteAddress: null, localAddress: null, tls: null }
  const reply = { code: 250, enhanced: null, text: 'ok' }
  const sent = names.map((name): MailEvent => {
    return { kind: 'delivered', ...told(name), ...site, sender: '', size: 1, attempt: 1, queuedFor: 1, reply }
  })
  await at.tell(...sent)
  await at.tell(...names.slice(0, 100).map((name) => bounced(name)))
  assert.deepEqual(await at.entries(), [])
  assert.match(at.desk.alerts()[0]?.what ?? '', /^100 of 300 recipients at mx\.big\.example failed for good.*100 suppressions wait/)
})

test('an address with a star or a question mark in it is that one address, never a pattern of others', async () => {
  await using at = await opened()
  await at.tell(bounced('*@big.example'), unsubscribed('a?n@big.example'), complained('*@x.example'))
  assert.deepEqual(
    (await at.entries()).map(([target]) => target),
    ['%2a@big.example', '%2a@x.example', 'a%3fn@big.example'],
  )
  await using reader = await SuppressionReader.open({ file: at.file, clock: systemClock, log: jsonLog('test', 'error', () => {}) })
  const found = await reader.find('l', 'bulk', ['ann@big.example', '*@big.example', 'a?n@big.example', 'bob@x.example'])
  assert.deepEqual(
    found.map((by) => by?.target ?? null),
    [null, '%2a@big.example', 'a%3fn@big.example', null],
  )
})

test('what the server itself had to say suppresses nobody: the mailbox that it is sent to is the owner', async () => {
  await using at = await opened()
  const reply = { code: 550, enhanced: '5.1.1', text: 'no such user' }
  const failed = (recipient: string, ours?: true): MailEvent =>
    ({
      kind: 'failed',
      ...told(recipient),
      site: 'mx.big.example',
      failureCode: 2001,
      reason: 'x',
      attempt: 1,
      reply,
      ...(ours && { ours }),
    }) as MailEvent
  await at.tell(failed('owner@big.example', true), failed('gone@big.example'))
  assert.deepEqual(
    (await at.entries()).map(([target]) => target),
    ['gone@big.example'],
  )
})
