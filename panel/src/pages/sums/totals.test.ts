// Days of reports, added up.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DmarcDay, TlsDay } from '../../../../client/src/index.ts'
import { dmarcSeries, dmarcTotals, sourceTotals, tlsTotals } from './totals.ts'

const DAY = 86_400_000
const day = (n: number, domain: string, messages: number, aligned: number, ips: readonly string[] = []): DmarcDay => ({
  domain,
  day: n * DAY,
  reporters: [`receiver-${n}.example`],
  unproved: 1,
  messages,
  aligned,
  dkim: aligned,
  spf: 0,
  quarantined: 0,
  rejected: messages - aligned,
  sources: ips.map((ip) => ({ ip, messages: messages - aligned, aligned: 0 })),
})

test('days of a domain are one row, the one with most that fails first; sources are by address and domain', () => {
  const days = [
    day(3, 'a.example', 100, 90, ['192.0.2.1']),
    day(1, 'a.example', 50, 50),
    day(3, 'b.example', 40, 0, ['192.0.2.1', '192.0.2.2']),
  ]
  assert.deepEqual(
    dmarcTotals(days).map(({ domain, messages, aligned, unproved, reporters }) => [domain, messages, aligned, unproved, reporters.length]),
    [
      ['b.example', 40, 0, 1, 1],
      ['a.example', 150, 140, 2, 2],
    ],
  )
  assert.deepEqual(
    sourceTotals(days).map(({ ip, domain, messages }) => `${ip} ${domain} ${messages}`),
    ['192.0.2.1 b.example 40', '192.0.2.2 b.example 40', '192.0.2.1 a.example 10'],
  )
  assert.deepEqual(dmarcSeries(days), { times: [DAY, 2 * DAY, 3 * DAY], pass: [50, 0, 90], fail: [0, 0, 50] })
  assert.deepEqual(dmarcSeries([]).times, [])
})

test('failures of TLS are added up by kind', () => {
  const tls = (failed: number, failures: Record<string, number>): TlsDay => ({
    domain: 'a.example',
    day: DAY,
    reporters: [],
    unproved: 0,
    succeeded: 10,
    failed,
    failures,
  })
  const [row] = tlsTotals([tls(3, { 'tlsa-invalid': 1, 'certificate-expired': 2 }), tls(4, { 'tlsa-invalid': 4 })])
  assert.deepEqual([row?.succeeded, row?.failed], [20, 7])
  assert.deepEqual(row?.failures, [
    ['tlsa-invalid', 5],
    ['certificate-expired', 2],
  ])
})
