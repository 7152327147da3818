import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Domain } from '../../base/brand.ts'
import type { TlsPolicy } from '../../contract/settings.ts'
import type { StsPolicy } from '../../policy/trust/sts.ts'
import type { StsAnswer } from '../ports/trust.ts'
import { guardHosts } from './guard.ts'

const DOMAIN = 'd.example' as Domain
const HOSTS = ['a.mx.test', 'b.mx.test'].map((host) => ({ host, preference: 10, addresses: ['192.0.2.1'] }))
const NONE: StsAnswer = { kind: 'none', ttl: 1 }

function sts(mode: StsPolicy['mode'], ...mx: readonly string[]): StsAnswer {
  return { kind: 'policy', policy: { mode, mx, maxAge: 1000 }, id: 'x', until: 1, trouble: null, ttl: 1 }
}

function seen(answer: StsAnswer, tls: TlsPolicy = 'may'): string {
  const guarded = guardHosts(DOMAIN, HOSTS, { tls, sts: answer })
  return guarded.ok ? guarded.hosts.map(({ host, tls: asked }) => `${host} ${asked}`).join() : guarded.reason
}

const keyOf = (answer: StsAnswer, tls: TlsPolicy = 'may'): string => {
  const guarded = guardHosts(DOMAIN, HOSTS, { tls, sts: answer })
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
