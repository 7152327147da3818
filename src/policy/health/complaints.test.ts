import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SenderRequirement } from '../../contract/health.ts'
import { complaintRate, complaintRequirements, providerOf } from './complaints.ts'
import { readDayRates } from './postmaster-csv.ts'

test('providers by the domains of their mailboxes', () => {
  for (const [domain, provider] of [
    ['gmail.com', 'gmail'],
    ['yahoo.co.uk', 'yahoo'],
    ['aol.com', 'yahoo'],
    ['hotmail.com', 'microsoft'],
    ['live.nl', 'microsoft'],
    ['outlook.com.br', 'microsoft'],
    ['live.example', null],
    ['yahoo.sender.com', null],
    ['shop.example', null],
  ] as const)
    assert.equal(providerOf(domain), provider, domain)
})

test('a rate is what is reported by what was taken, and unknown where nobody reports', () => {
  assert.equal(complaintRate({ delivered: 10_000, complaints: 0 }), null)
  assert.equal(complaintRate({ delivered: 0, complaints: 1 }), null)
  assert.equal(complaintRate({ delivered: 10_000, complaints: 5 }), 0.0005)
  const of = (complaints: number, imported: number | null, provider: 'gmail' | 'yahoo' = 'yahoo'): SenderRequirement | undefined =>
    complaintRequirements([{ provider, counts: { delivered: 10_000, complaints }, imported }])[0]
  assert.deepEqual([of(5, null)?.state, of(5, null)?.found], ['ok', '0.05 % (5 of 10000 delivered)'])
  assert.deepEqual([of(10, null)?.state, of(10, null)?.found], ['ok', '0.1 % (10 of 10000 delivered), at or above 0.1 %'])
  assert.equal(of(30, null)?.state, 'wrong')
  assert.equal(of(0, null)?.state, 'unknown')
  assert.match(of(0, null, 'gmail')?.found ?? '', /Postmaster Tools/)
  assert.deepEqual([of(0, 0.0029, 'gmail')?.state, of(0, 0.003, 'gmail')?.state], ['ok', 'wrong'])
  assert.deepEqual(complaintRequirements([{ provider: 'microsoft', counts: { delivered: 1, complaints: 1 }, imported: null }]), [])
})

test('tables of Postmaster Tools', () => {
  const read = (...lines: readonly string[]): unknown => readDayRates(lines.join('\n'))
  const two = [
    { day: '2026-11-21', rate: 0.0012 },
    { day: '2026-11-22', rate: 0 },
  ]
  assert.deepEqual(read('Date,Domain,Spam rate', '2026-11-21,d.test,0.12%', '"20261122","d.test","0%"', ''), two)
  assert.deepEqual(read('\uFEFF2026/11/21;0.0012', '2026-11-22T00:00:00Z;0.0'), two)
  assert.deepEqual(read('day\tuser reported spam rate', '2026-11-21\t0.12 %', '2026-11-22\t0'), two)
  assert.equal(read('2026-11-21,0.12%', '2026-02-30,0.1%'), 'Line 2 has no date such as 2026-11-22.')
  assert.deepEqual(read('Domain,Date,Rate', '"d, ""e""",2026-11-21,0.12%', 'd,2026-11-22,0'), two)
  assert.deepEqual(read('2026-11-21,0.35%'), [{ day: '2026-11-21', rate: 0.0035 }])
  assert.equal(read('2026-11-21,much'), 'Line 1 has no rate such as 0.12% or 0.0012.')
  assert.equal(read('2026-11-21,12'), 'Line 1 has no rate such as 0.12% or 0.0012.')
  assert.equal(read('Date,Rate'), 'There is no line with a date and a rate.')
})
