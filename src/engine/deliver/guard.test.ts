import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Domain } from '../../base/brand.ts'
import type { TlsPolicy } from '../../contract/settings.ts'
import type { StsPolicy } from '../../policy/trust/sts.ts'
import type { MailHost } from '../ports/resolver.ts'
import type { StsAnswer } from '../ports/trust.ts'
import { guardHosts, type SiteHost } from './guard.ts'

const DOMAIN = 'd.example' as Domain
const HOSTS = ['a.mx.test', 'b.mx.test'].map((host) => ({ host, preference: 10, addresses: ['192.0.2.1'] }))
const NONE: StsAnswer = { kind: 'none', ttl: 1 }

function sts(mode: StsPolicy['mode'], ...mx: readonly string[]): StsAnswer {
  return { kind: 'policy', policy: { mode, mx, maxAge: 1000 }, id: 'x', until: 1, trouble: null, ttl: 1 }
}

interface More {
  readonly secure?: boolean
  readonly hosts?: readonly MailHost[]
}

function seen(answer: StsAnswer, tls: TlsPolicy = 'may', { secure = false, hosts = HOSTS }: More = {}): string {
  const guarded = guardHosts(DOMAIN, hosts, { tls, sts: answer, secure })
  const told = ({ host, tls: asked, dane }: SiteHost): string => `${host} ${asked}${dane === null ? '' : ' dane'}`
  return guarded.ok ? guarded.hosts.map(told).join() : guarded.reason
}

const keyOf = (answer: StsAnswer, tls: TlsPolicy = 'may', hosts: readonly MailHost[] = HOSTS): string => {
  const guarded = guardHosts(DOMAIN, hosts, { tls, sts: answer, secure: false })
  return guarded.ok ? guarded.key : ''
}

test('enforce leaves the hosts that the policy names, which must prove themselves', () => {
  assert.equal(seen(NONE), 'a.mx.test may,b.mx.test may')
  assert.equal(seen(sts('enforce', '*.mx.test')), 'a.mx.test verify,b.mx.test verify')
  assert.equal(seen(sts('enforce', 'b.mx.test')), 'b.mx.test verify')
  assert.match(seen(sts('enforce', 'c.mx.test')), /d\.example \(enforce\) names none of its mail hosts \(a\.mx\.test, b\.mx\.test\)/)
})

test('testing, none and what cannot be had change nothing', () => {
  const unusable: StsAnswer = { kind: 'unusable', fault: 'sts-policy-fetch-error', reason: 'x', ttl: 1 }
  for (const answer of [sts('testing', 'c.mx.test'), sts('none'), unusable])
    for (const tls of ['may', 'encrypt', 'verify'] as const) {
      assert.equal(seen(answer, tls), seen(NONE, tls))
      assert.equal(keyOf(answer, tls), '')
    }
})

test('domains share a site where the same is asked of the same hosts, and only there', () => {
  const all = keyOf(sts('enforce', '*.mx.test'))
  assert.notEqual(all, keyOf(NONE))
  assert.equal(all, keyOf(sts('enforce', 'b.mx.test', 'a.mx.test', 'other.test')))
  assert.notEqual(all, keyOf(sts('enforce', 'b.mx.test')))
  // The owner asks for as much of everybody.
  assert.equal(keyOf(sts('enforce', '*.mx.test'), 'verify'), '')
  assert.notEqual(keyOf(sts('enforce', 'b.mx.test'), 'verify'), '')
})

const RECORD = { usage: 3, selector: 1, matching: 1, data: 'a'.repeat(64) }
const [FIRST, SECOND] = HOSTS
const proved = (records: readonly (typeof RECORD)[]): readonly MailHost[] =>
  FIRST === undefined || SECOND === undefined ? [] : [{ ...FIRST, dane: { base: FIRST.host, records } }, SECOND]

test('a host with TLSA records must show what they name, whatever else the owner asks for but no TLS', () => {
  const hosts = proved([RECORD])
  for (const [tls, expected] of [
    ['none', 'a.mx.test none,b.mx.test none'],
    ['may', 'a.mx.test encrypt dane,b.mx.test may'],
    ['encrypt', 'a.mx.test encrypt dane,b.mx.test encrypt'],
    // The records prove it as well as a public authority does.
    ['verify', 'a.mx.test encrypt dane,b.mx.test verify'],
  ] as const)
    assert.equal(seen(NONE, tls, { hosts }), expected)
  assert.notEqual(keyOf(NONE, 'may', hosts), '')
})

test('records of which none can be used ask for TLS and no more', () => {
  assert.equal(seen(NONE, 'may', { hosts: proved([]) }), 'a.mx.test encrypt,b.mx.test may')
  assert.equal(seen(NONE, 'verify', { hosts: proved([]) }), 'a.mx.test verify,b.mx.test verify')
})

test('MTA-STS never stands in for DANE; where nothing proves that the host is the one of the domain, both are asked', () => {
  const hosts = proved([RECORD])
  const both = sts('enforce', '*.mx.test')
  assert.equal(seen(both, 'may', { hosts, secure: true }), 'a.mx.test encrypt dane,b.mx.test verify')
  assert.equal(seen(both, 'may', { hosts }), 'a.mx.test verify dane,b.mx.test verify')
  const other = sts('enforce', 'b.mx.test')
  assert.equal(seen(other, 'may', { hosts, secure: true }), 'a.mx.test encrypt dane,b.mx.test verify')
  assert.equal(seen(other, 'may', { hosts }), 'b.mx.test verify')
  assert.equal(seen(both, 'may', { hosts: proved([]) }), 'a.mx.test verify,b.mx.test verify')
})
