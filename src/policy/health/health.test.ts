import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId, Domain } from '../../base/brand.ts'
import type { HealthFinding } from '../../contract/health.ts'
import { BLOCKLISTS, isPublicResolver, listName, readListAnswer, whyNotBelieved } from './blocklists.ts'
import type { DomainFacts, SourceFacts } from './facts.ts'
import { judgeDomain } from './judge.ts'
import { requirementsOf } from './requirements.ts'

const SOURCE: SourceFacts = {
  name: 'one',
  address: '192.0.2.1',
  isPublic: true,
  helo: 'mta.example.test',
  spf: { result: 'pass', why: '"ip4:192.0.2.1" of d.test', lookups: 1 },
  names: ['mta.example.test'],
  back: ['mta.example.test'],
}
const ZEN = BLOCKLISTS[0] as (typeof BLOCKLISTS)[number]
const FACTS: DomainFacts = {
  domain: 'd.test' as Domain,
  account: 1001 as AccountId,
  hostName: 'mta.example.test',
  sources: [SOURCE],
  keys: [{ name: 's._domainkey.d.test', value: 'v=DKIM1; k=rsa; p=AA', signs: true, seen: 'match', why: '' }],
  dmarc: {
    texts: ['v=DMARC1; p=none'],
    policy: 'none',
    returnPath: true,
    signature: true,
    strictReturnPath: false,
    strictSignature: false,
  },
  returnPath: { domain: 'd.test', isOwn: true, hosts: ['mta.example.test'], leadsHere: true },
  tracking: { host: 'click.d.test', addresses: ['192.0.2.1'], trouble: null },
  offersTls: true,
  listings: [{ address: '192.0.2.1', list: ZEN, answer: { kind: 'not-listed' } }],
}

const judged = (change: Partial<DomainFacts>, aspect: string): readonly HealthFinding[] =>
  judgeDomain({ ...FACTS, ...change }).filter((finding) => finding.aspect === aspect)
const source = (change: Partial<SourceFacts>): Partial<DomainFacts> => ({ sources: [{ ...SOURCE, ...change }] })
const spf = (result: 'none' | 'fail' | 'permerror' | 'temperror'): Partial<DomainFacts> => source({ spf: { result, why: 'w', lookups: 2 } })

test('what is well in all is well for all providers', () => {
  const findings = judgeDomain(FACTS)
  assert.deepEqual(
    findings.filter(({ state }) => state !== 'ok'),
    [],
  )
  assert.equal(findings.length, 11)
  const asked = requirementsOf(findings)
  assert.ok(asked.length > 10 && asked.every(({ state }) => state === 'ok'))
})

test('each state of each record, with what to publish', () => {
  const record = (type: string, name: string, value: string): unknown => ({ type, name, value })
  const cases: readonly (readonly [Partial<DomainFacts>, string, readonly unknown[]])[] = [
    [spf('none'), 'spf', ['missing', record('TXT', 'd.test', 'v=spf1 ip4:192.0.2.1 -all')]],
    [spf('fail'), 'spf', ['wrong', null]],
    [spf('permerror'), 'spf', ['wrong', null]],
    [spf('temperror'), 'spf', ['unknown', null]],
    [source({ isPublic: false }), 'spf', ['unknown', null]],
    [source({ address: null, isPublic: false }), 'reverse-name', ['unknown', null]],
    [source({ names: [], back: [] }), 'reverse-name', ['missing', record('PTR', '1.2.0.192.in-addr.arpa', 'mta.example.test.')]],
    [source({ names: ['x.test'], back: [] }), 'reverse-name', ['wrong', record('A', 'x.test', '192.0.2.1')]],
    [source({ names: ['192-0-2-1.x.test'], back: ['192-0-2-1.x.test'] }), 'reverse-name', ['wrong', null]],
    [source({ names: null, back: [] }), 'reverse-name', ['unknown', null]],
    [{ keys: [] }, 'dkim', ['missing', null]],
    [{ keys: [{ name: 'n', value: 'v', signs: false, seen: 'missing', why: '' }] }, 'dkim', ['missing', record('TXT', 'n', 'v')]],
    [{ keys: [{ name: 'n', value: 'v', signs: true, seen: 'wrong', why: 'other' }] }, 'dkim', ['wrong', record('TXT', 'n', 'v')]],
    [{ keys: [{ name: 'n', value: 'v', signs: true, seen: 'unknown', why: '' }] }, 'dkim', ['unknown', null]],
    [{ dmarc: { ...FACTS.dmarc, texts: [], policy: null } }, 'dmarc', ['missing', record('TXT', '_dmarc.d.test', 'v=DMARC1; p=none')]],
    [{ dmarc: { ...FACTS.dmarc, texts: ['a', 'b'], policy: null } }, 'dmarc', ['wrong', null]],
    [{ dmarc: { ...FACTS.dmarc, texts: null, policy: null } }, 'dmarc', ['unknown', null]],
    [{ dmarc: { ...FACTS.dmarc, returnPath: false } }, 'alignment', ['wrong', null]],
    [{ returnPath: { ...FACTS.returnPath, hosts: [] } }, 'return-path', ['missing', record('MX', 'd.test', '10 mta.example.test.')]],
    [
      { returnPath: { ...FACTS.returnPath, hosts: ['mx.other.test'], leadsHere: false } },
      'return-path',
      ['wrong', record('MX', 'd.test', '10 mta.example.test.')],
    ],
    [{ returnPath: { ...FACTS.returnPath, leadsHere: null } }, 'return-path', ['unknown', null]],
    [{ tracking: null }, 'unsubscribe', ['unknown', null]],
    [
      { tracking: { host: 'click.d.test:8443', addresses: [], trouble: 'no address' } },
      'tracking',
      ['missing', record('CNAME', 'click.d.test', 'mta.example.test.')],
    ],
    [{ tracking: { host: 'click.d.test', addresses: ['192.0.2.9'], trouble: 'it is another' } }, 'tracking', ['wrong', null]],
    [{ tracking: { host: 'click.d.test', addresses: ['192.0.2.9'], trouble: 'it is another' } }, 'unsubscribe', ['wrong', null]],
    [{ tracking: { host: 'click.d.test', addresses: ['192.0.2.9'], trouble: undefined } }, 'tracking', ['unknown', null]],
    [{ offersTls: false }, 'tls', ['wrong', null]],
  ]
  for (const [change, aspect, expected] of cases) {
    const [first] = judged(change, aspect)
    assert.deepEqual([first?.state, first?.record], expected, JSON.stringify([aspect, change]))
    if (first?.state === 'wrong' || first?.state === 'missing') assert.ok(first.mend !== null, `${aspect} says what to do`)
  }
})

test('providers: one key that is well is enough, one source that fails is not; what cannot be told is no failure', () => {
  const of = (change: Partial<DomainFacts>, wanted: string): unknown =>
    requirementsOf(judgeDomain({ ...FACTS, ...change })).find((one) => one.provider === 'gmail' && one.wanted.includes(wanted))?.state
  const [key] = FACTS.keys
  assert.ok(key)
  assert.equal(of({ keys: [{ ...key, seen: 'missing' }, key] }, 'DKIM'), 'ok')
  assert.equal(of({ keys: [{ ...key, seen: 'missing' }] }, 'DKIM'), 'missing')
  assert.equal(of({ sources: [SOURCE, { ...SOURCE, spf: { result: 'fail', why: '-all', lookups: 0 } }] }, 'SPF'), 'wrong')
  assert.equal(of({ dmarc: { ...FACTS.dmarc, returnPath: false } }, 'aligned'), 'ok')
  assert.equal(of({ tracking: null }, 'one-click'), 'unknown')
})

test('a list that names everybody, or not its own test entry, is not believed (rfc:5782#5)', () => {
  assert.equal(whyNotBelieved(ZEN, ['127.0.0.2', '127.0.0.4', '127.0.0.10'], []), null)
  assert.match(whyNotBelieved(ZEN, ['127.0.0.2'], ['127.0.0.2']) ?? '', /names every address/)
  assert.match(whyNotBelieved(ZEN, [], []) ?? '', /not name its own test entry/)
  assert.match(whyNotBelieved(ZEN, ['203.0.113.7'], []) ?? '', /not name its own test entry/)
  for (const [listed, notListed] of [
    [null, []],
    [['127.0.0.2'], null],
  ] as const)
    assert.match(whyNotBelieved(ZEN, listed, notListed) ?? '', /cannot be told/)
  assert.deepEqual(
    BLOCKLISTS.map((list) => listName(list, '127.0.0.2')),
    ['2.0.0.127.zen.spamhaus.org', '2.0.0.127.bl.spamcop.net', '2.0.0.127.b.barracudacentral.org'],
  )
})

test('blocklists: only documented codes list an address', () => {
  assert.equal(listName(ZEN, '192.0.2.99'), '99.2.0.192.zen.spamhaus.org')
  assert.match(listName(ZEN, '2001:db8::1'), /^1\.0\.0\.0\..*8\.b\.d\.0\.1\.0\.0\.2\.zen\.spamhaus\.org$/)
  const kind = (codes: readonly string[] | null): string => readListAnswer(ZEN, codes).kind
  assert.equal(kind([]), 'not-listed')
  assert.equal(kind(['127.0.0.3']), 'listed')
  assert.equal(kind(['127.0.0.11', '127.0.0.2']), 'listed')
  for (const codes of [null, ['127.255.255.254'], ['127.255.255.252', '127.0.0.2'], ['127.0.0.1'], ['203.0.113.7'], ['127.0.1.2']])
    assert.equal(kind(codes), 'unknown', JSON.stringify(codes))
  assert.ok(isPublicResolver('8.8.8.8') && isPublicResolver('2606:4700:4700::1111') && !isPublicResolver('192.0.2.53'))
  assert.equal(
    judged({ listings: [{ address: 'a', list: ZEN, answer: readListAnswer(ZEN, ['127.0.0.2']) }] }, 'blocklist')[0]?.state,
    'wrong',
  )
  assert.equal(judged({ listings: [{ address: 'a', list: ZEN, answer: readListAnswer(ZEN, null) }] }, 'blocklist')[0]?.state, 'unknown')
})
