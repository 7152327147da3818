import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId, EpochMs, MessageId } from '../../base/brand.ts'
import type { FeedbackEvent } from '../../contract/events.ts'
import type { Report, ReportedRecipient } from '../../message/report/types.ts'
import type { Proof, SentTo } from '../ports/feedback.ts'
import type { JudgedRecipient } from '../report/judge.ts'
import { consequencesOf, proofText, type Traced } from './consequences.ts'

const ARRIVAL = { id: '7c000000report00' as MessageId, account: 1001 as AccountId, at: Date.UTC(2026, 10, 22) as EpochMs }
const JUDGED = { address: null, type: 'Undeliverable', status: null, reply: '', blame: 'recipient' } as const
const HARD: JudgedRecipient = { ...JUDGED, category: 'Hard', code: 2001, action: 'suppress', rule: 'unknown-user' }
const SOFT: JudgedRecipient = { ...JUDGED, category: 'Soft', code: 3001, action: 'retry', rule: 'full' }
const NOTHING: Proof = {
  spf: { result: 'none', sender: 'postmaster@mx.test' },
  dkim: [],
  dmarc: { result: 'none', domain: '' },
  arc: 'none',
  from: null,
}
const SENT: SentTo = {
  account: 1002 as AccountId,
  message: '7c0000000000sent' as MessageId,
  address: 'Ann@people.test',
  clientId: 'c-1',
  mailing: 'm-1',
  stream: 'bulk',
}
const TRACED: Traced = { token: { account: SENT.account, message: SENT.message, n: 0 }, sent: SENT }

function recipient(address: string, change: Partial<ReportedRecipient> = {}): ReportedRecipient {
  return { address, finalRecipient: null, action: 'failed', status: '5.1.1', diagnostic: `550 no ${address}`, remoteMta: null, ...change }
}

function report(kind: Report['kind'], recipients: readonly ReportedRecipient[], change: Partial<Report> = {}): Report {
  const empty = { token: null, tokens: [], original: null, feedback: null, aggregate: null, text: 'it says so', parts: [], isCut: false }
  return { kind, format: 'dsn', recipients, ...empty, ...change }
}

interface Case {
  readonly report: Report
  readonly judged?: readonly JudgedRecipient[]
  readonly traced?: Traced | null
  readonly proof?: Proof
  readonly reporters?: Parameters<typeof consequencesOf>[2]['reporters']
}

function told({ report: said, judged = [HARD], traced = null, proof = NOTHING, reporters = [] }: Case): readonly FeedbackEvent[] {
  return consequencesOf({ report: said, judged, proof }, ARRIVAL, { traced, reporters })
}

const complaint = (from: string): Report =>
  report('feedback', [recipient(from)], {
    feedback: {
      format: 'arf',
      type: 'abuse',
      reporter: 'feedback.test',
      sourceIp: null,
      reportedDomain: null,
      mailFrom: null,
      arrivedAt: null,
      incidents: 1,
    },
  })

test('a token proves a report for its own recipient alone, whoever the report names', () => {
  const events = told({
    report: report('bounce', [recipient('victim@people.test'), recipient('ann@people.test', { diagnostic: '552 full' })]),
    judged: [HARD, SOFT],
    traced: TRACED,
  })
  assert.deepEqual(
    events.map(
      (event) => event.kind === 'bounced' && [event.recipient, event.category, event.proved, event.account, event.message, event.response],
    ),
    [['Ann@people.test', 'Soft', true, 1002, SENT.message, '552 full']],
  )
  const [other] = told({ report: report('bounce', [recipient('victim@people.test')]), traced: TRACED })
  assert.ok(other?.kind === 'bounced')
  assert.deepEqual([other.recipient, other.mailing, other.stream, other.clientId], ['Ann@people.test', 'm-1', 'bulk', 'c-1'])
})

test('without a token, or with one that the index does not know, nothing is proved', () => {
  const lost = told({ report: report('bounce', [recipient('a@people.test')]), traced: { ...TRACED, sent: null } })
  const bare = told({ report: report('bounce', [recipient('a@people.test'), recipient('b@people.test')]), judged: [HARD, SOFT] })
  for (const event of [...lost, ...bare]) assert.equal(event.kind === 'bounced' && event.proved, false)
  assert.deepEqual(
    bare.map((event) => event.kind === 'bounced' && [event.recipient, event.category, event.account, event.message]),
    [
      ['a@people.test', 'Hard', 1001, ARRIVAL.id],
      ['b@people.test', 'Soft', 1001, ARRIVAL.id],
    ],
  )
  assert.equal(lost[0]?.message, SENT.message)
})

test('however many recipients a report names, few are told', () => {
  const many = Array.from({ length: 1000 }, (_, i) => recipient(`r${i}@people.test`))
  assert.equal(told({ report: report('bounce', many), judged: many.map(() => HARD) }).length, 20)
  assert.equal(told({ report: report('bounce', many), judged: many.map(() => HARD), traced: TRACED }).length, 1)
})

test('a complaint counts by DKIM or SPF of a known reporter, or by a token', () => {
  const proved = (proof: Partial<Proof>, reporters: Case['reporters'] = []): boolean => {
    const [event] = told({ report: complaint('ann@people.test'), proof: { ...NOTHING, ...proof }, reporters })
    assert.ok(event?.kind === 'complained')
    assert.equal(event.feedbackType, 'abuse')
    return event.proved
  }
  const signed = (domain: string, result: 'pass' | 'fail' | 'policy' = 'pass') => [{ result, domain, selector: 's' }] as const
  const fbl = [{ who: 'fbl.test', enrolled: true }]
  assert.equal(proved({ dkim: signed('fbl.test') }), false)
  assert.equal(proved({ dkim: signed('fbl.test') }, fbl), true)
  assert.equal(proved({ dkim: signed('eu.fbl.test') }, fbl), true)
  assert.equal(proved({ dkim: signed('notfbl.test') }, fbl), false)
  for (const result of ['fail', 'policy'] as const) assert.equal(proved({ dkim: signed('fbl.test', result) }, fbl), false)
  assert.equal(proved({ spf: { result: 'pass', sender: 'x@fbl.test' } }, fbl), true)
  assert.equal(proved({ spf: { result: 'softfail', sender: 'x@fbl.test' } }, fbl), false)
  assert.equal(proved({ dkim: signed('arf.mail.yahoo.com') }), true)
  assert.equal(proved({ dkim: signed('arf.mail.yahoo.com') }, [{ who: 'arf.mail.yahoo.com', enrolled: false }]), false)
})

test('of a domain that its customers send from, one address counts', () => {
  const proved = (from: string | null, change: Partial<Proof> = {}): boolean => {
    const dkim = [{ result: 'pass', domain: 'hotmail.com', selector: 's' }] as const
    const [event] = told({ report: complaint('ann@people.test'), proof: { ...NOTHING, dkim, from, ...change } })
    return event?.kind === 'complained' && event.proved
  }
  assert.equal(proved('staff@hotmail.com'), true)
  assert.equal(proved('mallory@hotmail.com'), false)
  assert.equal(proved(null), false)
  assert.equal(proved('staff@hotmail.com', { dkim: [] }), false)
  assert.equal(proved('staff@hotmail.com', { dkim: [{ result: 'pass', domain: 'mallory.test', selector: 's' }] }), false)
})

test('a message to the address of the list header unsubscribes with a token; without one it is told, and changes nothing', () => {
  const [out] = told({ report: report('unsubscribe', []), traced: TRACED })
  assert.ok(out?.kind === 'unsubscribed')
  assert.deepEqual([out.recipient, out.by, out.stream], ['Ann@people.test', 'mail', 'bulk'])
  const [idle] = told({ report: report('unsubscribe', []) })
  assert.ok(idle?.kind === 'bounced')
  assert.deepEqual([idle.category, idle.proved], ['Unsubscribe', false])
})

test('what is no bounce is what it is, whatever its words are', () => {
  for (const [kind, category, code] of [
    ['autoreply', 'AutoReply', 5001],
    ['challenge', 'Challenge', 1011],
    ['addressChange', 'AddressChange', 5999],
  ] as const) {
    const [event] = told({ report: report(kind, []), traced: TRACED })
    assert.ok(event?.kind === 'bounced')
    assert.deepEqual([event.category, event.failureCode], [category, code])
  }
  assert.deepEqual(told({ report: report('unknown', []) }), [])
  assert.deepEqual(told({ report: report('report', []) }), [])
})

test('names from outside are harmless in a header', () => {
  const text = proofText({ ...NOTHING, dkim: [{ result: 'pass', domain: 'a\r\nX-Evil: 1', selector: '' }] })
  assert.equal(
    text,
    'spf=none smtp.mailfrom=postmaster@mx.test; dkim=pass header.d=a??X-Evil??1 header.s=""; dmarc=none header.from=""; arc=none',
  )
})
