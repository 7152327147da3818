import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ReportSum } from '../contract/sums.ts'
import type { AggregateReport } from './report/types.ts'
import { dmarcDays, sumsOf, tlsDays } from './report-sums.ts'

const BEGIN = Date.UTC(2026, 10, 21)
const by = (reporter: string | null) => ({ reporter, isOurs: (domain: string) => domain === 'sender.test', now: BEGIN + 3_600_000 })

function dmarc(
  domain: string,
  change: { readonly id?: string; readonly messages?: number; readonly begin?: number } = {},
): AggregateReport {
  const { id = 'r1', messages = 10, begin = BEGIN } = change
  return {
    kind: 'dmarc',
    organization: 'Example Mail',
    reportId: id,
    domain,
    policy: 'reject',
    begin: begin / 1000,
    end: begin / 1000 + 86_399,
    messages,
    aligned: messages - 1,
    dkimAligned: messages - 1,
    spfAligned: 2,
    dispositions: { none: messages - 1, quarantine: 0, reject: 1 },
    sources: [],
    isCut: false,
  }
}

test('reports of a domain and day are added up, those that nothing proves are counted apart', () => {
  const rows = [
    ...sumsOf(dmarc('sender.test'), by('example.net')),
    ...sumsOf(dmarc('Sender.TEST', { id: 'r2', messages: 5 }), by('other.test')),
    ...sumsOf(dmarc('sender.test', { id: 'r3', messages: 1_000_000 }), by(null)),
    ...sumsOf(dmarc('elsewhere.test'), by('example.net')),
  ] as Extract<ReportSum, { kind: 'dmarc' }>[]
  assert.deepEqual(dmarcDays(rows), [
    {
      domain: 'sender.test',
      day: BEGIN,
      reporters: ['example.net', 'other.test'],
      unproved: 1,
      messages: 15,
      aligned: 13,
      dkim: 13,
      spf: 4,
      quarantined: 0,
      rejected: 2,
      sources: [],
    },
  ])
})

test('each reporter by himself: one who makes figures up is seen', () => {
  const rows = [
    ...sumsOf(dmarc('sender.test'), by('example.net')),
    ...sumsOf(dmarc('sender.test', { id: 'r2', messages: 9_000_000 }), by('liar.test')),
    ...sumsOf(dmarc('sender.test', { id: 'r3' }), by(null)),
  ] as Extract<ReportSum, { kind: 'dmarc' }>[]
  assert.deepEqual(
    dmarcDays(rows, true).map(({ reporters, messages, unproved }) => [reporters.join(), messages, unproved]),
    [
      ['example.net', 10, 0],
      ['liar.test', 9_000_000, 0],
      ['', 0, 1],
    ],
  )
})

test('sessions under TLS, and why some failed', () => {
  const report = (id: string, failed: number): AggregateReport => ({
    kind: 'tls-rpt',
    organization: 'Example Mail',
    reportId: id,
    begin: '2026-11-21T00:00:00Z',
    end: '2026-11-21T23:59:59Z',
    policies: [
      { domain: 'sender.test', type: 'sts', succeeded: 100, failed },
      { domain: 'elsewhere.test', type: 'sts', succeeded: 1, failed: 0 },
    ],
    failures: [{ result: 'certificate-expired', host: 'mx.sender.test', sessions: failed }],
    isCut: false,
  })
  const rows = ['a', 'b'].flatMap((id) => sumsOf(report(id, 3), by('example.net'))) as Extract<ReportSum, { kind: 'tls' }>[]
  const told = { domain: 'sender.test', day: BEGIN, reporters: ['example.net'], unproved: 0 }
  assert.deepEqual(tlsDays(rows), [{ ...told, succeeded: 200, failed: 6, failures: { 'certificate-expired': 6 } }])
})

test('of days that are still to come nothing is kept', () => {
  const DAY = 86_400_000
  const days = [-30, 0, 1, 2, 40_000].map((ahead) => sumsOf(dmarc('sender.test', { begin: BEGIN + ahead * DAY }), by('example.net')).length)
  assert.deepEqual(days, [1, 1, 1, 0, 0])
})

test('addresses that something failed from are kept with the report and added up by day, the most first; what is none is left out', () => {
  const source = (ip: string, messages: number, aligned: number) => ({ ip, messages, aligned })
  const with_ = (id: string, sources: readonly ReturnType<typeof source>[]): AggregateReport =>
    ({ ...dmarc('sender.test', { id }), sources }) as AggregateReport
  const many = Array.from({ length: 50 }, (_, n) => source(`203.0.113.${n}`, 1, 0))
  const rows = [
    ...sumsOf(with_('r1', [source('192.0.2.1', 10, 10), source('192.0.2.2', 7, 2), source('<b>', 9, 0)]), by('example.net')),
    ...sumsOf(with_('r2', [source('192.0.2.2', 1, 0), source('2001:db8::1', 9, 0)]), by('other.test')),
    ...sumsOf(with_('r3', [source('192.0.2.9', 1000, 0)]), by(null)),
    ...sumsOf(with_('r4', many), by('example.net')),
  ] as Extract<ReportSum, { kind: 'dmarc' }>[]
  const [day] = dmarcDays(rows)
  assert.deepEqual(day?.sources.slice(0, 2), [source('2001:db8::1', 9, 0), source('192.0.2.2', 8, 2)])
  assert.equal(day?.sources.length, 22)
  const before = rows.map((row) => {
    const { sources: _none, ...counts } = row.counts
    return Object.assign(row, { counts })
  })
  assert.deepEqual(dmarcDays(before)[0]?.sources, [], 'rows of before have none')
})
