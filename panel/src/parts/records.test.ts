import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wantedRecords, zoneLines } from './records.ts'

const txt = (name: string, value: string) => ({ type: 'TXT' as const, name, value })

test('lines of a zone file have whole names, quoted texts in parts of 255, and hosts with their dot', () => {
  const lines = zoneLines([
    txt('example.com', 'say "v=spf1"'),
    txt('k._domainkey.example.com.', 'x'.repeat(300)),
    { type: 'MX', name: 'b.example.com', value: '10 mta.example.com' },
    { type: 'A', name: 'l.example.com', value: '192.0.2.1' },
  ])
  assert.deepEqual(lines.split('\n'), [
    String.raw`example.com. 3600 IN TXT "say \"v=spf1\""`,
    `k._domainkey.example.com. 3600 IN TXT "${'x'.repeat(255)}" "${'x'.repeat(45)}"`,
    'b.example.com. 3600 IN MX 10 mta.example.com.',
    'l.example.com. 3600 IN A 192.0.2.1',
  ])
})

test('each record is wanted once, with what stands in its place now rather than what was seen once', () => {
  const key = {
    domain: 'example.com',
    selector: 'k',
    algorithm: 'rsa-sha256',
    account: null,
    role: 'author',
    seenAt: 1,
    record: { name: 'k._domainkey.example.com', value: 'p' },
  } as const
  const finding = {
    aspect: 'dkim',
    subject: 'k._domainkey.example.com',
    state: 'missing',
    wanted: '',
    found: 'no such name',
    mend: null,
    record: txt('k._domainkey.example.com', 'p'),
  } as const
  const health = {
    domain: 'example.com',
    account: 1001,
    at: 0,
    indirect: [],
    findings: [finding, { ...finding, aspect: 'spf', record: txt('example.com', 'v=spf1 -all') }],
    requirements: [],
  } as const
  assert.deepEqual(
    wantedRecords({ domain: { domain: 'example.com', token: 't', verifiedAt: null }, keys: [key], health }).map(
      ({ aspect, state }) => `${aspect} ${state}`,
    ),
    ['ownership missing', 'dkim missing', 'spf missing'],
  )
})
