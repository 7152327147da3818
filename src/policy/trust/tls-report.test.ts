import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { test } from 'node:test'
import { composeReport, reportFile, reportPlaces } from './tls-report.ts'
import { decodeResults, encodeResults, ResultCounts, type SessionFailure, type SessionPolicy } from './tls-results.ts'

const POLICY: SessionPolicy = { type: 'sts', strings: ['version: STSv1', 'mode: enforce'], mx: ['*.mx.test'] }
const FAILURE: SessionFailure = {
  type: 'certificate-expired',
  local: '192.0.2.1',
  host: 'a.mx.test',
  address: '192.0.2.2',
  reason: 'cert has expired',
}

test('places are mail addresses and HTTPS addresses of the one record', () => {
  const mail = { kind: 'mail', address: 'tls@d.test' }
  assert.deepEqual(reportPlaces(['v=TLSRPTv1; rua=mailto:tls@d.test']), [mail])
  assert.deepEqual(reportPlaces(['other', 'v=TLSRPTv1;rua=mailto:tls@d.test!10m,https://r.test:8443/v1?a=b,https://r.test']), [
    { kind: 'https', host: 'r.test', port: 8443, path: '/v1?a=b' },
    { kind: 'https', host: 'r.test', port: 443, path: '/' },
  ])
  assert.deepEqual(reportPlaces(['v=TLSRPTv1; x=y; rua = mailto:a%2Bb@d.test?subject=x']), [{ kind: 'mail', address: 'a+b@d.test' }])
  for (const texts of [
    [],
    ['v=TLSRPTv1'],
    ['v=TLSRPTv1; rua='],
    ['v=TLSRPTv1; rua=mailto:a@d.test', 'v=TLSRPTv1; rua=mailto:b@d.test'],
    ['v=TLSRPTv2; rua=mailto:a@d.test'],
    ['v=TLSRPTv1; rua=http://r.test/'],
    ['v=TLSRPTv1; rua=https://user:secret@r.test/'],
    ['v=TLSRPTv1; rua=mailto:a@d.test%0d%0aBcc:%20b@d.test'],
    ['v=TLSRPTv1; rua=mailto:%ff@d.test'],
    [`v=TLSRPTv1; rua=https://r.test/${'x'.repeat(2000)}`],
  ])
    assert.deepEqual(reportPlaces(texts), [], texts.join(' | '))
  assert.equal(reportPlaces([`v=TLSRPTv1; rua=${Array.from({ length: 50 }, (_, i) => `mailto:a${i}@d.test`).join()}`]).length, 5)
})

test('whatever a record holds is read without an error', () => {
  const record = 'v=TLSRPTv1; rua=mailto:tls@d.test,https://r.test:8443/v1'
  for (let i = 0; i < 3000; i++) {
    const octets = Buffer.from(record)
    for (let n = randomInt(1, 8); n > 0; n--) octets[randomInt(12, octets.length)] = randomInt(256)
    for (const place of reportPlaces([octets.toString('latin1')]))
      if (place.kind === 'mail') assert.match(place.address, /^[!-~]+@[a-zA-Z0-9.-]+$/)
  }
})

test('counts are kept by policy and kind of failure, and come back from text', () => {
  const counts = new ResultCounts()
  for (const failure of [null, null, FAILURE, FAILURE, { ...FAILURE, type: 'certificate-not-trusted' as const }])
    assert.ok(counts.add({ domain: 'd.test', policy: POLICY, failure }))
  counts.add({ domain: 'd.test', policy: { ...POLICY, type: 'tlsa' }, failure: null })
  const again = decodeResults(encodeResults(counts.results()))
  assert.deepEqual(again, counts.results())
  const both = new ResultCounts()
  for (const results of [again, again]) if (results !== null) both.merge(results)
  const [sts, tlsa] = both.results().get('d.test') ?? []
  assert.deepEqual([sts?.successes, sts?.failed, tlsa?.successes], [4, 6, 2])
  assert.deepEqual(sts?.failures.map(({ count }) => count), [4, 2]) // prettier-ignore
  for (const text of ['', '{}', 'null', '{"format":2,"domains":[]}']) assert.equal(decodeResults(text), null)
})

test('domains, policies and kinds of failure are bounded, and what is left out is in the sums', () => {
  const counts = new ResultCounts()
  for (let i = 0; i < 50; i++) {
    counts.add({ domain: 'd.test', policy: POLICY, failure: { ...FAILURE, host: `${i}.mx.test`, reason: 'x'.repeat(1000) } })
    counts.add({ domain: 'e.test', policy: { ...POLICY, strings: [`id ${i}`] }, failure: null })
  }
  const [first] = counts.results().get('d.test') ?? []
  assert.deepEqual([first?.failed, first?.failures.length, first?.failures[0]?.reason?.length], [50, 20, 300])
  assert.equal(counts.results().get('e.test')?.length, 8)
  let taken = 0
  for (let i = 0; i < 6000; i++) if (counts.add({ domain: `d${i}.test`, policy: POLICY, failure: null })) taken++
  assert.equal(taken, 4998)
})

test('a report is as rfc:8460#4.4 has it', () => {
  const counts = new ResultCounts()
  counts.add({ domain: 'd.test', policy: POLICY, failure: FAILURE })
  counts.add({ domain: 'd.test', policy: POLICY, failure: null })
  const policies = counts.results().get('d.test') ?? []
  const facts = { organization: 'mta.test', contact: 'postmaster@mta.test', id: 'x', day: '2026-11-22', domain: 'd.test', policies }
  assert.deepEqual(JSON.parse(composeReport(facts)), {
    'organization-name': 'mta.test',
    'date-range': { 'start-datetime': '2026-11-22T00:00:00Z', 'end-datetime': '2026-11-22T23:59:59Z' },
    'contact-info': 'postmaster@mta.test',
    'report-id': 'x',
    policies: [
      {
        policy: { 'policy-type': 'sts', 'policy-string': POLICY.strings, 'policy-domain': 'd.test', 'mx-host': ['*.mx.test'] },
        summary: { 'total-successful-session-count': 1, 'total-failure-session-count': 1 },
        'failure-details': [
          {
            'result-type': 'certificate-expired',
            'sending-mta-ip': '192.0.2.1',
            'receiving-mx-hostname': 'a.mx.test',
            'receiving-ip': '192.0.2.2',
            'failed-session-count': 1,
            'failure-reason-code': 'cert has expired',
          },
        ],
      },
    ],
  })
  assert.equal(reportFile('mta.test', 'd.test', '2026-11-22'), 'mta.test!d.test!1795305600!1795391999.json.gz')
})
